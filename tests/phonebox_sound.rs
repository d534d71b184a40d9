//! Caller ID from sound: signals of our own with stated level, noise, frequency error and twist, and minimodem's.

mod phonebox;

use std::f64::consts::TAU;
use std::time::Duration;

use hotline::base::{Instant, Now, Rng, UtcMillis};
use hotline::phonebox::{CallerId, EngineOptions, EventKind, LineEar, NumberStatus};
use phonebox::library;

const RATE: f64 = 8000.0;
/// Samples handed over at once: 20 ms, as sound cards do.
const PIECE: usize = 160;

/// What is wrong with a signal.
#[derive(Clone, Copy, Debug)]
struct Line {
    /// Of each tone, in dB below full scale.
    level_db: f64,
    /// Signal to white noise over the whole band of 0 to 4 kHz; `None` is no noise.
    snr_db: Option<f64>,
    /// Of the frequencies, and of the bit clock.
    error: f64,
    /// The higher frequency is weaker by so much.
    twist_db: f64,
}

const CLEAN: Line = Line { level_db: -15.0, snr_db: None, error: 0.0, twist_db: 0.0 };

fn amplitude(db: f64) -> f64 {
    32_768.0 * 10_f64.powf(db / 20.0)
}

/// One standard: mark and space.
const BELL: (f64, f64) = (1200.0, 2200.0);
const V23: (f64, f64) = (1300.0, 2100.0);

/// Seizure of 300 bits, 180 bits of mark, the message, 10 bits of mark; 100 ms of silence around it.
fn fsk(message: &[u8], tones: (f64, f64), line: Line, rng: &mut Rng) -> Vec<i16> {
    let mut bits: Vec<bool> = (0..300).map(|n| n % 2 == 1).collect();
    bits.extend([true; 180]);
    for byte in message {
        bits.push(false);
        bits.extend((0..8).map(|n| byte >> n & 1 == 1));
        bits.push(true);
    }
    bits.extend([true; 10]);
    let mut signal = vec![0.0; 800];
    let (mut phase, baud) = (0.0, 1200.0 * (1.0 + line.error));
    let samples = (bits.len() as f64 / baud * RATE) as usize;
    for n in 0..samples {
        let bit = bits[((n as f64 / RATE * baud) as usize).min(bits.len() - 1)];
        let (hz, level) = if bit { (tones.0, line.level_db) } else { (tones.1, line.level_db - line.twist_db) };
        phase += TAU * hz * (1.0 + line.error) / RATE;
        signal.push(amplitude(level) * phase.sin());
    }
    signal.extend([0.0; 800]);
    with_noise(signal, line, rng)
}

/// Digits of `on_ms` with pauses of the same length.
fn dtmf(digits: &[u8], on_ms: usize, line: Line, rng: &mut Rng) -> Vec<i16> {
    let rows = [b"123A", b"456B", b"789C", b"*0#D"];
    let mut signal = vec![0.0; 800];
    for digit in digits {
        let (row, column) = (0..4)
            .flat_map(|row| (0..4).map(move |column| (row, column)))
            .find(|(row, column)| rows[*row][*column] == *digit)
            .expect("a key");
        let (low, high) = ([697.0, 770.0, 852.0, 941.0][row], [1209.0, 1336.0, 1477.0, 1633.0][column]);
        for n in 0..on_ms * 8 {
            let at = n as f64 / RATE * TAU * (1.0 + line.error);
            let tone = amplitude(line.level_db) * (low * at).sin()
                + amplitude(line.level_db - line.twist_db) * (high * at).sin();
            signal.push(tone);
        }
        signal.extend(vec![0.0; on_ms * 8]);
    }
    signal.extend([0.0; 800]);
    with_noise(signal, line, rng)
}

fn uniform(rng: &mut Rng) -> f64 {
    (rng.below(1 << 32) as f64 + 0.5) / f64::from(u32::MAX)
}

fn with_noise(signal: Vec<f64>, line: Line, rng: &mut Rng) -> Vec<i16> {
    let rms = amplitude(line.level_db) / 2_f64.sqrt();
    let sigma = line.snr_db.map_or(0.0, |snr| rms / 10_f64.powf(snr / 20.0));
    let mut noise = || (-2.0 * uniform(rng).min(1.0).ln()).max(0.0).sqrt() * (TAU * uniform(rng)).cos() * sigma;
    signal.into_iter().map(|sample| (sample + noise()).clamp(-32_768.0, 32_767.0) as i16).collect()
}

/// The caller IDs that are heard, and what else was told.
fn hear(samples: &[i16]) -> (Vec<CallerId>, Vec<EventKind>) {
    let mut now = Now::new(Instant::from_millis(1), UtcMillis(1_786_190_400_000));
    let mut ear = LineEar::new(&library(), false, &EngineOptions::default(), now).expect("the profiles are there");
    let (mut callers, mut others) = (Vec::new(), Vec::new());
    let mut drain = |ear: &mut LineEar| {
        while let Some(event) = ear.poll_output() {
            match event.kind {
                EventKind::CallerId(caller) => callers.push(caller),
                other => others.push(other),
            }
        }
    };
    for piece in samples.chunks(PIECE) {
        now = now.plus(Duration::from_micros(piece.len() as u64 * 125));
        ear.handle_samples(piece, now);
        drain(&mut ear);
    }
    // Silence, until every wait is over.
    ear.handle_timeout(now.plus(Duration::from_secs(15)));
    drain(&mut ear);
    (callers, others)
}

/// MDMF: date, number, name (GR-30-CORE), with its checksum.
fn message(number: &str) -> Vec<u8> {
    let mut body = vec![0x01, 8];
    body.extend(b"08081130");
    body.extend([0x02, number.len() as u8]);
    body.extend(number.as_bytes());
    body.extend([0x07, 4]);
    body.extend(b"ACME");
    let mut message = vec![0x80, body.len() as u8];
    message.extend(body);
    let sum = message.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
    message.push(sum.wrapping_neg());
    message
}

fn number(rng: &mut Rng) -> String {
    (0..11).map(|at| char::from(b'1' + rng.below(if at == 0 { 1 } else { 9 }) as u8)).collect()
}

/// Right, wrong and nothing of `count` calls.
fn rates(count: usize, mut signal: impl FnMut(&str, &mut Rng) -> Vec<i16>) -> (usize, usize, usize) {
    let mut rng = Rng::from_number(42);
    let mut found = (0, 0, 0);
    for _ in 0..count {
        let wanted = number(&mut rng);
        let samples = signal(&wanted, &mut rng);
        let (callers, _) = hear(&samples);
        match callers.as_slice() {
            [] => found.2 += 1,
            [caller, ..] if caller.number.as_deref() == Some(&wanted) => found.0 += 1,
            _ => found.1 += 1,
        }
    }
    found
}

fn fsk_rates(count: usize, tones: (f64, f64), line: Line) -> (usize, usize, usize) {
    rates(count, |number, rng| fsk(&message(number), tones, line, rng))
}

fn dtmf_rates(count: usize, on_ms: usize, line: Line) -> (usize, usize, usize) {
    rates(count, |number, rng| dtmf(format!("A{number}C").as_bytes(), on_ms, line, rng))
}

#[test]
fn fsk_of_both_standards_is_heard_over_the_range_of_lines() {
    for tones in [BELL, V23] {
        for line in [
            CLEAN,
            Line { level_db: -3.0, ..CLEAN },
            Line { level_db: -40.0, ..CLEAN },
            Line { snr_db: Some(20.0), ..CLEAN },
            Line { error: 0.015, ..CLEAN },
            Line { error: -0.015, ..CLEAN },
            Line { twist_db: 6.0, ..CLEAN },
            Line { twist_db: -6.0, ..CLEAN },
            Line { snr_db: Some(20.0), error: 0.01, twist_db: 6.0, level_db: -30.0 },
        ] {
            assert_eq!(fsk_rates(4, tones, line), (4, 0, 0), "{tones:?} {line:?}");
        }
    }
}

#[test]
fn what_fsk_tells_is_verified_and_whole() {
    let (callers, others) = hear(&fsk(&message("13800138000"), BELL, CLEAN, &mut Rng::from_number(1)));
    let [caller] = callers.as_slice() else { panic!("{callers:?}") };
    assert!(caller.verified);
    assert_eq!((caller.number.as_deref(), caller.name.as_deref()), (Some("13800138000"), Some("ACME")));
    assert_eq!((caller.number_status, caller.ts.as_deref()), (NumberStatus::Ok, Some("2026-08-08T11:30")));
    assert!(matches!(others.as_slice(), [EventKind::RingEnd { rings: 0, .. }]), "{others:?}");
}

#[test]
fn dtmf_caller_id_is_heard_over_the_range_of_lines_and_never_verified() {
    for line in [
        CLEAN,
        Line { level_db: -6.0, ..CLEAN },
        Line { level_db: -40.0, ..CLEAN },
        Line { snr_db: Some(20.0), ..CLEAN },
        Line { error: 0.015, ..CLEAN },
        Line { error: -0.015, ..CLEAN },
        Line { twist_db: 6.0, ..CLEAN },
        Line { twist_db: -6.0, ..CLEAN },
    ] {
        for on_ms in [50, 70, 100] {
            assert_eq!(dtmf_rates(4, on_ms, line), (4, 0, 0), "{on_ms} ms {line:?}");
        }
    }
    let (callers, _) = hear(&dtmf(b"D2125550147C", 70, CLEAN, &mut Rng::from_number(1)));
    assert_eq!(
        callers.first().map(|caller| (caller.number.as_deref(), caller.verified)),
        Some((Some("2125550147"), false))
    );
}

#[test]
fn noise_and_voices_are_no_caller_id() {
    let mut rng = Rng::from_number(7);
    let noise = with_noise(vec![0.0; 8000 * 60], Line { snr_db: Some(0.0), ..CLEAN }, &mut rng);
    assert!(hear(&noise).0.is_empty());
    // Vowels: a pitch of 120 Hz that glides, with harmonics that fall by 6 dB an octave.
    let mut phase = 0.0;
    let voice: Vec<i16> = (0..8000 * 30)
        .map(|n| {
            phase += TAU * (120.0 + 60.0 * (n as f64 / 5000.0).sin()) / RATE;
            let sum: f64 = (1..25).map(|harmonic| (phase * f64::from(harmonic)).sin() / f64::from(harmonic)).sum();
            (6000.0 * sum) as i16
        })
        .collect();
    assert!(hear(&voice).0.is_empty());
}

/// A stranger's modulator: what minimodem sends is heard.
#[test]
fn minimodems_signal_is_heard() {
    let folder = tempfile::tempdir().expect("a folder");
    let wav = folder.path().join("caller.wav");
    for (mark, space) in [("1200", "2200"), ("1300", "2100")] {
        let mut bytes = vec![0x55; 30];
        bytes.extend(message("13800138000"));
        let modem = std::process::Command::new("minimodem")
            .args(["--tx", "--quiet", "-R", "48000", "--startbits", "1", "-M", mark, "-S", space, "-f"])
            .arg(&wav)
            .arg("1200")
            .stdin(std::process::Stdio::piped())
            .spawn();
        let Ok(mut modem) = modem else {
            eprintln!("minimodem is not installed: not tried");
            return;
        };
        std::io::Write::write_all(&mut modem.stdin.take().expect("piped"), &bytes).expect("written");
        assert!(modem.wait().expect("it ends").success());
        let mut reader = hound::WavReader::open(&wav).expect("a WAV file");
        let samples: Vec<i32> = reader.samples::<i16>().map(|sample| i32::from(sample.expect("a sample"))).collect();
        // At 8000 samples a second minimodem sends 7 a bit, 5 % too slow; at 48,000 it is exact.
        let samples: Vec<i16> = samples.chunks(6).map(|six| (six.iter().sum::<i32>() / 6) as i16).collect();
        let (callers, _) = hear(&samples);
        assert_eq!(callers.first().and_then(|caller| caller.number.as_deref()), Some("13800138000"), "{mark}/{space}");
    }
}

#[test]
fn the_command_hears_a_recording() {
    let folder = tempfile::tempdir().expect("a folder");
    let wav = folder.path().join("line.wav");
    let spec = hound::WavSpec {
        channels: 2,
        sample_rate: 16_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(&wav, spec).expect("a file");
    for sample in fsk(&message("13800138000"), BELL, CLEAN, &mut Rng::from_number(1)) {
        // Each sample twice is 16 kHz; the other channel is silent.
        [sample, 0, sample, 0].iter().for_each(|one| writer.write_sample(*one).expect("written"));
    }
    writer.finalize().expect("closed");
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_hotline"));
    let output = command.args(["phonebox", "hear"]).arg(&wav).output().expect("it runs");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{output:?}");
    assert!(text.lines().next().is_some_and(|line| line.contains(r#""number":"13800138000""#)), "{text}");
}

/// The table of docs/phonebox.md: `cargo test --test phonebox_sound -- --ignored --nocapture error_rates`.
#[test]
#[ignore = "prints the table of error rates; some minutes"]
fn error_rates() {
    let count = 100;
    for (name, line) in [
        ("SNR 20 dB", Line { snr_db: Some(20.0), ..CLEAN }),
        ("SNR 15 dB", Line { snr_db: Some(15.0), ..CLEAN }),
        ("SNR 12 dB", Line { snr_db: Some(12.0), ..CLEAN }),
        ("SNR 10 dB", Line { snr_db: Some(10.0), ..CLEAN }),
        ("SNR 8 dB", Line { snr_db: Some(8.0), ..CLEAN }),
        ("SNR 6 dB", Line { snr_db: Some(6.0), ..CLEAN }),
        ("level -45 dBFS", Line { level_db: -45.0, ..CLEAN }),
        ("level -52 dBFS", Line { level_db: -52.0, ..CLEAN }),
        ("error +2 %", Line { error: 0.02, ..CLEAN }),
        ("error -2 %", Line { error: -0.02, ..CLEAN }),
        ("error +3 %", Line { error: 0.03, ..CLEAN }),
        ("twist +8 dB", Line { twist_db: 8.0, ..CLEAN }),
        ("twist +10 dB", Line { twist_db: 10.0, ..CLEAN }),
        ("twist -10 dB", Line { twist_db: -10.0, ..CLEAN }),
        ("SNR 15 dB, error 1 %, twist 6 dB", Line { snr_db: Some(15.0), error: 0.01, twist_db: 6.0, ..CLEAN }),
    ] {
        println!(
            "{name}: Bell 202 {:?}, V.23 {:?}, DTMF 70 ms {:?}, 50 ms {:?}, 40 ms {:?}",
            fsk_rates(count, BELL, line),
            fsk_rates(count, V23, line),
            dtmf_rates(count, 70, line),
            dtmf_rates(count, 50, line),
            dtmf_rates(count, 40, line)
        );
    }
}
