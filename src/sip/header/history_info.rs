use super::{HeaderError, NameAddr, Params, Reason};
use crate::sip::Text;

/// One target that the call was sent to (RFC 7044).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryInfo {
    pub address: NameAddr,
}

impl HistoryInfo {
    pub fn parse(value: &Text) -> Result<HistoryInfo, HeaderError> {
        NameAddr::parse(value).map(|address| HistoryInfo { address })
    }

    /// The place in the tree, such as `1.1.2`.
    pub fn index(&self) -> Option<Text> {
        self.address.params.get("index")
    }

    /// The Reason that the URI carries (RFC 7044 10.2): why the call left this target.
    pub fn reason(&self) -> Option<Reason> {
        let is_reason = |name: &[u8]| name.eq_ignore_ascii_case(b"Reason");
        let (_, value) = self.address.uri.headers().find(|(name, _)| is_reason(name))?;
        let value = Text::from(value.as_ref());
        let end = value.as_bytes().iter().position(|byte| *byte == b';').unwrap_or(value.len());
        let params = Params::parse(&value.slice(end..value.len())).ok()?;
        Some(Reason { protocol: value.slice(0..end), params })
    }
}
