//! Why a parent order is stopped: a set, since several reasons may hold at once.

/// Set of reasons that stop a parent order. ACTIVE returns only when it is empty.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Blocked(u16);

impl Blocked {
    /// Nothing stops the order.
    pub const NONE: Blocked = Blocked(0);
    /// Stopped by an operator or the OMS.
    pub const PAUSED: Blocked = Blocked(1);
    /// Trading halt or volatility pause.
    pub const HALT: Blocked = Blocked(1 << 1);
    /// Auction in which the order takes no part, or no session.
    pub const AUCTION: Blocked = Blocked(1 << 2);
    /// Near touch worse than the limit: the schedule waits, one child rests at the limit.
    pub const OUT_OF_LIMIT: Blocked = Blocked(1 << 3);
    /// Market data is stale.
    pub const STALE: Blocked = Blocked(1 << 4);
    /// A risk control.
    pub const RISK: Blocked = Blocked(1 << 5);
    /// The router is gone.
    pub const ROUTER: Blocked = Blocked(1 << 6);
    /// A child's state is unknown.
    pub const UNKNOWN_CHILD: Blocked = Blocked(1 << 7);
    /// More filled than ordered.
    pub const OVERFILL: Blocked = Blocked(1 << 8);
    /// The kill word.
    pub const KILL: Blocked = Blocked(1 << 9);

    /// Bit and name of each reason, in order.
    pub const NAMES: &'static [(Blocked, &'static str)] = &[
        (Self::PAUSED, "PAUSED"),
        (Self::HALT, "HALT"),
        (Self::AUCTION, "AUCTION"),
        (Self::OUT_OF_LIMIT, "OUT_OF_LIMIT"),
        (Self::STALE, "STALE"),
        (Self::RISK, "RISK"),
        (Self::ROUTER, "ROUTER"),
        (Self::UNKNOWN_CHILD, "UNKNOWN_CHILD"),
        (Self::OVERFILL, "OVERFILL"),
        (Self::KILL, "KILL"),
    ];

    /// The bits on the wire.
    #[inline]
    #[must_use]
    pub const fn bits(self) -> u16 {
        self.0
    }
    /// The set in wire bits; unknown bits are left out.
    #[must_use]
    pub const fn from_bits(bits: u16) -> Blocked {
        Blocked(bits & ((1 << 10) - 1))
    }
    /// Whether no reason holds.
    #[inline]
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
    /// Whether any reason of `other` holds.
    #[inline]
    #[must_use]
    pub const fn has(self, other: Blocked) -> bool {
        self.0 & other.0 != 0
    }
    /// This set and `other`.
    #[inline]
    #[must_use]
    pub const fn with(self, other: Blocked) -> Blocked {
        Blocked(self.0 | other.0)
    }
    /// This set without `other`.
    #[inline]
    #[must_use]
    pub const fn without(self, other: Blocked) -> Blocked {
        Blocked(self.0 & !other.0)
    }
    /// Whether new children are barred and resting ones are taken back: everything but a limit out of reach.
    #[inline]
    #[must_use]
    pub const fn stops_emission(self) -> bool {
        self.0 & !Self::OUT_OF_LIMIT.0 != 0
    }
}
