//! `MESG = hex`: what a modem in formatted mode prints of a packet that it does not understand.

use super::fields::CidFields;
use super::param::{Param, Said, code};
use super::xdmf::{Message, decode_frame, is_message_type, sum, unhex};
use crate::phonebox::event::DecodeFault;

/// What a MESG line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::phonebox) enum Mesg {
    /// Parts of the caller ID that the lines around it belong to (Bell Canada: the number is only here).
    Part(Box<CidFields>),
    /// A whole message with its checksum: a message lamp.
    Whole(Message),
    Nothing,
}

pub(in crate::phonebox) fn decode_mesg(hex: &[u8]) -> Result<Mesg, DecodeFault> {
    let bytes = unhex(hex).ok_or(DecodeFault::Hex)?;
    let [kind, length, data @ ..] = bytes.as_slice() else { return Ok(Mesg::Nothing) };
    let whole = data.len() == usize::from(*length) + 1 && sum(&bytes) == 0;
    if whole && is_message_type(*kind) {
        return decode_frame(&bytes).map(Mesg::Whole);
    }
    let params = leading_parameters(&bytes)?;
    if !params.iter().any(|param| code::KNOWN.contains(&param.code) && !param.data.is_empty()) {
        return Ok(Mesg::Nothing);
    }
    Ok(Mesg::Part(Box::new(Said::from_params(&params).caller)))
}

/// Parameters one after the other; a lone byte after them is a checksum that the modem kept.
fn leading_parameters(bytes: &[u8]) -> Result<Vec<Param<'_>>, DecodeFault> {
    let mut rest = bytes;
    let mut found = Vec::new();
    while let [code, length, tail @ ..] = rest {
        let (data, after) = tail.split_at_checked(usize::from(*length)).ok_or(DecodeFault::ParamLength)?;
        found.push(Param { code: *code, data });
        rest = after;
    }
    Ok(found)
}
