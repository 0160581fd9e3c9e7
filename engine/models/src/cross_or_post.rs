//! Cross the spread or rest at the touch: expected costs per unit against the mid.
//!
//! ```text
//! cross = h + f
//! post  = P*(-h - r + AS) + (1-P)*(h + f + d)
//! cross iff P < P* = d/(2h + f + r + d - AS)
//! ```

use crate::error::{self, ModelError};

/// What the decision needs; prices are money per unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Inputs {
    /// Half the spread `h`, not negative.
    pub half_spread: f64,
    /// Fee of taking `f`.
    pub taker_fee: f64,
    /// Rebate of making `r` (negative: a fee).
    pub maker_rebate: f64,
    /// What a passive fill loses to better informed traders `AS`.
    pub adverse_selection: f64,
    /// Probability of a passive fill `P`, in 0..=1.
    pub fill_probability: f64,
    /// Expected adverse move of the mid when not filled `d`, not negative; multiply it by the urgency of the schedule.
    pub catch_up_move: f64,
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// Take liquidity now.
    Cross,
    /// Rest at the touch.
    Post,
}

/// The decision with its numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decision {
    /// Cost of crossing, money per unit.
    pub cost_cross: f64,
    /// Expected cost of posting, money per unit.
    pub cost_post: f64,
    /// Fill probability below which crossing is cheaper; none when adverse selection eats the whole gain of a fill.
    pub break_even: Option<f64>,
    /// The cheaper of the two; posting when they are equal.
    pub choice: Choice,
}

/// Decides.
///
/// # Errors
/// Names the first input out of range.
pub fn decide(inputs: Inputs) -> Result<Decision, ModelError> {
    error::not_negative("half_spread", inputs.half_spread)?;
    error::finite("taker_fee", inputs.taker_fee)?;
    error::finite("maker_rebate", inputs.maker_rebate)?;
    error::finite("adverse_selection", inputs.adverse_selection)?;
    error::within(
        "fill_probability",
        inputs.fill_probability,
        0.0,
        1.0,
        "must lie in 0..=1",
    )?;
    error::not_negative("catch_up_move", inputs.catch_up_move)?;
    let Inputs {
        half_spread: h,
        taker_fee: f,
        maker_rebate: r,
        ..
    } = inputs;
    let (p, d) = (inputs.fill_probability, inputs.catch_up_move);
    let cost_cross = h + f;
    let cost_post = p * (-h - r + inputs.adverse_selection) + (1.0 - p) * (h + f + d);
    let stake = 2.0 * h + f + r + d - inputs.adverse_selection;
    let break_even = if stake > 0.0 { Some(d / stake) } else { None };
    // post - cross = d - P*stake; the comparison of P decides, so that the tie is exact.
    let crosses = match break_even {
        Some(least) => p < least,
        None => d - p * stake > 0.0,
    };
    let choice = if crosses { Choice::Cross } else { Choice::Post };
    Ok(Decision {
        cost_cross,
        cost_post,
        break_even,
        choice,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::close;

    const BASE: Inputs = Inputs {
        half_spread: 0.005,
        taker_fee: 0.003,
        maker_rebate: 0.002,
        adverse_selection: 0.004,
        fill_probability: 0.55,
        catch_up_move: 0.006,
    };

    #[test]
    fn a_likely_fill_is_worth_waiting_for() {
        let got = decide(BASE).unwrap();
        close("cross", got.cost_cross, 0.008, 1e-13);
        close("post", got.cost_post, 0.00465, 1e-12);
        close(
            "break-even",
            got.break_even.unwrap(),
            0.3529411764706,
            1e-12,
        );
        assert_eq!(got.choice, Choice::Post);
        let unlikely = decide(Inputs {
            fill_probability: 0.35,
            ..BASE
        })
        .unwrap();
        assert_eq!(unlikely.choice, Choice::Cross);
    }

    #[test]
    fn at_the_break_even_both_cost_the_same_and_below_it_crossing_is_cheaper() {
        let least = decide(BASE).unwrap().break_even.unwrap();
        let at = decide(Inputs {
            fill_probability: least,
            ..BASE
        })
        .unwrap();
        close("tie", at.cost_post, at.cost_cross, 1e-12);
        for step in 0..=100 {
            let got = decide(Inputs {
                fill_probability: f64::from(step) / 100.0,
                ..BASE
            })
            .unwrap();
            assert_eq!(
                got.choice == Choice::Cross,
                got.cost_cross < got.cost_post,
                "{step}"
            );
        }
    }

    #[test]
    fn toxic_fills_make_crossing_right_at_any_probability() {
        for fill_probability in [0.0, 0.5, 1.0] {
            let toxic = Inputs {
                adverse_selection: 0.05,
                fill_probability,
                ..BASE
            };
            let got = decide(toxic).unwrap();
            assert_eq!(got.break_even, None);
            assert_eq!(got.choice, Choice::Cross);
            assert!(got.cost_cross < got.cost_post);
        }
        assert!(
            decide(Inputs {
                fill_probability: 1.2,
                ..BASE
            })
            .is_err()
        );
    }
}
