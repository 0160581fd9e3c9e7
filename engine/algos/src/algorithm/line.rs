//! What the algorithms that follow a line in volume time share: window, slices, clock, feasibility, what the plan expects.

use super::Terms;
use crate::curves::{Clock, Rung};
use crate::params::{Params, refuse};
use crate::schedule::note::Note;
use crate::schedule::outlook::{REFUSE_BELOW_PPM, completion_ppm};
use crate::schedule::shape::Window;
use crate::schedule::sliced::Grid;
use engine_core::algorithm::Refusal;
use engine_core::view::Constraints;
use engine_models::shortfall::{Figures, Pace};
use shm_wire::params::{ParamSpec, Unit};
use shm_wire::reason::{FieldCode, Reason, Why};
use shm_wire::units::{DurationNs, Nanos, Qty};

/// Shortest window.
const WINDOW_MIN: DurationNs = DurationNs::from_millis(100);

/// Feasibility.
pub(crate) const ACCEPT_INFEASIBLE: ParamSpec = ParamSpec {
    id: 901,
    name: "accept_infeasible",
    unit: Unit::Flag,
    min: 0,
    max: 1,
    default: Some(0),
    mutable: true,
    about: "Takes the order although its participation cap leaves it less than one chance in twenty to complete.",
};

/// A line in volume time.
#[derive(Clone, Copy)]
pub(crate) struct Line {
    pub(crate) window: Window,
    /// Length of a slice.
    pub(crate) interval: DurationNs,
    pub(crate) grid: Grid,
    pub(crate) clock: Clock,
    pub(crate) rung: Rung,
}

impl Line {
    /// The line of an order from its start to its end.
    pub(crate) fn of(
        terms: &Terms<'_>,
        constraints: &Constraints,
        named: Option<u16>,
    ) -> Result<Line, Refusal> {
        let order = terms.order;
        let refuse_end = |why| Refusal {
            field: FieldCode::End,
            parameter: 0,
            why,
        };
        if order.end == Nanos::NEVER {
            return Err(refuse_end(Why::bare(Reason::OutsideSession)));
        }
        let window = Window {
            start: order.start,
            end: order.end,
        };
        let length = window.length();
        if length < WINDOW_MIN {
            let operand = i64::try_from(length.0).unwrap_or(i64::MAX);
            return Err(refuse_end(Why::new(Reason::IntervalShort, [operand, 0, 0])));
        }
        let (clock, rung) = terms.clock(named)?;
        Ok(Line {
            window,
            interval: interval(length),
            grid: Grid {
                lot: terms.instrument.granule(),
                venue_min: Qty(terms.instrument.min_qty),
                slice_min: terms.slice_min(constraints),
            },
            clock,
            rung,
        })
    }
    /// The same line to an earlier end.
    pub(crate) fn until(self, end: Nanos) -> Line {
        let window = Window { end, ..self.window };
        Line {
            window,
            interval: interval(window.length()),
            ..self
        }
    }
    /// Volume time of the line, ns.
    pub(crate) fn whole(&self) -> u64 {
        self.clock.between(self.window.start, self.window.end)
    }
    /// What is known of order and market.
    pub(crate) fn figures(&self, terms: &Terms<'_>, volatility_ppm: u32) -> Figures {
        let market = terms.market;
        Figures {
            quantity: terms.order.quantity.0,
            day_volume: self.clock.day_volume().0,
            day_ns: self.clock.day(),
            volatility_ppm,
            price: market.mid.0.max(0),
            spread: market.spread.max(0),
            value_per_step: terms.instrument.value_per_step,
        }
    }
    /// What is told with the acceptance; an order that its cap leaves no chance is refused, unless it asks to be taken.
    pub(crate) fn note(
        &self,
        terms: &Terms<'_>,
        params: &Params<'_>,
        constraints: &Constraints,
        plan: (Pace, &Figures),
    ) -> Result<Note, Refusal> {
        let completion = feasible(terms, params, constraints, &self.clock)?;
        let (pace, figures) = plan;
        let cost = pace.expectation(figures, self.whole()).cost_milli_bps;
        Ok(Note {
            rung: self.rung,
            completion_ppm: completion,
            cost_milli_bps: i32::try_from(cost).unwrap_or(i32::MAX),
        })
    }
}

/// How likely the cap lets the order complete, millionths; one that has next to no chance is refused, unless it asks to be taken.
pub(crate) fn feasible(
    terms: &Terms<'_>,
    params: &Params<'_>,
    constraints: &Constraints,
    clock: &Clock,
) -> Result<u32, Refusal> {
    // The whole time of the order counts, also where the line ends earlier.
    let expected = clock.usual_volume(terms.order.start, terms.order.end);
    let completion = completion_ppm(terms.order.quantity, constraints.max_pct_vol, expected);
    if completion < REFUSE_BELOW_PPM && !params.flag(&ACCEPT_INFEASIBLE) {
        let operands = [i64::from(completion), 0, 0];
        let cap = crate::params::shared::MAX_PCT_VOL.id;
        return Err(refuse(cap, Reason::Infeasible, operands));
    }
    Ok(completion)
}

/// A sixtieth of the window, between 1 s and 60 s, at most the window.
fn interval(length: DurationNs) -> DurationNs {
    let sixtieth = (length.0 / 60).clamp(1_000_000_000, 60_000_000_000);
    DurationNs(sixtieth.min(length.0))
}
