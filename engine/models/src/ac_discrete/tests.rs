use super::*;
use crate::testing::{all_close, close};
use libm::{cosh, sinh, tanh};
use proptest::prelude::*;
use std::vec::Vec;

fn paper(lam: f64) -> Parameters {
    Parameters {
        quantity: 1e6,
        horizon: 5.0,
        periods: 5,
        sigma: 0.95,
        epsilon: 0.0625,
        gamma: 2.5e-7,
        eta: 2.5e-6,
        lam,
    }
}

fn holdings(program: &Program) -> Vec<f64> {
    (0..=program.inputs().periods)
        .map(|period| program.holding(period))
        .collect()
}

#[test]
fn the_four_points_of_the_paper_come_out() {
    // lam | kappa | x_1 x_2 x_3 x_4 | E | sd | L-VaR
    type Row = (f64, f64, [f64; 4], f64, f64, f64);
    let table: &[Row] = &[
        (
            2e-6,
            0.8462971345013,
            [
                428598.845747,
                182932.8142618,
                76295.72161546,
                27643.37739691,
            ],
            1140715.16705,
            449367.6525414,
            1879924.95548,
        ),
        (
            1e-6,
            0.6070761632471,
            [
                541955.5543739,
                289854.2194099,
                147897.4878217,
                62141.80160577,
            ],
            911226.9863038,
            603430.6688081,
            1903870.436493,
        ),
        (
            0.0,
            0.0,
            [8e5, 6e5, 4e5, 2e5],
            662500.0,
            1040672.85926,
            2374406.853482,
        ),
        (
            -2e-7,
            0.2765615143805,
            [
                910056.4369084,
                750948.5846118,
                534768.6398847,
                277946.2785264,
            ],
            717958.1042732,
            1258654.324925,
            2788444.468775,
        ),
    ];
    for (lam, kappa, held, expected, std, at_risk) in table {
        let program = Program::new(paper(*lam)).unwrap();
        close("kappa", program.kappa(), *kappa, 1e-11);
        all_close("holdings", &holdings(&program)[1..5], held, 1e-11);
        let costs = program.costs();
        close("E", costs.expected, *expected, 1e-11);
        close("sd", costs.std(), *std, 1e-11);
        close("L-VaR", costs.value_at_risk(1.645), *at_risk, 1e-11);
    }
}

#[test]
fn costs_equal_the_closed_forms_of_the_paper() {
    let program = Program::new(paper(1e-6)).unwrap();
    let p = program.inputs();
    let (k, tau, t) = (program.kappa(), program.tau(), p.horizon);
    let shape = (tau * sinh(2.0 * k * t) + 2.0 * t * sinh(k * tau))
        / (2.0 * tau * tau * sinh(k * t) * sinh(k * t));
    let expected = 0.5 * p.gamma * p.quantity * p.quantity
        + p.epsilon * p.quantity
        + program.eta_tilde() * p.quantity * p.quantity * tanh(0.5 * k * tau) * shape;
    let variance = 0.5
        * p.sigma
        * p.sigma
        * p.quantity
        * p.quantity
        * (tau * sinh(k * t) * cosh(k * (t - tau)) - t * sinh(k * tau))
        / (sinh(k * t) * sinh(k * t) * sinh(k * tau));
    close("E", program.costs().expected, expected, 1e-12);
    close("V", program.costs().variance, variance, 1e-12);
}

#[test]
fn a_single_period_trades_everything_at_no_risk() {
    for lam in [1e-6, 0.0, -1e-7] {
        let program = Program::new(Parameters {
            horizon: 1.0,
            periods: 1,
            ..paper(lam)
        })
        .unwrap();
        assert_eq!(holdings(&program), [1e6, 0.0]);
        close("trade", program.trade(1), 1e6, 1e-15);
        close("E", program.costs().expected, 2_562_500.0, 1e-12);
        assert_eq!(program.costs().variance, 0.0);
    }
}

#[test]
fn a_wanted_half_life_gives_the_risk_aversion_that_produces_it() {
    let lam = lam_for_half_life(2.0, 1.0, 0.95, 2.375e-6).unwrap();
    close("lam", lam, 6.717156063494e-07, 1e-11);
    let program = Program::new(paper(lam)).unwrap();
    close("half-life", program.half_life().unwrap(), 2.0, 1e-13);
    let done: Vec<f64> = (0..=5).map(|period| program.share_done(period)).collect();
    let want = [
        0.0,
        0.4005392017389,
        0.6480648775149,
        0.8057584338965,
        0.9138714555637,
        1.0,
    ];
    all_close("done", &done, &want, 1e-11);
    assert_eq!(Program::new(paper(0.0)).unwrap().half_life(), None);
}

#[test]
fn inputs_out_of_range_are_refused_by_name() {
    let refused = |change: fn(&mut Parameters), want: ModelError| {
        let mut inputs = paper(1e-6);
        change(&mut inputs);
        assert_eq!(Program::new(inputs).unwrap_err(), want);
    };
    refused(|p| p.quantity = 0.0, ModelError::NotPositive("quantity"));
    refused(|p| p.horizon = f64::NAN, ModelError::NotFinite("horizon"));
    refused(|p| p.periods = 0, ModelError::NotPositive("periods"));
    refused(|p| p.sigma = -1.0, ModelError::Negative("sigma"));
    refused(|p| p.eta = 0.0, ModelError::NotPositive("eta"));
    refused(
        |p| p.gamma = 1e-5,
        ModelError::NotPositive("eta - gamma*tau/2"),
    );
    refused(|p| p.lam = f64::INFINITY, ModelError::NotFinite("lam"));
    refused(|p| p.lam = -1e-5, RISK_SEEKING);
    // kappa*T just above pi although every single period would still have an angle.
    refused(|p| p.lam = -1.2e-6, RISK_SEEKING);
    assert!(lam_for_half_life(2.0, 1.0, 0.0, 1e-6).is_err());
    assert!(
        lam_for_half_life(1e-9, 1.0, 1.0, 1e-6).is_err(),
        "cosh overflows"
    );
}

#[test]
fn huge_urgency_trades_everything_in_the_first_period_without_overflow() {
    let inputs = Parameters {
        lam: 1e6,
        ..paper(0.0)
    };
    let program = Program::new(Parameters {
        periods: 500,
        ..inputs
    })
    .unwrap();
    assert!(program.kappa() * inputs.horizon > 1e3);
    close("first trade", program.trade(1), 1e6, 1e-7);
    for period in 0..=500 {
        assert!(program.holding(period).is_finite() && program.trade(period).is_finite());
    }
    assert!(program.costs().expected.is_finite());
}

fn inputs() -> impl Strategy<Value = Parameters> {
    (1.0..1e7, 0.01..20.0, 1u32..60, 0.01..5.0, -10.0..-3.0).prop_map(
        |(quantity, horizon, periods, sigma, exponent): (f64, f64, u32, f64, f64)| Parameters {
            quantity,
            horizon,
            periods,
            sigma,
            epsilon: 0.01,
            gamma: 1e-8,
            eta: 2.5e-6,
            lam: libm::pow(10.0, exponent),
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_schedule_falls_monotonically_and_its_trades_sum_to_the_quantity(inputs in inputs()) {
        let program = Program::new(inputs).unwrap();
        let held = holdings(&program);
        prop_assert_eq!(held[0], inputs.quantity);
        prop_assert_eq!(held[held.len() - 1], 0.0);
        let mut sum = 0.0;
        for period in 1..held.len() {
            prop_assert!(held[period] <= held[period - 1]);
            let trade = program.trade(period as u32);
            prop_assert!((held[period - 1] - held[period] - trade).abs() <= 1e-9 * inputs.quantity);
            sum += trade;
        }
        prop_assert!((sum - inputs.quantity).abs() <= 1e-9 * inputs.quantity);
    }

    #[test]
    fn solving_again_from_a_point_on_the_path_reproduces_its_tail(inputs in inputs(), cut in 0.0..1.0f64) {
        let program = Program::new(inputs).unwrap();
        let start = (cut * f64::from(inputs.periods)) as u32;
        let mut left = program.holding(start);
        for period in start..inputs.periods {
            left -= left * program.pace().fraction(program.remaining(period));
            let want = program.holding(period + 1);
            prop_assert!((left - want).abs() <= 1e-9 * inputs.quantity, "{left} {want}");
        }
    }

    #[test]
    fn a_vanishing_risk_aversion_is_twap(inputs in inputs(), lam in 0.0..1e-16f64) {
        let program = Program::new(Parameters { lam, ..inputs }).unwrap();
        let count = f64::from(inputs.periods);
        for period in 0..=inputs.periods {
            let twap = inputs.quantity * (1.0 - f64::from(period) / count);
            prop_assert!((program.holding(period) - twap).abs() <= 1e-6 * inputs.quantity);
        }
        let exact = Program::new(Parameters { lam: lam * 1e-8, ..inputs }).unwrap();
        for period in 0..=inputs.periods {
            let twap = inputs.quantity * (1.0 - f64::from(period) / count);
            prop_assert!((exact.holding(period) - twap).abs() <= 1e-9 * inputs.quantity);
        }
    }

    #[test]
    fn no_feasible_perturbation_lowers_the_utility(
        inputs in inputs(),
        moves in proptest::collection::vec(-0.2..0.2f64, 60),
    ) {
        let program = Program::new(inputs).unwrap();
        let best = program.costs().utility(inputs.lam);
        let mut held = holdings(&program);
        let last = held.len() - 1;
        for (place, shift) in held[1..last].iter_mut().zip(&moves) {
            *place += shift * inputs.quantity;
        }
        let other = program.costs_of_holdings(&held).unwrap().utility(inputs.lam);
        prop_assert!(other >= best * (1.0 - 1e-12), "{other} < {best}");
    }

    #[test]
    fn more_urgency_costs_more_and_risks_less(inputs in inputs(), factor in 1.1..10.0f64) {
        let calm = Program::new(inputs).unwrap().costs();
        let lam = inputs.lam * factor;
        let urgent = Program::new(Parameters { lam, ..inputs }).unwrap().costs();
        prop_assert!(urgent.expected >= calm.expected * (1.0 - 1e-12));
        prop_assert!(urgent.variance <= calm.variance * (1.0 + 1e-12));
    }

    #[test]
    fn cost_beyond_the_spread_grows_with_the_square_of_the_quantity(inputs in inputs()) {
        let free = Parameters { epsilon: 0.0, ..inputs };
        let once = Program::new(free).unwrap().costs();
        let double = Parameters { quantity: 2.0 * inputs.quantity, ..free };
        let twice = Program::new(double).unwrap().costs();
        prop_assert!((twice.expected / once.expected - 4.0).abs() < 1e-9);
        prop_assert!((twice.variance - 4.0 * once.variance).abs() <= 1e-9 * once.variance);
    }
}
