package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/publish"
	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/schema"
	"github.com/understudy-db/understudy/pkg/session"
)

// preserved is what is brought over from the old staging. A nil one preserves nothing.
type preserved struct {
	run     *refresh
	archive *schema.Archive // of the tables that production does not have; nil when it has all
	seqs    map[catalog.Name]bool
}

// bringPreserved fills the tables that keep the old staging's rows, before production's
// come: what refers to them finds them, and no trigger fires.
func (r *refresh) bringPreserved(ctx context.Context) (string, error) {
	var names []catalog.Name
	for _, t := range r.rules.Tables {
		if t.Preserve {
			names = append(names, catalog.Name{Schema: t.Schema, Name: t.Name})
		}
	}
	if len(names) == 0 {
		return "none", nil
	}
	r.kept = &preserved{run: r, seqs: map[catalog.Name]bool{}}
	for _, s := range r.catalog.Sequences {
		if t := r.catalog.Table(s.OwnerTab); t != nil && slices.Contains(names, t.Name) {
			r.kept.seqs[s.Name] = true
		}
	}
	if !r.status.Exists {
		r.nothingPreserved(names, "there is no old staging")
		return "there is no old staging", nil
	}
	if m := r.status.Database.Mark; m == nil || m.State != publish.Staging {
		r.findings = append(r.findings, report.Finding{
			Code: "preserved-unknown", Severity: report.Medium, Subject: r.target.Name(), Count: int64(len(names)),
			Message: "rows are preserved from a database that we did not write: nobody knows whether they were ever masked",
			Hint:    "see what they hold; from the next refresh on the old staging is one of ours",
		})
	}
	return r.kept.bring(ctx, names)
}

func (r *refresh) nothingPreserved(names []catalog.Name, why string) {
	for _, n := range names {
		r.findings = append(r.findings, report.Finding{
			Code: "preserved-nothing", Severity: report.Low, Subject: n.String(), Count: 1, Message: "no rows of it are preserved: " + why,
			Hint: "fill it once; the next refresh keeps what is there",
		})
	}
}

func (k *preserved) bring(ctx context.Context, names []catalog.Name) (string, error) {
	r := k.run
	old, err := session.Connect(ctx, r.target, session.Target("preserve"))
	if err != nil {
		return "", err
	}
	defer shut(ctx, old)
	tx, err := old.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return "", session.Fault(report.Target, "read the old staging", err)
	}
	defer tx.Rollback(context.WithoutCancel(ctx))
	there, err := columnsOf(ctx, tx, names)
	if err != nil {
		return "", err
	}
	var gone, own, schemas []string
	for _, n := range names {
		switch {
		case there[n] == nil:
			gone = append(gone, n.String())
			r.nothingPreserved([]catalog.Name{n}, "the old staging does not have it")
		case r.catalog.Lookup(n) == nil:
			own, schemas = append(own, n.SQL()), append(schemas, n.Schema)
		}
	}
	new, err := r.connectIncoming(ctx, "preserve")
	if err != nil {
		return "", err
	}
	defer shut(ctx, new)
	if len(own) > 0 {
		if err := k.makeTables(ctx, new, own, schemas); err != nil {
			return "", err
		}
	}
	here, err := columnsOf(ctx, new, names)
	if err != nil {
		return "", err
	}
	var rows int64
	if r.resumed != nil {
		return "done by run " + r.resumed.run, nil // before it copied its first row
	}
	for _, n := range names {
		if there[n] == nil || here[n] == nil {
			continue
		}
		stored, err := bringRows(ctx, old, new, n, there[n], here[n])
		if err != nil {
			return "", err
		}
		rows += stored
		if err := bringSequences(ctx, tx, new, n, here[n]); err != nil {
			return "", err
		}
	}
	detail := fmt.Sprintf("%d rows of %d tables, %d of them staging's own", rows, len(names)-len(gone), len(own))
	return detail, nil
}

// makeTables makes the tables that only the old staging has, as its schema says.
func (k *preserved) makeTables(ctx context.Context, new *pgx.Conn, tables, schemas []string) error {
	r := k.run
	found, err := schema.Find(ctx, r.Programs)
	if err != nil {
		return err
	}
	version := r.admin.Version()
	programs, err := schema.Choose(found, version, version)
	if err != nil {
		return &report.Fault{Side: report.Usage, Doing: "preserve tables that production does not have", Err: err}
	}
	k.archive, err = schema.Dump(ctx, r.target, programs, schema.DumpOptions{
		Target: schema.TargetRole{Version: version, Superuser: r.admin.Superuser()}, Tables: tables, LockTimeout: r.LockTimeout,
	})
	if err != nil {
		return err
	}
	if r.resumed != nil {
		return nil // the interrupted run has made them
	}
	for _, s := range schemas {
		if _, err := new.Exec(ctx, "CREATE SCHEMA IF NOT EXISTS "+catalog.Quote(s)); err != nil {
			return session.Fault(report.Target, "make schema "+s, err)
		}
	}
	return schema.Restore(ctx, r.incoming, k.archive, schema.RestoreOptions{Section: schema.PreData, Superuser: r.admin.Superuser()})
}

// finish makes the indexes, keys and triggers of staging's own tables, when all rows are there.
func (k *preserved) finish(ctx context.Context) error {
	if k == nil || k.archive == nil {
		return nil
	}
	return schema.Restore(ctx, k.run.incoming, k.archive, schema.RestoreOptions{Section: schema.PostData, Superuser: k.run.admin.Superuser()})
}

func (k *preserved) close() {
	if k != nil && k.archive != nil {
		_ = k.archive.Close()
	}
}

// owns reports whether a sequence belongs to a preserved table.
func (k *preserved) owns(sequence catalog.Name) bool { return k != nil && k.seqs[sequence] }

// columnsOf returns the columns of tables that can be written to, in their order. A table
// that is not there is not in the answer.
func columnsOf(ctx context.Context, q catalog.Querier, names []catalog.Name) (map[catalog.Name][]string, error) {
	const doing = "compare the preserved tables"
	var schemas, tables []string
	for _, n := range names {
		schemas, tables = append(schemas, n.Schema), append(tables, n.Name)
	}
	rows, err := q.Query(ctx, `
		SELECT n.nspname::text, c.relname::text, a.attname::text
		FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
		     JOIN unnest($1::text[], $2::text[]) w (s, t) ON w.s = n.nspname AND w.t = c.relname
		     JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
		WHERE c.relkind IN ('r', 'p') ORDER BY 1, 2, a.attnum`, schemas, tables)
	if err != nil {
		return nil, session.Fault(report.Target, doing, err)
	}
	out := map[catalog.Name][]string{}
	var n catalog.Name
	var column string
	_, err = pgx.ForEachRow(rows, []any{&n.Schema, &n.Name, &column}, func() error { out[n] = append(out[n], column); return nil })
	return out, session.Fault(report.Target, doing, err)
}

// bringRows copies a table's rows in the columns that both sides have, as text: the
// numbers of types differ between two databases of one server.
func bringRows(ctx context.Context, old, new *pgx.Conn, n catalog.Name, there, here []string) (int64, error) {
	var columns []string
	for _, c := range here {
		if slices.Contains(there, c) {
			columns = append(columns, catalog.Quote(c))
		}
	}
	if len(columns) == 0 {
		return 0, nil
	}
	list := strings.Join(columns, ", ")
	doing := "bring the old staging's rows of " + n.String()
	pr, pw := io.Pipe()
	read := make(chan error, 1)
	go func() {
		_, err := old.PgConn().CopyTo(ctx, pw, "COPY (SELECT "+list+" FROM "+n.SQL()+") TO STDOUT")
		_ = pw.CloseWithError(err) // nil is the end of the rows
		read <- err
	}()
	tag, err := new.PgConn().CopyFrom(ctx, pr, "COPY "+n.SQL()+" ("+list+") FROM STDIN")
	_ = pr.CloseWithError(io.ErrClosedPipe) // a refused row ends the reading too
	if rerr := <-read; rerr != nil && (err == nil || !errors.Is(rerr, io.ErrClosedPipe)) {
		return 0, session.Fault(report.Target, doing, rerr)
	}
	if err != nil {
		fault := session.Fault(report.Target, doing, err)
		return 0, &report.Fault{Side: report.Target, Doing: "preserve " + n.String(), Err: fault, Hint: "its rows no longer fit the table as production has it: change them in staging, or preserve it no more"}
	}
	return tag.RowsAffected(), nil
}

// bringSequences puts the sequences of a table's columns above its rows, and not below
// where they stood in the old staging.
func bringSequences(ctx context.Context, old pgx.Tx, new *pgx.Conn, n catalog.Name, columns []string) error {
	doing := "set the sequences of " + n.String()
	for _, c := range columns {
		var sequence *string
		if err := new.QueryRow(ctx, "SELECT pg_catalog.pg_get_serial_sequence($1, $2)", n.SQL(), c).Scan(&sequence); err != nil {
			return session.Fault(report.Target, doing, err)
		}
		if sequence == nil {
			continue
		}
		var last int64
		err := old.QueryRow(ctx, `SELECT coalesce((SELECT s.last_value FROM pg_catalog.pg_sequences s
			WHERE pg_catalog.quote_ident(s.schemaname) || '.' || pg_catalog.quote_ident(s.sequencename) = pg_catalog.pg_get_serial_sequence($1, $2)), 0)
			FROM pg_catalog.pg_attribute WHERE attrelid = $1::pg_catalog.regclass AND attname = $2`, n.SQL(), c).Scan(&last)
		if err != nil && !errors.Is(err, pgx.ErrNoRows) {
			return session.Fault(report.Target, doing, err)
		}
		_, err = new.Exec(ctx, "SELECT pg_catalog.setval($1::pg_catalog.regclass, v) FROM (SELECT greatest($2::bigint, (SELECT max("+catalog.Quote(c)+") FROM "+n.SQL()+")) AS v) s WHERE v > 0", *sequence, last)
		if err != nil {
			return session.Fault(report.Target, doing, err)
		}
	}
	return nil
}
