//! Override files (`override.tf`, `*_override.tf` and the same in JSON), put into what they override
//! (developer.hashicorp.com/terraform/language/files/override).

use std::borrow::Cow;
use std::collections::BTreeSet;

use camino::Utf8Path;
use hcl_edit::Span as _;
use hcl_edit::structure::{Attribute, Block, BlockLabel, Body, Structure};

use super::ReadError;
use super::module::{File, start};

pub(super) fn is_override(path: &Utf8Path) -> bool {
    let name = path.file_name().unwrap_or_default();
    let name = name.strip_suffix(".json").unwrap_or(name);
    let stem = name.strip_suffix(".tf").unwrap_or(name);
    stem == "override" || stem.ends_with("_override")
}

/// The files of one folder, in the order of their names, without override files; what these say is
/// in the others. What overrides nothing is an error, as it is to Terraform.
pub(super) fn merged<'a>(files: Vec<File<'a>>, errors: &mut Vec<ReadError>) -> Vec<File<'a>> {
    let (overrides, files): (Vec<_>, Vec<_>) = files.into_iter().partition(|f| is_override(f.path));
    if overrides.is_empty() {
        return files;
    }
    let mut merge = Merge {
        touched: BTreeSet::new(),
        files,
    };
    for file in &overrides {
        for structure in &file.body {
            if let Err(message) = merge.structure(structure) {
                errors.push(file.error(start(structure.span()), message));
            }
        }
    }
    let Merge { files, touched } = merge;
    let written = |(number, file): (usize, File<'a>)| {
        if !touched.contains(&number) {
            return Some(file);
        }
        match rewritten(&file) {
            Ok(file) => Some(file),
            Err(error) => {
                errors.push(error);
                None
            }
        }
    };
    files.into_iter().enumerate().filter_map(written).collect()
}

/// A file of its changed body; lines are those of what was there before.
fn rewritten<'a>(file: &File<'a>) -> Result<File<'a>, ReadError> {
    let text = file.body.to_string();
    let parsed = File::parse(file.path, Cow::Owned(text))?;
    let mut lines = vec![0];
    place(file, &file.body, &parsed.body, &mut lines);
    Ok(parsed.with_lines(lines))
}

/// Where the lines of the old text begin in the new one. What an override added has no line of its
/// own: it stands on that of what is before it.
fn place(file: &File, old: &Body, new: &Body, lines: &mut Vec<usize>) {
    for (old, new) in old.iter().zip(new) {
        let Some(span) = old.span() else {
            continue;
        };
        let line = file.line(span.start);
        while lines.len() < line {
            lines.push(start(new.span()));
        }
        if let (Structure::Block(old), Structure::Block(new)) = (old, new) {
            place(file, &old.body, &new.body, lines);
        }
    }
}

struct Merge<'a> {
    files: Vec<File<'a>>,
    touched: BTreeSet<usize>,
}

impl Merge<'_> {
    fn structure(&mut self, structure: &Structure) -> Result<(), String> {
        let Structure::Block(block) = structure else {
            return Err("an argument is not expected here".to_owned());
        };
        match block.ident.as_str() {
            "locals" => self.locals(&block.body),
            "terraform" => self.settings(&block.body),
            "resource" | "data" | "variable" | "output" | "module" | "provider" => {
                let Some(target) = self.find(|b| same(b, block)) else {
                    let labels: Vec<_> = block.labels.iter().map(BlockLabel::as_str).collect();
                    return Err(format!(
                        "there is no {} {} that this could override",
                        block.ident.as_str(),
                        labels.join(".")
                    ));
                };
                body(&mut target.body, &block.body);
                Ok(())
            }
            other => Err(format!("a {other} block overrides nothing")),
        }
    }

    /// The first block of the files that is meant; its file is written anew.
    fn find(&mut self, meant: impl Fn(&Block) -> bool) -> Option<&mut Block> {
        let number = self
            .files
            .iter()
            .position(|f| f.body.blocks().any(&meant))?;
        self.touched.insert(number);
        let body = &mut self.files.get_mut(number)?.body;
        body.blocks_mut().find(|b| meant(b))
    }

    /// The first block of a name that takes no labels; where there is none, a new one.
    fn any(&mut self, name: &'static str) -> Option<&mut Block> {
        let here = |b: &Block| b.ident.as_str() == name;
        if !self.files.iter().any(|f| f.body.blocks().any(here)) {
            let first = self.files.first_mut()?;
            first.body.push(Block::new(hcl_edit::Ident::new(name)));
        }
        self.find(here)
    }

    /// Each local by itself, wherever it is declared.
    fn locals(&mut self, locals: &Body) -> Result<(), String> {
        for local in locals.attributes() {
            let name = local.key.as_str();
            let meant = |b: &Block| b.ident.as_str() == "locals" && b.body.has_attribute(name);
            let target = if self.find(meant).is_some() {
                self.find(meant)
            } else {
                self.any("locals")
            };
            let target = target.ok_or("there is nothing to override")?;
            argument(&mut target.body, local);
        }
        Ok(())
    }

    /// Each required provider by itself; a backend replaces any other.
    fn settings(&mut self, settings: &Body) -> Result<(), String> {
        let missing = "there is nothing to override";
        for attribute in settings.attributes() {
            argument(&mut self.any("terraform").ok_or(missing)?.body, attribute);
        }
        for block in settings.blocks() {
            let stored = ["backend", "cloud"];
            if stored.contains(&block.ident.as_str()) {
                for (number, file) in self.files.iter_mut().enumerate() {
                    for other in file.body.get_blocks_mut("terraform") {
                        for name in stored {
                            if !other.body.remove_blocks(name).is_empty() {
                                self.touched.insert(number);
                            }
                        }
                    }
                }
            }
            let name = block.ident.as_str();
            let has = |b: &Block| b.ident.as_str() == "terraform" && b.body.has_blocks(name);
            if name == "required_providers"
                && let Some(target) = self.find(has)
                && let Some(target) = target.body.get_blocks_mut(name).next()
            {
                for provider in block.body.attributes() {
                    argument(&mut target.body, provider);
                }
                continue;
            }
            self.any("terraform")
                .ok_or(missing)?
                .body
                .push(fresh(block));
        }
        Ok(())
    }
}

/// Whether a block is the one that an override means.
fn same(block: &Block, other: &Block) -> bool {
    let labels =
        |b: &Block| -> Vec<String> { b.labels.iter().map(|l| l.as_str().to_owned()).collect() };
    let alias = |b: &Block| {
        let alias = b.body.get_attribute("alias");
        alias.map(|a| a.value.to_string().trim().to_owned())
    };
    block.ident.as_str() == other.ident.as_str()
        && labels(block) == labels(other)
        && (block.ident.as_str() != "provider" || alias(block) == alias(other))
}

/// Arguments replace arguments; blocks of a name replace all of that name, but `lifecycle`, whose
/// arguments are taken one by one.
fn body(base: &mut Body, over: &Body) {
    for attribute in over.attributes() {
        argument(base, attribute);
    }
    let name = |block: &Block| match (block.ident.as_str(), block.labels.as_slice()) {
        ("dynamic", [label]) => label.as_str().to_owned(),
        (name, _) => name.to_owned(),
    };
    let names: BTreeSet<String> = over.blocks().map(name).collect();
    for replaced in names {
        let new = over.blocks().filter(|b| name(b) == replaced);
        if replaced == "lifecycle"
            && let Some(lifecycle) = base.get_blocks_mut("lifecycle").next()
        {
            new.for_each(|block| body(&mut lifecycle.body, &block.body));
            continue;
        }
        let mut at = 0;
        while let Some(structure) = base.get(at) {
            if structure.as_block().is_some_and(|b| name(b) == replaced) {
                base.remove(at);
            } else {
                at += 1;
            }
        }
        new.for_each(|block| base.push(fresh(block)));
    }
}

fn argument(base: &mut Body, attribute: &Attribute) {
    let name = attribute.key.as_str();
    match base.get_attribute_mut(name) {
        Some(mut there) => *there.value_mut() = attribute.value.clone(),
        None => base.push(Attribute::new(
            hcl_edit::Ident::new(name),
            attribute.value.clone(),
        )),
    }
}

/// A copy that has no place in the file of its original.
fn fresh(block: &Block) -> Block {
    let mut copy = Block::new(block.ident.clone());
    copy.labels.clone_from(&block.labels);
    copy.body.clone_from(&block.body);
    copy
}
