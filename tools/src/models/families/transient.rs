//! Transient impact families.

use engine_models::{obizhaeva_wang, propagator};
use serde_json::{Value, json};

use super::refusal;
use crate::models::inputs::{Inputs, answer, answers};

pub(super) fn obizhaeva_wang(inputs: &Inputs<'_>) -> Result<Value, String> {
    let (quantity, horizon) = (inputs.number("X")?, inputs.number("T")?);
    let count = inputs.count("N")? as usize + 1;
    let book = obizhaeva_wang::Book {
        depth: inputs.number("q")?,
        permanent: inputs.number("lam")?,
        resilience: inputs.number("rho")?,
    };
    let mut trades = vec![0.0; count];
    obizhaeva_wang::discrete(book, quantity, horizon, &mut trades).map_err(refusal)?;
    let equal = vec![quantity / count as f64; count];
    let cost = |trades: &[f64]| obizhaeva_wang::cost(book, trades, horizon).map_err(refusal);
    let smooth = obizhaeva_wang::continuous(book, quantity, horizon).map_err(refusal)?;
    Ok(json!({
        "kappa": answer(book.kappa()),
        "trades": answers(&trades),
        "cost_discrete": answer(cost(&trades)?),
        "cost_equal_slices": answer(cost(&equal)?),
        "continuous_block_first": answer(smooth.block),
        "continuous_block_last": answer(smooth.block),
        "continuous_rate": answer(smooth.rate),
        "continuous_cost": answer(smooth.cost),
        "continuous_middle_total": answer(smooth.middle),
    }))
}

pub(super) fn propagator(inputs: &Inputs<'_>) -> Result<Value, String> {
    let kernel = propagator::PowerKernel {
        lam: inputs.number("lam")?,
        beta: inputs.number("beta")?,
        l0: inputs.number("l0")?,
    };
    let (trades, times) = (inputs.numbers("trades")?, inputs.numbers("times")?);
    let mut impact = Vec::new();
    for time in inputs.numbers("t_eval")? {
        impact.push(kernel.impact(&trades, &times, time).map_err(refusal)?);
    }
    let (mut matrix, mut best) = (vec![0.0; times.len() * times.len()], vec![0.0; times.len()]);
    let quantity = trades.iter().sum();
    kernel
        .optimal(quantity, &times, &mut matrix, &mut best)
        .map_err(refusal)?;
    Ok(json!({
        "impact_at": answers(&impact),
        "cost": answer(kernel.cost(&trades, &times).map_err(refusal)?),
        "optimal_trades": answers(&best),
        "optimal_cost": answer(kernel.cost(&best, &times).map_err(refusal)?),
    }))
}
