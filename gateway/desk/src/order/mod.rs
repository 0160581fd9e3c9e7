//! An order as people write it: nine named texts, the columns of an order list and the fields of a JSON order alike.
//!
//! Every wrong field is an error with its rule, all at once. What the engine itself would refuse is found the same way ([`check`]).

pub mod check;
pub mod values;

use serde_json::Value;
use shm_wire::codes::{AlgorithmCode, Side};
use shm_wire::instrument::{Instrument, text_field};
use shm_wire::parent::{PARAMETERS_MAX, Parameter, ParentNew, Terms};
use shm_wire::units::Price;

/// Fields of an order, in order.
pub const COLUMNS: [&str; 9] = [
    "client_order_id",
    "instrument",
    "side",
    "quantity",
    "algorithm",
    "start",
    "end",
    "limit",
    "parameters",
];

/// One thing that is wrong with an order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OrderError {
    /// Stable name of the kind of error, `orders.quantity`.
    pub code: String,
    /// What is wrong, one sentence.
    pub message: String,
    /// The field.
    pub field: String,
    /// The rule that is broken.
    pub rule: String,
}

impl OrderError {
    pub(crate) fn new(
        field: &str,
        message: impl Into<String>,
        rule: impl Into<String>,
    ) -> OrderError {
        OrderError {
            code: format!("orders.{field}"),
            message: message.into(),
            field: field.to_owned(),
            rule: rule.into(),
        }
    }
}

/// The order of nine texts, with source 0 and `number` as its parent number.
///
/// # Errors
/// Every wrong field.
pub fn order(
    fields: &[&str; 9],
    instruments: &[Instrument],
    number: u64,
) -> Result<ParentNew, Vec<OrderError>> {
    let mut row = Row {
        fields,
        errors: Vec::new(),
    };
    match row.order(instruments, number) {
        Some(order) if row.errors.is_empty() => Ok(order),
        _ => Err(row.errors),
    }
}

/// The nine texts of a JSON order: an object with the names of [`COLUMNS`], numbers or texts; `parameters` is a text of
/// `name=value` or an object. Fields that are left out are empty.
///
/// # Errors
/// Every field that is none, and values that are neither.
pub fn texts(order: &Value) -> Result<[String; 9], Vec<OrderError>> {
    let Some(object) = order.as_object() else {
        let rule = "an object with the fields of an order list";
        return Err(vec![OrderError::new(
            "row",
            "the order is no JSON object",
            rule,
        )]);
    };
    let mut errors = Vec::new();
    for name in object.keys().filter(|n| !COLUMNS.contains(&n.as_str())) {
        let rule = format!("one of {}", COLUMNS.join(", "));
        errors.push(OrderError::new(
            "row",
            format!("an order has no field {name:?}"),
            rule,
        ));
    }
    let texts = COLUMNS.map(|name| match object.get(name) {
        None | Some(Value::Null) => String::new(),
        Some(Value::Object(parameters)) if name == "parameters" => parameters
            .iter()
            .map(|(name, value)| format!("{name}={}", plain(value).unwrap_or_default()))
            .collect::<Vec<_>>()
            .join(" "),
        Some(value) => plain(value).unwrap_or_else(|| {
            let rule = "a text or a number";
            errors.push(OrderError::new(
                name,
                format!("{value} is no value of it"),
                rule,
            ));
            String::new()
        }),
    });
    if errors.is_empty() {
        Ok(texts)
    } else {
        Err(errors)
    }
}

/// A scalar as people write it.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

struct Row<'a> {
    fields: &'a [&'a str; 9],
    errors: Vec<OrderError>,
}

impl Row<'_> {
    /// The order; errors are noted, all of them.
    fn order(&mut self, instruments: &[Instrument], number: u64) -> Option<ParentNew> {
        let client_order_id = self.name();
        let instrument = self.instrument(instruments);
        let side = self.code(
            2,
            Side::from_text,
            "buy, sell, sell_short or sell_short_exempt",
        );
        let quantity = instrument.and_then(|i| self.quantity(&i));
        let algorithm = self.code(
            4,
            AlgorithmCode::from_text,
            "an algorithm such as TWAP or POV",
        );
        let start = self.time(5);
        let end = self.time(6);
        let limit = self.limit();
        let parameters = match (algorithm, instrument) {
            (Some(a), Some(i)) => self.parameters(a, &i),
            _ => None,
        };
        let (parameters, parameter_count) = parameters?;
        let terms = Terms {
            quantity: quantity?,
            limit: limit?,
            start: start?,
            end: end?,
            decision_price: Price::NONE.0,
            instrument: instrument?.id,
            algorithm: algorithm?.code(),
            side: side?.code(),
            parameter_count,
            client: 0,
            account: 0,
            trader: 0,
            desk: 0,
            client_order_id: client_order_id?,
            parameters,
        };
        Some(ParentNew {
            parent_id: number,
            version: 1,
            terms,
            ..ParentNew::empty()
        })
    }

    fn bad(&mut self, column: usize, code: &str, message: String, rule: impl Into<String>) {
        self.errors.push(OrderError {
            code: code.to_owned(),
            message,
            field: COLUMNS[column].to_owned(),
            rule: rule.into(),
        });
    }

    fn name(&mut self) -> Option<[u8; 32]> {
        let text = self.fields[0];
        let field = text_field(text);
        if field.is_none() {
            let rule = "1 to 32 printable ASCII characters";
            let message = format!("{text:?} is no order id");
            self.bad(0, "orders.client_order_id", message, rule);
        }
        field
    }

    fn instrument(&mut self, instruments: &[Instrument]) -> Option<Instrument> {
        let found = instruments.iter().find(|i| i.symbol() == self.fields[1]);
        if found.is_none() {
            let known: Vec<&str> = instruments
                .iter()
                .take(20)
                .map(Instrument::symbol)
                .collect();
            let message = format!("{:?} is not in the instrument table", self.fields[1]);
            self.bad(
                1,
                "orders.instrument",
                message,
                format!("one of {}", known.join(", ")),
            );
        }
        found.copied()
    }

    fn code<T>(
        &mut self,
        column: usize,
        decode: impl Fn(&str) -> Option<T>,
        rule: &str,
    ) -> Option<T> {
        let found = decode(self.fields[column]);
        if found.is_none() {
            let code = format!("orders.{}", COLUMNS[column]);
            self.bad(
                column,
                &code,
                format!("{:?} is not known", self.fields[column]),
                rule,
            );
        }
        found
    }

    fn quantity(&mut self, instrument: &Instrument) -> Option<u64> {
        match values::quantity(self.fields[3], instrument) {
            Ok(steps) => Some(steps),
            Err(rule) => {
                let message = format!("{:?} is no quantity of this instrument", self.fields[3]);
                self.bad(3, "orders.quantity", message, rule);
                None
            }
        }
    }

    fn time(&mut self, column: usize) -> Option<u64> {
        if self.fields[column].is_empty() {
            return Some(0);
        }
        let found = values::time(self.fields[column]);
        if found.is_none() {
            let rule =
                "RFC 3339, such as 2012-06-21T10:00:00-04:00; empty for now or end of session";
            let code = format!("orders.{}", COLUMNS[column]);
            self.bad(
                column,
                &code,
                format!("{:?} is no time", self.fields[column]),
                rule,
            );
        }
        found
    }

    fn limit(&mut self) -> Option<i64> {
        if self.fields[7].is_empty() {
            return Some(Price::NONE.0);
        }
        let found = values::decimal(self.fields[7], 9);
        if found.is_none() {
            let rule = "a decimal price with at most 9 decimals; empty for a market order";
            self.bad(
                7,
                "orders.limit",
                format!("{:?} is no price", self.fields[7]),
                rule,
            );
        }
        found
    }

    fn parameters(
        &mut self,
        algorithm: AlgorithmCode,
        instrument: &Instrument,
    ) -> Option<([Parameter; PARAMETERS_MAX], u8)> {
        let mut list = [Parameter::default(); PARAMETERS_MAX];
        let mut count: u8 = 0;
        let mut good = true;
        for item in self.fields[8].split_whitespace() {
            match values::parameter(item, algorithm, instrument) {
                Ok(p) if usize::from(count) < PARAMETERS_MAX => {
                    list[usize::from(count)] = p;
                    count += 1;
                }
                Ok(_) => {
                    good = false;
                    let rule = format!("at most {PARAMETERS_MAX} parameters");
                    self.bad(
                        8,
                        "orders.parameters",
                        "too many parameters".to_owned(),
                        rule,
                    );
                }
                Err((message, rule)) => {
                    good = false;
                    self.bad(8, "orders.parameters", message, rule);
                }
            }
        }
        good.then_some((list, count))
    }
}
