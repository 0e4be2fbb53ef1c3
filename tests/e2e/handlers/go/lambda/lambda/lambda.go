// Package lambda stands for aws-lambda-go where its source cannot be had: as much of it as a handler uses.
package lambda

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"
)

// Start asks the Runtime API for events, and gives it what the handler answers.
func Start(handler func(context.Context, json.RawMessage) (any, error)) {
	base := "http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime/invocation/"
	for {
		next, err := http.Get(base + "next")
		if err != nil {
			os.Exit(1)
		}
		event, err := io.ReadAll(next.Body)
		if err != nil {
			os.Exit(1)
		}
		next.Body.Close()
		id := next.Header.Get("Lambda-Runtime-Aws-Request-Id")
		deadline, err := strconv.ParseInt(next.Header.Get("Lambda-Runtime-Deadline-Ms"), 10, 64)
		if err != nil {
			os.Exit(1)
		}
		ctx, cancel := context.WithDeadline(context.Background(), time.UnixMilli(deadline))
		arn := next.Header.Get("Lambda-Runtime-Invoked-Function-Arn")
		invocation := &lambdacontext.LambdaContext{AwsRequestID: id, InvokedFunctionArn: arn}
		answer, err := handler(lambdacontext.NewContext(ctx, invocation), event)
		cancel()
		kind := "response"
		if err != nil {
			kind, answer = "error", map[string]string{"errorMessage": err.Error(), "errorType": "error"}
		}
		body, err := json.Marshal(answer)
		if err != nil {
			os.Exit(1)
		}
		done, err := http.Post(base+id+"/"+kind, "application/json", bytes.NewReader(body))
		if err != nil {
			os.Exit(1)
		}
		done.Body.Close()
	}
}
