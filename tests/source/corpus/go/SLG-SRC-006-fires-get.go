package main

import (
	"context"
	"net/http"

	"github.com/aws/aws-lambda-go/events"
)

func handle(ctx context.Context, request events.APIGatewayV2HTTPRequest) (*http.Response, error) {
	url := request.QueryStringParameters["url"]
	outgoing, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil) // fires
	if err != nil {
		return nil, err
	}
	return http.DefaultClient.Do(outgoing)
}
