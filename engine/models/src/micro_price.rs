//! Stoikov (2018): the micro-price as the limit of expected mids, on a finite chain of book states (imbalance bucket, spread).
//!
//! `Q` holds transitions without a mid move, `R` the probability of a move of size `K_j`, `T` the joint move and next state, all estimated
//! from symmetrised data:
//!
//! ```text
//! G1 = (1-Q)^-1 R K,   B = (1-Q)^-1 T,   micro = mid + sum_i B^i G1
//! ```
//!
//! Six terms are enough for a table; the hot path only looks up `table[state]`.

use crate::error::{self, ModelError};
use crate::linear_algebra::solve;

/// Terms of the series that a table needs in practice.
pub const TERMS: usize = 6;

/// Limit of the exact sum's iterations; a symmetrised chain needs far fewer.
const ITERATIONS_MAX: usize = 1_000_000;

/// An estimated chain of `n` states and `m` sizes of moves, row-major.
#[derive(Debug, Clone, Copy)]
pub struct Chain<'a> {
    /// `n*n`: probability of each next state without a mid move.
    pub stay: &'a [f64],
    /// `n*n`: probability of each next state with a mid move.
    pub jump: &'a [f64],
    /// `n*m`: probability of each size of move.
    pub moves: &'a [f64],
    /// `m`: the sizes, price.
    pub sizes: &'a [f64],
}

impl Chain<'_> {
    /// Fills `g1` (n, price) and `b` (`n*n`); `scratch` is `n*n`.
    ///
    /// # Errors
    /// Wrong lengths, a negative probability, a row of `Q` and `R` that sums to more than 1, or a state that is never left
    /// by a move ([`ModelError::Singular`]).
    pub fn first_step(
        &self,
        g1: &mut [f64],
        b: &mut [f64],
        scratch: &mut [f64],
    ) -> Result<(), ModelError> {
        let states = g1.len();
        self.check(states)?;
        error::length("B", b.len(), states * states, "must be n by n")?;
        error::length("scratch", scratch.len(), states * states, "must be n by n")?;
        let sizes = self.sizes.len();
        for (row, value) in g1.iter_mut().enumerate() {
            let mut sum = 0.0;
            for (size, step) in self.sizes.iter().enumerate() {
                sum += self.moves[row * sizes + size] * step;
            }
            *value = sum;
        }
        self.one_minus_stay(states, scratch);
        solve("1 - Q", scratch, states, g1, 1)?;
        b.copy_from_slice(self.jump);
        self.one_minus_stay(states, scratch);
        solve("1 - Q", scratch, states, b, states)
    }

    fn one_minus_stay(&self, states: usize, scratch: &mut [f64]) {
        for (place, value) in scratch.iter_mut().enumerate() {
            let one = if place / states == place % states {
                1.0
            } else {
                0.0
            };
            *value = one - self.stay[place];
        }
    }

    fn check(&self, states: usize) -> Result<(), ModelError> {
        if states == 0 || self.sizes.is_empty() {
            return Err(ModelError::Length {
                field: "Q",
                rule: "needs a state and a move size",
            });
        }
        let sizes = self.sizes.len();
        error::length("Q", self.stay.len(), states * states, "must be n by n")?;
        error::length("T", self.jump.len(), states * states, "must be n by n")?;
        error::length(
            "R",
            self.moves.len(),
            states * sizes,
            "must be n by the number of sizes",
        )?;
        error::all_not_negative("Q", self.stay)?;
        error::all_not_negative("T", self.jump)?;
        error::all_not_negative("R", self.moves)?;
        error::all_finite("K", self.sizes)?;
        for row in 0..states {
            let stay: f64 = self.stay[row * states..(row + 1) * states].iter().sum();
            let moved: f64 = self.moves[row * sizes..(row + 1) * sizes].iter().sum();
            if stay + moved > 1.0 + 1e-6 {
                return Err(ModelError::OutOfRange {
                    field: "Q",
                    rule: "and R must not sum to more than 1 in a row",
                });
            }
        }
        Ok(())
    }
}

/// Adds `B^i G1` for the next `i` to `sum` and leaves that term in `term`; both start as `G1`. `scratch` is `n`.
///
/// # Errors
/// Wrong lengths.
pub fn add_term(
    b: &[f64],
    term: &mut [f64],
    sum: &mut [f64],
    scratch: &mut [f64],
) -> Result<(), ModelError> {
    let states = sum.len();
    error::length("B", b.len(), states * states, "must be n by n")?;
    error::length("term", term.len(), states, "must hold one per state")?;
    error::length("scratch", scratch.len(), states, "must hold one per state")?;
    for (row, value) in scratch.iter_mut().enumerate() {
        let mut product = 0.0;
        for (column, part) in term.iter().enumerate() {
            product += b[row * states + column] * part;
        }
        *value = product;
    }
    term.copy_from_slice(scratch);
    for (sum, term) in sum.iter_mut().zip(term.iter()) {
        *sum += term;
    }
    Ok(())
}

/// Replaces `sum` (which starts as `G1`, as `term` does) by the limit `G*` of the series, price.
///
/// # Errors
/// [`ModelError::NotConverged`] when the terms do not vanish: the data behind the chain were not symmetrised.
pub fn limit(
    b: &[f64],
    term: &mut [f64],
    sum: &mut [f64],
    scratch: &mut [f64],
) -> Result<(), ModelError> {
    for _ in 0..ITERATIONS_MAX {
        add_term(b, term, sum, scratch)?;
        if largest(term) <= 1e-15 * largest(sum) {
            return Ok(());
        }
    }
    Err(ModelError::NotConverged("G*"))
}

fn largest(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |top, value| value.abs().max(top))
}

/// Bucket of an imbalance in 0..=1 among `count >= 1` equal buckets; values outside fall into the nearest.
pub fn bucket(imbalance: f64, count: usize) -> usize {
    let top = count.saturating_sub(1);
    if imbalance >= 1.0 {
        return top;
    }
    if imbalance > 0.0 {
        return ((imbalance * count as f64) as usize).min(top);
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{all_close, close};

    /// Five imbalance buckets that drift to their neighbours, and jump toward the heavier side.
    fn chain() -> ([f64; 25], [f64; 25], [f64; 10]) {
        let (mut stay, mut jump, mut moves) = ([0.0; 25], [0.0; 25], [0.0; 10]);
        for row in 0..5usize {
            for column in 0..5usize {
                stay[row * 5 + column] = match row.abs_diff(column) {
                    0 if row == 0 || row == 4 => 0.64,
                    0 => 0.48,
                    1 => 0.16,
                    _ => 0.0,
                };
                let (r, c) = (row as f64 - 2.0, column as f64 - 2.0);
                jump[row * 5 + column] = 0.04 + 0.004 * r * c;
            }
            moves[row * 2] = 0.18 - 0.04 * row as f64;
            moves[row * 2 + 1] = 0.02 + 0.04 * row as f64;
        }
        (stay, jump, moves)
    }

    #[test]
    fn the_known_adjustment_comes_out() {
        let (stay, jump, moves) = chain();
        let chain = Chain {
            stay: &stay,
            jump: &jump,
            moves: &moves,
            sizes: &[-0.005, 0.005],
        };
        let (mut g1, mut b, mut scratch) = ([0.0; 5], [0.0; 25], [0.0; 25]);
        chain.first_step(&mut g1, &mut b, &mut scratch).unwrap();
        close("G1", g1[0], -0.002970297029703, 1e-12);
        all_close("B", &b[..2], &[0.2594059405941, 0.229702970297], 1e-12);
        let (mut term, mut sum) = (g1, g1);
        for _ in 1..TERMS {
            add_term(&b, &mut term, &mut sum, &mut scratch[..5]).unwrap();
        }
        close("six terms", sum[0], -0.003504628857575, 1e-12);
        let (mut term, mut sum) = (g1, g1);
        limit(&b, &mut term, &mut sum, &mut scratch[..5]).unwrap();
        close("limit", sum[4], 0.003504672897196, 1e-12);
        assert!(sum[2].abs() < 1e-15);
    }

    #[test]
    fn data_that_were_not_symmetrised_do_not_settle_and_a_state_without_exit_is_refused() {
        let (stay, jump, _) = chain();
        let upward = [0.02, 0.18].repeat_rows();
        let chain = Chain {
            stay: &stay,
            jump: &jump,
            moves: &upward,
            sizes: &[-0.005, 0.005],
        };
        let (mut g1, mut b, mut scratch) = ([0.0; 5], [0.0; 25], [0.0; 25]);
        chain.first_step(&mut g1, &mut b, &mut scratch).unwrap();
        let (mut term, mut sum) = (g1, g1);
        let refused = limit(&b, &mut term, &mut sum, &mut scratch[..5]);
        assert_eq!(refused, Err(ModelError::NotConverged("G*")));
        let closed = Chain {
            stay: &[1.0],
            jump: &[0.0],
            moves: &[0.0],
            sizes: &[1.0],
        };
        let refused = closed.first_step(&mut [0.0], &mut [0.0], &mut [0.0]);
        assert_eq!(refused, Err(ModelError::Singular("1 - Q")));
    }

    trait RepeatRows {
        fn repeat_rows(self) -> [f64; 10];
    }

    impl RepeatRows for [f64; 2] {
        fn repeat_rows(self) -> [f64; 10] {
            core::array::from_fn(|place| self[place % 2])
        }
    }

    #[test]
    fn buckets_cover_the_whole_range() {
        // imbalance | bucket of five
        let table = [
            (-1.0, 0),
            (0.0, 0),
            (0.19, 0),
            (0.2, 1),
            (0.5, 2),
            (0.99, 4),
            (1.0, 4),
            (f64::NAN, 0),
        ];
        for (imbalance, want) in table {
            assert_eq!(bucket(imbalance, 5), want, "{imbalance}");
        }
    }
}
