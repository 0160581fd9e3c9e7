//! What the engine would plan for an order, before anything is sent: one function behind `pacer plan` and `POST /v1/plan`.
//!
//! The numbers are [`engine_algos::preview`]'s; where mid and spread are from is the caller's affair.

use crate::order::OrderError;
use engine_algos::curves::Rung;
use engine_algos::odds::Missing;
use engine_algos::preview::{MarketFigures, Preview, Thought, plan_preview, urgencies};
use engine_algos::registry::{Registry, spec_by_id};
use engine_core::algorithm::Refusal;
use gateway_tca::format::Time;
use serde_json::{Value, json};
use shm_wire::codes::{AlgorithmCode, Side};
use shm_wire::instrument::Instrument;
use shm_wire::parent::ParentNew;
use shm_wire::units::{Nanos, Price, Qty};
use std::fmt::Write;

/// One order's plan.
#[derive(Clone, Debug)]
pub struct Planned {
    order: ParentNew,
    instrument: Instrument,
    figures: MarketFigures,
    preview: Preview,
    urgencies: Option<[Preview; 5]>,
}

/// Plans an order that would be sent at `now`, with what is known of the market at its start.
///
/// # Errors
/// What the engine would refuse.
pub fn plan(
    registry: &Registry,
    order: &ParentNew,
    instrument: &Instrument,
    figures: MarketFigures,
    now: Nanos,
) -> Result<Planned, OrderError> {
    let terms = &order.terms;
    let (start, end) = window(instrument, terms.start, terms.end, now);
    // The order passed the engine's own checks, so the side is known.
    let side = Side::try_from(terms.side).unwrap_or(Side::Buy);
    let thought = Thought {
        algorithm: terms.algorithm,
        side,
        quantity: Qty(terms.quantity),
        limit: Price(terms.limit),
        start,
        end,
        parameters: &terms.parameters[..usize::from(terms.parameter_count)],
    };
    let refused = |r: Refusal| explain(order, r);
    Ok(Planned {
        order: *order,
        instrument: *instrument,
        figures,
        preview: plan_preview(registry, &thought, instrument, figures).map_err(refused)?,
        urgencies: urgencies(registry, &thought, instrument, figures).map_err(refused)?,
    })
}

/// Start and end as the engine would fill them in.
#[must_use]
pub fn window(instrument: &Instrument, start: u64, end: u64, now: Nanos) -> (Nanos, Nanos) {
    let start = Nanos(start).max(now);
    match instrument.session_at_or_after(start) {
        Some(session) => {
            let end = if end == 0 { session.close } else { end };
            (start.max(Nanos(session.open)), Nanos(end))
        }
        None if end == 0 => (start, Nanos::NEVER),
        None => (start, Nanos(end)),
    }
}

fn explain(order: &ParentNew, r: Refusal) -> OrderError {
    let algorithm = AlgorithmCode::try_from(order.terms.algorithm).ok();
    let name = algorithm
        .and_then(|a| spec_by_id(a, r.parameter))
        .map_or_else(|| r.field.text().to_owned(), |spec| spec.name.to_owned());
    OrderError {
        code: "plan.refused".to_owned(),
        message: r.why.reason.text().to_owned(),
        field: name,
        rule: r.why.reason.name().to_owned(),
    }
}

/// Where the volume curve is from, in words.
const fn rung(rung: Rung) -> &'static str {
    match rung {
        Rung::Symbol => "symbol",
        Rung::Group => "sector or product",
        Rung::AssetClass => "asset class",
        Rung::None => "none",
        Rung::Named => "named by the order",
    }
}

/// What there would have to be for odds of completion.
const fn missing(missing: Missing) -> &'static str {
    match missing {
        Missing::End => "the order has no end",
        Missing::Share => "the order has no cap, and what the market brings it is not forecast",
        Missing::Volume => "the usual volume of the instrument is not known",
        Missing::Auction => "an auction decides",
    }
}

/// The odds of completion under cap or rate and limit, for people.
fn odds(p: &Preview) -> String {
    match p.odds {
        Ok(odds) => format!(
            "completes with probability {:.1} %, {} are expected to be filled",
            f64::from(odds.completion_ppm) / 1e4,
            odds.expected_fill.0
        ),
        Err(why) => format!("odds of completion unknown: {}", missing(why)),
    }
}

fn milli(value: i64) -> f64 {
    value as f64 / 1_000.0
}

fn figures_of(p: &Preview) -> Value {
    json!({
        "horizon_seconds": p.horizon.0 as f64 / 1e9,
        "expected_cost_bps": milli(p.cost_milli_bps),
        "standard_deviation_bps": milli(p.deviation_milli_bps),
        "completion_probability": p.odds.ok().map(|odds| f64::from(odds.completion_ppm) / 1e6),
        "expected_fill": p.odds.ok().map(|odds| odds.expected_fill.0),
        "completion_unknown": p.odds.err().map(missing),
        "curve_rung": rung(p.rung),
    })
}

/// The `pacer.plan/1` document.
#[must_use]
pub fn document(plans: &[Planned]) -> Value {
    let orders: Vec<Value> = plans
        .iter()
        .map(|p| {
            let mut one = figures_of(&p.preview);
            let schedule: Vec<Value> = p
                .preview
                .points()
                .iter()
                .map(|q| json!({"time": rfc3339(q.time), "cumulative": q.cumulative.0}))
                .collect();
            if let Some(map) = one.as_object_mut() {
                map.insert("client_order_id".into(), json!(name(p)));
                map.insert("instrument".into(), json!(p.instrument.symbol()));
                map.insert("algorithm".into(), json!(algorithm(p)));
                map.insert("quantity".into(), json!(p.order.terms.quantity));
                let mid = p.figures.mid.is_some().then(|| p.figures.mid.to_string());
                map.insert("mid".into(), json!(mid));
                map.insert("schedule".into(), json!(schedule));
                let side_by_side = p.urgencies.as_ref().map(|all| {
                    all.iter()
                        .enumerate()
                        .map(|(i, u)| json!({"urgency": i + 1, "plan": figures_of(u)}))
                        .collect::<Vec<_>>()
                });
                map.insert("urgencies".into(), json!(side_by_side));
            }
            one
        })
        .collect();
    json!({"schema": "pacer.plan/1", "orders": orders})
}

/// The plans for people.
#[must_use]
pub fn text(plans: &[Planned]) -> String {
    let mut out = String::new();
    for p in plans {
        let _ = writeln!(
            out,
            "{}: {} {} of {} in {:.0} s, curve: {}",
            name(p),
            algorithm(p),
            p.order.terms.quantity,
            p.instrument.symbol(),
            p.preview.horizon.0 as f64 / 1e9,
            rung(p.preview.rung),
        );
        let _ = writeln!(
            out,
            "  expected cost {:.2} bps, standard deviation {:.2} bps, {}",
            milli(p.preview.cost_milli_bps),
            milli(p.preview.deviation_milli_bps),
            odds(&p.preview),
        );
        for (index, q) in p
            .preview
            .points()
            .iter()
            .enumerate()
            .filter(|(i, _)| i % 9 == 0)
        {
            let share = q.cumulative.0 as f64 / p.order.terms.quantity as f64;
            let bar = "#".repeat((share * 40.0) as usize);
            let _ = writeln!(
                out,
                "  {:>3} {} {:>12} {bar}",
                index,
                rfc3339(q.time),
                q.cumulative.0
            );
        }
        for (index, u) in p.urgencies.iter().flatten().enumerate() {
            let _ = writeln!(
                out,
                "  urgency {}: cost {:.2} bps, standard deviation {:.2} bps",
                index + 1,
                milli(u.cost_milli_bps),
                milli(u.deviation_milli_bps),
            );
        }
    }
    out
}

fn name(p: &Planned) -> String {
    shm_wire::instrument::field_text(&p.order.terms.client_order_id).to_owned()
}
fn algorithm(p: &Planned) -> &'static str {
    AlgorithmCode::try_from(p.order.terms.algorithm).map_or("?", AlgorithmCode::text)
}
fn rfc3339(time: Nanos) -> String {
    Time(time).to_string()
}
