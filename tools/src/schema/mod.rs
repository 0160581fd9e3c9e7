//! `pacer schema`: the parameters of the algorithms as JSON Schema or FIXatdl, from the tables that validate orders.

use crate::error::UserError;
use clap::ValueEnum;
use engine_algos::registry::algorithms;
use gateway_schema::{algorithm_list, fixatdl, json_schema};
use serde_json::Value;
use shm_wire::codes::AlgorithmCode;

/// Arguments of `pacer schema`.
#[derive(Clone, Debug, clap::Args)]
pub struct SchemaArgs {
    /// Algorithm; all of them when left out
    #[arg(value_name = "ALGORITHM")]
    pub algorithm: Option<String>,
    /// json: JSON Schema (draft 2020-12); fixatdl: order ticket for an OMS (FIXatdl 1.1), always of all algorithms
    #[arg(long, value_enum, default_value_t = Format::Json)]
    pub format: Format,
}

/// Face of the parameter tables.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Format {
    /// JSON Schema.
    Json,
    /// FIXatdl 1.1.
    Fixatdl,
}

/// The document that was asked for, as text with a newline at its end.
///
/// # Errors
/// An algorithm that this build lacks, or one named beside FIXatdl.
pub fn run(args: &SchemaArgs) -> Result<String, Vec<UserError>> {
    match (args.format, &args.algorithm) {
        (Format::Fixatdl, None) => Ok(fixatdl()),
        (Format::Fixatdl, Some(_)) => Err(vec![
            UserError::new("usage.format", "a ticket always holds all algorithms")
                .field("algorithm")
                .rule("none with the format fixatdl")
                .hint("leave the algorithm out"),
        ]),
        (Format::Json, None) => Ok(pretty(&algorithm_list())),
        (Format::Json, Some(name)) => schema_of(name).map(|s| pretty(&s)),
    }
}

fn schema_of(name: &str) -> Result<Value, Vec<UserError>> {
    AlgorithmCode::from_text(name)
        .and_then(json_schema)
        .ok_or_else(|| {
            let known: Vec<&str> = algorithms().iter().map(|a| a.text()).collect();
            vec![
                UserError::new("usage.algorithm", format!("no algorithm {name:?}"))
                    .field("algorithm")
                    .rule(format!("one of {}", known.join(", "))),
            ]
        })
}

fn pretty(document: &Value) -> String {
    format!("{document:#}\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: SchemaArgs,
    }

    fn answer(words: &[&str]) -> Result<String, Vec<UserError>> {
        let line = Line::parse_from(["schema"].iter().chain(words));
        run(&line.args)
    }

    #[test]
    fn one_algorithm_gives_its_schema_whatever_the_case_of_its_name() {
        let schema: Value = serde_json::from_str(&answer(&["pov"]).unwrap()).unwrap();
        assert_eq!(schema["title"], "Parameters of POV");
        let default = &schema["properties"]["target_pct_vol"]["default"];
        assert_eq!(default.as_f64(), Some(0.1));
    }

    #[test]
    fn without_a_name_there_are_all_and_the_ticket_is_always_of_all() {
        let list: Value = serde_json::from_str(&answer(&[]).unwrap()).unwrap();
        let count = list["algorithms"].as_array().unwrap().len();
        assert_eq!(count, algorithms().len());
        let ticket = answer(&["--format", "fixatdl"]).unwrap();
        assert_eq!(ticket.matches("<Strategy ").count(), count);
    }

    #[test]
    fn what_cannot_be_answered_is_named() {
        let error = &answer(&["vwop"]).unwrap_err()[0];
        assert!(error.to_string().contains("vwop"), "{error}");
        assert!(answer(&["pov", "--format", "fixatdl"]).is_err());
    }
}
