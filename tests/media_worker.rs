//! Media workers over real sockets: what phones say is heard, recorded and keyed; what strangers say is not.

use std::net::{SocketAddr, UdpSocket};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hotline::base::{CallId, LegId, Rng};
use hotline::driver::media::{MediaConfig, MediaHandle, OpenError, Phone, Received};
use hotline::media::{
    Clip, Command, Event, PeerRule, PlayEnd, PlayId, RecordingId, Remote, Segment, SrtpKeys, measure_tone,
};
use hotline::rtp::Codec;
use hotline::rtp::srtp::{MasterKey, SrtpSuite, Unprotector};
use tokio::sync::mpsc;

/// Long enough for a slow machine; nothing waits this long when it works.
const PATIENCE: Duration = Duration::from_secs(20);

struct Bench {
    media: MediaHandle,
    events: mpsc::Receiver<Event>,
    call: CallId,
}

fn loopback() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

impl Bench {
    fn new() -> Self {
        Self::with(MediaConfig { workers: 1, ..MediaConfig::default() })
    }

    fn with(config: MediaConfig) -> Self {
        let (media, events) = MediaHandle::start(config).expect("threads");
        Bench { media, events, call: CallId::from_raw(4242) }
    }

    fn send(&self, command: Command) {
        self.media.send(command).expect("room in the queue");
    }

    /// A leg and a phone that speak with each other in `codec`.
    fn leg(&self, n: u16, codec: Codec) -> (LegId, Phone) {
        let leg = self.call.leg(n);
        let local = self.media.open(leg).expect("a port");
        let phone = Phone::start(loopback()).expect("a phone");
        self.send(Command::SetRemote { leg, remote: Remote::plain(phone.address(), codec), keys: None });
        phone.call(Remote::plain(local, codec));
        (leg, phone)
    }

    /// Caller and agent hear each other's tones, 440 and 880 Hz, and are recorded at `path`.
    fn talk(&self, caller: (LegId, &Phone), agent: (LegId, &Phone), path: &Path) -> RecordingId {
        caller.1.say(tone(440, 60_000), false);
        agent.1.say(tone(880, 60_000), false);
        let recording = RecordingId(1);
        self.send(Command::Bridge { a: caller.0, b: agent.0 });
        self.send(Command::Record { recording, path: path.to_owned(), left: caller.0, right: Some(agent.0) });
        wait_for("a second of each other", || is_loud(heard(caller.1, 880.0)) && is_loud(heard(agent.1, 440.0)));
        recording
    }

    /// The same with encrypted sound.
    fn encrypted_leg(&self, n: u16, suite: SrtpSuite) -> (LegId, Phone) {
        let leg = self.call.leg(n);
        let local = self.media.open(leg).expect("a port");
        let phone = Phone::start(loopback()).expect("a phone");
        let (ours, theirs) = (key(suite, 2 * u64::from(n)), key(suite, 2 * u64::from(n) + 1));
        let keys = Some(Box::new(SrtpKeys { ours, theirs }));
        self.send(Command::SetRemote { leg, remote: Remote::plain(phone.address(), Codec::Pcmu), keys });
        phone.call_encrypted(Remote::plain(local, Codec::Pcmu), SrtpKeys { ours: theirs, theirs: ours });
        (leg, phone)
    }

    fn event(&mut self, wanted: impl Fn(&Event) -> bool) -> Event {
        let start = Instant::now();
        let mut seen = Vec::new();
        while start.elapsed() < PATIENCE {
            match self.events.try_recv() {
                Ok(event) if wanted(&event) => return event,
                Ok(event) => seen.push(event),
                Err(_) => std::thread::sleep(Duration::from_millis(2)),
            }
        }
        panic!("the event did not come; others: {seen:?}");
    }
}

fn key(suite: SrtpSuite, seed: u64) -> MasterKey {
    MasterKey::random(suite, &mut Rng::from_number(seed))
}

fn wait_for(what: &str, condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < PATIENCE, "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn tone(hz: u32, ms: u32) -> Vec<Segment> {
    vec![Segment::Tone { hz, level_dbm0: -10.0, ms }]
}

/// The level of the last second that a phone heard.
fn heard(phone: &Phone, hz: f64) -> f64 {
    let samples = phone.samples();
    measure_tone(&samples[samples.len().saturating_sub(8000)..], hz)
}

fn is_loud(level: f64) -> bool {
    level > -20.0
}

fn check_timeline(received: &[Received]) {
    for pair in received.windows(2) {
        let (a, b) = (&pair[0].header, &pair[1].header);
        assert_eq!(a.ssrc, b.ssrc);
        let (packets, ticks) = (b.seq.wrapping_sub(a.seq), b.timestamp.wrapping_sub(a.timestamp) as i32);
        assert!((1..500).contains(&packets), "{packets} packets further");
        assert!((0..=500 * 160).contains(&ticks), "{ticks} ticks further");
    }
}

#[test]
fn a_clip_is_played_to_its_end_and_silence_follows_on_the_same_timeline() {
    let mut bench = Bench::new();
    let (leg, phone) = bench.leg(0, Codec::Pcma);
    let samples = hotline::media::tone_samples(440.0, -10.0, 8000, 8000);
    let clip = Arc::new(Clip::from_pcm(8000, &samples).expect("a clip"));
    let play = PlayId(7);
    bench.send(Command::Play { leg, play, segments: vec![Segment::Clip(clip)], repeat: false, stop_on_key: false });
    let ended = bench.event(|event| matches!(event, Event::PlayEnded { .. }));
    assert_eq!(ended, Event::PlayEnded { leg, play, by: PlayEnd::Finished });
    assert!(is_loud(heard(&phone, 440.0)));
    let count = phone.received().len();
    wait_for("silence after the clip", || phone.received().len() > count + 20);
    check_timeline(&phone.received());
    bench.send(Command::Close { leg });
    let Event::LegClosed { report, .. } = bench.event(|event| matches!(event, Event::LegClosed { .. })) else {
        unreachable!("asked for a closed leg")
    };
    assert!(report.packets_sent >= 70 && report.packets_received >= 50, "{report:?}");
    assert_eq!((report.packets_strange, report.packets_malformed), (0, 0));
}

#[test]
fn bridged_phones_hear_each_other_and_each_is_a_channel_of_the_recording() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("2026/11/call.wav");
    let mut bench = Bench::new();
    let (caller, caller_phone) = bench.leg(0, Codec::Pcmu);
    let (agent, agent_phone) = bench.leg(1, Codec::Pcma);
    let recording = bench.talk((caller, &caller_phone), (agent, &agent_phone), &path);
    wait_for("a header while it runs", || hound::WavReader::open(&path).is_ok_and(|reader| reader.duration() >= 8000));
    bench.send(Command::StopRecord { recording });
    let ended = bench.event(|event| matches!(event, Event::RecordingEnded { .. }));
    let Event::RecordingEnded { duration_ms, bytes, complete, .. } = ended else { unreachable!("asked for it") };
    assert!(complete);
    let samples: Vec<i16> =
        hound::WavReader::open(&path).expect("a recording").into_samples().map(|s| s.expect("a sample")).collect();
    assert_eq!(samples.len() as u64 / 16, duration_ms);
    assert_eq!(bytes, 44 + samples.len() as u64 * 2);
    let side = |channel: usize| samples.iter().skip(channel).step_by(2).copied().collect::<Vec<i16>>();
    let (left, right) = (side(0), side(1));
    let end = left.len() - 1600;
    assert!(is_loud(measure_tone(&left[end - 4000..end], 440.0)) && !is_loud(measure_tone(&left, 880.0)));
    assert!(is_loud(measure_tone(&right[end - 4000..end], 880.0)) && !is_loud(measure_tone(&right, 440.0)));
    check_timeline(&caller_phone.received());
    check_timeline(&agent_phone.received());
}

#[test]
fn keys_are_heard_once_and_stop_a_prompt_and_reach_the_other_leg() {
    let mut bench = Bench::new();
    let (caller, caller_phone) = bench.leg(0, Codec::Pcmu);
    let (agent, agent_phone) = bench.leg(1, Codec::Pcmu);
    let play = PlayId(1);
    bench.send(Command::Play { leg: caller, play, segments: tone(440, 60_000), repeat: true, stop_on_key: true });
    caller_phone.press("1");
    let by = PlayEnd::Key;
    assert_eq!(
        bench.event(|event| matches!(event, Event::PlayEnded { .. })),
        Event::PlayEnded { leg: caller, play, by }
    );
    let Event::Key { digit, duration_ms, .. } = bench.event(|event| matches!(event, Event::Key { .. })) else {
        unreachable!("asked for a key")
    };
    assert_eq!((digit, duration_ms), ('1', 100));
    bench.send(Command::Bridge { a: caller, b: agent });
    caller_phone.press("23#");
    for expected in ['2', '3', '#'] {
        let key = bench.event(|event| matches!(event, Event::Key { .. }));
        assert!(matches!(key, Event::Key { leg, digit, .. } if leg == caller && digit == expected), "{key:?}");
    }
    wait_for("events at the agent", || {
        agent_phone.received().iter().filter(|packet| packet.header.payload_type == 101).count() >= 18
    });
    bench.send(Command::SendDtmf { leg: caller, digits: "9".into() });
    bench.event(|event| matches!(event, Event::DtmfSent { .. }));
    wait_for("events at the caller", || {
        caller_phone.received().iter().filter(|packet| packet.header.payload_type == 101).count() == 7
    });
}

#[test]
fn a_stranger_is_neither_heard_nor_answered() {
    let mut bench = Bench::new();
    let leg = bench.call.leg(0);
    let local = bench.media.open(leg).expect("a port");
    let stranger = UdpSocket::bind(loopback()).expect("a socket");
    stranger.set_nonblocking(true).expect("set");
    let key = |seq: u8| [0x80, 101, 0, seq, 0, 0, 0, seq, 9, 9, 9, 9, 1, 0x8a, 3, 0x20];
    for seq in 0..5 {
        stranger.send_to(&key(seq), local).expect("sent");
    }
    let phone = Phone::start(loopback()).expect("a phone");
    std::thread::sleep(Duration::from_millis(50));
    bench.send(Command::SetRemote { leg, remote: Remote::plain(phone.address(), Codec::Pcmu), keys: None });
    phone.call(Remote::plain(local, Codec::Pcmu));
    wait_for("audio at the phone", || phone.received().len() > 10);
    for seq in 10..30 {
        stranger.send_to(&key(seq), local).expect("sent");
        std::thread::sleep(Duration::from_millis(5));
    }
    phone.press("7");
    let heard = bench.event(|event| matches!(event, Event::Key { .. }));
    assert!(matches!(heard, Event::Key { digit: '7', .. }), "{heard:?}");
    assert!(stranger.recv(&mut [0; 100]).is_err(), "the stranger was answered");
    bench.send(Command::Close { leg });
    let closed = bench.event(|event| matches!(event, Event::LegClosed { .. } | Event::Key { .. }));
    let Event::LegClosed { report, .. } = closed else { panic!("another key: {closed:?}") };
    assert!(report.packets_strange >= 20, "{report:?}");
}

#[test]
fn a_device_behind_nat_is_found_by_the_address_of_its_signalling() {
    let mut bench = Bench::new();
    let leg = bench.call.leg(0);
    let local = bench.media.open(leg).expect("a port");
    let phone = Phone::start(loopback()).expect("a phone");
    let private = SocketAddr::from(([10, 0, 0, 5], 4000));
    let rule = PeerRule::LatchOnce(phone.address().ip());
    let remote = Remote { accept_from: rule, ..Remote::plain(private, Codec::Pcmu) };
    bench.send(Command::SetRemote { leg, remote, keys: None });
    bench.send(Command::Play { leg, play: PlayId(1), segments: tone(440, 60_000), repeat: false, stop_on_key: false });
    phone.call(Remote::plain(local, Codec::Pcmu));
    let latched = bench.event(|event| matches!(event, Event::Latched { .. }));
    assert_eq!(latched, Event::Latched { leg, remote: phone.address() });
    wait_for("the tone", || is_loud(heard(&phone, 440.0)));
}

#[test]
fn all_ports_taken_is_said_at_once_and_a_closed_port_rests() {
    let mut bench = Bench::with(MediaConfig { ports: 15_200..=15_207, workers: 1, ..MediaConfig::default() });
    let legs: Vec<LegId> = (0..4).map(|n| bench.call.leg(n)).collect();
    for leg in &legs {
        bench.media.open(*leg).expect("a port");
    }
    let next = bench.call.leg(9);
    assert!(matches!(bench.media.open(next), Err(OpenError::NoPorts)));
    for leg in &legs {
        bench.send(Command::Close { leg: *leg });
    }
    for _ in &legs {
        bench.event(|event| matches!(event, Event::LegClosed { .. }));
    }
    assert!(matches!(bench.media.open(next), Err(OpenError::NoPorts)), "a port did not rest");
    wait_for("a rested port", || bench.media.open(next).is_ok());
}

#[test]
fn echo_is_a_bridge_of_a_leg_with_itself() {
    let bench = Bench::new();
    let (leg, phone) = bench.leg(0, Codec::Pcmu);
    bench.send(Command::Bridge { a: leg, b: leg });
    phone.say(tone(1004, 60_000), false);
    wait_for("the echo", || is_loud(heard(&phone, 1004.0)));
}

#[test]
fn a_recording_is_whole_when_the_media_plane_is_dropped() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("call.wav");
    let bench = Bench::new();
    let (caller, phone) = bench.leg(0, Codec::Pcmu);
    phone.say(tone(440, 60_000), false);
    let recording = RecordingId(5);
    bench.send(Command::Record { recording, path: path.clone(), left: caller, right: None });
    wait_for("a part of the recording", || std::fs::metadata(&path).is_ok_and(|file| file.len() > 20_000));
    drop(bench);
    let repair = hotline::media::wav_repair(&path).expect("a recording");
    assert!(!repair.repaired && repair.duration_ms >= 600, "{repair:?}");
}

#[test]
fn encrypted_phones_hear_each_other_press_keys_and_are_recorded() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("call.wav");
    let mut bench = Bench::new();
    let (caller, caller_phone) = bench.encrypted_leg(0, SrtpSuite::AesCm128HmacSha1_80);
    let (agent, agent_phone) = bench.encrypted_leg(1, SrtpSuite::AeadAes128Gcm);
    let recording = bench.talk((caller, &caller_phone), (agent, &agent_phone), &path);
    caller_phone.press("4");
    let pressed = bench.event(|event| matches!(event, Event::Key { .. }));
    assert!(matches!(pressed, Event::Key { leg, digit: '4', .. } if leg == caller), "{pressed:?}");
    wait_for("the key at the agent", || agent_phone.received().iter().any(|packet| packet.header.payload_type == 101));
    wait_for("seconds of it", || hound::WavReader::open(&path).is_ok_and(|reader| reader.duration() >= 16_000));
    bench.send(Command::StopRecord { recording });
    bench.event(|event| matches!(event, Event::RecordingEnded { .. }));
    let samples: Vec<i16> =
        hound::WavReader::open(&path).expect("a recording").into_samples().map(|s| s.expect("a sample")).collect();
    let side = |channel: usize| samples.iter().skip(channel).step_by(2).copied().collect::<Vec<i16>>();
    let (left, right) = (side(0), side(1));
    let end = left.len() - 1600;
    assert!(is_loud(measure_tone(&left[end - 4000..end], 440.0)) && !is_loud(measure_tone(&left, 880.0)));
    assert!(is_loud(measure_tone(&right[end - 4000..end], 880.0)) && !is_loud(measure_tone(&right, 440.0)));
    bench.send(Command::Close { leg: caller });
    let Event::LegClosed { report, .. } = bench.event(|event| matches!(event, Event::LegClosed { .. })) else {
        unreachable!("asked for a closed leg")
    };
    assert!(report.encrypted && report.packets_received >= 50, "{report:?}");
    assert_eq!((report.packets_forged, report.packets_malformed), (0, 0));
}

#[test]
fn on_the_wire_is_no_sound_and_what_is_sent_back_or_forged_is_not_heard() {
    let mut bench = Bench::new();
    let leg = bench.call.leg(0);
    let local = bench.media.open(leg).expect("a port");
    let wire = UdpSocket::bind(loopback()).expect("a socket");
    wire.set_read_timeout(Some(PATIENCE)).expect("set");
    let suite = SrtpSuite::AesCm128HmacSha1_80;
    let (ours, theirs) = (key(suite, 1), key(suite, 2));
    let remote = Remote::plain(wire.local_addr().expect("bound"), Codec::Pcmu);
    bench.send(Command::SetRemote { leg, remote, keys: Some(Box::new(SrtpKeys { ours, theirs })) });
    let mut unprotector = Unprotector::new(&ours);
    let mut packet = [0; 1500];
    for _ in 0..20 {
        let len = wire.recv(&mut packet).expect("a packet");
        assert_eq!(len, 12 + 160 + 10);
        wire.send_to(&packet[..len], local).expect("sent back");
        // Silence is the same byte again and again; encrypted it is noise.
        let most = (0..=255u8).map(|byte| packet[12..172].iter().filter(|other| **other == byte).count()).max();
        assert!(most < Some(16), "{most:?} times the same byte");
        let plain = unprotector.unprotect_rtp(&mut packet[..len]).expect("ours");
        assert!(packet[12..plain].iter().all(|byte| *byte == 0xff), "silence");
        wire.send_to(&packet[..plain], local).expect("sent in the clear");
    }
    bench.send(Command::Close { leg });
    let Event::LegClosed { report, .. } = bench.event(|event| matches!(event, Event::LegClosed { .. })) else {
        unreachable!("asked for a closed leg")
    };
    assert_eq!(report.packets_received, 0, "{report:?}");
    assert!(report.packets_forged >= 30, "{report:?}");
}
