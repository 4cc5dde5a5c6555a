package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"github.com/understudy-db/understudy/fixtures"
	"github.com/understudy-db/understudy/pkg/localpg"
	"github.com/understudy-db/understudy/pkg/report"
)

// Options says what is measured, and how often.
type Options struct {
	Shape      string   // what is copied: "shop", "tables:N" or "rows:BYTES"
	Scale      float64  // of the shop; 1 is 2.3 GB
	Rounds     int      // runs of each contender
	Jobs       int      // workers of contenders that have some
	WAL        []string // wal_level of the target, one series each
	Contenders []string // names; empty runs all that this machine has the programs for
	Dir        string   // where the servers and the rest lie; empty is the temporary folder
	Results    string   // file of results; one that is there is gone on with
	Budget     time.Duration
	RoundTrip  time.Duration // between this tool and the servers; 0 is the loopback as it is
	Mbit       int           // bandwidth between them; 0 is no limit
	Cores      int           // of each server; 0 is all of the machine
	Profiles   string        // folder for a profile of each run of this tool; empty: none
	Program    string        // this tool's own
	Out        io.Writer
}

// walSettings are what wal_level asks of the rest of a configuration.
func walSettings(level string) map[string]string {
	s := map[string]string{
		"wal_level": level, "shared_buffers": "512MB", "max_wal_size": "6GB", "checkpoint_timeout": "30min",
		"autovacuum": "off", // whether it wakes up in one run or another is chance
	}
	if level == "minimal" {
		s["max_wal_senders"] = "0"
	}
	return s
}

// Result is one run of one contender.
type Result struct {
	Series    string        `json:"series"` // shape, scale, jobs and wal_level: what may be compared
	Contender string        `json:"contender"`
	Round     int           `json:"round"`
	Wall      time.Duration `json:"wall_ns"`
	Rows      time.Duration `json:"rows_ns,omitempty"` // of it, while rows moved; 0 where the program does not tell
	Client    time.Duration `json:"client_cpu_ns"`
	Source    time.Duration `json:"source_cpu_ns"`
	Target    time.Duration `json:"target_cpu_ns"`
	Memory    int64         `json:"largest_process_bytes"`
	Bytes     int64         `json:"database_bytes"`
	WAL       int64         `json:"wal_bytes"`
}

// Run measures and prints one table for each series. It ends early, with what it has,
// when the budget is used up.
func Run(ctx context.Context, o Options) error {
	script, err := shape(o.Shape, o.Scale)
	if err != nil {
		return err
	}
	b := &bench{Options: o, script: script, started: time.Now()}
	if b.chosen, err = choose(o.Contenders, o.Shape == "shop"); err != nil {
		return err
	}
	if err := b.recall(); err != nil {
		return err
	}
	if b.dir, err = os.MkdirTemp(o.Dir, "understudy-bench-"); err != nil {
		return fault("make a folder", err)
	}
	defer func() { _ = os.RemoveAll(b.dir) }() // of the temporary folder
	if o.Profiles != "" {
		if err := os.MkdirAll(o.Profiles, 0o750); err != nil {
			return fault("make the profiles' folder", err)
		}
	}
	if b.net, err = openNetwork(ctx, o.RoundTrip, o.Mbit); err != nil {
		return fault("make a network", err)
	}
	defer b.net.close()
	if b.source, err = b.serve(ctx, sourceEnd, walSettings("replica")); err != nil {
		return fault("start the source", err)
	}
	defer b.source.Stop()
	if err := b.load(ctx); err != nil {
		return fault("make the shop", err)
	}
	if err := b.writeRules(ctx); err != nil {
		return fault("write the rules", err)
	}
	for _, level := range o.WAL {
		if err := b.series(ctx, level); err != nil {
			return err
		}
	}
	return nil
}

type bench struct {
	Options
	script  fixtures.Script
	chosen  []contender
	dir     string
	started time.Time
	source  *localpg.Server
	target  *localpg.Server
	net     network // between contenders and servers
	rows    map[string]int64
	results []Result
}

func fault(doing string, err error) error {
	return &report.Fault{Side: report.Usage, Doing: doing, Err: err, Hint: "a measurement needs PostgreSQL's programs, and room for the data three times over"}
}

func shape(name string, scale float64) (fixtures.Script, error) {
	kind, number, _ := strings.Cut(name, ":")
	n := 0
	if number != "" {
		if _, err := fmt.Sscanf(number, "%d", &n); err != nil || n < 1 {
			return fixtures.Script{}, fault("read the shape "+name, errors.New("a number is expected after the colon"))
		}
	}
	switch {
	case kind == "shop" && n == 0:
		return fixtures.Large(scale), nil
	case kind == "tables" && n > 0:
		return fixtures.Many(n, max(1, int(1_000_000*scale)/n)), nil
	case kind == "rows" && n > 0:
		return fixtures.Wide(max(1, int(1e9*scale)/n), n), nil
	}
	return fixtures.Script{}, fault("read the shape "+name, errors.New("it is shop, tables:N or rows:BYTES"))
}

func (b *bench) say(format string, args ...any) { _, _ = fmt.Fprintf(b.Out, format+"\n", args...) }

// serve starts a server at its end of the network, on its cores.
func (b *bench) serve(ctx context.Context, at end, settings map[string]string) (*localpg.Server, error) {
	var s *localpg.Server
	err := b.net.at(at, func(address string) (err error) {
		if err := useCores(coresOf(at, b.Cores, runtime.NumCPU())); err != nil {
			return err
		}
		s, err = localpg.Start(ctx, localpg.Options{Dir: b.Options.Dir, Settings: settings, Address: address})
		return err
	})
	return s, err
}

// coresOf gives each server cores of its own while there are enough.
func coresOf(at end, each, all int) []int {
	var cores []int
	for i := range min(each, all) {
		cores = append(cores, (int(at)*each+i)%all)
	}
	return cores
}

// load makes the source. Its parts are filled two at a time.
func (b *bench) load(ctx context.Context) error {
	begin := time.Now()
	if err := exec1(ctx, b.source.SocketDSN("postgres"), "CREATE DATABASE shop"); err != nil {
		return err
	}
	if err := exec1(ctx, b.source.SocketDSN("shop"), b.script.First); err != nil {
		return err
	}
	group, gctx := errgroup.WithContext(ctx)
	group.SetLimit(2)
	for _, part := range b.script.Fill {
		group.Go(func() error {
			return exec1(gctx, b.source.SocketDSN("shop"), "SET synchronous_commit = off; SET work_mem = '256MB'; "+part)
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	if err := exec1(ctx, b.source.SocketDSN("shop"), "SET maintenance_work_mem = '512MB'; "+b.script.Finish); err != nil {
		return err
	}
	for _, sql := range []string{"VACUUM (ANALYZE)", "CHECKPOINT"} {
		if err := exec1(ctx, b.source.SocketDSN("shop"), sql); err != nil {
			return err
		}
	}
	var err error
	if b.rows, err = b.count(ctx, b.source, "shop"); err != nil {
		return err
	}
	size, err := number(ctx, b.source.SocketDSN("shop"), "SELECT pg_catalog.pg_database_size(pg_catalog.current_database())")
	b.say("source: %s, %.2f GB with indexes, made in %.0f s", b.Shape, float64(size)/1e9, time.Since(begin).Seconds())
	return err
}

func (b *bench) count(ctx context.Context, s *localpg.Server, database string) (map[string]int64, error) {
	rows := map[string]int64{}
	for _, t := range b.script.Tables {
		n, err := number(ctx, s.SocketDSN(database), "SELECT count(*) FROM public."+pgx.Identifier{t}.Sanitize())
		if err != nil {
			return nil, err
		}
		rows[t] = n
	}
	return rows, nil
}

// series runs every contender against a target of one wal_level.
func (b *bench) series(ctx context.Context, level string) error {
	name := fmt.Sprintf("%s, scale %g, %d jobs, wal_level=%s", b.Shape, b.Scale, b.Jobs, level)
	if b.Cores > 0 {
		name += fmt.Sprintf(", %d of %d cores for each server", b.Cores, runtime.NumCPU())
	}
	name += b.net.what()
	var err error
	if b.target, err = b.serve(ctx, targetEnd, walSettings(level)); err != nil {
		return fault("start the target", err)
	}
	defer b.target.Stop()
	if err := b.net.reach(ctx, b.source, b.target); err != nil {
		return fault("make a network", err)
	}
	defer b.net.leave()
rounds:
	for round := range b.Rounds {
		for i := range b.chosen {
			c := b.chosen[(i+round)%len(b.chosen)] // another order each round
			if b.has(name, c.name, round) {
				continue
			}
			if b.Budget > 0 && time.Since(b.started) > b.Budget {
				b.say("the budget of %s is used up", b.Budget)
				break rounds
			}
			r, err := b.one(ctx, c)
			if err != nil {
				return fmt.Errorf("%s, round %d: %w", c.name, round+1, err)
			}
			r.Series, r.Contender, r.Round = name, c.name, round
			if err := b.keep(*r); err != nil {
				return err
			}
			b.say("round %d  %-34s %7.2f s", round+1, c.name, r.Wall.Seconds())
		}
	}
	b.say("\n%s", Table(name, b.results, order(b.chosen)))
	return nil
}

// one measures one run and looks at what it left.
func (b *bench) one(ctx context.Context, c contender) (*Result, error) {
	if err := b.clean(ctx); err != nil {
		return nil, fault("empty the target", err)
	}
	if c.prepare != nil {
		if err := c.prepare(ctx, b); err != nil {
			return nil, fault("prepare", err)
		}
	}
	for _, s := range []*localpg.Server{b.source, b.target} {
		if err := exec1(ctx, s.SocketDSN("postgres"), "CHECKPOINT"); err != nil {
			return nil, fault("make a checkpoint", err)
		}
	}
	position, err := number(ctx, b.target.SocketDSN("postgres"), walPosition)
	if err != nil {
		return nil, fault("ask for the target's position", err)
	}
	source, target := serverCPU(ctx, b.source), serverCPU(ctx, b.target)
	begin := time.Now()
	client, err := c.run(ctx, b, c.table)
	if err != nil {
		return nil, err
	}
	r := &Result{Wall: time.Since(begin), Rows: client.rows, Client: client.cpu, Memory: client.memory}
	if client.wall > 0 {
		r.Wall = client.wall
	}
	r.Source, r.Target = serverCPU(ctx, b.source)-source, serverCPU(ctx, b.target)-target
	after, err := number(ctx, b.target.SocketDSN("postgres"), walPosition)
	if err != nil {
		return nil, fault("ask for the target's position", err)
	}
	r.WAL = after - position
	return r, b.look(ctx, c, client.database, r)
}

const walPosition = "SELECT pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_insert_lsn(), '0/0')::int8"

// look compares what was written with the source.
func (b *bench) look(ctx context.Context, c contender, database string, r *Result) error {
	rows, err := b.count(ctx, b.target, database)
	if err != nil {
		return fault("look at the target", err)
	}
	for _, t := range b.script.Tables {
		want := b.rows[t]
		if c.table != "" && c.table != t {
			want = 0
		}
		if rows[t] != want {
			return fault("look at the target", fmt.Errorf("%s has %d rows instead of %d", t, rows[t], want))
		}
	}
	if c.whole {
		const keys = "SELECT count(*) FILTER (WHERE convalidated) FROM pg_catalog.pg_constraint WHERE contype = 'f'"
		want, err := number(ctx, b.source.SocketDSN("shop"), keys)
		if err != nil {
			return fault("look at the source", err)
		}
		if got, err := number(ctx, b.target.SocketDSN(database), keys); err != nil || got != want {
			return fault("look at the target", errors.Join(err, fmt.Errorf("%d valid foreign keys instead of %d", got, want)))
		}
	}
	r.Bytes, err = number(ctx, b.target.SocketDSN(database), "SELECT pg_catalog.pg_database_size(pg_catalog.current_database())")
	return err
}

// clean drops what the run before left.
func (b *bench) clean(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, b.target.SocketDSN("postgres"))
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	rows, err := conn.Query(ctx, "SELECT datname::text FROM pg_catalog.pg_database WHERE NOT datistemplate AND datname <> 'postgres'")
	if err != nil {
		return err
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	for _, name := range names {
		if _, err := conn.Exec(ctx, "DROP DATABASE "+pgx.Identifier{name}.Sanitize()+" WITH (FORCE)"); err != nil {
			return err
		}
	}
	return nil
}

func exec1(ctx context.Context, dsn, sql string) error {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	_, err = conn.PgConn().Exec(ctx, sql).ReadAll()
	return err
}

func number(ctx context.Context, dsn, sql string) (int64, error) {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return 0, err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	var n int64
	err = conn.QueryRow(ctx, sql).Scan(&n)
	return n, err
}

// recall reads the results of a run that was cut.
func (b *bench) recall() error {
	if b.Results == "" {
		return nil
	}
	content, err := os.ReadFile(b.Results)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fault("read the results", err)
	}
	for line := range strings.Lines(string(content)) {
		var r Result
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			return fault("read the results "+b.Results, err)
		}
		b.results = append(b.results, r)
	}
	b.say("%d results from %s", len(b.results), b.Results)
	return nil
}

func (b *bench) has(series, contender string, round int) bool {
	return slices.ContainsFunc(b.results, func(r Result) bool { return r.Series == series && r.Contender == contender && r.Round == round })
}

func (b *bench) keep(r Result) error {
	b.results = append(b.results, r)
	if b.Results == "" {
		return nil
	}
	line, err := json.Marshal(r)
	if err != nil {
		return fault("write the results", err)
	}
	file, err := os.OpenFile(b.Results, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return fault("write the results", err)
	}
	_, err = file.Write(append(line, '\n'))
	if err = errors.Join(err, file.Close()); err != nil {
		return fault("write the results", err)
	}
	return nil
}

func (b *bench) path(name string) string { return filepath.Join(b.dir, name) }
