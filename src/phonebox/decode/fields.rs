//! The parts of a caller ID as they arrive, and their meaning.

use chrono::NaiveDateTime;

use crate::phonebox::charset::{self, Charset};
use crate::phonebox::event::{CallType, CallerId, DecodeFault, NumberStatus};
use crate::phonebox::number::{NumberOptions, NumberText, read_number, status_of_name, status_of_reason};
use crate::phonebox::stamp::Stamp;

/// What one record, or one block of lines, said about the caller. Fields are bytes: the character set comes later.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::phonebox) struct CidFields {
    pub number: Option<Vec<u8>>,
    pub number_reason: Option<Vec<u8>>,
    /// Fixed by the profile's rule; used when neither a number nor a reason came.
    pub number_status: Option<NumberStatus>,
    pub name: Option<Vec<u8>>,
    pub name_reason: Option<Vec<u8>>,
    pub name_status: Option<NumberStatus>,
    pub stamp: Stamp,
    pub called: Option<Vec<u8>>,
    pub redirected_from: Vec<Vec<u8>>,
    pub call_type: Option<CallType>,
    pub long_distance: bool,
    /// A checksum covered the number.
    pub verified: bool,
}

/// How a profile's texts are read.
pub(in crate::phonebox) struct TextRules<'a> {
    pub charsets: &'a [Charset],
    pub numbers: &'a NumberOptions,
    pub local_now: NaiveDateTime,
    pub slack_h: u32,
}

impl CidFields {
    /// Whether there is a caller to show. A date alone is none.
    pub fn has_caller(&self) -> bool {
        let texts = [&self.number, &self.number_reason, &self.name, &self.name_reason];
        self.number_status.is_some() || self.name_status.is_some() || texts.iter().any(|text| text.is_some())
    }

    /// The caller ID, or the fault that keeps it from being shown.
    pub fn resolve(self, rules: &TextRules) -> Result<CallerId, DecodeFault> {
        let (number, number_status) = self.number(rules)?;
        let (name, name_status) = self.name(rules.charsets);
        Ok(CallerId {
            verified: self.verified && number.is_some(),
            number,
            number_status,
            name,
            name_status,
            ts: self.stamp.resolve(rules.local_now, rules.slack_h),
            called: self.called.as_deref().and_then(|field| plain_number(field, rules.numbers)),
            redirected_from: self.redirected_from.iter().filter_map(|n| plain_number(n, rules.numbers)).collect(),
            call_type: self.call_type,
            long_distance: self.long_distance,
            update: false,
        })
    }

    fn number(&self, rules: &TextRules) -> Result<(Option<String>, NumberStatus), DecodeFault> {
        match read_number(self.number.as_deref().unwrap_or_default(), rules.numbers) {
            NumberText::Number(number) => Ok((Some(number), NumberStatus::Ok)),
            NumberText::Partial(number) => Ok((Some(number), NumberStatus::Partial)),
            NumberText::Why(status) => Ok((None, status)),
            NumberText::Bad => Err(DecodeFault::Number),
            NumberText::Empty => {
                let reason = self.number_reason.as_deref().map(status_of_reason);
                Ok((None, reason.or(self.number_status).unwrap_or_default()))
            }
        }
    }

    fn name(&self, charsets: &[Charset]) -> (Option<String>, Option<NumberStatus>) {
        let field = self.name.as_deref().unwrap_or_default().trim_ascii();
        if let Some(status) = status_of_name(field) {
            return (None, Some(status));
        }
        let name = Some(charset::decode(field, charsets)).filter(|name| !name.is_empty());
        match name {
            Some(name) => (Some(name), None),
            None => (None, self.name_reason.as_deref().map(status_of_reason).or(self.name_status)),
        }
    }
}

/// A number beside the caller's own: left out when it is none.
fn plain_number(field: &[u8], options: &NumberOptions) -> Option<String> {
    match read_number(field, options) {
        NumberText::Number(number) | NumberText::Partial(number) => Some(number),
        NumberText::Why(_) | NumberText::Empty | NumberText::Bad => None,
    }
}
