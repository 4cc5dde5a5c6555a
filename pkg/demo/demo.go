package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/rs/zerolog"

	"github.com/understudy-db/understudy/fixtures"
	"github.com/understudy-db/understudy/pkg/mask/prf"
	"github.com/understudy-db/understudy/pkg/pipeline"
	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/session"
	"github.com/understudy-db/understudy/rules"
)

// Options says how large the demonstration is and where its report goes.
type Options struct {
	Customers int
	Jobs      int
	ReportDir string
	Keep      bool // wait for the context's end before the servers are stopped
	Tool      report.Tool
	Log       zerolog.Logger
	Observer  pipeline.Observer
	ExitCode  func(error) int
	Out       io.Writer // the story, told as it goes
}

// Run plays the whole story and returns the refresh's record. Errors are faults with hints.
func Run(ctx context.Context, o Options) (*report.Run, error) {
	say := func(format string, args ...any) { _, _ = fmt.Fprintf(o.Out, format+"\n", args...) }
	production, staging, err := startBoth(ctx, say)
	if err != nil {
		return nil, err
	}
	defer production.stop()
	defer staging.stop()
	if err := load(ctx, production, o.Customers); err != nil {
		return nil, err
	}
	say("production: the sample shop, %d customers", o.Customers)
	dir := o.ReportDir
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, &report.Fault{Side: report.Usage, Doing: "make the report folder", Err: err, Hint: "give --report a folder that can be written"}
	}
	content, err := rules.FS.ReadFile("examples/shop.yaml")
	if err != nil {
		return nil, fmt.Errorf("read the shop's rules: %w", err)
	}
	file := filepath.Join(dir, "shop.yaml")
	if err := os.WriteFile(file, content, 0o600); err != nil {
		return nil, &report.Fault{Side: report.Usage, Doing: "write the shop's rules", Err: err, Hint: "give --report a folder that can be written"}
	}
	say("rules: %s\n", file)
	run, err := pipeline.Refresh(ctx, pipeline.Options{
		Source: production.dsn("shop"), Target: staging.dsn("shop"), Rules: file, Key: prf.Generate(), Ephemeral: true, Jobs: o.Jobs,
		ReportDir: dir, FailOn: report.High, KeepGenerations: 1, Tool: o.Tool, Log: o.Log, Observer: o.Observer, Programs: production.programs, ExitCode: o.ExitCode,
	})
	if err != nil {
		return run, err
	}
	if err := shapes(ctx, production, staging, o.Out); err != nil {
		return run, err
	}
	if o.Keep {
		say("\nproduction: %s\nstaging:    %s\nInterrupt to stop both.", production.shown("shop"), staging.shown("shop"))
		<-ctx.Done()
	}
	return run, nil
}

// load makes the shop.
func load(ctx context.Context, s *server, customers int) error {
	admin, err := pgx.Connect(ctx, s.dsn("postgres"))
	if err != nil {
		return session.Fault(report.Source, "connect to the demonstration's production", err)
	}
	_, err = admin.Exec(ctx, "CREATE DATABASE shop")
	_ = admin.Close(ctx)
	if err != nil {
		return session.Fault(report.Source, "create the shop", err)
	}
	conn, err := pgx.Connect(ctx, s.dsn("shop"))
	if err != nil {
		return session.Fault(report.Source, "connect to the shop", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	return session.Fault(report.Source, "load the shop", fixtures.Load(ctx, fixtures.Into(conn.PgConn()), customers))
}

// before and after are read in the same order on both sides: by the key, which the
// shop's rules keep.
const sample = `SELECT first_name::text, last_name::text, email::text, phones[1]::text, birth_date::text FROM public.customers ORDER BY id LIMIT 6`

// shapes prints the shape of a few originals beside their stand-ins: letters as a,
// digits as 9. The sample's people are invented, but what a real run would print must
// not hold a value, and so neither does this.
func shapes(ctx context.Context, production, staging *server, w io.Writer) error {
	before, err := rowsOf(ctx, production)
	if err != nil {
		return err
	}
	after, err := rowsOf(ctx, staging)
	if err != nil {
		return err
	}
	if len(before) != len(after) {
		return errors.New("production and staging differ in their rows")
	}
	_, _ = fmt.Fprintf(w, "\ncustomers: the shape of the original → its stand-in\n")
	for i := range before {
		for k := range before[i] {
			if before[i][k] != nil && after[i][k] != nil {
				_, _ = fmt.Fprintf(w, "  %s → %s", Shape(*before[i][k]), report.Clean(*after[i][k]))
			}
		}
		_, _ = fmt.Fprintln(w)
	}
	return nil
}

func rowsOf(ctx context.Context, s *server) ([][5]*string, error) {
	conn, err := pgx.Connect(ctx, s.dsn("shop"))
	if err != nil {
		return nil, session.Fault(report.Target, "look at the shop", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	rows, err := conn.Query(ctx, sample)
	if err != nil {
		return nil, session.Fault(report.Target, "look at the shop", err)
	}
	out, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) ([5]*string, error) {
		var v [5]*string
		err := row.Scan(&v[0], &v[1], &v[2], &v[3], &v[4])
		return v, err
	})
	if err != nil {
		return nil, session.Fault(report.Target, "look at the shop", err)
	}
	return out, nil
}

// Shape returns a value's shape: upper-case letters as A, other letters as a, digits as
// 9, the rest as it is, at most 24 characters.
func Shape(s string) string {
	var b strings.Builder
	n := 0
	for _, r := range s {
		if n++; n > 24 {
			b.WriteString("…")
			break
		}
		switch {
		case r >= '0' && r <= '9':
			b.WriteByte('9')
		case isUpper(r):
			b.WriteByte('A')
		case isLetter(r):
			b.WriteByte('a')
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
