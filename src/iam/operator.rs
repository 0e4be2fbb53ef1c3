//! Condition operators (IAM user guide, "IAM JSON policy elements: Condition operators" and "Single-valued vs.
//! multivalued context keys").

use std::sync::OnceLock;

/// How a value of the request is compared with a value of the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Comparison {
    Equals,
    EqualsIgnoreCase,
    Like,
    Numeric(Order),
    Date(Order),
    Bool,
    Binary,
    Ip,
    /// `ArnEquals` and `ArnLike` behave alike.
    Arn,
}

/// How two numbers or instants have to lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Order {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Order {
    /// Whether `value` lies so to `bound`.
    pub(super) fn holds(self, value: i128, bound: i128) -> bool {
        match self {
            Self::Equal => value == bound,
            Self::Less => value < bound,
            Self::LessOrEqual => value <= bound,
            Self::Greater => value > bound,
            Self::GreaterOrEqual => value >= bound,
        }
    }
}

/// How the operator treats several values in the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Quantifier {
    /// The key has one value.
    One,
    /// `ForAllValues:`, true without any.
    All,
    /// `ForAnyValue:`, false without any.
    Any,
}

/// A condition operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Operator {
    /// `Null`: whether the key is absent.
    Null,
    /// Any other.
    Compare {
        comparison: Comparison,
        /// `…Not…`: none of the values.
        negated: bool,
        /// `…IfExists`: true when the key is absent.
        if_exists: bool,
        quantifier: Quantifier,
    },
}

const COMPARISONS: [(&str, Comparison, bool); 26] = [
    ("StringEquals", Comparison::Equals, false),
    ("StringNotEquals", Comparison::Equals, true),
    (
        "StringEqualsIgnoreCase",
        Comparison::EqualsIgnoreCase,
        false,
    ),
    (
        "StringNotEqualsIgnoreCase",
        Comparison::EqualsIgnoreCase,
        true,
    ),
    ("StringLike", Comparison::Like, false),
    ("StringNotLike", Comparison::Like, true),
    ("NumericEquals", Comparison::Numeric(Order::Equal), false),
    ("NumericNotEquals", Comparison::Numeric(Order::Equal), true),
    ("NumericLessThan", Comparison::Numeric(Order::Less), false),
    (
        "NumericLessThanEquals",
        Comparison::Numeric(Order::LessOrEqual),
        false,
    ),
    (
        "NumericGreaterThan",
        Comparison::Numeric(Order::Greater),
        false,
    ),
    (
        "NumericGreaterThanEquals",
        Comparison::Numeric(Order::GreaterOrEqual),
        false,
    ),
    ("DateEquals", Comparison::Date(Order::Equal), false),
    ("DateNotEquals", Comparison::Date(Order::Equal), true),
    ("DateLessThan", Comparison::Date(Order::Less), false),
    (
        "DateLessThanEquals",
        Comparison::Date(Order::LessOrEqual),
        false,
    ),
    ("DateGreaterThan", Comparison::Date(Order::Greater), false),
    (
        "DateGreaterThanEquals",
        Comparison::Date(Order::GreaterOrEqual),
        false,
    ),
    ("Bool", Comparison::Bool, false),
    ("BinaryEquals", Comparison::Binary, false),
    ("IpAddress", Comparison::Ip, false),
    ("NotIpAddress", Comparison::Ip, true),
    ("ArnEquals", Comparison::Arn, false),
    ("ArnNotEquals", Comparison::Arn, true),
    ("ArnLike", Comparison::Arn, false),
    ("ArnNotLike", Comparison::Arn, true),
];

const QUANTIFIERS: [(&str, Quantifier); 3] = [
    ("", Quantifier::One),
    ("ForAllValues:", Quantifier::All),
    ("ForAnyValue:", Quantifier::Any),
];

struct Named {
    name: String,
    operator: Operator,
}

fn all() -> &'static [Named] {
    static ALL: OnceLock<Vec<Named>> = OnceLock::new();
    ALL.get_or_init(|| {
        let mut all = vec![Named {
            name: "Null".to_owned(),
            operator: Operator::Null,
        }];
        for (prefix, quantifier) in QUANTIFIERS {
            for (name, comparison, negated) in COMPARISONS {
                for (suffix, if_exists) in [("", false), ("IfExists", true)] {
                    all.push(Named {
                        name: format!("{prefix}{name}{suffix}"),
                        operator: Operator::Compare {
                            comparison,
                            negated,
                            if_exists,
                            quantifier,
                        },
                    });
                }
            }
        }
        all
    })
}

/// A condition operator by its name, `IfExists` and set prefixes included; `None` when there is none.
pub fn operator(name: &str) -> Option<&'static str> {
    all()
        .iter()
        .map(|known| known.name.as_str())
        .find(|known| *known == name)
}

impl Operator {
    /// The operator of a policy; case does not matter. `None` for one that is not AWS's.
    pub(super) fn parse(name: &str) -> Option<Self> {
        all()
            .iter()
            .find(|known| known.name.eq_ignore_ascii_case(name))
            .map(|known| known.operator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operator_of_the_guide_and_no_other() {
        assert_eq!(all().len(), 1 + 26 * 2 * 3);
        for name in [
            "Null",
            "Bool",
            "BoolIfExists",
            "ForAllValues:StringLike",
            "ForAnyValue:ArnNotLikeIfExists",
            "DateGreaterThanEquals",
            "NotIpAddressIfExists",
        ] {
            assert_eq!(operator(name), Some(name));
        }
        for name in [
            "StringFoo",
            "NullIfExists",
            "IfExists",
            "bool",
            "ForSome:Bool",
            "",
        ] {
            assert_eq!(operator(name), None);
        }
        assert_eq!(
            Operator::parse("forallvalues:stringNOTlike"),
            Some(Operator::Compare {
                comparison: Comparison::Like,
                negated: true,
                if_exists: false,
                quantifier: Quantifier::All,
            })
        );
    }
}
