use chrono::NaiveDate;

use super::*;
use crate::phonebox::charset::Charset;
use crate::phonebox::event::{CallerId, DecodeFault, NumberStatus};
use crate::phonebox::number::NumberOptions;

fn resolve(fields: CidFields) -> Result<CallerId, DecodeFault> {
    let local_now = NaiveDate::from_ymd_opt(2026, 8, 8).unwrap().and_hms_opt(12, 0, 0).unwrap();
    let rules = TextRules {
        charsets: &[Charset::Utf8, Charset::Gb18030],
        numbers: &NumberOptions::default(),
        local_now,
        slack_h: 26,
    };
    fields.resolve(&rules)
}

fn caller(hex: &str) -> CallerId {
    match decode_hex(hex.as_bytes()) {
        Ok(Message::Caller(fields)) => resolve(*fields).unwrap(),
        other => panic!("{hex}: {other:?}"),
    }
}

#[test]
fn reads_the_examples_of_the_standards() {
    let sdmf = caller("041230353131313835323430373535353030303059");
    assert_eq!(sdmf.number.as_deref(), Some("4075550000"));
    assert_eq!(sdmf.ts.as_deref(), Some("2026-05-11T18:52"));
    assert!(sdmf.verified);
    let mdmf = caller("802001083035313131383532020A3430373535353030303007084A4F484E20444F4584");
    assert_eq!(mdmf.name.as_deref(), Some("JOHN DOE"));
}

#[test]
fn a_frame_that_does_not_sum_to_zero_is_refused() {
    let damaged = "041230353131313835323430373535353030313059";
    assert_eq!(decode_hex(damaged.as_bytes()), Err(DecodeFault::Checksum));
    assert_eq!(decode_hex(b"0412303531"), Err(DecodeFault::Truncated));
    assert_eq!(decode_hex(b"04123"), Err(DecodeFault::Hex));
    assert_eq!(decode_hex(b"ffff"), Err(DecodeFault::MessageType));
    assert_eq!(decode_hex(b""), Err(DecodeFault::Truncated));
}

#[test]
fn withheld_numbers_say_why() {
    let frame = |number: &[u8]| {
        let mut bytes = vec![0x04, 8 + number.len() as u8];
        bytes.extend_from_slice(b"08081130");
        bytes.extend_from_slice(number);
        bytes.push(bytes.iter().fold(0_u8, |sum, byte| sum.wrapping_sub(*byte)));
        match decode_frame(&bytes) {
            Ok(Message::Caller(fields)) => resolve(*fields).unwrap().number_status,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(frame(b"P"), NumberStatus::Private);
    assert_eq!(frame(b"O"), NumberStatus::Unavailable);
    assert_eq!(frame(b""), NumberStatus::Absent);
    assert_eq!(frame(b"10086"), NumberStatus::Ok);
}

#[test]
fn mesg_lines_hold_numbers_reasons_and_lamps() {
    let part = |hex: &str| match decode_mesg(hex.as_bytes()) {
        Ok(Mesg::Part(fields)) => resolve(*fields).unwrap(),
        other => panic!("{hex}: {other:?}"),
    };
    assert_eq!(part("030735353531323132").number.as_deref(), Some("5551212"));
    assert_eq!(part("080150").name_status, Some(NumberStatus::Private));
    assert_eq!(part("08014F").name_status, Some(NumberStatus::Unavailable));
    assert_eq!(part("040150").number_status, NumberStatus::Private);
    let lamp = Mesg::Whole(Message::Lamp { waiting: true, messages: None });
    assert_eq!(decode_mesg(b"060342424231"), Ok(lamp));
    assert_eq!(decode_mesg(b"0000"), Ok(Mesg::Nothing));
    assert_eq!(decode_mesg(b"06034242431"), Err(DecodeFault::Hex));
    assert_eq!(decode_mesg(b"0309313233"), Err(DecodeFault::ParamLength));
}

#[test]
fn dtmf_forms_of_the_countries() {
    let read = |digits: &str, form| decode_dtmf(digits.as_bytes(), form).map(|fields| resolve(fields).unwrap());
    let countries = |digits| read(digits, DtmfForm::Countries);
    assert_eq!(countries("A0812345670C").unwrap().number.as_deref(), Some("0812345670"));
    assert_eq!(countries("D0212345678C").unwrap().number.as_deref(), Some("0212345678"));
    assert_eq!(countries("0201234567#").unwrap().number.as_deref(), Some("0201234567"));
    assert_eq!(countries("D0000000000C").unwrap().number_status, NumberStatus::Unavailable);
    assert_eq!(countries("D1#").unwrap().number_status, NumberStatus::Private);
    assert_eq!(countries("D2#").unwrap().number_status, NumberStatus::International);
    assert_eq!(countries("B00C").unwrap().number_status, NumberStatus::Unavailable);
    assert_eq!(countries("B10C").unwrap().number_status, NumberStatus::Private);
    assert_eq!(countries("A081D031C").unwrap().redirected_from, ["031"]);
    for wrong in ["0812345670C", "AC", "A12", "", "B99C", "A1D2D3C", "#"] {
        assert_eq!(countries(wrong), Err(DecodeFault::DtmfFormat), "{wrong}");
    }
    for marks in ["B02188880123D", "*02188880123#", "C02188880123C"] {
        assert_eq!(read(marks, DtmfForm::AnyMarks).unwrap().number.as_deref(), Some("02188880123"));
    }
    assert!(read("02188880123C", DtmfForm::AnyMarks).is_err());
}

#[test]
fn a_hid_record_is_binary_time_and_bcd_digits() {
    let record = [0x80, 0x0e, 8, 8, 11, 30, 0x13, 0x80, 0x01, 0x38, 0x00, 0x0f];
    let caller = resolve(decode_tp_fsk(&record).unwrap()).unwrap();
    assert_eq!(caller.number.as_deref(), Some("13800138000"));
    assert_eq!(caller.ts.as_deref(), Some("2026-08-08T11:30"));
    assert_eq!(decode_tp_fsk(&record[..5]), Err(DecodeFault::Length));
}

#[test]
fn noise_does_not_look_like_a_message_body() {
    assert!(body_fits(0x04, b"0808113010086"));
    assert!(body_fits(0x80, b"\x01\x0808081130\x02\x0510086"));
    assert!(!body_fits(0x80, b""));
    assert!(!body_fits(0x80, b"\x77\x01a"));
    assert!(!body_fits(0x04, b"08x8113010086"));
    assert!(!body_fits(0x80, b"\x01\x09"));
}
