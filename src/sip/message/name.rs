use std::fmt;

/// Makes the enum, the list of its names and the writer of one table.
macro_rules! header_names {
    ($($variant:ident, $written:literal;)*) => {
        /// The header fields that this server reads or writes; every other one is [`HeaderName::Other`].
        ///
        /// Names are compared without case; compact forms (RFC 3261 7.3.3) are the same name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum HeaderName {
            $(#[doc = $written] $variant,)*
            /// A name that is not in this list; read it with [`super::Message::header_named`].
            Other,
        }

        const KNOWN: &[HeaderName] = &[$(HeaderName::$variant,)*];

        impl HeaderName {
            /// The long form as it is written; empty for [`HeaderName::Other`].
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(HeaderName::$variant => $written,)*
                    HeaderName::Other => "",
                }
            }
        }
    };
}

header_names! {
    Accept, "Accept";
    Alert, "Alert-Info";
    Allow, "Allow";
    AllowEvents, "Allow-Events";
    AuthenticationInfo, "Authentication-Info";
    Authorization, "Authorization";
    CallId, "Call-ID";
    CallInfo, "Call-Info";
    Contact, "Contact";
    ContentDisposition, "Content-Disposition";
    ContentEncoding, "Content-Encoding";
    ContentLength, "Content-Length";
    ContentType, "Content-Type";
    CSeq, "CSeq";
    Date, "Date";
    Diversion, "Diversion";
    Event, "Event";
    Expires, "Expires";
    From, "From";
    HistoryInfo, "History-Info";
    Identity, "Identity";
    MaxForwards, "Max-Forwards";
    MimeVersion, "MIME-Version";
    MinExpires, "Min-Expires";
    MinSe, "Min-SE";
    PAssertedIdentity, "P-Asserted-Identity";
    PPreferredIdentity, "P-Preferred-Identity";
    Path, "Path";
    Privacy, "Privacy";
    ProxyAuthenticate, "Proxy-Authenticate";
    ProxyAuthorization, "Proxy-Authorization";
    ProxyRequire, "Proxy-Require";
    RAck, "RAck";
    Reason, "Reason";
    RecordRoute, "Record-Route";
    ReferTo, "Refer-To";
    ReferredBy, "Referred-By";
    RemotePartyId, "Remote-Party-ID";
    Replaces, "Replaces";
    ReplyTo, "Reply-To";
    Require, "Require";
    RetryAfter, "Retry-After";
    Route, "Route";
    RSeq, "RSeq";
    Server, "Server";
    ServiceRoute, "Service-Route";
    SessionExpires, "Session-Expires";
    SipEtag, "SIP-ETag";
    SipIfMatch, "SIP-If-Match";
    Subject, "Subject";
    SubscriptionState, "Subscription-State";
    Supported, "Supported";
    Timestamp, "Timestamp";
    To, "To";
    Unsupported, "Unsupported";
    UserAgent, "User-Agent";
    Via, "Via";
    Warning, "Warning";
    WwwAuthenticate, "WWW-Authenticate";
}

/// Every known name at the place that [`place`] gives it: one look instead of sixty comparisons.
const PLACES: [(HeaderName, &[u8]); 256] = places();

/// A number from four features of a name, alike in any case. The factors were searched so that no two names meet.
const fn place(name: &[u8]) -> usize {
    let Some((first, _)) = name.split_first() else { return 0 };
    let Some((last, _)) = name.split_last() else { return 0 };
    let middle = name[name.len() / 2];
    // Or 0x20: letters in lower case, and the hyphen as it is.
    let sum =
        name.len() * 4 + (*first | 0x20) as usize * 21 + (*last | 0x20) as usize * 6 + (middle | 0x20) as usize * 10;
    sum & 255
}

const fn places() -> [(HeaderName, &'static [u8]); 256] {
    let mut places: [(HeaderName, &[u8]); 256] = [(HeaderName::Other, b""); 256];
    let mut n = 0;
    while n < KNOWN.len() {
        let at = place(KNOWN[n].as_str().as_bytes());
        assert!(places[at].1.is_empty(), "two names meet: search other factors");
        places[at] = (KNOWN[n], KNOWN[n].as_str().as_bytes());
        n += 1;
    }
    places
}

impl HeaderName {
    /// The name that `name` is, in its long or compact form and in any case.
    pub fn of(name: &[u8]) -> HeaderName {
        match name {
            [] => HeaderName::Other,
            [letter] => HeaderName::of_compact(letter.to_ascii_lowercase()),
            _ => {
                let (known, written) = PLACES[place(name)];
                // Most senders write the names as the standards do: comparing bytes first is faster.
                if written == name || written.eq_ignore_ascii_case(name) { known } else { HeaderName::Other }
            }
        }
    }

    /// The letters of the IANA registry "SIP Header Fields", compact forms.
    fn of_compact(letter: u8) -> HeaderName {
        match letter {
            b'c' => HeaderName::ContentType,
            b'e' => HeaderName::ContentEncoding,
            b'b' => HeaderName::ReferredBy,
            b'f' => HeaderName::From,
            b'i' => HeaderName::CallId,
            b'k' => HeaderName::Supported,
            b'l' => HeaderName::ContentLength,
            b'm' => HeaderName::Contact,
            b'o' => HeaderName::Event,
            b'r' => HeaderName::ReferTo,
            b's' => HeaderName::Subject,
            b't' => HeaderName::To,
            b'u' => HeaderName::AllowEvents,
            b'v' => HeaderName::Via,
            b'x' => HeaderName::SessionExpires,
            b'y' => HeaderName::Identity,
            _ => HeaderName::Other,
        }
    }

    /// Whether its grammar is a comma-separated list, so that one line may hold several values (RFC 3261 7.3.1).
    pub const fn is_list(self) -> bool {
        matches!(
            self,
            HeaderName::Accept
                | HeaderName::Alert
                | HeaderName::Allow
                | HeaderName::AllowEvents
                | HeaderName::CallInfo
                | HeaderName::Contact
                | HeaderName::ContentEncoding
                | HeaderName::Diversion
                | HeaderName::HistoryInfo
                | HeaderName::PAssertedIdentity
                | HeaderName::PPreferredIdentity
                | HeaderName::Path
                | HeaderName::ProxyRequire
                | HeaderName::Reason
                | HeaderName::RecordRoute
                | HeaderName::RemotePartyId
                | HeaderName::Require
                | HeaderName::Route
                | HeaderName::ServiceRoute
                | HeaderName::Supported
                | HeaderName::Unsupported
                | HeaderName::Via
                | HeaderName::Warning
        )
    }
}

impl fmt::Display for HeaderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
