//! Mid, spread and volatility of an instrument at an instant of a market file: the simulated exchange replays what came before.

use engine_algos::preview::MarketFigures;
use engine_core::market::MarketState;
use engine_models::gauge::Gauge;
use engine_sim::market_file::{MarketFile, Position};
use engine_sim::venue::{Sink, Venue, VenueConfig};
use shm_wire::market::Quote;
use shm_wire::message::Message;
use shm_wire::report::ExecutionReport;
use shm_wire::units::Nanos;

struct Follow {
    instrument: u32,
    state: MarketState,
    gauge: Gauge,
}

impl Sink for Follow {
    fn public(&mut self, _: Nanos, words: &[u64]) {
        if let Ok(quote) = Quote::from_words(words)
            && quote.instrument == self.instrument
        {
            self.state.on_quote(&quote);
            if self.state.mid.is_some() {
                self.gauge.note(quote.time, self.state.mid.0);
            }
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
        gauge: Gauge::default(),
    };
    let mut position = Position::default();
    while let Some(time) = file.peek_time(position)
        && time <= at
        && let Some((_, words)) = file.next(&mut position)
    {
        venue.on_history(words, &mut follow);
    }
    venue.advance(at, &mut follow);
    let mut figures = MarketFigures::of(&follow.state);
    let session = file.instruments()[instrument as usize].session_at_or_after(at);
    if let Some(session) = session {
        let day = session.close.saturating_sub(session.open);
        figures.volatility_ppm = follow.gauge.volatility_ppm(day, figures.mid.0);
    }
    figures
}
