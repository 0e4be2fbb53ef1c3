//! Changes of Terraform text that leave it Terraform.

use hcl_edit::expr::{Array, Expression, Object, ObjectKey, ObjectValue};
use hcl_edit::structure::{Attribute, Block, Body, Structure};

/// A change of one file.
#[derive(Debug, Clone)]
pub(crate) enum Edit {
    /// The resource goes.
    RemoveResource,
    /// An attribute or block goes.
    Remove(String),
    /// An attribute gets another value, an HCL expression.
    Set(String, String),
    /// Attributes and blocks come in, HCL text.
    Add(String),
    /// A statement of a policy attribute changes.
    Statement(String, String, Change),
}

/// A change of a policy statement.
#[derive(Debug, Clone)]
pub(crate) enum Change {
    /// The statement goes.
    Drop,
    /// An element goes.
    Without(&'static str),
    /// An element gets another value, an HCL expression.
    With(&'static str, String),
    /// One condition operator goes.
    WithoutOperator(String),
    /// A condition operator lets requests without the key through.
    IfExists(String),
}

/// Elements of an object by name.
pub(crate) fn element<'o>(object: &'o Object, name: &str) -> Option<&'o Expression> {
    object
        .iter()
        .find(|(key, _)| key_name(key) == name)
        .map(|(_, value)| value.expr())
}

/// Name of an element.
pub(crate) fn key_name(key: &ObjectKey) -> String {
    match (key.as_ident(), key.as_expr().and_then(Expression::as_str)) {
        (Some(ident), _) => ident.as_str().to_owned(),
        (_, Some(text)) => text.to_owned(),
        _ => String::new(),
    }
}

/// The statements of a policy that `jsonencode` writes.
pub(crate) fn statements(value: &Expression) -> Option<&Array> {
    let document = value.as_func_call()?.args.get(0)?.as_object()?;
    element(document, "Statement")?.as_array()
}

/// The text with the change made to the resource `kind.name`. `None` when there is nothing to
/// change.
pub(crate) fn apply(text: &str, kind: &str, name: &str, edit: &Edit) -> Option<String> {
    let mut body: Body = text.parse().ok()?;
    let is_it =
        |block: &Block| block.has_ident("resource") && block.has_exact_labels(&[kind, name]);
    if matches!(edit, Edit::RemoveResource) {
        let index = body.iter().position(|s| s.as_block().is_some_and(is_it))?;
        body.remove(index);
        return Some(body.to_string());
    }
    let resource = body.blocks_mut().find(|block| is_it(block))?;
    change(&mut resource.body, edit)?;
    Some(body.to_string())
}

fn change(resource: &mut Body, edit: &Edit) -> Option<()> {
    match edit {
        Edit::RemoveResource => {}
        Edit::Remove(path) => {
            let (parent, last) = parent(resource, path)?;
            if parent.remove_attribute(last).is_none() && parent.remove_blocks(last).is_empty() {
                return None;
            }
        }
        Edit::Set(path, value) => {
            let (parent, last) = parent(resource, path)?;
            parent.remove_attribute(last);
            parent.push(attribute(last, value));
        }
        Edit::Add(text) => {
            let added: Body = format!("{text}\n").parse().unwrap();
            for structure in added {
                if let Structure::Attribute(a) = &structure {
                    resource.remove_attribute(a.key.as_str());
                }
                resource.push(structure);
            }
        }
        Edit::Statement(path, sid, change) => {
            let mut attribute = resource.get_attribute_mut(path)?;
            let Expression::FuncCall(call) = attribute.value_mut() else {
                return None;
            };
            let document = call.args.get_mut(0)?.as_object_mut()?;
            let statements = document
                .iter_mut()
                .find(|(key, _)| key_name(key) == "Statement")
                .and_then(|(_, value)| value.expr_mut().as_array_mut())?;
            let index = statements.iter().position(|statement| {
                let sid_of = statement.as_object().and_then(|o| element(o, "Sid"));
                sid_of.and_then(Expression::as_str) == Some(sid)
            })?;
            if matches!(change, Change::Drop) {
                statements.remove(index);
            } else {
                let statement = statements.get_mut(index)?.as_object_mut()?;
                *statement = changed(statement, change);
            }
        }
    }
    Some(())
}

fn parent<'b>(resource: &'b mut Body, path: &'b str) -> Option<(&'b mut Body, &'b str)> {
    match path.split_once('.') {
        None => Some((resource, path)),
        Some((block, rest)) => parent(&mut resource.get_blocks_mut(block).next()?.body, rest),
    }
}

fn attribute(name: &str, value: &str) -> Attribute {
    let mut body: Body = format!("{name} = {value}\n").parse().unwrap();
    body.remove_attribute(name).unwrap()
}

fn expression(text: &str) -> Expression {
    attribute("x", text).value
}

/// The object with elements taken out, replaced or renamed.
fn changed(statement: &Object, change: &Change) -> Object {
    let mut object = Object::new();
    for (key, value) in statement {
        let name = key_name(key);
        let value = match change {
            Change::Without(without) if name == *without => continue,
            Change::With(with, text) if name == *with => ObjectValue::new(expression(text)),
            Change::WithoutOperator(operator) if name == "Condition" => {
                let conditions = value.expr().as_object().unwrap().iter();
                let kept: Object = conditions
                    .filter(|(key, _)| key_name(key) != *operator)
                    .map(|(key, value)| (key.clone(), value.clone()))
                    .collect();
                ObjectValue::new(kept)
            }
            Change::IfExists(operator) if name == "Condition" => {
                let conditions = value.expr().as_object().unwrap().iter();
                let renamed: Object = conditions
                    .map(|(key, value)| {
                        let key = match key_name(key) {
                            name if name == *operator => {
                                ObjectKey::from(expression(&format!("\"{name}IfExists\"")))
                            }
                            _ => key.clone(),
                        };
                        (key, value.clone())
                    })
                    .collect();
                ObjectValue::new(renamed)
            }
            _ => value.clone(),
        };
        object.insert(key.clone(), value);
    }
    object
}
