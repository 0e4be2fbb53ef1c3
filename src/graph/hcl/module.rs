//! A parsed root module: its blocks by what they declare.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use camino::Utf8Path;
use hcl_edit::Span as _;
use hcl_edit::expr::Expression;
use hcl_edit::structure::{Block, Body, Structure};

use super::ReadError;
use super::resource::{ResourceBlock, ResourceKey};
use super::split::{Split, split};
use super::syntax;

/// Largest file that is read; generated ones have a few dozen kilobytes.
const MAX_FILE: usize = 2 << 20;

/// A parsed file.
pub(super) struct File<'a> {
    pub(super) path: &'a Utf8Path,
    /// For JSON syntax and what was overridden: the HCL that was made of it.
    pub(super) text: Cow<'a, str>,
    pub(super) body: Body,
    /// Resources, which are not in the body.
    pub(super) resources: Vec<ResourceBlock>,
    lines: Vec<usize>,
}

impl<'a> File<'a> {
    /// Parses one file.
    pub(super) fn parse(path: &'a Utf8Path, text: Cow<'a, str>) -> Result<Self, ReadError> {
        let error = |line, column, message| ReadError {
            file: path.to_owned(),
            line,
            column,
            message,
        };
        if text.len() > MAX_FILE {
            return Err(error(1, 1, "the file is larger than 2 MiB".to_owned()));
        }
        let body = hcl_edit::parser::parse_body(&text).map_err(|e| {
            error(
                e.location().line(),
                e.location().column(),
                e.message().to_owned(),
            )
        })?;
        Ok(Self::new(path, text, body, Vec::new()))
    }

    /// Parses what is no resource, and finds the resources without parsing them. `None` where that
    /// is not certain, or a fault is found.
    pub(super) fn split(path: &'a Utf8Path, text: &'a str) -> Option<Self> {
        if text.len() > MAX_FILE {
            return None;
        }
        let Split { resources, rest } = split(text)?;
        let body = match rest {
            Some(rest) => hcl_edit::parser::parse_body(&rest).ok()?,
            None => Body::default(),
        };
        Some(Self::new(path, text.into(), body, resources))
    }

    fn new(
        path: &'a Utf8Path,
        text: Cow<'a, str>,
        body: Body,
        resources: Vec<ResourceBlock>,
    ) -> Self {
        let starts = text.match_indices('\n').map(|(at, _)| at + 1);
        Self {
            lines: std::iter::once(0).chain(starts).collect(),
            path,
            text,
            body,
            resources,
        }
    }

    /// The same with other places where lines begin: those of what the text was made of.
    pub(super) fn with_lines(self, lines: Vec<usize>) -> Self {
        Self { lines, ..self }
    }

    /// Parses a file of JSON syntax.
    pub(super) fn parse_json(path: &'a Utf8Path, text: &str) -> Result<Self, ReadError> {
        if text.len() > MAX_FILE {
            return Self::parse(path, Cow::Owned(text.to_owned()));
        }
        let written = syntax::write(path, text)?;
        let lines = written.lines;
        match Self::parse(path, written.text.into()) {
            Ok(file) => Ok(file.with_lines(lines)),
            // Its place is one of the HCL.
            Err(e) => Err(ReadError {
                line: 1,
                column: 1,
                message: format!(
                    "an expression in this file is not understood: {}",
                    e.message
                ),
                ..e
            }),
        }
    }

    /// Takes the resources out of the body and drops their trees.
    pub(super) fn with_resources_aside(mut self) -> Self {
        let structures = std::mem::take(&mut self.body).into_iter();
        let rest: Vec<Structure> = structures
            .filter(|structure| {
                let resource = structure.as_block().and_then(ResourceBlock::of);
                let rest = resource.is_none();
                self.resources.extend(resource);
                rest
            })
            .collect();
        self.body = rest.into();
        self
    }

    /// The syntax tree of a resource; its spans count from the start of the block.
    pub(super) fn tree(&self, resource: &ResourceBlock) -> Option<Block> {
        let text = self.text.get(resource.span.clone())?;
        let body = hcl_edit::parser::parse_body(text).ok()?;
        let mut blocks = body.into_blocks();
        blocks.next().filter(|block| resource.is(block))
    }

    /// Line of a byte offset, from 1.
    pub(super) fn line(&self, offset: usize) -> usize {
        self.lines.partition_point(|start| *start <= offset).max(1)
    }

    /// An error at a byte offset.
    pub(super) fn error(&self, offset: usize, message: impl Into<String>) -> ReadError {
        let line = self.line(offset);
        let start = self.lines.get(line - 1).copied().unwrap_or(0);
        let column = self
            .text
            .get(start..offset)
            .map_or(1, |s| s.chars().count() + 1);
        ReadError {
            file: self.path.to_owned(),
            line,
            column,
            message: message.into(),
        }
    }
}

/// First byte of a span, 0 where there is none.
pub(super) fn start(span: Option<Range<usize>>) -> usize {
    span.map_or(0, |s| s.start)
}

/// A block and the number of its file.
pub(super) struct Declared<'a, T> {
    pub(super) file: usize,
    pub(super) node: &'a T,
}

impl<T> Clone for Declared<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

// Derived, it would ask for `T: Copy`.
impl<T> Copy for Declared<'_, T> {}

/// Declarations of a root module.
#[derive(Default)]
pub(super) struct Module<'a> {
    pub(super) files: &'a [File<'a>],
    pub(super) variables: BTreeMap<&'a str, Declared<'a, Block>>,
    pub(super) locals: BTreeMap<&'a str, Declared<'a, Expression>>,
    pub(super) resources: BTreeMap<ResourceKey<'a>, Declared<'a, ResourceBlock>>,
    pub(super) outputs: BTreeMap<&'a str, Declared<'a, Block>>,
    pub(super) providers: Vec<(&'a str, Declared<'a, Block>)>,
    pub(super) terraform: Vec<Declared<'a, Block>>,
    /// `module` blocks.
    pub(super) calls: BTreeMap<&'a str, Declared<'a, Block>>,
    /// `moved` blocks.
    pub(super) moved: Vec<Declared<'a, Block>>,
}

impl<'a> Module<'a> {
    /// Sorts the blocks of the files; what does not belong is pushed to `errors`.
    pub(super) fn gather(files: &'a [File<'a>], errors: &mut Vec<ReadError>) -> Self {
        let mut module = Module {
            files,
            ..Module::default()
        };
        for (number, file) in files.iter().enumerate() {
            for node in &file.resources {
                let (data, kind, name) = node.key();
                let declared = Declared { file: number, node };
                if module.resources.insert(node.key(), declared).is_some() {
                    let block = if data { "data" } else { "resource" };
                    let message = format!("{block} {kind}.{name} is declared twice");
                    errors.push(file.error(node.span.start, message));
                }
            }
            for structure in &file.body {
                match structure {
                    Structure::Attribute(a) => errors.push(file.error(
                        start(a.span()),
                        format!("an argument {:?} is not expected here", a.key.as_str()),
                    )),
                    Structure::Block(block) => {
                        if let Err(message) = module.add(number, block) {
                            errors.push(file.error(start(block.ident.span()), message));
                        }
                    }
                }
            }
        }
        module
    }

    fn add(&mut self, file: usize, block: &'a Block) -> Result<(), String> {
        let declared = Declared { file, node: block };
        let kind = block.ident.as_str();
        let labels: Vec<&str> = block
            .labels
            .iter()
            .map(hcl_edit::structure::BlockLabel::as_str)
            .collect();
        let taken = match (kind, labels.as_slice()) {
            ("terraform", []) => {
                self.terraform.push(declared);
                false
            }
            ("provider", [name]) => {
                self.providers.push((name, declared));
                false
            }
            ("variable", [name]) => self.variables.insert(name, declared).is_some(),
            ("output", [name]) => self.outputs.insert(name, declared).is_some(),
            ("module", [name]) => self.calls.insert(name, declared).is_some(),
            ("locals", []) => return self.add_locals(file, block),
            ("moved", []) => {
                self.moved.push(declared);
                false
            }
            ("import" | "removed" | "check", _) => false,
            (
                "terraform" | "provider" | "variable" | "output" | "resource" | "data" | "locals"
                | "module" | "moved",
                _,
            ) => {
                return Err(format!("a {kind} block has another number of labels"));
            }
            _ => return Err(format!("no block type is named {kind:?}")),
        };
        if taken {
            return Err(format!("{kind} {} is declared twice", labels.join(".")));
        }
        Ok(())
    }

    fn add_locals(&mut self, file: usize, block: &'a Block) -> Result<(), String> {
        for structure in &block.body {
            let Structure::Attribute(local) = structure else {
                return Err("a locals block holds no blocks".to_owned());
            };
            let node = &local.value;
            let name = local.key.as_str();
            if self.locals.insert(name, Declared { file, node }).is_some() {
                return Err(format!("local.{name} is declared twice"));
            }
        }
        Ok(())
    }
}
