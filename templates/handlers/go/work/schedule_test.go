package work

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"handler/edge"
)

const plenty = 5 * time.Minute

// runs is a handler whose work is replaced.
func runs(t *testing.T, work func() error) edge.Handler {
	t.Helper()
	runs, err := edge.NewRuns((&memory{}).client(t))
	if err != nil {
		t.Fatal(err)
	}
	return func(ctx context.Context, event json.RawMessage) (any, error) {
		return runs.Do(ctx, event, func(context.Context, edge.Run) error { return work() })
	}
}

func TestARun(t *testing.T) {
	handler, err := New((&memory{}).client(t))
	if err != nil {
		t.Fatal(err)
	}
	_, log, err := send(handler, `{"time": "2026-03-01T03:00:00Z"}`, plenty)
	if (err == nil) != (read(t, "samples.json")["written"] == true) {
		t.Errorf("%v %s", err, log)
	}
}

func TestATimeIsRunOnce(t *testing.T) {
	made := 0
	handler := runs(t, func() error {
		made++
		return nil
	})
	for _, event := range []string{`{"time": "2026-03-02T03:00:00Z"}`, `{"time": "2026-03-02T03:00:00Z"}`, `{}`} {
		answer, _, err := send(handler, event, plenty)
		if err != nil || written(answer) != `{"status":"done"}` {
			t.Errorf("%v %v", answer, err)
		}
	}
	if made != 2 {
		t.Errorf("%d runs", made)
	}
}

func TestWhatFailsOrPanicsIsTriedAgainAndSaysNothing(t *testing.T) {
	said := strings.Join(hostileStrings(t), "")
	for _, work := range []func() error{
		func() error { return edge.ErrNotFound },
		func() error { return errors.New(said) },
		func() error { panic(said) },
	} {
		_, log, err := send(runs(t, work), `{"time": "2026-03-03T03:00:00Z"}`, plenty)
		if err == nil || err.Error() != "the run failed; the log says why" {
			t.Errorf("%v", err)
		}
		if leaks := leaked(t, log); len(leaks) > 0 {
			t.Errorf("%q: %s", leaks, log)
		}
	}
}

func TestLittleTime(t *testing.T) {
	handler := runs(t, func() error {
		t.Error("it ran")
		return nil
	})
	if _, _, err := send(handler, `{}`, 10*time.Millisecond); err == nil {
		t.Error("it is taken for done")
	}
}

func TestHostileEvents(t *testing.T) {
	events := slices.Collect(maps.Values(read(t, "hostile.json")["values"].(object)))
	for _, text := range hostileStrings(t) {
		events = append(events, object{"time": text}, object{text: 1})
	}
	events = append(events, object{"time": "2026-03-01T03:00:00Z", "more": 1})
	if len(events) < 25 {
		t.Fatal("there are too few hostile events")
	}
	handler := runs(t, func() error {
		t.Error("it ran")
		return nil
	})
	for _, event := range events {
		answer, log, err := send(handler, written(event), plenty)
		if err != nil || written(answer) != `{"status":"refused"}` {
			t.Errorf("%v: %v %v", event, answer, err)
		}
		if leaks := leaked(t, log); len(leaks) > 0 {
			t.Errorf("%q: %s", leaks, log)
		}
	}
}
