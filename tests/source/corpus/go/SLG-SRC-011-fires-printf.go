package main

import (
	"log"

	"github.com/aws/aws-lambda-go/events"
)

func handle(event events.SQSEvent) error {
	log.Printf("event: %+v", event) // fires
	return nil
}
