//! Parent orders: OMS to engine, and the engine's updates back.

/// Most parameters of one parent order.
pub const PARAMETERS_MAX: usize = 16;

part! {
    derive(Default);
    /// One parameter: identifier from the algorithm's `PARAMS`, and its value in the parameter's unit.
    Parameter {
        /// Identifier; 0 in unused records.
        id: u16,
        /// Zero.
        reserved: [u16; 3],
        /// Value.
        value: i64,
    }
}

part! {
    derive();
    /// The complete terms of a parent order; a new order and an amend both carry all of them.
    Terms {
        /// Quantity, steps.
        quantity: u64,
        /// Limit, 1e-9; `i64::MIN` for none.
        limit: i64,
        /// Start, ns UTC; 0 = now.
        start: u64,
        /// End, ns UTC; 0 = end of the session.
        end: u64,
        /// Price at the time of the decision to trade, 1e-9; `i64::MIN` when not supplied.
        decision_price: i64,
        /// Instrument.
        instrument: u32,
        /// `AlgorithmCode`.
        algorithm: u16,
        /// `Side` code.
        side: u8,
        /// Parameters in use.
        parameter_count: u8,
        /// Client.
        client: u32,
        /// Account.
        account: u32,
        /// Trader.
        trader: u32,
        /// Desk.
        desk: u32,
        /// The client's name of the order: printable ASCII, padded with zeros.
        client_order_id: [u8; 32],
        /// Parameters; unused records are zero.
        parameters: [Parameter; PARAMETERS_MAX],
    }
}

message! {
    /// A new parent order.
    ParentNew = 0x0201 {
        /// Sequence of the link, from 1.
        sequence: u64,
        /// The sender's number of the order, not 0.
        parent_id: u64,
        /// Order source.
        source: u16,
        /// Version of the terms: 1.
        version: u16,
        /// Zero.
        reserved: u32,
        /// Terms.
        terms: Terms,
    }
}
message! {
    /// New terms for a known parent order, complete, never a delta.
    ParentAmend = 0x0202 {
        /// Sequence of the link, from 1.
        sequence: u64,
        /// The sender's number of the order.
        parent_id: u64,
        /// Order source.
        source: u16,
        /// Version: known + 1.
        version: u16,
        /// Zero.
        reserved: u32,
        /// Terms.
        terms: Terms,
    }
}
message! {
    /// Cancel a parent order.
    ParentCancel = 0x0203 {
        /// Sequence of the link, from 1.
        sequence: u64,
        /// The sender's number of the order.
        parent_id: u64,
        /// Order source.
        source: u16,
        /// Zero.
        reserved: [u16; 3],
    }
}
message! {
    /// Stop emission of a parent order; children are canceled unless `keep_children` is 1.
    ParentPause = 0x0204 {
        /// Sequence of the link, from 1.
        sequence: u64,
        /// The sender's number of the order.
        parent_id: u64,
        /// Order source.
        source: u16,
        /// 1 keeps the children resting.
        keep_children: u8,
        /// Zero.
        reserved: [u8; 5],
    }
}
message! {
    /// Resume a paused parent order.
    ParentResume = 0x0205 {
        /// Sequence of the link, from 1.
        sequence: u64,
        /// The sender's number of the order.
        parent_id: u64,
        /// Order source.
        source: u16,
        /// `ResumePolicy` code.
        policy: u8,
        /// Zero.
        reserved: [u8; 5],
    }
}

message! {
    /// Finish a parent order now: what is left is completed at once, as hard as its own terms allow.
    ParentComplete = 0x0206 {
        /// Sequence of the link, from 1.
        sequence: u64,
        /// The sender's number of the order.
        parent_id: u64,
        /// Order source.
        source: u16,
        /// Zero.
        reserved: [u16; 3],
    }
}

codes! {
    /// What a parent update reports.
    UpdateKind: u8 {
        /// Accepted.
        Accepted = 1 "accepted",
        /// Rejected, with field and reason.
        Rejected = 2 "rejected",
        /// Progress: state, fills, schedule and last reason.
        Progress = 3 "progress",
        /// Done: the one terminal report.
        Done = 4 "done",
        /// An amend, cancel, pause or resume was refused; the order goes on.
        RequestRejected = 5 "request_rejected",
        /// End of a slice: where the schedule stands.
        SliceEnd = 6 "slice_end",
    }
}

message! {
    /// The whole state of one parent order, engine to OMS.
    ParentUpdate = 0x0301 {
        /// Sequence of the link, from 1.
        sequence: u64,
        /// The sender's number of the order.
        parent_id: u64,
        /// Order source.
        source: u16,
        /// Version of the terms in force.
        version: u16,
        /// `UpdateKind` code.
        event: u8,
        /// `ParentState` code.
        state: u8,
        /// Rejected field, `FieldCode`; 0 when none.
        field: u16,
        /// Parameter id when the field is PARAMETERS.
        parameter: u16,
        /// Blocked reasons as bits (engine/core `Blocked`).
        blocked: u16,
        /// `Reason` code of the last decision.
        reason: u16,
        /// `AlgorithmCode`.
        algorithm: u16,
        /// Operands of the reason.
        operands: [i64; 3],
        /// Ordered, steps.
        ordered: u64,
        /// Filled, steps.
        filled: u64,
        /// Open at the venue or on its way, steps.
        open: u64,
        /// Cumulative schedule target Q(t) now, steps.
        target: u64,
        /// Half-width b of the schedule band, steps.
        band: u64,
        /// Average price of the fills, 1e-9, rounded down; `i64::MIN` before the first.
        average_price: i64,
        /// The others' eligible volume since the start, steps.
        market_volume: u64,
        /// Arrival price, 1e-9; `i64::MIN` before there is one.
        arrival_price: i64,
        /// Start in force, ns UTC.
        start: u64,
        /// End in force, ns UTC.
        end: u64,
        /// Children sent.
        children: u32,
        /// Fills booked.
        fills: u32,
        /// Instrument.
        instrument: u32,
        /// Quantity withheld after busts, steps (cut at u32::MAX).
        withheld: u32,
        /// The client's name of the order.
        client_order_id: [u8; 32],
    }
}
