//! The provider's schema: types, nesting and marks of attributes, for the resource types that
//! slgen generates or reads.
//!
//! The data is an extract of `terraform providers schema -json` (hashicorp/aws 5.100.0), made by
//! `scripts/extract-provider-schema`, which also describes its layout. One type is decoded when
//! it is first asked for.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Deserialize;

use super::types::Type;

static INDEX: &str = include_str!("provider_schema.index");
static BLOB: &[u8] = include_bytes!("provider_schema.bin");
#[allow(clippy::type_complexity, reason = "used once")]
static DECODED: Mutex<BTreeMap<(bool, String), Option<Arc<ResourceSchema>>>> =
    Mutex::new(BTreeMap::new());

/// The provider that the extract is of, `hashicorp/aws 5.100.0`.
pub fn source() -> &'static str {
    let header = INDEX.lines().next().unwrap_or_default();
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
    let key = (data, kind.to_owned());
    let mut decoded = DECODED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(found) = decoded.get(&key) {
        return found.clone();
    }
    let found = find(kind, data).and_then(decode).map(Arc::new);
    // Names that are not in the extract are not kept: their number has no bound.
    if found.is_some() {
        decoded.insert(key, found.clone());
    }
    found
}

/// Resource types (data sources when `data`) in the extract, sorted.
pub fn kinds(data: bool) -> impl Iterator<Item = &'static str> {
    entries()
        .filter(move |(of_data, _)| *of_data == data)
        .map(|(_, kind)| kind)
}

fn entries() -> impl Iterator<Item = (bool, &'static str)> {
    INDEX.lines().filter_map(|line| {
        let mut words = line.split(' ');
        let data = match words.next()? {
            "data" => true,
            "resource" => false,
            _ => return None,
        };
        Some((data, words.next()?))
    })
}

fn find(kind: &str, data: bool) -> Option<&'static [u8]> {
    let start = format!("{} {kind} ", if data { "data" } else { "resource" });
    let place = INDEX.lines().find_map(|line| line.strip_prefix(&start))?;
    let (offset, length) = place.split_once(' ')?;
    let offset: usize = offset.parse().ok()?;
    BLOB.get(offset..offset.checked_add(length.parse().ok()?)?)
}

/// A type as it is stored: its version and its blocks, the outermost last.
#[derive(Deserialize)]
struct Packed<'t> {
    v: u64,
    #[serde(borrow)]
    b: Vec<(PackedAttributes<'t>, PackedBlocks<'t>)>,
}
/// Type and flags of each attribute.
type PackedAttributes<'t> = BTreeMap<String, (serde_json::Value, &'t str)>;
/// Nesting, number of the block, least and greatest number of each nested block.
type PackedBlocks<'t> = BTreeMap<String, (&'t str, usize, u64, u64)>;

fn decode(bytes: &[u8]) -> Option<ResourceSchema> {
    let mut text = String::new();
    flate2::bufread::DeflateDecoder::new(bytes)
        .read_to_string(&mut text)
        .ok()?;
    let packed: Packed = serde_json::from_str(&text).ok()?;
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
    let attributes = attributes.into_iter().map(|(name, (kind, flags))| {
        let attribute = Attribute {
            kind: Type::from_json(&kind)?,
            required: flags.contains('r'),
            optional: flags.contains('o'),
            computed: flags.contains('c'),
            sensitive: flags.contains('s'),
            write_only: flags.contains('w'),
        };
        Some((name, attribute))
    });
    let nested = nested
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
            Some((name, nested))
        });
    Some(Block {
        attributes: attributes.collect::<Option<_>>()?,
        blocks: nested.collect::<Option<_>>()?,
    })
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
