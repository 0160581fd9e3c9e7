//! The quantity ledger: exposure is reserved, not hoped for (law 2).

use shm_wire::units::Qty;

/// Quantities of one parent order, in steps of its instrument.
///
/// `free = ordered - filled - reserved - withheld`; a child may be sent only out of `free`.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Ledger {
    ordered: Qty,
    filled: Qty,
    reserved: Qty,
    withheld: Qty,
    in_auctions: Qty,
}

/// A booking that the ledger refuses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LedgerError {
    /// More asked for than is free.
    Exceeds {
        /// Asked.
        asked: Qty,
        /// Free.
        free: Qty,
    },
}

impl Ledger {
    /// A fresh ledger for `ordered` steps.
    #[must_use]
    pub const fn new(ordered: Qty) -> Ledger {
        Ledger {
            ordered,
            filled: Qty::ZERO,
            reserved: Qty::ZERO,
            withheld: Qty::ZERO,
            in_auctions: Qty::ZERO,
        }
    }
    /// Ordered quantity in force (the last acknowledged one).
    #[inline]
    #[must_use]
    pub const fn ordered(&self) -> Qty {
        self.ordered
    }
    /// Filled in all; may exceed `ordered` when a venue overfills, and is never clamped.
    #[inline]
    #[must_use]
    pub const fn filled(&self) -> Qty {
        self.filled
    }
    /// Open at the venue, on its way, or in an unknown state.
    #[inline]
    #[must_use]
    pub const fn reserved(&self) -> Qty {
        self.reserved
    }
    /// Re-opened by busts and not released.
    #[inline]
    #[must_use]
    pub const fn withheld(&self) -> Qty {
        self.withheld
    }
    /// Filled in auctions: a part of [`Ledger::filled`].
    #[inline]
    #[must_use]
    pub const fn in_auctions(&self) -> Qty {
        self.in_auctions
    }
    /// Counts a fill that is booked as one in an auction.
    pub const fn note_auction_fill(&mut self, qty: Qty) {
        self.in_auctions = Qty(self.in_auctions.0.saturating_add(qty.0));
    }
    /// The books of the part that is worked in the book: `ordered` of the order, without what was filled in auctions and what
    /// is `waiting` for one.
    #[must_use]
    pub const fn in_the_book(&self, ordered: Qty, waiting: Qty) -> Ledger {
        Ledger {
            ordered,
            filled: self.filled.saturating_sub(self.in_auctions),
            reserved: self.reserved.saturating_sub(waiting),
            withheld: self.withheld,
            in_auctions: Qty::ZERO,
        }
    }
    /// Not yet done: ordered less filled, zero when overfilled.
    #[inline]
    #[must_use]
    pub const fn leaves(&self) -> Qty {
        self.ordered.saturating_sub(self.filled)
    }
    /// Filled and reserved together: what is done or may still be done by what is out.
    #[inline]
    #[must_use]
    pub const fn committed(&self) -> Qty {
        Qty(self.filled.0.saturating_add(self.reserved.0))
    }
    /// What a new child may take at most.
    #[inline]
    #[must_use]
    pub const fn free(&self) -> Qty {
        self.ordered
            .saturating_sub(self.filled)
            .saturating_sub(self.reserved)
            .saturating_sub(self.withheld)
    }
    /// Whether the venue filled more than was ordered.
    #[inline]
    #[must_use]
    pub const fn is_overfilled(&self) -> bool {
        self.filled.0 > self.ordered.0
    }

    /// Sets `qty` aside for a child that is about to be sent.
    ///
    /// # Errors
    /// [`LedgerError::Exceeds`] when more than [`Ledger::free`] is asked; nothing changes.
    #[inline]
    pub fn reserve(&mut self, qty: Qty) -> Result<(), LedgerError> {
        let free = self.free();
        if qty > free {
            return Err(LedgerError::Exceeds { asked: qty, free });
        }
        self.reserved += qty;
        Ok(())
    }
    /// Gives back `qty` of a child that ended (terminal evidence only).
    ///
    /// # Panics
    /// When more is released than reserved: the caller's child bookkeeping is wrong.
    #[inline]
    pub fn release(&mut self, qty: Qty) {
        assert!(
            qty <= self.reserved,
            "Invariant: only reserved quantity is released"
        );
        self.reserved -= qty;
    }
    /// Books a fill, of which `from_reserved` had been set aside for the child.
    ///
    /// # Panics
    /// When `from_reserved` exceeds what is reserved.
    #[inline]
    pub fn fill(&mut self, qty: Qty, from_reserved: Qty) {
        assert!(
            from_reserved <= self.reserved,
            "Invariant: a fill consumes reserved quantity only"
        );
        self.reserved -= from_reserved;
        self.filled = Qty(self.filled.0.saturating_add(qty.0));
    }
    /// Takes back a fill that was busted; the quantity is withheld until released.
    pub fn bust(&mut self, qty: Qty) {
        let qty = if qty > self.filled { self.filled } else { qty };
        self.filled -= qty;
        self.withheld += qty;
    }
    /// Releases what busts withheld.
    pub fn release_withheld(&mut self) {
        self.withheld = Qty::ZERO;
    }
    /// A new ordered quantity.
    ///
    /// # Errors
    /// [`LedgerError::Exceeds`] when it is below filled + reserved; nothing changes.
    pub fn amend(&mut self, ordered: Qty) -> Result<(), LedgerError> {
        if self.committed() > ordered {
            return Err(LedgerError::Exceeds {
                asked: self.committed(),
                free: ordered,
            });
        }
        self.ordered = ordered;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_is_paid_for_before_it_is_sent() {
        let mut l = Ledger::new(Qty(1_000));
        assert_eq!(l.reserve(Qty(600)), Ok(()));
        assert_eq!(
            l.reserve(Qty(500)),
            Err(LedgerError::Exceeds {
                asked: Qty(500),
                free: Qty(400)
            })
        );
        l.fill(Qty(200), Qty(200));
        assert_eq!(
            (l.filled(), l.reserved(), l.free()),
            (Qty(200), Qty(400), Qty(400))
        );
        l.release(Qty(400));
        assert_eq!((l.leaves(), l.free()), (Qty(800), Qty(800)));
    }

    #[test]
    fn a_bust_does_not_buy_again_by_itself() {
        let mut l = Ledger::new(Qty(100));
        l.reserve(Qty(100)).unwrap();
        l.fill(Qty(100), Qty(100));
        l.bust(Qty(40));
        assert_eq!(
            (l.filled(), l.leaves(), l.free()),
            (Qty(60), Qty(40), Qty(0))
        );
        l.release_withheld();
        assert_eq!(l.free(), Qty(40));
    }

    #[test]
    fn an_overfill_is_booked_in_full() {
        let mut l = Ledger::new(Qty(100));
        l.reserve(Qty(100)).unwrap();
        l.fill(Qty(130), Qty(100));
        assert!(l.is_overfilled());
        assert_eq!(
            (l.filled(), l.leaves(), l.free()),
            (Qty(130), Qty(0), Qty(0))
        );
    }

    #[test]
    fn an_amend_never_undercuts_what_is_out() {
        let mut l = Ledger::new(Qty(100));
        l.reserve(Qty(60)).unwrap();
        assert!(l.amend(Qty(59)).is_err());
        assert_eq!(l.amend(Qty(60)), Ok(()));
        assert_eq!(l.free(), Qty(0));
    }
}
