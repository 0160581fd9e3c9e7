//! Any wire message as JSON, by the layout tables of the wire crate: no message is described twice.

use serde_json::{Map, Value, json};
use shm_wire::instrument::field_text;
use shm_wire::layout::MESSAGES;
use shm_wire::message::{Field, Header, Layout};
use shm_wire::parent::Terms;

/// Name of the message in `words`, when it is one.
#[must_use]
pub fn name(words: &[u64]) -> Option<&'static str> {
    layout(words).map(|l| l.name)
}

/// The message in `words` as an object of its fields; `null` when it is none.
#[must_use]
pub fn message(words: &[u64]) -> Value {
    let Some(layout) = layout(words) else {
        return Value::Null;
    };
    let bytes: Vec<u8> = words.iter().flat_map(|w| w.to_le_bytes()).collect();
    let mut fields = Map::new();
    for field in layout.fields.iter().filter(|f| f.name != "reserved") {
        if let Some(part) = bytes.get(field.offset..field.offset + field.size) {
            fields.insert(field.name.to_owned(), value(field, part));
        }
    }
    Value::Object(fields)
}

fn layout(words: &[u64]) -> Option<&'static Layout> {
    let header = Header::of_word(*words.first()?);
    MESSAGES
        .iter()
        .find(|l| l.kind == header.kind && l.size == words.len() * 8)
}

fn value(field: &Field, bytes: &[u8]) -> Value {
    match field.kind.replace(' ', "").as_str() {
        "u8" | "u16" | "u32" | "u64" => json!(unsigned(bytes)),
        "i64" => price_or_number(bytes),
        "[u8;32]" => json!(field_text(bytes)),
        "[i64;3]" | "[i64;4]" => bytes.chunks(8).map(price_or_number).collect(),
        "Terms" => terms(bytes),
        _ => json!(bytes.iter().map(|b| format!("{b:02x}")).collect::<String>()),
    }
}

fn unsigned(bytes: &[u8]) -> u64 {
    let mut word = [0; 8];
    word[..bytes.len().min(8)].copy_from_slice(&bytes[..bytes.len().min(8)]);
    u64::from_le_bytes(word)
}

/// `i64::MIN` stands for "none" wherever it may stand at all.
fn price_or_number(bytes: &[u8]) -> Value {
    match unsigned(bytes).cast_signed() {
        i64::MIN => Value::Null,
        number => json!(number),
    }
}

fn terms(bytes: &[u8]) -> Value {
    let number = |offset: usize, size: usize| unsigned(&bytes[offset..offset + size]);
    let signed = |offset: usize| price_or_number(&bytes[offset..offset + 8]);
    if bytes.len() != size_of::<Terms>() {
        return Value::Null;
    }
    let count = (number(std::mem::offset_of!(Terms, parameter_count), 1) as usize).min(16);
    let first = std::mem::offset_of!(Terms, parameters);
    let parameters: Vec<Value> = (0..count)
        .map(|i| json!({"id": number(first + i * 16, 2), "value": signed(first + i * 16 + 8)}))
        .collect();
    let id = std::mem::offset_of!(Terms, client_order_id);
    json!({
        "quantity": number(std::mem::offset_of!(Terms, quantity), 8),
        "limit": signed(std::mem::offset_of!(Terms, limit)),
        "start": number(std::mem::offset_of!(Terms, start), 8),
        "end": number(std::mem::offset_of!(Terms, end), 8),
        "decision_price": signed(std::mem::offset_of!(Terms, decision_price)),
        "instrument": number(std::mem::offset_of!(Terms, instrument), 4),
        "algorithm": number(std::mem::offset_of!(Terms, algorithm), 2),
        "side": number(std::mem::offset_of!(Terms, side), 1),
        "client": number(std::mem::offset_of!(Terms, client), 4),
        "account": number(std::mem::offset_of!(Terms, account), 4),
        "trader": number(std::mem::offset_of!(Terms, trader), 4),
        "desk": number(std::mem::offset_of!(Terms, desk), 4),
        "client_order_id": field_text(&bytes[id..id + 32]),
        "parameters": parameters,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use shm_wire::instrument::text_field;
    use shm_wire::market::Quote;
    use shm_wire::message::Message;
    use shm_wire::parent::{Parameter, ParentNew, ParentUpdate};

    #[test]
    fn a_message_shows_its_fields_by_name() {
        let quote = Quote {
            instrument: 3,
            bid_price: i64::MIN,
            ask_price: -5,
            ask_qty: 7,
            ..Quote::empty()
        };
        let shown = message(quote.words());
        assert_eq!(name(quote.words()), Some("Quote"));
        assert_eq!(shown["instrument"], 3);
        assert_eq!(shown["bid_price"], Value::Null);
        assert_eq!(shown["ask_price"], -5);
        assert_eq!(shown["ask_qty"], 7);
    }

    #[test]
    fn terms_and_texts_are_spelled_out() {
        let mut order = ParentNew::empty();
        order.terms.quantity = 100;
        order.terms.parameter_count = 1;
        order.terms.parameters[0] = Parameter {
            id: 200,
            value: 100_000,
            ..Parameter::default()
        };
        order.terms.client_order_id = text_field("P-1").unwrap();
        let shown = message(order.words());
        assert_eq!(shown["terms"]["quantity"], 100);
        assert_eq!(shown["terms"]["parameters"][0]["id"], 200);
        assert_eq!(shown["terms"]["client_order_id"], "P-1");
        let mut update = ParentUpdate::empty();
        update.client_order_id = text_field("P-2").unwrap();
        update.operands = [1, 2, 3];
        update.open = 9;
        let shown = message(update.words());
        assert_eq!(shown["client_order_id"], "P-2");
        assert_eq!(shown["operands"], json!([1, 2, 3]));
        assert_eq!(shown["open"], 9);
    }

    #[test]
    fn every_message_of_the_layout_is_shown_whole() {
        for layout in MESSAGES {
            let words = layout.size / 8;
            let mut bytes = vec![0_u64; words];
            bytes[0] = Header::new(layout.kind, words).word();
            let shown = message(&bytes);
            assert!(
                shown.as_object().is_some_and(|o| !o.is_empty()),
                "{}",
                layout.name
            );
        }
        assert_eq!(message(&[]), Value::Null);
        assert_eq!(message(&[u64::MAX]), Value::Null);
    }
}
