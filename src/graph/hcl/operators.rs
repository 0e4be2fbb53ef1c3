//! Unary and binary operators.

use hcl_edit::expr::{BinaryOp, BinaryOperator, UnaryOp, UnaryOperator};

use super::eval::{Evaluator, Outcome, Scope, operand, truth};
use crate::graph::types::{Extra, Type};
use crate::graph::{Kind, Value};

impl Evaluator<'_> {
    pub(super) fn unary(&self, op: &UnaryOp, offset: usize, scope: Scope) -> Outcome {
        let value = self.eval(&op.expr, scope)?;
        let sensitive = value.has_sensitive();
        let operator = *op.operator.value();
        if !value.is_known() {
            let sign = match operator {
                UnaryOperator::Neg => '-',
                UnaryOperator::Not => '!',
            };
            return self.symbol(
                format!("{sign}{}", operand(&value)),
                sensitive,
                offset,
                scope,
            );
        }
        let result = match operator {
            UnaryOperator::Neg => to_number(&value).and_then(|n| Value::number(-n)),
            UnaryOperator::Not => truth(&value).map(|b| Kind::Bool(!b).into()),
        };
        result
            .map(|v| v.marked(sensitive))
            .ok_or_else(|| scope.fail(offset, "the operand has another type"))
    }

    pub(super) fn binary(&self, op: &BinaryOp, offset: usize, scope: Scope) -> Outcome {
        let operator = *op.operator.value();
        let left = self.eval(&op.lhs_expr, scope)?;
        // Decided by the left side alone: the right one may not even be valid then.
        match (operator, truth(&left)) {
            (BinaryOperator::And, Some(false)) => {
                return Ok(Value::from(Kind::Bool(false)).marked(left.sensitive));
            }
            (BinaryOperator::Or, Some(true)) => {
                return Ok(Value::from(Kind::Bool(true)).marked(left.sensitive));
            }
            _ => {}
        }
        let right = self.eval(&op.rhs_expr, scope)?;
        let sensitive = left.has_sensitive() || right.has_sensitive();
        let known = left.is_known() && right.is_known();
        let result = match operator {
            BinaryOperator::Eq | BinaryOperator::NotEq if known => {
                Some(Kind::Bool(same(&left, &right) == (operator == BinaryOperator::Eq)).into())
            }
            BinaryOperator::And if truth(&right) == Some(false) => Some(Kind::Bool(false).into()),
            BinaryOperator::Or if truth(&right) == Some(true) => Some(Kind::Bool(true).into()),
            _ if !known => {
                let text = format!(
                    "{} {} {}",
                    operand(&left),
                    operator.as_str(),
                    operand(&right)
                );
                return self.symbol(text, sensitive, offset, scope);
            }
            BinaryOperator::And | BinaryOperator::Or => {
                truth(&left).and(truth(&right)).map(|right| {
                    // The short cuts above leave true && x and false || x.
                    Kind::Bool(right).into()
                })
            }
            _ => arithmetic(operator, &left, &right),
        };
        result.map(|v| v.marked(sensitive)).ok_or_else(|| {
            let operator = operator.as_str();
            scope.fail(offset, format!("the operands do not suit {operator}"))
        })
    }
}

fn arithmetic(operator: BinaryOperator, left: &Value, right: &Value) -> Option<Value> {
    let (l, r) = (to_number(left)?, to_number(right)?);
    let bool = |b: bool| Some(Kind::Bool(b).into());
    match operator {
        BinaryOperator::Plus => Value::number(l + r),
        BinaryOperator::Minus => Value::number(l - r),
        BinaryOperator::Mul => Value::number(l * r),
        BinaryOperator::Div => Value::number(l / r),
        BinaryOperator::Mod => Value::number(l % r),
        BinaryOperator::Less => bool(l < r),
        BinaryOperator::LessEq => bool(l <= r),
        BinaryOperator::Greater => bool(l > r),
        BinaryOperator::GreaterEq => bool(l >= r),
        _ => None,
    }
}

/// A known number, also as text.
pub(super) fn to_number(value: &Value) -> Option<f64> {
    match &value.kind {
        Kind::Number(_) | Kind::String(_) => Type::Number
            .convert(value.clone(), Extra::Refuse)
            .ok()?
            .as_f64(),
        _ => None,
    }
}

/// A whole number from 0 within the range of an index.
pub(super) fn list_index(value: &Value) -> Option<usize> {
    let n = to_number(value)?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "guarded: whole, positive and small"
    )]
    (n.fract() == 0.0 && (0.0..1e15).contains(&n)).then_some(n as usize)
}

/// May stand in brackets.
pub(super) fn is_index(value: &Value) -> bool {
    matches!(
        value.kind,
        Kind::String(_) | Kind::Number(_) | Kind::Template(_) | Kind::Symbol(_)
    )
}

/// Equality of known values: numbers by value, marks ignored.
pub(super) fn same(left: &Value, right: &Value) -> bool {
    match (&left.kind, &right.kind) {
        (Kind::Number(l), Kind::Number(r)) => l == r || l.as_f64() == r.as_f64(),
        (Kind::List(l), Kind::List(r)) | (Kind::Set(l), Kind::Set(r)) => {
            l.len() == r.len() && l.iter().zip(r).all(|(l, r)| same(l, r))
        }
        (Kind::Map(l), Kind::Map(r)) => {
            l.len() == r.len()
                && l.iter()
                    .zip(r)
                    .all(|((lk, lv), (rk, rv))| lk == rk && same(lv, rv))
        }
        (l, r) => l == r,
    }
}
