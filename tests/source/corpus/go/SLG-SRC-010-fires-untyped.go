package main

import (
	"context"

	"github.com/aws/aws-lambda-go/lambda"
)

func save(ctx context.Context, item map[string]any) error { return store.Put(ctx, item) }

func handle(ctx context.Context, event map[string]any) error { // fires
	return store.Put(ctx, event["order"])
}

func main() { lambda.Start(handle) }
