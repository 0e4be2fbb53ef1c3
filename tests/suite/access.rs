//! What lines of access come to: actions, ARNs and conditions as AWS wants them at run time.

use std::fs;
use std::process::Command;

use serde_json::Value;

/// A service with one function `worker`, whose triggers, access and resources are given, generated.
fn generated(resources: &str, function: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write(
        "src/app/app.py",
        "def handler(event, context):\n    return {}\n",
    );
    write("src/app/requirements.txt", "");
    let schema = r#"{ "type": "object", "additionalProperties": false }"#;
    write("schemas/body.json", schema);
    let manifest = format!(
        r#"version: 1
service: orders
environments:
  dev:
    account: "111111111111"
    region: eu-west-1
    vpc: {{ id: vpc-0a1b2c3d4e5f60718, subnets: [subnet-0a1b2c3d4e5f60718, subnet-0f1e2d3c4b5a69788] }}
baseline: {{ source: "builtin:aws-baseline", version: 1.0.0 }}
alerts: {{ email: [oncall@example.com] }}
resources:
{resources}
functions:
  worker:
    source: src/app
    runtime: python3.13
    handler: app.handler
{function}
"#
    );
    write("slgen.yaml", &manifest);
    let output = Command::new(env!("CARGO_BIN_EXE_slgen"))
        .arg("-C")
        .arg(folder.path())
        .arg("generate")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    folder
}

fn read(folder: &tempfile::TempDir, file: &str) -> String {
    fs::read_to_string(folder.path().join("infra/orders").join(file)).unwrap()
}

/// What the function's role is allowed of a service: action, resource, conditions.
fn allowed(folder: &tempfile::TempDir, service: &str) -> Vec<String> {
    let document: Value = serde_json::from_str(&read(folder, "permissions.json")).unwrap();
    let lines = document["permissions"].as_array().unwrap().iter();
    let mut allowed: Vec<String> = lines
        .filter(|line| line["holder"] == "aws_iam_role.worker" && line["policy"] == "identity")
        .filter(|line| line["effect"] == "Allow")
        .map(|line| {
            let part = |key: &str| line[key].as_str().unwrap();
            let conditions = line["conditions"].as_array().unwrap().iter();
            let conditions: String = conditions
                .map(|c| {
                    let part = |key: &str| c[key].as_str().unwrap();
                    let values = c["values"].as_array().unwrap().iter();
                    let values: Vec<&str> = values.map(|v| v.as_str().unwrap()).collect();
                    let values = values.join("|");
                    format!(" if {} {}={values}", part("operator"), part("key"))
                })
                .collect();
            format!("{} on {}{conditions}", part("action"), part("resource"))
        })
        .filter(|line| line.starts_with(&format!("{service}:")))
        .collect();
    allowed.sort();
    allowed
}

/// Lambda refuses a function in a VPC whose role has these on interfaces only: it asks before there is one.
#[test]
fn lambda_may_attach_the_function_to_its_network() {
    let folder = generated(
        "  files: { type: s3_bucket }",
        "    network: { vpc: true, egress: [aws.s3] }
    access: [{ to: files, allow: [GetObject] }]",
    );
    let held = allowed(&folder, "ec2");
    let all = "arn:aws:ec2:{region}:{account}:*/*";
    for (action, on) in [
        ("AssignPrivateIpAddresses", all),
        ("DeleteNetworkInterface", all),
        ("DescribeNetworkInterfaces", "*"),
        ("DescribeSubnets", "*"),
        ("UnassignPrivateIpAddresses", all),
    ] {
        assert!(held.contains(&format!("ec2:{action} on {on}")), "{held:?}");
    }
    // Where it may make one is the manifest's to say.
    let made: Vec<&String> = held
        .iter()
        .filter(|line| line.starts_with("ec2:CreateNetworkInterface "))
        .collect();
    assert_eq!(made.len(), 3, "{held:?}");
    assert!(made.iter().all(|line| !line.ends_with(" on *")), "{held:?}");
    let text = read(&folder, "fn_worker.tf");
    assert!(text.contains("\"lambda:SourceFunctionArn\""), "{text}");
}

#[test]
fn what_only_some_requests_need_is_allowed_by_its_own_name() {
    let folder = generated(
        "  items: { type: dynamodb_table, partition_key: { name: id, type: S } }",
        "    access: [{ to: items, allow: [PutItem, ConditionCheckItem, PartiQLSelect] }]",
    );
    let table = "arn:aws:dynamodb:{region}:{account}:table/{name}-items";
    let expected = ["ConditionCheckItem", "PartiQLSelect", "PutItem"]
        .map(|action| format!("dynamodb:{action} on {table}"));
    assert_eq!(allowed(&folder, "dynamodb"), expected);
}

#[test]
fn paths_narrow_what_is_listed() {
    let folder = generated(
        "  files: { type: s3_bucket }
  others: { type: s3_bucket }",
        "    access:
      - { to: files, allow: [ListObjectsV2, GetObject], paths: [in/*] }
      - { to: others, allow: [list] }",
    );
    assert_eq!(
        allowed(&folder, "s3"),
        [
            "s3:GetObject on arn:aws:s3:::{name}-files-{account}/in/*",
            "s3:ListBucket on arn:aws:s3:::{name}-files-{account} if StringLike s3:prefix=in/*",
            "s3:ListBucket on arn:aws:s3:::{name}-others-{account}",
        ]
    );
}

/// SDKs upload what is large in parts, which asks for `kms:Decrypt` (S3 user guide, "Multipart upload API and
/// permissions").
#[test]
fn large_objects_may_be_uploaded() {
    let folder = generated(
        "  files: { type: s3_bucket }",
        "    access: [{ to: files, allow: [PutObject] }]",
    );
    let via = "if StringEquals kms:ViaService=s3.{region}.amazonaws.com";
    let held = allowed(&folder, "kms");
    for action in ["Decrypt", "GenerateDataKey"] {
        let line = format!("kms:{action} on {{aws_kms_key.stack.arn}} {via}");
        assert!(held.contains(&line), "{held:?}");
    }
}

#[test]
fn a_grant_brings_its_conditions() {
    let folder = generated(
        "  other: { type: lambda_function, existing: other }",
        "    access: [{ to: other, allow: [invoke_url] }]",
    );
    let function = "arn:aws:lambda:{region}:{account}:function:other";
    assert_eq!(
        allowed(&folder, "lambda"),
        [
            format!(
                "lambda:InvokeFunction on {function} if Bool lambda:InvokedViaFunctionUrl=true"
            ),
            format!(
                "lambda:InvokeFunctionUrl on {function} if StringEquals lambda:FunctionUrlAuthType=AWS_IAM"
            ),
        ]
    );
}

/// However a resource is referred to, its ARN has no second slash and its name is what the API takes.
#[test]
fn existing_resources_are_named_as_their_service_names_them() {
    let arn =
        |service: &str, name: &str| format!("arn:aws:{service}:eu-west-1:111111111111:{name}");
    let folder = generated(
        &format!(
            "  by-path: {{ type: ssm_parameter, existing: /orders/rate }}
  by-arn: {{ type: ssm_parameter, existing: \"{}\" }}
  visits: {{ type: kinesis_stream, existing: \"{}\" }}
  flow: {{ type: state_machine, existing: \"{}\" }}",
            arn("ssm", "parameter/orders/limit"),
            arn("kinesis", "stream/visits"),
            arn("states", "stateMachine:flow"),
        ),
        "    access:
      - { to: by-path, allow: [GetParameter] }
      - { to: by-arn, allow: [GetParameter] }
      - { to: visits, allow: [write] }
      - { to: flow, allow: [describe_execution] }",
    );
    assert_eq!(
        allowed(&folder, "ssm"),
        [
            "ssm:GetParameter on arn:aws:ssm:eu-west-1:111111111111:parameter/orders/limit",
            "ssm:GetParameter on arn:aws:ssm:{region}:{account}:parameter/orders/rate",
        ]
    );
    assert_eq!(
        allowed(&folder, "states"),
        ["states:DescribeExecution on arn:aws:states:eu-west-1:111111111111:execution:flow:*"]
    );
    let text = read(&folder, "fn_worker.tf");
    for (variable, name) in [
        ("BY_PATH_NAME", "/orders/rate"),
        ("BY_ARN_NAME", "/orders/limit"),
        ("VISITS_NAME", "visits"),
    ] {
        let line = text
            .lines()
            .find(|line| line.trim_start().starts_with(variable));
        let line = line.unwrap_or_else(|| panic!("{variable}: {text}"));
        assert!(line.ends_with(&format!("= \"{name}\"")), "{line}");
    }
}

/// Together they use no more than is reserved, in every environment.
#[test]
fn queues_of_one_function_share_its_concurrency() {
    let folder = generated(
        "  jobs: { type: sqs_queue }
  letters: { type: sqs_queue }
  notes: { type: sqs_queue }",
        "    concurrency: 8
    triggers:
      - { queue: jobs, schema: schemas/body.json }
      - { queue: letters, schema: schemas/body.json }
      - { queue: notes, schema: schemas/body.json }",
    );
    let text = read(&folder, "fn_worker.tf");
    let shares: Vec<u32> = text
        .lines()
        .filter_map(|line| line.trim().strip_prefix("maximum_concurrency = "))
        .map(|number| number.parse().unwrap())
        .collect();
    assert_eq!(shares, [2, 2, 2]);
}
