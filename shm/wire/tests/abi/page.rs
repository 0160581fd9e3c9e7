//! `docs/wire.md`, generated from the tables that the layout hash covers.

use crate::checked_in;
use crate::layout_table::codes;
use shm_wire::layout::{ABI_VERSION, LAYOUT_HASH, MESSAGES, PARTS};
use shm_wire::message::{CELL_WORDS, Layout};
use shm_wire::reason::Reason;
use std::fmt::Write;

const HEAD: &str = "\
# The wire: every message, byte by byte

This page is generated from the message definitions of `shm/wire`; a test compares it with them. To write it anew:
`PACER_WRITE_PAGES=1 cargo test -p shm-wire --test abi`. The same run writes `shm/wire/layout.txt` (the layout as a plain
table), `shm/wire/golden.txt` (one filled instance of each message in hex) and `shm/wire/include/pacer_wire.h` (the
layout for C and C++). An implementation in another language should reproduce the golden bytes.
";
const RULES: &str = "
## Rules

- Everything is little-endian and an integer: no bool, float, enum or pointer. Codes outside their table are refused.
- A message is one to eight 64-byte ring cells of seven payload words each. Its first word is the header below; `length`
  counts bytes, header included, and `cells` is the number of cells that takes.
- Nothing is padded; a field whose meaning is `Zero` is zero.
- Prices are in 1e-9 of the quote currency, within ±2^60; `i64::MIN` says that there is none. Quantities are in quantity
  steps of the instrument, up to 2^48. Times are nanoseconds since 1970 UTC in engine time, unless called real time.
- How messages are laid into cells, published, taken and resumed is told in `shm/ring/src/ring/mod.rs`.
- Both ends of a link compare the layout hash exactly. ABI 0 changes only in a reviewed diff and promises nothing to older
  readers; version 1 will be frozen.
";

fn cell(text: &str) -> String {
    text.trim()
        .replace("\\[", "[")
        .replace('|', "\\|")
        .replace("[`", "`")
        .replace("`]", "`")
        .replace("\n ", " ")
}

fn layout(text: &mut String, m: &Layout) {
    writeln!(
        text,
        "\n{}\n\n| offset | bytes | field | type | meaning |\n|---|---|---|---|---|",
        cell(m.about)
    )
    .unwrap();
    if m.kind != 0 {
        writeln!(
            text,
            "| 0 | 8 | `header` | Header | Type, length and cells. |"
        )
        .unwrap();
    }
    for f in m.fields {
        writeln!(
            text,
            "| {} | {} | `{}` | {} | {} |",
            f.offset,
            f.size,
            f.name,
            f.kind.replace("crate::message::", ""),
            cell(f.about)
        )
        .unwrap();
    }
}

fn page() -> String {
    let mut text = String::from(HEAD);
    writeln!(
        text,
        "\nABI version {ABI_VERSION}, layout hash `{LAYOUT_HASH:#018x}`."
    )
    .unwrap();
    text.push_str(RULES);
    text.push_str(
        "\n## Messages\n\n| type | message | bytes | cells | what it is |\n|---|---|---|---|---|\n",
    );
    for m in MESSAGES {
        let cells = (m.size / 8).div_ceil(CELL_WORDS);
        let anchor = format!("{:#06x}-{}", m.kind, m.name).to_lowercase();
        writeln!(
            text,
            "| {:#06x} | [{}](#{anchor}) | {} | {cells} | {} |",
            m.kind,
            m.name,
            m.size,
            cell(m.about)
        )
        .unwrap();
    }
    text.push_str("\n## Parts\n\nRecords that stand inside messages, journals and market files.\n");
    for p in PARTS {
        write!(text, "\n### {} ({} bytes)\n", p.name, p.size).unwrap();
        layout(&mut text, p);
    }
    text.push_str("\n## Messages, field by field\n");
    for m in MESSAGES {
        write!(text, "\n### {:#06x} {}\n", m.kind, m.name).unwrap();
        layout(&mut text, m);
    }
    text.push_str("\n## Codes\n");
    for c in codes() {
        write!(
            text,
            "\n### {} ({} bits)\n\n{}\n\n| code | name | meaning |\n|---|---|---|\n",
            c.name,
            c.bytes * 8,
            cell(c.about)
        )
        .unwrap();
        for v in c.values {
            writeln!(text, "| {} | {} | {} |", v.code, v.text, cell(v.about)).unwrap();
        }
    }
    text.push_str("\n## Reasons\n\n1-99 accept and reject, 100s emit, 200s wait, 300s suspend, 400s terminal.\n\n| code | reason | in words | operands |\n|---|---|---|---|\n");
    for r in Reason::ALL {
        writeln!(
            text,
            "| {} | {} | {} | {} |",
            r.code(),
            r.name(),
            r.text(),
            r.operands().join(", ")
        )
        .unwrap();
    }
    text
}

#[test]
fn the_page_says_what_the_code_does() {
    checked_in::check("../../docs/wire.md", &page());
}
