//! Parent orders and market messages of the scenarios that run an engine.

use engine_core::risk::{Rate, RiskLimits};
use shm_wire::codes::{AlgorithmCode, CatchUp, ReportKind, Side};
use shm_wire::instrument::{Instrument, text_field};
use shm_wire::market::{Quote, Trade};
use shm_wire::parent::{Parameter, ParentNew};
use shm_wire::report::ExecutionReport;
use shm_wire::slice::SliceNew;
use shm_wire::units::{NANOS_PER_SECOND, Price, Qty};

/// Instruments.
pub const INSTRUMENTS: u32 = 64;
/// Their lot, steps: the least child.
pub const LOT: u64 = 1;
/// Share of the market's volume that every POV order wants, ppm.
const POV_RATE_PPM: i64 = 100_000;
/// Volume of others after which a POV order at that rate is due one more step: nine parts of ten.
pub const VOLUME_FOR_ONE: u64 = 9;
/// A POV order that has worked for a day sends no less than this many times its least child.
pub const LEAST_CHILDREN_OF_A_CHILD: u64 = 5;
/// Quantity of each parent order, steps.
const QUANTITY: u64 = 500_000_000;
/// A day, ns.
pub const DAY: u64 = 86_400 * NANOS_PER_SECOND;
/// Messages a second that no scenario reaches: the rate gates run, but hold nothing back.
pub const RATE_MAX: u32 = 1_000_000_000;
/// Price of every instrument at the start, 1e-9.
pub const PRICE: i64 = 100 * Price::SCALE;
/// Tick, 1e-9.
pub const TICK: i64 = Price::SCALE / 100;

/// Parameter ids of the registry: `docs/algorithms.md`.
mod id {
    pub(super) const MIN_SLICE_QTY: u16 = 2;
    pub(super) const CATCH_UP: u16 = 7;
    pub(super) const TWAP_INTERVAL_MS: u16 = 100;
    pub(super) const POV_TARGET: u16 = 200;
    pub(super) const POV_MIN: u16 = 201;
}
const DAY_MS: i64 = 86_400_000;

/// The documented limits, with rates and child sizes that hold nothing back.
#[must_use]
pub fn limits() -> RiskLimits {
    let rate = Rate {
        per_second: RATE_MAX,
        burst: RATE_MAX,
    };
    RiskLimits {
        parent_rate: rate,
        instrument_rate: rate,
        engine_rate: rate,
        child_qty_max: Qty(QUANTITY),
        child_notional_max: RiskLimits::demo().parent_notional_max,
        ..RiskLimits::demo()
    }
}

/// The instruments, without sessions: they trade around the clock.
#[must_use]
pub fn instruments() -> Vec<Instrument> {
    (0..INSTRUMENTS)
        .filter_map(|i| Instrument::equity(i, &format!("BENCH{i:02}"), LOT))
        .collect()
}

/// A POV order whose next child is due after [`LEAST_CHILDREN_OF_A_CHILD`] times its `min_slice` steps, once it has done
/// forty of them; it is never behind before that.
#[must_use]
pub fn pov(source: u16, number: u64, instrument: u32, min_slice: u64) -> ParentNew {
    let parameters = [
        (id::POV_TARGET, POV_RATE_PPM),
        (id::POV_MIN, 1),
        (id::CATCH_UP, CatchUp::Immediate as i64),
        (id::MIN_SLICE_QTY, min_slice.cast_signed()),
    ];
    order(source, number, instrument, AlgorithmCode::Pov, &parameters)
}

/// A TWAP order over ten days with one slice a day: it is there, and hardly ever due.
#[must_use]
pub fn twap(source: u16, number: u64, instrument: u32, now: u64) -> ParentNew {
    let parameters = [(id::TWAP_INTERVAL_MS, DAY_MS)];
    let mut order = order(source, number, instrument, AlgorithmCode::Twap, &parameters);
    order.terms.end = now + 10 * DAY;
    order
}

fn order(
    source: u16,
    number: u64,
    instrument: u32,
    algorithm: AlgorithmCode,
    parameters: &[(u16, i64)],
) -> ParentNew {
    let mut order = ParentNew {
        sequence: number,
        parent_id: number,
        source,
        version: 1,
        ..ParentNew::empty()
    };
    let terms = &mut order.terms;
    terms.quantity = QUANTITY;
    terms.limit = Price::NONE.0;
    terms.decision_price = Price::NONE.0;
    terms.instrument = instrument;
    terms.algorithm = algorithm.code();
    terms.side = Side::Buy.code();
    // The name fits: it is at most 20 digits long.
    terms.client_order_id = text_field(&format!("bench{number}")).unwrap_or([b'b'; 32]);
    for (slot, (id, value)) in terms.parameters.iter_mut().zip(parameters) {
        *slot = Parameter {
            id: *id,
            value: *value,
            ..Parameter::default()
        };
    }
    terms.parameter_count = u8::try_from(parameters.len()).unwrap_or(0);
    order
}

/// A quote at `ticks` above the starting price.
#[must_use]
pub fn quote(instrument: u32, sequence: u32, time: u64, ticks: i64) -> Quote {
    let bid_price = PRICE + ticks * TICK;
    Quote {
        instrument,
        sequence,
        time,
        bid_price,
        ask_price: bid_price + TICK,
        bid_qty: 5_000,
        ask_qty: 5_000,
        ..Quote::empty()
    }
}

/// A print.
#[must_use]
pub fn trade(instrument: u32, sequence: u32, time: u64, qty: u64) -> Trade {
    Trade {
        instrument,
        sequence,
        time,
        price: PRICE,
        qty,
        trade_id: u64::from(sequence),
        ..Trade::empty()
    }
}

/// The report that fills a child whole.
#[must_use]
pub fn fill(slice: &SliceNew, sequence: u64) -> ExecutionReport {
    ExecutionReport {
        sequence,
        child_id: slice.child_id,
        version: slice.version,
        venue: 1,
        kind: ReportKind::Fill.code(),
        execution_high: 1,
        execution_low: sequence,
        last_qty: slice.qty,
        last_price: slice.price,
        cumulative_qty: slice.qty,
        order_qty: slice.qty,
        answers: slice.sequence,
        ..ExecutionReport::empty()
    }
}

/// FNV-1a over the words that say what was decided, so that a measurement cannot win by deciding less.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Digest(u64);

impl Default for Digest {
    fn default() -> Self {
        Digest(0xcbf2_9ce4_8422_2325)
    }
}

impl Digest {
    /// Takes a slice in.
    #[inline]
    pub fn slice(&mut self, slice: &SliceNew) {
        for word in [slice.parent_id, slice.qty, u64::from(slice.instrument)] {
            self.0 = (self.0 ^ word).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    /// As text.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{:016x}", self.0)
    }
}
