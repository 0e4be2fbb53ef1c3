package edge

import (
	"encoding/json"
	"io/fs"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// How many schemas may be inside each other while a value is checked: one that refers to itself ends here.
const maxSchemas = 128

// Schema is a JSON Schema (2020-12). A keyword that is not known here makes it unusable: what is not
// understood is never taken for checked.
type Schema struct {
	root     any
	patterns map[string]*regexp.Regexp
}

// keywords are those that are checked, each by what holds of its value; those that only tell something are true.
var keywords = map[string]bool{
	"$comment": true, "$defs": true, "$id": true, "$schema": true, "default": true, "deprecated": true,
	"description": true, "examples": true, "readOnly": true, "title": true, "writeOnly": true,
	"$ref": false, "additionalProperties": false, "allOf": false, "anyOf": false, "const": false,
	"contains": false, "dependentRequired": false, "else": false, "enum": false, "exclusiveMaximum": false,
	"exclusiveMinimum": false, "format": false, "if": false, "items": false, "maxContains": false,
	"maxItems": false, "maxLength": false, "maxProperties": false, "maximum": false, "minContains": false,
	"minItems": false, "minLength": false, "minProperties": false, "minimum": false, "multipleOf": false,
	"not": false, "oneOf": false, "pattern": false, "patternProperties": false, "prefixItems": false,
	"properties": false, "propertyNames": false, "required": false, "then": false, "type": false,
	"uniqueItems": false,
}

var errSchema = Failed("a schema cannot be used")

// ReadSchema reads the schema of a file.
func ReadSchema(files fs.FS, name string) (*Schema, error) {
	text, err := fs.ReadFile(files, name)
	if err != nil {
		return nil, Failed("a schema is not there")
	}
	var root any
	if err := decode(text, &root); err != nil {
		return nil, errSchema
	}
	return NewSchema(root)
}

// NewSchema takes a schema that is decoded, with numbers as they are written.
func NewSchema(root any) (*Schema, error) {
	schema := &Schema{root, map[string]*regexp.Regexp{}}
	if err := schema.prepare(root, maxDepth); err != nil {
		return nil, err
	}
	return schema, nil
}

// Check says whether the schema takes a value.
func (s *Schema) Check(value any) error {
	if s.takes(s.root, value, maxSchemas) {
		return nil
	}
	return refuse("the schema does not take it")
}

// prepare holds a schema and those below it against the keywords, and compiles their patterns.
func (s *Schema) prepare(schema any, depth int) error {
	if depth == 0 {
		return errSchema
	}
	if _, ok := schema.(bool); ok {
		return nil
	}
	object, ok := schema.(map[string]any)
	if !ok {
		return errSchema
	}
	for key, value := range object {
		if _, known := keywords[key]; !known {
			return errSchema
		}
		var err error
		switch key {
		case "$ref":
			if _, ok := s.target(value); !ok {
				return errSchema
			}
		case "pattern":
			err = s.compile(value)
		case "format":
			if name, ok := value.(string); !ok || formats[name] == nil {
				return errSchema
			}
		case "$defs", "properties", "patternProperties":
			err = s.prepareAll(key, value, depth)
		case "allOf", "anyOf", "oneOf", "prefixItems":
			all, ok := value.([]any)
			if !ok {
				return errSchema
			}
			for _, below := range all {
				if err := s.prepare(below, depth-1); err != nil {
					return err
				}
			}
		case "additionalProperties", "contains", "else", "if", "items", "not", "propertyNames", "then":
			err = s.prepare(value, depth-1)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Schema) prepareAll(key string, value any, depth int) error {
	all, ok := value.(map[string]any)
	if !ok {
		return errSchema
	}
	for name, below := range all {
		if key == "patternProperties" {
			if err := s.compile(name); err != nil {
				return err
			}
		}
		if err := s.prepare(below, depth-1); err != nil {
			return err
		}
	}
	return nil
}

func (s *Schema) compile(value any) error {
	text, ok := value.(string)
	if !ok {
		return errSchema
	}
	pattern, err := regexp.Compile(text)
	if err != nil {
		return errSchema
	}
	s.patterns[text] = pattern
	return nil
}

// matches is false where a reference leads to what is no schema, so that nothing was compiled.
func (s *Schema) matches(pattern, text string) bool {
	compiled, ok := s.patterns[pattern]
	return ok && compiled.MatchString(text)
}

// target is what a reference inside of the file leads to.
func (s *Schema) target(reference any) (any, bool) {
	text, ok := reference.(string)
	pointer, inside := strings.CutPrefix(text, "#")
	if !ok || !inside {
		return nil, false
	}
	at := s.root
	if pointer == "" {
		return at, true
	}
	unescape := strings.NewReplacer("~1", "/", "~0", "~")
	for _, part := range strings.Split(pointer, "/")[1:] {
		object, ok := at.(map[string]any)
		if !ok {
			return nil, false
		}
		if at, ok = object[unescape.Replace(part)]; !ok {
			return nil, false
		}
	}
	return at, true
}

func (s *Schema) takes(schema, value any, depth int) bool {
	if always, ok := schema.(bool); ok {
		return always
	}
	object, ok := schema.(map[string]any)
	if !ok || depth == 0 {
		return false
	}
	below := func(schema, value any) bool { return s.takes(schema, value, depth-1) }
	if reference, ok := object["$ref"]; ok {
		if target, found := s.target(reference); !found || !below(target, value) {
			return false
		}
	}
	if kinds, ok := object["type"]; ok && !isOfType(kinds, value) {
		return false
	}
	if constant, ok := object["const"]; ok && !same(constant, value) {
		return false
	}
	if listed, ok := object["enum"].([]any); ok {
		if !slices.ContainsFunc(listed, func(one any) bool { return same(one, value) }) {
			return false
		}
	}
	if !composed(object, value, below) {
		return false
	}
	switch value := value.(type) {
	case string:
		return s.takesText(object, value)
	case json.Number:
		return takesNumber(object, value)
	case []any:
		return takesList(object, value, below)
	case map[string]any:
		return s.takesObject(object, value, below)
	}
	return true
}

type check = func(schema, value any) bool

func composed(schema map[string]any, value any, takes check) bool {
	count := func(key string) (hits, all int) {
		schemas, _ := schema[key].([]any)
		for _, one := range schemas {
			if takes(one, value) {
				hits++
			}
		}
		return hits, len(schemas)
	}
	if hits, all := count("allOf"); hits != all {
		return false
	}
	if hits, all := count("anyOf"); all > 0 && hits == 0 {
		return false
	}
	if hits, all := count("oneOf"); all > 0 && hits != 1 {
		return false
	}
	if not, ok := schema["not"]; ok && takes(not, value) {
		return false
	}
	condition, ok := schema["if"]
	if !ok {
		return true
	}
	branch := "else"
	if takes(condition, value) {
		branch = "then"
	}
	then, ok := schema[branch]
	return !ok || takes(then, value)
}

func (s *Schema) takesText(schema map[string]any, value string) bool {
	if !isWithin(schema, "minLength", "maxLength", utf8.RuneCountInString(value)) {
		return false
	}
	if pattern, ok := schema["pattern"].(string); ok && !s.matches(pattern, value) {
		return false
	}
	format, ok := schema["format"].(string)
	return !ok || formats[format] != nil && formats[format](value)
}

func takesNumber(schema map[string]any, value json.Number) bool {
	number := rational(value)
	if number == nil {
		return false
	}
	for key, holds := range map[string]func(order int) bool{
		"minimum":          func(order int) bool { return order >= 0 },
		"maximum":          func(order int) bool { return order <= 0 },
		"exclusiveMinimum": func(order int) bool { return order > 0 },
		"exclusiveMaximum": func(order int) bool { return order < 0 },
	} {
		if bound, ok := schema[key]; ok {
			bound := rational(bound)
			if bound == nil || !holds(number.Cmp(bound)) {
				return false
			}
		}
	}
	if step, ok := schema["multipleOf"]; ok {
		step := rational(step)
		return step != nil && step.Sign() > 0 && new(big.Rat).Quo(number, step).IsInt()
	}
	return true
}

func takesList(schema map[string]any, values []any, takes check) bool {
	if !isWithin(schema, "minItems", "maxItems", len(values)) {
		return false
	}
	prefix, _ := schema["prefixItems"].([]any)
	items, rest := schema["items"]
	contains, counts := schema["contains"]
	hits := 0
	for index, value := range values {
		switch {
		case index < len(prefix):
			if !takes(prefix[index], value) {
				return false
			}
		case rest && !takes(items, value):
			return false
		}
		if counts && takes(contains, value) {
			hits++
		}
	}
	if _, ok := schema["minContains"]; counts && !ok && hits == 0 {
		return false
	}
	if counts && !isWithin(schema, "minContains", "maxContains", hits) {
		return false
	}
	if unique, _ := schema["uniqueItems"].(bool); unique {
		for index, value := range values {
			if slices.ContainsFunc(values[:index], func(one any) bool { return same(one, value) }) {
				return false
			}
		}
	}
	return true
}

func (s *Schema) takesObject(schema, value map[string]any, takes check) bool {
	if !isWithin(schema, "minProperties", "maxProperties", len(value)) || !hasAll(schema["required"], value) {
		return false
	}
	dependent, _ := schema["dependentRequired"].(map[string]any)
	for key, needed := range dependent {
		if _, ok := value[key]; ok && !hasAll(needed, value) {
			return false
		}
	}
	properties, _ := schema["properties"].(map[string]any)
	patterns, _ := schema["patternProperties"].(map[string]any)
	additional, closed := schema["additionalProperties"]
	names, named := schema["propertyNames"]
	for key, field := range value {
		if named && !takes(names, key) {
			return false
		}
		property, known := properties[key]
		if known && !takes(property, field) {
			return false
		}
		for pattern, property := range patterns {
			if s.matches(pattern, key) {
				known = true
				if !takes(property, field) {
					return false
				}
			}
		}
		if !known && closed && !takes(additional, field) {
			return false
		}
	}
	return true
}

func hasAll(needed any, value map[string]any) bool {
	names, _ := needed.([]any)
	for _, name := range names {
		name, _ := name.(string)
		if _, ok := value[name]; !ok {
			return false
		}
	}
	return true
}

func isWithin(schema map[string]any, least, most string, count int) bool {
	number := new(big.Rat).SetInt64(int64(count))
	if bound, ok := schema[least]; ok {
		if bound := rational(bound); bound == nil || number.Cmp(bound) < 0 {
			return false
		}
	}
	if bound, ok := schema[most]; ok {
		if bound := rational(bound); bound == nil || number.Cmp(bound) > 0 {
			return false
		}
	}
	return true
}

func isOfType(kinds, value any) bool {
	if all, ok := kinds.([]any); ok {
		return slices.ContainsFunc(all, func(kind any) bool { return isOfType(kind, value) })
	}
	switch value := value.(type) {
	case nil:
		return kinds == "null"
	case bool:
		return kinds == "boolean"
	case string:
		return kinds == "string"
	case []any:
		return kinds == "array"
	case map[string]any:
		return kinds == "object"
	case json.Number:
		if kinds != "integer" {
			return kinds == "number"
		}
		number := rational(value)
		return number != nil && number.IsInt()
	}
	return false
}

// same compares as JSON does: numbers by what they are worth.
func same(a, b any) bool {
	switch a := a.(type) {
	case json.Number:
		b, ok := b.(json.Number)
		left, right := rational(a), rational(b)
		return ok && left != nil && right != nil && left.Cmp(right) == 0
	case []any:
		b, ok := b.([]any)
		return ok && slices.EqualFunc(a, b, same)
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for key, value := range a {
			if other, ok := b[key]; !ok || !same(value, other) {
				return false
			}
		}
		return true
	}
	return a == b
}

// rational is a number as it was written, if it is one of those that parse takes.
func rational(value any) *big.Rat {
	text, ok := value.(json.Number)
	if !ok || !isKept(text.String()) {
		return nil
	}
	number, ok := new(big.Rat).SetString(text.String())
	if !ok {
		return nil
	}
	return number
}
