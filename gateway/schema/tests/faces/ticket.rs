//! The structure of a FIXatdl 1.1 document, element by element: what the schema's sequence and attribute tables demand, and the
//! references that no XML schema can check. The same checks pass over the published sample strategies.

use engine_algos::registry::{algorithms, specs};
use roxmltree::{Document, Node};
use shm_wire::params::Unit;
use std::collections::{BTreeMap, BTreeSet};

const CORE: &str = "http://www.fixprotocol.org/FIXatdl-1-1/Core";
const LAYOUT: &str = "http://www.fixprotocol.org/FIXatdl-1-1/Layout";
const VALIDATION: &str = "http://www.fixprotocol.org/FIXatdl-1-1/Validation";
const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// Children of a strategy, in the order that the schema demands.
const STRATEGY: &[&str] = &[
    "Description",
    "Edit",
    "Regions",
    "Markets",
    "SecurityTypes",
    "Parameter",
    "RepeatingGroup",
    "StrategyLayout",
    "StrategyEdit",
];
const STRATEGIES_ATTRIBUTES: &[&str] = &[
    "schemaLocation",
    "strategyIdentifierTag",
    "versionIdentifierTag",
    "tag957Support",
    "imageLocation",
    "changeStrategyOnCxlRpl",
    "draftFlagIdentifierTag",
];
const STRATEGY_ATTRIBUTES: &[&str] = &[
    "name",
    "uiRep",
    "wireValue",
    "version",
    "fixMsgType",
    "providerID",
    "providerSubID",
    "disclosureDoc",
    "imageLocation",
    "orderSequenceTag",
    "sentOrderLink",
    "totalLegs",
    "totalOrders",
];
const PARAMETER_ATTRIBUTES: &[&str] = &[
    "name",
    "type",
    "fixTag",
    "use",
    "mutableOnCxlRpl",
    "revertOnCxlRpl",
    "definedByFIX",
    "constValue",
];
/// Further attributes of a parameter by its type; a type that is not here is unknown.
const TYPES: &[(&str, &[&str])] = &[
    ("Int_t", &["minValue", "maxValue"]),
    ("Float_t", &["minValue", "maxValue", "precision"]),
    ("Qty_t", &["minValue", "maxValue", "precision"]),
    ("Price_t", &["minValue", "maxValue", "precision"]),
    (
        "Percentage_t",
        &["minValue", "maxValue", "precision", "multiplyBy100"],
    ),
    ("UTCTimestamp_t", &["minValue", "maxValue", "localMktTz"]),
    ("Boolean_t", &["trueWireValue", "falseWireValue"]),
    ("Char_t", &[]),
    ("String_t", &["minLength", "maxLength"]),
    (
        "MultipleCharValue_t",
        &["minLength", "maxLength", "invertOnWire"],
    ),
];
const CONTROL_ATTRIBUTES: &[&str] = &[
    "ID",
    "type",
    "label",
    "parameterRef",
    "tooltip",
    "initFixField",
    "initPolicy",
    "disableForTemplate",
    "initValue",
];
const CONTROLS: &[(&str, &[&str])] = &[
    ("Clock_t", &["initValueMode", "localMktTz"]),
    ("DropDownList_t", &[]),
    ("CheckBox_t", &["checkedEnumRef", "uncheckedEnumRef"]),
    ("CheckBoxList_t", &["orientation"]),
    ("RadioButtonList_t", &["orientation"]),
    ("SingleSpinner_t", &["increment", "incrementPolicy"]),
    (
        "DoubleSpinner_t",
        &[
            "innerIncrement",
            "innerIncrementPolicy",
            "outerIncrement",
            "outerIncrementPolicy",
        ],
    ),
    ("TextField_t", &["minLength", "maxLength"]),
    ("Label_t", &[]),
    ("Slider_t", &["increment"]),
];
const OPERATORS: &[&str] = &["EX", "NX", "EQ", "NE", "LT", "GT", "LE", "GE"];

/// Everything that is wrong with a document.
fn faults(text: &str) -> Vec<String> {
    let document = match Document::parse(text) {
        Ok(document) => document,
        Err(e) => return vec![e.to_string()],
    };
    let root = document.root_element();
    let mut faults = Vec::new();
    if !root.has_tag_name((CORE, "Strategies")) {
        return vec!["the root is not core Strategies".to_owned()];
    }
    attributes(
        &mut faults,
        root,
        STRATEGIES_ATTRIBUTES,
        &[],
        &["strategyIdentifierTag"],
    );
    let group = root.attribute("tag957Support") == Some("true");
    let mut names = BTreeSet::new();
    for s in elements(root).filter(|n| n.has_tag_name((CORE, "Strategy"))) {
        attributes(
            &mut faults,
            s,
            STRATEGY_ATTRIBUTES,
            &[],
            &["name", "wireValue"],
        );
        if !names.insert(s.attribute("name")) {
            faults.push(format!("strategy {:?} twice", s.attribute("name")));
        }
        strategy(&mut faults, s, group);
    }
    if names.is_empty() {
        faults.push("no strategy".to_owned());
    }
    faults
}

fn elements<'a, 'b>(node: Node<'a, 'b>) -> impl Iterator<Item = Node<'a, 'b>> {
    node.children().filter(Node::is_element)
}

fn attributes(
    faults: &mut Vec<String>,
    node: Node<'_, '_>,
    common: &[&str],
    own: &[&str],
    needed: &[&str],
) {
    let name = node.tag_name().name();
    for a in node.attributes() {
        if !common.contains(&a.name()) && !own.contains(&a.name()) {
            faults.push(format!("{name} has no attribute {}", a.name()));
        }
    }
    for key in needed {
        if node.attribute(*key).is_none_or(str::is_empty) {
            faults.push(format!("{name} lacks {key}"));
        }
    }
}

fn kind<'a>(node: Node<'a, '_>) -> &'a str {
    let kind = node.attribute((XSI, "type")).unwrap_or_default();
    kind.strip_prefix("lay:").unwrap_or(kind)
}

fn strategy(faults: &mut Vec<String>, s: Node<'_, '_>, group: bool) {
    let mut last = 0;
    for child in elements(s) {
        match STRATEGY.iter().position(|n| *n == child.tag_name().name()) {
            Some(at) if at >= last => last = at,
            Some(_) => faults.push(format!("{} is out of order", child.tag_name().name())),
            None => faults.push(format!("Strategy has no {}", child.tag_name().name())),
        }
    }
    let mut enums: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for p in elements(s).filter(|n| n.has_tag_name((CORE, "Parameter"))) {
        let values = parameter(faults, p, group);
        let name = p.attribute("name").unwrap_or_default();
        if enums.insert(name, values).is_some() {
            faults.push(format!("parameter {name} twice"));
        }
    }
    let layouts: Vec<_> = elements(s)
        .filter(|n| n.has_tag_name((LAYOUT, "StrategyLayout")))
        .collect();
    if layouts.len() != 1 {
        faults.push(format!("{} layouts", layouts.len()));
    }
    let mut ids = BTreeSet::new();
    for node in layouts
        .iter()
        .flat_map(Node::descendants)
        .filter(Node::is_element)
    {
        match node.tag_name().name() {
            "StrategyPanel" => panel(faults, node),
            "Control" => {
                control(faults, node, &enums);
                if !ids.insert(node.attribute("ID")) {
                    faults.push(format!("control {:?} twice", node.attribute("ID")));
                }
            }
            _ => {}
        }
    }
    for edit in elements(s).filter(|n| n.has_tag_name((VALIDATION, "StrategyEdit"))) {
        attributes(faults, edit, &["errorMessage"], &[], &["errorMessage"]);
        for e in edit
            .descendants()
            .filter(|n| n.has_tag_name((VALIDATION, "Edit")))
        {
            expression(faults, e, &enums);
        }
    }
}

fn parameter<'a>(faults: &mut Vec<String>, p: Node<'a, '_>, group: bool) -> BTreeSet<&'a str> {
    let name = p.attribute("name").unwrap_or_default();
    let Some((_, own)) = TYPES.iter().find(|t| t.0 == kind(p)) else {
        faults.push(format!(
            "parameter {name} has the unknown type {:?}",
            kind(p)
        ));
        return BTreeSet::new();
    };
    attributes(faults, p, PARAMETER_ATTRIBUTES, own, &["name"]);
    let good = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if !good {
        faults.push(format!("parameter name {name:?}"));
    }
    if !group && p.attribute("fixTag").is_none() {
        faults.push(format!("parameter {name} has no way to travel"));
    }
    let number = |key| {
        p.attribute(key)
            .map(|v| v.parse::<f64>().unwrap_or(f64::NAN))
    };
    if let (Some(low), Some(high)) = (number("minValue"), number("maxValue"))
        && (low > high || low.is_nan() || high.is_nan())
    {
        faults.push(format!("parameter {name} has an empty range"));
    }
    let mut ids = BTreeSet::new();
    for pair in elements(p).filter(|n| n.has_tag_name((CORE, "EnumPair"))) {
        attributes(
            faults,
            pair,
            &["enumID", "wireValue", "index"],
            &[],
            &["enumID", "wireValue"],
        );
        if !ids.insert(pair.attribute("enumID").unwrap_or_default()) {
            faults.push(format!("parameter {name} has an enumID twice"));
        }
    }
    ids
}

fn panel(faults: &mut Vec<String>, node: Node<'_, '_>) {
    let allowed = [
        "title",
        "orientation",
        "collapsible",
        "collapsed",
        "border",
        "color",
    ];
    attributes(faults, node, &allowed, &[], &[]);
    let kinds: BTreeSet<_> = elements(node).map(|c| c.tag_name().name()).collect();
    if kinds.len() != 1 {
        faults.push(format!(
            "a panel holds {kinds:?}: either panels or controls"
        ));
    }
}

fn control(faults: &mut Vec<String>, c: Node<'_, '_>, enums: &BTreeMap<&str, BTreeSet<&str>>) {
    let id = c.attribute("ID").unwrap_or_default();
    let Some((_, own)) = CONTROLS.iter().find(|t| t.0 == kind(c)) else {
        faults.push(format!("control {id} has the unknown type {:?}", kind(c)));
        return;
    };
    attributes(faults, c, CONTROL_ATTRIBUTES, own, &["ID"]);
    let Some(reference) = c.attribute("parameterRef") else {
        return;
    };
    let Some(values) = enums.get(reference) else {
        faults.push(format!(
            "control {id} refers to the unknown parameter {reference}"
        ));
        return;
    };
    let items: BTreeSet<_> = elements(c)
        .filter(|n| n.has_tag_name((LAYOUT, "ListItem")))
        .filter_map(|n| n.attribute("enumID"))
        .collect();
    if !items.is_empty() && items != *values {
        faults.push(format!(
            "control {id} lists other values than {reference} has"
        ));
    }
}

fn expression(faults: &mut Vec<String>, e: Node<'_, '_>, enums: &BTreeMap<&str, BTreeSet<&str>>) {
    let known = |field: &str| enums.contains_key(field) || field.starts_with("FIX_");
    for field in [e.attribute("field"), e.attribute("field2")]
        .into_iter()
        .flatten()
    {
        if !known(field) {
            faults.push(format!("an edit speaks of the unknown parameter {field}"));
        }
    }
    let good = match (e.attribute("logicOperator"), e.attribute("operator")) {
        (Some("AND" | "OR" | "XOR" | "NOT"), None) => elements(e).count() > 0,
        (None, Some(operator)) => OPERATORS.contains(&operator),
        _ => false,
    };
    if !good {
        faults.push("an edit has neither a logic operator with parts nor an operator".to_owned());
    }
}

#[test]
fn the_ticket_of_every_algorithm_is_a_sound_fixatdl_document() {
    assert_eq!(faults(&gateway_schema::fixatdl()), Vec::<String>::new());
}

#[test]
fn the_ticket_says_of_each_parameter_what_its_table_says() {
    let text = gateway_schema::fixatdl();
    let document = Document::parse(&text).unwrap();
    let strategies: Vec<_> = elements(document.root_element())
        .filter(|n| n.has_tag_name((CORE, "Strategy")))
        .collect();
    assert_eq!(strategies.len(), algorithms().len());
    let wires: BTreeSet<_> = strategies
        .iter()
        .map(|s| s.attribute("wireValue"))
        .collect();
    assert_eq!(
        wires.len(),
        strategies.len(),
        "each algorithm has its own TargetStrategy"
    );
    for (s, algorithm) in strategies.iter().zip(algorithms()) {
        assert_eq!(s.attribute("name"), Some(algorithm.text()));
        for spec in specs(*algorithm) {
            let find = |name: &str, key: &str| {
                s.descendants()
                    .find(|n| n.tag_name().name() == name && n.attribute(key) == Some(spec.name))
                    .unwrap_or_else(|| panic!("{name} {}", spec.name))
            };
            let p = find("Parameter", "name");
            assert_eq!(
                p.attribute("mutableOnCxlRpl"),
                Some(spec.mutable.to_string().as_str())
            );
            let (low, high) = (p.attribute("minValue"), p.attribute("maxValue"));
            match spec.unit {
                Unit::Ppm => {
                    let ppm = |v: Option<&str>| v.unwrap().parse::<f64>().unwrap() * 1e6;
                    assert!((ppm(low) - spec.min as f64).abs() < 1e-3);
                    assert!((ppm(high) - spec.max as f64).abs() < 1e-3);
                }
                Unit::Count | Unit::Ticks | Unit::Bps | Unit::Millis => {
                    // FIXatdl's whole numbers have 32 bits: a wider range is cut to them.
                    let cut = |v: i64| v.clamp(i32::MIN.into(), i32::MAX.into()).to_string();
                    assert_eq!(low, Some(cut(spec.min).as_str()), "{}", spec.name);
                    assert_eq!(high, Some(cut(spec.max).as_str()), "{}", spec.name);
                }
                Unit::Choice(values) => {
                    let pairs: Vec<_> = elements(p)
                        .filter_map(|n| n.attribute("wireValue"))
                        .collect();
                    assert_eq!(pairs, values.iter().map(|v| v.0).collect::<Vec<_>>());
                }
                Unit::Quantity | Unit::Price | Unit::Time | Unit::Flag => {}
            }
            find("Control", "parameterRef");
        }
    }
}

#[test]
fn the_checks_find_what_is_wrong() {
    let good = gateway_schema::fixatdl();
    for (from, to, fault) in [
        ("<Strategies", "<Strategy", "mismatched"),
        ("Core\"", "Cores\"", "the root"),
        (
            " strategyIdentifierTag=\"847\"",
            "",
            "lacks strategyIdentifierTag",
        ),
        (" tag957Support=\"true\"", "", "no way to travel"),
        ("lay:DropDownList_t", "lay:DropDown_t", "unknown type"),
        (
            "parameterRef=\"completion\"",
            "parameterRef=\"completions\"",
            "unknown parameter",
        ),
        (
            "lay:ListItem enumID=\"e_SOFT\"",
            "lay:ListItem enumID=\"e_SOFTER\"",
            "other values",
        ),
        (
            "operator=\"NX\"",
            "operator=\"NN\"",
            "neither a logic operator",
        ),
        ("field=\"start_time\"", "field=\"begin\"", "speaks of"),
        (
            "minValue=\"100\"",
            "minValue=\"99999999999\"",
            "empty range",
        ),
        ("\"Percentage_t\"", "\"Percent_t\"", "unknown type"),
        ("name=\"min_slice_qty\"", "name=\"max_slice_qty\"", "twice"),
        (
            " use=\"optional\"",
            " uses=\"optional\"",
            "no attribute uses",
        ),
    ] {
        let bad = good.replacen(from, to, 1);
        assert_ne!(bad, good, "{from}");
        let found = faults(&bad).join("\n");
        assert!(
            found.contains(fault) || (fault == "mismatched" && !found.is_empty()),
            "{from} -> {to}: {found}"
        );
    }
}

#[test]
fn published_sample_strategies_pass_the_same_checks() {
    let Some(data) = std::env::var_os("PACER_MARKET_DATA") else {
        eprintln!(
            "SKIPPED: published FIXatdl samples; set PACER_MARKET_DATA to the folder that holds fixatdl/"
        );
        return;
    };
    let mut checked = 0;
    for provider in ["atdl4j", "fix-trading-community", "fixportal"] {
        let dir = std::path::Path::new(&data).join("fixatdl").join(provider);
        for entry in std::fs::read_dir(&dir).unwrap() {
            let path = entry.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            // The release candidate of version 1.2 has other namespaces and elements.
            if text.contains("FIXatdl-1-1/Core") {
                let mut found = faults(&text);
                // One sample misspells constValue.
                found.retain(|f| f != "Parameter has no attribute const");
                assert_eq!(found, Vec::<String>::new(), "{}", path.display());
                checked += 1;
            }
        }
    }
    assert!(checked >= 10, "{checked} samples");
}
