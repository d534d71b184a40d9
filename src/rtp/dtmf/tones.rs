//! Keys as tones in the audio (ITU-T Q.23), by the Goertzel algorithm to the figures of ITU-T Q.24.
//!
//! Every 5 ms a window of 12.75 ms is measured at the eight frequencies. Six windows in a row that hold one key are a
//! press: tones of 40 ms always fill six, tones of 23 ms at most five. The turn of the phase from window to window then
//! tells the frequencies to a few hertz; what is not within 2.5 % is speech or music.

use std::f32::consts::TAU;

use super::Key;

/// Samples a second.
const RATE: f32 = 8000.0;
/// Samples of a window: near whole periods of the eight frequencies, and short enough for tones of 40 ms.
const WINDOW: usize = 102;
/// A window begins every so many samples: 5 ms.
const HOP: usize = 40;
const HOP_MS: u32 = 5;
/// Low group, then high group.
const HZ: [f32; 8] = [697.0, 770.0, 852.0, 941.0, 1209.0, 1336.0, 1477.0, 1633.0];
const KEYS: [[u8; 4]; 4] = [*b"123A", *b"456B", *b"789C", *b"*0#D"];
/// Windows in a row that make a press.
const PRESS_WINDOWS: u32 = 6;
/// Windows in a row without the key that end it: an interruption of 10 ms (Q.24) is three at most, a pause of 40 ms
/// eight.
const RELEASE_WINDOWS: u32 = 5;
/// A press that lasts is told after so many windows: ten seconds.
const LONGEST_WINDOWS: u32 = 2000;
/// Least amplitude of either sine: -36 dBm0.
const FLOOR_AMPLITUDE: f32 = 353.0;
/// The energy of one such sine; a window with less is not measured.
const FLOOR_ENERGY: f32 = FLOOR_AMPLITUDE * FLOOR_AMPLITUDE * WINDOW as f32 / 2.0;
/// Q.24: the high tone may be 4 dB stronger or 8 dB weaker than the low one. One or two dB more, as each tone leaks into the other.
const REVERSE_TWIST: f32 = 3.16;
const FORWARD_TWIST: f32 = 12.6;
/// The frequencies beside the strongest of a group are at least 6 dB weaker.
const APART: f32 = 4.0;
/// The two sines are at least this part of all that is heard: a window that the tone fills only in part has less, and
/// so has speech.
const PURE: f32 = 0.67;
/// Q.24: 1.5 % off must be taken, 3.5 % off must not.
const OFF_FREQUENCY: f32 = 0.025;

/// The turns of a steady tone add up; those of a voice that glides do not.
const STEADY: f32 = 0.9;

/// What was heard.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ToneEvent {
    /// A key went down, some 35 ms ago.
    Down,
    /// It came up, or lasted for ten seconds.
    Up(Key),
}

/// 8 kHz samples of one leg in, presses out.
#[derive(Clone, Debug)]
pub struct ToneReceiver {
    samples: [f32; WINDOW],
    /// Where the next sample goes, and how many are left until the next window.
    next: usize,
    until_window: usize,
    last: [Phasor; 8],
    /// One sample's turn of each of the eight.
    steps: [Phasor; 8],
    run: Run,
    press: Option<Press>,
}

/// Windows in a row that hold the same key.
#[derive(Clone, Copy, Default, Debug)]
struct Run {
    digit: Option<char>,
    windows: u32,
    /// How the phase turned from window to window, summed, of the low and the high tone.
    turned: [Phasor; 2],
    /// The same without regard to the angles: what they would add up to if every turn were the same.
    steady: [f32; 2],
}

#[derive(Clone, Copy, Debug)]
struct Press {
    digit: char,
    windows: u32,
    missing: u32,
    told: bool,
}

/// A complex number.
#[derive(Clone, Copy, Default, Debug)]
struct Phasor {
    re: f32,
    im: f32,
}

/// The key of one window, and which of the eight frequencies it is made of.
#[derive(Clone, Copy)]
struct Found {
    digit: char,
    tones: [usize; 2],
}

impl Default for ToneReceiver {
    fn default() -> Self {
        ToneReceiver {
            samples: [0.0; WINDOW],
            next: 0,
            until_window: HOP,
            last: [Phasor::default(); 8],
            steps: HZ.map(|hz| {
                let (im, re) = (TAU * hz / RATE).sin_cos();
                Phasor { re, im }
            }),
            run: Run::default(),
            press: None,
        }
    }
}

impl ToneReceiver {
    /// Takes the next sample.
    pub fn push(&mut self, sample: i16) -> Option<ToneEvent> {
        if let Some(place) = self.samples.get_mut(self.next) {
            *place = f32::from(sample);
        }
        self.next = (self.next + 1) % WINDOW;
        self.until_window -= 1;
        if self.until_window > 0 {
            return None;
        }
        self.until_window = HOP;
        self.on_window()
    }

    /// Whether a key is down that was not told yet.
    pub fn is_down(&self) -> bool {
        self.press.is_some_and(|press| !press.told)
    }

    /// The stream has stopped: the key that was down.
    pub fn stop(&mut self) -> Option<Key> {
        let press = self.press.take();
        *self = ToneReceiver::default();
        press.filter(|press| !press.told).map(Press::key)
    }

    fn on_window(&mut self) -> Option<ToneEvent> {
        let (phasors, energy) = self.measure();
        let found = found(&phasors, energy);
        self.follow(found, &phasors);
        self.last = phasors;
        let digit = found.map(|found| found.digit);
        if let Some(event) = self.go_on(digit) {
            return Some(event);
        }
        let begins = self.press.is_none() && self.run.windows >= PRESS_WINDOWS && self.run.is_on_frequency();
        let digit = self.run.digit.filter(|_| begins)?;
        self.press = Some(Press { digit, windows: self.run.windows, missing: 0, told: false });
        Some(ToneEvent::Down)
    }

    /// The press that is under way, with the key of another window.
    fn go_on(&mut self, digit: Option<char>) -> Option<ToneEvent> {
        let press = self.press.as_mut()?;
        if digit == Some(press.digit) {
            press.windows += press.missing + 1;
            press.missing = 0;
        } else {
            press.missing += 1;
        }
        let is_over = press.missing >= RELEASE_WINDOWS;
        let tell = !press.told && (is_over || press.windows >= LONGEST_WINDOWS);
        press.told |= tell;
        let key = press.key();
        if is_over {
            self.press = None;
        }
        tell.then_some(ToneEvent::Up(key))
    }

    fn follow(&mut self, found: Option<Found>, phasors: &[Phasor; 8]) {
        let Some(found) = found else {
            self.run = Run::default();
            return;
        };
        if self.run.digit != Some(found.digit) {
            self.run = Run { digit: Some(found.digit), windows: 1, ..Run::default() };
            return;
        }
        self.run.windows = self.run.windows.saturating_add(1);
        let run = &mut self.run;
        for ((turned, steady), tone) in run.turned.iter_mut().zip(&mut run.steady).zip(found.tones) {
            let turn = phasors[tone].turned_from(self.last[tone]).turned_back(TAU * HZ[tone] * HOP as f32 / RATE);
            *turned = Phasor { re: turned.re + turn.re, im: turned.im + turn.im };
            *steady += turn.power().sqrt();
        }
    }

    /// The eight frequencies of the window, by Goertzel's recurrence (eight lanes side by side), and its energy.
    fn measure(&self) -> ([Phasor; 8], f32) {
        let energy: f32 = self.samples.iter().map(|sample| sample * sample).sum();
        if energy < FLOOR_ENERGY {
            return ([Phasor::default(); 8], energy);
        }
        let coefficients = self.steps.map(|step| 2.0 * step.re);
        let (mut one, mut two) = ([0.0f32; 8], [0.0f32; 8]);
        let (newer, older) = self.samples.split_at(self.next);
        for half in [older, newer] {
            for sample in half {
                for lane in 0..8 {
                    let value = sample + coefficients[lane] * one[lane] - two[lane];
                    (two[lane], one[lane]) = (one[lane], value);
                }
            }
        }
        let phasor = |lane: usize| {
            let step = self.steps[lane];
            Phasor { re: one[lane] - two[lane] * step.re, im: two[lane] * step.im }
        };
        (std::array::from_fn(phasor), energy)
    }
}

impl Run {
    /// Both tones are within [`OFF_FREQUENCY`] of what they should be, and stay there.
    fn is_on_frequency(&self) -> bool {
        let Some(tones) = self.digit.and_then(tones_of) else { return false };
        self.turned.iter().zip(self.steady).zip(tones).all(|((turned, steady), tone)| {
            let off_hz = turned.im.atan2(turned.re) / TAU * RATE / HOP as f32;
            off_hz.abs() <= OFF_FREQUENCY * HZ[tone] && turned.power().sqrt() >= STEADY * steady
        })
    }
}

impl Press {
    fn key(self) -> Key {
        // The windows at either end hold the tone only in part; together they are about one window more.
        Key { digit: self.digit, duration_ms: (self.windows + 1) * HOP_MS }
    }
}

impl Phasor {
    fn power(self) -> f32 {
        self.re * self.re + self.im * self.im
    }

    /// The turn from `before` to this.
    fn turned_from(self, before: Phasor) -> Phasor {
        Phasor { re: self.re * before.re + self.im * before.im, im: self.im * before.re - self.re * before.im }
    }

    fn turned_back(self, angle: f32) -> Phasor {
        let (sin, cos) = angle.sin_cos();
        Phasor { re: self.re * cos + self.im * sin, im: self.im * cos - self.re * sin }
    }
}

fn found(phasors: &[Phasor; 8], energy: f32) -> Option<Found> {
    // A sine of amplitude a has the power (a n / 2)^2 here and the energy a^2 n / 2.
    let floor = (FLOOR_AMPLITUDE * WINDOW as f32 / 2.0).powi(2);
    if energy < FLOOR_ENERGY {
        return None;
    }
    let powers = phasors.map(Phasor::power);
    let (low, low_power) = strongest(&powers[..4], floor)?;
    let (high, high_power) = strongest(&powers[4..], floor)?;
    let even = high_power <= low_power * REVERSE_TWIST && low_power <= high_power * FORWARD_TWIST;
    let pure = (low_power + high_power) * 2.0 / WINDOW as f32 >= PURE * energy;
    let digit = char::from(*KEYS.get(low)?.get(high)?);
    (even && pure).then_some(Found { digit, tones: [low, high + 4] })
}

/// The one frequency of a group that stands out.
fn strongest(powers: &[f32], floor: f32) -> Option<(usize, f32)> {
    let (at, power) = powers.iter().copied().enumerate().max_by(|a, b| a.1.total_cmp(&b.1))?;
    let apart = powers.iter().enumerate().all(|(other, weak)| other == at || weak * APART <= power);
    (power >= floor && apart).then_some((at, power))
}

fn tones_of(digit: char) -> Option<[usize; 2]> {
    let byte = u8::try_from(digit).ok()?;
    let row = KEYS.iter().position(|row| row.contains(&byte))?;
    let column = KEYS[row].iter().position(|key| *key == byte)?;
    Some([row, column + 4])
}

/// The two frequencies of a key in Hz, low and high (ITU-T Q.23).
pub fn frequencies_of(digit: char) -> Option<(f32, f32)> {
    tones_of(digit.to_ascii_uppercase()).map(|[low, high]| (HZ[low], HZ[high]))
}

#[cfg(test)]
mod tests;
