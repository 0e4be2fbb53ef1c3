//! Functions of numbers.

use super::arguments::{Found, Result, items, one};
use crate::graph::Value;
use crate::graph::hcl::operators::to_number;

pub(super) fn number_function(args: &[Value], f: fn(f64) -> f64) -> Found {
    let arg = one(args)?;
    if !arg.is_known() {
        return Ok(None);
    }
    let n = to_number(arg).ok_or("a number is required")?;
    Ok(Value::number(f(n)))
}

pub(super) fn extreme(args: &[Value], f: fn(f64, f64) -> f64) -> Found {
    if args.iter().any(|a| !a.is_known()) {
        return Ok(None);
    }
    let numbers = args
        .iter()
        .map(|a| to_number(a).ok_or_else(|| "numbers are required".to_owned()))
        .collect::<Result<Vec<_>>>()?;
    let found = numbers.into_iter().reduce(f);
    Ok(Some(
        found
            .and_then(Value::number)
            .ok_or("a number is required")?,
    ))
}

pub(super) fn sum(value: &Value) -> Found {
    let Some(items) = items(value)? else {
        return Ok(None);
    };
    if !value.is_known() {
        return Ok(None);
    }
    let numbers = items
        .iter()
        .map(|v| to_number(v).ok_or_else(|| "numbers are required".to_owned()))
        .collect::<Result<Vec<_>>>()?;
    Ok(Value::number(numbers.into_iter().sum()))
}
