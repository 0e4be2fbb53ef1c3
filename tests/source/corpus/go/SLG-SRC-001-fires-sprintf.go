package main

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/aws/aws-lambda-go/events"
)

var db *sql.DB

func handle(ctx context.Context, request events.APIGatewayV2HTTPRequest) error {
	id := request.PathParameters["id"]
	query := fmt.Sprintf("SELECT total FROM orders WHERE id = '%s'", id)
	_, err := db.QueryContext(ctx, query) // fires
	return err
}
