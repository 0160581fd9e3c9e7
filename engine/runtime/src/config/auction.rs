//! An auction in the configuration.

use super::instrument::{FieldRule, time, yes};
use super::load::format_time;
use serde::{Deserialize, Serialize};
use shm_wire::auction::{AUCTION_IMBALANCE_ONLY, AUCTION_LIMIT, AUCTION_MARKET, Auction};
use shm_wire::codes::AuctionKind;

/// One auction of the calendar. Times are RFC 3339.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuctionConfig {
    /// `open`, `close` or `intraday`.
    pub kind: String,
    /// Scheduled cross.
    pub time: String,
    /// No order is taken from here on.
    pub cutoff: String,
    /// Orders are taken from here on; default twelve hours before the cross.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// No imbalance-only order is taken from here on; default `cutoff`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imbalance_cutoff: Option<String>,
    /// No order may be taken back from here on; default `cutoff`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancel_cutoff: Option<String>,
    /// No cross is expected from here on; default 15 minutes after the scheduled cross.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// Volume that is usually paired, quantity steps; 0 = unknown.
    #[serde(default)]
    pub usual_qty: u64,
    /// Venue whose print is the cross; 0 = any.
    #[serde(default)]
    pub venue: u16,
    /// Market orders are taken.
    #[serde(default = "yes")]
    pub market: bool,
    /// Limit orders are taken.
    #[serde(default = "yes")]
    pub limit: bool,
    /// Imbalance-only orders are taken.
    #[serde(default)]
    pub imbalance_only: bool,
}

/// Default of `from`: this long before the cross.
const FROM_BEFORE: u64 = 12 * 3_600 * 1_000_000_000;
/// Default of `until`: this long after the scheduled cross.
const UNTIL_AFTER: u64 = 900 * 1_000_000_000;

impl AuctionConfig {
    pub(super) fn of(auction: &Auction) -> AuctionConfig {
        let time = |t: u64| Some(format_time(t));
        let kind = AuctionKind::try_from(auction.kind).map_or("", AuctionKind::text);
        AuctionConfig {
            kind: kind.into(),
            time: format_time(auction.time),
            cutoff: format_time(auction.cutoff),
            from: time(auction.from),
            imbalance_cutoff: time(auction.imbalance_cutoff),
            cancel_cutoff: time(auction.cancel_cutoff),
            until: time(auction.until),
            usual_qty: auction.usual_qty,
            venue: auction.venue,
            market: auction.offers(AUCTION_MARKET),
            limit: auction.offers(AUCTION_LIMIT),
            imbalance_only: auction.offers(AUCTION_IMBALANCE_ONLY),
        }
    }
    pub(super) fn record(&self, index: usize, broken: &mut Vec<FieldRule>) -> Auction {
        let field = |name: &str| format!("auctions[{index}].{name}");
        let mut at = |name: &str, value: &str| time(value, &field(name), broken);
        let (cross, cutoff) = (at("time", &self.time), at("cutoff", &self.cutoff));
        let mut or = |name: &str, value: &Option<String>, default: u64| match value {
            Some(value) => at(name, value),
            None => default,
        };
        let flag = |on: bool, bit: u8| if on { bit } else { 0 };
        let auction = Auction {
            from: or("from", &self.from, cross.saturating_sub(FROM_BEFORE)),
            cutoff,
            imbalance_cutoff: or("imbalance_cutoff", &self.imbalance_cutoff, cutoff),
            cancel_cutoff: or("cancel_cutoff", &self.cancel_cutoff, cutoff),
            time: cross,
            until: or("until", &self.until, cross.saturating_add(UNTIL_AFTER)),
            usual_qty: self.usual_qty,
            venue: self.venue,
            kind: 0,
            flags: flag(self.market, AUCTION_MARKET)
                | flag(self.limit, AUCTION_LIMIT)
                | flag(self.imbalance_only, AUCTION_IMBALANCE_ONLY),
            reserved: 0,
        };
        let kinds = [AuctionKind::Open, AuctionKind::Close, AuctionKind::Intraday];
        match kinds.iter().find(|k| k.text() == self.kind) {
            Some(kind) => Auction {
                kind: kind.code(),
                ..auction
            },
            None => {
                let rule = format!("must be open, close or intraday, found {:?}", self.kind);
                broken.push((field("kind"), rule));
                auction
            }
        }
    }
}
