//! Comparison helpers of this crate's tests.

/// Panics unless `got` is within `rel` of `want` (or within `rel` absolutely when `want` is small).
#[track_caller]
pub(crate) fn close(what: &str, got: f64, want: f64, rel: f64) {
    let limit = rel * want.abs().max(1e-3);
    assert!(
        (got - want).abs() <= limit,
        "{what}: got {got:.17e}, want {want:.17e}"
    );
}

/// Element-wise [`close`], also comparing the lengths.
#[track_caller]
pub(crate) fn all_close(what: &str, got: &[f64], want: &[f64], rel: f64) {
    assert_eq!(got.len(), want.len(), "{what}: length");
    for (index, (&g, &w)) in got.iter().zip(want).enumerate() {
        let limit = rel * w.abs().max(1e-3);
        assert!(
            (g - w).abs() <= limit,
            "{what}[{index}]: got {g:.17e}, want {w:.17e}"
        );
    }
}
