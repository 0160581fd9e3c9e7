//! engine-algos
