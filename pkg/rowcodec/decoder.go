package rowcodec

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// maxRow is PostgreSQL's own limit for a message and so for a row. A declared length
// above it is a broken stream; below it memory still grows only with bytes that arrived.
const maxRow = 1<<30 - 1

// defaultBlock is used when a sink gives a block without capacity: what fits into one
// CopyData message of 64 KiB with its header.
const defaultBlock = 65536 - 5

const (
	signature = "PGCOPY\n\xff\r\n\x00"
	// oidsFlag is bit 16 of the header's flags; bits 16 to 31 are critical: who does not know one must give up.
	oidsFlag      = 1 << 16
	criticalFlags = math.MaxUint32 &^ 0xffff
	// maxExtension keeps a broken header from swallowing the stream. No server has ever sent an extension.
	maxExtension = 1 << 20
)

// column is one field with what was bound for it.
type column struct {
	node    *node
	rewrite Rewriter
	skip    bool
	null    bool

	nulls, nulled int64
}

// Decoder rewrites one COPY stream. It is used by one goroutine at a time.
type Decoder struct {
	format Format
	cols   []column
	active []int // columns that are rewritten, nulled or skipped
	skips  int
	sink   Sink
	row    Row
	block  []byte
	size   int    // a block of this length is full
	rem    []byte // what arrived of a row that is not complete

	// Where the search for the end of the current row stands, relative to its start,
	// so that a large row which arrives in small pieces is looked at once.
	pos, fields int

	started  bool // the header is through
	ended    bool // the trailer is through
	closed   bool
	rows     int64
	in, out  int64
	err      error
	skipHead [2]byte // the field count that is written when some fields are skipped
}

// NewDecoder returns a Decoder that reads a stream of f with these fields and gives
// its blocks to sink. It fails when a field is to be rewritten whose type cannot be
// (see [Supported]).
func NewDecoder(f Format, fields []Field, sink Sink) (*Decoder, error) {
	if len(fields) > math.MaxInt16 {
		return nil, fmt.Errorf("a row of %d fields: COPY has room for %d", len(fields), math.MaxInt16)
	}
	d := &Decoder{format: f, sink: sink, cols: make([]column, len(fields)), started: f == Text}
	d.row = Row{format: f, cols: d.cols, spans: make([]span, len(fields)), memo: make([]memo, len(fields))}
	for i, field := range fields {
		n := compile(field.Type, f, 0)
		if field.Rewrite != nil && !field.Skip && !field.Null && n.reason != "" {
			return nil, fmt.Errorf("field %d (%s) cannot be rewritten in %s form: %s", i, n.name(), f, n.reason)
		}
		d.cols[i] = column{node: n, rewrite: field.Rewrite, skip: field.Skip, null: field.Null}
		if field.Skip {
			d.skips++
		}
		if field.Skip || field.Null || field.Rewrite != nil {
			d.active = append(d.active, i)
		}
	}
	binary.BigEndian.PutUint16(d.skipHead[:], uint16(len(fields)-d.skips))
	return d, nil
}

// Rows returns how many complete rows have been read.
func (d *Decoder) Rows() int64 { return d.rows }

// Nulls returns, of field i, how many values arrived as NULL and how many others were
// made NULL because the field says so. Only fields that are rewritten or nulled are counted.
func (d *Decoder) Nulls(i int) (arrived, made int64) { return d.cols[i].nulls, d.cols[i].nulled }

// Bytes returns how many bytes have been read and how many were appended to blocks.
func (d *Decoder) Bytes() (in, out int64) { return d.in, d.out }

// Write takes the next bytes of the stream and keeps none of p. After an error every
// further call returns it again, and the rows of the unfinished block are lost.
func (d *Decoder) Write(p []byte) (int, error) {
	if d.err == nil && d.closed {
		d.err = errClosed
	}
	if d.err != nil {
		return 0, d.err
	}
	d.in += int64(len(p))
	data := p
	if len(d.rem) > 0 {
		d.rem = append(d.rem, p...)
		data = d.rem
	}
	n, err := d.process(data)
	if err == nil && len(data)-n > maxRow {
		err = errHuge
	}
	if err != nil {
		d.err = err
		return 0, err
	}
	if len(d.rem) > 0 {
		d.rem = d.rem[:copy(d.rem, data[n:])]
	} else {
		d.rem = append(d.rem, data[n:]...)
	}
	return len(p), nil
}

// Close ends the stream and hands the last block to the sink. It is an error when the
// stream stopped inside a row, or, in binary form, before its trailer. A second Close
// returns what the first did.
func (d *Decoder) Close() error {
	if d.closed || d.err != nil {
		return d.err
	}
	d.closed = true
	switch {
	case !d.started:
		d.err = errNoHeader
	case len(d.rem) > 0:
		d.err = errCut
	case d.format == Binary && !d.ended:
		d.err = errNoTrailer
	case len(d.block) > 0:
		_, d.err = d.sink.Next(d.block)
		d.block = nil
	}
	return d.err
}

// process consumes the complete rows of data and returns how many bytes they were.
func (d *Decoder) process(data []byte) (int, error) {
	at := 0
	if !d.started {
		n, err := header(data)
		if n == 0 || err != nil {
			return 0, err
		}
		d.started = true
		if err := d.copyOut(data[:n]); err != nil {
			return 0, err
		}
		at = n
	}
	raw := at // start of the complete rows that wait to be copied as they are
	for at < len(data) {
		if d.ended {
			return 0, errTrailing
		}
		n, err := d.scan(data[at:])
		if err != nil {
			return 0, err
		}
		if n == 0 {
			break
		}
		row := data[at : at+n]
		at += n
		if d.ended { // the trailer, which goes through like a row
			continue
		}
		d.rows++
		if len(d.active) == 0 {
			if at-raw+len(d.block) > d.size && at-n > raw {
				if err := d.copyOut(data[raw : at-n]); err != nil {
					return 0, err
				}
				raw = at - n
			}
			continue
		}
		if err := d.rewrite(row); err != nil {
			return 0, err
		}
		raw = at
	}
	if at > raw {
		if err := d.copyOut(data[raw:at]); err != nil {
			return 0, err
		}
	}
	return at, nil
}

// scan finds the end of the row at the start of b; 0 means that it has not arrived.
func (d *Decoder) scan(b []byte) (int, error) {
	if d.format == Text {
		return d.scanText(b)
	}
	return d.scanBinary(b)
}

// room makes sure that there is a block, and that n more bytes do not make a block
// grow that could be handed over instead.
func (d *Decoder) room(n int) error {
	if d.block != nil && (len(d.block) == 0 || len(d.block)+n <= d.size) {
		return nil
	}
	next, err := d.exchange(d.block)
	if err != nil {
		return err
	}
	d.block = next
	return nil
}

// exchange hands a block over for an empty one.
func (d *Decoder) exchange(full []byte) ([]byte, error) {
	next, err := d.sink.Next(full)
	if err != nil {
		return nil, err
	}
	if next == nil {
		next = make([]byte, 0, defaultBlock)
	}
	if d.size == 0 { // the first block says how large they are; one that grew says nothing
		if d.size = cap(next); d.size == 0 {
			d.size = defaultBlock
		}
	}
	return next[:0], nil
}

func (d *Decoder) copyOut(b []byte) error {
	if err := d.room(len(b)); err != nil {
		return err
	}
	start := len(d.block)
	block, err := d.pass(d.block, b)
	if err != nil {
		return err
	}
	d.block = block
	d.out += int64(len(block) - start)
	return nil
}

// pass appends bytes to a block as they are. What is larger than a block goes over in many,
// so that a large value lies in memory once, where it arrived, and not in a block that grew
// to its size as well. Blocks that were handed over are counted here.
func (d *Decoder) pass(b, raw []byte) ([]byte, error) {
	for len(raw) > d.size {
		n := max(d.size-len(b), 0)
		b = append(b, raw[:n]...)
		raw = raw[n:]
		next, err := d.exchange(b)
		if err != nil {
			return nil, err
		}
		d.out += int64(len(b))
		b = next
	}
	return append(b, raw...), nil
}

// rewrite appends one complete row to the block.
func (d *Decoder) rewrite(row []byte) error {
	// Stand-ins are about as long as their originals; what is missing, append finds.
	if err := d.room(len(row)); err != nil {
		return err
	}
	d.row.reset(row, d.rows)
	start := len(d.block)
	var (
		b     []byte
		field int
		err   error
	)
	if d.format == Text {
		b, field, err = d.rewriteText(d.block, row)
	} else {
		b, field, err = d.rewriteBinary(d.block, row)
	}
	if err != nil {
		if field < 0 {
			return err
		}
		return d.fieldError(field, err)
	}
	d.block = b
	d.out += int64(len(b) - start)
	return nil
}

func (d *Decoder) fieldError(field int, err error) error {
	var already *FieldError
	if errors.As(err, &already) {
		return err // a Rewriter asked for another field's text: that one is to blame
	}
	return &FieldError{Row: d.rows, Field: field, Type: d.cols[field].node.name(), Err: err}
}

// header returns the length of the header at the start of b, or 0 when it is not complete.
func header(b []byte) (int, error) {
	k := min(len(b), len(signature))
	if !bytes.Equal(b[:k], []byte(signature)[:k]) {
		return 0, errSignature
	}
	if len(b) < len(signature)+8 {
		return 0, nil
	}
	b = b[len(signature):]
	switch flags := binary.BigEndian.Uint32(b); {
	case flags&oidsFlag != 0:
		return 0, errOIDs
	case flags&criticalFlags != 0:
		return 0, errFlags
	}
	ext := binary.BigEndian.Uint32(b[4:])
	if ext > maxExtension {
		return 0, errExtension
	}
	if len(b)-8 < int(ext) {
		return 0, nil
	}
	return len(signature) + 8 + int(ext), nil
}
