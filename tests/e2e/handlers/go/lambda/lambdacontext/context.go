// Package lambdacontext holds what is known of an invocation.
package lambdacontext

import "context"

// LambdaContext is what is known of an invocation.
type LambdaContext struct {
	AwsRequestID       string
	InvokedFunctionArn string
}

type key struct{}

// NewContext keeps it.
func NewContext(parent context.Context, lambda *LambdaContext) context.Context {
	return context.WithValue(parent, key{}, lambda)
}

// FromContext gives it.
func FromContext(ctx context.Context) (*LambdaContext, bool) {
	lambda, ok := ctx.Value(key{}).(*LambdaContext)
	return lambda, ok
}
