package edge

import (
	"context"
	"net/url"
)

// Topic is one of the deployment; none is named by an event.
type Topic struct {
	client *Client
	arn    string
}

// NewTopic gives the topic of an ARN.
func NewTopic(client *Client, arn string) *Topic {
	return &Topic{client, arn}
}

// Publish tells the topic's subscribers a message, as JSON.
func (t *Topic) Publish(ctx context.Context, message any) error {
	text, err := encode(message)
	if err != nil {
		return err
	}
	return t.client.post(ctx, "sns", "Publish", url.Values{
		"Action":   {"Publish"},
		"Version":  {"2010-03-31"},
		"TopicArn": {t.arn},
		"Message":  {string(text)},
	})
}
