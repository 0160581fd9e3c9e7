//! `pacer orders random`: a list of random orders that the engine accepts, from a seed.
//!
//! Sizes follow what others trade in the order's window, prices the last print before its start. Parameters are drawn one by one from
//! the tables of the algorithms; an order that the engine would refuse (parameters that exclude each other, a price off
//! its rules) is drawn again.

use super::parse_row;
use crate::convert::day::rfc3339;
use crate::error::UserError;
use engine_algos::registry;
use engine_sim::market_file::MarketFile;
use engine_sim::rng::Rng;
use gateway_desk::order::{COLUMNS, values};
use shm_wire::codes::{AlgorithmCode, DepthAction};
use shm_wire::instrument::{Instrument, Round};
use shm_wire::market::{Depth, Trade, condition};
use shm_wire::message::Message;
use shm_wire::params::{ParamSpec, Unit};
use shm_wire::units::{PPM_ONE, Price, Qty};
use std::fmt::Write;
use std::path::{Path, PathBuf};

const SECOND: u64 = 1_000_000_000;
const MINUTE: u64 = 60 * SECOND;
/// Draws of one order before its parameters are left out.
const TRIES: u32 = 50;

/// Arguments of `pacer orders random`.
#[derive(Clone, Debug, clap::Args)]
pub struct RandomArgs {
    /// Market file that the orders are for
    #[arg(long, value_name = "PATH")]
    pub market: PathBuf,
    /// Orders
    #[arg(long, default_value_t = 100)]
    pub count: u32,
    /// Seed of every draw
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Algorithms, in turn; all of them when left out
    #[arg(long, value_delimiter = ',', value_name = "NAME,..")]
    pub algorithms: Vec<String>,
    /// Sizes in percent of what they would be: small ones when many orders meet in one book
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..=1000), value_name = "PERCENT")]
    pub size_pct: u64,
    /// Parameters and limits as they are when an order names none
    #[arg(long)]
    pub plain: bool,
    /// File to write; standard output when left out
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// The list, as the text of a CSV file.
///
/// # Errors
/// [`UserError`]s of the market file, of unknown algorithms, and of a market in which nobody trades.
pub fn run(args: &RandomArgs) -> Result<String, Vec<UserError>> {
    let market = MarketFile::open(&args.market)
        .map_err(|e| vec![UserError::new("market.file", e.to_string()).file(&args.market)])?;
    let text = list(args, &market)?;
    if let Some(path) = &args.out {
        std::fs::write(path, &text).map_err(|e| {
            vec![UserError::new("orders.write", format!("cannot write: {e}")).file(path)]
        })?;
    }
    Ok(text)
}

fn algorithms(args: &RandomArgs) -> Result<Vec<AlgorithmCode>, Vec<UserError>> {
    if args.algorithms.is_empty() {
        return Ok(registry::algorithms().to_vec());
    }
    let (mut known, mut errors) = (Vec::new(), Vec::new());
    for name in &args.algorithms {
        match AlgorithmCode::from_text(name).filter(|a| registry::algorithms().contains(a)) {
            Some(algorithm) => known.push(algorithm),
            None => errors.push(
                UserError::new("orders.algorithm", format!("{name:?} is not known"))
                    .field("algorithms")
                    .rule("algorithms such as TWAP,POV"),
            ),
        }
    }
    if errors.is_empty() {
        Ok(known)
    } else {
        Err(errors)
    }
}

/// As [`run`], for a market that is open already.
///
/// # Errors
/// As [`run`].
pub fn list(args: &RandomArgs, market: &MarketFile) -> Result<String, Vec<UserError>> {
    let algorithms = algorithms(args)?;
    let tapes = tapes(market);
    if tapes.is_empty() {
        return Err(vec![
            UserError::new(
                "orders.market",
                "nothing is traded in a session of the market file",
            )
            .file(&args.market),
        ]);
    }
    let mut text = COLUMNS.join(",") + "\n";
    for number in 0..args.count {
        let mut rng = Rng::new(args.seed, u64::from(number));
        let algorithm = algorithms[number as usize % algorithms.len()];
        let tape = &tapes[rng.below(tapes.len() as u64) as usize];
        let mut draw = Draw {
            market,
            tape,
            algorithm,
            plain: args.plain,
            size_pct: args.size_pct,
            rng,
        };
        text.push_str(&draw.order(number + 1)?);
        text.push('\n');
    }
    Ok(text)
}

/// An eligible print.
#[derive(Clone, Copy, Debug)]
struct Print {
    time: u64,
    price: i64,
    /// Quantity of all prints up to this one.
    sum: u64,
}

/// What others trade in one instrument inside one of its sessions.
struct Tape {
    instrument: Instrument,
    /// First and last instant at which orders may work.
    from: u64,
    to: u64,
    /// End of the session.
    close: u64,
    prints: Vec<Print>,
}

impl Tape {
    fn volume(&self, from: u64, to: u64) -> u64 {
        let before = |t: u64| {
            let next = self.prints.partition_point(|p| p.time < t);
            next.checked_sub(1).map_or(0, |i| self.prints[i].sum)
        };
        before(to) - before(from)
    }
    fn price(&self, time: u64) -> Price {
        let next = self.prints.partition_point(|p| p.time <= time);
        Price(self.prints[next.saturating_sub(1)].price)
    }
}

/// The tapes of all sessions in which at least ten minutes are covered.
fn tapes(market: &MarketFile) -> Vec<Tape> {
    let mut prints: Vec<Vec<(u64, i64, u64)>> = vec![Vec::new(); market.instruments().len()];
    for words in market.messages() {
        let found = if let Ok(t) = Trade::from_words(words) {
            Some((t.instrument, t.time, t.price, t.qty, t.conditions))
        } else if let Ok(d) = Depth::from_words(words)
            && [DepthAction::Execute, DepthAction::ExecuteHidden]
                .map(DepthAction::code)
                .contains(&d.action)
        {
            Some((d.instrument, d.time, d.price, d.qty, d.conditions))
        } else {
            None
        };
        if let Some((instrument, time, price, qty, conditions)) = found
            && conditions & condition::INELIGIBLE == 0
            && let Some(list) = prints.get_mut(instrument as usize)
        {
            list.push((time, price, qty));
        }
    }
    let mut tapes = Vec::new();
    for (instrument, prints) in market.instruments().iter().zip(prints) {
        for session in instrument.sessions() {
            let mut sum = 0_u64;
            let inside: Vec<Print> = prints
                .iter()
                .filter(|p| (session.open..session.close).contains(&p.0))
                .map(|(time, price, qty)| {
                    sum += qty;
                    Print {
                        time: *time,
                        price: *price,
                        sum,
                    }
                })
                .collect();
            let (Some(first), Some(last)) = (inside.first(), inside.last()) else {
                continue;
            };
            // A session that the file does not cover to its end ends for orders with the file.
            let covered = last.time.max(market.last_time().0.min(session.close));
            let (from, to) = (first.time + MINUTE, covered.min(session.close));
            if to >= from + 10 * MINUTE {
                tapes.push(Tape {
                    instrument: *instrument,
                    from,
                    to,
                    close: session.close,
                    prints: inside,
                });
            }
        }
    }
    tapes
}

/// One order being drawn.
struct Draw<'a> {
    market: &'a MarketFile,
    tape: &'a Tape,
    algorithm: AlgorithmCode,
    plain: bool,
    size_pct: u64,
    rng: Rng,
}

impl Draw<'_> {
    /// The row of an order that the engine accepts.
    fn order(&mut self, number: u32) -> Result<String, Vec<UserError>> {
        let path = Path::new("random orders");
        let mut errors = Vec::new();
        for attempt in 0..=TRIES {
            let row = self.row(number, attempt < TRIES);
            let fields: Vec<&str> = row.split(',').collect();
            let now = self.market.first_time();
            match parse_row(&fields, path, self.market.instruments(), now) {
                Ok(_) => return Ok(row),
                Err(refused) => errors = refused,
            }
        }
        Err(errors)
    }

    /// A whole number from `low` to `high`.
    fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.rng.below(high.saturating_sub(low) + 1)
    }
    fn chance(&mut self, percent: u64) -> bool {
        self.rng.below(100) < percent
    }
    /// A number from `low` to `high`: each doubling as likely as the next, uniform inside it.
    fn log_between(&mut self, low: u64, high: u64) -> u64 {
        let low = low.max(1);
        let doublings = (high / low).max(1).ilog2();
        let from = low << self.rng.below(u64::from(doublings) + 1);
        self.between(from, (2 * from).min(high).max(from))
    }

    fn row(&mut self, number: u32, with_parameters: bool) -> String {
        let (start, end) = self.window();
        let instrument = self.tape.instrument;
        let rate_ppm = 10_000 * self.between(5, 20);
        let quantity = self.quantity(start, end, rate_ppm);
        let side = match self.rng.below(20) {
            0 => "sell_short",
            n if n % 2 == 0 => "buy",
            _ => "sell",
        };
        let limit = if self.plain || !self.chance(30) {
            String::new()
        } else {
            self.limit(start, side == "buy").to_string()
        };
        // Now and then an order names no end: that of its session, where the file reaches it.
        let open_end = end >= self.tape.close && self.chance(30);
        let end = if open_end {
            String::new()
        } else {
            rfc3339(end)
        };
        let parameters = self.parameters(start, rate_ppm, with_parameters && !self.plain);
        let units = Price(quantity.cast_signed().saturating_mul(instrument.qty_step));
        format!(
            "{}-{number},{},{side},{units},{},{},{end},{limit},{parameters}",
            self.algorithm.text().to_ascii_lowercase(),
            instrument.symbol(),
            self.algorithm.text(),
            rfc3339(start),
        )
    }

    /// Start and end: 5 to 120 minutes, all but the shortest sessions long; a close ends with its session.
    fn window(&mut self) -> (u64, u64) {
        let (from, to) = (self.tape.from, self.tape.to);
        let most = (to - from).min(120 * MINUTE);
        let length = self.log_between(5 * MINUTE, most);
        let start = if self.algorithm == AlgorithmCode::Close {
            to - length
        } else {
            self.between(from, to - length)
        };
        // Whole milliseconds keep the list short.
        let whole = |t: u64| t / 1_000_000 * 1_000_000;
        (whole(start), whole(start + length).min(to))
    }

    /// A share of what others trade in the window: 0.2 % to 5 %; for a rate half or twice of what it gives; little for what takes at once.
    fn quantity(&mut self, start: u64, end: u64, rate_ppm: u64) -> u64 {
        let i = self.tape.instrument;
        let volume = self.tape.volume(start, end);
        let wanted = match self.algorithm {
            AlgorithmCode::Pov | AlgorithmCode::ScalePov => {
                let share = volume.saturating_mul(rate_ppm) / u64::from(PPM_ONE - rate_ppm as u32);
                if self.chance(40) {
                    share / 2
                } else {
                    share * 2
                }
            }
            AlgorithmCode::Sweep | AlgorithmCode::Sniper => i.lot * self.between(1, 20),
            _ => volume.saturating_mul(self.log_between(2_000, 50_000)) / u64::from(PPM_ONE),
        };
        let wanted = wanted.saturating_mul(self.size_pct) / 100;
        let least = i.min_qty.max(i.lot.saturating_mul(3));
        Qty(wanted.max(least)).floor_to(Qty(i.lot)).0.max(i.lot)
    }

    /// A limit from 20 bps on the passive side of the last print to 100 bps beyond it.
    fn limit(&mut self, start: u64, buy: bool) -> Price {
        let i = self.tape.instrument;
        let last = self.tape.price(start);
        let bps = self.between(0, 120).cast_signed() - 20;
        let away = last.0 / 10_000 * if buy { bps } else { -bps };
        i.round_to_tick(Price(last.0 + away), Round::Down)
    }

    fn parameters(&mut self, start: u64, rate_ppm: u64, random: bool) -> String {
        let mut list: Vec<String> = Vec::new();
        for spec in registry::specs(self.algorithm) {
            let rate = spec.name == "target_pct_vol" && self.algorithm != AlgorithmCode::Custom;
            let value = if rate {
                Some(rate_ppm.cast_signed())
            } else if random && self.chance(12) {
                self.value(spec, start)
            } else {
                None
            };
            if let Some(value) = value.filter(|v| spec.allows(*v)) {
                list.push(values::text_of(spec, value, &self.tape.instrument));
            }
        }
        // The rate first; an order takes sixteen at most.
        list.truncate(shm_wire::parent::PARAMETERS_MAX);
        let mut out = String::new();
        for item in list {
            let _ = write!(out, "{}{item}", if out.is_empty() { "" } else { " " });
        }
        out
    }

    /// A value such as somebody might ask for.
    fn value(&mut self, spec: &ParamSpec, start: u64) -> Option<i64> {
        let lot = self.tape.instrument.lot;
        let (low, high) = match spec.name {
            "interval_ms" => (1_000, 60_000),
            "slices" => (5, 60),
            "max_pct_vol" => (220_000, 1_000_000),
            "min_pct_vol" => (10_000, 50_000),
            "min_slice_qty" => (lot, 3 * lot),
            "max_slice_qty" => (5 * lot, 50 * lot),
            "display_qty" | "display_low" => (lot, 10 * lot),
            "display_high" => (10 * lot, 20 * lot),
            "refresh_delay_ms" | "cooldown_ms" => (0, 5_000),
            "max_chase_ticks" => (5, 100),
            "min_chase_ticks" | "persist_updates" | "urgency" => (1, 5),
            "min_rest_ms" => (100, 5_000),
            "i_would_pct" => (100_000, 1_000_000),
            "collar_bps" | "volatility_bps" => (20, 400),
            "risk_aversion" => (100_000, 10_000_000),
            "half_life_ms" => (60_000, 3_600_000),
            "ramp_ms" => (60_000, 1_800_000),
            "tolerance_bps" | "band_bps" | "hard_cost_cap_bps" => (1, 60),
            "i_would_price" => {
                return Some(self.limit(start, true).0);
            }
            "tick_offset" | "peg_offset_ticks" | "peg_offset_bps" | "i_would_bps" => {
                return Some(self.between(0, 10).cast_signed() - 4);
            }
            _ => match spec.unit {
                Unit::Choice(choices) => {
                    let at = self.rng.below(choices.len() as u64) as usize;
                    return Some(choices[at].1);
                }
                _ => (spec.min.max(0).unsigned_abs(), spec.max.unsigned_abs()),
            },
        };
        Some(self.between(low, high).cast_signed())
    }
}

#[cfg(test)]
mod tests;
