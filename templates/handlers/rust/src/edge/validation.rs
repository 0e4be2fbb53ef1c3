//! Text becomes a value only when it is small, plain JSON and as its schema declares.

use std::fmt;

use jsonschema::Validator;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::errors::Fault;

pub const MAX_BYTES: usize = 256 * 1024;
pub const MAX_DEPTH: usize = 32;
/// Beyond this a whole number is no longer the one that was sent.
const EXACT: f64 = 9_007_199_254_740_992.0;
/// DynamoDB keeps nothing smaller.
const SMALLEST: f64 = 1e-130;

/// JSON without duplicate keys, lone surrogates, depth or size that a handler does not need.
pub fn parse(text: Option<&str>) -> Result<Value, Fault> {
    let text = text.ok_or(Fault::Refused("there is no text"))?;
    if text.len() > MAX_BYTES {
        return Err(Fault::TooLarge);
    }
    let mut json = serde_json::Deserializer::from_str(text);
    let value = Plain(MAX_DEPTH).deserialize(&mut json);
    value
        .and_then(|value| json.end().map(|()| value))
        .map_err(|_| Fault::Refused("it is no plain JSON"))
}

/// A value that may be so many levels deep.
struct Plain(usize);

impl Plain {
    fn below<E: Error>(&self) -> Result<Self, E> {
        let depth = self.0.checked_sub(1);
        depth
            .map(Self)
            .ok_or_else(|| E::custom("it is nested too deep"))
    }
}

impl<'de> DeserializeSeed<'de> for Plain {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Plain {
    type Value = Value;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("plain JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        let exact = value.abs() < EXACT && (value == 0.0 || value.abs() > SMALLEST);
        let number = Number::from_f64(value).filter(|_| exact);
        number
            .map(Value::Number)
            .ok_or_else(|| E::custom("a number is out of range"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut all: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = all.next_element_seed(self.below()?)? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut all: A) -> Result<Value, A::Error> {
        let mut values = Map::new();
        while let Some(key) = all.next_key::<String>()? {
            let value = all.next_value_seed(self.below()?)?;
            if values.insert(key, value).is_some() {
                return Err(A::Error::custom("a key is there twice"));
            }
        }
        Ok(Value::Object(values))
    }
}

/// A JSON Schema (2020-12); a reference out of it is never followed.
pub struct Schema(Validator);

impl Schema {
    /// The schema of a file that is compiled in.
    pub fn read(text: &str) -> Result<Self, Fault> {
        serde_json::from_str(text)
            .map_err(|_| Fault::Failed("a schema is no JSON"))
            .and_then(|schema| Self::of(&schema))
    }

    pub fn of(schema: &Value) -> Result<Self, Fault> {
        jsonschema::draft202012::options()
            .should_validate_formats(true)
            .build(schema)
            .map(Self)
            .map_err(|_| Fault::Failed("a schema cannot be used"))
    }

    pub fn check(&self, value: &Value) -> Result<(), Fault> {
        if self.0.is_valid(value) {
            Ok(())
        } else {
            Err(Fault::Refused("the schema does not take it"))
        }
    }
}
