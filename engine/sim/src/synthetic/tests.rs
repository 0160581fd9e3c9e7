use shm_wire::codes::{BookSide, DepthAction, TradingStatus};
use shm_wire::market::{Depth, Quote, Status, Trade, condition};
use shm_wire::message::{Header, Message};
use shm_wire::report::ExecutionReport;
use shm_wire::units::{Nanos, Price};

use super::*;
use crate::venue::{Sink, Venue, VenueConfig};

fn depths(instrument: u32) -> Vec<Depth> {
    generate(&SyntheticConfig::default())
        .unwrap()
        .iter()
        .filter_map(|words| Depth::from_words(words).ok())
        .filter(|depth| depth.instrument == instrument)
        .collect()
}

fn is_execution(depth: &Depth) -> bool {
    depth.action == DepthAction::Execute.code() || depth.action == DepthAction::ExecuteHidden.code()
}

#[test]
fn the_first_and_last_hours_are_busier_than_midday_and_the_day_has_its_volume() {
    let config = SyntheticConfig::default();
    for (id, instrument) in config.instruments.iter().enumerate() {
        let mut half_hours = [0_u64; 13];
        for depth in depths(id as u32).iter().filter(|d| is_execution(d)) {
            let at = (depth.time - config.session.open) / (1_800 * 1_000_000_000);
            half_hours[at.min(12) as usize] += depth.qty;
        }
        let hour = |at: usize| half_hours[at] + half_hours[at + 1];
        let midday = hour(5).max(hour(7));
        assert!(hour(0) * 2 > midday * 3, "{half_hours:?}");
        assert!(hour(11) * 2 > midday * 3, "{half_hours:?}");
        let volume: u64 = half_hours.iter().sum();
        let aim = instrument.average_daily_volume.0;
        assert!(
            (aim / 2..aim * 3 / 2).contains(&volume),
            "{volume} of {aim}"
        );
    }
}

#[test]
fn a_day_has_its_number_of_events() {
    for id in 0..2 {
        let count = depths(id).len();
        assert!((30_000..70_000).contains(&count), "{count}");
    }
}

#[derive(Default)]
struct Watch {
    quotes: Vec<Quote>,
    trades: Vec<Trade>,
}

impl Sink for Watch {
    fn public(&mut self, _: Nanos, words: &[u64]) {
        match Header::of_word(words[0]).kind {
            Quote::KIND => self.quotes.push(Quote::from_words(words).unwrap()),
            Trade::KIND => self.trades.push(Trade::from_words(words).unwrap()),
            _ => {}
        }
    }
    fn report(&mut self, _: Nanos, report: &ExecutionReport) {
        panic!("no order of ours is here: {report:?}");
    }
}

#[test]
fn the_venue_replays_the_day_without_a_drop_or_a_crossed_quote() {
    let config = SyntheticConfig::default();
    let mut venue =
        Venue::new(&config.instrument_table().unwrap(), VenueConfig::default()).unwrap();
    let mut watch = Watch::default();
    for words in generate(&config).unwrap() {
        venue.on_history(&words, &mut watch);
    }
    venue.advance(Nanos(config.session.close + 1), &mut watch);
    let stats = venue.stats();
    let wrong = [
        stats.history_refused,
        stats.history_late,
        stats.duplicate_adds,
        stats.dropped_executions,
        stats.dropped_reduces,
        stats.overtaken_orders,
        stats.displaced_executions,
    ];
    assert_eq!(wrong, [0; 7]);
    let mut wide = 0;
    for quote in &watch.quotes {
        assert!(quote.bid_price < quote.ask_price);
        assert!(quote.bid_qty > 0 && quote.ask_qty > 0);
        wide += u64::from(quote.ask_price - quote.bid_price > 3 * Price::SCALE / 100);
    }
    assert!(wide * 50 < watch.quotes.len() as u64, "{wide}");
    let hidden = watch
        .trades
        .iter()
        .filter(|t| t.conditions & condition::HIDDEN != 0)
        .count();
    assert!(hidden > 500);
}

#[test]
fn the_halt_stops_everything_and_an_auction_ends_it() {
    let config = SyntheticConfig::default();
    let halt = config.halt.unwrap();
    let id = halt.instrument as u32;
    let statuses: Vec<Status> = generate(&config)
        .unwrap()
        .iter()
        .filter_map(|words| Status::from_words(words).ok())
        .filter(|status| status.instrument == id)
        .collect();
    let codes: Vec<_> = statuses
        .iter()
        .map(|s| TradingStatus::try_from(s.status).unwrap())
        .collect();
    use TradingStatus::{Auction, Closed, Continuous, Halt};
    assert_eq!(
        codes,
        [
            Auction, Continuous, Halt, Auction, Continuous, Auction, Closed
        ]
    );
    let (start, end) = (statuses[2].time, statuses[4].time);
    assert_eq!(end - start, halt.length.0);
    assert!(!depths(id).iter().any(|d| d.time > start && d.time < end));
}

#[test]
fn signs_have_memory() {
    let signs: Vec<f64> = depths(0)
        .iter()
        .filter(|d| d.action == DepthAction::Execute.code())
        .map(|d| {
            if d.side == BookSide::Ask.code() {
                1.0
            } else {
                -1.0
            }
        })
        .collect();
    let mean = signs.iter().sum::<f64>() / signs.len() as f64;
    let correlation = |lag: usize| {
        let pairs = signs.len() - lag;
        (0..pairs)
            .map(|i| (signs[i] - mean) * (signs[i + lag] - mean))
            .sum::<f64>()
            / pairs as f64
    };
    assert!(correlation(1) > 0.3, "{}", correlation(1));
    assert!(correlation(20) > 0.02, "{}", correlation(20));
}

#[test]
fn one_seed_gives_one_day_and_another_seed_another() {
    let day = |seed| {
        let config = SyntheticConfig {
            seed,
            ..SyntheticConfig::default()
        };
        generate(&config).unwrap()
    };
    let first = day(1);
    assert_eq!(first, day(1));
    assert_ne!(first, day(2));
}

#[test]
fn the_day_is_a_valid_market() {
    let market = market(&SyntheticConfig::default()).unwrap();
    assert_eq!(market.instruments().len(), 2);
    assert_eq!(market.instruments()[0].symbol(), "ACME");
    assert_eq!(
        market.len() as usize,
        generate(&SyntheticConfig::default()).unwrap().len()
    );
}

#[test]
fn a_configuration_that_breaks_a_rule_is_named() {
    let field = |change: fn(&mut SyntheticConfig)| {
        let mut config = SyntheticConfig::default();
        change(&mut config);
        match config.check() {
            Err(SyntheticError::Config { field, .. }) => field,
            _ => "none",
        }
    };
    assert_eq!(field(|c| c.instruments.clear()), "instruments");
    assert_eq!(field(|c| c.instruments[0].price = Price(1)), "price");
    assert_eq!(field(|c| c.session.close = c.session.open), "session");
    assert_eq!(
        field(|c| c.halt.as_mut().unwrap().instrument = 9),
        "halt.instrument"
    );
    assert_eq!(field(|_| ()), "none");
}
