//! `POST /v1/plan`: what the engine would plan for an order that somebody thinks of sending. Nothing is sent.

use crate::documents::{error, errors};
use crate::follow::Live;
use engine_algos::preview::MarketFigures;
use gateway_desk::order::{self, OrderError, check};
use gateway_desk::plan::{document, plan};
use serde_json::Value;
use shm_wire::units::Nanos;

/// What a plan is answered with: the status code and the document.
pub(crate) type Answer = (u16, Value);

/// The plan of the order in `body`: the document of `pacer plan --json`, or what is wrong.
pub(crate) fn answer(live: &Live, body: &[u8]) -> Answer {
    let order: Value = match serde_json::from_slice(body) {
        Ok(order) => order,
        Err(e) => {
            let rule = "one JSON object with the fields of an order list";
            return (
                400,
                error(
                    "BAD_JSON",
                    &e.to_string(),
                    None,
                    rule,
                    "see docs/order-list.md",
                ),
            );
        }
    };
    let (Some(view), Ok(registry)) = (&live.view, &live.registry) else {
        let why = live.registry.as_ref().err().cloned();
        let why = why.unwrap_or_else(|| "waiting for the journal".to_owned());
        let rule = "the journal is found and the curve file is good";
        return (
            503,
            error(
                "NOT_READY",
                &why,
                None,
                rule,
                "ask again; /readyz says when",
            ),
        );
    };
    let ledger = view.ledger();
    let now = Nanos(ledger.last_time);
    let planned = order::texts(&order).and_then(|texts| {
        let fields = texts.each_ref().map(String::as_str);
        let order = order::order(&fields, &ledger.instruments, 1)?;
        let refused = check::refusals(&[order], &ledger.instruments, now);
        if !refused.is_empty() {
            return Err(refused.into_iter().map(|(_, e)| e).collect());
        }
        let index = order.terms.instrument as usize;
        let market = live.markets.get(index);
        let figures = market.map_or(MarketFigures::UNKNOWN, MarketFigures::of);
        let instrument = &ledger.instruments[index];
        plan(registry, &order, instrument, figures, now).map_err(|e| vec![e])
    });
    match planned {
        Ok(planned) => (200, document(&[planned])),
        Err(wrong) => (422, refused(&wrong)),
    }
}

fn refused(wrong: &[OrderError]) -> Value {
    errors(wrong.iter().map(|e| {
        (
            e.code.as_str(),
            e.message.as_str(),
            Some(e.field.as_str()),
            e.rule.as_str(),
            "see docs/order-list.md",
        )
    }))
}
