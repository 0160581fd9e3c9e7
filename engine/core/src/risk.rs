//! Limits in force, and the message-rate gate. The gate that turns intents into children is [`crate::engine`]'s `gate`.

use shm_wire::instrument::{Instrument, Round};
use shm_wire::units::{NANOS_PER_SECOND, Nanos, Notional, Price, Qty};

/// Limits of an engine. Every limit is set explicitly; a figure that needs an unknown reference does not apply.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RiskLimits {
    /// Largest child quantity, steps.
    pub child_qty_max: Qty,
    /// Largest parent quantity, steps.
    pub parent_qty_max: Qty,
    /// Largest child notional.
    pub child_notional_max: Notional,
    /// Largest parent notional at limit or reference price.
    pub parent_notional_max: Notional,
    /// Price collar: how much worse than the reference a child may be priced, ppm of the reference.
    pub collar_ppm: u32,
    /// New and replace messages per second and parent.
    pub parent_rate: Rate,
    /// New and replace messages per second and instrument.
    pub instrument_rate: Rate,
    /// New and replace messages per second and engine.
    pub engine_rate: Rate,
    /// Rejects in a row that suspend a parent.
    pub rejects_max: u8,
}

impl RiskLimits {
    /// The documented profile of demo and backtest: wide enough never to shape a schedule, narrow enough to stop a runaway.
    #[must_use]
    pub const fn demo() -> RiskLimits {
        RiskLimits {
            child_qty_max: Qty(1_000_000),
            parent_qty_max: Qty(1_000_000_000),
            child_notional_max: whole(100_000_000),
            parent_notional_max: whole(100_000_000_000),
            collar_ppm: 50_000,
            parent_rate: Rate {
                per_second: 20,
                burst: 40,
            },
            instrument_rate: Rate {
                per_second: 2_000,
                burst: 4_000,
            },
            engine_rate: Rate {
                per_second: 20_000,
                burst: 40_000,
            },
            rejects_max: 5,
        }
    }
}

/// A whole number of the quote currency.
#[must_use]
pub const fn whole(units: i128) -> Notional {
    Notional(units.saturating_mul(1_000_000_000_000_000_000))
}

/// A message rate: sustained, and how many may come at once.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rate {
    /// Sustained messages per second, at least 1.
    pub per_second: u32,
    /// Messages that may come at once, at least 1.
    pub burst: u32,
}

/// State of one rate: the virtual scheduling form of the generic cell rate algorithm (ITU-T I.371), one word.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Meter {
    next: u64,
}

impl Meter {
    /// Whether one more message conforms now.
    #[inline]
    #[must_use]
    pub const fn allows(&self, rate: Rate, now: Nanos) -> bool {
        if self.next <= now.0 {
            // Nothing came lately: no division.
            return true;
        }
        let step = NANOS_PER_SECOND
            / (if rate.per_second == 0 {
                1
            } else {
                rate.per_second
            }) as u64;
        let slack = step.saturating_mul(rate.burst.saturating_sub(1) as u64);
        self.next <= now.0.saturating_add(slack)
    }
    /// Counts one message.
    #[inline]
    pub const fn take(&mut self, rate: Rate, now: Nanos) {
        let step = NANOS_PER_SECOND
            / (if rate.per_second == 0 {
                1
            } else {
                rate.per_second
            }) as u64;
        let from = if self.next > now.0 { self.next } else { now.0 };
        self.next = from.saturating_add(step);
    }
}

/// The limit at `bps` from the arrival price, positive being worse than it; on the tick, rounded to the strict side.
#[must_use]
pub fn relative_limit(arrival: Price, buy: bool, bps: i16, instrument: &Instrument) -> Price {
    let width = i128::from(arrival.0.unsigned_abs()) * i128::from(bps);
    let width = i64::try_from(width.div_euclid(10_000)).unwrap_or(0);
    let (exact, strict) = if buy {
        (arrival.0.saturating_add(width), Round::Down)
    } else {
        (arrival.0.saturating_sub(width), Round::Up)
    };
    instrument.round_to_tick(Price(exact), strict)
}

/// The worst price that the collar allows: above the reference for a buy, below for a sale.
#[must_use]
pub fn collar(reference: Price, buy: bool, collar_ppm: u32) -> Price {
    let (size, ppm) = (reference.0.unsigned_abs(), u64::from(collar_ppm));
    let width = match size.checked_mul(ppm) {
        // Nearly always: a 128-bit division is slow.
        Some(product) => product / 1_000_000,
        None => {
            let wide = u128::from(size) * u128::from(ppm) / 1_000_000;
            u64::try_from(wide).unwrap_or(u64::MAX)
        }
    };
    let width = i64::try_from(width).unwrap_or(i64::MAX);
    let worst = if buy {
        reference.0.saturating_add(width)
    } else {
        reference.0.saturating_sub(width)
    };
    Price(worst)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_and_then_the_sustained_rate() {
        let rate = Rate {
            per_second: 10,
            burst: 3,
        };
        let mut meter = Meter::default();
        let mut passed = 0;
        for ms in 0..1_000 {
            let now = Nanos(1_000_000_000_000 + ms * 1_000_000);
            if meter.allows(rate, now) {
                meter.take(rate, now);
                passed += 1;
            }
        }
        assert_eq!(passed, 12, "3 at once, then one each 100 ms");
    }

    #[test]
    fn a_relative_limit_is_on_the_tick_and_never_looser_than_asked_for() {
        let record = Instrument::equity(0, "AAA", 100).unwrap();
        let cent = 10_000_000;
        let limit = |arrival, buy, bps| relative_limit(Price(arrival), buy, bps, &record).0 / cent;
        // 10 bps of 100.005 are 10.0005 cents.
        let arrival = 10_000 * cent + cent / 2;
        assert_eq!(
            [limit(arrival, true, 10), limit(arrival, false, 10)],
            [10_010, 9_991]
        );
        assert_eq!(
            [limit(arrival, true, -10), limit(arrival, false, -10)],
            [9_990, 10_011]
        );
        assert_eq!(
            [limit(arrival, true, 0), limit(arrival, false, 0)],
            [10_000, 10_001]
        );
    }

    #[test]
    fn the_collar_is_worse_on_the_paying_side_only() {
        let reference = Price(100_000_000_000);
        assert_eq!(collar(reference, true, 50_000), Price(105_000_000_000));
        assert_eq!(collar(reference, false, 50_000), Price(95_000_000_000));
    }
}
