package preflight

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/session"
	"github.com/understudy-db/understudy/pkg/snapshot"
)

func sourceLink(ctx context.Context, s *Site) (string, []report.Finding, error) {
	seen, pooled, found, err := link(ctx, s.Source, s.SourceConfig, session.Source("doctor"))
	if pooled && err == nil {
		found = append(found, report.Finding{
			Code: "pooler", Severity: report.Low, Subject: s.SourceConfig.Name(), Count: 1,
			Message: "a pooler stands between us and production; it keeps sessions, so the snapshot holds",
			Hint:    "connect to PostgreSQL directly, where you can",
		})
	}
	return seen, found, err
}

// link tells how a connection is made: with TLS or not, through a pooler or not. A pooler
// that gives a session's server to others between two transactions is an error.
func link(ctx context.Context, conn *pgx.Conn, cfg *session.Config, role session.Role) (seen string, pooled bool, found []report.Finding, err error) {
	doing := "look for a pooler before " + cfg.Redacted()
	backend := func(c interface {
		QueryRow(context.Context, string, ...any) pgx.Row
	},
	) (pid uint32, err error) {
		err = c.QueryRow(ctx, "SELECT pg_catalog.pg_backend_pid()::bigint").Scan(&pid)
		return pid, session.Fault(role.Side, doing, err)
	}
	seen = cfg.Link(conn).String() + ", PostgreSQL " + version(session.Version(conn))
	if f, ok := unsafeLink(cfg, conn, role.Side); ok {
		found = append(found, f)
	}
	mine, err := backend(conn)
	if err != nil {
		return seen, false, found, err
	}
	// A pooler makes up the process id that it greets with: its cancel key is its own.
	if mine == conn.PgConn().PID() {
		return seen, false, found, nil
	}
	other, err := session.Connect(ctx, cfg, role)
	if err != nil {
		return seen, true, found, err
	}
	defer shut(ctx, other)
	tx, err := other.Begin(ctx)
	if err != nil {
		return seen, true, found, session.Fault(role.Side, doing, err)
	}
	defer tx.Rollback(context.WithoutCancel(ctx))
	theirs, err := backend(tx)
	if err != nil {
		return seen, true, found, err
	}
	again, err := backend(conn)
	if err != nil {
		return seen, true, found, err
	}
	// Two clients that are both logged in cannot share a server process, nor can one have
	// two, unless it is lent for a transaction at a time.
	if theirs == mine || again != mine {
		return seen, true, found, &report.Fault{
			Side: role.Side, Doing: "connect to " + cfg.Redacted(), Err: errors.New("a pooler in transaction mode stands in between: it cannot hold a snapshot or a lock for us"),
			Hint: "connect to PostgreSQL itself, past the pooler, or to a pool in session mode",
		}
	}
	return seen + ", through a pooler", true, found, nil
}

// unsafeLink is the finding about a connection over a network that others may read or stand in.
func unsafeLink(cfg *session.Config, conn *pgx.Conn, side report.Side) (report.Finding, bool) {
	l := cfg.Link(conn)
	f := report.Finding{Code: "tls", Subject: cfg.Name(), Count: 1, Hint: "use sslmode=verify-full in the address, with sslrootcert=FILE where the server's certificate is from an authority of your own"}
	switch {
	case l.Local || l.Verified:
		return f, false
	case l.Encrypted:
		f.Severity, f.Message = report.Low, fmt.Sprintf("the address of the %s asks for a connection whose certificate is not checked: somebody in between could read along", side)
	default:
		f.Severity, f.Message = report.Medium, fmt.Sprintf("the connection to the %s is not encrypted", side)
	}
	return f, true
}

func version(n int) string { return fmt.Sprintf("%d.%d", n/10000, n%10000) }

// readOnly proves that the source's transactions cannot write, and tells when the role
// could, were it not for that.
func readOnly(ctx context.Context, s *Site) (string, []report.Finding, error) {
	const doing = "look at the source's role"
	var on bool
	err := pgx.BeginTxFunc(ctx, s.Source, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, "SELECT pg_catalog.current_setting('transaction_read_only') = 'on'").Scan(&on)
	})
	if err != nil {
		return "", nil, session.Fault(report.Source, doing, err)
	}
	if !on {
		return "", nil, &report.Fault{
			Side: report.Source, Doing: doing, Err: errors.New("a read-only transaction of ours is not read-only there"),
			Hint: "a pooler or proxy in between changes what we send; connect to PostgreSQL directly",
		}
	}
	var role string
	var super bool
	var tables int64
	err = s.Source.QueryRow(ctx, `
		SELECT current_user::text, r.rolsuper,
		       (SELECT count(*) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
		        WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
		          AND pg_catalog.has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE'))
		FROM pg_catalog.pg_roles r WHERE r.rolname = current_user`).Scan(&role, &super, &tables)
	if err != nil {
		return "", nil, session.Fault(report.Source, doing, err)
	}
	f := report.Finding{Code: "may-write", Severity: report.Low, Subject: s.SourceConfig.Name(), Hint: "use a role that can only read: `understudy doctor --print-roles` prints the script"}
	switch {
	case super:
		f.Message, f.Count = "the role "+role+" is a superuser of production; a refresh needs to read, and nothing else", 1
	case tables > 0:
		f.Message, f.Count = fmt.Sprintf("the role %s may write %d tables of production; our sessions are read-only, the role is not", role, tables), tables
	default:
		return "role " + role + " may read, and nothing else", nil, nil
	}
	return "sessions are read-only", []report.Finding{f}, nil
}

// oneServer exports a snapshot and looks for it over a second connection to the same
// address: a load balancer sends that to another server.
func oneServer(ctx context.Context, s *Site) (string, []report.Finding, error) {
	const doing = "look whether the source is one server"
	tx, err := s.Source.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return "", nil, session.Fault(report.Source, doing, err)
	}
	defer tx.Rollback(context.WithoutCancel(ctx))
	var id string
	if err := tx.QueryRow(ctx, "SELECT pg_catalog.pg_export_snapshot()").Scan(&id); err != nil {
		return "", nil, session.Fault(report.Source, doing, err)
	}
	// Three more connections, open at the same time: a balancer that takes turns and one
	// that looks for the server with the fewest are both seen. The first error is the one to tell.
	var conns [3]*pgx.Conn
	defer func() {
		for _, conn := range conns {
			if conn != nil {
				shut(ctx, conn)
			}
		}
	}()
	group, together := errgroup.WithContext(ctx)
	for i := range conns {
		group.Go(func() (err error) {
			if conns[i], err = session.Connect(together, s.SourceConfig, session.Source("doctor")); err != nil {
				return err
			}
			err = imports(together, conns[i], id)
			if session.SnapshotUnknown(err) {
				err = &report.Fault{
					Side: report.Source, Doing: doing, Err: errors.New("a snapshot that one connection exports is not there on the next: a load balancer stands before several servers"),
					Hint: "name one server, not the balancer",
				}
			}
			return session.Fault(report.Source, doing, err)
		})
	}
	if err := group.Wait(); err != nil {
		return "", nil, err
	}
	return "a snapshot is seen by every connection", nil, nil
}

// imports takes another session's snapshot, and lets it go.
func imports(ctx context.Context, conn *pgx.Conn, id string) error {
	tx, err := conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return err
	}
	defer tx.Rollback(context.WithoutCancel(ctx))
	_, err = tx.Exec(ctx, "SET TRANSACTION SNAPSHOT "+session.Literal(id))
	return err
}

// standby tells what a source in recovery can do to a run.
func standby(ctx context.Context, s *Site) (string, []report.Finding, error) {
	const doing = "look whether the source is a standby"
	var recovering bool
	var feedback, delay string
	var unlogged []string
	err := s.Source.QueryRow(ctx, `SELECT pg_catalog.pg_is_in_recovery(), pg_catalog.current_setting('hot_standby_feedback'), pg_catalog.current_setting('max_standby_streaming_delay'),
		coalesce((SELECT pg_catalog.array_agg(n.nspname || '.' || c.relname ORDER BY 1) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
		          WHERE c.relkind = 'r' AND c.relpersistence = 'u'), '{}')`).Scan(&recovering, &feedback, &delay, &unlogged)
	if err != nil {
		return "", nil, session.Fault(report.Source, doing, err)
	}
	if !recovering {
		return "it is a primary", nil, nil
	}
	unlogged = without(unlogged, s)
	if len(unlogged) > 0 {
		return "it is a standby", nil, &report.Fault{
			Side: report.Rules, Doing: "read the standby's tables", Err: fmt.Errorf("unlogged tables cannot be read on a standby: %s", strings.Join(unlogged, ", ")),
			Hint: "skip them in the rules, or copy from the primary",
		}
	}
	if feedback == "on" || delay == "-1" {
		return "it is a standby that does not cancel our queries", nil, nil
	}
	return "it is a standby", []report.Finding{{
		Code: "standby", Severity: report.Low, Subject: s.SourceConfig.Name(), Count: 1,
		Message: "the standby cancels queries that conflict with its recovery after max_standby_streaming_delay = " + delay,
		Hint:    "set hot_standby_feedback = on there, or a longer delay, or copy from the primary",
	}}, nil
}

// without takes out the tables that the rules skip.
func without(tables []string, s *Site) []string {
	var out []string
	for _, t := range tables {
		if !s.skips(t) {
			out = append(out, t)
		}
	}
	return out
}

// skips reports whether the rules copy no row of the table.
func (s *Site) skips(table string) bool {
	if s.Rules == nil {
		return false
	}
	for _, t := range s.Rules.Tables {
		if t.Skip != "" && (catalog.Name{Schema: t.Schema, Name: t.Name}).String() == table {
			return true
		}
	}
	return false
}

// rights names every table that the role may not read, with the statements that help.
func rights(ctx context.Context, s *Site) (string, []report.Finding, error) {
	n, err := snapshot.CheckRights(ctx, s.Source)
	if err != nil {
		return "", nil, err
	}
	var hidden []string
	err = s.Source.QueryRow(ctx, `SELECT coalesce(pg_catalog.array_agg(n.nspname || '.' || c.relname ORDER BY 1), '{}')
		FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relrowsecurity AND c.relkind IN ('r', 'p') AND pg_catalog.row_security_active(c.oid)`).Scan(&hidden)
	if err != nil {
		return "", nil, session.Fault(report.Source, "ask which policies apply", err)
	}
	if hidden = without(hidden, s); len(hidden) > 0 {
		return "", nil, &report.Fault{
			Side: report.Source, Doing: "read the tables", Err: fmt.Errorf("row security hides rows of %s from this role", strings.Join(hidden, ", ")),
			Hint: "ALTER ROLE " + catalog.Quote(s.SourceConfig.User()) + " BYPASSRLS, or skip the tables",
		}
	}
	return fmt.Sprintf("%d tables may be read", n), nil, nil
}

// shut closes a connection whatever became of the context.
func shut(ctx context.Context, conn *pgx.Conn) { _ = conn.Close(context.WithoutCancel(ctx)) }
