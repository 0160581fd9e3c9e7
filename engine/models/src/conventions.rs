//! Market conventions: slippage and cost in pips, ticks, 32nds and steps, by class of instrument.
//!
//! A positive cost is a loss: `side*(fill - reference)`. Bond prices are clean, in per cent of face.

use libm::{floor, rint};

use crate::error::{self, ModelError};

/// Which way we trade.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// We buy: paying more than the reference is a loss.
    Buy,
    /// We sell: getting less than the reference is a loss.
    Sell,
}

impl Side {
    /// +1 for a purchase, -1 for a sale.
    pub fn sign(self) -> f64 {
        match self {
            Self::Buy => 1.0,
            Self::Sell => -1.0,
        }
    }
}

/// What a fill lost against its reference.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Slippage {
    /// In the instrument's increments: pips of a currency pair, ticks of a future.
    pub increments: f64,
    /// Money of the quote currency.
    pub money: f64,
    /// 1e-4 of the reference price.
    pub bps: f64,
}

/// Slippage of `quantity` with the price increment (pip, tick) and contract multiplier: `money = side*(fill - ref)*quantity*multiplier`.
///
/// # Errors
/// Names the first input out of range.
pub fn slippage(
    side: Side,
    fill: f64,
    reference: f64,
    increment: f64,
    quantity: f64,
    multiplier: f64,
) -> Result<Slippage, ModelError> {
    error::finite("fill", fill)?;
    error::positive("ref", reference)?;
    error::positive("increment", increment)?;
    error::not_negative("quantity", quantity)?;
    error::positive("multiplier", multiplier)?;
    let lost = side.sign() * (fill - reference);
    Ok(Slippage {
        increments: lost / increment,
        money: lost * quantity * multiplier,
        bps: 1e4 * lost / reference,
    })
}

/// Slippage of `face` of a bond whose prices are in per cent of face; the increment is a 32nd.
///
/// # Errors
/// As [`slippage`].
pub fn bond_slippage(
    side: Side,
    fill: f64,
    reference: f64,
    face: f64,
) -> Result<Slippage, ModelError> {
    slippage(side, fill, reference, 1.0 / 32.0, face, 0.01)
}

/// Reads a price in 32nds: `110-16` is 110 and 16/32; a last `+` adds half a 32nd, `2` a quarter, `6` three quarters.
///
/// # Errors
/// Anything else, 32 or more 32nds included.
pub fn parse_thirty_seconds(text: &str) -> Result<f64, ModelError> {
    const REFUSED: ModelError = ModelError::OutOfRange {
        field: "price",
        rule: "must be points-32nds, as in 110-16, 110-16+, 110-162 or 110-166",
    };
    let (points, rest) = text.trim().split_once('-').ok_or(REFUSED)?;
    let (ticks, part) = match rest.as_bytes() {
        [_, _] => (rest, 0.0),
        [_, _, b'+'] => (&rest[..2], 0.5),
        [_, _, b'2'] => (&rest[..2], 0.25),
        [_, _, b'6'] => (&rest[..2], 0.75),
        _ => return Err(REFUSED),
    };
    let digits = |text: &str| {
        let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if plain {
            text.parse::<u32>().ok()
        } else {
            None
        }
    };
    let (points, ticks) = (
        digits(points).ok_or(REFUSED)?,
        digits(ticks).ok_or(REFUSED)?,
    );
    if ticks >= 32 {
        return Err(REFUSED);
    }
    Ok(f64::from(points) + (f64::from(ticks) + part) / 32.0)
}

/// A quantity cut down to whole steps.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stepped {
    /// How many steps.
    pub steps: u64,
    /// Their quantity.
    pub quantity: f64,
}

/// Cuts `quantity` down to whole steps. A quotient that misses a whole number only by its own rounding counts as that number: 0.3 is three steps of 0.1.
///
/// # Errors
/// A negative quantity, a step that is not greater than zero, or more than 2^53 steps.
pub fn round_down_to_step(quantity: f64, step: f64) -> Result<Stepped, ModelError> {
    error::not_negative("quantity", quantity)?;
    error::positive("step", step)?;
    let quotient = quantity / step;
    const WHOLE_MAX: f64 = 9_007_199_254_740_992.0;
    if quotient > WHOLE_MAX {
        return Err(ModelError::OutOfRange {
            field: "quantity",
            rule: "exceeds 2^53 steps",
        });
    }
    let near = rint(quotient);
    let close = (quotient - near).abs() <= 4.0 * f64::EPSILON * quotient;
    let steps = if close { near } else { floor(quotient) };
    Ok(Stepped {
        steps: steps as u64,
        quantity: steps * step,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::close;

    #[test]
    fn currency_pairs_count_pips_and_futures_count_ticks() {
        let euro = slippage(Side::Buy, 1.08342, 1.08331, 1e-4, 5e6, 1.0).unwrap();
        close("pips", euro.increments, 1.1, 1e-9);
        close("money", euro.money, 550.0, 1e-9);
        close("bps", euro.bps, 1.015406485679, 1e-9);
        let yen = slippage(Side::Sell, 151.237, 151.249, 0.01, 2e6, 1.0).unwrap();
        close("pips", yen.increments, 1.2, 1e-9);
        close("money", yen.money, 24_000.0, 1e-9);
        let future = slippage(Side::Buy, 5001.75, 5000.5, 0.25, 40.0, 50.0).unwrap();
        close("ticks", future.increments, 5.0, 1e-13);
        close("money", future.money, 2500.0, 1e-13);
        close("bps", future.bps, 2.499750024998, 1e-12);
        assert!(slippage(Side::Buy, 1.0, 0.0, 1.0, 1.0, 1.0).is_err());
    }

    #[test]
    fn bonds_are_read_in_32nds() {
        let table = [
            ("110-16+", Some(110.515625)),
            ("110-15", Some(110.46875)),
            ("99-002", Some(99.0078125)),
            ("99-316", Some(99.9921875)),
            ("110-32", None),
            ("110-165", None),
            ("110-1", None),
            ("-110-16", None),
            ("110.5", None),
            ("110-é", None),
            ("", None),
        ];
        for (text, want) in table {
            assert_eq!(parse_thirty_seconds(text).ok(), want, "{text}");
        }
        let bond = bond_slippage(Side::Buy, 110.515625, 110.46875, 1e7).unwrap();
        close("money", bond.money, 4687.5, 1e-12);
        close("bps", bond.bps, 4.243281471004, 1e-12);
        close("32nds", bond.increments, 1.5, 1e-12);
    }

    #[test]
    fn quantities_are_cut_to_whole_steps_without_losing_one_to_rounding() {
        // quantity | step | steps
        let table = [
            (0.123456, 1e-5, 12345),
            (0.3, 0.1, 3),
            (0.29999, 0.1, 2),
            (0.0, 1.0, 0),
            (7.0, 2.0, 3),
        ];
        for (quantity, step, steps) in table {
            assert_eq!(
                round_down_to_step(quantity, step).unwrap().steps,
                steps,
                "{quantity}/{step}"
            );
        }
        assert!(round_down_to_step(1.0, 0.0).is_err());
        assert!(round_down_to_step(1e30, 1e-8).is_err());
    }
}
