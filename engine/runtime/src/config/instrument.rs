//! An instrument in the configuration.

use super::auction::AuctionConfig;
use super::decimal::{format_nano, parse_nano};
use super::load::{format_time, parse_time};
use serde::{Deserialize, Serialize};
use shm_wire::auction::AUCTIONS_MAX;
use shm_wire::instrument::{
    INSTRUMENT_CONSOLIDATED_VOLUME, INSTRUMENT_NEGATIVE_PRICES, INSTRUMENT_ODD_LOTS, Instrument,
    SESSIONS_MAX, Session, TICK_BANDS_MAX, TickBand, text_field,
};

/// One instrument.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstrumentConfig {
    /// Symbol, up to 32 printable ASCII characters.
    pub symbol: String,
    /// Quote currency, ISO 4217.
    #[serde(default = "usd")]
    pub currency: String,
    /// Time zone of the venue, IANA name.
    #[serde(default = "new_york")]
    pub zone: String,
    /// Engine shard.
    #[serde(default)]
    pub shard: u16,
    /// Lot, quantity steps.
    #[serde(default = "one")]
    pub lot: u64,
    /// Least order quantity of the venue, quantity steps; default one lot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_qty: Option<u64>,
    /// What one quantity step is, in units of the instrument, as a decimal.
    #[serde(default = "one_text")]
    pub qty_step: String,
    /// Money of one step at price one, as a decimal.
    #[serde(default = "one_text")]
    pub value_per_step: String,
    /// Average daily volume, quantity steps; 0 = unknown.
    #[serde(default)]
    pub average_daily_volume: u64,
    /// A quote older than this many ms is stale; 0 = rule off.
    #[serde(default)]
    pub stale_ms: u32,
    /// Quantities that are no multiple of the lot are allowed.
    #[serde(default)]
    pub odd_lots: bool,
    /// Prices may be negative.
    #[serde(default)]
    pub negative_prices: bool,
    /// Volume is consolidated, so that participation means something.
    #[serde(default = "yes")]
    pub consolidated_volume: bool,
    /// Tick table, ascending by `from`.
    pub ticks: Vec<TickConfig>,
    /// Trading sessions, ascending.
    pub sessions: Vec<SessionConfig>,
    /// Auctions, ascending by the time of the cross.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub auctions: Vec<AuctionConfig>,
}

/// From this price on, this tick.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TickConfig {
    /// Lowest price of the band, as a decimal.
    pub from: String,
    /// Tick, as a decimal.
    pub tick: String,
}

/// One trading session.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SessionConfig {
    /// First instant, RFC 3339.
    pub open: String,
    /// End, exclusive, RFC 3339.
    pub close: String,
}

/// A broken rule inside one instrument: field below the instrument, and rule.
pub(super) type FieldRule = (String, String);

impl InstrumentConfig {
    /// The entry that describes `instrument`.
    #[must_use]
    pub fn from_instrument(instrument: &Instrument) -> InstrumentConfig {
        let bands = usize::from(instrument.tick_band_count).min(TICK_BANDS_MAX);
        let tick = |band: &TickBand| TickConfig {
            from: format_nano(band.from),
            tick: format_nano(band.tick),
        };
        let session = |session: &Session| SessionConfig {
            open: format_time(session.open),
            close: format_time(session.close),
        };
        let flag = |bit: u32| instrument.flags & bit != 0;
        InstrumentConfig {
            symbol: instrument.symbol().into(),
            currency: instrument.currency().into(),
            zone: instrument.zone().into(),
            shard: instrument.shard,
            lot: instrument.lot,
            min_qty: Some(instrument.min_qty),
            qty_step: format_nano(instrument.qty_step),
            value_per_step: format_nano(instrument.value_per_step),
            average_daily_volume: instrument.average_daily_volume,
            stale_ms: instrument.stale_ms,
            odd_lots: flag(INSTRUMENT_ODD_LOTS),
            negative_prices: flag(INSTRUMENT_NEGATIVE_PRICES),
            consolidated_volume: flag(INSTRUMENT_CONSOLIDATED_VOLUME),
            ticks: instrument.tick_bands[..bands].iter().map(tick).collect(),
            sessions: instrument.sessions().iter().map(session).collect(),
            auctions: instrument
                .auctions()
                .iter()
                .map(AuctionConfig::of)
                .collect(),
        }
    }

    /// The instrument record, or the rules that the entry breaks.
    pub(super) fn to_instrument(&self, index: usize) -> Result<Instrument, Vec<FieldRule>> {
        let mut broken = Vec::new();
        let mut record: Instrument = bytemuck::Zeroable::zeroed();
        record.id = u32::try_from(index).unwrap_or(u32::MAX);
        record.symbol = text(&self.symbol, "symbol", 32, &mut broken);
        record.currency = text(&self.currency, "currency", 8, &mut broken);
        record.zone = text(&self.zone, "zone", 32, &mut broken);
        record.flags = self.flags();
        record.qty_step = nano(&self.qty_step, "qty_step", &mut broken);
        record.value_per_step = nano(&self.value_per_step, "value_per_step", &mut broken);
        record.lot = self.lot;
        record.min_qty = self.min_qty.unwrap_or(self.lot);
        record.average_daily_volume = self.average_daily_volume;
        record.stale_ms = self.stale_ms;
        record.shard = self.shard;
        self.put_ticks(&mut record, &mut broken);
        self.put_sessions(&mut record, &mut broken);
        self.put_auctions(&mut record, &mut broken);
        if broken.is_empty()
            && let Some((field, rule)) = record.check()
        {
            let field = if field == "tick_bands" {
                "ticks"
            } else {
                field
            };
            broken.push((field.into(), rule.into()));
        }
        if broken.is_empty() {
            Ok(record)
        } else {
            Err(broken)
        }
    }

    fn flags(&self) -> u32 {
        let bit = |on: bool, bit: u32| if on { bit } else { 0 };
        bit(self.consolidated_volume, INSTRUMENT_CONSOLIDATED_VOLUME)
            | bit(self.odd_lots, INSTRUMENT_ODD_LOTS)
            | bit(self.negative_prices, INSTRUMENT_NEGATIVE_PRICES)
    }

    fn put_ticks(&self, record: &mut Instrument, broken: &mut Vec<FieldRule>) {
        if self.ticks.is_empty() || self.ticks.len() > TICK_BANDS_MAX {
            broken.push(("ticks".into(), format!("1 to {TICK_BANDS_MAX} bands")));
            return;
        }
        // At most TICK_BANDS_MAX.
        record.tick_band_count = self.ticks.len() as u8;
        for (index, band) in self.ticks.iter().enumerate() {
            record.tick_bands[index] = TickBand {
                from: nano(&band.from, &format!("ticks[{index}].from"), broken),
                tick: nano(&band.tick, &format!("ticks[{index}].tick"), broken),
            };
        }
    }

    fn put_sessions(&self, record: &mut Instrument, broken: &mut Vec<FieldRule>) {
        if self.sessions.is_empty() || self.sessions.len() > SESSIONS_MAX {
            broken.push(("sessions".into(), format!("1 to {SESSIONS_MAX} sessions")));
            return;
        }
        // At most SESSIONS_MAX.
        record.session_count = self.sessions.len() as u8;
        for (index, session) in self.sessions.iter().enumerate() {
            record.sessions[index] = Session {
                open: time(&session.open, &format!("sessions[{index}].open"), broken),
                close: time(&session.close, &format!("sessions[{index}].close"), broken),
            };
        }
    }
}

impl InstrumentConfig {
    fn put_auctions(&self, record: &mut Instrument, broken: &mut Vec<FieldRule>) {
        for (index, auction) in self.auctions.iter().enumerate() {
            if !record.add_auction(auction.record(index, broken)) {
                broken.push((
                    "auctions".into(),
                    format!("at most {AUCTIONS_MAX} auctions"),
                ));
                return;
            }
        }
    }
}

fn text<const N: usize>(
    value: &str,
    field: &str,
    max: usize,
    broken: &mut Vec<FieldRule>,
) -> [u8; N] {
    text_field(value).unwrap_or_else(|| {
        broken.push((
            field.into(),
            format!("must be 1 to {max} printable ASCII characters"),
        ));
        [0; N]
    })
}

fn nano(value: &str, field: &str, broken: &mut Vec<FieldRule>) -> i64 {
    parse_nano(value).unwrap_or_else(|| {
        let rule = "must be a decimal with at most nine places";
        broken.push((field.into(), format!("{rule}, found {value:?}")));
        0
    })
}

pub(super) fn time(value: &str, field: &str, broken: &mut Vec<FieldRule>) -> u64 {
    parse_time(value).unwrap_or_else(|| {
        let rule = "must be an instant in RFC 3339 after 1970";
        broken.push((field.into(), format!("{rule}, found {value:?}")));
        0
    })
}

fn usd() -> String {
    "USD".into()
}
fn new_york() -> String {
    "America/New_York".into()
}
fn one() -> u64 {
    1
}
fn one_text() -> String {
    "1".into()
}
pub(super) fn yes() -> bool {
    true
}
