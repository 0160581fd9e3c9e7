//! Implementation shortfall of the whole order, the part that never traded included (Perold 1988, `MODELS.md` 3.1).
//!
//! ```text
//! total  = s [ sum q p - Qf Pd ] + s (Q - Qf)(Pn - Pd)          fees are not known here and left out
//! Wagner : delay s Qf (Pa - Pd) | trading s (sum q p - Qf Pa) | opportunity s (Q - Qf)(Pn - Pd)
//! Kissell: delay s Q  (Pa - Pd) | trading the same            | opportunity s (Q - Qf)(Pn - Pa)
//! ```
//! Both splits sum to the total. Pd: decision price, Pa: mid at arrival, Pn: mid at the end of the order.

use super::bps;
use crate::format::Decimal;
use crate::ratio::Ratio;
use crate::tape::Touch;
use serde::Serialize;
use shm_wire::units::Price;

/// Where the cost arose, basis points of ordered x base price, positive = cost.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct Components {
    /// Between decision and arrival.
    pub delay_bps: Option<f64>,
    /// Between arrival and the fills.
    pub trading_bps: Option<f64>,
    /// On what never traded.
    pub opportunity_bps: Option<f64>,
}

/// The shortfall and its parts in both conventions.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Shortfall {
    /// `decision` when the order brought a decision price, else `arrival`.
    pub base: &'static str,
    /// The base price Pd.
    pub base_price: Option<Decimal>,
    /// Mid at the end of the order, Pn; null when none was seen.
    pub end_mid: Option<Decimal>,
    /// Total, basis points of ordered x base price, positive = cost.
    pub total_bps: Option<f64>,
    /// Wagner's split (CFA): delay on what was filled, opportunity from the decision on.
    pub wagner: Components,
    /// Kissell's split: delay on the whole order, opportunity from arrival on.
    pub kissell: Components,
}

/// What the shortfall is made from.
#[derive(Clone, Copy, Debug)]
pub struct ShortfallInputs {
    /// +1 buy, -1 sell.
    pub sign: i64,
    /// Q, steps.
    pub ordered: u64,
    /// Qf, steps.
    pub filled: u64,
    /// Sum of q p, 1e-9 x steps.
    pub value: i128,
    /// Price at the decision, when supplied.
    pub decision: Option<Price>,
    /// Touch at arrival.
    pub arrival: Option<Touch>,
    /// Touch at the end of the order, or now.
    pub end: Option<Touch>,
}

/// The shortfall; `None` when there is neither a decision price nor a mid at arrival.
#[must_use]
pub fn shortfall(i: &ShortfallInputs) -> Option<Shortfall> {
    // All prices doubled, so that mids stay integers.
    let doubled = |t: Touch| i128::from(t.sum);
    let arrival = i.arrival.map(doubled);
    let (base, decision) = match i.decision {
        Some(p) => ("decision", 2 * i128::from(p.0)),
        None => ("arrival", arrival?),
    };
    let (ordered, filled) = (i128::from(i.ordered), i128::from(i.filled));
    // An overfill leaves nothing unfilled.
    let unfilled = (ordered - filled).max(0);
    let sign = i128::from(i.sign);
    let end = i.end.map(doubled);
    // The whole of what never traded costs nothing when there is nothing of it, whatever the mid.
    let opportunity = |from: Option<i128>| match (end, from) {
        _ if unfilled == 0 => Some(0),
        (Some(end), Some(from)) => Some(sign * unfilled.saturating_mul(end - from)),
        _ => None,
    };
    let against = |from: i128| {
        let paper = filled.saturating_mul(from);
        sign.saturating_mul(i.value.saturating_mul(2).saturating_sub(paper))
    };
    let delay = |qty: i128| Some(sign * qty.saturating_mul(arrival? - decision));
    let scale = ordered.saturating_mul(decision);
    let of = |part: Option<i128>| bps(part?, scale);
    let trading = of(arrival.map(against));
    let total = opportunity(Some(decision)).map(|o| against(decision).saturating_add(o));
    Some(Shortfall {
        base,
        base_price: Ratio::new(decision, 2).and_then(Ratio::price).map(Decimal),
        end_mid: i.end.and_then(|t| t.mid()?.price()).map(Decimal),
        total_bps: of(total),
        wagner: Components {
            delay_bps: of(delay(filled)),
            trading_bps: trading,
            opportunity_bps: of(opportunity(Some(decision))),
        },
        kissell: Components {
            delay_bps: of(delay(ordered)),
            trading_bps: trading,
            opportunity_bps: of(opportunity(arrival)),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn touch(cents: i64) -> Option<Touch> {
        Some(Touch {
            sum: 2 * cents * 10_000_000,
            spread: 10_000_000,
        })
    }

    fn inputs(ordered: u64, filled: u64, cents: i64) -> ShortfallInputs {
        ShortfallInputs {
            sign: 1,
            ordered,
            filled,
            value: i128::from(filled) * i128::from(cents) * 10_000_000,
            decision: Some(Price(40_000_000_000)),
            arrival: touch(4_004),
            end: touch(4_008),
        }
    }

    fn close(a: Option<f64>, b: f64) {
        let a = a.expect("defined");
        assert!((a - b).abs() < 1e-9, "{a} is not {b}");
    }

    #[test]
    fn the_published_example_gives_its_published_parts() {
        // 1,000 decided at 40.00, arrived at 40.04, 700 filled at 40.05, the rest canceled at 40.08; without the fees.
        let s = shortfall(&inputs(1_000, 700, 4_005)).unwrap();
        assert_eq!(s.base, "decision");
        close(s.total_bps, (35.0 + 24.0) / 40_000.0 * 1e4);
        close(s.wagner.delay_bps, 28.0 / 40_000.0 * 1e4);
        close(s.wagner.trading_bps, 7.0 / 40_000.0 * 1e4);
        close(s.wagner.opportunity_bps, 24.0 / 40_000.0 * 1e4);
        close(s.kissell.delay_bps, 40.0 / 40_000.0 * 1e4);
        close(s.kissell.opportunity_bps, 12.0 / 40_000.0 * 1e4);
        assert_eq!(s.end_mid.unwrap().to_string(), "40.08");
    }

    #[test]
    fn without_a_decision_price_the_arrival_is_the_base_and_nothing_was_delayed() {
        let mut i = inputs(100, 0, 0);
        i.decision = None;
        i.sign = -1;
        let s = shortfall(&i).unwrap();
        assert_eq!(s.base, "arrival");
        close(s.kissell.delay_bps, 0.0);
        close(s.total_bps, -0.04 / 40.04 * 1e4);
    }

    #[test]
    fn an_end_without_a_mid_leaves_only_a_whole_fill_defined() {
        let mut i = inputs(1_000, 700, 4_005);
        i.end = None;
        let s = shortfall(&i).unwrap();
        assert_eq!((s.total_bps, s.kissell.opportunity_bps), (None, None));
        close(s.wagner.trading_bps, 1.75);
        let s = shortfall(&ShortfallInputs { ordered: 700, ..i }).unwrap();
        close(s.total_bps, 12.5);
        i.arrival = None;
        i.decision = None;
        assert_eq!(shortfall(&i), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn both_splits_sum_to_the_total(
            ordered in 1_u64..100_000, share in 0_u64..=100, price in 3_900_i64..4_100,
            arrival in 3_900_i64..4_100, end in 3_900_i64..4_100, buy in any::<bool>(),
        ) {
            let mut i = inputs(ordered, ordered * share / 100, price);
            i.sign = if buy { 1 } else { -1 };
            (i.arrival, i.end) = (touch(arrival), touch(end));
            let s = shortfall(&i).unwrap();
            for c in [s.wagner, s.kissell] {
                let sum = c.delay_bps.unwrap() + c.trading_bps.unwrap() + c.opportunity_bps.unwrap();
                prop_assert!((sum - s.total_bps.unwrap()).abs() < 1e-6);
            }
        }
    }
}
