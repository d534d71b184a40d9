use std::fmt;

/// Makes the enum, its reader and its writer of one table: variant, name as written, name in lower case.
macro_rules! header_names {
    ($($variant:ident, $written:literal, $lower:literal;)*) => {
        /// The header fields that this server reads or writes; every other one is [`HeaderName::Other`].
        ///
        /// Names are compared without case; compact forms (RFC 3261 7.3.3) are the same name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum HeaderName {
            $(#[doc = $written] $variant,)*
            /// A name that is not in this list; read it with [`super::Message::header_named`].
            Other,
        }

        impl HeaderName {
            fn of_lower(name: &[u8]) -> HeaderName {
                match name {
                    $($lower => HeaderName::$variant,)*
                    _ => HeaderName::Other,
                }
            }

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
    Accept, "Accept", b"accept";
    Alert, "Alert-Info", b"alert-info";
    Allow, "Allow", b"allow";
    AllowEvents, "Allow-Events", b"allow-events";
    AuthenticationInfo, "Authentication-Info", b"authentication-info";
    Authorization, "Authorization", b"authorization";
    CallId, "Call-ID", b"call-id";
    CallInfo, "Call-Info", b"call-info";
    Contact, "Contact", b"contact";
    ContentDisposition, "Content-Disposition", b"content-disposition";
    ContentEncoding, "Content-Encoding", b"content-encoding";
    ContentLength, "Content-Length", b"content-length";
    ContentType, "Content-Type", b"content-type";
    CSeq, "CSeq", b"cseq";
    Date, "Date", b"date";
    Diversion, "Diversion", b"diversion";
    Event, "Event", b"event";
    Expires, "Expires", b"expires";
    From, "From", b"from";
    HistoryInfo, "History-Info", b"history-info";
    Identity, "Identity", b"identity";
    MaxForwards, "Max-Forwards", b"max-forwards";
    MimeVersion, "MIME-Version", b"mime-version";
    MinExpires, "Min-Expires", b"min-expires";
    MinSe, "Min-SE", b"min-se";
    PAssertedIdentity, "P-Asserted-Identity", b"p-asserted-identity";
    PPreferredIdentity, "P-Preferred-Identity", b"p-preferred-identity";
    Path, "Path", b"path";
    Privacy, "Privacy", b"privacy";
    ProxyAuthenticate, "Proxy-Authenticate", b"proxy-authenticate";
    ProxyAuthorization, "Proxy-Authorization", b"proxy-authorization";
    ProxyRequire, "Proxy-Require", b"proxy-require";
    RAck, "RAck", b"rack";
    Reason, "Reason", b"reason";
    RecordRoute, "Record-Route", b"record-route";
    ReferTo, "Refer-To", b"refer-to";
    ReferredBy, "Referred-By", b"referred-by";
    RemotePartyId, "Remote-Party-ID", b"remote-party-id";
    Replaces, "Replaces", b"replaces";
    ReplyTo, "Reply-To", b"reply-to";
    Require, "Require", b"require";
    RetryAfter, "Retry-After", b"retry-after";
    Route, "Route", b"route";
    RSeq, "RSeq", b"rseq";
    Server, "Server", b"server";
    ServiceRoute, "Service-Route", b"service-route";
    SessionExpires, "Session-Expires", b"session-expires";
    SipEtag, "SIP-ETag", b"sip-etag";
    SipIfMatch, "SIP-If-Match", b"sip-if-match";
    Subject, "Subject", b"subject";
    SubscriptionState, "Subscription-State", b"subscription-state";
    Supported, "Supported", b"supported";
    Timestamp, "Timestamp", b"timestamp";
    To, "To", b"to";
    Unsupported, "Unsupported", b"unsupported";
    UserAgent, "User-Agent", b"user-agent";
    Via, "Via", b"via";
    Warning, "Warning", b"warning";
    WwwAuthenticate, "WWW-Authenticate", b"www-authenticate";
}

/// The longest of the names above.
const LONGEST_NAME: usize = 20;

impl HeaderName {
    /// The name that `name` is, in its long or compact form and in any case.
    pub fn of(name: &[u8]) -> HeaderName {
        let mut lower = [0u8; LONGEST_NAME];
        let Some(lower) = lower.get_mut(..name.len()) else { return HeaderName::Other };
        lower.copy_from_slice(name);
        lower.make_ascii_lowercase();
        match lower.len() {
            1 => HeaderName::of_compact(lower[0]),
            _ => HeaderName::of_lower(lower),
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
