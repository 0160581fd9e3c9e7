//! From records to the execution report.
//!
//! The interval of a parent: from its start in force to its end in force, or to its terminal report when it was canceled
//! or failed before that; for POV, SCALE_POV, IS and Arrival to the last fill, if there is one. `market_volume`, `interval_vwap` and
//! `participation` share this interval. A window's end is exclusive, a last fill's instant inclusive. Times of market
//! events and fills are their own (venue) times, never later than the engine took them. The shortfall and the compliance
//! windows of an order reach to its terminal report instead, or to now while it works: what it did not do counts there.

mod quality;

use crate::event::{Event, event_time};
use crate::figures::Official;
use crate::format::{Decimal, Time};
use crate::ledger::{Fill, Ledger, Parent};
use crate::ratio::{Ratio, fraction};
use crate::report::{ParentReport, Picture, Quality, Report, Slippage, Totals};
use crate::tape::{Close, Sums, Tape, Touch, Until};
use crate::words::Words;
use shm_wire::codes::{AlgorithmCode, ParentState};
use shm_wire::reason::{FieldCode, Reason};
use shm_wire::record::RecordHead;
use shm_wire::units::{Nanos, PPM_ONE};
use std::collections::BTreeMap;

/// A minute, ns.
const MINUTE: u64 = 60_000_000_000;
/// Mids in a picture.
const PICTURE_MIDS: usize = 600;

/// Takes the records of a run, in order.
#[derive(Clone, Debug)]
pub struct Analysis {
    ledger: Ledger,
    tapes: Vec<Tape>,
    /// Official prices by instrument, as they came.
    officials: Vec<Vec<Official>>,
}

impl Analysis {
    /// An analysis over the run's instrument table.
    #[must_use]
    pub fn new(instruments: &[shm_wire::instrument::Instrument]) -> Analysis {
        Analysis {
            ledger: Ledger::new(instruments),
            tapes: vec![Tape::default(); instruments.len()],
            officials: vec![Vec::new(); instruments.len()],
        }
    }

    /// Takes one record: its head and the words of its payload.
    pub fn on_record(&mut self, head: &RecordHead, payload: &[u64]) {
        let event = self.ledger.on_record(head, payload);
        let at = |own| event_time(own, head.time);
        let index = match &event {
            Event::Quote(m) => m.instrument,
            Event::Trade(m) => m.instrument,
            Event::TradeCancel(m) => m.instrument,
            Event::TradeCorrect(m) => m.instrument,
            Event::Status(m) => m.instrument,
            Event::Official(m) => m.instrument,
            _ => return,
        } as usize;
        let Some(tape) = self.tapes.get_mut(index) else {
            return;
        };
        match &event {
            Event::Quote(m) => tape.on_quote(at(m.time), m),
            Event::Trade(m) => tape.on_trade(at(m.time), m, &self.ledger.instruments[index]),
            Event::TradeCancel(m) => tape.on_cancel(m),
            Event::TradeCorrect(m) => tape.on_correct(m),
            Event::Status(m) => tape.on_status(at(m.time), m),
            Event::Official(m) => {
                tape.on_official(at(m.time), m);
                self.officials[index].extend(Official::of(at(m.time), m));
            }
            _ => {}
        }
    }

    /// Parents, children, fills and counters so far.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The execution report of what was fed so far.
    #[must_use]
    pub fn report(&self) -> Report {
        let until = self.ledger.last_time;
        let mut sums: BTreeMap<u32, Sums> = BTreeMap::new();
        for p in &self.ledger.parents {
            if let Some(tape) = self.tapes.get(p.instrument as usize) {
                sums.entry(p.instrument).or_insert_with(|| tape.sums(until));
            }
        }
        let parents: Vec<ParentReport> = self
            .ledger
            .parents
            .iter()
            .map(|p| self.parent(p, sums.get(&p.instrument)))
            .collect();
        Report {
            totals: self.totals(),
            quality: self.quality(),
            parents,
        }
    }

    fn parent(&self, p: &Parent, sums: Option<&Sums>) -> ParentReport {
        let benchmarks = self.benchmarks(p, sums);
        let average = Ratio::new(p.value, i128::from(p.filled));
        let bps = |bench: Option<Ratio>| {
            average?.slippage_bps(bench?, p.side.map(shm_wire::codes::Side::sign)?)
        };
        let quality = self.execution_quality(p, sums, benchmarks.touch);
        let volume = benchmarks.volume.map(|v| quality.with_auctions(v));
        let price = |r: Option<Ratio>| r.and_then(Ratio::price).map(Decimal);
        let (first, last) = self.fill_times(p);
        let time = |t: u64| (t != 0).then_some(Time(Nanos(t)));
        let reported = p.accepted.is_none() || p.done.is_none() || p.reported_filled == p.filled;
        ParentReport {
            client_order_id: p.client_order_id.clone(),
            source: p.key.source,
            parent_id: p.key.parent_id,
            instrument: self
                .ledger
                .instrument(p.instrument)
                .map_or_else(|| p.instrument.to_string(), |i| i.symbol().to_owned()),
            side: p.side.map_or(String::new(), |s| s.text().to_owned()),
            algorithm: p.algorithm_name(),
            state: p.state.text().to_owned(),
            reason: p.why.reason.name().to_owned(),
            reason_text: Words::of(p, self.ledger.instrument(p.instrument), None).sentence(p.why),
            field: (p.field != FieldCode::None).then(|| p.field.text().to_owned()),
            ordered: p.ordered,
            filled: p.filled,
            leaves: p.ordered.saturating_sub(p.filled),
            average_price: price(average),
            arrival_price: price(benchmarks.arrival),
            interval_vwap: price(benchmarks.vwap),
            interval_twap: price(benchmarks.twap),
            closing_price: price(benchmarks.close.map(|c| c.price)),
            closing_price_official: benchmarks.close.map(|c| c.official),
            slippage_bps: Slippage {
                arrival: bps(benchmarks.arrival),
                interval_vwap: bps(benchmarks.vwap),
                interval_twap: bps(benchmarks.twap),
                close: bps(benchmarks.close.map(|c| c.price)),
            },
            participation: volume.and_then(|v| fraction(p.filled, p.filled.saturating_add(v))),
            target_participation: self.target_rate(p),
            market_volume: volume,
            children: p.children,
            fills: p.fill_count,
            schedule_deviation_max: if p.slice_ends > 0 {
                fraction(p.deviation_max, p.ordered)
            } else {
                None
            },
            slice_ends: p.slice_ends,
            slice_misses: p.slice_misses,
            slice_miss_reasons: p
                .miss_reasons
                .iter()
                .map(|(k, v)| ((*k).to_owned(), *v))
                .collect(),
            accept_time: p.accepted.and_then(time),
            start: time(p.start),
            end: time(p.end),
            first_fill: first.and_then(time),
            last_fill: last.and_then(time),
            done_time: p.done.and_then(time),
            interval_end: benchmarks.interval.map(|i| Time(Nanos(i.1.time()))),
            decisions: p.decisions,
            rejects: p.rejects,
            reconciled: reported,
            quality,
            picture: self.picture(p, sums, &benchmarks),
        }
    }

    /// The rate that a POV order asked for first.
    fn target_rate(&self, p: &Parent) -> Option<f64> {
        let is_pov = AlgorithmCode::try_from(p.algorithm) == Ok(AlgorithmCode::Pov);
        let rates = p.rates_at(0).filter(|_| is_pov)?;
        fraction(u64::from(rates.target.0), u64::from(PPM_ONE))
    }

    /// The closing price of the session in which the order began, known once it is over.
    fn close_of(&self, p: &Parent, sums: &Sums, start: u64) -> Option<Close> {
        let instrument = self.ledger.instrument(p.instrument)?;
        let session = instrument.session_at_or_after(Nanos(start))?;
        // What a run that has ended does not show of the last minute is not there: recorded days end with their last event.
        let unseen = if self.ledger.ended { MINUTE } else { 0 };
        let known = self.ledger.last_time.saturating_add(unseen);
        sums.close(session.open, session.close, known)
    }

    fn fill_times(&self, p: &Parent) -> (Option<u64>, Option<u64>) {
        let times = || self.fills(p).filter(|f| !f.busted).map(|f| f.time);
        (times().min(), times().max())
    }

    fn benchmarks(&self, p: &Parent, sums: Option<&Sums>) -> Benchmarks {
        let (Some(accepted), Some(sums)) = (p.accepted, sums) else {
            return Benchmarks::default();
        };
        let start = if p.start == 0 { accepted } else { p.start };
        let until = self.ledger.last_time;
        let arrival_at = accepted.max(start);
        if arrival_at > until || p.done.is_some_and(|d| d < start) {
            return Benchmarks::default();
        }
        let window_end = if p.end == 0 { until } else { p.end };
        let cut_short = matches!(p.state, ParentState::Canceled | ParentState::Failed);
        let window_end = match p.done {
            Some(done) if cut_short => done.min(window_end),
            _ => window_end,
        };
        // What lies beyond the run is not known; an instant at its very end still is.
        let window_end = window_end.min(until.saturating_add(1));
        let to_last_fill = matches!(
            AlgorithmCode::try_from(p.algorithm),
            Ok(AlgorithmCode::Pov
                | AlgorithmCode::ScalePov
                | AlgorithmCode::Is
                | AlgorithmCode::Arrival)
        );
        let end = match self.fill_times(p).1 {
            Some(last) if to_last_fill => Until::At(last),
            _ => Until::Before(window_end),
        };
        let (volume, vwap) = sums.volume(start, end);
        let touch = sums.touch_at(arrival_at);
        Benchmarks {
            touch,
            arrival: touch.and_then(Touch::mid),
            vwap,
            twap: sums.twap(start, end.time(), &p.suspended(until)),
            close: self.close_of(p, sums, arrival_at),
            volume: Some(volume),
            interval: Some((start, end)),
        }
    }

    fn fills<'a>(&'a self, p: &'a Parent) -> impl Iterator<Item = &'a Fill> {
        p.fills.iter().map(|i| &self.ledger.fills[*i])
    }

    fn picture(&self, p: &Parent, sums: Option<&Sums>, b: &Benchmarks) -> Picture {
        let fills: Vec<_> = self
            .fills(p)
            .filter(|f| !f.busted)
            .map(|f| (f.time, Decimal(f.price).as_f64(), f.qty))
            .collect();
        let mids = match (sums, b.interval) {
            (Some(sums), Some((start, end))) => {
                let last = fills.iter().map(|f| f.0).max().unwrap_or(0);
                let end = end.time().max(last).min(self.ledger.last_time);
                sums.mids(start, end, PICTURE_MIDS)
            }
            _ => Vec::new(),
        };
        Picture {
            series: p.series.points().to_vec(),
            mids,
            fills,
            vwap: b.vwap.map(|v| v.as_f64() / 1e9),
        }
    }

    fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        let mut notional: BTreeMap<String, i128> = BTreeMap::new();
        for p in &self.ledger.parents {
            totals.parents += 1;
            totals.ordered = totals.ordered.saturating_add(p.ordered);
            totals.filled = totals.filled.saturating_add(p.filled);
            totals.completed += u64::from(p.state == ParentState::Filled);
            if let Some(i) = self.ledger.instrument(p.instrument) {
                let money = p.value.saturating_mul(i128::from(i.value_per_step));
                let sum = notional.entry(i.currency().to_owned()).or_default();
                *sum = sum.saturating_add(money);
            }
        }
        totals.set_money(notional);
        totals
    }

    fn quality(&self) -> Quality {
        let l = &self.ledger;
        let good = l.parents.iter().filter(|p| succeeded(p)).count() as u64;
        let c = l.counters;
        let time = |t: u64| (c.records > 0).then_some(Time(Nanos(t)));
        Quality {
            success_rate: fraction(good, l.parents.len() as u64).unwrap_or(1.0),
            records: c.records,
            market_messages: c.market_messages,
            decisions: c.decisions,
            children: c.children,
            fills: c.fills,
            undecodable: c.undecodable,
            orphans: c.orphans,
            law_violations: c.violations,
            violations: l.violations.clone(),
            ended: l.ended,
            first_time: time(l.first_time),
            last_time: time(l.last_time),
        }
    }
}

/// Whether a parent ended as ordered, or ended otherwise and says why.
fn succeeded(p: &Parent) -> bool {
    p.state.is_terminal()
        && if p.state == ParentState::Filled {
            p.filled == p.ordered
        } else {
            p.why.reason != Reason::None
        }
}

#[derive(Clone, Copy, Debug, Default)]
struct Benchmarks {
    touch: Option<Touch>,
    arrival: Option<Ratio>,
    vwap: Option<Ratio>,
    twap: Option<Ratio>,
    close: Option<Close>,
    volume: Option<u64>,
    interval: Option<(u64, Until)>,
}

#[cfg(test)]
mod quality_tests;
#[cfg(test)]
mod tests;
