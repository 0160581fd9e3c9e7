//! What other engines got wrong, as tests of every algorithm where it applies.

use crate::script::Script;
use crate::toy::{Ask, TICK};
use engine_algos::registry::{algorithms, spec_by_name};
use shm_wire::codes::{AlgorithmCode, ParentState, ReportKind};

const SECONDS: u64 = 600;

/// An order that is done well before its end when the venue fills everything.
fn order(algorithm: AlgorithmCode, quantity: u64) -> Ask {
    use AlgorithmCode as A;
    let ask = Ask::new(algorithm, quantity, SECONDS).with("completion", 1);
    match algorithm {
        A::Iceberg | A::Pegged => ask.with("display_qty", 400),
        A::Sniper => ask.with("i_would_bps", 1_000),
        A::Sweep => ask.with("collar_bps", 1_000),
        A::Close => ask.with("ramp_ms", 86_400_000),
        _ => ask,
    }
}

/// How the venue treats a child, by its number.
type Treatment = fn(&mut Script, usize, u64);

/// Runs the order to its end; `treat` is asked about each open child at each tenth of a second.
fn play(ask: &Ask, treat: Treatment) -> Script {
    let mut s = Script::new(ask);
    while s.done().is_none() && s.since_start() < (SECONDS + 30) * 10 {
        s.tick();
        for index in 0..s.children.len() {
            let time = s.since_start();
            if s.children[index].open || s.children[index].asked.is_some() {
                treat(&mut s, index, time);
            }
            s.answer_cancel(index);
        }
        // A touch that walks makes children follow it.
        if s.since_start().is_multiple_of(20) {
            let step = (s.since_start() / 20 % 7) as i64 - 3;
            s.bid = (10_000 + step) * TICK;
        }
    }
    s
}

fn expect_filled(s: &Script, what: &str) {
    let done = s.done().unwrap_or_else(|| panic!("{what}: no end, {s:?}"));
    assert_eq!(done.state, ParentState::Filled.code(), "{what}: {s:?}");
    assert_eq!((done.filled, s.filled), (s.quantity, s.quantity), "{what}");
}

fn whole_lots(qty: u64) -> u64 {
    qty / 100 * 100
}

/// Acknowledges, then fills an immediate child wholly and a resting one from its tenth tick on.
fn friendly(s: &mut Script, index: usize, _: u64) {
    if !s.children[index].acked {
        s.ack(index);
    }
    s.answer_replace(index, true);
    let left = s.children[index].left();
    if left > 0 {
        s.fill(index, left);
    }
}

#[test]
fn the_last_slice_is_sent() {
    for code in algorithms() {
        // Twenty-five hundred is no multiple of most slices.
        expect_filled(&play(&order(*code, 2_500), friendly), code.text());
    }
}

#[test]
fn what_an_expired_or_canceled_child_did_not_fill_is_sent_again() {
    for kind in [ReportKind::Expired, ReportKind::Canceled] {
        for code in algorithms() {
            let half_expired: Treatment =
                |s, index, time| end_half(s, index, time, ReportKind::Expired);
            let half_canceled: Treatment =
                |s, index, time| end_half(s, index, time, ReportKind::Canceled);
            let treat = if kind == ReportKind::Expired {
                half_expired
            } else {
                half_canceled
            };
            let s = play(&order(*code, 2_400), treat);
            assert!(s.children.len() > 2, "{}", code.text());
            expect_filled(&s, code.text());
        }
    }
}

/// Of the first ten children half is filled, then they end; the others are filled.
fn end_half(s: &mut Script, index: usize, time: u64, kind: ReportKind) {
    if index >= 10 {
        return friendly(s, index, time);
    }
    if !s.children[index].acked {
        s.ack(index);
        let half = whole_lots(s.children[index].left() / 2);
        if half > 0 {
            s.fill(index, half);
        }
        s.end(index, kind, 0);
    }
}

#[test]
fn a_refused_child_is_sent_again() {
    for code in algorithms() {
        let s = play(&order(*code, 2_400), |s, index, time| {
            if index.is_multiple_of(2) && index < 10 {
                s.end(index, ReportKind::Rejected, 0);
            } else {
                friendly(s, index, time);
            }
        });
        expect_filled(&s, code.text());
    }
}

#[test]
fn the_end_of_one_child_leaves_the_others_open_quantity_alone() {
    let mut met = Vec::new();
    for code in algorithms() {
        let mut s = Script::new(&order(*code, 24_000));
        for _ in 0..3_000 {
            s.tick();
            for index in 0..s.children.len() {
                if !s.children[index].acked {
                    s.ack(index);
                    if s.children[index].immediate() {
                        s.end(index, ReportKind::Canceled, 0);
                    }
                }
                s.answer_replace(index, false);
                s.answer_cancel(index);
            }
            let open: Vec<usize> = (0..s.children.len())
                .filter(|i| s.children[*i].open)
                .collect();
            if open.len() < 2 {
                continue;
            }
            met.push(*code);
            s.end(open[0], ReportKind::Expired, 0);
            // Progress is told with fills.
            let left = s.children[open[1]].left();
            s.fill(open[1], left);
            let u = s.updates.last().unwrap();
            assert_eq!(u.open, s.open(), "{}", code.text());
            break;
        }
    }
    assert!(
        met.contains(&AlgorithmCode::Twap) && met.contains(&AlgorithmCode::Pov),
        "{met:?}"
    );
}

#[test]
fn a_slice_below_the_minimum_never_sends_the_whole_order() {
    for code in algorithms() {
        let ask = order(*code, 4_000).with("min_slice_qty", 400);
        let s = play(&ask, friendly);
        assert!(s.children.len() > 2, "{}", code.text());
        for c in &s.children {
            assert!(c.new.qty <= 2_000, "{} sends {}", code.text(), c.new.qty);
            let last = c.leaves < 400;
            assert!(
                c.new.qty >= 400 || last,
                "{} sends {}",
                code.text(),
                c.new.qty
            );
        }
    }
}

#[test]
fn missed_slices_are_not_sent_in_one_burst() {
    for code in algorithms().iter().filter(|c| slices(**c)) {
        let mut s = Script::new(&order(*code, 24_000));
        for _ in 0..600 {
            s.tick();
            for index in 0..s.children.len() {
                if s.children[index].open {
                    friendly(&mut s, index, 0);
                }
            }
        }
        let before = s.children.len();
        // The engine sees nothing for five of ten minutes.
        s.now += 300_000_000_000;
        s.tick();
        s.tick();
        let burst: u64 = s.children[before..].iter().map(|c| c.new.qty).sum();
        // A slice is four hundred: ten seconds of twenty-four thousand in ten minutes.
        assert!(burst <= 3 * 800, "{} sends {burst}", code.text());
    }
}

/// Whether the algorithm has slices by the clock.
fn slices(code: AlgorithmCode) -> bool {
    spec_by_name(code, "interval_ms").is_some() && spec_by_name(code, "target_pct_vol").is_none()
        || code == AlgorithmCode::Custom
}

#[test]
fn a_fill_that_races_a_replace_is_counted_once() {
    let mut raced = 0;
    for code in algorithms() {
        let s = play(&order(*code, 2_400), |s, index, time| {
            if !s.children[index].acked {
                s.ack(index);
            }
            if s.children[index].immediate() {
                return friendly(s, index, time);
            }
            let (asked, left) = (s.children[index].asked, s.children[index].left());
            match (asked, time % 3) {
                // The whole child trades before the replace arrives: too late.
                (Some(_), 0) if left > 0 => {
                    s.fill(index, left);
                    s.answer_replace(index, true);
                }
                // Part of it trades at the old terms, then the new ones hold.
                (Some(_), _) if left > 100 => {
                    s.fill(index, 100);
                    s.answer_replace(index, true);
                }
                (Some(_), _) => s.answer_replace(index, time.is_multiple_of(2)),
                // From the middle on everything trades.
                (None, _) if time > SECONDS * 5 && left > 0 => s.fill(index, left),
                _ => {}
            }
        });
        raced += usize::from(s.children.iter().any(|c| c.version > 1));
        expect_filled(&s, code.text());
    }
    assert!(raced >= 5, "{raced} algorithms replace");
}

#[test]
fn partial_fills_of_a_refreshed_order_are_never_forgotten() {
    for code in [AlgorithmCode::Iceberg, AlgorithmCode::Pegged] {
        let s = play(&order(code, 4_000), |s, index, time| {
            if !s.children[index].acked {
                s.ack(index);
            }
            s.answer_replace(index, true);
            // One lot a second, so that tranches are repriced half done.
            if time.is_multiple_of(10) && s.children[index].left() > 0 {
                s.fill(index, 100);
            }
        });
        expect_filled(&s, code.text());
        assert!(
            s.children.iter().any(|c| c.version > 1),
            "none was repriced"
        );
        let sent: u64 = s.children.iter().map(|c| c.new.qty).sum();
        assert_eq!(sent, 4_000, "{}: every tranche counts once", code.text());
    }
}

#[test]
fn the_next_tranche_waits_for_fills_that_the_end_of_the_last_one_announced() {
    for code in [AlgorithmCode::Iceberg, AlgorithmCode::Pegged] {
        let mut s = Script::new(&order(code, 4_000));
        s.tick();
        assert_eq!(s.children.len(), 1);
        s.ack(0);
        let qty = s.children[0].qty;
        // All of it traded, says the end, but its fills are not here yet.
        s.end(0, ReportKind::Canceled, qty);
        for _ in 0..50 {
            s.tick();
        }
        assert_eq!(s.children.len(), 1, "{}", code.text());
        s.late_fill(0, qty);
        for _ in 0..50 {
            s.tick();
        }
        assert_eq!(s.children.len(), 2, "{}", code.text());
        assert_eq!(s.updates.last().unwrap().filled, qty);
    }
}
