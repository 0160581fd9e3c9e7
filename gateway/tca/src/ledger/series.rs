//! Schedule against filled over time, thinned as it grows.

/// Most points of a parent's series; beyond, every second one is left out.
pub const SERIES_POINTS_MAX: usize = 512;

/// A parent's schedule and fills at one instant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Point {
    /// Engine time, ns UTC.
    pub time: u64,
    /// Q(t), steps.
    pub target: u64,
    /// Filled, steps.
    pub filled: u64,
}

/// A series that never grows beyond [`SERIES_POINTS_MAX`] and always ends with the latest point.
#[derive(Clone, Debug, Default)]
pub struct Series {
    points: Vec<Point>,
    stride: u64,
    seen: u64,
}

impl Series {
    /// The points, oldest first.
    #[must_use]
    pub fn points(&self) -> &[Point] {
        &self.points
    }
    pub(super) fn push(&mut self, point: Point) {
        let stride = self.stride.max(1);
        let keep = self.seen.is_multiple_of(stride) || self.points.len() < 2;
        self.seen += 1;
        match self.points.last_mut() {
            Some(last) if !keep || last.time == point.time => *last = point,
            _ => self.points.push(point),
        }
        if self.points.len() >= SERIES_POINTS_MAX {
            let mut index = 0;
            let end = self.points.len() - 1;
            self.points.retain(|_| {
                index += 1;
                (index - 1) % 2 == 0 || index - 1 == end
            });
            self.stride = stride * 2;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_series_stays_small_and_keeps_its_ends() {
        let mut series = Series::default();
        for time in 1..=100_000 {
            series.push(Point {
                time,
                target: time,
                filled: 0,
            });
        }
        let points = series.points();
        assert!(points.len() <= SERIES_POINTS_MAX && points.len() > SERIES_POINTS_MAX / 4);
        assert_eq!(
            (points[0].time, points[points.len() - 1].time),
            (1, 100_000)
        );
        assert!(points.windows(2).all(|w| w[0].time < w[1].time));
    }
}
