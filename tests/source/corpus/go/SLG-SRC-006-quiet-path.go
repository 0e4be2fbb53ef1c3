package main

import (
	"net/http"
	"strings"

	"github.com/aws/aws-lambda-go/events"
)

func handle(request events.APIGatewayV2HTTPRequest) (*http.Response, error) {
	body := strings.NewReader(request.Body)
	return http.Post("https://api.example.com/orders/"+request.PathParameters["id"], "application/json", body)
}
