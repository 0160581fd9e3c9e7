//! The algorithms of this build, one line each, and their dispatch without pointers.

use crate::algorithm::{self, Terms};
use crate::auctions::{self, Auctions, shifted};
use crate::curves::{Clock, CurveTable, Rung};
use crate::odds::{Missing, Odds, Question};
use crate::params::shared::Settings;
use crate::params::{self, Params};
use crate::preview::MarketFigures;
use crate::schedule::any::AnySchedule;
use crate::schedule::bands::Bands;
use crate::schedule::curve::Curved;
use crate::schedule::linear::Linear;
use crate::schedule::note::Note;
use crate::schedule::ramp::Ramp;
use crate::schedule::rated::Rated;
use crate::schedule::shape::Window;
use crate::schedule::shortfall::Path;
use crate::schedule::whole::Whole;
use crate::schedule::{Pace, Schedule, hasten};
use crate::tactic::Tactic;
use crate::tactic::ahead_behind::AheadBehind;
use crate::tactic::any::AnyTactic;
use crate::tactic::single::Single;
use crate::tactic::take::Take;
use engine_core::algorithm::{Algorithms, Intents, Placement, Refusal, Target, Wake};
use engine_core::auction::Call;
use engine_core::market::MarketState;
use engine_core::view::{Constraints, Order, View};
use engine_models::shortfall::Figures;
use shm_wire::codes::{AlgorithmCode, ResumePolicy};
use shm_wire::instrument::Instrument;
use shm_wire::params::ParamSpec;
use shm_wire::reason::{FieldCode, Reason, Why};
use shm_wire::units::{DurationNs, Nanos, Qty};

macro_rules! registry {
    ($($code:ident = $module:ident: $schedule:ty, $tactic:ty, $apart:ty, $about:literal;)+) => {
        /// Schedule and tactic of one order.
        #[derive(Clone, Copy, Debug, Default)]
        enum Working {
            /// No order.
            #[default]
            Idle,
            $(
                #[doc = $about]
                $code($schedule, $tactic, Settings, $apart),
            )+
        }

        /// The algorithms that can be asked for, in the order of their numbers.
        #[must_use]
        pub const fn algorithms() -> &'static [AlgorithmCode] {
            &[$(AlgorithmCode::$code),+]
        }
        /// One sentence about an algorithm, if it is in the registry.
        #[must_use]
        pub const fn about(algorithm: AlgorithmCode) -> Option<&'static str> {
            match algorithm {
                $(AlgorithmCode::$code => Some($about),)+
            }
        }
        fn own_params(algorithm: AlgorithmCode) -> Option<&'static [ParamSpec]> {
            match algorithm {
                $(AlgorithmCode::$code => Some(algorithm::$module::PARAMS),)+
            }
        }
        fn start(
            code: AlgorithmCode,
            terms: Terms<'_>,
            params: &Params<'_>,
            auctions: Auctions,
        ) -> Result<(Working, Constraints, Expected), Refusal> {
            match code {
                $(AlgorithmCode::$code => {
                    let s = algorithm::$module::start(terms, params)?;
                    let odds = outlook(&terms, params, &auctions, (&s.settings, &s.constraints), &s.schedule)?;
                    let apart = <$apart>::keep(auctions);
                    Ok((Working::$code(s.schedule, s.tactic, s.settings, apart), s.constraints, odds))
                })+
            }
        }

        impl Working {
            fn auctions_seen(&self) -> Auctions {
                match self {
                    Working::Idle => None,
                    $(Working::$code(.., apart) => apart.seen(),)+
                }
                .unwrap_or_default()
            }
            fn auctions(&mut self) -> Option<&mut Auctions> {
                match self {
                    Working::Idle => None,
                    $(Working::$code(.., apart) => apart.kept(),)+
                }
            }
            fn target(&mut self, view: &View<'_>) -> (Target, Pace) {
                match self {
                    Working::Idle => (idle_target(), Pace::default()),
                    $(Working::$code(schedule, _, settings, _) => schedule.target(settings, view),)+
                }
            }
            fn place(
                &mut self,
                view: &View<'_>,
                target: &Target,
                pace: &Pace,
                intents: &mut Intents,
            ) -> Placement {
                match self {
                    Working::Idle => Placement { wake: Wake::NEVER, why: Why::default() },
                    $(Working::$code(_, tactic, settings, _) => {
                        tactic.place(settings, view, target, pace, intents)
                    })+
                }
            }
            fn line(&self) -> Option<Window> {
                match self {
                    Working::Idle => None,
                    $(Working::$code(schedule, ..) => schedule.line(),)+
                }
            }
            fn planned(&self, order: &Order, time: Nanos, volume: Qty) -> Qty {
                match self {
                    Working::Idle => Qty::ZERO,
                    $(Working::$code(schedule, ..) => schedule.planned(order, time, volume),)+
                }
            }
            fn speed(&self) -> engine_models::shortfall::Pace {
                match self {
                    Working::Idle => engine_models::shortfall::Pace::STRAIGHT,
                    $(Working::$code(schedule, ..) => schedule.speed(),)+
                }
            }
            fn notice(&mut self, view: &View<'_>) -> Option<Why> {
                match self {
                    Working::Idle => None,
                    $(Working::$code(schedule, ..) => schedule.notice(view),)+
                }
            }
            fn resume(&mut self, view: &View<'_>, policy: ResumePolicy) {
                match self {
                    Working::Idle => {}
                    $(Working::$code(schedule, _, settings, _) => {
                        schedule.resume(settings, view, policy);
                    })+
                }
            }
        }
    };
}

/// What a plan keeps for auctions: something, or nothing where the algorithm takes part in none.
trait Apart: Copy {
    fn keep(auctions: Auctions) -> Self;
    fn kept(&mut self) -> Option<&mut Auctions>;
    fn seen(&self) -> Option<Auctions>;
}
impl Apart for Auctions {
    fn keep(auctions: Auctions) -> Auctions {
        auctions
    }
    fn kept(&mut self) -> Option<&mut Auctions> {
        Some(self)
    }
    fn seen(&self) -> Option<Auctions> {
        Some(*self)
    }
}

/// Takes part in no auction.
#[derive(Clone, Copy, Debug)]
struct NoAuctions;

impl Apart for NoAuctions {
    fn keep(_: Auctions) -> NoAuctions {
        NoAuctions
    }
    fn kept(&mut self) -> Option<&mut Auctions> {
        None
    }
    fn seen(&self) -> Option<Auctions> {
        None
    }
}

registry! {
    Twap = twap: Linear, AheadBehind, Auctions, "Equal parts of the order over equal parts of its time.";
    Pov = pov: Rated, AheadBehind, Auctions, "A constant share of the market's volume, own volume included.";
    Iceberg = iceberg: Whole, Single, Auctions, "A part of the order shows at the own side of the touch; the next one when it is done.";
    Pegged = pegged: Whole, Single, Auctions, "One child follows the touch, the mid or the last trade at a distance.";
    Sniper = sniper: Whole, Take, Auctions, "Not seen in the book: takes what the other side shows when its price is good enough.";
    Sweep = sweep: Whole, Take, Auctions, "Takes level after level of the other side, as far as its collar.";
    Vwap = vwap: Curved, AheadBehind, Auctions, "The order spread over its time like the volume of the market.";
    Is = is: Path, AheadBehind, Auctions, "Implementation shortfall: early enough that risk and cost together are least.";
    Arrival = arrival: Path, AheadBehind, Auctions, "As IS, over a time that it chooses itself, against the price at arrival.";
    Close = close: Ramp, AheadBehind, Auctions, "A share of the market's volume from just early enough before the end to be done by it.";
    ScalePov = scale_pov: Bands, AheadBehind, Auctions, "A share of the market's volume that grows and shrinks with the price.";
    Custom = custom: AnySchedule, AnyTactic, NoAuctions, "A schedule and a tactic of the other algorithms, paired by name.";
}

/// What the registry keeps for one order: fixed size, no heap.
#[derive(Clone, Copy, Debug, Default)]
pub struct Plan {
    working: Working,
    note: Note,
}

const _: () = assert!(size_of::<Plan>() <= 448, "a plan fits seven cache lines");

/// The algorithms of this build, with the volume curves of the process.
#[derive(Clone, Copy, Debug, Default)]
pub struct Registry {
    curves: CurveTable,
}

/// The registry without curves of its own.
#[expect(
    non_upper_case_globals,
    reason = "a registry without curves is written like a value without fields"
)]
pub const Registry: Registry = Registry::with_curves(CurveTable::EMPTY);

impl Registry {
    /// The registry with these curves.
    #[must_use]
    pub const fn with_curves(curves: CurveTable) -> Registry {
        Registry { curves }
    }
    /// The curves.
    #[must_use]
    pub const fn curves(&self) -> &CurveTable {
        &self.curves
    }
    /// The plan of an order, to be looked at.
    pub(crate) fn planned(
        &self,
        algorithm: u16,
        order: &Order,
        instrument: &Instrument,
        market: MarketFigures,
    ) -> Result<Planned, Refusal> {
        let nothing = MarketState::default();
        let when = (market, &nothing, order.start);
        let (working, _, expected) = self.started(algorithm, order, instrument, when)?;
        Ok(Planned { working, expected })
    }
    fn start(
        &self,
        algorithm: u16,
        order: &Order,
        instrument: &Instrument,
        when: (MarketFigures, &MarketState, Nanos),
    ) -> Result<(Plan, Constraints), Refusal> {
        let (working, constraints, expected) = self.started(algorithm, order, instrument, when)?;
        let note = expected.note;
        Ok((Plan { working, note }, constraints))
    }
    fn started(
        &self,
        algorithm: u16,
        order: &Order,
        instrument: &Instrument,
        (figures, market, now): (MarketFigures, &MarketState, Nanos),
    ) -> Result<(Working, Constraints, Expected), Refusal> {
        let code = AlgorithmCode::try_from(algorithm).map_err(|_| unknown(algorithm))?;
        let own = own_params(code).ok_or(unsupported(algorithm))?;
        if order.end <= order.start {
            let operands =
                [order.start.0, order.end.0].map(|t| i64::try_from(t).unwrap_or(i64::MAX));
            return Err(Refusal {
                field: FieldCode::End,
                parameter: 0,
                why: Why::new(Reason::TimeOrder, [operands[0], operands[1], 0]),
            });
        }
        let params = Params::check(own, order)?;
        let part = auctions::read(&params, order, instrument)?;
        let mut auctions = Auctions::default();
        let mut book = *order;
        if part.takes_part() {
            let context = (order, instrument, market, &self.curves, now);
            auctions = Auctions::plan(code, &part, &params, context);
            book.quantity = auctions.at_start(order);
        }
        let terms = Terms {
            order: &book,
            instrument,
            curves: &self.curves,
            market: figures,
        };
        let (working, mut constraints, expected) = start(code, terms, &params, auctions)?;
        constraints.auctions = part;
        Ok((working, constraints, expected))
    }
}

/// A plan that is looked at and not worked.
pub(crate) struct Planned {
    working: Working,
    /// What it is expected to come to.
    pub(crate) expected: Expected,
}

/// What an order is expected to come to.
#[derive(Clone, Copy)]
pub(crate) struct Expected {
    /// Its odds, or what is missing for them.
    pub(crate) odds: Result<Odds, Missing>,
    /// Where its volume curve is from.
    pub(crate) rung: Rung,
    /// Its volume time.
    pub(crate) clock: Clock,
    note: Note,
}

/// Odds, cost and horizon of an order; refused when it is meant to complete and has next to no chance.
fn outlook(
    terms: &Terms<'_>,
    params: &Params<'_>,
    auctions: &Auctions,
    (settings, constraints): (&Settings, &Constraints),
    schedule: &impl Schedule,
) -> Result<Expected, Refusal> {
    let bound = schedule.bound(settings);
    let question = Question {
        terms: *terms,
        settings,
        constraints,
        bound,
        auctions_only: auctions.only(),
    };
    let odds = question.answer(params)?;
    let (rung, clock) = question.rung_and_clock(params);
    let order = terms.order;
    let (horizon, cost) = match schedule.line() {
        Some(window) => {
            let figures = figures(terms, params, &clock);
            let whole = clock.between(window.start, window.end);
            let cost = schedule.speed().expectation(&figures, whole);
            (window.length(), cost.cost_milli_bps)
        }
        None if order.end == Nanos::NEVER => (DurationNs(0), 0),
        None => (order.end.since(order.start), 0),
    };
    Ok(Expected {
        odds,
        rung,
        clock,
        note: Note::of(odds, bound, (rung, horizon), cost),
    })
}

/// What is known of order and market, for cost and risk.
fn figures(terms: &Terms<'_>, params: &Params<'_>, clock: &Clock) -> Figures {
    let given = params.sent(&algorithm::is::VOLATILITY_BPS);
    let given = given.and_then(|bps| u32::try_from(bps.saturating_mul(100)).ok());
    Figures {
        quantity: terms.order.quantity.0,
        day_volume: clock.day_volume().0,
        day_ns: clock.day(),
        volatility_ppm: given.unwrap_or(terms.market.volatility_ppm),
        price: terms.market.mid.0.max(0),
        spread: terms.market.spread.max(0),
        value_per_step: terms.instrument.value_per_step,
    }
}

impl Planned {
    /// Where its line lies in time, if it has one.
    pub(crate) fn line(&self) -> Option<Window> {
        self.working.line()
    }
    /// What is due at an instant if so much of the others' volume has traded by then.
    pub(crate) fn quantity_at(&self, order: &Order, time: Nanos, volume: Qty) -> Qty {
        self.working.planned(order, time, volume)
    }
    /// How fast its position decays.
    pub(crate) fn pace(&self) -> engine_models::shortfall::Pace {
        self.working.speed()
    }
}

/// The parameters of an algorithm, its own first; none when it is not in the registry.
pub fn specs(algorithm: AlgorithmCode) -> impl Iterator<Item = &'static ParamSpec> + Clone {
    own_params(algorithm).into_iter().flat_map(params::all)
}

/// The parameter of an algorithm with this canonical name.
#[must_use]
pub fn spec_by_name(algorithm: AlgorithmCode, name: &str) -> Option<&'static ParamSpec> {
    specs(algorithm).find(|s| s.name.eq_ignore_ascii_case(name))
}

/// The parameter of an algorithm with this number.
#[must_use]
pub fn spec_by_id(algorithm: AlgorithmCode, id: u16) -> Option<&'static ParamSpec> {
    specs(algorithm).find(|s| s.id == id)
}

/// The first parameter that an amend from `old` to `new` changes although it may not, as a refusal.
///
/// # Errors
/// [`Refusal`] with IMMUTABLE, naming the parameter.
pub fn check_amend(algorithm: u16, old: &Order, new: &Order) -> Result<(), Refusal> {
    let Ok(code) = AlgorithmCode::try_from(algorithm) else {
        return Err(unknown(algorithm));
    };
    let changed = |spec: &&ParamSpec| old.parameter(spec.id) != new.parameter(spec.id);
    match specs(code).filter(|s| !s.mutable).find(changed) {
        Some(spec) => Err(params::refuse(spec.id, Reason::Immutable, [0; 3])),
        None => Ok(()),
    }
}

fn unknown(algorithm: u16) -> Refusal {
    Refusal {
        field: FieldCode::Algorithm,
        parameter: 0,
        why: Why::new(Reason::UnknownAlgorithm, [i64::from(algorithm), 0, 0]),
    }
}

fn unsupported(algorithm: u16) -> Refusal {
    Refusal {
        why: Why::new(Reason::Unsupported, [i64::from(algorithm), 0, 0]),
        ..unknown(algorithm)
    }
}

/// The target of a plan without an order: nothing, never.
const fn idle_target() -> Target {
    Target {
        cumulative: Qty::ZERO,
        release: Qty::ZERO,
        band: Qty::ZERO,
        nominal: Qty::ZERO,
        slice: 0,
        slice_start_target: Qty::ZERO,
        slice_start: Nanos(0),
        slice_end: Nanos::NEVER,
        finishing_from: Nanos::NEVER,
        wake: Wake::NEVER,
    }
}

impl Algorithms for Registry {
    type Plan = Plan;
    type Pace = Pace;

    fn plan(
        &self,
        algorithm: u16,
        order: &Order,
        instrument: &Instrument,
        now: Nanos,
    ) -> Result<(Plan, Constraints), Refusal> {
        let nothing = MarketState::default();
        let when = (MarketFigures::UNKNOWN, &nothing, now);
        self.start(algorithm, order, instrument, when)
    }

    fn plan_in(
        &self,
        algorithm: u16,
        order: &Order,
        instrument: &Instrument,
        market: &MarketState,
        now: Nanos,
    ) -> Result<(Plan, Constraints), Refusal> {
        let when = (MarketFigures::of(market), market, now);
        self.start(algorithm, order, instrument, when)
    }

    fn accept_note(&self, plan: &Plan) -> Why {
        plan.note.why()
    }

    fn target(&self, plan: &mut Plan, view: &View<'_>) -> (Target, Pace) {
        // One value from the schedule to the caller: it is large.
        let mut answer = if view.constraints.auctions.takes_part() {
            book_target(plan, view)
        } else {
            plan.working.target(view)
        };
        hasten(view, &mut answer.0, &mut answer.1);
        answer
    }

    fn place(
        &self,
        plan: &mut Plan,
        view: &View<'_>,
        target: &Target,
        pace: &Pace,
        intents: &mut Intents,
    ) -> Placement {
        let mut placed = if view.constraints.auctions.takes_part() {
            book_place(plan, view, target, pace, intents)
        } else {
            plan.working.place(view, target, pace, intents)
        };
        // News stands in for a reason to wait, never for one of an emission.
        if (200..300).contains(&placed.why.reason.code())
            && let Some(why) = plan.working.notice(view)
        {
            placed.why = why;
        }
        placed
    }

    fn resume(&self, plan: &mut Plan, view: &View<'_>, policy: ResumePolicy) {
        match plan.working.auctions() {
            Some(auctions) if view.constraints.auctions.takes_part() => {
                let (book, _) = auctions.book(view);
                plan.working.resume(&book.view(view), policy);
            }
            _ => plan.working.resume(view, policy),
        }
    }

    fn auction(&self, plan: &Plan, view: &View<'_>, call: &Call<'_>) -> Qty {
        plan.working.auctions_seen().wanted(view, call)
    }
}

/// The target of an order that takes part in auctions: that of its part for the book, and what auctions filled.
#[cold]
fn book_target(plan: &mut Plan, view: &View<'_>) -> (Target, Pace) {
    let done = view.ledger.in_auctions();
    let Some(auctions) = plan.working.auctions() else {
        return plan.working.target(view);
    };
    if auctions.only() {
        let mut target = idle_target();
        (target.slice_start, target.slice_end) = (view.order.start, view.order.end);
        return (shifted(&target, done, false), Pace::default());
    }
    let (book, changed) = auctions.book(view);
    let shown = book.view(view);
    if changed {
        plan.working.resume(&shown, ResumePolicy::FreezeClock);
    }
    let (target, pace) = plan.working.target(&shown);
    (shifted(&target, done, false), pace)
}

/// The placement of such an order.
#[cold]
fn book_place(
    plan: &mut Plan,
    view: &View<'_>,
    target: &Target,
    pace: &Pace,
    intents: &mut Intents,
) -> Placement {
    let auctions = plan.working.auctions_seen();
    if auctions.only() {
        return Placement {
            wake: Wake::NEVER,
            why: auctions.why(view),
        };
    }
    let book = auctions.look(view);
    let target = shifted(target, view.ledger.in_auctions(), true);
    plan.working.place(&book.view(view), &target, pace, intents)
}
