//! `pacer journal cat|verify`.

use super::Answer;
use super::decode;
use super::support::{print_json, print_text};
use crate::convert::day::rfc3339;
use crate::error::UserError;
use serde_json::{Value, json};
use shm_journal::{JournalError, JournalReader, Record, Tail};
use shm_wire::codes::RingKind;
use shm_wire::record::Direction;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// `pacer journal ..`
#[derive(clap::Subcommand, Clone, Debug)]
pub enum JournalCommand {
    /// Print records
    Cat {
        /// Folder of the journal
        #[arg(value_name = "DIR")]
        dir: PathBuf,
        /// First sequence
        #[arg(long, default_value_t = 1)]
        from: u64,
        /// Most records
        #[arg(long, default_value_t = u64::MAX, hide_default_value = true)]
        limit: u64,
        /// Messages of this name only (`SliceNew`, `ParentUpdate`, ..)
        #[arg(long)]
        message: Option<String>,
    },
    /// Check every record: checksums, chain, sequence
    Verify {
        /// Folder of the journal
        #[arg(value_name = "DIR")]
        dir: PathBuf,
    },
}

pub(super) fn run(command: &JournalCommand, json: bool) -> Answer {
    match command {
        JournalCommand::Cat {
            dir,
            from,
            limit,
            message,
        } => cat(dir, *from, *limit, message.as_deref(), json),
        JournalCommand::Verify { dir } => verify(dir, json),
    }
}

fn open(dir: &Path) -> Result<JournalReader, Vec<UserError>> {
    let nested = dir.join("journal");
    let dir = if nested.is_dir() { &nested } else { dir };
    JournalReader::open(dir).map_err(|e| failed(dir, &e))
}

/// What is wrong with the journal in `dir`.
pub(super) fn failed(dir: &Path, error: &JournalError) -> Vec<UserError> {
    let code = match error {
        JournalError::Damage { .. } => "journal.damage",
        JournalError::Missing { .. } => "file.journal",
        _ => "journal.read",
    };
    vec![UserError::new(code, error.to_string()).file(dir)]
}

fn cat(dir: &Path, from: u64, limit: u64, message: Option<&str>, json: bool) -> Answer {
    let mut reader = open(dir)?;
    let mut shown = 0;
    let mut records = Vec::new();
    let wanted = |record: &Record<'_>| {
        record.head.sequence >= from
            && message.is_none_or(|m| {
                decode::name(record.payload).is_some_and(|n| n.eq_ignore_ascii_case(m))
            })
    };
    while shown < limit {
        let Some(record) = reader.next_record().map_err(|e| failed(dir, &e))? else {
            break;
        };
        if !wanted(&record) {
            continue;
        }
        shown += 1;
        if json {
            records.push(document(&record));
        } else {
            print_text(&line(&record));
        }
    }
    if json {
        print_json(&json!({"schema": "pacer.journal/1", "records": records}));
    }
    Ok(true)
}

fn document(record: &Record<'_>) -> Value {
    let head = &record.head;
    json!({
        "sequence": head.sequence,
        "time": rfc3339(head.time),
        "direction": direction(head.direction),
        "ring": ring(head.ring),
        "source": head.source,
        "position": head.position,
        "message": decode::name(record.payload),
        "fields": decode::message(record.payload),
    })
}

fn line(record: &Record<'_>) -> String {
    let head = &record.head;
    let mut text = format!(
        "{:>9} {} {:<6} {:<8} {:<16}",
        head.sequence,
        rfc3339(head.time),
        direction(head.direction),
        ring(head.ring),
        decode::name(record.payload).unwrap_or("?"),
    );
    if let Value::Object(fields) = decode::message(record.payload) {
        for (name, value) in fields {
            // Writing to a String cannot fail.
            let _ = write!(text, " {name}={value}");
        }
    }
    text.push('\n');
    text
}

fn direction(code: u8) -> &'static str {
    Direction::try_from(code).map_or("?", Direction::text)
}
fn ring(code: u8) -> &'static str {
    RingKind::try_from(code).map_or("?", RingKind::text)
}

fn verify(dir: &Path, json: bool) -> Answer {
    let mut reader = open(dir)?;
    let mut records = 0_u64;
    let mut undecodable = 0_u64;
    let tail = reader
        .for_each(|record| {
            records += 1;
            undecodable += u64::from(decode::name(record.payload).is_none());
        })
        .map_err(|e| failed(dir, &e))?;
    let torn = match tail {
        Tail::Clean => None,
        Tail::Torn {
            segment,
            offset,
            rule,
        } => Some(format!("segment {segment}, offset {offset}: {rule}")),
    };
    if json {
        print_json(&json!({
            "schema": "pacer.journal-verify/1",
            "records": records,
            "undecodable": undecodable,
            "torn": torn,
        }));
    } else {
        let end = torn.as_deref().unwrap_or("clean");
        print_text(&format!(
            "{records} records, {undecodable} undecodable, tail: {end}\n"
        ));
    }
    Ok(torn.is_none() && undecodable == 0)
}
