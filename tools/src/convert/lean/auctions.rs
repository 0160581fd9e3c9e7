//! The auctions of a Lean day: the primary exchange's crosses among the prints, and the calendar that goes with them.
//!
//! The file has single prints with the opening or closing condition, one per exchange that held a cross. The primary's is
//! the largest. Nothing is told before the cross, so there are no indicatives and no imbalance-only orders.

use shm_wire::auction::{AUCTION_IMBALANCE_ONLY, Auction};
use shm_wire::codes::AuctionKind;
use shm_wire::instrument::{Instrument, Session};
use shm_wire::market::{OfficialPrice, Trade, condition};
use shm_wire::units::{Nanos, Qty};

use super::codes;
use crate::convert::day::TradingDay;
use crate::error::UserError;

/// Settings of the calendar.
#[derive(Clone, Debug, clap::Args)]
pub struct AuctionArgs {
    /// Letter of the primary exchange, whose crosses are the auctions; when left out, that of the largest cross
    #[arg(long)]
    pub primary: Option<char>,
    /// No order for the opening auction is taken or given back from here on, New York
    #[arg(long, default_value = "09:28")]
    pub open_cutoff: String,
    /// No order for the closing auction is taken or given back from here on, New York
    #[arg(long, default_value = "15:50")]
    pub close_cutoff: String,
    /// Volume that the opening auction usually pairs, shares; 0: not known
    #[arg(long, default_value_t = 0)]
    pub open_volume: u64,
    /// Volume that the closing auction usually pairs, shares; 0: not known
    #[arg(long, default_value_t = 0)]
    pub close_volume: u64,
}

impl Default for AuctionArgs {
    fn default() -> AuctionArgs {
        AuctionArgs {
            primary: None,
            open_cutoff: "09:28".to_owned(),
            close_cutoff: "15:50".to_owned(),
            open_volume: 0,
            close_volume: 0,
        }
    }
}

/// The crosses that were found and entered into the calendar.
#[derive(Debug, Default)]
pub(super) struct Crosses {
    found: Vec<(u64, OfficialPrice)>,
    /// What a reader of the report should know.
    pub(super) notes: Vec<String>,
}

impl Crosses {
    /// Finds the crosses and enters their auctions.
    ///
    /// # Errors
    /// [`UserError`] when a setting breaks a rule.
    pub(super) fn enter(
        args: &AuctionArgs,
        day: &TradingDay,
        trades: &[Trade],
        instrument: &mut Instrument,
    ) -> Result<Crosses, UserError> {
        let session = day.session();
        let primary = match args.primary {
            Some(letter) => Some(venue(letter)?),
            None => largest(trades, session).map(|t| t.venue),
        };
        let mut crosses = Crosses::default();
        for (mut auction, field, cutoff, usual) in [
            (
                Auction::us_open(Nanos(session.open), Qty(args.open_volume)),
                "open-cutoff",
                &args.open_cutoff,
                args.open_volume,
            ),
            (
                Auction::us_close(Nanos(session.close), Qty(args.close_volume)),
                "close-cutoff",
                &args.close_cutoff,
                args.close_volume,
            ),
        ] {
            let kind = AuctionKind::try_from(auction.kind).map_or("", AuctionKind::text);
            auction.cutoff = day.at(clock(cutoff, field)?);
            auction.imbalance_cutoff = auction.cutoff;
            auction.cancel_cutoff = auction.cutoff;
            auction.flags &= !AUCTION_IMBALANCE_ONLY;
            auction.venue = primary.unwrap_or(0);
            let cross = crosses_of(trades, &auction).max_by_key(|t| t.qty);
            let Some(cross) = cross.filter(|_| primary.is_some()) else {
                let note = format!("no {kind} print of an auction: the calendar has none");
                crosses.notes.push(note);
                continue;
            };
            let forecast = if usual == 0 { "not known" } else { "given" };
            crosses.notes.push(format!(
                "{kind} auction on venue {}: orders until {cutoff} New York, cross of {} shares, usual volume {forecast}",
                cross.venue, cross.qty
            ));
            crosses.found.push((
                cross.trade_id,
                OfficialPrice {
                    time: cross.time,
                    price: cross.price,
                    qty: cross.qty,
                    auction: auction.kind,
                    ..OfficialPrice::empty()
                },
            ));
            instrument.add_auction(auction);
        }
        match instrument.check() {
            None => Ok(crosses),
            Some((field, rule)) => Err(UserError::new(
                "lean.auctions",
                "the auctions break a rule of the calendar",
            )
            .field(field)
            .rule(rule)),
        }
    }

    /// The official price that a print makes.
    pub(super) fn official(&self, trade: &Trade) -> Option<OfficialPrice> {
        let found = self.found.iter().find(|(id, _)| *id == trade.trade_id);
        found.map(|(_, official)| *official)
    }
}

/// Prints that can be an auction's cross.
fn crosses_of<'a>(trades: &'a [Trade], auction: &Auction) -> impl Iterator<Item = &'a Trade> {
    let auction = *auction;
    trades.iter().filter(move |t| {
        t.conditions & condition::INELIGIBLE == condition::AUCTION
            && t.conditions & condition::OFF_EXCHANGE == 0
            && auction.may_cross(Nanos(t.time), t.venue)
    })
}

/// The largest closing cross of any exchange, else the largest opening one.
fn largest(trades: &[Trade], session: Session) -> Option<&Trade> {
    let of = |auction| crosses_of(trades, &auction).max_by_key(|t| t.qty);
    of(Auction::us_close(Nanos(session.close), Qty(0)))
        .or_else(|| of(Auction::us_open(Nanos(session.open), Qty(0))))
}

fn venue(letter: char) -> Result<u16, UserError> {
    let mut bytes = [0; 4];
    match codes::venue(letter.encode_utf8(&mut bytes).as_bytes()) {
        0 => Err(
            UserError::new("lean.primary", format!("{letter:?} is no exchange"))
                .field("primary")
                .rule("one letter, A to Z"),
        ),
        venue => Ok(venue),
    }
}

/// `15:50` as nanoseconds after midnight.
fn clock(text: &str, field: &str) -> Result<u64, UserError> {
    let parts: Option<Vec<u64>> = text.split(':').map(|p| p.parse().ok()).collect();
    match parts.as_deref() {
        Some([hours @ 0..=23, minutes @ 0..=59]) => Ok((hours * 60 + minutes) * 60_000_000_000),
        _ => Err(
            UserError::new("lean.cutoff", format!("{text:?} is no time of day"))
                .field(field)
                .rule("HH:MM, New York"),
        ),
    }
}
