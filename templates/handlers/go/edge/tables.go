package edge

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
)

const (
	owner = "owner_sub"
	page  = 100
)

// Item is an item of a table; its numbers are json.Number.
type Item = map[string]any

// attributes are an item as DynamoDB writes it: {"id": {"S": "1"}}.
type attributes map[string]map[string]any

// Table is one that only the service itself reads and writes. Every name and value is a parameter of its expression.
type Table struct {
	client    *Client
	name      string
	partition string
}

// NewTable gives the table of a name, with the name of its partition key.
func NewTable(client *Client, name, partition string) *Table {
	return &Table{client, name, partition}
}

type names map[string]string

// request of an operation; what is empty is left out.
type request struct {
	TableName                           string
	Item                                attributes `json:",omitempty"`
	Key                                 attributes `json:",omitempty"`
	ConsistentRead                      bool       `json:",omitempty"`
	IndexName                           string     `json:",omitempty"`
	Limit                               int        `json:",omitempty"`
	KeyConditionExpression              string     `json:",omitempty"`
	ConditionExpression                 string     `json:",omitempty"`
	UpdateExpression                    string     `json:",omitempty"`
	ExpressionAttributeNames            names      `json:",omitempty"`
	ExpressionAttributeValues           attributes `json:",omitempty"`
	ReturnValuesOnConditionCheckFailure string     `json:",omitempty"`
}

type answer struct {
	Item  attributes
	Items []attributes
}

func dynamodb(ctx context.Context, client *Client, name string, request request) (answer, error) {
	return call[answer](ctx, client, operation{"dynamodb", "DynamoDB_20120810", name, "application/x-amz-json-1.0"}, request)
}

// Get gives the item of a key.
func (t *Table) Get(ctx context.Context, key any) (Item, error) {
	wanted, err := marshal(key)
	if err != nil {
		return nil, err
	}
	found, err := dynamodb(ctx, t.client, "GetItem", request{TableName: t.name, Key: wanted, ConsistentRead: true})
	if err != nil {
		return nil, err
	}
	if found.Item == nil {
		return nil, ErrNotFound
	}
	return unmarshal(found.Item)
}

// Put writes an item; once more changes nothing.
func (t *Table) Put(ctx context.Context, item any) error {
	written, err := marshal(item)
	if err != nil {
		return err
	}
	_, err = dynamodb(ctx, t.client, "PutItem", request{TableName: t.name, Item: written})
	return err
}

// Query gives one page of the items under a partition key, of the table or of an index that is not "".
func (t *Table) Query(ctx context.Context, partition, value, index string) ([]Item, error) {
	found, err := dynamodb(ctx, t.client, "Query", request{
		TableName:                 t.name,
		IndexName:                 index,
		Limit:                     page,
		KeyConditionExpression:    "#partition = :value",
		ExpressionAttributeNames:  names{"#partition": partition},
		ExpressionAttributeValues: attributes{":value": text(value)},
	})
	if err != nil {
		return nil, err
	}
	items := make([]Item, 0, len(found.Items))
	for _, one := range found.Items {
		item, err := unmarshal(one)
		if err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	return items, nil
}

// OwnedTable is a table whose items belong to a caller: only the owner reads, changes or removes one.
type OwnedTable struct {
	table *Table
}

// NewOwnedTable gives the table of a name, with the name of its partition key.
func NewOwnedTable(client *Client, name, partition string) *OwnedTable {
	return &OwnedTable{NewTable(client, name, partition)}
}

// GetOwned gives the caller's item of a key.
func (t *OwnedTable) GetOwned(ctx context.Context, key any, caller string) (Item, error) {
	item, err := t.table.Get(ctx, key)
	if err != nil {
		return nil, err
	}
	if !isOwned(item, caller) {
		return nil, ErrNotFound
	}
	return item, nil
}

// PutOwned writes an item that is new or the caller's own.
func (t *OwnedTable) PutOwned(ctx context.Context, item any, caller string) error {
	written, err := marshal(item)
	if err != nil {
		return err
	}
	written[owner] = text(caller)
	_, err = dynamodb(ctx, t.table.client, "PutItem", request{
		TableName:                 t.table.name,
		Item:                      written,
		ConditionExpression:       "attribute_not_exists(#key) OR #owner = :caller",
		ExpressionAttributeNames:  names{"#key": t.table.partition, "#owner": owner},
		ExpressionAttributeValues: attributes{":caller": text(caller)},
	})
	return hidden(err)
}

// DeleteOwned removes the caller's item of a key.
func (t *OwnedTable) DeleteOwned(ctx context.Context, key any, caller string) error {
	wanted, err := marshal(key)
	if err != nil {
		return err
	}
	_, err = dynamodb(ctx, t.table.client, "DeleteItem", request{
		TableName:                 t.table.name,
		Key:                       wanted,
		ConditionExpression:       "#owner = :caller",
		ExpressionAttributeNames:  names{"#owner": owner},
		ExpressionAttributeValues: attributes{":caller": text(caller)},
	})
	return hidden(err)
}

// QueryOwned gives the caller's items of one page.
func (t *OwnedTable) QueryOwned(ctx context.Context, partition, value, caller, index string) ([]Item, error) {
	found, err := t.table.Query(ctx, partition, value, index)
	if err != nil {
		return nil, err
	}
	items := []Item{}
	for _, item := range found {
		if isOwned(item, caller) {
			items = append(items, item)
		}
	}
	return items, nil
}

// isOwned says whether an item is the caller's, and takes the word whose it is out of it.
func isOwned(item Item, caller string) bool {
	given := item[owner]
	delete(item, owner)
	return caller != "" && given == caller
}

// hidden turns a condition on the owner that does not hold into the fault that there is no such thing.
func hidden(err error) error {
	if refused := (*refusal)(nil); errors.As(err, &refused) && refused.code == "ConditionalCheckFailedException" {
		return ErrNotFound
	}
	return err
}

func text(value string) map[string]any {
	return map[string]any{"S": value}
}

func number(value int64) map[string]any {
	return map[string]any{"N": strconv.FormatInt(value, 10)}
}

func marshal(item any) (attributes, error) {
	object, err := objectOf(item)
	if err != nil {
		return nil, err
	}
	written := attributes{}
	for key, value := range object {
		written[key] = attribute(value)
	}
	return written, nil
}

// attribute of a value that was read from JSON.
func attribute(value any) map[string]any {
	switch value := value.(type) {
	case string:
		return text(value)
	case json.Number:
		return map[string]any{"N": value.String()}
	case bool:
		return map[string]any{"BOOL": value}
	case []any:
		list := make([]any, len(value))
		for index, one := range value {
			list[index] = attribute(one)
		}
		return map[string]any{"L": list}
	case map[string]any:
		object := map[string]any{}
		for key, one := range value {
			object[key] = attribute(one)
		}
		return map[string]any{"M": object}
	}
	return map[string]any{"NULL": true}
}

var errItem = Failed("this is no item of ours")

func unmarshal(item attributes) (Item, error) {
	values := Item{}
	for key, attribute := range item {
		value, err := valueOf(attribute)
		if err != nil {
			return nil, err
		}
		values[key] = value
	}
	return values, nil
}

func valueOf(attribute any) (any, error) {
	object, ok := attribute.(map[string]any)
	if !ok || len(object) != 1 {
		return nil, errItem
	}
	for kind, value := range object {
		switch value := value.(type) {
		case string:
			switch kind {
			case "S":
				return value, nil
			case "N":
				return json.Number(value), nil
			}
		case bool:
			switch kind {
			case "BOOL":
				return value, nil
			case "NULL":
				return nil, nil
			}
		case []any:
			if kind == "L" {
				return listOf(value)
			}
		case map[string]any:
			if kind == "M" {
				return mapOf(value)
			}
		}
	}
	// Handlers write neither sets nor bytes.
	return nil, errItem
}

func listOf(attributes []any) (any, error) {
	values := make([]any, len(attributes))
	for index, one := range attributes {
		value, err := valueOf(one)
		if err != nil {
			return nil, err
		}
		values[index] = value
	}
	return values, nil
}

func mapOf(attributes map[string]any) (any, error) {
	values := map[string]any{}
	for key, one := range attributes {
		value, err := valueOf(one)
		if err != nil {
			return nil, err
		}
		values[key] = value
	}
	return values, nil
}
