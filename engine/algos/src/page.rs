//! The page about the algorithms, written from their parameter specifications.

use crate::registry::{about, algorithms, specs};
use core::fmt::{Result, Write};
use shm_wire::codes::AlgorithmCode;
use shm_wire::params::{ParamSpec, Unit};

/// Parameters that are known in the trade and that this build does not take: name and what stands in the way.
pub const NOT_TAKEN: &[(&str, &str)] = &[
    (
        "passiveness",
        "`aggression` and `passive_only` steer the tactic",
    ),
    (
        "curve_days, averaging",
        "they are options of `pacer curves fit`; `curve_id` names a curve",
    ),
    ("price_adaptivity of POV", "SCALE_POV has it"),
];

/// Writes the whole page in Markdown.
///
/// # Errors
/// What `out` answers.
pub fn write_page(out: &mut impl Write) -> Result {
    out.write_str(
        "# Algorithms and their parameters\n\n\
         This page is generated from the parameter tables of `engine/algos`; a test compares it with them. To write it\n\
         anew: `PACER_WRITE_PAGES=1 cargo test -p engine-algos --test suite page`.\n\n\
         Parameters are written as `name=value`: percentages as `10%` (or a fraction, `0.1`), quantities in units of the\n\
         instrument, flags as `true` or `false`, choices by name. The number is the parameter's identifier on the wire;\n\
         the wire value of a percentage is in parts per million. An absent parameter takes its default.\n",
    )?;
    for code in algorithms() {
        algorithm(out, *code)?;
    }
    out.write_str("\n## Not taken\n\nThese are refused as UNKNOWN_PARAMETER (a choice as PARAMETER_RANGE):\n\n")?;
    for (name, why) in NOT_TAKEN {
        writeln!(out, "- {name}: {why}.")?;
    }
    out.write_str(RULES)
}

/// Rules that no table shows.
const RULES: &str = "
## Rules beside the tables

- `max_slice_qty` is at least `min_slice_qty`; `passive_only` excludes completion HARD, price_style MARKETABLE and
  `min_pct_vol`; `slices` excludes `interval_ms`; slices are at least 100 ms long.
- POV: `min_pct_vol` <= `target_pct_vol` <= `max_pct_vol`; completion HARD needs `max_pct_vol=100%`.
- `relative_limit_bps` is put in force with the arrival price, on the tick and never looser than asked for; nothing is sent
  before there is one. An amend of it counts from the same price.
- With `block_filter` a size is unusual when one print in 200 was larger since the first such order of the instrument in the
  run, to within an eighth; while fewer than 200 were seen none is. The volume that an update reports is without blocks too.
- `liquidity_adaptivity` looks at spread and depth at each decision, once a second at least; what is due grows at the rate that
  held meanwhile. Usual is the running average of both. Without bounds the rate moves by a tenth to either side.
- `forgive_after` is counted in volume time: as much volume as has traded in that time on average since the start. What was due
  before it and is neither filled nor open is taken off the target for good.
- `order_size_override` excludes `min_slice_qty` and `max_slice_qty` and is a multiple of the lot. `price_offset_ticks` is for
  price_style LAST; before the first trade such a child stands at the own side. LAST and MID are followed both ways.
- A TWAP slice rests for 60 % of its interval, then goes one tick ahead of the touch, and from 85 % on crosses when the
  order is below its band at the slice's end. What missed the band at the last slice's end is crossed at once.
- The band is the largest of one nominal slice, `min_slice_qty` and 10 % (aggression 0), 5 % (3), 3 % (5), 0.5 % (10) of
  the order. POV is behind when it is below `min_pct_vol`, else when it misses its target by more than 10 % (aggression 0)
  to 1 % (9 and 10) of it, one lot at least.
- A cross takes what is missing to the middle of the lower half of the band, at most `catch_up_cap_x` nominal slices and
  30 % of the quantity at the opposite touch, one least child at least. The last part of a window (two intervals, 5 s at
  least, half of it at most) takes the whole touch (SOFT) or sweeps in steps to the limit or `hard_cost_cap_bps` (HARD).
- A nominal slice of POV is what falls due in one interval on average. A resting child is sent once five of them, or a
  fortieth of the target if that is less, have fallen due; one least child at least.
- Where odd lots are barred a cross rests with what it could not trade, so that no odd rest comes back; elsewhere it is
  immediate-or-cancel. An order of which less than a lot is left ends as DUST.
- VWAP, IS and ARRIVAL run in volume time where there is a curve: that of the symbol, else of its group, else the U shape of a
  stock's session of at most 12 h; else in clock time. The acceptance says which: 1, 2, 3, 4; a named curve is 5. They have 60 slices of 1 to 60 s.
- A dynamic VWAP curve needs a usual volume (of the curve or the instrument). After each bin it is bent to where the volume
  seen and forecast wants it after the next, within 10 percentage points of the static one, and no more once 80 % of the
  expected volume is over. What was due stays due.
- Every order with a cap and an end holds its leaves, 256 times in its window, against what the cap lets through of the expected
  volume (usual volume times how busy the market has been; without a usual volume, the volume seen per time). One that cannot
  be expected to complete says Infeasible with its odds and its finish at the cap's rate; once it needs no more than 85 % of
  what the cap allows, Feasible. VWAP, IS and ARRIVAL then go as fast as the cap allows at once. IS and ARRIVAL
  say Infeasible too when the cap binds at more than a fifth of the looks; their path stays. At acceptance of TWAP, VWAP, IS and ARRIVAL odds below 50 % are told
  and below 5 % refused, unless `accept_infeasible` is set.
- POV and SCALE_POV tell when they will be done at their rate (Projected): each second while something of theirs is due or out, else with
  their next look, a minute later at most, since an order that is not due costs nothing. They tell the finish and the range in which it lies if a third more or less trades than expected. A finish after the session is told as the largest instant.
- `speed_up_near_limit` needs a limit. It looks at each slice: 100 % more at the limit, nothing more five usual spreads from it.
- `curve_id` is refused as UNSUPPORTED where the curve file has no curve of that number for a session of the same length.
- IS: one of `urgency`, `risk_aversion` and `half_life_ms`. Its pace follows the market: volatility or spread by a factor of two,
  volume by 30 %, at most every 5 s and if the pace changes by more than 10 %. Impact is 0.142 x volatility x (rate /
  volume)^0.6, made linear at the planned rate; where no usual volume is known the order counts as 1 % of a day, where no
  price is known as 100, no volatility as 200 bps a day, no spread as 5 bps.
- `alpha_bps` bends IS's path like a constant drift: never beyond where it would trade the other way first, and done early
  where it wants more than all of it. `min_pct_vol` of IS excludes `passive_only`; what it asks for is crossed when it is missing.
- IS with an i_would parameter takes the other side at that price or better, up to `i_would_pct` of the leaves and all that is
  shown at a time, whatever its path says.
- ARRIVAL without `force_completion` leaves what is left at T* when finishing it is expected to cost more (half the spread, and
  impact of what the touch does not show, over a minute at least) than a day's standard deviation of it at the order's urgency:
  FinishDear tells both. It looks again until the order's end; completion HARD is forced.
- ARRIVAL ends at T* = sqrt(3 eta / (lambda sigma^2)), at least 30 s after its start and never after the order's end; the acceptance
  tells it in ms, with the expected cost in thousandths of a bp. Leaves at T* are worked like any order's end.
- ICEBERG shows a twentieth of the order when no quantity is asked for. The next tranche waits until the last one is filled
  or ended and every fill that its end announced has arrived. A tranche rests for 3 s before it follows the touch.
- PEGGED: `peg_offset_bps` excludes `peg_offset_ticks`; the prices of PRIMARY and MID stay one tick off the other side. A
  child is amended, not canceled and sent anew, unless the venue refused to move it twice.
- SNIPER: `i_would_price` excludes `i_would_ref` and `i_would_bps`. SNIPER and SWEEP exclude `passive_only`; nothing of them
  rests out of limit. One child is out at a time; the next one waits for a new quote, 50 ms at most.
- Auctions (`open_auction`, `close_auction`, `intraday_auction`): INCLUDE takes a share, ONLY trades nothing else, IMBALANCE_ONLY
  sends orders that fill against an imbalance alone. What the calendar of the instrument does not offer is refused as
  UNSUPPORTED. An order takes part in the auctions whose scheduled cross lies in its window, both ends included.
- One order for each auction goes out 5 s before the cut-off: the share planned, at most `max_pct_auction` of the paired volume
  published by then, else of the forecast (the calendar's usual volume; else 1 % at the open, 5 % at the close, 0.5 % during
  the day, of the usual day's volume; else of the volume so far, scaled to the session). Nothing known: nothing is sent.
- It is a limit order at the limit or the collar, measured from the indicative price where there is one. With `auction_market` and
  no limit it is a market order where the auction takes them, and a limit order where it does not. Before the first quote of a
  day only orders with a limit can be priced.
- From the cancel cut-off on it is not taken back, whatever happens; before it, a cancel, a pause, an amend or a risk control takes
  it back, a halt or stale data does not. The parent's end waits for the venue's last word; none until a second after the
  auction is over: SUSPENDED(UNKNOWN_CHILD).
- TWAP, VWAP, IS and ARRIVAL plan an auction like a bin of the volume curve: its usual volume beside that of the order's window.
  POV and SCALE_POV plan `target_pct_vol` of what is paired, and auction volume counts as market volume; their caps hold for
  the book and the auction apart. CLOSE plans all it may. The rest is worked in the book: the schedule is made for it, and made anew
  when an auction took more or less than planned.
- A call (opening, closing, intraday) suspends orders that take no part; the others take their children out of the book and wait.
- CLOSE's ramp works what the auction may not take. It begins as late as volume so far allows (a quarter is
  added), at half of the window until an eighth of it or five minutes have been seen. Volume before the ramp makes nothing
  due. With completion SOFT or HARD the second half of the ramp follows at least a straight line to the end, should the market go
  quiet.
- SCALE_POV: each print counts at the rate of the band in which the mid was. Its `max_pct_vol` is a cap as in POV, so that
  completion HARD is refused. `scale_ref` LIMIT needs a limit.
- CUSTOM takes the parameters of the schedule and the tactic that it names; others of its table are refused. Rates, cap and
  slices are checked as in the algorithms that the parts come from. See `docs/custom-algorithm.md`.
- ICEBERG, PEGGED, SNIPER and SWEEP have no schedule: `aggression` and the catch-up rules bear only on the last part of the
  window, 5 s, which completion SOFT and HARD work like any other order's end.
- Children never improve on a touch that they make up alone: feeds may show our own orders.
";

fn algorithm(out: &mut impl Write, code: AlgorithmCode) -> Result {
    writeln!(out, "\n## {}\n", code.text())?;
    writeln!(out, "{}\n", about(code).unwrap_or_default())?;
    out.write_str("| number | name | unit | range | default | amendable | meaning |\n")?;
    out.write_str("|---|---|---|---|---|---|---|\n")?;
    for spec in specs(code) {
        write!(out, "| {} | `{}` | {} | ", spec.id, spec.name, unit(spec))?;
        range(out, spec)?;
        out.write_str(" | ")?;
        match spec.default {
            None => out.write_str("none")?,
            Some(v) => value(out, spec, v)?,
        }
        let amendable = if spec.mutable { "yes" } else { "no" };
        writeln!(out, " | {amendable} | {} |", spec.about)?;
    }
    Ok(())
}

const fn unit(spec: &ParamSpec) -> &'static str {
    match spec.unit {
        Unit::Count => "count",
        Unit::Quantity => "quantity",
        Unit::Price => "price",
        Unit::Ticks => "ticks",
        Unit::Bps => "bps",
        Unit::Ppm => "percentage",
        Unit::Millis => "ms",
        Unit::Time => "time",
        Unit::Flag => "flag",
        Unit::Choice(_) => "choice",
    }
}

fn range(out: &mut impl Write, spec: &ParamSpec) -> Result {
    match spec.unit {
        Unit::Choice(values) => {
            for (index, (name, _)) in values.iter().enumerate() {
                write!(out, "{}{name}", if index == 0 { "" } else { ", " })?;
            }
            Ok(())
        }
        Unit::Flag => out.write_str("true, false"),
        _ => {
            value(out, spec, spec.min)?;
            out.write_str(" to ")?;
            value(out, spec, spec.max)
        }
    }
}

fn value(out: &mut impl Write, spec: &ParamSpec, v: i64) -> Result {
    match spec.unit {
        Unit::Choice(values) => match values.iter().find(|c| c.1 == v) {
            Some((name, _)) => out.write_str(name),
            None => write!(out, "{v}"),
        },
        Unit::Flag => out.write_str(if v == 0 { "false" } else { "true" }),
        // Percentages have four decimals at most.
        Unit::Ppm if v % 10_000 == 0 => write!(out, "{}%", v / 10_000),
        Unit::Ppm => {
            let mut fraction = v % 10_000;
            let mut digits = 4;
            while fraction % 10 == 0 {
                fraction /= 10;
                digits -= 1;
            }
            write!(out, "{}.{fraction:0digits$}%", v / 10_000)
        }
        _ => write!(out, "{v}"),
    }
}
