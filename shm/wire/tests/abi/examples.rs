//! One plausible instance of every message, each field set.

use shm_wire::auction::Auction;
use shm_wire::codes::{
    AlgorithmCode, AuctionKind, BookSide, ControlScope, DepthAction, LinkState, OrderType,
    ParentState, PegType, ReportKind, ResumePolicy, RingKind, Side, TimeInForce, TradingStatus,
    VenueReason,
};
use shm_wire::control::{
    Heartbeat, Kill, Limits, PauseScope, ReleaseParent, RestoreLink, Shutdown, Signal,
};
use shm_wire::instrument::{Instrument, Session, text_field};
use shm_wire::market::{
    AuctionIndicative, Depth, FeedHeartbeat, OfficialPrice, PriceBands, Quote,
    ShortSaleRestriction, Status, Trade, TradeCancel, TradeCorrect, condition,
};
use shm_wire::message::Message;
use shm_wire::parent::{
    PARAMETERS_MAX, Parameter, ParentAmend, ParentCancel, ParentComplete, ParentNew, ParentPause,
    ParentResume, ParentUpdate, Terms, UpdateKind,
};
use shm_wire::reason::{FieldCode, Reason};
use shm_wire::record::{
    ClockOffset, Continue, Direction, Link, RECORD_KIND, RecordHead, RunEnded, RunStarted,
    TimerFired,
};
use shm_wire::report::ExecutionReport;
use shm_wire::slice::{SLICE_POST_ONLY, SliceCancel, SliceNew, SliceReplace};
use shm_wire::units::{Nanos, Qty};

/// An instance as words.
pub(crate) struct Example {
    /// Message name.
    pub(crate) name: &'static str,
    /// Type number; 0 for parts.
    pub(crate) kind: u16,
    /// The words, header first.
    pub(crate) words: Vec<u64>,
    /// Whether decoding gave the same message again.
    pub(crate) decodes: bool,
}

const TIME: u64 = 1_340_285_400_000_000_001;
const PRICE: i64 = 582_730_000_000;

fn of<M: Message + PartialEq>(message: M) -> Example {
    Example {
        name: M::LAYOUT.name,
        kind: M::KIND,
        words: message.words().to_vec(),
        decodes: M::from_words(message.words()).is_ok_and(|again| again == message),
    }
}

/// An instance of every message by type number, then of the parts that stand in files.
pub(crate) fn all() -> Vec<Example> {
    let mut list = market();
    list.extend(parents());
    list.extend(children());
    list.extend(control());
    list.extend(operator());
    list.extend(records());
    list.extend(parts());
    list
}

#[expect(clippy::too_many_lines, reason = "a table, one entry for each message")]
fn market() -> Vec<Example> {
    let (instrument, sequence, time) = (3, 41, TIME);
    vec![
        of(Quote {
            instrument,
            sequence,
            time,
            bid_price: PRICE,
            ask_price: PRICE + 10_000_000,
            bid_qty: 300,
            ask_qty: 1_200,
            ..Quote::empty()
        }),
        of(Trade {
            instrument,
            sequence,
            time,
            price: PRICE,
            qty: 100,
            trade_id: 77,
            conditions: condition::SWEEP,
            venue: 5,
            taken_side: BookSide::Ask.code(),
            ..Trade::empty()
        }),
        of(TradeCancel {
            instrument,
            sequence,
            time,
            trade_id: 77,
            qty: 100,
            price: PRICE,
            conditions: condition::ODD_LOT,
            ..TradeCancel::empty()
        }),
        of(TradeCorrect {
            instrument,
            sequence,
            time,
            trade_id: 77,
            old_qty: 100,
            new_qty: 90,
            new_price: PRICE + 1,
            old_price: PRICE,
            conditions: condition::LATE,
            ..TradeCorrect::empty()
        }),
        of(OfficialPrice {
            instrument,
            sequence,
            time,
            price: PRICE,
            qty: 1_000_000,
            auction: AuctionKind::Close.code(),
            ..OfficialPrice::empty()
        }),
        of(AuctionIndicative {
            instrument,
            sequence,
            time,
            price: PRICE,
            paired_qty: 400_000,
            imbalance: -25_000,
            auction: AuctionKind::Open.code(),
            ..AuctionIndicative::empty()
        }),
        of(Status {
            instrument,
            sequence,
            time,
            status: TradingStatus::Auction.code(),
            auction: AuctionKind::Volatility.code(),
            ..Status::empty()
        }),
        of(PriceBands {
            instrument,
            sequence,
            time,
            lower: PRICE - 29_000_000_000,
            upper: PRICE + 29_000_000_000,
            ..PriceBands::empty()
        }),
        of(ShortSaleRestriction {
            instrument,
            sequence,
            time,
            active: 1,
            ..ShortSaleRestriction::empty()
        }),
        of(Depth {
            instrument,
            sequence,
            time,
            order_id: 16_113_575,
            price: PRICE,
            qty: 18,
            action: DepthAction::Execute.code(),
            side: BookSide::Bid.code(),
            venue: 1,
            conditions: condition::HIDDEN,
            ..Depth::empty()
        }),
        of(FeedHeartbeat {
            count: 9,
            real_time: TIME,
            ..FeedHeartbeat::empty()
        }),
    ]
}

fn terms() -> Terms {
    let mut parameters = [Parameter::default(); PARAMETERS_MAX];
    parameters[0] = Parameter {
        id: 200,
        reserved: [0; 3],
        value: 100_000,
    };
    parameters[1] = Parameter {
        id: 8,
        reserved: [0; 3],
        value: -1,
    };
    Terms {
        quantity: 10_000,
        limit: PRICE,
        start: TIME,
        end: TIME + 3_600_000_000_000,
        decision_price: PRICE - 10_000_000,
        instrument: 3,
        algorithm: AlgorithmCode::Pov.code(),
        side: Side::SellShort.code(),
        parameter_count: 2,
        client: 11,
        account: 12,
        trader: 13,
        desk: 14,
        client_order_id: text_field("desk7-000042").unwrap(),
        parameters,
    }
}

fn parents() -> Vec<Example> {
    let (sequence, parent_id, source) = (6, 42, 2);
    vec![
        of(ParentNew {
            sequence,
            parent_id,
            source,
            version: 1,
            terms: terms(),
            ..ParentNew::empty()
        }),
        of(ParentAmend {
            sequence,
            parent_id,
            source,
            version: 2,
            terms: terms(),
            ..ParentAmend::empty()
        }),
        of(ParentCancel {
            sequence,
            parent_id,
            source,
            ..ParentCancel::empty()
        }),
        of(ParentPause {
            sequence,
            parent_id,
            source,
            keep_children: 1,
            ..ParentPause::empty()
        }),
        of(ParentResume {
            sequence,
            parent_id,
            source,
            policy: ResumePolicy::CatchUp.code(),
            ..ParentResume::empty()
        }),
        of(ParentComplete {
            sequence,
            parent_id,
            source,
            ..ParentComplete::empty()
        }),
        parent_update(),
    ]
}

fn parent_update() -> Example {
    let (sequence, parent_id, source) = (6, 42, 2);
    of(ParentUpdate {
        sequence,
        parent_id,
        source,
        version: 2,
        event: UpdateKind::RequestRejected.code(),
        state: ParentState::Suspended.code(),
        field: FieldCode::Parameters.code(),
        parameter: 200,
        blocked: 0x0104,
        reason: Reason::SuspendOutOfLimit.code(),
        algorithm: AlgorithmCode::Pov.code(),
        operands: [PRICE, -PRICE, 1],
        ordered: 10_000,
        filled: 2_500,
        open: 300,
        target: 2_700,
        band: 150,
        average_price: PRICE - 1,
        market_volume: 25_000,
        arrival_price: PRICE + 5_000_000,
        start: TIME,
        end: TIME + 3_600_000_000_000,
        children: 31,
        fills: 29,
        instrument: 3,
        withheld: 100,
        client_order_id: text_field("desk7-000042").unwrap(),
        ..ParentUpdate::empty()
    })
}

fn children() -> Vec<Example> {
    let (sequence, instrument, child_id) = (6, 3, 0x0400_0200_0010_0007);
    vec![
        of(SliceNew {
            sequence,
            child_id,
            parent_id: 42,
            source: 2,
            version: 1,
            instrument,
            qty: 300,
            price: PRICE,
            min_qty: 100,
            display_qty: 200,
            side: Side::Sell.code(),
            order_type: OrderType::Limit.code(),
            time_in_force: TimeInForce::Day.code(),
            peg: PegType::Mid.code(),
            flags: SLICE_POST_ONLY,
            reason: Reason::VolumeDue.code(),
            peg_offset: -10_000_000,
            client: 11,
            account: 12,
            trader: 13,
            desk: 14,
            venue: 5,
            algorithm: AlgorithmCode::Pov.code(),
            ..SliceNew::empty()
        }),
        of(SliceReplace {
            sequence,
            child_id,
            qty: 200,
            price: PRICE + 10_000_000,
            instrument,
            version: 2,
            reason: Reason::Reprice.code(),
            display_qty: 100,
            ..SliceReplace::empty()
        }),
        of(SliceCancel {
            sequence,
            child_id,
            instrument,
            version: 2,
            reason: Reason::SliceOver.code(),
            ..SliceCancel::empty()
        }),
        of(ExecutionReport {
            sequence,
            child_id,
            version: 1,
            venue: 5,
            kind: ReportKind::Correct.code(),
            reason: VenueReason::Other.code(),
            liquidity: 2,
            execution_high: 0x0123_4567_89ab_cdef,
            execution_low: 0xfedc_ba98_7654_3210,
            last_qty: 100,
            last_price: PRICE,
            cumulative_qty: 200,
            order_qty: 300,
            time: TIME,
            reference_high: 0x1111_2222_3333_4444,
            reference_low: 0x5555_6666_7777_8888,
            answers: 4,
            ..ExecutionReport::empty()
        }),
    ]
}

fn control() -> Vec<Example> {
    let (sequence, operator) = (8, 99);
    let note = text_field("four eyes").unwrap_or_default();
    vec![
        of(Kill {
            sequence,
            value: 42,
            scope: ControlScope::Parent.code(),
            active: 1,
            source: 2,
            operator,
            note,
            ..Kill::empty()
        }),
        of(PauseScope {
            sequence,
            value: 3,
            scope: ControlScope::Instrument.code(),
            active: 1,
            source: 2,
            operator,
            note,
            ..PauseScope::empty()
        }),
        of(Limits {
            sequence,
            instrument: u32::MAX,
            operator,
            child_qty_max: 10_000,
            parent_qty_max: 1_000_000,
            child_notional_max: 2_000_000,
            parent_notional_max: 50_000_000,
            collar_ppm: 50_000,
            parent_rate_max: 20,
            instrument_rate_max: 100,
            engine_rate_max: 1_000,
            ..Limits::empty()
        }),
        of(Heartbeat {
            sequence,
            real_time: TIME,
            ring: RingKind::Orders.code(),
            alive: 1,
            source: 2,
            ..Heartbeat::empty()
        }),
        of(Signal {
            sequence,
            valid_until: TIME,
            instrument: 3,
            signal: 1,
            values: [1, -2, 3, i64::MIN],
            ..Signal::empty()
        }),
        of(Shutdown {
            sequence,
            real_time: TIME,
            ..Shutdown::empty()
        }),
    ]
}

/// What an operator asks for one order or one link.
fn operator() -> Vec<Example> {
    let (sequence, operator) = (8, 99);
    let note = text_field("four eyes").unwrap_or_default();
    vec![
        of(ReleaseParent {
            sequence,
            parent_id: 42,
            source: 2,
            operator,
            note,
            ..ReleaseParent::empty()
        }),
        of(RestoreLink {
            sequence,
            upto: 1_024,
            ring: RingKind::Orders.code(),
            source: 2,
            operator,
            note,
            ..RestoreLink::empty()
        }),
    ]
}

fn records() -> Vec<Example> {
    vec![
        of(TimerFired {
            due: TIME,
            ..TimerFired::empty()
        }),
        of(Continue {
            queued: 9_936,
            ..Continue::empty()
        }),
        of(Link {
            ring: RingKind::Slices.code(),
            state: LinkState::Blocked.code(),
            source: 1,
            ..Link::empty()
        }),
        of(RunStarted {
            run: 5,
            seed: 12_345,
            layout_hash: 0x0102_0304_0506_0708,
            real_time: TIME,
            shard: 1,
            instruments: 4,
            speed_ppm: 30_000_000,
            ..RunStarted::empty()
        }),
        of(RunEnded {
            real_time: TIME,
            inputs: 1_000,
            outputs: 250,
            refused: 3,
            ..RunEnded::empty()
        }),
        of(ClockOffset {
            offset: -1_500,
            ..ClockOffset::empty()
        }),
    ]
}

fn parts() -> Vec<Example> {
    let mut instrument = Instrument::equity(3, "AAPL", 100).unwrap();
    instrument.average_daily_volume = 15_000_000;
    instrument.stale_ms = 2_000;
    instrument.shard = 1;
    instrument.session_count = 1;
    instrument.sessions[0] = Session {
        open: TIME,
        close: TIME + 23_400_000_000_000,
    };
    let (open, close) = (Nanos(TIME), Nanos(TIME + 23_400_000_000_000));
    instrument.add_auction(Auction::us_open(open, Qty(300_000)));
    instrument.add_auction(Auction::us_close(close, Qty(900_000)));
    let payload = Continue {
        queued: 1,
        ..Continue::empty()
    };
    let mut head = RecordHead::new(payload.words().len());
    head.sequence = 17;
    head.time = TIME;
    head.position = 12;
    head.direction = Direction::Input.code();
    head.ring = RingKind::Internal.code();
    head.source = 1;
    let record: Vec<u64> = head
        .words()
        .iter()
        .chain(payload.words())
        .copied()
        .collect();
    assert_eq!(head.header.kind, RECORD_KIND);
    let split = RecordHead::split(&record).map(|(h, p)| (h, p.to_vec()));
    vec![
        Example {
            name: "Instrument",
            kind: 0,
            words: bytemuck::cast_slice(&[instrument]).to_vec(),
            decodes: instrument.check().is_none(),
        },
        Example {
            name: "RecordHead+Continue",
            kind: 0,
            decodes: split == Some((head, payload.words().to_vec())),
            words: record,
        },
    ]
}
