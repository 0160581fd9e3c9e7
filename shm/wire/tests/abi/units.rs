//! Unit arithmetic against plain 128-bit sums.

use proptest::prelude::*;
use shm_wire::ids::ChildId;
use shm_wire::units::{DurationNs, Nanos, Notional, PPM_ONE, Ppm, Price, Qty};

/// A decimal text in 1e-9, by the long way.
fn parse(text: &str) -> i128 {
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |d| (true, d));
    let (whole, fraction) = digits.split_once('.').unwrap();
    let value: i128 = format!("{whole}{fraction:0<9}").parse().unwrap();
    if negative { -value } else { value }
}

proptest! {
    #[test]
    fn mul_div_is_the_floor_of_the_exact_quotient(qty: u64, part: u64, whole: u64) {
        let (product, w) = (u128::from(qty) * u128::from(part), u128::from(whole));
        let got = u128::from(Qty(qty).mul_div(part, whole).0);
        if w == 0 {
            prop_assert_eq!(got, 0);
        } else {
            prop_assert!(got * w <= product);
            let next_fits = (got + 1).checked_mul(w).is_some_and(|next| next <= product);
            prop_assert!(!next_fits || got == u128::from(u64::MAX), "the largest that fits, or saturated");
        }
    }

    #[test]
    fn a_share_never_exceeds_its_rate_and_one_more_step_would(rate in 1..PPM_ONE, others in 0..=Qty::BOUND) {
        let own = i128::from(Ppm(rate).own_of_others(Qty(others)).0);
        let (r, m, one) = (i128::from(rate), i128::from(others), i128::from(PPM_ONE));
        prop_assert!(own * one <= r * (own + m));
        prop_assert!((own + 1) * one > r * (own + 1 + m) );
    }

    #[test]
    fn a_rate_of_a_quantity_is_rounded_down(rate in 0..=PPM_ONE, qty in 0..=Qty::BOUND) {
        let of = i128::from(Ppm(rate).of(Qty(qty)).0);
        let exact = i128::from(rate) * i128::from(qty);
        let one = i128::from(PPM_ONE);
        prop_assert!(of * one <= exact && exact < (of + 1) * one);
    }

    #[test]
    fn whole_lots_and_the_rest_make_the_quantity(qty: u64, lot in 1_u64..10_000) {
        let floor = Qty(qty).floor_to(Qty(lot));
        prop_assert_eq!(floor.0 % lot, 0);
        prop_assert!((Qty(qty) - floor).0 < lot);
    }

    #[test]
    fn differences_stop_at_zero_or_say_that_there_is_none(a: u64, b: u64) {
        let exact = i128::from(a) - i128::from(b);
        prop_assert_eq!(Qty(a).checked_sub(Qty(b)).map(|q| i128::from(q.0)), (exact >= 0).then_some(exact));
        prop_assert_eq!(i128::from(Qty(a).saturating_sub(Qty(b)).0), exact.max(0));
        prop_assert_eq!(i128::from(Nanos(a).since(Nanos(b)).0), exact.max(0));
        prop_assert!(Nanos(a).plus(DurationNs(b)) >= Nanos(a) && Nanos(a).minus(DurationNs(b)) <= Nanos(a));
    }

    #[test]
    fn a_mid_lies_between_and_is_rounded_down(a: i64, b: i64) {
        let mid = i128::from(Price(a).mid(Price(b)).0);
        let sum = i128::from(a) + i128::from(b);
        prop_assert!(mid * 2 <= sum && sum < mid * 2 + 2);
    }

    #[test]
    fn a_price_prints_as_the_decimal_it_is(raw in -Price::BOUND..=Price::BOUND) {
        let text = Price(raw).to_string();
        prop_assert_eq!(parse(&text), i128::from(raw));
        prop_assert!(text.split_once('.').unwrap().1.len() >= 2);
    }

    #[test]
    fn decoders_accept_exactly_what_is_in_bounds(price: i64, qty: u64) {
        prop_assert_eq!(Price::decode(price).is_some(), price.unsigned_abs() <= Price::BOUND.unsigned_abs());
        prop_assert_eq!(Qty::decode(qty).is_some(), qty <= Qty::BOUND);
    }

    #[test]
    fn a_notional_is_the_exact_product_or_none(price in -Price::BOUND..=Price::BOUND, qty in 0..=Qty::BOUND, value in 1..i64::MAX) {
        // Price and quantity in bounds leave 19 bits before i128 overflows, so step values below 2^19 always fit.
        let small = value & 0x7_ffff;
        let exact = i128::from(price) * i128::from(qty) * i128::from(small);
        prop_assert_eq!(Notional::of(Price(price), Qty(qty), small), Some(Notional(exact)));
        let any = Notional::of(Price(price), Qty(qty), value);
        let back = any.is_none_or(|n| price == 0 || qty == 0 || n.0 / i128::from(value) == i128::from(price) * i128::from(qty));
        prop_assert!(back);
    }

    #[test]
    fn a_child_id_gives_its_parts_back(shard in 0..=ChildId::SHARD_MAX, slot in 0..=ChildId::SLOT_MAX, generation in 0..=ChildId::GENERATION_MAX, ordinal in 0..=ChildId::ORDINAL_MAX) {
        let id = ChildId::new(shard, slot, generation, ordinal);
        prop_assert_eq!((id.shard(), id.slot(), id.generation(), id.ordinal()), (shard, slot, generation, ordinal));
    }
}
