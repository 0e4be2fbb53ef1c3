package main

import (
	"context"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/go-playground/validator/v10"
)

type order struct {
	ID string `json:"id" validate:"required,uuid"`
}

var check = validator.New()

func handle(ctx context.Context, event order) error {
	if err := check.Struct(event); err != nil {
		return err
	}
	return store.Put(ctx, event.ID)
}

func main() { lambda.Start(handle) }
