package main

import (
	"database/sql"

	"github.com/aws/aws-lambda-go/events"
)

var db *sql.DB

func remove(name string) error {
	_, err := db.Exec("DELETE FROM orders WHERE name = '" + name + "'") // fires
	return err
}

func handle(event events.SQSEvent) error {
	for _, record := range event.Records {
		if err := remove(record.Body); err != nil {
			return err
		}
	}
	return nil
}
