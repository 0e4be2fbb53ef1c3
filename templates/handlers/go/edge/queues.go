package edge

import "context"

// Queue is one of the deployment; none is named by an event.
type Queue struct {
	client *Client
	url    string
}

// NewQueue gives the queue of a URL.
func NewQueue(client *Client, url string) *Queue {
	return &Queue{client, url}
}

// Send puts a message into the queue, as JSON.
func (q *Queue) Send(ctx context.Context, message any) error {
	body, err := encode(message)
	if err != nil {
		return err
	}
	input := map[string]any{"QueueUrl": q.url, "MessageBody": string(body)}
	_, err = call[any](ctx, q.client, operation{"sqs", "AmazonSQS", "SendMessage", "application/x-amz-json-1.0"}, input)
	return err
}
