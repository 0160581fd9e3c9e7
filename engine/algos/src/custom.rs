//! Algorithms of your own: a schedule, a tactic, or both, in one file beside the registry (`docs/custom-algorithm.md`).
//!
//! Implement [`Own`] and give [`With`] to the engine instead of [`Registry`]: orders for CUSTOM are then worked by your
//! algorithm, all others as before. What the engine promises holds for yours too: the ledger, the limit, the participation
//! cap, lots, ticks and own orders are checked behind it, whatever it asks for.

use crate::params::shared::Settings;
use crate::params::{Params, all};
use crate::registry::{Plan, Registry};
use crate::schedule::{Pace, Schedule, hasten};
use crate::tactic::Tactic;
use core::fmt::Debug;
use core::marker::PhantomData;
use engine_core::algorithm::{Algorithms, Intents, Placement, Refusal, Target};
use engine_core::market::MarketState;
use engine_core::view::{Constraints, Order, View};
use shm_wire::codes::{AlgorithmCode, ResumePolicy};
use shm_wire::instrument::Instrument;
use shm_wire::params::ParamSpec;
use shm_wire::reason::Why;
use shm_wire::units::Nanos;

/// An algorithm of your own: which parameters it takes, and which schedule meets which tactic.
pub trait Own: Copy + Default + Debug {
    /// How much should be done by when. Fixed size, no heap; it is copied with each decision.
    type Schedule: Schedule + Copy + Debug;
    /// How to get there. Fixed size, no heap.
    type Tactic: Tactic + Copy + Debug;

    /// Its own parameters, numbers 960 to 999; the shared ones come by themselves.
    const PARAMS: &'static [ParamSpec];

    /// Checks the order's own parameters and makes schedule and tactic. `params` have been checked against
    /// [`Own::PARAMS`]: known, in range, given once.
    ///
    /// # Errors
    /// [`Refusal`] naming the parameter and the rule.
    fn start(
        order: &Order,
        instrument: &Instrument,
        params: &Params<'_>,
        settings: &Settings,
    ) -> Result<(Self::Schedule, Self::Tactic), Refusal>;
}

/// What is kept for one order: a plan of the registry, or of your algorithm.
#[expect(
    clippy::large_enum_variant,
    reason = "plans live in a table made at start: fixed size, no heap"
)]
#[derive(Clone, Copy, Debug)]
pub enum PlanWith<O: Own> {
    /// Of the registry.
    Registry(Plan),
    /// Of your algorithm.
    Own(O::Schedule, O::Tactic, Settings),
}

impl<O: Own> Default for PlanWith<O> {
    fn default() -> Self {
        PlanWith::Registry(Plan::default())
    }
}

/// The registry, with your algorithm as CUSTOM.
#[derive(Clone, Copy, Debug)]
pub struct With<O> {
    registry: Registry,
    own: PhantomData<O>,
}

impl<O: Own> With<O> {
    /// Your algorithm beside those of the registry.
    #[must_use]
    pub const fn new(registry: Registry) -> With<O> {
        With {
            registry,
            own: PhantomData,
        }
    }
    /// The parameters of your algorithm, shared ones included.
    pub fn specs() -> impl Iterator<Item = &'static ParamSpec> + Clone {
        all(O::PARAMS)
    }
}

impl<O: Own> Algorithms for With<O> {
    type Plan = PlanWith<O>;
    type Pace = Pace;

    fn plan(
        &self,
        algorithm: u16,
        order: &Order,
        instrument: &Instrument,
        now: Nanos,
    ) -> Result<(PlanWith<O>, Constraints), Refusal> {
        if is_own(algorithm) {
            return own_plan::<O>(order, instrument);
        }
        let (plan, constraints) = self.registry.plan(algorithm, order, instrument, now)?;
        Ok((PlanWith::Registry(plan), constraints))
    }

    fn plan_in(
        &self,
        algorithm: u16,
        order: &Order,
        instrument: &Instrument,
        market: &MarketState,
        now: Nanos,
    ) -> Result<(PlanWith<O>, Constraints), Refusal> {
        if is_own(algorithm) {
            return own_plan::<O>(order, instrument);
        }
        let (plan, constraints) = self
            .registry
            .plan_in(algorithm, order, instrument, market, now)?;
        Ok((PlanWith::Registry(plan), constraints))
    }

    fn accept_note(&self, plan: &PlanWith<O>) -> Why {
        match plan {
            PlanWith::Registry(plan) => self.registry.accept_note(plan),
            PlanWith::Own(schedule, ..) => schedule.accepted(),
        }
    }

    fn target(&self, plan: &mut PlanWith<O>, view: &View<'_>) -> (Target, Pace) {
        match plan {
            PlanWith::Registry(plan) => self.registry.target(plan, view),
            PlanWith::Own(schedule, _, settings) => {
                let (mut target, mut pace) = schedule.target(settings, view);
                hasten(view, &mut target, &mut pace);
                (target, pace)
            }
        }
    }

    fn place(
        &self,
        plan: &mut PlanWith<O>,
        view: &View<'_>,
        target: &Target,
        pace: &Pace,
        intents: &mut Intents,
    ) -> Placement {
        match plan {
            PlanWith::Registry(plan) => self.registry.place(plan, view, target, pace, intents),
            PlanWith::Own(schedule, tactic, settings) => {
                let mut placed = tactic.place(settings, view, target, pace, intents);
                if intents.is_empty()
                    && let Some(why) = schedule.notice(view)
                {
                    placed.why = why;
                }
                placed
            }
        }
    }

    fn resume(&self, plan: &mut PlanWith<O>, view: &View<'_>, policy: ResumePolicy) {
        match plan {
            PlanWith::Registry(plan) => self.registry.resume(plan, view, policy),
            PlanWith::Own(schedule, _, settings) => schedule.resume(settings, view, policy),
        }
    }
}

fn is_own(algorithm: u16) -> bool {
    algorithm == AlgorithmCode::Custom.code()
}

fn own_plan<O: Own>(
    order: &Order,
    instrument: &Instrument,
) -> Result<(PlanWith<O>, Constraints), Refusal> {
    let params = Params::check(O::PARAMS, order)?;
    let (settings, constraints) = Settings::read(&params)?;
    let (schedule, tactic) = O::start(order, instrument, &params, &settings)?;
    Ok((PlanWith::Own(schedule, tactic, settings), constraints))
}
