use std::net::IpAddr;

use super::limits::{MAX_BYTES, MAX_MEDIA};
use super::*;

fn parse(text: &str) -> Session {
    Session::parse(text.as_bytes()).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn ip(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

#[test]
fn reads_an_offer_of_baresip_with_audio_and_video() {
    let session = parse(include_str!("samples/baresip.sdp"));
    assert_eq!(session.connection_of(0).and_then(Connection::ip), Some(ip("192.168.1.20")));
    let audio = &session.media[0];
    assert_eq!((&audio.kind, audio.port, &audio.protocol), (&MediaKind::Audio, 17622, &Protocol::RtpAvp));
    assert_eq!(audio.payload_types().collect::<Vec<_>>(), [96, 9, 8, 0, 97]);
    assert_eq!(audio.rtpmap(96).map(|map| (map.name, map.clock_hz, map.channels)), Some(("opus".into(), 48000, 2)));
    assert_eq!(audio.fmtp(97), Some("0-15"));
    assert_eq!(audio.rtcp(), Some(Rtcp { port: 17623, ip: None }));
    assert_eq!((audio.ptime_ms(), audio.maxptime_ms()), (Some(20), None));
    assert_eq!(session.media[1].kind, MediaKind::Video);
    assert_eq!(session.direction_of(1), Direction::SendRecv);
}

#[test]
fn reads_an_offer_of_a_browser() {
    let session = parse(include_str!("samples/chrome.sdp"));
    let audio = &session.media[0];
    assert_eq!(audio.protocol, Protocol::Other("UDP/TLS/RTP/SAVPF".to_owned()));
    assert!(audio.has_rtcp_mux());
    assert_eq!(audio.rtcp(), Some(Rtcp { port: 9, ip: Some(ip("0.0.0.0")) }));
    assert_eq!(audio.attribute("ice-ufrag"), Some("ETEn"));
    assert_eq!(audio.rtpmap(126).map(|map| map.to_string()).as_deref(), Some("126 telephone-event/8000"));
}

#[test]
fn writes_what_it_read() {
    let texts = [
        include_str!("samples/baresip.sdp"),
        include_str!("samples/linphone.sdp"),
        include_str!("samples/chrome.sdp"),
        include_str!("samples/two_audio.sdp"),
    ];
    for text in texts {
        let session = parse(text);
        assert_eq!(parse(&session.to_string()), session, "{text}");
    }
}

#[test]
fn a_control_character_in_a_word_moves_no_other_word() {
    let text = "v=0\no=me 1 2 IN IP4 192.\u{7}0.2.1\nc=IN IP4 192.0.2\u{1}1\nm=audio 4000 RTP/AVP 0 8\u{2}9\n";
    let written = parse(text).to_string();
    assert!(written.contains("o=me 1 2 IN IP4 192._0.2.1\r\n"), "{written}");
    assert!(written.contains("c=IN IP4 192.0.2_1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0 8_9\r\n"), "{written}");
}

#[test]
fn reads_line_feeds_missing_lines_and_odd_origins() {
    let session = parse("v=0\r\no=my phone 1 2 IN IP4 192.0.2.1\nc=IN IP4 192.0.2.1/127\nm=audio 4000/2 RTP/avp 0\n\n");
    assert_eq!(session.origin.username, "my_phone");
    assert_eq!(session.connection_of(0).and_then(Connection::ip), Some(ip("192.0.2.1")));
    assert_eq!((session.media[0].port, &session.media[0].protocol), (4000, &Protocol::RtpAvp));
    assert_eq!(parse("v=0\ns=\u{e9}\n").name, "\u{e9}");
    assert_eq!(Session::parse(b"v=0\ns=caf\xe9\n").expect("Latin-1").name, "caf\u{fffd}");
}

#[test]
fn a_direction_of_the_session_holds_where_the_line_says_none() {
    let session = parse("v=0\na=sendonly\nm=audio 1 RTP/AVP 0\nm=audio 2 RTP/AVP 0\na=inactive\n");
    assert_eq!(session.direction_of(0), Direction::SendOnly);
    assert_eq!(session.direction_of(1), Direction::Inactive);
    assert_eq!(parse("v=0\nm=audio 1 RTP/AVP 0\n").direction_of(0), Direction::SendRecv);
}

#[test]
fn refuses_what_cannot_be_meant() {
    let check = |text: &str, error: SdpError| assert_eq!(Session::parse(text.as_bytes()), Err(error), "{text:?}");
    check("", SdpError::Version);
    check("m=audio 1 RTP/AVP 0\n", SdpError::Version);
    check("v=1\n", SdpError::Version);
    check("v=0\nm=audio\n", SdpError::Line(2));
    check("v=0\nm=audio 70000 RTP/AVP 0\n", SdpError::Line(2));
    check("v=0\nm=audio -1 RTP/AVP 0\n", SdpError::Line(2));
    check("v=0\nm=audio 1 RTP/AVP\n", SdpError::Line(2));
    check("v=0\r\ns=-\r\nm =video 3227 RTP/AVP 31\r\n", SdpError::Line(3));
    check("v=0\nc=IN IP5 1.2.3.4\n", SdpError::Line(2));
    check("v=0\no=- 1 2 IN\n", SdpError::Line(2));
    check("v=0\nno line\n", SdpError::Line(2));
}

#[test]
fn sizes_are_bounded() {
    let many = format!("v=0\n{}", "m=audio 1 RTP/AVP 0\n".repeat(MAX_MEDIA + 1));
    assert_eq!(Session::parse(many.as_bytes()), Err(SdpError::TooManyMedia));
    assert_eq!(Session::parse(&vec![b'a'; MAX_BYTES + 1]), Err(SdpError::TooLong));
    assert_eq!(Session::parse(format!("v=0\n{}", "a=x\n".repeat(3000)).as_bytes()), Err(SdpError::TooLong));
    let formats = format!("v=0\nm=audio 1 RTP/AVP{}\n", " 0".repeat(5000));
    assert_eq!(parse(&formats).media[0].formats.len(), limits::MAX_FORMATS);
}

#[test]
fn odd_attributes_are_passed_by() {
    let session = parse(
        "v=0\nm=audio 1 RTP/AVP 0 200 x\na=rtpmap\na=rtpmap:\na=rtpmap:0\na=rtpmap:300 A/1\na=rtpmap:5 /8000\n\
         a=fmtp:\na=ptime:\na=ptime:20.0\na=rtcp:0\na=crypto:\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:short\na=\na=:\n",
    );
    let audio = &session.media[0];
    assert_eq!(audio.payload_types().collect::<Vec<_>>(), [0]);
    assert_eq!((audio.rtpmap(0), audio.fmtp(0), audio.ptime_ms(), audio.rtcp()), (None, None, None, None));
    assert_eq!(audio.cryptos().count(), 0);
}

#[test]
fn reads_the_keys_that_it_can_use() {
    let session = parse(include_str!("samples/two_audio.sdp"));
    let cryptos: Vec<Crypto> = session.media[2].cryptos().collect();
    assert_eq!(cryptos.len(), 1, "the first wants an MKI");
    assert_eq!((cryptos[0].tag, cryptos[0].suite), (3, CryptoSuite::AesCm128HmacSha1_80));
    assert_eq!(cryptos[0].key.bytes(), b"=-n@%^x!Bjufr9)?,#5h\\`=&]{qiPQ");
    let check = |line: &str, usable: bool| {
        let text = format!("v=0\nm=audio 1 RTP/SAVP 0\na=crypto:{line}\n");
        assert_eq!(parse(&text).media[0].cryptos().count(), usize::from(usable), "{line}");
    };
    let key = "inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR";
    check(&format!("1 AES_CM_128_HMAC_SHA1_32 {key}|2^48"), true);
    check(&format!("999999999 aes_cm_128_hmac_sha1_80 {key} WSH=64 -UNKNOWN=1"), true);
    check(&format!("1 AES_CM_128_HMAC_SHA1_80 {key} UNENCRYPTED_SRTP"), false);
    check(&format!("1 AES_CM_128_HMAC_SHA1_80 {key}|1:4"), false);
    check(&format!("1 AES_CM_128_HMAC_SHA1_80 {key};{key}"), false);
    check(&format!("1 AES_CM_128_HMAC_SHA1_80 {key}|4294967296"), true);
    check(&format!("1 AES_CM_128_HMAC_SHA1_80 {key}|2^16"), false);
    check(&format!("1 AES_CM_128_HMAC_SHA1_80 {key}|2^64"), false);
    check(&format!("1 AES_CM_128_HMAC_SHA1_80 {key}|soon"), false);
    check(&format!("1 AES_CM_128_HMAC_SHA1_80 {key} KDR=1"), false);
    check(&format!("1 F8_128_HMAC_SHA1_80 {key}"), false);
    check(&format!("1 AEAD_AES_128_GCM {key}"), false);
    check("1 AEAD_AES_128_GCM inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaQ==", true);
    check("1 AEAD_AES_256_GCM inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBRPS1uQCVeeCFCanVmcjk=", true);
    check(&format!("9999999999 AES_CM_128_HMAC_SHA1_80 {key}"), false);
    check("1 AES_CM_128_HMAC_SHA1_80 inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBRAAAA", false);
}

#[test]
fn a_key_is_not_shown_in_logs() {
    let session = parse(include_str!("samples/baresip_srtp.sdp"));
    let crypto = session.media[0].cryptos().next().expect("a key");
    let shown = format!("{crypto:?}");
    assert!(!shown.contains("WVNf") && shown.contains("MasterKey(..)"), "{shown}");
    let shown = format!("{session:?}");
    assert!(!shown.contains("WVNf") && shown.contains("a=crypto"), "{shown}");
}

#[test]
fn nothing_that_is_written_starts_another_line() {
    let mut session = parse("v=0\nm=audio 1 RTP/AVP 0\n");
    session.name = "a\r\nm=audio 2 RTP/AVP 0".to_owned();
    session.origin.username = "b\nc=IN IP4 1.2.3.4".to_owned();
    session.media[0].attributes.push(Attribute::with("x\r\n", "y\r\nm=video 2 RTP/AVP 0"));
    assert_eq!(session.to_string().lines().filter(|line| line.starts_with("m=")).count(), 1);
    assert_eq!(session.to_string().lines().filter(|line| line.starts_with("c=")).count(), 0);
}
