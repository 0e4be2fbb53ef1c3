//! Terraform's functions, as far as known arguments allow.
//!
//! Behaviour follows the function reference of Terraform 1.11. A function gives `Ok(None)` when
//! its result is not known; the call then stays a symbol.

mod arguments;
mod collections;
mod encode;
mod format;
mod numbers;
mod text;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use arguments::{Found, bool, collection, convert, list, one, string, text_function, two_texts};
use collections::{
    coalesce, coalescelist, compact, concat, contains, distinct, element, flatten, index, keys,
    length, lookup, merge, only, range, reverse, sets, slice, sort, truths, values, zipmap,
};
use encode::{from_base64, jsondecode};
use format::format;
use numbers::{extreme, number_function, sum};
use sha2::Digest as _;
use text::{formatlist, join, replace, split, substr, trim};

use crate::graph::types::Type;
use crate::graph::{Kind, Value, json};

/// The result may hold its arguments unchanged, with their own sensitive marks.
pub(in crate::graph::hcl) fn keeps_marks(name: &str) -> bool {
    matches!(
        name,
        "concat"
            | "merge"
            | "flatten"
            | "tolist"
            | "tomap"
            | "values"
            | "lookup"
            | "coalesce"
            | "coalescelist"
            | "element"
            | "one"
            | "zipmap"
            | "compact"
            | "reverse"
            | "slice"
    )
}

/// Applies a function; `None` when it is not one of these.
pub(in crate::graph::hcl) fn apply(name: &str, args: &[Value]) -> Option<Found> {
    Some(match name {
        "jsonencode" => one(args).and_then(|v| {
            json::encode(v)
                .map(Some)
                .ok_or_else(|| "nested too deep".to_owned())
        }),
        "jsondecode" => one(args).and_then(jsondecode),
        "concat" => concat(args),
        "merge" => merge(args),
        "toset" => one(args).and_then(|v| collection(v, |items| Value::set(items.to_vec()))),
        "tolist" => one(args).and_then(|v| collection(v, |items| list(items.to_vec()))),
        "distinct" => one(args).and_then(distinct),
        "sort" => one(args).and_then(sort),
        "flatten" => one(args).and_then(flatten),
        "tomap" => one(args).and_then(|v| match &v.kind {
            Kind::Map(_) => Ok(Some(v.clone())),
            Kind::Symbol(_) => Ok(None),
            _ => Err("a map is required".to_owned()),
        }),
        "tostring" => one(args).and_then(|v| convert(v, &Type::String)),
        "tonumber" => one(args).and_then(|v| convert(v, &Type::Number)),
        "tobool" => one(args).and_then(|v| convert(v, &Type::Bool)),
        "format" => format(args),
        "join" => join(args),
        "split" => two_texts(args, |separator, text| Ok(split(separator, text))),
        "lower" => text_function(args, str::to_lowercase),
        "upper" => text_function(args, str::to_uppercase),
        "trimspace" => text_function(args, |t| t.trim().to_owned()),
        "sha256" => text_function(args, |t| hex::encode(sha2::Sha256::digest(t.as_bytes()))),
        "base64encode" => text_function(args, |t| STANDARD.encode(t)),
        "replace" => replace(args),
        "startswith" => two_texts(args, |text, prefix| Ok(bool(text.starts_with(prefix)))),
        "endswith" => two_texts(args, |text, suffix| Ok(bool(text.ends_with(suffix)))),
        "strcontains" => two_texts(args, |text, part| Ok(bool(text.contains(part)))),
        "trimprefix" => two_texts(args, |text, prefix| {
            Ok(Value::string(text.strip_prefix(prefix).unwrap_or(text)))
        }),
        "trimsuffix" => two_texts(args, |text, suffix| {
            Ok(Value::string(text.strip_suffix(suffix).unwrap_or(text)))
        }),
        "substr" => substr(args),
        "length" => one(args).and_then(length),
        "lookup" => lookup(args),
        "keys" => one(args).and_then(keys),
        "values" => one(args).and_then(values),
        "contains" => contains(args),
        "coalesce" => coalesce(args),
        "ceil" => number_function(args, f64::ceil),
        "floor" => number_function(args, f64::floor),
        "min" => extreme(args, f64::min),
        "max" => extreme(args, f64::max),
        "abs" => number_function(args, f64::abs),
        "sum" => one(args).and_then(sum),
        "formatlist" => formatlist(args),
        "trim" => trim(args),
        "chomp" => text_function(args, |t| t.trim_end_matches(['\r', '\n']).to_owned()),
        "basename" => text_function(args, |t| {
            let name = t.trim_end_matches('/').rsplit('/').next();
            name.unwrap_or_default().to_owned()
        }),
        "base64decode" => one(args).and_then(|v| match v.as_str() {
            Some(text) => string(from_base64(text).ok_or("this is not text in base 64")?),
            None => Ok(None),
        }),
        "element" => element(args),
        "one" => one(args).and_then(only),
        "zipmap" => zipmap(args),
        "compact" => one(args).and_then(compact),
        "reverse" => one(args).and_then(reverse),
        "slice" => slice(args),
        "index" => index(args),
        "range" => range(args),
        "setunion" | "setintersection" | "setsubtract" => sets(name, args),
        "coalescelist" => coalescelist(args),
        "alltrue" => one(args).and_then(|v| truths(v, true)),
        "anytrue" => one(args).and_then(|v| truths(v, false)),
        _ => return None,
    })
}
