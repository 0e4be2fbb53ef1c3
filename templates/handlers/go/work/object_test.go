package work

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"handler/edge"
)

const plenty = time.Minute

// listens is what the trigger names first.
func listens(t *testing.T) (bucket, prefix, suffix, happened string) {
	t.Helper()
	var trigger struct {
		Bucket string `json:"bucket"`
		Keys   []struct {
			Events         []string `json:"events"`
			Prefix, Suffix string
		} `json:"keys"`
	}
	text, err := os.ReadFile("../trigger.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &trigger); err != nil {
		t.Fatal(err)
	}
	first := trigger.Keys[0]
	return trigger.Bucket, first.Prefix, first.Suffix, first.Events[0]
}

// record is one of S3, of a key with this in the middle.
func record(t *testing.T, middle string) object {
	bucket, prefix, suffix, happened := listens(t)
	name := map[string]string{"created": "ObjectCreated:Put", "removed": "ObjectRemoved:Delete"}[happened]
	return object{
		"eventVersion": "2.1",
		"eventSource":  "aws:s3",
		"awsRegion":    "eu-west-1",
		"eventName":    name,
		"s3": object{
			"s3SchemaVersion": "1.0",
			"bucket":          object{"name": bucket, "arn": "arn:aws:s3:::bucket"},
			"object": object{
				"key":       prefix + middle + suffix,
				"size":      10,
				"eTag":      "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
				"versionId": "096fKKXTRTtl3on89fVO.nfljtsv6qko",
				"sequencer": "0055AED6DCD90281E5",
			},
		},
	}
}

// changed is a record with something else at a place.
func changed(t *testing.T, path string, value any) object {
	record := record(t, "a")
	place := record
	steps := strings.Split(path, ".")
	for _, step := range steps[:len(steps)-1] {
		place = place[step].(object)
	}
	place[steps[len(steps)-1]] = value
	return record
}

func event(records ...any) string {
	return written(object{"Records": records})
}

// handles says whether an event is handled; what fails says nothing of it.
func handles(t *testing.T, handler edge.Handler, event string, left time.Duration) bool {
	t.Helper()
	answer, log, err := send(handler, event, left)
	if leaks := leaked(t, log); len(leaks) > 0 {
		t.Errorf("%q: %s", leaks, log)
	}
	if err == nil && written(answer) == `{"status":"done"}` {
		return true
	}
	if err == nil || err.Error() != "an object was not handled; the log says why" {
		t.Errorf("%v %v", answer, err)
	}
	return false
}

// counted is a handler of the bucket that keeps what it handles.
func counted(t *testing.T, handled *[]edge.Changed, work func() error) edge.Handler {
	t.Helper()
	objects, err := edge.NewObjects((&memory{}).client(t), os.DirFS(".."))
	if err != nil {
		t.Fatal(err)
	}
	return func(ctx context.Context, event json.RawMessage) (any, error) {
		return objects.Take(ctx, event, func(_ context.Context, changed edge.Changed) error {
			*handled = append(*handled, changed)
			return work()
		})
	}
}

func nothing() error {
	return nil
}

func TestUnwrittenWorkFails(t *testing.T) {
	handler, err := New((&memory{}).client(t), os.DirFS(".."))
	if err != nil {
		t.Fatal(err)
	}
	if handles(t, handler, event(record(t, "a")), plenty) != (read(t, "samples.json")["written"] == true) {
		t.Error("what is written is handled, and only that")
	}
}

func TestAGoodObject(t *testing.T) {
	bucket, prefix, suffix, happened := listens(t)
	handled := []edge.Changed{}
	if !handles(t, counted(t, &handled, nothing), event(record(t, "a+b%20c%2Bd")), plenty) || len(handled) != 1 {
		t.Fatalf("%d handled", len(handled))
	}
	one := handled[0]
	// Decoded once: what was a plus is one.
	if one.Key != prefix+"a b c+d"+suffix || one.Bucket != bucket || one.Happened != happened || *one.Size != 10 {
		t.Errorf("%q %q %q", one.Key, one.Bucket, one.Happened)
	}
}

func TestAnObjectIsHandledOnce(t *testing.T) {
	handled := []edge.Changed{}
	handler := counted(t, &handled, nothing)
	for range 3 {
		if !handles(t, handler, event(record(t, "one"), record(t, "other")), plenty) {
			t.Error("it failed")
		}
	}
	if len(handled) != 2 {
		t.Errorf("%d handled", len(handled))
	}
}

func TestWhatIsGoodIsHandledBesideWhatIsNot(t *testing.T) {
	handled := []edge.Changed{}
	handler := counted(t, &handled, nothing)
	if handles(t, handler, event(record(t, "../x"), record(t, "a")), plenty) || len(handled) != 1 {
		t.Errorf("%d handled", len(handled))
	}
}

func TestWhatFailsOrPanicsIsTriedAgainAndSaysNothing(t *testing.T) {
	handled := []edge.Changed{}
	handler := counted(t, &handled, func() error {
		said := hostileStrings(t)[0]
		if len(handled) > 1 {
			panic(said)
		}
		return errors.New(said)
	})
	for range 2 {
		if handles(t, handler, event(record(t, "a")), plenty) {
			t.Error("it is taken for handled")
		}
	}
	if len(handled) != 2 {
		t.Errorf("%d handled", len(handled))
	}
}

func TestLittleTime(t *testing.T) {
	handled := []edge.Changed{}
	if handles(t, counted(t, &handled, nothing), event(record(t, "a")), 10*time.Millisecond) || len(handled) > 0 {
		t.Errorf("%d handled", len(handled))
	}
}

func TestHostileObjects(t *testing.T) {
	hostile := read(t, "hostile.json")
	records := map[string]any{
		"long key": record(t, strings.Repeat("x", 2000)),
		"no key":   changed(t, "s3.object", object{"sequencer": "00"}),
	}
	for name, text := range hostile["keys"].(object) {
		records["key "+name] = record(t, text.(string))
	}
	for name, text := range hostile["strings"].(object) {
		records["version "+name] = changed(t, "s3.object.versionId", text.(string)+"/")
		for _, path := range []string{
			"eventName", "eventSource", "awsRegion", "s3.bucket.name", "s3.object.sequencer", "s3.object.size",
		} {
			records[path+" "+name] = changed(t, path, text)
		}
	}
	for name, size := range map[string]any{
		"negative": -1, "large": json.Number("9223372036854775808"), "huge": 1e300, "true": true, "null": nil, "half": 1.5,
	} {
		records["size "+name] = changed(t, "s3.object.size", size)
	}
	if _, prefix, suffix, _ := listens(t); prefix != "" || suffix != "" {
		records["other key"] = changed(t, "s3.object.key", "other place/x")
	}
	events := map[string]string{}
	for name, value := range hostile["values"].(object) {
		records["record "+name] = value
		events["event "+name] = written(value)
		events["records "+name] = written(object{"Records": value})
	}
	for name, record := range records {
		events["of "+name] = event(record)
	}
	many := []any{}
	for range 1000 {
		many = append(many, record(t, "a"))
	}
	events["too many"] = event(many...)
	if len(events) < 25 {
		t.Fatal("there are too few hostile events")
	}
	handled := []edge.Changed{}
	handler := counted(t, &handled, nothing)
	for name, event := range events {
		if handles(t, handler, event, plenty) {
			t.Errorf("%s is handled", name)
		}
	}
	if len(handled) != 0 {
		t.Errorf("%d handled", len(handled))
	}
}
