package pgtest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/testcontainers/testcontainers-go/modules/postgres"

	"github.com/understudy-db/understudy/pkg/localpg"
)

// patience bounds every step of ours that a test does not bound itself.
const patience = 2 * time.Minute

// server finds or starts the one server of this test binary and returns its DSN.
var server = sync.OnceValues(func() (string, error) {
	if dsn := os.Getenv("UNDERSTUDY_TEST_DSN"); dsn != "" {
		return dsn, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	defer cancel()
	s, err := localpg.Start(ctx, localpg.Options{Settings: map[string]string{
		"shared_buffers":            "32MB",
		"max_connections":           "200",
		"max_prepared_transactions": "10",
		"wal_level":                 "logical",
		"log_statement":             "none",
	}})
	if err == nil {
		return s.DSN("postgres"), nil // the server ends with this process: its lifeline closes
	}
	if !errors.Is(err, localpg.ErrNotFound) {
		return "", err
	}
	return container(ctx)
})

// container starts a server in a container, which the library's reaper removes.
func container(ctx context.Context) (dsn string, err error) {
	defer func() { // without a container engine the library panics in places
		if r := recover(); r != nil {
			err = fmt.Errorf("no container engine: %v", r)
		}
	}()
	image := os.Getenv("UNDERSTUDY_TEST_IMAGE")
	if image == "" {
		image = "postgres:17"
	}
	c, err := postgres.Run(ctx, image, postgres.BasicWaitStrategies())
	if err != nil {
		return "", fmt.Errorf("neither UNDERSTUDY_TEST_DSN, nor local programs, nor a container: %w", err)
	}
	return c.ConnectionString(ctx, "sslmode=disable")
}

// strict reports whether a missing server is a failure rather than a skip.
func strict() bool {
	return os.Getenv("UNDERSTUDY_NO_SKIP") == "1" || os.Getenv("CI") == "true"
}

// Server returns the DSN of a database of the test server where a superuser may
// create others. It skips the test when there is no server, or fails it in CI.
func Server(t testing.TB) string {
	t.Helper()
	dsn, err := server()
	switch {
	case err == nil:
		return dsn
	case strict():
		t.Fatalf("no PostgreSQL server for this test: %v", err)
	default:
		t.Skipf("no PostgreSQL server for this test: %v", err)
	}
	return ""
}

// DSN creates a fresh database and returns a DSN for it. The database is dropped when
// the test ends, with whatever sessions it still has.
func DSN(t testing.TB) string {
	t.Helper()
	admin := Server(t)
	name := "understudy_test_" + strings.ToLower(rand.Text()[:12])
	Exec(t, admin, `CREATE DATABASE "`+name+`" TEMPLATE template0`)
	t.Cleanup(func() { Drop(t, name) })
	return With(t, admin, name)
}

// Drop drops a database of the test server if it exists, with its sessions. Tests of
// publishing use it for the databases that the code under test makes.
func Drop(t testing.TB, name string) {
	t.Helper()
	quoted := `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
	conn := Conn(t, Server(t))
	ctx, cancel := context.WithTimeout(context.Background(), patience) // the test's own context has ended in a cleanup
	defer cancel()
	for _, sql := range []string{
		`UPDATE pg_database SET datallowconn = false, datistemplate = false WHERE datname = $1`,
		`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1`,
	} {
		if _, err := conn.Exec(ctx, sql, name); err != nil {
			t.Errorf("drop a test database: %v", err)
		}
	}
	if _, err := conn.Exec(ctx, `DROP DATABASE IF EXISTS `+quoted); err != nil {
		t.Errorf("drop a test database: %v", err)
	}
}

// With returns the DSN with another database's name in it. It understands URLs and keyword strings.
func With(t testing.TB, dsn, database string) string {
	t.Helper()
	if !strings.Contains(dsn, "://") {
		return dsn + " dbname='" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(database) + "'"
	}
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal("UNDERSTUDY_TEST_DSN is no URL that can be changed; use a URL with one host")
	}
	u.Path = "/" + database
	return u.String()
}

// Role creates a login role of the given attributes ("", "CREATEDB BYPASSRLS") and
// returns its name and the DSN with the role in it. At the test's end what it owns
// in that database is dropped, and so is the role.
func Role(t testing.TB, dsn, attributes string) (name, roleDSN string) {
	t.Helper()
	name, password := "understudy_role_"+strings.ToLower(rand.Text()[:12]), rand.Text()
	Exec(t, dsn, fmt.Sprintf(`CREATE ROLE %q LOGIN PASSWORD '%s' %s`, name, password, attributes))
	t.Cleanup(func() { Exec(t, dsn, fmt.Sprintf(`DROP OWNED BY %q CASCADE`, name), fmt.Sprintf(`DROP ROLE %q`, name)) })
	if !strings.Contains(dsn, "://") {
		return name, fmt.Sprintf("%s user=%s password=%s", dsn, name, password)
	}
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal("UNDERSTUDY_TEST_DSN is no URL that can be changed; use a URL with one host")
	}
	u.User = url.UserPassword(name, password)
	return name, u.String()
}

// Conn opens a plain connection, closed when the test ends.
func Conn(t testing.TB, dsn string) *pgx.Conn {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		t.Fatalf("connect to the test server: %v", err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		_ = conn.Close(ctx) // a test may have ended the session on purpose
	})
	return conn
}

// Exec runs statements on a connection of its own; each string may hold several.
func Exec(t testing.TB, dsn string, sql ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		t.Fatalf("connect to the test server: %v", err)
	}
	defer conn.Close(ctx)
	for _, s := range sql {
		if _, err := conn.PgConn().Exec(ctx, s).ReadAll(); err != nil {
			t.Fatalf("run %.200s: %v", s, err)
		}
	}
}
