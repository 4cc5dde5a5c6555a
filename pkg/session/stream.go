package session

import (
	"context"
	"encoding/binary"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/understudy-db/understudy/pkg/report"
)

// Format is how the server writes the values of a result.
type Format int16

// The formats of PostgreSQL's protocol.
const (
	TextFormat   Format = 0
	BinaryFormat Format = 1
)

// Rows runs one query of the extended protocol and shows each row to each, as the values
// of its fields in the format; nil is NULL. They are each's only during the call. Its one
// parameter, when there is one, travels beside the statement, in binary: it is in no
// statement text, and so in no log of statements.
//
// It returns how many rows came. An error of each comes back as it is, and closes the
// connection, because what the server goes on sending would have to be read to its end;
// all others are report.Faults of the side.
func Rows(ctx context.Context, conn *pgconn.PgConn, side report.Side, doing, sql string, param *Param, format Format, each func(values [][]byte) error) (int64, error) {
	var values [][]byte
	var oids []uint32
	var formats []int16
	if param != nil {
		values, oids, formats = [][]byte{param.value}, []uint32{param.oid}, []int16{int16(BinaryFormat)}
	}
	result := conn.ExecParams(ctx, sql, values, oids, formats, []int16{int16(format)})
	var n int64
	for result.NextRow() {
		n++
		if err := each(result.Values()); err != nil {
			clean, cancel := context.WithCancel(ctx)
			cancel() // at once: there is nothing to say goodbye for
			_ = conn.Close(clean)
			_, _ = result.Close()
			return n, err
		}
	}
	if _, err := result.Close(); err != nil {
		return n, Fault(side, doing, err)
	}
	return n, nil
}

// Param is a parameter in binary.
type Param struct {
	oid   uint32
	value []byte
}

// The types of an array of row addresses, and of one.
const (
	tidOID      = 27
	tidArrayOID = 1010
)

// TID is the address of a row version: its block, and its place there from 1. Within one
// snapshot it names a row as long as nobody rewrites the table, which a lock prevents.
type TID struct {
	Block  uint32
	Offset uint16
}

// tidBytes is an address in binary.
const tidBytes = 6

// TIDs returns an array parameter (tid[]) of addresses.
func TIDs(list []TID) *Param {
	b := make([]byte, 0, 20+len(list)*(4+tidBytes))
	b = binary.BigEndian.AppendUint32(b, 1) // dimensions
	b = binary.BigEndian.AppendUint32(b, 0) // no NULL
	b = binary.BigEndian.AppendUint32(b, tidOID)
	b = binary.BigEndian.AppendUint32(b, uint32(len(list)))
	b = binary.BigEndian.AppendUint32(b, 1) // lower bound
	for _, t := range list {
		b = binary.BigEndian.AppendUint32(b, tidBytes)
		b = binary.BigEndian.AppendUint32(b, t.Block)
		b = binary.BigEndian.AppendUint16(b, t.Offset)
	}
	return &Param{oid: tidArrayOID, value: b}
}

// DecodeTID reads an address in binary; false when it is none.
func DecodeTID(b []byte) (TID, bool) {
	if len(b) != tidBytes {
		return TID{}, false
	}
	return TID{Block: binary.BigEndian.Uint32(b), Offset: binary.BigEndian.Uint16(b[4:])}, true
}
