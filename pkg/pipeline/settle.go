package pipeline

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/copier"
	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/schema"
	"github.com/understudy-db/understudy/pkg/session"
)

func (r *refresh) setSequences(ctx context.Context) (string, error) {
	conn, err := r.connectIncoming(ctx, "sequences")
	if err != nil {
		return "", err
	}
	defer r.hangUp(ctx, conn)
	// of what a server may refuse, these alone decide what it writes about rows
	if refused := slices.DeleteFunc(session.Refused(conn), func(s string) bool { return !strings.HasPrefix(s, "log_") }); len(refused) > 0 {
		r.findings = append(r.findings, report.Finding{
			Code: "server-log", Severity: report.Low, Subject: r.target.Name(), Count: 1,
			Message: "this role may not change " + strings.Join(refused, ", ") + " on the target: its server's log may hold values from statements that fail",
			Hint:    "GRANT SET ON PARAMETER log_min_error_statement, log_error_verbosity TO the role (from 15), or see who reads that log",
		})
	}
	states := make([]schema.SequenceState, 0, len(r.plan.Sequences))
	for _, s := range r.plan.Sequences {
		if r.kept.owns(s.Name) {
			continue // it stands where the preserved rows want it
		}
		state := schema.SequenceState{Schema: s.Name.Schema, Name: s.Name.Name, Last: s.Last, Called: s.Called}
		if s.Column != "" {
			// a masked key: the sequence must start above the largest stand-in
			largest, any, err := copier.Largest(ctx, conn, s.Table, s.Column)
			if err != nil {
				return "", err
			}
			if any && largest >= state.Last {
				state.Last, state.Called = largest, true
			}
		}
		states = append(states, state)
	}
	if r.staged != nil {
		if err := r.staged.restart(ctx, states); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("%d sequences", len(states)), schema.SetSequences(ctx, conn, states)
}

func (r *refresh) refreshViews(ctx context.Context) (string, error) {
	if len(r.plan.Views) == 0 {
		return "none", nil
	}
	conn, err := r.connectIncoming(ctx, "views")
	if err != nil {
		return "", err
	}
	defer r.hangUp(ctx, conn)
	return fmt.Sprintf("%d views", len(r.plan.Views)), schema.RefreshViews(ctx, conn, r.plan.Views)
}

func (r *refresh) analyse(ctx context.Context) (string, error) {
	var names []catalog.Name
	seen := map[catalog.Name]bool{}
	for i := range r.plan.Tables {
		// the root's statistics count its partitions; a partition has its own
		for _, n := range []catalog.Name{r.plan.Tables[i].Name, r.plan.Tables[i].Root} {
			if !seen[n] && !r.builder.Analysed(n) {
				seen[n] = true
				names = append(names, n)
			}
		}
	}
	if err := schema.Analyze(ctx, r.incoming, names, r.Jobs); err != nil {
		return "", err
	}
	if err := r.measureSubset(ctx); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d tables; the others were analysed when their indexes were made", len(names)), r.checkVirtual(ctx)
}
