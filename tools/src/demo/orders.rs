//! The demo's own order list: TWAP and POV, buys and sells, sized by what trades in the window.

use crate::convert::day::rfc3339;
use engine_sim::market_file::MarketFile;
use gateway_desk::order::COLUMNS;
use shm_wire::codes::DepthAction;
use shm_wire::instrument::Instrument;
use shm_wire::market::{Depth, Trade, condition};
use shm_wire::message::Message;
use shm_wire::units::{Nanos, Qty};
use std::fmt::Write;

/// Instruments that get orders.
const INSTRUMENTS_MAX: usize = 4;

/// One line of the list: share of the window's volume in ppm, start and end in thirtieths of the window.
struct Plan {
    name: &'static str,
    side: &'static str,
    algorithm: &'static str,
    share_ppm: u64,
    start: u64,
    end: u64,
    parameters: &'static str,
}

const PLANS: [Plan; 4] = [
    Plan {
        name: "twap",
        side: "buy",
        algorithm: "TWAP",
        share_ppm: 15_000,
        start: 1,
        end: 24,
        parameters: "",
    },
    Plan {
        name: "pov",
        side: "buy",
        algorithm: "POV",
        share_ppm: 40_000,
        start: 2,
        end: 26,
        parameters: "target_pct_vol=10%",
    },
    Plan {
        name: "pov-slow",
        side: "sell",
        algorithm: "POV",
        share_ppm: 36_000,
        start: 1,
        end: 27,
        parameters: "target_pct_vol=5%",
    },
    Plan {
        name: "twap-late",
        side: "sell",
        algorithm: "TWAP",
        share_ppm: 8_000,
        start: 12,
        end: 27,
        parameters: "",
    },
];

/// The list as CSV. Names say instrument, algorithm and side.
pub(super) fn default_list(market: &MarketFile, start: Nanos, end: Nanos) -> String {
    let volumes = volumes(market, start, end);
    let thirtieth = end.since(start).0 / 30;
    let mut text = COLUMNS.join(",");
    text.push('\n');
    let traded = market
        .instruments()
        .iter()
        .filter(|i| volumes[i.id as usize] > 0);
    for instrument in traded.take(INSTRUMENTS_MAX) {
        for plan in &PLANS {
            let quantity = quantity(instrument, volumes[instrument.id as usize], plan.share_ppm);
            let at = |part: u64| rfc3339(start.0 + part * thirtieth);
            // Writing to a String cannot fail.
            let _ = writeln!(
                text,
                "{symbol}-{name},{symbol},{side},{quantity},{algorithm},{from},{to},,{parameters}",
                symbol = instrument.symbol(),
                name = plan.name,
                side = plan.side,
                algorithm = plan.algorithm,
                from = at(plan.start),
                to = at(plan.end),
                parameters = plan.parameters,
            );
        }
    }
    text
}

/// A share of the volume in whole lots, at least ten of them, in units of the instrument.
fn quantity(instrument: &Instrument, volume: u64, share_ppm: u64) -> String {
    let lot = instrument.lot.max(1);
    let wanted = Qty(volume).mul_div(share_ppm, 1_000_000);
    let steps = wanted.floor_to(Qty(lot)).0.max(lot * 10);
    // Steps of 1e-9 units: exact in 128 bits.
    let nano = u128::from(steps) * u128::from(instrument.qty_step.unsigned_abs());
    let (whole, fraction) = (nano / 1_000_000_000, nano % 1_000_000_000);
    if fraction == 0 {
        whole.to_string()
    } else {
        format!("{whole}.{fraction:09}")
            .trim_end_matches('0')
            .to_owned()
    }
}

/// Volume that trades in the window, by instrument.
fn volumes(market: &MarketFile, start: Nanos, end: Nanos) -> Vec<u64> {
    let mut volumes = vec![0_u64; market.instruments().len()];
    let mut position = market.position_at(start);
    while let Some((time, words)) = market.next(&mut position) {
        if time > end {
            break;
        }
        let (instrument, qty, conditions) = if let Ok(trade) = Trade::from_words(words) {
            (trade.instrument, trade.qty, trade.conditions)
        } else if let Ok(depth) = Depth::from_words(words) {
            let executed = [DepthAction::Execute, DepthAction::ExecuteHidden]
                .iter()
                .any(|action| action.code() == depth.action);
            let qty = if executed { depth.qty } else { 0 };
            (depth.instrument, qty, depth.conditions)
        } else {
            continue;
        };
        if conditions & condition::INELIGIBLE == 0
            && let Some(volume) = volumes.get_mut(instrument as usize)
        {
            *volume = volume.saturating_add(qty);
        }
    }
    volumes
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_sim::synthetic::{self, SyntheticConfig};
    use std::path::Path;

    #[test]
    fn the_list_passes_the_checks_that_every_list_must_pass() {
        let day = SyntheticConfig::default();
        let market = synthetic::market(&day).unwrap();
        let start = Nanos(day.session.open);
        for minutes in [1, 30] {
            let end = Nanos(start.0 + minutes * 60_000_000_000);
            let text = default_list(&market, start, end);
            let rows =
                crate::orders::parse(text.as_bytes(), Path::new("x"), market.instruments(), start)
                    .unwrap();
            assert_eq!(rows.len(), 8, "{text}");
        }
    }

    #[test]
    fn quantities_are_whole_lots_in_units() {
        let mut instrument = Instrument::equity(0, "A", 100).unwrap();
        assert_eq!(quantity(&instrument, 1_000_000, 10_000), "10000");
        assert_eq!(quantity(&instrument, 0, 10_000), "1000");
        instrument.qty_step = 1_000_000;
        instrument.lot = 1;
        assert_eq!(quantity(&instrument, 123_456, 1_000_000), "123.456");
    }
}
