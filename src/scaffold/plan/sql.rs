//! Relational databases: the statements that the manifest allows, each a constant whose values are parameters.

use super::work::OWNER;
use crate::cloud::aws::database::suffixes;
use crate::cloud::aws::names::shout;
use crate::render::sql;
use crate::scaffold::Language;
use crate::scaffold::names::Names;
use crate::service::Service;
use crate::service::model::{Engine, Function, Grant, Target};

/// What a row is taken to be known by where the manifest names no columns.
const KEY: &str = "id";
/// Rows of one answer.
const PAGE: u32 = 100;

/// How a driver marks a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Marks {
    /// `:name`
    Colon,
    /// `%(name)s`
    Percent,
    /// `$1`
    Dollar,
}

/// A database that a handler uses.
pub(in crate::scaffold) struct Relational {
    pub(in crate::scaffold) name: String,
    /// The class that reaches it.
    pub(in crate::scaffold) class: &'static str,
    kind: &'static str,
    /// What its variables begin with.
    pub(in crate::scaffold) prefix: String,
    pub(in crate::scaffold) statements: Vec<Statement>,
    pub(in crate::scaffold) notes: Vec<String>,
}

/// What a statement does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::scaffold) enum Verb {
    List,
    Find,
    Insert,
    Update,
    Delete,
}

/// Where the value of a parameter comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::scaffold) enum Origin {
    Caller,
    Key,
    Column,
}

/// A constant statement.
pub(in crate::scaffold) struct Statement {
    /// Name of the function.
    pub(in crate::scaffold) name: String,
    pub(in crate::scaffold) verb: Verb,
    pub(in crate::scaffold) text: String,
    /// In the order of their marks.
    pub(in crate::scaffold) parameters: Vec<(String, Origin)>,
    pub(in crate::scaffold) owned: bool,
}

impl Relational {
    /// The variables that the deployment sets.
    pub(in crate::scaffold) fn variables(&self) -> impl Iterator<Item = String> {
        let suffixes = suffixes(self.kind).iter();
        suffixes.map(|suffix| format!("{}{suffix}", self.prefix))
    }
}

/// The kind and class of a resource that a repository is made of.
pub(super) fn reached(
    kind: &str,
    engine: Option<Engine>,
    language: Language,
) -> Option<(&'static str, &'static str)> {
    if !matches!(language, Language::Python | Language::Typescript) {
        return None;
    }
    match (kind, engine) {
        ("rds_data_api", Some(_)) => Some(("rds_data_api", "DataApi")),
        ("rds_db", Some(Engine::Postgresql)) => Some(("rds_db", "Postgres")),
        _ => None,
    }
}

/// The databases of a function; `callers` says whether its rows belong to who calls.
pub(super) fn of(
    service: &Service,
    function: &Function,
    callers: bool,
    language: Language,
    names: &mut Names,
) -> Vec<Relational> {
    let mut databases = Vec::new();
    for access in &function.access {
        let Target::Resource {
            name,
            login: Some(login),
            ..
        } = &access.target
        else {
            continue;
        };
        let Some(resource) = service.resources.get(name) else {
            continue;
        };
        let engine = resource.database.as_ref().map(|database| database.engine);
        let Some(((kind, class), engine)) = reached(&resource.kind, engine, language).zip(engine)
        else {
            continue;
        };
        let marks = match (class, language) {
            ("DataApi", _) => Marks::Colon,
            (_, Language::Python) => Marks::Percent,
            _ => Marks::Dollar,
        };
        let mut database = Relational {
            name: names.value(name),
            class,
            kind,
            prefix: shout(name),
            statements: Vec::new(),
            notes: Vec::new(),
        };
        if (class, language) == ("Postgres", Language::Python) {
            database.notes.push(format!(
                "{name} is known by AWS's certificates: put their global-bundle.pem beside the handler"
            ));
        }
        for grant in &login.tables {
            database.table(
                grant,
                &Writing {
                    engine,
                    marks,
                    owned: callers,
                },
                names,
            );
        }
        databases.push(database);
    }
    databases
}

/// Databases that no repository is made of, for the author to know.
pub(super) fn unreached(
    service: &Service,
    function: &Function,
    language: Language,
) -> impl Iterator<Item = String> {
    function.access.iter().filter_map(move |access| {
        let Target::Resource {
            name,
            login: Some(_),
            ..
        } = &access.target
        else {
            return None;
        };
        let resource = service.resources.get(name)?;
        let engine = resource.database.as_ref()?.engine;
        reached(&resource.kind, Some(engine), language).is_none().then(|| {
            format!("the statements for {name} are yours to write: give every value to the driver as a parameter")
        })
    })
}

/// How the statements of a table are written.
struct Writing {
    engine: Engine,
    marks: Marks,
    owned: bool,
}

impl Relational {
    fn table(&mut self, grant: &Grant, writing: &Writing, names: &mut Names) {
        for (word, columns) in &grant.verbs {
            if let Some(missing) = unasked(grant, word, columns, writing.owned) {
                self.notes.push(missing);
            }
            let is_key = columns.is_empty() || columns.iter().any(|column| column == KEY);
            let verbs: &[Verb] = match word.as_str() {
                "select" if is_key => &[Verb::List, Verb::Find],
                "select" => &[Verb::List],
                "insert" => &[Verb::Insert],
                "update" => &[Verb::Update],
                _ => &[Verb::Delete],
            };
            for verb in verbs {
                let mut text = Text {
                    writing,
                    out: String::new(),
                    parameters: Vec::new(),
                    columns,
                };
                if !text.write(*verb, grant) {
                    self.notes.push(format!(
                        "{word} of {} names no columns, so no statement is made for it: update(state)",
                        grant.table
                    ));
                    continue;
                }
                let called = match verb {
                    Verb::List => format!("list {}", grant.table),
                    Verb::Find => format!("find {}", grant.table),
                    _ => format!("{word} {}", grant.table),
                };
                self.statements.push(Statement {
                    name: names.value(&called),
                    verb: *verb,
                    text: text.out,
                    parameters: text.parameters,
                    owned: writing.owned,
                });
            }
            let unnamed = columns.is_empty() && matches!(word.as_str(), "select" | "insert");
            if unnamed {
                self.notes.push(format!(
                    "{word} of {} names no columns: its statement is for you to complete, and a row is taken to be known by `{KEY}`",
                    grant.table
                ));
            }
        }
    }
}

/// What a statement says of columns that the grant leaves out: the database would refuse it.
fn unasked(grant: &Grant, word: &str, columns: &[String], owned: bool) -> Option<String> {
    let is_in = |columns: &[String], column: &str| {
        columns.is_empty() || columns.iter().any(|granted| granted == column)
    };
    let mut read = grant.verbs.iter().filter(|(verb, _)| verb == "select");
    let read = read.next().map(|(_, columns)| columns.as_slice());
    let is_read = |column: &str| read.is_some_and(|columns| is_in(columns, column));
    let whose = owned.then_some(OWNER);
    let missing: Vec<&str> = match word {
        "insert" => whose
            .filter(|&column| !is_in(columns, column))
            .into_iter()
            .collect(),
        "select" => whose
            .filter(|&column| !is_read(column))
            .into_iter()
            .collect(),
        _ => [Some(KEY), whose]
            .into_iter()
            .flatten()
            .filter(|&column| !is_read(column))
            .collect(),
    };
    let verb = if word == "insert" { word } else { "select" };
    (!missing.is_empty()).then(|| {
        let missing = missing.join(" and ");
        format!(
            "{word} of {} asks for {missing}: allow {verb} on it",
            grant.table
        )
    })
}

/// A statement that is being written.
struct Text<'a> {
    writing: &'a Writing,
    out: String,
    parameters: Vec<(String, Origin)>,
    columns: &'a [String],
}

impl Text<'_> {
    fn write(&mut self, verb: Verb, grant: &Grant) -> bool {
        let quoted = |name: &str| sql::name(self.writing.engine, name);
        let table = match &grant.schema {
            Some(schema) => format!("{}.{}", quoted(schema), quoted(&grant.table)),
            None => quoted(&grant.table),
        };
        let own: Vec<&String> = self.columns.iter().filter(|c| *c != OWNER).collect();
        match verb {
            Verb::List | Verb::Find => {
                let shown: Vec<String> = own.iter().map(|column| quoted(column)).collect();
                let shown = if shown.is_empty() {
                    quoted(KEY)
                } else {
                    shown.join(", ")
                };
                self.out = format!("SELECT {shown} FROM {table}");
                self.condition(verb == Verb::Find);
                if verb == Verb::List {
                    self.out.push_str(&format!(" LIMIT {PAGE}"));
                }
            }
            Verb::Insert => {
                let mut into: Vec<String> = own.iter().map(|column| (*column).clone()).collect();
                if into.is_empty() {
                    into.push(KEY.to_owned());
                }
                let mut columns: Vec<String> = into.iter().map(|column| quoted(column)).collect();
                if self.writing.owned {
                    columns.push(quoted(OWNER));
                }
                let mut marks: Vec<String> = into
                    .iter()
                    .map(|column| self.mark(column, Origin::Column))
                    .collect();
                if self.writing.owned {
                    marks.push(self.mark("caller", Origin::Caller));
                }
                self.out = format!(
                    "INSERT INTO {table} ({}) VALUES ({})",
                    columns.join(", "),
                    marks.join(", ")
                );
            }
            Verb::Update => {
                let changed: Vec<&&String> = own.iter().filter(|c| **c != KEY).collect();
                if changed.is_empty() {
                    return false;
                }
                let names: Vec<String> = changed.iter().map(|column| quoted(column)).collect();
                let set: Vec<String> = changed
                    .iter()
                    .zip(names)
                    .map(|(column, name)| format!("{name} = {}", self.mark(column, Origin::Column)))
                    .collect();
                self.out = format!("UPDATE {table} SET {}", set.join(", "));
                self.condition(true);
            }
            Verb::Delete => {
                self.out = format!("DELETE FROM {table}");
                self.condition(true);
            }
        }
        true
    }

    /// Which rows: that of a key, and none but the caller's.
    fn condition(&mut self, by_key: bool) {
        let mut terms = Vec::new();
        if by_key {
            let name = sql::name(self.writing.engine, KEY);
            terms.push(format!("{name} = {}", self.mark("key", Origin::Key)));
        }
        if self.writing.owned {
            let name = sql::name(self.writing.engine, OWNER);
            terms.push(format!("{name} = {}", self.mark("caller", Origin::Caller)));
        }
        if !terms.is_empty() {
            self.out
                .push_str(&format!(" WHERE {}", terms.join(" AND ")));
        }
    }

    /// A parameter, by a name that no column has.
    fn mark(&mut self, name: &str, origin: Origin) -> String {
        let mut name = name.to_owned();
        while origin != Origin::Column && self.columns.contains(&name) {
            name.push('_');
        }
        self.parameters.push((name.clone(), origin));
        match self.writing.marks {
            Marks::Colon => format!(":{name}"),
            Marks::Percent => format!("%({name})s"),
            Marks::Dollar => format!("${}", self.parameters.len()),
        }
    }
}
