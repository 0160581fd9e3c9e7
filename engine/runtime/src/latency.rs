//! Distribution of the time from an input to the slice it caused: fixed buckets, no allocation.
//!
//! Eight buckets for each power of two, so that a percentile is at most an eighth too high.

const STEPS: usize = 8;
const BUCKETS: usize = 64 * STEPS;

/// A histogram of nanoseconds.
#[derive(Clone, Debug)]
pub struct Latency {
    counts: [u64; BUCKETS],
    samples: u64,
    max: u64,
}

impl Default for Latency {
    fn default() -> Self {
        Latency {
            counts: [0; BUCKETS],
            samples: 0,
            max: 0,
        }
    }
}

impl Latency {
    /// Counts one sample.
    #[inline]
    pub fn record(&mut self, nanos: u64) {
        self.counts[bucket(nanos)] += 1;
        self.samples += 1;
        self.max = self.max.max(nanos);
    }
    /// Samples so far.
    #[must_use]
    pub fn samples(&self) -> u64 {
        self.samples
    }
    /// Largest sample, ns.
    #[must_use]
    pub fn max(&self) -> u64 {
        self.max
    }
    /// A value that `per_mille` thousandths of the samples do not exceed, ns; 0 without samples.
    #[must_use]
    pub fn percentile(&self, per_mille: u64) -> u64 {
        let rank = (self.samples * per_mille).div_ceil(1000);
        let mut seen = 0;
        for (bucket, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= rank && *count > 0 {
                return upper(bucket).min(self.max);
            }
        }
        self.max
    }
}

/// Values below eight have a bucket each; above, the three bits below the leading one choose.
fn bucket(nanos: u64) -> usize {
    if nanos < STEPS as u64 {
        return nanos as usize;
    }
    let power = 63 - nanos.leading_zeros() as usize;
    let step = (nanos >> (power - 3)) as usize & (STEPS - 1);
    (power - 2) * STEPS + step
}

fn upper(bucket: usize) -> u64 {
    if bucket < STEPS {
        return bucket as u64;
    }
    let (power, step) = (bucket / STEPS + 2, bucket % STEPS);
    let width = 1_u64 << (power - 3);
    (1_u64 << power) + ((step as u64 + 1) * width - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_never_too_low_and_at_most_an_eighth_too_high() {
        for scale in [1, 37, 1_000, 123_456_789] {
            let mut latency = Latency::default();
            for value in 1..=1_000_u64 {
                latency.record(value * scale);
            }
            for per_mille in [1, 500, 990, 999, 1_000] {
                let exact = per_mille * scale;
                let found = latency.percentile(per_mille);
                assert!(
                    found >= exact && found <= exact + exact / 8,
                    "{exact} {found}"
                );
            }
            assert_eq!(latency.percentile(1_000), 1_000 * scale);
        }
    }

    #[test]
    fn every_value_has_a_bucket() {
        for value in [0, 1, 7, 8, 15, 16, u64::MAX / 2, u64::MAX] {
            let bucket = bucket(value);
            assert!(bucket < BUCKETS);
            assert!(upper(bucket) >= value, "{value}");
        }
        assert_eq!(Latency::default().percentile(990), 0);
    }
}
