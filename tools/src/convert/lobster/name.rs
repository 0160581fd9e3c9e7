//! What the name of a LOBSTER file says: `TICKER_date_startms_endms_{message|orderbook}_{levels}.csv`.

use std::path::Path;

/// The parts of a file name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct FileName {
    pub(super) symbol: String,
    pub(super) date: String,
    /// Start and end of the file after midnight, ms.
    pub(super) start_ms: u64,
    pub(super) end_ms: u64,
    pub(super) kind: String,
    pub(super) levels: u32,
}

impl FileName {
    /// Reads the name at the end of `path`; `None` when it does not follow the provider's pattern.
    pub(super) fn parse(path: &Path) -> Option<FileName> {
        let mut name = path.file_name()?.to_str()?;
        for ending in [".zst", ".gz", ".zip", ".csv"] {
            let cut = name.len().checked_sub(ending.len());
            if let Some((stem, end)) = cut.and_then(|at| name.split_at_checked(at))
                && end.eq_ignore_ascii_case(ending)
            {
                name = stem;
            }
        }
        let mut parts = name.rsplitn(6, '_');
        let levels = parts.next()?.parse().ok()?;
        let kind = parts.next()?.to_ascii_lowercase();
        let end_ms = parts.next()?.parse().ok()?;
        let start_ms = parts.next()?.parse().ok()?;
        let date = parts.next()?.to_owned();
        let symbol = parts.next()?.to_owned();
        if symbol.is_empty() || !matches!(kind.as_str(), "message" | "orderbook") {
            return None;
        }
        Some(FileName {
            symbol,
            date,
            start_ms,
            end_ms,
            kind,
            levels,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_gives_symbol_date_hours_and_levels() {
        let n = FileName::parse(Path::new(
            "/d/BRK_A_2012-06-21_34200000_37800000_orderbook_50.csv.zst",
        ))
        .unwrap();
        assert_eq!(
            (n.symbol.as_str(), n.date.as_str(), n.kind.as_str()),
            ("BRK_A", "2012-06-21", "orderbook")
        );
        assert_eq!(
            (n.start_ms, n.end_ms, n.levels),
            (34_200_000, 37_800_000, 50)
        );
        for bad in [
            "messages.csv",
            "_2012-06-21_1_2_message_1.csv",
            "A_2012-06-21_1_2_trades_1.csv",
            "A_2012-06-21_x_2_message_1.csv",
            "é",
            "..",
        ] {
            assert_eq!(FileName::parse(Path::new(bad)), None, "{bad}");
        }
    }
}
