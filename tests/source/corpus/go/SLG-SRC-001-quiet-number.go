package main

import (
	"database/sql"
	"fmt"
	"strconv"

	"github.com/aws/aws-lambda-go/events"
)

var db *sql.DB

func handle(request events.APIGatewayV2HTTPRequest) error {
	limit, err := strconv.Atoi(request.QueryStringParameters["limit"])
	if err != nil {
		return err
	}
	_, err = db.Query(fmt.Sprintf("SELECT * FROM orders LIMIT %d", limit))
	return err
}
