//! Type constraints of variables.

use std::collections::BTreeMap;

use hcl_edit::Span as _;
use hcl_edit::expr::{Expression, FuncCall, Object, ObjectKey};

use super::eval::{Evaluator, Failure, Scope};
use super::module::start;
use crate::graph::types::{Extra, Field, Type};

impl Evaluator<'_> {
    /// The type that an expression like `map(object({ a = optional(string) }))` denotes.
    pub(super) fn type_constraint(
        &self,
        expression: &Expression,
        scope: Scope,
    ) -> Result<Type, Failure> {
        let offset = start(expression.span());
        match expression {
            Expression::Variable(name) => match name.as_str() {
                "any" => Ok(Type::Any),
                "bool" => Ok(Type::Bool),
                "number" => Ok(Type::Number),
                "string" => Ok(Type::String),
                "list" => Ok(Type::List(Box::new(Type::Any))),
                "map" => Ok(Type::Map(Box::new(Type::Any))),
                name => Err(scope.fail(offset, format!("no type is named {name:?}"))),
            },
            // The quoted form of Terraform 0.11 is still accepted for these.
            Expression::String(name) if name.as_str() == "string" => Ok(Type::String),
            Expression::FuncCall(call) => self.constructed(call, offset, scope),
            _ => Err(scope.fail(offset, "this is not a type")),
        }
    }

    fn constructed(&self, call: &FuncCall, offset: usize, scope: Scope) -> Result<Type, Failure> {
        let Some(argument) = call.args.get(0).filter(|_| call.args.len() == 1) else {
            return Err(scope.fail(offset, "a type constructor takes one argument"));
        };
        let inner = || self.type_constraint(argument, scope).map(Box::new);
        match (call.name.name.as_str(), argument) {
            ("list", _) => Ok(Type::List(inner()?)),
            ("set", _) => Ok(Type::Set(inner()?)),
            ("map", _) => Ok(Type::Map(inner()?)),
            ("tuple", Expression::Array(types)) => Ok(Type::Tuple(
                types
                    .iter()
                    .map(|t| self.type_constraint(t, scope))
                    .collect::<Result<_, _>>()?,
            )),
            ("object", Expression::Object(fields)) => self.object_type(fields, offset, scope),
            (name, _) => Err(scope.fail(offset, format!("{name} is not used like this in types"))),
        }
    }

    fn object_type(&self, fields: &Object, offset: usize, scope: Scope) -> Result<Type, Failure> {
        let mut object = BTreeMap::new();
        for (key, value) in fields {
            let name = match key {
                ObjectKey::Ident(name) => name.as_str(),
                ObjectKey::Expression(Expression::String(name)) => name.as_str(),
                ObjectKey::Expression(_) => {
                    return Err(scope.fail(offset, "attribute names are plain names"));
                }
            };
            let optional = match value.expr() {
                Expression::FuncCall(call) if call.name.name.as_str() == "optional" => Some(call),
                _ => None,
            };
            let field = match optional.map(|call| (call.args.get(0), call.args.get(1))) {
                None => Field {
                    kind: self.type_constraint(value.expr(), scope)?,
                    optional: false,
                    default: None,
                },
                Some((Some(kind), default)) => {
                    let kind = self.type_constraint(kind, scope)?;
                    let default = default
                        .map(|d| {
                            let at = start(d.span());
                            kind.convert(self.eval(d, scope)?, Extra::Drop)
                                .map_err(|e| scope.fail(at, e))
                        })
                        .transpose()?;
                    Field {
                        kind,
                        optional: true,
                        default,
                    }
                }
                Some((None, _)) => return Err(scope.fail(offset, "optional needs a type")),
            };
            object.insert(name.to_owned(), field);
        }
        Ok(Type::Object(object))
    }
}
