//! Every reason as a sentence, with its operands in their own units: times, prices, quantities, rates.
//!
//! The one place where a decision of the engine becomes words: reports, the gateway's documents and page, and the command line
//! all print what stands here.

use crate::format::{Decimal, short_time, units};
use crate::ledger::Parent;
use shm_wire::codes::AlgorithmCode;
use shm_wire::instrument::Instrument;
use shm_wire::reason::{Reason, Why};
use shm_wire::units::{Nanos, Price};

/// Name of an algorithm's parameter, by its number on the wire; `None` when this build has no such parameter.
pub type ParameterName = fn(AlgorithmCode, u16) -> Option<&'static str>;

/// What a sentence needs to know besides the reason: the instrument gives quantities their unit, the table of parameters
/// their names.
#[derive(Clone, Copy, Debug, Default)]
pub struct Words<'a> {
    /// Instrument of the order; without one, quantities are said in steps.
    pub instrument: Option<&'a Instrument>,
    /// Algorithm of the order.
    pub algorithm: Option<AlgorithmCode>,
    /// Names of parameters; without a table, parameters are said by number.
    pub parameter: Option<ParameterName>,
}

impl<'a> Words<'a> {
    /// For the reasons of one order.
    #[must_use]
    pub fn of(
        parent: &Parent,
        instrument: Option<&'a Instrument>,
        parameter: Option<ParameterName>,
    ) -> Words<'a> {
        Words {
            instrument,
            algorithm: AlgorithmCode::try_from(parent.algorithm).ok(),
            parameter,
        }
    }

    /// A quantity in units of the instrument.
    #[must_use]
    pub fn quantity(&self, steps: u64) -> String {
        units(steps, self.instrument)
    }

    /// Name of a parameter.
    #[must_use]
    pub fn parameter_name(&self, id: u16) -> String {
        let known = self.parameter.zip(self.algorithm);
        known
            .and_then(|(name, algorithm)| name(algorithm, id))
            .map_or_else(|| format!("parameter {id}"), ToOwned::to_owned)
    }

    /// The reason as a sentence without a full stop. Operands that the engine left at zero and that cannot be zero are not
    /// said.
    #[must_use]
    pub fn sentence(&self, why: Why) -> String {
        match why.reason.code() {
            0..=99 => self.answer(why),
            100..=199 => self.emission(why),
            200..=299 => self.wait(why),
            _ => self.stop(why),
        }
    }

    fn q(&self, operand: i64) -> String {
        u64::try_from(operand).map_or_else(|_| operand.to_string(), |steps| self.quantity(steps))
    }

    /// Acceptances: curve, horizon, cost, odds.
    fn acceptance(&self, why: Why) -> String {
        let [a, b, c] = why.operands;
        let text = why.reason.text();
        match why.reason {
            Reason::Accepted => {
                let mut words = text.to_owned();
                said(&mut words, a != 0, || format!("volume curve: {}", rung(a)));
                said(&mut words, b != 0, || format!("horizon {}", span(b)));
                said(&mut words, c != 0, || {
                    format!("expected cost {} bps", milli(c))
                });
                words
            }
            Reason::AcceptedUnlikely => {
                let mut words = format!("{text}: probability {}", percent(a));
                said(&mut words, b != 0, || format!("volume curve: {}", rung(b)));
                said(&mut words, c != 0, || format!("horizon {}", span(c)));
                words
            }
            Reason::AcceptedOdds => {
                let mut words = format!(
                    "accepted: completes under its cap and limit with probability {}",
                    percent(a)
                );
                said(&mut words, b != 0, || format!("volume curve: {}", rung(b)));
                said(&mut words, c != 0, || format!("horizon {}", span(c)));
                words
            }
            Reason::AcceptedPath => {
                let mut words = format!(
                    "accepted: its path completes under cap and limit with probability {}",
                    percent(a)
                );
                said(&mut words, b != 0, || format!("horizon {}", span(b)));
                said(&mut words, c != 0, || {
                    format!("expected cost {} bps", milli(c))
                });
                words
            }
            Reason::AcceptedPart => {
                let mut words = format!(
                    "{text}: {} is expected, all of it with probability {}",
                    self.q(b),
                    percent(a)
                );
                said(&mut words, c != 0, || format!("volume curve: {}", rung(c)));
                words
            }
            Reason::AcceptedUnknown => {
                let mut words = format!("{text}: {}", missing(a));
                said(&mut words, b != 0, || format!("volume curve: {}", rung(b)));
                said(&mut words, c != 0, || format!("horizon {}", span(c)));
                words
            }
            _ => self.outlook(why),
        }
    }

    /// Amends and rejects.
    fn answer(&self, why: Why) -> String {
        let [a, b, c] = why.operands;
        let text = why.reason.text();
        match why.reason {
            Reason::Amended => format!("amended: version {a} of the terms is in force"),
            Reason::InvalidEnum => format!("{a} is no value of this code"),
            Reason::UnknownInstrument => format!("instrument {a} is not in the table"),
            Reason::QuantityRange => {
                let (low, high) = (self.q(b), self.q(c));
                format!("a quantity of {} is outside {low} to {high}", self.q(a))
            }
            Reason::QuantityLot => {
                let lot = self.q(b);
                format!(
                    "a quantity of {} is no multiple of the lot {lot}",
                    self.q(a)
                )
            }
            Reason::QuantityLimit => {
                let limit = self.q(b);
                format!("a quantity of {} is above the limit of {limit}", self.q(a))
            }
            Reason::PriceRange => {
                let (low, high) = (price(b), price(c));
                format!("a price of {} is outside {low} to {high}", price(a))
            }
            Reason::PriceTick => format!("{} is not on the tick {}", price(a), price(b)),
            Reason::TimeOrder => format!("the start {} is not before the end {}", time(a), time(b)),
            Reason::EndInPast => format!("the end {} is past, it is {}", time(a), time(b)),
            Reason::OutsideSession => format!("{} is not inside a session", time(a)),
            Reason::UnknownAlgorithm => format!("algorithm {} is not in this build", algorithm(a)),
            Reason::Unsupported => format!("{a} is not supported"),
            Reason::NotionalLimit => format!("the notional is above the limit of {a}"),
            Reason::CapacityParents => format!("{text}: the engine holds {a}"),
            Reason::NotStarted => format!("the order has not started: it starts at {}", time(a)),
            Reason::StaleVersion => format!("version {a} is not the next one, which is {b}"),
            Reason::BelowExecuted => {
                let executed = self.q(b);
                format!(
                    "the new quantity {} is below the executed {executed}",
                    self.q(a)
                )
            }
            Reason::ReleasedByOperator if a != 0 => {
                format!("{text}: {} that busts gave back", self.q(a))
            }
            Reason::Identifier => format!("{text} ({a})"),
            Reason::IntervalShort => format!("{text}: {} ms", decimals(a, 6)),
            Reason::ExecutionTableFull => format!("{text}: {a} of {b} are used"),
            _ => self.acceptance(why),
        }
    }

    /// How an order is likely to go.
    fn outlook(&self, why: Why) -> String {
        let [a, b, c] = why.operands;
        let text = why.reason.text();
        match why.reason {
            // A refusal at acceptance has no finish.
            Reason::Infeasible if b == 0 => format!("{text}: probability {}", percent(a)),
            Reason::Infeasible | Reason::Feasible => format!(
                "{text}: probability {}, done at {} at the cap's rate",
                percent(a),
                when(b)
            ),
            Reason::Projected => {
                format!("{text} at {}, between {} and {}", when(a), when(b), when(c))
            }
            Reason::FinishDear => format!(
                "{text} (finishing {} is expected to cost {} bps, a day more of it risks {} bps)",
                self.q(c),
                milli(a),
                milli(b)
            ),
            _ => self.parameters(why),
        }
    }

    /// Rejects that speak of parameters, and all that have no operands.
    fn parameters(&self, why: Why) -> String {
        let [a, b, c] = why.operands;
        match why.reason {
            Reason::UnknownParameter => {
                format!("the algorithm has no {}", self.parameter_of(a))
            }
            Reason::ParameterTwice => format!("{} is given twice", self.parameter_of(a)),
            Reason::ParameterRange => format!("{a} is outside {b} to {c}"),
            Reason::ParameterConflict => {
                let other = self.parameter_of(b);
                format!("the value {a} conflicts with {other}, which is {c}")
            }
            _ => why.reason.text().to_owned(),
        }
    }

    fn parameter_of(&self, operand: i64) -> String {
        u16::try_from(operand).map_or_else(
            |_| format!("parameter {operand}"),
            |id| self.parameter_name(id),
        )
    }

    /// Emissions: new children, replaces and cancels.
    fn emission(&self, why: Why) -> String {
        let [a, b, c] = why.operands;
        let text = why.reason.text();
        match why.reason {
            // Slices carry no operands on the wire.
            _ if why.operands == [0; 3] => text.to_owned(),
            Reason::SliceDue => {
                let (target, done) = (self.q(a), self.q(b));
                format!(
                    "{text}: {done} of the {target} due were sent, so {} more goes",
                    self.q(c)
                )
            }
            Reason::VolumeDue => {
                let (volume, due) = (self.q(a), self.q(b));
                format!(
                    "the others traded {volume}, which makes {due} due: sending {}",
                    self.q(c)
                )
            }
            Reason::BehindImprove | Reason::BehindCross => {
                let (target, filled) = (self.q(a), self.q(b));
                format!(
                    "{text} ({filled} filled, {target} due, {} priced now)",
                    self.q(c)
                )
            }
            Reason::Reprice => format!("{text} from {} to {}", price(a), price(b)),
            Reason::CompletionCross => {
                format!("{text} with {} of the {} left", self.q(b), self.q(a))
            }
            Reason::RestAtLimit => format!(
                "out of limit: {} rests at the limit {}",
                self.q(b),
                price(a)
            ),
            Reason::SliceOver => format!("{text} the {} still open", self.q(a)),
            Reason::CancelAhead => {
                let (target, done) = (self.q(a), self.q(b));
                format!("{text} ({done} filled or out, {target} due)")
            }
            Reason::CancelForAmend => format!("{text} {}", self.q(a)),
            Reason::TrancheDue => format!("{text} {} ({} done)", self.q(b), self.q(a)),
            Reason::PegPlaced => {
                let (reference, at) = (price(a), price(b));
                format!("resting {} at {at}, pegged to {reference}", self.q(c))
            }
            Reason::PriceTaken => {
                let (at, worst) = (price(a), price(b));
                format!(
                    "{at} is good enough ({worst} or better): taking {}",
                    self.q(c)
                )
            }
            Reason::AuctionShare => {
                let (planned, expected) = (self.q(a), self.q(b));
                format!(
                    "in the auction with {}: {planned} planned, {expected} expected to be paired",
                    self.q(c)
                )
            }
            Reason::LevelSwept => {
                let (at, worst) = (price(a), price(b));
                format!("sweeping {} at {at} ({worst} or better)", self.q(c))
            }
            _ => text.to_owned(),
        }
    }

    /// Waits.
    fn wait(&self, why: Why) -> String {
        let [a, b, c] = why.operands;
        let text = why.reason.text();
        match why.reason {
            Reason::WaitStart => format!("the order starts at {}", time(a)),
            Reason::WaitSlice => {
                let (target, done) = (self.q(b), self.q(c));
                format!(
                    "on schedule ({done} filled or out, {target} due): the next slice is due at {}",
                    time(a)
                )
            }
            Reason::WaitVolume => {
                let (volume, wake) = (self.q(a), self.q(b));
                format!(
                    "on schedule ({} filled or out): the others traded {volume}, more is due when they reach {wake}",
                    self.q(c)
                )
            }
            Reason::WaitChild => {
                let mut words = format!("a child order works: {} open", self.q(a));
                if b != 0 {
                    words.push_str(&format!(" at {}", price(b)));
                }
                words
            }
            Reason::WaitCap => {
                let (cap, done) = (self.q(a), self.q(b));
                format!(
                    "{text}: at most {cap} may be filled or open at this market volume, {done} is"
                )
            }
            Reason::WaitMinimum => {
                let least = self.q(b);
                format!("{} is due, less than the smallest slice {least}", self.q(a))
            }
            Reason::WaitRate => format!("{text}: {a} messages a second"),
            Reason::WaitLockout => format!("after a reject nothing is sent until {}", time(a)),
            Reason::WaitCatchUp => {
                let cap = self.q(b);
                format!(
                    "{text}: {} is missing, {cap} may be sent at once",
                    self.q(a)
                )
            }
            Reason::WaitTerminal => format!("{text}: {} open", self.q(a)),
            Reason::WaitDepth => {
                let wanted = self.q(b);
                format!("{text}: {} shown, {wanted} wanted", self.q(a))
            }
            Reason::WaitBand => {
                let (target, filled) = (self.q(a), self.q(b));
                format!(
                    "inside the band ({filled} filled, {target} due, {} either way): passive only",
                    self.q(c)
                )
            }
            Reason::WaitPersist => format!("{text}: seen {a} of {b} updates"),
            Reason::WaitCooldown => format!("the next child may go at {}", time(a)),
            Reason::WaitRamp => format!("the ramp into the close begins at {}", time(a)),
            _ => self.auction(why),
        }
    }

    /// Waits for an auction, and what is left of the waits.
    fn auction(&self, why: Why) -> String {
        let [a, b, _] = why.operands;
        let text = why.reason.text();
        match why.reason {
            Reason::WaitAuction => format!("{text} at {}: {} open", time(b), self.q(a)),
            Reason::WaitAuctionOrder => {
                format!("{text}: {} is planned, sent at {}", self.q(a), time(b))
            }
            Reason::WaitAuctionOver => {
                let expected = self.q(b);
                format!(
                    "{text}: {} was planned, {expected} is expected to be paired",
                    self.q(a)
                )
            }
            _ => of_price(why),
        }
    }

    /// Suspensions and ends.
    fn stop(&self, why: Why) -> String {
        let [a, b, _] = why.operands;
        let text = why.reason.text();
        match why.reason {
            Reason::SuspendOutOfLimit => {
                format!(
                    "the near touch {} is worse than the limit {}",
                    price(a),
                    price(b)
                )
            }
            Reason::SuspendStale if (a, b) != (0, 0) => {
                format!("{text}: after message {a} of the feed came {b}")
            }
            Reason::SuspendSource => format!("{text} (source {a})"),
            Reason::SuspendRisk => format!("{text}: {}", control(a)),
            Reason::SuspendUnknownChild if a != 0 => {
                format!("{text} (child {})", a.cast_unsigned())
            }
            Reason::SuspendOverfill if (a, b) != (0, 0) => {
                let ordered = self.q(b);
                format!("{} is filled, more than the ordered {ordered}", self.q(a))
            }
            Reason::SuspendKill if a != 0 => format!("{text} ({:#x})", a.cast_unsigned()),
            Reason::TerminalOutOfLimit => {
                let mut words = format!("{text}: {} not done", self.q(a));
                if b != 0 {
                    words.push_str(&format!(", limit {}", price(b)));
                }
                words
            }
            _ if why.reason.operands().first() == Some(&"leaves") => {
                format!("{text}: {} not done", self.q(a))
            }
            _ => text.to_owned(),
        }
    }
}

/// Adds a part of a sentence, when it has something to say.
fn said(words: &mut String, when: bool, part: impl Fn() -> String) {
    if when {
        let comma = words.contains(':');
        words.push_str(if comma { ", " } else { ": " });
        words.push_str(&part());
    }
}

/// Waits for a price or a book.
fn of_price(why: Why) -> String {
    let [a, b, _] = why.operands;
    let text = why.reason.text();
    match why.reason {
        Reason::WaitBook => format!("{text}: bid {}, ask {}", price(a), price(b)),
        Reason::WaitCollar => format!(
            "{text}: {} was wanted, {} is the worst allowed",
            price(a),
            price(b)
        ),
        Reason::WaitSelfMatch => format!("{text} that rests at {}", price(a)),
        Reason::WaitShortSale => format!("{text}: it must be above the bid {}", price(a)),
        Reason::WaitPrice => format!(
            "waiting for a better price: {} is shown, {} or better is wanted",
            price(a),
            price(b)
        ),

        _ => text.to_owned(),
    }
}

fn price(operand: i64) -> String {
    Decimal(Price(operand)).to_string()
}

fn time(operand: i64) -> String {
    match u64::try_from(operand) {
        Ok(0) => "once".to_owned(),
        Ok(ns) => short_time(Nanos(ns)),
        Err(_) => operand.to_string(),
    }
}

fn percent(ppm: i64) -> String {
    format!("{} %", decimals(ppm, 4))
}

fn milli(operand: i64) -> String {
    decimals(operand, 3)
}

fn span(ms: i64) -> String {
    format!("{} s", decimals(ms, 3))
}

/// `value` x 10^-places without trailing zeros.
fn decimals(value: i64, places: usize) -> String {
    let sign = if value < 0 { "-" } else { "" };
    let digits = format!("{:0width$}", value.unsigned_abs(), width = places + 1);
    let (whole, fraction) = digits.split_at(digits.len() - places);
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{whole}{point}{fraction}")
}

/// Where a volume curve is from (`engine/algos` owns the numbers).
/// What the odds of completion would need, by its number on the wire.
fn missing(code: i64) -> String {
    match code {
        1 => "the order has no end".to_owned(),
        2 => "it has no cap, and what the market brings it is not forecast".to_owned(),
        3 => "the usual volume of the instrument is not known".to_owned(),
        4 => "an auction decides".to_owned(),
        _ => format!("{code} is missing"),
    }
}
fn rung(code: i64) -> String {
    match code {
        1 => "of its symbol".to_owned(),
        2 => "of its sector or product".to_owned(),
        3 => "of its asset class".to_owned(),
        4 => "none".to_owned(),
        5 => "named by the order".to_owned(),
        _ => format!("number {code}"),
    }
}

/// The risk control that stopped an order (`engine/core` owns the numbers).
fn control(code: i64) -> String {
    match code {
        1 => "the venue refused too many orders in a row".to_owned(),
        2 => "a child filled more than its quantity".to_owned(),
        _ => format!("control {code}"),
    }
}

fn algorithm(code: i64) -> String {
    u16::try_from(code)
        .ok()
        .and_then(|c| AlgorithmCode::try_from(c).ok())
        .map_or_else(|| code.to_string(), |a| a.text().to_owned())
}

#[cfg(test)]
mod tests;

/// An instant as an operand; the largest stands for one that is not in this session.
fn when(operand: i64) -> String {
    match u64::try_from(operand) {
        Ok(time) if operand != i64::MAX => short_time(Nanos(time)),
        _ => "no time of this session".to_owned(),
    }
}
