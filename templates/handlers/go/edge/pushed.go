package edge

import (
	"context"
	"encoding/json"
	"log/slog"
)

const (
	// Lambda sends 6 MB at most.
	maxEvent = 6 << 20
	// An item is nested twice as deep as its value, in an event around it.
	maxEventDepth = 4 * maxDepth
	// Identifiers of records and messages are shorter.
	maxID = 256
)

// wholeEvent reads an event as strictly as what it holds.
func wholeEvent(event json.RawMessage) (any, error) {
	return parseWithin(event, maxEvent, maxEventDepth)
}

// recordsOf gives the records of an event.
func recordsOf(event json.RawMessage) ([]any, bool) {
	given, err := wholeEvent(event)
	if err != nil {
		return nil, false
	}
	records, ok := in(given, "Records").([]any)
	return records, ok
}

// in is what stands at a place in objects; nil where there is no such place.
func in(value any, path ...string) any {
	for _, key := range path {
		object, _ := value.(map[string]any)
		value = object[key]
	}
	return value
}

// textIn is the text at a place; empty where there is none.
func textIn(value any, path ...string) string {
	text, _ := in(value, path...).(string)
	return text
}

func isID(text string) bool {
	return text != "" && len(text) <= maxID
}

// checked gives what a text says, if the schema takes it, as its type.
func checked[T any](schema *Schema, text []byte) (T, error) {
	var none T
	value, err := parse(text)
	if err != nil {
		return none, err
	}
	if err := schema.Check(value); err != nil {
		return none, err
	}
	return typed[T](value)
}

// tell logs how something ended, in words of ours.
func tell(ctx context.Context, err error) {
	switch kind := kindOf(err); {
	case err == nil:
		slog.Info("handled", "request_id", idOf(ctx))
	case kind == refused || kind == tooLarge:
		slog.Warn("refused", "request_id", idOf(ctx), "fault", Said(err))
	default:
		slog.Error("failed", "request_id", idOf(ctx), "fault", Said(err))
	}
}
