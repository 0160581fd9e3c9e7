//! The execution report as one page: a table, and for each parent its figures and two pictures. No script, no outside file; every text
//! is escaped.

mod algorithms;
mod figures;
mod svg;

use crate::format::Decimal;
use crate::report::{ParentReport, Report};
use std::fmt::Display;
use std::fmt::Write;
use svg::Chart;

const STYLE: &str = include_str!("style.css");
/// Most parents with pictures, so that the page stays readable.
pub const PICTURES_MAX: usize = 200;

/// The page.
#[must_use]
pub fn render(report: &Report) -> String {
    let mut page = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>Execution report</title><style>{STYLE}</style></head><body><main><h1>Execution report</h1>"
    );
    head(&mut page, report);
    algorithms::table(&mut page, report);
    table(&mut page, &report.parents);
    for (index, p) in report.parents.iter().take(PICTURES_MAX).enumerate() {
        card(&mut page, index, p);
    }
    if report.parents.len() > PICTURES_MAX {
        let _ = write!(
            page,
            "<p class=\"sub\">Pictures of the first {PICTURES_MAX} of {} parents.</p>",
            report.parents.len()
        );
    }
    page.push_str("</main></body></html>\n");
    page
}

fn head(page: &mut String, report: &Report) {
    let (t, q) = (&report.totals, &report.quality);
    let from = q.first_time.map_or(String::new(), |t| t.to_string());
    let to = q.last_time.map_or(String::new(), |t| t.to_string());
    let _ = write!(
        page,
        "<p class=\"sub\">{from} to {to}{}</p><div class=\"tiles\">",
        if q.ended {
            ""
        } else {
            ", the run did not end in order"
        }
    );
    let mut tile = |name: &str, value: &dyn Display| {
        let value = escape(&value.to_string());
        let _ = write!(
            page,
            "<div class=\"tile\"><b>{value}</b><span>{name}</span></div>"
        );
    };
    tile("parents", &t.parents);
    tile("completed", &t.completed);
    tile("ordered", &t.ordered);
    tile("filled", &t.filled);
    for (currency, money) in &t.notional {
        tile("executed", &format!("{money} {currency}"));
    }
    tile("market messages", &q.market_messages);
    tile("decisions", &q.decisions);
    tile("children", &q.children);
    tile("fills", &q.fills);
    tile("success rate", &format!("{:.4} %", q.success_rate * 100.0));
    tile("law violations", &q.law_violations);
    page.push_str("</div>");
    if !q.violations.is_empty() {
        page.push_str("<div class=\"card bad\">");
        for v in &q.violations {
            let _ = write!(
                page,
                "<div>record {}: {} {}</div>",
                v.sequence,
                escape(&v.client_order_id),
                escape(v.law)
            );
        }
        page.push_str("</div>");
    }
}

fn table(page: &mut String, parents: &[ParentReport]) {
    page.push_str("<div class=\"card\"><table><tr><th class=\"t\">order</th><th class=\"t\">instrument</th><th class=\"t\">side</th><th class=\"t\">algorithm</th><th class=\"t\">state</th><th>ordered</th><th>filled</th><th>average</th><th>arrival</th><th>VWAP</th><th>TWAP</th><th>bps arrival</th><th>bps VWAP</th><th>bps TWAP</th><th>bps shortfall</th><th>participation</th><th>deviation</th></tr>");
    for (index, p) in parents.iter().enumerate() {
        let _ = write!(
            page,
            "<tr><td class=\"t\"><a href=\"#p{index}\">{}</a></td>",
            escape(&p.client_order_id)
        );
        for text in [&p.instrument, &p.side, &p.algorithm, &p.state] {
            let _ = write!(page, "<td class=\"t\">{}</td>", escape(text));
        }
        let s = &p.slippage_bps;
        for number in [
            p.ordered.to_string(),
            p.filled.to_string(),
            price(p.average_price),
            price(p.arrival_price),
            price(p.interval_vwap),
            price(p.interval_twap),
            number(s.arrival, 2, ""),
            number(s.interval_vwap, 2, ""),
            number(s.interval_twap, 2, ""),
            number(p.quality.shortfall_bps, 2, ""),
            number(p.participation.map(|v| v * 100.0), 2, " %"),
            number(p.schedule_deviation_max.map(|v| v * 100.0), 2, " %"),
        ] {
            let _ = write!(page, "<td>{number}</td>");
        }
        page.push_str("</tr>");
    }
    page.push_str("</table></div>");
}

fn card(page: &mut String, index: usize, p: &ParentReport) {
    let name = escape(&p.client_order_id);
    let _ = write!(
        page,
        "<section class=\"card\" id=\"p{index}\"><h2>{name}: {} {} {} {}</h2><div class=\"why\">{}: {}. {} children, {} fills, {} of {} slice ends below the band.</div>",
        escape(&p.algorithm),
        escape(&p.side),
        p.ordered,
        escape(&p.instrument),
        escape(&p.state),
        escape(&p.reason_text),
        p.children,
        p.fills,
        p.slice_misses,
        p.slice_ends,
    );
    figures::tables(page, p);
    let pictures = [schedule(p, &name), prices(p, &name)];
    if pictures.iter().any(Option::is_some) {
        page.push_str("<div class=\"pair\">");
        for picture in pictures.iter().flatten() {
            page.push_str(picture);
        }
        page.push_str("</div>");
    }
    page.push_str("</section>");
}

fn schedule(p: &ParentReport, name: &str) -> Option<String> {
    let series = &p.picture.series;
    let (first, last) = (series.first()?, series.last()?);
    // What stands before the start is the acceptance: nothing happens there.
    let start = p.start.map_or(first.time, |t| t.0.0);
    let from = start.clamp(first.time, last.time.max(first.time));
    let mut chart = Chart::new((from, last.time), (0.0, p.ordered as f64));
    let filled: Vec<_> = series.iter().map(|s| (s.time, s.filled as f64)).collect();
    let target: Vec<_> = series.iter().map(|s| (s.time, s.target as f64)).collect();
    chart.area("fillarea", &filled);
    chart.line("filled", true, &filled);
    chart.line("target", true, &target);
    let svg = chart.finish(&format!("schedule and fills of {name}"), |v| {
        format!("{v:.0}")
    });
    Some(format!(
        "<figure>{svg}<figcaption class=\"legend\">quantity: filled (solid) against schedule (dashed)</figcaption></figure>"
    ))
}

fn prices(p: &ParentReport, name: &str) -> Option<String> {
    let (mids, fills) = (&p.picture.mids, &p.picture.fills);
    let times = || {
        let fills = fills.iter().map(|f| f.0);
        mids.iter().map(|m| m.0).chain(fills)
    };
    let values = || {
        let fills = fills.iter().map(|f| f.1);
        mids.iter().map(|m| m.1).chain(fills).chain(p.picture.vwap)
    };
    let x = (times().min()?, times().max()?);
    let y = values().fold((f64::MAX, f64::MIN), |(low, high), v| {
        (low.min(v), high.max(v))
    });
    let mut chart = Chart::new(x, y);
    chart.line("mid", true, mids);
    if let Some(vwap) = p.picture.vwap {
        chart.level("vwap", vwap);
    }
    let largest = fills.iter().map(|f| f.2).max().unwrap_or(1).max(1) as f64;
    for &(time, price, qty) in fills {
        let radius = 2.0 + 4.0 * (qty as f64 / largest).sqrt();
        chart.dot("fill", time, price, radius, &format!("{qty} @ {price}"));
    }
    let svg = chart.finish(&format!("price and fills of {name}"), |v| format!("{v:.3}"));
    Some(format!(
        "<figure>{svg}<figcaption class=\"legend\">price: mid (line), fills (dots), interval VWAP (dashed)</figcaption></figure>"
    ))
}

fn price(price: Option<Decimal>) -> String {
    price.map_or_else(|| "–".to_owned(), |p| format!("{:.4}", p.as_f64()))
}

fn number(value: Option<f64>, digits: usize, unit: &str) -> String {
    value.map_or_else(|| "–".to_owned(), |v| format!("{v:.digits$}{unit}"))
}

/// Text as it may stand between tags and in quoted attributes.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Run, S};
    use shm_wire::codes::{AlgorithmCode, Side};
    use shm_wire::instrument::text_field;

    #[test]
    fn the_page_shows_each_parent_and_escapes_its_texts() {
        let mut run = Run::default();
        run.quote(900 * S, 9_999, 10_001);
        run.order(900 * S, 1, Side::Buy, AlgorithmCode::Twap, 100);
        run.update(1_000 * S, 2, |m| {
            m.client_order_id = text_field("<script>\"x'&").unwrap();
            m.target = 50;
        });
        run.accept(1_000 * S, 1, 100, 1_000 * S, 2_000 * S);
        run.slice(1_100 * S, 1, 5, 10_001, 100);
        run.fill(1_100 * S, 5, 10_001, 60);
        run.fill(1_200 * S, 5, 10_001, 40);
        run.trade(1_300 * S, 10_000, 10, 0);
        run.slice(1_400 * S, 1, 6, 10_001, 100);
        let page = render(&run.analysis().report());
        assert!(page.contains("order-1: TWAP buy 100 AAPL"));
        assert!(page.contains("&lt;script&gt;&quot;x&#39;&amp;"));
        assert!(!page.contains("<script"));
        // Two pictures of order-1, and the schedule of the other.
        assert_eq!(page.matches("<svg").count(), 3);
        assert_eq!(page.matches("<circle class=\"fill\"").count(), 2);
        assert!(page.contains("class=\"vwap\""));
        assert!(page.contains("filled + open + new at most ordered"));
        // The lines of each algorithm and parent; cost, fills, mark-outs at three horizons and none at 300 s, of the accepted one.
        let figures = 4 * 2 + 6 + 4 * 5;
        assert_eq!(page.matches("<td").count(), 2 * (15 + 17) + figures);
        assert!(page.contains("Shortfall against arrival, bps"));
        assert_eq!(page.matches("<tr>").count(), page.matches("</tr>").count());
    }
}
