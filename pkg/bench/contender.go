package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"
)

// contender is one way to copy the source, or one table of it, to the target.
type contender struct {
	name    string
	what    string // for the list
	table   string // copies this table alone; empty is all of them
	whole   bool   // with indexes and foreign keys
	shop    bool   // only of the shop
	needs   string // program that this machine may not have
	prepare func(ctx context.Context, b *bench) error
	run     func(ctx context.Context, b *bench, table string) (spent, error)
}

// Names of those that others are set against.
const (
	rawPipe      = "pipe-1"
	rawTable     = "table-pipe"
	bestUnmasked = "pgcopydb"
)

func contenders() []contender {
	return []contender{
		{name: rawPipe, what: "psql COPY binary | psql COPY binary, rows alone, one stream", prepare: emptySchema, run: pipes(1)},
		{name: "pipe-2", what: "the same, two streams, TRUNCATE and COPY FREEZE in one transaction", prepare: emptySchema, run: pipes(2)},
		{name: bestUnmasked, what: "pgcopydb clone, unmasked", whole: true, needs: "pgcopydb", prepare: emptyDatabase, run: pgcopydb},
		{name: "dump-restore", what: "pg_dump -Fd -j | pg_restore -j, unmasked", whole: true, prepare: emptyDatabase, run: dumpRestore},
		{name: "unmasked", what: "understudy, everything kept, no inspection", whole: true, run: understudy("keep.yaml", "none")},
		{name: "masked", what: "understudy, masked, no inspection", whole: true, run: understudy("mask.yaml", "none")},
		{name: "masked-stream", what: "understudy, masked, inspected on the stream", whole: true, run: understudy("mask.yaml", "stream")},
		{name: "masked-full", what: "understudy, masked, all of staging read back and compared with the originals", whole: true, run: understudy("mask.yaml", "full")},
		{name: rawTable, what: "psql COPY binary | psql COPY binary of customers", table: "customers", shop: true, prepare: emptySchema, run: pipes(1)},
		{name: "table-unmasked", what: "understudy: the rows of customers, kept, one worker", table: "customers", shop: true, run: understudy("table-keep.yaml", "none", "--jobs", "1")},
		{name: "table-masked", what: "understudy: the rows of customers, eleven columns masked, one worker", table: "customers", shop: true, run: understudy("table-mask.yaml", "none", "--jobs", "1")},
		{name: "table-masked-2", what: "the same with two workers on the one table", table: "customers", shop: true, run: understudy("table-mask.yaml", "none", "--jobs", "2", "--chunk-mb", "64")},
	}
}

// List names the contenders and says what they do.
func List() string {
	var s strings.Builder
	for _, c := range contenders() {
		fmt.Fprintf(&s, "%-16s %s\n", c.name, c.what)
	}
	return s.String()
}

// choose returns the contenders that were asked for, or all that this machine can run.
func choose(names []string, shop bool) ([]contender, error) {
	var out []contender
	for _, c := range contenders() {
		if len(names) > 0 && !slices.Contains(names, c.name) || !shop && c.shop {
			continue
		}
		if c.needs != "" {
			if _, err := exec.LookPath(c.needs); err != nil {
				if len(names) > 0 {
					return nil, fault("find "+c.needs, err)
				}
				continue
			}
		}
		out = append(out, c)
	}
	for _, name := range names {
		if !slices.ContainsFunc(out, func(c contender) bool { return c.name == name }) {
			return nil, fault("choose the contenders", fmt.Errorf("%q is none of this shape; --list names them", name))
		}
	}
	return out, nil
}

func order(list []contender) []string {
	var names []string
	for _, c := range list {
		names = append(names, c.name)
	}
	return names
}

// staging is the database that every contender fills.
const staging = "staging"

func emptyDatabase(ctx context.Context, b *bench) error {
	return exec1(ctx, b.target.SocketDSN("postgres"), "CREATE DATABASE "+staging)
}

// emptySchema makes the tables: what a pipe of rows leaves to others.
func emptySchema(ctx context.Context, b *bench) error {
	if err := emptyDatabase(ctx, b); err != nil {
		return err
	}
	dump := exec.CommandContext(ctx, b.program("pg_dump"), "--section=pre-data", "--dbname="+b.net.from("shop"))
	restore := exec.CommandContext(ctx, b.program("psql"), "-Xq", "-v", "ON_ERROR_STOP=1", "-o", os.DevNull, b.net.into(staging))
	_, _, err := b.run(ctx, dump, restore)
	return err
}

func (b *bench) program(name string) string { return b.source.Programs().Path(name) }

// pipes copies the tables one after the other, or the largest beside the others.
func pipes(streams int) func(context.Context, *bench, string) (spent, error) {
	return func(ctx context.Context, b *bench, only string) (spent, error) {
		total := spent{database: staging}
		tables := b.script.Tables
		if only != "" {
			tables = []string{only}
		}
		lanes := [][]string{tables}
		if streams > 1 && len(tables) > 1 {
			lanes = [][]string{tables[:1], tables[1:]}
		}
		used := make([]spent, len(lanes))
		group, gctx := errgroup.WithContext(ctx)
		for i, lane := range lanes {
			group.Go(func() error {
				for _, t := range lane {
					s, err := b.pipe(gctx, t, streams > 1)
					if err != nil {
						return err
					}
					used[i].add(s)
				}
				return nil
			})
		}
		err := group.Wait()
		for _, s := range used {
			total.cpu += s.cpu
			total.memory += s.memory
		}
		return total, err
	}
}

func (b *bench) pipe(ctx context.Context, table string, freeze bool) (spent, error) {
	name := "public." + pgx.Identifier{table}.Sanitize()
	out := exec.CommandContext(ctx, b.program("psql"), "-Xq", "-c", "COPY "+name+" TO STDOUT (FORMAT binary)", b.net.from("shop"))
	args := []string{"-Xq", "-v", "ON_ERROR_STOP=1"}
	if freeze {
		args = append(args, "-1", "-c", "TRUNCATE "+name, "-c", "COPY "+name+" FROM STDIN (FORMAT binary, FREEZE)")
	} else {
		args = append(args, "-c", "COPY "+name+" FROM STDIN (FORMAT binary)")
	}
	s, _, err := b.run(ctx, out, exec.CommandContext(ctx, b.program("psql"), append(args, b.net.into(staging))...))
	return s, err
}

func pgcopydb(ctx context.Context, b *bench, _ string) (spent, error) {
	dir := b.path("pgcopydb")
	defer func() { _ = os.RemoveAll(dir) }()
	jobs := strconv.Itoa(b.Jobs)
	// it ends at once when it finds a pid file of a run before in the place that it uses by default
	s, _, err := b.run(ctx, exec.CommandContext(ctx, "pgcopydb", "clone", "--dir", dir, "--restart", "--no-owner", "--no-acl", "--table-jobs", jobs, "--index-jobs", jobs,
		"--source", b.net.from("shop"), "--target", b.net.into(staging)))
	s.database = staging
	return s, err
}

func dumpRestore(ctx context.Context, b *bench, _ string) (spent, error) {
	dir := b.path("dump")
	defer func() { _ = os.RemoveAll(dir) }()
	jobs := "--jobs=" + strconv.Itoa(b.Jobs)
	total, _, err := b.run(ctx, exec.CommandContext(ctx, b.program("pg_dump"), "--format=directory", jobs, "--file="+dir, b.net.from("shop")))
	if err != nil {
		return total, err
	}
	s, _, err := b.run(ctx, exec.CommandContext(ctx, b.program("pg_restore"), "--no-owner", jobs, "--dbname="+b.net.into(staging), dir))
	total.add(s)
	total.database = staging
	return total, err
}

// refreshed is what is read of a run record.
type refreshed struct {
	Generation string `json:"generation"`
	Steps      []struct {
		Name   string `json:"name"`
		Millis int64  `json:"ms"`
	} `json:"steps"`
	Findings []struct {
		Code     string `json:"code"`
		Severity string `json:"severity"`
		Subject  string `json:"subject"`
		Count    int64  `json:"count"`
	} `json:"findings"`
}

// understudy runs this tool. Of one table the time of the rows alone counts, as with the pipe.
func understudy(rules, inspect string, more ...string) func(context.Context, *bench, string) (spent, error) {
	return func(ctx context.Context, b *bench, only string) (spent, error) {
		args := []string{
			"copy", "--source", b.net.from("shop"), "--target", b.net.into(staging), "--rules", b.path(rules), "--ephemeral-key",
			"--inspect", inspect, "--json", "--log-level", "error", "--jobs", strconv.Itoa(b.Jobs), "--pg-bin", b.source.Programs().Dir,
		}
		if b.Profiles != "" {
			args = append(args, "--cpu-profile", filepath.Join(b.Profiles, inspect+"-"+rules+".pprof"))
		}
		s, out, err := b.run(ctx, exec.CommandContext(ctx, b.Program, append(args, more...)...))
		var r refreshed
		if err != nil {
			if json.Unmarshal(out, &r) == nil {
				for _, f := range r.Findings {
					if f.Severity == "high" {
						b.say("  %s %s, %d times", f.Code, f.Subject, f.Count)
					}
				}
			}
			return s, err
		}
		if err := json.Unmarshal(out, &r); err != nil {
			return s, fault("read the run record", err)
		}
		s.database = r.Generation
		for _, step := range r.Steps {
			if step.Name == "copy data" {
				s.rows = time.Duration(step.Millis) * time.Millisecond
			}
		}
		if s.rows == 0 {
			return s, fault("read the run record", errors.New("it has no step that copied rows"))
		}
		if only != "" {
			s.wall = s.rows
		}
		return s, nil
	}
}
