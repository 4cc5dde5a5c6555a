package rowcodec

import (
	"errors"
	"fmt"
)

// FieldError says which field of which row could not be read or written. It never
// holds the value. Ask for it with errors.As to name the column.
type FieldError struct {
	Row   int64  // 1-based, counted from the start of the stream
	Field int    // index into the fields of [NewDecoder]
	Type  string // the type's name
	Err   error
}

// Error returns "row 3, field 2 (int4): cause". The field is counted from 0.
func (e *FieldError) Error() string {
	return fmt.Sprintf("row %d, field %d (%s): %v", e.Row, e.Field, e.Type, e.Err)
}

// Unwrap returns the cause.
func (e *FieldError) Unwrap() error { return e.Err }

// What can be wrong with a stream.
var (
	errSignature = errors.New("the stream does not start with the signature of binary COPY")
	errOIDs      = errors.New("the stream carries object identifiers of rows, which no supported server sends")
	errFlags     = errors.New("the stream's header has flags that are not known")
	errExtension = errors.New("the stream's header extension has an impossible length")
	errTrailing  = errors.New("bytes follow the stream's trailer")
	errCut       = errors.New("the stream ends in the middle of a row")
	errNoHeader  = errors.New("the stream ends before its header does")
	errNoTrailer = errors.New("the stream ends without its trailer")
	errLength    = errors.New("a field's length is impossible")
	errHuge      = errors.New("a row is larger than 1 GB, the most that PostgreSQL sends")
	errClosed    = errors.New("the decoder is closed")
	errVerdict   = errors.New("the rewriter gave no verdict")
)

// What can be wrong with a value. None of them says what the value was.
var (
	errWire     = errors.New("the wire form is malformed")
	errLiteral  = errors.New("the literal is malformed")
	errInvalid  = errors.New("the text is not valid for the type")
	errRange    = errors.New("the text is out of the type's range")
	errEncoding = errors.New("the text is not valid UTF-8 or holds a zero byte")
	errByteaHex = errors.New("the bytea is not in hex form: the session needs bytea_output = hex")
)
