//! Execution reports: router to engine.

message! {
    /// What happened to a child order at the venue.
    ExecutionReport = 0x0501 {
        /// Sequence of the link, from 1; one already applied is dropped.
        sequence: u64,
        /// Child.
        child_id: u64,
        /// Version of the child it speaks of.
        version: u16,
        /// Venue.
        venue: u16,
        /// `ReportKind` code.
        kind: u8,
        /// `VenueReason` code.
        reason: u8,
        /// 1 when the fill took liquidity, 2 when it rested, 0 not a fill or unknown.
        liquidity: u8,
        /// Zero.
        reserved: u8,
        /// Execution key of this report, high half; both zero when it is not an execution.
        execution_high: u64,
        /// Execution key, low half.
        execution_low: u64,
        /// Quantity of this execution, steps; for CORRECT the new quantity.
        last_qty: u64,
        /// Price of this execution, 1e-9; for CORRECT the new price.
        last_price: i64,
        /// The child's cumulative quantity after this report, steps.
        cumulative_qty: u64,
        /// The child's quantity in force, steps.
        order_qty: u64,
        /// Venue time, ns UTC.
        time: u64,
        /// For BUST and CORRECT: key of the execution meant, high half.
        reference_high: u64,
        /// For BUST and CORRECT: key of the execution meant, low half.
        reference_low: u64,
        /// Link sequence of the slice message answered; 0 when unsolicited.
        answers: u64,
    }
}
