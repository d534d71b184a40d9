use crate::sip::{HeaderName, Method, Text, Uri, UriError};

/// A header whose values all have one type.
pub trait Header: Sized {
    const NAME: HeaderName;
    /// Reads one value, without folds and without white space around it. `value` is a part of `text`, whose buffer
    /// the result shares.
    fn parse_in(text: &Text, value: &[u8]) -> Result<Self, HeaderError>;

    /// Reads one value.
    fn parse(value: &Text) -> Result<Self, HeaderError> {
        Self::parse_in(value, value.as_bytes())
    }
}

/// What can be written as a header's value.
pub trait Wire {
    /// Appends the value. Line ends may be in it: [`crate::sip::MessageBuilder`] takes them out.
    fn write(&self, out: &mut Vec<u8>);

    /// The value as text.
    fn to_text(&self) -> Text {
        let mut out = Vec::new();
        self.write(&mut out);
        Text::from(bytes::Bytes::from(out))
    }
}

/// Why a header's value cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    #[error("the header is missing")]
    Missing,
    #[error("a parameter is empty, its name is no token, or its quotes do not close")]
    Params,
    #[error("the quotes or angle brackets do not close")]
    Unbalanced,
    #[error("{0}")]
    Uri(#[from] UriError),
    #[error("a number is expected")]
    Number,
    #[error("the number is larger than 2147483647")]
    TooLarge,
    #[error("a token is expected")]
    Token,
    #[error("the protocol is not SIP/2.0 with a transport")]
    Protocol,
    #[error("the host is no name and no address, or its port is not 1 to 65535")]
    Host,
    #[error("a URI with ';', '?' or ',' must be in angle brackets")]
    NeedsBrackets,
    #[error("`*` stands beside other contacts")]
    Star,
    #[error("a part of the value is missing")]
    Incomplete,
    #[error("a parameter that may be there once is repeated")]
    Repeated,
}

impl Wire for str {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.as_bytes());
    }
}

impl Wire for String {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.as_bytes());
    }
}

impl Wire for Text {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.as_bytes());
    }
}

impl Wire for Uri {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.as_text().as_bytes());
    }
}

impl Wire for Method {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.as_bytes());
    }
}

impl Wire for u32 {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.to_string().as_bytes());
    }
}

impl<T: Wire + ?Sized> Wire for &T {
    fn write(&self, out: &mut Vec<u8>) {
        (**self).write(out);
    }
}
