package stage

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/testcontainers/testcontainers-go"
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
	outside   string                 // DSN of the database postgres, from the test
	binary    func() (string, error) // the tool on this machine, built once a stage
	install   sync.Once
	runs      atomic.Int64
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
	s := &Stage{Servers: map[string]*Server{}}
	dir := t.TempDir()
	binary := sync.OnceValues(func() (string, error) { return Build(dir) })
	var mu sync.Mutex
	var wg sync.WaitGroup
	for _, spec := range servers {
		name, major, _ := strings.Cut(spec, ":")
		wg.Go(func() {
			server, err := start(ctx, name, major, net.Name)
			server.binary = binary
			if server.container != nil {
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
	defer provider.Close()
	return provider.Health(ctx)
}

// image is the official one unless the environment names another.
func image(major string) string {
	if name := os.Getenv("UNDERSTUDY_TEST_IMAGE_" + major); name != "" {
		return name
	}
	return "postgres:" + major
}

// Loaded starts a server whose image runs these scripts on an empty data directory, as it
// does with what a compose file mounts into docker-entrypoint-initdb.d.
func Loaded(t testing.TB, major, database string, scripts ...string) *Server {
	t.Helper()
	ctx := t.Context()
	c, err := postgres.Run(ctx, image(major), postgres.WithDatabase(database), postgres.WithUsername("postgres"), postgres.WithPassword(Password), postgres.WithInitScripts(scripts...),
		testcontainers.WithWaitStrategy(
			wait.ForLog("database system is ready to accept connections").WithOccurrence(2).WithStartupTimeout(2*time.Minute),
			wait.ForListeningPort("5432/tcp"),
		),
	)
	if c != nil {
		t.Cleanup(func() { _ = testcontainers.TerminateContainer(c) })
	}
	if err != nil {
		t.Fatalf("start a server on %v: %v", scripts, err)
	}
	s := &Server{Name: database, container: c}
	dsn, err := c.ConnectionString(ctx, "sslmode=disable")
	if err != nil {
		t.Fatal(err)
	}
	s.outside = strings.Replace(dsn, "/"+database+"?", "/postgres?", 1)
	return s
}

// At is a server that somebody else has started, by the DSN of one of its databases.
func At(dsn, database string) *Server {
	return &Server{Name: database, outside: strings.Replace(dsn, "/"+database+"?", "/postgres?", 1)}
}

// Compose returns the beginning of compose's command line: of Docker's own command, or of
// the older program. Where there is neither, the story skips, or fails as [New] does.
func Compose(t testing.TB) []string {
	t.Helper()
	for _, c := range [][]string{{"docker", "compose"}, {"docker-compose"}} {
		if exec.CommandContext(t.Context(), c[0], append(c[1:], "version")...).Run() == nil {
			return c
		}
	}
	if os.Getenv("UNDERSTUDY_NO_SKIP") == "1" {
		t.Fatal("no docker compose")
	}
	t.Skip("no docker compose")
	return nil
}

// Image names the image of a version, for programs that start it themselves.
func Image(major string) string { return image(major) }

func start(ctx context.Context, name, major, net string) (*Server, error) {
	s := &Server{Name: name}
	if _, err := fmt.Sscan(major, &s.Major); err != nil {
		return s, err
	}
	c, err := postgres.Run(ctx, image(major),
		postgres.WithDatabase("postgres"), postgres.WithUsername("postgres"), postgres.WithPassword(Password),
		network.WithNetworkName([]string{name}, net),
		testcontainers.WithCmdArgs("-c", "fsync=off", "-c", "max_connections=60", "-c", "log_statement=none"),
		testcontainers.WithTmpfs(map[string]string{"/small": "rw,size=64m,mode=1777"}), // a disk that can be filled; empty it takes nothing
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

// Build makes the static binary in a folder.
func Build(dir string) (string, error) {
	binary := filepath.Join(dir, "understudy")
	cmd := exec.Command("go", "build", "-trimpath", "-o", binary, "./cmd/understudy")
	cmd.Dir = Root()
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=-buildvcs=false")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the tool: %w: %s", err, out)
	}
	return binary, nil
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

// Root returns the repository's folder, for fixtures that lie in it.
func Root(parts ...string) string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(append([]string{filepath.Dir(file), "..", ".."}, parts...)...)
}
