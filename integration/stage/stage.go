package stage

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/testcontainers/testcontainers-go"
	tcexec "github.com/testcontainers/testcontainers-go/exec"
	"github.com/testcontainers/testcontainers-go/modules/postgres"
	"github.com/testcontainers/testcontainers-go/network"
	"github.com/testcontainers/testcontainers-go/wait"
)

// Password is the servers' password; a story may look for it in what was written.
const Password = "pw-of-the-stage"

// Stage is a network with servers on it.
type Stage struct {
	Servers map[string]*Server
}

// Server is one PostgreSQL server in a container.
type Server struct {
	Name      string
	Major     int
	container *postgres.PostgresContainer
	outside   string // DSN of the database postgres, from the test
}

// New starts one server for each name given as "name:major", side by side.
func New(t testing.TB, servers ...string) *Stage {
	t.Helper()
	ctx := t.Context()
	if err := engine(ctx); err != nil {
		if os.Getenv("UNDERSTUDY_NO_SKIP") == "1" {
			t.Fatalf("no container engine: %v", err)
		}
		t.Skipf("no container engine: %v", err)
	}
	net, err := network.New(ctx)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = net.Remove(context.WithoutCancel(ctx)) })
	binary := build(t)
	s := &Stage{Servers: map[string]*Server{}}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for _, spec := range servers {
		name, major, _ := strings.Cut(spec, ":")
		wg.Go(func() {
			server, err := start(ctx, name, major, net.Name, binary)
			if server != nil && server.container != nil {
				t.Cleanup(func() { _ = testcontainers.TerminateContainer(server.container) })
			}
			if err != nil {
				t.Errorf("start %s: %v", spec, err)
				return
			}
			mu.Lock()
			s.Servers[name] = server
			mu.Unlock()
		})
	}
	wg.Wait()
	if t.Failed() {
		t.FailNow()
	}
	return s
}

func engine(ctx context.Context) (err error) {
	defer func() {
		if r := recover(); r != nil { // the library panics where it finds no engine
			err = fmt.Errorf("%v", r)
		}
	}()
	provider, err := testcontainers.NewDockerProvider()
	if err != nil {
		return err
	}
	defer provider.Close() //nolint:errcheck // it only asked
	return provider.Health(ctx)
}

// image is the official one unless the environment names another.
func image(major string) string {
	if name := os.Getenv("UNDERSTUDY_TEST_IMAGE_" + major); name != "" {
		return name
	}
	return "postgres:" + major
}

func start(ctx context.Context, name, major, net, binary string) (*Server, error) {
	s := &Server{Name: name}
	if _, err := fmt.Sscan(major, &s.Major); err != nil {
		return nil, err
	}
	c, err := postgres.Run(ctx, image(major),
		postgres.WithDatabase("postgres"), postgres.WithUsername("postgres"), postgres.WithPassword(Password),
		network.WithNetworkName([]string{name}, net),
		testcontainers.WithCmdArgs("-c", "fsync=off", "-c", "max_connections=60", "-c", "log_statement=none"),
		testcontainers.WithFiles(testcontainers.ContainerFile{HostFilePath: binary, ContainerFilePath: "/usr/local/bin/understudy", FileMode: 0o755}),
		testcontainers.WithWaitStrategy(
			wait.ForLog("database system is ready to accept connections").WithOccurrence(2).WithStartupTimeout(2*time.Minute),
			wait.ForListeningPort("5432/tcp"),
		),
	)
	s.container = c
	if err != nil {
		return s, err
	}
	s.outside, err = c.ConnectionString(ctx, "sslmode=disable")
	return s, err
}

var (
	buildOnce sync.Once
	built     string
	buildErr  error
)

// build makes the static binary once a test program.
func build(t testing.TB) string {
	t.Helper()
	buildOnce.Do(func() {
		_, file, _, _ := runtime.Caller(0)
		root := filepath.Join(filepath.Dir(file), "..", "..")
		dir, err := os.MkdirTemp("", "understudy-stage-")
		if err != nil {
			buildErr = err
			return
		}
		built = filepath.Join(dir, "understudy")
		cmd := exec.Command("go", "build", "-trimpath", "-o", built, "./cmd/understudy")
		cmd.Dir = root
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=-buildvcs=false")
		if out, err := cmd.CombinedOutput(); err != nil {
			buildErr = fmt.Errorf("%w: %s", err, out)
		}
	})
	if buildErr != nil {
		t.Fatal(buildErr)
	}
	return built
}

// Server returns the server of that name.
func (s *Stage) Server(name string) *Server { return s.Servers[name] }

// DSN leads to a database of the server from inside the network, as the tool sees it.
func (s *Server) DSN(database string) string {
	return fmt.Sprintf("postgres://postgres:%s@%s:5432/%s?sslmode=disable", Password, s.Name, database)
}

// Outside leads to a database of the server from the test.
func (s *Server) Outside(database string) string {
	before, after, _ := strings.Cut(s.outside, "/postgres?")
	return before + "/" + database + "?" + after
}

// Database makes an empty database.
func (s *Server) Database(t testing.TB, name string) {
	t.Helper()
	s.Exec(t, "postgres", "CREATE DATABASE "+pgx.Identifier{name}.Sanitize())
}

// Connect opens a connection from the test.
func (s *Server) Connect(t testing.TB, database string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), s.Outside(database))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(t.Context())) })
	return conn
}

// Exec runs statements, several in one string too, and closes its connection: an open
// one would keep a staging database from being swapped.
func (s *Server) Exec(t testing.TB, database, sql string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), s.Outside(database))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context()) //nolint:errcheck // a test's connection
	if _, err := conn.PgConn().Exec(t.Context(), sql).ReadAll(); err != nil {
		t.Fatalf("%s: %v", first(sql), err)
	}
}

func first(s string) string {
	if len(s) > 120 {
		return s[:120] + "…"
	}
	return s
}

// Query returns the rows as text, columns joined by "|", NULL as "∅".
func (s *Server) Query(t testing.TB, database, sql string) []string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), s.Outside(database))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context()) //nolint:errcheck // a test's connection
	results, err := conn.PgConn().Exec(t.Context(), sql).ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", first(sql), err)
	}
	var out []string
	for _, r := range results {
		for _, row := range r.Rows {
			cells := make([]string, len(row))
			for i, c := range row {
				if cells[i] = string(c); c == nil {
					cells[i] = "∅"
				}
			}
			out = append(out, strings.Join(cells, "|"))
		}
	}
	return out
}

// Put writes a file into the container, for everybody there to read unless mode says otherwise.
func (s *Server) Put(t testing.TB, name, content string, mode int64) {
	t.Helper()
	if err := s.container.CopyToContainer(t.Context(), []byte(content), name, mode); err != nil {
		t.Fatal(err)
	}
}

// Result is how a command ended.
type Result struct {
	Exit int
	Out  string // standard output and standard error, as they came
}

// Run runs a command in the container.
func (s *Server) Run(t testing.TB, env []string, args ...string) Result {
	t.Helper()
	code, reader, err := s.container.Exec(t.Context(), args, tcexec.Multiplexed(), tcexec.WithEnv(env))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := io.Copy(&b, reader); err != nil {
		t.Fatal(err)
	}
	return Result{Exit: code, Out: b.String()}
}

// KeyFile is where Understudy puts the key of a story.
const KeyFile = "/tmp/key"

// Key is a key for stories, in hex; every other one works as well.
const Key = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

// Understudy runs the tool in the server's container. Rules is the content of a rules
// file that {rules} in args stands for; {key} is a key file.
func (s *Server) Understudy(t testing.TB, rules string, args ...string) Result {
	t.Helper()
	s.Put(t, "/tmp/rules/rules.yaml", rules, 0o644)
	s.Put(t, KeyFile, Key+"\n", 0o600)
	line := []string{"/usr/local/bin/understudy"}
	for _, a := range args {
		line = append(line, strings.NewReplacer("{rules}", "/tmp/rules/rules.yaml", "{key}", KeyFile).Replace(a))
	}
	return s.Run(t, nil, line...)
}

// Copy refreshes target's database from source's and fails the test when it does not end with the exit code.
func (s *Server) Copy(t testing.TB, exit int, source *Server, from, to, rules string, more ...string) Result {
	t.Helper()
	args := append([]string{"copy", "--source", source.DSN(from), "--target", s.DSN(to), "--rules", "{rules}", "--key-file", "{key}", "--report", "/tmp/report"}, more...)
	r := s.Understudy(t, rules, args...)
	if r.Exit != exit {
		t.Fatalf("understudy copy ended with %d, expected %d:\n%s", r.Exit, exit, r.Out)
	}
	return r
}

// Root returns the repository's folder, for fixtures that lie in it.
func Root(parts ...string) string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(append([]string{filepath.Dir(file), "..", ".."}, parts...)...)
}
