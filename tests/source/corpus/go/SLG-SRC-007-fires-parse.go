package main

import (
	"io"
	"text/template"

	"github.com/aws/aws-lambda-go/events"
)

func handle(request events.APIGatewayV2HTTPRequest) error {
	page, err := template.New("page").Parse(request.Body) // fires
	if err != nil {
		return err
	}
	return page.Execute(io.Discard, nil)
}
