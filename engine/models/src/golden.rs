//! Golden bits: the models promise the same bits on every machine, so these may change only together with a formula.

use crate::ac_discrete::{Pace, Parameters, Program};
use crate::athl;
use crate::book_pressure::Touch;
use crate::propagator::PowerKernel;
use crate::volume_kalman::{Bin, Covariance, Dynamics, Outliers, State};

#[track_caller]
fn same_bits(rows: &[(&str, f64, u64)]) {
    for &(name, value, want) in rows {
        let bits = value.to_bits();
        assert_eq!(bits, want, "{name}: {value:e} has bits {bits:#018x}");
    }
}

#[test]
fn every_machine_gives_the_same_schedule_to_the_bit() {
    let inputs = Parameters {
        quantity: 1e6,
        horizon: 5.0,
        periods: 5,
        sigma: 0.95,
        epsilon: 0.0625,
        gamma: 2.5e-7,
        eta: 2.5e-6,
        lam: 1e-6,
    };
    let risk_seeking = Parameters {
        lam: -2e-7,
        ..inputs
    };
    let program = Program::new(inputs).unwrap();
    let wave = Program::new(risk_seeking).unwrap();
    let pace = Pace::new(0.38, 1.0).unwrap();
    same_bits(&[
        ("kappa", program.kappa(), 0x3fe3_6d2a_fd6a_792c),
        ("holding", program.holding(2), 0x4111_b0f8_e0ac_ff80),
        ("trade", program.trade(3), 0x4101_5425_da4a_eba4),
        ("sin holding", wave.holding(2), 0x4126_eac9_2b52_3d4f),
        ("cost", program.costs().expected, 0x412b_cef5_f8fc_cf93),
        ("fraction", pace.fraction(3.7), 0x3fde_0ef7_099a_9869),
    ]);
}

#[test]
fn every_machine_gives_the_same_impact_and_forecast_to_the_bit() {
    let order = athl::Order {
        sigma_daily_frac: 0.0157,
        daily_volume: 6_561_000.0,
        shares_outstanding: 1.728e9,
        quantity: 656_100.0,
    };
    let impact = athl::Impact::new(order, athl::Coefficients::PUBLISHED).unwrap();
    let touch = Touch {
        bid: 100.0,
        bid_quantity: 900.0,
        ask: 100.02,
        ask_quantity: 300.0,
    };
    let kernel = PowerKernel {
        lam: 1e-4,
        beta: 0.4,
        l0: 0.5,
    };
    let dynamics = Dynamics {
        a_eta: 0.95,
        a_mu: 0.7,
        sigma_eta2: 0.04,
        sigma_mu2: 0.03,
        r: 0.02,
    };
    let covariance = Covariance {
        eta: 0.05,
        cross: 0.01,
        mu: 0.08,
    };
    let mean = [0.2, -0.1];
    let prior = State { mean, covariance }.predict(&dynamics, Bin::SameDay);
    let seen = prior
        .correct(&dynamics, 9.0, 9.6, Outliers::Trusted)
        .unwrap();
    let forecast = seen.state.forecast(&dynamics, 9.0);
    same_bits(&[
        (
            "realised",
            impact.realised_frac(0.2).unwrap(),
            0x3f64_2f0c_5499_e008,
        ),
        ("up", touch.up_probability().unwrap(), 0x3fe9_7202_8ece_f985),
        ("kernel", kernel.decay(2.5), 0x3fdf_4147_8a92_6dcf),
        ("volume", forecast.mean(), 0x40cb_a20e_f75b_733a),
        ("likelihood", seen.log_likelihood, 0xbfe6_75d9_ae59_92aa),
    ]);
}
