package pipeline

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/publish"
	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/ruleset"
	"github.com/understudy-db/understudy/pkg/session"
)

// runHooks runs the rules' SQL files, each on a connection of its own and, unless it says
// otherwise, in one transaction. What they write is inspected like everything else.
func (r *refresh) runHooks(ctx context.Context) (string, error) {
	if len(r.rules.Hooks) == 0 {
		return "none", nil
	}
	// What a hook has done once must not be done again: from here on the run is whole or nothing.
	if err := r.endJournal(ctx); err != nil {
		return "", err
	}
	var took []string
	for i := range r.rules.Hooks {
		h := &r.rules.Hooks[i]
		start := time.Now()
		if err := r.runHook(ctx, h); err != nil {
			return strings.Join(took, ", "), err
		}
		took = append(took, fmt.Sprintf("%s %s", report.Clean(h.Name), time.Since(start).Round(time.Millisecond)))
	}
	return strings.Join(took, ", "), nil
}

func (r *refresh) runHook(ctx context.Context, h *ruleset.Hook) error {
	doing := "run the hook " + h.Name
	conn, err := r.connectIncoming(ctx, "hook")
	if err != nil {
		return err
	}
	defer shut(ctx, conn)
	// its author wrote it for a session as the server gives it, not for one of ours
	if _, err := conn.Exec(ctx, "RESET search_path"); err != nil {
		return session.Fault(report.Target, doing, err)
	}
	if _, err := conn.PgConn().Exec(ctx, h.SQL).ReadAll(); err != nil {
		if session.State(err) == "" || ctx.Err() != nil {
			return session.Fault(report.Target, doing, err)
		}
		if at := session.Position(err); at > 0 {
			doing += fmt.Sprintf(", line %d", lineOf(h.SQL, at))
		}
		return &report.Fault{
			Side: report.Rules, Doing: doing, Err: session.Reduce(err),
			Hint: fmt.Sprintf("%s names it; try it with psql -1 -f on a copy of staging. Tables are found by the server's search_path: write them with their schema", h.Position),
		}
	}
	if conn.PgConn().TxStatus() != 'I' {
		return &report.Fault{Side: report.Rules, Doing: doing, Err: errors.New("it begins a transaction and does not end it"), Hint: "leave BEGIN out: a file is one transaction by itself"}
	}
	return nil
}

// lineOf returns the line, from 1, of a position in characters, from 1.
func lineOf(text string, at int) int {
	line := 1
	for i, r := range []rune(text) {
		if i+1 >= at {
			break
		}
		if r == '\n' {
			line++
		}
	}
	return line
}

// readGrants reads owners and grants from the source, for a staging that is not there
// yet, where the rules say who stands in for whom. After that the old staging has them.
func (r *refresh) readGrants(ctx context.Context) error {
	if r.status.Exists || len(r.rules.Roles) == 0 {
		return nil
	}
	read := func(tx pgx.Tx) (err error) {
		r.grants, err = publish.MappedPrivileges(ctx, tx, r.rules.Roles)
		return err
	}
	if held := r.holder(); held != nil {
		return held.Read(ctx, read)
	}
	conn, err := session.Connect(ctx, r.source, session.Source("grants")) // of an interrupted run whose rows are all there
	if err != nil {
		return err
	}
	defer shut(ctx, conn)
	return session.Fault(report.Source, "read owners and grants", pgx.BeginTxFunc(ctx, conn, pgx.TxOptions{AccessMode: pgx.ReadOnly}, read))
}

// rewritten returns the incoming database's catalog when something besides the plan has
// written to it: what hooks and preserved tables brought is looked at as well.
func (r *refresh) rewritten(ctx context.Context) (*catalog.Catalog, error) {
	if len(r.rules.Hooks) == 0 && r.kept == nil {
		return nil, nil //nolint:nilnil // the plan's own catalog holds
	}
	conn, err := r.connectIncoming(ctx, "inspect")
	if err != nil {
		return nil, err
	}
	defer shut(ctx, conn)
	c, err := catalog.Read(ctx, conn)
	if err != nil {
		return nil, &report.Fault{Side: report.Target, Doing: "read what hooks and preserved tables brought", Err: err}
	}
	return c, nil
}
