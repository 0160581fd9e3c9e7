//! Execution quality of one parent order: gathers what the figures are made from.

use super::Analysis;
use crate::figures::{self, AuctionPart, Compliance, ShortfallInputs};
use crate::format::Decimal;
use crate::ledger::Parent;
use crate::ratio::fraction;
use crate::report::ExecutionQuality;
use crate::tape::{Sums, Touch};
use shm_wire::codes::AlgorithmCode;

impl Analysis {
    /// What goes beyond the benchmarks; nothing for an order that was never accepted.
    pub(super) fn execution_quality(
        &self,
        p: &Parent,
        sums: Option<&Sums>,
        arrival: Option<Touch>,
    ) -> ExecutionQuality {
        let (Some(accepted), Some(side)) = (p.accepted, p.side) else {
            return ExecutionQuality::default();
        };
        let decision = p.decision_price.is_some().then_some(p.decision_price);
        let end = p.done.unwrap_or(self.ledger.last_time);
        let shortfall = figures::shortfall(&ShortfallInputs {
            sign: side.sign(),
            ordered: p.ordered,
            filled: p.filled,
            value: p.value,
            decision,
            arrival,
            end: sums.and_then(|s| s.touch_until(end)),
        });
        let fills = figures::fill_figures(self.fills(p), side.sign(), sums);
        ExecutionQuality {
            completion: fraction(p.filled, p.ordered),
            decision_price: decision.map(Decimal),
            shortfall_bps: shortfall.as_ref().and_then(|s| s.total_bps),
            shortfall,
            price_improvement_bps: fills.price_improvement_bps,
            passive_ratio: fills.passive_ratio,
            spreads: fills.spreads,
            markouts: fills.markouts,
            messages: p.messages,
            messages_per_fill: fraction(p.messages, p.fill_count),
            auctions: self.auctions(p, side.sign()),
            pov_compliance: self.compliance(p, sums, (accepted.max(p.start), end)),
        }
    }

    /// What an order did in auctions.
    fn auctions(&self, p: &Parent, sign: i64) -> Vec<AuctionPart> {
        let officials = self.officials.get(p.instrument as usize);
        if p.sent_to_auctions.iter().all(|q| *q == 0) {
            return Vec::new();
        }
        let fills = self.fills(p).map(|f| (self.ledger.auction_of(f), f));
        let fills: Vec<_> = fills.collect();
        let from = p.accepted.map_or(p.start, |a| a.max(p.start));
        figures::auction_parts(
            p.sent_to_auctions,
            &fills,
            officials.map_or(&[], Vec::as_slice),
            from,
            sign,
        )
    }

    fn compliance(&self, p: &Parent, sums: Option<&Sums>, span: (u64, u64)) -> Vec<Compliance> {
        let is_pov = AlgorithmCode::try_from(p.algorithm) == Ok(AlgorithmCode::Pov);
        let Some(sums) = sums.filter(|_| is_pov) else {
            return Vec::new();
        };
        let counted = self.fills(p).filter(|f| !f.busted);
        let mut fills: Vec<_> = counted.map(|f| (f.time, f.qty)).collect();
        fills.sort_unstable();
        let paused = p.suspended(self.ledger.last_time);
        figures::compliance(sums, &fills, span, &paused, |t| p.rates_at(t))
    }
}
