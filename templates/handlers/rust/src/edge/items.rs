//! Items of a table as their stream spells them, by type, and as values.

use serde_json::{Map, Value};

use super::errors::Fault;
use super::validation::{MAX_BYTES, MAX_DEPTH, parse};

const ATTRIBUTE: Fault = Fault::Refused("this is no attribute");

/// An item: sets are lists, numbers are as they were written, and bytes stay in base64.
pub fn item(image: Option<&Value>) -> Result<Value, Fault> {
    let attributes = image.and_then(Value::as_object);
    let attributes = attributes
        .filter(|attributes| !attributes.is_empty())
        .ok_or(Fault::Refused("this is no item"))?;
    Budget(2 * MAX_BYTES).attributes(attributes, MAX_DEPTH)
}

/// How much text an item may still hold: one of a table has 400 KB at most.
struct Budget(usize);

impl Budget {
    fn attributes(&mut self, given: &Map<String, Value>, depth: usize) -> Result<Value, Fault> {
        let mut item = Map::new();
        for (key, attribute) in given {
            self.spend(key)?;
            item.insert(key.clone(), self.value(attribute, depth)?);
        }
        Ok(Value::Object(item))
    }

    fn value(&mut self, attribute: &Value, depth: usize) -> Result<Value, Fault> {
        let depth = depth
            .checked_sub(1)
            .ok_or(Fault::Refused("it is nested too deep"))?;
        let typed = attribute.as_object().filter(|typed| typed.len() == 1);
        let only = typed.and_then(|typed| typed.iter().next());
        let (kind, value) = only.ok_or(ATTRIBUTE)?;
        match (kind.as_str(), value) {
            ("S" | "B", _) => self.text(value),
            ("N", _) => self.number(value),
            ("SS" | "BS", Value::Array(values)) => values.iter().map(|v| self.text(v)).collect(),
            ("NS", Value::Array(values)) => values.iter().map(|v| self.number(v)).collect(),
            ("L", Value::Array(values)) => values.iter().map(|v| self.value(v, depth)).collect(),
            ("M", Value::Object(below)) => self.attributes(below, depth),
            ("BOOL", Value::Bool(_)) => Ok(value.clone()),
            ("NULL", Value::Bool(true)) => Ok(Value::Null),
            _ => Err(ATTRIBUTE),
        }
    }

    fn text(&mut self, value: &Value) -> Result<Value, Fault> {
        self.spend(value.as_str().ok_or(ATTRIBUTE)?)?;
        Ok(value.clone())
    }

    fn number(&mut self, value: &Value) -> Result<Value, Fault> {
        let text = value.as_str().ok_or(ATTRIBUTE)?;
        self.spend(text)?;
        // Spelt as JSON spells numbers, and nothing around it.
        let number = parse(Some(text)).ok();
        number
            .filter(|number| number.is_number() && text.trim() == text)
            .ok_or(Fault::Refused("this is no number that is kept"))
    }

    fn spend(&mut self, text: &str) -> Result<(), Fault> {
        self.0 = self.0.checked_sub(text.len() + 1).ok_or(Fault::TooLarge)?;
        Ok(())
    }
}
