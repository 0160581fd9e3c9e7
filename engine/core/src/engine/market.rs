//! Market data: updates an instrument's state and wakes only who is due.

use super::{Engine, WAKES_PER_STEP};
use crate::algorithm::Algorithms;
use crate::input::Inbound;
use crate::market::Continuity;
use crate::marks::{ALL_KINDS, Kind};
use shm_wire::codes::TradingStatus;
use shm_wire::instrument::INSTRUMENT_NEGATIVE_PRICES;
use shm_wire::market::{PriceBands, Quote, Status, Trade, TradeCancel, TradeCorrect, condition};
use shm_wire::units::{DurationNs, Price, Qty};

/// Trading is left to find its price for this long after a halt or auction (`BEHAVIOUR.md` 2.3).
const SETTLE: DurationNs = DurationNs::from_secs(5);

impl<A: Algorithms> Engine<A> {
    /// Checks instrument and sequence; `None` when the message is to be dropped.
    #[inline]
    fn enter(&mut self, instrument: u32, sequence: u32) -> Option<()> {
        self.counters.market_messages += 1;
        let Some(slot) = self.instruments.get_mut(instrument as usize) else {
            self.counters.refused += 1;
            return None;
        };
        match slot.market.advance(sequence) {
            Continuity::Next => Some(()),
            Continuity::Old => {
                self.counters.duplicates += 1;
                None
            }
            Continuity::Gap => {
                self.counters.market_gaps += 1;
                self.start_sweep(instrument);
                Some(())
            }
        }
    }

    #[inline]
    pub(super) fn on_quote(&mut self, m: &Quote) {
        if self.enter(m.instrument, m.sequence).is_none() {
            return;
        }
        let slot = &mut self.instruments[m.instrument as usize];
        let negative = (m.bid_price < 0 && m.bid_qty > 0) || (m.ask_price < 0 && m.ask_qty > 0);
        if negative && slot.record.flags & INSTRUMENT_NEGATIVE_PRICES == 0 {
            self.counters.refused += 1;
            return;
        }
        let was_stale = slot.market.stale;
        slot.market.on_quote(m);
        if slot.marks.touch_reached(slot.market.bid, slot.market.ask) {
            self.wake_marks(m.instrument, &ALL_KINDS[1..]);
        }
        if was_stale {
            self.start_sweep(m.instrument);
        }
    }

    #[inline]
    pub(super) fn on_trade(&mut self, m: &Trade) {
        if self.enter(m.instrument, m.sequence).is_none() {
            return;
        }
        let slot = &mut self.instruments[m.instrument as usize];
        if m.price < 0 && slot.record.flags & INSTRUMENT_NEGATIVE_PRICES == 0 {
            self.counters.refused += 1;
            return;
        }
        if slot.market.on_trade(m) {
            if slot.sizes_wanted && self.print_sizes[m.instrument as usize].note(m.qty) {
                slot.market.block_volume = Qty(slot.market.block_volume.0.saturating_add(m.qty));
            }
            if slot.marks.volume_reached(slot.market.volume) {
                self.wake_marks(m.instrument, &[Kind::Volume]);
            }
        } else if m.conditions & condition::AUCTION != 0 {
            self.on_auction_print(m);
        }
    }

    /// Queues the parents whose marks are reached, so many in one step; the rest keeps its marks for the next.
    fn wake_marks(&mut self, instrument: u32, kinds: &[Kind]) {
        let mut budget = WAKES_PER_STEP;
        for kind in kinds {
            loop {
                let slot = &mut self.instruments[instrument as usize];
                let (volume, bid, ask) = (slot.market.volume, slot.market.bid, slot.market.ask);
                let Some(p) = self
                    .marks
                    .pop_reached(&mut slot.marks, *kind, volume, bid, ask)
                else {
                    break;
                };
                self.queue(p);
                budget -= 1;
                if budget == 0 {
                    if !slot_queued(&mut self.instruments[instrument as usize].marks_queued) {
                        self.marks_pending.push(instrument);
                    }
                    return;
                }
            }
        }
    }

    /// Goes on with an instrument whose marks were too many for one step.
    pub(super) fn wake_pending_marks(&mut self) {
        if let Some(instrument) = self.marks_pending.pop() {
            self.instruments[instrument as usize].marks_queued = false;
            self.wake_marks(instrument, &ALL_KINDS);
        }
    }

    /// Market and control messages that are rare.
    pub(super) fn on_other(&mut self, message: &Inbound) {
        match message {
            Inbound::TradeCancel(m) => self.on_trade_cancel(m),
            Inbound::TradeCorrect(m) => self.on_trade_correct(m),
            Inbound::Status(m) => self.on_status(m),
            Inbound::PriceBands(m) => self.on_bands(m),
            Inbound::ShortSaleRestriction(m) => {
                if self.enter(m.instrument, m.sequence).is_some() {
                    let slot = &mut self.instruments[m.instrument as usize];
                    slot.market.short_sale_restricted = m.active != 0;
                }
            }
            Inbound::OfficialPrice(m) => {
                // Official prices repeat a print: they count for no volume.
                self.enter(m.instrument, m.sequence);
            }
            Inbound::AuctionIndicative(m) => {
                if self.enter(m.instrument, m.sequence).is_some() {
                    self.on_indicative(m);
                }
            }
            Inbound::Depth(m) => {
                if self.enter(m.instrument, m.sequence).is_some() {
                    self.counters.unsupported += 1;
                }
            }
            Inbound::FeedHeartbeat(_) => {
                self.counters.market_messages += 1;
                self.set_feed_lost(false);
            }
            other => self.on_control(other),
        }
    }

    /// A void print is taken out of the volume, so participation does not count it.
    fn on_trade_cancel(&mut self, m: &TradeCancel) {
        if self.enter(m.instrument, m.sequence).is_some()
            && m.conditions & condition::INELIGIBLE == 0
        {
            let slot = &mut self.instruments[m.instrument as usize];
            let market = &mut slot.market;
            market.volume = market.volume.saturating_sub(Qty(m.qty));
            if slot.sizes_wanted && self.print_sizes[m.instrument as usize].is_block(m.qty) {
                market.block_volume = market.block_volume.saturating_sub(Qty(m.qty));
            }
            market.turnover = market
                .turnover
                .saturating_sub(i128::from(m.price) * i128::from(m.qty));
        }
    }

    fn on_trade_correct(&mut self, m: &TradeCorrect) {
        if self.enter(m.instrument, m.sequence).is_some()
            && m.conditions & condition::INELIGIBLE == 0
        {
            let slot = &mut self.instruments[m.instrument as usize];
            let market = &mut slot.market;
            if slot.sizes_wanted {
                let sizes = &self.print_sizes[m.instrument as usize];
                let block = |qty| if sizes.is_block(qty) { qty } else { 0 };
                market.block_volume = Qty(market
                    .block_volume
                    .0
                    .saturating_sub(block(m.old_qty))
                    .saturating_add(block(m.new_qty)));
            }
            market.volume = Qty(market
                .volume
                .0
                .saturating_sub(m.old_qty)
                .saturating_add(m.new_qty));
            market.turnover = market
                .turnover
                .saturating_sub(i128::from(m.old_price) * i128::from(m.old_qty))
                .saturating_add(i128::from(m.new_price) * i128::from(m.new_qty));
            if slot.marks.volume_reached(slot.market.volume) {
                self.wake_marks(m.instrument, &[Kind::Volume]);
            }
        }
    }

    fn on_status(&mut self, m: &Status) {
        if self.enter(m.instrument, m.sequence).is_none() {
            return;
        }
        // The decoder has checked the code.
        let Ok(status) = TradingStatus::try_from(m.status) else {
            return;
        };
        let now = self.now;
        let slot = &mut self.instruments[m.instrument as usize];
        if slot.market.status != status {
            let interrupted = matches!(
                slot.market.status,
                TradingStatus::Halt | TradingStatus::Pause | TradingStatus::Auction
            );
            if interrupted && status == TradingStatus::Continuous {
                slot.settled = now.plus(SETTLE);
            }
            slot.market.status = status;
            slot.market.auction = m.auction;
            self.start_sweep(m.instrument);
        }
    }

    fn on_bands(&mut self, m: &PriceBands) {
        if self.enter(m.instrument, m.sequence).is_some() {
            let market = &mut self.instruments[m.instrument as usize].market;
            market.band_lower = Price(m.lower);
            market.band_upper = Price(m.upper);
            self.start_sweep(m.instrument);
        }
    }

    pub(super) fn set_feed_lost(&mut self, lost: bool) {
        if self.feed_lost == lost {
            return;
        }
        self.feed_lost = lost;
        if lost {
            for slot in &mut self.instruments {
                slot.market.stale = true;
            }
        }
        self.start_sweep_all();
    }
}

/// Sets a flag and says whether it was set before.
fn slot_queued(flag: &mut bool) -> bool {
    core::mem::replace(flag, true)
}
