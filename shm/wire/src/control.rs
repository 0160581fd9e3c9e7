//! Control: gateway and operators to engine.

message! {
    /// Set or clear a kill for a scope; clearing needs this journaled message, setting may also use the kill word.
    Kill = 0x0601 {
        /// Sequence of the link, from 1.
        sequence: u64,
        /// Value of the scope: instrument, client, ... or parent number.
        value: u64,
        /// `ControlScope` code.
        scope: u8,
        /// 1 set, 0 clear.
        active: u8,
        /// Order source when the scope is a parent.
        source: u16,
        /// Who asked.
        operator: u32,
        /// Why: printable ASCII, padded with zeros.
        note: [u8; 32],
    }
}
message! {
    /// Pause or resume a scope.
    PauseScope = 0x0602 {
        /// Sequence of the link, from 1.
        sequence: u64,
        /// Value of the scope.
        value: u64,
        /// `ControlScope` code.
        scope: u8,
        /// 1 pause, 0 resume.
        active: u8,
        /// Order source when the scope is a parent.
        source: u16,
        /// Who asked.
        operator: u32,
        /// Why: printable ASCII, padded with zeros.
        note: [u8; 32],
    }
}
message! {
    /// A limit in force from here on. Zero leaves a field as it is.
    Limits = 0x0603 {
        /// Sequence of the link, from 1.
        sequence: u64,
        /// Instrument, or `u32::MAX` for all.
        instrument: u32,
        /// Who asked.
        operator: u32,
        /// Largest child quantity, steps.
        child_qty_max: u64,
        /// Largest parent quantity, steps.
        parent_qty_max: u64,
        /// Largest child notional, whole units of the quote currency.
        child_notional_max: u64,
        /// Largest parent notional, whole units of the quote currency.
        parent_notional_max: u64,
        /// Price collar around the reference, ppm.
        collar_ppm: u32,
        /// Messages per second and parent.
        parent_rate_max: u32,
        /// Messages per second and instrument.
        instrument_rate_max: u32,
        /// Messages per second and engine.
        engine_rate_max: u32,
    }
}
message! {
    /// A peer is alive.
    Heartbeat = 0x0604 {
        /// Sequence of the link, from 1.
        sequence: u64,
        /// Real time, ns UTC.
        real_time: u64,
        /// `RingKind` code of the link it speaks for.
        ring: u8,
        /// 1 alive, 0 lost.
        alive: u8,
        /// Link number.
        source: u16,
        /// Zero.
        reserved: u32,
    }
}
message! {
    /// A model's answer, valid until a time.
    Signal = 0x0605 {
        /// Sequence of the link, from 1.
        sequence: u64,
        /// Valid until, ns UTC.
        valid_until: u64,
        /// Instrument.
        instrument: u32,
        /// Kind of the signal; none is used yet.
        signal: u32,
        /// Values.
        values: [i64; 4],
    }
}
message! {
    /// The runtime asks for an orderly shutdown: refuse parents, cancel children.
    Shutdown = 0x0606 {
        /// Sequence of the link, from 1.
        sequence: u64,
        /// Real time, ns UTC.
        real_time: u64,
    }
}
message! {
    /// An operator lets an order go on: what busts gave back may be worked again, and a stop by a risk control is over.
    ReleaseParent = 0x0607 {
        /// Sequence of the link, from 1.
        sequence: u64,
        /// Number of the order.
        parent_id: u64,
        /// Order source.
        source: u16,
        /// Zero.
        reserved: u16,
        /// Who asked.
        operator: u32,
        /// Why: printable ASCII, padded with zeros.
        note: [u8; 32],
    }
}
message! {
    /// An operator puts a link back in service that was taken out for rubbish.
    RestoreLink = 0x0608 {
        /// Sequence of the link, from 1.
        sequence: u64,
        /// Rubbish before this ring position does not count against the link any more.
        upto: u64,
        /// `RingKind` code of the link.
        ring: u8,
        /// Zero.
        reserved: u8,
        /// Link number: the order source.
        source: u16,
        /// Who asked.
        operator: u32,
        /// Why: printable ASCII, padded with zeros.
        note: [u8; 32],
    }
}
