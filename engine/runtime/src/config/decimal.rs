//! Decimals as text in the configuration, integers of 1e-9 in the engine.

/// `text` in units of 1e-9, `None` when it is no decimal of at most nine places or too large.
///
/// A sign, digits, and at most one point with a digit on both sides; no exponent.
#[must_use]
pub fn parse_nano(text: &str) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = match digits.split_once('.') {
        Some((whole, fraction)) if !fraction.is_empty() => (whole, fraction),
        Some(_) => return None,
        None => (digits, ""),
    };
    let plain = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || fraction.len() > 9 || !plain(whole) || !plain(fraction) {
        return None;
    }
    let whole: i64 = whole.parse().ok()?;
    let fraction: i64 = format!("{fraction:0<9}").parse().ok()?;
    let value = whole.checked_mul(1_000_000_000)?.checked_add(fraction)?;
    Some(if negative { -value } else { value })
}

/// `nano` units of 1e-9 as a decimal without trailing zeros.
#[must_use]
pub fn format_nano(nano: i64) -> String {
    let magnitude = nano.unsigned_abs();
    let (whole, fraction) = (magnitude / 1_000_000_000, magnitude % 1_000_000_000);
    let sign = if nano < 0 { "-" } else { "" };
    let mut text = format!("{sign}{whole}.{fraction:09}");
    while text.ends_with('0') {
        text.pop();
    }
    if text.ends_with('.') {
        text.pop();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_come_back_as_they_were_written() {
        for (text, nano) in [
            ("0", 0),
            ("0.01", 10_000_000),
            ("1", 1_000_000_000),
            ("-12.000000001", -12_000_000_001),
        ] {
            assert_eq!(parse_nano(text), Some(nano), "{text}");
            assert_eq!(format_nano(nano), text);
        }
        assert_eq!(parse_nano("1.50"), Some(1_500_000_000));
    }

    #[test]
    fn what_is_no_decimal_is_refused() {
        for text in [
            "",
            "-",
            ".",
            "1.",
            ".5",
            "1e3",
            "+1",
            " 1",
            "1_000",
            "1.0000000001",
            "9223372037",
        ] {
            assert_eq!(parse_nano(text), None, "{text:?}");
        }
    }
}
