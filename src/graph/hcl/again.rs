//! Reads another version of a module that has been read: what is written as it was there, and leads to nothing that is
//! not, has the values that it has there.

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8PathBuf;
use hcl_edit::Span as _;
use hcl_edit::structure::Structure;

use super::eval::BUDGET;
use super::module::{File, Module};
use super::read::{self, Files, evaluate, gathered, variable_values, variables, whole};
use super::resource::{ResourceBlock, ResourceKey};
use super::uses::Uses;
use super::{Graphs, Later, Version};
use crate::graph::{Address, Graph, Resource, Value};

/// Two versions of a module, the second beside the first, with the variables of each.
pub(super) fn two<'a>(
    (files, environments): Version<'_>,
    second: impl FnOnce() -> Option<Later<'a>>,
) -> (Graphs, Option<Graphs>) {
    let known = sets(environments).and_then(|given| {
        let parsed = gathered(files)?;
        let graphs = whole(&parsed, &given, false)?;
        Some((parsed, graphs))
    });
    let second = second();
    let Some((parsed, known)) = known else {
        let alone = |(other, of_other): Later<'_>| read::graphs(other, &slices(&of_other));
        return (read::graphs(files, environments), second.map(alone));
    };
    let version = Known {
        files,
        parsed,
        graphs: &known,
    };
    let beside = second.map(|(other, of_other)| {
        let of_other = slices(&of_other);
        let beside = sets(&of_other).and_then(|given| graphs(other, &given, version));
        match beside {
            Some(graphs) => graphs.into_iter().map(Ok).collect(),
            None => read::graphs(other, &of_other),
        }
    });
    (known.into_iter().map(Ok).collect(), beside)
}

/// What some sets of variable files give. `None` where anything is wrong.
fn sets(environments: &[&[(Utf8PathBuf, String)]]) -> Option<Vec<BTreeMap<String, Value>>> {
    let mut errors = Vec::new();
    let environments = environments.iter();
    let given = environments.map(|e| variable_values(e, &mut errors));
    let given = given.collect();
    errors.is_empty().then_some(given)
}

fn slices(environments: &[Vec<(Utf8PathBuf, String)>]) -> Vec<&[(Utf8PathBuf, String)]> {
    environments.iter().map(Vec::as_slice).collect()
}

/// A version that has been read, and nothing was wrong with it.
struct Known<'a> {
    files: &'a Files,
    /// As `gathered` gives them.
    parsed: Vec<File<'a>>,
    graphs: &'a [Graph],
}

/// The graphs of some files, one for each of the known ones. `None` where anything is wrong.
fn graphs<'a>(
    files: &'a Files,
    given: &[BTreeMap<String, Value>],
    mut known: Known<'a>,
) -> Option<Vec<Graph>> {
    if known.graphs.len() != given.len() || known.graphs.is_empty() {
        return None;
    }
    let (parsed, other) = apart(files, std::mem::take(&mut known.parsed))?;
    let mut errors = Vec::new();
    let module = Module::gather(&parsed, &mut errors);
    if !errors.is_empty() || !module.calls.is_empty() {
        return None;
    }
    let alike = Alike::of(&module, &other, &known);
    let mut names = alike.other_locals();
    for (given, graph) in given.iter().zip(known.graphs) {
        names.extend(other_values(&variables(&module, given)?, &graph.variables));
    }
    let kept = alike.kept(names);
    let uses = Uses::new(&module);
    let anew = |key: ResourceKey<'_>| !kept.contains_key(&key);
    let read = evaluate(&module, &uses, given, 0..parsed.len(), BUDGET / 2, &anew);
    let graphs = read.into_iter().zip(known.graphs);
    let graphs = graphs.map(|((mut graph, errors), known)| {
        let key = |a: &Address| {
            kept.get(&(a.data, a.kind.as_str(), a.name.as_str()))
                .copied()
        };
        for address in known.resources.keys() {
            if let Some(down) = key(address) {
                graph.resources.share(address, &known.resources);
                if down != 0
                    && let Some(resource) = graph.resources.get_mut(address)
                {
                    move_down(resource, down);
                }
            }
        }
        let unexpanded = known.unexpanded.iter();
        let unexpanded = unexpanded.filter(|(address, _)| key(address).is_some());
        graph
            .unexpanded
            .extend(unexpanded.map(|(a, source)| (a.clone(), source.clone())));
        errors.is_empty().then_some(graph)
    });
    graphs.collect()
}

/// The files of this version, and those of the known one that are not the same.
fn apart<'a>(files: &'a Files, known: Vec<File<'a>>) -> Option<(Vec<File<'a>>, Vec<File<'a>>)> {
    let same = |file: &File| files.get(file.path).is_some_and(|text| *text == file.text);
    let (same, other): (Vec<File>, Vec<File>) = known.into_iter().partition(same);
    let mut same = same.into_iter().peekable();
    let mut parsed = Vec::new();
    // Both are in the order of the paths.
    for (path, text) in files {
        if path.as_str().ends_with(".tf.json") {
            return None;
        }
        if path.extension() == Some("tf") {
            parsed.push(match same.next_if(|file| file.path == path) {
                Some(file) => file,
                None => File::split(path, text)?,
            });
        }
    }
    Some((parsed, other))
}

/// The variables whose values are not the same in both.
fn other_values(
    one: &BTreeMap<String, Value>,
    other: &BTreeMap<String, Value>,
) -> BTreeSet<String> {
    let names = one.keys().chain(other.keys());
    let names = names.filter(|name| one.get(*name) != other.get(*name));
    names.cloned().collect()
}

/// By how many lines something stands further down.
type Lines = isize;

/// Puts a resource further down in its file.
fn move_down(resource: &mut Resource, down: Lines) {
    let place = resource.location.iter_mut().map(|at| &mut at.line);
    for line in place.chain(resource.attribute_lines.values_mut()) {
        *line = line.saturating_add_signed(down);
    }
}

/// What two versions of a module have in common.
struct Alike<'a> {
    module: &'a Module<'a>,
    /// The files of the other version that are not the same in this one.
    other: &'a [File<'a>],
    known: &'a Known<'a>,
    /// Resources whose text is the same in the same file, and by how much they have moved.
    same: BTreeMap<ResourceKey<'a>, Lines>,
    /// The others, of both versions.
    differ: BTreeSet<ResourceKey<'a>>,
}

impl<'a> Alike<'a> {
    fn of(module: &'a Module<'a>, other: &'a [File<'a>], known: &'a Known<'a>) -> Self {
        let mut alike = Self {
            module,
            other,
            known,
            same: BTreeMap::new(),
            differ: BTreeSet::new(),
        };
        for file in module.files {
            let text = known.files.get(file.path);
            let whole = text.is_some_and(|text| *text == file.text);
            let before = other.iter().find(|other| other.path == file.path);
            let before: BTreeMap<ResourceKey<'_>, (&str, usize)> =
                before.into_iter().flat_map(resources).collect();
            for (key, (text, line)) in resources(file) {
                let old = before.get(&key).filter(|(old, _)| *old == text);
                let down = match old {
                    _ if whole => 0,
                    Some((_, old)) => line.cast_signed() - old.cast_signed(),
                    None => {
                        alike.differ.insert(key);
                        continue;
                    }
                };
                alike.same.insert(key, down);
            }
        }
        let others = other.iter().flat_map(|file| &file.resources);
        let gone = others.map(ResourceBlock::key);
        let gone: Vec<_> = gone.filter(|key| !alike.same.contains_key(key)).collect();
        alike.differ.extend(gone);
        alike
    }

    /// The locals that are not written alike.
    fn other_locals(&self) -> BTreeSet<String> {
        let differing = |file: &&File| {
            let text = self.known.files.get(file.path);
            text.is_none_or(|text| *text != file.text)
        };
        let now: BTreeMap<&str, &str> = self
            .module
            .files
            .iter()
            .filter(differing)
            .flat_map(locals)
            .collect();
        let before: BTreeMap<&str, &str> = self.other.iter().flat_map(locals).collect();
        let names = now.keys().chain(before.keys());
        let names = names.filter(|name| now.get(**name) != before.get(**name));
        names.map(|name| (*name).to_owned()).collect()
    }

    /// The resources that have the known values, where variables and locals of some names have others.
    fn kept(&self, names: BTreeSet<String>) -> BTreeMap<ResourceKey<'a>, Lines> {
        // What a resource refers to is the same in every environment; where it is in none, nobody has looked.
        let mut references: BTreeMap<ResourceKey<'_>, &[String]> = BTreeMap::new();
        for (address, resource) in self.known.graphs.iter().flat_map(|g| &g.resources) {
            let key = (address.data, address.kind.as_str(), address.name.as_str());
            references.entry(key).or_insert(&resource.references);
        }
        // What was not there could not be referred to, but may be asked for all the same (`try`).
        let new = self.differ.iter();
        let new = new.filter(|key| !references.contains_key(*key));
        let mut words: BTreeSet<String> = names;
        words.extend(new.map(|(_, _, name)| (*name).to_owned()));
        let changed = self.differ.iter().map(|(_, _, name)| (*name).to_owned());
        words.extend(self.locals_with(words.iter().cloned().chain(changed).collect()));
        let mut open: Vec<String> = self.differ.iter().map(address).collect();
        let mut kept = self.same.clone();
        let mut users: BTreeMap<&str, Vec<ResourceKey<'a>>> = BTreeMap::new();
        for key in self.same.keys() {
            let text = self.text(*key);
            match references.get(key) {
                Some(all) if !words.iter().any(|word| has_name(text, word)) => {
                    for one in *all {
                        users.entry(one).or_default().push(*key);
                    }
                }
                _ => {
                    kept.remove(key);
                    open.push(address(key));
                }
            }
        }
        while let Some(changed) = open.pop() {
            for key in users.get(changed.as_str()).into_iter().flatten() {
                if kept.remove(key).is_some() {
                    open.push(address(key));
                }
            }
        }
        kept
    }

    /// The locals in whose text one of some words stands, or the name of another such local.
    fn locals_with(&self, mut words: BTreeSet<String>) -> BTreeSet<String> {
        let mut left: Vec<(&str, &str)> = self.module.files.iter().flat_map(locals).collect();
        let mut found = BTreeSet::new();
        loop {
            let with = |(_, text): &(&str, &str)| words.iter().any(|word| has_name(text, word));
            let (next, rest): (Vec<_>, Vec<_>) = left.into_iter().partition(with);
            if next.is_empty() {
                return found;
            }
            let names = next.into_iter().map(|(name, _)| name.to_owned());
            let names: Vec<String> = names.collect();
            words.extend(names.iter().cloned());
            found.extend(names);
            left = rest;
        }
    }

    fn text(&self, key: ResourceKey<'_>) -> &'a str {
        let declared = self.module.resources.get(&key);
        let text = declared.and_then(|declared| {
            let file = self.module.files.get(declared.file)?;
            file.text.get(declared.node.span.clone())
        });
        text.unwrap_or_default()
    }
}

/// The resources of a file with text and line.
fn resources<'a>(file: &'a File<'a>) -> impl Iterator<Item = (ResourceKey<'a>, (&'a str, usize))> {
    file.resources.iter().map(|node| {
        let text = file.text.get(node.span.clone()).unwrap_or_default();
        (node.key(), (text, file.line(node.span.start)))
    })
}

/// Whether a name stands in a text as a whole.
fn has_name(text: &str, name: &str) -> bool {
    // What is no ASCII is taken for the end of a name, so that none is missed.
    let goes_on = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    text.match_indices(name).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + name.len()..]);
        !before.ends_with(goes_on) && !after.starts_with(goes_on)
    })
}

/// As references are written.
fn address((data, kind, name): &ResourceKey<'_>) -> String {
    let prefix = if *data { "data." } else { "" };
    format!("{prefix}{kind}.{name}")
}

/// The locals of a file with their text.
fn locals<'a>(file: &'a File<'a>) -> impl Iterator<Item = (&'a str, &'a str)> {
    let blocks = file.body.get_blocks("locals");
    let all = blocks.flat_map(|block| &block.body);
    all.filter_map(|structure| match structure {
        Structure::Attribute(local) => {
            Some((local.key.as_str(), file.text.get(local.value.span()?)?))
        }
        Structure::Block(_) => None,
    })
}

#[cfg(test)]
mod tests {
    use camino::Utf8Path;

    use super::super::{read_each, read_two};
    use super::*;

    /// The Terraform of the orders example.
    fn orders() -> Files {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/orders/infra/orders");
        let mut files = Files::new();
        for folder in ["", "environments"] {
            for entry in Utf8Path::new(root).join(folder).read_dir_utf8().unwrap() {
                let path = entry.unwrap().into_path();
                if ["tf", "tfvars"].map(Some).contains(&path.extension()) {
                    let below = path.strip_prefix(root).unwrap().to_owned();
                    files.insert(below, std::fs::read_to_string(path).unwrap());
                }
            }
        }
        files
    }

    fn given(files: &Files) -> [Vec<(Utf8PathBuf, String)>; 2] {
        ["dev", "prod"].map(|name| {
            let path = Utf8PathBuf::from(format!("environments/{name}.tfvars"));
            let text = files.get(&path).cloned().unwrap_or_default();
            vec![(path, text)]
        })
    }

    fn read(files: &Files) -> Graphs {
        let given = given(files);
        read_each(files, &[&given[0], &given[1]])
    }

    /// Holds what is read beside the other version against what is read alone, both ways.
    fn alike((one, alone_one): (&Files, Graphs), other: &Files, what: &str) {
        let two = |one: &Files, other: &Files| {
            let (of_one, of_other) = (given(one), given(other).to_vec());
            let of_one: [&[_]; 2] = [&of_one[0], &of_one[1]];
            let (one, other) = read_two((one, &of_one), || Some((other, of_other)));
            (one, other.unwrap())
        };
        let alone_other = read(other);
        assert!(
            two(one, other) == (alone_one.clone(), alone_other.clone()),
            "{what}"
        );
        assert!(two(other, one) == (alone_other, alone_one), "{what}");
    }

    /// Each line in turn is changed in one of several ways; many such texts are wrong, and stay it.
    #[test]
    fn a_version_beside_another_is_what_it_is_alone() {
        let files = orders();
        let alone = read(&files);
        let mut ways = 0;
        for (path, text) in &files {
            let lines: Vec<&str> = text.lines().collect();
            // A few of each file.
            for number in (0..lines.len()).step_by(1 + lines.len() / 2) {
                ways += 1;
                let line = lines[number];
                let changed = match ways % 4 {
                    0 => String::new(),
                    1 => format!("# more\n{line}"),
                    2 => line.replace(['1', '3', '0'], "4").replace("true", "false"),
                    _ => line.replacen("orders", "others", 1).replacen('e', "a", 1),
                };
                let mut other = lines.clone();
                other[number] = &changed;
                let mut other_files = files.clone();
                other_files.insert(path.clone(), other.join("\n") + "\n");
                alike(
                    (&files, alone.clone()),
                    &other_files,
                    &format!("{path}:{}: {changed:?}", number + 1),
                );
            }
            let mut without = files.clone();
            without.remove(path);
            alike(
                (&files, alone.clone()),
                &without,
                &format!("without {path}"),
            );
        }
        assert!(ways > 30, "{ways}");
    }

    const ONE: &str = "variable \"v\" {\n  default = \"a\"\n}\n\nlocals {\n  one = var.v\n  two = \"2\"\n  all = \"${local.two}-${aws_sqs_queue.q.name}\"\n}\n\nresource \"aws_sqs_queue\" \"q\" {\n  name = \"q\"\n}\n\nresource \"aws_sqs_queue\" \"of_q\" {\n  name = \"of-${aws_sqs_queue.q.name}\"\n}\n\nresource \"aws_sqs_queue\" \"of_of_q\" {\n  name = \"of-${aws_sqs_queue.of_q.name}\"\n}\n\nresource \"aws_sqs_queue\" \"of_v\" {\n  name = local.one\n}\n\nresource \"aws_sqs_queue\" \"of_all\" {\n  name = local.all\n}\n\nresource \"aws_sqs_queue\" \"of_new\" {\n  name = try(aws_sqs_queue.new.name, \"none\")\n}\n\nresource \"aws_sqs_queue\" \"none\" {\n  count = 0\n  name  = \"n\"\n}\n\nresource \"aws_sqs_queue\" \"alone\" {\n  name = \"alone\"\n}\n";

    /// What is written as it was is read anew where it leads to what is not, and only there.
    #[test]
    fn what_leads_to_a_change_is_read_anew() {
        let files = |text: &str| Files::from([("main.tf".into(), text.to_owned())]);
        let new = "resource \"aws_sqs_queue\" \"new\" {\n  name = \"new\"\n}\n";
        for (from, to, anew) in [
            (
                "name = \"q\"",
                "name = \"p\"",
                &["of_all", "of_of_q", "of_q", "q"][..],
            ),
            ("default = \"a\"", "default = \"b\"", &["of_v"]),
            ("two = \"2\"", "two = \"3\"", &["of_all"]),
            ("one = var.v", "one = \"a\"", &["of_v"]),
            ("variable", "# more\nvariable", &[]),
            ("variable", &format!("{new}variable"), &["new", "of_new"]),
            ("name = \"alone\"", "name = \"lonely\"", &["alone"]),
        ] {
            let changed = files(&ONE.replacen(from, to, 1));
            let one = files(ONE);
            alike((&one, read(&one)), &changed, to);
            let graphs = read(&one).into_iter();
            let graphs: Vec<Graph> = graphs.map(Result::unwrap).collect();
            let known = Known {
                files: &one,
                parsed: Vec::new(),
                graphs: &graphs,
            };
            let (parsed, other) = apart(&changed, gathered(&one).unwrap()).unwrap();
            let module = Module::gather(&parsed, &mut Vec::new());
            let beside = Alike::of(&module, &other, &known);
            let mut names = beside.other_locals();
            let values = variables(&module, &BTreeMap::new()).unwrap();
            names.extend(other_values(&values, &graphs[0].variables));
            let kept = beside.kept(names);
            let read = module
                .resources
                .keys()
                .filter(|key| !kept.contains_key(*key));
            let read: Vec<&str> = read.map(|(_, _, name)| *name).collect();
            // One that is nowhere is looked at each time.
            let mut expected = [anew, &["none"]].concat();
            expected.sort_unstable();
            assert_eq!(read, expected, "{to}");
        }
    }
}
