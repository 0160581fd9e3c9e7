//! A run while it goes on: the ledger, and the touch of each instrument.

use crate::event::Event;
use crate::format::{Decimal, Time};
use crate::ledger::{Ledger, Parent};
use shm_wire::ids::ParentKey;
use shm_wire::instrument::Instrument;
use shm_wire::market::Quote;
use shm_wire::reason::{Reason, Why};
use shm_wire::record::RecordHead;
use shm_wire::units::{Nanos, Price};

/// State of everything that a person watches.
#[derive(Clone, Debug)]
pub struct LiveView {
    ledger: Ledger,
    quotes: Vec<Option<Quote>>,
}

impl LiveView {
    /// A view over the run's instrument table.
    #[must_use]
    pub fn new(instruments: &[Instrument]) -> LiveView {
        LiveView {
            ledger: Ledger::new(instruments),
            quotes: vec![None; instruments.len()],
        }
    }

    /// Takes one record; the event in it comes back for whoever passes it on.
    pub fn on_record(&mut self, head: &RecordHead, payload: &[u64]) -> Event {
        let event = self.ledger.on_record(head, payload);
        if let Event::Quote(q) = &event
            && let Some(slot) = self.quotes.get_mut(q.instrument as usize)
        {
            *slot = Some(*q);
        }
        event
    }

    /// Parents, fills and counters.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Latest touch of an instrument.
    #[must_use]
    pub fn quote(&self, instrument: u32) -> Option<&Quote> {
        self.quotes.get(instrument as usize)?.as_ref()
    }

    /// The parent that `id` names: its client order id (the latest of that name), or `source:parent_id`.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<&Parent> {
        let by_name = self
            .ledger
            .parents
            .iter()
            .rev()
            .find(|p| !id.is_empty() && p.client_order_id == id);
        by_name.or_else(|| {
            let (source, parent_id) = id.split_once(':')?;
            self.ledger.parent(ParentKey {
                source: source.parse().ok()?,
                parent_id: parent_id.parse().ok()?,
            })
        })
    }
}

/// A reason as people read it: its sentence, and the operands it uses by name.
#[must_use]
pub fn reason_in_words(why: Why) -> String {
    let mut words = why.reason.text().to_owned();
    for (index, name) in why.reason.operands().iter().enumerate() {
        words.push_str(if index == 0 { " (" } else { ", " });
        words.push_str(name);
        words.push(' ');
        words.push_str(&operand(why.reason, name, why.operands[index]));
    }
    if !why.reason.operands().is_empty() {
        words.push(')');
    }
    words
}

/// One operand in its own unit: time, price or plain number.
fn operand(reason: Reason, name: &str, value: i64) -> String {
    let price = match name {
        "bid" | "ask" | "price" | "old_price" | "new_price" | "touch" | "reference" | "tick" => {
            true
        }
        "limit" => matches!(
            reason,
            Reason::RestAtLimit | Reason::SuspendOutOfLimit | Reason::TerminalOutOfLimit
        ),
        "value" | "minimum" | "maximum" => {
            matches!(reason, Reason::PriceRange | Reason::PriceTick)
        }
        _ => false,
    };
    if price {
        return Decimal(Price(value)).to_string();
    }
    let instant = matches!(name, "start" | "end" | "now" | "next" | "until");
    match u64::try_from(value) {
        Ok(ns) if instant && ns > 0 => Time(Nanos(ns)).to_string(),
        _ => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_read_as_sentences_with_their_operands() {
        let next = 1_340_285_400_000_000_000;
        assert_eq!(
            reason_in_words(Why::new(Reason::WaitSlice, [next, 500, 400])),
            "on schedule: waiting for the next slice (next 2012-06-21T13:30:00.000000000Z, target 500, done 400)"
        );
        assert_eq!(
            reason_in_words(Why::new(
                Reason::SuspendOutOfLimit,
                [1_500_000_000, 1_000_000_000, 0]
            )),
            "the near touch is worse than the limit (touch 1.50, limit 1.00)"
        );
        assert_eq!(
            reason_in_words(Why::new(Reason::NotionalLimit, [5, 0, 0])),
            "the notional is above the limit (limit 5)"
        );
        assert_eq!(reason_in_words(Why::bare(Reason::TerminalFilled)), "filled");
    }
}
