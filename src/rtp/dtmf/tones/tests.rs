//! The figures of ITU-T Q.24, each at sixteen keys and many places against the windows.

use super::*;
use crate::base::Rng;
use crate::rtp::codec::g711;

const ALL: &str = "0123456789*#ABCD";

/// Two sines; levels in dBm0, frequencies off by `off` (1.0 is none).
#[derive(Clone, Copy)]
struct Tone {
    ms: f32,
    low_dbm0: f32,
    high_dbm0: f32,
    off: (f32, f32),
}

const PLAIN: Tone = Tone { ms: 40.0, low_dbm0: -10.0, high_dbm0: -10.0, off: (1.0, 1.0) };

fn tone(digit: char, tone: Tone) -> Vec<f32> {
    let (low, high) = frequencies_of(digit).expect("a key");
    let peak = |dbm0: f32| 22_300.0 * 10f32.powf(dbm0 / 20.0);
    let count = (tone.ms * 8.0) as usize;
    let sine = |hz: f32, dbm0: f32, i: usize| peak(dbm0) * (TAU * hz * i as f32 / RATE).sin();
    (0..count).map(|i| sine(low * tone.off.0, tone.low_dbm0, i) + sine(high * tone.off.1, tone.high_dbm0, i)).collect()
}

fn noise(rng: &mut Rng, peak: f32) -> f32 {
    (rng.below(20_001) as f32 / 10_000.0 - 1.0) * peak
}

/// What is heard of `samples` after `lead` samples of silence, through mu-law, with noise of `noise_peak`.
fn heard(samples: &[f32], lead: usize, noise_peak: f32) -> String {
    let (mut receiver, mut rng) = (ToneReceiver::default(), Rng::from_number(lead as u64));
    let silence = std::iter::repeat_n(0.0, lead);
    let tail = std::iter::repeat_n(0.0, 400);
    let mut digits = String::new();
    for sample in silence.chain(samples.iter().copied()).chain(tail) {
        let sample = (sample + noise(&mut rng, noise_peak)).round() as i16;
        if let Some(ToneEvent::Up(key)) = receiver.push(g711::ulaw_decode(g711::ulaw_encode(sample))) {
            digits.push(key.digit);
        }
    }
    digits
}

/// Every key at every eighth place against the windows: how many are heard as what they are, and how many as any key.
fn tried(wanted: Tone, noise_peak: f32) -> (usize, usize, usize) {
    let (mut right, mut any, mut all) = (0, 0, 0);
    for digit in ALL.chars() {
        let samples = tone(digit, wanted);
        for lead in (300..340).step_by(3) {
            let digits = heard(&samples, lead, noise_peak);
            all += 1;
            right += usize::from(digits == digit.to_string());
            any += digits.len();
        }
    }
    (right, any, all)
}

fn all_are_heard(wanted: Tone, noise_peak: f32) {
    let (right, _, all) = tried(wanted, noise_peak);
    assert_eq!(right, all, "{} ms {} {} {:?}", wanted.ms, wanted.low_dbm0, wanted.high_dbm0, wanted.off);
}

fn none_is_heard(wanted: Tone) {
    assert_eq!(tried(wanted, 0.0).1, 0, "{} ms {} {} {:?}", wanted.ms, wanted.low_dbm0, wanted.high_dbm0, wanted.off);
}

#[test]
fn tones_of_40_ms_are_keys_and_tones_of_23_ms_are_none() {
    for ms in [40.0, 50.0, 100.0, 500.0] {
        all_are_heard(Tone { ms, ..PLAIN }, 0.0);
    }
    for ms in [5.0, 10.0, 15.0, 20.0, 23.0] {
        none_is_heard(Tone { ms, ..PLAIN });
    }
}

#[test]
fn levels_from_0_to_minus_30_dbm0_are_taken() {
    for dbm0 in [-1.0, -4.0, -20.0, -30.0] {
        all_are_heard(Tone { low_dbm0: dbm0, high_dbm0: dbm0, ..PLAIN }, 0.0);
    }
    none_is_heard(Tone { low_dbm0: -45.0, high_dbm0: -45.0, ..PLAIN });
}

#[test]
fn twist_of_8_db_forward_and_4_db_reverse_is_taken_and_13_is_not() {
    all_are_heard(Tone { low_dbm0: -8.0, high_dbm0: -16.0, ..PLAIN }, 0.0);
    all_are_heard(Tone { low_dbm0: -14.0, high_dbm0: -10.0, ..PLAIN }, 0.0);
    none_is_heard(Tone { low_dbm0: -5.0, high_dbm0: -18.0, ..PLAIN });
    none_is_heard(Tone { low_dbm0: -18.0, high_dbm0: -5.0, ..PLAIN });
}

#[test]
fn frequencies_off_by_1_5_percent_are_taken_and_by_3_5_are_not() {
    for off in [(1.015, 1.015), (0.985, 0.985), (1.015, 0.985), (0.985, 1.015)] {
        all_are_heard(Tone { off, ..PLAIN }, 0.0);
    }
    for off in [(1.035, 1.0), (0.965, 1.0), (1.0, 1.035), (1.0, 0.965), (1.035, 1.035), (0.965, 0.965)] {
        none_is_heard(Tone { off, ms: 100.0, ..PLAIN });
    }
}

#[test]
fn noise_of_minus_15_db_is_borne() {
    // Each tone has a peak of 7052; uniform noise of peak p has the power p^2 / 3, so 15 dB below both is 2170.
    all_are_heard(Tone { ms: 50.0, ..PLAIN }, 2170.0);
}

#[test]
fn keys_40_ms_apart_are_several_and_a_gap_of_10_ms_is_none() {
    let pressed = |gap_ms: f32, digits: &str| {
        let mut samples = Vec::new();
        for digit in digits.chars() {
            samples.extend(tone(digit, PLAIN));
            samples.extend(std::iter::repeat_n(0.0, (gap_ms * 8.0) as usize));
        }
        (300..340).map(|lead| heard(&samples, lead, 0.0)).collect::<Vec<_>>()
    };
    let all = "1123456789*0#ABCDD".to_owned();
    assert!(pressed(40.0, &all).iter().all(|heard| *heard == all), "{:?}", pressed(40.0, &all));
    assert!(pressed(10.0, "55").iter().all(|heard| heard == "5"), "{:?}", pressed(10.0, "55"));
}

#[test]
fn the_duration_is_told_and_a_key_that_is_held_is_told_once() {
    for ms in [40.0, 100.0, 300.0] {
        let mut receiver = ToneReceiver::default();
        let samples: Vec<f32> = tone('5', Tone { ms, ..PLAIN }).into_iter().chain([0.0; 400]).collect();
        let key = samples.into_iter().find_map(|sample| match receiver.push(sample as i16) {
            Some(ToneEvent::Up(key)) => Some(key),
            _ => None,
        });
        let told = key.expect("a key").duration_ms as f32;
        assert!((told - ms).abs() <= 10.0, "{ms} ms are told as {told}");
    }
    let held = tone('5', Tone { ms: 12_000.0, ..PLAIN });
    assert_eq!(heard(&held, 0, 0.0), "5");
}

#[test]
fn what_stops_in_the_middle_is_told() {
    let mut receiver = ToneReceiver::default();
    for sample in tone('7', PLAIN) {
        receiver.push(sample as i16);
    }
    assert!(receiver.is_down());
    assert_eq!(receiver.stop().map(|key| key.digit), Some('7'));
    assert_eq!(receiver.stop(), None);
}

/// Voices: a pulse train of changing pitch through changing resonances, with pauses, as loud as speech gets.
fn voices(seed: u64, seconds: usize) -> Vec<i16> {
    let mut rng = Rng::from_number(seed);
    let mut out = Vec::new();
    let mut memory = [[0.0f32; 2]; 3];
    let mut phase = 0.0f32;
    while out.len() < seconds * 8000 {
        let pitch = 80.0 + rng.below(220) as f32;
        let glide = (rng.below(100) as f32 - 50.0) / 8000.0;
        let formants = [250.0 + rng.below(650) as f32, 800.0 + rng.below(1400) as f32, 2200.0 + rng.below(900) as f32];
        let (loud, voiced) = (300.0 + rng.below(2500) as f32, rng.below(5) > 0);
        for i in 0..(400 + rng.below(1600)) {
            phase += (pitch + glide * i as f32) / RATE;
            let pulse = if phase >= 1.0 { 1.0 } else { 0.0 };
            phase %= 1.0;
            let mut sample = if voiced { pulse * loud * 4.0 } else { noise(&mut rng, loud) };
            for (formant, [one, two]) in formants.iter().zip(&mut memory) {
                let radius = 0.96;
                let value = sample * 0.35 + 2.0 * radius * (TAU * formant / RATE).cos() * *one - radius * radius * *two;
                (*two, *one) = (*one, value);
                sample = value;
            }
            out.push(sample.clamp(-30_000.0, 30_000.0) as i16);
        }
        out.extend(std::iter::repeat_n(0, rng.below(1200) as usize));
    }
    out
}

fn talked_off(samples: &[i16]) -> usize {
    let mut receiver = ToneReceiver::default();
    samples.iter().filter(|sample| matches!(receiver.push(**sample), Some(ToneEvent::Up(_)))).count()
}

#[test]
fn a_quarter_of_an_hour_of_made_voices_presses_nothing() {
    let pressed: usize = (0..15).map(|minute| talked_off(&voices(minute, 60))).sum();
    assert_eq!(pressed, 0);
}

#[test]
fn noise_and_single_tones_press_nothing() {
    let mut rng = Rng::from_number(5);
    let white: Vec<i16> = (0..8000 * 60).map(|_| noise(&mut rng, 12_000.0) as i16).collect();
    assert_eq!(talked_off(&white), 0);
    let sine = |hz: f32| (0..8000).map(|i| (9000.0 * (TAU * hz * i as f32 / RATE).sin()) as i16).collect::<Vec<_>>();
    for hz in (300..3400).step_by(7) {
        assert_eq!(talked_off(&sine(hz as f32)), 0, "{hz} Hz");
    }
}
