package edge

import (
	"bytes"
	"encoding/json"
	"reflect"
)

// Field is a field of a record, by the key that the schema gives it.
type Field struct {
	key string
	// Of a record that is read, where it goes.
	value any
}

// At is the field of a key.
func At(key string, value any) Field {
	return Field{key, value}
}

// Decode reads the fields of an object, each by exactly its key. What is none of them goes to rest, or is refused.
func Decode(text []byte, rest *map[string]any, fields ...Field) error {
	var given map[string]json.RawMessage
	if err := json.Unmarshal(text, &given); err != nil {
		return err
	}
	for _, field := range fields {
		value, ok := given[field.key]
		if !ok {
			continue
		}
		if err := decode(value, field.value); err != nil {
			return err
		}
		delete(given, field.key)
	}
	if rest == nil {
		if len(given) > 0 {
			return refuse("there is an unknown field")
		}
		return nil
	}
	*rest = map[string]any{}
	for key, text := range given {
		var value any
		if err := decode(text, &value); err != nil {
			return err
		}
		(*rest)[key] = value
	}
	return nil
}

// Encode writes the fields of an object, without those that are not there.
func Encode(rest map[string]any, fields ...Field) ([]byte, error) {
	object := map[string]any{}
	for key, value := range rest {
		object[key] = value
	}
	for _, field := range fields {
		if value := reflect.ValueOf(field.value); value.Kind() == reflect.Pointer && value.IsNil() {
			continue
		}
		object[field.key] = field.value
	}
	return encode(object)
}

// decode keeps numbers as they are written.
func decode(text []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	return decoder.Decode(into)
}

// encode leaves characters as they are: what it gives is no part of a page.
func encode(value any) ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, Failed("this is no JSON")
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}

// typed gives a checked value its type.
func typed[T any](value any) (T, error) {
	var as T
	text, err := encode(value)
	if err != nil {
		return as, err
	}
	if err := decode(text, &as); err != nil {
		return as, refuse("it has another type")
	}
	return as, nil
}

// objectOf gives a value as an object.
func objectOf(value any) (map[string]any, error) {
	text, err := encode(value)
	if err != nil {
		return nil, err
	}
	var object map[string]any
	if err := decode(text, &object); err != nil || object == nil {
		return nil, Failed("this is no object")
	}
	return object, nil
}
