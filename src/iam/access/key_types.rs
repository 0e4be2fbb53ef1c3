//! Which values a condition key can have: the Service Authorization Reference for the keys of a service, the IAM user
//! guide ("AWS global condition context keys") for `aws:…`.

use crate::catalog::aws::iam;

/// The type of a key's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ValueType {
    /// `true` or `false`.
    Bool,
    Number,
    Instant,
    Address,
    /// Any string, or not known.
    Text,
}

const GLOBAL: [(&str, ValueType); 12] = [
    ("aws:assumedroot", ValueType::Bool),
    ("aws:currenttime", ValueType::Instant),
    ("aws:epochtime", ValueType::Instant),
    ("aws:multifactorauthage", ValueType::Number),
    ("aws:multifactorauthpresent", ValueType::Bool),
    ("aws:principalisawsservice", ValueType::Bool),
    ("aws:securetransport", ValueType::Bool),
    ("aws:sourceip", ValueType::Address),
    ("aws:tokenissuetime", ValueType::Instant),
    ("aws:viaawsmcpservice", ValueType::Bool),
    ("aws:viaawsservice", ValueType::Bool),
    ("aws:vpcsourceip", ValueType::Address),
];

const SEVERAL: [&str; 5] = [
    "aws:calledvia",
    "aws:principalorgpaths",
    "aws:principalservicenameslist",
    "aws:resourceorgpaths",
    "aws:tagkeys",
];

/// The type of a key by its folded name, and whether a request may carry several values.
pub(super) fn facts(key: &str) -> (ValueType, bool) {
    if let Some((_, kind)) = GLOBAL.iter().find(|(name, _)| *name == key) {
        return (*kind, false);
    }
    let (prefix, _) = key.split_once(':').unwrap_or_default();
    if prefix == "aws" {
        return (ValueType::Text, SEVERAL.contains(&key));
    }
    let kind = iam::condition_key_type(prefix, key).unwrap_or_default();
    let (several, of) = match kind.strip_prefix("ArrayOf") {
        Some(of) => (true, of),
        None => (false, kind),
    };
    let of = match of {
        "Bool" => ValueType::Bool,
        "Numeric" => ValueType::Number,
        "Date" => ValueType::Instant,
        "IPAddress" => ValueType::Address,
        _ => ValueType::Text,
    };
    (of, several)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_of_global_and_service_keys() {
        assert_eq!(facts("aws:securetransport"), (ValueType::Bool, false));
        assert_eq!(facts("aws:sourceip"), (ValueType::Address, false));
        assert_eq!(facts("aws:tagkeys"), (ValueType::Text, true));
        assert_eq!(facts("aws:sourcevpce"), (ValueType::Text, false));
        assert_eq!(facts("dynamodb:leadingkeys"), (ValueType::Text, true));
        assert_eq!(facts("s3:max-keys"), (ValueType::Number, false));
        assert_eq!(facts("nosuch:key"), (ValueType::Text, false));
        assert_eq!(facts(""), (ValueType::Text, false));
    }
}
