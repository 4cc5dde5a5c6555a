package localpg

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// superuser is the first role of every throw-away server.
const superuser = "understudy"

// Options says how a server is made. The zero value is a server of the newest
// version found, with settings for speed.
type Options struct {
	Programs Programs          // zero: what Find returns
	Dir      string            // parent of the data directory; empty: the temporary folder
	Settings map[string]string // of postgresql.conf; they win over ours
	Address  string            // where it listens; empty is the loopback address
}

// Server is a running throw-away server.
type Server struct {
	programs Programs
	dir      string
	address  string
	port     int
	password string
	lifeline *os.File // the supervisor ends the server when this is closed
	cmd      *exec.Cmd
	done     chan struct{} // closed when the supervisor has ended
	stop     sync.Once
}

// defaults trade every durability for speed: nobody needs this data after a crash.
var defaults = map[string]string{
	"fsync":                      "off",
	"full_page_writes":           "off",
	"synchronous_commit":         "off",
	"shared_buffers":             "64MB",
	"max_wal_size":               "2GB",
	"max_connections":            "100",
	"dynamic_shared_memory_type": "posix",
	"log_checkpoints":            "off",
}

// attempts is how often a start is tried: between our choosing a free port and the
// server's listening on it, another process can take it.
const attempts = 3

// Start makes a server and returns when it answers. Its programs are started by the calling
// thread, and inherit what is the thread's own: a network, the cores that it may use. The context bounds the start
// only. The error is [ErrNotFound] when there are no programs; otherwise it holds
// the end of what the programs said.
func Start(ctx context.Context, o Options) (*Server, error) {
	if o.Programs.Dir == "" {
		p, err := Find()
		if err != nil {
			return nil, err
		}
		o.Programs = p
	}
	var err error
	for range attempts {
		var s *Server
		if s, err = start(ctx, o); err == nil {
			return s, nil
		}
		if ctx.Err() != nil {
			break
		}
	}
	return nil, err
}

// start is one attempt; it leaves nothing behind when it fails.
func start(ctx context.Context, o Options) (_ *Server, err error) {
	account, err := unprivileged()
	if err != nil {
		return nil, err
	}
	dir, err := makeDir(o.Dir, account)
	if err != nil {
		return nil, err
	}
	s := &Server{programs: o.Programs, dir: dir, address: cmp.Or(o.Address, "127.0.0.1"), password: rand.Text(), done: make(chan struct{})}
	defer func() {
		if err != nil {
			s.Stop()
		}
	}()
	if err := s.initialise(ctx, account); err != nil {
		close(s.done)
		return nil, err
	}
	if s.port, err = freePort(ctx, s.address); err != nil {
		close(s.done)
		return nil, err
	}
	if err := s.launch(account, o.Settings); err != nil {
		close(s.done)
		return nil, err
	}
	return s, s.await(ctx)
}

// initialise runs initdb. C.UTF-8 gives letters of every script their case; where
// the system lacks it, C does.
func (s *Server) initialise(ctx context.Context, a *account) error {
	secret := filepath.Join(s.dir, "password")
	if err := os.WriteFile(secret, []byte(s.password+"\n"), 0o600); err != nil {
		return fmt.Errorf("write the server's password: %w", err)
	}
	if err := a.own(secret); err != nil {
		return err
	}
	locales := []string{"C"}
	if runtime.GOOS == "linux" {
		locales = []string{"C.UTF-8", "C"}
	}
	var err error
	for _, locale := range locales {
		cmd := exec.CommandContext(ctx, s.programs.Path("initdb"),
			"--pgdata="+s.data(), "--username="+superuser, "--pwfile="+secret,
			"--auth-local=trust", "--auth-host=scram-sha-256",
			"--encoding=UTF8", "--locale="+locale, "--no-sync")
		cmd.Dir = s.dir
		a.run(cmd)
		var out []byte
		if out, err = cmd.CombinedOutput(); err == nil {
			return errors.Join(os.Remove(secret), s.admit())
		}
		err = fmt.Errorf("initdb: %w: %s", err, tail(out))
		if ctx.Err() != nil {
			return err
		}
		if rmErr := os.RemoveAll(s.data()); rmErr != nil {
			return rmErr
		}
	}
	return err
}

// admit lets others than this machine in, with the password, where the server listens for them.
func (s *Server) admit() error {
	if ip := net.ParseIP(s.address); ip == nil || ip.IsLoopback() {
		return nil
	}
	file, err := os.OpenFile(filepath.Join(s.data(), "pg_hba.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return fmt.Errorf("admit other hosts: %w", err)
	}
	_, err = file.WriteString("host all all all scram-sha-256\n")
	return errors.Join(err, file.Close())
}

// supervisor runs the server as a child and ends it when standard input ends, which
// it does when the process that holds the pipe's other end dies, however it dies.
// $1 is the directory, the rest is the server's command line. A server that ends by
// itself leaves its log, for the error.
const supervisor = `dir=$1; shift
exec 3<&0
"$@" </dev/null 3<&- &
pid=$!
{ cat <&3 >/dev/null; : >"$dir"/ended; kill -QUIT $pid; } 2>/dev/null &
exec 3<&-
wait $pid
code=$?
rm -rf "$dir"/data "$dir"/s
[ -e "$dir"/ended ] && rm -rf "$dir"
exit $code`

// launch starts the server below the supervisor, in a process group of its own:
// an interrupt at the terminal is for us, who then stop the server in order.
func (s *Server) launch(a *account, settings map[string]string) error {
	sockets := filepath.Join(s.dir, "s")
	if err := os.Mkdir(sockets, 0o700); err != nil {
		return err
	}
	if err := a.own(sockets); err != nil {
		return err
	}
	all := maps.Clone(defaults)
	maps.Copy(all, settings)
	all["listen_addresses"] = s.address
	all["port"] = strconv.Itoa(s.port)
	all["unix_socket_directories"] = sockets
	args := []string{"-c", supervisor, "understudy-server", s.dir, s.programs.Path("postgres"), "-D", s.data()}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		args = append(args, "-c", name+"="+all[name])
	}
	log, err := os.Create(s.log())
	if err != nil {
		return err
	}
	defer log.Close()
	reader, writer, err := os.Pipe()
	if err != nil {
		return err
	}
	defer reader.Close()
	s.cmd = exec.Command("/bin/sh", args...)
	s.cmd.Dir, s.cmd.Stdin, s.cmd.Stdout, s.cmd.Stderr = s.dir, reader, log, log
	a.run(s.cmd)
	ownGroup(s.cmd)
	if err := s.cmd.Start(); err != nil {
		_ = writer.Close()
		return fmt.Errorf("start the server's shell: %w", err)
	}
	s.lifeline = writer
	go func() {
		_ = s.cmd.Wait() // the exit code says nothing that the log does not
		close(s.done)
	}()
	return nil
}

// await returns when the server answers a query, or has ended, or the context has.
func (s *Server) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	tick := time.NewTicker(30 * time.Millisecond)
	defer tick.Stop()
	for {
		conn, err := pgx.Connect(ctx, s.SocketDSN("postgres")) // its address may be another network's
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-s.done:
			out, _ := os.ReadFile(s.log())
			return fmt.Errorf("the server ended while starting: %s", tail(out))
		case <-ctx.Done():
			out, _ := os.ReadFile(s.log())
			return fmt.Errorf("the server did not answer in time: %w: %s", ctx.Err(), tail(out))
		case <-tick.C:
		}
	}
}

// DSN returns a URL for one of the server's databases, over the address that it listens on,
// with the superuser's password in it.
func (s *Server) DSN(database string) string {
	u := url.URL{
		Scheme: "postgres", User: url.UserPassword(superuser, s.password),
		Host: net.JoinHostPort(s.address, strconv.Itoa(s.port)), Path: "/" + database,
		RawQuery: "sslmode=disable",
	}
	return u.String()
}

// SocketDSN returns a connection string over the server's socket, which only this
// account and root can open; it needs no password.
func (s *Server) SocketDSN(database string) string {
	quote := func(v string) string {
		return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(v) + "'"
	}
	return fmt.Sprintf("host=%s port=%d user=%s dbname=%s", quote(filepath.Join(s.dir, "s")), s.port, superuser, quote(database))
}

// Programs returns the version that runs.
func (s *Server) Programs() Programs { return s.programs }

// Stop ends the server at once and removes its directory. It can be called more
// than once and from any goroutine; every call returns after the end.
func (s *Server) Stop() {
	s.stop.Do(func() {
		if s.lifeline != nil {
			_ = s.lifeline.Close()
		}
		<-s.done
		_ = os.RemoveAll(s.dir)
	})
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }
func (s *Server) log() string  { return filepath.Join(s.dir, "log") }

// freePort asks the system for a port that nobody listens on now.
func freePort(ctx context.Context, address string) (int, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", net.JoinHostPort(address, "0"))
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	addr, ok := l.Addr().(*net.TCPAddr)
	if err := l.Close(); err != nil {
		return 0, err
	}
	if !ok {
		return 0, errors.New("find a free port: the listener has no TCP address")
	}
	return addr.Port, nil
}

// tail returns the last lines of a program's output, short enough for an error.
func tail(out []byte) string {
	const most = 600
	out = bytes.TrimSpace(out)
	if len(out) > most {
		out = append([]byte("…"), out[len(out)-most:]...)
	}
	return string(out)
}
