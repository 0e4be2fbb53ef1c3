package edge

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"strconv"
	"unicode/utf8"
)

const (
	maxBytes = 256 * 1024
	maxDepth = 32
	// Longer numbers than this carry nothing that is kept.
	maxDigits = 40
	// Beyond this a number is no longer the one that was sent.
	exact = 1 << 53
	// DynamoDB keeps nothing smaller.
	smallest = 1e-130
)

var errPlain = refuse("it is no plain JSON")

// parse reads JSON without duplicate keys, lone surrogates, depth or size that a handler does not need.
// Numbers stay as they were written.
func parse(text []byte) (any, error) {
	return parseWithin(text, maxBytes, maxDepth)
}

func parseWithin(text []byte, most, depth int) (any, error) {
	if len(text) > most {
		return nil, errTooLarge
	}
	if !utf8.Valid(text) || loneSurrogate(text) {
		return nil, errPlain
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	value, err := next(decoder, depth)
	if err != nil {
		return nil, errPlain
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errPlain
	}
	return value, nil
}

func next(decoder *json.Decoder, depth int) (any, error) {
	token, err := decoder.Token()
	if err != nil {
		return nil, err
	}
	switch token := token.(type) {
	case json.Delim:
		if depth == 0 {
			return nil, errPlain
		}
		if token == '[' {
			return list(decoder, depth-1)
		}
		return object(decoder, depth-1)
	case json.Number:
		if !isKept(token.String()) {
			return nil, errPlain
		}
	}
	return token, nil
}

func list(decoder *json.Decoder, depth int) (any, error) {
	values := []any{}
	for decoder.More() {
		value, err := next(decoder, depth)
		if err != nil {
			return nil, err
		}
		values = append(values, value)
	}
	_, err := decoder.Token()
	return values, err
}

func object(decoder *json.Decoder, depth int) (any, error) {
	values := map[string]any{}
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return nil, err
		}
		key, ok := token.(string)
		if _, twice := values[key]; twice || !ok {
			return nil, errPlain
		}
		if values[key], err = next(decoder, depth); err != nil {
			return nil, err
		}
	}
	_, err := decoder.Token()
	return values, err
}

// isKept says whether a number is still the same where it is kept.
func isKept(text string) bool {
	if len(text) > maxDigits {
		return false
	}
	if _, err := strconv.ParseInt(text, 10, 64); err == nil {
		return true
	}
	number, err := strconv.ParseFloat(text, 64)
	size := math.Abs(number)
	return err == nil && size < exact && (size == 0 || size > smallest)
}

// loneSurrogate finds half a character: encoding/json would quietly put another one in its place.
func loneSurrogate(text []byte) bool {
	for at := 0; at+1 < len(text); at++ {
		if text[at] != '\\' {
			continue
		}
		at++
		if text[at] != 'u' {
			continue
		}
		switch code := unit(text, at+1); {
		case code >= 0xDC00 && code < 0xE000:
			return true
		case code >= 0xD800 && code < 0xDC00:
			if at+6 >= len(text) || text[at+5] != '\\' || text[at+6] != 'u' {
				return true
			}
			if low := unit(text, at+7); low < 0xDC00 || low >= 0xE000 {
				return true
			}
			at += 6
		}
	}
	return false
}

func unit(text []byte, at int) uint64 {
	if at+4 > len(text) {
		return 0
	}
	// What is no number is no JSON either, and refused as such.
	code, _ := strconv.ParseUint(string(text[at:at+4]), 16, 16)
	return code
}
