package night

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/integration/stage"
	"github.com/understudy-db/understudy/pkg/localpg"
)

// patience bounds what a test waits for; it is reached only when something is broken.
// Ten thousand tables on a busy machine take minutes.
const patience = 15 * time.Minute

// night is two servers and the tool.
type night struct {
	production, staging *localpg.Server
	binary, rules, key  string
	dir                 string                         // TMPDIR of the runs, and nothing else
	files               string                         // what the runs are given
	inside              func(start func() error) error // starts the tool; nil: here
}

// theTool builds the tool once for all tests, in a folder that TestMain removes.
var theTool = sync.OnceValues(func() (string, error) {
	build := exec.Command("go", "build", "-trimpath", "-o", filepath.Join(toolDir, "understudy"), "./cmd/understudy")
	build.Dir = stage.Root()
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=-buildvcs=false")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the tool: %w: %s", err, out)
	}
	return filepath.Join(toolDir, "understudy"), nil
})

var toolDir string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "understudy-night-")
	if err != nil {
		panic(err)
	}
	toolDir = dir
	if len(os.Args) > 1 && (os.Args[1] == "hold" || os.Args[1] == again) {
		code := asTheTool(os.Args[1:])
		_ = os.RemoveAll(dir)
		os.Exit(code) //nolint:forbidigo // here it is main
	}
	m.Run() // its code is what the process ends with
	_ = os.RemoveAll(dir)
}

// begin builds the tool and starts the servers.
func begin(t *testing.T, rules string) *night {
	t.Helper()
	return beginWith(t, rules, nil)
}

// beginWith gives the servers further settings.
func beginWith(t *testing.T, rules string, more map[string]string) *night {
	t.Helper()
	settings := map[string]string{"shared_buffers": "64MB", "max_connections": "60", "restart_after_crash": "on", "log_min_messages": "fatal"}
	maps.Copy(settings, more)
	n := &night{dir: t.TempDir(), files: t.TempDir()}
	var wg sync.WaitGroup
	for _, s := range []**localpg.Server{&n.production, &n.staging} {
		wg.Go(func() {
			server, err := localpg.Start(t.Context(), localpg.Options{Settings: settings})
			if err != nil {
				t.Error(err)
				return
			}
			*s = server
		})
	}
	tool, err := theTool()
	wg.Wait()
	for _, s := range []*localpg.Server{n.production, n.staging} {
		if s != nil {
			t.Cleanup(s.Stop)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	if t.Failed() {
		t.FailNow()
	}
	// under a name of its own, by which this night's processes are told from another's
	n.binary = filepath.Join(n.files, "understudy")
	if err := os.Link(tool, n.binary); err != nil {
		t.Fatal(err)
	}
	n.rules = n.file(t, "rules/rules.yaml", rules)
	n.key = n.file(t, "secret/key", stage.Key+"\n")
	return n
}

func (n *night) file(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(n.files, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// run is the tool at work.
type run struct {
	cmd  *exec.Cmd
	mu   sync.Mutex
	log  bytes.Buffer
	on   func(r *run, line string) // sees each line of the log; may be nil
	done chan struct{}
	err  error
}

// start runs the tool; its log goes to the run line by line.
func (n *night) start(t *testing.T, on func(r *run, line string), args ...string) *run {
	t.Helper()
	r := &run{cmd: exec.Command(n.binary, args...), on: on, done: make(chan struct{})}
	r.cmd.Env = append(os.Environ(), "TMPDIR="+n.dir)
	reader, writer := io.Pipe()
	r.cmd.Stdout, r.cmd.Stderr = writer, writer
	r.cmd.WaitDelay = time.Second // a keeper that lives on holds neither
	start := r.cmd.Start
	if n.inside != nil {
		start = func() error { return n.inside(r.cmd.Start) }
	}
	if err := start(); err != nil {
		t.Fatal(err)
	}
	read := make(chan struct{})
	go func() {
		defer close(read)
		lines := bufio.NewScanner(reader)
		lines.Buffer(nil, 16<<20)
		for lines.Scan() {
			r.mu.Lock()
			r.log.WriteString(lines.Text() + "\n")
			r.mu.Unlock()
			if r.on != nil {
				r.on(r, lines.Text())
			}
		}
	}()
	go func() {
		r.err = r.cmd.Wait()
		_ = writer.Close()
		<-read
		close(r.done)
	}()
	t.Cleanup(func() { _ = r.cmd.Process.Kill() })
	return r
}

// wait returns the exit code and what the tool said; -1 is a killed one.
func (r *run) wait(t *testing.T) (int, string) {
	t.Helper()
	select {
	case <-r.done:
	case <-time.After(patience):
		_ = r.cmd.Process.Kill()
		r.mu.Lock()
		defer r.mu.Unlock()
		t.Fatalf("the tool does not end; it said:\n%s", r.log.String())
	}
	return r.cmd.ProcessState.ExitCode(), r.log.String()
}

func (r *run) kill() { _ = r.cmd.Process.Kill() }

// at calls f once, when the step begins.
func at(step string, f func(r *run)) func(*run, string) {
	var once sync.Once
	return func(r *run, line string) {
		if strings.Contains(line, `"step":"`+step+`"`) && strings.Contains(line, `"message":"begin"`) {
			once.Do(func() { f(r) })
		}
	}
}

// reached is the step that a run began last, as its log says.
func reached(said string) string {
	last := ""
	for _, line := range strings.Split(said, "\n") {
		if _, after, ok := strings.Cut(line, `"step":"`); ok && strings.Contains(line, `"message":"begin"`) {
			last, _, _ = strings.Cut(after, `"`)
		}
	}
	return last
}

// copyArgs is a refresh of one database.
func (n *night) copyArgs(source, target string, more ...string) []string {
	return append([]string{
		"copy", "--source", source, "--target", target, "--rules", n.rules, "--key-file", n.key, "--quiet", "--log-json", "--log-level", "debug",
		"--jobs", "2", "--chunk-mb", "1", "--sessions", "terminate",
	}, more...)
}

// must runs the tool and fails the test when it does not end with the code.
func (n *night) must(t *testing.T, exit int, args ...string) string {
	t.Helper()
	code, said := n.start(t, nil, args...).wait(t)
	if code != exit {
		t.Fatalf("it ended with %d, want %d:\n%s", code, exit, said)
	}
	return said
}

func open(t testing.TB, dsn string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(t.Context())) })
	return conn
}

func execute(t testing.TB, dsn, sql string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	if _, err := conn.PgConn().Exec(t.Context(), sql).ReadAll(); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

func query(t testing.TB, dsn, sql string) []string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	return ask(t, conn, sql)
}

func ask(t testing.TB, conn *pgx.Conn, sql string) []string {
	t.Helper()
	rows, err := conn.Query(t.Context(), sql)
	if err != nil {
		t.Fatal(err)
	}
	out, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return out
}

// digest says what every table, sequence and index of a database is, over one connection:
// it is one database's, whatever becomes of its name.
func digest(t testing.TB, dsn string) string {
	t.Helper()
	var conn *pgx.Conn
	eventually(t, "staging to take a connection", func() (why string) {
		var err error
		if conn, err = pgx.Connect(t.Context(), dsn); err != nil {
			why = "it does not" // a swap that a killed run had sent is just being done
		}
		return why
	})
	if conn == nil {
		t.FailNow()
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	tables := ask(t, conn, `SELECT format('SELECT %L || count(*) || '' '' || coalesce(md5(string_agg(md5(x::text), '''' ORDER BY md5(x::text))), '''') FROM ONLY %s x', c.oid::regclass || ' ', c.oid::regclass)
		FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE relkind IN ('r', 'm') AND nspname !~ '^pg_' AND nspname <> 'information_schema' ORDER BY 1`)
	lines := ask(t, conn, strings.Join(tables, " UNION ALL ")+" ORDER BY 1")
	lines = append(lines, ask(t, conn, `SELECT format('%s.%s %s', schemaname, sequencename, last_value) FROM pg_sequences ORDER BY 1`)...)
	lines = append(lines, ask(t, conn, `SELECT pg_get_indexdef(i.indexrelid) || i.indisvalid FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE nspname !~ '^pg_' ORDER BY 1`)...)
	lines = append(lines, ask(t, conn, `SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) || convalidated FROM pg_constraint WHERE conrelid <> 0 ORDER BY 1`)...)
	return strings.Join(lines, "\n")
}

// nothingLeft checks that neither server has anything of a run but staging and one
// generation: no database, session, lock or prepared transaction. Nor does a process live,
// a keeper or a program that a run had started, or lie a file in TMPDIR.
func (n *night) nothingLeft(t *testing.T, staging string) {
	t.Helper()
	databases := query(t, n.staging.DSN("postgres"), "SELECT datname::text FROM pg_database WHERE starts_with(datname::text, '"+staging+"') ORDER BY 1")
	if len(databases) > 2 || slices.ContainsFunc(databases, func(d string) bool { return strings.Contains(d, "__incoming_") }) {
		t.Errorf("databases are left: %s", databases)
	}
	for _, s := range []*localpg.Server{n.production, n.staging} {
		// pg_dump and pg_restore have sessions too, under names of their own
		eventually(t, "sessions and locks to end", func() string {
			return strings.Join(query(t, s.DSN("postgres"), `SELECT concat_ws(' ', application_name, datname, state) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
				UNION ALL SELECT concat_ws(' ', locktype, mode) FROM pg_locks WHERE pid <> pg_backend_pid() AND locktype IN ('advisory', 'relation', 'object') AND pid IN (SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend')
				UNION ALL SELECT 'prepared transaction' FROM pg_prepared_xacts UNION ALL SELECT 'replication slot ' || slot_name FROM pg_replication_slots`), ", ")
		})
	}
	eventually(t, "processes to end", func() string { return strings.Join(n.processes(t), ", ") })
	if left := n.temporary(t); len(left) > 0 {
		t.Errorf("temporary files are left: %s", left)
	}
}

// processes lists the command lines of the tool's processes, and of what they started.
func (n *night) processes(t *testing.T) []string {
	t.Helper()
	lines, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, path := range lines {
		b, err := os.ReadFile(path)
		line := strings.ReplaceAll(string(b), "\x00", " ")
		// an archive lies in TMPDIR, and a program that reads or writes it names it
		if err == nil && (strings.HasPrefix(line, n.binary+" ") || strings.Contains(line, n.dir+"/")) {
			program, _, _ := strings.Cut(line, " ")
			out = append(out, program)
		}
	}
	return out
}

// temporary lists what lies in TMPDIR.
func (n *night) temporary(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir(n.dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

// eventually waits until what is empty.
func eventually(t testing.TB, what string, left func() string) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	end := time.After(time.Minute)
	for {
		now := left()
		if now == "" {
			return
		}
		select {
		case <-tick.C:
		case <-end:
			t.Errorf("waited in vain for %s: %s", what, now)
			return
		}
	}
}
