//! The simulated exchange: replayed history and our own orders in one book per instrument.
//!
//! The venue owns time only as far as it is told: history arrives with [`Venue::on_history`], slices with
//! [`Venue::on_slice`], and everything delayed comes out of [`Venue::advance`]. It reads no clock, and the same calls with the
//! same seed give the same bytes.
//!
//! **Order of events at one instant**: end of a session, history, then slices and whatever is due to come out. `on_history` first runs
//! everything that is due before its message; a driver therefore gives history of time `t` before it advances to `t`.
//!
//! **History with us in it.**
//! - An aggressor of history has the quantity it had: what fills our resting orders is not there for the others. The order that
//!   would have filled keeps what it did not lose, and stays until its owner cancels it, a later execution needs it or the other
//!   side moves through it (counted as displaced and overtaken).
//! - What we took from an order stays taken: later executions and cancels of the missing quantity are dropped and counted.
//!   Where levels are known, not orders, what we took is remembered until the price is left or shows more than before.
//! - Behind a touch that we took whole, where the source shows nothing, a few levels are assumed and counted (`behind`).
//! - Our orders never trade with each other: the younger is rejected with SELF_MATCH.
//! - We trade as makers at our price. An order of ours that took all that was visible and rests with a limit beyond it takes
//!   what levels reveal there at the revealed price.
//! - Nothing matches outside continuous trading or outside the sessions of the instrument; orders stay and may be canceled.
//! - Prints of an auction, late, off-exchange and other ineligible prints never fill what rests in the book. Orders for an
//!   auction of the calendar take part in its cross (see `auction`).

mod answers;
mod auction;
mod behind;
mod children;
mod config;
mod depth;
mod history;
mod levels;
mod market;
mod outbox;
mod quotes;
mod slices;
mod stats;

pub use config::{Latency, VenueConfig};
pub use market::Touch;
pub use stats::VenueStats;

use shm_wire::codes::ReportKind;
use shm_wire::instrument::Instrument;
use shm_wire::message::Message;
use shm_wire::report::ExecutionReport;
use shm_wire::slice::{SliceCancel, SliceNew, SliceReplace};
use shm_wire::units::Nanos;

use self::children::Shared;
use self::market::Market;
use self::outbox::{Due, SLICE_WORDS_MAX, Words};
use crate::matching::lookup::Lookup;

/// Where the venue's output goes, in order of time.
pub trait Sink {
    /// A public message, for the exchange ring.
    fn public(&mut self, at: Nanos, words: &[u64]);
    /// A report, for the reports ring.
    fn report(&mut self, at: Nanos, report: &ExecutionReport);
}

/// Why a venue cannot be made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum VenueError {
    /// A record of the instrument table breaks a rule.
    Instrument {
        /// Instrument.
        id: u32,
        /// Field.
        field: &'static str,
        /// Rule.
        rule: &'static str,
    },
    /// Two records have one number.
    DuplicateInstrument {
        /// Instrument.
        id: u32,
    },
}

impl core::fmt::Display for VenueError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Instrument { id, field, rule } => write!(f, "instrument {id}: {field}: {rule}"),
            Self::DuplicateInstrument { id } => write!(f, "instrument {id}: id: must be unique"),
        }
    }
}

impl std::error::Error for VenueError {}

/// What ends at an instant.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Closing {
    /// A session: day orders expire.
    Session,
    /// An auction of the calendar, by its place: no cross is expected any more.
    Auction(usize),
}

/// The simulated exchange.
#[derive(Debug)]
pub struct Venue {
    markets: Vec<Market>,
    by_id: Lookup<u32, u32>,
    /// Ends of sessions and auctions, ascending, and how many are past.
    closes: Vec<(Nanos, usize, Closing)>,
    closes_past: usize,
    /// Last slice sequence by engine shard.
    slices_seen: [u64; 64],
    shared: Shared,
}

impl Venue {
    /// A venue for these instruments, all in continuous trading within their sessions until history says otherwise.
    ///
    /// # Errors
    /// [`VenueError`] when a record is invalid or two have the same id.
    pub fn new(instruments: &[Instrument], config: VenueConfig) -> Result<Venue, VenueError> {
        let mut by_id = Lookup::default();
        let mut closes = Vec::new();
        for (at, instrument) in instruments.iter().enumerate() {
            let id = instrument.id;
            if let Some((field, rule)) = instrument.check() {
                return Err(VenueError::Instrument { id, field, rule });
            }
            if by_id.insert(id, at as u32).is_some() {
                return Err(VenueError::DuplicateInstrument { id });
            }
            let sessions = instrument.sessions().iter();
            closes.extend(sessions.map(|s| (Nanos(s.close), at, Closing::Session)));
            let auctions = instrument.auctions().iter().enumerate();
            closes.extend(auctions.map(|(i, a)| (Nanos(a.until), at, Closing::Auction(i))));
        }
        closes.sort_unstable();
        Ok(Venue {
            markets: instruments.iter().map(|i| Market::new(*i)).collect(),
            by_id,
            closes,
            closes_past: 0,
            slices_seen: [0; 64],
            shared: Shared::new(config),
        })
    }

    /// Counters so far.
    #[must_use]
    pub fn stats(&self) -> VenueStats {
        self.shared.stats
    }

    /// The touch as the venue shows it, our resting orders included.
    #[must_use]
    pub fn touch(&self, instrument: u32) -> Option<Touch> {
        self.market(instrument).map(Market::touch)
    }

    /// The touch without our orders.
    #[must_use]
    pub fn others_touch(&self, instrument: u32) -> Option<Touch> {
        self.market(instrument).map(Market::others_touch)
    }

    /// The book, for checks and displays.
    #[must_use]
    pub fn book(&self, instrument: u32) -> Option<&crate::matching::Book> {
        self.market(instrument).map(|market| &market.book)
    }

    /// Whether the instrument matches at the venue's last time.
    #[must_use]
    pub fn is_open(&self, instrument: u32) -> bool {
        self.market(instrument)
            .is_some_and(|market| market.is_open(self.shared.now))
    }

    fn market(&self, instrument: u32) -> Option<&Market> {
        self.by_id
            .get(&instrument)
            .map(|at| &self.markets[*at as usize])
    }

    /// Takes one message of history at its own time, which should not lie before the last one's.
    ///
    /// First runs whatever is due before that time. What is no message, names no instrument or breaks a rule is counted and
    /// otherwise ignored.
    pub fn on_history(&mut self, words: &[u64], out: &mut dyn Sink) {
        let Some((kind, instrument, time)) = history::head(words) else {
            self.shared.stats.history_refused += 1;
            return;
        };
        let Some(at) = self.by_id.get(&instrument).map(|at| *at as usize) else {
            self.shared.stats.history_unknown_instrument += 1;
            return;
        };
        self.run_before(time, out);
        self.expire(time);
        if time < self.shared.now {
            self.shared.stats.history_late += 1;
        } else {
            self.shared.now = time;
        }
        self.shared.stats.history_messages += 1;
        let market = &mut self.markets[at];
        if !history::take(market, &mut self.shared, kind, words) {
            self.shared.stats.history_refused += 1;
        }
        market.look_behind(&mut self.shared);
        market.publish_touch(&mut self.shared);
    }

    /// A slice message leaves the router at `now`; it reaches the venue after the order latency.
    pub fn on_slice(&mut self, now: Nanos, words: &[u64], out: &mut dyn Sink) {
        self.run_before(now, out);
        match Words::<SLICE_WORDS_MAX>::copy(words) {
            Some(words) => self.shared.outbox.slice(now, words),
            None => self.shared.stats.slice_refused += 1,
        }
    }

    /// When the venue next has something to do by itself: an arrival, an output, the end of a session with orders of ours.
    #[must_use]
    pub fn next_due(&self) -> Option<Nanos> {
        let close = self.closes[self.closes_past..]
            .iter()
            .find(|(_, at, closing)| match closing {
                Closing::Session => self.markets[*at].has_own(),
                Closing::Auction(i) => self.markets[*at].auctions.is_waited_for(*i),
            })
            .map(|(close, ..)| *close);
        [self.shared.outbox.next_due(), close]
            .into_iter()
            .flatten()
            .min()
    }

    /// Runs everything that is due at or before `now`, in order of time.
    pub fn advance(&mut self, now: Nanos, out: &mut dyn Sink) {
        self.run_before(Nanos(now.0.saturating_add(1)), out);
        self.expire(now);
        // What the end of a session made may be due at once.
        self.run_before(Nanos(now.0.saturating_add(1)), out);
        self.shared.now = self.shared.now.max(now);
    }

    /// Runs everything due before `end`.
    fn run_before(&mut self, end: Nanos, out: &mut dyn Sink) {
        loop {
            let next = self.shared.outbox.next_due().filter(|due| *due < end);
            let close = self.closes.get(self.closes_past).map(|(close, ..)| *close);
            if let Some(close) = close.filter(|close| *close < end)
                && next.is_none_or(|due| close <= due)
            {
                self.expire(close);
                continue;
            }
            match self.shared.outbox.pop_before(end) {
                None => break,
                Some(Due::Public(at, words)) => out.public(at, words.as_slice()),
                Some(Due::Report(at, report)) => out.report(at, &report),
                Some(Due::Slice(at, words)) => {
                    self.shared.now = self.shared.now.max(at);
                    self.take_slice(&words);
                }
            }
        }
    }

    /// Ends the sessions and auctions that are over at or before `now`.
    fn expire(&mut self, now: Nanos) {
        while let Some((close, at, closing)) = self.closes.get(self.closes_past).copied() {
            if close > now {
                break;
            }
            self.closes_past += 1;
            self.shared.now = self.shared.now.max(close);
            let market = &mut self.markets[at];
            match closing {
                Closing::Session => market.on_session_end(&mut self.shared),
                Closing::Auction(i) => market.expire_auction(&mut self.shared, i),
            }
            market.publish_touch(&mut self.shared);
        }
    }

    fn take_slice(&mut self, words: &Words<SLICE_WORDS_MAX>) {
        self.shared.stats.slice_messages += 1;
        let slice = words.as_slice();
        let known = match words.kind() {
            SliceNew::KIND => SliceNew::from_words(slice)
                .ok()
                .map(|new| self.take_new(&new)),
            SliceReplace::KIND => SliceReplace::from_words(slice)
                .ok()
                .map(|replace| self.take_replace(&replace)),
            SliceCancel::KIND => SliceCancel::from_words(slice)
                .ok()
                .map(|cancel| self.take_cancel(&cancel)),
            _ => None,
        };
        match known {
            Some(Some(at)) => {
                let market = &mut self.markets[at];
                market.look_behind(&mut self.shared);
                market.publish_touch(&mut self.shared);
            }
            Some(None) => {}
            None => self.shared.stats.slice_refused += 1,
        }
    }

    /// Whether this slice message was taken before; remembers it.
    fn is_repeated(&mut self, child_id: u64, sequence: u64) -> bool {
        let shard = shm_wire::ids::ChildId(child_id).shard() as usize;
        if sequence <= self.slices_seen[shard] {
            self.shared.stats.slice_duplicates += 1;
            return true;
        }
        self.slices_seen[shard] = sequence;
        false
    }

    /// A child that was taken for one of our markets.
    fn find_child(&self, child_id: u64) -> Option<usize> {
        let at = self.shared.child_at(child_id)?;
        (self.shared.children[at].market < self.markets.len()).then_some(at)
    }

    fn take_new(&mut self, slice: &SliceNew) -> Option<usize> {
        if self.is_repeated(slice.child_id, slice.sequence) {
            return None;
        }
        if self.shared.child_at(slice.child_id).is_some() {
            self.shared.stats.slice_duplicates += 1;
            return None;
        }
        let Some(at) = self.by_id.get(&slice.instrument).map(|at| *at as usize) else {
            self.shared.stats.slice_refused += 1;
            answers::reject_unknown_instrument(&mut self.shared, slice);
            return None;
        };
        self.markets[at].on_new(&mut self.shared, at, slice);
        Some(at)
    }

    fn take_replace(&mut self, slice: &SliceReplace) -> Option<usize> {
        if self.is_repeated(slice.child_id, slice.sequence) {
            return None;
        }
        let Some(child) = self.find_child(slice.child_id) else {
            answers::unknown_child(
                &mut self.shared,
                ReportKind::ReplaceRejected,
                slice.child_id,
                slice.version,
                slice.sequence,
            );
            return None;
        };
        let at = self.shared.children[child].market;
        self.markets[at].on_replace(&mut self.shared, child, slice);
        Some(at)
    }

    fn take_cancel(&mut self, slice: &SliceCancel) -> Option<usize> {
        if self.is_repeated(slice.child_id, slice.sequence) {
            return None;
        }
        let Some(child) = self.find_child(slice.child_id) else {
            answers::unknown_child(
                &mut self.shared,
                ReportKind::CancelRejected,
                slice.child_id,
                slice.version,
                slice.sequence,
            );
            return None;
        };
        let at = self.shared.children[child].market;
        self.markets[at].on_cancel(&mut self.shared, child, slice);
        Some(at)
    }
}

#[cfg(test)]
mod tests;
