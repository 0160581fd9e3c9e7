use super::*;

const T: i64 = 1_340_285_400_000_000_000;
const P: i64 = Price::SCALE;

fn sentence(reason: Reason, operands: [i64; 3]) -> String {
    Words::default().sentence(Why::new(reason, operands))
}

#[test]
fn every_reason_has_a_sentence_that_says_each_of_its_operands() {
    for reason in Reason::ALL {
        let names = reason.operands();
        // Large enough for a time, distinct, on a cent.
        let mut base = [0; 3];
        for (index, operand) in base.iter_mut().enumerate().take(names.len()) {
            *operand = T + (index as i64 + 1) * 10_000_000;
        }
        let words = sentence(*reason, base);
        assert!(
            !words.is_empty() && !words.ends_with('.'),
            "{reason:?}: {words}"
        );
        for index in 0..names.len() {
            let mut other = base;
            other[index] += P * 7;
            let said = sentence(*reason, other);
            assert_ne!(said, words, "{reason:?} does not say {}", names[index]);
        }
        for index in names.len()..3 {
            let mut other = base;
            other[index] = T;
            let said = sentence(*reason, other);
            assert_eq!(said, words, "{reason:?} says an operand that it has not");
        }
    }
}

#[test]
fn no_two_reasons_read_alike() {
    let mut all: Vec<String> = Reason::ALL
        .iter()
        .map(|r| sentence(*r, [T, T, T]))
        .collect();
    all.sort();
    let count = all.len();
    all.dedup();
    assert_eq!(all.len(), count);
}

#[test]
fn operands_stand_in_their_own_units() {
    let check = |reason, operands, text: &str| assert_eq!(sentence(reason, operands), text);
    check(
        Reason::WaitSlice,
        [T, 500, 400],
        "on schedule (400 filled or out, 500 due): the next slice is due at 2012-06-21T13:30:00Z",
    );
    check(
        Reason::SuspendOutOfLimit,
        [P + P / 2, P, 0],
        "the near touch 1.50 is worse than the limit 1.00",
    );
    check(
        Reason::NotionalLimit,
        [5, 0, 0],
        "the notional is above the limit of 5",
    );
    check(Reason::TerminalFilled, [0; 3], "filled");
    check(
        Reason::Accepted,
        [1, 3_600_500, 4_200],
        "accepted: volume curve: of its symbol, horizon 3600.5 s, expected cost 4.2 bps",
    );
    check(Reason::Accepted, [0; 3], "accepted");
    check(
        Reason::WaitBook,
        [Price::NONE.0, 2 * P, 0],
        "the book is unusable: bid none, ask 2.00",
    );
    check(
        Reason::Infeasible,
        [31_000, 0, 0],
        "completion under the caps is nearly impossible: probability 3.1 %",
    );
    check(
        Reason::SuspendRisk,
        [1, 0, 0],
        "suspended by a risk control: the venue refused too many orders in a row",
    );
}

#[test]
fn quantities_are_said_in_units_of_the_instrument_and_parameters_by_name() {
    let mut coin = Instrument::equity(0, "BTCUSD", 1).unwrap();
    coin.qty_step = P / 1_000;
    let name: ParameterName =
        |algorithm, id| (algorithm == AlgorithmCode::Twap && id == 101).then_some("interval_ms");
    let words = Words {
        instrument: Some(&coin),
        algorithm: Some(AlgorithmCode::Twap),
        parameter: Some(name),
    };
    let said = words.sentence(Why::new(Reason::QuantityLimit, [1_250, 1_000, 0]));
    assert_eq!(said, "a quantity of 1.25 is above the limit of 1");
    let said = words.sentence(Why::new(Reason::ParameterTwice, [101, 0, 0]));
    assert_eq!(said, "interval_ms is given twice");
    let said = words.sentence(Why::new(Reason::ParameterTwice, [102, 0, 0]));
    assert_eq!(said, "parameter 102 is given twice");
}
