# Rego 0, as most policies for Terraform are written.
package s3

import input as tfplan

buckets[name] = r {
	r := tfplan.resource_changes[_]
	r.type == "aws_s3_bucket"
	name := r.name
}

blocked[name] {
	r := tfplan.resource_changes[_]
	r.type == "aws_s3_bucket_public_access_block"
	r.change.after.block_public_acls
	r.change.after.block_public_policy
	r.change.after.ignore_public_acls
	r.change.after.restrict_public_buckets
	name := r.name
}

violation_public[msg] {
	r := buckets[name]
	not blocked[name]
	msg := sprintf("%v can be made public", [r.address])
}

deny_algorithm[msg] {
	r := tfplan.resource_changes[_]
	r.type == "aws_s3_bucket_server_side_encryption_configuration"
	algorithm := r.change.after.rule[_].apply_server_side_encryption_by_default[_].sse_algorithm
	not allowed[algorithm]
	msg := sprintf("%v encrypts with %v", [r.address, algorithm])
}

allowed[algorithm] {
	algorithm := data.s3_rules.algorithms[_]
}

deny_unversioned[msg] {
	r := buckets[name]
	not versioned[name]
	not exempt[name]
	msg := sprintf("%v keeps no versions", [r.address])
}

versioned[r.name] {
	r := tfplan.resource_changes[_]
	r.type == "aws_s3_bucket_versioning"
	r.change.after.versioning_configuration[_].status == "Enabled"
}

exempt[name] {
	name := data.s3_rules.unversioned[_]
}
