package main

import (
	"regexp"

	"github.com/aws/aws-lambda-go/events"
)

func handle(request events.APIGatewayV2HTTPRequest) bool {
	pattern := regexp.MustCompile(request.QueryStringParameters["pattern"]) // fires
	return pattern.MatchString("x")
}
