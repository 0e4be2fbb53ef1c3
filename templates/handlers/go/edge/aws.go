package edge

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

const (
	attempts    = 2
	pause       = 50 * time.Millisecond
	attemptTime = 5 * time.Second
	maxAnswer   = 8 << 20
)

// Signer signs a request with its body.
type Signer = func(request *http.Request, service, region string, body []byte) error

// Client calls AWS: over HTTPS, signed, and it gives up before the function does.
type Client struct {
	// HTTP is replaced by the tests.
	HTTP *http.Client
	sign Signer
}

// NewClient makes the client of a function; the environment that Lambda sets says where it is.
func NewClient(sign Signer) *Client {
	client := &http.Client{
		Timeout: attemptTime,
		// What is signed goes nowhere else.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return &Client{HTTP: client, sign: sign}
}

// endpoint of a service in a region; a variable that AWS's own tools know replaces it.
func endpoint(service, region string) string {
	if given := os.Getenv("AWS_ENDPOINT_URL"); given != "" {
		return strings.TrimSuffix(given, "/") + "/"
	}
	domain := "amazonaws.com"
	switch {
	case strings.HasPrefix(region, "cn-"):
		domain = "amazonaws.com.cn"
	case strings.HasPrefix(region, "eusc-"):
		domain = "amazonaws.eu"
	}
	return "https://" + service + "." + region + "." + domain + "/"
}

// operation of a service that takes and gives JSON.
type operation struct {
	service, target, name, kind string
}

// call gives the answer of an operation.
func call[T any](ctx context.Context, client *Client, operation operation, input any) (T, error) {
	var answer T
	body, err := encode(input)
	if err != nil {
		return answer, err
	}
	headers := map[string]string{
		"Content-Type": operation.kind,
		"X-Amz-Target": operation.target + "." + operation.name,
	}
	text, err := client.send(ctx, operation.service, operation.name, headers, body)
	if err != nil {
		return answer, err
	}
	if err := decode(text, &answer); err != nil {
		return answer, Failed(operation.name + ": the answer is no JSON")
	}
	return answer, nil
}

// post sends a form, as the older services take it.
func (c *Client) post(ctx context.Context, service, name string, form url.Values) error {
	headers := map[string]string{"Content-Type": "application/x-www-form-urlencoded"}
	_, err := c.send(ctx, service, name, headers, []byte(form.Encode()))
	return err
}

// send gives what AWS answers; what it answers instead is told by its code alone.
func (c *Client) send(ctx context.Context, service, name string, headers map[string]string, body []byte) ([]byte, error) {
	var last error
	for attempt := range attempts {
		if attempt > 0 {
			select {
			case <-ctx.Done():
				return nil, errTooLittleTime
			case <-time.After(pause):
			}
		}
		status, answer, err := c.once(ctx, service, headers, body)
		switch {
		case err != nil:
			last = Failed(name + ": no answer")
		case status == http.StatusOK:
			return answer, nil
		default:
			refusal := newRefusal(name, answer)
			if status < 500 && !strings.Contains(refusal.code, "Throttl") {
				return nil, refusal
			}
			last = refusal
		}
	}
	return nil, last
}

func (c *Client) once(ctx context.Context, service string, headers map[string]string, body []byte) (int, []byte, error) {
	region := os.Getenv("AWS_REGION")
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint(service, region), bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	for name, value := range headers {
		request.Header.Set(name, value)
	}
	if err := c.sign(request, service, region, body); err != nil {
		return 0, nil, err
	}
	response, err := c.HTTP.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	return response.StatusCode, answer, err
}

// refusal is what AWS answers instead.
type refusal struct {
	*Fault
	code string
	item attributes
}

func (r *refusal) Unwrap() error {
	return r.Fault
}

func newRefusal(operation string, answer []byte) *refusal {
	var told struct {
		Type string `json:"__type"`
		Item attributes
	}
	// An answer in another form has no code.
	_ = json.Unmarshal(answer, &told)
	code := told.Type[strings.LastIndexByte(told.Type, '#')+1:]
	if !isCode(code) {
		code = "refused"
	}
	return &refusal{Failed(operation + ": " + code), code, told.Item}
}

// isCode says whether a text is a name of an error and nothing else.
func isCode(text string) bool {
	letters := func(r rune) bool { return (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') }
	return text != "" && len(text) <= 64 && strings.IndexFunc(text, letters) < 0
}

// Settings are the variables that the deployment sets; without one nothing can work.
type Settings struct {
	fault error
}

// Get gives a variable.
func (s *Settings) Get(variable string) string {
	value, ok := os.LookupEnv(variable)
	if !ok && s.fault == nil {
		s.fault = Failed("the variable " + variable + " is not set")
	}
	return value
}

// Err says whether one was missing.
func (s *Settings) Err() error {
	return s.fault
}
