//! The headers that every message is asked for, as types.

use super::{HeaderName, Message, Method, StartLine, Text};
use crate::sip::Uri;
use crate::sip::header::{Auth, CSeq, Contacts, ContentType, Header, HeaderError, NameAddr, Via, has_option};

impl Message {
    pub fn is_request(&self) -> bool {
        matches!(self.start, StartLine::Request { .. })
    }

    /// The method of a request.
    pub fn method(&self) -> Option<&Method> {
        match &self.start {
            StartLine::Request { method, .. } => Some(method),
            StartLine::Response { .. } => None,
        }
    }

    /// The Request-URI.
    pub fn uri(&self) -> Option<&Uri> {
        match &self.start {
            StartLine::Request { uri, .. } => Some(uri),
            StartLine::Response { .. } => None,
        }
    }

    /// The status code of a response, 100 to 699.
    pub fn status(&self) -> Option<u16> {
        match &self.start {
            StartLine::Request { .. } => None,
            StartLine::Response { status, .. } => Some(*status),
        }
    }

    /// The reason phrase of a response.
    pub fn reason(&self) -> Option<&Text> {
        match &self.start {
            StartLine::Request { .. } => None,
            StartLine::Response { reason, .. } => Some(reason),
        }
    }

    /// The first value of a header that has a type of its own; None when the header is missing.
    pub fn typed<H: Header>(&self) -> Option<Result<H, HeaderError>> {
        self.header(H::NAME).next_bytes().map(|value| H::parse_in(&self.raw, value))
    }

    /// Every value of a header that has a type of its own.
    pub fn all<H: Header>(&self) -> impl Iterator<Item = Result<H, HeaderError>> + '_ {
        self.header(H::NAME).map(|value| H::parse(&value))
    }

    /// The topmost Via.
    pub fn top_via(&self) -> Result<Via, HeaderError> {
        self.typed().unwrap_or(Err(HeaderError::Missing))
    }

    pub fn from(&self) -> Result<NameAddr, HeaderError> {
        self.name_addr(HeaderName::From)
    }

    pub fn to(&self) -> Result<NameAddr, HeaderError> {
        self.name_addr(HeaderName::To)
    }

    /// The tag of From, when it can be read and has one.
    pub fn from_tag(&self) -> Option<Text> {
        self.from().ok()?.tag()
    }

    /// The tag of To, when it can be read and has one.
    pub fn to_tag(&self) -> Option<Text> {
        self.to().ok()?.tag()
    }

    pub fn call_id(&self) -> Option<Text> {
        self.first(HeaderName::CallId).filter(|id| !id.is_empty())
    }

    pub fn cseq(&self) -> Result<CSeq, HeaderError> {
        self.typed().unwrap_or(Err(HeaderError::Missing))
    }

    pub fn contacts(&self) -> Result<Contacts, HeaderError> {
        Contacts::parse(self)
    }

    /// The first contact's URI: the remote target of a dialog (RFC 3261 12.1).
    pub fn contact_uri(&self) -> Option<Uri> {
        self.name_addr(HeaderName::Contact).ok().map(|contact| contact.uri)
    }

    /// The first value of a header of the [`NameAddr`] kind: From, To, Refer-To, P-Asserted-Identity and so on.
    pub fn name_addr(&self, name: HeaderName) -> Result<NameAddr, HeaderError> {
        let value = self.header(name).next_bytes().ok_or(HeaderError::Missing)?;
        NameAddr::parse_in(&self.raw, value)
    }

    /// Every value of such a header in order: Route, Record-Route, Path.
    pub fn name_addrs(&self, name: HeaderName) -> impl Iterator<Item = Result<NameAddr, HeaderError>> + '_ {
        self.header(name).map(|value| NameAddr::parse(&value))
    }

    /// Every value of Authorization, WWW-Authenticate and their Proxy forms.
    pub fn auths(&self, name: HeaderName) -> impl Iterator<Item = Result<Auth, HeaderError>> + '_ {
        self.header(name).map(|value| Auth::parse(&value))
    }

    pub fn content_type(&self) -> Option<Result<ContentType, HeaderError>> {
        self.typed()
    }

    /// Whether Supported or Require names the option tag.
    pub fn supports(&self, option: &str) -> bool {
        has_option(self, HeaderName::Supported, option) || has_option(self, HeaderName::Require, option)
    }

    /// Whether Require names the option tag.
    pub fn requires(&self, option: &str) -> bool {
        has_option(self, HeaderName::Require, option)
    }
}
