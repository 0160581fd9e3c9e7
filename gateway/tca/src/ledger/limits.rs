//! How bad a child's price may be: the limit of the terms, and the relative limit once the arrival price is known.

use shm_wire::codes::Side;
use shm_wire::parent::Terms;
use shm_wire::units::Price;

/// Number of `relative_limit_bps` on the wire (`engine/algos` owns the table; the gateway has a test that compares them).
pub const RELATIVE_LIMIT_BPS_ID: u16 = 14;

/// Limits of one version of the terms.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Limits {
    /// Absolute; [`Price::NONE`] without.
    pub(super) absolute: Price,
    /// How much worse than the arrival price a price may be, signed basis points.
    relative_bps: Option<i64>,
}

impl Limits {
    /// Nothing is forbidden.
    pub(super) const NONE: Limits = Limits {
        absolute: Price::NONE,
        relative_bps: None,
    };
    pub(super) fn of(terms: &Terms) -> Limits {
        let count = usize::from(terms.parameter_count).min(terms.parameters.len());
        let sent = &terms.parameters[..count];
        Limits {
            absolute: Price(terms.limit),
            relative_bps: sent
                .iter()
                .find(|p| p.id == RELATIVE_LIMIT_BPS_ID)
                .map(|p| p.value),
        }
    }
    /// Whether a child may have this price; no price is no limit. A relative limit allows nothing before there is an arrival price.
    pub(super) fn allow(&self, side: Side, price: Price, arrival: Price) -> bool {
        let worse = |limit: i128| {
            let price = i128::from(price.0) * 10_000;
            if side.is_buy() {
                price > limit
            } else {
                price < limit
            }
        };
        if self.absolute.is_some()
            && (!price.is_some() || worse(i128::from(self.absolute.0) * 10_000))
        {
            return false;
        }
        let Some(bps) = self.relative_bps else {
            return true;
        };
        let room = i128::from(arrival.0.unsigned_abs()) * i128::from(bps) * i128::from(side.sign());
        arrival.is_some() && price.is_some() && !worse(i128::from(arrival.0) * 10_000 + room)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tighter_limit_decides_and_an_unknown_arrival_allows_nothing() {
        let limits = |absolute: i64, bps| Limits {
            absolute: Price(absolute),
            relative_bps: bps,
        };
        let allow = |l: Limits, side, price: i64| l.allow(side, Price(price), Price(100_000));
        assert!(allow(limits(100_300, Some(20)), Side::Buy, 100_200));
        assert!(!allow(limits(100_300, Some(20)), Side::Buy, 100_201));
        assert!(!allow(limits(100_100, Some(20)), Side::Buy, 100_101));
        assert!(allow(limits(99_000, Some(20)), Side::Sell, 99_800));
        assert!(!allow(limits(99_000, Some(20)), Side::Sell, 99_799));
        assert!(!allow(limits(99_000, Some(-20)), Side::Sell, 100_199));
        assert!(allow(Limits::NONE, Side::Sell, 1));
        assert!(!limits(100_300, Some(20)).allow(Side::Buy, Price(1), Price::NONE));
        assert!(!limits(100_300, None).allow(Side::Buy, Price::NONE, Price::NONE));
    }
}
