package main

import (
	"os/exec"

	"github.com/aws/aws-lambda-go/events"
)

func handle(event events.S3Event) error {
	key := event.Records[0].S3.Object.Key
	return exec.Command("file", "--", key).Run()
}
