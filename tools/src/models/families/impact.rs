//! Pre-trade impact families.

use engine_models::{athl, i_star, square_root};
use serde_json::{Value, json};

use super::refusal;
use crate::models::inputs::{Inputs, answer};

pub(super) fn athl(inputs: &Inputs<'_>) -> Result<Value, String> {
    let order = athl::Order {
        sigma_daily_frac: inputs.number("sigma_daily_frac")?,
        daily_volume: inputs.number("adv")?,
        shares_outstanding: inputs.number("shares_outstanding")?,
        quantity: inputs.number("X")?,
    };
    let coefficients = athl::Coefficients {
        gamma: inputs.number("gamma")?,
        eta: inputs.number("eta")?,
        alpha: inputs.number("alpha")?,
        beta: inputs.number("beta")?,
        delta: inputs.number("delta")?,
    };
    let impact = athl::Impact::new(order, coefficients).map_err(refusal)?;
    let mut rows = Vec::new();
    for days in inputs.numbers("T_days")? {
        rows.push(json!({
            "T": answer(days),
            "temporary_bps": answer(1e4 * impact.temporary_frac(days).map_err(refusal)?),
            "realised_J_bps": answer(1e4 * impact.realised_frac(days).map_err(refusal)?),
        }));
    }
    Ok(json!({
        "inverse_turnover": answer(impact.inverse_turnover()),
        "permanent_I_bps": answer(1e4 * impact.permanent_frac()),
        "by_T": rows,
    }))
}

pub(super) fn square_root(inputs: &Inputs<'_>) -> Result<Value, String> {
    let quantity = inputs.number("Q")?;
    let got = square_root::impact(
        inputs.number("Y")?,
        inputs.number("sigma_daily_frac")?,
        quantity,
        inputs.number("V")?,
    )
    .map_err(refusal)?;
    Ok(json!({
        "peak_bps": answer(1e4 * got.peak_frac),
        "average_paid_bps": answer(1e4 * got.paid_frac),
        "cost_money": answer(got.paid_frac * quantity * inputs.number("S")?),
    }))
}

pub(super) fn i_star(inputs: &Inputs<'_>) -> Result<Value, String> {
    let order = i_star::Order {
        quantity: inputs.number("Q")?,
        daily_volume: inputs.number("adv")?,
        sigma_annual_frac: inputs.number("sigma_annual_frac")?,
    };
    let coefficients = i_star::Coefficients {
        a1: inputs.number("a1")?,
        a2: inputs.number("a2")?,
        a3: inputs.number("a3")?,
        a4: inputs.number("a4")?,
        b1: inputs.number("b1")?,
    };
    let model = i_star::IStar::new(order, coefficients).map_err(refusal)?;
    let pov = inputs.number("pov")?;
    let impact_bps = model.impact_bps(pov).map_err(refusal)?;
    Ok(json!({
        "I_star_bps": answer(model.instantaneous_bps()),
        "MI_bps": answer(impact_bps),
        "temporary_bps": answer(model.temporary_bps(pov).map_err(refusal)?),
        "permanent_bps": answer(model.permanent_bps()),
        "MI_money": answer(1e-4 * impact_bps * order.quantity * inputs.number("S")?),
        "timing_risk_bps": answer(model.timing_risk_bps(pov).map_err(refusal)?),
    }))
}
