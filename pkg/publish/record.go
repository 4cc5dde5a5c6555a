package publish

import (
	"context"
	"fmt"

	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/session"
)

// SetRecord writes the digest and the number of the run's signed record into staging's mark, so that the
// end of the chain lies in a second place. The caller holds the lock and has published.
func (a *Admin) SetRecord(ctx context.Context, staging, digest string, number int) error {
	doing := "note the record in staging " + staging
	db, err := a.lookup(ctx, staging)
	if err != nil {
		return err
	}
	if db == nil || db.Mark == nil || db.Mark.State != Staging {
		return &report.Fault{Side: report.Target, Doing: doing, Err: fmt.Errorf("it is not marked as staging")}
	}
	mark := *db.Mark
	mark.Record, mark.RecordNumber = digest, number
	comment, err := joinComment(db.Comment, mark)
	if err != nil {
		return err
	}
	_, err = a.conn.Exec(ctx, "COMMENT ON DATABASE "+quote(staging)+" IS "+session.Literal(comment))
	return session.Fault(report.Target, doing, err)
}
