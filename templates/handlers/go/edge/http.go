package edge

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"io/fs"
	"log/slog"
	"net/http"
	"strings"
	"time"
)

// What a request needs at least; the rest goes to answering that there was too little.
const requestReserve = time.Second

// Request is what a route gets: all of it checked. It cannot be logged as a whole.
type Request struct {
	// Route is the key of the route: POST /orders.
	Route string
	// Caller is who asks; empty where nobody signs in.
	Caller string
	Path   map[string]string
	Query  map[string]string
	body   any
}

// LogValue keeps the request out of the log.
func (r *Request) LogValue() slog.Value {
	return slog.StringValue(r.Route)
}

// Body gives the checked body its type.
func Body[T any](request *Request) (T, error) {
	return typed[T](request.body)
}

// Item is a body with the parameters of the path.
func (r *Request) Item(body any) (Item, error) {
	item, err := objectOf(body)
	if err != nil {
		return nil, err
	}
	for name, value := range r.Path {
		item[name] = value
	}
	return item, nil
}

// Response is what a route answers; a body that is nil is none.
type Response struct {
	Status int
	Body   any
}

// checks are what a route's requests are held against.
type checks struct {
	auth  string
	path  *Schema
	query *Schema
	body  *Schema
}

// API are the declared routes.
type API map[string]checks

var errRoutes = Failed("the routes cannot be used")

// LoadAPI reads routes.json and the schemas that it names.
func LoadAPI(files fs.FS) (API, error) {
	text, err := fs.ReadFile(files, "routes.json")
	if err != nil {
		return nil, errRoutes
	}
	var declared map[string]struct {
		Auth        string
		Body        *string
		Path, Query any
	}
	if err := decode(text, &declared); err != nil {
		return nil, errRoutes
	}
	api := API{}
	for key, route := range declared {
		if route.Auth != "jwt" && route.Auth != "iam" && route.Auth != "none" {
			return nil, errRoutes
		}
		checks := checks{auth: route.Auth}
		if checks.path, err = NewSchema(route.Path); err != nil {
			return nil, err
		}
		if checks.query, err = NewSchema(route.Query); err != nil {
			return nil, err
		}
		if route.Body != nil {
			if checks.body, err = ReadSchema(files, *route.Body); err != nil {
				return nil, err
			}
		}
		api[key] = checks
	}
	return api, nil
}

// httpEvent is as much of an event (payload format 2.0) as is read.
type httpEvent struct {
	RouteKey              string         `json:"routeKey"`
	Headers               map[string]any `json:"headers"`
	PathParameters        map[string]any `json:"pathParameters"`
	QueryStringParameters map[string]any `json:"queryStringParameters"`
	RequestContext        struct {
		Authorizer struct {
			JWT struct {
				Claims map[string]any `json:"claims"`
			} `json:"jwt"`
			IAM struct {
				UserARN any `json:"userArn"`
			} `json:"iam"`
		} `json:"authorizer"`
	} `json:"requestContext"`
	Body            *string `json:"body"`
	IsBase64Encoded bool    `json:"isBase64Encoded"`
}

// Answer answers a request by the route that it names; what goes wrong is told in general words.
func (a API) Answer(ctx context.Context, event json.RawMessage, route func(context.Context, *Request) (*Response, error)) any {
	request, err := a.request(event)
	var response *Response
	if err == nil {
		err = within(ctx, requestReserve, func(ctx context.Context) error {
			given, err := route(ctx, request)
			if err == nil && given == nil {
				err = Failed("the route gave no answer")
			}
			if err == nil {
				response = given
			}
			return err
		})
	}
	text := []byte{}
	if err == nil && response.Body != nil {
		text, err = encode(response.Body)
	}
	if err != nil {
		return failure(ctx, err)
	}
	slog.Info("answered", "request_id", idOf(ctx), "route", request.Route, "status", response.Status)
	return reply(ctx, response.Status, string(text))
}

func (a API) request(text json.RawMessage) (*Request, error) {
	var event httpEvent
	if err := decode(text, &event); err != nil {
		return nil, refuse("this is no request of an HTTP API")
	}
	checks, ok := a[event.RouteKey]
	if !ok {
		return nil, ErrNotFound
	}
	caller, err := caller(&event, checks.auth)
	if err != nil {
		return nil, err
	}
	request := &Request{Route: event.RouteKey, Caller: caller}
	if request.Path, err = parameters(event.PathParameters, checks.path); err != nil {
		return nil, err
	}
	if request.Query, err = parameters(event.QueryStringParameters, checks.query); err != nil {
		return nil, err
	}
	if request.body, err = body(&event, checks.body); err != nil {
		return nil, err
	}
	return request, nil
}

func caller(event *httpEvent, auth string) (string, error) {
	var given any
	switch auth {
	case "none":
		return "", nil
	case "jwt":
		given = event.RequestContext.Authorizer.JWT.Claims["sub"]
	case "iam":
		given = event.RequestContext.Authorizer.IAM.UserARN
	}
	caller, _ := given.(string)
	if caller == "" || len(caller) > 256 {
		return "", errUnauthenticated
	}
	return caller, nil
}

func parameters(given map[string]any, schema *Schema) (map[string]string, error) {
	if given == nil {
		given = map[string]any{}
	}
	if err := schema.Check(given); err != nil {
		return nil, err
	}
	return typed[map[string]string](given)
}

func body(event *httpEvent, schema *Schema) (any, error) {
	if schema == nil {
		if event.Body == nil || *event.Body == "" {
			return nil, nil
		}
		return nil, refuse("this route takes no body")
	}
	kind, _ := event.Headers["content-type"].(string)
	kind, _, _ = strings.Cut(kind, ";")
	if !strings.EqualFold(strings.TrimSpace(kind), "application/json") {
		return nil, refuse("the body is not declared as JSON")
	}
	if event.Body == nil {
		return nil, refuse("there is no body")
	}
	text := []byte(*event.Body)
	if event.IsBase64Encoded {
		decoded, err := base64.StdEncoding.DecodeString(*event.Body)
		if err != nil {
			return nil, refuse("the body cannot be decoded")
		}
		text = decoded
	}
	body, err := parse(text)
	if err != nil {
		return nil, err
	}
	return body, schema.Check(body)
}

func reply(ctx context.Context, status int, body string) any {
	return map[string]any{
		"statusCode": status,
		"headers": map[string]string{
			"content-type":           "application/json",
			"cache-control":          "no-store",
			"x-content-type-options": "nosniff",
			"x-request-id":           idOf(ctx),
		},
		"body": body,
	}
}

func failure(ctx context.Context, err error) any {
	status, message := http.StatusInternalServerError, "Something went wrong"
	switch kindOf(err) {
	case refused:
		status, message = http.StatusBadRequest, "The request is not as declared"
	case unauthenticated:
		status, message = http.StatusUnauthorized, "Sign in first"
	case notFound:
		status, message = http.StatusNotFound, "There is no such thing"
	case tooLarge:
		status, message = http.StatusRequestEntityTooLarge, "The request is too large"
	case unwritten:
		status, message = http.StatusNotImplemented, "Not implemented"
	case tooLittleTime:
		status, message = http.StatusServiceUnavailable, "Try again later"
	}
	if status < http.StatusInternalServerError {
		slog.Warn("refused", "request_id", idOf(ctx), "status", status, "fault", Said(err))
	} else {
		slog.Error("failed", "request_id", idOf(ctx), "status", status, "fault", Said(err))
	}
	body, _ := encode(map[string]string{"message": message, "request_id": idOf(ctx)})
	return reply(ctx, status, string(body))
}
