//! What the templates of a pipeline are rendered with.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::Project;
use super::pinned::Lookup;
use crate::catalog::aws::runtimes;
use crate::manifest::interpolate;
use crate::pin::Pins;
use crate::service::Service;
use crate::service::model::{Architecture, Ci, Environment, Function, Package, Platform, Scanner};

/// Actions, by what the template calls them.
const ACTIONS: [(&str, &str); 7] = [
    ("checkout", "actions/checkout"),
    ("upload", "actions/upload-artifact"),
    ("download", "actions/download-artifact"),
    ("setup_python", "actions/setup-python"),
    ("setup_node", "actions/setup-node"),
    ("attest", "actions/attest-build-provenance"),
    ("aws", "aws-actions/configure-aws-credentials"),
];

/// The actions of a workflow.
pub(super) fn actions() -> impl Iterator<Item = &'static str> {
    ACTIONS.iter().map(|(_, action)| *action)
}

/// The tools of a pipeline.
pub(super) fn tools(scanner: Scanner) -> [&'static str; 4] {
    ["terraform", "checkov", "trivy", name(scanner)]
}

pub(super) fn pipeline(
    service: &Service,
    ci: &Ci,
    pins: &Pins,
    project: Project<'_>,
) -> Result<Json, Vec<(String, String)>> {
    let mut lookup = Lookup {
        pins,
        missing: Vec::new(),
    };
    let folder = if project.folder.as_str().is_empty() {
        "."
    } else {
        project.folder.as_str()
    };
    let mut context = json!({
        "service": service.name,
        "out": service.out,
        "folder": folder,
        "manifest": project.manifest,
        "region": service.environments.first().map(|(_, e)| e.region.as_str()).unwrap_or_default(),
        "sources": words(sources(service)),
        "scanner": scanner(ci.scanner, &mut lookup),
        "tools": {
            "terraform": lookup.tool("terraform"),
            "checkov": lookup.tool("checkov"),
            "trivy": lookup.tool("trivy"),
        },
    });
    let mut more = functions(service, ci);
    more.insert("environments".to_owned(), environments(service, ci));
    match &ci.platform {
        Platform::Github { branch, runs_on } => {
            more.insert("branch".to_owned(), json!(branch));
            more.insert("runs_on".to_owned(), json!(runs_on));
            more.insert("cron".to_owned(), json!(nightly(&service.name)));
            for (key, action) in ACTIONS {
                let (name, version) = lookup.action(action);
                more.insert(key.to_owned(), name);
                more.insert(format!("{key}_version"), version);
            }
        }
        Platform::Gitlab { image } => {
            more.insert("image".to_owned(), json!(image));
        }
    }
    // The step that checks out stands in their jobs too.
    let checkout = [more.get("checkout"), more.get("checkout_version")]
        .map(|v| v.cloned().unwrap_or_default());
    for environment in more
        .get_mut("environments")
        .and_then(Json::as_array_mut)
        .into_iter()
        .flatten()
    {
        environment["checkout"] = checkout[0].clone();
        environment["checkout_version"] = checkout[1].clone();
    }
    if let Some(map) = context.as_object_mut() {
        map.extend(more);
    }
    let mut faults: Vec<(String, String)> = lookup
        .missing
        .iter()
        .map(|name| {
            (
                format!("{name} is not pinned"),
                "add it to slgen.lock: `slgen pin`".to_owned(),
            )
        })
        .collect();
    // What a platform evaluates, however it is quoted.
    for name in [folder, project.manifest] {
        if name.contains("${{") || name.chars().any(char::is_control) {
            faults.push((
                format!("{name:?} cannot stand in a pipeline, where it would be evaluated"),
                "rename the folder or file".to_owned(),
            ));
        }
    }
    if faults.is_empty() {
        Ok(context)
    } else {
        Err(faults)
    }
}

/// The source folders, each once.
pub(super) fn sources(service: &Service) -> Vec<&str> {
    let mut sources: Vec<&str> = service
        .functions
        .values()
        .map(|f| f.source.as_str())
        .collect();
    sources.sort_unstable();
    sources.dedup();
    sources
}

/// Names without spaces, for a shell's list.
fn words<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let words: Vec<&str> = words.into_iter().collect();
    words.join(" ")
}

fn name(scanner: Scanner) -> &'static str {
    match scanner {
        Scanner::OsvScanner => "osv-scanner",
        Scanner::Snyk => "snyk",
        Scanner::DependencyCheck => "dependency-check",
    }
}

fn scanner(scanner: Scanner, lookup: &mut Lookup<'_>) -> Json {
    json!({
        "tool": lookup.tool(name(scanner)),
        "osv": scanner == Scanner::OsvScanner,
        "snyk": scanner == Scanner::Snyk,
        "dependency_check": scanner == Scanner::DependencyCheck,
        "environment": scanner != Scanner::OsvScanner,
    })
}

/// What tests a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tests {
    Python,
    Node,
    Native,
}

fn tests(function: &Function) -> Option<Tests> {
    let runtime = runtimes::runtime(&function.runtime)?;
    match runtime.language.as_str() {
        "python" => Some(Tests::Python),
        "nodejs" => Some(Tests::Node),
        "custom" | "go" | "rust" => Some(Tests::Native),
        _ => None,
    }
}

/// The version in a runtime's name: `python3.13`, `nodejs22.x`.
fn version(runtime: &str) -> &str {
    runtime
        .trim_start_matches(|c: char| c.is_ascii_alphabetic())
        .trim_end_matches(".x")
}

/// The functions by name.
fn sorted(service: &Service) -> BTreeMap<&String, &Function> {
    service.functions.iter().collect()
}

fn functions(service: &Service, ci: &Ci) -> Map<String, Json> {
    let runner = match &ci.platform {
        Platform::Github { runs_on, .. } => runs_on.as_str(),
        Platform::Gitlab { .. } => "",
    };
    let mut kinds: [Vec<Json>; 3] = Default::default();
    let mut all = Vec::new();
    let mut images = Vec::new();
    // By platform: their functions with their sources.
    let mut builders: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    // By name: only the order of environments means something, they are deployed in it.
    for (name, function) in sorted(service) {
        let base = json!({
            "name": name,
            "source": function.source,
            "version": version(&function.runtime),
        });
        if let Some(tests) = tests(function) {
            kinds[tests as usize].push(base.clone());
            let mut one = base;
            for (key, kind) in [
                ("python", Tests::Python),
                ("node", Tests::Node),
                ("native", Tests::Native),
            ] {
                one[key] = json!(kind == tests);
            }
            all.push(one);
        }
        if function.package == Package::Image {
            let (platform, runner) = match function.architecture {
                Architecture::X86_64 => ("linux/amd64", runner.to_owned()),
                Architecture::Arm64 => ("linux/arm64", format!("{runner}-arm")),
            };
            let pair = format!("{name}={}", function.source);
            builders.entry(platform).or_default().push(pair);
            images.push(json!({
                "name": name,
                "source": function.source,
                "platform": platform,
                "runner": runner,
            }));
        }
    }
    let zips = || {
        let functions = sorted(service).into_iter();
        functions.filter(|(_, function)| function.package == Package::Zip)
    };
    let signed = zips().filter(|(_, function)| function.sign);
    let names =
        |of: &[Json]| -> String { words(of.iter().filter_map(|image| image["name"].as_str())) };
    let [python, node, native] = kinds;
    let mut gates = vec!["check", "dependencies", "terraform"];
    for (name, is_there) in [
        ("tests-python", !python.is_empty()),
        ("tests-node", !node.is_empty()),
        ("tests-native", !native.is_empty()),
        ("image-scan", !images.is_empty()),
        ("packages", zips().next().is_some()),
    ] {
        gates.extend(is_there.then_some(name));
    }
    let map = json!({
        "gates": gates,
        "has_python": !python.is_empty(),
        "has_node": !node.is_empty(),
        "has_native": !native.is_empty(),
        "has_images": !images.is_empty(),
        "has_zips": zips().next().is_some(),
        "image_names": names(&images),
        "zip_names": words(zips().map(|(name, _)| name.as_str())),
        "signed_names": words(signed.map(|(name, _)| name.as_str())),
        "zips": zips().map(|(name, _)| json!({ "name": name })).collect::<Vec<_>>(),
        "python": python,
        "node": node,
        "native": native,
        "images": images,
        "builders": builders.iter().map(|(platform, images)| json!({
            "platform": platform,
            "images": words(images.iter().map(String::as_str)),
            "tagged": *platform != "linux/amd64",
        })).collect::<Vec<_>>(),
        "tests": all,
    });
    map.as_object().cloned().unwrap_or_default()
}

/// In the manifest's order: each is deployed to after the one before it.
fn environments(service: &Service, ci: &Ci) -> Json {
    let mut before: Option<&str> = None;
    let mut all = Vec::new();
    for (name, environment) in &service.environments {
        let role = |kind: &str, role: &Option<String>| -> Json {
            let arn = role
                .as_ref()
                .and_then(|role| arn(role, service, name, environment));
            json!({
                "known": arn.is_some(),
                "arn": arn.unwrap_or_default(),
                "variable": format!("SLGEN_{kind}_ROLE_{}", name.to_uppercase().replace('-', "_")),
            })
        };
        let after = match (&ci.platform, before) {
            (Platform::Github { .. }, Some(before)) => format!("deploy-{before}"),
            (Platform::Github { .. }, None) => "provenance".to_owned(),
            (Platform::Gitlab { .. }, before) => before.unwrap_or_default().to_owned(),
        };
        all.push(json!({
            "name": name,
            "account": environment.account,
            "region": environment.region,
            "after": after,
            "chained": before.is_some(),
            "deployer_role": role("DEPLOYER", &ci.deployer_role),
            "reader_role": role("READER", &ci.reader_role),
        }));
        before = Some(name);
    }
    Json::Array(all)
}

fn arn(role: &str, service: &Service, name: &str, environment: &Environment) -> Option<String> {
    let place = (environment.account.as_str(), environment.region.as_str());
    interpolate::resolve(role, &service.name, name, place).ok()
}

/// Once a night, not all services at once.
fn nightly(service: &str) -> String {
    let sum: u32 = service.bytes().map(u32::from).sum();
    format!("{} {} * * *", sum % 60, 1 + sum % 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_runtimes() {
        assert_eq!(version("python3.13"), "3.13");
        assert_eq!(version("nodejs22.x"), "22");
    }

    #[test]
    fn nights_differ() {
        assert_eq!(nightly("orders"), "55 4 * * *");
        assert_ne!(nightly("orders"), nightly("billing"));
    }
}
