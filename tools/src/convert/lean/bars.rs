//! Volume of other days from Lean trade bars: time, open, high, low, close, volume.

use std::path::{Path, PathBuf};

use crate::convert::lines::{Lines, fields, whole};
use crate::convert::open::open;
use crate::error::UserError;

/// Columns of a trade bar.
const COLUMNS: usize = 6;

/// Mean over the files of the volume of all their bars, rounded to whole shares, halves up.
pub(super) fn mean_volume(files: &[PathBuf]) -> Result<u64, UserError> {
    let mut sum = 0_u64;
    for path in files {
        sum = sum.saturating_add(volume(path)?);
    }
    let days = files.len().max(1) as u64;
    Ok(sum.saturating_add(days / 2) / days)
}

/// Volume of the bars of one day.
fn volume(path: &Path) -> Result<u64, UserError> {
    let mut lines = Lines::new(open(path, "trade")?.input, path);
    let mut sum = 0_u64;
    while lines.advance()? {
        let mut columns = 0;
        // Every column of a bar is a number; that of a trade tick names its venue.
        let numbers = fields(lines.line()).all(|field| {
            columns += 1;
            whole(field).is_some()
        });
        let last = fields(lines.line()).last().and_then(whole);
        match last.filter(|_| numbers && columns == COLUMNS) {
            Some(qty) => sum = sum.saturating_add(qty),
            None => {
                return Err(UserError::new("lean.bars", "this is no trade bar")
                    .file(path)
                    .line(lines.number())
                    .field("adv-from")
                    .rule("time, open, high, low, close, volume, all whole numbers")
                    .hint("the minute/..._trade.csv of another day"));
            }
        }
    }
    Ok(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_of_the_days_is_rounded_and_ticks_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            let path = dir.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let a = file("a", "34200000,10,11,9,10,100\n34260000,10,11,9,10,23.0\n");
        let b = file("b", "34200000,10,11,9,10,2\n");
        assert_eq!(mean_volume(std::slice::from_ref(&a)).unwrap(), 123);
        assert_eq!(mean_volume(&[a, b]).unwrap(), 63);
        for bad in [
            "34200000,1000000,100,P,2000,0\n",
            "1,2,3\n",
            "a,b,c,d,e,f\n",
        ] {
            let error = mean_volume(&[file("bad", bad)]).unwrap_err();
            assert_eq!((error.code.as_str(), error.line), ("lean.bars", Some(1)));
        }
    }
}
