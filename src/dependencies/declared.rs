//! Files that declare dependencies: what they ask for, not what it was settled to.

use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::value::RawValue;
use toml::{Spanned, Value};

use super::exact::name_of;
use super::package::normal_python;
use super::reading::{Reading, line_at};
use super::{Fault, FaultKind, Range};

/// What a file declares.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Declared {
    /// Name of the project itself.
    pub name: Option<String>,
    /// What it asks for.
    pub dependencies: Vec<Declaration>,
    /// Whether other projects belong to it.
    pub workspace: bool,
    /// What is wrong with the declaration, whatever the lockfile says.
    pub faults: Vec<Fault>,
    /// The file that holds the lockfile's checksums, of formats that keep them apart.
    pub sums: Option<String>,
}

/// One dependency that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declaration {
    /// Name as written.
    pub name: String,
    /// What versions of it; may be empty.
    pub specifier: String,
    /// Whether only development needs it; in Go, whether others ask for it.
    pub development: bool,
    /// Where.
    pub range: Range,
}

impl Declared {
    pub(super) fn unreadable(range: Range, message: &str) -> Self {
        let fault = Fault {
            kind: FaultKind::Unreadable,
            subject: String::new(),
            package: String::new(),
            message: format!("it is not understood: {message}"),
            range,
        };
        Self {
            faults: vec![fault],
            ..Self::default()
        }
    }
}

/// What is declared and not in the lockfile.
pub(super) fn stale(
    reading: &mut Reading,
    declared: Option<&Declared>,
    normal: fn(&str) -> String,
) {
    for declaration in declared.iter().flat_map(|declared| &declared.dependencies) {
        // What holds only on some systems need not be locked on this one.
        let conditional = declaration.specifier.contains(';') || declaration.development;
        if !conditional && !reading.has(&normal(&declaration.name)) {
            not_locked(reading, declaration);
        }
    }
}

/// A declaration that a lockfile knows nothing of.
pub(super) fn not_locked(reading: &mut Reading, declaration: &Declaration) {
    let message = format!(
        "does not hold {} {}, which is declared: it is of other dependencies",
        declaration.name, declaration.specifier
    );
    reading.about_file(FaultKind::Stale, (0, 0), message);
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PackageJson<'a> {
    name: Option<String>,
    #[serde(borrow, default)]
    dependencies: IndexMap<String, &'a RawValue>,
    #[serde(borrow, default)]
    optional_dependencies: IndexMap<String, &'a RawValue>,
    #[serde(borrow, default)]
    dev_dependencies: IndexMap<String, &'a RawValue>,
    workspaces: Option<serde::de::IgnoredAny>,
}

pub(super) fn package_json(text: &str) -> Declared {
    let file: PackageJson<'_> = match serde_json::from_str(text) {
        Ok(file) => file,
        Err(error) => return Declared::unreadable((0, 0), &error.to_string()),
    };
    let of = |map: &IndexMap<String, &RawValue>, development| {
        let each = map.iter().map(|(name, raw)| Declaration {
            name: name.clone(),
            specifier: serde_json::from_str(raw.get()).unwrap_or_default(),
            development,
            range: line_at(text, raw.get().as_ptr().addr() - text.as_ptr().addr()),
        });
        each.collect::<Vec<_>>()
    };
    let mut dependencies = of(&file.dependencies, false);
    dependencies.extend(of(&file.optional_dependencies, false));
    dependencies.extend(of(&file.dev_dependencies, true));
    Declared {
        name: file.name,
        dependencies,
        workspace: file.workspaces.is_some(),
        ..Declared::default()
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct PyProject {
    project: Project,
    tool: Tool,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Project {
    name: Option<String>,
    dependencies: Vec<Spanned<String>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Tool {
    poetry: Poetry,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Poetry {
    dependencies: IndexMap<Spanned<String>, Value>,
}

pub(super) fn pyproject(text: &str) -> Declared {
    let file: PyProject = match super::toml::parse(text) {
        Ok(file) => file,
        Err((range, message)) => return Declared::unreadable(range, &message),
    };
    let stated = file.project.dependencies.iter().map(|requirement| {
        let name = name_of(requirement.get_ref());
        Declaration {
            name: name.to_owned(),
            specifier: requirement.get_ref()[name.len()..].trim().to_owned(),
            development: false,
            range: super::toml::line(text, requirement),
        }
    });
    let poetry = file.tool.poetry.dependencies.iter();
    let poetry = poetry
        .filter(|(name, _)| *name.get_ref() != "python")
        .map(|(name, value)| Declaration {
            name: name.get_ref().clone(),
            specifier: value.as_str().unwrap_or_default().to_owned(),
            development: value
                .get("optional")
                .and_then(Value::as_bool)
                .unwrap_or(false),
            range: super::toml::line(text, name),
        });
    Declared {
        dependencies: stated.chain(poetry).collect(),
        name: file.project.name.as_deref().map(normal_python),
        ..Declared::default()
    }
}

pub(super) fn requirements_in(text: &str) -> Declared {
    let mut dependencies = Vec::new();
    let mut at = 0;
    for whole in text.split_inclusive('\n') {
        let line = whole.split_once('#').map_or(whole, |(line, _)| line).trim();
        let name = name_of(line);
        // Options, other files and URLs show in what is compiled from them.
        if !name.is_empty() && !line.starts_with('-') && !line.contains('/') {
            dependencies.push(Declaration {
                name: name.to_owned(),
                specifier: line[name.len()..].trim().to_owned(),
                development: false,
                range: line_at(text, at),
            });
        }
        at += whole.len();
    }
    Declared {
        dependencies,
        ..Declared::default()
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
struct CargoToml {
    package: Option<CargoPackage>,
    workspace: Option<serde::de::IgnoredAny>,
    dependencies: IndexMap<Spanned<String>, Value>,
    build_dependencies: IndexMap<Spanned<String>, Value>,
}

#[derive(Deserialize)]
struct CargoPackage {
    name: Option<String>,
}

pub(super) fn cargo_toml(text: &str) -> Declared {
    let file: CargoToml = match super::toml::parse(text) {
        Ok(file) => file,
        Err((range, message)) => return Declared::unreadable(range, &message),
    };
    let all = file.dependencies.iter().chain(&file.build_dependencies);
    let dependencies = all.map(|(name, value)| {
        let renamed = value.get("package").and_then(Value::as_str);
        let version = value
            .as_str()
            .or_else(|| value.get("version").and_then(Value::as_str));
        Declaration {
            name: renamed.unwrap_or(name.get_ref()).to_owned(),
            specifier: version.unwrap_or_default().to_owned(),
            development: false,
            range: super::toml::line(text, name),
        }
    });
    Declared {
        dependencies: dependencies.collect(),
        workspace: file.workspace.is_some(),
        name: file.package.and_then(|package| package.name),
        ..Declared::default()
    }
}
