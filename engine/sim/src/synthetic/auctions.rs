//! The auctions of a synthetic day: what is published before the cross, the cross, the official price.
//!
//! Volumes and imbalances are drawn from a stream of their own, so that the continuous day is the same with and without them.

use shm_wire::auction::Auction;
use shm_wire::codes::{AuctionKind, TradingStatus};
use shm_wire::instrument::Session;
use shm_wire::market::{AuctionIndicative, OfficialPrice};
use shm_wire::message::Message;
use shm_wire::units::{DurationNs, Nanos, Price, Qty};

use super::day::Day;
use crate::rng::Rng;

/// Part of the usual day's volume in the opening and in the closing auction.
pub(super) const OPEN_SHARE: f64 = 0.02;
pub(super) const CLOSE_SHARE: f64 = 0.06;
/// The opening call begins this long before the session.
const CALL: DurationNs = DurationNs::from_secs(180);
/// Time between two indicatives.
const EVERY: DurationNs = DurationNs::from_secs(10);
/// Indicatives of the close begin this long before the order cut-off.
const BEFORE_CUTOFF: DurationNs = DurationNs::from_secs(60);
/// How far a day's auction may be from the usual one, either way.
const VARIES: f64 = 0.2;

/// The calendar of a session, with the usual volumes of an instrument that trades `day` shares a day.
pub(super) fn calendar(session: Session, day: Qty) -> [Auction; 2] {
    let usual = |share: f64| Qty((day.0 as f64 * share) as u64);
    [
        Auction::us_open(Nanos(session.open), usual(OPEN_SHARE)),
        Auction::us_close(Nanos(session.close), usual(CLOSE_SHARE)),
    ]
}

/// One auction of the day, drawn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Drawn {
    kind: AuctionKind,
    /// First indicative.
    from: u64,
    /// Next indicative.
    next: u64,
    time: u64,
    /// Volume of the cross.
    pub(super) qty: u64,
    /// Imbalance at the first indicative, a share of `qty`; it falls to a quarter.
    imbalance: f64,
}

impl Drawn {
    /// Both auctions of an instrument's day.
    pub(super) fn both(session: Session, day: Qty, seed: u64, at: usize) -> [Drawn; 2] {
        let mut rng = Rng::new(seed, 300 + at as u64);
        let mut drawn = |auction: &Auction, kind, from: u64| Drawn {
            kind,
            from,
            next: from,
            time: auction.time,
            qty: ((auction.usual_qty as f64 * (1.0 + VARIES * (2.0 * rng.unit() - 1.0))) as u64)
                .max(1),
            imbalance: 0.4 * (rng.unit() - 0.5),
        };
        let [open, close] = calendar(session, day);
        let from = Nanos(close.cutoff).minus(BEFORE_CUTOFF).0.max(session.open);
        [
            drawn(&open, AuctionKind::Open, open.time - CALL.0),
            drawn(&close, AuctionKind::Close, from),
        ]
    }
    /// When the next indicative is due, before the cross.
    pub(super) fn next(&self) -> Option<u64> {
        (self.next < self.time).then_some(self.next)
    }
}

impl Day {
    /// The opening call with its indicatives, the cross and the official price.
    pub(super) fn open(&mut self, mut auction: Drawn) {
        self.now = auction.from;
        self.status(TradingStatus::Auction, AuctionKind::Open.code());
        while let Some(time) = auction.next() {
            self.now = time;
            self.indicative(&mut auction, self.open_price);
        }
        self.now = auction.time;
        self.auction(self.open_price, auction.qty);
        self.official(&auction, self.open_price);
    }

    /// What is known of the close at an instant of continuous trading.
    pub(super) fn before_close(&mut self, auction: &mut Drawn, until: u64) {
        while let Some(time) = auction.next().filter(|t| *t <= until) {
            self.now = self.now.max(time);
            let price = self.reference();
            self.indicative(auction, price);
        }
    }

    /// The closing call, the cross and the official price.
    pub(super) fn close(&mut self, mut auction: Drawn) {
        let cross = auction.time;
        self.before_close(&mut auction, cross);
        self.now = cross;
        self.status(TradingStatus::Auction, AuctionKind::Close.code());
        let price = self.reference();
        self.auction(price, auction.qty);
        self.official(&auction, price);
        self.status(TradingStatus::Closed, 0);
    }

    fn indicative(&mut self, auction: &mut Drawn, price: Price) {
        let length = (auction.time - auction.from).max(1) as f64;
        let done = (auction.next - auction.from) as f64 / length;
        auction.next += EVERY.0;
        let mut m = AuctionIndicative::empty();
        m.instrument = self.id();
        m.sequence = self.next_sequence();
        m.time = self.time();
        m.price = Day::on_tick(price).0;
        m.paired_qty = (auction.qty as f64 * (0.6 + 0.4 * done)) as u64;
        m.imbalance = (auction.qty as f64 * auction.imbalance * (1.0 - 0.75 * done)) as i64;
        m.auction = auction.kind.code();
        self.push(m.words(), m.sequence);
    }

    fn official(&mut self, auction: &Drawn, price: Price) {
        let mut m = OfficialPrice::empty();
        m.instrument = self.id();
        m.sequence = self.next_sequence();
        m.time = self.time();
        m.price = Day::on_tick(price).0;
        m.qty = auction.qty;
        m.auction = auction.kind.code();
        self.push(m.words(), m.sequence);
    }
}
