//! How the algorithms take part in auctions: one place for their parameters, what they plan, and the part that is left for the
//! book.
//!
//! ```text
//!   order ─┬─ filled in auctions ─┬─ waiting for a cross ─┬─ planned for auctions to come ─┬─ the book: schedule and tactic
//! ```
//! Schedules and tactics see the book's part alone: a quantity, a ledger and children without those of auctions. When that
//! part changes (an order went out, a cross filled it or did not) the schedule is drawn anew from there, as after a pause.

use crate::algorithm::pov::{TARGET_PCT_VOL, ppm};
use crate::curves::CurveTable;
use crate::params::{Params, refuse};
use engine_core::algorithm::{Refusal, Target};
use engine_core::auction::{AuctionState, AuctionTerms, Call, expected, usual_part};
use engine_core::child::Child;
use engine_core::ledger::Ledger;
use engine_core::market::MarketState;
use engine_core::phase::Phase;
use engine_core::view::{CHILDREN_MAX, Order, View};
use shm_wire::auction::{
    AUCTION_IMBALANCE_ONLY, AUCTION_LIMIT, AUCTION_MARKET, AUCTIONS_MAX, Auction,
};
use shm_wire::codes::{AlgorithmCode, AuctionKind, AuctionPolicy};
use shm_wire::instrument::Instrument;
use shm_wire::params::{ParamSpec, Unit};
use shm_wire::reason::{Reason, Why};
use shm_wire::units::{Nanos, PPM_ONE, Ppm, Qty};

/// Choices of the policies.
const POLICIES: &[(&str, i64)] = &[
    ("EXCLUDE", AuctionPolicy::Exclude as i64),
    ("INCLUDE", AuctionPolicy::Include as i64),
    ("ONLY", AuctionPolicy::Only as i64),
    ("IMBALANCE_ONLY", AuctionPolicy::ImbalanceOnly as i64),
];

/// Part in the closing auction.
pub(crate) const CLOSE_AUCTION: ParamSpec = ParamSpec {
    id: 701,
    name: "close_auction",
    unit: Unit::Choice(POLICIES),
    min: 0,
    max: 3,
    default: Some(0),
    mutable: true,
    about: "Part in the closing auction: none, a share, nothing but the auction, a share with orders against its imbalance only.",
};
/// Part in the opening auction.
pub(crate) const OPEN_AUCTION: ParamSpec = ParamSpec {
    id: 702,
    name: "open_auction",
    about: "Part in the opening auction, for orders whose window begins with it.",
    ..CLOSE_AUCTION
};
/// Part in auctions during the day.
pub(crate) const INTRADAY_AUCTION: ParamSpec = ParamSpec {
    id: 703,
    name: "intraday_auction",
    about: "Part in scheduled auctions during the day.",
    ..CLOSE_AUCTION
};
/// Cap in an auction.
pub(crate) const MAX_PCT_AUCTION: ParamSpec = ParamSpec {
    id: 704,
    name: "max_pct_auction",
    unit: Unit::Ppm,
    min: 1,
    max: PPM_ONE as i64,
    default: Some(100_000),
    mutable: true,
    about: "Most of an auction's paired volume that the order may be: of what is published, of the forecast before that.",
};
/// Market orders.
pub(crate) const AUCTION_MARKET_ORDERS: ParamSpec = ParamSpec {
    id: 705,
    name: "auction_market",
    unit: Unit::Flag,
    min: 0,
    max: 1,
    default: Some(0),
    mutable: true,
    about: "Market orders in auctions, where they are taken and the order has no limit; else limit orders at the limit or collar.",
};

/// The parameters of a kind of auction.
const KINDS: [(AuctionKind, &ParamSpec); 3] = [
    (AuctionKind::Open, &OPEN_AUCTION),
    (AuctionKind::Close, &CLOSE_AUCTION),
    (AuctionKind::Intraday, &INTRADAY_AUCTION),
];

/// The part of the order that changed by less than this part of it stays as it was.
const STEADY_PART: u64 = 50;

/// How much of an auction an order plans to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum Part {
    /// A share of the order, by the auction's place in the calendar: its weight beside the book's, like a bin of a curve.
    Shares([Qty; AUCTIONS_MAX]),
    /// A rate of what is paired.
    Rate(Ppm),
    /// All that is left.
    #[default]
    All,
}

/// What the plan of an order keeps for its auctions.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Auctions {
    part: Part,
    /// Nothing is worked in the book.
    only: bool,
    /// Quantity of the book's part when its schedule was drawn.
    book: Qty,
    /// Filled in auctions and waiting for them, then.
    apart: Qty,
}

/// What the parameters say; refused when the instrument's calendar does not offer it.
pub(crate) fn read(
    params: &Params<'_>,
    order: &Order,
    instrument: &Instrument,
) -> Result<AuctionTerms, Refusal> {
    let policy = |spec: &ParamSpec| match params.value(spec) {
        Some(1) => AuctionPolicy::Include,
        Some(2) => AuctionPolicy::Only,
        Some(3) => AuctionPolicy::ImbalanceOnly,
        _ => AuctionPolicy::Exclude,
    };
    let terms = AuctionTerms {
        open: policy(&OPEN_AUCTION),
        close: policy(&CLOSE_AUCTION),
        intraday: policy(&INTRADAY_AUCTION),
        max_share: ppm(params, &MAX_PCT_AUCTION).unwrap_or(Ppm(0)),
        market_orders: params.flag(&AUCTION_MARKET_ORDERS),
    };
    for (kind, spec) in KINDS {
        let policy = terms.policy(kind.code());
        if policy != AuctionPolicy::Exclude {
            check(&terms, policy, kind, spec, order, instrument)?;
        }
    }
    Ok(terms)
}

fn check(
    terms: &AuctionTerms,
    policy: AuctionPolicy,
    kind: AuctionKind,
    spec: &ParamSpec,
    order: &Order,
    instrument: &Instrument,
) -> Result<(), Refusal> {
    let unsupported = refuse(spec.id, Reason::Unsupported, [policy as i64, 0, 0]);
    let priced = |a: &Auction| {
        a.offers(AUCTION_LIMIT) || (a.offers(AUCTION_MARKET) && !order.limit.is_some())
    };
    let offered = |a: &&Auction| {
        a.kind == kind.code()
            && priced(a)
            && (policy != AuctionPolicy::ImbalanceOnly || a.offers(AUCTION_IMBALANCE_ONLY))
    };
    let mut all = instrument.auctions().iter().filter(offered);
    let Some(first) = all.next() else {
        return Err(unsupported);
    };
    // An order that wants nothing but an auction that lies outside its window would do nothing.
    let reached = terms.includes(order, first) || all.any(|a| terms.includes(order, a));
    if policy == AuctionPolicy::Only && !reached {
        let time = i64::try_from(first.time).unwrap_or(i64::MAX);
        return Err(refuse(spec.id, Reason::OutsideSession, [time, 0, 0]));
    }
    Ok(())
}

impl Auctions {
    /// The plan of an order with these terms; and the quantity that its schedule starts with.
    pub(crate) fn plan(
        code: AlgorithmCode,
        terms: &AuctionTerms,
        params: &Params<'_>,
        context: (&Order, &Instrument, &MarketState, &CurveTable, Nanos),
    ) -> Auctions {
        let (order, instrument, market, curves, now) = context;
        let only = KINDS
            .iter()
            .any(|(kind, _)| terms.policy(kind.code()) == AuctionPolicy::Only);
        let part = match code {
            _ if only => Part::All,
            AlgorithmCode::Pov | AlgorithmCode::ScalePov => {
                Part::Rate(ppm(params, &TARGET_PCT_VOL).unwrap_or(Ppm(0)))
            }
            AlgorithmCode::Close => Part::All,
            _ => Part::Shares(shares(terms, order, instrument, curves)),
        };
        let mut plan = Auctions {
            part,
            only,
            book: order.quantity,
            apart: Qty::ZERO,
        };
        let mut ahead = Qty::ZERO;
        for (index, a) in instrument.auctions().iter().enumerate() {
            if terms.includes(order, a) && now < terms.cutoff(a) {
                let paired = expected(instrument, market, &AuctionState::UNKNOWN, a, now);
                ahead += plan.share(index, terms.max_share.of(paired), paired, order.quantity);
            }
        }
        plan.book = order.quantity.saturating_sub(ahead);
        plan
    }

    /// Quantity of the book's part at the start; the whole order when nothing is worked there, for its checks.
    pub(crate) fn at_start(&self, order: &Order) -> Qty {
        if self.only || self.book.is_zero() {
            order.quantity
        } else {
            self.book
        }
    }

    /// What is planned for an auction, `most` at most.
    fn share(&self, index: usize, most: Qty, paired: Qty, left: Qty) -> Qty {
        let planned = match self.part {
            Part::Shares(shares) => shares[index % AUCTIONS_MAX],
            Part::Rate(rate) => rate.of(paired),
            Part::All => left,
        };
        planned.min(most).min(left)
    }

    /// Whether nothing is worked in the book.
    pub(crate) const fn only(&self) -> bool {
        self.only
    }

    /// What an order wants in an auction that is due.
    pub(crate) fn wanted(&self, view: &View<'_>, call: &Call<'_>) -> Qty {
        let free = view.ledger.free();
        match self.part {
            Part::Shares(_) if call.policy == AuctionPolicy::Only => free,
            _ => self.share(call.index, free, call.expected, free),
        }
    }

    /// The book's part of an order now: how much of it, and what of it is apart.
    fn book_now(&self, view: &View<'_>) -> (Qty, Qty, Qty) {
        let waiting = waiting(view);
        let apart = view.ledger.in_auctions() + waiting;
        let left = view.ledger.leaves().saturating_sub(waiting);
        let terms = &view.constraints.auctions;
        let mut ahead = Qty::ZERO;
        for (index, a) in view.instrument.auctions().iter().enumerate() {
            let state = &view.auctions[index % AUCTIONS_MAX];
            // An order that is to finish now waits for nothing.
            let comes = view.phase != Phase::FinishingNow
                && terms.includes(view.order, a)
                && view.now < terms.cutoff(a)
                && !state.crossed
                && !is_waiting(view, index);
            if comes {
                let paired = expected(view.instrument, view.market, state, a, view.now);
                let most = terms.max_share.of(paired);
                ahead += self.share(index, most, paired, left.saturating_sub(ahead));
            }
        }
        let ahead = view.instrument.floor_lots(ahead);
        let book = view
            .order
            .quantity
            .saturating_sub(apart)
            .saturating_sub(ahead);
        (book, apart, waiting)
    }

    /// The book's part as schedules and tactics see it, and whether it is another than when the schedule was drawn.
    pub(crate) fn book(&mut self, view: &View<'_>) -> (Book, bool) {
        let (book, apart, waiting) = self.book_now(view);
        let moved = book.0.abs_diff(self.book.0);
        let grain = view.instrument.granule().0;
        let steady = moved < (view.order.quantity.0 / STEADY_PART).max(grain);
        let changed = apart != self.apart || !steady;
        if changed {
            (self.book, self.apart) = (book, apart);
        }
        (Book::of(view, self.book, waiting), changed)
    }

    /// The same without keeping anything.
    pub(crate) fn look(&self, view: &View<'_>) -> Book {
        Book::of(view, self.book, waiting(view))
    }

    /// Why an order that is only for auctions does nothing now.
    pub(crate) fn why(&self, view: &View<'_>) -> Why {
        let terms = &view.constraints.auctions;
        let operand = |q: u64| i64::try_from(q).unwrap_or(i64::MAX);
        let auctions = view.instrument.auctions().iter().enumerate();
        for (index, a) in auctions {
            if is_waiting(view, index) {
                let open = operand(waiting(view).0);
                return Why::new(Reason::WaitAuction, [open, operand(a.time), 0]);
            }
            if terms.includes(view.order, a) && view.now < terms.cutoff(a) {
                let state = &view.auctions[index % AUCTIONS_MAX];
                let paired = expected(view.instrument, view.market, state, a, view.now);
                let left = view.ledger.leaves();
                let planned = self.share(index, terms.max_share.of(paired), paired, left);
                let send = operand(terms.send_at(a).0);
                return Why::new(Reason::WaitAuctionOrder, [operand(planned.0), send, 0]);
            }
        }
        Why::new(Reason::WaitAuctionOver, [0; 3])
    }
}

/// Reserved by orders that wait for an auction.
fn waiting(view: &View<'_>) -> Qty {
    view.children
        .iter()
        .filter(|c| c.auction != 0)
        .fold(Qty::ZERO, |sum, c| sum + c.reserved())
}

fn is_waiting(view: &View<'_>, index: usize) -> bool {
    view.children
        .iter()
        .any(|c| usize::from(c.auction) == index + 1 && !c.state.is_over())
}

/// Shares of the order by the auctions' weights beside that of its window: a usual session's volume weighs one million.
fn shares(
    terms: &AuctionTerms,
    order: &Order,
    instrument: &Instrument,
    curves: &CurveTable,
) -> [Qty; AUCTIONS_MAX] {
    let (clock, _) = curves.clock(instrument, order.start);
    let one = u64::from(PPM_ONE);
    let window = if order.end == Nanos::NEVER {
        one
    } else {
        let between = clock.between(order.start, order.end).min(clock.day());
        Qty(one).mul_div(between, clock.day()).0
    };
    let mut weights = [0; AUCTIONS_MAX];
    for (index, a) in instrument.auctions().iter().enumerate() {
        if terms.includes(order, a) {
            let day = clock.day_volume().0;
            weights[index] = if a.usual_qty == 0 || day == 0 {
                usual_part(a.kind)
            } else {
                Qty(a.usual_qty).mul_div(one, day).0.min(100 * one)
            };
        }
    }
    let whole = weights.iter().sum::<u64>() + window;
    weights.map(|w| {
        let share = order.quantity.mul_div(w, whole.max(1));
        instrument.floor_lots(share)
    })
}

/// The book's part of an order: what a view of it is made of.
pub(crate) struct Book {
    order: Order,
    ledger: Ledger,
    children: [Child; CHILDREN_MAX],
}

impl Book {
    fn of(view: &View<'_>, quantity: Qty, waiting: Qty) -> Book {
        let mut children = *view.children;
        for child in children.iter_mut().filter(|c| c.auction != 0) {
            *child = Child::default();
        }
        Book {
            order: Order {
                quantity,
                ..*view.order
            },
            ledger: view.ledger.in_the_book(quantity, waiting),
            children,
        }
    }
    /// The view of it.
    pub(crate) fn view<'a>(&'a self, view: &View<'a>) -> View<'a> {
        View {
            order: &self.order,
            ledger: &self.ledger,
            children: &self.children,
            ..*view
        }
    }
}

/// A target of the book's part as one of the whole order, or back.
pub(crate) fn shifted(target: &Target, by: Qty, back: bool) -> Target {
    let shift = |q: Qty| {
        if back { q.saturating_sub(by) } else { q + by }
    };
    Target {
        cumulative: shift(target.cumulative),
        release: shift(target.release),
        slice_start_target: shift(target.slice_start_target),
        ..*target
    }
}

#[cfg(test)]
mod tests;
