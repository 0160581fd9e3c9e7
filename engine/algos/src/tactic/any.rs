//! A tactic that was chosen by name: for CUSTOM, where the choice is the order's.

use super::Tactic;
use super::ahead_behind::AheadBehind;
use super::single::Single;
use super::take::Take;
use crate::params::shared::Settings;
use crate::schedule::Pace;
use engine_core::algorithm::{Intents, Placement, Target};
use engine_core::view::View;

/// One of the tactics.
#[derive(Clone, Copy, Debug)]
pub enum AnyTactic {
    /// The band.
    AheadBehind(AheadBehind),
    /// One visible child.
    Single(Single),
    /// Taking what shows.
    Take(Take),
}

impl Tactic for AnyTactic {
    fn place(
        &mut self,
        settings: &Settings,
        view: &View<'_>,
        target: &Target,
        pace: &Pace,
        intents: &mut Intents,
    ) -> Placement {
        match self {
            AnyTactic::AheadBehind(t) => t.place(settings, view, target, pace, intents),
            AnyTactic::Single(t) => t.place(settings, view, target, pace, intents),
            AnyTactic::Take(t) => t.place(settings, view, target, pace, intents),
        }
    }
}
