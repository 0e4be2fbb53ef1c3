package main

import rego.v1

# METADATA
# title: A function takes no more than its share
# description: All teams share one account's concurrency.
# custom:
#   id: ACME-LAMBDA-001
#   severity: high
#   fix: "Write concurrency: 50, or ask the platform team."
deny contains msg if {
  some r in input.resource_changes
  r.type == "aws_lambda_function"
  r.change.after.reserved_concurrent_executions > 50
  msg := sprintf("%s takes %d executions at a time", [r.address, r.change.after.reserved_concurrent_executions])
}
