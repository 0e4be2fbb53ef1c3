// Package edge stands between the event and the work: nothing of the event passes unchecked.
// It needs nothing but the standard library.
package edge

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"math"
	"time"
)

// Handler takes an event as it came.
type Handler = func(ctx context.Context, event json.RawMessage) (any, error)

type invocation struct {
	id, arn string
}

type invocationKey struct{}

// WithInvocation keeps the identifier of the invocation, which every line of the log names, and the
// function's ARN, which says where it runs.
func WithInvocation(ctx context.Context, id, arn string) context.Context {
	return context.WithValue(ctx, invocationKey{}, invocation{id, arn})
}

func idOf(ctx context.Context) string {
	this, _ := ctx.Value(invocationKey{}).(invocation)
	return this.id
}

// StartLog makes structured logs the only ones. What goes in is ours: never an event or a part of one.
func StartLog(out io.Writer) {
	slog.SetDefault(slog.New(slog.NewJSONHandler(out, &slog.HandlerOptions{Level: slog.LevelInfo})))
}

// left is how long the invocation may still take.
func left(ctx context.Context) time.Duration {
	deadline, ok := ctx.Deadline()
	if !ok {
		return math.MaxInt64
	}
	return time.Until(deadline)
}

// within does work for so long as is left when some of it is kept back, and no longer. What the work
// says when it panics goes nowhere.
func within(ctx context.Context, reserve time.Duration, work func(context.Context) error) error {
	spare := left(ctx) - reserve
	if spare <= 0 {
		return errTooLittleTime
	}
	ctx, cancel := context.WithTimeout(ctx, spare)
	defer cancel()
	done := make(chan error, 1)
	go func() {
		defer func() {
			if recover() != nil {
				done <- errPanicked
			}
		}()
		done <- work(ctx)
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return errTooLittleTime
	}
}
