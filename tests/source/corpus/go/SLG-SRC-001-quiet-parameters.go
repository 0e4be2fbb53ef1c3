package main

import (
	"context"
	"database/sql"

	"github.com/aws/aws-lambda-go/events"
)

var db *sql.DB

func handle(ctx context.Context, request events.APIGatewayV2HTTPRequest) error {
	id := request.PathParameters["id"]
	_, err := db.QueryContext(ctx, "SELECT total FROM orders WHERE id = $1", id)
	return err
}
