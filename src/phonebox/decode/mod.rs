//! Caller ID in its coded forms: SDMF and MDMF frames (raw, in hexadecimal, or one parameter in a modem's MESG line),
//! DTMF digits, and the record of HID telephones. All give [`CidFields`], which one place turns into a caller ID.

mod dtmf;
mod fields;
mod mesg;
mod param;
mod tp;
mod xdmf;

pub(super) use dtmf::{DtmfForm, decode_dtmf};
pub(super) use fields::{CidFields, TextRules};
pub(super) use mesg::{Mesg, decode_mesg};
pub(super) use tp::decode_tp_fsk;
pub(super) use xdmf::{Message, body_fits, decode_frame, decode_hex};

#[cfg(test)]
mod tests;
