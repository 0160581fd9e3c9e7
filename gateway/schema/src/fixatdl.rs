//! FIXatdl 1.1 (errata of 2010-12-21): the order ticket of every algorithm, for an OMS to render.
//!
//! - TargetStrategy (847) names the algorithm: FIX's own values where it has them (1 VWAP, 2 participate, 3 minimise
//!   market impact), else 1000 + the algorithm's number.
//! - Parameters travel in the group NoStrategyParameters 957 / Name 958 / Type 959 / Value 960 (`tag957Support`); start and
//!   end are EffectiveTime 168 and ExpireTime 126.
//! - A field left empty is not sent, and the default applies; so the controls carry no initial values, except check boxes,
//!   which always send. An order takes as many parameters as the wire has room for.
//! - Quantities travel in units of the instrument, so their range in quantity steps stands in the description only.

use crate::values::{decimal, description, fraction, range_in_words};
use engine_algos::registry::{about, algorithms, specs};
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};
use shm_wire::codes::AlgorithmCode;
use shm_wire::params::{ParamSpec, Unit};
use std::io;

/// Provider of the strategies.
const PROVIDER: &str = "PACER";
/// First of the bilateral values of TargetStrategy.
const BILATERAL: u16 = 1_000;
/// Identifiers of parameters that every algorithm shares lie below.
const SHARED_BELOW: u16 = 100;
/// Parameters that bound each other, the smaller first.
const ASCENDING: [[&str; 2]; 4] = [
    ["min_slice_qty", "max_slice_qty"],
    ["min_pct_vol", "target_pct_vol"],
    ["target_pct_vol", "max_pct_vol"],
    ["min_pct_vol", "max_pct_vol"],
];

type Xml = Writer<Vec<u8>>;

/// The value of TargetStrategy (847) that asks for an algorithm.
#[must_use]
pub fn target_strategy(algorithm: AlgorithmCode) -> u16 {
    match algorithm {
        AlgorithmCode::Vwap => 1,
        AlgorithmCode::Pov => 2,
        AlgorithmCode::Is => 3,
        other => BILATERAL + other.code(),
    }
}

/// The whole document.
#[must_use]
pub fn fixatdl() -> String {
    let mut xml = Writer::new_with_indent(Vec::new(), b' ', 2);
    // Writing to memory cannot fail, and every text is written as UTF-8.
    let written = document(&mut xml);
    debug_assert!(written.is_ok());
    let mut text = String::from_utf8_lossy(&xml.into_inner()).into_owned();
    text.push('\n');
    text
}

fn document(xml: &mut Xml) -> io::Result<()> {
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None)))?;
    xml.create_element("Strategies")
        .with_attributes([
            ("xmlns", "http://www.fixprotocol.org/FIXatdl-1-1/Core"),
            ("xmlns:val", "http://www.fixprotocol.org/FIXatdl-1-1/Validation"),
            ("xmlns:lay", "http://www.fixprotocol.org/FIXatdl-1-1/Layout"),
            ("xmlns:flow", "http://www.fixprotocol.org/FIXatdl-1-1/Flow"),
            ("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance"),
            (
                "xsi:schemaLocation",
                "http://www.fixprotocol.org/FIXatdl-1-1/Core fixatdl-core-1-1.xsd",
            ),
            ("strategyIdentifierTag", "847"),
            ("tag957Support", "true"),
        ])
        .write_inner_content(|xml| {
            describe(
                xml,
                "Generated from the parameter tables of engine/algos. Parameters travel in the group 957 to 960.",
            )?;
            algorithms().iter().try_for_each(|a| strategy(xml, *a))
        })?;
    Ok(())
}

fn describe(xml: &mut Xml, text: &str) -> io::Result<()> {
    xml.create_element("Description")
        .write_text_content(BytesText::new(text))?;
    Ok(())
}

fn strategy(xml: &mut Xml, algorithm: AlgorithmCode) -> io::Result<()> {
    let name = algorithm.text();
    let wire = target_strategy(algorithm).to_string();
    xml.create_element("Strategy")
        .with_attributes([
            ("name", name),
            ("uiRep", name),
            ("wireValue", &wire),
            ("version", "1"),
            ("fixMsgType", "D"),
            ("providerID", PROVIDER),
        ])
        .write_inner_content(|xml| {
            describe(xml, about(algorithm).unwrap_or_default())?;
            instant(xml, "start_time", "168", "Start; now when empty.")?;
            instant(
                xml,
                "end_time",
                "126",
                "End; the end of the session when empty.",
            )?;
            specs(algorithm).try_for_each(|s| parameter(xml, s))?;
            layout(xml, algorithm)?;
            rules(xml, algorithm)
        })?;
    Ok(())
}

fn instant(xml: &mut Xml, name: &str, tag: &str, about: &str) -> io::Result<()> {
    xml.create_element("Parameter")
        .with_attributes([
            ("name", name),
            ("xsi:type", "UTCTimestamp_t"),
            ("fixTag", tag),
            ("definedByFIX", "true"),
            ("use", "optional"),
            (
                "mutableOnCxlRpl",
                if tag == "126" { "true" } else { "false" },
            ),
        ])
        .write_inner_content(|xml| describe(xml, about))?;
    Ok(())
}

fn parameter(xml: &mut Xml, spec: &ParamSpec) -> io::Result<()> {
    let mutable = if spec.mutable { "true" } else { "false" };
    let mut element = xml.create_element("Parameter").with_attributes([
        ("name", spec.name),
        ("xsi:type", parameter_type(spec.unit)),
        ("use", "optional"),
        ("mutableOnCxlRpl", mutable),
    ]);
    if let Some((low, high)) = bounds(spec) {
        element = element
            .with_attribute(("minValue", low.as_str()))
            .with_attribute(("maxValue", high.as_str()));
    }
    element.write_inner_content(|xml| {
        describe(xml, &description(spec))?;
        if let Unit::Choice(values) = spec.unit {
            for (name, _) in values {
                xml.create_element("EnumPair")
                    .with_attributes([("enumID", enum_id(name).as_str()), ("wireValue", name)])
                    .write_empty()?;
            }
        }
        Ok(())
    })?;
    Ok(())
}

/// Type of a parameter in FIXatdl.
const fn parameter_type(unit: Unit) -> &'static str {
    match unit {
        Unit::Count | Unit::Ticks | Unit::Bps | Unit::Millis => "Int_t",
        Unit::Quantity => "Qty_t",
        Unit::Price => "Price_t",
        Unit::Ppm => "Percentage_t",
        Unit::Time => "UTCTimestamp_t",
        Unit::Flag => "Boolean_t",
        Unit::Choice(_) => "String_t",
    }
}

/// Least and largest value, where the type takes them and they mean the same for every instrument.
fn bounds(spec: &ParamSpec) -> Option<(String, String)> {
    match spec.unit {
        Unit::Count | Unit::Ticks | Unit::Bps | Unit::Millis => {
            // Int_t has 32 bits; what is beyond is checked at accept.
            let cut = |v: i64| {
                v.clamp(i64::from(i32::MIN), i64::from(i32::MAX))
                    .to_string()
            };
            Some((cut(spec.min), cut(spec.max)))
        }
        Unit::Ppm => Some((fraction(spec.min), fraction(spec.max))),
        Unit::Price => Some((decimal(spec.min, 9), decimal(spec.max, 9))),
        Unit::Quantity | Unit::Time | Unit::Flag | Unit::Choice(_) => None,
    }
}

fn enum_id(name: &str) -> String {
    format!("e_{name}")
}

fn layout(xml: &mut Xml, algorithm: AlgorithmCode) -> io::Result<()> {
    let own: Vec<_> = specs(algorithm).filter(|s| s.id >= SHARED_BELOW).collect();
    let shared: Vec<_> = specs(algorithm).filter(|s| s.id < SHARED_BELOW).collect();
    xml.create_element("lay:StrategyLayout")
        .write_inner_content(|xml| {
            let outer = xml
                .create_element("lay:StrategyPanel")
                .with_attributes([("orientation", "VERTICAL"), ("collapsible", "false")]);
            outer.write_inner_content(|xml| {
                panel(xml, "Time", "HORIZONTAL", |xml| {
                    clock(xml, "start_time")?;
                    clock(xml, "end_time")
                })?;
                if !own.is_empty() {
                    panel(xml, algorithm.text(), "VERTICAL", |xml| {
                        own.iter().try_for_each(|s| control(xml, s))
                    })?;
                }
                panel(xml, "All algorithms", "VERTICAL", |xml| {
                    shared.iter().try_for_each(|s| control(xml, s))
                })
            })?;
            Ok(())
        })?;
    Ok(())
}

fn panel(
    xml: &mut Xml,
    title: &str,
    orientation: &str,
    content: impl FnOnce(&mut Xml) -> io::Result<()>,
) -> io::Result<()> {
    xml.create_element("lay:StrategyPanel")
        .with_attributes([
            ("title", title),
            ("orientation", orientation),
            ("collapsible", "false"),
            ("border", "Line"),
        ])
        .write_inner_content(content)?;
    Ok(())
}

fn clock(xml: &mut Xml, name: &str) -> io::Result<()> {
    xml.create_element("lay:Control")
        .with_attributes([
            ("ID", control_id(name).as_str()),
            ("xsi:type", "lay:Clock_t"),
            ("parameterRef", name),
            ("label", &label(name)),
        ])
        .write_empty()?;
    Ok(())
}

fn control_id(name: &str) -> String {
    format!("c_{name}")
}

/// `max_pct_vol` as a person reads it: `Max pct vol`.
fn label(name: &str) -> String {
    let words = name.replace('_', " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

fn control(xml: &mut Xml, spec: &ParamSpec) -> io::Result<()> {
    if matches!(spec.unit, Unit::Time) {
        return clock(xml, spec.name);
    }
    let id = control_id(spec.name);
    let (kind, extra) = match spec.unit {
        Unit::Choice(_) => ("lay:DropDownList_t", None),
        Unit::Flag => {
            let checked = if spec.default == Some(1) {
                "true"
            } else {
                "false"
            };
            ("lay:CheckBox_t", Some(("initValue", checked)))
        }
        Unit::Quantity => ("lay:SingleSpinner_t", Some(("incrementPolicy", "LotSize"))),
        Unit::Price => ("lay:SingleSpinner_t", Some(("incrementPolicy", "Tick"))),
        Unit::Ppm => ("lay:SingleSpinner_t", Some(("increment", "0.01"))),
        Unit::Count | Unit::Ticks | Unit::Bps | Unit::Millis | Unit::Time => {
            ("lay:SingleSpinner_t", Some(("increment", "1")))
        }
    };
    let tip = range_in_words(spec);
    let element = xml
        .create_element("lay:Control")
        .with_attributes([
            ("ID", id.as_str()),
            ("xsi:type", kind),
            ("parameterRef", spec.name),
            ("label", &label(spec.name)),
            ("tooltip", &tip),
        ])
        .with_attributes(extra);
    let Unit::Choice(values) = spec.unit else {
        element.write_empty()?;
        return Ok(());
    };
    element.write_inner_content(|xml| {
        for (name, _) in values {
            xml.create_element("lay:ListItem")
                .with_attributes([("enumID", enum_id(name).as_str()), ("uiRep", name)])
                .write_empty()?;
        }
        Ok(())
    })?;
    Ok(())
}

/// What must hold between parameters.
fn rules(xml: &mut Xml, algorithm: AlgorithmCode) -> io::Result<()> {
    let has = |name: &str| specs(algorithm).any(|s| s.name == name);
    rule(xml, "start_time", "LT", "end_time")?;
    for [low, high] in ASCENDING {
        if has(low) && has(high) {
            rule(xml, low, "LE", high)?;
        }
    }
    Ok(())
}

/// `low` stands in `operator` to `high`, where both are given.
fn rule(xml: &mut Xml, low: &str, operator: &str, high: &str) -> io::Result<()> {
    let wanted = if operator == "LT" {
        "be below"
    } else {
        "not be above"
    };
    let message = format!(
        "{} must {wanted} {}.",
        label(low),
        label(high).to_lowercase()
    );
    xml.create_element("val:StrategyEdit")
        .with_attribute(("errorMessage", message.as_str()))
        .write_inner_content(|xml| {
            let any = xml
                .create_element("val:Edit")
                .with_attribute(("logicOperator", "OR"));
            any.write_inner_content(|xml| {
                for field in [low, high] {
                    xml.create_element("val:Edit")
                        .with_attributes([("field", field), ("operator", "NX")])
                        .write_empty()?;
                }
                xml.create_element("val:Edit")
                    .with_attributes([("field", low), ("operator", operator), ("field2", high)])
                    .write_empty()?;
                Ok(())
            })?;
            Ok(())
        })?;
    Ok(())
}
