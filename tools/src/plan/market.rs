//! Mid and spread of an instrument at an instant of a market file: the simulated exchange replays what came before.

use engine_algos::preview::MarketFigures;
use engine_core::market::MarketState;
use engine_sim::market_file::{MarketFile, Position};
use engine_sim::venue::{Sink, Venue, VenueConfig};
use shm_wire::market::Quote;
use shm_wire::message::Message;
use shm_wire::report::ExecutionReport;
use shm_wire::units::Nanos;

struct Follow {
    instrument: u32,
    state: MarketState,
}

impl Sink for Follow {
    fn public(&mut self, _: Nanos, words: &[u64]) {
        if let Ok(quote) = Quote::from_words(words)
            && quote.instrument == self.instrument
        {
            self.state.on_quote(&quote);
        }
    }
    fn report(&mut self, _: Nanos, _: &ExecutionReport) {}
}

/// What is known of the instrument's market just before `at`.
pub(super) fn figures(file: &MarketFile, instrument: u32, at: Nanos) -> MarketFigures {
    let Ok(mut venue) = Venue::new(file.instruments(), VenueConfig::default()) else {
        return MarketFigures::UNKNOWN;
    };
    let mut follow = Follow {
        instrument,
        state: MarketState::default(),
    };
    let mut position = Position::default();
    while let Some(time) = file.peek_time(position)
        && time <= at
        && let Some((_, words)) = file.next(&mut position)
    {
        venue.on_history(words, &mut follow);
    }
    venue.advance(at, &mut follow);
    MarketFigures::of(&follow.state)
}
