//! What the algorithms that follow a line in volume time share: window, slices, clock, feasibility, what the plan expects.

use super::Terms;
use crate::curves::Clock;
use crate::schedule::shape::Window;
use crate::schedule::sliced::Grid;
use engine_core::algorithm::Refusal;
use engine_core::view::Constraints;
use engine_models::shortfall::Figures;
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
    about: "Takes the order although its cap or its limit leaves it less than one chance in twenty to complete.",
};

/// A line in volume time.
#[derive(Clone, Copy)]
pub(crate) struct Line {
    pub(crate) window: Window,
    /// Length of a slice.
    pub(crate) interval: DurationNs,
    pub(crate) grid: Grid,
    pub(crate) clock: Clock,
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
        let (clock, _) = terms.clock(named)?;
        Ok(Line {
            window,
            interval: interval(length),
            grid: Grid {
                lot: terms.instrument.granule(),
                venue_min: Qty(terms.instrument.min_qty),
                slice_min: terms.slice_min(constraints),
            },
            clock,
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
}

/// A sixtieth of the window, between 1 s and 60 s, at most the window.
fn interval(length: DurationNs) -> DurationNs {
    let sixtieth = (length.0 / 60).clamp(1_000_000_000, 60_000_000_000);
    DurationNs(sixtieth.min(length.0))
}
