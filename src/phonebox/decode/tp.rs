//! The caller ID record of HID telephones: `mode length month day hour minute` in binary, the number in BCD.

use super::fields::CidFields;
use crate::phonebox::event::DecodeFault;
use crate::phonebox::stamp::Stamp;

/// Two digits a byte, ended by a digit above 9 or by the record's end.
pub(in crate::phonebox) fn decode_tp_fsk(record: &[u8]) -> Result<CidFields, DecodeFault> {
    let [_mode, _length, month, day, hour, minute, bcd @ ..] = record else { return Err(DecodeFault::Length) };
    let number: Vec<u8> = bcd
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 0x0f])
        .take_while(|digit| *digit <= 9)
        .map(|digit| b'0' + digit)
        .collect();
    let stamp =
        Stamp { date: Some((u32::from(*month), u32::from(*day))), time: Some((u32::from(*hour), u32::from(*minute))) };
    Ok(CidFields { number: Some(number), stamp, ..CidFields::default() })
}
