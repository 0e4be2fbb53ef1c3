# Rego 0, over planned values.
package tags

resources[address] = r {
	walk(input.planned_values, [path, r])
	path[count(path) - 2] == "resources"
	address := r.address
}

deny[msg] {
	r := resources[_]
	r.values.tags_all
	required := data.tag_rules.required[_]
	not r.values.tags_all[required]
	msg := sprintf("%v.%v has no tag %v", [r.type, r.name, required])
}

deny_value[msg] {
	r := resources[_]
	value := r.values.tags_all.Environment
	not regex.match(data.tag_rules.environment, value)
	msg := sprintf("%v.%v: the tag Environment is %v", [r.type, r.name, value])
}
