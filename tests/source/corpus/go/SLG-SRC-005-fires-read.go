package main

import (
	"os"
	"path/filepath"

	"github.com/aws/aws-lambda-go/events"
)

func handle(request events.APIGatewayV2HTTPRequest) ([]byte, error) {
	path := filepath.Join("/mnt/files", request.QueryStringParameters["name"])
	return os.ReadFile(path) // fires
}
