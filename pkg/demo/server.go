package demo

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/pkg/localpg"
	"github.com/understudy-db/understudy/pkg/report"
)

// server is one throw-away server, whatever it runs in.
type server struct {
	dsn      func(database string) string
	stop     func()
	programs string // folder of its client programs, where they are on this machine
}

// shown is a DSN for a person: with the password, because it is a throw-away one.
func (s *server) shown(database string) string { return s.dsn(database) }

// startBoth starts production and staging side by side.
func startBoth(ctx context.Context, say func(string, ...any)) (*server, *server, error) {
	start := local
	programs, err := localpg.Find()
	switch {
	case err == nil:
		say("PostgreSQL %d.%d in %s; starting two throw-away servers", programs.Major, programs.Minor, programs.Dir)
	case errors.Is(err, localpg.ErrNotFound):
		engine := containerEngine()
		if engine == "" {
			return nil, nil, &report.Fault{Side: report.Usage, Doing: "find PostgreSQL", Err: err, Hint: installHint()}
		}
		say("no PostgreSQL programs here; starting two containers with %s", engine)
		start = func(ctx context.Context) (*server, error) { return contained(ctx, engine) }
	default:
		return nil, nil, err
	}
	type result struct {
		s   *server
		err error
	}
	other := make(chan result, 1)
	go func() {
		s, err := start(ctx)
		other <- result{s, err}
	}()
	production, err := start(ctx)
	second := <-other
	if err = errors.Join(err, second.err); err != nil {
		for _, s := range []*server{production, second.s} {
			if s != nil {
				s.stop()
			}
		}
		return nil, nil, &report.Fault{Side: report.Unclassified, Doing: "start two throw-away servers", Err: err, Hint: "is there room in " + os.TempDir() + "?"}
	}
	return production, second.s, nil
}

func local(ctx context.Context) (*server, error) {
	s, err := localpg.Start(ctx, localpg.Options{})
	if err != nil {
		return nil, err
	}
	return &server{dsn: s.DSN, stop: s.Stop, programs: s.Programs().Dir}, nil
}

// installHint is the one command that brings PostgreSQL.
func installHint() string {
	for program, command := range map[string]string{
		"apt-get": "sudo apt-get install postgresql", "dnf": "sudo dnf install postgresql-server", "zypper": "sudo zypper install postgresql-server",
		"apk": "sudo apk add postgresql", "pacman": "sudo pacman -S postgresql", "brew": "brew install postgresql@17",
	} {
		if _, err := exec.LookPath(program); err == nil {
			return command
		}
	}
	return "install PostgreSQL's server programs, or docker or podman"
}

// containerEngine returns the engine that answers, or "".
func containerEngine() string {
	for _, name := range []string{"docker", "podman"} {
		if path, err := exec.LookPath(name); err == nil && exec.Command(path, "version").Run() == nil {
			return name
		}
	}
	return ""
}

// demoImage is what a container is made of: pg_dump of any version up to it can read it,
// and one that is missing altogether is named by the refresh itself.
const demoImage = "postgres:17"

// contained starts PostgreSQL in a container, on a free port of this machine.
func contained(ctx context.Context, engine string) (*server, error) {
	var raw [12]byte
	_, _ = rand.Read(raw[:]) // never fails
	password := hex.EncodeToString(raw[:])
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	port := listener.Addr().(*net.TCPAddr).Port
	_ = listener.Close()
	cmd := exec.CommandContext(ctx, engine, "run", "--rm", "--detach", "--env", "POSTGRES_PASSWORD", "--publish", "127.0.0.1:"+strconv.Itoa(port)+":5432", demoImage, "-c", "fsync=off")
	cmd.Env = append(os.Environ(), "POSTGRES_PASSWORD="+password) // not on the command line, where everybody sees it
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s run %s: %w", engine, demoImage, err)
	}
	id := strings.TrimSpace(string(out))
	s := &server{
		dsn: func(database string) string {
			u := url.URL{Scheme: "postgres", User: url.UserPassword("postgres", password), Host: "127.0.0.1:" + strconv.Itoa(port), Path: "/" + database, RawQuery: "sslmode=disable"}
			return u.String()
		},
		stop: func() { _ = exec.Command(engine, "stop", "--time", "1", id).Run() },
	}
	if err := answers(ctx, s.dsn("postgres")); err != nil {
		s.stop()
		return nil, err
	}
	return s, nil
}

// answers waits until a server takes connections for good: the image's first start ends
// once before the real one.
func answers(ctx context.Context, dsn string) error {
	ctx, cancel := context.WithTimeout(ctx, 90*time.Second)
	defer cancel()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	good := 0
	for {
		select {
		case <-ctx.Done():
			return fmt.Errorf("the server in the container does not answer: %w", context.Cause(ctx))
		case <-tick.C:
		}
		conn, err := pgx.Connect(ctx, dsn)
		if err != nil {
			good = 0
			continue
		}
		_ = conn.Close(ctx)
		if good++; good == 5 {
			return nil
		}
	}
}

func isUpper(r rune) bool { return unicode.IsUpper(r) }

func isLetter(r rune) bool { return unicode.IsLetter(r) || unicode.IsMark(r) }
