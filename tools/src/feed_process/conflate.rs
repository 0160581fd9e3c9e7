//! What the feed handler keeps while a market ring is full: the newest quote of each instrument, prints summed, everything else as it is.

use shm_wire::market::{FLAG_CONFLATED, Quote, Trade};
use shm_wire::message::Message;
use std::collections::VecDeque;

/// Messages that wait, in the order in which they shall be sent.
#[derive(Debug)]
pub struct Conflation {
    queue: VecDeque<Vec<u64>>,
    /// For each instrument: how many messages before the front of the queue's life its quote and print stand, if they wait.
    waiting: Vec<Waiting>,
    /// Messages taken out of the queue so far: positions count from the beginning.
    sent: u64,
    /// Messages that were merged into one that waited.
    merged: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Waiting {
    quote: Option<u64>,
    trade: Option<u64>,
}

impl Conflation {
    /// For this many instruments.
    #[must_use]
    pub fn new(instruments: usize) -> Conflation {
        Conflation {
            queue: VecDeque::new(),
            waiting: vec![Waiting::default(); instruments],
            sent: 0,
            merged: 0,
        }
    }

    /// Whether nothing waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Messages merged so far.
    #[must_use]
    pub fn merged(&self) -> u64 {
        self.merged
    }

    /// Takes a message that found no room. Quotes and prints of an instrument merge only with those behind its last other
    /// message, so that a status never changes places with what came before it.
    pub fn take(&mut self, words: &[u64]) {
        let instrument = words[1] as u32 as usize;
        let position = self.sent + self.queue.len() as u64;
        let Some(waiting) = self.waiting.get_mut(instrument) else {
            return;
        };
        if let Ok(quote) = Quote::from_words(words) {
            if let Some(at) = waiting.quote {
                self.merged += 1;
                let mut newest = quote;
                newest.header.flags |= FLAG_CONFLATED;
                self.queue[(at - self.sent) as usize] = newest.words().to_vec();
                return;
            }
            waiting.quote = Some(position);
        } else if let Ok(trade) = Trade::from_words(words) {
            if let Some(at) = waiting.trade {
                let slot = &mut self.queue[(at - self.sent) as usize];
                if let Some(sum) = summed(slot, &trade) {
                    self.merged += 1;
                    *slot = sum.words().to_vec();
                    return;
                }
            }
            waiting.trade = Some(position);
        } else {
            *waiting = Waiting::default();
        }
        self.queue.push_back(words.to_vec());
    }

    /// The next message to send.
    #[expect(
        clippy::should_implement_trait,
        reason = "not an iterator: messages come and go"
    )]
    pub fn next(&mut self) -> Option<Vec<u64>> {
        let words = self.queue.pop_front()?;
        if let Some(waiting) = self.waiting.get_mut(words[1] as u32 as usize) {
            let here = Some(self.sent);
            if waiting.quote == here {
                waiting.quote = None;
            }
            if waiting.trade == here {
                waiting.trade = None;
            }
        }
        self.sent += 1;
        Some(words)
    }

    /// Gives back the message that [`Conflation::next`] handed out last.
    pub fn put_back(&mut self, words: Vec<u64>) {
        self.sent -= 1;
        self.queue.push_front(words);
    }

    /// Instrument of the message that waits first; `usize::MAX` when none does.
    #[must_use]
    pub fn first_instrument(&self) -> usize {
        self.queue
            .front()
            .map_or(usize::MAX, |words| words[1] as u32 as usize)
    }
}

/// The print that waits and `trade` as one: quantities added, price and number of the later. `None` when they may not be merged: other
/// conditions count differently, and a sum must stay in bounds.
fn summed(waiting: &[u64], trade: &Trade) -> Option<Trade> {
    let first = Trade::from_words(waiting).ok()?;
    let qty = first.qty.checked_add(trade.qty)?;
    if first.conditions != trade.conditions || qty > shm_wire::units::Qty::BOUND {
        return None;
    }
    let mut sum = *trade;
    sum.qty = qty;
    sum.header.flags |= FLAG_CONFLATED;
    Some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;
    use shm_wire::market::{Status, condition};

    fn quote(instrument: u32, bid: i64) -> Vec<u64> {
        Quote {
            instrument,
            bid_price: bid,
            ..Quote::empty()
        }
        .words()
        .to_vec()
    }
    fn trade(instrument: u32, price: i64, qty: u64, conditions: u32) -> Vec<u64> {
        Trade {
            instrument,
            price,
            qty,
            conditions,
            ..Trade::empty()
        }
        .words()
        .to_vec()
    }
    fn status(instrument: u32) -> Vec<u64> {
        Status {
            instrument,
            status: 2,
            ..Status::empty()
        }
        .words()
        .to_vec()
    }

    #[test]
    fn the_newest_quote_stays_and_prints_are_summed() {
        let mut c = Conflation::new(2);
        for bid in 1..=5 {
            c.take(&quote(0, bid));
            c.take(&trade(0, bid * 10, 100, 0));
        }
        c.take(&quote(1, 77));
        let first = Quote::from_words(&c.next().unwrap()).unwrap();
        assert_eq!((first.bid_price, first.header.flags), (5, FLAG_CONFLATED));
        let print = Trade::from_words(&c.next().unwrap()).unwrap();
        assert_eq!(
            (print.qty, print.price, print.header.flags),
            (500, 50, FLAG_CONFLATED)
        );
        let other = Quote::from_words(&c.next().unwrap()).unwrap();
        assert_eq!((other.instrument, other.header.flags), (1, 0));
        assert!(c.next().is_none());
        assert_eq!(c.merged(), 8);
    }

    #[test]
    fn prints_that_count_differently_are_not_summed() {
        let mut c = Conflation::new(1);
        c.take(&trade(0, 1, 100, 0));
        c.take(&trade(0, 1, 50, condition::HIDDEN));
        c.take(&trade(0, 1, 7, condition::HIDDEN));
        let sums: Vec<u64> = std::iter::from_fn(|| c.next())
            .map(|words| Trade::from_words(&words).unwrap().qty)
            .collect();
        assert_eq!(sums, [100, 57]);
    }

    #[test]
    fn a_status_keeps_its_place_among_the_instruments_quotes() {
        let mut c = Conflation::new(1);
        c.take(&quote(0, 1));
        c.take(&status(0));
        c.take(&quote(0, 2));
        c.take(&quote(0, 3));
        let first = Quote::from_words(&c.next().unwrap()).unwrap();
        assert_eq!(first.bid_price, 1);
        assert!(Status::from_words(&c.next().unwrap()).is_ok());
        assert_eq!(Quote::from_words(&c.next().unwrap()).unwrap().bid_price, 3);
    }

    #[test]
    fn what_was_sent_is_not_merged_with_any_more() {
        let mut c = Conflation::new(1);
        c.take(&quote(0, 1));
        let sent = c.next().unwrap();
        c.put_back(sent);
        assert_eq!(c.first_instrument(), 0);
        c.take(&quote(0, 2));
        let bids: Vec<i64> = std::iter::from_fn(|| c.next())
            .map(|words| Quote::from_words(&words).unwrap().bid_price)
            .collect();
        assert_eq!(bids, [1, 2]);
        c.take(&quote(0, 3));
        assert_eq!(Quote::from_words(&c.next().unwrap()).unwrap().bid_price, 3);
    }
}
