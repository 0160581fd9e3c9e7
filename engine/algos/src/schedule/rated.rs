//! A share of the market's volume at a rate that stays, or one that follows the book: POV.

use super::bands::Bands;
use super::volume::Volume;
use super::{Pace, Schedule};
use crate::odds::Bound;
use crate::params::shared::Settings;
use engine_core::algorithm::Target;
use engine_core::view::{Order, View};
use shm_wire::codes::ResumePolicy;
use shm_wire::reason::Why;
use shm_wire::units::{Nanos, Qty};

/// One of the two.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Rated {
    /// The rate stays.
    Constant(Volume),
    /// The rate follows the book.
    Steered(Bands),
}

impl Schedule for Rated {
    fn target(&mut self, settings: &Settings, view: &View<'_>) -> (Target, Pace) {
        match self {
            Rated::Constant(s) => s.target(settings, view),
            Rated::Steered(s) => s.target(settings, view),
        }
    }
    fn resume(&mut self, settings: &Settings, view: &View<'_>, policy: ResumePolicy) {
        match self {
            Rated::Constant(s) => s.resume(settings, view, policy),
            Rated::Steered(s) => s.resume(settings, view, policy),
        }
    }
    fn planned(&self, order: &Order, time: Nanos, volume: Qty) -> Qty {
        match self {
            Rated::Constant(s) => s.planned(order, time, volume),
            Rated::Steered(s) => s.planned(order, time, volume),
        }
    }
    fn bound(&self, settings: &Settings) -> Bound {
        match self {
            Rated::Constant(s) => s.bound(settings),
            Rated::Steered(s) => s.bound(settings),
        }
    }
    fn notice(&mut self, view: &View<'_>) -> Option<Why> {
        match self {
            Rated::Constant(s) => s.notice(view),
            Rated::Steered(s) => s.notice(view),
        }
    }
}
