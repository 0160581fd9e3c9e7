use super::*;
use crate::curves::score::{Outcome, Scored};
use crate::curves::sessions::Session;
use engine_curves::file::Fitted;
use engine_curves::grid::Kind;
use engine_curves::ladder;
use engine_curves::ladder::Rung;
use proptest::prelude::*;

const BINS: usize = 24;

/// Deterministic numbers in -0.5..0.5.
fn noise(seed: u64) -> impl FnMut() -> f64 {
    let mut state = seed;
    move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1u64 << 53) as f64 - 0.5
    }
}

/// The share of a bin on a known U.
fn u_shape(bin: usize) -> f64 {
    let x = 2.0 * bin as f64 / (BINS - 1) as f64 - 1.0;
    1.0 + 3.0 * x * x
}

/// Bars of a symbol on `days` dates from 2025-01-01 on: the U, a level of the day, a slow wave within the day, noise; `half` of them short.
fn bars(name: &str, seed: u64, days: i32, half: &[i32]) -> Bars {
    let mut draw = noise(seed);
    let mut rows = Vec::new();
    let mut price = 50.0;
    for day in 0..days {
        let date = Date::constant(2025, 1, 1)
            .checked_add(jiff::Span::new().days(day))
            .unwrap();
        let level = 1e5 * (1.2 * draw()).exp();
        let mut wave = 0.0;
        let bins = if half.contains(&day) { BINS / 2 } else { BINS };
        for bin in 0..bins {
            wave = 0.9 * wave + 0.5 * draw();
            price *= 1.0 + 0.004 * draw();
            rows.push(bars::Bar {
                date,
                start: 34_200 + 300 * bin as u32,
                price,
                volume: (level * u_shape(bin) * (wave + 0.3 * draw()).exp()).round(),
            });
        }
    }
    Bars {
        symbol: name.to_owned(),
        path: PathBuf::from(format!("{name}_5min.csv")),
        rows,
        bad: Vec::new(),
        bad_count: 0,
    }
}

fn market() -> Vec<Bars> {
    (0..8)
        .map(|index| bars(&format!("S{index}"), 7 + index, 100, &[30, 85]))
        .collect()
}

const SPLIT: Date = Date::constant(2025, 3, 12);

fn fitted(files: &[Bars]) -> CurveFile {
    fit::fit(
        files,
        fit::Options::until(Some(SPLIT)),
        &BTreeMap::new(),
        |_| {},
    )
    .unwrap()
    .file
}

fn scored(file: &CurveFile, files: &[Bars]) -> Outcome {
    score::score(file, files, Some(SPLIT), &BTreeMap::new(), |_| {}).unwrap()
}

fn mean(outcome: &Outcome, method: usize) -> f64 {
    let full = || outcome.orders.iter().filter(|o| o.kind == Kind::Full);
    full().map(|o| o.tracking[method]).sum::<f64>() / full().count() as f64
}

#[test]
fn on_days_with_a_known_u_the_curve_finds_it_and_the_methods_rank_as_they_should() {
    let files = market();
    let file = fitted(&files);
    let total: f64 = (0..BINS).map(u_shape).sum();
    let class = file.class.as_ref().unwrap();
    for (bin, share) in class.curve.iter().enumerate() {
        let want = u_shape(bin) / total;
        assert!(
            (share - want).abs() < 0.12 * want,
            "bin {bin}: {share} {want}"
        );
    }
    assert_eq!(
        (
            file.source.half_sessions,
            class.half_days[&(BINS / 2)].sessions
        ),
        (8, 8)
    );
    let outcome = scored(&file, &files);
    let (twap, fixed, dynamic) = (mean(&outcome, 0), mean(&outcome, 1), mean(&outcome, 2));
    assert!(
        dynamic < fixed && fixed < 0.8 * twap,
        "{twap} {fixed} {dynamic}"
    );
    let error = |method: usize| {
        let all = outcome.orders.iter().filter_map(|o| o.volume_error);
        all.map(|e| e[method]).sum::<f64>()
    };
    assert!(error(2) < error(1) && error(1) < error(0));
    assert_eq!(
        outcome
            .orders
            .iter()
            .filter(|o| o.kind == Kind::Half)
            .count(),
        8
    );
    assert_eq!(outcome.in_sample, 0);
}

#[test]
fn own_weights_equal_to_the_markets_leave_no_slippage() {
    for file in market() {
        let grid = sessions::grid_of(std::slice::from_ref(&file)).unwrap();
        let calendar = sessions::calendar(std::slice::from_ref(&file), grid);
        for day in sessions::sessions(&file, grid, &calendar, |_| true).days {
            let total = day.volume();
            let market: Vec<f64> = day.volumes.iter().map(|v| v / total).collect();
            // 1e-9 relative is 1e-5 bps.
            assert!(score::tracking_error(&market, &day) < 1e-5 * 1e-3);
        }
    }
}

#[test]
fn a_flat_curve_with_the_dynamic_rule_off_is_twap() {
    let files = market();
    let mut file = fitted(&files);
    file.adaptation.bias = 0.0;
    file.adaptation.filter = 0.0;
    file.adaptation.surprise = 0.0;
    // No symbol and no class: the last rung.
    let mut bare = file.clone();
    bare.symbols.clear();
    bare.class = None;
    let outcome = score::score(&bare, &files, None, &BTreeMap::new(), |_| {}).unwrap();
    assert!(outcome.symbols.iter().all(|s| s.rung == Rung::Twap));
    // Nothing adapts on the last rung, and its first session after the file has nothing but the flat curve.
    let same = |o: &Scored| o.tracking[2] == o.tracking[1];
    assert!(outcome.orders.iter().all(same));
    let base = ladder::flat(BINS);
    let flat = walk::Walk::new(
        &base,
        Some(file.model(file.class.as_ref().unwrap().dynamics)),
        ladder::History::new(20),
        Some(file.symbols["S0"].state.into()),
    );
    let day = Session {
        date: SPLIT,
        kind: Kind::Full,
        volumes: (0..BINS).map(|bin| u_shape(bin) * 1e4).collect(),
        prices: (0..BINS).map(|bin| 10.0 + bin as f64).collect(),
    };
    for weight in flat.plan(&day, None).dynamic_weights {
        assert!((weight - 1.0 / BINS as f64).abs() < 1e-13);
    }
}

#[test]
fn a_symbol_that_the_file_does_not_know_climbs_down_the_ladder_and_says_so() {
    let files = market();
    let groups = BTreeMap::from([("S0".to_owned(), "tech".to_owned())]);
    let file = fit::fit(&files, fit::Options::until(Some(SPLIT)), &groups, |_| {})
        .unwrap()
        .file;
    assert_eq!(file.groups["tech"].symbols, 1);
    let rung = |symbol: &str, group: Option<&str>| ladder::base(&file, symbol, group).rung;
    assert_eq!(rung("S3", None), Rung::Symbol);
    assert_eq!(rung("NEW", Some("tech")), Rung::Sector);
    assert_eq!(rung("NEW", Some("banks")), Rung::AssetClass);
    assert_eq!(rung("NEW", None), Rung::AssetClass);
    let new: Vec<Bars> = vec![bars("NEW", 99, 100, &[])];
    let outcome = scored(&file, &new);
    assert_eq!(outcome.symbols[0].rung, Rung::AssetClass);
    assert!(mean(&outcome, 2) < mean(&outcome, 1));
    let document = report::score_document(&outcome, &file, Path::new("f"));
    let notes = document["notes"].to_string();
    assert!(notes.contains("NEW (asset_class)"), "{notes}");
    // Nothing before the first scored session: the class curve, and dynamic waits for a first session.
    let young = vec![bars("YOUNG", 98, 100, &[])];
    let late = Date::constant(2025, 1, 1);
    let outcome = score::score(&file, &young, Some(late), &BTreeMap::new(), |_| {}).unwrap();
    assert_eq!(
        (outcome.symbols[0].cold, outcome.symbols[0].short_history),
        (1, 20)
    );
    assert_eq!(outcome.orders[0].tracking[1], outcome.orders[0].tracking[2]);
}

#[test]
fn bars_of_the_test_period_alone_go_on_from_the_file() {
    let files = market();
    let file = fitted(&files);
    let later: Vec<Bars> = files
        .iter()
        .map(|bars| Bars {
            rows: bars
                .rows
                .iter()
                .copied()
                .filter(|bar| bar.date >= SPLIT)
                .collect(),
            ..bars.clone()
        })
        .collect();
    assert_eq!(scored(&file, &files).orders, scored(&file, &later).orders);
}

#[test]
fn scoring_inside_the_fit_period_is_said_and_sees_no_later_history() {
    let files = market();
    let file = fitted(&files);
    let from = Date::constant(2025, 2, 10);
    let outcome = score::score(&file, &files, Some(from), &BTreeMap::new(), |_| {}).unwrap();
    assert!(outcome.in_sample > 0);
    let mut other = file.clone();
    for fitted in other.symbols.values_mut() {
        fitted
            .recent
            .iter_mut()
            .flatten()
            .for_each(|volume| *volume *= 3.0);
    }
    let again = score::score(&other, &files, Some(from), &BTreeMap::new(), |_| {}).unwrap();
    assert_eq!(outcome.orders, again.orders);
    let document = report::score_document(&outcome, &file, Path::new("f"));
    assert!(
        document["notes"][0]
            .as_str()
            .unwrap()
            .contains("inside the fit period")
    );
}

#[test]
fn the_same_bars_give_the_same_bytes_whatever_comes_after_the_split() {
    let files = market();
    let file = fitted(&files);
    let mut changed = files.clone();
    for row in changed.iter_mut().flat_map(|bars| &mut bars.rows) {
        if row.date >= SPLIT {
            row.volume *= 17.0;
            row.price += 3.0;
        }
    }
    let text = file.text().unwrap();
    assert!(
        text == fitted(&changed).text().unwrap(),
        "later bars changed the file"
    );
    assert!(
        CurveFile::parse(&text).unwrap() == file,
        "reading lost something"
    );
    let wrong = |text: &str| file_error(CurveFile::parse(text).unwrap_err()).code.clone();
    assert_eq!(wrong(&text.replacen("0.1", "0.2", 1)), "file.curves");
    assert_eq!(wrong(&text[..text.len() / 2]), "file.curves");
    assert_eq!(wrong("{}"), "file.curves");
    let mut bad = file.clone();
    let break_it = |fitted: &mut Fitted| fitted.dynamics.r = 0.0;
    bad.symbols.values_mut().for_each(break_it);
    let error = file_error(CurveFile::parse(&bad.text().unwrap()).unwrap_err());
    assert_eq!(error.field.as_deref(), Some("S0"));
}

#[test]
fn the_score_document_has_the_fields_that_scripts_rely_on() {
    let files = market();
    let file = fitted(&files);
    let document = report::score_document(&scored(&file, &files), &file, Path::new("f"));
    assert_eq!(document["schema"], "pacer.curves/1");
    for method in score::METHODS {
        let found = &document["methods"][method];
        for field in ["tracking_error_bps_mean", "volume_error_mean"] {
            assert!(found[field].is_f64(), "{method} {field}");
        }
        assert!(found["n"].is_u64());
        assert!(document["half_days"]["methods"][method]["n"].is_u64());
    }
    let first = &document["pairs"][0];
    assert_eq!(
        (&first["a"], &first["b"]),
        (&"dynamic".into(), &"static".into())
    );
    let interval = first["ci95"].as_array().unwrap();
    let change = first["change_percent"].as_f64().unwrap();
    assert!(interval[0].as_f64().unwrap() <= change && change <= interval[1].as_f64().unwrap());
    assert_eq!(document["symbols"].as_array().unwrap().len(), 8);
}

#[test]
fn the_commands_run_on_files_and_refuse_wrong_ones_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let mut text = "datetime,open,high,low,close,volume\n".to_owned();
    for bar in bars("AB", 5, 60, &[]).rows {
        let (hour, minute) = (bar.start / 3600, bar.start / 60 % 60);
        let (date, p, v) = (bar.date, bar.price, bar.volume);
        text += &format!("{date} {hour:02}:{minute:02}:00,{p},{p},{p},{p},{v}\n");
    }
    let path = folder.path().join("AB_5min.csv.zst");
    std::fs::write(&path, zstd::encode_all(text.as_bytes(), 1).unwrap()).unwrap();
    let out = folder.path().join("curves.json");
    let fit_args = FitArgs {
        curve_days: 20,
        averaging: Averaging::Mean,
        bars: vec![folder.path().to_owned()],
        out: out.clone(),
        until: Some(Date::constant(2025, 2, 10)),
        groups: None,
    };
    assert_eq!(run_fit(&fit_args, false), Ok(true));
    let score_args = ScoreArgs {
        file: out.clone(),
        bars: vec![path.clone()],
        from: None,
        groups: None,
    };
    assert_eq!(run_score(&score_args, true), Ok(true));
    let replace = FitArgs {
        out: path.clone(),
        ..fit_args.clone()
    };
    assert_eq!(run_fit(&replace, false).unwrap_err()[0].code, "usage.out");
    let other = folder.path().join("CD_5min.csv");
    std::fs::write(&other, "time,price\n1,2\n").unwrap();
    let errors = run_fit(&fit_args, false).unwrap_err();
    assert_eq!((errors.len(), errors[0].line), (1, Some(1)));
    let late = ScoreArgs {
        from: Some(Date::constant(2027, 1, 1)),
        ..score_args
    };
    assert_eq!(run_score(&late, false).unwrap_err()[0].code, "file.bars");
}

/// A small part of the real bars: every method on dates after the split.
#[test]
fn on_real_bars_dynamic_tracks_better_than_static_and_static_better_than_twap() {
    let Some(folder) = std::env::var_os("PACER_MARKET_DATA") else {
        eprintln!("SKIPPED: real bars are not there; set PACER_MARKET_DATA");
        return;
    };
    let folder = PathBuf::from(folder).join("bars-5min-us");
    let paths: Vec<PathBuf> = ["AAPL", "C", "CVX", "GS", "SPY", "XLE"]
        .map(|name| folder.join(format!("{name}_5min.csv.zst")))
        .into();
    let files = read_all(&paths).unwrap();
    let split = Date::constant(2025, 11, 1);
    let file = fit::fit(
        &files,
        fit::Options::until(Some(split)),
        &BTreeMap::new(),
        |_| {},
    )
    .unwrap()
    .file;
    let outcome = score::score(&file, &files, Some(split), &BTreeMap::new(), |_| {}).unwrap();
    let (twap, fixed, dynamic) = (mean(&outcome, 0), mean(&outcome, 1), mean(&outcome, 2));
    assert_eq!(outcome.orders.len(), 6 * 41);
    assert!(dynamic < fixed && fixed < twap, "{twap} {fixed} {dynamic}");
}

/// What is planned for one symbol, by date.
fn planned(file: &CurveFile, files: &[Bars], at: usize) -> Vec<(Date, walk::Planned)> {
    let calendar = sessions::calendar(files, file.grid);
    let base = ladder::base(file, &files[at].symbol, None);
    let fitted = &file.symbols[&files[at].symbol];
    let model = file.model(fitted.dynamics);
    let history = ladder::History::new(file.window_sessions);
    let mut walk = walk::Walk::new(&base, Some(model), history, Some(fitted.start.into()));
    let days = sessions::sessions(&files[at], file.grid, &calendar, |_| true).days;
    days.iter()
        .map(|day| {
            let planned = walk.plan(day, None);
            walk.advance(day);
            (day.date, planned)
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn no_weight_depends_on_its_own_bar_or_a_later_one(at in 0usize..2400, factor in 0.0..40.0f64) {
        let files = vec![bars("S0", 7, 100, &[])];
        let file = fitted(&files);
        let cut = at % files[0].rows.len();
        let mut changed = files.clone();
        for row in &mut changed[0].rows[cut..] {
            row.volume = row.volume * factor + 1.0;
            row.price *= 1.01;
        }
        let (one, other) = (planned(&file, &files, 0), planned(&file, &changed, 0));
        let (day, bin) = (cut / BINS, cut % BINS);
        for ((date, a), (_, b)) in one.iter().zip(&other).take(day) {
            prop_assert_eq!(a, b, "{}", date);
        }
        prop_assert_eq!(&one[day].1.static_weights, &other[day].1.static_weights);
        prop_assert_eq!(&one[day].1.dynamic_weights[..=bin], &other[day].1.dynamic_weights[..=bin]);
        prop_assert_eq!(&one[day].1.forecast[..=bin], &other[day].1.forecast[..=bin]);
        for (_, planned) in &one {
            let total: f64 = planned.dynamic_weights.iter().sum();
            prop_assert!((total - 1.0).abs() < 1e-12);
            prop_assert!(planned.dynamic_weights.iter().all(|w| *w >= 0.0));
            let (mut own, mut fixed) = (0.0, 0.0);
            for (a, b) in planned.dynamic_weights.iter().zip(&planned.static_weights) {
                own += a;
                fixed += b;
                prop_assert!(own <= fixed + 0.1 + 1e-9);
            }
        }
    }
}
