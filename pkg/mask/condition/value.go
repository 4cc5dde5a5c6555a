package condition

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
)

// celType is the type that a column of a class has in an expression. All but json
// and timestamps are declared as nullable: a column may be NULL whatever its type.
func celType(class string) *cel.Type {
	switch class {
	case "integer":
		return cel.NullableType(cel.IntType)
	case "numeric", "float":
		return cel.NullableType(cel.DoubleType)
	case "bool":
		return cel.NullableType(cel.BoolType)
	case "timestamp", "date":
		return cel.TimestampType // takes null as it is
	case "json":
		return cel.DynType
	default:
		return cel.NullableType(cel.StringType)
	}
}

// maxText bounds what a condition looks at: the cost limit is counted only after a
// regular expression has run.
const maxText = 1 << 20

var (
	errNumber = errors.New("the text is no number")
	errBool   = errors.New("the text is no bool")
	errTime   = errors.New("the text is no time that can be compared")
	errLong   = errors.New("the text is too long for a condition")
	errJSON   = errors.New("the text is no JSON")
)

// converter returns what makes a value of a column's canonical text. Its errors hold
// no value.
func converter(class string) func([]byte) (ref.Val, error) {
	switch class {
	case "integer":
		return func(text []byte) (ref.Val, error) {
			n, err := strconv.ParseInt(string(text), 10, 64)
			if err != nil {
				return nil, errNumber
			}
			return types.Int(n), nil
		}
	case "numeric", "float":
		return func(text []byte) (ref.Val, error) {
			f, err := strconv.ParseFloat(string(text), 64)
			if err != nil {
				return nil, errNumber
			}
			return types.Double(f), nil
		}
	case "bool":
		return func(text []byte) (ref.Val, error) {
			switch string(text) {
			case "t", "true":
				return types.True, nil
			case "f", "false":
				return types.False, nil
			}
			return nil, errBool
		}
	case "timestamp", "date":
		return func(text []byte) (ref.Val, error) {
			t, ok := parseTime(string(text))
			if !ok {
				return nil, errTime
			}
			return types.Timestamp{Time: t}, nil
		}
	case "json":
		return func(text []byte) (ref.Val, error) {
			if len(text) > maxText {
				return nil, errLong
			}
			var v any
			if err := json.Unmarshal(text, &v); err != nil {
				return nil, errJSON
			}
			return types.DefaultTypeAdapter.NativeToValue(v), nil
		}
	default:
		return func(text []byte) (ref.Val, error) {
			if len(text) > maxText {
				return nil, errLong
			}
			return types.String(text), nil
		}
	}
}

// parseTime reads PostgreSQL's ISO form of a date or timestamp, with or without a
// fraction and a zone such as +02 or +05:30. Infinity, and years before Christ or
// above 9999, are none that CEL can compare.
func parseTime(s string) (time.Time, bool) {
	s = strings.Replace(s, "T", " ", 1)
	for _, layout := range [...]string{
		"2006-01-02", "2006-01-02 15:04:05", "2006-01-02 15:04:05Z07", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05Z07:00:00",
	} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), t.Year() >= 1
		}
	}
	return time.Time{}, false
}
