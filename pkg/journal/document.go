package journal

import (
	"context"
	"encoding/binary"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/session"
)

// segmentBytes cuts documents: a value of a megabyte is nothing special to a server.
const segmentBytes = 1 << 20

// place names where sealed bytes belong. It is authenticated with them.
func (j *Journal) place(kind string, relation uint32, part, segment int) []byte {
	return fmt.Appendf(nil, "understudy/journal/%d/%s/%s/%d/%d/%d", Version, j.run, kind, relation, part, segment)
}

func (j *Journal) page(name string, segment, segments int) []byte {
	return fmt.Appendf(nil, "understudy/journal/%d/%s/document/%q/%d/%d", Version, j.run, name, segment, segments)
}

func appendInt(dst []byte, n int) []byte { return binary.BigEndian.AppendUint32(dst, uint32(n)) } //nolint:gosec // counts segments

func readInt(b []byte) (int, []byte, bool) {
	if len(b) < 4 {
		return 0, nil, false
	}
	return int(binary.BigEndian.Uint32(b)), b[4:], true
}

// Put keeps a document under a name, in the place of what was there.
func (j *Journal) Put(ctx context.Context, conn *pgx.Conn, name string, body []byte) error {
	segments := max(1, (len(body)+segmentBytes-1)/segmentBytes)
	err := pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "DELETE FROM "+Schema+".document WHERE name = $1", name); err != nil {
			return err
		}
		for i := range segments {
			piece := body[min(i*segmentBytes, len(body)):min((i+1)*segmentBytes, len(body))]
			if _, err := tx.Exec(ctx, "INSERT INTO "+Schema+".document VALUES ($1, $2, $3, $4)",
				name, i, segments, j.seal.Seal(nil, nil, piece, j.page(name, i, segments))); err != nil {
				return err
			}
		}
		return nil
	})
	return session.Fault(report.Target, "keep the "+name+" in the journal", err)
}

// Get returns a document. One that is missing, cut or damaged is an error.
func (j *Journal) Get(ctx context.Context, conn *pgx.Conn, name string) ([]byte, error) {
	doing := "read the " + name + " in the journal"
	rows, err := conn.Query(ctx, "SELECT segment, segments, body FROM "+Schema+".document WHERE name = $1 ORDER BY segment", name)
	if err != nil {
		return nil, session.Fault(report.Target, doing, err)
	}
	var out, body []byte
	var segment, segments int
	n := 0
	_, err = pgx.ForEachRow(rows, []any{&segment, &segments, &body}, func() error {
		piece, err := j.seal.Open(nil, nil, body, j.page(name, segment, segments))
		if err != nil || segment != n {
			return damaged(doing)
		}
		n++
		out = append(out, piece...)
		return nil
	})
	if err != nil {
		return nil, session.Fault(report.Target, doing, err)
	}
	if n == 0 || n != segments {
		return nil, damaged(doing)
	}
	return out, nil
}
