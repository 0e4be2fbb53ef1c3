# Rego 1, over the configuration: what refers to which key.
package encryption

import rego.v1

attributes := {"aws_sqs_queue": "kms_master_key_id", "aws_sns_topic": "kms_master_key_id", "aws_lambda_function": "kms_key_arn"}

violation contains {"msg": msg, "details": {"address": r.address}} if {
	some r in input.configuration.root_module.resources
	attribute := attributes[r.type]
	not refers(r.expressions[attribute])
	msg := sprintf("%s is not encrypted by %s", [r.address, data.key_rules.key])
}

refers(expression) if data.key_rules.key in expression.references
