//! Access lines and resources, held against the catalog.

use super::build::{Build, code};
use super::model::{Access, Existing, Resource, Table, Target};
use super::streams::RETENTION_HOURS;
use crate::catalog::aws::{grants, kinds, operations, quotas::quota};
use crate::diagnostic::Diagnostic;
use crate::manifest::{escape, model};

/// Operations that ask for the listing of a bucket and send no prefix, by which paths narrow it (S3 API reference,
/// `HeadBucket`).
const OF_WHOLE_BUCKET: [&str; 1] = ["HeadBucket"];

impl Build<'_> {
    pub(super) fn access(
        &mut self,
        function: &str,
        at: &str,
        access: &model::Access,
    ) -> Option<Access> {
        let manifest = &self.loaded.manifest;
        let line = |target| {
            Some(Access {
                target,
                until: access.until.as_ref().and_then(|day| day.parse().ok()),
                pointer: at.to_owned(),
            })
        };
        if let Some(statement) = &access.raw {
            return line(Target::Raw {
                statement: statement.clone(),
                reason: access.reason.clone().unwrap_or_default(),
            });
        }
        let to = access.to.as_deref()?;
        if let Some(name) = to.strip_prefix("functions.") {
            self.sibling(function, name, at, access);
            return line(Target::Function {
                name: name.to_owned(),
            });
        }
        if self.loaded.is_damaged(&format!("{at}/to")) {
            return None;
        }
        let Some(resource) = manifest.resources.get(to) else {
            let functions: Vec<String> = manifest
                .functions
                .keys()
                .map(|name| format!("functions.{name}"))
                .collect();
            let known = manifest
                .resources
                .keys()
                .chain(&functions)
                .map(String::as_str);
            let otherwise = if manifest.functions.contains_key(to) {
                format!("a function is named functions.{to}")
            } else {
                "declare it under resources".to_owned()
            };
            self.unknown(
                &format!("{at}/to"),
                "/resources",
                format!("there is no resource `{to}`"),
                (to, known),
                &otherwise,
            );
            return None;
        };
        let kind = kinds::kind(&resource.kind)?;
        if access.allow.is_empty() && !self.loaded.is_doubtful(&format!("{at}/allow")) {
            self.fault(
                "SLG-MANIFEST-005",
                at,
                "nothing is allowed",
                "name operations: allow: [GetItem]",
            );
        }
        for (index, operation) in access.allow.iter().enumerate() {
            let at = format!("{at}/allow/{index}");
            self.operation(&at, kind, operation, access.index.is_some());
            if access.allow[..index].contains(operation) {
                let message = format!("`{operation}` stands here twice");
                self.faults.push(
                    self.loaded
                        .warning("SLG-SERVICE-104", &at, message, "remove it"),
                );
            }
        }
        self.parts(at, to, kind, resource, access);
        self.narrowed(function, at, to, access);
        let login = self.login(function, at, to, resource, access);
        line(Target::Resource {
            name: to.to_owned(),
            allow: access
                .allow
                .iter()
                .enumerate()
                .map(|(i, o)| (o.clone(), format!("{at}/allow/{i}")))
                .collect(),
            index: access.index.clone(),
            paths: access.paths.clone(),
            login,
        })
    }

    fn sibling(&mut self, function: &str, name: &str, at: &str, access: &model::Access) {
        let functions = &self.loaded.manifest.functions;
        if !functions.contains_key(name) {
            let known: Vec<String> = functions.keys().map(|n| format!("functions.{n}")).collect();
            self.unknown(
                &format!("{at}/to"),
                "/functions",
                format!("there is no function `{name}`"),
                (
                    &format!("functions.{name}"),
                    known.iter().map(String::as_str),
                ),
                "name a function of this service",
            );
        } else if name == function {
            let message = format!("{function} may invoke itself");
            let help = "a loop costs until the reserved concurrency stops it: prefer a queue";
            self.faults.push(self.loaded.warning(
                "SLG-SERVICE-102",
                &format!("{at}/to"),
                message,
                help,
            ));
        }
        if access.allow != ["invoke"] && !self.loaded.is_doubtful(&format!("{at}/allow")) {
            self.fault(
                code::CONFLICT,
                &format!("{at}/allow"),
                "a function can only be invoked",
                "write allow: [invoke]",
            );
        }
        for (key, given) in [
            ("index", access.index.is_some()),
            ("paths", !access.paths.is_empty()),
            ("tables", !access.tables.is_empty()),
            ("user", access.user.is_some()),
            ("secret", access.secret.is_some()),
        ] {
            if given {
                self.fault(
                    code::CONFLICT,
                    &format!("{at}/{key}"),
                    format!("a function has no {key}"),
                    "remove it",
                );
            }
        }
    }

    /// Index and paths of an access line.
    fn parts(
        &mut self,
        at: &str,
        to: &str,
        kind: &kinds::Kind,
        resource: &model::Resource,
        access: &model::Access,
    ) {
        if let Some(index) = &access.index {
            let pointer = format!("{at}/index");
            if kind.name != "dynamodb_table" {
                let help = "remove it";
                self.fault(code::CONFLICT, &pointer, "only tables have indexes", help);
            } else if resource.existing.is_none() && !resource.indexes.contains_key(index) {
                self.unknown(
                    &pointer,
                    &format!("/resources/{}/indexes", escape(to)),
                    format!("`{to}` has no index `{index}`"),
                    (index, resource.indexes.keys().map(String::as_str)),
                    "declare it under the table's indexes",
                );
            }
        }
        if !access.paths.is_empty() && kind.name != "s3_bucket" {
            let pointer = format!("{at}/paths");
            let help = "remove it";
            self.fault(code::CONFLICT, &pointer, "only buckets have paths", help);
        }
        for (index, path) in access.paths.iter().enumerate() {
            if path.is_empty()
                || path.len() > 1024
                || path.starts_with('/')
                || path.contains(['$', '?', '{', '\n'])
            {
                self.fault(
                    "SLG-MANIFEST-003",
                    &format!("{at}/paths/{index}"),
                    "this is no pattern of object keys",
                    "for example orders/*",
                );
            }
        }
    }

    /// Operations on a whole bucket, which its paths would have refused at run time.
    fn narrowed(&mut self, function: &str, at: &str, to: &str, access: &model::Access) {
        if access.paths.is_empty() {
            return;
        }
        let lines = self.loaded.manifest.functions.get(function);
        let whole = |operation: &String| {
            let lines = lines.iter().flat_map(|f| &f.access);
            let mut of_bucket = lines.filter(|l| l.to.as_deref() == Some(to) && l.paths.is_empty());
            of_bucket.any(|line| line.allow.contains(operation))
        };
        for (index, operation) in access.allow.iter().enumerate() {
            if OF_WHOLE_BUCKET.contains(&operation.as_str()) && !whole(operation) {
                self.fault(
                    code::CONFLICT,
                    &format!("{at}/allow/{index}"),
                    format!("`{operation}` names no path: paths would have it refused"),
                    format!(
                        "allow it in a line of its own, without paths: it then lists all of `{to}`"
                    ),
                );
            }
        }
    }

    fn operation(&mut self, at: &str, kind: &kinds::Kind, operation: &str, of_index: bool) {
        if operation.contains('*') {
            self.fault(
                "SLG-MANIFEST-003",
                at,
                "an operation is never a pattern",
                "name each operation",
            );
            return;
        }
        let service = &kind.sdk_service;
        let needed = operations::actions_for(service, operation);
        let named: Vec<String> = if let Some(grant) = grants::grant(&kind.name, operation) {
            let actions = grant.statements.iter().flat_map(|s| &s.actions);
            actions.cloned().collect()
        } else if let Some(needed) = needed {
            // Granted without a word, it would be refused at run time.
            if !needed.is_empty() && needed.iter().all(|action| action.conditional) {
                let bare = needed.iter().map(|action| bare(&action.action));
                let bare: Vec<&str> = bare.collect();
                self.fault(
                    code::CONFLICT,
                    at,
                    format!("`{operation}` is authorised by what it does, not by its name"),
                    format!("allow what it does, of {}", bare.join(", ")),
                );
                return;
            }
            needed.into_iter().map(|action| action.action).collect()
        } else if let Some(action) = operations::conditional_action(service, operation) {
            vec![action]
        } else {
            let known: Vec<&str> = operations::operations_of(service)
                .into_iter()
                .chain(
                    grants::grants_of(&kind.name)
                        .into_iter()
                        .map(|g| g.name.as_str()),
                )
                .collect();
            // `s3:GetObject` is an action; its operation is meant.
            self.unknown(
                at,
                at,
                format!("{} has no operation `{operation}`", kind.name),
                (bare(operation), known.iter().copied()),
                "name an operation of the service's API",
            );
            return;
        };
        // The line would grant the whole table instead.
        if of_index
            && kind.name == "dynamodb_table"
            && !named
                .iter()
                .all(|action| kind.arn_for(action, Some("index")).is_ok())
        {
            self.fault(
                code::CONFLICT,
                at,
                format!("`{operation}` does not act on an index"),
                "allow it in a line of its own, without index:",
            );
        }
    }

    pub(super) fn resource(&mut self, name: &str, resource: &model::Resource) -> Resource {
        let at = format!("/resources/{}", escape(name));
        match kinds::kind(&resource.kind) {
            None => self.unknown(
                &format!("{at}/type"),
                &format!("{at}/type"),
                format!("there is no kind of resource `{}`", resource.kind),
                (
                    &resource.kind,
                    kinds::kinds().iter().map(|k| k.name.as_str()),
                ),
                &kinds::kinds()
                    .iter()
                    .map(|k| k.name.as_str())
                    .collect::<Vec<_>>()
                    .join(", "),
            ),
            // Its environments say where it is.
            Some(kind) if kind.name == "rds_db" => {}
            Some(kind) if resource.existing.is_none() && !kind.creatable => {
                if !self.loaded.is_doubtful(&format!("{at}/existing")) {
                    self.fault(
                        code::CONFLICT,
                        &at,
                        format!("slgen does not create a {}", resource.kind),
                        "refer to one that exists: existing: <name or ARN>",
                    );
                }
            }
            Some(_) => {}
        }
        if resource.kind == "dynamodb_table"
            && resource.existing.is_none()
            && resource.partition_key.is_none()
            && !self.loaded.is_doubtful(&at)
        {
            self.fault(
                "SLG-MANIFEST-005",
                &at,
                "a table has a partition key",
                "partition_key: { name: id, type: S }",
            );
        }
        let database = self.database(&at, resource);
        Resource {
            database,
            kind: resource.kind.clone(),
            existing: resource.existing.as_ref().map(|existing| Existing {
                name: existing.clone(),
                kms_key: resource.kms_key.clone(),
                account: resource.account.clone(),
                region: resource.region.clone(),
            }),
            table: resource.partition_key.clone().map(|partition_key| Table {
                partition_key,
                sort_key: resource.sort_key.clone(),
                indexes: resource.indexes.clone(),
            }),
            retention_hours: resource.retention_hours.unwrap_or(RETENTION_HOURS),
            pointer: at,
        }
    }

    /// An existing queue's visibility timeout is not ours to set, and Lambda refuses one below the
    /// function's timeout (developer guide, "Configuring a queue to use with Lambda").
    pub(super) fn visibility(&mut self, at: &str, queue: &str, timeout_s: u32) {
        let most = quota("queue_visibility_timeout_seconds").value;
        let wanted = u64::from(timeout_s).saturating_mul(6).min(most);
        let diagnostic = Diagnostic::info(
            "SLG-SERVICE-201",
            format!("slgen does not see the visibility timeout of the existing queue `{queue}`"),
        )
        .at(self.loaded.span(&format!("{at}/queue")))
        .about(format!("{at}/queue"))
        .help(format!(
            "Lambda needs at least {timeout_s} seconds and AWS advises six times that, {wanted}"
        ));
        self.faults.push(diagnostic);
    }
}

/// `s3:GetObject` without its service.
fn bare(action: &str) -> &str {
    action.rsplit_once(':').map_or(action, |(_, name)| name)
}
