package publish

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/session"
)

// Visit connects to staging or to one of its generations and calls look. A generation
// lets nobody in: it is opened for as long as the visit's connection takes to be made, and
// closed again before look is called. The caller holds the lock.
func (a *Admin) Visit(ctx context.Context, d Database, look func(ctx context.Context, conn *pgx.Conn) error) (err error) {
	doing := "look into " + d.Name
	var conn *pgx.Conn
	if d.AllowConn {
		conn, err = session.Connect(ctx, a.cfg.Database(d.Name), session.Target("visit"))
	} else {
		if err := a.exec(ctx, doing, "ALTER DATABASE "+quote(d.Name)+" ALLOW_CONNECTIONS true"); err != nil {
			return err
		}
		conn, err = session.Connect(ctx, a.cfg.Database(d.Name), session.Target("visit"))
		// whatever became of the connection, and of the context
		shut := a.exec(context.WithoutCancel(ctx), doing, "ALTER DATABASE "+quote(d.Name)+" ALLOW_CONNECTIONS false")
		if shut != nil {
			err = errors.Join(err, fmt.Errorf("%s is open for connections, and should not be: %w", d.Name, shut))
		}
	}
	if conn != nil {
		defer conn.Close(context.WithoutCancel(ctx))
	}
	if err != nil {
		return session.Fault(report.Target, doing, err)
	}
	return look(ctx, conn)
}
