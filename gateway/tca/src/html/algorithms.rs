//! Each algorithm against its own benchmarks, as a table.

use super::{escape, number};
use crate::report::Report;
use std::fmt::Write;

/// The table; nothing without parents.
pub(super) fn table(page: &mut String, report: &Report) {
    let all = report.algorithms();
    if all.is_empty() {
        return;
    }
    page.push_str("<div class=\"card\"><table class=\"algorithms\"><tr><th class=\"t\">algorithm</th><th>parents</th><th>completed</th><th>filled</th><th>slice misses</th><th class=\"t\">benchmark</th><th>count</th><th>mean</th><th>standard error</th><th>5 %</th><th>25 %</th><th>median</th><th>75 %</th><th>95 %</th><th class=\"t\">not filled whole</th></tr>");
    for a in &all {
        let reasons: Vec<String> = a.reasons.iter().map(|(r, n)| format!("{n} {r}")).collect();
        for (i, d) in a.benchmarks.iter().enumerate() {
            let first = |text: String| if i == 0 { text } else { String::new() };
            let misses = if a.slice_ends > 0 {
                format!("{} of {}", a.slice_misses, a.slice_ends)
            } else {
                String::new()
            };
            let _ = write!(
                page,
                "<tr><td class=\"t\">{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td class=\"t\">{}, {}</td><td>{}</td><td>{}</td><td>{}</td>",
                first(escape(&a.algorithm)),
                first(a.parents.to_string()),
                first(a.completed.to_string()),
                first(format!("{:.1} %", a.completion * 100.0)),
                first(misses),
                d.benchmark.text(),
                d.unit,
                d.count,
                number(d.mean, 2, ""),
                number(d.standard_error, 2, ""),
            );
            let q = d.quantiles;
            for v in [
                q.map(|q| q.p05),
                q.map(|q| q.p25),
                q.map(|q| q.median),
                q.map(|q| q.p75),
                q.map(|q| q.p95),
            ] {
                let _ = write!(page, "<td>{}</td>", number(v, 2, ""));
            }
            let _ = write!(
                page,
                "<td class=\"t\">{}</td></tr>",
                first(escape(&reasons.join(", ")))
            );
        }
    }
    page.push_str("</table></div>");
}
