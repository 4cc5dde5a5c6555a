package journal_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/pkg/journal"
	"github.com/understudy-db/understudy/pkg/pgtest"
	"github.com/understudy-db/understudy/pkg/report"
)

var key = [32]byte{1, 2, 3}

func open(t *testing.T, run string) *journal.Journal {
	t.Helper()
	j, err := journal.New(run, key)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// begun is a database with a journal in it.
func begun(t *testing.T) (*pgx.Conn, *journal.Journal) {
	t.Helper()
	dsn := pgtest.DSN(t)
	conn := pgtest.Conn(t, dsn)
	if err := journal.Create(t.Context(), conn, journal.Head{Version: journal.Version, Run: "one", Key: "k"}); err != nil {
		t.Fatal(err)
	}
	return conn, open(t, "one")
}

func parts(list ...[]byte) func(func([]byte) error) error {
	return func(put func([]byte) error) error {
		for _, p := range list {
			if err := put(p); err != nil {
				return err
			}
		}
		return nil
	}
}

func record(t *testing.T, conn *pgx.Conn, j *journal.Journal, part int, commit bool, evidence ...[]byte) error {
	t.Helper()
	tx, err := conn.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback(t.Context())
	if err := j.Record(t.Context(), tx, 77, part, []byte("counts"), parts(evidence...)); err != nil {
		return err
	}
	if commit {
		return tx.Commit(t.Context())
	}
	return nil
}

func TestAnEntryLivesAndDiesWithItsTransaction(t *testing.T) {
	t.Parallel()
	conn, j := begun(t)
	ctx := t.Context()
	big := bytes.Repeat([]byte{7}, 1<<20)
	if err := record(t, conn, j, 0, true, []byte("first"), big); err != nil {
		t.Fatal(err)
	}
	if err := record(t, conn, j, 1, false, []byte("lost")); err != nil {
		t.Fatal(err)
	}
	if err := record(t, conn, j, 0, true); !errors.Is(err, journal.ErrRecorded) {
		t.Errorf("a chunk that is there is recorded again: %v", err)
	}
	if yes, err := journal.Has(ctx, conn, 77, 0); !yes || err != nil {
		t.Error("the chunk that was committed is not there", err)
	}
	if yes, err := journal.Has(ctx, conn, 77, 1); yes || err != nil {
		t.Error("the chunk that was rolled back is there", err)
	}
	chunks, err := j.Chunks(ctx, conn)
	if err != nil || len(chunks) != 1 || string(chunks[0].Body) != "counts" || chunks[0].Segments != 2 {
		t.Fatalf("%+v, %v", chunks, err)
	}
	next := j.Evidence(ctx, conn, chunks[0])
	for _, want := range [][]byte{[]byte("first"), big, nil} {
		if got, err := next(); err != nil || !bytes.Equal(got, want) {
			t.Errorf("a part of %d bytes comes back as %d: %v", len(want), len(got), err)
		}
	}
	if err := journal.Drop(ctx, conn); err != nil {
		t.Fatal(err)
	}
	if h, err := journal.ReadHead(ctx, conn); h != nil || err != nil {
		t.Errorf("after the drop there is %+v, %v", h, err)
	}
}

// A chunk whose columns hold nothing that says enough has a part without any fingerprint:
// it is not the end, and not a chunk whose evidence is lost.
func TestAnEmptyPartOfTheEvidenceIsAPart(t *testing.T) {
	t.Parallel()
	conn, j := begun(t)
	if err := record(t, conn, j, 0, true, []byte{}, []byte("second")); err != nil {
		t.Fatal(err)
	}
	chunks, err := j.Chunks(t.Context(), conn)
	if err != nil || len(chunks) != 1 || chunks[0].Segments != 2 {
		t.Fatalf("%+v, %v", chunks, err)
	}
	next := j.Evidence(t.Context(), conn, chunks[0])
	for i, want := range [][]byte{{}, []byte("second"), nil} {
		if got, err := next(); err != nil || !bytes.Equal(got, want) || (got == nil) != (want == nil) {
			t.Errorf("part %d of %d bytes comes back as %d, nil: %t: %v", i, len(want), len(got), got == nil, err)
		}
	}
}

func TestDocumentsComeBackAsTheyWere(t *testing.T) {
	t.Parallel()
	conn, j := begun(t)
	for _, body := range [][]byte{{}, []byte("short"), bytes.Repeat([]byte("long "), 600_000)} {
		if err := j.Put(t.Context(), conn, "state", body); err != nil {
			t.Fatal(err)
		}
		if got, err := j.Get(t.Context(), conn, "state"); err != nil || !bytes.Equal(got, body) {
			t.Errorf("%d bytes come back as %d: %v", len(body), len(got), err)
		}
	}
	if h, err := journal.ReadHead(t.Context(), conn); err != nil || *h != (journal.Head{Version: journal.Version, Run: "one", Key: "k"}) {
		t.Errorf("%+v, %v", h, err)
	}
}

// Whatever is changed in the journal is noticed, and is never taken for state.
func TestStateThatWasTouchedIsRefused(t *testing.T) {
	t.Parallel()
	conn, j := begun(t)
	ctx := t.Context()
	if err := errors.Join(record(t, conn, j, 0, true, []byte("evidence")), record(t, conn, j, 1, true, []byte("other")), j.Put(ctx, conn, "state", bytes.Repeat([]byte("x"), 2<<20)), j.Put(ctx, conn, "plan", []byte("p"))); err != nil {
		t.Fatal(err)
	}
	read := func(j *journal.Journal) error {
		chunks, err := j.Chunks(ctx, conn)
		for _, c := range chunks {
			next := j.Evidence(ctx, conn, c)
			for {
				b, nerr := next()
				if err = errors.Join(err, nerr); b == nil {
					break
				}
			}
		}
		_, serr := j.Get(ctx, conn, "state")
		_, perr := j.Get(ctx, conn, "plan")
		return errors.Join(err, serr, perr)
	}
	if err := read(j); err != nil {
		t.Fatal(err)
	}
	if read(open(t, "two")) == nil {
		t.Error("another run's journal is read")
	}
	for _, touch := range []string{
		"UPDATE understudy_run.chunk SET body = set_byte(body, 20, get_byte(body, 20) # 1) WHERE part = 0",
		"UPDATE understudy_run.chunk SET body = substr(body, 1, 10) WHERE part = 0",
		"UPDATE understudy_run.chunk SET body = '' WHERE part = 1",
		"UPDATE understudy_run.chunk SET part = 5 WHERE part = 0",
		"UPDATE understudy_run.chunk c SET body = d.body FROM understudy_run.chunk d WHERE d.part = 1 - c.part",
		"DELETE FROM understudy_run.evidence WHERE part = 1",
		"UPDATE understudy_run.evidence SET body = body || '\\x00'",
		"UPDATE understudy_run.evidence c SET body = d.body FROM understudy_run.evidence d WHERE d.part = 1 - c.part",
		"DELETE FROM understudy_run.document WHERE name = 'state' AND segment = 1",
		"DELETE FROM understudy_run.document WHERE name = 'state' AND segment = 0",
		"UPDATE understudy_run.document SET segments = 1 WHERE name = 'state' AND segment = 0; DELETE FROM understudy_run.document WHERE name = 'state' AND segment = 1",
		"UPDATE understudy_run.document SET body = (SELECT body FROM understudy_run.document WHERE name = 'state' AND segment = 0) WHERE name = 'plan'",
		"DELETE FROM understudy_run.document WHERE name = 'plan'",
	} {
		func() {
			tx, err := conn.Begin(ctx)
			if err != nil {
				t.Fatal(err)
			}
			defer tx.Rollback(context.WithoutCancel(ctx))
			if _, err := conn.PgConn().Exec(ctx, touch).ReadAll(); err != nil {
				t.Fatal(touch, err)
			}
			if err := read(j); err == nil || report.SideOf(err) != report.Target {
				t.Errorf("nobody notices %s: %v", touch, err)
			}
		}()
	}
}

func TestASourceThatHasTheSchemaIsRefused(t *testing.T) {
	t.Parallel()
	dsn := pgtest.DSN(t)
	pgtest.Exec(t, dsn, "CREATE SCHEMA understudy_run")
	err := journal.Create(t.Context(), pgtest.Conn(t, dsn), journal.Head{Version: 1})
	if report.SideOf(err) != report.Rules || report.HintOf(err) == "" {
		t.Errorf("%v", err)
	}
}

// What the schema shows without the key says nothing of what was put into it.
func TestNothingButTheHeadIsInTheClear(t *testing.T) {
	t.Parallel()
	conn, j := begun(t)
	secret := []byte("SECRET-OF-THE-RUN")
	if err := errors.Join(record(t, conn, j, 0, true, secret), j.Put(t.Context(), conn, "state", secret)); err != nil {
		t.Fatal(err)
	}
	var n int
	err := conn.QueryRow(t.Context(), `SELECT count(*) FROM (SELECT body FROM understudy_run.chunk UNION ALL SELECT body FROM understudy_run.evidence UNION ALL SELECT body FROM understudy_run.document) x
		WHERE position('SECRET'::bytea IN body) > 0 OR position('counts'::bytea IN body) > 0`).Scan(&n)
	if err != nil || n > 0 {
		t.Errorf("%d values are in the clear: %v", n, err)
	}
	if tables := relations(t, conn); !slices.Equal(tables, []string{"chunk", "document", "evidence", "run"}) {
		t.Errorf("the journal has %v", tables)
	}
}

func relations(t *testing.T, conn *pgx.Conn) []string {
	t.Helper()
	rows, err := conn.Query(t.Context(), "SELECT relname::text FROM pg_class WHERE relnamespace = 'understudy_run'::regnamespace AND relkind = 'r' ORDER BY 1")
	if err != nil {
		t.Fatal(err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return names
}
