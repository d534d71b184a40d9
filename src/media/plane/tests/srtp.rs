//! Legs whose packets are encrypted: what is heard, recorded and bridged is plain, what is on the wire is not.

use super::*;
use crate::media::{KeySource, LegReport, SrtpKeys};
use crate::rtp::codec::MAX_PAYLOAD;
use crate::rtp::rtcp;
use crate::rtp::srtp::{MAX_TRAILER, MasterKey, Protector, Refused, SrtpSuite, Unprotector};

const ALL: [SrtpSuite; 4] = [
    SrtpSuite::AesCm128HmacSha1_80,
    SrtpSuite::AesCm128HmacSha1_32,
    SrtpSuite::AeadAes128Gcm,
    SrtpSuite::AeadAes256Gcm,
];

/// A phone that encrypts, at the other end of a leg.
struct Phone {
    id: LegId,
    leg: LegKey,
    address: SocketAddr,
    keys: SrtpKeys,
    ours: Protector,
    theirs: Unprotector,
}

impl Phone {
    /// At the `n`th leg, which speaks mu-law.
    fn new(bench: &mut Bench, n: u16, suite: SrtpSuite) -> Phone {
        let (id, leg) = bench.leg(n, Codec::Pcmu);
        let key = |seed: u64| MasterKey::random(suite, &mut Rng::from_number(seed));
        let keys = SrtpKeys { ours: key(100 + u64::from(n)), theirs: key(200 + u64::from(n)) };
        let address = bench.peers.last().expect("a peer").1;
        let (ours, theirs) = (Protector::new(&keys.theirs), Unprotector::new(&keys.ours));
        let phone = Phone { id, leg, address, keys, ours, theirs };
        bench.send(phone.remote(Remote::plain(address, Codec::Pcmu)));
        phone
    }

    fn remote(&self, remote: Remote) -> Command {
        Command::SetRemote { leg: self.id, remote, keys: Some(Box::new(self.keys)) }
    }

    /// The encrypted packet `seq`.
    fn packet(&mut self, pt: u8, seq: u16, timestamp: u32, payload: &[u8]) -> Vec<u8> {
        let mut packet = [&write_header(false, pt, seq, timestamp, 0x5555)[..], payload, &[0; MAX_TRAILER]].concat();
        let len = self.ours.protect_rtp(&mut packet, 12 + payload.len()).expect("a new number");
        packet.truncate(len);
        packet
    }

    fn speak(&mut self, bench: &mut Bench, seq: u16, frames: u16, value: i16) {
        for seq in seq..seq + frames {
            let mut packet = self.packet(0, seq, u32::from(seq) * 160, &[g711::ulaw_encode(value); 160]);
            bench.hear_bytes(self.leg, self.address, &mut packet);
            bench.run(20);
        }
    }

    /// Everything that was sent to it, decrypted: header and middle sample.
    fn heard(&mut self, bench: &Bench) -> Vec<(Header, i16)> {
        let sent = bench.sent(self.leg);
        sent.iter().map(|sent| self.open(sent).expect("ours")).collect()
    }

    fn open(&mut self, sent: &Sent) -> Result<(Header, i16), Refused> {
        let head = &sent.header;
        let header = write_header(head.marker, head.payload_type, head.seq, head.timestamp, head.ssrc);
        let mut packet = [&header[..], &sent.payload].concat();
        let len = self.theirs.unprotect_rtp(&mut packet)?;
        let header = Header::read(&packet[..len]).expect("RTP");
        let middle = packet[header.payload.start + header.payload.len() / 2];
        Ok((header, g711::ulaw_decode(middle)))
    }

    fn report(self, bench: &mut Bench) -> LegReport {
        bench.take_events();
        bench.send(Command::Close { leg: self.id });
        match bench.take_events().pop() {
            Some(Event::LegClosed { report, .. }) => report,
            other => panic!("not closed: {other:?}"),
        }
    }
}

#[test]
fn a_prompt_goes_out_encrypted_and_is_what_it_was() {
    for suite in ALL {
        let mut bench = Bench::new();
        let mut phone = Phone::new(&mut bench, 0, suite);
        bench.play(phone.id, 1, vec![Segment::Clip(clip(4000, 10))]);
        bench.run(200);
        let sent = bench.sent(phone.leg);
        assert!(sent.iter().all(|sent| sent.payload.len() == 160 + suite.rtp_tag_bytes()), "{suite:?}");
        let plain = g711::ulaw_encode(4000);
        let same = sent.iter().flat_map(|sent| &sent.payload[..160]).filter(|byte| **byte == plain).count();
        assert!(same < sent.len() * 10, "{suite:?}: {same} bytes are as they were");
        let heard: Vec<i16> = phone.heard(&bench).into_iter().map(|(_, sample)| sample).collect();
        assert_eq!(heard, vec![ulaw(4000); sent.len()], "{suite:?}");
    }
}

#[test]
fn encrypted_and_plain_legs_are_bridged_both_ways_and_recorded() {
    let mut bench = Bench::new();
    let mut phone = Phone::new(&mut bench, 0, SrtpSuite::AesCm128HmacSha1_80);
    let (plain_id, plain) = bench.leg(1, Codec::Pcma);
    bench.send(Command::Bridge { a: phone.id, b: plain_id });
    let recording = RecordingId(1);
    bench.send(Command::Record { recording, path: "a.wav".into(), left: phone.id, right: Some(plain_id) });
    phone.speak(&mut bench, 1, 50, 4000);
    let heard = bench.heard(plain);
    assert!(heard.iter().filter(|sample| (**sample - 4000).abs() < 200).count() >= 49, "{heard:?}");
    bench.speak(plain, 1, 50, -2000);
    let heard: Vec<i16> = phone.heard(&bench).into_iter().map(|(_, sample)| sample).collect();
    assert!(heard.iter().filter(|sample| (**sample + 2000).abs() < 100).count() >= 49, "{heard:?}");
    bench.run(400);
    let blocks = bench.recorded.iter().filter(|(_, what)| matches!(what, RecordingOutput::Block(_))).count();
    assert!(blocks >= 5, "{blocks} blocks");
    let report = phone.report(&mut bench);
    assert_eq!((report.packets_received, report.packets_forged, report.encrypted), (50, 0, true));
}

#[test]
fn two_encrypted_legs_hear_each_other_under_keys_of_their_own() {
    let mut bench = Bench::new();
    let mut a = Phone::new(&mut bench, 0, SrtpSuite::AesCm128HmacSha1_32);
    let mut b = Phone::new(&mut bench, 1, SrtpSuite::AeadAes256Gcm);
    bench.send(Command::Bridge { a: a.id, b: b.id });
    a.speak(&mut bench, 1, 20, 4000);
    let sent = bench.sent(b.leg);
    let last = sent.last().expect("forwarded");
    assert_eq!(a.open(last), Err(Refused::NotProven));
    let heard = b.heard(&bench);
    assert!(heard.len() >= 19 && heard.iter().skip(1).all(|(_, sample)| *sample == ulaw(4000)), "{heard:?}");
}

#[test]
fn keys_come_and_go_encrypted() {
    let mut bench = Bench::new();
    let mut phone = Phone::new(&mut bench, 0, SrtpSuite::AesCm128HmacSha1_80);
    for (seq, duration) in [(1, 160u16), (2, 320), (3, 800)] {
        let [high, low] = duration.to_be_bytes();
        let end = if seq == 3 { 0x8a } else { 0x0a };
        let mut packet = phone.packet(101, seq, 0, &[5, end, high, low]);
        bench.hear_bytes(phone.leg, phone.address, &mut packet);
        bench.run(20);
    }
    let key = Event::Key { leg: phone.id, digit: '5', source: KeySource::Rfc4733, duration_ms: 100 };
    assert_eq!(bench.take_events(), [key]);
    bench.tape.rtp.clear();
    bench.send(Command::SendDtmf { leg: phone.id, digits: "7".to_owned() });
    bench.run(300);
    let events = phone.heard(&bench).into_iter().filter(|(header, _)| header.payload_type == 101).count();
    assert_eq!(events, 7);
}

#[test]
fn reports_are_encrypted_and_forged_ones_change_nothing() {
    let mut bench = Bench::new();
    let mut phone = Phone::new(&mut bench, 0, SrtpSuite::AesCm128HmacSha1_80);
    bench.run(12_000);
    let reports: Vec<Vec<u8>> = bench.tape.rtcp.iter().map(|(_, packet)| packet.clone()).collect();
    assert!(reports.len() >= 2, "{} reports", reports.len());
    for mut report in reports {
        assert_eq!(rtcp::read(&report, 0), None, "nothing can be read of it");
        let len = phone.theirs.unprotect_rtcp(&mut report).expect("ours");
        assert!(rtcp::read(&report[..len], 0).is_some_and(|read| read.sender_report.is_some()));
    }
    let address = SocketAddr::new(phone.address.ip(), phone.address.port() + 1);
    let ssrc = bench.sent(phone.leg)[0].header.ssrc;
    let mut report = [0; 32 + MAX_TRAILER];
    report[..8].copy_from_slice(&[0x81, 201, 0, 7, 0, 0, 0x55, 0x55]);
    report[8..12].copy_from_slice(&ssrc.to_be_bytes());
    report[12..16].copy_from_slice(&[0, 0, 1, 0]);
    let mut forged = report[..32].to_vec();
    bench.plane.handle_rtcp(phone.leg, address, &mut forged, bench.now);
    let len = phone.ours.protect_rtcp(&mut report, 32).expect("room");
    let mut again = report[..len].to_vec();
    bench.plane.handle_rtcp(phone.leg, address, &mut report[..len], bench.now);
    bench.plane.handle_rtcp(phone.leg, address, &mut again, bench.now);
    let report = phone.report(&mut bench);
    assert_eq!(report.packets_forged, 2, "one in the clear, one twice");
    assert!(report.peer_loss.is_some_and(|loss| loss > 0.0), "{report:?}");
}

/// Statement 21 of docs/security.md.
#[test]
fn invalid_srtp_is_dropped_and_counted_and_the_call_lives() {
    for suite in ALL {
        let mut bench = Bench::new();
        let mut phone = Phone::new(&mut bench, 0, suite);
        let (plain_id, plain) = bench.leg(1, Codec::Pcmu);
        bench.send(Command::Bridge { a: phone.id, b: plain_id });
        phone.speak(&mut bench, 1, 10, 4000);
        let heard = bench.heard(plain).len();
        let good = phone.packet(0, 11, 11 * 160, &[g711::ulaw_encode(4000); 160]);
        let mut forged: Vec<Vec<u8>> = (0..good.len())
            .map(|at| {
                let mut packet = good.clone();
                packet[at] ^= 0x10;
                packet
            })
            .collect();
        // Plain RTP, halves, nothing, noise, and another's key.
        forged.push([&write_header(false, 0, 12, 12 * 160, 0x5555)[..], &[1; 160]].concat());
        forged.extend((0..good.len()).map(|len| good[..len].to_vec()));
        let mut rng = Rng::from_number(3);
        for len in 0..200 {
            let mut noise = vec![0; len];
            rng.fill(&mut noise);
            forged.push(noise);
        }
        let strangers = MasterKey::random(suite, &mut rng);
        phone.ours = Protector::new(&strangers);
        forged.push(phone.packet(0, 12, 12 * 160, &[1; 160]));
        let count = forged.len() as u64;
        for mut packet in forged {
            bench.hear_bytes(phone.leg, phone.address, &mut packet);
        }
        assert_eq!(bench.heard(plain).len(), heard, "{suite:?}: something forged was heard");
        let (mut once, mut twice) = (good.clone(), good);
        bench.hear_bytes(phone.leg, phone.address, &mut once);
        bench.hear_bytes(phone.leg, phone.address, &mut twice);
        assert_eq!(bench.heard(plain)[heard..], [ulaw(4000)], "{suite:?}: the good one is heard once");
        assert_eq!(bench.take_events(), []);
        let report = phone.report(&mut bench);
        assert_eq!((report.packets_received, report.packets_forged), (11, count + 1), "{suite:?}");
        assert_eq!(report.packets_malformed, 0, "{suite:?}");
    }
}

#[test]
fn forged_packets_keep_no_silent_call_alive_and_fix_no_port() {
    let mut bench = Bench::new();
    let mut phone = Phone::new(&mut bench, 0, SrtpSuite::AesCm128HmacSha1_80);
    let ip = "198.51.100.7".parse().expect("an address");
    let remote = Remote {
        accept_from: crate::media::PeerRule::LatchOnce(ip),
        ..Remote::plain("10.0.0.5:4000".parse().expect("an address"), Codec::Pcmu)
    };
    bench.send(phone.remote(remote));
    let (forger, device) = (SocketAddr::new(ip, 50_000), SocketAddr::new(ip, 61_000));
    bench.hear_from(phone.leg, forger, 0, 1, 0, &[1; 170]);
    assert_eq!(bench.take_events(), []);
    let mut good = phone.packet(0, 1, 0, &[1; 160]);
    bench.hear_bytes(phone.leg, device, &mut good);
    assert_eq!(bench.take_events(), [Event::Latched { leg: phone.id, remote: device }]);
    for seq in 2..34u16 {
        bench.hear_from(phone.leg, device, 0, seq, 0, &[1; 170]);
        bench.run(1000);
    }
    assert!(matches!(bench.take_events()[..], [Event::RtpTimeout { .. }]));
}

#[test]
fn a_hold_goes_on_counting_and_a_new_key_begins_anew() {
    let mut bench = Bench::new();
    let mut phone = Phone::new(&mut bench, 0, SrtpSuite::AesCm128HmacSha1_80);
    let (plain_id, plain) = bench.leg(1, Codec::Pcmu);
    bench.send(Command::Bridge { a: phone.id, b: plain_id });
    let before = phone.packet(0, 1, 160, &[1; 160]);
    bench.hear_bytes(phone.leg, phone.address, &mut before.clone());
    // The same offer again: what was heard before is not heard again.
    let remote = Remote::plain(phone.address, Codec::Pcmu);
    bench.send(phone.remote(remote));
    let heard = bench.heard(plain).len();
    bench.hear_bytes(phone.leg, phone.address, &mut before.clone());
    assert_eq!(bench.heard(plain).len(), heard);
    phone.speak(&mut bench, 2, 5, 4000);
    assert_eq!(bench.heard(plain).len(), heard + 5);
    let sent = phone.heard(&bench).len();
    assert!(sent > 0, "ours goes on too");
    // The phone renews its key.
    phone.keys.theirs = MasterKey::random(SrtpSuite::AesCm128HmacSha1_80, &mut Rng::from_number(9));
    bench.send(phone.remote(remote));
    bench.tape.rtp.clear();
    let mut late = phone.packet(0, 7, 7 * 160, &[1; 160]);
    bench.hear_bytes(phone.leg, phone.address, &mut late);
    assert_eq!(bench.heard(plain).len(), 0, "the old key is over");
    phone.ours = Protector::new(&phone.keys.theirs);
    phone.speak(&mut bench, 8, 5, 4000);
    assert_eq!(bench.heard(plain).len(), 5);
    assert_eq!(phone.heard(&bench).len(), bench.sent(phone.leg).len(), "ours is as it was");
}

#[test]
fn the_longest_packet_of_opus_is_encrypted_too() {
    let suite = SrtpSuite::AesCm128HmacSha1_80;
    let mut bench = Bench::new();
    let (mut a, b) = (Phone::new(&mut bench, 0, suite), Phone::new(&mut bench, 1, suite));
    for phone in [&a, &b] {
        bench.send(phone.remote(Remote::plain(phone.address, Codec::Opus)));
    }
    bench.send(Command::Bridge { a: a.id, b: b.id });
    let mut packet = a.packet(Codec::Opus.usual_payload_type(), 1, 960, &[0x78; MAX_PAYLOAD]);
    bench.hear_bytes(a.leg, a.address, &mut packet);
    let lengths: Vec<usize> = bench.sent(b.leg).iter().map(|sent| sent.payload.len()).collect();
    assert!(lengths.contains(&(MAX_PAYLOAD + suite.rtp_tag_bytes())), "{lengths:?}");
}
