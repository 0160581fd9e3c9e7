//! Obizhaeva and Wang (2013): a block-shaped book of depth `q` that refills at the rate `rho`.
//!
//! Part `lam` of the move per share is permanent, `kappa = 1/q - lam` fades. Without risk aversion the optimum is a
//! block at each end and a steady stream between them:
//!
//! ```text
//! continuous   block X/(rho T + 2), rate rho X/(rho T + 2), block
//!              cost = lam X^2/2 + kappa X^2/(rho T + 2)
//! N+1 trades   x_0 = x_N = X/(2 + (N-1)(1-a)),  x_n = (1-a) x_0,  a = exp(-rho T/N)
//! ```
//!
//! Costs are money above `X*(F0 + spread/2)`.

use libm::{exp, expm1};

use crate::error::{self, ModelError};

/// The book.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Book {
    /// Depth `q`, quantity per unit of price, greater than zero.
    pub depth: f64,
    /// Permanent impact `lam`, price per quantity, in `0..=1/q`.
    pub permanent: f64,
    /// Resilience `rho`, 1/time, not negative.
    pub resilience: f64,
}

impl Book {
    /// Checks the book.
    ///
    /// # Errors
    /// Names the first input out of range.
    pub fn check(self) -> Result<Self, ModelError> {
        error::positive("q", self.depth)?;
        error::not_negative("lam", self.permanent)?;
        error::not_negative("rho", self.resilience)?;
        error::not_negative("1/q - lam", self.kappa())?;
        Ok(self)
    }

    /// The part of the move per share that fades, price per quantity.
    pub fn kappa(self) -> f64 {
        1.0 / self.depth - self.permanent
    }
}

/// The displacement of the book by our own trades: two numbers, updated in O(1).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Displacement {
    book: Book,
    permanent: f64,
    transient: f64,
}

impl Displacement {
    /// An undisturbed book.
    ///
    /// # Errors
    /// As [`Book::check`].
    pub fn new(book: Book) -> Result<Self, ModelError> {
        Ok(Self {
            book: book.check()?,
            permanent: 0.0,
            transient: 0.0,
        })
    }

    /// Lets `elapsed >= 0` time pass: the transient part fades.
    pub fn advance(&mut self, elapsed: f64) {
        self.transient *= exp(-self.book.resilience * elapsed.max(0.0));
    }

    /// Takes `quantity` from the book and gives what it costs above the undisturbed price, money.
    pub fn trade(&mut self, quantity: f64) -> f64 {
        let cost = quantity * (self.permanent + self.transient)
            + quantity * quantity / (2.0 * self.book.depth);
        self.permanent += self.book.permanent * quantity;
        self.transient += self.book.kappa() * quantity;
        cost
    }

    /// Where the price stands above its undisturbed level, price.
    pub fn price_shift(&self) -> f64 {
        self.permanent + self.transient
    }
}

/// The optimum in continuous time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Continuous {
    /// Block at the start, and again at the end, quantity.
    pub block: f64,
    /// Rate between them, quantity per time.
    pub rate: f64,
    /// Quantity of the whole stream between them.
    pub middle: f64,
    /// Cost, money.
    pub cost: f64,
}

/// Optimum of `quantity` over `horizon`.
///
/// # Errors
/// Names the first input out of range.
pub fn continuous(book: Book, quantity: f64, horizon: f64) -> Result<Continuous, ModelError> {
    let book = book.check()?;
    error::not_negative("quantity", quantity)?;
    error::positive("horizon", horizon)?;
    let block = quantity / (book.resilience * horizon + 2.0);
    let rate = book.resilience * block;
    let cost = 0.5 * book.permanent * quantity * quantity + book.kappa() * quantity * block;
    Ok(Continuous {
        block,
        rate,
        middle: rate * horizon,
        cost,
    })
}

/// Fills `trades` with the optimum of `quantity` in `trades.len()` equally spaced trades over `horizon`, the first at
/// the start and the last at the end.
///
/// # Errors
/// Fewer than two trades, or an input out of range.
pub fn discrete(
    book: Book,
    quantity: f64,
    horizon: f64,
    trades: &mut [f64],
) -> Result<(), ModelError> {
    let book = book.check()?;
    error::not_negative("quantity", quantity)?;
    let gap = spacing(horizon, trades.len())?;
    let refilled = -expm1(-book.resilience * gap);
    let inner = (trades.len() - 2) as f64;
    let block = quantity / (2.0 + inner * refilled);
    let last = trades.len() - 1;
    for (place, trade) in trades.iter_mut().enumerate() {
        *trade = if place == 0 || place == last {
            block
        } else {
            refilled * block
        };
    }
    Ok(())
}

/// Cost of any equally spaced trades over `horizon`, money.
///
/// # Errors
/// Fewer than two trades, or an input out of range.
pub fn cost(book: Book, trades: &[f64], horizon: f64) -> Result<f64, ModelError> {
    let mut state = Displacement::new(book)?;
    error::all_finite("trades", trades)?;
    let gap = spacing(horizon, trades.len())?;
    let mut sum = 0.0;
    for &trade in trades {
        sum += state.trade(trade);
        state.advance(gap);
    }
    Ok(sum)
}

fn spacing(horizon: f64, count: usize) -> Result<f64, ModelError> {
    error::positive("horizon", horizon)?;
    if count < 2 {
        return Err(ModelError::Length {
            field: "trades",
            rule: "must hold at least two",
        });
    }
    Ok(horizon / (count - 1) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::close;
    use proptest::prelude::*;

    fn book(resilience: f64) -> Book {
        Book {
            depth: 5000.0,
            permanent: 1e-4,
            resilience,
        }
    }

    #[test]
    fn the_known_optimum_and_its_discrete_neighbours_come_out() {
        let smooth = continuous(book(2.231), 1e5, 1.0).unwrap();
        close("block", smooth.block, 23635.07445048, 1e-12);
        close("middle", smooth.middle, 52729.85109903, 1e-12);
        close("cost", smooth.cost, 736350.7445048, 1e-12);
        let mut trades = [0.0; 11];
        discrete(book(2.231), 1e5, 1.0, &mut trades).unwrap();
        close("first", trades[0], 26317.96123386, 1e-12);
        close("inner", trades[5], 5262.675281365, 1e-12);
        close(
            "optimal",
            cost(book(2.231), &trades, 1.0).unwrap(),
            736866.2359318,
            1e-12,
        );
        close(
            "equal",
            cost(book(2.231), &[1e5 / 11.0; 11], 1.0).unwrap(),
            758026.6585319,
            1e-12,
        );
    }

    #[test]
    fn the_papers_pattern_of_blocks_comes_out() {
        for (resilience, block) in [(1.0, 33_333.333333), (2.0, 25_000.0), (5.0, 14_285.714286)] {
            close(
                "block",
                continuous(book(resilience), 1e5, 1.0).unwrap().block,
                block,
                1e-9,
            );
        }
    }

    #[test]
    fn a_book_that_never_refills_is_indifferent_to_the_split() {
        let mut two = [0.0; 2];
        discrete(book(0.0), 1e5, 1.0, &mut two).unwrap();
        assert_eq!(two, [5e4, 5e4]);
        let split = cost(book(0.0), &two, 1.0).unwrap();
        close(
            "cost",
            split,
            cost(book(0.0), &[1e5, 0.0], 1.0).unwrap(),
            1e-12,
        );
        assert!(discrete(book(1.0), 1e5, 1.0, &mut [0.0]).is_err());
        assert!(
            Displacement::new(Book {
                permanent: 1.0,
                ..book(1.0)
            })
            .is_err()
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn no_other_split_of_the_same_quantity_is_cheaper(
            resilience in 0.0..30.0f64, moves in proptest::collection::vec(-0.05..0.05f64, 9),
        ) {
            let mut trades = [0.0; 10];
            discrete(book(resilience), 1e5, 1.0, &mut trades).unwrap();
            prop_assert!((trades.iter().sum::<f64>() - 1e5).abs() < 1e-6);
            let best = cost(book(resilience), &trades, 1.0).unwrap();
            for (place, shift) in moves.iter().enumerate() {
                trades[place] += shift * 1e5;
                trades[place + 1] -= shift * 1e5;
            }
            prop_assert!(cost(book(resilience), &trades, 1.0).unwrap() >= best * (1.0 - 1e-12));
        }
    }
}
