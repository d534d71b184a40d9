//! The sound of analog lines through the whole switch: ALSA's own virtual cards at one end, desk, record, ticket and file
//! at the other. A virtual card reads a pipe, so it is as fast as what is written into it: 20 ms every 20 ms.
//!
//! Skipped, with the reason, where the machine's ALSA cannot make such cards.

mod phonebox;

use std::f64::consts::TAU;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use hotline::app;
use hotline::base::CallId;
use hotline::call::event::RecordingKind;
use hotline::call::live::Live;
use hotline::config::{Config, HttpSection, SipSection};
use hotline::driver::phonebox::{BoxConfig, CallerIdFrom};
use hotline::driver::sound::card_names;
use hotline::store::RecordingRow;
use phonebox::pty::{Device, text};

const PATIENCE: Duration = Duration::from_secs(30);
const RATE: f64 = 8000.0;
const PIECE: usize = 160;
const SETUP: &str = r#"
skill_groups: [{ id: shop, name: 店面, wrap_up_s: 1 }]
agents:
  - { no: "1001", name: 王工, groups: [shop], password: first-secret }
  - { no: "1002", name: 李工, groups: [shop], password: second-secret }
"#;

/// Writes what it is given into the card's pipe, silence else, in real time.
fn pump(mut pipe: File, plays: &Receiver<Vec<i16>>, stop: &AtomicBool) {
    let mut due = std::time::Instant::now();
    let mut samples: Vec<i16> = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        samples.extend(plays.try_iter().flatten());
        let count = samples.len().min(PIECE);
        let mut piece: Vec<i16> = samples.drain(..count).collect();
        piece.resize(PIECE, 0);
        let bytes: Vec<u8> = piece.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        // A card that is not read is full: what it hears then is lost, as with any card.
        let _ = pipe.write(&bytes);
        due += Duration::from_millis(20);
        std::thread::sleep(due.saturating_duration_since(std::time::Instant::now()));
    }
}

/// Makes a virtual card; what is sent is heard on it.
fn card(folder: &Path, name: &str, stop: &Arc<AtomicBool>) -> Sender<Vec<i16>> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let pipe = folder.join(name);
    assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo").success());
    // Open at both ends, so that neither side waits for the other to be opened, and no end of file is read.
    let file = OpenOptions::new().read(true).write(true).custom_flags(libc::O_NONBLOCK).open(&pipe).expect("a pipe");
    let (plays, from_test) = channel();
    let stop = stop.clone();
    std::thread::spawn(move || pump(file, &from_test, &stop));
    plays
}

fn asound(folder: &Path, names: &[&str]) -> String {
    let card = |name: &&str| {
        let pipe = folder.join(name);
        format!(
            "pcm.{name} {{ type file slave.pcm {{ type null }} file \"/dev/null\" infile \"{}\" format \"raw\"\n\
             hint {{ show on description \"{name}\" }} }}\n",
            pipe.display()
        )
    };
    names.iter().map(card).collect()
}

fn tone(hz: f64, seconds: f64) -> Vec<i16> {
    (0..(seconds * RATE) as usize).map(|n| (8000.0 * (TAU * hz * n as f64 / RATE).sin()) as i16).collect()
}

/// Caller ID in Bell 202 (GR-30-CORE): seizure, mark, an MDMF message with its checksum.
fn caller_id(number: &str) -> Vec<i16> {
    let mut body = vec![0x01, 8];
    body.extend(b"08081130");
    body.extend([0x02, number.len() as u8]);
    body.extend(number.as_bytes());
    let mut message = vec![0x80, body.len() as u8];
    message.extend(body);
    let sum = message.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
    message.push(sum.wrapping_neg());
    let mut bits: Vec<bool> = (0..300).map(|n| n % 2 == 1).collect();
    bits.extend([true; 180]);
    for byte in message {
        bits.push(false);
        bits.extend((0..8).map(|n| byte >> n & 1 == 1));
        bits.push(true);
    }
    bits.extend([true; 10]);
    let mut phase = 0.0_f64;
    let sample = |n: usize| {
        let bit = bits[((n as f64 / RATE * 1200.0) as usize).min(bits.len() - 1)];
        phase += TAU * if bit { 1200.0 } else { 2200.0 } / RATE;
        (6000.0 * phase.sin()) as i16
    };
    (0..(bits.len() as f64 / 1200.0 * RATE) as usize).map(sample).collect()
}

struct House {
    running: app::Running,
    live: tokio::sync::broadcast::Receiver<Arc<Live>>,
}

impl House {
    async fn next<T>(&mut self, what: &str, wanted: impl Fn(&Live) -> Option<T>) -> T {
        let found = async {
            loop {
                if let Some(found) = self.live.recv().await.ok().as_deref().and_then(&wanted) {
                    return found;
                }
            }
        };
        tokio::time::timeout(PATIENCE, found).await.unwrap_or_else(|_| panic!("no {what}"))
    }
}

fn config(folder: &Path, device: &Device) -> Config {
    std::fs::write(folder.join("setup.yaml"), SETUP).expect("a set-up");
    let shop = BoxConfig {
        id: "shop".into(),
        agent: Some("1001".into()),
        group: Some("shop".into()),
        sound: Some("hotline_shop".into()),
        // The box tells rings and hook; who calls is heard.
        caller_id_from: CallerIdFrom::Sound,
        ..BoxConfig::on_port(&text(&device.path), "cn-ring-cid-hook")
    };
    let alone = BoxConfig {
        id: "alone".into(),
        agent: Some("1002".into()),
        group: Some("shop".into()),
        sound: Some("hotline_alone".into()),
        ..BoxConfig::on_port("auto", "sound")
    };
    let missing = BoxConfig { id: "missing".into(), sound: Some("hotline_none".into()), ..alone.clone() };
    Config {
        data: folder.join("data"),
        setup: Some(folder.join("setup.yaml")),
        sip: SipSection { listen: vec!["udp:127.0.0.1:0".parse().expect("an address")], ..SipSection::default() },
        http: HttpSection { listen: "127.0.0.1:0".parse().expect("an address"), ..HttpSection::default() },
        boxes: vec![shop, alone, missing],
        ..Config::default()
    }
}

#[test]
fn a_line_with_a_sound_card_pops_the_caller_and_is_recorded_into_record_ticket_and_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let names = ["hotline_shop", "hotline_alone"];
    let asound_conf = folder.path().join("asound.conf");
    std::fs::write(&asound_conf, asound(folder.path(), &names)).expect("written");
    // SAFETY: the only test of this process, before any thread of its own and before ALSA reads it.
    unsafe { std::env::set_var("ALSA_CONFIG_PATH", &asound_conf) };
    let stop = Arc::new(AtomicBool::new(false));
    let [shop, alone] = names.map(|name| card(folder.path(), name, &stop));
    let found = card_names().unwrap_or_default();
    if !names.iter().all(|name| found.iter().any(|card| card.name == *name)) {
        eprintln!("skipped: ALSA makes no virtual cards here: {found:?}");
        return;
    }
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    runtime.block_on(talk(folder.path(), &shop, &alone));
    stop.store(true, Ordering::Relaxed);
}

async fn talk(folder: &Path, shop: &Sender<Vec<i16>>, alone: &Sender<Vec<i16>>) {
    let mut device = Device::plug_in();
    let running = app::start(&config(folder, &device)).await.expect("a missing card is no failure");
    let mut house = House { live: running.live.subscribe(), running };
    device.send(b"&RING:0:CID::HOOK:0*");
    // No box at all: the sound card alone brings the caller.
    alone.send(caller_id("13800138001")).expect("heard");
    let popped = house.next("pop of the sound card's line", |live| match live {
        Live::Ringing { agent, pop, .. } if agent == "1002" => Some(pop.caller.clone()),
        _ => None,
    });
    assert_eq!(popped.await.as_deref(), Some("13800138001"));
    // A box that tells rings and hook, with a card beside it.
    device.send(b"&RING:1:CID::HOOK:0*");
    shop.send(caller_id("13800138000")).expect("heard");
    let call = house
        .next("pop with the number that was heard", |live| match live {
            Live::Ringing { call, agent, pop, .. } if agent == "1001" && pop.caller.is_some() => {
                assert_eq!(pop.caller.as_deref(), Some("13800138000"));
                Some(*call)
            }
            _ => None,
        })
        .await;
    device.send(b"&RING:1:CID::HOOK:1*");
    house.next("answer", |live| matches!(live, Live::Answered { .. }).then_some(())).await;
    shop.send(tone(1000.0, 2.0)).expect("heard");
    tokio::time::sleep(Duration::from_millis(2500)).await;
    device.send(b"&RING:0:CID::HOOK:0*");
    let is_it = |live: &Live| match live {
        Live::Ticket { call: of, ticket, .. } if *of == call => Some(*ticket),
        _ => None,
    };
    let ticket = house.next("ticket", is_it).await;
    let recordings = closed_recordings(&house, call).await;
    let [recording] = recordings.as_slice() else { panic!("{recordings:?}") };
    assert_eq!((recording.kind, recording.complete), (RecordingKind::Line, true));
    assert!((2000..8000).contains(&recording.duration_ms), "{} ms", recording.duration_ms);
    let ticket = house.running.store.ticket(ticket).await.expect("the ticket");
    assert_eq!(ticket.recordings.0, std::slice::from_ref(&recording.id));
    check_file(&folder.join("data/recordings").join(&recording.id));
    house.running.stop().await;
}

/// The recordings of a call, when the last one is closed.
async fn closed_recordings(house: &House, call: CallId) -> Vec<RecordingRow> {
    let until = tokio::time::Instant::now() + PATIENCE;
    loop {
        let recordings = house.running.store.recordings(call).await.expect("recordings");
        let closed = !recordings.is_empty() && recordings.iter().all(|recording| recording.complete);
        if closed || tokio::time::Instant::now() > until {
            return recordings;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// The tone that was on the line is in the file.
fn check_file(path: &Path) {
    let mut file = hound::WavReader::open(path).expect("a WAV file");
    let samples: Vec<i16> = file.samples::<i16>().step_by(2).filter_map(Result::ok).collect();
    let loudest = samples.chunks_exact(4000).map(|part| hotline::media::measure_tone(part, 1000.0));
    let loudest = loudest.max_by(f64::total_cmp).expect("half a second");
    let wanted = hotline::media::measure_tone(&tone(1000.0, 0.5), 1000.0);
    assert!((loudest - wanted).abs() < 2.0, "{loudest} dB instead of {wanted} dB");
}
