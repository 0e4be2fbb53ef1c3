//! Relational databases: how functions log in, and what of SQL they may do there.

use std::collections::BTreeMap;

use super::build::{Build, code};
use super::model::{Database, Engine, Grant, Login};
use crate::catalog::aws::databases::is_administrator;
use crate::manifest::{escape, model};

/// Longest names of users (`PostgreSQL`: `NAMEDATALEN`; `MySQL` reference, "Account names").
fn longest(engine: Engine) -> usize {
    match engine {
        Engine::Postgresql => 63,
        Engine::Mysql => 32,
    }
}

/// Whether a kind of resource is a relational database.
fn is_relational(kind: &str) -> bool {
    matches!(kind, "rds_data_api" | "rds_db")
}

impl Build<'_> {
    /// What a resource is, when it is a database; what is missing is told by the loader.
    pub(super) fn database(&mut self, at: &str, resource: &model::Resource) -> Option<Database> {
        if resource.kind == "rds_db" && resource.existing.is_some() {
            self.fault(
                code::CONFLICT,
                &format!("{at}/existing"),
                "where a rds_db is differs with the environment",
                "give each environment databases: { <name>: { id, host } }",
            );
        }
        let database = Database {
            engine: resource.engine?,
            name: resource.database.clone()?,
        };
        is_relational(&resource.kind).then_some(database)
    }

    /// Every environment says where every database is, and nothing else.
    pub(super) fn databases(&mut self) {
        let manifest = &self.loaded.manifest;
        let of_kind = |kind: &str| kind == "rds_db";
        for (environment, settings) in &manifest.environments {
            let at = format!("/environments/{}/databases", escape(environment));
            for name in settings.databases.keys() {
                let known = manifest.resources.get(name);
                if !known.is_some_and(|resource| of_kind(&resource.kind)) {
                    self.unknown(
                        &format!("{at}/{}", escape(name)),
                        "/resources",
                        format!("there is no resource `{name}` of type rds_db"),
                        (name, manifest.resources.keys().map(String::as_str)),
                        "declare it under resources",
                    );
                }
            }
            for (name, resource) in &manifest.resources {
                let said = settings.databases.contains_key(name);
                if of_kind(&resource.kind) && !said && !self.loaded.is_doubtful(&at) {
                    self.fault(
                        code::CONFLICT,
                        &format!("/resources/{}", escape(name)),
                        format!("nobody says where `{name}` is in {environment}"),
                        format!("give {environment} databases: {{ {name}: {{ id, host }} }}"),
                    );
                }
            }
        }
        self.users();
    }

    /// A user belongs to one function: the scripts of two would take from each other.
    fn users(&mut self) {
        let manifest = &self.loaded.manifest;
        let mut taken: BTreeMap<(&str, String), &str> = BTreeMap::new();
        let mut faults = Vec::new();
        for (function, settings) in &manifest.functions {
            for (index, access) in settings.access.iter().enumerate() {
                let to = access.to.as_deref().unwrap_or_default();
                let resource = manifest.resources.get(to);
                if !resource.is_some_and(|resource| is_relational(&resource.kind)) {
                    continue;
                }
                let at = format!("/functions/{}/access/{index}", escape(function));
                let user = self.user(function, access);
                if let Some(other) = taken.insert((to, user.clone()), function) {
                    let (message, help) = if other == function {
                        let message = format!("{function} has a line for `{to}` already");
                        (message, "put its tables into one line")
                    } else {
                        let message = format!("`{user}` of `{to}` is the user of {other}");
                        (message, "give each function a user of its own")
                    };
                    faults.push((format!("{at}/to"), message, help));
                }
            }
        }
        for (at, message, help) in faults {
            self.fault(code::CONFLICT, &at, message, help);
        }
    }

    fn user(&self, function: &str, access: &model::Access) -> String {
        let unsaid = || format!("{}_{function}", self.loaded.manifest.service).replace('-', "_");
        access.user.clone().unwrap_or_else(unsaid)
    }

    /// User, secret and tables of an access line.
    pub(super) fn login(
        &mut self,
        function: &str,
        at: &str,
        to: &str,
        resource: &model::Resource,
        access: &model::Access,
    ) -> Option<Login> {
        let by_secret = resource.kind == "rds_data_api";
        let relational = is_relational(&resource.kind);
        for (key, given, has) in [
            ("tables", !access.tables.is_empty(), relational),
            ("user", access.user.is_some(), relational),
            ("secret", access.secret.is_some(), by_secret),
        ] {
            if given && !has {
                let message = format!("{} has no {key}", resource.kind);
                self.fault(code::CONFLICT, &format!("{at}/{key}"), message, "remove it");
            }
        }
        if !relational {
            return None;
        }
        if access.tables.is_empty() && !self.loaded.is_doubtful(&format!("{at}/tables")) {
            self.fault(
                "SLG-MANIFEST-005",
                at,
                format!("no table of `{to}` is named"),
                "name each: tables: { orders: [select] }",
            );
        }
        let user = self.user(function, access);
        self.judge_user(at, resource, access, &user);
        if by_secret {
            self.password(at, access);
        }
        let tables = access.tables.iter().map(|(table, verbs)| {
            let (schema, table) = match table.split_once('.') {
                Some((schema, table)) => (Some(schema.to_owned()), table),
                None => (None, table.as_str()),
            };
            Grant {
                schema,
                table: table.to_owned(),
                verbs: verbs.iter().map(|verb| parse(verb)).collect(),
            }
        });
        let tables: Vec<Grant> = tables.collect();
        if resource.engine == Some(Engine::Mysql)
            && let Some(grant) = tables.iter().find(|grant| grant.schema.is_some())
        {
            let message = format!("MySQL has no schema besides the database of `{to}`");
            let key = format!("{at}/tables/{}.{}", grant.schema.as_deref()?, grant.table);
            self.fault(code::CONFLICT, &key, message, "name the table alone");
        }
        Some(Login {
            user,
            secret: access.secret.clone(),
            tables,
        })
    }

    fn judge_user(
        &mut self,
        at: &str,
        resource: &model::Resource,
        access: &model::Access,
        user: &str,
    ) {
        let key = format!("{at}/user");
        let place = if access.user.is_some() { &key } else { at };
        if is_administrator(user) {
            self.fault(
                code::CONFLICT,
                place,
                format!("`{user}` is no user for a function"),
                "leave it out, or name a user that only this function has",
            );
        }
        let most = resource.engine.map_or(usize::MAX, longest);
        if user.len() > most {
            self.fault(
                code::BOUNDS,
                place,
                format!("the user `{user}` has more than {most} characters"),
                "say a shorter one: user: <name>",
            );
        }
    }

    fn password(&mut self, at: &str, access: &model::Access) {
        let resources = &self.loaded.manifest.resources;
        let secrets = resources.iter().filter(|(_, r)| r.kind == "secret");
        match &access.secret {
            None if self.loaded.is_doubtful(&format!("{at}/secret")) => {}
            None => self.fault(
                "SLG-MANIFEST-005",
                at,
                "the RDS Data API logs in with a secret",
                "name a resource of type secret: secret: <name>",
            ),
            Some(secret) if resources.get(secret).is_some_and(|r| r.kind == "secret") => {}
            Some(secret) => self.unknown(
                &format!("{at}/secret"),
                "/resources",
                format!("there is no secret `{}`", crate::manifest::shown(secret)),
                (secret, secrets.map(|(name, _)| name.as_str())),
                "declare it under resources with type: secret",
            ),
        }
    }
}

/// `select(id, name)` as its verb and its columns.
fn parse(verb: &str) -> (String, Vec<String>) {
    let (verb, columns) = verb.split_once('(').unwrap_or((verb, ""));
    let columns = columns.trim_end_matches(')').split(',').map(str::trim);
    let columns = columns.filter(|column| !column.is_empty());
    (verb.to_owned(), columns.map(str::to_owned).collect())
}
