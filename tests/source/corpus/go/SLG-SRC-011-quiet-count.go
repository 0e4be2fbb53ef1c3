package main

import (
	"log"

	"github.com/aws/aws-lambda-go/events"
)

func handle(event events.SQSEvent) error {
	log.Printf("records: %d", len(event.Records))
	return nil
}
