# Rego 1, in conftest's default package.
package main

import rego.v1

functions := [r | some r in input.resource_changes; r.type == "aws_lambda_function"; r.change.actions[_] != "delete"]

# METADATA
# title: A function has no more memory than was agreed
# custom:
#   id: ORG-LAMBDA-001
#   severity: medium
deny contains msg if {
	some r in functions
	r.change.after.memory_size > data.lambda.memory_mb
	msg := sprintf("%s has %d MB of memory, and %d are the most", [r.address, r.change.after.memory_size, data.lambda.memory_mb])
}

deny_untraced contains {"msg": msg, "resource": r.address, "severity": "high"} if {
	some r in functions
	not traced(r.change.after)
	msg := sprintf("%s is not traced", [r.address])
}

traced(after) if after.tracing_config[0].mode in data.lambda.tracing
