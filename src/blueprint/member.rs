//! One blueprint of a chain: its definition with inputs filled in, its files, and where everything stands.

use camino::{Utf8Path, Utf8PathBuf};
use indexmap::IndexMap;
use serde_json::Value as Json;

use super::files::DEFINITION;
use super::format::{Definition, Lock};
use super::inputs::{self, InputFault, Inputs};
use super::setting::Setting;
use super::{CODE, Files, Source};
use crate::diagnostic::{Diagnostic, Sources, Span, position};
use crate::manifest::{self, SourceMap, similar};

/// One blueprint of a chain.
#[derive(Debug, Clone)]
pub struct Member {
    /// Where it is from.
    pub source: Source,
    /// What it says, with its inputs filled in.
    pub definition: Definition,
    /// Its inputs.
    pub inputs: Inputs,
    /// Its files.
    pub files: Files,
    /// `blueprint.yaml`, as messages name it.
    pub file: Utf8PathBuf,
    map: SourceMap,
}

/// Where something stands in a blueprint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Name and version of the blueprint.
    pub blueprint: String,
    /// File and line; `None` in a built-in blueprint.
    pub place: Option<(Utf8PathBuf, usize)>,
    /// The same as a span of the file.
    pub span: Option<Span>,
    /// 0 for the baseline itself, one more for each parent.
    pub layer: usize,
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.blueprint)?;
        match &self.place {
            Some((file, line)) => write!(f, " ({file}:{line})"),
            None => Ok(()),
        }
    }
}

/// Why a blueprint cannot be read.
pub(super) enum Unread {
    /// Its own file is faulty.
    Faulty(Broken),
    /// What it was given is.
    Inputs(Vec<InputFault>),
}

/// What is wrong with blueprints, with the texts that it points into.
#[derive(Debug, Clone, Default)]
pub struct Broken {
    /// Every fault.
    pub faults: Vec<Diagnostic>,
    /// Texts by file.
    pub sources: Sources,
}

/// Parses a blueprint's text.
///
/// # Errors
/// Every fault, each with its place in the file.
pub fn parse(file: &Utf8Path, text: &str) -> Result<Definition, Vec<Diagnostic>> {
    manifest::read_as(file, text)
}

impl Member {
    /// Reads a blueprint's files; without inputs it is filled in with values that need not fit, for its author.
    ///
    /// # Errors
    /// Every fault of its file, or of what it was given.
    pub(super) fn read(
        source: Source,
        files: Files,
        given: Option<&IndexMap<String, Json>>,
    ) -> Result<Self, Unread> {
        let file = match &source {
            Source::Path(folder) => folder.join(DEFINITION),
            other => Utf8PathBuf::from(format!("{other}/{DEFINITION}")),
        };
        let Some(text) = files.text(DEFINITION.into()) else {
            let fault = Diagnostic::error(CODE, format!("{file} is no UTF-8 text"));
            let faults = vec![fault.help("save it as UTF-8")];
            return Err(Unread::Faulty(Broken {
                faults,
                sources: Sources::default(),
            }));
        };
        let sources = Sources([(file.clone(), text.to_owned())].into());
        let unread = |faults| {
            let sources = sources.clone();
            Unread::Faulty(Broken { faults, sources })
        };
        let (definition, map): (Definition, SourceMap) =
            manifest::read_placed(&file, text).map_err(unread)?;
        let mut member = Self {
            source,
            definition,
            inputs: Inputs::new(),
            file,
            map,
            files,
        };
        let mut faults = member.form();
        if let Some(schema) = &member.definition.inputs
            && let Err(message) = inputs::schema(schema)
        {
            let help = "write inputs: { type: object, properties: { NAME: { type: string } } }";
            faults.push(member.fault("/inputs", message, help));
        }
        if !faults.is_empty() {
            return Err(unread(faults));
        }
        let schema = member.definition.inputs.as_ref();
        member.inputs = match given {
            Some(given) => inputs::settle(schema, given).map_err(Unread::Inputs)?,
            None => schema.map(inputs::placeholders).unwrap_or_default(),
        };
        member.fill().map_err(unread)?;
        Ok(member)
    }

    /// Puts the inputs into the texts.
    fn fill(&mut self) -> Result<(), Vec<Diagnostic>> {
        let mut value = serde_json::to_value(&self.definition).unwrap_or_default();
        let schema = value.as_object_mut().and_then(|map| map.remove("inputs"));
        let mut unknown = Vec::new();
        inputs::fill(&mut value, &self.inputs, "", &mut unknown);
        if let (Some(schema), Some(map)) = (schema, value.as_object_mut()) {
            map.insert("inputs".to_owned(), schema);
        }
        let declared = self.definition.inputs.as_ref();
        let declared = declared.and_then(|schema| schema["properties"].as_object());
        let faults: Vec<Diagnostic> = unknown
            .into_iter()
            .map(|(at, name)| {
                let names = declared.into_iter().flat_map(|map| map.keys());
                if declared.is_some_and(|map| map.contains_key(&name)) {
                    let message = format!("the input `{name}` was not given, and has no default");
                    return self.fault(&at, message, "give it a default, or make it required");
                }
                let help = similar(&name, names.map(String::as_str)).map_or_else(
                    || "declare it under inputs".to_owned(),
                    |near| format!("did you mean `{near}`?"),
                );
                self.fault(&at, format!("there is no input `{name}`"), help)
            })
            .collect();
        if !faults.is_empty() {
            return Err(faults);
        }
        self.definition = serde_json::from_value(value)
            .map_err(|error| vec![Diagnostic::error(CODE, format!("{}: {error}", self.file))])?;
        Ok(())
    }

    /// What its types cannot say; the values of its locks are read by the type of their setting.
    fn form(&mut self) -> Vec<Diagnostic> {
        let mut faults = Vec::new();
        let definition = &self.definition;
        if semver::Version::parse(&definition.version).is_err() {
            faults.push(self.fault(
                "/version",
                format!("`{}` is no version", definition.version),
                "write MAJOR.MINOR.PATCH, for example 1.0.0",
            ));
        }
        let mut typed: Vec<(Option<String>, usize, Json)> = Vec::new();
        for (archetype, at, locks, floors) in self.sections() {
            for (index, lock) in locks.iter().enumerate() {
                let at = format!("{at}/locks/{index}");
                match self.value(&at, archetype, lock) {
                    Ok(value) => typed.push((archetype.map(str::to_owned), index, value)),
                    Err(found) => faults.extend(found),
                }
                faults.extend(self.reasoned(&at, &lock.reason));
            }
            for (index, floor) in floors.iter().enumerate() {
                let at = format!("{at}/floors/{index}");
                let setting = setting_in(archetype, &floor.setting);
                if manifest::setting_schema(setting.segments()).is_none() {
                    faults.push(self.unknown(&at, archetype, &floor.setting));
                }
                if floor.min.is_none() && floor.max.is_none() && floor.one_of.is_none() {
                    faults.push(self.fault(
                        &at,
                        "this floor bounds nothing",
                        "give min, max or one_of",
                    ));
                }
                if let (Some(min), Some(max)) = (floor.min, floor.max)
                    && min > max
                {
                    let message = format!("nothing is at least {min} and at most {max}");
                    faults.push(self.fault(&at, message, "let min be at most max"));
                }
                faults.extend(self.reasoned(&at, &floor.reason));
            }
        }
        for (tag, required) in &definition.tags.required {
            let at = format!("/tags/required/{}/pattern", manifest::escape(tag));
            if let Some(pattern) = &required.pattern
                && let Err(error) = regex_lite::Regex::new(pattern)
            {
                let message = format!("`{pattern}` is no regular expression: {error}");
                faults.push(self.fault(&at, message, "mend it"));
            }
        }
        for (id, guardrail) in &definition.guardrails {
            let at = format!("/guardrails/{}", manifest::escape(id));
            let Some(rule) = crate::guardrail::rule(id) else {
                // Rules of an organisation are known when its policies have been read.
                if id.starts_with("SLG-") {
                    let known = crate::guardrail::rules().iter().map(|rule| rule.meta.id);
                    let help = similar(id, known).map_or_else(
                        || "docs/rules.md lists them".to_owned(),
                        |near| format!("did you mean `{near}`?"),
                    );
                    faults.push(self.fault(&at, format!("there is no rule {id}"), help));
                }
                continue;
            };
            if guardrail.severity.is_some_and(|s| s < rule.meta.severity) {
                let message = format!("{id} is {} by itself", rule.meta.severity);
                faults.push(self.fault(&at, message, "a blueprint can only raise a severity"));
            }
        }
        for (archetype, index, value) in typed {
            let definition = &mut self.definition;
            let locks = match archetype {
                Some(name) => definition.archetypes.get_mut(&name).map(|a| &mut a.locks),
                None => Some(&mut definition.locks),
            };
            if let Some(lock) = locks.and_then(|locks| locks.get_mut(index)) {
                lock.value = value;
            }
        }
        faults
    }

    /// Locks and floors with the archetype that they are in, and its pointer.
    fn sections(
        &self,
    ) -> impl Iterator<Item = (Option<&str>, String, &[Lock], &[super::format::Floor])> {
        let own = &self.definition;
        std::iter::once((None, String::new(), &*own.locks, &*own.floors)).chain(
            own.archetypes.iter().map(|(name, a)| {
                let at = format!("/archetypes/{}", manifest::escape(name));
                (Some(name.as_str()), at, &*a.locks, &*a.floors)
            }),
        )
    }

    fn reasoned(&self, at: &str, reason: &str) -> Option<Diagnostic> {
        reason.trim().is_empty().then(|| {
            let help = "say why: whoever meets it reads the reason";
            self.fault(&format!("{at}/reason"), "there is no reason", help)
        })
    }

    /// The value of a lock, read as its setting is.
    fn value(
        &self,
        at: &str,
        archetype: Option<&str>,
        lock: &Lock,
    ) -> Result<Json, Vec<Diagnostic>> {
        // What an input will be is not known yet.
        if lock
            .value
            .as_str()
            .is_some_and(|text| text.contains("${input."))
        {
            return Ok(lock.value.clone());
        }
        let setting = setting_in(archetype, &lock.setting);
        let Some(schema) = manifest::setting_schema(setting.segments()) else {
            return Err(vec![self.unknown(at, archetype, &lock.setting)]);
        };
        manifest::read_setting(&self.file, &self.map, &format!("{at}/value"), schema)
    }

    fn unknown(&self, at: &str, archetype: Option<&str>, setting: &str) -> Diagnostic {
        let help = match archetype {
            Some(_) => "name a setting of a function: timeout_s",
            None => "name a path of the manifest, `*` for any name: functions.*.timeout_s",
        };
        let message = format!("`{setting}` is no setting of a manifest");
        self.fault(&format!("{at}/setting"), message, help)
    }

    /// A fault of the value at a pointer in its file.
    pub(crate) fn fault(
        &self,
        pointer: &str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Diagnostic {
        Diagnostic::error(CODE, message)
            .at(self.span(pointer))
            .about(pointer)
            .help(help)
    }

    fn span(&self, pointer: &str) -> Option<Span> {
        let (start, end) = self.map.nearest(pointer)?;
        Some(Span {
            file: self.file.clone(),
            start,
            end,
        })
    }

    /// The text of its file.
    pub fn text(&self) -> &str {
        self.files.text(DEFINITION.into()).unwrap_or_default()
    }

    /// `NAME VERSION`.
    pub fn title(&self) -> String {
        format!("{} {}", self.definition.name, self.definition.version)
    }

    /// Whether its file has something at a pointer.
    pub(super) fn has(&self, pointer: &str) -> bool {
        self.map.value(pointer).is_some()
    }

    /// Where what a pointer points at stands.
    pub(super) fn origin(&self, pointer: &str, layer: usize) -> Origin {
        let span = self.span(pointer);
        let place = span
            .as_ref()
            .filter(|_| !matches!(self.source, Source::Builtin(_)))
            .map(|span| (span.file.clone(), position(self.text(), span.start).0));
        Origin {
            blueprint: self.title(),
            place,
            span,
            layer,
        }
    }
}

/// The setting that a lock or floor of an archetype, or of the blueprint, means.
pub(super) fn setting_in(archetype: Option<&str>, setting: &str) -> Setting {
    match archetype {
        Some(archetype) => Setting::of_archetype(archetype, setting),
        None => Setting::new(setting),
    }
}
