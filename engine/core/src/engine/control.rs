//! Control: kill, pause by scope, limits, heartbeats, links, shutdown.

use super::accept::operand;
use super::parent::Parent;
use super::{Engine, SOURCES_MAX};
use crate::algorithm::Algorithms;
use crate::input::Inbound;
use crate::risk::{Rate, RiskLimits, whole};
use shm_wire::codes::{ControlScope, LinkState, RingKind};
use shm_wire::control::{Kill, Limits, PauseScope, ReleaseParent};
use shm_wire::ids::ParentKey;
use shm_wire::reason::{Reason, Why};
use shm_wire::record::Link;
use shm_wire::units::Qty;

/// A scope that is killed or paused: client, trader, desk, algorithm, side or parent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Scope {
    scope: ControlScope,
    value: u64,
    source: u16,
    kill: bool,
}

impl<A: Algorithms> Engine<A> {
    pub(super) fn on_control(&mut self, message: &Inbound) {
        match message {
            Inbound::Kill(m) => self.on_kill(m),
            Inbound::PauseScope(m) => self.on_pause_scope(m),
            Inbound::Limits(m) => self.on_limits(m),
            Inbound::Heartbeat(m) => match RingKind::try_from(m.ring) {
                Ok(RingKind::Market) => self.set_feed_lost(m.alive == 0),
                Ok(RingKind::Reports | RingKind::Slices) => self.set_router_lost(m.alive == 0),
                Ok(RingKind::Orders) => self.set_source_lost(m.source, m.alive == 0),
                _ => self.counters.unsupported += 1,
            },
            Inbound::Link(m) => self.on_link(m),
            Inbound::ReleaseParent(m) => self.on_release(m),
            // The runtime reads the link again and says so with a heartbeat of its own.
            Inbound::RestoreLink(_) => {}
            Inbound::Shutdown(_) => {
                self.shutting_down = true;
                self.start_sweep_all();
            }
            _ => self.counters.unsupported += 1,
        }
    }

    fn on_kill(&mut self, m: &Kill) {
        self.set_scope(m.scope, m.value, m.source, m.active != 0, true);
    }
    fn on_pause_scope(&mut self, m: &PauseScope) {
        self.set_scope(m.scope, m.value, m.source, m.active != 0, false);
    }

    /// Sets or clears a kill or pause. A table that is full widens the scope to everything: the safe side.
    fn set_scope(&mut self, scope: u8, value: u64, source: u16, active: bool, kill: bool) {
        let Ok(scope) = ControlScope::try_from(scope) else {
            self.counters.refused += 1;
            return;
        };
        match scope {
            ControlScope::All => {
                if kill {
                    self.killed = active;
                } else {
                    self.paused = active;
                }
            }
            ControlScope::Instrument => {
                let slot = usize::try_from(value)
                    .ok()
                    .and_then(|i| self.instruments.get_mut(i));
                match slot {
                    Some(slot) if kill => slot.killed = active,
                    Some(slot) => slot.paused = active,
                    None => self.counters.refused += 1,
                }
            }
            _ => {
                let entry = Scope {
                    scope,
                    value,
                    source,
                    kill,
                };
                let same = self.scopes.iter().position(|s| *s == Some(entry));
                match (same, active) {
                    (Some(at), false) => self.scopes[at] = None,
                    (None, true) => match self.scopes.iter_mut().find(|s| s.is_none()) {
                        Some(free) => *free = Some(entry),
                        None => {
                            self.killed |= kill;
                            self.paused |= !kill;
                        }
                    },
                    _ => {}
                }
                self.scopes_used = self.scopes.iter().flatten().count();
            }
        }
        self.start_sweep_all();
    }

    /// Whether any order may be covered by a control that is no instrument's own.
    #[inline]
    pub(super) fn has_control(&self) -> bool {
        self.killed || self.paused || self.scopes_used > 0 || self.sources_lost > 0
    }

    /// Whether a kill (`kill`) or an operator's pause covers this parent.
    pub(super) fn covered(&self, p: &Parent, kill: bool) -> bool {
        let slot = &self.instruments[p.instrument as usize];
        let wide = if kill {
            self.killed || slot.killed
        } else {
            self.paused || slot.paused || self.source_lost(p)
        };
        wide || (self.scopes_used > 0
            && self.scopes.iter().flatten().any(|s| {
                s.kill == kill
                    && match s.scope {
                        ControlScope::Parent => {
                            s.value == p.key.parent_id && s.source == p.key.source
                        }
                        ControlScope::Algorithm => s.value == u64::from(p.algorithm),
                        ControlScope::Client => s.value == u64::from(p.attribution.client),
                        ControlScope::Trader => s.value == u64::from(p.attribution.trader),
                        ControlScope::Desk => s.value == u64::from(p.attribution.desk),
                        ControlScope::Side => s.value == u64::from(p.order.side.code()),
                        ControlScope::All | ControlScope::Instrument => false,
                    }
            }))
    }

    fn on_limits(&mut self, m: &Limits) {
        let set = |limits: &mut RiskLimits| {
            let qty = |target: &mut Qty, raw: u64| {
                if raw != 0 {
                    *target = Qty(raw.min(Qty::BOUND));
                }
            };
            qty(&mut limits.child_qty_max, m.child_qty_max);
            qty(&mut limits.parent_qty_max, m.parent_qty_max);
            if m.child_notional_max != 0 {
                limits.child_notional_max = whole(i128::from(m.child_notional_max));
            }
            if m.parent_notional_max != 0 {
                limits.parent_notional_max = whole(i128::from(m.parent_notional_max));
            }
            if m.collar_ppm != 0 {
                limits.collar_ppm = m.collar_ppm;
            }
            let rate = |target: &mut Rate, raw: u32| {
                if raw != 0 {
                    *target = Rate {
                        per_second: raw,
                        burst: raw.saturating_mul(2),
                    };
                }
            };
            rate(&mut limits.parent_rate, m.parent_rate_max);
            rate(&mut limits.instrument_rate, m.instrument_rate_max);
            rate(&mut limits.engine_rate, m.engine_rate_max);
        };
        if m.instrument == u32::MAX {
            set(&mut self.config.limits);
            self.instruments
                .iter_mut()
                .for_each(|slot| set(&mut slot.limits));
        } else if let Some(slot) = self.instruments.get_mut(m.instrument as usize) {
            set(&mut slot.limits);
        } else {
            self.counters.refused += 1;
        }
    }

    /// Lets an order go on whose risk stop or withheld busts wait for a person. Pauses and kills stay.
    fn on_release(&mut self, m: &ReleaseParent) {
        let key = ParentKey {
            source: m.source,
            parent_id: m.parent_id,
        };
        let known = self.keys.get(key);
        let Some(parent) = known.filter(|p| !self.parents[*p as usize].phase.is_terminal()) else {
            self.counters.refused += 1;
            return;
        };
        let withheld = self.parents[parent as usize].release();
        let why = Why::new(Reason::ReleasedByOperator, [operand(withheld.0), 0, 0]);
        self.parents[parent as usize].why = why;
        self.queue(parent);
    }

    /// Router lost: its children are in an unknown state and stay reserved; nothing new is sent.
    fn set_router_lost(&mut self, lost: bool) {
        if self.router_lost != lost {
            self.router_lost = lost;
            self.start_sweep_all();
        }
    }

    /// An orders link out of service: its parents are paused and their children taken back, since nobody can ask for it any more.
    fn set_source_lost(&mut self, source: u16, lost: bool) {
        let Some(link) = self.sources.get_mut(usize::from(source)) else {
            self.counters.refused += 1;
            return;
        };
        if link.lost != lost {
            link.lost = lost;
            self.sources_lost = self.sources.iter().filter(|s| s.lost).count();
            self.start_sweep_all();
        }
    }

    /// Whether the order source of a parent is out of service.
    pub(super) fn source_lost(&self, p: &Parent) -> bool {
        self.sources[usize::from(p.key.source) % SOURCES_MAX].lost
    }

    fn on_link(&mut self, m: &Link) {
        let blocked = m.state == LinkState::Blocked.code();
        match RingKind::try_from(m.ring) {
            Ok(RingKind::Slices) => {
                self.slices_blocked = blocked;
                if !blocked {
                    self.start_sweep_all();
                }
            }
            Ok(RingKind::Updates) => {
                if usize::from(m.source) < SOURCES_MAX {
                    self.sources[usize::from(m.source)].blocked = blocked;
                }
            }
            Ok(RingKind::Journal) => {
                let was = self.journal;
                self.journal = LinkState::try_from(m.state).unwrap_or(LinkState::Blocked);
                if was == LinkState::Blocked && self.journal != LinkState::Blocked {
                    self.start_sweep_all();
                }
            }
            _ => self.counters.unsupported += 1,
        }
    }
}
