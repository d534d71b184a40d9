//! Callers in logs above DEBUG: enough to recognise one's own number, not enough to call it.

use std::fmt;

/// At least this many characters of a subscriber's number are hidden.
const HIDDEN: usize = 4;
/// Shorter digit strings are internal or service numbers, which are nobody's secret.
const MIN_PRIVATE_DIGITS: usize = 7;

/// Shows a number, raw or normalised, as `138****8000`, a name as `a***`. Written with `{}` it allocates nothing.
#[derive(Clone, Copy)]
pub struct Redacted<'a>(pub &'a str);

impl fmt::Display for Redacted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.chars().filter(char::is_ascii_digit).count();
        let is_number = !self.0.chars().any(char::is_alphabetic);
        if !is_number {
            return write!(f, "{}***", self.0.chars().next().unwrap_or('*'));
        }
        if digits < MIN_PRIVATE_DIGITS {
            return f.write_str(self.0);
        }
        let tail = HIDDEN.min((digits - HIDDEN).div_ceil(2));
        let last_hidden = digits - tail;
        let first_hidden = last_hidden - HIDDEN;
        let mut at = 0;
        for c in self.0.chars() {
            if !c.is_ascii_digit() {
                write!(f, "{c}")?;
                continue;
            }
            let hidden = (first_hidden..last_hidden).contains(&at);
            at += 1;
            write!(f, "{}", if hidden { '*' } else { c })?;
        }
        Ok(())
    }
}

impl fmt::Debug for Redacted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
