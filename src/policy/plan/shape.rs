//! Values in the shape of `after`, `after_unknown` and `after_sensitive`.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use crate::graph::schema::{Attribute, Block, NestedBlock, Nesting};
use crate::graph::types::Type;
use crate::graph::{Kind, Value};

/// A value, and what mirrors it.
#[derive(Debug, Default)]
pub(super) struct Shaped {
    /// What is known; `None` where nothing is.
    pub(super) after: Option<Json>,
    /// `true` where nothing is known.
    pub(super) unknown: Json,
    /// `true` where the provider keeps a secret.
    pub(super) sensitive: Json,
}

/// The attributes and blocks of a resource, every one that its type has.
pub(super) fn shaped(block: Option<&Block>, attributes: &BTreeMap<String, Value>) -> Shaped {
    let Some(block) = block else {
        return object(
            attributes
                .iter()
                .map(|(name, v)| (name.clone(), anything(v))),
        );
    };
    let own = block.attributes.iter().map(|(name, attribute)| {
        let shaped = match attributes.get(name) {
            // What is null is not written; the provider may say so itself.
            Some(value) => typed(value, &attribute.kind),
            None if attribute.computed => unknown_of(&attribute.kind),
            None => null(),
        };
        (name.clone(), marked(shaped, attribute))
    });
    let nested = block
        .blocks
        .iter()
        .map(|(name, nested)| (name.clone(), blocks(attributes.get(name), nested)));
    object(own.chain(nested))
}

fn marked(shaped: Shaped, attribute: &Attribute) -> Shaped {
    let sensitive = if attribute.sensitive {
        true.into()
    } else {
        shaped.sensitive
    };
    Shaped {
        sensitive,
        ..shaped
    }
}

fn blocks(value: Option<&Value>, nested: &NestedBlock) -> Shaped {
    let inner = |value: &Value| match &value.kind {
        Kind::Map(map) => shaped(Some(&nested.block), map),
        _ => anything(value),
    };
    match (value, nested.nesting) {
        (None, Nesting::Single) => null(),
        (None, Nesting::List | Nesting::Set) => array(std::iter::empty()),
        (Some(value), Nesting::Single) => inner(value),
        (Some(value), Nesting::List | Nesting::Set) => match &value.kind {
            Kind::List(items) | Kind::Set(items) => array(items.iter().map(inner)),
            Kind::Map(_) => array(std::iter::once(inner(value))),
            Kind::Symbol(_) => unknown_list(),
            _ => anything(value),
        },
    }
}

/// A value of a type of the provider's schema.
fn typed(value: &Value, kind: &Type) -> Shaped {
    match (&value.kind, kind) {
        // The provider keeps no set and no map of which a part is unknown, and no empty map.
        (Kind::List(_) | Kind::Set(_), Type::Set(_)) | (Kind::Map(_), Type::Map(_))
            if !value.is_known() =>
        {
            unknown_of(kind)
        }
        (Kind::Map(map), Type::Map(_)) if map.is_empty() => null(),
        (Kind::Symbol(_) | Kind::Template(_), _) => unknown_of(kind),
        (Kind::List(items) | Kind::Set(items), Type::List(of) | Type::Set(of)) => {
            array(items.iter().map(|item| typed(item, of)))
        }
        (Kind::Map(map), Type::Map(of)) => object(
            map.iter()
                .map(|(name, value)| (name.clone(), typed(value, of))),
        ),
        (Kind::Map(map), Type::Object(fields)) => object(fields.iter().map(|(name, field)| {
            let value = map.get(name).filter(|value| !value.is_null());
            let shaped = value.map_or_else(null, |value| typed(value, &field.kind));
            (name.clone(), shaped)
        })),
        _ => anything(value),
    }
}

/// A value of no type.
pub(super) fn anything(value: &Value) -> Shaped {
    let known = |after: Json| Shaped {
        after: Some(after),
        unknown: Json::Bool(false),
        sensitive: Json::Bool(value.sensitive),
    };
    match &value.kind {
        Kind::Null => null(),
        Kind::Bool(b) => known((*b).into()),
        Kind::Number(n) => known(Json::Number(n.clone())),
        Kind::String(text) => known(text.clone().into()),
        Kind::Template(_) | Kind::Symbol(_) => unknown(),
        Kind::List(items) | Kind::Set(items) => array(items.iter().map(anything)),
        Kind::Map(map) => object(map.iter().map(|(name, v)| (name.clone(), anything(v)))),
    }
}

fn null() -> Shaped {
    Shaped {
        after: Some(Json::Null),
        unknown: Json::Bool(false),
        sensitive: Json::Bool(false),
    }
}

fn unknown() -> Shaped {
    Shaped {
        after: None,
        unknown: Json::Bool(true),
        sensitive: Json::Bool(false),
    }
}

/// Nothing is known of a value of a type.
fn unknown_of(kind: &Type) -> Shaped {
    match kind {
        Type::List(_) | Type::Set(_) => unknown_list(),
        Type::Map(_) => Shaped {
            sensitive: Json::Object(Map::new()),
            ..unknown()
        },
        _ => unknown(),
    }
}

fn unknown_list() -> Shaped {
    Shaped {
        sensitive: Json::Array(Vec::new()),
        ..unknown()
    }
}

fn array(items: impl Iterator<Item = Shaped>) -> Shaped {
    let mut all = (Vec::new(), Vec::new(), Vec::new());
    for item in items {
        all.0.push(item.after.unwrap_or_default());
        all.1.push(item.unknown);
        all.2.push(item.sensitive);
    }
    Shaped {
        after: Some(Json::Array(all.0)),
        unknown: Json::Array(all.1),
        sensitive: Json::Array(all.2),
    }
}

/// What is `false` is left out of the mirrors of an object, as Terraform does.
fn object(entries: impl Iterator<Item = (String, Shaped)>) -> Shaped {
    let mut all = (Map::new(), Map::new(), Map::new());
    for (name, entry) in entries {
        if let Some(after) = entry.after {
            all.0.insert(name.clone(), after);
        }
        if entry.unknown != Json::Bool(false) {
            all.1.insert(name.clone(), entry.unknown);
        }
        if entry.sensitive != Json::Bool(false) {
            all.2.insert(name, entry.sensitive);
        }
    }
    Shaped {
        after: Some(Json::Object(all.0)),
        unknown: Json::Object(all.1),
        sensitive: Json::Object(all.2),
    }
}
