//! Lines of a text source and the numbers in them, without allocation per row.

use std::io::{self, BufRead, Read};
use std::path::{Path, PathBuf};

use crate::error::UserError;

/// Longest line, bytes: a book of 200 levels has about 20,000.
pub const LINE_BYTES_MAX: usize = 1 << 20;

/// Reads lines from a source of any size; only one line is in memory.
pub struct Lines {
    input: Box<dyn BufRead>,
    path: PathBuf,
    buffer: Vec<u8>,
    /// The next line that is not empty, when `is_ahead`, behind `blanks` empty ones.
    ahead: Vec<u8>,
    is_ahead: bool,
    blanks: u64,
    number: u64,
}

impl std::fmt::Debug for Lines {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lines")
            .field("path", &self.path)
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}

impl Lines {
    /// Lines of `input`, which came from `path`.
    #[must_use]
    pub fn new(input: Box<dyn BufRead>, path: &Path) -> Lines {
        Lines {
            input,
            path: path.to_path_buf(),
            buffer: Vec::new(),
            ahead: Vec::new(),
            is_ahead: false,
            blanks: 0,
            number: 0,
        }
    }

    /// Where the lines come from.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
    /// Number of the line read last, from 1.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.number
    }
    /// The line read last, without its end.
    #[must_use]
    pub fn line(&self) -> &[u8] {
        &self.buffer
    }

    /// Reads the next line; `false` at the end. Empty lines at the end of a file are no rows; elsewhere they are.
    ///
    /// # Errors
    /// [`UserError`] when the source cannot be read or a line is longer than [`LINE_BYTES_MAX`].
    pub fn advance(&mut self) -> Result<bool, UserError> {
        if !self.is_ahead {
            // Whether empty lines are rows depends on what comes behind them.
            self.blanks = 0;
            loop {
                if !self.read_ahead()? {
                    return Ok(false);
                }
                if !self.ahead.is_empty() {
                    break;
                }
                self.blanks += 1;
            }
            self.is_ahead = true;
        }
        self.number += 1;
        if self.blanks > 0 {
            self.blanks -= 1;
            self.buffer.clear();
        } else {
            std::mem::swap(&mut self.buffer, &mut self.ahead);
            self.is_ahead = false;
        }
        Ok(true)
    }

    /// Reads a line into `ahead` without its end; `false` at the end of the source.
    fn read_ahead(&mut self) -> Result<bool, UserError> {
        self.ahead.clear();
        let got = Read::by_ref(&mut self.input)
            .take(LINE_BYTES_MAX as u64 + 2)
            .read_until(b'\n', &mut self.ahead)
            .map_err(|e| self.error("file.read", &e))?;
        while matches!(self.ahead.last(), Some(b'\n' | b'\r')) {
            self.ahead.pop();
        }
        if self.ahead.len() > LINE_BYTES_MAX {
            let line = self.number + self.blanks + 1;
            return Err(
                UserError::new("file.line", "the line is too long for this format")
                    .file(&self.path)
                    .line(line)
                    .rule(format!("at most {LINE_BYTES_MAX} bytes a line"))
                    .hint("is this a text file?"),
            );
        }
        Ok(got > 0)
    }

    fn error(&self, code: &str, error: &io::Error) -> UserError {
        UserError::new(code, format!("cannot read: {error}"))
            .file(&self.path)
            .line(self.number + 1)
    }
}

/// The comma-separated fields of a line, blanks around them removed.
#[inline]
pub fn fields(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.split(|b| *b == b',').map(<[u8]>::trim_ascii)
}

/// A signed decimal integer.
#[inline]
#[must_use]
pub fn integer(field: &[u8]) -> Option<i64> {
    let (negative, digits) = match field {
        [b'-', rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    if digits.is_empty() || digits.len() > 18 {
        return None;
    }
    let mut value = 0_i64;
    for b in digits {
        if !b.is_ascii_digit() {
            return None;
        }
        value = value * 10 + i64::from(b - b'0');
    }
    Some(if negative { -value } else { value })
}

/// An unsigned decimal integer below 10^18.
#[inline]
#[must_use]
pub fn unsigned(field: &[u8]) -> Option<u64> {
    if field.first() == Some(&b'-') {
        return None;
    }
    integer(field).map(i64::unsigned_abs)
}

/// A whole number, with or without decimals that are all zero.
#[inline]
#[must_use]
pub fn whole(field: &[u8]) -> Option<u64> {
    match field.iter().position(|b| *b == b'.') {
        None => unsigned(field),
        Some(at) => {
            let zero = field.len() > at + 1 && field[at + 1..].iter().all(|b| *b == b'0');
            unsigned(&field[..at]).filter(|_| zero)
        }
    }
}

/// An unsigned decimal number times 10^`places` (at most 9); further decimals are cut off.
#[inline]
#[must_use]
pub fn fixed(field: &[u8], places: u32) -> Option<u64> {
    let point = field.iter().position(|b| *b == b'.');
    let (whole, fraction) = match point {
        Some(at) => (&field[..at], &field[at + 1..]),
        None => (field, &field[..0]),
    };
    if whole.len() > 9 || (point.is_some() && fraction.is_empty()) {
        return None;
    }
    let mut value = unsigned(whole)?;
    for place in 0..places as usize {
        let digit = match fraction.get(place) {
            Some(b) if b.is_ascii_digit() => u64::from(b - b'0'),
            Some(_) => return None,
            None => 0,
        };
        value = value.checked_mul(10)?.checked_add(digit)?;
    }
    let rest = fraction.get(places as usize..).unwrap_or_default();
    rest.iter().all(u8::is_ascii_digit).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_exactly_or_not_at_all() {
        assert_eq!(integer(b"-9999999999"), Some(-9_999_999_999));
        assert_eq!(integer(b"5853300"), Some(5_853_300));
        for bad in [
            &b""[..],
            b"-",
            b"1.5",
            b"+1",
            b"1e3",
            b"9999999999999999999",
            b"0x1",
            b"--1",
        ] {
            assert_eq!(integer(bad), None, "{}", bad.escape_ascii());
        }
        assert_eq!(unsigned(b"-0"), None);
        assert_eq!(
            (
                whole(b"100"),
                whole(b"100.00"),
                whole(b"100.5"),
                whole(b"1."),
                whole(b"")
            ),
            (Some(100), Some(100), None, None, None)
        );
        assert_eq!(fixed(b"34200.004241176", 9), Some(34_200_004_241_176));
        assert_eq!(fixed(b"34200", 9), Some(34_200_000_000_000));
        assert_eq!(fixed(b"34200.05990197", 9), Some(34_200_059_901_970));
        assert_eq!(fixed(b"1.2345678919", 9), Some(1_234_567_891));
        for bad in [
            &b""[..],
            b".",
            b"1.",
            b".5",
            b"1.x",
            b"1.0000000000x",
            b"-1",
            b"9999999999",
        ] {
            assert_eq!(fixed(bad, 9), None, "{}", bad.escape_ascii());
        }
    }

    #[test]
    fn lines_end_with_the_file_and_long_lines_are_refused() {
        let read = |text: Vec<u8>| {
            let mut lines = Lines::new(Box::new(io::Cursor::new(text)), Path::new("x"));
            let mut all = Vec::new();
            while lines.advance()? {
                all.push(String::from_utf8_lossy(lines.line()).into_owned());
            }
            Ok::<_, UserError>(all)
        };
        assert_eq!(read(b"a\r\nb\n\n".to_vec()).unwrap(), ["a", "b"]);
        assert_eq!(read(b"a\nb".to_vec()).unwrap(), ["a", "b"]);
        assert_eq!(
            read(b"a\n\n\nb\n\n\r\n".to_vec()).unwrap(),
            ["a", "", "", "b"]
        );
        let error = read(vec![b'1'; LINE_BYTES_MAX + 5]).unwrap_err();
        assert_eq!((error.code.as_str(), error.line), ("file.line", Some(1)));
    }
}
