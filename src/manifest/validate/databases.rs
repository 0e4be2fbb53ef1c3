//! Relational databases: where they are, and what of SQL a function may do.

use super::super::escape;
use super::super::model::{Access, Endpoint, Resource};
use super::{Check, shapes};
use crate::catalog::aws::kinds;

impl Check<'_> {
    pub(super) fn endpoint(&mut self, at: &str, endpoint: &Endpoint) {
        let kind = kinds::kind("rds_db");
        if let Some(Err(rule)) = kind.map(|kind| kind.check_name(&endpoint.id)) {
            let help = "it is shown as resource id, not as identifier";
            self.value(&format!("{at}/id"), rule, help);
        }
        let host = format!("{at}/host");
        self.shape(&shapes::HOST, &host, &endpoint.host, "a host name");
        if endpoint.host.len() > 253 {
            self.value(&host, "longer than 253 characters", "give the endpoint");
        }
        if endpoint.port == Some(0) {
            let help = "leave it out, or write the port of the endpoint";
            self.value(&format!("{at}/port"), "there is no port 0", help);
        }
    }

    /// Engine and name.
    pub(super) fn database(&mut self, at: &str, resource: &Resource) {
        let name = format!("{at}/database");
        if let Some(database) = &resource.database {
            let what = "the name of a database: letters, digits, `_` and `-`";
            self.shape(&shapes::DATABASE, &name, database, what);
        }
        let relational = matches!(resource.kind.as_str(), "rds_data_api" | "rds_db");
        for (key, given) in [
            ("engine", resource.engine.is_some()),
            ("database", resource.database.is_some()),
        ] {
            let at = format!("{at}/{key}");
            if relational && !given {
                let help = "give engine: postgresql or mysql, and database: with its name";
                self.missing(&at, format!("{} without {key}", resource.kind), help);
            } else if given && !relational && kinds::kind(&resource.kind).is_some() {
                let message = format!("{} has no `{key}`", resource.kind);
                self.fault("SLG-MANIFEST-008", &at, message, "remove it");
            }
        }
    }

    /// User and tables of an access line.
    pub(super) fn sql(&mut self, at: &str, access: &Access) {
        if let Some(user) = &access.user {
            let what = "a user of small letters, digits and `_`";
            self.shape(&shapes::SQL_USER, &format!("{at}/user"), user, what);
        }
        for (table, verbs) in &access.tables {
            let at = format!("{at}/tables/{}", escape(table));
            self.key_shape(
                &shapes::SQL_TABLE,
                &at,
                table,
                "a table: `orders`, or with its schema `sales.orders`",
            );
            if verbs.is_empty() {
                self.missing(
                    &at,
                    "nothing is allowed on this table",
                    "for example [select]",
                );
            }
            for (index, verb) in verbs.iter().enumerate() {
                let at = format!("{at}/{index}");
                let what = "select, insert, update or delete, or one of the first three on columns: select(id, name)";
                self.shape(&shapes::SQL_VERB, &at, verb, what);
                let word = |verb: &str| verb.split('(').next().unwrap_or_default().to_owned();
                if verbs[..index].iter().any(|other| word(other) == word(verb)) {
                    self.value(&at, format!("{} is said twice", word(verb)), "keep one");
                }
            }
        }
    }
}
