package schema

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/session"
)

// oneTransactionMax is the number of entries that pre-data may have to be restored in
// one transaction. A created table holds about four locks until the end, and a server
// of default settings has room for 6,400.
const oneTransactionMax = 1000

// batchSize is pg_restore's own answer to that since version 17.
const batchSize = 500

// LocksAtOnce returns about how many locks the largest transaction takes in which
// pg_restore makes the objects of so many tables.
func LocksAtOnce(tables int) int64 { return 4 * int64(min(tables, oneTransactionMax)) }

// RestoreOptions says what is restored and how.
type RestoreOptions struct {
	Section   Section
	Jobs      int              // parallel connections for post-data; less than 2 is one
	Keep      func(Entry) bool // nil restores every entry of the section
	Superuser bool             // the role may silence the server's log of failed statements
}

// Restore makes one section's objects in the target's database. It stops at the first
// error, a fault of the target that names the entry; what was made before it may stay,
// so a database that failed is dropped. A section without entries is no work.
func Restore(ctx context.Context, target *session.Config, a *Archive, opt RestoreOptions) error {
	for _, p := range passes(a, opt) {
		if err := p.restore(ctx, target, a); err != nil {
			return err
		}
	}
	return nil
}

// pass is one run of pg_restore.
type pass struct {
	RestoreOptions
	entries int
}

// passes cuts post-data in three where partitions' indexes are attached to their
// parents': indexes, attachments, and what may need a parent's index to be valid, which
// are foreign keys. Side by side, two attachments in nested partitions end in a deadlock,
// or neither sees the other and the topmost index stays invalid for ever.
func passes(a *Archive, opt RestoreOptions) []pass {
	split := []func(Entry) bool{opt.Keep}
	attaches := func(e Entry) bool { return e.Desc == "INDEX ATTACH" }
	if opt.Section == PostData && opt.Jobs > 1 && slices.ContainsFunc(a.Entries, attaches) {
		keep := func(e Entry) bool { return opt.Keep == nil || opt.Keep(e) }
		split = []func(Entry) bool{
			func(e Entry) bool { return keep(e) && !attaches(e) && !keyed(e) },
			func(e Entry) bool { return keep(e) && attaches(e) },
			func(e Entry) bool { return keep(e) && keyed(e) },
		}
	}
	var out []pass
	for i, keep := range split {
		p := pass{RestoreOptions: opt}
		p.Keep = keep
		if len(split) > 1 && i == 1 {
			p.Jobs = 1
		}
		for _, e := range a.Entries {
			if e.Section == opt.Section && (keep == nil || keep(e)) {
				p.entries++
			}
		}
		if p.entries > 0 {
			out = append(out, p)
		}
	}
	return out
}

func (p pass) restore(ctx context.Context, target *session.Config, a *Archive) error {
	if a.dir == "" {
		return errors.New("restore from a closed archive")
	}
	entries := make(map[int]Entry, len(a.Entries))
	var list strings.Builder
	for _, e := range a.Entries {
		entries[e.ID] = e
		if p.Keep == nil || p.Keep(e) {
			// pg_restore reads the number and nothing else of such a line.
			fmt.Fprintf(&list, "%d; 0 0 entry\n", e.ID)
		}
	}
	args := restoreArgs(a.programs.Major, p.entries, p.RestoreOptions)
	if p.Keep != nil {
		path := filepath.Join(a.dir, string(p.Section)+".list")
		if err := os.WriteFile(path, []byte(list.String()), 0o600); err != nil {
			return tempFault(err)
		}
		args = append(args, "--use-list="+path)
	}
	// pg_restore writes a script unless a database is named.
	args = append(args, "--dbname="+target.Conninfo(), a.file())

	cmd := command(ctx, a.programs.Restore, target, args)
	if p.Superuser {
		cmd.Env = withLogSilenced(cmd.Env)
	}
	var stderr errorBuffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		return startFault(a.programs.Restore, err)
	}
	err := cmd.Wait()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		return programFault(report.Target, "restore "+string(p.Section), "pg_restore", err, stderr.b, entries)
	}
	return nil
}

func restoreArgs(major, entries int, opt RestoreOptions) []string {
	args := []string{
		// Without --verbose, an error does not name the entry that was being made.
		"--verbose",
		"--section=" + string(opt.Section), "--exit-on-error", "--no-password",
		"--no-owner", "--no-privileges", "--no-tablespaces", "--no-security-labels",
		"--no-publications", "--no-subscriptions",
	}
	switch {
	case opt.Section == PostData && opt.Jobs > 1:
		args = append(args, "--jobs="+strconv.Itoa(opt.Jobs))
	case opt.Section == PreData && major >= 17:
		args = append(args, "--transaction-size="+strconv.Itoa(batchSize))
	case opt.Section == PreData && entries <= oneTransactionMax:
		args = append(args, "--single-transaction")
	}
	return args
}

// withLogSilenced adds to PGOPTIONS that a failed statement, which may hold a default's
// value, does not go to the target's log.
func withLogSilenced(env []string) []string {
	const silence = "-c log_min_error_statement=panic -c log_error_verbosity=terse"
	for i, kv := range env {
		if rest, ok := strings.CutPrefix(kv, "PGOPTIONS="); ok {
			env[i] = "PGOPTIONS=" + strings.TrimSpace(rest+" "+silence)
			return env
		}
	}
	return append(env, "PGOPTIONS="+silence)
}

// MissingRoles returns those of the names that are no roles of the target, in their order.
func MissingRoles(ctx context.Context, target *pgx.Conn, names []string) ([]string, error) {
	return missing(ctx, target, "look for roles", names, `
		SELECT n FROM unnest($1::text[]) WITH ORDINALITY AS t (n, i)
		WHERE n NOT IN ('public', 'current_user', 'session_user', 'current_role')
		  AND NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = n)
		ORDER BY i`)
}

// MissingExtensions returns those of the names that the target's server does not have, in their order.
func MissingExtensions(ctx context.Context, target *pgx.Conn, names []string) ([]string, error) {
	return missing(ctx, target, "look for extensions", names, `
		SELECT n FROM unnest($1::text[]) WITH ORDINALITY AS t (n, i)
		WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_available_extensions WHERE name = n)
		ORDER BY i`)
}

func missing(ctx context.Context, conn *pgx.Conn, doing string, names []string, query string) ([]string, error) {
	if len(names) == 0 {
		return nil, nil
	}
	rows, err := conn.Query(ctx, query, names)
	if err != nil {
		return nil, session.Fault(report.Target, doing, err)
	}
	out, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, session.Fault(report.Target, doing, err)
	}
	return out, nil
}
