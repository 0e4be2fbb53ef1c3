package edge

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

const (
	// What an object needs at least; with less it is left to be tried again.
	objectReserve = 2 * time.Second
	// S3 sends one record; more than a few come from elsewhere.
	maxRecords = 100
	// Object keys, S3 user guide: 1,024 bytes of UTF-8.
	maxKey = 1024
)

// S3 user guide, "Event message structure". S3 may add keys: they are left alone, not refused. An object of more
// than 64 MB is refused before it is read: raise this together with the function's memory.
const objectRecord = `{
	"type": "object",
	"required": ["eventSource", "eventName", "awsRegion", "s3"],
	"properties": {
		"eventSource": {"const": "aws:s3"},
		"eventName": {"type": "string", "pattern": "^Object(Created|Removed):[A-Za-z]{1,64}$"},
		"awsRegion": {"type": "string", "pattern": "^[a-z0-9-]{1,32}$"},
		"s3": {
			"type": "object",
			"required": ["bucket", "object"],
			"properties": {
				"bucket": {
					"type": "object",
					"required": ["name"],
					"properties": {"name": {"type": "string", "maxLength": 63}}
				},
				"object": {
					"type": "object",
					"required": ["key", "sequencer"],
					"properties": {
						"key": {"type": "string", "minLength": 1, "maxLength": 3072},
						"size": {"type": "integer", "minimum": 0, "maximum": 67108864},
						"versionId": {"type": "string", "maxLength": 1024, "pattern": "^[A-Za-z0-9._-]+$"},
						"sequencer": {"type": "string", "pattern": "^[0-9A-Fa-f]{1,64}$"}
					}
				}
			}
		}
	}
}`

// Changed is an object of the bucket and what happened to it: created or removed.
type Changed struct {
	Happened string
	Bucket   string
	// Key is text of whoever wrote the object: give it to S3, and never make a path of a file or a command of it.
	Key string
	// Version is empty where the bucket keeps none.
	Version string
	// Size is of a created object.
	Size *int64
}

// LogValue keeps it out of the log.
func (c Changed) LogValue() slog.Value {
	return slog.StringValue("Changed")
}

// Objects are those that the trigger names.
type Objects struct {
	bucket string
	keys   []keys
	record *Schema
	once   *Once
}

type keys struct {
	Events []string `json:"events"`
	Prefix string   `json:"prefix"`
	Suffix string   `json:"suffix"`
}

// NewObjects reads what the trigger names.
func NewObjects(client *Client, files fs.FS) (*Objects, error) {
	var trigger struct {
		Bucket string `json:"bucket"`
		Keys   []keys `json:"keys"`
	}
	if err := readTrigger(files, &trigger); err != nil {
		return nil, err
	}
	var settings Settings
	bucket := settings.Get(trigger.Bucket)
	if err := settings.Err(); err != nil {
		return nil, err
	}
	record, err := envelope(objectRecord)
	if err != nil {
		return nil, err
	}
	once, err := NewOnce(client)
	return &Objects{bucket, trigger.Keys, record, once}, err
}

// Take handles each object once; if one fails all are tried again, and then kept as a dead letter.
func (o *Objects) Take(ctx context.Context, event json.RawMessage, handle func(context.Context, Changed) error) (any, error) {
	records, _ := recordsOf(event)
	failed := len(records) == 0 || len(records) > maxRecords
	if failed {
		tell(ctx, refuse("this is no event of a bucket"))
		records = nil
	}
	for _, record := range records {
		err := within(ctx, objectReserve, func(ctx context.Context) error {
			key, changed, err := o.read(ctx, record)
			if err != nil {
				return err
			}
			return o.once.Run(ctx, key, func() error { return handle(ctx, changed) })
		})
		tell(ctx, err)
		failed = failed || err != nil
	}
	if failed {
		// An error, so that it is not lost; what was done is not done again.
		return nil, Failed("an object was not handled; the log says why")
	}
	return map[string]string{"status": "done"}, nil
}

// read gives what makes the event one of its own, and the object.
func (o *Objects) read(ctx context.Context, record any) (string, Changed, error) {
	if err := o.record.Check(record); err != nil {
		return "", Changed{}, err
	}
	region, _ := place(ctx)
	if textIn(record, "s3", "bucket", "name") != o.bucket || textIn(record, "awsRegion") != region {
		return "", Changed{}, refuse("it is of another bucket")
	}
	key, err := keyOf(textIn(record, "s3", "object", "key"))
	if err != nil {
		return "", Changed{}, err
	}
	changed := Changed{
		Happened: "created",
		Bucket:   o.bucket,
		Key:      key,
		Version:  textIn(record, "s3", "object", "versionId"),
	}
	if strings.HasPrefix(textIn(record, "eventName"), "ObjectRemoved:") {
		changed.Happened = "removed"
	}
	if size, ok := in(record, "s3", "object", "size").(json.Number); ok {
		// The schema takes 10.0 for a whole number; S3 does not write it so.
		bytes, err := size.Int64()
		if err != nil {
			return "", Changed{}, refuse("this is no size")
		}
		changed.Size = &bytes
	}
	isNamed := func(keys keys) bool {
		return slices.Contains(keys.Events, changed.Happened) &&
			strings.HasPrefix(key, keys.Prefix) && strings.HasSuffix(key, keys.Suffix)
	}
	if !slices.ContainsFunc(o.keys, isNamed) {
		return "", Changed{}, refuse("the trigger does not name such objects")
	}
	sequencer := textIn(record, "s3", "object", "sequencer")
	own, err := encode([]string{changed.Happened, o.bucket, key, changed.Version, sequencer})
	// A key of a table may not be as long as a key of a bucket.
	hash := sha256.Sum256(own)
	return hex.EncodeToString(hash[:]), changed, err
}

// keyOf gives a key as S3 keeps it, decoded once; one that could be taken for a path out of its place is refused.
func keyOf(encoded string) (string, error) {
	key, err := url.QueryUnescape(encoded)
	if err != nil || !utf8.ValidString(key) {
		return "", refuse("the key is no text")
	}
	isPlain := func(r rune) bool { return unicode.IsPrint(r) && r != '\\' && r != '%' }
	steps := strings.Split(key, "/")
	if key == "" || len(key) > maxKey || strings.HasPrefix(key, "/") ||
		slices.Contains(steps, ".") || slices.Contains(steps, "..") ||
		strings.IndexFunc(key, func(r rune) bool { return !isPlain(r) }) >= 0 {
		return "", refuse("the key is no plain path")
	}
	return key, nil
}
