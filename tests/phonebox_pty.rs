//! Phone boxes on real pseudo-terminals: the driver, the kernel's line discipline, real time.
//!
//! What a pseudo-terminal cannot show is in docs/phonebox.md.

mod phonebox;

use std::net::UdpSocket;
use std::time::{Duration, Instant};

use hotline::base::UtcMillis;
use hotline::driver::clock::Clock;
use hotline::driver::phonebox::{BoxState, Link, LinkError, Place, probe};
use hotline::phonebox::{EventKind, HookLevel, RingEndReason, Transport};
use phonebox::pty::{Device, Driver, cpu, text};
use phonebox::{Expected, compare, library, rows};

const NOON: UtcMillis = UtcMillis(1_786_190_400_000);
/// A row is over when its tail has passed; a busy machine may be this late.
const GRACE: Duration = Duration::from_millis(500);

/// Plays a row to a driver in real time.
fn play(row: &Expected) -> Result<(), String> {
    let library = library();
    let profile = row.row.profile(&library).expect("the corpus names profiles that exist");
    let recording = row.row.recording().expect("the corpus is right");
    let mut wire = match profile.transport {
        Transport::Udp { .. } => Wire::Udp(UdpSocket::bind("127.0.0.1:0").expect("a socket"), None),
        // A HID device's reports look the same through a terminal.
        Transport::Serial(_) | Transport::Hidraw => Wire::Tty(Device::plug_in()),
    };
    let port = match &wire {
        Wire::Udp(..) => "udp:127.0.0.1:0".to_owned(),
        Wire::Tty(device) => text(&device.path),
    };
    let mut driver = Driver::start(&profile.id, &port, false, recording.start);
    let open = driver.wait_for("open", |status| status.open.is_some()).open.expect("it is open");
    if let Wire::Udp(_, to) = &mut wire {
        *to = Some(open.trim_start_matches("udp:").to_owned());
    }
    for (delay, bytes) in &recording.chunks {
        std::thread::sleep(Duration::from_millis(*delay));
        wire.send(bytes);
    }
    match recording.lost_after_ms {
        Some(after) => {
            std::thread::sleep(Duration::from_millis(after.max(100)));
            drop(wire);
            driver.wait_for("lost", |status| status.open.is_none());
        }
        None => std::thread::sleep(Duration::from_millis(recording.tail_ms) + GRACE),
    }
    compare(row, &driver.told())
}

enum Wire {
    Tty(Device),
    Udp(UdpSocket, Option<String>),
}

impl Wire {
    fn send(&mut self, bytes: &[u8]) {
        match self {
            Wire::Tty(device) => device.send(bytes),
            Wire::Udp(socket, to) => {
                socket.send_to(bytes, to.as_deref().expect("it is open")).expect("it is sent");
            }
        }
    }
}

#[test]
fn every_row_gives_its_events_through_a_real_port() {
    let rows = rows();
    let faults: Vec<String> = std::thread::scope(|scope| {
        let threads: Vec<_> = rows.iter().map(|row| scope.spawn(|| play(row))).collect();
        threads.into_iter().filter_map(|thread| thread.join().expect("no panic").err()).collect()
    });
    assert!(faults.is_empty(), "{} rows differ:\n{}", faults.len(), faults.join("\n"));
}

fn answer_like_a_modem(device: &mut Device) {
    for (asked, answer) in
        [("ATZ\r", "ATZ\r\r\nOK\r\n"), ("ATE0V1Q0X4S0=0\r", "\r\nOK\r\n"), ("AT+VCID=1\r", "\r\nOK\r\n")]
    {
        device.hear(asked.as_bytes());
        device.send(answer.as_bytes());
    }
}

#[test]
fn a_box_that_is_plugged_in_again_under_another_name_is_found_and_set_up() {
    let folder = tempfile::tempdir().expect("a folder");
    let link = folder.path().join("usb-Acme_Modem-if00");
    let plug_in = |device: &Device| {
        let _ = std::fs::remove_file(&link);
        std::os::unix::fs::symlink(&device.path, &link).expect("linked");
    };
    let mut first = Device::plug_in();
    plug_in(&first);
    let pattern = text(&folder.path().join("*[Mm]odem*"));
    let mut driver = Driver::start("at-vcid-formatted", &pattern, true, NOON);
    answer_like_a_modem(&mut first);
    driver.wait_for("ready", |status| status.state == BoxState::Ready { caller_id: true });
    first.send(b"RING\r\nDATE = 0808\r\nTIM");
    assert_eq!(driver.next(|_| false).kind, EventKind::Ring { n: 1, tag: None });
    // The plug is pulled in the middle of a record.
    std::fs::remove_file(&link).expect("unlinked");
    let second = Device::plug_in();
    assert_ne!(first.path, second.path);
    drop(first);
    assert_eq!(driver.next(|_| false).kind, EventKind::RingEnd { rings: 1, reason: RingEndReason::DeviceLost });
    let lost = driver.wait_for("lost", |status| matches!(status.state, BoxState::Absent { .. }));
    assert_eq!((lost.open, lost.counters.lost), (None, 1));
    let mut second = second;
    plug_in(&second);
    answer_like_a_modem(&mut second);
    driver.wait_for("ready again", |status| status.state == BoxState::Ready { caller_id: true });
    second.send(b"RING\r\nNMBR = 5045551234\r\nNAME = A N OTHER\r\n");
    assert_eq!(driver.next(|_| false).kind, EventKind::Ring { n: 1, tag: None });
    let EventKind::CallerId(caller) = driver.next(|_| false).kind else { panic!("no caller ID") };
    assert_eq!(caller.number.as_deref(), Some("5045551234"));
}

#[test]
fn a_box_that_comes_and_goes_twenty_times_is_found_each_time() {
    let folder = tempfile::tempdir().expect("a folder");
    let link = folder.path().join("box");
    let driver = Driver::start("tci-70", &text(&link), true, NOON);
    for round in 1..=20 {
        let device = Device::plug_in();
        std::os::unix::fs::symlink(&device.path, &link).expect("linked");
        driver.wait_for("open", |status| status.counters.opened == round);
        std::fs::remove_file(&link).expect("unlinked");
        drop(device);
        driver.wait_for("lost", |status| status.counters.lost == round);
    }
}

/// Fault 14: garbage bytes for a while, then a good record.
#[test]
fn garbage_is_reported_and_the_next_good_record_is_read() {
    let mut device = Device::plug_in();
    let mut driver = Driver::on(&device, "tci-70", true, NOON);
    let mut noise: u32 = 7;
    for _ in 0..40 {
        let garbage: Vec<u8> = (0..200)
            .map(|_| {
                noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (noise >> 24) as u8
            })
            .collect();
        device.send(&garbage);
        std::thread::sleep(Duration::from_millis(5));
    }
    device.send(b"\r\n01      9/05     11:17 AM       702-555-1145           CARD SERVICES\r\n");
    let caller = loop {
        if let EventKind::CallerId(caller) = driver.next(|_| false).kind {
            break caller;
        }
    };
    assert_eq!(caller.number.as_deref(), Some("7025551145"));
    assert!(driver.handle.status().counters.decode_errors > 0);
}

/// Fault 14: a device that sends all the time is told to, costs little, and blocks nobody.
#[test]
fn a_flooding_device_is_told_and_costs_little() {
    let mut device = Device::plug_in();
    let driver = Driver::on(&device, "at-vcid-formatted", false, NOON);
    let flood: Vec<u8> = b"RING\r\n".iter().copied().cycle().take(4096).collect();
    let (began, cpu_before) = (Instant::now(), cpu());
    let mut sent = 0;
    while began.elapsed() < Duration::from_secs(3) {
        sent += device.try_send(&flood);
        std::thread::sleep(Duration::from_millis(2));
    }
    let status = driver.wait_for("flooding", |status| status.state == BoxState::Flooding);
    println!("{sent} bytes sent, {} read, {:?} of CPU in 3 s", status.counters.bytes, cpu() - cpu_before);
    assert!(status.counters.bytes <= 5 * (64 << 10), "read {}", status.counters.bytes);
    assert!(status.counters.events_dropped > 0);
    assert!(status.raw().count() <= 400 && status.events().count() <= 100);
    drop(device);
    driver.wait_for("lost", |status| matches!(status.state, BoxState::Absent { .. }));
}

/// Fault 14: CTS that never comes. A terminal that nobody reads is stuck in the same way: its buffer is full.
#[test]
fn a_device_that_takes_no_bytes_is_found_stuck_in_time() {
    let device = Device::plug_in();
    let profile = library().get("tci-70").expect("a profile of the binary").clone();
    let Transport::Serial(serial) = &profile.transport else { panic!("it is serial") };
    let mut link = Link::open(&Place::Serial(device.path.clone()), Some(serial)).expect("it opens");
    let began = Instant::now();
    let written = link.write(&vec![b'x'; 1 << 20]);
    assert!(matches!(written, Err(LinkError::Stuck)), "{written:?}");
    drop(link);
    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
}

#[test]
fn a_device_that_does_not_answer_is_reported_and_opened_again() {
    let device = Device::plug_in();
    let driver = Driver::start("whozz-deluxe", &text(&device.path), true, NOON);
    driver.wait_for("open", |status| status.open.is_some());
    driver.wait_for("refused", |status| matches!(status.state, BoxState::Refused { .. }));
    let began = Instant::now();
    let opened = driver.handle.status().counters.opened;
    driver.wait_for("opened again", |status| status.counters.opened > opened);
    assert!(began.elapsed() < Duration::from_secs(15));
}

/// Fault 14: half a line, then one end is killed; the other must not spin.
#[test]
fn an_unplugged_box_does_not_spin() {
    let mut device = Device::plug_in();
    let driver = Driver::on(&device, "tci-70", true, NOON);
    device.send(b"01      9/05     11:17 AM       702-5");
    driver.wait_for("heard", |status| status.counters.bytes > 0);
    drop(device);
    let lost = driver.wait_for("lost", |status| status.counters.lost == 1);
    assert_eq!(lost.counters.decode_errors, 1, "the half line is told as cut");
    std::thread::sleep(Duration::from_secs(2));
    let failures = driver.handle.status().counters.open_failures;
    assert!((1..=12).contains(&failures), "{failures} attempts to open in 2 s");
}

#[test]
fn a_silent_heartbeat_is_told_and_its_return_too() {
    let mut device = Device::plug_in();
    let driver = Driver::on(&device, "cn-serial-dialer", true, NOON);
    device.send(&[0]);
    driver.wait_for("silent", |status| status.state == BoxState::Silent);
    device.send(&[0]);
    driver.wait_for("ready again", |status| matches!(status.state, BoxState::Ready { .. }));
}

#[test]
fn two_drivers_do_not_share_a_port() {
    let device = Device::plug_in();
    let _first = Driver::on(&device, "tci-70", true, NOON);
    let second = Driver::start("tci-70", &text(&device.path), true, NOON);
    let status = second.wait_for("refused", |status| status.counters.open_failures > 0);
    assert!(matches!(status.state, BoxState::Absent { .. }), "{status:?}");
}

/// The figures of docs/phonebox.md; alone, so that no other test counts: `-- --ignored --nocapture figures`.
#[test]
#[ignore = "prints figures; takes 15 s"]
fn figures() {
    let folder = tempfile::tempdir().expect("a folder");
    let link = folder.path().join("box");
    let mut device = Device::plug_in();
    std::os::unix::fs::symlink(&device.path, &link).expect("linked");
    let mut driver = Driver::start("tci-70", &text(&link), true, NOON);
    driver.wait_for("open", |status| status.open.is_some());
    let (began, used) = (Instant::now(), cpu());
    std::thread::sleep(Duration::from_secs(5));
    println!("an idle box: {:?} of CPU in {:?}", cpu() - used, began.elapsed());
    let mut waits = Vec::new();
    for line in 1..=16 {
        let record = format!("{line:02}      9/05     11:17 AM       702-555-1145           CARD SERVICES\r\n");
        let sent = Instant::now();
        device.send(record.as_bytes());
        while driver.told().is_empty() {
            std::thread::sleep(Duration::from_micros(200));
        }
        waits.push(sent.elapsed());
    }
    waits.sort();
    println!("from the record's last byte to its event: median {:?}, longest {:?}", waits[8], waits[15]);
    let mut waits = Vec::new();
    for round in 1..=10 {
        let lost = driver.handle.status().counters.lost;
        let pulled = Instant::now();
        std::fs::remove_file(&link).expect("unlinked");
        drop(device);
        driver.wait_for("lost", |status| status.counters.lost > lost);
        let noticed = pulled.elapsed();
        std::thread::sleep(Duration::from_millis(300 * round % 1000));
        device = Device::plug_in();
        std::os::unix::fs::symlink(&device.path, &link).expect("linked");
        let plugged = Instant::now();
        driver.wait_for("open", |status| status.open.is_some());
        waits.push((plugged.elapsed(), noticed));
    }
    waits.sort();
    println!("plugged in again to open: median {:?}, longest {:?}", waits[5].0, waits[9].0);
    println!("unplugged to noticed: longest {:?}", waits.iter().map(|(_, noticed)| *noticed).max());
}

#[test]
fn two_boxes_and_eight_lines_are_heard_at_once() {
    let (mut eight, mut columns) = (Device::plug_in(), Device::plug_in());
    let mut first = Driver::on(&eight, "whozz-deluxe", false, NOON);
    let mut second = Driver::on(&columns, "tci-70", false, NOON);
    for line in 1..=8 {
        eight.send(format!("${line:02} R     08/08 11:28:52\r\n").as_bytes());
        let record = format!("{line:02}      9/05     11:17 AM       702-555-11{line:02}           CARD SERVICES\r\n");
        columns.send(record.as_bytes());
    }
    for line in (1..=8).rev() {
        let start = format!("${line:02} I S 0000 G A0 08/08 11:28 AM 80055501{line:02}     CallerID.com   \r\n");
        eight.send(start.as_bytes());
        eight.send(format!("${line:02} F     08/08 11:28:59\r\n").as_bytes());
    }
    let mut heard = Vec::new();
    for _ in 0..8 * 4 {
        let event = first.next(|_| false);
        heard.push((event.line.expect("a line"), serde_json::to_value(&event.kind).expect("JSON")["type"].clone()));
    }
    for line in 1..=8 {
        let of_line: Vec<_> = heard.iter().filter(|(of, _)| *of == line).map(|(_, what)| what.clone()).collect();
        assert_eq!(of_line, ["ring", "caller_id", "ring_end", "off_hook"], "line {line}");
        let EventKind::CallerId(caller) = second.next(|_| false).kind else { panic!("no caller ID") };
        assert_eq!(caller.number, Some(format!("70255511{line:02}")));
    }
    let lines = first.handle.status().lines;
    assert!(lines.len() == 8 && lines.iter().all(|line| line.hook == Some(HookLevel::Off)), "{lines:?}");
}

/// What `hotline phonebox probe` finds on `device`, which answers by `script`.
fn probed(mut device: Device, script: &'static [(&'static str, &'static str)]) -> Vec<String> {
    let path = device.path.clone();
    let answers = std::thread::spawn(move || {
        for (asked, answer) in script {
            device.hear(asked.as_bytes());
            device.send(answer.as_bytes());
        }
        device
    });
    let found = probe(&path, &library(), Clock::start()).expect("it opens");
    drop(answers.join().expect("it was asked"));
    found.into_iter().map(|profile| profile.id.clone()).collect()
}

#[test]
fn a_device_that_answers_is_found_by_asking() {
    assert_eq!(probed(Device::plug_in(), &[("@", "#")]), ["whozz-deluxe"]);
    let modem = probed(Device::plug_in(), &[("ATZ\r", "\r\nOK\r\n"), ("AT\r", "\r\nOK\r\n")]);
    assert_eq!(modem.first().map(String::as_str), Some("at-vcid-formatted"));
    assert!(modem.iter().any(|id| id == "at-vcid-hex"), "{modem:?}");
    assert!(probed(Device::plug_in(), &[]).is_empty());
}

#[test]
fn a_box_whose_profile_is_auto_is_asked_and_then_heard() {
    let mut device = Device::plug_in();
    let mut driver = Driver::start("auto", &text(&device.path), true, NOON);
    device.hear(b"ATZ\r");
    device.send(b"\r\nOK\r\n");
    device.hear(b"AT\r");
    device.send(b"\r\nOK\r\n");
    answer_like_a_modem(&mut device);
    let status = driver.wait_for("ready", |status| matches!(status.state, BoxState::Ready { .. }));
    assert_eq!(status.profile.as_deref(), Some("at-vcid-formatted"));
    device.send(b"RING\r\n");
    assert_eq!(driver.next(|_| false).kind, EventKind::Ring { n: 1, tag: None });
}
