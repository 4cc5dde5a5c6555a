package schema

import (
	"context"
	_ "embed"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/session"
)

// leftovers lists the statements that undo post-data.
//
//go:embed clear.sql
var leftovers string

// ClearPostData removes what a restore of post-data that was cut off has made: foreign
// keys, keys, indexes, triggers, rules, policies, statistics and unchecked constraints.
// An entry of an archive is no unit that could be resumed: pg_restore does not say which
// are done, and a database without them is what post-data starts from. It returns how many
// objects it dropped.
func ClearPostData(ctx context.Context, conn *pgx.Conn) (int, error) {
	const doing = "remove the indexes and keys of the interrupted run"
	rows, err := conn.Query(ctx, leftovers)
	if err != nil {
		return 0, session.Fault(report.Target, doing, err)
	}
	statements, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return 0, session.Fault(report.Target, doing, err)
	}
	for _, s := range statements {
		if _, err := conn.Exec(ctx, s); err != nil {
			return 0, &report.Fault{Side: report.Target, Doing: doing, Err: session.Reduce(err), Hint: "start over: run without --resume"}
		}
	}
	return len(statements), nil
}
