//! `include/pacer_wire.h`, generated from the same tables, for peers in C and C++.

use crate::checked_in;
use crate::layout_table::codes;
use shm_wire::layout::{ABI_VERSION, LAYOUT_HASH, MESSAGES, PARTS};
use shm_wire::message::{Field, Layout};
use shm_wire::reason::Reason;
use std::fmt::Write;
use std::process::{Command, Stdio};

/// `ParentNew` as `parent_new`.
fn snake(name: &str) -> String {
    let mut text = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !text.is_empty() {
            text.push('_');
        }
        text.push(c.to_ascii_lowercase());
    }
    text
}

/// The field's name, with an underscore where C++ reserves the word.
fn c_name(name: &str) -> String {
    if name == "operator" {
        format!("{name}_")
    } else {
        name.to_owned()
    }
}

fn c_type(kind: &str) -> String {
    let name = kind.rsplit("::").next().unwrap().trim();
    match name {
        "u8" | "u16" | "u32" | "u64" => format!("uint{}_t", &name[1..]),
        "i64" => "int64_t".to_owned(),
        _ => format!("struct pacer_{}", snake(name)),
    }
}

fn member(text: &mut String, f: &Field) {
    let array = f
        .kind
        .strip_prefix('[')
        .and_then(|k| k.strip_suffix(']'))
        .and_then(|k| k.split_once(';'));
    match array {
        None => writeln!(text, "    {} {};", c_type(f.kind), c_name(f.name)).unwrap(),
        Some((kind, _)) => {
            let unit = match kind.trim() {
                "u8" => 1,
                "u16" => 2,
                "i64" => 8,
                "Parameter" | "TickBand" | "Session" => 16,
                "Auction" => 64,
                other => panic!("no size for {other}"),
            };
            writeln!(text, "    {} {}[{}];", c_type(kind), f.name, f.size / unit).unwrap();
        }
    }
}

fn structure(text: &mut String, m: &Layout) {
    let name = snake(m.name);
    writeln!(
        text,
        "\n/* {} */\nstruct pacer_{name} {{",
        m.about.trim().replace('\n', "")
    )
    .unwrap();
    if m.kind != 0 {
        text.push_str("    struct pacer_header header;\n");
    }
    for f in m.fields {
        member(text, f);
    }
    text.push_str("};\n");
    writeln!(
        text,
        "PACER_ASSERT(sizeof(struct pacer_{name}) == {}, \"size of {name}\");",
        m.size
    )
    .unwrap();
    for f in m.fields {
        writeln!(
            text,
            "PACER_ASSERT(offsetof(struct pacer_{name}, {}) == {}, \"{name}.{}\");",
            c_name(f.name),
            f.offset,
            f.name
        )
        .unwrap();
    }
}

fn header() -> String {
    let mut text = String::from(
        "/* The byte layout of Pacer's messages. Generated from shm/wire: PACER_WRITE_PAGES=1 cargo test -p shm-wire --test abi.\n \
         * Meanings, units and ranges: docs/wire.md. All integers are little-endian. */\n\
         #ifndef PACER_WIRE_H\n#define PACER_WIRE_H\n\n#include <stddef.h>\n#include <stdint.h>\n\n\
         #ifdef __cplusplus\n#define PACER_ASSERT(condition, text) static_assert(condition, text)\n#else\n\
         #define PACER_ASSERT(condition, text) _Static_assert(condition, text)\n#endif\n\n",
    );
    writeln!(text, "#define PACER_ABI_VERSION {ABI_VERSION}\n#define PACER_LAYOUT_HASH UINT64_C({LAYOUT_HASH:#018x})\n").unwrap();
    for m in MESSAGES {
        writeln!(
            text,
            "#define PACER_TYPE_{} {:#06x}",
            snake(m.name).to_uppercase(),
            m.kind
        )
        .unwrap();
    }
    for c in codes() {
        text.push('\n');
        for v in c.values {
            writeln!(
                text,
                "#define PACER_{}_{} {}",
                snake(c.name).to_uppercase(),
                snake(v.name).to_uppercase(),
                v.code
            )
            .unwrap();
        }
    }
    text.push('\n');
    for r in Reason::ALL {
        writeln!(
            text,
            "#define PACER_REASON_{} {}",
            snake(r.name()).to_uppercase(),
            r.code()
        )
        .unwrap();
    }
    for m in PARTS.iter().chain(MESSAGES) {
        structure(&mut text, m);
    }
    text.push_str("\n#endif\n");
    text
}

#[test]
fn the_c_header_says_what_the_code_does() {
    checked_in::check("include/pacer_wire.h", &header());
}

#[test]
fn the_c_header_compiles_and_its_assertions_hold() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/include/pacer_wire.h");
    for (compiler, language, standard) in [("cc", "c", "-std=c11"), ("c++", "c++", "-std=c++17")] {
        let run = Command::new(compiler)
            .args([
                "-fsyntax-only",
                "-Wall",
                "-Wextra",
                "-Werror",
                standard,
                "-x",
                language,
                path,
            ])
            .stdin(Stdio::null())
            .output();
        match run {
            Ok(run) => assert!(
                run.status.success(),
                "{compiler}: {}",
                String::from_utf8_lossy(&run.stderr)
            ),
            Err(e) => {
                eprintln!(
                    "SKIPPED: the header was not compiled as {language}: no {compiler} here ({e})"
                );
            }
        }
    }
}
