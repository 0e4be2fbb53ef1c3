//! Rego itself, in a process of its own: whatever a policy does ends at most that.
//!
//! The engine has no built-in that reaches the network, the disk, the environment or the clock. Its own limits hold the
//! time of a rule and the size of regular expressions; the process has limits for what the engine does not count:
//! memory, and the depth of calls.

use std::io::{Read, Write};
use std::num::NonZeroU32;
use std::time::Duration;

use regorus::utils::limits::ExecutionTimerConfig;
use regorus::{Engine, Value};
use serde_json::Value as Json;

use super::wire::{Answer, Group, Place, Request, Rule};
use super::{builtins, walk};

/// Stack of the thread that evaluates: calls nest until it is used up.
const STACK: usize = 64 << 20;
/// Steps between two looks at the clock.
const INTERVAL: NonZeroU32 = NonZeroU32::new(256).unwrap();
/// Most that a rule finds in one environment.
const MOST: usize = 1000;
/// Most bytes of one thing that it finds.
const LONGEST: usize = 16 << 10;

/// Reads a request, answers it, and ends.
pub(super) fn serve(input: impl Read, output: impl Write + Send) -> std::io::Result<()> {
    let request: Request = serde_json::from_reader(std::io::BufReader::new(input))?;
    std::thread::scope(|scope| {
        let work = std::thread::Builder::new()
            .stack_size(STACK)
            .spawn_scoped(scope, || answer(&request, output))?;
        work.join()
            .unwrap_or_else(|_| Err(std::io::Error::other("the engine stopped")))
    })
}

/// Answers a request, line by line.
pub(super) fn answer(request: &Request, mut output: impl Write) -> std::io::Result<()> {
    let mut tell = |answer: &Answer| -> std::io::Result<()> {
        serde_json::to_writer(&mut output, answer)?;
        output.write_all(b"\n")?;
        // What stops the process must not take it along.
        output.flush()
    };
    for (index, group) in request.groups.iter().enumerate() {
        if let Err(stop) = ask(index, group, request, &mut tell) {
            match stop {
                Stop::Fault(place, message) => tell(&Answer::Fault { place, message })?,
                Stop::Output(error) => return Err(error),
            }
        }
    }
    tell(&Answer::End)
}

/// Why a group is not asked any further.
enum Stop {
    Fault(Place, String),
    Output(std::io::Error),
}

impl From<std::io::Error> for Stop {
    fn from(error: std::io::Error) -> Self {
        Self::Output(error)
    }
}

type Tell<'t> = &'t mut dyn FnMut(&Answer) -> std::io::Result<()>;

fn ask(index: usize, group: &Group, request: &Request, tell: Tell<'_>) -> Result<(), Stop> {
    let mut engine = loaded(group, request.milliseconds, tell)?;
    let packages = engine.get_policy_package_components();
    let packages: Vec<Vec<String>> = packages
        .map_err(|error| stop(&error, &Place::default()))?
        .into_iter()
        .map(|package| package.components)
        .collect();
    let mut told: Vec<&[String]> = Vec::new();
    for package in &packages {
        if !told.contains(&package.as_slice()) {
            told.push(package);
            let name = package.join(".");
            tell(&Answer::Package { group: index, name })?;
        }
    }
    let modules = engine.get_modules().clone();
    let given = engine.get_data();
    for (module, package) in modules.iter().zip(&packages) {
        apart(
            module.policy.iter().map(|rule| rule.span()),
            package,
            &given,
        )?;
    }
    // Without an environment each rule is tried on nothing: what is wrong with it by itself shows.
    let only_tried = request.inputs.is_empty();
    let mut inputs = Vec::new();
    for input in &request.inputs {
        let input = Value::from_json_str(input.get());
        inputs.push(input.map_err(|error| stop(&error, &Place::default()))?);
    }
    if only_tried {
        inputs.push(Value::new_object());
    }
    for (module, package) in modules.iter().zip(&packages) {
        let name = package.join(".");
        let asked = group.namespaces.as_ref();
        if asked.is_some_and(|asked| !asked.contains(&name)) {
            continue;
        }
        for rule in &module.policy {
            let span = rule.span();
            let Some(rule_name) = asked_rule(span.text()) else {
                continue;
            };
            let place = Place {
                file: span.source.get_path().clone(),
                line: span.line as usize,
                column: span.col as usize,
            };
            tell(&Answer::Rule(Rule {
                group: index,
                package: name.clone(),
                name: rule_name.to_owned(),
                place: place.clone(),
            }))?;
            for (environment, input) in inputs.iter().enumerate() {
                engine.set_input(input.clone());
                let data = engine
                    .eval_rule_in_module(module, rule, false)
                    .map_err(|error| stop(&error, &place))?;
                let found = found(&data, package, rule_name);
                let found = found.map_err(|message| Stop::Fault(place.clone(), message))?;
                if found.is_empty() || only_tried {
                    continue;
                }
                if excepted(&mut engine, package, rule_name) {
                    continue;
                }
                for value in found {
                    tell(&Answer::Found { environment, value })?;
                }
            }
        }
    }
    Ok(())
}

/// No document stands where a rule is: the engine would take it for what the rule gives.
fn apart<'s>(
    rules: impl Iterator<Item = &'s regorus::unstable::Span>,
    package: &[String],
    data: &Value,
) -> Result<(), Stop> {
    let within = package.iter().fold(data, |data, step| &data[step.as_str()]);
    for span in rules {
        let text = span.text();
        let text = text.strip_prefix("default").map_or(text, str::trim_start);
        let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let name = &text[..end.unwrap_or(text.len())];
        let taken = match within {
            Value::Undefined => false,
            Value::Object(_) => within[name] != Value::Undefined,
            _ => true,
        };
        if taken {
            let place = Place {
                file: span.source.get_path().clone(),
                line: span.line as usize,
                column: span.col as usize,
            };
            let path = package.join(".");
            let message = format!("a document of the data stands at data.{path}.{name}, too");
            return Err(Stop::Fault(place, message));
        }
    }
    Ok(())
}

/// An engine with the policies of a group.
fn loaded(group: &Group, milliseconds: u64, tell: Tell<'_>) -> Result<Engine, Stop> {
    let mut engine = Engine::new();
    engine.set_execution_timer_config(ExecutionTimerConfig {
        limit: Duration::from_millis(milliseconds),
        check_interval: INTERVAL,
    });
    // As OPA does: a built-in that fails is undefined. Limits are errors all the same.
    engine.set_strict_builtin_errors(false);
    // What a policy prints is for its author's own tests.
    engine.set_gather_prints(true);
    for (file, text) in &group.files {
        let place = Place {
            file: file.clone(),
            ..Place::default()
        };
        tell(&Answer::At(place.clone()))?;
        if let Some((line, column, name)) = builtins::refused(text) {
            let message =
                format!("there is no {name} here: policies see the plan and nothing else");
            let place = Place {
                line,
                column,
                ..place
            };
            return Err(Stop::Fault(place, message));
        }
        let text = &walk::rewritten(text).map_err(|at| {
            let (line, column) = crate::diagnostic::position(text, at);
            let message = "walk gives each pair of path and value: write walk(x, [path, value])";
            let place = Place {
                line,
                column,
                ..place.clone()
            };
            Stop::Fault(place, message.to_owned())
        })?;
        // Rego 1 first: what is older does not parse as that, unless it asks for its keywords.
        let old_first = text.contains("import future.keywords");
        engine.set_rego_v0(old_first);
        let Err(first) = engine.add_policy(file.clone(), text.clone()) else {
            continue;
        };
        engine.set_rego_v0(!old_first);
        if let Err(second) = engine.add_policy(file.clone(), text.clone()) {
            let error = if old_first || says_v1(text) {
                first
            } else {
                second
            };
            return Err(stop(&error, &place));
        }
    }
    for (file, text) in &group.data {
        let place = Place {
            file: file.clone(),
            ..Place::default()
        };
        tell(&Answer::At(place.clone()))?;
        let data = serde_json::from_str::<Json>(text).map_err(|error| {
            let place = Place {
                line: error.line(),
                column: error.column(),
                ..place.clone()
            };
            Stop::Fault(place, format!("this is no JSON: {error}"))
        })?;
        engine
            .add_data(value(&data))
            .map_err(|error| stop(&error, &place))?;
    }
    Ok(engine)
}

fn value(json: &Json) -> Value {
    Value::from(json.clone())
}

/// Whether a text means to be Rego 1, so that its faults as such are told.
fn says_v1(text: &str) -> bool {
    let said = ["import rego.v1", " if {", " contains "];
    said.iter().any(|said| text.contains(said))
}

/// The name of a rule that is asked, by the text that it begins with: `deny[msg] {`, `deny_x contains msg if {`.
fn asked_rule(text: &str) -> Option<&str> {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let (name, rest) = text.split_at(end.unwrap_or(text.len()));
    // A function, or a rule deeper below, has another meaning.
    if rest.trim_start().starts_with(['(', '.']) {
        return None;
    }
    super::Kind::of(name).map(|_| name)
}

/// What a rule gives: messages, each a text or an object.
fn found(data: &Value, package: &[String], rule: &str) -> Result<Vec<Json>, String> {
    let mut value = data;
    for step in package.iter().map(String::as_str).chain([rule]) {
        value = &value[step];
    }
    let items: Vec<Value> = match value {
        Value::Undefined | Value::Null | Value::Bool(false) => Vec::new(),
        Value::Set(set) => set.iter().cloned().collect(),
        Value::Array(array) => array.iter().cloned().collect(),
        // A rule that says only that it holds.
        Value::Bool(true) | Value::String(_) => vec![value.clone()],
        Value::Object(map) if map.contains_key(&Value::from("msg")) => vec![value.clone()],
        // What Rego 0 takes for a set.
        Value::Object(_) => {
            return Err(format!(
                "{rule} gives a map: where there is if, write {rule} contains msg if"
            ));
        }
        other => return Err(format!("{rule} gives {other}, and should give messages")),
    };
    if items.len() > MOST {
        return Err(format!(
            "{rule} finds {} things in one environment, and {MOST} are the most",
            items.len()
        ));
    }
    let json = items.iter().map(|item| {
        let text = item.to_json_str().map_err(|error| error.to_string())?;
        if text.len() > LONGEST {
            return Err(format!(
                "{rule} says {} bytes at once, and {LONGEST} are the most",
                text.len()
            ));
        }
        serde_json::from_str(&text).map_err(|error| error.to_string())
    });
    json.collect()
}

/// Whether the policy itself excepts a rule, as conftest has it: `exception[rules]` with names without `deny_`.
fn excepted(engine: &mut Engine, package: &[String], rule: &str) -> bool {
    let path = package.iter().fold("data".to_owned(), |path, step| {
        format!("{path}[{}]", Json::from(step.as_str()))
    });
    let path = format!("{path}[\"exception\"]");
    let Ok(value) = engine.eval_rule(path) else {
        // There is none.
        return false;
    };
    let suffix = rule.split_once('_').map_or("", |(_, suffix)| suffix);
    let names = |value: &Value| {
        let has = |item: &Value| matches!(item, Value::String(text) if **text == *suffix);
        match value {
            Value::Array(items) => items.iter().any(has),
            Value::Set(items) => items.iter().any(has),
            _ => false,
        }
    };
    match &value {
        Value::Set(all) => all.iter().any(names),
        Value::Array(all) => all.iter().any(names),
        _ => false,
    }
}

/// An error of the engine at its place, or else where it was met.
fn stop(error: &impl std::fmt::Display, met: &Place) -> Stop {
    let text = format!("{error:#}");
    let place = text.lines().find_map(|line| {
        let mut parts = line.trim_start().strip_prefix("--> ")?.rsplitn(3, ':');
        let (column, line) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        let file = parts.next()?.to_owned();
        Some(Place { file, line, column })
    });
    let message = text
        .rsplit_once("\nerror: ")
        .map_or(&*text, |(_, message)| message);
    // What follows shows the code again.
    let message = message.trim().lines().next().unwrap_or_default();
    let message = if message.contains("exceeded time limit") {
        "it takes too long"
    } else {
        message.trim_end_matches(':')
    };
    let message = message.to_owned();
    Stop::Fault(place.unwrap_or_else(|| met.clone()), message)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// What policies find in an input: line of the rule and value; a fault ends it.
    fn found(files: &[&str], input: &Json) -> Vec<(usize, Json)> {
        let files = files.iter().enumerate();
        let files = files.map(|(index, text)| (format!("{index}.rego"), (*text).to_owned()));
        let request = Request {
            groups: vec![Group {
                files: files.collect(),
                data: Vec::new(),
                namespaces: None,
            }],
            inputs: vec![serde_json::value::to_raw_value(input).unwrap()],
            milliseconds: 200,
        };
        let mut output = Vec::new();
        answer(&request, &mut output).unwrap();
        let mut found = Vec::new();
        let mut line = 0;
        for answer in output
            .split(|byte| *byte == b'\n')
            .filter(|a| !a.is_empty())
        {
            match serde_json::from_slice(answer).unwrap() {
                Answer::Rule(rule) => line = rule.place.line,
                Answer::Found { value, .. } => found.push((line, value)),
                Answer::Fault { place, message } => found.push((place.line, message.into())),
                _ => {}
            }
        }
        found
    }

    #[test]
    fn bodies_of_a_rule_are_told_apart() {
        let text = "package a

deny[m] { input.x == 1; m := \"one\" }
deny[m] { helper; m := \"two\" }
helper { input.x == 1 }
deny(x) = y { y := x }
denied[m] { m := \"no\" }
warn_x = \"three\" { input.x == 1 }
default violation = false
violation = true { input.x == 1 }
";
        let told = found(&[text], &json!({ "x": 1 }));
        let expected = [
            (3, json!("one")),
            (4, json!("two")),
            (8, json!("three")),
            (10, json!(true)),
        ];
        assert_eq!(told, expected);
        assert!(found(&[text], &json!({ "x": 2 })).is_empty());
    }

    /// A file of each, of one package.
    #[test]
    fn both_versions_are_read_side_by_side() {
        let old = "package a\ndeny[m] { m := input.list[_]; known[m] }";
        let new = "package a\nknown contains x if { some x in [\"a\", \"b\"] }";
        let told = found(&[old, new], &json!({ "list": ["b", "c", "a"] }));
        assert_eq!(told, [(2, json!("a")), (2, json!("b"))]);
    }

    #[test]
    fn a_built_in_that_fails_gives_nothing() {
        let text = "package a\ndeny[m] { startswith(input.x, \"a\"); m := \"x\" }\ndeny[m] { json.unmarshal(input.y); m := \"y\" }\nwarn[m] { m := \"z\" }";
        assert_eq!(found(&[text], &json!({ "x": null })), [(4, json!("z"))]);
    }

    #[test]
    fn what_takes_too_long_is_stopped() {
        let text = "package a\ndeny[m] { numbers.range(1, 9999)[_] + numbers.range(1, 9999)[_] == 0; m := \"x\" }";
        assert_eq!(
            found(&[text], &json!({})),
            [(2, json!("it takes too long"))]
        );
    }
}
