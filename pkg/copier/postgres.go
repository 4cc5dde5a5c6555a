package copier

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/plan"
	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/rowcodec"
	"github.com/understudy-db/understudy/pkg/session"
	"github.com/understudy-db/understudy/pkg/snapshot"
)

// NewSource reads through a connection that is pinned to the snapshot.
func NewSource(conn *snapshot.Conn) Source { return &pgSource{conn: conn} }

type pgSource struct{ conn *snapshot.Conn }

// CopyOut takes the table's lock without waiting before it reads: a wait here would
// stand behind a migration that itself waits behind the snapshot's holder.
func (s *pgSource) CopyOut(ctx context.Context, t *plan.Table, c plan.Chunk, w io.Writer) (int64, error) {
	if err := s.conn.Lock(ctx, t.Name); err != nil {
		return 0, err
	}
	tag, err := s.conn.CopyTo(ctx, w, c.Out)
	if err != nil {
		return 0, tooLarge(t, err) // the writer's own as it is, else a fault
	}
	return tag.RowsAffected(), nil
}

// tooLarge adds to the server's refusal of a row beyond its limit for a message how to
// find the row. In text form the limit is met by an allocation, which it calls an internal error.
func tooLarge(t *plan.Table, err error) error {
	state := session.State(err)
	if state != "54000" && !(state == "XX000" && t.Format == rowcodec.Text.String()) {
		return err
	}
	var sizes []string
	for _, c := range t.Columns {
		if !c.Context {
			sizes = append(sizes, "COALESCE(pg_column_size("+catalog.Quote(c.Name)+"), 0)")
		}
	}
	hint := "leave its columns or its table out"
	if len(sizes) > 0 && len(sizes) <= 20 {
		hint = "SELECT ctid FROM ONLY " + t.Name.SQL() + " ORDER BY " + strings.Join(sizes, " + ") + " DESC LIMIT 1 most likely shows it; " + hint
	}
	return &report.Fault{
		Side: report.Source, Doing: "read " + t.Name.String(), Err: fmt.Errorf("one of its rows is larger than the gigabyte that PostgreSQL can send at once: %w", err), Hint: hint,
	}
}

// NewTarget writes through a connection to the incoming database.
func NewTarget(conn *pgx.Conn) Target { return &pgTarget{conn: conn} }

type pgTarget struct{ conn *pgx.Conn }

func (t *pgTarget) CopyIn(ctx context.Context, table *plan.Table, c plan.Chunk, r io.Reader, check func(pgx.Tx, int64) error) error {
	doing := "write " + table.Into.String()
	begin := pgx.TxOptions{}
	if c.Clear != "" {
		begin.BeginQuery = "BEGIN; " + c.Clear // one round trip for both: of many small tables they are the time
	}
	tx, err := t.conn.BeginTx(ctx, begin)
	if err != nil {
		return session.Fault(report.Target, doing, err)
	}
	// a rollback after a commit does nothing; after a failure it needs a context that still lives
	defer func() {
		clean, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		_ = tx.Rollback(clean)
	}()
	tag, err := t.conn.PgConn().CopyFrom(ctx, r, c.In)
	if err != nil {
		return session.Fault(report.Target, doing, err)
	}
	if c.After != "" {
		if _, err := tx.Exec(ctx, c.After); err != nil {
			return session.Fault(report.Target, doing, err)
		}
	}
	if err := check(tx, tag.RowsAffected()); err != nil {
		return err
	}
	if err := tx.Commit(ctx); err != nil {
		fault := session.Fault(report.Target, doing, err)
		if session.Transient(err) || ctx.Err() != nil {
			return &UncertainError{Err: fault}
		}
		return fault
	}
	return nil
}

// Largest returns the largest value of an integer column of the target; 0 and false
// when the table is empty.
func Largest(ctx context.Context, conn *pgx.Conn, table catalog.Name, column string) (int64, bool, error) {
	var n *int64
	err := conn.QueryRow(ctx, fmt.Sprintf("SELECT pg_catalog.max(%s)::int8 FROM %s", catalog.Quote(column), table.SQL())).Scan(&n)
	if errors.Is(err, pgx.ErrNoRows) || err == nil && n == nil {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, session.Fault(report.Target, "find the largest "+table.String()+"."+column, err)
	}
	return *n, true, nil
}
