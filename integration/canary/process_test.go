package canary

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/integration/stage"
	"github.com/understudy-db/understudy/pkg/localpg"
)

// house is two servers of this machine's own programs, with the canary in production, and
// the tool as a process of this machine: what it sends and leaves can be looked at.
type house struct {
	production, staging *localpg.Server
	binary, rules       string
	source              string
	needles             []string // what nothing may have, the servers' passwords included
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{}
	for _, s := range []**localpg.Server{&h.production, &h.staging} {
		server, err := localpg.Start(t.Context(), localpg.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(server.Stop)
		*s = server
	}
	var err error
	if h.binary, err = stage.Build(t.TempDir()); err != nil {
		t.Fatal(err)
	}
	ddl, rules, needles := database()
	h.rules = rules
	execute(t, h.production.DSN("postgres"), "CREATE DATABASE canary")
	execute(t, h.production.DSN("canary"), ddl)
	u := parse(t, h.production.DSN("canary"))
	u.User = url.UserPassword("reader", secret)
	h.source = u.String()
	allPlanted(t, h.dump(t, h.production, "canary"), needles)
	h.needles = append(h.needles, needles...)
	h.needles = append(h.needles, kept)
	for _, s := range []*localpg.Server{h.production, h.staging} {
		password, _ := parse(t, s.DSN("postgres")).User.Password()
		h.needles = append(h.needles, password)
	}
	return h
}

func parse(t *testing.T, dsn string) *url.URL {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal("the DSN is no URL")
	}
	return u
}

func execute(t *testing.T, dsn, sql string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	if _, err := conn.PgConn().Exec(t.Context(), sql).ReadAll(); err != nil {
		t.Fatalf("prepare a database: %v", err)
	}
}

func (h *house) dump(t *testing.T, s *localpg.Server, database string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), s.Programs().Path("pg_dump"), "-d", s.DSN(database)).Output()
	if err != nil {
		t.Fatalf("pg_dump: %v", err)
	}
	return string(out)
}

// place is the folders of one run: its working directory, TMPDIR, HOME, report.
type place struct{ root, rules, key string }

func (h *house) place(t *testing.T, rules string) *place {
	t.Helper()
	root := t.TempDir()
	p := &place{root: root, rules: filepath.Join(t.TempDir(), "rules.yaml"), key: filepath.Join(t.TempDir(), "key")}
	for _, d := range []string{"work", "tmp", "home", "report"} {
		if err := os.Mkdir(filepath.Join(root, d), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for path, content := range map[string]string{p.rules: rules, p.key: stage.Key + "\n"} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// tree is every file below the place: its name and its content.
func (p *place) tree(t *testing.T) (content string, files []string) {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(p.root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		c, err := os.ReadFile(path)
		files = append(files, strings.TrimPrefix(path, p.root+"/"))
		fmt.Fprintf(&b, "%s\n%s\n", path, c)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String(), files
}

// command is the tool on its way from the canary to a staging, below a shell that lets it
// write core files.
func (h *house) command(t *testing.T, p *place, to string, more ...string) *exec.Cmd {
	t.Helper()
	args := append([]string{
		"-c", `ulimit -c unlimited; exec "$@"`, "sh", h.binary, "copy", "--source", h.source, "--target", h.staging.DSN(to), "--rules", p.rules, "--key-file", p.key,
		"--report", filepath.Join(p.root, "report"), "--log-level", "debug", "--log-json", "--quiet", "--chunk-mb", "1", "--attempts", "2",
	}, more...)
	cmd := exec.CommandContext(t.Context(), "/bin/sh", args...)
	cmd.Dir = filepath.Join(p.root, "work")
	cmd.Env = append(os.Environ(), "TMPDIR="+filepath.Join(p.root, "tmp"), "HOME="+filepath.Join(p.root, "home"), "GOTRACEBACK=crash")
	cmd.WaitDelay = time.Second // a keeper that lives on holds neither
	return cmd
}

// collector takes what a run sends to OpenTelemetry.
type collector struct {
	mu       sync.Mutex
	received bytes.Buffer // requests as they came, bodies unpacked
	address  string
}

func newCollector(t *testing.T) *collector {
	t.Helper()
	c := &collector{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err == nil && r.Header.Get("Content-Encoding") == "gzip" {
			var unpacked *gzip.Reader
			if unpacked, err = gzip.NewReader(bytes.NewReader(body)); err == nil {
				body, err = io.ReadAll(unpacked)
			}
		}
		if err != nil {
			t.Errorf("what came cannot be read: %v", err)
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		fmt.Fprintf(&c.received, "%s %s\n", r.Method, r.RequestURI)
		_ = r.Header.Write(&c.received)
		c.received.Write(body)
		w.Header().Set("Content-Type", "application/x-protobuf")
	}))
	t.Cleanup(server.Close)
	c.address = server.URL
	return c
}

// take returns what came since it was called last.
func (c *collector) take() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	defer c.received.Reset()
	return c.received.String()
}

// TestNoTraceHasACanary sends the spans of runs that end well and badly to a collector, and
// searches every byte of them.
func TestNoTraceHasACanary(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := newCollector(t)
	for _, end := range []struct {
		name, prepare, undo, rules string
		exit                       int
		step                       string // a span that has to be there
		env                        []string
	}{
		{name: "published", rules: h.rules, exit: 0, step: "publish"},
		{name: "refused", rules: strings.Replace(h.rules, "      note: {mask: text}\n", "", 1), exit: 3, step: "plan", env: []string{"OTEL_EXPORTER_OTLP_COMPRESSION=gzip"}},
		{name: "a value that the rules refuse", rules: strings.Replace(h.rules, "rest: null}", "rest: refuse}", 1), exit: 3, step: "copy data"},
		{name: "a condition that fails on a value", rules: strings.Replace(h.rules, "where: id = 0", "where: \"note::int > 0\"", 1), exit: 5, step: "plan"},
		{
			name: "a check that stand-ins break", rules: h.rules, exit: 6, step: "copy data",
			prepare: "ALTER TABLE canary ADD CONSTRAINT of_the_house CHECK (email LIKE '%-post.de')", undo: "ALTER TABLE canary DROP CONSTRAINT of_the_house",
		},
		{
			name: "an index that says the value", rules: h.rules, exit: 6, step: "restore post-data",
			prepare: `CREATE FUNCTION picky(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN IF $1 LIKE '%example%' THEN RAISE EXCEPTION 'not %', $1; END IF; RETURN $1; END $$;
				CREATE INDEX choosy ON canary (public.picky(email))`, undo: "DROP FUNCTION picky CASCADE",
		},
		{
			name: "withheld", rules: h.rules + "  public.leak: {keep: [{why: a test, columns: [note]}]}\n", exit: 4, step: "inspect",
			prepare: "CREATE TABLE leak (note text); INSERT INTO leak VALUES ('" + marker(220, 0) + "@firma.de')", undo: "DROP TABLE leak",
		},
	} {
		if end.prepare != "" {
			execute(t, h.production.DSN("canary"), end.prepare)
		}
		p := h.place(t, end.rules)
		cmd := h.command(t, p, "traced")
		cmd.Env = append(cmd.Env, append(end.env, "OTEL_EXPORTER_OTLP_ENDPOINT="+c.address, "OTEL_RESOURCE_ATTRIBUTES=deployment.environment.name=night")...)
		out, _ := cmd.CombinedOutput()
		if code := cmd.ProcessState.ExitCode(); code != end.exit {
			t.Errorf("%s: it ended with %d, expected %d:\n%s", end.name, code, end.exit, out)
		}
		sent := c.take()
		if !strings.Contains(sent, "/v1/traces") || !strings.Contains(sent, end.step) || !strings.Contains(sent, "deployment.environment.name") {
			t.Errorf("%s: no span of step %q came: nothing was searched in %d bytes", end.name, end.step, len(sent))
		}
		needles := append(slices.Clone(h.needles), marker(220, 0))
		quiet(t, end.name+": traces", sent, needles)
		quiet(t, end.name+": messages", string(out), needles)
		left, _ := p.tree(t)
		quiet(t, end.name+": files", left, needles)
		if end.undo != "" {
			execute(t, h.production.DSN("canary"), end.undo)
		}
	}
}

// TestAKilledProcessLeavesNoCanary kills runs at their steps, by SIGKILL and by signals on
// which a system writes a core file, and searches all that is left of them: messages,
// working directory, TMPDIR, HOME, report, the list of processes and the target's databases.
func TestAKilledProcessLeavesNoCanary(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	control := exec.CommandContext(t.Context(), "/bin/sh", "-c", "ulimit -c unlimited; kill -ABRT $$")
	control.Dir = t.TempDir()
	_ = control.Run()
	writes := dumped(control.ProcessState)
	if !writes {
		t.Log("this system writes no core file of anybody: only the processes' limits are checked")
	}
	keepers := 0
	for i, k := range []struct {
		step   string
		signal syscall.Signal
		more   []string
	}{
		{"restore pre-data", syscall.SIGKILL, nil},
		{"copy data", syscall.SIGKILL, nil},
		{"inspect", syscall.SIGKILL, []string{"--hold", "0"}},
		{"report", syscall.SIGKILL, nil},
		{"copy data", syscall.SIGABRT, nil},
		{"restore post-data", syscall.SIGSEGV, nil},
	} {
		name := fmt.Sprintf("killed by %s at %q", k.signal, k.step)
		p := h.place(t, h.rules)
		to := "killed_" + strconv.Itoa(i)
		cmd := h.command(t, p, to, k.more...)
		reader, writer := io.Pipe()
		cmd.Stdout, cmd.Stderr = writer, writer
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		var said bytes.Buffer
		limits := ""
		read := make(chan struct{})
		go func() {
			defer close(read)
			lines := bufio.NewScanner(reader)
			lines.Buffer(nil, 16<<20)
			for killed := false; lines.Scan(); {
				said.WriteString(lines.Text() + "\n")
				if line := lines.Text(); !killed && strings.Contains(line, `"step":"`+k.step+`"`) && strings.Contains(line, `"message":"begin"`) {
					killed = true
					b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/limits", cmd.Process.Pid))
					limits = string(b)
					_ = cmd.Process.Signal(k.signal)
				}
			}
			_, _ = io.Copy(io.Discard, reader)
		}()
		_ = cmd.Wait()
		_ = writer.Close()
		<-read
		if limits == "" {
			t.Fatalf("%s: it did not come to the step:\n%s", name, said.String())
		}
		if cmd.ProcessState.ExitCode() == 0 {
			t.Errorf("%s: it ended well", name)
		}
		if dumped(cmd.ProcessState) {
			t.Errorf("%s: the system wrote a core file", name)
		}
		if !strings.Contains(strings.Join(strings.Fields(limits), " "), "Max core file size 0 0") {
			t.Errorf("%s: it may write a core file: %s", name, limits)
		}
		left, files := p.tree(t)
		t.Logf("%s: left %q", name, files)
		for _, f := range files {
			if strings.HasPrefix(f, "work/") {
				t.Errorf("%s: %s is left in the working directory", name, f)
			}
		}
		quiet(t, name+": messages", said.String(), h.needles)
		quiet(t, name+": files", left, h.needles)
		running := p.processes(t)
		keepers += strings.Count(running, " hold")
		quiet(t, name+": process list", running, h.needles)
		for _, db := range h.databases(t) {
			// staging has what is kept; of what is not, nothing
			quiet(t, name+": database "+db, h.dump(t, h.staging, db), h.without(kept))
		}
	}
	if keepers == 0 {
		t.Error("no run left the process that keeps its snapshot: nothing was searched")
	}
}

func (h *house) without(word string) []string {
	return slices.DeleteFunc(slices.Clone(h.needles), func(n string) bool { return n == word })
}

// databases lists what runs left on the target.
func (h *house) databases(t *testing.T) []string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), h.staging.DSN("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	rows, err := conn.Query(t.Context(), "SELECT datname::text FROM pg_database WHERE NOT datistemplate AND datallowconn AND datname <> 'postgres'")
	if err != nil {
		t.Fatal(err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// dumped reports whether the system wrote, or handed on, a core file.
func dumped(s *os.ProcessState) bool {
	status, ok := s.Sys().(syscall.WaitStatus)
	return ok && status.CoreDump()
}

// processes are the command lines, as everybody may read them, of what a run left running:
// all that inherited its folder for temporary files. Other tests' are theirs to judge.
func (p *place) processes(t *testing.T) string {
	t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, dir := range all {
		environment, err := os.ReadFile(filepath.Join(dir, "environ"))
		if err != nil || !bytes.Contains(environment, []byte("TMPDIR="+filepath.Join(p.root, "tmp"))) {
			continue // another's, or it has ended
		}
		if line, err := os.ReadFile(filepath.Join(dir, "cmdline")); err == nil {
			b.WriteString(strings.ReplaceAll(string(line), "\x00", " ") + "\n")
		}
	}
	return b.String()
}
