package work

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"slices"
	"testing"
	"time"

	"handler/edge"
)

const plenty = 10 * time.Second

// inOrder gives the routes: those that store come first, those that remove last.
func inOrder(samples object) []string {
	rank := func(key string) int {
		switch samples[key].(object)["status"] {
		case 201.0:
			return 0
		case 204.0:
			return 2
		}
		return 1
	}
	return slices.SortedFunc(maps.Keys(samples), func(a, b string) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a, b))
	})
}

func event(key string, sample object, caller string) object {
	event := object{
		"version":               "2.0",
		"routeKey":              key,
		"headers":               object{"content-type": "application/json"},
		"pathParameters":        sample["path"],
		"queryStringParameters": sample["query"],
		"requestContext": object{"authorizer": object{
			"jwt": object{"claims": object{"sub": caller}},
			"iam": object{"userArn": caller},
		}},
		"isBase64Encoded": false,
	}
	if sample["body"] != nil {
		event["body"] = written(sample["body"])
	}
	return event
}

func with(event object, name string, value any) object {
	event = maps.Clone(event)
	event[name] = value
	return event
}

// ask gives status, body and what was logged.
func ask(t *testing.T, memory *memory, event any, left time.Duration) (int, string, string) {
	t.Helper()
	handler, err := New(memory.client(t), os.DirFS(".."))
	if err != nil {
		t.Fatal(err)
	}
	answer, log, err := send(handler, written(event), left)
	if err != nil {
		t.Fatal(err)
	}
	response := answer.(object)
	return response["statusCode"].(int), response["body"].(string), log
}

// isPlain says whether an answer tells nothing but that it is none.
func isPlain(t *testing.T, body string) bool {
	keys := slices.Sorted(maps.Keys(parsed(t, body)))
	return slices.Equal(keys, []string{"message", "request_id"})
}

func TestGoodRequests(t *testing.T) {
	samples, memory := read(t, "samples.json"), &memory{}
	for _, key := range inOrder(samples) {
		sample := samples[key].(object)
		status, body, log := ask(t, memory, event(key, sample, "a"), plenty)
		if float64(status) != sample["status"] {
			t.Errorf("%s: %d %s", key, status, log)
		}
		if status == 200 && parsed(t, body)["owner_sub"] != nil {
			t.Errorf("%s: %s", key, body)
		}
	}
}

func TestAnotherCaller(t *testing.T) {
	samples, memory := read(t, "samples.json"), &memory{}
	for _, key := range inOrder(samples) {
		if sample := samples[key].(object); sample["status"] == 201.0 {
			ask(t, memory, event(key, sample, "a"), plenty)
		}
	}
	for _, key := range inOrder(samples) {
		sample := samples[key].(object)
		if sample["owned"] != true {
			continue
		}
		status, body, _ := ask(t, memory, event(key, sample, "b"), plenty)
		if status != 404 || !isPlain(t, body) {
			t.Errorf("%s: %d %s", key, status, body)
		}
	}
}

func TestNoCaller(t *testing.T) {
	samples := read(t, "samples.json")
	nobody := []any{
		object{}, nil, []any{},
		object{"authorizer": object{"jwt": object{"claims": object{"sub": 1}}}},
		object{"authorizer": object{"jwt": object{"claims": object{"sub": ""}}, "iam": object{"userArn": ""}}},
	}
	for _, key := range inOrder(samples) {
		sample := samples[key].(object)
		if sample["authenticated"] != true {
			continue
		}
		for _, context := range nobody {
			event := with(event(key, sample, "a"), "requestContext", context)
			if status, _, _ := ask(t, &memory{}, event, plenty); status != 400 && status != 401 {
				t.Errorf("%s: %d for %v", key, status, context)
			}
		}
	}
}

func TestLittleTime(t *testing.T) {
	samples := read(t, "samples.json")
	for _, key := range inOrder(samples) {
		event := event(key, samples[key].(object), "a")
		if status, _, _ := ask(t, &memory{}, event, 10*time.Millisecond); status != 503 {
			t.Errorf("%s: %d", key, status)
		}
	}
}

func TestWhatFailsOrPanicsSaysNothing(t *testing.T) {
	samples := read(t, "samples.json")
	api, err := edge.LoadAPI(os.DirFS(".."))
	if err != nil {
		t.Fatal(err)
	}
	for _, said := range hostileStrings(t) {
		for _, work := range []func() error{
			func() error { return errors.New(said) },
			func() error { panic(said) },
		} {
			handler := func(ctx context.Context, event json.RawMessage) (any, error) {
				return api.Answer(ctx, event, func(context.Context, *edge.Request) (*edge.Response, error) {
					return nil, work()
				}), nil
			}
			key := inOrder(samples)[0]
			answer, log, err := send(handler, written(event(key, samples[key].(object), "a")), plenty)
			if err != nil {
				t.Fatal(err)
			}
			response := answer.(object)
			body := response["body"].(string)
			if leaks := leaked(t, body+log); response["statusCode"] != 500 || !isPlain(t, body) || len(leaks) > 0 {
				t.Errorf("%v %q %s", response, leaks, log)
			}
		}
	}
}

func TestHostileRequests(t *testing.T) {
	samples := read(t, "samples.json")
	for _, key := range inOrder(samples) {
		sample := samples[key].(object)
		good := event(key, sample, "a")
		events := slices.Collect(maps.Values(read(t, "hostile.json")["values"].(object)))
		if body, ok := sample["body"].(object); ok {
			for _, text := range hostileTexts(t, body) {
				events = append(events, with(good, "body", text))
			}
		}
		for _, text := range hostileStrings(t) {
			path := maps.Clone(sample["path"].(object))
			path["unknown"] = text
			events = append(events,
				with(good, "pathParameters", path),
				with(good, "queryStringParameters", object{text: text}),
				with(good, "routeKey", text))
		}
		for _, event := range events {
			status, body, log := ask(t, &memory{}, event, plenty)
			if status != 400 && status != 404 && status != 413 || !isPlain(t, body) {
				t.Errorf("%d %s: %v", status, body, event)
			}
			if leaks := leaked(t, body+log); len(leaks) > 0 {
				t.Errorf("%q: %s %s", leaks, body, log)
			}
		}
	}
}
