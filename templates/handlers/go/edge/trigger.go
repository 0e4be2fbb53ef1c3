package edge

import (
	"context"
	"io/fs"
	"strings"
)

var errTrigger = Failed("trigger.json cannot be used")

// readTrigger reads what the manifest's trigger names.
func readTrigger(files fs.FS, into any) error {
	text, err := fs.ReadFile(files, "trigger.json")
	if err != nil || decode(text, into) != nil {
		return errTrigger
	}
	return nil
}

// envelope is a schema of ours.
func envelope(text string) (*Schema, error) {
	var root any
	if decode([]byte(text), &root) != nil {
		return nil, errSchema
	}
	return NewSchema(root)
}

// place gives the region and the account that the function is in; empty where nothing tells.
func place(ctx context.Context) (region, account string) {
	this, _ := ctx.Value(invocationKey{}).(invocation)
	parts := strings.Split(this.arn, ":")
	if len(parts) < 7 {
		return "", ""
	}
	return parts[3], parts[4]
}
