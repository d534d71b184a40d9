//! The parameters of multiple-data messages (MDMF): `type length data`, one after the other.

use super::fields::CidFields;
use crate::phonebox::event::{CallType, DecodeFault};
use crate::phonebox::stamp::Stamp;

/// Parameter types of call set-up and message waiting (GR-30-CORE, EN 300 659-3, BT SIN 227; spandsp `adsi.h`).
pub(super) mod code {
    pub const DATE_TIME: u8 = 0x01;
    pub const NUMBER: u8 = 0x02;
    /// North America: the caller's dialable number; ETSI and BT: the number that was called.
    pub const DIALABLE_OR_CALLED: u8 = 0x03;
    pub const NO_NUMBER: u8 = 0x04;
    pub const REDIRECT_REASON: u8 = 0x05;
    pub const QUALIFIER: u8 = 0x06;
    pub const NAME: u8 = 0x07;
    pub const NO_NAME: u8 = 0x08;
    pub const INDICATOR: u8 = 0x0b;
    pub const CALL_TYPE: u8 = 0x11;
    pub const MESSAGE_COUNT: u8 = 0x13;
    pub const REDIRECTING: u8 = 0x1a;
    /// All that a standard names, those above among them.
    pub const KNOWN: &[u8] = &[
        0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x0b, 0x0d, 0x10, 0x11, 0x13, 0x15, 0x16, 0x1a, 0x20, 0x21,
        0x23, 0x50, 0x55,
    ];
}

/// One parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Param<'a> {
    pub code: u8,
    pub data: &'a [u8],
}

/// The parameters of `body`; an error when a length runs past its end.
pub(super) fn parameters(body: &[u8]) -> Result<Vec<Param<'_>>, DecodeFault> {
    let mut rest = body;
    let mut found = Vec::new();
    while let [code, length, tail @ ..] = rest {
        let (data, after) = tail.split_at_checked(usize::from(*length)).ok_or(DecodeFault::ParamLength)?;
        found.push(Param { code: *code, data });
        rest = after;
    }
    if rest.is_empty() { Ok(found) } else { Err(DecodeFault::ParamLength) }
}

/// What the parameters say, with the message lamp beside the caller.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub caller: CidFields,
    pub lamp: Option<bool>,
    pub messages: Option<u32>,
    /// Parameter 03, whose meaning the others decide.
    dialable_or_called: Option<Vec<u8>>,
}

impl Said {
    pub fn from_params(params: &[Param]) -> Self {
        let mut said = Said::default();
        for param in params {
            said.take(*param);
        }
        said.settle();
        said
    }

    /// Zero length is legal and says nothing (BT SIN 227 A.2); unknown parameters are skipped.
    fn take(&mut self, param: Param) {
        let (Some(first), data) = (param.data.first().copied(), param.data.to_vec()) else { return };
        match param.code {
            code::DATE_TIME => self.caller.stamp = Stamp::from_digits(&data),
            code::NUMBER => self.caller.number = Some(data),
            code::DIALABLE_OR_CALLED => self.dialable_or_called = Some(data),
            code::NO_NUMBER => self.caller.number_reason = Some(data),
            code::QUALIFIER => self.caller.long_distance = first == b'L',
            code::NAME => self.caller.name = Some(data),
            code::NO_NAME => self.caller.name_reason = Some(data),
            code::INDICATOR => self.lamp = Some(first != 0),
            code::CALL_TYPE => self.caller.call_type = call_type(first),
            code::MESSAGE_COUNT => self.messages = Some(u32::from(first)),
            code::REDIRECTING => self.caller.redirected_from.push(data),
            code::REDIRECT_REASON => {}
            _ => {}
        }
    }

    /// Parameter 03 is the caller only if neither 02 nor 04 is there.
    fn settle(&mut self) {
        let Some(number) = self.dialable_or_called.take() else { return };
        if self.caller.number.is_none() && self.caller.number_reason.is_none() {
            self.caller.number = Some(number);
        } else {
            self.caller.called = Some(number);
        }
    }
}

/// BT SIN 227 A.2.1.
fn call_type(code: u8) -> Option<CallType> {
    match code {
        0x01 => Some(CallType::Voice),
        0x02 => Some(CallType::RingBack),
        0x81 => Some(CallType::MessageWaiting),
        _ => None,
    }
}
