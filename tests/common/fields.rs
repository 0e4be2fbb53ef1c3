//! Every string a manifest can hold, found through its JSON Schema, and what to put there.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde_json::{Map, Value, json};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// A place in a manifest that holds a string.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Field {
    /// The field in the schema: `/functions/*/env/*`, a map's key as `/functions/*/env/{key}`.
    pub(crate) schema: String,
    /// The value's JSON pointer; of a key: the pointer of what it names.
    pub(crate) pointer: String,
    /// Whether it is a map's key.
    pub(crate) key: bool,
}

/// `slgen schema`.
pub(crate) fn schema() -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_slgen"))
        .arg("schema")
        .output()
        .unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The orders example with every key of the schema used, and what cannot stand beside it.
pub(crate) fn manifests() -> [Value; 5] {
    let text = std::fs::read_to_string(Path::new(ROOT).join("examples/orders/slgen.yaml")).unwrap();
    let mut wide: Value = serde_yaml::from_str(&text).unwrap();
    let mut set = |pointer: &str, key: &str, value: Value| {
        wide.pointer_mut(pointer)
            .and_then(Value::as_object_mut)
            .unwrap_or_else(|| panic!("{pointer}"))
            .insert(key.to_owned(), value);
    };
    set("", "out", json!("infra/orders"));
    set("", "tags", json!({ "CostCentre": "4711" }));
    set(
        "",
        "review",
        json!({ "last": "2026-11-02", "every_days": 365, "by": "team-checkout" }),
    );
    set(
        "/environments/prod",
        "quotas",
        json!({ "lambda.concurrent_executions": 1000 }),
    );
    let table = "/resources/orders-table";
    set(table, "sort_key", json!({ "name": "line", "type": "S" }));
    set(
        &format!("{table}/indexes/by_customer"),
        "sort_key",
        json!({ "name": "day", "type": "S" }),
    );
    let legacy = "/resources/legacy-table";
    set(legacy, "account", json!("333333333333"));
    set(legacy, "region", json!("eu-west-1"));
    let key = "arn:aws:kms:eu-west-1:333333333333:key/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";
    set(legacy, "kms_key", json!(key));
    let here = key.replace("0f1e", "1f1e");
    set(
        "/environments/dev",
        "kms_keys",
        json!({ "legacy-table": here }),
    );
    let create = "/functions/create-order";
    set(create, "architecture", json!("arm64"));
    set(create, "env", json!({ "NOTE": "hello" }));
    let image = json!({
        "base": "gcr.io/distroless/python3-debian13:nonroot",
        "build": "docker.io/library/python:3.13-slim-trixie",
    });
    set(create, "image", image);
    let route = format!("{create}/triggers/1");
    let auth = json!({ "jwt": { "issuer": "https://other.example.com/", "audience": ["others"] } });
    set(&route, "auth", auth);
    set(&route, "params", json!({ "order_id": "^[a-z0-9]{1,32}$" }));
    let place =
        |id: &str| json!({ "shop": { "id": id, "host": "shop.example.com", "port": 5433 } });
    set("/environments/dev", "databases", place("cluster-DEV1"));
    set("/environments/prod", "databases", place("cluster-PROD1"));
    let shop = json!({ "type": "rds_db", "engine": "postgresql", "database": "shop" });
    set("/resources", "shop", shop);
    let cluster = json!({ "type": "rds_data_api", "existing": "ledger", "engine": "mysql", "database": "ledger" });
    set("/resources", "ledger", cluster);
    set(
        "/functions/fulfil-order/triggers/0",
        "filter",
        json!("schema"),
    );
    set(
        "/resources",
        "clicks",
        json!({ "type": "kinesis_stream", "retention_hours": 48 }),
    );
    let reader = json!({
        "source": "src/fulfil_order",
        "runtime": "nodejs22.x",
        "handler": "index.handler",
        "triggers": [
            { "stream": "clicks", "schema": "schemas/job.json", "from": "latest", "window_s": 1, "parallelization": 2, "max_age_s": 60, "max_retries": 1 },
            { "stream": "orders-table", "schema": "schemas/job.json", "view": "keys_only" },
            { "topic": "receipts", "schema": "schemas/job.json" },
        ],
    });
    set("/functions", "reader", reader);
    set(
        "/resources",
        "shop-events",
        json!({ "type": "event_bus", "existing": "shop-${env}" }),
    );
    let listener = json!({
        "source": "src/nightly_report",
        "triggers": [
            { "object": "incoming", "events": ["created"], "prefix": "lists/", "suffix": ".csv" },
            { "event": "Order Placed", "source": "com.example.shop", "bus": "shop-events", "schema": "schemas/order.json" },
            { "url": "POST", "auth": "iam", "schema": "schemas/order.json" },
        ],
    });
    set("/functions", "listener", listener);
    let hmac = |settings: Value| {
        let mut settings = settings;
        settings["key"] = json!("webhook");
        json!({ "hmac": settings })
    };
    set(
        "/resources",
        "webhook",
        json!({ "type": "secret", "existing": "orders/webhook" }),
    );
    let timed = json!({
        "header": "X-Signature", "prefix": "v1=", "encoding": "base64", "timestamp": "X-Time",
        "signed": "v1:{timestamp}:{body}", "tolerance_s": 60,
    });
    let signed = json!({
        "source": "src/create_order",
        "runtime": "python3.13",
        "handler": "app.handler",
        "triggers": [
            { "http": "POST /github", "auth": hmac(json!({ "sender": "github" })), "schema": "schemas/order.json" },
            { "http": "POST /partner", "auth": hmac(timed.clone()), "schema": "schemas/order.json" },
        ],
    });
    set("/functions", "signed", signed);
    let for_all = [hmac(json!({ "sender": "slack" })), hmac(timed)];
    let raw = json!({
        "raw": {
            "actions": ["s3:GetObject"],
            "resources": ["arn:aws:s3:::acme-catalogue/*"],
            "conditions": { "StringEquals": { "aws:RequestedRegion": ["eu-west-1"] } },
        },
        "reason": "the catalogue has no manifest yet",
        "until": "2099-12-31",
    });
    let exception = json!({
        "rule": "SLG-IAM-001",
        "scope": "functions.create-order",
        "action": "s3:GetObject",
        "resource": "arn:aws:s3:::acme-catalogue/*",
        "reason": "covers nothing, which only warns",
        "owner": "team@example.com",
        "expires": "2099-12-31",
    });
    let exceptions = wide["exceptions"].as_array_mut().unwrap();
    exceptions.push(exception);
    exceptions.push(json!({
        "rule": "SLG-AUTH-010",
        "scope": "functions.signed",
        "reason": "the sources of the example have a handler of other routes",
        "owner": "team@example.com",
        "expires": "2099-12-31",
    }));

    wide["ci"] = json!({
        "platform": "github",
        "scanner": "osv-scanner",
        "updates": "renovate",
        "branch": "main",
        "runs_on": "ubuntu-24.04",
        "deployer_role": "arn:aws:iam::${account}:role/deployer",
        "reader_role": "arn:aws:iam::${account}:role/reader",
    });
    let access = wide.pointer_mut(&format!("{create}/access")).unwrap();
    let access = access.as_array_mut().unwrap();
    access.push(raw);
    access.push(json!({
        "to": "shop", "allow": ["connect"], "user": "orders_shop",
        "tables": { "sales.orders": ["select(id, state)", "insert"] },
    }));
    access.push(json!({
        "to": "ledger", "allow": ["ExecuteStatement"], "secret": "erp-key", "tables": { "entries": ["insert"] },
    }));

    let mut central = wide.clone();
    central["alerts"] = json!({ "sns": "arn:aws:sns:eu-west-1:333333333333:alarms" });
    central["logs"]["archive"] = json!("arn:aws:logs:eu-west-1:333333333333:destination:central");
    let image = format!("registry.example.com/ci@sha256:{}", "0a".repeat(32));
    central["ci"] = json!({ "platform": "gitlab", "image": image });
    let mut signed = wide.clone();
    signed["api"]["auth"] = json!("iam");
    for route in signed["functions"]["create-order"]["triggers"]
        .as_array_mut()
        .unwrap()
    {
        route["auth"] = json!("iam");
        route.as_object_mut().unwrap().remove("scopes");
    }
    // What holds for all routes, of which each says something else.
    let [preset, in_full] = for_all.map(|auth| {
        let mut all = signed.clone();
        all["api"]["auth"] = auth;
        all
    });
    [wide, central, signed, preset, in_full]
}

/// Every string field that the schema declares.
pub(crate) fn declared(schema: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    declare(schema, schema, String::new(), &mut found);
    found
}

fn declare(root: &Value, node: &Value, path: String, found: &mut BTreeSet<String>) {
    if let Some(target) = target(root, node) {
        return declare(root, target, path, found);
    }
    for branch in branches(node) {
        declare(root, branch, path.clone(), found);
    }
    if is_a(node, "string") {
        found.insert(path.clone());
    }
    for (name, child) in node["properties"].as_object().into_iter().flatten() {
        declare(root, child, format!("{path}/{name}"), found);
    }
    if node["additionalProperties"].is_object() {
        found.insert(format!("{path}/{{key}}"));
        declare(
            root,
            &node["additionalProperties"],
            format!("{path}/*"),
            found,
        );
    }
    if node["items"].is_object() {
        declare(root, &node["items"], format!("{path}/[]"), found);
    }
}

/// Every string of a manifest.
pub(crate) fn fields(schema: &Value, manifest: &Value) -> Vec<Field> {
    let mut found = BTreeSet::new();
    find(
        schema,
        schema,
        manifest,
        String::new(),
        String::new(),
        &mut found,
    );
    found.into_iter().collect()
}

fn find(
    root: &Value,
    node: &Value,
    value: &Value,
    path: String,
    pointer: String,
    found: &mut BTreeSet<Field>,
) {
    if let Some(target) = target(root, node) {
        return find(root, target, value, path, pointer, found);
    }
    for branch in branches(node) {
        find(root, branch, value, path.clone(), pointer.clone(), found);
    }
    match value {
        Value::String(_) if is_a(node, "string") => {
            found.insert(Field {
                schema: path,
                pointer,
                key: false,
            });
        }
        Value::Object(map) => {
            for (key, child) in map {
                let at = format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"));
                if let Some(property) = node["properties"].get(key) {
                    find(root, property, child, format!("{path}/{key}"), at, found);
                } else if node["additionalProperties"].is_object() {
                    found.insert(Field {
                        schema: format!("{path}/{{key}}"),
                        pointer: at.clone(),
                        key: true,
                    });
                    let rest = &node["additionalProperties"];
                    find(root, rest, child, format!("{path}/*"), at, found);
                }
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                let at = format!("{pointer}/{index}");
                find(root, &node["items"], item, format!("{path}/[]"), at, found);
            }
        }
        _ => {}
    }
}

fn target<'a>(root: &'a Value, node: &Value) -> Option<&'a Value> {
    root.pointer(node["$ref"].as_str()?.strip_prefix('#')?)
}

fn branches(node: &Value) -> impl Iterator<Item = &Value> {
    ["anyOf", "oneOf", "allOf"]
        .into_iter()
        .filter_map(|key| node[key].as_array())
        .flatten()
}

fn is_a(node: &Value, kind: &str) -> bool {
    match &node["type"] {
        Value::String(one) => one == kind,
        Value::Array(several) => several.iter().any(|k| k == kind),
        // What says neither type nor branches takes a string too.
        _ => {
            node.is_object()
                && node["enum"]
                    .as_array()
                    .is_some_and(|e| e.iter().any(Value::is_string))
        }
    }
}

/// The manifest with `text` in a field.
pub(crate) fn with(manifest: &Value, field: &Field, text: &str) -> Value {
    let mut changed = manifest.clone();
    let (parent, last) = field.pointer.rsplit_once('/').unwrap();
    let parent = changed.pointer_mut(parent).unwrap();
    if field.key {
        let name = last.replace("~1", "/").replace("~0", "~");
        let map = parent.as_object_mut().unwrap();
        *map = std::mem::take(map)
            .into_iter()
            .map(|(key, value)| {
                if key == name {
                    (text.to_owned(), value)
                } else {
                    (key, value)
                }
            })
            .collect::<Map<String, Value>>();
    } else {
        let place = match parent {
            Value::Array(items) => &mut items[last.parse::<usize>().unwrap()],
            other => &mut other[last.replace("~1", "/").replace("~0", "~")],
        };
        *place = Value::String(text.to_owned());
    }
    changed
}

/// As YAML in which every character that is not plain ASCII is an escape, so that it is the value
/// that is judged and not the text of the file. What stands between `RAW` and `RAW` is not quoted.
pub(crate) fn yaml(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let entries: Vec<String> = map
                .iter()
                .map(|(key, value)| format!("{}: {}", quoted(key), yaml(value)))
                .collect();
            format!("{{ {} }}", entries.join(", "))
        }
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(yaml).collect();
            format!("[{}]", items.join(", "))
        }
        Value::String(text) => quoted(text),
        other => other.to_string(),
    }
}

fn quoted(text: &str) -> String {
    if let Some(raw) = text.strip_prefix("RAW").and_then(|t| t.strip_suffix("RAW")) {
        return raw.to_owned();
    }
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            ' '..='~' => out.push(c),
            _ => out.push_str(&format!("\\U{:08X}", u32::from(c))),
        }
    }
    out.push('"');
    out
}

/// Text that means something to YAML, HCL, a shell, Markdown, a terminal or our templates.
pub(crate) const TEXTS: &[(&str, &str)] = &[
    ("quotes", r#"a"b'c"#),
    ("backslashes", r"a\b\n\u0041"),
    ("interpolation", r#"${file("/etc/passwd")}"#),
    ("own interpolation", "${env}"),
    ("directive", "%{ if true }yes%{ endif }"),
    ("escaped", "$${var.region} %%{x}"),
    ("heredoc", "<<EOT"),
    ("shell", "`id` $(id)"),
    ("mustache", "{{tf}} {{{tf}}} {{> header}}"),
    ("comments", "*/ # // -->"),
    ("markdown", "<script>|x|</script> [a](b) **c**"),
    ("traversal", "../../outside"),
    ("yaml", "yes: [no]"),
    ("unicode", "ünï€😀"),
    ("lines", "a\nb"),
    ("heredoc lines", "<<EOT\nx\nEOT\n"),
    ("carriage return", "a\rb"),
    ("nul", "a\u{0}b"),
    ("bell", "a\u{7}b"),
    ("terminal", "\u{1b}[31mred"),
    ("delete", "a\u{7f}b"),
    ("next line", "a\u{85}b"),
    ("line separator", "a\u{2028}b"),
    ("bidi override", "a\u{202e}b"),
    ("bidi isolate", "a\u{2066}b"),
    ("yaml object", "RAW!!python/object/apply:os.system [id]RAW"),
    ("yaml tag", "RAW!secret xRAW"),
    ("yaml binary", "RAW!!binary aGVsbG8=RAW"),
    ("yaml alias", "RAW*elsewhereRAW"),
    ("endless", ""),
];

/// How many of [`TEXTS`] can stand on one line.
pub(crate) const PRINTABLE: usize = 14;

/// The text itself; the endless one is not spelt out.
pub(crate) fn text(index: usize) -> String {
    match TEXTS[index] {
        ("endless", _) => "x".repeat(50_000),
        (_, text) => text.to_owned(),
    }
}

/// All that can stand on one line, on one line.
pub(crate) fn all_printable() -> String {
    let texts: Vec<&str> = TEXTS[..PRINTABLE].iter().map(|(_, text)| *text).collect();
    texts.join(" ")
}
