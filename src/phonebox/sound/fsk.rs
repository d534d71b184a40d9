//! FSK caller ID: 1200 bit/s, 8N1, in Bell 202 (mark 1200 Hz, space 2200 Hz) or V.23 (1300 and 2100 Hz).
//!
//! One demodulator hears both: it listens at 1250 and 2150 Hz, 50 Hz beside either, which costs 0.1 dB at its bandwidth of
//! 1200 Hz. It compares the energy at the two over one bit, without carrier recovery, and reads characters as a UART does:
//! each start bit sets the clock anew, so a line's error in frequency does not add up.

/// Samples per second.
pub(in crate::phonebox) const RATE: u32 = 8000;
const BAUD: f32 = 1200.0;
/// Samples of one bit: 6 and two thirds.
const BIT: f32 = RATE as f32 / BAUD;
/// Whole samples in the window over which energy is measured; the oldest counts for the fraction.
const WINDOW: usize = 7;
const OLDEST: f32 = BIT - (WINDOW as f32 - 1.0);
const MARK_HZ: f32 = 1250.0;
const SPACE_HZ: f32 = 2150.0;
/// Weaker signals are silence: about -50 dB below full scale (a sine of amplitude 100 of 32768).
const FLOOR: f32 = 100.0 * 100.0 / 4.0 * BIT * BIT;
/// Data bits of a character.
const DATA_BITS: u8 = 8;

/// A turning pointer: one product a sample.
#[derive(Clone, Copy, Debug)]
struct Oscillator {
    re: f32,
    im: f32,
    step_re: f32,
    step_im: f32,
}

impl Oscillator {
    fn new(hz: f32) -> Self {
        let step = std::f32::consts::TAU * hz / RATE as f32;
        Oscillator { re: 1.0, im: 0.0, step_re: step.cos(), step_im: -step.sin() }
    }

    fn next(&mut self) -> (f32, f32) {
        let now = (self.re, self.im);
        let re = self.re * self.step_re - self.im * self.step_im;
        let im = self.re * self.step_im + self.im * self.step_re;
        // Rounding would let the pointer grow or shrink over minutes.
        let scale = 1.5 - 0.5 * (re * re + im * im);
        (self.re, self.im) = (re * scale, im * scale);
        now
    }
}

/// Energy at one frequency over the last bit.
#[derive(Clone, Debug)]
struct Correlator {
    oscillator: Oscillator,
    products: [(f32, f32); WINDOW],
    at: usize,
}

impl Correlator {
    fn new(hz: f32) -> Self {
        Correlator { oscillator: Oscillator::new(hz), products: [(0.0, 0.0); WINDOW], at: 0 }
    }

    fn energy(&mut self, sample: f32) -> f32 {
        let (re, im) = self.oscillator.next();
        if let Some(oldest) = self.products.get_mut(self.at) {
            *oldest = (sample * re, sample * im);
        }
        self.at = (self.at + 1) % WINDOW;
        let mut sum = (0.0, 0.0);
        for (n, (re, im)) in self.products.iter().enumerate() {
            let weight = if n == self.at { OLDEST } else { 1.0 };
            sum = (sum.0 + weight * re, sum.1 + weight * im);
        }
        sum.0 * sum.0 + sum.1 * sum.1
    }
}

/// Samples in, characters out.
#[derive(Clone, Debug)]
pub(in crate::phonebox) struct Fsk {
    mark: Correlator,
    space: Correlator,
    before: f32,
    uart: Uart,
}

#[derive(Clone, Copy, Debug)]
enum Uart {
    /// Waits for the edge from mark to space.
    Idle,
    /// Samples until the middle of the next decision, and the bits so far.
    Reading { left: f32, bits: u8, value: u8 },
}

impl Default for Fsk {
    fn default() -> Self {
        Fsk { mark: Correlator::new(MARK_HZ), space: Correlator::new(SPACE_HZ), before: 0.0, uart: Uart::Idle }
    }
}

impl Fsk {
    /// Takes one sample; a character when one is whole.
    pub fn push(&mut self, sample: i16) -> Option<u8> {
        let sample = f32::from(sample);
        let (mark, space) = (self.mark.energy(sample), self.space.energy(sample));
        // From -1 (space) to 1 (mark), whatever the level.
        let level = if mark + space < FLOOR { 1.0 } else { (mark - space) / (mark + space) };
        let heard = self.uart(level);
        self.before = level;
        heard
    }

    fn uart(&mut self, level: f32) -> Option<u8> {
        match self.uart {
            Uart::Idle => {
                if self.before > 0.0 && level <= 0.0 {
                    // The window is half a bit behind, so the start bit fills it half a bit after the crossing, which
                    // lies between this sample and the one before.
                    let since = level / (level - self.before);
                    self.uart = Uart::Reading { left: BIT / 2.0 - since, bits: 0, value: 0 };
                }
                None
            }
            Uart::Reading { left, bits, value } if left > 1.0 => {
                self.uart = Uart::Reading { left: left - 1.0, bits, value };
                None
            }
            Uart::Reading { left, bits, value } => {
                let at = self.before + (level - self.before) * left;
                self.decide(at, left, bits, value)
            }
        }
    }

    /// One bit: the start bit, eight of data with the lowest first, the stop bit.
    fn decide(&mut self, level: f32, left: f32, bits: u8, value: u8) -> Option<u8> {
        let is_mark = level > 0.0;
        let next = |bits, value| Uart::Reading { left: left + BIT - 1.0, bits, value };
        match bits {
            0 if is_mark => self.uart = Uart::Idle,
            0 => self.uart = next(1, 0),
            1..=DATA_BITS => self.uart = next(bits + 1, value >> 1 | if is_mark { 0x80 } else { 0 }),
            _ => {
                self.uart = Uart::Idle;
                // No stop bit is no character: the edge was another one.
                return is_mark.then_some(value);
            }
        }
        None
    }
}
