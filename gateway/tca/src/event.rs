//! A journal record as a typed event, copied out of its words.

use shm_wire::market::{OfficialPrice, Quote, Status, Trade, TradeCancel, TradeCorrect};
use shm_wire::message::{DecodeError, Header, Message};
use shm_wire::parent::{ParentAmend, ParentNew, ParentUpdate};
use shm_wire::record::{Direction, RecordHead, RunEnded, RunStarted};
use shm_wire::report::ExecutionReport;
use shm_wire::slice::{SliceCancel, SliceNew, SliceReplace};

/// What a record says, as far as analytics care.
#[derive(Clone, Copy, Debug)]
pub enum Event {
    /// Touch.
    Quote(Quote),
    /// Print.
    Trade(Trade),
    /// Void print.
    TradeCancel(TradeCancel),
    /// Corrected print.
    TradeCorrect(TradeCorrect),
    /// Trading status.
    Status(Status),
    /// Official price of an auction.
    Official(OfficialPrice),
    /// New parent order.
    ParentNew(ParentNew),
    /// New terms.
    ParentAmend(ParentAmend),
    /// State of a parent order.
    Update(ParentUpdate),
    /// New child.
    SliceNew(SliceNew),
    /// Changed child.
    SliceReplace(SliceReplace),
    /// Child canceled.
    SliceCancel(SliceCancel),
    /// Execution report.
    Report(ExecutionReport),
    /// The run began.
    RunStarted(RunStarted),
    /// The run ended in order.
    RunEnded(RunEnded),
    /// Any other message.
    Other,
}

impl Event {
    /// The event in a record. A message that stands on the wrong side (an order as an output, say) is `Other`.
    ///
    /// # Errors
    /// [`DecodeError`] when the payload's length is not that of its type.
    pub fn of(head: &RecordHead, payload: &[u64]) -> Result<Event, DecodeError> {
        let Some(&first) = payload.first() else {
            return Err(DecodeError::Header { word: 0 });
        };
        let kind = Header::of_word(first).kind;
        match Direction::try_from(head.direction) {
            Ok(Direction::Input) => Self::input(kind, payload),
            Ok(Direction::Output) => Self::output(kind, payload),
            Ok(Direction::Run) => Self::run(kind, payload),
            Err(e) => Err(DecodeError::Field {
                kind: head.header.kind,
                field: "direction",
                value: e.raw,
                rule: "1 input, 2 output, 3 run",
            }),
        }
    }

    fn input(kind: u16, w: &[u64]) -> Result<Event, DecodeError> {
        Ok(match kind {
            Quote::KIND => Self::Quote(Message::from_words(w)?),
            Trade::KIND => Self::Trade(Message::from_words(w)?),
            TradeCancel::KIND => Self::TradeCancel(Message::from_words(w)?),
            TradeCorrect::KIND => Self::TradeCorrect(Message::from_words(w)?),
            Status::KIND => Self::Status(Message::from_words(w)?),
            OfficialPrice::KIND => Self::Official(Message::from_words(w)?),
            ParentNew::KIND => Self::ParentNew(Message::from_words(w)?),
            ParentAmend::KIND => Self::ParentAmend(Message::from_words(w)?),
            ExecutionReport::KIND => Self::Report(Message::from_words(w)?),
            _ => Self::run(kind, w)?,
        })
    }

    fn output(kind: u16, w: &[u64]) -> Result<Event, DecodeError> {
        Ok(match kind {
            ParentUpdate::KIND => Self::Update(Message::from_words(w)?),
            SliceNew::KIND => Self::SliceNew(Message::from_words(w)?),
            SliceReplace::KIND => Self::SliceReplace(Message::from_words(w)?),
            SliceCancel::KIND => Self::SliceCancel(Message::from_words(w)?),
            _ => Self::run(kind, w)?,
        })
    }

    fn run(kind: u16, w: &[u64]) -> Result<Event, DecodeError> {
        Ok(match kind {
            RunStarted::KIND => Self::RunStarted(Message::from_words(w)?),
            RunEnded::KIND => Self::RunEnded(Message::from_words(w)?),
            _ => Self::Other,
        })
    }
}

/// When an event happened: its own time, never later than the engine took it; the engine's time when it carries none.
#[must_use]
pub fn event_time(own: u64, taken: u64) -> u64 {
    if own == 0 { taken } else { own.min(taken) }
}
