//! A rate of the market's volume that depends on the price: bands around a reference, for SCALE_POV.
//!
//! Each look adds `rate / (1 - rate) x volume since the last look` to what is due, at the rate of the band in which the mid
//! is; marks stand at the band's edges. The rest is the constant rate's: it is shown the volume at which its rate gives
//! what is due.

use super::liquidity::Liquidity;
use super::volume::{Volume, finish, mark_for, others_for};
use super::{Pace, Schedule};
use crate::odds::Bound;
use crate::params::shared::Settings;
use engine_core::algorithm::{Target, Wake};
use engine_core::view::View;
use shm_wire::codes::ResumePolicy;
use shm_wire::reason::Why;
use shm_wire::units::{DurationNs, PPM_ONE, Ppm, Price, Qty};

/// How often spread and depth are looked at.
const LOOK: DurationNs = DurationNs::from_secs(1);
/// Bits below one step in which what is due is kept.
const FRACTION: u32 = 32;

/// What the price is compared with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Anchor {
    /// The mid at the order's start.
    Arrival,
    /// The order's limit.
    Limit,
}

/// How the rate follows the price.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Scale {
    /// Rate at the reference.
    pub rate: Ppm,
    /// Least rate.
    pub min: Ppm,
    /// Largest rate.
    pub max: Ppm,
    /// Added to the rate for each basis point by which the price is better than the reference, ppm; negative: taken off.
    pub slope_ppm: i32,
    /// Width of a band, basis points, at least 1.
    pub band_bps: u32,
    /// Reference.
    pub anchor: Anchor,
}

impl Scale {
    fn reference(&self, view: &View<'_>) -> Price {
        match self.anchor {
            Anchor::Arrival => view.arrival,
            Anchor::Limit => view.order.limit,
        }
    }
    /// Number of the band: how many widths the mid is better than the reference, rounded down.
    fn band(&self, view: &View<'_>) -> Option<i64> {
        let (reference, mid) = (self.reference(view), view.market.mid);
        if !reference.is_some() || !mid.is_some() || reference.0 == 0 {
            return None;
        }
        let better = i128::from(reference.0) - i128::from(mid.0);
        let better = if view.is_buy() { better } else { -better };
        let width = i128::from(reference.0.unsigned_abs()) * i128::from(self.band_bps.max(1));
        i64::try_from((better * 10_000).div_euclid(width)).ok()
    }
    /// The rate in a band.
    #[must_use]
    pub fn rate_in(&self, band: i64) -> Ppm {
        let bps = band.saturating_mul(i64::from(self.band_bps.max(1)));
        let add = bps.saturating_mul(i64::from(self.slope_ppm));
        let rate = i64::from(self.rate.0).saturating_add(add);
        let rate = rate.clamp(i64::from(self.min.0), i64::from(self.max.0));
        Ppm(u32::try_from(rate).unwrap_or(self.rate.0).min(PPM_ONE - 1))
    }
    /// Marks at which the mid may have left the band: either side of the touch moved by what is left of it, a tick at least.
    fn wake(&self, view: &View<'_>, band: i64) -> Wake {
        let (market, buy) = (view.market, view.is_buy());
        let reference = self.reference(view);
        let edge = |number: i64| {
            let width = i128::from(reference.0.unsigned_abs()) * i128::from(self.band_bps.max(1));
            let off = width * i128::from(number) / 10_000;
            let off = i64::try_from(off).unwrap_or(i64::MAX / 4);
            better_by(reference, off, buy)
        };
        let mid = market.mid;
        let (a, b) = (edge(band), edge(band.saturating_add(1)));
        let (low, high) = (a.min(b), a.max(b));
        let up = high.0.saturating_sub(mid.0).max(1);
        let down = mid.0.saturating_sub(low.0).max(1);
        let tick = view.instrument.tick_at(mid);
        Wake {
            bid_at_or_above: market.bid.checked_add(up.max(tick)),
            ask_at_or_above: market.ask.checked_add(up.max(tick)),
            bid_at_or_below: market.bid.checked_add(-down.max(tick)),
            ask_at_or_below: market.ask.checked_add(-down.max(tick)),
            ..Wake::NEVER
        }
    }
}

/// `price` better by `distance`: lower for a buy, higher for a sale.
fn better_by(price: Price, distance: i64, buy: bool) -> Price {
    let signed = if buy {
        distance.saturating_neg()
    } else {
        distance
    };
    price.checked_add(signed).unwrap_or(price)
}

/// What the rate follows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Steer {
    /// The price, in bands.
    Price(Scale),
    /// Spread and depth; with the least rate that the order asked for, if it did.
    Liquidity(Liquidity, Option<Ppm>),
}

/// State of the schedule.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Bands {
    volume: Volume,
    steer: Steer,
    /// Market volume at the last look; none before the first.
    seen: Option<Qty>,
    /// Rate since then.
    rate: Ppm,
    /// What is due: whole steps, and 2^-32 steps beyond them.
    due: (Qty, u32),
}

impl Bands {
    /// The rate of `steer`, worked like `volume`.
    #[must_use]
    pub const fn new(volume: Volume, steer: Steer) -> Bands {
        let rate = match steer {
            Steer::Price(scale) => scale.rate,
            Steer::Liquidity(liquidity, _) => liquidity.usual_rate(),
        };
        Bands {
            volume,
            steer,
            seen: None,
            rate,
            due: (Qty::ZERO, 0),
        }
    }

    /// Counts the volume since the last look at the rate that held; then takes the rate of the market now. Gives what wakes for
    /// another one.
    fn count(&mut self, view: &View<'_>) -> Wake {
        let volume = view.market_volume;
        match self.seen {
            // What is done already counts as due: an amended order goes on from there.
            None => self.due = (view.ledger.filled(), 0),
            Some(seen) => {
                let more = u128::from(volume.saturating_sub(seen).0) << FRACTION;
                let rest = PPM_ONE.saturating_sub(self.rate.0).max(1);
                let more = more * u128::from(self.rate.0) / u128::from(rest);
                let due = (u128::from(self.due.0.0) << FRACTION) + u128::from(self.due.1) + more;
                let whole = u64::try_from(due >> FRACTION).unwrap_or(u64::MAX);
                // The low half of it.
                self.due = (Qty(whole), (due & u128::from(u32::MAX)) as u32);
            }
        }
        self.seen = Some(volume);
        match &mut self.steer {
            Steer::Price(scale) => {
                let band = scale.band(view);
                self.rate = band.map_or(scale.rate, |b| scale.rate_in(b));
                band.map_or(Wake::NEVER, |b| scale.wake(view, b))
            }
            Steer::Liquidity(liquidity, _) => {
                self.rate = liquidity.look(view).unwrap_or(self.rate);
                Wake::at(view.now.plus(LOOK))
            }
        }
    }
}

impl Schedule for Bands {
    fn target(&mut self, settings: &Settings, view: &View<'_>) -> (Target, Pace) {
        let wake = self.count(view);
        let due = self.due.0;
        let due = due.saturating_sub(self.volume.forgiveness.look(view, due));
        self.volume.set_rate(self.rate);
        let shown = View {
            market_volume: others_for(due.min(view.order.quantity), self.rate),
            ..*view
        };
        let (mut target, mut pace) = self.volume.rated(settings, &shown);
        target.wake.volume = mark_for(target.wake.volume, &shown, view);
        if pace.finishing {
            finish(view, &mut target, &mut pace);
        }
        if let Steer::Liquidity(_, Some(min)) = self.steer
            && !pace.finishing
        {
            // The order's own bound is on all of the volume, whatever the rate is now.
            let least = min.own_of_others(view.market_volume).min(due);
            pace.lower = pace.lower.min(least);
            pace.aim = pace.aim.max(pace.lower);
        }
        target.wake = target.wake.or(wake);
        self.volume.prospect.look(view, &mut target);
        (target, pace)
    }

    fn resume(&mut self, settings: &Settings, view: &View<'_>, policy: ResumePolicy) {
        self.volume.resume(settings, view, policy);
    }

    /// At the rate of the reference price, or of a usual book.
    fn bound(&self, settings: &Settings) -> Bound {
        Bound::of_rate(settings, self.rate, None)
    }

    fn notice(&mut self, view: &View<'_>) -> Option<Why> {
        let due = self.due.0;
        let (rate, mut forgiveness) = (self.rate, self.volume.forgiveness);
        self.volume.prospect.notice(view, || {
            let due = due.saturating_sub(forgiveness.look(view, Qty::ZERO));
            others_for(view.order.quantity.saturating_sub(due), rate)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_follows_the_bands_between_its_bounds() {
        let scale = Scale {
            rate: Ppm(100_000),
            min: Ppm(50_000),
            max: Ppm(200_000),
            slope_ppm: 2_000,
            band_bps: 5,
            anchor: Anchor::Arrival,
        };
        let rates = [-100, -3, -1, 0, 1, 4, 100].map(|b| scale.rate_in(b).0);
        assert_eq!(
            rates,
            [50_000, 70_000, 90_000, 100_000, 110_000, 140_000, 200_000]
        );
    }
}
