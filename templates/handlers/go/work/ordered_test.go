package work

import (
	"encoding/json"
	"maps"
	"testing"
	"time"

	"handler/edge"
)

func batch(records ...any) string {
	return written(object{"Records": records})
}

func with(record, changes object) object {
	changed := maps.Clone(record)
	maps.Copy(changed, changes)
	return changed
}

// failed is the record from which on all come again, and what was logged.
func failed(t *testing.T, handler edge.Handler, event string, left time.Duration) ([]string, string) {
	t.Helper()
	answer, log, err := send(handler, event, left)
	if err != nil {
		t.Fatal(err)
	}
	var given struct {
		BatchItemFailures []struct{ ItemIdentifier string }
	}
	if err := json.Unmarshal([]byte(written(answer)), &given); err != nil {
		t.Fatal(err)
	}
	if given.BatchItemFailures == nil {
		t.Fatalf("%v is no answer to a batch", answer)
	}
	numbers := []string{}
	for _, one := range given.BatchItemFailures {
		numbers = append(numbers, one.ItemIdentifier)
	}
	return numbers, log
}

func nothing() error {
	return nil
}
