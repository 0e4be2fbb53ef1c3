package main

import (
	"context"
	"os/exec"
)

func handle(ctx context.Context, event map[string]string) ([]byte, error) {
	return exec.CommandContext(ctx, event["program"], "-v").Output() // fires
}
