//! Micro-price and placement families.

use engine_models::book_pressure::{Touch, order_flow_imbalance};
use engine_models::{cont_kukanov, cross_or_post, micro_price};
use serde_json::{Value, json};

use super::refusal;
use crate::models::inputs::{Inputs, answer, answer_or_null, answer_rows, answers};

/// A touch from `[bid, bid quantity, ask, ask quantity]`.
fn touch(inputs: &Inputs<'_>, name: &str) -> Result<Touch, String> {
    match inputs.numbers(name)?.as_slice() {
        &[bid, bid_quantity, ask, ask_quantity] => Touch {
            bid,
            bid_quantity,
            ask,
            ask_quantity,
        }
        .check()
        .map_err(refusal),
        _ => Err(format!(
            "{name}: must be bid, its quantity, ask, its quantity"
        )),
    }
}

pub(super) fn weighted_mid(inputs: &Inputs<'_>) -> Result<Value, String> {
    let now = Touch {
        bid: inputs.number("bid")?,
        bid_quantity: inputs.number("bid_size")?,
        ask: inputs.number("ask")?,
        ask_quantity: inputs.number("ask_size")?,
    };
    let now = now.check().map_err(refusal)?;
    let flow = order_flow_imbalance(touch(inputs, "book_prev")?, touch(inputs, "book_next")?);
    Ok(json!({
        "imbalance": answer_or_null(now.imbalance()),
        "signed_imbalance": answer_or_null(now.signed_imbalance()),
        "weighted_mid": answer_or_null(now.weighted_mid()),
        "mid": answer(now.mid()),
        "ofi": answer(flow),
        "p_up_diffusion_symmetric": answer_or_null(now.up_probability()),
    }))
}

pub(super) fn micro_price(inputs: &Inputs<'_>) -> Result<Value, String> {
    let (stay, jump) = (inputs.matrix("Q")?, inputs.matrix("T")?);
    let (moves, sizes) = (inputs.matrix("R")?, inputs.numbers("K")?);
    let chain = micro_price::Chain {
        stay: &stay.values,
        jump: &jump.values,
        moves: &moves.values,
        sizes: &sizes,
    };
    let states = stay.rows;
    let (mut g1, mut b) = (vec![0.0; states], vec![0.0; states * states]);
    let mut scratch = vec![0.0; states * states];
    chain
        .first_step(&mut g1, &mut b, &mut scratch)
        .map_err(refusal)?;
    let scratch = &mut scratch[..states];
    let (mut term, mut sum) = (g1.clone(), g1.clone());
    let mut sums = vec![answers(&sum)];
    for _ in 1..micro_price::TERMS {
        micro_price::add_term(&b, &mut term, &mut sum, scratch).map_err(refusal)?;
        sums.push(answers(&sum));
    }
    micro_price::limit(&b, &mut term, &mut sum, scratch).map_err(refusal)?;
    Ok(json!({
        "G1": answers(&g1),
        "B": answer_rows(&b, states),
        "partial_sums": sums,
        "G_star": answers(&sum),
    }))
}

pub(super) fn cont_kukanov(inputs: &Inputs<'_>) -> Result<Value, String> {
    let split = cont_kukanov::split(cont_kukanov::Inputs {
        quantity: inputs.number("S")?,
        queue_ahead: inputs.number("queue_ahead")?,
        outflow_mean: inputs.number("outflow_mean")?,
        half_spread: inputs.number("half_spread")?,
        taker_fee: inputs.number("taker_fee")?,
        maker_rebate: inputs.number("maker_rebate")?,
        underfill_penalty: inputs.number("lambda_u")?,
        impact: inputs.number("theta")?,
    })
    .map_err(refusal)?;
    Ok(json!({
        "ratio": answer(split.ratio),
        "limit_qty": answer(split.limit),
        "market_qty": answer(split.market),
        "full_fill_probability": answer(split.full_fill_probability),
        "expected_cost": answer(split.expected_cost),
        "lambda_u_low": answer_or_null(split.penalty_low),
        "lambda_u_high": answer_or_null(split.penalty_high),
    }))
}

pub(super) fn cross_or_post(inputs: &Inputs<'_>) -> Result<Value, String> {
    let got = cross_or_post::decide(cross_or_post::Inputs {
        half_spread: inputs.number("half_spread")?,
        taker_fee: inputs.number("taker_fee")?,
        maker_rebate: inputs.number("maker_rebate")?,
        adverse_selection: inputs.number("adverse_selection")?,
        fill_probability: inputs.number("fill_probability")?,
        catch_up_move: inputs.number("catch_up_move")?,
    })
    .map_err(refusal)?;
    let decision = match got.choice {
        cross_or_post::Choice::Cross => "cross",
        cross_or_post::Choice::Post => "post",
    };
    Ok(json!({
        "cost_cross": answer(got.cost_cross),
        "cost_post": answer(got.cost_post),
        "break_even_fill_probability": answer_or_null(got.break_even),
        "decision": decision,
    }))
}
