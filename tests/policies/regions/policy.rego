# Rego 1: where the stack goes, and what it names elsewhere.
package regions

import rego.v1

deny contains msg if {
	not input.variables.region.value in data.region_rules.allowed
	msg := sprintf("the region %s is not allowed", [input.variables.region.value])
}

deny_elsewhere contains msg if {
	some r in input.resource_changes
	walk(r.change.after, [_, value])
	is_string(value)
	found := regex.find_n(`arn:aws:[a-z0-9-]+:[a-z]{2}-[a-z]+-[0-9]:`, value, -1)
	some arn in found
	region := split(arn, ":")[3]
	not region in data.region_rules.allowed
	msg := sprintf("%s names something in %s", [r.address, region])
}
