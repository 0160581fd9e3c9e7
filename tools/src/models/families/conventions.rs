//! The family of market conventions: one row per class of instrument.

use engine_models::conventions::{
    Side, Slippage, bond_slippage, parse_thirty_seconds, round_down_to_step, slippage,
};
use serde_json::{Value, json};

use super::refusal;
use crate::models::inputs::{Inputs, answer};

pub(super) fn conventions(inputs: &Inputs<'_>) -> Result<Value, String> {
    let mut results = Vec::new();
    for row in inputs.list("rows")? {
        let row = Inputs::read(row, "rows")?;
        results.push(match row.text("class")? {
            "fx" => currency_pair(&row)?,
            "future" => future(&row)?,
            "bond32" => bond(&row)?,
            "crypto" => crypto(&row)?,
            class => {
                return Err(format!(
                    "class: {class} is not one of fx, future, bond32, crypto"
                ));
            }
        });
    }
    Ok(json!({ "results": results }))
}

fn side(row: &Inputs<'_>) -> Result<Side, String> {
    match row.integer("side")? {
        1 => Ok(Side::Buy),
        -1 => Ok(Side::Sell),
        _ => Err("side: must be 1 or -1".to_owned()),
    }
}

/// Slippage of a row whose prices are numbers.
fn lost(
    row: &Inputs<'_>,
    increment: f64,
    quantity: f64,
    multiplier: f64,
) -> Result<Slippage, String> {
    let (fill, reference) = (row.number("fill")?, row.number("ref")?);
    slippage(side(row)?, fill, reference, increment, quantity, multiplier).map_err(refusal)
}

fn currency_pair(row: &Inputs<'_>) -> Result<Value, String> {
    let got = lost(row, row.number("pip")?, row.number("base_qty")?, 1.0)?;
    Ok(json!({
        "slippage_pips": answer(got.increments),
        "cost_quote_ccy": answer(got.money),
        "bps": answer(got.bps),
    }))
}

fn future(row: &Inputs<'_>) -> Result<Value, String> {
    let (contracts, multiplier) = (row.number("contracts")?, row.number("multiplier")?);
    let got = lost(row, row.number("tick")?, contracts, multiplier)?;
    Ok(json!({
        "slippage_ticks": answer(got.increments),
        "cost_money": answer(got.money),
        "notional": answer(row.number("fill")? * multiplier * contracts),
        "bps": answer(got.bps),
    }))
}

fn bond(row: &Inputs<'_>) -> Result<Value, String> {
    let price = |name: &str| {
        parse_thirty_seconds(row.text(name)?).map_err(|error| format!("{name}: {error}"))
    };
    let (fill, reference) = (price("fill")?, price("ref")?);
    let got = bond_slippage(side(row)?, fill, reference, row.number("face")?).map_err(refusal)?;
    Ok(json!({
        "fill_decimal": answer(fill),
        "ref_decimal": answer(reference),
        "cost_money": answer(got.money),
        "bps": answer(got.bps),
    }))
}

fn crypto(row: &Inputs<'_>) -> Result<Value, String> {
    let cut = round_down_to_step(row.number("qty")?, row.number("step")?).map_err(refusal)?;
    let notional = cut.quantity * row.number("price")?;
    Ok(json!({
        "rounded_qty_steps": cut.steps,
        "rounded_qty": answer(cut.quantity),
        "notional": answer(notional),
        "passes_min_notional": notional >= row.number("min_notional")?,
    }))
}
