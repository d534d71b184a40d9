use std::net::SocketAddr;

use super::*;
use crate::base::Rng;
use crate::sdp::{Codec, Connection, Crypto, CryptoSuite, Direction, MediaKind, Protocol, Session};

fn settings() -> Settings {
    Settings::new("192.0.2.100".parse().expect("an address"), 30000)
}

fn negotiator(settings: Settings) -> Negotiator {
    Negotiator::new(settings, 1 << 40)
}

fn rng() -> Rng {
    Rng::from_number(1)
}

fn addr(text: &str) -> SocketAddr {
    text.parse().expect("an address with port")
}

/// Our answer to `offer` as text, read back, and what was agreed.
fn answer(ours: &mut Negotiator, offer: &str) -> (Session, Negotiated) {
    let answered = ours.answer_offer(offer.as_bytes(), Direction::SendRecv, &mut rng());
    let (text, agreed) = answered.unwrap_or_else(|error| panic!("{error}: {offer}"));
    (Session::parse(text.as_bytes()).expect("we write SDP"), agreed)
}

fn refusal(settings: Settings, offer: &str) -> NegotiationError {
    let answered = negotiator(settings).answer_offer(offer.as_bytes(), Direction::SendRecv, &mut rng());
    answered.expect_err("the offer cannot be taken")
}

/// An offer of one audio line with `lines` behind it.
fn offer(lines: &str) -> String {
    format!("v=0\r\no=- 1 1 IN IP4 198.51.100.1\r\ns=-\r\nc=IN IP4 198.51.100.1\r\nt=0 0\r\n{lines}")
}

#[test]
fn answers_sipp() {
    let (session, agreed) = answer(&mut negotiator(settings()), include_str!("../samples/sipp.sdp"));
    assert_eq!((agreed.codec, agreed.payload_type), (Codec::Pcmu, 0));
    assert_eq!((agreed.remote, agreed.remote_rtcp), (addr("127.0.1.1:6000"), addr("127.0.1.1:6001")));
    assert_eq!(agreed.telephone_event, None);
    assert_eq!(session.media[0].port, 30000);
    assert_eq!(session.media[0].formats, ["0"]);
    assert_eq!(session.connection_of(0).and_then(Connection::ip), Some(settings().address));
}

#[test]
fn answers_baresip_in_its_order_with_its_numbers_and_refuses_video() {
    let mut with_opus = settings();
    with_opus.codecs.push(Codec::Opus);
    let (session, agreed) = answer(&mut negotiator(with_opus), include_str!("../samples/baresip.sdp"));
    assert_eq!((agreed.codec, agreed.payload_type), (Codec::Opus, 96));
    let event = agreed.telephone_event.expect("8000 is better than none");
    assert_eq!((event.payload_type, event.clock_hz), (97, 8000));
    assert_eq!(session.media[0].formats, ["96", "97"]);
    assert_eq!(session.media.len(), 2);
    assert_eq!((&session.media[1].kind, session.media[1].port), (&MediaKind::Video, 0));

    let (_, agreed) = answer(&mut negotiator(settings()), include_str!("../samples/baresip.sdp"));
    assert_eq!((agreed.codec, agreed.payload_type), (Codec::G722, 9), "first of theirs that we have");
}

#[test]
fn answers_linphone_with_the_event_of_the_codecs_clock() {
    let mut opus = settings();
    opus.codecs = vec![Codec::Opus];
    let (session, agreed) = answer(&mut negotiator(opus), include_str!("../samples/linphone.sdp"));
    let event = agreed.telephone_event.expect("events");
    assert_eq!((agreed.codec, event.payload_type, event.clock_hz), (Codec::Opus, 99, 48000));
    assert_eq!(session.media[0].protocol, Protocol::RtpAvpf, "the profile is theirs");
    assert_eq!(agreed.remote_rtcp, addr("10.0.0.5:52713"));

    let (_, agreed) = answer(&mut negotiator(settings()), include_str!("../samples/linphone.sdp"));
    assert_eq!((agreed.codec, agreed.dtmf_payload_type()), (Codec::Pcmu, Some(101)), "static numbers need no rtpmap");
}

#[test]
fn answers_trunks_past_codecs_that_we_lack() {
    let (session, agreed) = answer(&mut negotiator(settings()), include_str!("../samples/trunk.sdp"));
    assert_eq!((agreed.codec, agreed.remote), (Codec::Pcma, addr("203.0.113.20:20482")));
    assert_eq!((agreed.ptime_ms, agreed.dtmf_payload_type()), (20, Some(101)));
    assert_eq!(session.media[1].port, 0);
    assert_eq!(session.media[1].formats, ["t38"]);
    let (_, agreed) = answer(&mut negotiator(settings()), include_str!("../samples/cisco.sdp"));
    assert_eq!((agreed.codec, agreed.ptime_ms), (Codec::Pcmu, 30));
}

#[test]
fn a_browsers_dtls_offer_is_not_ours_to_answer() {
    let error = refusal(settings(), include_str!("../samples/chrome.sdp"));
    assert_eq!(error, NegotiationError::Protocol("UDP/TLS/RTP/SAVPF".to_owned()));
    assert_eq!((error.status(), error.warn_code()), (488, 302));
}

#[test]
fn a_browsers_codecs_are_told_apart_by_clock() {
    let plain = include_str!("../samples/chrome.sdp").replace("UDP/TLS/RTP/SAVPF", "RTP/AVP");
    let mut opus_first = settings();
    opus_first.codecs.push(Codec::Opus);
    let (_, agreed) = answer(&mut negotiator(opus_first), &plain);
    assert_eq!((agreed.codec, agreed.dtmf_payload_type()), (Codec::Opus, Some(110)));
    let (_, agreed) = answer(&mut negotiator(settings()), &plain);
    assert_eq!((agreed.codec, agreed.dtmf_payload_type()), (Codec::G722, Some(126)));
    assert_eq!(agreed.remote_rtcp.port(), 9);
    assert_eq!(agreed.remote_rtcp.ip(), agreed.remote.ip(), "no RTCP to 0.0.0.0");
}

#[test]
fn srtp_is_preferred_when_it_is_allowed_and_refused_when_not() {
    let two = include_str!("../samples/two_audio.sdp");
    let accepted = Settings { srtp: SrtpPolicy::Accepted, ..settings() };
    let (session, agreed) = answer(&mut negotiator(accepted), two);
    let pair = agreed.crypto.expect("encrypted");
    assert_eq!((pair.local.tag, pair.remote.tag, pair.local.suite), (3, 3, CryptoSuite::AesCm128HmacSha1_80));
    assert_ne!(pair.local.key, pair.remote.key);
    assert_eq!(session.media.iter().map(|m| m.port).collect::<Vec<_>>(), [0, 0, 30000, 0]);
    assert_eq!(session.media[2].cryptos().collect::<Vec<_>>(), [pair.local]);
    assert_eq!(agreed.remote, addr("203.0.113.1:4004"));

    let (session, agreed) = answer(&mut negotiator(settings()), two);
    assert_eq!((agreed.crypto, agreed.remote), (None, addr("203.0.113.1:4000")));
    assert_eq!(session.media.iter().map(|m| m.port).collect::<Vec<_>>(), [0, 30000, 0, 0]);
    assert_eq!(session.media[3].kind, MediaKind::Other("application".to_owned()));

    let only = include_str!("../samples/baresip_srtp.sdp");
    assert_eq!(refusal(settings(), only), NegotiationError::Protocol("RTP/SAVP".to_owned()));
    let required = Settings { srtp: SrtpPolicy::Required, ..settings() };
    let (_, agreed) = answer(&mut negotiator(required.clone()), only);
    assert_eq!(agreed.crypto.map(|pair| pair.local.suite), Some(CryptoSuite::AesCm128HmacSha1_32));
    assert_eq!(refusal(required.clone(), include_str!("../samples/sipp.sdp")).status(), 488);
    let keyless = offer("m=audio 4000 RTP/SAVP 0\r\n");
    assert_eq!(refusal(required, &keyless), NegotiationError::NoCrypto);
}

#[test]
fn every_form_of_hold_is_seen_and_mirrored() {
    let check = |lines: &str, direction: Direction, held: bool| {
        let (session, agreed) = answer(&mut negotiator(settings()), &offer(lines));
        assert_eq!((agreed.direction, agreed.is_held_by_peer), (direction, held), "{lines}");
        assert_eq!(session.direction_of(0), direction, "{lines}");
    };
    check("m=audio 4000 RTP/AVP 0\r\n", Direction::SendRecv, false);
    check("m=audio 4000 RTP/AVP 0\r\na=sendonly\r\n", Direction::RecvOnly, true);
    check("m=audio 4000 RTP/AVP 0\r\na=inactive\r\n", Direction::Inactive, true);
    check("m=audio 4000 RTP/AVP 0\r\na=recvonly\r\n", Direction::SendOnly, false);
    check("a=sendonly\r\nm=audio 4000 RTP/AVP 0\r\n", Direction::RecvOnly, true);
    check("m=audio 4000 RTP/AVP 0\r\nc=IN IP4 0.0.0.0\r\n", Direction::RecvOnly, true);
    check("m=audio 4000 RTP/AVP 0\r\nc=IN IP4 0.0.0.0\r\na=inactive\r\n", Direction::Inactive, true);
    check("m=audio 4000 RTP/AVP 0\r\nc=IN IP6 ::\r\na=sendrecv\r\n", Direction::RecvOnly, true);
    check("a=sendonly\r\nm=audio 4000 RTP/AVP 0\r\na=sendrecv\r\n", Direction::SendRecv, false);
}

#[test]
fn an_answer_never_goes_beyond_what_we_allow() {
    let mut ours = negotiator(settings());
    let held = |ours: &mut Negotiator, lines: &str| {
        let (_, agreed) = ours.answer_offer(offer(lines).as_bytes(), Direction::SendOnly, &mut rng()).expect("agreed");
        agreed.direction
    };
    assert_eq!(held(&mut ours, "m=audio 4000 RTP/AVP 0\r\n"), Direction::SendOnly);
    assert_eq!(held(&mut ours, "m=audio 4000 RTP/AVP 0\r\na=sendonly\r\n"), Direction::Inactive);
    assert_eq!(held(&mut ours, "m=audio 4000 RTP/AVP 0\r\na=recvonly\r\n"), Direction::SendOnly);
}

#[test]
fn our_offer_lists_all_that_we_can_do() {
    let mut all = settings();
    all.codecs.push(Codec::Opus);
    let text = negotiator(all).make_offer(Direction::SendRecv, &mut rng()).expect("an offer");
    let session = Session::parse(text.as_bytes()).expect("we write SDP");
    assert_eq!(session.media[0].formats, ["8", "0", "9", "111", "101", "110"]);
    assert_eq!(session.media[0].rtpmap(111).map(|m| m.to_string()).as_deref(), Some("111 opus/48000/2"));
    assert_eq!(session.media[0].rtpmap(110).map(|m| m.to_string()).as_deref(), Some("110 telephone-event/48000"));
    assert_eq!((session.media[0].ptime_ms(), session.origin.version.as_str()), (Some(20), "1"));
    assert_eq!(session.origin.session_id, (1u64 << 39).to_string());
}

#[test]
fn an_answer_to_our_offer_is_read() {
    let mut ours = negotiator(settings());
    ours.make_offer(Direction::SendRecv, &mut rng()).expect("an offer");
    let text = offer("m=audio 4000 RTP/AVP 0 100\r\na=rtpmap:100 telephone-event/8000\r\na=ptime:10\r\n");
    let agreed = ours.read_answer(text.as_bytes()).expect("an answer");
    assert_eq!((agreed.codec, agreed.ptime_ms, agreed.direction), (Codec::Pcmu, 10, Direction::SendRecv));
    let event = agreed.telephone_event.expect("events");
    assert_eq!((event.payload_type, event.receive_payload_type), (100, 101), "each side numbers what it receives");
    assert!(!ours.has_pending_offer());
    assert_eq!(ours.current(), Some(&agreed));
}

#[test]
fn a_200_may_answer_otherwise_than_the_183() {
    let mut ours = negotiator(settings());
    ours.make_offer(Direction::SendRecv, &mut rng()).expect("an offer");
    ours.read_answer(offer("m=audio 4000 RTP/AVP 0\r\n").as_bytes()).expect("183");
    let agreed = ours.read_answer(offer("m=audio 5000 RTP/AVP 8\r\n").as_bytes()).expect("200");
    assert_eq!((agreed.codec, agreed.remote.port()), (Codec::Pcma, 5000));
}

#[test]
fn answers_that_do_not_fit_the_offer_are_refused() {
    let check = |answer: &str, error: NegotiationError| {
        let mut ours = negotiator(settings());
        ours.make_offer(Direction::SendRecv, &mut rng()).expect("an offer");
        assert_eq!(ours.read_answer(answer.as_bytes()), Err(error), "{answer}");
        assert!(ours.has_pending_offer() && ours.current().is_none());
    };
    check(&offer(""), NegotiationError::LineCount { offered: 1, answered: 0 });
    check(&offer("m=video 4000 RTP/AVP 0\r\n"), NegotiationError::LineKind(1));
    check(&offer("m=audio 0 RTP/AVP 0\r\n"), NegotiationError::NoAudio);
    check(&offer("m=audio 4000 RTP/SAVP 0\r\n"), NegotiationError::Protocol("RTP/SAVP".to_owned()));
    check(&offer("m=audio 4000 RTP/AVP 18\r\n"), NegotiationError::NoCodec("18".to_owned()));
    check("v=0\r\nm=audio 4000 RTP/AVP 0\r\n", NegotiationError::NoAddress);
    check(&offer("m=audio 4000 RTP/AVP 0\r\nc=IN IP4 media.example.com\r\n"), NegotiationError::NoAddress);
    check(&offer("m=audio 4000 RTP/AVP 0\r\nc=IN IP4 255.255.255.255\r\n"), NegotiationError::NoAddress);
    check(&offer("m=audio 4000 RTP/AVP 0\r\nc=IN IP4 239.1.1.1/5\r\n"), NegotiationError::NoAddress);
}

#[test]
fn re_offers_keep_lines_and_numbers_and_grow_the_version_only_with_a_change() {
    let mut ours = negotiator(settings());
    let (first, _) = answer(&mut ours, include_str!("../samples/baresip.sdp"));
    let (again, _) = answer(&mut ours, include_str!("../samples/baresip.sdp"));
    assert_eq!((first.origin.version.as_str(), again.origin.version.as_str()), ("1", "1"), "nothing changed");

    let text = ours.make_offer(Direction::SendOnly, &mut rng()).expect("an offer");
    let hold = Session::parse(text.as_bytes()).expect("we write SDP");
    assert_eq!((hold.origin.version.as_str(), hold.direction_of(0)), ("2", Direction::SendOnly));
    assert_eq!((hold.media.len(), hold.media[1].port), (2, 0), "the video line keeps its place");
    assert_eq!(hold.media[0].rtpmap(9).map(|m| m.name).as_deref(), Some("G722"));
    assert_eq!(hold.media[0].rtpmap(97).map(|m| m.name).as_deref(), Some("telephone-event"), "as agreed before");

    let held = format!("{}m=video 0 RTP/AVP 98\r\n", offer("m=audio 17622 RTP/AVP 9 97\r\na=recvonly\r\n"));
    let agreed = ours.read_answer(held.as_bytes()).expect("an answer");
    assert_eq!((agreed.direction, agreed.is_held_by_peer), (Direction::SendOnly, false));

    let text = ours.make_offer(Direction::SendRecv, &mut rng()).expect("an offer");
    assert!(text.contains(" 3 IN IP4"), "{text}");
    ours.withdraw_offer();
    assert_eq!(ours.current().map(|c| c.direction), Some(Direction::SendOnly), "refused: as before");
}

#[test]
fn a_number_that_the_peer_took_is_not_used_for_anything_else() {
    let mut ours = negotiator(Settings { codecs: vec![Codec::Pcmu, Codec::Opus], ..settings() });
    answer(&mut ours, &offer("m=audio 4000 RTP/AVP 101\r\na=rtpmap:101 opus/48000/2\r\n"));
    let text = ours.make_offer(Direction::SendRecv, &mut rng()).expect("an offer");
    let session = Session::parse(text.as_bytes()).expect("we write SDP");
    assert_eq!(session.media[0].rtpmap(101).map(|m| m.name).as_deref(), Some("opus"));
    let mut numbers = session.media[0].formats.clone();
    numbers.sort();
    numbers.dedup();
    assert_eq!(numbers.len(), session.media[0].formats.len());
}

#[test]
fn offers_that_cross_are_glare() {
    let mut ours = negotiator(settings());
    ours.make_offer(Direction::SendRecv, &mut rng()).expect("an offer");
    let crossed = ours.answer_offer(include_str!("../samples/sipp.sdp").as_bytes(), Direction::SendRecv, &mut rng());
    assert_eq!(crossed, Err(NegotiationError::OfferPending));
    assert_eq!(ours.make_offer(Direction::SendRecv, &mut rng()).map_err(|e| e.status()), Err(491));
    assert_eq!(negotiator(settings()).read_answer(b"v=0\r\n"), Err(NegotiationError::NoOffer));
}

#[test]
fn srtp_keys_stay_through_re_offers() {
    let mut ours = negotiator(Settings { srtp: SrtpPolicy::Required, ..settings() });
    let (_, first) = answer(&mut ours, include_str!("../samples/baresip_srtp.sdp"));
    let mut other = Rng::from_number(99);
    let text = ours.make_offer(Direction::SendRecv, &mut other).expect("an offer");
    let session = Session::parse(text.as_bytes()).expect("we write SDP");
    let pair = first.crypto.expect("encrypted");
    assert_eq!(session.media[0].protocol, Protocol::RtpSavp);
    assert_eq!(session.media[0].cryptos().next().map(|c| c.key), Some(pair.local.key));
    let wrong_tag = include_str!("../samples/baresip_srtp.sdp").replace("a=crypto:1", "a=crypto:7");
    assert_eq!(ours.read_answer(wrong_tag.as_bytes()), Err(NegotiationError::NoCrypto));
    let agreed = ours.read_answer(include_str!("../samples/baresip_srtp.sdp").as_bytes()).expect("an answer");
    assert_eq!(agreed.crypto.map(|p| p.local), Some(pair.local));
}

#[test]
fn an_offer_of_srtp_has_a_key_for_each_suite_and_its_answer_chooses_one() {
    let required = Settings { srtp: SrtpPolicy::Required, ..settings() };
    let mut ours = negotiator(required.clone());
    let text = ours.make_offer(Direction::SendRecv, &mut rng()).expect("an offer");
    let media = Session::parse(text.as_bytes()).expect("we write SDP").media.remove(0);
    assert_eq!(media.protocol, Protocol::RtpSavp);
    let offered: Vec<Crypto> = media.cryptos().collect();
    assert_eq!(offered.iter().map(|crypto| crypto.tag).collect::<Vec<_>>(), [1, 2, 3, 4]);
    assert_eq!(offered.iter().map(|crypto| crypto.suite).collect::<Vec<_>>(), CryptoSuite::ALL);
    assert!((0..4).all(|a| (0..a).all(|b| offered[a].key != offered[b].key)), "no key is used for two suites");

    let theirs = |tag: u32, suite: CryptoSuite| {
        let key = crate::sdp::MasterKey::random(suite, &mut Rng::from_number(77));
        let crypto = Crypto { tag, suite, key };
        (offer(&format!("m=audio 4000 RTP/SAVP 0\r\na=crypto:{crypto}\r\n")), crypto)
    };
    let (answered, crypto) = theirs(3, CryptoSuite::AeadAes128Gcm);
    let agreed = ours.read_answer(answered.as_bytes()).expect("an answer");
    assert_eq!(agreed.crypto, Some(CryptoPair { local: offered[2], remote: crypto }));
    let again = ours.make_offer(Direction::SendOnly, &mut Rng::from_number(9)).expect("an offer");
    let media = Session::parse(again.as_bytes()).expect("we write SDP").media.remove(0);
    assert_eq!(media.cryptos().collect::<Vec<_>>(), [offered[2]], "a hold keeps the key");

    let refused = |answer: &str| {
        let mut ours = negotiator(required.clone());
        ours.make_offer(Direction::SendRecv, &mut rng()).expect("an offer");
        ours.read_answer(answer.as_bytes()).expect_err("it does not fit")
    };
    assert_eq!(refused(&theirs(1, CryptoSuite::AeadAes128Gcm).0), NegotiationError::NoCrypto);
    assert_eq!(refused(&theirs(5, CryptoSuite::AesCm128HmacSha1_80).0), NegotiationError::NoCrypto);
    assert_eq!(refused(&offer("m=audio 4000 RTP/SAVP 0\r\n")), NegotiationError::NoCrypto);
    assert_eq!(refused(&offer("m=audio 4000 RTP/AVP 0\r\n")).status(), 488);
    let mirrored = offer(&format!("m=audio 4000 RTP/SAVP 0\r\na=crypto:{}\r\n", offered[0]));
    assert_eq!(refused(&mirrored), NegotiationError::NoCrypto, "our own key is none of theirs");
}

#[test]
fn keys_in_a_plain_offer_are_passed_by() {
    let keys = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR\r\n";
    let text = offer(&format!("m=audio 4000 RTP/AVP 0\r\n{keys}"));
    for srtp in [SrtpPolicy::Refused, SrtpPolicy::Accepted] {
        let (session, agreed) = answer(&mut negotiator(Settings { srtp, ..settings() }), &text);
        assert_eq!((agreed.crypto, session.media[0].cryptos().count()), (None, 0));
        assert_eq!(session.media[0].protocol, Protocol::RtpAvp);
    }
}

#[test]
fn a_peer_that_renews_its_key_is_answered_with_ours_unless_it_took_ours() {
    let mut ours = negotiator(Settings { srtp: SrtpPolicy::Accepted, ..settings() });
    let (_, first) = answer(&mut ours, include_str!("../samples/baresip_srtp.sdp"));
    let first = first.crypto.expect("encrypted");
    let with = |crypto: Crypto| offer(&format!("m=audio 17622 RTP/SAVP 8\r\na=crypto:{crypto}\r\n"));
    let key = crate::sdp::MasterKey::random(first.remote.suite, &mut Rng::from_number(78));
    let renewed = Crypto { tag: 2, key, ..first.remote };
    let (_, again) = answer(&mut ours, &with(renewed));
    assert_eq!(again.crypto, Some(CryptoPair { local: Crypto { tag: 2, ..first.local }, remote: renewed }));
    let mut other = Rng::from_number(99);
    let stolen = with(Crypto { tag: 1, key: first.local.key, ..first.remote });
    let (_, again) = ours.answer_offer(stolen.as_bytes(), Direction::SendRecv, &mut other).expect("an answer");
    assert_ne!(again.crypto.expect("encrypted").local.key, first.local.key);
}

#[test]
fn rtcp_shares_the_port_when_both_want_it() {
    let muxed = offer("m=audio 4000 RTP/AVP 0\r\na=rtcp-mux\r\na=rtcp:4444\r\n");
    let (session, agreed) = answer(&mut negotiator(Settings { rtcp_mux: true, ..settings() }), &muxed);
    assert_eq!((agreed.rtcp_mux, agreed.remote_rtcp), (true, agreed.remote));
    assert!(session.media[0].has_rtcp_mux());
    let (session, agreed) = answer(&mut negotiator(settings()), &muxed);
    assert_eq!((agreed.rtcp_mux, agreed.remote_rtcp.port()), (false, 4444));
    assert!(!session.media[0].has_rtcp_mux());
}

#[test]
fn offers_without_usable_audio_are_refused_with_their_reason() {
    assert_eq!(refusal(settings(), &offer("")), NegotiationError::NoAudio);
    assert_eq!(refusal(settings(), &offer("m=audio 0 RTP/AVP 0\r\n")), NegotiationError::NoAudio);
    let g729 = refusal(settings(), &offer("m=audio 4000 RTP/AVP 18 4\r\n"));
    assert_eq!((g729.status(), g729.warn_code(), g729.to_string().contains("18 4")), (488, 305, true));
    assert_eq!(refusal(settings(), "garbage").status(), 400);
    assert_eq!(refusal(settings(), &offer("m=audio 4000 RTP/AVP 96\r\n")).status(), 488, "a dynamic type with no map");
    let stereo = offer("m=audio 4000 RTP/AVP 96\r\na=rtpmap:96 PCMU/8000/2\r\n");
    assert_eq!(refusal(settings(), &stereo).status(), 488);
}

#[test]
fn ipv6_is_offered_and_answered() {
    let v6 = Settings { address: "2001:db8::1".parse().expect("an address"), ..settings() };
    let text =
        "v=0\r\no=- 1 1 IN IP6 2001:db8::2\r\ns=-\r\nc=IN IP6 2001:db8::2\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n";
    let (session, agreed) = answer(&mut negotiator(v6), text);
    assert_eq!(agreed.remote, addr("[2001:db8::2]:4000"));
    assert_eq!(session.connection.map(|c| c.to_string()).as_deref(), Some("IN IP6 2001:db8::1"));
}

#[test]
fn packet_lengths_are_brought_into_what_we_send() {
    let check = |lines: &str, ms: u8| {
        let text = offer(&format!("m=audio 4000 RTP/AVP 0\r\n{lines}"));
        assert_eq!(answer(&mut negotiator(settings()), &text).1.ptime_ms, ms, "{lines}");
    };
    check("", 20);
    check("a=ptime:10\r\n", 10);
    check("a=ptime:60\r\n", 60);
    check("a=ptime:200\r\n", 60);
    check("a=ptime:0\r\n", 10);
    check("a=ptime:25\r\n", 20);
    check("a=ptime:40\r\na=maxptime:30\r\n", 30);
}
