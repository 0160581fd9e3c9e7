use super::*;
use crate::shortfall::probability_ppm;
use proptest::prelude::{Strategy, prop_assert, prop_assert_eq, proptest};

const DEVIATION: u32 = 350_000;

fn chance(allowed: Option<u64>, needed: u64, room: Option<i32>) -> Chance {
    Chance {
        allowed,
        needed,
        deviation_ppm: DEVIATION,
        room,
    }
}

/// Draws for the Monte Carlo: a multiplicative congruence, and normals from twelve uniforms.
struct Draws(u64);

impl Draws {
    fn uniform(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }
}

/// Share of simulated days that complete, and mean part filled.
fn simulated(c: &Chance, days: u32, seed: u64) -> (f64, f64) {
    const STEPS: u32 = 1_000;
    let mut draws = Draws(seed);
    let (mut done, mut filled) = (0_u32, 0.0);
    for _ in 0..days {
        let mut room = c.room.map(|r| f64::from(r) / 1e6);
        let mut within = 0_u32;
        for _ in 0..STEPS {
            let step = (draws.uniform() - 0.5) * libm::sqrt(12.0 / f64::from(STEPS));
            if let Some(room) = &mut room {
                *room += step;
            }
            within += u32::from(room.is_none_or(|r| r >= 0.0));
        }
        let volume = exp(c.deviation() * draws.normal());
        let share = match c.allowed {
            Some(allowed) => f64::from(within) / f64::from(STEPS) * allowed as f64 * volume,
            None if within > 0 => f64::MAX,
            None => 0.0,
        };
        let part = (share / c.needed as f64).min(1.0);
        done += u32::from(part >= 1.0);
        filled += part;
    }
    (f64::from(done) / f64::from(days), filled / f64::from(days))
}

#[test]
fn the_formula_agrees_with_simulated_days() {
    const DAYS: u32 = 3_000;
    let cases = [
        (Some(1_000), 1_000, None),
        (Some(1_000), 700, Some(0)),
        (Some(1_000), 300, Some(-500_000)),
        (Some(2_000), 1_000, Some(800_000)),
        (Some(1_000), 1_300, Some(2_000_000)),
        (None, 1_000, Some(-1_000_000)),
    ];
    for (index, (allowed, needed, room)) in cases.into_iter().enumerate() {
        let c = chance(allowed, needed, room);
        let (done, filled) = simulated(&c, DAYS, 7 + index as u64);
        let p = f64::from(c.completion_ppm()) / 1e6;
        let mean = c.expected_fill() as f64 / needed as f64;
        // Three standard errors, and what a path of a thousand steps misses of a crossing.
        let error = 3.0 * libm::sqrt(0.25 / f64::from(DAYS)) + 0.015;
        assert!((done - p).abs() < error, "{c:?}: {done} against {p}");
        assert!(
            (filled - mean).abs() < error,
            "{c:?}: {filled} against {mean}"
        );
    }
}

#[test]
fn known_values() {
    let p = |c: Chance| c.completion_ppm();
    // Without a limit: the normal law of the volume.
    assert_eq!(p(chance(Some(100), 100, None)), 500_000);
    assert_eq!(p(chance(Some(0), 1, None)), 0);
    assert_eq!(p(chance(Some(0), 0, Some(-9_000_000))), 1_000_000);
    assert_eq!(p(chance(None, 5, None)), 1_000_000);
    assert_eq!(chance(None, 5, None).expected_fill(), 5);
    // A limit alone: the path touches it with twice the tail of the normal law (reflection).
    assert_eq!(p(chance(None, 5, Some(-1_000_000))), 317_311);
    assert_eq!(p(chance(None, 5, Some(1))), 1_000_000);
    // At the limit with next to no need beside the volume: some time within it is certain.
    assert!(p(chance(Some(1_000_000_000), 1, Some(0))) > 999_000);
    // The arcsine law: half of the time or more within the limit with even odds.
    let sure = Chance {
        deviation_ppm: 1_000,
        ..chance(Some(2_000), 1_000, Some(0))
    };
    assert!(p(sure).abs_diff(500_000) < 3_000, "{}", p(sure));
    // A far limit is none, and a near one on the wrong side forbids.
    let same = chance(Some(300), 200, Some(7_000_000));
    assert_eq!(p(same), p(chance(Some(300), 200, None)));
    assert_eq!(p(chance(Some(300), 2, Some(-7_000_000))), 0);
    // Half of what is needed: a little less than half is filled, for a busy day fills no more than all.
    let half = chance(Some(500), 1_000, None).expected_fill();
    assert!((500..532).contains(&half), "{half}");
}

#[test]
fn a_few_points_are_enough() {
    // The rule with its points against the same weights by a fine sum.
    for room in [-2_000_000, -300_000, 0, 40_000, 900_000, 2_500_000] {
        for needed in [50_u64, 200, 600, 1_000, 1_500] {
            let c = chance(Some(1_000), needed, Some(room));
            let alpha = f64::from(room.abs()) / 1e6;
            let (mut sum, n) = (0.0, 200_000);
            for i in 0..n {
                let u = FRAC_PI_2 * (f64::from(i) + 0.5) / f64::from(n);
                let weight = exp(-0.5 * alpha * alpha / (cos(u) * cos(u))) / f64::from(n);
                let beyond = sin(u) * sin(u);
                sum += weight * c.fits(if room >= 0 { 1.0 - beyond } else { beyond });
            }
            let atom = 1.0 - erfc(alpha / SQRT_2);
            let want = if room >= 0 {
                sum + atom * c.fits(1.0)
            } else {
                sum
            };
            let got = f64::from(c.completion_ppm()) / 1e6;
            assert!((got - want).abs() < 2e-3, "{c:?}: {got} against {want}");
        }
    }
}

fn rooms() -> impl Strategy<Value = Option<i32>> {
    proptest::option::of(-8_000_000..8_000_000_i32)
}

proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(256))]
    #[test]
    fn odds_lie_between_zero_and_one_fall_with_quantity_and_rise_with_share_time_and_room(
        allowed in 1_u64..1_000_000_000, needed in 1_u64..1_000_000_000, room in rooms(),
        more in 1_u64..1_000_000_000, longer in 1.0_f64..4.0, closer in 0_i32..2_000_000,
    ) {
        // To what the few points leave open.
        const SLACK: u32 = 300;
        let c = chance(Some(allowed), needed, room);
        let p = c.completion_ppm();
        prop_assert!(p <= 1_000_000 && c.expected_fill() <= needed);
        let larger = Chance { needed: needed + more, ..c };
        prop_assert!(larger.completion_ppm() <= p);
        prop_assert!(larger.expected_fill() + 1 >= c.expected_fill());
        let share = Chance { allowed: Some(allowed + more), ..c };
        prop_assert!(share.completion_ppm() >= p);
        // So many times the time: so much more volume, and a limit that is nearer in deviations.
        let time = Chance {
            allowed: Some((allowed as f64 * longer) as u64),
            room: room.map(|r| (f64::from(r) / libm::sqrt(longer)) as i32),
            ..c
        };
        prop_assert!(time.completion_ppm() + SLACK >= p, "{} {}", time.completion_ppm(), p);
        let within = Chance { room: room.map(|r| r.saturating_add(closer)), ..c };
        prop_assert!(within.completion_ppm() + SLACK >= p);
        // A limit never helps.
        let free = Chance { room: None, ..c };
        prop_assert!(free.completion_ppm() >= p);
        prop_assert_eq!(free.completion_ppm(), probability_ppm(allowed, needed, DEVIATION));
    }
}
