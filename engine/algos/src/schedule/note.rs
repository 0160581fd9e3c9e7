//! What is told with the acceptance of an order.

use super::outlook::WARN_BELOW_PPM;
use crate::curves::Rung;
use crate::odds::{Bound, Missing, Odds};
use shm_wire::reason::{Reason, Why};
use shm_wire::units::{DurationNs, PPM_ONE, Qty};

/// From this probability on an order under a cap is as good as one without: nothing is said of it.
const CERTAIN_PPM: u32 = 999_000;

/// What a plan was made from, for people.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Note {
    /// Nothing to tell.
    #[default]
    Plain,
    /// A line that is sure to have room.
    Line {
        rung: Rung,
        horizon_ms: u32,
        /// Expected cost against the arrival price, thousandths of a basis point.
        cost_milli_bps: i32,
    },
    /// Odds of completion.
    Odds {
        rung: Rung,
        horizon_ms: u32,
        completion_ppm: u32,
    },
    /// Odds of completion of a path that costs so much.
    Path {
        completion_ppm: u32,
        horizon_ms: u32,
        cost_milli_bps: i32,
    },
    /// A rate that probably fills a part.
    Part {
        rung: Rung,
        completion_ppm: u32,
        expected: Qty,
    },
    /// No odds.
    Unknown {
        missing: Missing,
        rung: Rung,
        horizon_ms: u32,
    },
}

impl Note {
    /// Of an order with these odds, over its horizon.
    pub(crate) fn of(
        odds: Result<Odds, Missing>,
        bound: Bound,
        (rung, horizon): (Rung, DurationNs),
        cost_milli_bps: i64,
    ) -> Note {
        let horizon_ms = u32::try_from(horizon.0 / 1_000_000).unwrap_or(u32::MAX);
        let cost_milli_bps = i32::try_from(cost_milli_bps).unwrap_or(i32::MAX);
        match odds {
            Err(missing) => Note::Unknown {
                missing,
                rung,
                horizon_ms,
            },
            Ok(odds) if odds.completion_ppm >= CERTAIN_PPM => Note::Line {
                rung,
                horizon_ms,
                cost_milli_bps,
            },
            Ok(odds)
                if odds.completion_ppm < WARN_BELOW_PPM
                    && !matches!(bound, Bound::Line | Bound::Path) =>
            {
                Note::Part {
                    rung,
                    completion_ppm: odds.completion_ppm,
                    expected: odds.expected_fill,
                }
            }
            Ok(odds) if bound == Bound::Path && odds.completion_ppm >= WARN_BELOW_PPM => {
                Note::Path {
                    completion_ppm: odds.completion_ppm,
                    horizon_ms,
                    cost_milli_bps,
                }
            }
            Ok(odds) => Note::Odds {
                rung,
                horizon_ms,
                completion_ppm: odds.completion_ppm,
            },
        }
    }
    /// The reason of the acceptance.
    pub(crate) fn why(&self) -> Why {
        match *self {
            Note::Plain => Why::bare(Reason::Accepted),
            Note::Line {
                rung,
                horizon_ms,
                cost_milli_bps,
            } => Why::new(
                Reason::Accepted,
                [rung.code(), horizon_ms.into(), cost_milli_bps.into()],
            ),
            Note::Odds {
                rung,
                horizon_ms,
                completion_ppm,
            } => {
                let reason = if completion_ppm < WARN_BELOW_PPM {
                    Reason::AcceptedUnlikely
                } else {
                    Reason::AcceptedOdds
                };
                let probability = completion_ppm.min(PPM_ONE);
                Why::new(reason, [probability.into(), rung.code(), horizon_ms.into()])
            }
            Note::Path {
                completion_ppm,
                horizon_ms,
                cost_milli_bps,
            } => Why::new(
                Reason::AcceptedPath,
                [
                    completion_ppm.into(),
                    horizon_ms.into(),
                    cost_milli_bps.into(),
                ],
            ),
            Note::Part {
                rung,
                completion_ppm,
                expected,
            } => {
                let expected = i64::try_from(expected.0).unwrap_or(i64::MAX);
                Why::new(
                    Reason::AcceptedPart,
                    [completion_ppm.into(), expected, rung.code()],
                )
            }
            Note::Unknown {
                missing,
                rung,
                horizon_ms,
            } => Why::new(
                Reason::AcceptedUnknown,
                [missing.code(), rung.code(), horizon_ms.into()],
            ),
        }
    }
}
