package main

import (
	"html/template"
	"io"
	"net/url"

	"github.com/aws/aws-lambda-go/events"
)

func handle(request events.APIGatewayV2HTTPRequest) error {
	page := template.Must(template.New("page").Parse("<p>{{.}}</p>"))
	if _, err := url.Parse(request.RawPath); err != nil {
		return err
	}
	return page.Execute(io.Discard, request.Body)
}
