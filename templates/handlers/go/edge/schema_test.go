package edge

import (
	"strings"
	"testing"
)

func schemaOf(t *testing.T, text string) (*Schema, error) {
	t.Helper()
	var root any
	if err := decode([]byte(text), &root); err != nil {
		t.Fatal(err)
	}
	return NewSchema(root)
}

func TestWhatASchemaTakes(t *testing.T) {
	for _, test := range []struct {
		schema         string
		takes, refuses []string
	}{
		{`{"type": "integer"}`, []string{`1`, `1.0`, `-5`, `1e2`}, []string{`1.5`, `"1"`, `true`, `null`, `[]`}},
		{`{"type": ["string", "null"]}`, []string{`""`, `null`}, []string{`0`, `{}`}},
		{`{"type": "string", "minLength": 2, "maxLength": 3}`, []string{`"ab"`, `"äöü"`, `"💩💩"`}, []string{`"a"`, `"abcd"`}},
		{`{"type": "string", "pattern": "^a+$"}`, []string{`"aa"`}, []string{`"b"`, `"a\n"`, `""`}},
		{`{"minimum": 1, "exclusiveMaximum": 2.5}`, []string{`1`, `2.4`, `"x"`}, []string{`0.9`, `2.5`}},
		{`{"multipleOf": 0.01}`, []string{`0.07`, `3`, `19.99`}, []string{`0.075`}},
		{`{"enum": [1, "a", {"b": [2]}]}`, []string{`1.0`, `"a"`, `{"b": [2.0]}`}, []string{`2`, `"b"`, `{}`}},
		{`{"const": null}`, []string{`null`}, []string{`0`, `""`, `false`}},
		{`{"items": {"type": "string"}, "minItems": 1, "uniqueItems": true}`, []string{`["a"]`}, []string{`[]`, `[1]`, `["a", "a"]`}},
		{`{"prefixItems": [{"type": "string"}], "items": false}`, []string{`[]`, `["a"]`}, []string{`[1]`, `["a", 1]`}},
		{`{"contains": {"const": 1}, "maxContains": 1}`, []string{`[1]`, `[1, 2]`}, []string{`[]`, `[2]`, `[1, 1]`}},
		{
			`{"type": "object", "required": ["a"], "additionalProperties": false, "properties": {"a": {}}}`,
			[]string{`{"a": 1}`},
			[]string{`{}`, `{"a": 1, "b": 1}`, `{"A": 1}`, `[]`},
		},
		{`{"patternProperties": {"^x": {"type": "string"}}, "additionalProperties": {"type": "null"}}`, []string{`{"x1": "", "y": null}`}, []string{`{"x1": 1}`, `{"y": 1}`}},
		{`{"propertyNames": {"maxLength": 2}, "maxProperties": 1}`, []string{`{"ab": 1}`}, []string{`{"abc": 1}`, `{"a": 1, "b": 2}`}},
		{`{"dependentRequired": {"a": ["b"]}}`, []string{`{}`, `{"a": 1, "b": 1}`}, []string{`{"a": 1}`}},
		{`{"oneOf": [{"minimum": 1}, {"maximum": 3}]}`, []string{`0`, `4`}, []string{`2`}},
		{`{"anyOf": [{"const": 1}, {"const": 2}], "not": {"const": 2}}`, []string{`1`}, []string{`2`, `3`}},
		{`{"if": {"const": 1}, "then": false, "else": {"type": "integer"}}`, []string{`2`}, []string{`1`, `"a"`}},
		{`{"$ref": "#/$defs/a", "$defs": {"a": {"type": "string"}}}`, []string{`""`}, []string{`1`}},
		{`{"type": "object", "properties": {"a": {"$ref": "#"}}}`, []string{`{"a": {"a": {}}}`}, []string{`{"a": 1}`}},
		// What refers to itself takes nothing.
		{`{"$ref": "#"}`, nil, []string{`1`, `{}`}},
		{`{"format": "date"}`, []string{`"2026-02-28"`, `1`}, []string{`"2026-02-30"`, `""`, `"2026-2-3"`}},
		{`{"format": "date-time"}`, []string{`"2026-03-01T03:00:00Z"`}, []string{`"2026-03-01 03:00:00"`, `"now"`}},
		{`{"format": "email"}`, []string{`"a@example.com"`}, []string{`"A <a@example.com>"`, `"a"`}},
		{`{"format": "ipv4"}`, []string{`"192.0.2.1"`}, []string{`"::1"`, `"192.0.2.256"`}},
		{`{"format": "uri"}`, []string{`"https://example.com/"`}, []string{`"/x"`, `"%"`}},
		{`{"format": "uuid"}`, []string{`"00000000-0000-4000-8000-000000000001"`}, []string{`"0"`}},
		{`false`, nil, []string{`null`}},
	} {
		schema, err := schemaOf(t, test.schema)
		if err != nil {
			t.Errorf("%s: %v", test.schema, err)
			continue
		}
		for _, text := range test.takes {
			if value, err := parse([]byte(text)); err != nil || schema.Check(value) != nil {
				t.Errorf("%s does not take %s", test.schema, text)
			}
		}
		for _, text := range test.refuses {
			if value, err := parse([]byte(text)); err != nil || schema.Check(value) == nil {
				t.Errorf("%s takes %s", test.schema, text)
			}
		}
	}
}

func TestWhatIsNotUnderstoodIsNoSchema(t *testing.T) {
	for _, text := range []string{
		`{"maxLenght": 1}`, `{"properties": {"a": {"unevaluatedProperties": false}}}`, `{"pattern": "("}`,
		`{"pattern": "(?=a)"}`, `{"format": "colour"}`, `{"$ref": "https://example.com/"}`, `{"$ref": "#/none"}`,
		`{"items": [true]}`, `1`, `{"allOf": {}}`,
	} {
		if _, err := schemaOf(t, text); err == nil {
			t.Errorf("%s is taken for a schema", text)
		}
	}
}

func TestPlainJSON(t *testing.T) {
	for _, text := range []string{
		`{}`, `[1, 1.5, -0, 9223372036854775807]`, `"\ud83d\udca9 \\ud800 \u0041"`, `"ſ"`, strings.Repeat("[", 32) + strings.Repeat("]", 32),
	} {
		if _, err := parse([]byte(text)); err != nil {
			t.Errorf("%s is refused", text)
		}
	}
	for _, text := range []string{
		``, `{`, `{} {}`, `{"a": 1, "a": 1}`, `{"a": 1, "\u0061": 2}`, `"\ud800"`, `"\udca9\ud83d"`, `"\ud800\u0041"`, "\"\xff\"",
		`1e400`, `9223372036854775808`, `1e-200`, `NaN`, `01`, strings.Repeat("[", 33) + strings.Repeat("]", 33),
		"\ufeff{}", `[1,]`, `// x`, `"` + strings.Repeat("x", maxBytes) + `"`,
	} {
		if _, err := parse([]byte(text)); err == nil {
			t.Errorf("%.80s is taken", text)
		}
	}
}
