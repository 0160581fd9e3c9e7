//! What the market did in one instrument: prints and mids over time, and their sums over any interval.

use crate::ratio::Ratio;
use shm_wire::codes::{AuctionKind, TradingStatus};
use shm_wire::instrument::Instrument;
use shm_wire::market::{OfficialPrice, Quote, Status, Trade, TradeCancel, TradeCorrect, condition};
use shm_wire::units::{Nanos, Price, Qty};
use std::collections::HashMap;

/// Mid marker of an unusable touch.
const NO_MID: i64 = i64::MIN;

#[derive(Clone, Copy, Debug)]
struct Print {
    time: u64,
    price: i64,
    qty: u64,
    trade_id: u64,
}

/// How sure a closing price is; the later the better.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum ClosingKind {
    /// A print that repeats some venue's close.
    Repeat,
    /// A print of the closing auction.
    Auction,
    /// The venue's word.
    Official,
}

/// A price that may be the official close of a session.
#[derive(Clone, Copy, Debug)]
struct Closing {
    time: u64,
    price: i64,
    qty: u64,
    kind: ClosingKind,
}

#[derive(Clone, Copy, Debug)]
struct Fix {
    trade_id: u64,
    qty: u64,
    price: i64,
}

/// From `time` on: bid + ask, or [`NO_MID`], ask - bid, and whether the instrument trades continuously.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Mid {
    time: u64,
    sum: i64,
    spread: i64,
    open: bool,
}

impl Mid {
    fn touch(&self) -> Option<Touch> {
        (self.sum != NO_MID).then_some(Touch {
            sum: self.sum,
            spread: self.spread,
        })
    }
}

/// A usable touch: both sides are there, and the bid is below the ask.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Touch {
    /// Bid + ask, twice the mid: exact where the mid itself would end in half a unit of 1e-9.
    pub sum: i64,
    /// Ask - bid, 1e-9.
    pub spread: i64,
}

impl Touch {
    /// The mid.
    #[must_use]
    pub fn mid(self) -> Option<Ratio> {
        Ratio::new(i128::from(self.sum), 2)
    }
}

/// Records prints and mids; [`Tape::sums`] makes them ready for questions.
#[derive(Clone, Debug, Default)]
pub struct Tape {
    prints: Vec<Print>,
    mids: Vec<Mid>,
    fixes: Vec<Fix>,
    closings: Vec<Closing>,
    touch: Option<Touch>,
    closed: bool,
}

impl Tape {
    /// A touch at `time`. Usable when both sides are there and bid < ask.
    pub fn on_quote(&mut self, time: u64, q: &Quote) {
        let bid = Price::decode(q.bid_price);
        let ask = Price::decode(q.ask_price);
        self.touch = match (bid, ask) {
            (Some(b), Some(a)) if b < a => Some(Touch {
                sum: b.0 + a.0,
                spread: a.0 - b.0,
            }),
            _ => None,
        };
        self.push_mid(time);
    }

    /// A change of the trading status at `time`.
    pub fn on_status(&mut self, time: u64, s: &Status) {
        self.closed = s.status != TradingStatus::Continuous.code();
        self.push_mid(time);
    }

    /// A print at `time`; kept when it is eligible: no bit of [`condition::INELIGIBLE`] and inside a session.
    pub fn on_trade(&mut self, time: u64, t: &Trade, instrument: &Instrument) {
        let (Some(price), Some(qty)) = (Price::decode(t.price), Qty::decode(t.qty)) else {
            return;
        };
        let in_session =
            instrument.sessions().is_empty() || instrument.session_at(Nanos(time)).is_some();
        if t.conditions & condition::INELIGIBLE != 0 || !in_session {
            let repeats = t.conditions & condition::OFFICIAL_CLOSE != 0;
            let closed = instrument.sessions().iter().any(|s| s.close <= time);
            if closed && (repeats || t.conditions & condition::AUCTION != 0) {
                self.closings.push(Closing {
                    time,
                    price: price.0,
                    qty: qty.0,
                    kind: if repeats {
                        ClosingKind::Repeat
                    } else {
                        ClosingKind::Auction
                    },
                });
            }
            return;
        }
        // Sums over time need ascending times; a print that comes late counts from when it was seen.
        let time = self.prints.last().map_or(time, |p| p.time.max(time));
        self.prints.push(Print {
            time,
            price: price.0,
            qty: qty.0,
            trade_id: t.trade_id,
        });
    }

    /// An official price at `time`; that of a closing auction is kept.
    pub fn on_official(&mut self, time: u64, o: &OfficialPrice) {
        if let (Ok(AuctionKind::Close), Some(price)) =
            (AuctionKind::try_from(o.auction), Price::decode(o.price))
        {
            self.closings.push(Closing {
                time,
                price: price.0,
                qty: o.qty,
                kind: ClosingKind::Official,
            });
        }
    }

    /// An earlier print is void.
    pub fn on_cancel(&mut self, c: &TradeCancel) {
        self.fixes.push(Fix {
            trade_id: c.trade_id,
            qty: 0,
            price: c.price,
        });
    }

    /// An earlier print had another quantity or price.
    pub fn on_correct(&mut self, c: &TradeCorrect) {
        self.fixes.push(Fix {
            trade_id: c.trade_id,
            qty: c.new_qty,
            price: c.new_price,
        });
    }

    fn push_mid(&mut self, time: u64) {
        let mid = Mid {
            time: self.mids.last().map_or(time, |m| m.time.max(time)),
            sum: self.touch.map_or(NO_MID, |t| t.sum),
            spread: self.touch.map_or(0, |t| t.spread),
            open: !self.closed,
        };
        match self.mids.last_mut() {
            Some(last)
                if (Mid {
                    time: mid.time,
                    ..*last
                }) == mid => {}
            Some(last) if last.time == mid.time => *last = mid,
            _ => self.mids.push(mid),
        }
    }

    /// The tape as sums over time, cancels and corrections applied where their prints stand. `until`: end of the run.
    #[must_use]
    pub fn sums(&self, until: u64) -> Sums {
        let mut prints = self.prints.clone();
        if !self.fixes.is_empty() {
            let index: HashMap<u64, usize> = prints
                .iter()
                .enumerate()
                .filter(|(_, p)| p.trade_id != 0)
                .map(|(i, p)| (p.trade_id, i))
                .collect();
            for fix in &self.fixes {
                let decoded = (Qty::decode(fix.qty), Price::decode(fix.price));
                if let (Some(&i), (Some(qty), Some(price))) = (index.get(&fix.trade_id), decoded) {
                    prints[i].qty = qty.0;
                    prints[i].price = price.0;
                }
            }
        }
        let mut volume = Vec::with_capacity(prints.len());
        let mut total = VolumeAt::default();
        for p in &prints {
            total.time = p.time;
            total.qty = total.qty.saturating_add(p.qty);
            // 2^60 x 2^48 a print: 2^19 prints at both bounds before 128 bits saturate.
            total.notional = total
                .notional
                .saturating_add(i128::from(p.price) * i128::from(p.qty));
            volume.push(total);
        }
        let mut weights = Vec::with_capacity(self.mids.len());
        let mut weight = WeightAt::default();
        for pair in self.mids.windows(2) {
            weights.push(weight);
            weight = weight.plus(pair[0], pair[1].time);
        }
        if !self.mids.is_empty() {
            weights.push(weight);
        }
        Sums {
            volume,
            mids: self.mids.clone(),
            weights,
            closings: self.closings.clone(),
            until,
        }
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct VolumeAt {
    time: u64,
    qty: u64,
    notional: i128,
}

/// Sum of (bid + ask) x ns, and of ns, over usable continuous time.
#[derive(Clone, Copy, Debug, Default)]
struct WeightAt {
    weighted: i128,
    nanos: u64,
}

impl WeightAt {
    fn plus(self, mid: Mid, until: u64) -> WeightAt {
        if mid.sum == NO_MID || !mid.open {
            return self;
        }
        let nanos = until.saturating_sub(mid.time);
        WeightAt {
            weighted: self.weighted + i128::from(mid.sum) * i128::from(nanos),
            nanos: self.nanos + nanos,
        }
    }
    fn minus(self, other: WeightAt) -> WeightAt {
        WeightAt {
            weighted: self.weighted - other.weighted,
            nanos: self.nanos.saturating_sub(other.nanos),
        }
    }
}

/// Where an interval ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Until {
    /// Before this instant: the end of a window.
    Before(u64),
    /// At this instant still: the last fill.
    At(u64),
}

impl Until {
    /// The instant.
    #[must_use]
    pub const fn time(self) -> u64 {
        match self {
            Self::Before(t) | Self::At(t) => t,
        }
    }
}

/// Questions about an instrument's tape; each answer is a binary search.
#[derive(Clone, Debug)]
pub struct Sums {
    volume: Vec<VolumeAt>,
    mids: Vec<Mid>,
    weights: Vec<WeightAt>,
    closings: Vec<Closing>,
    until: u64,
}

/// Closing price of a session.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Close {
    /// The price.
    pub price: Ratio,
    /// Whether a venue or a closing auction says so; else it is the last eligible print.
    pub official: bool,
}

impl Sums {
    /// The others' eligible volume (steps) and VWAP from `start` (included) to `end`; no VWAP without volume.
    #[must_use]
    pub fn volume(&self, start: u64, end: Until) -> (u64, Option<Ratio>) {
        let before = |i: usize| {
            i.checked_sub(1)
                .map_or(VolumeAt::default(), |i| self.volume[i])
        };
        let first = before(self.volume.partition_point(|v| v.time < start));
        let last = before(match end {
            Until::Before(t) => self.volume.partition_point(|v| v.time < t),
            Until::At(t) => self.volume.partition_point(|v| v.time <= t),
        });
        let qty = last.qty.saturating_sub(first.qty);
        let notional = last.notional.saturating_sub(first.notional);
        (qty, Ratio::new(notional, i128::from(qty)))
    }

    /// The closing price of the session that ends at `close`: the venue's word, else the largest print of the closing auction, else
    /// a print that repeats a close, each within an hour after the end; else the last eligible print from `open` on. `None` when
    /// `known`, until when the run's market is known, lies before `close`.
    #[must_use]
    pub fn close(&self, open: u64, close: u64, known: u64) -> Option<Close> {
        let after = close..close.saturating_add(3_600_000_000_000);
        let official = self
            .closings
            .iter()
            .filter(|c| after.contains(&c.time))
            .max_by_key(|c| (c.kind, c.qty));
        if let Some(c) = official {
            return Ratio::new(i128::from(c.price), 1).map(|price| Close {
                price,
                official: true,
            });
        }
        if known < close {
            return None;
        }
        let next = self.volume.partition_point(|v| v.time < close);
        let last = *self.volume[..next].last().filter(|v| v.time >= open)?;
        let before = next
            .checked_sub(2)
            .map_or(VolumeAt::default(), |i| self.volume[i]);
        let qty = last.qty.saturating_sub(before.qty);
        Ratio::new(
            last.notional.saturating_sub(before.notional),
            i128::from(qty),
        )
        .map(|price| Close {
            price,
            official: false,
        })
    }

    /// The others' eligible volume before `time`, steps.
    #[must_use]
    pub fn volume_before(&self, time: u64) -> u64 {
        let next = self.volume.partition_point(|v| v.time < time);
        next.checked_sub(1).map_or(0, |i| self.volume[i].qty)
    }

    /// The touch that prevails at `time`, else the first usable one after it.
    #[must_use]
    pub fn touch_at(&self, time: u64) -> Option<Touch> {
        let next = self.mids.partition_point(|m| m.time <= time);
        self.mids[next.saturating_sub(1)..]
            .iter()
            .find_map(Mid::touch)
    }

    /// The last usable touch at or before `time`.
    #[must_use]
    pub fn touch_until(&self, time: u64) -> Option<Touch> {
        let next = self.mids.partition_point(|m| m.time <= time);
        self.mids[..next].iter().rev().find_map(Mid::touch)
    }

    /// The last usable touch before `time`: what a fill at `time` met, not what it left.
    #[must_use]
    pub fn touch_before(&self, time: u64) -> Option<Touch> {
        self.touch_until(time.checked_sub(1)?)
    }

    /// Whether the tape tells what was at `time`: the run had not ended before.
    #[must_use]
    pub fn covers(&self, time: u64) -> bool {
        time <= self.until
    }

    /// Time-weighted mid from `start` to `end`, unusable touches, halts and the spans in `without` left out.
    #[must_use]
    pub fn twap(&self, start: u64, end: u64, without: &[(u64, u64)]) -> Option<Ratio> {
        let end = end.min(self.until);
        let mut sum = self.between(start, end);
        for &(from, to) in without {
            sum = sum.minus(self.between(from.max(start), to.min(end)));
        }
        Ratio::new(sum.weighted, 2 * i128::from(sum.nanos))
    }

    fn between(&self, start: u64, end: u64) -> WeightAt {
        if end <= start {
            return WeightAt::default();
        }
        self.weight_until(end).minus(self.weight_until(start))
    }

    fn weight_until(&self, time: u64) -> WeightAt {
        let next = self.mids.partition_point(|m| m.time <= time);
        match next.checked_sub(1) {
            Some(i) => self.weights[i].plus(self.mids[i], time),
            None => WeightAt::default(),
        }
    }

    /// At most `count` mids between two instants, for a picture: (time, mid in units of the quote currency).
    #[must_use]
    pub fn mids(&self, start: u64, end: u64, count: usize) -> Vec<(u64, f64)> {
        let first = self
            .mids
            .partition_point(|m| m.time <= start)
            .saturating_sub(1);
        let last = self.mids.partition_point(|m| m.time <= end);
        let all = self.mids.get(first..last).unwrap_or(&[]);
        let step = all.len().div_ceil(count.max(1)).max(1);
        all.iter()
            .step_by(step)
            .filter(|m| m.sum != NO_MID)
            .map(|m| (m.time.max(start), m.sum as f64 / 2e9))
            .collect()
    }
}
