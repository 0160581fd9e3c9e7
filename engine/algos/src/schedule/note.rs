//! What is told with the acceptance of an order.

use super::shape::Window;
use crate::curves::Rung;
use shm_wire::reason::{Reason, Why};
use shm_wire::units::PPM_ONE;

/// What a plan was made from, for people.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Note {
    /// Where the curve comes from.
    pub(crate) rung: Rung,
    /// Probability of completion under the cap, millionths; one without a cap.
    pub(crate) completion_ppm: u32,
    /// Expected cost against the arrival price, thousandths of a basis point; zero where there is no estimate.
    pub(crate) cost_milli_bps: i32,
}

impl Note {
    /// The reason of the acceptance, over the window of the line.
    pub(crate) fn why(&self, window: Window) -> Why {
        let horizon = i64::try_from(window.length().0 / 1_000_000).unwrap_or(i64::MAX);
        let rung = self.rung.code();
        if self.completion_ppm < super::outlook::WARN_BELOW_PPM {
            let probability = i64::from(self.completion_ppm.min(PPM_ONE));
            return Why::new(Reason::AcceptedUnlikely, [probability, rung, horizon]);
        }
        let cost = i64::from(self.cost_milli_bps);
        Why::new(Reason::Accepted, [rung, horizon, cost])
    }
}
