//! The folder in which a package is prepared: a copy of the sources with their dependencies.
#![allow(clippy::disallowed_methods, reason = "its answers are not kept")]

use std::fs;
use std::process::Stdio;

use camino::{Utf8Path, Utf8PathBuf};
use tempfile::TempDir;

use super::{Command, Language, Shipped, collect, data};
use crate::catalog::aws::runtimes::{entries, runtime};
use crate::service::model::{Architecture, Function};

/// Lines of a tool's own words that are shown when it fails.
const SHOWN: usize = 20;

/// A prepared folder, which goes when this does.
pub struct Stage {
    _folder: TempDir,
    roots: Vec<(Utf8PathBuf, Utf8PathBuf)>,
}

impl Stage {
    /// What is shipped of it.
    ///
    /// # Errors
    /// As [`collect::collect`]; two files of one name.
    pub fn shipped(&self) -> Result<Shipped, String> {
        let mut shipped = Shipped::new();
        for (below, folder) in &self.roots {
            for (path, file) in collect::collect(folder)? {
                let at = below.join(path);
                if shipped.insert(at.clone(), file).is_some() {
                    return Err(format!("two files of the package are called {at}"));
                }
            }
        }
        Ok(shipped)
    }
}

/// Copies a function's sources, below the project's root, and installs what their lock file names.
///
/// # Errors
/// A language whose packages slgen does not make, a lock file of a tool that it does not run, a tool that is not there
/// or that fails, a folder that cannot be read or written.
pub fn stage(root: &Utf8Path, name: &str, function: &Function) -> Result<Stage, String> {
    let source = root.join(&function.source);
    let language = language(name, function)?;
    let temporary = tempfile::Builder::new()
        .prefix("slgen-package-")
        .tempdir()
        .map_err(|error| format!("no temporary folder: {error}"))?;
    let folder = Utf8PathBuf::from_path_buf(temporary.path().to_owned())
        .map_err(|path| format!("{}: the path is not UTF-8", path.display()))?;
    let sources = collect::sources(&source)?;
    copy(&sources, &folder)?;
    if folder.join(&language.lock).is_file() {
        for command in &language.commands {
            if command.applies(&folder) {
                run(command, language, function, &folder)?;
            }
        }
        for name in &language.removes {
            if !source.join(name).exists() {
                remove(&folder.join(name))?;
            }
        }
    } else if let Some((lock, export)) = language
        .others
        .iter()
        .find(|(lock, _)| folder.join(lock).is_file())
    {
        return Err(format!(
            "{}: slgen installs from {}, not from {lock}: run `{export}` there, or give the folder that you have built with --from",
            source, language.lock
        ));
    }
    let roots = roots(language, &folder);
    let stage = Stage {
        _folder: temporary,
        roots,
    };
    entry(language, function, &stage.shipped()?)?;
    Ok(stage)
}

fn language(name: &str, function: &Function) -> Result<&'static Language, String> {
    let spoken = runtime(&function.runtime).map_or("", |runtime| runtime.language.as_str());
    let known = &data().languages;
    known.iter().find(|known| known.name == spoken).ok_or_else(|| {
        let names: Vec<&str> = known.iter().map(|known| known.name.as_str()).collect();
        format!(
            "{name}: slgen makes zip packages of {}; build what {} runs, and give its folder with --from",
            names.join(" and "),
            function.runtime
        )
    })
}

/// Where a build leaves another folder, that is the package, with the dependencies and the package's manifest beside it.
fn roots(language: &Language, folder: &Utf8Path) -> Vec<(Utf8PathBuf, Utf8PathBuf)> {
    let built = language.root.as_ref().map(|root| folder.join(root));
    match built.filter(|built| built.is_dir()) {
        None => vec![(Utf8PathBuf::new(), folder.to_owned())],
        Some(built) => {
            let modules = folder.join("node_modules");
            // Says whether the files are modules.
            let manifest = built.join("package.json");
            if !manifest.exists() {
                let _ = fs::copy(folder.join("package.json"), manifest);
            }
            let modules = modules.is_dir().then(|| ("node_modules".into(), modules));
            [(Utf8PathBuf::new(), built)]
                .into_iter()
                .chain(modules)
                .collect()
        }
    }
}

impl Command {
    fn applies(&self, folder: &Utf8Path) -> bool {
        let Some(script) = &self.script else {
            return true;
        };
        fs::read_to_string(folder.join("package.json"))
            .ok()
            .and_then(|text| serde_json::from_str::<serde_json::Value>(&text).ok())
            .is_some_and(|manifest| manifest["scripts"][script].is_string())
    }

    /// Program and arguments for a function.
    fn arguments(&self, language: &Language, function: &Function) -> Vec<String> {
        let (arch, cpu) = match function.architecture {
            Architecture::Arm64 => ("aarch64", "arm64"),
            Architecture::X86_64 => ("x86_64", "x64"),
        };
        let version = version(function);
        let mut arguments = Vec::new();
        for word in &self.run {
            if word == "{platforms}" {
                let fits = |below: &Option<String>| {
                    below
                        .as_ref()
                        .is_none_or(|below| minor(version) < minor(below))
                };
                let platforms = language.platforms.iter().find(|set| fits(&set.below));
                for tag in platforms.iter().flat_map(|set| &set.tags) {
                    arguments.extend(["--platform".to_owned(), format!("{tag}_{arch}")]);
                }
            } else {
                arguments.push(word.replace("{version}", version).replace("{cpu}", cpu));
            }
        }
        arguments
    }
}

/// Major and minor number of a version.
fn minor(version: &str) -> (u32, u32) {
    let mut numbers = version.split('.').map(|part| part.parse().unwrap_or(0));
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0))
}

fn copy(files: &Shipped, folder: &Utf8Path) -> Result<(), String> {
    for (path, file) in files {
        let target = folder.join(path);
        let copied = match target.parent() {
            Some(parent) => fs::create_dir_all(parent),
            None => Ok(()),
        };
        copied
            .and_then(|()| fs::copy(file, &target))
            .map_err(|error| format!("{file}: {error}"))?;
    }
    Ok(())
}

fn run(
    command: &Command,
    language: &Language,
    function: &Function,
    folder: &Utf8Path,
) -> Result<(), String> {
    let arguments = command.arguments(language, function);
    let Some((program, rest)) = arguments.split_first() else {
        return Ok(());
    };
    let needs = language.needs.replace("{version}", version(function));
    let program = match program.as_str() {
        "{interpreter}" => &interpreter(language, function, folder)
            .ok_or_else(|| format!("{}: install {needs}", function.runtime))?,
        _ => program,
    };
    let output = std::process::Command::new(program)
        .args(rest)
        .current_dir(folder)
        // What tools write depends on nothing but the lock file.
        .env("SOURCE_DATE_EPOCH", "315532800")
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("PYTHONHASHSEED", "0")
        .env("NO_COLOR", "1")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("{program} cannot be run ({error}): install {needs}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned()
        + &String::from_utf8_lossy(&output.stdout);
    let words = rest.join(" ");
    Err(format!("{program} {words} failed:\n{}", last_lines(&said)))
}

/// The interpreter that reads a lock file as the runtime would: the runtime's own, or any where the file does not ask
/// for the version (pip judges such markers by the interpreter that it runs in).
fn interpreter(language: &Language, function: &Function, folder: &Utf8Path) -> Option<String> {
    let lock = fs::read_to_string(folder.join(&language.lock)).unwrap_or_default();
    let asks = language.markers.iter().any(|marker| lock.contains(marker));
    let few = if asks { 1 } else { language.interpreters.len() };
    let named = language.interpreters.iter().take(few);
    named
        .map(|name| name.replace("{version}", version(function)))
        .find(|name| {
            let tried = std::process::Command::new(name)
                .arg("--version")
                .stdin(Stdio::null())
                .output();
            tried.is_ok_and(|output| output.status.success())
        })
}

/// `3.13` of `python3.13`.
fn version(function: &Function) -> &str {
    let runtime = function.runtime.as_str();
    runtime.trim_start_matches(|c: char| !c.is_ascii_digit())
}

/// The last lines of a text, without what a terminal would obey.
pub(super) fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    let from = lines.len().saturating_sub(SHOWN);
    let plain = |line: &&str| -> String {
        let kept = line.chars().filter(|c| !c.is_control());
        kept.take(400).collect()
    };
    lines[from..]
        .iter()
        .map(plain)
        .collect::<Vec<_>>()
        .join("\n")
}

fn remove(path: &Utf8Path) -> Result<(), String> {
    let removed = match fs::symlink_metadata(path) {
        Err(_) => return Ok(()),
        Ok(meta) if meta.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
    };
    removed.map_err(|error| format!("{path}: {error}"))
}

/// What Lambda would not find is told before anything is uploaded.
fn entry(language: &Language, function: &Function, shipped: &Shipped) -> Result<(), String> {
    let wanted = entries(&language.name, &function.handler);
    if wanted
        .iter()
        .any(|path| shipped.contains_key(Utf8Path::new(path)))
    {
        return Ok(());
    }
    Err(format!(
        "the handler {} needs one of these in the package, and none is: {}",
        function.handler,
        wanted.join(", ")
    ))
}
