//! Parameter specifications: the single source for validation, documents and user interfaces.

/// Unit of a parameter's wire value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unit {
    /// A count.
    Count,
    /// Quantity steps of the instrument.
    Quantity,
    /// 1e-9 of the quote currency.
    Price,
    /// Ticks.
    Ticks,
    /// Basis points.
    Bps,
    /// Parts per million; people write a percentage (`10%`) or a fraction.
    Ppm,
    /// Milliseconds.
    Millis,
    /// Nanoseconds UTC; people write RFC 3339.
    Time,
    /// 0 or 1; people write `true`, `false`.
    Flag,
    /// One of named values, with their wire numbers.
    Choice(&'static [(&'static str, i64)]),
}

/// One parameter of an algorithm.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ParamSpec {
    /// Identifier on the wire; never used twice.
    pub id: u16,
    /// Canonical name (`BEHAVIOUR.md` section 1).
    pub name: &'static str,
    /// Unit of the wire value.
    pub unit: Unit,
    /// Smallest value.
    pub min: i64,
    /// Largest value.
    pub max: i64,
    /// Value when absent; `None` = off or computed.
    pub default: Option<i64>,
    /// Whether an amend may change it.
    pub mutable: bool,
    /// One sentence for people.
    pub about: &'static str,
}

impl ParamSpec {
    /// Whether `value` is in range (for choices: one of them).
    #[must_use]
    pub fn allows(&self, value: i64) -> bool {
        match self.unit {
            Unit::Choice(values) => values.iter().any(|v| v.1 == value),
            _ => value >= self.min && value <= self.max,
        }
    }
}
