//! `pacer oms`: an order source on the command line.
//!
//! Each command takes the links of its order source (number 2 unless told otherwise), sends one request, shows the answer and lets go.

mod amend;
mod cancel;
pub mod client;
mod known;
mod request;
pub mod run;
pub mod show;
mod watch;
mod why;

use crate::cli::Answer;
use crate::cli::support::{print_json, print_text};
use crate::error::UserError;
use crate::orders;
use amend::AmendArgs;
use cancel::CancelArgs;
use client::{OmsClient, Request};
use engine_runtime::config::Config;
use known::OrderArgs;
use shm_wire::parent::{ParentUpdate, UpdateKind};
use std::path::Path;
use std::time::{Duration, Instant};

/// How long an answer may take, real time.
const ANSWER: Duration = Duration::from_secs(3);

const ACCEPTED: u8 = UpdateKind::Accepted as u8;

/// `pacer oms ..`
#[derive(clap::Subcommand, Clone, Debug)]
pub enum OmsCommand {
    /// Send a new parent order
    Submit {
        /// The order
        #[command(flatten)]
        terms: TermsArgs,
        /// Link and number
        #[command(flatten)]
        link: LinkArgs,
        /// Wait until the order has ended
        #[arg(long)]
        wait: bool,
    },
    /// Change terms of a known order: what is given changes, everything else stays
    Amend(AmendArgs),
    /// Stop the emission of an order
    Pause {
        /// Which order
        #[command(flatten)]
        order: OrderArgs,
        /// Leave its children resting
        #[arg(long)]
        keep_children: bool,
    },
    /// Let a paused order go on
    Resume {
        /// Which order
        #[command(flatten)]
        order: OrderArgs,
        /// Follow the original schedule instead of a new one from here
        #[arg(long)]
        catch_up: bool,
    },
    /// Finish an order now: at once, as hard as its limit, caps and collar allow
    Complete {
        /// Which order
        #[command(flatten)]
        order: OrderArgs,
        /// Wait until the order has ended
        #[arg(long)]
        wait: bool,
    },
    /// Cancel an order, or all open orders that match
    Cancel(CancelArgs),
    /// Say why an order trades or does not trade now, from the journal
    Why {
        /// Which order
        #[command(flatten)]
        order: OrderArgs,
    },
    /// Follow the updates of all orders by tailing the journal
    Watch {
        /// End when the run has ended
        #[arg(long)]
        until_ended: bool,
    },
}

/// The terms of an order, as in an order list.
#[derive(clap::Args, Clone, Debug)]
pub struct TermsArgs {
    /// Name of the order, up to 32 printable ASCII characters
    #[arg(long, default_value = "cli")]
    pub client_order_id: String,
    /// Symbol
    #[arg(long)]
    pub instrument: String,
    /// buy, sell, sell_short or sell_short_exempt
    #[arg(long)]
    pub side: String,
    /// In units of the instrument
    #[arg(long)]
    pub quantity: String,
    /// TWAP, POV, ..
    #[arg(long)]
    pub algorithm: String,
    /// RFC 3339; now when left out
    #[arg(long, default_value = "", hide_default_value = true)]
    pub start: String,
    /// RFC 3339; end of the session when left out
    #[arg(long, default_value = "", hide_default_value = true)]
    pub end: String,
    /// Limit price; a market order when left out
    #[arg(long, default_value = "", hide_default_value = true)]
    pub limit: String,
    /// Parameter of the algorithm, `name=value`; may be repeated
    #[arg(long = "param", value_name = "NAME=VALUE")]
    pub parameters: Vec<String>,
}

/// Which order over which link.
#[derive(clap::Args, Clone, Debug)]
pub struct LinkArgs {
    /// Order source: which pair of rings
    #[arg(long, default_value_t = 2)]
    pub source: u16,
    /// The source's own number of the order; for a new order the time when left out
    #[arg(long)]
    pub id: Option<u64>,
}

/// Runs a command.
///
/// # Errors
/// What is wrong with the order, the link or the instance.
pub fn run(config: &Config, command: &OmsCommand, json: bool) -> Answer {
    match command {
        OmsCommand::Submit { terms, link, wait } => submit(config, terms, link, *wait, json),
        OmsCommand::Amend(args) => amend::run(config, args, json),
        OmsCommand::Pause {
            order,
            keep_children,
        } => request::pause(config, order, *keep_children, json),
        OmsCommand::Resume { order, catch_up } => request::resume(config, order, *catch_up, json),
        OmsCommand::Complete { order, wait } => request::complete(config, order, *wait, json),
        OmsCommand::Cancel(args) => cancel::run(config, args, json),
        OmsCommand::Why { order } => why::run(config, order, json),
        OmsCommand::Watch { until_ended } => watch::run(config, *until_ended, json),
    }
}

fn submit(config: &Config, terms: &TermsArgs, link: &LinkArgs, wait: bool, json: bool) -> Answer {
    let mut client = OmsClient::attach(config, link.source)?;
    let mut order = order_of(terms, &client)?;
    order.parent_id = link.id.unwrap_or_else(engine_runtime::os::realtime_nanos);
    send(&mut client, order.terms.instrument, Request::New(order))?;
    let answered = |u: &ParentUpdate| !wait && u.event == ACCEPTED;
    follow(&mut client, order.parent_id, wait, &answered, json)
}

fn send(client: &mut OmsClient, instrument: u32, request: Request) -> Result<(), Vec<UserError>> {
    // What was said before this request is no answer to it.
    client.poll(|_| ());
    client.send(instrument, request).map_err(|e| vec![e])
}

/// The order that the arguments describe: one row of an order list.
fn order_of(
    terms: &TermsArgs,
    client: &OmsClient,
) -> Result<shm_wire::parent::ParentNew, Vec<UserError>> {
    let parameters = terms.parameters.join(" ");
    let row = [
        &terms.client_order_id,
        &terms.instrument,
        &terms.side,
        &terms.quantity,
        &terms.algorithm,
        &terms.start,
        &terms.end,
        &terms.limit,
        &parameters,
    ];
    let mut writer = csv::Writer::from_writer(Vec::new());
    let written = writer
        .write_record(gateway_desk::order::COLUMNS)
        .and_then(|()| writer.write_record(row.map(String::as_bytes)));
    let bytes = written
        .map_err(|e| e.to_string())
        .and_then(|()| writer.into_inner().map_err(|e| e.to_string()))
        .map_err(|e| vec![UserError::new("orders.row", e)])?;
    let now = client.clock().now();
    let rows = orders::parse(&bytes, Path::new("command line"), client.instruments(), now)?;
    match rows.first() {
        Some(row) => Ok(row.order),
        None => Err(vec![UserError::new("orders.row", "no order")]),
    }
}

/// How long an answer is waited for.
#[derive(Clone, Copy)]
enum Wait<'a> {
    /// [`ANSWER`], whatever else is said meanwhile.
    Answer,
    /// For ever, once the engine has said anything of the order.
    End,
    /// Longer than [`ANSWER`] while the last update says that the answer comes later.
    Up(Duration, &'a dyn Fn(&ParentUpdate) -> bool),
}

/// Listens to one order until an answer, a refusal or its end has come; every update until then goes to `shown`. `None` when the time
/// of [`Wait::Up`] is over.
fn talk(
    client: &mut OmsClient,
    id: u64,
    wait: Wait<'_>,
    answered: &dyn Fn(&ParentUpdate) -> bool,
    mut shown: impl FnMut(&ParentUpdate),
) -> Result<Option<ParentUpdate>, Vec<UserError>> {
    let begun = Instant::now();
    let mut answer: Option<ParentUpdate> = None;
    let mut last: Option<ParentUpdate> = None;
    loop {
        client.poll(|update| {
            if update.parent_id != id || answer.is_some() {
                return;
            }
            last = Some(*update);
            shown(update);
            if is_end(update) || is_refusal(update) || answered(update) {
                answer = Some(*update);
            }
        });
        if answer.is_some() {
            return Ok(answer);
        }
        let later = match wait {
            Wait::Answer => false,
            Wait::End => last.is_some(),
            Wait::Up(patience, waits) if last.is_some_and(|u| waits(&u)) => {
                if begun.elapsed() > patience {
                    return Ok(None);
                }
                true
            }
            Wait::Up(..) => false,
        };
        if !later && begun.elapsed() > ANSWER {
            return Err(vec![
                UserError::new("oms.no_answer", "the engine did not answer within 3 s")
                    .hint("is the engine running? see `pacer ring`"),
            ]);
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Shows the updates of one order until the answer (or the end, with `patient`) has come. True when it is not a refusal.
fn follow(
    client: &mut OmsClient,
    id: u64,
    patient: bool,
    answered: &dyn Fn(&ParentUpdate) -> bool,
    json: bool,
) -> Answer {
    let instruments = client.instruments().to_vec();
    let wait = if patient { Wait::End } else { Wait::Answer };
    let answer = talk(client, id, wait, answered, |update| {
        if !json {
            print_text(&(show::line(update, &instruments) + "\n"));
        }
    })?;
    let Some(update) = answer else {
        return Ok(false);
    };
    if json {
        let mut document = show::document(&update, &instruments);
        document["hint"] = show::hint(&update).into();
        print_json(&document);
    } else {
        print_text(&show::hint_line(&update));
    }
    Ok(!is_refusal(&update))
}

fn is_end(update: &ParentUpdate) -> bool {
    update.event == UpdateKind::Done.code() || update.event == UpdateKind::Rejected.code()
}

fn is_refusal(update: &ParentUpdate) -> bool {
    update.event == UpdateKind::Rejected.code()
        || update.event == UpdateKind::RequestRejected.code()
}
