//! What an order did in auctions, and the official prices they made.

use super::bps;
use crate::format::Decimal;
use crate::ledger::Fill;
use crate::ratio::{Ratio, fraction};
use serde::Serialize;
use shm_wire::codes::{AuctionKind, TimeInForce};
use shm_wire::market::OfficialPrice;
use shm_wire::units::Price;

/// An official price as the run saw it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Official {
    /// When it was published, ns UTC.
    pub time: u64,
    /// `AuctionKind` code.
    pub kind: u8,
    /// Price.
    pub price: Price,
    /// Volume of the cross, steps; 0 unknown.
    pub qty: u64,
}

impl Official {
    /// What a message says, taken at `time`; `None` when its price is out of bounds.
    #[must_use]
    pub fn of(time: u64, m: &OfficialPrice) -> Option<Official> {
        Some(Official {
            time,
            kind: m.auction,
            price: Price::decode(m.price)?,
            qty: m.qty,
        })
    }
}

/// The part of one order in one kind of auction.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct AuctionPart {
    /// `open`, `close` or `intraday`.
    pub kind: String,
    /// Quantity sent to it, steps.
    pub sent: u64,
    /// Filled in it, steps.
    pub filled: u64,
    /// Average price of those fills.
    pub average_price: Option<Decimal>,
    /// Official price of the auction.
    pub official_price: Option<Decimal>,
    /// Volume of the cross, ours included, steps.
    pub volume: Option<u64>,
    /// filled / volume.
    pub share: Option<f64>,
    /// Against the official price, basis points, positive = cost.
    pub slippage_bps: Option<f64>,
}

/// Kind of auction that a time in force asks for, as a code; 0 for none.
#[must_use]
pub fn kind_of(time_in_force: u8) -> u8 {
    match TimeInForce::try_from(time_in_force) {
        Ok(TimeInForce::Open) => AuctionKind::Open.code(),
        Ok(TimeInForce::Close) => AuctionKind::Close.code(),
        Ok(TimeInForce::Auction) => AuctionKind::Intraday.code(),
        _ => 0,
    }
}

/// One row for each kind that an order of side `sign` sent something to: `sent` by kind code, its fills with their kind, the
/// first official price of each kind from `from` on.
#[must_use]
pub fn auction_parts(
    sent: [u64; 4],
    fills: &[(u8, &Fill)],
    officials: &[Official],
    from: u64,
    sign: i64,
) -> Vec<AuctionPart> {
    let kinds = AuctionKind::ALL.iter().filter(|k| {
        let index = usize::from(k.code()) - 1;
        sent.get(index).is_some_and(|qty| *qty > 0)
    });
    kinds
        .map(|kind| {
            let own = fills.iter().filter(|(k, f)| *k == kind.code() && !f.busted);
            let (mut filled, mut value) = (0_u64, 0_i128);
            for (_, f) in own {
                filled += f.qty;
                value = value.saturating_add(i128::from(f.price.0) * i128::from(f.qty));
            }
            let official = official(officials, *kind, from);
            let volume = official.map(|o| o.qty).filter(|q| *q > 0);
            let slippage = official.and_then(|o| {
                let base = i128::from(o.price.0).saturating_mul(i128::from(filled));
                bps(i128::from(sign) * (value - base), base)
            });
            AuctionPart {
                kind: kind.text().to_owned(),
                sent: sent[usize::from(kind.code()) - 1],
                filled,
                average_price: Ratio::new(value, i128::from(filled))
                    .and_then(Ratio::price)
                    .map(Decimal),
                official_price: official.map(|o| Decimal(o.price)),
                volume,
                share: volume.and_then(|v| fraction(filled, v)),
                slippage_bps: slippage,
            }
        })
        .collect()
}

/// The first official price of a kind at or after an instant.
fn official(officials: &[Official], kind: AuctionKind, from: u64) -> Option<Official> {
    officials
        .iter()
        .find(|o| o.kind == kind.code() && o.time >= from)
        .copied()
}
