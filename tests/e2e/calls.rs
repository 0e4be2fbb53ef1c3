//! What Terraform asks of AWS: its log, read into the requests that IAM decides on.
//!
//! A call is an API operation; IAM sees actions on resources under conditions. How one becomes the other is written here
//! from AWS's documentation of each service, apart from the policies that are checked with it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Value, json};

/// A request that IAM decides on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Call {
    pub(crate) action: String,
    pub(crate) resource: String,
    pub(crate) context: BTreeMap<String, Vec<String>>,
}

impl Call {
    pub(crate) fn to_value(&self) -> Value {
        json!({"action": self.action, "resource": self.resource, "context": self.context})
    }
}

/// The requests of a log written with `TF_LOG=JSON`. `renamed` are ids that only this run has, with what stands for them.
pub(crate) struct Reader {
    account: &'static str,
    region: &'static str,
    renamed: Vec<(String, String)>,
    /// Tags that were given to what AWS names by an id, by kind.
    tags: BTreeMap<&'static str, BTreeMap<String, String>>,
}

/// The parts of a call.
struct Sent {
    service: String,
    operation: String,
    path: String,
    query: BTreeMap<String, String>,
    body: Value,
}

impl Sent {
    fn text(&self, key: &str) -> String {
        let value = &self.body[key];
        value
            .as_str()
            .unwrap_or_else(|| {
                panic!(
                    "{} {} has no {key}: {}",
                    self.service, self.operation, self.body
                )
            })
            .to_owned()
    }

    fn segment(&self, at: usize) -> String {
        let part = self.path.trim_start_matches('/').split('/').nth(at);
        decoded(part.unwrap_or_else(|| panic!("{} has no part {at}", self.path)))
    }
}

impl Reader {
    pub(crate) fn new(
        account: &'static str,
        region: &'static str,
        renamed: Vec<(String, String)>,
    ) -> Self {
        Self {
            account,
            region,
            renamed,
            tags: BTreeMap::new(),
        }
    }

    /// Every request in a log, each once.
    pub(crate) fn read(&mut self, log: &Path) -> BTreeSet<Call> {
        let text = std::fs::read_to_string(log).unwrap();
        let mut calls = BTreeSet::new();
        for line in text
            .lines()
            .filter(|line| line.contains("HTTP Request Sent"))
        {
            let Ok(line) = serde_json::from_str::<Value>(line) else {
                continue;
            };
            if line["@message"] == "HTTP Request Sent" {
                calls.extend(self.requests(&sent(&line)));
            }
        }
        calls
    }

    fn arn(&self, service: &str, rest: &str) -> String {
        format!("arn:aws:{service}:{}:{}:{rest}", self.region, self.account)
    }

    fn global(&self, rest: &str) -> String {
        format!("arn:aws:iam::{}:{rest}", self.account)
    }

    /// One call as requests.
    fn requests(&mut self, sent: &Sent) -> Vec<Call> {
        let asked: Asked = match sent.service.as_str() {
            "ApiGatewayV2" => self.api_gateway(sent),
            "CloudWatch" => self.alarms(sent),
            "CloudWatch Logs" => self.logs(sent),
            "DynamoDB" => self.dynamodb(sent),
            "EC2" => self.ec2(sent),
            "ECR" => self.ecr(sent),
            "Firehose" => self.firehose(sent),
            "IAM" => self.iam(sent),
            "KMS" => self.kms(sent),
            "Lambda" => self.lambda(sent),
            "S3" => s3(sent),
            "SNS" => self.sns(sent),
            "SQS" => self.sqs(sent),
            "Scheduler" => self.scheduler(sent),
            "signer" => self.signer(sent),
            // GetCallerIdentity needs no permission.
            "STS" => Vec::new(),
            other => panic!("{other} {} is not read", sent.operation),
        };
        asked
            .into_iter()
            .map(|(action, resource, keys)| {
                let mut context: BTreeMap<String, Vec<String>> = keys
                    .into_iter()
                    .map(|(key, value)| (key.to_owned(), vec![self.settled(&value)]))
                    .collect();
                let tag = request_tags(&sent.body);
                // What is asked about a resource that the request only refers to brings no tags.
                if !matches!(action.as_str(), "iam:PassRole") && !resource.contains(":vpc/") {
                    for (key, value) in tag {
                        context.insert(format!("aws:RequestTag/{key}"), vec![value]);
                    }
                }
                context.insert(
                    "aws:RequestedRegion".to_owned(),
                    vec![self.region.to_owned()],
                );
                Call {
                    action,
                    resource: self.settled(&resource),
                    context,
                }
            })
            .collect()
    }

    /// Ids of this run replaced by what stands for them.
    fn settled(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (id, stands) in &self.renamed {
            text = text.replace(id, stands);
        }
        text
    }

    /// Notes the tags of what AWS names by an id.
    fn tagged(&mut self, kind: &'static str, sent: &Sent) {
        self.tags
            .entry(kind)
            .or_default()
            .extend(request_tags(&sent.body));
    }

    /// The tags noted, as the service brings them along.
    fn resource_tags(&self, kind: &str) -> Vec<(&'static str, String)> {
        let tags = self.tags.get(kind);
        ["Service", "Environment"]
            .into_iter()
            .filter_map(|key| {
                let value = tags?.get(key)?.clone();
                let key = match key {
                    "Service" => "aws:ResourceTag/Service",
                    _ => "aws:ResourceTag/Environment",
                };
                Some((key, value))
            })
            .collect()
    }
}

/// Action, resource, and the condition keys that the request brings.
type Asked = Vec<(String, String, Vec<(&'static str, String)>)>;

/// The call itself on one resource.
fn plain(prefix: &str, sent: &Sent, resource: String) -> Asked {
    vec![(format!("{prefix}:{}", sent.operation), resource, Vec::new())]
}

/// The call, and the tagging that it includes when it makes something with tags.
fn with_tagging(prefix: &str, tagging: &str, sent: &Sent, resource: String) -> Asked {
    let mut asked = plain(prefix, sent, resource.clone());
    if !request_tags(&sent.body).is_empty() && sent.operation.starts_with("Create") {
        asked.push((format!("{prefix}:{tagging}"), resource, Vec::new()));
    }
    asked
}

impl Reader {
    /// API Gateway: a verb on the path of the management API ("Actions, resources, and condition keys for Amazon API
    /// Gateway Management V2").
    fn api_gateway(&mut self, sent: &Sent) -> Asked {
        let verb = match sent.operation.as_str() {
            "TagResource" => "PUT",
            name if name.starts_with("Create") => "POST",
            name if name.starts_with("Get") => "GET",
            name if name.starts_with("Update") => "PATCH",
            name if name.starts_with("Delete") => "DELETE",
            other => panic!("ApiGatewayV2 {other} is not read"),
        };
        let path = sent.path.trim_start_matches("/v2");
        // Ids are made up anew in each run.
        let parts: Vec<String> = path
            .split('/')
            .enumerate()
            .map(|(at, part)| match (at, part) {
                (2 | 4, part) if !part.starts_with("arn") && !part.starts_with('%') => {
                    "id".to_owned()
                }
                (_, part) => part.to_owned(),
            })
            .collect();
        let mut path = parts.join("/");
        if sent.operation == "TagResource" {
            "/tags/arn%3Aaws%3Aapigateway%3Aeu-west-1%3A%3A%2Fapis%2Fid".clone_into(&mut path);
        }
        let resource = format!("arn:aws:apigateway:{}::{path}", self.region);
        let made = sent.operation == "CreateApi";
        let context = if made || verb == "PUT" {
            Vec::new()
        } else {
            self.resource_tags("api")
        };
        if made {
            self.tagged("api", sent);
        }
        vec![(format!("apigateway:{verb}"), resource, context)]
    }

    fn alarms(&self, sent: &Sent) -> Asked {
        let name = |key: &str| self.arn("cloudwatch", &format!("alarm:{}", sent.text(key)));
        match sent.operation.as_str() {
            "PutMetricAlarm" => {
                let mut asked = plain("cloudwatch", sent, name("AlarmName"));
                asked.push((
                    "cloudwatch:TagResource".to_owned(),
                    name("AlarmName"),
                    Vec::new(),
                ));
                asked
            }
            "DescribeAlarms" | "DeleteAlarms" => {
                plain("cloudwatch", sent, name("AlarmNames.member.1"))
            }
            _ => plain("cloudwatch", sent, sent.text("ResourceARN")),
        }
    }

    fn logs(&self, sent: &Sent) -> Asked {
        let group = |key: &str| self.arn("logs", &format!("log-group:{}", sent.text(key)));
        match sent.operation.as_str() {
            "DescribeLogGroups" => plain("logs", sent, "*".to_owned()),
            "ListTagsForResource" | "TagResource" => plain("logs", sent, sent.text("resourceArn")),
            "CreateLogStream" | "DeleteLogStream" => {
                let stream = format!(
                    "{}:log-stream:{}",
                    group("logGroupName"),
                    sent.text("logStreamName")
                );
                plain("logs", sent, stream)
            }
            "PutSubscriptionFilter" => {
                let mut asked = plain("logs", sent, group("logGroupName"));
                asked.push(pass(&sent.text("roleArn"), "logs.amazonaws.com"));
                asked
            }
            _ => with_tagging("logs", "TagResource", sent, group("logGroupName")),
        }
    }

    fn dynamodb(&self, sent: &Sent) -> Asked {
        match sent.operation.as_str() {
            "ListTagsOfResource" | "TagResource" => {
                plain("dynamodb", sent, sent.text("ResourceArn"))
            }
            _ => {
                let table = self.arn("dynamodb", &format!("table/{}", sent.text("TableName")));
                with_tagging("dynamodb", "TagResource", sent, table)
            }
        }
    }

    /// EC2 user guide, "Grant permission to tag Amazon EC2 resources during creation".
    fn ec2(&mut self, sent: &Sent) -> Asked {
        let group = self.arn("ec2", "security-group/sg-id");
        let rule = self.arn("ec2", "security-group-rule/sgr-id");
        let operation = &sent.operation;
        let itself = format!("ec2:{operation}");
        let mut asked: Asked = match operation.as_str() {
            name if name.starts_with("Describe") => vec![(itself, "*".to_owned(), Vec::new())],
            "CreateSecurityGroup" => vec![
                (itself.clone(), group.clone(), Vec::new()),
                (
                    itself,
                    self.arn("ec2", &format!("vpc/{}", sent.text("VpcId"))),
                    Vec::new(),
                ),
            ],
            "AuthorizeSecurityGroupEgress" => {
                vec![
                    (itself.clone(), group.clone(), self.resource_tags("sg")),
                    (itself, rule.clone(), Vec::new()),
                ]
            }
            "ModifySecurityGroupRules" => vec![
                (itself.clone(), group.clone(), self.resource_tags("sg")),
                (itself, rule.clone(), self.resource_tags("sgr")),
            ],
            "CreateTags" => {
                let on = if sent.text("ResourceId.1").starts_with("sgr-") {
                    (rule.clone(), self.resource_tags("sgr"))
                } else {
                    (group.clone(), self.resource_tags("sg"))
                };
                vec![(itself, on.0, on.1)]
            }
            _ => vec![(itself, group.clone(), self.resource_tags("sg"))],
        };
        let made = match operation.as_str() {
            "CreateSecurityGroup" => Some(("sg", group)),
            "AuthorizeSecurityGroupEgress" => Some(("sgr", rule)),
            _ => None,
        };
        if let Some((kind, resource)) = made {
            self.tagged(kind, sent);
            let by = vec![("ec2:CreateAction", operation.clone())];
            asked.push(("ec2:CreateTags".to_owned(), resource, by));
        }
        asked
    }

    fn ecr(&self, sent: &Sent) -> Asked {
        let resource = match sent.operation.as_str() {
            "ListTagsForResource" | "TagResource" => sent.text("resourceArn"),
            "DescribeRepositories" => {
                let name = sent.body["repositoryNames"][0].as_str().unwrap();
                self.arn("ecr", &format!("repository/{name}"))
            }
            _ => self.arn(
                "ecr",
                &format!("repository/{}", sent.text("repositoryName")),
            ),
        };
        with_tagging("ecr", "TagResource", sent, resource)
    }

    fn firehose(&self, sent: &Sent) -> Asked {
        let name = sent.text("DeliveryStreamName");
        let stream = self.arn("firehose", &format!("deliverystream/{name}"));
        let mut asked = with_tagging("firehose", "TagDeliveryStream", sent, stream);
        let role = &sent.body["ExtendedS3DestinationConfiguration"]["RoleARN"];
        if let Some(role) = role.as_str() {
            asked.push(pass(role, "firehose.amazonaws.com"));
        }
        asked
    }

    /// Every role of the stack has its boundary from the start, or `CreateRole` would not have been allowed.
    fn iam(&mut self, sent: &Sent) -> Asked {
        let role = self.global(&format!("role/{}", sent.text("RoleName")));
        let mut asked = with_tagging("iam", "TagRole", sent, role);
        if let Some(boundary) = sent.body["PermissionsBoundary"].as_str() {
            let tags = BTreeMap::from([("boundary".to_owned(), boundary.to_owned())]);
            self.tags.insert("role", tags);
        }
        let bounded = [
            "CreateRole",
            "DeleteRole",
            "DeleteRolePolicy",
            "GetRole",
            "PutRolePolicy",
        ];
        if bounded.contains(&sent.operation.as_str())
            && let Some(boundary) = self.tags.get("role").and_then(|role| role.get("boundary"))
        {
            asked[0]
                .2
                .push(("iam:PermissionsBoundary", boundary.clone()));
        }
        asked
    }

    fn kms(&mut self, sent: &Sent) -> Asked {
        let key = self.arn("kms", "key/id");
        let alias = |name: String| self.arn("kms", &name);
        let itself = format!("kms:{}", sent.operation);
        match sent.operation.as_str() {
            "ListAliases" => plain("kms", sent, "*".to_owned()),
            "CreateKey" => {
                self.tagged("key", sent);
                let mut asked = plain("kms", sent, "*".to_owned());
                asked.push(("kms:TagResource".to_owned(), key, Vec::new()));
                asked
            }
            "CreateAlias" | "DeleteAlias" | "UpdateAlias" => vec![
                (itself.clone(), alias(sent.text("AliasName")), Vec::new()),
                (itself, key, self.resource_tags("key")),
            ],
            _ => vec![(itself, key, self.resource_tags("key"))],
        }
    }

    fn lambda(&mut self, sent: &Sent) -> Asked {
        // By name, or by ARN with a version.
        let function = |name: &str| {
            let name = name
                .rsplit_once(":function:")
                .map_or(name, |(_, name)| name);
            self.arn("lambda", &format!("function:{name}"))
        };
        let mapping = self.arn("lambda", "event-source-mapping:id");
        let itself = format!("lambda:{}", sent.operation);
        match sent.operation.as_str() {
            "CreateFunction" => {
                let mut asked = with_tagging(
                    "lambda",
                    "TagResource",
                    sent,
                    function(&sent.text("FunctionName")),
                );
                asked.push(pass(&sent.text("Role"), "lambda.amazonaws.com"));
                if sent.body["Code"].get("S3Bucket").is_some() {
                    asked.extend(package(&sent.body["Code"]));
                }
                asked
            }
            "UpdateFunctionCode" => {
                let mut asked = plain("lambda", sent, function(&sent.segment(2)));
                if sent.body.get("S3Bucket").is_some() {
                    asked.extend(package(&sent.body));
                }
                asked
            }
            "CreateEventSourceMapping" => {
                let function = sent.text("FunctionName");
                self.tagged("mapping", sent);
                self.tags
                    .entry("mapping of")
                    .or_default()
                    .insert("function".to_owned(), function.clone());
                vec![
                    (
                        itself,
                        "*".to_owned(),
                        vec![("lambda:FunctionArn", function)],
                    ),
                    ("lambda:TagResource".to_owned(), mapping, Vec::new()),
                ]
            }
            "GetEventSourceMapping" | "UpdateEventSourceMapping" | "DeleteEventSourceMapping" => {
                let function = self.tags["mapping of"]["function"].clone();
                vec![(itself, mapping, vec![("lambda:FunctionArn", function)])]
            }
            "ListTags" | "TagResource" => {
                let arn = sent.segment(2);
                if arn.contains(":event-source-mapping:") {
                    vec![(itself, mapping, self.resource_tags("mapping"))]
                } else {
                    vec![(itself, arn, Vec::new())]
                }
            }
            "AddPermission" => {
                let principal = vec![("lambda:Principal", sent.text("Principal"))];
                vec![(itself, function(&sent.segment(2)), principal)]
            }
            _ => plain("lambda", sent, function(&sent.segment(2))),
        }
    }

    /// SNS checks what is done to a subscription on its topic.
    fn sns(&self, sent: &Sent) -> Asked {
        let resource = match sent.operation.as_str() {
            "CreateTopic" => self.arn("sns", &sent.text("Name")),
            "GetSubscriptionAttributes" | "Unsubscribe" => {
                let arn = sent.text("SubscriptionArn");
                arn.rsplit_once(':').unwrap().0.to_owned()
            }
            "ListTagsForResource" | "TagResource" => sent.text("ResourceArn"),
            _ => sent.text("TopicArn"),
        };
        with_tagging("sns", "TagResource", sent, resource)
    }

    fn sqs(&self, sent: &Sent) -> Asked {
        let name = match sent.operation.as_str() {
            "CreateQueue" => sent.text("QueueName"),
            _ => sent.text("QueueUrl").rsplit('/').next().unwrap().to_owned(),
        };
        with_tagging("sqs", "TagQueue", sent, self.arn("sqs", &name))
    }

    fn scheduler(&self, sent: &Sent) -> Asked {
        let group = || {
            let named = sent.body["GroupName"].as_str().map(str::to_owned);
            named.unwrap_or_else(|| sent.query["groupName"].clone())
        };
        match sent.operation.as_str() {
            "ListTagsForResource" | "TagResource" => plain("scheduler", sent, sent.segment(1)),
            name if name.ends_with("ScheduleGroup") => {
                let group = self.arn("scheduler", &format!("schedule-group/{}", sent.segment(1)));
                with_tagging("scheduler", "TagResource", sent, group)
            }
            _ => {
                let schedule = format!("schedule/{}/{}", group(), sent.segment(1));
                let mut asked = plain("scheduler", sent, self.arn("scheduler", &schedule));
                if let Some(role) = sent.body["Target"]["RoleArn"].as_str() {
                    asked.push(pass(role, "scheduler.amazonaws.com"));
                }
                asked
            }
        }
    }

    fn signer(&self, sent: &Sent) -> Asked {
        match sent.operation.as_str() {
            "PutSigningProfile" => {
                let name = format!("/signing-profiles/{}", sent.segment(1));
                let mut asked = plain("signer", sent, "*".to_owned());
                asked.push((
                    "signer:TagResource".to_owned(),
                    self.arn("signer", &name),
                    Vec::new(),
                ));
                asked
            }
            "TagResource" => plain("signer", sent, sent.segment(1)),
            _ => {
                let name = format!("/signing-profiles/{}", sent.segment(1));
                plain("signer", sent, self.arn("signer", &name))
            }
        }
    }
}

/// A role handed to a service (IAM user guide, "Grant a user permissions to pass a role to an AWS service").
fn pass(role: &str, service: &str) -> (String, String, Vec<(&'static str, String)>) {
    let to = vec![("iam:PassedToService", service.to_owned())];
    ("iam:PassRole".to_owned(), role.to_owned(), to)
}

/// Lambda reads the package with the permissions of who names it.
fn package(code: &Value) -> Asked {
    let text = |key: &str| code[key].as_str().unwrap_or_default();
    let object = format!("arn:aws:s3:::{}/{}", text("S3Bucket"), text("S3Key"));
    let action = if text("S3ObjectVersion").is_empty() {
        "s3:GetObject"
    } else {
        "s3:GetObjectVersion"
    };
    vec![(action.to_owned(), object, Vec::new())]
}

/// S3's operations and the actions that allow them (Amazon S3 user guide, "Required permissions for Amazon S3 API
/// operations").
const S3_ACTIONS: [(&str, &str); 24] = [
    ("DeleteBucketEncryption", "PutEncryptionConfiguration"),
    ("DeleteBucketLifecycle", "PutLifecycleConfiguration"),
    (
        "DeleteBucketOwnershipControls",
        "PutBucketOwnershipControls",
    ),
    ("DeletePublicAccessBlock", "PutBucketPublicAccessBlock"),
    (
        "GetBucketAccelerateConfiguration",
        "GetAccelerateConfiguration",
    ),
    ("GetBucketCors", "GetBucketCORS"),
    ("GetBucketEncryption", "GetEncryptionConfiguration"),
    (
        "GetBucketLifecycleConfiguration",
        "GetLifecycleConfiguration",
    ),
    (
        "GetBucketNotificationConfiguration",
        "GetBucketNotification",
    ),
    ("GetBucketReplication", "GetReplicationConfiguration"),
    (
        "GetObjectLockConfiguration",
        "GetBucketObjectLockConfiguration",
    ),
    ("GetPublicAccessBlock", "GetBucketPublicAccessBlock"),
    ("HeadBucket", "ListBucket"),
    ("HeadObject", "GetObject"),
    ("ListObjectVersions", "ListBucketVersions"),
    ("ListObjectsV2", "ListBucket"),
    ("PutBucketEncryption", "PutEncryptionConfiguration"),
    (
        "PutBucketLifecycleConfiguration",
        "PutLifecycleConfiguration",
    ),
    (
        "PutBucketNotificationConfiguration",
        "PutBucketNotification",
    ),
    ("PutBucketReplication", "PutReplicationConfiguration"),
    (
        "PutObjectLockConfiguration",
        "PutBucketObjectLockConfiguration",
    ),
    ("PutPublicAccessBlock", "PutBucketPublicAccessBlock"),
    ("DeleteBucketTagging", "PutBucketTagging"),
    ("DeleteBucketCors", "PutBucketCORS"),
];

fn s3(sent: &Sent) -> Asked {
    let path = sent.path.trim_start_matches('/');
    let known = S3_ACTIONS
        .iter()
        .find(|(operation, _)| *operation == sent.operation);
    let action = known.map_or(sent.operation.as_str(), |(_, action)| action);
    vec![(
        format!("s3:{action}"),
        format!("arn:aws:s3:::{path}"),
        Vec::new(),
    )]
}

/// One line of the log.
fn sent(line: &Value) -> Sent {
    let text = |key: &str| line[key].as_str().unwrap_or_default().to_owned();
    let url = text("http.url");
    let path_and_query = url.splitn(4, '/').nth(3).unwrap_or_default();
    let (path, query) = path_and_query
        .split_once('?')
        .unwrap_or((path_and_query, ""));
    let body = text("http.request.body");
    let body = body.trim();
    Sent {
        service: text("rpc.service"),
        operation: text("rpc.method"),
        path: format!("/{path}"),
        query: form(query),
        // What stands behind the JSON says that the log shortens long bodies, whether or not it did.
        body: match serde_json::Deserializer::from_str(body).into_iter().next() {
            Some(Ok(body @ Value::Object(_))) => body,
            _ if body.starts_with(['<', '[', '{']) => json!({}),
            _ => json!(form(body)),
        },
    }
}

fn form(text: &str) -> BTreeMap<String, String> {
    text.split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(key, value)| (key.to_owned(), decoded(&value.replace('+', " "))))
        .collect()
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let escaped = (*first == b'%')
            .then(|| after.get(..2))
            .flatten()
            .and_then(|hex| std::str::from_utf8(hex).ok())
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        bytes.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() {
            &after[2..]
        } else {
            after
        };
    }
    String::from_utf8(bytes).unwrap()
}

/// The tags that a call gives, in each of the protocols' forms.
fn request_tags(body: &Value) -> BTreeMap<String, String> {
    let mut tags = BTreeMap::new();
    for key in ["Tags", "tags"] {
        match &body[key] {
            Value::Object(map) => {
                for (key, value) in map {
                    tags.insert(key.clone(), value.as_str().unwrap_or_default().to_owned());
                }
            }
            Value::Array(list) => {
                for tag in list {
                    let part = |names: [&str; 3]| {
                        names
                            .iter()
                            .find_map(|name| tag[*name].as_str())
                            .unwrap_or_default()
                    };
                    let key = part(["Key", "TagKey", "key"]);
                    let value = part(["Value", "TagValue", "value"]);
                    tags.insert(key.to_owned(), value.to_owned());
                }
            }
            _ => {}
        }
    }
    let fields = body.as_object().into_iter().flatten();
    for (name, key) in fields.filter(|(name, _)| name.ends_with(".Key") && name.contains("Tag")) {
        let value = &body[format!("{}.Value", name.trim_end_matches(".Key"))];
        let (Some(key), Some(value)) = (key.as_str(), value.as_str()) else {
            continue;
        };
        tags.insert(key.to_owned(), value.to_owned());
    }
    tags
}
