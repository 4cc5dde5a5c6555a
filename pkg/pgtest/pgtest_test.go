package pgtest_test

import (
	"testing"

	"github.com/understudy-db/understudy/pkg/pgtest"
)

func TestDatabasesAreApart(t *testing.T) {
	t.Parallel()
	source, target := pgtest.DSN(t), pgtest.DSN(t)
	pgtest.Exec(t, source, `CREATE TABLE a (id int); INSERT INTO a VALUES (1), (2)`)
	var n int
	if err := pgtest.Conn(t, source).QueryRow(t.Context(), `SELECT count(*) FROM a`).Scan(&n); err != nil || n != 2 {
		t.Fatalf("source has %d rows, %v; want 2", n, err)
	}
	var there bool
	if err := pgtest.Conn(t, target).QueryRow(t.Context(), `SELECT to_regclass('a') IS NOT NULL`).Scan(&there); err != nil || there {
		t.Fatalf("table of the source seen in the target: %v, %v", there, err)
	}
}

func TestDatabaseIsDropped(t *testing.T) {
	t.Parallel()
	var dsn string
	t.Run("inner", func(t *testing.T) {
		dsn = pgtest.DSN(t)
		pgtest.Conn(t, dsn) // an open session must not keep the database alive
	})
	var n int
	err := pgtest.Conn(t, pgtest.Server(t)).QueryRow(t.Context(),
		`SELECT count(*) FROM pg_database WHERE $1 LIKE '%/' || datname || '?%' AND datname LIKE 'understudy_test_%'`, dsn).Scan(&n)
	if err != nil || n != 0 {
		t.Fatalf("%d databases left, %v", n, err)
	}
}

func TestRoleLogsIn(t *testing.T) {
	t.Parallel()
	dsn := pgtest.DSN(t)
	name, roleDSN := pgtest.Role(t, dsn, "")
	var who string
	if err := pgtest.Conn(t, roleDSN).QueryRow(t.Context(), `SELECT current_user`).Scan(&who); err != nil || who != name {
		t.Fatalf("logged in as %q, %v; want %q", who, err, name)
	}
}
