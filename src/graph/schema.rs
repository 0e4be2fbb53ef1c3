//! The provider's schema: types, nesting and marks of attributes, for the resource types that
//! slgen generates or reads.
//!
//! The data is an extract of `terraform providers schema -json` (hashicorp/aws 5.100.0), made by
//! `scripts/extract-provider-schema`, which also describes its layout. One type is decoded when
//! it is first asked for.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, OnceLock};

use serde::Deserialize;
use serde_json::value::RawValue;

use super::types::Type;

static EXTRACT: &str = include_str!("provider_schema.txt");
/// The types; a data source is marked.
static TYPES: LazyLock<BTreeMap<(bool, &str), Entry>> =
    LazyLock::new(|| EXTRACT.lines().filter_map(entry).collect());

/// A type: its document, which is decoded once. While one thread does so, others decode other types.
struct Entry {
    packed: &'static str,
    decoded: OnceLock<Option<Arc<ResourceSchema>>>,
}

/// The provider that the extract is of, `hashicorp/aws 5.100.0`.
pub fn source() -> &'static str {
    let header = EXTRACT.lines().next().unwrap_or_default();
    header.trim_start_matches("# ")
}

/// Schema of a resource type or data source.
#[derive(Debug, Clone, PartialEq)]
pub struct ResourceSchema {
    /// Version of the schema, as in state files.
    pub version: u64,
    /// Attributes and nested blocks.
    pub block: Arc<Block>,
}

/// Attributes and nested blocks of one block.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Block {
    /// Attributes by name.
    pub attributes: BTreeMap<String, Attribute>,
    /// Nested blocks by name.
    pub blocks: BTreeMap<String, NestedBlock>,
}

/// An attribute.
#[derive(Debug, Clone, PartialEq)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "the flags of the provider schema"
)]
pub struct Attribute {
    /// Its type.
    pub kind: Type,
    /// Must be written.
    pub required: bool,
    /// May be written.
    pub optional: bool,
    /// The provider sets it (when not written).
    pub computed: bool,
    /// Never to be printed.
    pub sensitive: bool,
    /// Not kept in state.
    pub write_only: bool,
}

/// How often a nested block occurs and what its value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nesting {
    /// Once: a map.
    Single,
    /// A list of maps.
    List,
    /// A set of maps.
    Set,
}

/// A nested block.
#[derive(Debug, Clone, PartialEq)]
pub struct NestedBlock {
    /// Nesting mode.
    pub nesting: Nesting,
    /// Its contents.
    pub block: Arc<Block>,
    /// Least number of blocks.
    pub min_items: u64,
    /// Greatest number of blocks; 0 is any.
    pub max_items: u64,
}

/// Schema of a resource type (`aws_sqs_queue`), or of a data source when `data`. `None` when the
/// extract does not hold it.
pub fn resource(kind: &str, data: bool) -> Option<Arc<ResourceSchema>> {
    let entry = TYPES.get(&(data, kind))?;
    let decoded = entry
        .decoded
        .get_or_init(|| decode(entry.packed).map(Arc::new));
    decoded.clone()
}

/// Resource types (data sources when `data`) in the extract, sorted.
pub fn kinds(data: bool) -> impl Iterator<Item = &'static str> {
    let kinds = TYPES.keys().filter(move |(of_data, _)| *of_data == data);
    kinds.map(|(_, kind)| *kind)
}

/// A line of the extract: mode, type, document.
fn entry(line: &'static str) -> Option<((bool, &'static str), Entry)> {
    let mut words = line.splitn(3, ' ');
    let data = match words.next()? {
        "data" => true,
        "resource" => false,
        _ => return None,
    };
    let kind = words.next()?;
    let entry = Entry {
        packed: words.next()?,
        decoded: OnceLock::new(),
    };
    Some(((data, kind), entry))
}

/// A type as it is stored: its version and its blocks, the outermost last.
#[derive(Deserialize)]
struct Packed<'t> {
    v: u64,
    #[serde(borrow)]
    b: Vec<(PackedAttributes<'t>, PackedBlocks<'t>)>,
}
/// Type and flags of each attribute.
#[derive(Deserialize)]
#[serde(transparent)]
struct PackedAttributes<'t>(#[serde(borrow)] BTreeMap<&'t str, (&'t RawValue, &'t str)>);
/// Nesting, number of the block, least and greatest number of each nested block.
#[derive(Deserialize)]
#[serde(transparent)]
struct PackedBlocks<'t>(#[serde(borrow)] BTreeMap<&'t str, (&'t str, usize, u64, u64)>);

fn decode(text: &str) -> Option<ResourceSchema> {
    let packed: Packed = serde_json::from_str(text).ok()?;
    let mut blocks: Vec<Arc<Block>> = Vec::new();
    for (attributes, nested) in packed.b {
        blocks.push(Arc::new(decode_block(attributes, nested, &blocks)?));
    }
    Some(ResourceSchema {
        version: packed.v,
        block: blocks.pop()?,
    })
}

fn decode_block(
    attributes: PackedAttributes,
    nested: PackedBlocks,
    blocks: &[Arc<Block>],
) -> Option<Block> {
    let attributes = attributes.0.into_iter().map(|(name, (kind, flags))| {
        let attribute = Attribute {
            kind: decode_kind(kind.get())?,
            required: flags.contains('r'),
            optional: flags.contains('o'),
            computed: flags.contains('c'),
            sensitive: flags.contains('s'),
            write_only: flags.contains('w'),
        };
        Some((name.to_owned(), attribute))
    });
    let nested = nested
        .0
        .into_iter()
        .map(|(name, (nesting, block, min_items, max_items))| {
            let nested = NestedBlock {
                nesting: match nesting {
                    "single" | "group" => Nesting::Single,
                    "list" => Nesting::List,
                    "set" => Nesting::Set,
                    _ => return None,
                },
                block: blocks.get(block)?.clone(),
                min_items,
                max_items,
            };
            Some((name.to_owned(), nested))
        });
    Some(Block {
        attributes: attributes.collect::<Option<_>>()?,
        blocks: nested.collect::<Option<_>>()?,
    })
}

/// A type; most are plain ones.
fn decode_kind(json: &str) -> Option<Type> {
    match json {
        "\"string\"" => Some(Type::String),
        "\"bool\"" => Some(Type::Bool),
        "\"number\"" => Some(Type::Number),
        _ => Type::from_json(&serde_json::from_str(json).ok()?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_of_the_extract_decodes() {
        let mut count = 0;
        for data in [false, true] {
            for kind in kinds(data) {
                assert!(resource(kind, data).is_some(), "{kind}");
                count += 1;
            }
        }
        assert!(count > 200, "{count}");
    }

    #[test]
    fn flags_and_nesting_are_read() {
        let function = resource("aws_lambda_function", false).unwrap();
        let block = &function.block;
        assert!(block.attributes["function_name"].required);
        assert!(block.attributes["arn"].computed && !block.attributes["arn"].optional);
        assert_eq!(
            block.attributes["layers"].kind,
            Type::List(Box::new(Type::String))
        );
        assert_eq!(block.blocks["environment"].nesting, Nesting::List);
        assert_eq!(block.blocks["environment"].max_items, 1);
        assert_eq!(block.blocks["timeouts"].nesting, Nesting::Single);
        let secret = resource("aws_secretsmanager_secret_version", false).unwrap();
        assert!(secret.block.attributes["secret_string"].sensitive);
        assert_eq!(resource("aws_lambda_functions", false), None);
        assert_eq!(resource("aws_lambda_function", true), None);
    }
}
