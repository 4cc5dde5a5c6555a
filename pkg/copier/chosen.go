package copier

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/understudy-db/understudy/pkg/plan"
	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/rowcodec"
	"github.com/understudy-db/understudy/pkg/session"
	"github.com/understudy-db/understudy/pkg/snapshot"
)

// Chosen are the rows of a subset. Its methods are called by several workers at once.
type Chosen interface {
	// Read calls each with the addresses of a table's chosen rows, so many from the first-th
	// on, in order and in batches of at most size.
	Read(table uint32, first, count int64, size int, each func([]session.TID) error) error
}

// NewChosenSource reads the rows that a subset chose. COPY takes no parameters, and an
// address must not stand in a statement's text, so it asks for them with SELECT and makes
// of the answers the stream that COPY would have sent.
func NewChosenSource(conn *snapshot.Conn, chosen Chosen) Source {
	return &chosenSource{conn: conn, chosen: chosen}
}

type chosenSource struct {
	conn   *snapshot.Conn
	chosen Chosen
	block  []byte
}

// chosenBatch is how many rows are asked for at once: their addresses take 50 KB, and a
// query's overhead is spread over them.
const chosenBatch = 5000

// CopyOut reads one chunk. It fails when a chosen row is not there any more.
func (s *chosenSource) CopyOut(ctx context.Context, t *plan.Table, c plan.Chunk, w io.Writer) (int64, error) {
	if err := s.conn.Lock(ctx, t.Name); err != nil {
		return 0, err
	}
	format, row := session.BinaryFormat, appendBinary
	if t.Format == rowcodec.Text.String() {
		format, row = session.TextFormat, appendText
	}
	s.block = s.block[:0]
	if format == session.BinaryFormat {
		s.block = append(s.block, binaryHeader...)
	}
	var rows int64
	err := s.chosen.Read(t.OID, c.First, c.Rows, chosenBatch, func(tids []session.TID) error {
		n, err := s.conn.Rows(ctx, "read rows of "+t.Name.String(), t.Select, session.TIDs(tids), format, func(values [][]byte) error {
			if s.block = row(s.block, values); len(s.block) < blockSize {
				return nil
			}
			_, err := w.Write(s.block)
			s.block = s.block[:0]
			return err
		})
		if rows += n; err == nil && n != int64(len(tids)) {
			err = &report.Fault{
				Side: report.Source, Doing: "read rows of " + t.Name.String(), Err: fmt.Errorf("%d rows were chosen and %d came", len(tids), n),
				Hint: "the table was rewritten, or rows are joined twice: run again, and report it if it stays",
			}
		}
		return err
	})
	if err != nil {
		return rows, err
	}
	if rows != c.Rows {
		return rows, errors.New("the chunk is not the one that was chosen")
	}
	if format == session.BinaryFormat {
		s.block = append(s.block, 0xff, 0xff)
	}
	_, err = w.Write(s.block)
	return rows, err
}

// binaryHeader begins a stream in binary: signature, no flags, no extension.
const binaryHeader = "PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00"

// appendBinary appends a row as COPY sends it in binary.
func appendBinary(b []byte, values [][]byte) []byte {
	b = binary.BigEndian.AppendUint16(b, uint16(len(values)))
	for _, v := range values {
		if v == nil {
			b = append(b, 0xff, 0xff, 0xff, 0xff)
			continue
		}
		b = binary.BigEndian.AppendUint32(b, uint32(len(v)))
		b = append(b, v...)
	}
	return b
}

// appendText appends a row as COPY sends it in text.
func appendText(b []byte, values [][]byte) []byte {
	for i, v := range values {
		if i > 0 {
			b = append(b, '\t')
		}
		if v == nil {
			b = append(b, `\N`...)
		} else {
			b = rowcodec.AppendEscaped(b, v)
		}
	}
	return append(b, '\n')
}
