package schema

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/session"
)

// DumpOptions says what to read and what to leave out.
type DumpOptions struct {
	Snapshot    string             // an exported snapshot's id; empty takes pg_dump's own
	Target      TargetRole         // who will restore
	Roles       map[string]string  // policies' role names, source to target
	Tables      []string           // only these, quoted and with their schemas, and what belongs to them; empty: everything
	Exclude     func(Entry) string // a reason leaves the entry out; nil keeps all
	LockTimeout time.Duration      // how long pg_dump waits for a lock; 0 is 10 s
	TempDir     string             // where the private folder is made; empty is the system's
}

// Archive is a schema that was read, edited and put down in a private file.
type Archive struct {
	Entries  []Entry   // what is restored, in order
	Dropped  []Dropped // what is not, and why; kinds that are restored by other means are left out
	Roles    []string  // role names in policies, after mapping, sorted
	programs Programs
	dir      string
}

// Close removes the archive's file and its folder.
func (a *Archive) Close() error {
	if a.dir == "" {
		return nil
	}
	dir := a.dir
	a.dir = ""
	return os.RemoveAll(dir)
}

// Extensions returns the names of the extensions that the archive creates.
func (a *Archive) Extensions() []string {
	var names []string
	for _, e := range a.Entries {
		if e.Desc == "EXTENSION" {
			names = append(names, e.Name)
		}
	}
	return names
}

func (a *Archive) file() string { return filepath.Join(a.dir, "schema.dump") }

// Dump reads the schema of the source's database with pg_dump. Errors are faults of the
// source, of usage when the temporary folder cannot be used, or of the rules when the
// schema cannot be carried. The caller closes the archive.
func Dump(ctx context.Context, source *session.Config, programs Programs, opt DumpOptions) (_ *Archive, err error) {
	a, err := newArchive(opt.TempDir, programs)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.Close())
		}
	}()
	file, err := os.OpenFile(a.file(), os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return nil, tempFault(err)
	}
	defer func() {
		if cerr := file.Close(); cerr != nil && err == nil {
			err = tempFault(cerr)
		}
	}()

	ed := editorFor(opt)
	// Ending the program when the archive cannot be read needs a context of its own.
	run, stop := context.WithCancel(ctx)
	defer stop()
	cmd := command(run, programs.Dump, source, append(dumpArgs(programs.Major, opt), "--dbname="+source.Conninfo()))
	var stderr errorBuffer
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, tempFault(err)
	}
	if err := cmd.Start(); err != nil {
		return nil, startFault(programs.Dump, err)
	}
	editErr := ed.edit(stdout, file)
	if editErr != nil && !errors.Is(editErr, io.ErrUnexpectedEOF) {
		stop()
	}
	waitErr := cmd.Wait()
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case editErr != nil && !errors.Is(editErr, io.ErrUnexpectedEOF):
		if fault := (*report.Fault)(nil); errors.As(editErr, &fault) {
			return nil, editErr
		}
		return nil, &report.Fault{Side: report.Source, Doing: "read pg_dump's archive", Err: editErr, Hint: "use the client programs of a released version"}
	case waitErr != nil:
		return nil, programFault(report.Source, "read the schema of the source", "pg_dump", waitErr, stderr.b, nil)
	case editErr != nil:
		return nil, &report.Fault{Side: report.Source, Doing: "read pg_dump's archive", Err: editErr}
	}
	a.take(ed)
	return a, nil
}

// edit copies the archive from r to w without what the editor drops.
func (d *editor) edit(r io.Reader, w io.WriteSeeker) error {
	in, err := newArchiveReader(r)
	if err != nil {
		return err
	}
	out, err := newArchiveWriter(w, in.head)
	if err != nil {
		return tempFault(err)
	}
	for range in.count {
		rec, err := in.next()
		if err != nil {
			return err
		}
		keep, err := d.judge(rec)
		if err != nil {
			return err
		}
		if keep {
			if err := out.write(rec); err != nil {
				return tempFault(err)
			}
		}
	}
	if err := in.end(); err != nil {
		return err
	}
	if err := out.close(); err != nil {
		return tempFault(err)
	}
	return nil
}

// dumpArgs are pg_dump's arguments. The flags keep forbidden things off the pipe where
// pg_dump has flags for them; the editor keeps all of them off the disk.
func dumpArgs(major int, opt DumpOptions) []string {
	wait := opt.LockTimeout
	if wait <= 0 {
		wait = 10 * time.Second
	}
	args := []string{
		"--schema-only", "--format=custom", "--compress=0", "--encoding=UTF8", "--no-password",
		"--no-owner", "--no-privileges", "--no-tablespaces", "--no-security-labels",
		"--no-publications", "--no-subscriptions",
		"--lock-wait-timeout=" + strconv.FormatInt(wait.Milliseconds(), 10),
	}
	if major >= 18 {
		args = append(args, "--no-statistics")
	}
	for _, t := range opt.Tables {
		args = append(args, "--table="+t)
	}
	if len(opt.Tables) > 0 {
		args = append(args, "--strict-names")
	}
	if opt.Snapshot != "" {
		args = append(args, "--snapshot="+opt.Snapshot)
	}
	return args
}

// command prepares a program that finds its server in the environment, never in its
// arguments: those stand in the process list. What has no variable is in the database's
// argument, which [session.Config.Conninfo] writes.
func command(ctx context.Context, path string, cfg *session.Config, args []string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env = plain(cfg.Env())
	// SIGTERM lets the program cancel its queries on the server and end its own workers.
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 10 * time.Second
	return cmd
}

func programFault(side report.Side, doing, program string, err error, stderr []byte, entries map[int]Entry) error {
	exit := -1
	if ended := (*exec.ExitError)(nil); errors.As(err, &ended) {
		exit = ended.ExitCode()
	}
	e := reduce(program, exit, stderr, entries)
	return &report.Fault{Side: side, Doing: doing, Err: e, Hint: e.hint}
}

func startFault(path string, err error) error {
	return &report.Fault{Side: report.Usage, Doing: "start " + path, Err: err, Hint: "name the folder of pg_dump and pg_restore in " + EnvBin}
}

func tempFault(err error) error {
	return &report.Fault{Side: report.Usage, Doing: "keep the schema in a private temporary folder", Err: err, Hint: fmt.Sprintf("look for space and rights in %s, or set TMPDIR", os.TempDir())}
}
