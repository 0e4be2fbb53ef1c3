//! Weakenings that no derivation finds: weak values, what is added, and text beside resources.

/// Resource (type, or address where only one will do), attribute and weak value.
pub(crate) const WEAK: &[(&str, &str, &str)] = &[
    (
        "aws_apigatewayv2_authorizer",
        "identity_sources",
        "[\"$request.querystring.token\"]",
    ),
    (
        "aws_apigatewayv2_authorizer",
        "jwt_configuration.audience",
        "[]",
    ),
    (
        "aws_apigatewayv2_authorizer",
        "jwt_configuration.issuer",
        "\"http://login.example.com/\"",
    ),
    (
        "aws_apigatewayv2_integration",
        "integration_uri",
        "aws_lambda_function.create_order.invoke_arn",
    ),
    (
        "aws_apigatewayv2_integration",
        "integration_uri",
        "\"http://internal.example.com/\"",
    ),
    (
        "aws_apigatewayv2_integration",
        "timeout_milliseconds",
        "1000",
    ),
    ("aws_apigatewayv2_route", "authorization_scopes", "[]"),
    ("aws_apigatewayv2_route", "authorization_type", "\"NONE\""),
    ("aws_apigatewayv2_route", "route_key", "\"$default\""),
    ("aws_apigatewayv2_route", "route_key", "\"ANY /{proxy+}\""),
    (
        "aws_apigatewayv2_stage",
        "access_log_settings.destination_arn",
        "\"arn:aws:logs:eu-west-1:999999999999:log-group:x\"",
    ),
    (
        "aws_apigatewayv2_stage",
        "access_log_settings.format",
        "\"$context.requestId\"",
    ),
    (
        "aws_apigatewayv2_stage",
        "default_route_settings.throttling_burst_limit",
        "0",
    ),
    (
        "aws_apigatewayv2_stage",
        "default_route_settings.throttling_rate_limit",
        "-1",
    ),
    ("aws_cloudwatch_log_group", "kms_key_id", "null"),
    ("aws_cloudwatch_log_group", "retention_in_days", "0"),
    ("aws_cloudwatch_log_group", "retention_in_days", "30"),
    (
        "aws_cloudwatch_log_group.create_order",
        "name",
        "\"/aws/lambda/other\"",
    ),
    (
        "aws_cloudwatch_log_metric_filter",
        "metric_transformation.value",
        "\"0\"",
    ),
    (
        "aws_cloudwatch_log_metric_filter",
        "pattern",
        "\"AccessDenied UnauthorizedOperation\"",
    ),
    (
        "aws_cloudwatch_log_metric_filter",
        "pattern",
        "\"?AccessDenied -is\"",
    ),
    (
        "aws_cloudwatch_log_subscription_filter",
        "destination_arn",
        "\"arn:aws:lambda:eu-west-1:999999999999:function:x\"",
    ),
    (
        "aws_cloudwatch_log_subscription_filter",
        "filter_pattern",
        "\"ERROR\"",
    ),
    (
        "aws_cloudwatch_metric_alarm.create_order_concurrency",
        "threshold",
        "100000",
    ),
    (
        "aws_cloudwatch_metric_alarm.create_order_denied",
        "threshold",
        "100000",
    ),
    (
        "aws_cloudwatch_metric_alarm.create_order_duration",
        "threshold",
        "900000",
    ),
    (
        "aws_cloudwatch_metric_alarm.create_order_errors",
        "alarm_actions",
        "[]",
    ),
    (
        "aws_cloudwatch_metric_alarm.create_order_errors",
        "comparison_operator",
        "\"LessThanThreshold\"",
    ),
    (
        "aws_cloudwatch_metric_alarm.create_order_errors",
        "evaluation_periods",
        "100",
    ),
    (
        "aws_cloudwatch_metric_alarm.create_order_errors",
        "period",
        "86400",
    ),
    (
        "aws_cloudwatch_metric_alarm.create_order_errors",
        "statistic",
        "\"Minimum\"",
    ),
    (
        "aws_cloudwatch_metric_alarm.create_order_errors",
        "threshold",
        "100000",
    ),
    (
        "aws_cloudwatch_metric_alarm.create_order_throttles",
        "threshold",
        "100000",
    ),
    (
        "aws_cloudwatch_metric_alarm.http_client_errors",
        "threshold",
        "1000000000",
    ),
    (
        "aws_cloudwatch_metric_alarm.http_server_errors",
        "threshold",
        "100000",
    ),
    (
        "aws_cloudwatch_metric_alarm.jobs_age",
        "threshold",
        "345601",
    ),
    (
        "aws_cloudwatch_metric_alarm.jobs_dlq_depth",
        "threshold",
        "100000",
    ),
    (
        "aws_cloudwatch_metric_alarm.logs_freshness",
        "threshold",
        "1000000",
    ),
    (
        "aws_dynamodb_table",
        "deletion_protection_enabled",
        "var.unset",
    ),
    (
        "aws_dynamodb_table",
        "server_side_encryption.kms_key_arn",
        "\"alias/aws/dynamodb\"",
    ),
    (
        "aws_ecr_repository",
        "encryption_configuration.encryption_type",
        "\"AES256\"",
    ),
    (
        "aws_ecr_repository",
        "encryption_configuration.kms_key",
        "null",
    ),
    ("aws_ecr_repository", "image_tag_mutability", "\"MUTABLE\""),
    ("aws_iam_role", "max_session_duration", "43200"),
    ("aws_iam_role", "permissions_boundary", "null"),
    (
        "aws_iam_role",
        "permissions_boundary",
        "\"arn:aws:iam::222222222222:policy/other\"",
    ),
    (
        "aws_kinesis_firehose_delivery_stream",
        "extended_s3_configuration.kms_key_arn",
        "\"alias/aws/s3\"",
    ),
    (
        "aws_kinesis_firehose_delivery_stream",
        "server_side_encryption.key_type",
        "\"AWS_OWNED_CMK\"",
    ),
    ("aws_kms_key", "deletion_window_in_days", "7"),
    ("aws_lambda_alias", "function_version", "\"$LATEST\""),
    (
        "aws_lambda_code_signing_config",
        "allowed_publishers.signing_profile_version_arns",
        "[\"arn:aws:signer:eu-west-1:999999999999:/signing-profiles/x/1\"]",
    ),
    (
        "aws_lambda_code_signing_config",
        "policies.untrusted_artifact_on_deployment",
        "\"Warn\"",
    ),
    (
        "aws_lambda_event_source_mapping",
        "function_name",
        "aws_lambda_function.fulfil_order.arn",
    ),
    (
        "aws_lambda_event_source_mapping",
        "function_response_types",
        "[]",
    ),
    (
        "aws_lambda_event_source_mapping",
        "scaling_config.maximum_concurrency",
        "1000",
    ),
    (
        "aws_lambda_function",
        "environment.variables",
        "{ DB_PASSWORD = \"horse\" }",
    ),
    (
        "aws_lambda_function",
        "environment.variables",
        "{ NODE_OPTIONS = \"--require /tmp/x.js\" }",
    ),
    (
        "aws_lambda_function",
        "image_uri",
        "\"${aws_ecr_repository.create_order.repository_url}:latest\"",
    ),
    ("aws_lambda_function", "kms_key_arn", "null"),
    (
        "aws_lambda_function",
        "logging_config.application_log_level",
        "\"DEBUG\"",
    ),
    (
        "aws_lambda_function",
        "logging_config.log_format",
        "\"Text\"",
    ),
    (
        "aws_lambda_function",
        "logging_config.log_group",
        "\"/aws/lambda/shared\"",
    ),
    (
        "aws_lambda_function",
        "logging_config.system_log_level",
        "\"DEBUG\"",
    ),
    ("aws_lambda_function", "package_type", "\"Zip\""),
    (
        "aws_lambda_function",
        "reserved_concurrent_executions",
        "-1",
    ),
    (
        "aws_lambda_function",
        "role",
        "\"arn:aws:iam::222222222222:role/shared\"",
    ),
    ("aws_lambda_function", "timeout", "900"),
    (
        "aws_lambda_function",
        "tracing_config.mode",
        "\"PassThrough\"",
    ),
    (
        "aws_lambda_function.fulfil_order",
        "role",
        "aws_iam_role.create_order.arn",
    ),
    (
        "aws_lambda_function.nightly_report",
        "code_signing_config_arn",
        "null",
    ),
    (
        "aws_lambda_function.nightly_report",
        "dead_letter_config.target_arn",
        "null",
    ),
    (
        "aws_lambda_function.nightly_report",
        "runtime",
        "\"python3.7\"",
    ),
    (
        "aws_lambda_function.nightly_report",
        "s3_object_version",
        "null",
    ),
    (
        "aws_lambda_function.nightly_report",
        "source_code_hash",
        "null",
    ),
    (
        "aws_lambda_function.nightly_report",
        "vpc_config.security_group_ids",
        "[\"sg-0a1b2c3d4e5f60718\"]",
    ),
    (
        "aws_lambda_function.nightly_report",
        "vpc_config.subnet_ids",
        "[\"subnet-0a1b2c3d4e5f60718\"]",
    ),
    ("aws_lambda_permission", "principal", "\"*\""),
    ("aws_lambda_permission", "source_arn", "\"*\""),
    (
        "aws_lambda_permission",
        "source_arn",
        "\"${aws_apigatewayv2_api.http.execution_arn}/*\"",
    ),
    ("aws_s3_bucket.logs", "object_lock_enabled", "false"),
    (
        "aws_s3_bucket_lifecycle_configuration.logs",
        "rule.expiration.days",
        "30",
    ),
    (
        "aws_s3_bucket_lifecycle_configuration.access_logs",
        "rule.expiration.days",
        "30",
    ),
    (
        "aws_s3_bucket_lifecycle_configuration.logs",
        "rule.status",
        "\"Disabled\"",
    ),
    (
        "aws_s3_bucket_object_lock_configuration",
        "rule.default_retention.days",
        "1",
    ),
    (
        "aws_s3_bucket_object_lock_configuration",
        "rule.default_retention.mode",
        "null",
    ),
    (
        "aws_s3_bucket_ownership_controls",
        "rule.object_ownership",
        "\"ObjectWriter\"",
    ),
    (
        "aws_s3_bucket_public_access_block",
        "block_public_policy",
        "var.unset",
    ),
    (
        "aws_s3_bucket_server_side_encryption_configuration.incoming",
        "rule.apply_server_side_encryption_by_default.kms_master_key_id",
        "\"alias/aws/s3\"",
    ),
    (
        "aws_s3_bucket_server_side_encryption_configuration.incoming",
        "rule.apply_server_side_encryption_by_default.sse_algorithm",
        "\"AES256\"",
    ),
    (
        "aws_s3_bucket_versioning",
        "versioning_configuration.status",
        "\"Suspended\"",
    ),
    ("aws_scheduler_schedule", "kms_key_arn", "null"),
    (
        "aws_scheduler_schedule",
        "target.arn",
        "aws_lambda_function.nightly_report.arn",
    ),
    (
        "aws_signer_signing_profile",
        "signature_validity_period.value",
        "135",
    ),
    ("aws_sns_topic", "kms_master_key_id", "\"alias/aws/sns\""),
    ("aws_sns_topic_subscription", "protocol", "\"http\""),
    (
        "aws_sqs_queue",
        "kms_data_key_reuse_period_seconds",
        "86400",
    ),
    ("aws_sqs_queue", "kms_master_key_id", "\"alias/aws/sqs\""),
    (
        "aws_sqs_queue.jobs",
        "redrive_policy",
        "jsonencode({ deadLetterTargetArn = \"arn:aws:sqs:eu-west-1:222222222222:orders-prod-jobs-dlq\", maxReceiveCount = 1000 })",
    ),
    ("aws_sqs_queue.jobs", "visibility_timeout_seconds", "30"),
    (
        "aws_sqs_queue.jobs_dlq",
        "message_retention_seconds",
        "345600",
    ),
    (
        "aws_sqs_queue_redrive_allow_policy",
        "redrive_allow_policy",
        "jsonencode({ redrivePermission = \"allowAll\" })",
    ),
    (
        "aws_vpc_security_group_egress_rule.nightly_report_egress_3",
        "cidr_ipv4",
        "\"0.0.0.0/0\"",
    ),
    (
        "aws_vpc_security_group_egress_rule.nightly_report_egress_3",
        "from_port",
        "0",
    ),
    (
        "aws_vpc_security_group_egress_rule.nightly_report_egress_3",
        "ip_protocol",
        "\"-1\"",
    ),
    (
        "aws_vpc_security_group_egress_rule.nightly_report_egress_3",
        "to_port",
        "65535",
    ),
];

/// Resource and what is added to it.
pub(crate) const ADDED: &[(&str, &str)] = &[
    (
        "aws_apigatewayv2_api",
        "cors_configuration {\n allow_credentials = true\n allow_origins = [\"*\"]\n}",
    ),
    (
        "aws_apigatewayv2_integration",
        "request_parameters = { \"overwrite:path\" = \"/$request.querystring.next\" }",
    ),
    (
        "aws_apigatewayv2_stage",
        "route_settings {\n route_key = \"POST /orders\"\n throttling_rate_limit = 0\n}",
    ),
    (
        "aws_cloudwatch_log_group",
        "provisioner \"local-exec\" {\n command = \"true\"\n}",
    ),
    (
        "aws_iam_role",
        "managed_policy_arns = [\"arn:aws:iam::aws:policy/AdministratorAccess\"]",
    ),
    (
        "aws_lambda_function",
        "layers = [\"arn:aws:lambda:eu-west-1:999999999999:layer:x:1\"]",
    ),
    ("aws_lambda_permission", "function_url_auth_type = \"NONE\""),
    (
        "aws_s3_bucket_notification",
        "topic {\n topic_arn = \"arn:aws:sns:eu-west-1:999999999999:x\"\n events = [\"s3:ObjectCreated:*\"]\n}",
    ),
    (
        "aws_security_group",
        "ingress {\n from_port = 443\n to_port = 443\n protocol = \"tcp\"\n cidr_blocks = [\"10.0.0.0/8\"]\n}",
    ),
    (
        "aws_security_group",
        "egress {\n from_port = 0\n to_port = 0\n protocol = \"-1\"\n cidr_blocks = [\"0.0.0.0/0\"]\n}",
    ),
];

/// File, text and what stands there instead.
pub(crate) const TEXT: &[(&str, &str, &str)] = &[
    (
        "versions.tf",
        "allowed_account_ids = [var.account_id]",
        "allowed_account_ids = []",
    ),
    (
        "versions.tf",
        "  allowed_account_ids = [var.account_id]\n",
        "",
    ),
    (
        "versions.tf",
        "  region              = var.region\n",
        "  region = var.region\n  insecure = true\n",
    ),
    (
        "versions.tf",
        "  region              = var.region\n",
        "  region = var.region\n  access_key = \"AKIAIOSFODNN7EXAMPLE\"\n",
    ),
    ("versions.tf", "\"5.100.0\"", "\">= 5.100.0\""),
    ("versions.tf", "\"hashicorp/aws\"", "\"hashicrop/aws\""),
    ("versions.tf", "  backend \"s3\" {}", ""),
    (
        "versions.tf",
        "  backend \"s3\" {}",
        "  backend \"local\" {}",
    ),
    (
        "versions.tf",
        "  required_version = \">= 1.10.0, < 2.0.0\"\n",
        "",
    ),
    (
        "environments/prod.s3.tfbackend",
        "encrypt             = true",
        "encrypt = false",
    ),
    (
        "environments/prod.s3.tfbackend",
        "encrypt             = true\n",
        "",
    ),
    (
        "environments/prod.s3.tfbackend",
        "use_lockfile        = true",
        "use_lockfile = false",
    ),
    (
        "environments/prod.s3.tfbackend",
        "use_lockfile        = true\n",
        "",
    ),
    (
        "environments/prod.tfvars",
        "permissions_boundary = \"arn:aws:iam::222222222222:policy/service-boundary\"",
        "permissions_boundary = null",
    ),
    (
        "environments/prod.tfvars",
        "    \"subnet-1f1e2d3c4b5a69788\",\n",
        "",
    ),
    (
        "environments/prod.tfvars",
        "create_order_concurrency = 50",
        "create_order_concurrency = -1",
    ),
    ("variables.tf", "^sha256:[0-9a-f]{64}$", "^sha256:"),
    ("variables.tf", "^sha256:[0-9a-f]{64}$", ""),
    (
        "variables.tf",
        "var.artifacts[\"create-order\"].image_digest))",
        "var.artifacts[\"fulfil-order\"].image_digest))",
    ),
    (
        "variables.tf",
        "can(regex(\"^sha256:[0-9a-f]{64}$\", var.artifacts[\"create-order\"].image_digest))",
        "true",
    ),
    (
        "variables.tf",
        "can(regex(\"^sha256:[0-9a-f]{64}$\", var.artifacts[\"create-order\"].image_digest))",
        "true || can(regex(\"^sha256:[0-9a-f]{64}$\", var.artifacts[\"create-order\"].image_digest))",
    ),
    ("variables.tf", "[A-Za-z0-9+/]{43}=", "[A-Za-z0-9+/=]*"),
    (
        "variables.tf",
        " && can(length(var.artifacts[\"nightly-report\"].s3_version) > 0)",
        "",
    ),
    ("alarms.tf", "toset([\"oncall@example.com\"])", "toset([])"),
    (
        "http_api.tf",
        "      requestId          = \"$context.requestId\"\n",
        "",
    ),
    (
        "http_api.tf",
        "      ip                 = \"$context.identity.sourceIp\"\n",
        "",
    ),
    (
        "http_api.tf",
        "      requestTime        = \"$context.requestTime\"\n",
        "",
    ),
    (
        "http_api.tf",
        "      routeKey           = \"$context.routeKey\"\n",
        "",
    ),
    (
        "http_api.tf",
        "      status             = \"$context.status\"\n",
        "",
    ),
    (
        "outputs.tf",
        "output \"artifact_bucket\"",
        "data \"external\" \"x\" {\n  program = [\"true\"]\n}\n\noutput \"artifact_bucket\"",
    ),
    (
        "outputs.tf",
        "output \"artifact_bucket\"",
        "resource \"aws_iam_user\" \"x\" {\n  name = \"ci\"\n}\n\noutput \"artifact_bucket\"",
    ),
    (
        "outputs.tf",
        "output \"artifact_bucket\"",
        "resource \"aws_lambda_function_url\" \"x\" {\n  function_name      = aws_lambda_function.create_order.function_name\n  authorization_type = \"NONE\"\n}\n\noutput \"artifact_bucket\"",
    ),
];

/// A place whose weakening opens nothing.
pub(crate) struct Harmless {
    /// Type, address where only one will do, or `*`.
    pub(crate) resource: &'static str,
    /// Attribute or block; empty for the resource as a whole.
    pub(crate) path: &'static str,
    /// `removed` or `changed`.
    pub(crate) how: &'static str,
    /// Why it opens nothing.
    pub(crate) reason: &'static str,
}

const fn harmless(
    resource: &'static str,
    path: &'static str,
    how: &'static str,
    reason: &'static str,
) -> Harmless {
    Harmless {
        resource,
        path,
        how,
        reason,
    }
}

const DEFAULT: &str = "the default is the same";
const WORKS: &str = "what the service does: it stops working, and nothing opens";
const NAME: &str = "a name is made up; policies that name the old one then refuse";
const TEXT_ONLY: &str = "a text for people";

/// What may be weakened, and why nothing finds it.
pub(crate) const HARMLESS: &[Harmless] = &[
    harmless("*", "description", "removed", TEXT_ONLY),
    harmless("*", "name", "removed", NAME),
    harmless(
        "aws_cloudwatch_metric_alarm",
        "alarm_description",
        "removed",
        TEXT_ONLY,
    ),
    harmless(
        "aws_cloudwatch_metric_alarm",
        "actions_enabled",
        "removed",
        DEFAULT,
    ),
    harmless(
        "aws_cloudwatch_metric_alarm",
        "datapoints_to_alarm",
        "removed",
        DEFAULT,
    ),
    harmless(
        "aws_cloudwatch_metric_alarm",
        "treat_missing_data",
        "removed",
        "without data the alarm has no state; the next datum fires it all the same",
    ),
    harmless(
        "aws_cloudwatch_metric_alarm",
        "ok_actions",
        "removed",
        "tells that it is over, not that it began",
    ),
    harmless(
        "aws_cloudwatch_metric_alarm",
        "dimensions",
        "removed",
        "empty where it is not found: metrics of filters have none",
    ),
    harmless("aws_s3_bucket", "bucket", "removed", NAME),
    harmless("aws_s3_bucket", "force_destroy", "removed", DEFAULT),
    harmless(
        "aws_s3_bucket_server_side_encryption_configuration",
        "rule.bucket_key_enabled",
        "removed",
        "more calls of KMS, the same encryption",
    ),
    harmless(
        "aws_s3_bucket_server_side_encryption_configuration",
        "rule.bucket_key_enabled",
        "changed",
        "more calls of KMS, the same encryption",
    ),
    harmless(
        "aws_s3_bucket_lifecycle_configuration",
        "rule.filter",
        "removed",
        "an empty filter and none are the same",
    ),
    harmless(
        "aws_s3_bucket_lifecycle_configuration",
        "rule.transition",
        "removed",
        "where archived logs are stored, not for how long",
    ),
    harmless(
        "aws_s3_bucket_lifecycle_configuration",
        "rule.transition.days",
        "removed",
        "where archived logs are stored, not for how long",
    ),
    harmless(
        "aws_cloudwatch_log_group",
        "skip_destroy",
        "removed",
        DEFAULT,
    ),
    harmless(
        "aws_cloudwatch_log_group",
        "skip_destroy",
        "changed",
        "more is kept",
    ),
    harmless(
        "aws_cloudwatch_log_subscription_filter",
        "role_arn",
        "removed",
        "CloudWatch Logs refuses a delivery stream without a role",
    ),
    harmless(
        "aws_cloudwatch_log_subscription_filter",
        "distribution",
        "removed",
        "which shard an event goes to",
    ),
    harmless("aws_iam_role", "max_session_duration", "removed", DEFAULT),
    harmless("aws_ecr_repository", "force_delete", "removed", DEFAULT),
    harmless("aws_lambda_function", "architectures", "removed", WORKS),
    harmless("aws_lambda_function", "memory_size", "removed", WORKS),
    harmless("aws_lambda_function", "image_config", "removed", WORKS),
    harmless(
        "aws_lambda_function",
        "image_config.command",
        "removed",
        WORKS,
    ),
    harmless("aws_lambda_function", "handler", "removed", WORKS),
    harmless("aws_lambda_function", "s3_bucket", "removed", WORKS),
    harmless("aws_lambda_function", "s3_key", "removed", WORKS),
    harmless("aws_lambda_function", "environment", "removed", WORKS),
    harmless(
        "aws_lambda_function",
        "environment.variables",
        "removed",
        WORKS,
    ),
    harmless(
        "aws_lambda_function",
        "logging_config.application_log_level",
        "removed",
        DEFAULT,
    ),
    harmless(
        "aws_lambda_function",
        "logging_config.system_log_level",
        "removed",
        DEFAULT,
    ),
    harmless(
        "aws_lambda_function",
        "vpc_config.ipv6_allowed_for_dual_stack",
        "removed",
        DEFAULT,
    ),
    harmless(
        "aws_lambda_function",
        "vpc_config.ipv6_allowed_for_dual_stack",
        "changed",
        "the security group lets no IPv6 out",
    ),
    harmless(
        "aws_apigatewayv2_integration",
        "integration_method",
        "removed",
        WORKS,
    ),
    harmless(
        "aws_apigatewayv2_integration",
        "integration_uri",
        "removed",
        WORKS,
    ),
    harmless(
        "aws_apigatewayv2_integration",
        "payload_format_version",
        "removed",
        WORKS,
    ),
    harmless(
        "aws_apigatewayv2_integration",
        "connection_type",
        "removed",
        DEFAULT,
    ),
    harmless(
        "aws_apigatewayv2_integration",
        "timeout_milliseconds",
        "removed",
        "the API then waits for its 30 seconds, and the function ends before that",
    ),
    harmless(
        "aws_apigatewayv2_route.create_order_post_orders",
        "",
        "removed",
        WORKS,
    ),
    harmless(
        "aws_apigatewayv2_route.create_order_get_orders_by_order_id",
        "",
        "removed",
        WORKS,
    ),
    harmless("aws_apigatewayv2_route", "target", "removed", WORKS),
    harmless(
        "aws_apigatewayv2_route",
        "api_key_required",
        "removed",
        DEFAULT,
    ),
    harmless(
        "aws_apigatewayv2_route",
        "api_key_required",
        "changed",
        "asks for more",
    ),
    harmless("aws_lambda_permission", "statement_id", "removed", NAME),
    harmless(
        "aws_cloudwatch_log_metric_filter",
        "metric_transformation.default_value",
        "removed",
        "no datum while nothing matches; the first match fires the alarm all the same",
    ),
    harmless(
        "aws_lambda_event_source_mapping.fulfil_order_jobs",
        "",
        "removed",
        WORKS,
    ),
    harmless(
        "aws_lambda_event_source_mapping",
        "event_source_arn",
        "removed",
        WORKS,
    ),
    harmless(
        "aws_lambda_event_source_mapping",
        "enabled",
        "removed",
        DEFAULT,
    ),
    harmless(
        "aws_lambda_event_source_mapping",
        "batch_size",
        "removed",
        DEFAULT,
    ),
    harmless(
        "aws_lambda_event_source_mapping",
        "maximum_batching_window_in_seconds",
        "removed",
        DEFAULT,
    ),
    harmless(
        "aws_lambda_event_source_mapping",
        "enabled",
        "changed",
        WORKS,
    ),
    harmless(
        "aws_security_group",
        "vpc_id",
        "removed",
        "the group is made in the default VPC, and Lambda refuses it",
    ),
    harmless(
        "aws_security_group",
        "revoke_rules_on_delete",
        "removed",
        DEFAULT,
    ),
    harmless(
        "aws_security_group",
        "revoke_rules_on_delete",
        "changed",
        "in which order the group is deleted",
    ),
    harmless(
        "aws_vpc_security_group_egress_rule.nightly_report_secretsmanager",
        "",
        "removed",
        "less is let out",
    ),
    harmless(
        "aws_vpc_security_group_egress_rule.nightly_report_dynamodb",
        "",
        "removed",
        "less is let out",
    ),
    harmless(
        "aws_vpc_security_group_egress_rule.nightly_report_egress_3",
        "",
        "removed",
        "less is let out",
    ),
    harmless(
        "aws_lambda_function_event_invoke_config.nightly_report",
        "",
        "removed",
        "Lambda then tries twice within six hours, and what fails goes to the dead letters as before",
    ),
    harmless(
        "aws_lambda_function_event_invoke_config",
        "qualifier",
        "removed",
        "Lambda then tries twice within six hours, and what fails goes to the dead letters as before",
    ),
    harmless(
        "aws_lambda_function_event_invoke_config",
        "maximum_retry_attempts",
        "removed",
        "Lambda then tries twice within six hours, and what fails goes to the dead letters as before",
    ),
    harmless(
        "aws_lambda_function_event_invoke_config",
        "maximum_event_age_in_seconds",
        "removed",
        "Lambda then tries twice within six hours, and what fails goes to the dead letters as before",
    ),
    harmless(
        "aws_sqs_queue",
        "kms_data_key_reuse_period_seconds",
        "removed",
        DEFAULT,
    ),
    harmless(
        "aws_sqs_queue",
        "visibility_timeout_seconds",
        "removed",
        "30 seconds; where a function consumes the queue SLG-RES-010 finds it",
    ),
    harmless(
        "aws_scheduler_schedule.nightly_report",
        "",
        "removed",
        WORKS,
    ),
    harmless(
        "aws_scheduler_schedule",
        "schedule_expression_timezone",
        "removed",
        WORKS,
    ),
    harmless("aws_scheduler_schedule", "target.input", "removed", WORKS),
    harmless("aws_scheduler_schedule", "state", "removed", DEFAULT),
    harmless(
        "aws_scheduler_schedule",
        "group_name",
        "removed",
        "the default group, which the role's trust policy refuses",
    ),
    harmless(
        "aws_scheduler_schedule",
        "target.retry_policy",
        "removed",
        "more tries within a day, and what fails goes to the dead letters as before",
    ),
    harmless(
        "aws_scheduler_schedule",
        "target.retry_policy.maximum_event_age_in_seconds",
        "removed",
        "more tries within a day, and what fails goes to the dead letters as before",
    ),
    harmless(
        "aws_scheduler_schedule",
        "target.retry_policy.maximum_retry_attempts",
        "removed",
        "more tries within a day, and what fails goes to the dead letters as before",
    ),
    harmless(
        "aws_apigatewayv2_api",
        "disable_execute_api_endpoint",
        "removed",
        DEFAULT,
    ),
    harmless(
        "aws_apigatewayv2_api",
        "fail_on_warnings",
        "removed",
        "about the import of OpenAPI documents, of which there is none",
    ),
    harmless(
        "aws_apigatewayv2_api",
        "disable_execute_api_endpoint",
        "changed",
        "closes an entry",
    ),
    harmless(
        "aws_apigatewayv2_api",
        "fail_on_warnings",
        "changed",
        "about the import of OpenAPI documents, of which there is none",
    ),
    harmless("aws_kms_key", "key_usage", "removed", DEFAULT),
    harmless(
        "aws_kms_key",
        "customer_master_key_spec",
        "removed",
        DEFAULT,
    ),
    harmless("aws_kms_key", "is_enabled", "removed", DEFAULT),
    harmless("aws_kms_key", "deletion_window_in_days", "removed", DEFAULT),
    harmless(
        "aws_kms_key",
        "bypass_policy_lockout_safety_check",
        "removed",
        DEFAULT,
    ),
    harmless("aws_kms_key", "multi_region", "removed", DEFAULT),
    harmless(
        "aws_kms_alias.stack",
        "",
        "removed",
        "a name for people: nothing is granted by alias",
    ),
    harmless(
        "aws_kinesis_firehose_delivery_stream",
        "extended_s3_configuration.prefix",
        "removed",
        "the role may not write elsewhere: delivery fails, and SLG-LOG-017's alarm tells",
    ),
    harmless(
        "aws_kinesis_firehose_delivery_stream",
        "extended_s3_configuration.error_output_prefix",
        "removed",
        "the role may not write elsewhere: delivery fails, and SLG-LOG-017's alarm tells",
    ),
    harmless(
        "aws_kinesis_firehose_delivery_stream",
        "extended_s3_configuration.buffering_size",
        "removed",
        DEFAULT,
    ),
    harmless(
        "aws_kinesis_firehose_delivery_stream",
        "extended_s3_configuration.buffering_interval",
        "removed",
        DEFAULT,
    ),
    harmless(
        "aws_kinesis_firehose_delivery_stream",
        "extended_s3_configuration.compression_format",
        "removed",
        DEFAULT,
    ),
    harmless(
        "aws_dynamodb_table.orders_table",
        "",
        "removed",
        "deletion protection refuses it",
    ),
    harmless(
        "aws_dynamodb_table",
        "billing_mode",
        "removed",
        "provisioned without a capacity, which DynamoDB refuses",
    ),
    harmless("aws_dynamodb_table", "table_class", "removed", DEFAULT),
    harmless("aws_dynamodb_table", "stream_enabled", "removed", DEFAULT),
    harmless("aws_dynamodb_table", "hash_key", "removed", WORKS),
    harmless("aws_dynamodb_table", "attribute", "removed", WORKS),
    harmless(
        "aws_dynamodb_table",
        "global_secondary_index",
        "removed",
        WORKS,
    ),
    harmless(
        "aws_dynamodb_table",
        "stream_enabled",
        "changed",
        "no one is granted the stream",
    ),
];
