package schema

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"

	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/session"
)

// Export writes a whole database, schema and rows, to a new file: SQL for psql, or an
// archive for pg_restore. Owners and privileges are left out, since whoever restores it
// has other roles. A file that could not be finished is removed.
func Export(ctx context.Context, source *session.Config, programs Programs, archive bool, path string) (err error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644) //nolint:gosec // for others to read
	if err != nil {
		return &report.Fault{Side: report.Usage, Doing: "write " + path, Err: errors.New("the file cannot be made")}
	}
	defer func() {
		if cerr := file.Close(); err == nil && cerr != nil {
			err = &report.Fault{Side: report.Usage, Doing: "write " + path, Err: errors.New("the disk took less than was written"), Hint: "make room"}
		}
		if err != nil {
			err = errors.Join(err, os.Remove(path))
		}
	}()
	form := "plain"
	if archive {
		form = "custom"
	}
	cmd := exec.CommandContext(ctx, programs.Dump, "--format="+form, "--no-owner", "--no-privileges", "--no-publications", "--no-subscriptions", "--no-password", "--dbname="+source.Conninfo()) //nolint:gosec // found by Find
	cmd.Env, cmd.Stdout = source.Env(), file
	if err := cmd.Run(); err != nil { // what it printed may quote rows
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return &report.Fault{Side: report.Source, Doing: fmt.Sprintf("dump %s with pg_dump %s", source.Redacted(), programs.Version), Err: errors.New("pg_dump failed"), Hint: "run it by hand to see why"}
	}
	return nil
}
