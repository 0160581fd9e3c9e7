//! Tactics: how the difference between target and ledger becomes intents.

pub mod ahead_behind;
pub mod any;
pub mod peg;
mod price;
pub mod single;
mod situation;
pub mod take;
pub mod tranche;

use crate::params::shared::Settings;
use crate::schedule::Pace;
use engine_core::algorithm::{Intents, Placement, Target};
use engine_core::view::View;

/// A tactic: fixed-size state that places one order.
pub trait Tactic {
    /// Pushes intents; says why, and what wakes it.
    fn place(
        &mut self,
        settings: &Settings,
        view: &View<'_>,
        target: &Target,
        pace: &Pace,
        intents: &mut Intents,
    ) -> Placement;
}
