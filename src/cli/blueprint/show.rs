//! `slgen blueprint show`: what a blueprint asks for, locks, bounds, allows and emits.

use clap::Args;
use serde_json::{Value as Json, json};

use super::{local, refused};
use crate::blueprint::{self, Blueprint, Origin, plain};
use crate::cli::pipeline::root;
use crate::cli::{Cli, Failure, Format, Status, policies, say};
use crate::diagnostic::Sources;
use crate::guardrail::CustomRule;
use crate::manifest;
use crate::policy;
use crate::remote::Blueprints;
use crate::render::{TEMPLATES, escape_markdown};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// `builtin:NAME`, `path:DIR` or a folder; that of the manifest unless given.
    #[arg(value_name = "SOURCE")]
    source: Option<String>,
}

pub(super) fn run(cli: &Cli, arguments: &Arguments) -> Result<Status, Failure> {
    let found = match &arguments.source {
        Some(source) => named(cli, source)?,
        None => used(cli)?,
    };
    let rules = policy::ask(&found, &[]).map_err(policies::refused)?.rules;
    let sections = sections(&found, &rules);
    say(&match cli.format {
        Format::Json => format!("{}\n", document(&found, &sections)),
        Format::Markdown => markdown(&found, &sections),
        _ => text(&found, &sections),
    });
    Ok(Status::Done)
}

/// The blueprint of a source or a folder.
fn named(cli: &Cli, source: &str) -> Result<Blueprint, Failure> {
    let known = ["builtin:", "path:", "git::", "oci://"];
    let source = if known.iter().any(|scheme| source.starts_with(scheme)) {
        source.to_owned()
    } else {
        super::source(source.into())
    };
    blueprint::open_any(&source, &local(cli)).map_err(refused)
}

/// The blueprint of the manifest that is here.
fn used(cli: &Cli) -> Result<Blueprint, Failure> {
    let text = manifest::read(&cli.directory.join(&cli.manifest))?;
    let loaded = manifest::parse(&cli.manifest, &text).map_err(|diagnostics| Failure {
        status: Status::Error,
        diagnostics,
        sources: Sources([(cli.manifest.clone(), manifest::masked(&text))].into()),
    })?;
    let remote = Blueprints::beside(&root(&cli.directory, &cli.manifest), &cli.manifest);
    blueprint::open(&loaded.manifest.baseline, &remote).map_err(refused)
}

/// A table of what is shown.
struct Section {
    title: &'static str,
    /// Key in JSON.
    key: &'static str,
    columns: &'static [&'static str],
    rows: Vec<Vec<String>>,
}

fn sections(found: &Blueprint, rules: &[CustomRule]) -> Vec<Section> {
    let own = found.members.first();
    let mut sections = Vec::new();
    let mut add = |title, key, columns, rows: Vec<Vec<String>>| {
        if !rows.is_empty() {
            sections.push(Section {
                title,
                key,
                columns,
                rows,
            });
        }
    };
    let from = |origin: &Origin| origin.blueprint.clone();
    let chain = found.members.iter().map(|m| {
        vec![
            m.source.to_string(),
            m.definition.version.clone(),
            m.definition.description.clone(),
        ]
    });
    add(
        "Blueprints, each extends the next",
        "chain",
        &["source", "version", "description"],
        chain.collect(),
    );
    let schema = own
        .and_then(|m| m.definition.inputs.clone())
        .unwrap_or_default();
    let required = |name: &str| {
        let all = schema["required"].as_array();
        all.is_some_and(|all| all.iter().any(|n| n == name))
    };
    let inputs = schema["properties"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, of)| {
            let default = match (of.get("default"), required(name)) {
                (Some(value), _) => plain(value),
                (None, true) => "(required)".to_owned(),
                (None, false) => String::new(),
            };
            vec![
                name.clone(),
                plain(&of["type"]),
                default,
                of["description"].as_str().unwrap_or_default().to_owned(),
            ]
        });
    add(
        "Inputs",
        "inputs",
        &["input", "type", "default", "description"],
        inputs.collect(),
    );
    let defaults = found.default_values().into_iter();
    let defaults = defaults.map(|(setting, value)| vec![setting, plain(&value)]);
    add(
        "Defaults",
        "defaults",
        &["setting", "value"],
        defaults.collect(),
    );
    let kinds = || {
        std::iter::once((&found.locks, &found.floors))
            .chain(found.archetypes.values().map(|a| (&a.locks, &a.floors)))
    };
    let locks = kinds().flat_map(|(locks, _)| {
        locks.iter().map(move |lock| {
            vec![
                lock.setting.to_string(),
                plain(&lock.it.value),
                lock.it.reason.clone(),
                from(&lock.origin),
            ]
        })
    });
    add(
        "Locked values",
        "locks",
        &["setting", "value", "reason", "from"],
        locks.collect(),
    );
    let floors = kinds().flat_map(|(_, floors)| {
        floors.iter().map(move |floor| {
            let mut bounds = Vec::new();
            bounds.extend(floor.it.min.map(|min| format!("at least {min}")));
            bounds.extend(floor.it.max.map(|max| format!("at most {max}")));
            bounds.extend(floor.it.one_of.as_ref().map(|all| {
                let all: Vec<String> = all.iter().map(plain).collect();
                format!("one of {}", all.join(", "))
            }));
            vec![
                floor.setting.to_string(),
                bounds.join(", "),
                floor.it.reason.clone(),
                from(&floor.origin),
            ]
        })
    });
    add(
        "Bounds",
        "floors",
        &["setting", "must be", "reason", "from"],
        floors.collect(),
    );
    let archetypes = found
        .archetypes
        .iter()
        .map(|(name, a)| vec![name.clone(), a.triggers.join(", "), a.description.clone()]);
    add(
        "Archetypes",
        "archetypes",
        &["name", "triggers", "description"],
        archetypes.collect(),
    );
    let guardrails = found.guardrails.iter().map(|(id, g)| {
        let mut what = Vec::new();
        what.extend(g.severity.map(|severity| format!("severity {severity}")));
        what.extend(g.forbidden.then(|| "no exceptions".to_owned()));
        what.extend(
            g.days
                .map(|days| format!("exceptions of {days} days at most")),
        );
        vec![
            id.clone(),
            what.join(", "),
            g.reason.clone(),
            from(&g.origin),
        ]
    });
    add(
        "Guardrails",
        "guardrails",
        &["rule", "here", "reason", "from"],
        guardrails.collect(),
    );
    let policies = rules.iter().map(|rule| {
        vec![
            rule.id.clone(),
            rule.severity.to_string(),
            rule.title.clone(),
            format!("{}:{}", rule.file, rule.line),
            rule.blueprint.clone(),
        ]
    });
    add(
        "Policies",
        "policies",
        &["rule", "severity", "title", "policy", "from"],
        policies.collect(),
    );
    let allowed = [
        ("runtimes", &found.allowed.runtimes),
        ("regions", &found.allowed.regions),
        ("services", &found.allowed.services),
        ("actions", &found.allowed.actions),
    ];
    let allowed = allowed.into_iter().filter_map(|(what, list)| {
        let (list, origin) = list.as_ref()?;
        Some(vec![
            what.to_owned(),
            list.only.join(", "),
            list.reason.clone(),
            from(origin),
        ])
    });
    add(
        "Allowed alone",
        "allowed",
        &["what", "only", "reason", "from"],
        allowed.collect(),
    );
    let denied = found.denied.iter().map(|(denied, origin)| {
        vec![
            denied.actions.join(", "),
            denied.reason.clone(),
            from(origin),
        ]
    });
    add(
        "Denied actions",
        "denied",
        &["actions", "reason", "from"],
        denied.collect(),
    );
    let tags = found.required_tags.iter().map(|(tag, required, origin)| {
        vec![
            tag.clone(),
            required.pattern.clone().unwrap_or_default(),
            required.reason.clone(),
            from(origin),
        ]
    });
    add(
        "Tags that a manifest gives",
        "tags",
        &["tag", "pattern", "reason", "from"],
        tags.collect(),
    );
    let templates = found.templates().unwrap_or_default();
    let emits = templates.iter().map(|(name, template)| {
        let what = if TEMPLATES.iter().any(|(known, _)| known == name) {
            "replaces slgen's own"
        } else if name.strip_suffix(".tf").is_some() {
            "adds this file"
        } else {
            "a part of others"
        };
        vec![name.clone(), what.to_owned(), template.file.to_string()]
    });
    add(
        "Templates",
        "templates",
        &["name", "what", "file"],
        emits.collect(),
    );
    let handlers = found.archetypes.keys().flat_map(|kind| {
        let files = found.handlers(kind).into_keys();
        files.map(move |path| vec![kind.clone(), path.to_string()])
    });
    add(
        "Files of handlers",
        "handlers",
        &["archetype", "file"],
        handlers.collect(),
    );
    let notes = found.notes.iter().map(|note| vec![note.clone()]);
    add(
        "Notes after generating",
        "notes",
        &["note"],
        notes.collect(),
    );
    sections
}

/// For programs: `slgen.blueprint/1`.
fn document(found: &Blueprint, sections: &[Section]) -> Json {
    let mut document = json!({
        "schema": "slgen.blueprint/1",
        "name": found.name,
        "version": found.version,
        "description": found.description,
    });
    for section in sections {
        let rows = section.rows.iter().map(|row| {
            let cells = section.columns.iter().zip(row);
            let cells = cells.map(|(column, cell)| (column.replace(' ', "_"), json!(cell)));
            Json::Object(cells.collect())
        });
        document[section.key] = rows.collect();
    }
    document
}

fn markdown(found: &Blueprint, sections: &[Section]) -> String {
    let mut out = format!(
        "# {} {}\n\n{}\n",
        escape_markdown(&found.name),
        found.version,
        escape_markdown(&found.description)
    );
    for section in sections {
        out.push_str(&format!("\n## {}\n\n", section.title));
        out.push_str(&format!("| {} |\n", section.columns.join(" | ")));
        out.push_str(&format!("|{}\n", "---|".repeat(section.columns.len())));
        for row in &section.rows {
            let cells: Vec<String> = row.iter().map(|cell| escape_markdown(cell)).collect();
            out.push_str(&format!("| {} |\n", cells.join(" | ")));
        }
    }
    out
}

fn text(found: &Blueprint, sections: &[Section]) -> String {
    let mut out = format!("{} {}: {}\n", found.name, found.version, found.description);
    for section in sections {
        out.push_str(&format!("\n{}\n", section.title));
        for row in &section.rows {
            let mut cells = row.iter().filter(|cell| !cell.is_empty());
            let first = cells.next().cloned().unwrap_or_default();
            let rest: Vec<&str> = cells.map(String::as_str).collect();
            let colon = if rest.is_empty() { "" } else { ": " };
            out.push_str(&format!("  {first}{colon}{}\n", rest.join(" · ")));
        }
    }
    // A blueprint may be anyone's: nothing of it moves a terminal's cursor.
    out.chars()
        .map(|c| if c.is_control() && c != '\n' { ' ' } else { c })
        .collect()
}
