package main

import (
	"os"
	"path/filepath"

	"github.com/aws/aws-lambda-go/events"
)

func handle(request events.APIGatewayV2HTTPRequest) ([]byte, error) {
	name := filepath.Base(request.QueryStringParameters["name"])
	if err := os.WriteFile("/tmp/body", []byte(request.Body), 0o600); err != nil {
		return nil, err
	}
	return os.ReadFile(filepath.Join("/mnt/files", name))
}
