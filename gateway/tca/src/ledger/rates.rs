//! What an order says about its share of the market's volume.
//!
//! The numbers of the parameters are wire identifiers, never used twice (`engine/algos` owns the table; the gateway has a
//! test that compares them with it).

use shm_wire::parent::Terms;
use shm_wire::units::{PPM_ONE, Ppm};

/// Number of `target_pct_vol` on the wire.
pub const TARGET_PCT_VOL_ID: u16 = 200;
/// Number of `min_pct_vol` on the wire.
pub const MIN_PCT_VOL_ID: u16 = 201;
/// Number of `max_pct_vol` on the wire.
pub const MAX_PCT_VOL_ID: u16 = 1;
/// Target of an order that names none.
pub const TARGET_PCT_VOL_DEFAULT: Ppm = Ppm(100_000);

/// Participation asked for: own / (own + others' eligible) volume, parts per million.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rates {
    /// Wanted rate.
    pub target: Ppm,
    /// Rate below which the order does not want to be, when it says so.
    pub min: Option<Ppm>,
    /// Rate above which it must not be, when it says so; 100 % says nothing.
    pub max: Option<Ppm>,
}

impl Rates {
    /// What the terms say; values that are no rates count as not given.
    #[must_use]
    pub fn of(terms: &Terms) -> Rates {
        let count = usize::from(terms.parameter_count).min(terms.parameters.len());
        let rate = |id: u16| {
            let sent = terms.parameters[..count].iter().find(|p| p.id == id)?;
            u32::try_from(sent.value)
                .ok()
                .filter(|v| (1..PPM_ONE).contains(v))
                .map(Ppm)
        };
        Rates {
            target: rate(TARGET_PCT_VOL_ID).unwrap_or(TARGET_PCT_VOL_DEFAULT),
            min: rate(MIN_PCT_VOL_ID),
            max: rate(MAX_PCT_VOL_ID),
        }
    }

    /// Least and largest rate that count as kept: the order's own, else a fifth to either side of the target.
    #[must_use]
    pub fn bounds(self) -> (Ppm, Ppm) {
        let fifth = self.target.0 / 5;
        (
            self.min.unwrap_or(Ppm(self.target.0 - fifth)),
            self.max
                .unwrap_or(Ppm((self.target.0 + fifth).min(PPM_ONE))),
        )
    }
}
