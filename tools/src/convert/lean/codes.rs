//! Sale conditions and venues of the consolidated tape, as the Lean files write them.

use shm_wire::market::condition;

/// Sale-condition bits and what they become. Bits that are not listed change nothing (regular, cash, next day, seller,
/// stopped, split, acquisition, bunched, stock option, distribution, price variation, rule 155, cap election, automatic
/// execution, exempt from rule 611).
pub(super) const CONDITIONS: &[(u64, u32, &str)] = &[
    (1 << 5, condition::SWEEP, "intermarket sweep"),
    (1 << 6, condition::AUCTION, "opening print"),
    (1 << 7, condition::AUCTION, "closing print"),
    (1 << 8, condition::AUCTION, "reopening print"),
    (1 << 9, condition::DERIVATIVE, "derivatively priced"),
    (1 << 10, condition::EXTENDED_HOURS, "form T"),
    (1 << 11, condition::LATE, "sold, reported late"),
    (1 << 13, condition::EXTENDED_HOURS, "extended hours"),
    (1 << 14, condition::LATE, "out of sequence"),
    (1 << 20, condition::AVERAGE_PRICE, "average price"),
    (1 << 24, condition::OFFICIAL_CLOSE, "official close"),
    (
        1 << 25,
        condition::LATE,
        "prior reference price, reported more than 90 seconds late",
    ),
    (1 << 26, condition::OFFICIAL_OPEN, "official open"),
    (1 << 31, condition::ODD_LOT, "odd lot"),
];

/// Bits of `shm_wire::market::condition` for the sale-condition bits of a row.
pub(super) fn conditions(bits: u64) -> u32 {
    CONDITIONS
        .iter()
        .filter(|(bit, _, _)| bits & bit != 0)
        .fold(0, |all, (_, mapped, _)| all | mapped)
}

/// A hexadecimal bit set; an empty field is none.
pub(super) fn hex(field: &[u8]) -> Option<u64> {
    if field.len() > 16 {
        return None;
    }
    field.iter().try_fold(0_u64, |value, b| {
        Some(value << 4 | u64::from(char::from(*b).to_digit(16)?))
    })
}

/// Number of a venue: A is 1, B is 2, up to Z, 26; 0 when the field is no single letter.
pub(super) fn venue(field: &[u8]) -> u16 {
    match field {
        [letter] if letter.is_ascii_alphabetic() => {
            u16::from(letter.to_ascii_uppercase() - b'A') + 1
        }
        _ => 0,
    }
}

/// The venue through which off-exchange trades are reported (D, FINRA).
pub(super) const OFF_EXCHANGE_VENUE: u16 = 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn condition_bits_are_mapped() {
        assert_eq!(conditions(hex(b"1").unwrap()), 0);
        assert_eq!(conditions(hex(b"20000020").unwrap()), condition::SWEEP);
        assert_eq!(
            conditions(hex(b"20100200").unwrap()),
            condition::AVERAGE_PRICE | condition::DERIVATIVE
        );
        assert_eq!(
            conditions(hex(b"102000").unwrap()),
            condition::AVERAGE_PRICE | condition::EXTENDED_HOURS
        );
        assert_eq!(
            conditions(hex(b"40").unwrap() | hex(b"80").unwrap()),
            condition::AUCTION
        );
        assert_eq!(
            conditions(hex(b"5000000").unwrap()),
            condition::OFFICIAL_CLOSE | condition::OFFICIAL_OPEN
        );
        assert_eq!(conditions(hex(b"800").unwrap()), condition::LATE);
        assert_eq!(hex(b"80000000"), Some(1 << 31));
        assert_eq!(
            (hex(b""), hex(b"g"), hex(b"12345678123456781")),
            (Some(0), None, None)
        );
    }

    #[test]
    fn venues_are_letters_from_one() {
        assert_eq!(
            (
                venue(b"A"),
                venue(b"q"),
                venue(b"Z"),
                venue(b""),
                venue(b"NYSE"),
                venue(b"1")
            ),
            (1, 17, 26, 0, 0, 0)
        );
        assert_eq!(venue(b"D"), OFF_EXCHANGE_VENUE);
    }
}
