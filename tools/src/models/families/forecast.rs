//! VWAP and volume families.

use engine_models::volume_em::{self, Smoothed, Theta};
use engine_models::volume_kalman::{Bin, Covariance, Dynamics, Outliers, State};
use engine_models::vwap;
use serde_json::{Value, json};

use super::refusal;
use crate::models::inputs::{Inputs, answer, answer_rows, answers};

pub(super) fn tracking(inputs: &Inputs<'_>) -> Result<Value, String> {
    let variance = vwap::tracking_variance(
        &inputs.numbers("realised_volume")?,
        &inputs.numbers("schedule")?,
        &inputs.numbers("sigma_bin_bps")?,
    )
    .map_err(refusal)?;
    Ok(json!({ "sd_bps": answer(variance.sqrt()), "variance_bps2": answer(variance) }))
}

pub(super) fn dynamic_vwap(inputs: &Inputs<'_>) -> Result<Value, String> {
    let quantity = inputs.number("Q")?;
    let forecasts = inputs.rows("forecasts_from_bin")?;
    let volumes = inputs.numbers("observed_volume")?;
    // Nothing is decided after the last bin, so its volume may be missing.
    if volumes.len() + 1 < forecasts.len() {
        return Err("observed_volume: must hold one per bin".to_owned());
    }
    let seen = volumes.iter().copied().chain(std::iter::repeat(0.0));
    let (mut weights, mut slices) = (Vec::new(), Vec::new());
    let (mut share, mut done, mut observed) = (0.0, 0.0, 0.0);
    for (bin, (forecast, volume)) in forecasts.iter().zip(seen).enumerate() {
        if forecast.len() != forecasts.len() - bin {
            return Err("forecasts_from_bin: row i must hold bins i to the last".to_owned());
        }
        let weight = vwap::remaining_share(forecast, share).map_err(refusal)?;
        let slice = vwap::revealed_trade(quantity, observed, forecast, done).map_err(refusal)?;
        weights.push(weight);
        slices.push(slice);
        share += weight;
        done += slice;
        observed += volume;
    }
    Ok(json!({
        "remaining_rule_weights": answers(&weights),
        "revealed_rule_slices": answers(&slices),
    }))
}

/// A covariance of two from a matrix, which must be symmetric.
fn covariance(inputs: &Inputs<'_>, name: &str) -> Result<Covariance, String> {
    match inputs.matrix(name)?.values.as_slice() {
        &[eta, cross, other, mu] if cross == other => Ok(Covariance { eta, cross, mu }),
        _ => Err(format!("{name}: must be a symmetric matrix of two by two")),
    }
}

fn state(inputs: &Inputs<'_>, mean: &str, cov: &str) -> Result<State, String> {
    let mean = <[f64; 2]>::try_from(inputs.numbers(mean)?)
        .map_err(|_| format!("{mean}: must hold two numbers"))?;
    State {
        mean,
        covariance: covariance(inputs, cov)?,
    }
    .check()
    .map_err(refusal)
}

fn answer_covariance(of: &Covariance) -> Value {
    answer_rows(&[of.eta, of.cross, of.cross, of.mu], 2)
}

pub(super) fn kalman_volume(inputs: &Inputs<'_>) -> Result<Value, String> {
    let dynamics = Dynamics {
        a_eta: inputs.number("a_eta")?,
        a_mu: inputs.number("a_mu")?,
        sigma_eta2: inputs.number("sigma_eta2")?,
        sigma_mu2: inputs.number("sigma_mu2")?,
        r: inputs.number("r")?,
    };
    let dynamics = dynamics.check().map_err(refusal)?;
    let phi = inputs.numbers("phi")?;
    let (now, later) = phi.split_first().ok_or("phi: must hold the observed bin")?;
    let bin = if inputs.flag("crosses_day_boundary")? {
        Bin::NewDay
    } else {
        Bin::SameDay
    };
    let prior = state(inputs, "state_mean", "state_cov")?.predict(&dynamics, bin);
    let mut answers_of = json!({
        "prior_mean": answers(&prior.mean),
        "prior_cov": answer_covariance(&prior.covariance),
    });
    let mut posterior = prior;
    // A bin without volume has no observation and no correction.
    if let Some(y) = inputs.optional("y")? {
        let correct = |outliers| prior.correct(&dynamics, *now, y, outliers).map_err(refusal);
        let plain = correct(Outliers::Trusted)?;
        let robust = correct(Outliers::Clipped(inputs.number("lasso_lambda")?))?;
        posterior = plain.state;
        answers_of["innovation"] = answer(plain.innovation);
        answers_of["innovation_var"] = answer(plain.innovation_variance);
        answers_of["gain"] = answers(&plain.gain);
        answers_of["loglik"] = answer(plain.log_likelihood);
        answers_of["robust"] = json!({
            "threshold": answer(robust.threshold),
            "z": answer(robust.outlier),
            "post_mean": answers(&robust.state.mean),
        });
    }
    answers_of["post_mean"] = answers(&posterior.mean);
    answers_of["post_cov"] = answer_covariance(&posterior.covariance);
    let mut forecasts = Vec::new();
    for (index, phi) in later.iter().enumerate() {
        posterior = posterior.predict(&dynamics, Bin::SameDay);
        let forecast = posterior.forecast(&dynamics, *phi);
        forecasts.push(json!({
            "h": index + 1,
            "log_mean": answer(forecast.log_mean),
            "log_var": answer(forecast.log_variance),
            "median_volume": answer(forecast.median()),
            "mean_volume": answer(forecast.mean()),
        }));
    }
    answers_of["forecasts"] = forecasts.into();
    Ok(answers_of)
}

pub(super) fn kalman_em(inputs: &Inputs<'_>) -> Result<Value, String> {
    let y = inputs.optionals("y")?;
    let given = inputs.part("theta")?;
    let theta = Theta {
        start: state(&given, "pi", "Sigma1")?,
        dynamics: Dynamics {
            a_eta: given.number("a_eta")?,
            a_mu: given.number("a_mu")?,
            sigma_eta2: given.number("s_eta2")?,
            sigma_mu2: given.number("s_mu2")?,
            r: given.number("r")?,
        },
    };
    let phi = given.numbers("phi")?;
    if phi.len() != inputs.count("bins_per_day")? as usize {
        return Err("phi: must hold one per bin of the day".to_owned());
    }
    let (mut path, mut phi_next) = (vec![Smoothed::EMPTY; y.len()], vec![0.0; phi.len()]);
    let log_likelihood =
        volume_em::smooth(&y, &phi, &theta, Outliers::Trusted, &mut path).map_err(refusal)?;
    let next = volume_em::maximise(&y, &phi, &theta, &path, &mut phi_next).map_err(refusal)?;
    let means: Value = path.iter().map(|step| answers(&step.state.mean)).collect();
    Ok(json!({
        "loglik": answer(log_likelihood),
        "smoothed_mean": means,
        "theta_next": {
            "pi": answers(&next.start.mean),
            "Sigma1": answer_covariance(&next.start.covariance),
            "a_eta": answer(next.dynamics.a_eta),
            "a_mu": answer(next.dynamics.a_mu),
            "s_eta2": answer(next.dynamics.sigma_eta2),
            "s_mu2": answer(next.dynamics.sigma_mu2),
            "r": answer(next.dynamics.r),
            "phi": answers(&phi_next),
        },
    }))
}
