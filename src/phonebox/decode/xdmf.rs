//! SDMF and MDMF: `type length body checksum`; the bytes of a whole frame sum to 0 modulo 256.

use super::dtmf::{DtmfForm, decode_dtmf};
use super::fields::CidFields;
use super::param::{Said, code, parameters};
use crate::phonebox::event::{CallType, DecodeFault};
use crate::phonebox::stamp::Stamp;

const SDMF_CALL: u8 = 0x04;
const SDMF_LAMP: u8 = 0x06;
const MDMF_CALL: u8 = 0x80;
const MDMF_LAMP: u8 = 0x82;
/// Type, length and checksum around a body.
const AROUND_BODY: usize = 3;
const SYNC: u8 = 0x55;

/// What a frame says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::phonebox) enum Message {
    Caller(Box<CidFields>),
    Lamp {
        waiting: bool,
        messages: Option<u32>,
    },
    /// A right frame of a kind that is not about a call (charge, display text, SMS).
    Other,
}

/// Whether `byte` begins a message that boxes send.
pub(in crate::phonebox) fn is_message_type(byte: u8) -> bool {
    matches!(byte, SDMF_CALL | SDMF_LAMP | MDMF_CALL | MDMF_LAMP)
}

/// Reads a frame from its type byte on. Bytes after its checksum are not looked at.
pub(in crate::phonebox) fn decode_frame(bytes: &[u8]) -> Result<Message, DecodeFault> {
    let [kind, length, ..] = *bytes else { return Err(DecodeFault::Truncated) };
    let frame = bytes.get(..usize::from(length) + AROUND_BODY).ok_or(DecodeFault::Truncated)?;
    if sum(frame) != 0 {
        return Err(DecodeFault::Checksum);
    }
    let body = &frame[2..frame.len() - 1];
    match kind {
        SDMF_CALL => sdmf_call(body),
        SDMF_LAMP => Ok(sdmf_lamp(body)),
        MDMF_CALL | MDMF_LAMP => Ok(mdmf(&Said::from_params(&parameters(body)?), kind)),
        _ => Ok(Message::Other),
    }
}

/// Reads what a modem prints in unformatted mode: a frame in hexadecimal, or DTMF digits as ASCII in hexadecimal.
pub(in crate::phonebox) fn decode_hex(text: &[u8]) -> Result<Message, DecodeFault> {
    let bytes = unhex(text).ok_or(DecodeFault::Hex)?;
    let start = bytes.iter().position(|byte| *byte != SYNC).unwrap_or(bytes.len());
    let frame = &bytes[start..];
    match frame.first() {
        None => Err(DecodeFault::Truncated),
        Some(first) if is_message_type(*first) => decode_frame(frame),
        Some(_) if frame.iter().all(|byte| byte.is_ascii_digit() || b"ABCD*#".contains(byte)) => {
            decode_dtmf(frame, DtmfForm::Countries).map(|caller| Message::Caller(Box::new(caller)))
        }
        Some(_) if sum(frame) == 0 && frame.len() >= AROUND_BODY => decode_frame(frame),
        Some(_) => Err(DecodeFault::MessageType),
    }
}

/// Pairs of hexadecimal digits, blanks between them allowed.
pub(super) fn unhex(text: &[u8]) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text
        .iter()
        .filter(|byte| !byte.is_ascii_whitespace())
        .map(|byte| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect();
    let digits = digits?;
    (digits.len() % 2 == 0).then(|| digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

/// Whether a body could be one of `kind`, whatever its checksum: every parameter known and the chain exact, or the
/// date and number of SDMF. Noise does not pass.
pub(in crate::phonebox) fn body_fits(kind: u8, body: &[u8]) -> bool {
    match kind {
        SDMF_CALL => body.len() >= 9 && body[..8].iter().all(u8::is_ascii_digit) && sdmf_number_fits(&body[8..]),
        SDMF_LAMP => matches!(body, b"BBB" | b"ooo"),
        MDMF_CALL | MDMF_LAMP => parameters(body)
            .is_ok_and(|params| !params.is_empty() && params.iter().all(|param| code::KNOWN.contains(&param.code))),
        _ => false,
    }
}

fn sdmf_number_fits(number: &[u8]) -> bool {
    matches!(number, b"P" | b"O") || number.iter().all(|byte| byte.is_ascii_digit() || b"*#-+ ".contains(byte))
}

pub(super) fn sum(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |sum, byte| sum.wrapping_add(*byte))
}

/// `MMDDHHMM` and the number, or `P` or `O`.
fn sdmf_call(body: &[u8]) -> Result<Message, DecodeFault> {
    let (stamp, number) = body.split_at_checked(8).ok_or(DecodeFault::ParamLength)?;
    let caller = CidFields {
        stamp: Stamp::from_digits(stamp),
        number: Some(number.to_vec()),
        verified: true,
        ..CidFields::default()
    };
    Ok(Message::Caller(Box::new(caller)))
}

/// The lamp by SDMF: `BBB` on, `ooo` off (Asterisk `main/callerid.c`).
fn sdmf_lamp(body: &[u8]) -> Message {
    match body {
        b"BBB" => Message::Lamp { waiting: true, messages: None },
        b"ooo" => Message::Lamp { waiting: false, messages: None },
        _ => Message::Other,
    }
}

fn mdmf(said: &Said, kind: u8) -> Message {
    if said.caller.call_type == Some(CallType::MessageWaiting) {
        let waiting = said.lamp.unwrap_or(said.messages != Some(0));
        return Message::Lamp { waiting, messages: said.messages };
    }
    match said.lamp {
        Some(waiting) if kind == MDMF_LAMP || !said.caller.has_caller() => {
            Message::Lamp { waiting, messages: said.messages }
        }
        _ if kind == MDMF_LAMP => Message::Other,
        _ => Message::Caller(Box::new(CidFields { verified: true, ..said.caller.clone() })),
    }
}
