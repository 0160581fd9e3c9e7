//! The little dense linear algebra that the models need, on row-major slices of the caller.
//!
//! Sizes are small (baskets, micro-price states, kernels of a few hundred trades). Every loop has a fixed order.

use libm::sqrt;

use crate::error::ModelError;

/// Overwrites the lower triangle of a symmetric positive definite `matrix` (`size*size`, row-major) with its
/// Cholesky factor; the upper triangle is not read.
///
/// # Errors
/// [`ModelError::Singular`] with `name` when a pivot is not greater than zero.
pub fn cholesky(name: &'static str, matrix: &mut [f64], size: usize) -> Result<(), ModelError> {
    for row in 0..size {
        for column in 0..=row {
            let mut sum = matrix[row * size + column];
            for k in 0..column {
                sum -= matrix[row * size + k] * matrix[column * size + k];
            }
            if row != column {
                matrix[row * size + column] = sum / matrix[column * size + column];
            } else if sum > 0.0 && sum.is_finite() {
                matrix[row * size + row] = sqrt(sum);
            } else {
                return Err(ModelError::Singular(name));
            }
        }
    }
    Ok(())
}

/// Solves `L L' x = b` in place of `vector`, with the factor that [`cholesky`] left.
pub fn cholesky_solve(factor: &[f64], size: usize, vector: &mut [f64]) {
    for row in 0..size {
        let mut sum = vector[row];
        for k in 0..row {
            sum -= factor[row * size + k] * vector[k];
        }
        vector[row] = sum / factor[row * size + row];
    }
    for row in (0..size).rev() {
        let mut sum = vector[row];
        for k in row + 1..size {
            sum -= factor[k * size + row] * vector[k];
        }
        vector[row] = sum / factor[row * size + row];
    }
}

/// Solves `M Y = R` for several right-hand sides by Gaussian elimination with partial pivoting. `matrix` is
/// `size*size`, `sides` is `size*columns`, both row-major and both overwritten; `sides` becomes `Y`.
///
/// # Errors
/// [`ModelError::Singular`] with `name` when no pivot is left.
pub fn solve(
    name: &'static str,
    matrix: &mut [f64],
    size: usize,
    sides: &mut [f64],
    columns: usize,
) -> Result<(), ModelError> {
    for column in 0..size {
        let mut pivot = column;
        for row in column + 1..size {
            if matrix[row * size + column].abs() > matrix[pivot * size + column].abs() {
                pivot = row;
            }
        }
        let head = matrix[pivot * size + column];
        if head == 0.0 || !head.is_finite() {
            return Err(ModelError::Singular(name));
        }
        if pivot != column {
            (0..size).for_each(|k| matrix.swap(pivot * size + k, column * size + k));
            (0..columns).for_each(|k| sides.swap(pivot * columns + k, column * columns + k));
        }
        for row in column + 1..size {
            let factor = matrix[row * size + column] / head;
            for k in column..size {
                matrix[row * size + k] -= factor * matrix[column * size + k];
            }
            for k in 0..columns {
                sides[row * columns + k] -= factor * sides[column * columns + k];
            }
        }
    }
    for row in (0..size).rev() {
        for k in 0..columns {
            let mut sum = sides[row * columns + k];
            for j in row + 1..size {
                sum -= matrix[row * size + j] * sides[j * columns + k];
            }
            sides[row * columns + k] = sum / matrix[row * size + row];
        }
    }
    Ok(())
}

/// Sweeps of the Jacobi method; a handful is enough for any symmetric matrix of a basket's size.
const SWEEPS_MAX: usize = 64;

/// Diagonalises a symmetric `matrix` (`size*size`, row-major) by cyclic Jacobi rotations: its diagonal becomes the
/// eigenvalues (in no order), the columns of `vectors` the orthonormal eigenvectors.
///
/// # Errors
/// [`ModelError::NotConverged`] with `name` when the off-diagonal part does not vanish (NaN inputs).
pub fn symmetric_eigen(
    name: &'static str,
    matrix: &mut [f64],
    vectors: &mut [f64],
    size: usize,
) -> Result<(), ModelError> {
    for (place, value) in vectors.iter_mut().enumerate() {
        *value = if place / size == place % size {
            1.0
        } else {
            0.0
        };
    }
    let total: f64 = matrix.iter().map(|value| value * value).sum();
    for _ in 0..SWEEPS_MAX {
        let mut off = 0.0;
        for row in 0..size {
            for column in 0..row {
                off += matrix[row * size + column] * matrix[row * size + column];
            }
        }
        if off <= 1e-36 * total {
            return Ok(());
        }
        for p in 0..size {
            for q in p + 1..size {
                rotate(matrix, vectors, size, p, q);
            }
        }
    }
    Err(ModelError::NotConverged(name))
}

/// One Jacobi rotation that zeroes element (p, q).
fn rotate(matrix: &mut [f64], vectors: &mut [f64], size: usize, p: usize, q: usize) {
    let off = matrix[p * size + q];
    if off == 0.0 {
        return;
    }
    let theta = (matrix[q * size + q] - matrix[p * size + p]) / (2.0 * off);
    let root = theta.abs() + sqrt(theta * theta + 1.0);
    let tangent = if theta >= 0.0 {
        1.0 / root
    } else {
        -1.0 / root
    };
    let cosine = 1.0 / sqrt(tangent * tangent + 1.0);
    let sine = tangent * cosine;
    for k in 0..size {
        let (a, b) = (matrix[k * size + p], matrix[k * size + q]);
        matrix[k * size + p] = cosine * a - sine * b;
        matrix[k * size + q] = sine * a + cosine * b;
    }
    for k in 0..size {
        let (a, b) = (matrix[p * size + k], matrix[q * size + k]);
        matrix[p * size + k] = cosine * a - sine * b;
        matrix[q * size + k] = sine * a + cosine * b;
    }
    matrix[p * size + q] = 0.0;
    matrix[q * size + p] = 0.0;
    for k in 0..size {
        let (a, b) = (vectors[k * size + p], vectors[k * size + q]);
        vectors[k * size + p] = cosine * a - sine * b;
        vectors[k * size + q] = sine * a + cosine * b;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{all_close, close};
    use proptest::prelude::*;
    use std::vec;

    #[test]
    fn a_known_system_is_solved_and_a_singular_one_refused() {
        let mut sides = [5.0, 10.0];
        solve("m", &mut [0.0, 2.0, 1.0, 3.0], 2, &mut sides, 1).unwrap();
        all_close("y", &sides, &[2.5, 2.5], 1e-15);
        let refused = solve("m", &mut [1.0, 2.0, 2.0, 4.0], 2, &mut [1.0, 1.0], 1);
        assert_eq!(refused, Err(ModelError::Singular("m")));
        assert_eq!(
            cholesky("m", &mut [1.0, 2.0, 2.0, 1.0], 2),
            Err(ModelError::Singular("m"))
        );
        assert!(symmetric_eigen("m", &mut [f64::NAN; 4], &mut [0.0; 4], 2).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn eigenvectors_and_both_solvers_reproduce_the_matrix(
            size in 1usize..7, seed in proptest::collection::vec(-1.0..1.0f64, 49),
        ) {
            // M = S S' + I is symmetric positive definite.
            let mut matrix = vec![0.0; size * size];
            for row in 0..size {
                for column in 0..size {
                    let dot: f64 = (0..size).map(|k| seed[row * 7 + k] * seed[column * 7 + k]).sum();
                    matrix[row * size + column] = dot + if row == column { 1.0 } else { 0.0 };
                }
            }
            let (mut diagonal, mut vectors) = (matrix.clone(), vec![0.0; size * size]);
            symmetric_eigen("m", &mut diagonal, &mut vectors, size).unwrap();
            for row in 0..size {
                for column in 0..size {
                    let back: f64 = (0..size)
                        .map(|k| vectors[row * size + k] * diagonal[k * size + k] * vectors[column * size + k])
                        .sum();
                    close("M", back, matrix[row * size + column], 1e-10);
                }
            }
            let side = seed[..size].to_vec();
            let (mut by_factor, mut by_pivot) = (side.clone(), side);
            let mut factor = matrix.clone();
            cholesky("m", &mut factor, size).unwrap();
            cholesky_solve(&factor, size, &mut by_factor);
            solve("m", &mut matrix, size, &mut by_pivot, 1).unwrap();
            all_close("x", &by_factor, &by_pivot, 1e-9);
        }
    }
}
