package copier

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/understudy-db/understudy/pkg/plan"
	"github.com/understudy-db/understudy/pkg/rowcodec"
)

// corruptRows is how many rows the stream has that is corrupted.
const corruptRows = 200

// binaryRows is a COPY stream of two columns, of 8 bytes and of text.
func binaryRows(rows int) []byte {
	b := append([]byte("PGCOPY\n\xff\r\n\x00"), 0, 0, 0, 0, 0, 0, 0, 0)
	for i := range rows {
		b = binary.BigEndian.AppendUint16(b, 2)
		b = binary.BigEndian.AppendUint32(b, 8)
		b = binary.BigEndian.AppendUint64(b, uint64(i)) //nolint:gosec // counts up
		text := bytes.Repeat([]byte{'a' + byte(i%26)}, i%40)
		b = binary.BigEndian.AppendUint32(b, uint32(len(text))) //nolint:gosec // short
		b = append(b, text...)
	}
	return append(b, 0xff, 0xff)
}

// parse reads such a stream as a server does, which wants whole rows and a trailer.
func parse(b []byte) (rows int64, err error) {
	errBad := errors.New("the server refuses the stream")
	if len(b) < 19 || string(b[:11]) != "PGCOPY\n\xff\r\n\x00" {
		return 0, errBad
	}
	for b = b[19:]; ; rows++ {
		if len(b) < 2 {
			return rows, errBad
		}
		n := int16(binary.BigEndian.Uint16(b)) //nolint:gosec // two's complement
		if b = b[2:]; n == -1 {
			if len(b) > 0 {
				return rows, errBad
			}
			return rows, nil
		}
		if n != 2 {
			return rows, errBad
		}
		for i := range 2 {
			if len(b) < 4 {
				return rows, errBad
			}
			size := int32(binary.BigEndian.Uint32(b)) //nolint:gosec // two's complement
			b = b[4:]
			if size == -1 {
				continue
			}
			if size < 0 || int(size) > len(b) || i == 0 && size != 8 {
				return rows, errBad
			}
			b = b[size:]
		}
	}
}

// A stream that lost, doubled or moved its bytes on the way is never committed with rows
// that are not the server's: the counts of the server that sent, of the decoder and of the
// server that stored have to agree, and rows have to have the form of rows. What no count
// can see is a byte that changed inside a value, and lengths that changed together: that is
// TLS's to hold, and TCP's checksum where there is none.
func TestACorruptedStreamIsNeverCommittedWithOtherRows(t *testing.T) {
	t.Parallel()
	whole := binaryRows(corruptRows)
	rng := rand.New(rand.NewPCG(1, 2))
	for _, raw := range []bool{true, false} {
		var refused, same, inside int
		for range 3000 {
			stream := bytes.Clone(whole)
			at := rng.IntN(len(stream))
			n := 1 + rng.IntN(min(60, len(stream)-at))
			cut := true
			switch rng.IntN(4) {
			case 0: // cut off
				stream = stream[:at]
			case 1: // a piece is missing
				stream = append(stream[:at:at], stream[at+n:]...)
			case 2: // a piece comes twice
				stream = append(stream[:at+n:at+n], whole[at:]...)
			case 3: // a bit flips
				stream[at] ^= 1 << rng.IntN(8)
				cut = false
			}
			stored, committed := send(t, raw, stream)
			switch {
			case !committed:
				refused++
			case stored == corruptRows && bytes.Equal(stream, whole):
				same++
			case stored != corruptRows:
				t.Fatalf("raw %t: %d rows were committed of %d", raw, stored, corruptRows)
			case cut && len(stream) == len(whole):
				t.Fatalf("raw %t: a piece was moved, and nobody saw it", raw)
			default:
				inside++
			}
		}
		t.Logf("raw %t: %d refused, %d unchanged, %d changed inside of values", raw, refused, same, inside)
		if refused == 0 {
			t.Error("nothing was refused")
		}
	}
}

// send copies the stream as a chunk, and returns what the server stored and whether it was committed.
func send(t *testing.T, raw bool, stream []byte) (stored int64, committed bool) {
	t.Helper()
	p, bind := rawPlan(), Bind{}
	if !raw {
		id := plan.Column{Name: "id", Type: &rowcodec.Type{Name: "int8", OID: 20, Kind: rowcodec.Base}, Decision: plan.Decision{Kind: plan.Keep, Subject: -1}}
		p.Tables[0].Raw, p.Tables[0].Columns, bind = false, append([]plan.Column{id}, textTable().Columns[0]), testBind(nil)
	}
	c := New(p, bind, nil)
	src := sourceFunc(func(_ context.Context, w io.Writer) (int64, error) {
		for b := stream; len(b) > 0; {
			n := min(len(b), 777)
			if _, err := w.Write(b[:n]); err != nil {
				return 0, err
			}
			b = b[n:]
		}
		return corruptRows, nil // what the server says at the end
	})
	dst := targetFunc(func(_ context.Context, r io.Reader) (int64, error) {
		b, err := io.ReadAll(r)
		if err != nil {
			return 0, err
		}
		stored, err = parse(b)
		return stored, err
	})
	err := c.Run(t.Context(), 1, func(context.Context) (Source, Target, func(), error) { return src, dst, func() {}, nil })
	return stored, err == nil
}
