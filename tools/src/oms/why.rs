//! `pacer oms why`: does an order trade now, and why or why not. Reads the instance's journals; takes no link and disturbs nobody.

use super::known::{OrderArgs, with_order};
use crate::cli::Answer;
use crate::cli::support::{print_json, print_text};
use engine_runtime::config::Config;
use gateway_desk::why::explain;

pub(super) fn run(config: &Config, order: &OrderArgs, json: bool) -> Answer {
    with_order(config, order, |view, parent| {
        let explanation = explain(view, parent);
        if json {
            print_json(&explanation.document());
        } else {
            print_text(&(explanation.lines().join("\n") + "\n"));
        }
    })?;
    Ok(true)
}
