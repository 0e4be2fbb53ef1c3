# Rego 1. Documents are texts in a plan, and those with ids that are not known yet are not there.
package iam

statements(document) := array.concat([], s) if {
	s := json.unmarshal(document).Statement
}

roles contains r if {
	some r in input.resource_changes
	r.type == "aws_iam_role"
}

deny_principal contains msg if {
	some r in roles
	some statement in statements(r.change.after.assume_role_policy)
	some principal in as_list(statement.Principal.Service)
	not principal in data.iam_rules.principals
	msg := sprintf("%s can be assumed by %s", [r.address, principal])
}

deny_action contains msg if {
	some r in input.resource_changes
	r.type == "aws_iam_role_policy"
	some statement in statements(r.change.after.policy)
	statement.Effect == "Allow"
	some action in as_list(statement.Action)
	some pattern in data.iam_rules.denied
	regex.match(pattern, action)
	msg := sprintf("%s allows %s", [r.address, action])
}

warn_session contains msg if {
	some r in roles
	r.change.after.max_session_duration > data.iam_rules.session_s
	msg := sprintf("a session of %s may last %d seconds", [r.address, r.change.after.max_session_duration])
}

as_list(x) := x if is_array(x)

as_list(x) := [x] if is_string(x)
