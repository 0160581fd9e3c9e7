//! A run while it goes on: the ledger, and the touch of each instrument.

use crate::event::Event;
use crate::ledger::{Ledger, Parent};
use shm_wire::ids::ParentKey;
use shm_wire::instrument::Instrument;
use shm_wire::market::Quote;
use shm_wire::record::RecordHead;

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

    /// Every parent that `id` names: by its client order id, or as `source:parent_id`. Names are the clients' own: several orders
    /// may have the same one.
    #[must_use]
    pub fn named(&self, id: &str) -> Vec<&Parent> {
        let key = id.split_once(':').and_then(|(source, parent_id)| {
            Some(ParentKey {
                source: source.parse().ok()?,
                parent_id: parent_id.parse().ok()?,
            })
        });
        self.ledger
            .parents
            .iter()
            .filter(|p| Some(p.key) == key || (!id.is_empty() && p.client_order_id == id))
            .collect()
    }
}
