//! A schedule that was chosen by name: for CUSTOM, where the choice is the order's.

use super::curve::Curved;
use super::linear::Linear;
use super::rated::Rated;
use super::whole::Whole;
use super::{Pace, Schedule};
use crate::odds::Bound;
use crate::params::shared::Settings;
use engine_core::algorithm::Target;
use engine_core::view::View;
use shm_wire::codes::ResumePolicy;
use shm_wire::reason::Why;

/// One of the schedules.
#[derive(Clone, Copy, Debug)]
pub enum AnySchedule {
    /// A straight line over the window.
    Linear(Linear),
    /// A share of the market's volume.
    Volume(Rated),
    /// Everything at once.
    Whole(Whole),
    /// A volume curve over the window.
    Curved(Curved),
}

impl Schedule for AnySchedule {
    fn target(&mut self, settings: &Settings, view: &View<'_>) -> (Target, Pace) {
        match self {
            AnySchedule::Linear(s) => s.target(settings, view),
            AnySchedule::Volume(s) => s.target(settings, view),
            AnySchedule::Whole(s) => s.target(settings, view),
            AnySchedule::Curved(s) => s.target(settings, view),
        }
    }
    fn resume(&mut self, settings: &Settings, view: &View<'_>, policy: ResumePolicy) {
        match self {
            AnySchedule::Linear(s) => s.resume(settings, view, policy),
            AnySchedule::Volume(s) => s.resume(settings, view, policy),
            AnySchedule::Whole(s) => s.resume(settings, view, policy),
            AnySchedule::Curved(s) => s.resume(settings, view, policy),
        }
    }
    fn bound(&self, settings: &Settings) -> Bound {
        match self {
            AnySchedule::Linear(s) => s.bound(settings),
            AnySchedule::Volume(s) => s.bound(settings),
            AnySchedule::Whole(s) => s.bound(settings),
            AnySchedule::Curved(s) => s.bound(settings),
        }
    }
    fn notice(&mut self, view: &View<'_>) -> Option<Why> {
        match self {
            AnySchedule::Linear(s) => s.notice(view),
            AnySchedule::Volume(s) => s.notice(view),
            AnySchedule::Whole(s) => s.notice(view),
            AnySchedule::Curved(s) => s.notice(view),
        }
    }
}
