//! Almgren-Chriss families.

use engine_models::{
    ac_calibration, ac_continuous, ac_discrete, ac_drift, ac_multi, ac_nonlinear, ac_riccati,
};
use serde_json::{Value, json};

use super::refusal;
use crate::models::inputs::{Inputs, answer, answer_or_null, answer_rows, answers};

fn parameters(inputs: &Inputs<'_>) -> Result<ac_discrete::Parameters, String> {
    Ok(ac_discrete::Parameters {
        quantity: inputs.number("X")?,
        horizon: inputs.number("T")?,
        periods: inputs.count("N")?,
        sigma: inputs.number("sigma")?,
        epsilon: inputs.number("epsilon")?,
        gamma: inputs.number("gamma")?,
        eta: inputs.number("eta")?,
        lam: inputs.number("lam")?,
    })
}

pub(super) fn discrete(inputs: &Inputs<'_>) -> Result<Value, String> {
    let parameters = parameters(inputs)?;
    let program = ac_discrete::Program::new(parameters).map_err(refusal)?;
    let holdings: Vec<f64> = (0..=parameters.periods)
        .map(|k| program.holding(k))
        .collect();
    let trades: Vec<f64> = (1..=parameters.periods).map(|k| program.trade(k)).collect();
    let costs = program.costs();
    let value = parameters.quantity * inputs.number("S0")?;
    Ok(json!({
        "tau": answer(program.tau()),
        "eta_tilde": answer(program.eta_tilde()),
        "kappa_tilde_sq": answer(program.kappa_tilde_sq()),
        "kappa": answer(program.kappa()),
        "half_life": answer_or_null(program.half_life()),
        "holdings": answers(&holdings),
        "trades": answers(&trades),
        "expected_cost": answer(costs.expected),
        "variance": answer(costs.variance),
        "std": answer(costs.std()),
        "utility": answer(costs.utility(parameters.lam)),
        "l_var": answer(costs.value_at_risk(inputs.number("lambda_v")?)),
        "expected_cost_bps": answer(1e4 * costs.expected / value),
    }))
}

pub(super) fn drift(inputs: &Inputs<'_>) -> Result<Value, String> {
    let parameters = parameters(inputs)?;
    let program =
        ac_drift::DriftProgram::new(parameters, inputs.number("alpha")?).map_err(refusal)?;
    let holdings: Vec<f64> = (0..=parameters.periods)
        .map(|k| program.holding(k))
        .collect();
    Ok(json!({
        "xbar": answer_or_null(program.steady_holding()),
        "kappa": answer(program.program().kappa()),
        "holdings": answers(&holdings),
    }))
}

pub(super) fn urgency(inputs: &Inputs<'_>) -> Result<Value, String> {
    let (horizon, periods) = (inputs.number("T")?, inputs.count("N")?);
    let (gamma, eta) = (inputs.number("gamma")?, inputs.number("eta")?);
    let sigma = inputs.number("sigma")?;
    let tau = horizon / f64::from(periods);
    let eta_tilde = ac_discrete::eta_tilde(eta, gamma, tau).map_err(refusal)?;
    let lam = ac_discrete::lam_for_half_life(inputs.number("half_life")?, tau, sigma, eta_tilde)
        .map_err(refusal)?;
    // What is done as a fraction does not depend on the quantity nor on the fixed cost.
    let parameters = ac_discrete::Parameters {
        quantity: 1.0,
        horizon,
        periods,
        sigma,
        epsilon: 0.0,
        gamma,
        eta,
        lam,
    };
    let program = ac_discrete::Program::new(parameters).map_err(refusal)?;
    let done: Vec<f64> = (0..=periods).map(|k| program.share_done(k)).collect();
    Ok(json!({ "lam": answer(lam), "fraction_done": answers(&done) }))
}

pub(super) fn continuous(inputs: &Inputs<'_>) -> Result<Value, String> {
    let program = ac_continuous::ContinuousProgram::new(ac_continuous::Parameters {
        quantity: inputs.number("X")?,
        horizon: inputs.number("T")?,
        sigma: inputs.number("sigma")?,
        epsilon: inputs.number("epsilon")?,
        gamma: inputs.number("gamma")?,
        eta: inputs.number("eta")?,
        lam: inputs.number("lam")?,
    })
    .map_err(refusal)?;
    let times = inputs.numbers("times")?;
    let holdings: Vec<f64> = times.iter().map(|&time| program.holding(time)).collect();
    let rates: Vec<f64> = times.iter().map(|&time| program.rate(time)).collect();
    Ok(json!({
        "kappa": answer(program.kappa()),
        "holdings": answers(&holdings),
        "rates": answers(&rates),
        "expected_cost": answer(program.costs().expected),
        "variance": answer(program.costs().variance),
        "twap_expected_cost": answer(program.twap_costs().expected),
        "twap_variance": answer(program.twap_costs().variance),
        "utility_gain_vs_twap": answer(program.utility_gain_over_twap()),
    }))
}

pub(super) fn calibration(inputs: &Inputs<'_>) -> Result<Value, String> {
    let got = ac_calibration::calibrate(ac_calibration::Observed {
        price: inputs.number("S0")?,
        annual_volatility_frac: inputs.number("annual_vol_frac")?,
        annual_growth_frac: inputs.number("annual_growth_frac")?,
        days_per_year: inputs.number("days_per_year")?,
        spread: inputs.number("spread")?,
        daily_volume: inputs.number("adv")?,
    })
    .map_err(refusal)?;
    Ok(json!({
        "sigma": answer(got.sigma),
        "alpha": answer(got.alpha),
        "epsilon": answer(got.epsilon),
        "gamma": answer(got.gamma),
        "eta": answer(got.eta),
    }))
}

pub(super) fn riccati(inputs: &Inputs<'_>) -> Result<Value, String> {
    let quantity = inputs.number("X")?;
    let (a, b) = (inputs.numbers("a")?, inputs.numbers("b")?);
    let (mut fractions, mut trades) = (vec![0.0; a.len()], vec![0.0; a.len()]);
    let mut holdings = vec![0.0; a.len() + 1];
    let cost_factor = ac_riccati::fractions(&a, &b, &mut fractions).map_err(refusal)?;
    ac_riccati::schedule(quantity, &fractions, &mut trades, &mut holdings).map_err(refusal)?;
    Ok(json!({
        "fraction_of_remaining": answers(&fractions),
        "trades": answers(&trades),
        "holdings": answers(&holdings),
        "cost": answer(cost_factor * quantity * quantity),
    }))
}

pub(super) fn nonlinear(inputs: &Inputs<'_>) -> Result<Value, String> {
    let law = ac_nonlinear::PowerLaw::new(ac_nonlinear::Parameters {
        quantity: inputs.number("X")?,
        sigma: inputs.number("sigma")?,
        eta: inputs.number("eta")?,
        exponent: inputs.number("k")?,
        lam: inputs.number("lam")?,
    })
    .map_err(refusal)?;
    let times = inputs.numbers("times")?;
    let holdings: Vec<f64> = times.iter().map(|&time| law.holding(time)).collect();
    Ok(json!({
        "T_star": answer(law.time_scale()),
        "initial_rate": answer(law.initial_rate()),
        "holdings": answers(&holdings),
        "temporary_cost": answer(law.temporary_cost()),
        "variance": answer(law.variance()),
    }))
}

pub(super) fn basket(inputs: &Inputs<'_>) -> Result<Value, String> {
    let quantities = inputs.numbers("X")?;
    let (eta, gamma) = (inputs.numbers("eta")?, inputs.numbers("gamma")?);
    let covariance = inputs.matrix("covariance")?;
    let periods = inputs.count("N")?;
    let names = quantities.len();
    let (mut matrix, mut vectors) = (vec![0.0; names * names], vec![0.0; names * names]);
    let (mut roots, mut modes) = (vec![0.0; names], vec![0.0; names]);
    let space = ac_multi::Workspace {
        matrix: &mut matrix,
        vectors: &mut vectors,
        roots: &mut roots,
        modes: &mut modes,
    };
    let parameters = ac_multi::Parameters {
        quantities: &quantities,
        horizon: inputs.number("T")?,
        periods,
        covariance: &covariance.values,
        eta: &eta,
        gamma: &gamma,
        lam: inputs.number("lam")?,
    };
    let basket = ac_multi::Basket::new(parameters, space).map_err(refusal)?;
    let (mut kappas, mut held, mut before) = (vec![0.0; names], vec![0.0; names], vec![0.0; names]);
    basket.kappas_ascending(&mut kappas).map_err(refusal)?;
    let mut holdings = Vec::new();
    for period in 0..=periods {
        basket.holdings(period, &mut held).map_err(refusal)?;
        holdings.extend_from_slice(&held);
    }
    let costs = basket.costs(&mut before, &mut held).map_err(refusal)?;
    Ok(json!({
        "kappas_ascending": answers(&kappas),
        "holdings": answer_rows(&holdings, names),
        "expected_cost_without_spread": answer(costs.expected),
        "variance": answer(costs.variance),
    }))
}
