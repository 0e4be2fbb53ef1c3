package edge

import (
	"context"
	"encoding/json"
	"log/slog"
	"regexp"
	"time"
)

const runReserve = 5 * time.Second

// Run is one run of the schedule.
type Run struct {
	// Time is the one that the run is for; empty where the schedule does not say it.
	Time string
}

// HasTime says whether another step may begin.
func HasTime(ctx context.Context) bool {
	return ctx.Err() == nil && left(ctx) > 0
}

// Runs are what the schedule starts.
type Runs struct {
	once *Once
}

// NewRuns makes each time run once.
func NewRuns(client *Client) (*Runs, error) {
	once, err := NewOnce(client)
	return &Runs{once}, err
}

// What the schedule sends.
var moment = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$`)

// Do does the work once; an event that is not the schedule's does nothing.
func (r *Runs) Do(ctx context.Context, event json.RawMessage, work func(context.Context, Run) error) (any, error) {
	run, err := run(event)
	if err != nil {
		slog.Error("refused", "request_id", idOf(ctx), "fault", Said(err))
		return status("refused"), nil
	}
	// Without a time, what is repeated is known by its request.
	key := run.Time
	if key == "" {
		key = idOf(ctx)
	}
	err = within(ctx, runReserve, func(ctx context.Context) error {
		return r.once.Run(ctx, key, func() error { return work(ctx, run) })
	})
	if err != nil {
		slog.Error("failed", "request_id", idOf(ctx), "fault", Said(err))
		// An error, so that it is tried again and the alarm on errors hears of it.
		return nil, Failed("the run failed; the log says why")
	}
	slog.Info("done", "request_id", idOf(ctx))
	return status("done"), nil
}

func run(event json.RawMessage) (Run, error) {
	given, err := parse(event)
	if err != nil {
		return Run{}, err
	}
	object, ok := given.(map[string]any)
	if !ok {
		return Run{}, refuse("this is no event of a schedule")
	}
	if len(object) == 0 {
		return Run{}, nil
	}
	at, ok := object["time"].(string)
	if !ok || len(object) > 1 || !moment.MatchString(at) {
		return Run{}, refuse("this is no event of a schedule")
	}
	return Run{at}, nil
}

func status(word string) any {
	return map[string]string{"status": word}
}
