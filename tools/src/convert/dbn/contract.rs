//! What a contract is worth: tick, multiplier and currency, from options, an instrument definition or the table here.

use std::path::Path;

use shm_wire::instrument::{Instrument, TickBand, text_field};
use shm_wire::units::Price;

use crate::convert::lines::fixed;
use crate::error::UserError;

/// Product code, tick (1e-9), money of one point for one contract. Sources: the contract specifications of CME Group.
const KNOWN: [(&str, i64, i64); 16] = [
    ("ES", 250_000_000, 50),
    ("MES", 250_000_000, 5),
    ("NQ", 250_000_000, 20),
    ("MNQ", 250_000_000, 2),
    ("RTY", 100_000_000, 50),
    ("M2K", 100_000_000, 5),
    ("YM", 1_000_000_000, 5),
    ("MYM", 1_000_000_000, 1),
    ("CL", 10_000_000, 1_000),
    ("MCL", 10_000_000, 100),
    ("GC", 100_000_000, 100),
    ("MGC", 100_000_000, 10),
    ("ZN", 15_625_000, 1_000),
    ("ZB", 31_250_000, 1_000),
    ("ZF", 7_812_500, 1_000),
    ("6E", 50_000, 125_000),
];

/// Largest multiplier.
const MULTIPLIER_MAX: i64 = 1_000_000_000;

/// What a definition or an option says of a contract; what is `None` comes from elsewhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Terms {
    /// Tick, 1e-9 of the currency.
    pub(super) tick: Option<i64>,
    /// Money of one contract at price one, 1e-9 of the currency.
    pub(super) value: Option<i64>,
    /// Currency, padded with zeros.
    pub(super) currency: Option<[u8; 8]>,
}

impl Terms {
    /// What the options `--tick`, `--multiplier` and `--currency` say.
    pub(super) fn of_options(
        tick: Option<&str>,
        multiplier: Option<&str>,
        currency: Option<&str>,
    ) -> Result<Terms, UserError> {
        let bad = |field: &str, text: &str, rule: &str| {
            UserError::new("dbn.contract", format!("{text:?} is no {field}"))
                .field(field)
                .rule(rule)
        };
        let number = |field: &str, text: Option<&str>, most: i64| {
            let Some(text) = text else { return Ok(None) };
            fixed(text.as_bytes(), 9)
                .and_then(|v| i64::try_from(v).ok())
                .filter(|v| (1..=most).contains(v))
                .map(Some)
                .ok_or_else(|| bad(field, text, "a positive decimal number, at most 999999999"))
        };
        Ok(Terms {
            tick: number("tick", tick, MULTIPLIER_MAX * Price::SCALE)?,
            value: number("multiplier", multiplier, MULTIPLIER_MAX * Price::SCALE)?,
            currency: currency
                .map(|c| text_field(c).ok_or_else(|| bad("currency", c, "1 to 8 letters")))
                .transpose()?,
        })
    }

    /// What the definition message says.
    pub(super) fn of_definition(message: &dbn::InstrumentDefMsg) -> Terms {
        let known = |value: i64| Some(value).filter(|v| *v > 0 && *v != i64::MAX);
        Terms {
            tick: known(message.min_price_increment),
            value: known(message.unit_of_measure_qty),
            currency: message.currency().ok().and_then(text_field),
        }
    }

    /// What the table says of a future with this symbol, such as `ESH4`: product code, month letter, last digits of the year.
    fn of_symbol(symbol: &str) -> Terms {
        let digits = symbol.bytes().rev().take_while(u8::is_ascii_digit).count();
        let head = &symbol[..symbol.len() - digits];
        let month = head.as_bytes().last().copied().unwrap_or(0);
        if !(1..=2).contains(&digits) || !b"FGHJKMNQUVXZ".contains(&month) {
            return Terms::default();
        }
        let product = &head[..head.len() - 1];
        KNOWN.iter().find(|(code, ..)| *code == product).map_or(
            Terms::default(),
            |(_, tick, multiplier)| Terms {
                tick: Some(*tick),
                value: Some(multiplier * Price::SCALE),
                currency: None,
            },
        )
    }

    fn or(self, other: Terms) -> Terms {
        Terms {
            tick: self.tick.or(other.tick),
            value: self.value.or(other.value),
            currency: self.currency.or(other.currency),
        }
    }
}

/// The record of a contract, without sessions. Options count before the definition, that before the table.
pub(super) fn instrument(
    id: u32,
    symbol: &str,
    options: Terms,
    definition: Option<Terms>,
    file: &Path,
) -> Result<Instrument, UserError> {
    let bad = |field: &str, rule: &str| {
        UserError::new("dbn.contract", format!("{symbol}: {field} cannot be used"))
            .file(file)
            .field(field)
            .rule(rule)
    };
    let terms = options
        .or(definition.unwrap_or_default())
        .or(Terms::of_symbol(symbol));
    let (Some(tick), Some(value)) = (terms.tick, terms.value) else {
        return Err(UserError::new(
            "dbn.contract",
            format!("tick and multiplier of {symbol} are not known"),
        )
        .file(file)
        .field("tick")
        .rule("from --tick and --multiplier, a file of schema definition, or the table in docs/market-data.md")
        .hint("give --tick and --multiplier"));
    };
    let mut instrument = Instrument::equity(id, symbol, 1)
        .ok_or_else(|| bad("symbol", "1 to 32 printable ASCII characters"))?;
    if let Some(currency) = terms.currency {
        instrument.currency = currency;
    }
    instrument.zone =
        text_field("America/Chicago").ok_or_else(|| bad("zone", "printable ASCII"))?;
    instrument.value_per_step = value;
    instrument.tick_bands[0] = TickBand { from: 0, tick };
    instrument.flags |= shm_wire::instrument::INSTRUMENT_NEGATIVE_PRICES
        & if symbol.starts_with("CL") || symbol.starts_with("MCL") {
            u32::MAX
        } else {
            0
        };
    match instrument.check() {
        None => Ok(instrument),
        Some((field, rule)) => Err(bad(field, rule)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_future_is_known_by_its_product_code() {
        let of = |symbol| {
            let t = Terms::of_symbol(symbol);
            t.tick.zip(t.value)
        };
        assert_eq!(of("ESH4"), Some((250_000_000, 50 * Price::SCALE)));
        assert_eq!(of("MESZ24"), Some((250_000_000, 5 * Price::SCALE)));
        assert_eq!(of("6EM5"), Some((50_000, 125_000 * Price::SCALE)));
        for unknown in ["ES", "ESH", "ESA4", "ESH4-ESM4", "XXH4", "", "H4", "ESH444"] {
            assert_eq!(of(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn options_count_before_the_table_and_must_be_positive_numbers() {
        let options = Terms::of_options(Some("0.5"), Some("12.5"), Some("EUR")).unwrap();
        let i = instrument(0, "ESH4", options, None, Path::new("x")).unwrap();
        assert_eq!(i.tick_bands[0].tick, 500_000_000);
        assert_eq!((i.value_per_step, i.currency()), (12_500_000_000, "EUR"));
        for bad in ["0", "-1", "x", "", "1e3"] {
            assert!(Terms::of_options(Some(bad), None, None).is_err(), "{bad}");
            assert!(Terms::of_options(None, Some(bad), None).is_err(), "{bad}");
        }
        let none = Terms::default();
        let error = instrument(0, "XXH4", none, None, Path::new("x")).unwrap_err();
        assert_eq!(error.field.as_deref(), Some("tick"));
        let defined = Terms {
            tick: Some(1),
            value: Some(2),
            currency: None,
        };
        let i = instrument(0, "ESH4", none, Some(defined), Path::new("x")).unwrap();
        assert_eq!((i.tick_bands[0].tick, i.value_per_step), (1, 2));
    }
}
