//! What is changed: real messages and packets.

use std::fs;
use std::path::Path;

use hotline::rtp::write_header;

fn folder(path: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let mut paths: Vec<_> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|ending| ["dat", "sdp"].iter().any(|known| ending == *known)))
        .collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).expect("a seed can be read")).collect()
}

/// The torture messages, a carrier's, and requests of ours that every part of the endpoint sees.
pub fn messages() -> Vec<Vec<u8>> {
    let mut all = folder("tests/torture/rfc4475");
    all.extend(folder("tests/torture/rfc5118"));
    all.extend(folder("tests/torture/carrier"));
    let extra = "Supported: timer, 100rel\r\nSession-Expires: 90;refresher=uac\r\nMin-SE: 90\r\nRAck: 1 1 INVITE\r\n\
                 Require: 100rel\r\nRoute: <sip:192.0.2.1;lr>\r\nAllow: INVITE, UPDATE\r\nPrivacy: id\r\n\
                 Replaces: a@b;to-tag=1;from-tag=2\r\nReason: SIP;cause=200\r\nEvent: dialog;id=1\r\n";
    for method in
        ["INVITE", "REGISTER", "OPTIONS", "BYE", "CANCEL", "ACK", "UPDATE", "PRACK", "INFO", "NOTIFY", "REFER"]
    {
        let credentials = credentials().into_iter().next().unwrap_or_default();
        let mut text = format!(
            "{method} sip:1001@hotline.example SIP/2.0\r\nVia: SIP/2.0/UDP 203.0.113.9:5061;rport;branch=z9hG4bK1\r\n\
             From: <sip:1001@hotline.example>;tag=a\r\nTo: <sip:1001@hotline.example>\r\nCall-ID: x@y\r\n\
             CSeq: 1 {method}\r\nMax-Forwards: 70\r\nContact: <sip:1001@203.0.113.9:5061>;expires=60\r\n{extra}\
             Authorization: "
        )
        .into_bytes();
        text.extend(credentials);
        text.extend(b"\r\nContent-Length: 0\r\n\r\n");
        all.push(text);
    }
    all
}

/// Three messages with keep-alives between.
pub fn streams() -> Vec<Vec<u8>> {
    let messages = messages();
    messages.windows(3).map(|three| three.join(&b"\r\n\r\n"[..])).collect()
}

pub fn session_descriptions() -> Vec<Vec<u8>> {
    folder("src/sdp/samples")
}

pub fn rtp() -> Vec<Vec<u8>> {
    let plain = [&write_header(true, 8, 65_535, u32::MAX, 0x0102_0304)[..], &[0xd5; 160]].concat();
    let mut padded = plain.clone();
    padded[0] |= 0x20;
    if let Some(last) = padded.last_mut() {
        *last = 8;
    }
    let mut listed = plain.clone();
    listed[0] |= 0x1f;
    listed.splice(12..12, [[0, 0, 0, 1].repeat(15), vec![0xbe, 0xde, 0, 1, 1, 2, 3, 4]].concat());
    vec![plain, padded, listed]
}

/// Sender report with a block about us, receiver report, SDES, BYE, XR.
pub fn rtcp() -> Vec<Vec<u8>> {
    let block = [1u8, 2, 3, 4, 0, 0, 0, 9, 0, 0, 0, 8, 0, 0, 0, 7, 0, 0, 0, 6, 0, 0, 0, 5];
    let sender = [&[0x81, 200, 0, 12, 9, 9, 9, 9][..], &[7; 20], &block].concat();
    let receiver = [&[0x81, 201, 0, 7, 9, 9, 9, 9][..], &block].concat();
    let names = vec![0x81, 202, 0, 3, 9, 9, 9, 9, 1, 3, b'a', b'@', b'b', 0, 0, 0];
    let goodbye = vec![0x81, 203, 0, 1, 9, 9, 9, 9];
    let extended = vec![0x80, 207, 0, 4, 9, 9, 9, 9, 4, 0, 0, 2, 1, 2, 3, 4, 5, 6, 7, 8];
    vec![
        [&sender[..], &names, &goodbye].concat(),
        [&receiver[..], &names, &extended].concat(),
        [&receiver[..], &goodbye].concat(),
        sender,
    ]
}

pub fn credentials() -> Vec<Vec<u8>> {
    let nonce = "00000000000f424000000000000000011234567890abcdef1234567890abcdef";
    let answer = |algorithm: &str, qop: &str| {
        format!(
            "Digest username=\"1001\", realm=\"hotline.example\", nonce=\"{nonce}\", uri=\"sip:hotline.example\", \
             response=\"6629fae49393a05397450978507c4ef1\", algorithm={algorithm}, qop={qop}, nc=00000001, cnonce=\"c\""
        )
    };
    let challenge =
        format!("Digest realm=\"carrier\", nonce=\"{nonce}\", algorithm=SHA-256, qop=\"auth,auth-int\", stale=true");
    [answer("MD5", "auth"), answer("SHA-256", "auth-int"), challenge, "Basic YTpi".to_owned()]
        .map(String::into_bytes)
        .into()
}

/// A digit in three packets of three end packets each, as [`crate::checks::dtmf`] reads them.
pub fn telephone_events() -> Vec<Vec<u8>> {
    let packet = |seq: u8, event: u8, flags: u8, ticks: u8| [4, seq, 1, event, flags, ticks, 0xa0, 0];
    let press = |event: u8| -> Vec<u8> {
        (0..6).flat_map(|n| packet(n, event, if n < 3 { 10 } else { 0x8a }, n.min(3))).collect()
    };
    vec![press(5), press(11), [press(1), press(1), press(15)].concat()]
}
