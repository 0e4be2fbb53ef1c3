//! A resource block, known without its syntax tree.

use std::ops::Range;

use hcl_edit::Span as _;
use hcl_edit::structure::Block;

/// Key of a resource or data source: data, type, name.
pub(super) type ResourceKey<'a> = (bool, &'a str, &'a str);

/// Where a resource or data source stands, and what is asked of it without its syntax tree.
///
/// A tree takes some twenty times the memory of its text: those of all resources of a large
/// service are never there at once.
pub(super) struct ResourceBlock {
    data: bool,
    kind: String,
    name: String,
    /// Its text in the file.
    pub(super) span: Range<usize>,
    /// `count` or `for_each`.
    pub(super) repeated: bool,
    /// Names of its arguments.
    pub(super) arguments: Vec<String>,
}

impl ResourceBlock {
    pub(super) fn new(key: ResourceKey, span: Range<usize>, arguments: Vec<String>) -> Self {
        let (data, kind, name) = key;
        Self {
            data,
            kind: kind.to_owned(),
            name: name.to_owned(),
            span,
            repeated: arguments.iter().any(|a| a == "count" || a == "for_each"),
            arguments,
        }
    }

    /// What stands in a tree; `None` for what is no resource.
    pub(super) fn of(block: &Block) -> Option<Self> {
        let data = match block.ident.as_str() {
            "data" => true,
            "resource" => false,
            _ => return None,
        };
        let [kind, name] = block.labels.as_slice() else {
            return None;
        };
        let arguments = block.body.attributes().map(|a| a.key.as_str().to_owned());
        let key = (data, kind.as_str(), name.as_str());
        Some(Self::new(key, block.span()?, arguments.collect()))
    }

    pub(super) fn key(&self) -> ResourceKey<'_> {
        (self.data, &self.kind, &self.name)
    }

    /// Whether it has an argument of this name.
    pub(super) fn writes(&self, argument: &str) -> bool {
        self.arguments.iter().any(|a| a == argument)
    }

    /// Whether the tree of its text is the resource that it was taken for.
    pub(super) fn is(&self, block: &Block) -> bool {
        let length = self.span.len();
        Self::of(block).is_some_and(|found| {
            found.span == (0..length)
                && found.key() == self.key()
                && found.arguments == self.arguments
        })
    }
}
