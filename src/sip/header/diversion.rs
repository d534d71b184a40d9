use super::{HeaderError, NameAddr};
use crate::sip::Text;

/// Who diverted the call before it came here (RFC 5806).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diversion {
    pub address: NameAddr,
}

impl Diversion {
    pub fn parse(value: &Text) -> Result<Diversion, HeaderError> {
        NameAddr::parse(value).map(|address| Diversion { address })
    }

    /// `user-busy`, `no-answer`, `unconditional` and so on.
    pub fn reason(&self) -> Option<Text> {
        self.address.params.get("reason")
    }

    /// How many diversions this entry stands for; 1 when it does not say.
    pub fn counter(&self) -> u32 {
        self.address.params.get("counter").and_then(|text| text.to_u32_saturating()).unwrap_or(1)
    }

    /// `full`, `name`, `uri` or `off`.
    pub fn privacy(&self) -> Option<Text> {
        self.address.params.get("privacy")
    }
}
