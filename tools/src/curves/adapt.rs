//! Fits the three weights by which a session's volume moves the schedule ([`Adaptation`](engine_models::volume_forecast::Adaptation)) to what they are for: the mean absolute tracking
//! error of past orders.
//!
//! With the cumulative market share `M` and the own share `U` after each bin, one order's tracking error is
//! `sum (M_n - U_n) * (p_{n+1} - p_n) / vwap`, linear in the weights as long as no guard rail is met. So each past order is one row of a
//! least-absolute-deviations regression, solved by reweighting. A prior of [`PRIOR_ORDERS`] orders holds the weights at the published
//! rule (b), and with fewer than [`ORDERS_MIN`] orders they stay there.

use engine_models::linear_algebra;
use engine_models::volume_forecast::Signals;
use jiff::civil::Date;
use serde::Serialize;

use super::sessions::Session;
use engine_curves::file::Weights;

/// Orders that a fit needs.
pub const ORDERS_MIN: usize = 200;

/// Weight of the prior, in orders.
const PRIOR_ORDERS: f64 = 50.0;

/// Steps of the reweighting; it settles in about fifteen.
const STEPS: usize = 40;

/// Residual below which an order's weight no longer grows, bps.
const RESIDUAL_MIN: f64 = 0.5;

/// Parts of the fit period in the validation.
const BLOCKS: usize = 4;

const PRIOR: [f64; 3] = [0.0, 1.0, 0.0];

/// One past order: tracking error of the static schedule and what each weight takes off it, bps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Order {
    /// Session.
    pub date: Date,
    error: f64,
    effect: [f64; 3],
}

/// Mean absolute tracking error inside the fit period, each quarter of its dates by the weights fitted on the other three, without guard rails.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Validation {
    /// Orders.
    pub orders: usize,
    /// The static curve, bps.
    pub static_bps: f64,
    /// Published rule (b), bps.
    pub revealed_bps: f64,
    /// Fitted weights on dates they were not fitted on, bps.
    pub fitted_bps: f64,
}

impl Order {
    /// The row of a session from what was known before each bin; none when nothing was known.
    #[must_use]
    pub fn new(session: &Session, signals: &[Signals]) -> Option<Order> {
        let total = session.volume();
        if signals.len() != session.volumes.len() || total <= 0.0 {
            return None;
        }
        let traded = session.volumes.iter().zip(&session.prices);
        let vwap = traded.map(|(v, p)| v * p).sum::<f64>() / total;
        let mut order = Order {
            date: session.date,
            error: 0.0,
            effect: [0.0; 3],
        };
        let mut market = 0.0;
        for (bin, signal) in signals.iter().enumerate().take(signals.len() - 1) {
            market += session.volumes[bin] / total;
            let step = 1e4 * (session.prices[bin + 1] - session.prices[bin]) / vwap;
            let share = signal.static_share;
            let room = share * (1.0 - share);
            order.error += step * (market - share);
            order.effect[0] += step * room;
            order.effect[1] += step * (signal.filter_share - share);
            order.effect[2] += step * room * signal.surprise;
        }
        Some(order)
    }

    fn left(&self, weights: [f64; 3]) -> f64 {
        let taken: f64 = self.effect.iter().zip(weights).map(|(e, w)| e * w).sum();
        self.error - taken
    }
}

/// The weights for these orders.
#[must_use]
pub fn fit(orders: &[Order]) -> Weights {
    let weights = solve(orders.iter());
    let fitted = weights.is_some();
    let [bias, filter, surprise] = weights.unwrap_or(PRIOR);
    Weights {
        bias: bias.clamp(-1.0, 1.0),
        filter: filter.clamp(0.0, 2.0),
        surprise: surprise.clamp(-1.0, 1.0),
        orders: if fitted { orders.len() as u64 } else { 0 },
    }
}

fn solve<'a>(orders: impl Iterator<Item = &'a Order> + Clone) -> Option<[f64; 3]> {
    let count = orders.clone().count();
    if count < ORDERS_MIN {
        return None;
    }
    let shrink = 1.0 + PRIOR_ORDERS / count as f64;
    let mut weights = PRIOR;
    for _ in 0..STEPS {
        // Distance from the prior, so that a zero of it is the prior.
        let mut matrix = [0.0; 9];
        let mut side = [0.0; 3];
        for order in orders.clone() {
            let scale = 1.0 / order.left(weights).abs().max(RESIDUAL_MIN);
            let beyond = order.left(PRIOR);
            for row in 0..3 {
                for column in 0..3 {
                    matrix[3 * row + column] += scale * order.effect[row] * order.effect[column];
                }
                side[row] += scale * order.effect[row] * beyond;
            }
        }
        for diagonal in [0, 4, 8] {
            matrix[diagonal] *= shrink;
        }
        linear_algebra::solve("orders", &mut matrix, 3, &mut side, 1).ok()?;
        weights = [PRIOR[0] + side[0], PRIOR[1] + side[1], PRIOR[2] + side[2]];
    }
    weights.iter().all(|w| w.is_finite()).then_some(weights)
}

/// Cross-validation by blocks of dates; none with too few orders.
#[must_use]
pub fn validate(orders: &[Order]) -> Option<Validation> {
    let mut dates: Vec<Date> = orders.iter().map(|order| order.date).collect();
    dates.sort_unstable();
    dates.dedup();
    let block = |order: &Order| {
        let place = dates.partition_point(|date| *date < order.date);
        place * BLOCKS / dates.len()
    };
    let mut fitted = 0.0;
    for held in 0..BLOCKS {
        let weights = solve(orders.iter().filter(|order| block(order) != held))?;
        let errors = orders.iter().filter(|order| block(order) == held);
        fitted += errors.map(|order| order.left(weights).abs()).sum::<f64>();
    }
    let mean = |weights: [f64; 3]| {
        orders
            .iter()
            .map(|order| order.left(weights).abs())
            .sum::<f64>()
            / orders.len() as f64
    };
    Some(Validation {
        orders: orders.len(),
        static_bps: mean([0.0; 3]),
        revealed_bps: mean(PRIOR),
        fitted_bps: fitted / orders.len() as f64,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn orders(count: usize, truth: [f64; 3]) -> Vec<Order> {
        let mut state = 1u64;
        let mut draw = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1u64 << 53) as f64 - 0.5
        };
        (0..count)
            .map(|index| {
                let effect = [20.0 * draw(), 10.0 * draw(), 15.0 * draw()];
                let known: f64 = effect.iter().zip(truth).map(|(e, w)| e * w).sum();
                let wild = if index % 50 == 0 { 400.0 * draw() } else { 0.0 };
                Order {
                    date: Date::constant(2025, 1, 1 + (index % 28) as i8),
                    error: known + draw() + wild,
                    effect,
                }
            })
            .collect()
    }

    #[test]
    fn the_fit_finds_the_weights_behind_noise_and_outliers() {
        let got = fit(&orders(4000, [-0.2, 0.6, 0.3]));
        assert_eq!(got.orders, 4000);
        assert!((got.bias + 0.2).abs() < 0.03, "{got:?}");
        assert!((got.filter - 0.6).abs() < 0.04, "{got:?}");
        assert!((got.surprise - 0.3).abs() < 0.03, "{got:?}");
        let validation = validate(&orders(4000, [-0.2, 0.6, 0.3])).unwrap();
        assert!(validation.fitted_bps < validation.revealed_bps);
    }

    #[test]
    fn few_orders_leave_the_published_rule() {
        let got = fit(&orders(ORDERS_MIN - 1, [-0.2, 0.6, 0.3]));
        assert_eq!(
            (got.bias, got.filter, got.surprise, got.orders),
            (0.0, 1.0, 0.0, 0)
        );
        assert_eq!(validate(&[]), None);
    }
}
