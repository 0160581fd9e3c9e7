//! Which cores a scenario runs on.

use crate::error::BenchError;
use core_affinity::CoreId;

/// The two cores of a scenario: feed, router and timing on the first, the peer on the second.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cores {
    /// This process.
    pub near: usize,
    /// The peer.
    pub peer: usize,
}

/// Numbers of the cores this process may use. To be asked before any thread is pinned.
#[must_use]
pub fn available() -> Vec<usize> {
    let ids = core_affinity::get_core_ids().unwrap_or_default();
    ids.iter().map(|id| id.id).collect()
}

/// The cores asked for, else the first and the last.
///
/// # Errors
/// [`BenchError::Cores`] with fewer than two, [`BenchError::NoSuchCore`].
pub fn choose(wanted: &[usize], available: &[usize]) -> Result<Cores, BenchError> {
    let (Some(first), Some(last)) = (available.first(), available.last()) else {
        return Err(BenchError::Cores {
            needed: 2,
            found: 0,
        });
    };
    if first == last {
        return Err(BenchError::Cores {
            needed: 2,
            found: 1,
        });
    }
    let (near, peer) = match wanted {
        [near, peer] => (*near, *peer),
        _ => (*first, *last),
    };
    if let Some(core) = [near, peer].into_iter().find(|c| !available.contains(c)) {
        return Err(BenchError::NoSuchCore {
            core,
            available: available.to_vec(),
        });
    }
    if near == peer {
        return Err(BenchError::Cores {
            needed: 2,
            found: 1,
        });
    }
    Ok(Cores { near, peer })
}

/// Pins this thread.
///
/// # Errors
/// [`BenchError::Pin`].
pub fn pin(core: usize) -> Result<(), BenchError> {
    if core_affinity::set_for_current(CoreId { id: core }) {
        Ok(())
    } else {
        Err(BenchError::Pin(core))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_core_is_a_typed_error() {
        let error = choose(&[], &[3]).unwrap_err();
        assert_eq!(error.code(), "TOO_FEW_CORES");
        assert_eq!(choose(&[], &[]).unwrap_err().code(), "TOO_FEW_CORES");
        let same = choose(&[1, 1], &[0, 1]).unwrap_err();
        assert_eq!(same.code(), "TOO_FEW_CORES");
    }

    #[test]
    fn cores_asked_for_must_be_there() {
        assert_eq!(choose(&[], &[0, 1, 2]).unwrap(), Cores { near: 0, peer: 2 });
        assert_eq!(
            choose(&[2, 1], &[0, 1, 2]).unwrap(),
            Cores { near: 2, peer: 1 }
        );
        let error = choose(&[0, 9], &[0, 1]).unwrap_err();
        assert_eq!(error.code(), "NO_SUCH_CORE");
    }
}
