package edge

import (
	"encoding/json"
	"regexp"
)

var (
	numeral      = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]{1,3})?$`)
	errAttribute = refuse("this is no attribute")
)

// budget is how much text an item may still hold: one of a table has 400 KB at most.
type budget struct {
	left int
}

// streamed gives an item as values: a stream spells each attribute by its type. Sets are lists, numbers are as
// they were written, and bytes stay in base64.
func streamed(image any) (Item, error) {
	attributes, ok := image.(map[string]any)
	if !ok || len(attributes) == 0 {
		return nil, refuse("this is no item")
	}
	budget := &budget{2 * maxBytes}
	return budget.attributes(attributes, maxDepth)
}

func (b *budget) attributes(given map[string]any, depth int) (Item, error) {
	item := Item{}
	for key, attribute := range given {
		if _, err := b.text(key); err != nil {
			return nil, err
		}
		value, err := b.value(attribute, depth)
		if err != nil {
			return nil, err
		}
		item[key] = value
	}
	return item, nil
}

func (b *budget) value(attribute any, depth int) (any, error) {
	typed, ok := attribute.(map[string]any)
	if !ok || len(typed) != 1 || depth == 0 {
		return nil, errAttribute
	}
	for kind, value := range typed {
		switch kind {
		case "S", "B":
			return b.text(value)
		case "N":
			return b.number(value)
		case "SS", "BS":
			return each(value, b.text)
		case "NS":
			return each(value, b.number)
		case "L":
			return each(value, func(below any) (any, error) { return b.value(below, depth-1) })
		case "M":
			if below, ok := value.(map[string]any); ok {
				return b.attributes(below, depth-1)
			}
		case "BOOL":
			if value, ok := value.(bool); ok {
				return value, nil
			}
		case "NULL":
			if value == true {
				return nil, nil
			}
		}
	}
	return nil, errAttribute
}

func (b *budget) text(value any) (any, error) {
	text, ok := value.(string)
	if !ok {
		return nil, errAttribute
	}
	b.left -= len(text) + 1
	if b.left < 0 {
		return nil, errTooLarge
	}
	return text, nil
}

func (b *budget) number(value any) (any, error) {
	spelt, err := b.text(value)
	if err != nil {
		return nil, err
	}
	text, _ := spelt.(string)
	if !numeral.MatchString(text) || !isKept(text) {
		return nil, refuse("this is no number that is kept")
	}
	return json.Number(text), nil
}

func each(value any, read func(any) (any, error)) (any, error) {
	given, ok := value.([]any)
	if !ok {
		return nil, errAttribute
	}
	values := make([]any, len(given))
	for index, one := range given {
		read, err := read(one)
		if err != nil {
			return nil, err
		}
		values[index] = read
	}
	return values, nil
}
