package edge

import (
	"context"
	"encoding/json"
	"strings"
	"time"
)

// What a record needs at least; the rest of the batch is left for another invocation.
const recordReserve = 2 * time.Second

// stream is what the records of a stream are known by.
type stream struct {
	service string
	// Where in a record its number in the shard stands.
	part, number string
	// has says whether an ARN is that of the stream.
	has func(arn string) bool
}

type failedRecord struct {
	ItemIdentifier string `json:"itemIdentifier"`
}

// inOrder handles record by record; the first that failed is named, and Lambda goes on from there.
func inOrder(ctx context.Context, event json.RawMessage, stream stream, handle func(ctx context.Context, record any) error) any {
	records, ok := stream.records(event)
	if !ok {
		tell(ctx, refuse("this is no batch of the stream"))
		// An empty identifier hands the whole batch back.
		return failedFrom(failedRecord{})
	}
	for _, record := range records {
		err := within(ctx, recordReserve, func(ctx context.Context) error { return handle(ctx, record) })
		tell(ctx, err)
		if err != nil {
			return failedFrom(failedRecord{stream.numberOf(record)})
		}
	}
	return failedFrom()
}

func failedFrom(failures ...failedRecord) any {
	return map[string][]failedRecord{"batchItemFailures": append([]failedRecord{}, failures...)}
}

// records gives those of a batch, if each has an identifier and a number and is of the stream.
func (s stream) records(event json.RawMessage) ([]any, bool) {
	records, ok := recordsOf(event)
	for _, record := range records {
		ok = ok && isID(s.numberOf(record)) && isID(textIn(record, "eventID")) &&
			textIn(record, "eventSource") == s.service &&
			s.isNamed(textIn(record, "eventSourceARN"))
	}
	return records, ok
}

func (s stream) numberOf(record any) string {
	return textIn(record, s.part, s.number)
}

func (s stream) isNamed(arn string) bool {
	return strings.HasPrefix(arn, "arn:") && s.has(arn)
}
