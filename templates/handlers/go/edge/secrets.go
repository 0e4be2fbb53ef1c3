package edge

import (
	"context"
	"sync"
	"time"
)

const secretTime = 5 * time.Minute

// Secret is known by its ARN: fetched when asked for, kept in memory for five minutes, never logged.
type Secret struct {
	client *Client
	arn    string

	lock  sync.Mutex
	since time.Time
	text  string
}

// NewSecret gives the secret of an ARN.
func NewSecret(client *Client, arn string) *Secret {
	return &Secret{client: client, arn: arn}
}

// Text gives the secret.
func (s *Secret) Text(ctx context.Context) (string, error) {
	s.lock.Lock()
	defer s.lock.Unlock()
	if s.text != "" && time.Since(s.since) < secretTime {
		return s.text, nil
	}
	found, err := call[struct{ SecretString *string }](ctx, s.client, operation{
		"secretsmanager", "secretsmanager", "GetSecretValue", "application/x-amz-json-1.1",
	}, map[string]string{"SecretId": s.arn})
	if err != nil {
		return "", err
	}
	if found.SecretString == nil {
		return "", Failed("the secret is no text")
	}
	s.since, s.text = time.Now(), *found.SecretString
	return s.text, nil
}
