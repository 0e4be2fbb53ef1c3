# Rego 0 with conftest's own exceptions.
package retention

logs[address] = r {
	r := input.resource_changes[_]
	r.type == "aws_cloudwatch_log_group"
	r.change.actions[_] == "create"
	address := r.address
}

deny_short[msg] {
	r := logs[_]
	r.change.after.retention_in_days < data.log_rules.days
	msg := sprintf("%v keeps logs for %v days", [r.address, r.change.after.retention_in_days])
}

deny_unencrypted[msg] {
	r := logs[_]
	not r.change.after.kms_key_id
	not r.change.after_unknown.kms_key_id
	msg := sprintf("%v is not encrypted by a key", [r.address])
}

deny_everything[msg] {
	msg := "everything is wrong"
}

exception[rules] {
	rules := ["everything"]
}
