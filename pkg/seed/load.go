package seed

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/copier"
	"github.com/understudy-db/understudy/pkg/plan"
	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/session"
)

// trialRows is how many rows of each table are shown to the server before any is written.
const trialRows = 200

// Try shows rows of each table to the server, in temporary tables with the same types
// and CHECKs, and returns every constraint that does not take them, as one fault.
// Nothing is left behind.
func (d *Data) Try(ctx context.Context, conn *pgx.Conn) error {
	var refused []string
	for _, t := range d.m.tables {
		if t.rows == 0 {
			continue
		}
		more, err := d.try(ctx, conn, t)
		if err != nil {
			return session.Fault(report.Target, "try rows for "+t.name.String(), err)
		}
		refused = append(refused, more...)
	}
	if len(refused) == 0 {
		return nil
	}
	return &report.Fault{
		Side: report.Target, Doing: "try rows before writing any", Err: errors.New(strings.Join(refused, "; ")),
		Hint: "nothing was written; leave a table out with --table-rows TABLE=0, or give its rows the values they need with states: in the rules",
	}
}

func (d *Data) try(ctx context.Context, conn *pgx.Conn, t *table) (refused []string, err error) {
	tx, err := conn.Begin(ctx)
	if err != nil {
		return nil, err
	}
	defer tx.Rollback(context.WithoutCancel(ctx))
	if _, err := tx.Exec(ctx, "CREATE TEMP TABLE understudy_trial (LIKE "+t.name.SQL()+" INCLUDING CONSTRAINTS INCLUDING DEFAULTS INCLUDING GENERATED) ON COMMIT DROP"); err != nil {
		return nil, err
	}
	for range 20 { // constraints that break one after the other
		if _, err := tx.Exec(ctx, "SAVEPOINT trial"); err != nil {
			return nil, err
		}
		err := d.copySome(ctx, conn, t)
		if err == nil {
			return refused, nil
		}
		var server *session.ServerError
		if !errors.As(session.Reduce(err), &server) {
			return nil, err
		}
		if _, err := tx.Exec(ctx, "ROLLBACK TO SAVEPOINT trial"); err != nil {
			return nil, err
		}
		refused = append(refused, fmt.Sprintf("%s: %s", t.name, t.explain(server)))
		if server.Constraint == "" {
			return refused, nil
		}
		if _, err := tx.Exec(ctx, "ALTER TABLE understudy_trial DROP CONSTRAINT "+catalog.Quote(server.Constraint)); err != nil {
			return refused, nil //nolint:nilerr // a domain's constraint: it cannot be taken away, and has been named
		}
	}
	return refused, nil
}

// explain names what the server did not take.
func (t *table) explain(e *session.ServerError) string {
	what := "the server does not take a value of ours [SQLSTATE " + e.SQLSTATE + "]"
	if e.Column != "" {
		what = "column " + e.Column + ": " + what
	}
	if e.Constraint == "" {
		return what
	}
	for _, k := range t.checks {
		if k.name == e.Constraint && k.e == nil {
			return "constraint " + e.Constraint + " is not understood, and our rows break it"
		}
	}
	return "our rows break constraint " + e.Constraint
}

// copySome writes the first rows, and some from further on.
func (d *Data) copySome(ctx context.Context, conn *pgx.Conn, t *table) error {
	s := &source{d.m, newEvaluator(d.m), nil}
	r, w := io.Pipe()
	go func() {
		err := s.write(ctx, t, 0, min(trialRows, t.rows), w)
		if from := t.rows - min(trialRows, t.rows/2); err == nil && from > trialRows {
			err = s.write(ctx, t, from, t.rows, w)
		}
		w.CloseWithError(err)
	}()
	_, err := conn.PgConn().CopyFrom(ctx, r, t.copyIn("pg_temp.understudy_trial"))
	_ = r.CloseWithError(io.ErrClosedPipe) // lets the writer go when the server said no
	return err
}

// Load is how rows get into the target.
type Load struct {
	Open     func(ctx context.Context) (*pgx.Conn, error) // a connection for a worker
	Close    func(*pgx.Conn)
	Jobs     int
	Add      bool                  // the tables held rows before: one transaction takes all
	Watch    func(m *copier.Meter) // gets the counters before the work begins; may be nil
	Parallel bool                  // the role may set session_replication_role
}

// Write loads every row, checks every foreign key and sets the sequences. When it
// fails, nothing of it stays: tables that were empty are emptied again, and what is
// added is one transaction.
//
// With Parallel, foreign keys and triggers are off while rows go in, and every key is
// checked afterwards. Without, all goes through one transaction in the order of the
// keys; keys that make a ring are deferred to its end.
func (d *Data) Write(ctx context.Context, l Load) error {
	if l.Parallel && !l.Add {
		return d.writeParallel(ctx, l)
	}
	return d.writeOne(ctx, l)
}

func (d *Data) writeParallel(ctx context.Context, l Load) (err error) {
	conn, err := l.Open(ctx)
	if err != nil {
		return err
	}
	defer l.Close(conn)
	defer func() {
		if err != nil {
			err = errors.Join(err, d.empty(ctx, l))
		}
	}()
	c := copier.New(d.Plan, copier.Bind{}, nil)
	if l.Watch != nil {
		l.Watch(c.Meter())
	}
	start := time.Now()
	err = c.Run(ctx, l.Jobs, func(ctx context.Context) (copier.Source, copier.Target, func(), error) {
		conn, err := l.Open(ctx)
		if err != nil {
			return nil, nil, nil, err
		}
		if _, err := conn.Exec(ctx, "SET session_replication_role = replica; SET synchronous_commit = off"); err != nil {
			l.Close(conn)
			return nil, nil, nil, session.Fault(report.Target, "turn triggers off for this session", err)
		}
		return d.Source(), copier.NewTarget(conn), func() { l.Close(conn) }, nil
	})
	d.Loading = time.Since(start)
	if err != nil {
		return d.name(err)
	}
	if err := d.checkKeys(ctx, conn); err != nil {
		return err
	}
	return d.setSequences(ctx, conn)
}

// empty takes every row out again, through a connection of its own and after a cancel too.
func (d *Data) empty(ctx context.Context, l Load) error {
	clean, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	conn, err := l.Open(clean)
	if err != nil {
		return fmt.Errorf("empty the tables again: %w", err)
	}
	defer l.Close(conn)
	var names []string
	for _, t := range d.m.tables {
		if t.base == 0 {
			names = append(names, t.name.SQL())
		}
	}
	_, err = conn.Exec(clean, "TRUNCATE "+strings.Join(names, ", "))
	return session.Fault(report.Target, "empty the tables again", err)
}

// name makes a broken constraint the schema's matter: our rows do not keep it.
func (d *Data) name(err error) error {
	var server *session.ServerError
	if !errors.As(err, &server) || server.Constraint == "" {
		return err
	}
	return &report.Fault{
		Side: report.Target, Doing: "write made-up rows", Err: err,
		Hint: "the constraint asks for more than we understand; nothing was kept. Fewer rows, --table-rows TABLE=0, or states: may help",
	}
}

// oneTransaction is a copier's target that commits nothing.
type oneTransaction struct {
	conn *pgx.Conn
	tx   pgx.Tx
}

func (o oneTransaction) CopyIn(ctx context.Context, t *plan.Table, c plan.Chunk, r io.Reader, check func(pgx.Tx, int64) error) error {
	tag, err := o.conn.PgConn().CopyFrom(ctx, r, c.In)
	if err != nil {
		return session.Fault(report.Target, "write "+t.Into.String(), err)
	}
	return check(o.tx, tag.RowsAffected())
}

func (d *Data) writeOne(ctx context.Context, l Load) error {
	conn, err := l.Open(ctx)
	if err != nil {
		return err
	}
	defer l.Close(conn)
	tx, err := conn.Begin(ctx)
	if err != nil {
		return session.Fault(report.Target, "begin", err)
	}
	defer func() {
		clean, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		_ = tx.Rollback(clean)
	}()
	back, err := d.deferKeys(ctx, conn)
	if err != nil {
		return err
	}
	c := copier.New(d.Plan, copier.Bind{}, nil)
	if l.Watch != nil {
		l.Watch(c.Meter())
	}
	start := time.Now()
	err = c.Run(ctx, 1, func(context.Context) (copier.Source, copier.Target, func(), error) {
		return d.Source(), oneTransaction{conn, tx}, func() {}, nil
	})
	d.Loading = time.Since(start)
	if err != nil {
		return d.name(err)
	}
	if _, err := conn.Exec(ctx, "SET CONSTRAINTS ALL IMMEDIATE"); err != nil {
		return d.name(session.Fault(report.Target, "check the foreign keys", err))
	}
	for _, sql := range back {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return session.Fault(report.Target, "make a foreign key immediate again", err)
		}
	}
	if err := d.setSequences(ctx, conn); err != nil {
		return err
	}
	return session.Fault(report.Target, "commit", tx.Commit(ctx))
}

// deferKeys lets the keys of a ring be checked at the end, and returns the statements
// that undo it, in the same transaction.
func (d *Data) deferKeys(ctx context.Context, conn *pgx.Conn) ([]string, error) {
	at := map[*table]int{}
	for i, t := range d.m.inOrder() {
		at[t] = i
	}
	var back []string
	for _, t := range d.m.tables {
		for _, k := range t.keys {
			if at[k.parent] < at[t] || k.parent == t || t.rows == 0 || k.fk.Virtual {
				continue
			}
			var deferrable bool
			if err := conn.QueryRow(ctx, "SELECT condeferrable FROM pg_catalog.pg_constraint WHERE conrelid = $1 AND conname = $2", t.cat.OID, k.fk.Name).Scan(&deferrable); err != nil {
				return nil, session.Fault(report.Target, "look at foreign key "+k.fk.Name, err)
			}
			if deferrable {
				continue
			}
			alter := "ALTER TABLE " + t.name.SQL() + " ALTER CONSTRAINT " + catalog.Quote(k.fk.Name)
			if _, err := conn.Exec(ctx, alter+" DEFERRABLE INITIALLY DEFERRED"); err != nil {
				return nil, session.Fault(report.Target, "defer foreign key "+k.fk.Name+" of "+t.name.String()+", which is part of a ring", err)
			}
			back = append(back, alter+" NOT DEFERRABLE")
		}
	}
	_, err := conn.Exec(ctx, "SET CONSTRAINTS ALL DEFERRED")
	return back, session.Fault(report.Target, "defer constraints", err)
}

// checkKeys looks for rows whose foreign key points to nothing.
func (d *Data) checkKeys(ctx context.Context, conn *pgx.Conn) error {
	var broken []string
	for _, k := range d.m.c.ForeignKeys {
		child, parent := d.m.c.Table(k.Table), d.m.c.Table(k.RefTable)
		if child == nil || parent == nil {
			continue
		}
		var on, set []string
		for i := range k.Columns {
			c := "c." + catalog.Quote(k.Columns[i])
			on = append(on, "p."+catalog.Quote(k.RefColumns[i])+" = "+c)
			set = append(set, c+" IS NOT NULL")
		}
		var n int64
		if err := conn.QueryRow(ctx, fmt.Sprintf("SELECT count(*) FROM %s AS c WHERE %s AND NOT EXISTS (SELECT FROM %s AS p WHERE %s)",
			child.Name.SQL(), strings.Join(set, " AND "), parent.Name.SQL(), strings.Join(on, " AND "))).Scan(&n); err != nil {
			return session.Fault(report.Target, "check foreign key "+k.Name, err)
		}
		if n > 0 {
			broken = append(broken, fmt.Sprintf("%d rows of %s point to nothing by %s", n, child.Name, k.Name))
		}
	}
	if len(broken) == 0 {
		return nil
	}
	return &report.Fault{
		Side: report.Target, Doing: "check the foreign keys", Err: errors.New(strings.Join(broken, "; ")),
		Hint: "nothing was kept; keys that share columns in a way that is not understood cause this: leave the table out with --table-rows TABLE=0",
	}
}

// setSequences puts every sequence that belongs to a column behind its largest value.
func (d *Data) setSequences(ctx context.Context, conn *pgx.Conn) error {
	for _, s := range d.m.c.Sequences {
		t := d.m.byOID[s.OwnerTab]
		if t == nil || t.rows == 0 || t.byName[s.OwnerCol] == nil {
			continue
		}
		largest, any, err := copier.Largest(ctx, conn, t.name, s.OwnerCol)
		if err != nil {
			return err
		}
		if !any || largest < s.Min || largest > s.Max {
			continue
		}
		if _, err := conn.Exec(ctx, "SELECT pg_catalog.setval("+session.Literal(s.Name.SQL())+"::regclass, $1)", max(largest, s.Last)); err != nil {
			return session.Fault(report.Target, "set sequence "+s.Name.String(), err)
		}
	}
	return nil
}
