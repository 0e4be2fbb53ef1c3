package main

import (
	"regexp"

	"github.com/aws/aws-lambda-go/events"
)

var word = regexp.MustCompile(`^[a-z]+$`)

func handle(request events.APIGatewayV2HTTPRequest) bool {
	escaped := regexp.MustCompile(regexp.QuoteMeta(request.QueryStringParameters["word"]))
	return word.MatchString(request.Body) && escaped.MatchString("x")
}
