//! Small charts as inline SVG: a frame with axes, lines, an area, dots. Colours come from the page's style sheet.

use std::fmt::Write;

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 220.0;
const LEFT: f64 = 72.0;
const RIGHT: f64 = 8.0;
const TOP: f64 = 8.0;
const BOTTOM: f64 = 24.0;

/// A chart under construction. Points outside the ranges are drawn at the edge.
#[derive(Debug)]
pub(super) struct Chart {
    body: String,
    x: (f64, f64),
    y: (f64, f64),
}

impl Chart {
    /// An empty chart over a time range (ns UTC) and a value range.
    pub(super) fn new(x: (u64, u64), y: (f64, f64)) -> Chart {
        let (low, high) = if y.1 > y.0 { y } else { (y.0 - 1.0, y.0 + 1.0) };
        Chart {
            body: String::new(),
            x: (x.0 as f64, x.1.max(x.0 + 1) as f64),
            y: (low, high),
        }
    }

    fn place(&self, time: u64, value: f64) -> (f64, f64) {
        let share = |v: f64, (low, high): (f64, f64)| ((v - low) / (high - low)).clamp(0.0, 1.0);
        (
            LEFT + share(time as f64, self.x) * (WIDTH - LEFT - RIGHT),
            HEIGHT - BOTTOM - share(value, self.y) * (HEIGHT - TOP - BOTTOM),
        )
    }

    /// A line of a style-sheet class; `steps` holds each value until the next point.
    pub(super) fn line(&mut self, class: &str, steps: bool, points: &[(u64, f64)]) {
        let path = self.path(steps, points);
        if !path.is_empty() {
            let _ = write!(self.body, r#"<path class="{class}" d="{path}"/>"#);
        }
    }

    /// The area between a stepped line and the bottom.
    pub(super) fn area(&mut self, class: &str, points: &[(u64, f64)]) {
        let path = self.path(true, points);
        if let (Some(first), Some(last)) = (points.first(), points.last()) {
            let (a, _) = self.place(first.0, 0.0);
            let (b, _) = self.place(last.0, 0.0);
            let floor = HEIGHT - BOTTOM;
            let _ = write!(
                self.body,
                r#"<path class="{class}" d="{path}L{b:.1} {floor:.1}L{a:.1} {floor:.1}Z"/>"#
            );
        }
    }

    fn path(&self, steps: bool, points: &[(u64, f64)]) -> String {
        let mut path = String::new();
        for (index, &(time, value)) in points.iter().enumerate() {
            let (x, y) = self.place(time, value);
            let _ = match (index, steps) {
                (0, _) => write!(path, "M{x:.1} {y:.1}"),
                (_, true) => write!(path, "H{x:.1}V{y:.1}"),
                (_, false) => write!(path, "L{x:.1} {y:.1}"),
            };
        }
        path
    }

    /// A horizontal line.
    pub(super) fn level(&mut self, class: &str, value: f64) {
        let ends = [(self.x.0 as u64, value), (self.x.1 as u64, value)];
        self.line(class, false, &ends);
    }

    /// A dot with a tool tip (text already escaped).
    pub(super) fn dot(&mut self, class: &str, time: u64, value: f64, radius: f64, tip: &str) {
        let (x, y) = self.place(time, value);
        let _ = write!(
            self.body,
            r#"<circle class="{class}" cx="{x:.1}" cy="{y:.1}" r="{radius:.1}"><title>{tip}</title></circle>"#
        );
    }

    /// The finished picture; `label` (escaped) is what a screen reader says, `number` prints a value of the y axis.
    pub(super) fn finish(self, label: &str, number: impl Fn(f64) -> String) -> String {
        let mut frame = String::new();
        for quarter in 0..=4 {
            let share = f64::from(quarter) / 4.0;
            let value = self.y.0 + (self.y.1 - self.y.0) * share;
            let time = self.x.0 + (self.x.1 - self.x.0) * share;
            let (x, y) = self.place(time as u64, value);
            let anchor = ["start", "middle", "middle", "middle", "end"][quarter as usize];
            let _ = write!(
                frame,
                r#"<path class="grid" d="M{LEFT} {y:.1}H{:.1}"/><text x="{:.1}" y="{:.1}" text-anchor="end">{}</text><text x="{x:.1}" y="{:.1}" text-anchor="{anchor}">{}</text>"#,
                WIDTH - RIGHT,
                LEFT - 6.0,
                y + 4.0,
                number(value),
                HEIGHT - 6.0,
                clock(time as u64),
            );
        }
        format!(
            r#"<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{label}">{frame}{}</svg>"#,
            self.body
        )
    }
}

/// Time of day, UTC.
fn clock(ns: u64) -> String {
    let s = ns / 1_000_000_000 % 86_400;
    format!("{:02}:{:02}:{:02}", s / 3_600, s / 60 % 60, s % 60)
}
