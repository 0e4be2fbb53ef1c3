//! Reads modules into graphs: generated code quickly where nothing is wrong and carefully for
//! everything that is; other people's with all it leads to.

use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;

use camino::{Utf8Path, Utf8PathBuf};
use hcl_edit::Span as _;
use hcl_edit::structure::Structure;

use super::ReadError;
use super::build::Builder;
use super::eval::{BUDGET, Evaluator, Meter, Scope};
use super::module::{Declared, File, Module, start};
use super::resource::ResourceKey;
use super::spawn;
use super::tree::{self, Place, Tree};
use super::uses::Uses;
use crate::graph::{Graph, Kind, Value, json};

/// Texts by path.
pub(super) type Files = BTreeMap<Utf8PathBuf, String>;

/// Text from which a second thread pays.
const HALVED_FROM: usize = 64 << 10;

/// Reads and evaluates everything, once for each set of variable files.
pub(super) fn graphs(
    files: &BTreeMap<Utf8PathBuf, String>,
    environments: &[&[(Utf8PathBuf, String)]],
) -> Vec<Result<Graph, Vec<ReadError>>> {
    match quick(files, environments) {
        Some(graphs) => graphs.into_iter().map(Ok).collect(),
        None => environments.iter().map(|e| careful(files, e)).collect(),
    }
}

/// The graphs of parsed files; each resource is parsed once, when its turn comes. On two threads where nothing else is done
/// meanwhile. `None` where anything is wrong.
pub(super) fn whole(
    parsed: &[File],
    given: &[BTreeMap<String, Value>],
    two: bool,
) -> Option<Vec<Graph>> {
    let mut errors = Vec::new();
    let module = Module::gather(parsed, &mut errors);
    if !errors.is_empty() || !module.calls.is_empty() {
        return None;
    }
    let uses = Uses::new(&module);
    let all = |_: ResourceKey<'_>| true;
    if !two {
        let files = 0..parsed.len();
        return sound(evaluate(&module, &uses, given, files, BUDGET, &all));
    }
    // The parts do not depend on the machine: nor does what is too much for one.
    let total: usize = parsed.iter().map(|file| file.text.len()).sum();
    let mut before = 0;
    let first = parsed.iter().take_while(|file| {
        before += file.text.len();
        total < HALVED_FROM || before <= total / 2
    });
    let middle = first.count();
    let part = |files| sound(evaluate(&module, &uses, given, files, BUDGET / 2, &all));
    if middle == parsed.len() {
        return part(0..middle);
    }
    std::thread::scope(|scope| {
        let rest = spawn(scope, || part(middle..parsed.len())).ok()?;
        let mut graphs = part(0..middle)?;
        for (graph, rest) in graphs.iter_mut().zip(rest.join().ok()??) {
            graph.resources.extend(rest.resources);
            graph.unexpanded.extend(rest.unexpanded);
        }
        Some(graphs)
    })
}

/// The graphs, where nothing is wrong with any.
fn sound(read: Vec<(Graph, Vec<ReadError>)>) -> Option<Vec<Graph>> {
    let graphs = read.into_iter();
    graphs
        .map(|(graph, e)| e.is_empty().then_some(graph))
        .collect()
}

/// The files of a module, of resources only where they stand. `None` where anything is wrong.
pub(super) fn gathered(files: &Files) -> Option<Vec<File<'_>>> {
    let mut parsed = Vec::new();
    for (path, text) in files {
        if path.as_str().ends_with(".tf.json") {
            return None;
        }
        if path.extension() == Some("tf") {
            parsed.push(File::split(path, text)?);
        }
    }
    Some(parsed)
}

/// The graphs, where nothing is wrong. `None` where anything is.
fn quick(files: &Files, environments: &[&[(Utf8PathBuf, String)]]) -> Option<Vec<Graph>> {
    let parsed = gathered(files)?;
    let mut errors = Vec::new();
    let given = environments.iter();
    let given: Vec<_> = given.map(|e| variable_values(e, &mut errors)).collect();
    if !errors.is_empty() {
        return None;
    }
    whole(&parsed, &given, true)
}

/// Parses the files whole first, for everything that is wrong with them.
fn careful(
    files: &BTreeMap<Utf8PathBuf, String>,
    tfvars: &[(Utf8PathBuf, String)],
) -> Result<Graph, Vec<ReadError>> {
    let mut errors = Vec::new();
    let mut parsed = Vec::new();
    for (path, text) in files {
        if path.as_str().ends_with(".tf.json") {
            errors.push(ReadError {
                file: path.clone(),
                line: 1,
                column: 1,
                message: "Terraform's JSON syntax is not read".to_owned(),
            });
        } else if path.extension() == Some("tf") {
            match File::parse(path, text.into()) {
                Ok(file) => parsed.push(file.with_resources_aside()),
                Err(e) => errors.push(e),
            }
        }
    }
    let given = variable_values(tfvars, &mut errors);
    if !errors.is_empty() {
        return Err(errors);
    }
    let module = Module::gather(&parsed, &mut errors);
    for call in module.calls.values() {
        if let Some(file) = parsed.get(call.file) {
            let at = start(call.node.ident.span());
            errors.push(file.error(at, "module blocks are not read"));
        }
    }
    let uses = Uses::new(&module);
    let read = evaluate(&module, &uses, &[given], 0..parsed.len(), BUDGET, &|_| true);
    let mut graph = Graph::default();
    for (read, more) in read {
        graph = read;
        errors.extend(more);
    }
    if errors.is_empty() {
        return Ok(graph);
    }
    errors.sort();
    errors.dedup();
    Err(errors)
}

/// Reads other people's code: a root module, its local modules and its variable files.
pub(super) fn foreign(
    files: &BTreeMap<Utf8PathBuf, String>,
    root: &Utf8Path,
    tfvars: &[(Utf8PathBuf, String)],
) -> Graph {
    let (folders, mut errors) = tree::parse(files, root);
    // Terraform reads these by itself, in this order.
    let own = |path: &Utf8PathBuf| {
        let name = path.file_name().unwrap_or_default();
        let plain = name.strip_suffix(".json").unwrap_or(name);
        let named = plain == "terraform.tfvars";
        (path.parent() == Some(root) && (named || plain.ends_with(".auto.tfvars")))
            .then(|| (!named, path.clone()))
    };
    let mut found: Vec<_> = files.keys().filter_map(own).collect();
    found.sort();
    let found = found
        .into_iter()
        .filter_map(|(_, path)| files.get(&path).map(|text| (path, text.clone())));
    let all: Vec<_> = found.chain(tfvars.iter().cloned()).collect();
    let given = variable_values(&all, &mut errors);
    let tree = Tree::new(&folders, files, root, errors);
    let mut graph = module_graph(&tree, Place::root(root), &given, &Meter::new(BUDGET));
    (graph.not_read, graph.missing) = tree.into_notes();
    graph
}

/// One module of other people's code, for one instance of it.
pub(super) fn module_graph(
    tree: &Tree,
    place: Place,
    given: &BTreeMap<String, Value>,
    meter: &Rc<Meter>,
) -> Graph {
    let Some(module) = tree.modules.get(&place.folder) else {
        return Graph::default();
    };
    let uses = Uses::new(module);
    let root = place.path.is_empty();
    let evaluator = Evaluator::new(module, Rc::default(), Rc::clone(meter));
    let mut builder = Builder {
        evaluator: evaluator.at(tree, place),
        graph: Graph::default(),
    };
    builder.variables(given);
    builder.check_locals();
    if root {
        builder.demands();
        builder.settings();
        builder.demands();
    }
    for (file, parsed) in module.files.iter().enumerate() {
        for node in &parsed.resources {
            let declared = Declared { file, node };
            let references = match builder.evaluator.tree(declared, None) {
                Ok(tree) => uses.of_body(&tree.body),
                Err(_) => Vec::new(),
            };
            builder.resource(declared, &references);
        }
    }
    builder.outputs();
    builder.moves();
    let below = builder.evaluator.modules();
    let mut graph = builder.graph;
    for module in below {
        graph.resources.extend(module.resources);
        graph.unexpanded.extend(module.unexpanded);
        graph.moved.extend(module.moved);
    }
    graph
}

/// The values of a module's variables. `None` where anything is wrong.
pub(super) fn variables(
    module: &Module,
    given: &BTreeMap<String, Value>,
) -> Option<BTreeMap<String, Value>> {
    let mut builder = Builder {
        evaluator: Evaluator::new(module, Rc::default(), Meter::new(BUDGET)),
        graph: Graph::default(),
    };
    builder.variables(given);
    let sound = builder.evaluator.errors.borrow().is_empty();
    sound.then_some(builder.graph.variables)
}

/// Evaluates the resources of some files that are wanted for each set of variables; with the first file, also
/// what is no resource.
pub(super) fn evaluate(
    module: &Module,
    uses: &Uses,
    given: &[BTreeMap<String, Value>],
    files: Range<usize>,
    budget: usize,
    wanted: &dyn Fn(ResourceKey<'_>) -> bool,
) -> Vec<(Graph, Vec<ReadError>)> {
    let trees = Rc::default();
    let all = files.start == 0;
    let builders = given.iter().map(|given| {
        let mut builder = Builder {
            evaluator: Evaluator::new(module, Rc::clone(&trees), Meter::new(budget)),
            graph: Graph::default(),
        };
        builder.variables(given);
        if all {
            builder.demands();
            builder.moves();
            builder.check_locals();
            builder.settings();
        }
        builder
    });
    let mut builders: Vec<Builder> = builders.collect();
    // File by file: resources refer to their neighbours most.
    for file in files {
        for node in module
            .files
            .get(file)
            .into_iter()
            .flat_map(|f| &f.resources)
            .filter(|node| wanted(node.key()))
        {
            let declared = Declared { file, node };
            let tree = builders.first().map(|b| b.evaluator.tree(declared, None));
            let references = match tree {
                Some(Ok(tree)) => uses.of_body(&tree.body),
                _ => Vec::new(),
            };
            for builder in &mut builders {
                builder.resource(declared, &references);
            }
        }
    }
    let finished = builders.into_iter().map(|mut builder| {
        if all {
            builder.outputs();
        }
        (builder.graph, builder.evaluator.errors.into_inner())
    });
    finished.collect()
}

/// Values of the variable files; later ones win.
pub(super) fn variable_values(
    tfvars: &[(Utf8PathBuf, String)],
    errors: &mut Vec<ReadError>,
) -> BTreeMap<String, Value> {
    let mut values = BTreeMap::new();
    for (path, text) in tfvars {
        if path.extension() == Some("json") {
            match json::parse(text).map(|v| v.kind) {
                Some(Kind::Map(map)) => values.extend(map),
                _ => errors.push(ReadError {
                    file: path.clone(),
                    line: 1,
                    column: 1,
                    message: "this is not a JSON object without repeated keys".to_owned(),
                }),
            }
            continue;
        }
        let file = match File::parse(path, text.into()) {
            Ok(file) => file,
            Err(e) => {
                errors.push(e);
                continue;
            }
        };
        let files = [file];
        let module = Module {
            files: &files,
            ..Module::default()
        };
        let evaluator = Evaluator::new(&module, Rc::default(), Meter::new(BUDGET));
        let scope = Scope {
            literal_only: true,
            ..Scope::default()
        };
        for structure in &files[0].body {
            let failure = match structure {
                Structure::Attribute(a) => match evaluator.eval(&a.value, scope) {
                    Ok(value) => {
                        values.insert(a.key.as_str().to_owned(), value);
                        continue;
                    }
                    Err(failure) => failure,
                },
                Structure::Block(b) => scope.fail(start(b.span()), "a block is not expected here"),
            };
            errors.push(files[0].error(failure.offset, failure.message));
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Nothing is missing in it.
    const ALONE: &str = r#"# A queue and its key
locals {
  name = "jobs-${upper("}")}"
}

resource "aws_kms_key" "stack" {
  description = "{ $${not} \"quoted\" # neither"
  policy = jsonencode({
    Statement = [{ Action = "kms:*", Resource = "*" }] # all
  })
}

resource "aws_sqs_queue" "jobs" {
  count             = 2
  name              = "${local.name}-${count.index}"
  kms_master_key_id = aws_kms_key.stack.arn
  lifecycle {
    prevent_destroy = true
  }
}
"#;

    fn example() -> BTreeMap<Utf8PathBuf, String> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/orders/infra/orders");
        let entries = camino::Utf8Path::new(folder).read_dir_utf8().unwrap();
        let files = entries.filter_map(|entry| {
            let path = entry.unwrap().into_path();
            let name = Utf8PathBuf::from(path.file_name()?);
            (name.extension() == Some("tf")).then(|| (name, std::fs::read_to_string(path).unwrap()))
        });
        files.collect()
    }

    #[test]
    fn generated_code_is_read_quickly_and_by_both_threads() {
        let files = example();
        assert!(files.values().map(String::len).sum::<usize>() > HALVED_FROM);
        let tfvars = [("x.tfvars".into(), "region = \"eu-west-1\"\n".to_owned())];
        let quick = quick(&files, &[&[], &tfvars]).unwrap();
        let careful = [careful(&files, &[]), careful(&files, &tfvars)];
        assert_ne!(careful[0], careful[1]);
        assert_eq!(quick.into_iter().map(Ok).collect::<Vec<_>>(), careful);
    }

    #[test]
    fn code_that_stands_alone_is_read_quickly() {
        let files = BTreeMap::from([("main.tf".into(), ALONE.to_owned())]);
        assert_eq!(quick(&files, &[&[]]).unwrap()[0].resources.len(), 3);
    }

    proptest! {
        #[test]
        fn what_is_read_quickly_is_what_the_parser_reads(
            at in any::<prop::sample::Index>(),
            removed in 0_usize..12,
            added in prop::sample::select(vec![
                "", "}", "{", "\"", "\n", "\n}\n", "#", "/*", "<<E\n", "${", "$${", "\n\"\n",
                "resource \"a\" \"b\" {}\n", "\nresource \"a\" \"b\" {\n", "count = 2\n", "= ",
            ]),
        ) {
            let name = Utf8PathBuf::from("main.tf");
            let text = ALONE;
            let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
            let from = at.index(places.len());
            let to = (from + removed).min(places.len() - 1);
            let changed = format!("{}{added}{}", &text[..places[from]], &text[places[to]..]);
            let files = BTreeMap::from([(name, changed)]);
            if let Some(read) = quick(&files, &[&[]]) {
                prop_assert_eq!(read.into_iter().next().map(Ok), Some(careful(&files, &[])));
            }
        }
    }
}
