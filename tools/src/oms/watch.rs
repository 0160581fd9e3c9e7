//! `pacer oms watch`: all parent updates, by tailing the journals of the instance. It takes no link and disturbs nobody.

use super::show;
use crate::cli::Answer;
use crate::cli::support::print_text;
use crate::error::UserError;
use engine_runtime::config::Config;
use shm_journal::{JournalError, JournalTail};
use shm_wire::message::{Header, Message};
use shm_wire::parent::ParentUpdate;
use shm_wire::record::RunEnded;
use std::time::Duration;

pub(super) fn run(config: &Config, until_ended: bool, json: bool) -> Answer {
    let mut tails: Vec<Option<JournalTail>> = config.shards.iter().map(|_| None).collect();
    let mut ended = vec![false; tails.len()];
    loop {
        let mut busy = false;
        for (index, shard) in config.shards.iter().enumerate() {
            let dir = config.journal_dir(shard.id);
            let failed =
                |e: JournalError| vec![UserError::new("journal.read", e.to_string()).file(&dir)];
            if tails[index].is_none() {
                match JournalTail::open(&dir) {
                    Ok(tail) => tails[index] = Some(tail),
                    Err(JournalError::Missing { .. }) if !until_ended => {}
                    Err(e) => return Err(failed(e)),
                }
            }
            let Some(tail) = &mut tails[index] else {
                continue;
            };
            let instruments = tail.instruments().to_vec();
            let mut lines = String::new();
            let count = tail
                .poll(4096, |record| {
                    if let Ok(update) = ParentUpdate::from_words(record.payload) {
                        if json {
                            lines.push_str(&show::document(&update, &instruments).to_string());
                        } else {
                            lines.push_str(&show::line(&update, &instruments));
                        }
                        lines.push('\n');
                    }
                    ended[index] |= Header::of_word(record.payload[0]).kind == RunEnded::KIND;
                })
                .map_err(failed)?;
            print_text(&lines);
            busy |= count > 0;
        }
        if until_ended && ended.iter().all(|e| *e) {
            return Ok(true);
        }
        if !busy {
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}
