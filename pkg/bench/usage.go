package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/pkg/localpg"
)

// spent is what the client's side of a run cost.
type spent struct {
	cpu      time.Duration
	memory   int64         // of the largest process; of programs side by side the sum
	wall     time.Duration // 0: that of the whole run
	rows     time.Duration // while rows moved; 0: not told
	database string        // where the rows went
}

func (s *spent) add(o spent) {
	s.cpu += o.cpu
	s.memory = max(s.memory, o.memory)
}

// run runs a program, or several that are joined by pipes, and adds up what they used.
func (b *bench) run(ctx context.Context, commands ...*exec.Cmd) (spent, []byte, error) {
	var out bytes.Buffer
	errs := make([]bytes.Buffer, len(commands))
	var ends []*os.File // what this process must close once the programs have it
	for i, c := range commands {
		c.Stderr = &errs[i]
		if i == len(commands)-1 {
			c.Stdout = &out
			continue
		}
		r, w, err := os.Pipe()
		if err != nil {
			return spent{}, nil, fault("make a pipe", err)
		}
		c.Stdout, commands[i+1].Stdin = w, r
		ends = append(ends, r, w)
	}
	var first error
	var memory []func() int64 // of those that were started
	for _, c := range commands {
		if first = b.net.start(c); first != nil {
			break
		}
		memory = append(memory, watchMemory(c.Process.Pid))
	}
	for _, e := range ends {
		_ = e.Close()
	}
	var total spent
	for i, peak := range memory {
		c := commands[i]
		err := c.Wait()
		total.memory += peak()
		if err != nil { // when one end fails so does the other: both are told
			first = errors.Join(first, fmt.Errorf("%s: %w: %s", filepath.Base(c.Path), err, tail(errs[i].Bytes())))
		}
		total.cpu += c.ProcessState.UserTime() + c.ProcessState.SystemTime()
	}
	if ctx.Err() != nil {
		first = context.Cause(ctx)
	}
	if first != nil {
		return total, out.Bytes(), fault("run "+filepath.Base(commands[0].Path), first)
	}
	return total, out.Bytes(), nil
}

func tail(b []byte) string {
	b = bytes.TrimSpace(b)
	return string(b[max(0, len(b)-600):])
}

// ticks is how many clock ticks /proc counts a second, on every Linux that Go runs on.
const ticks = 100

// serverCPU is what a server of this machine has used so far, its ended backends
// included; 0 where there is no /proc.
func serverCPU(ctx context.Context, s *localpg.Server) time.Duration {
	conn, err := pgx.Connect(ctx, s.SocketDSN("postgres"))
	if err != nil {
		return 0
	}
	defer conn.Close(context.WithoutCancel(ctx))
	return familyCPU(strconv.FormatUint(uint64(conn.PgConn().PID()), 10))
}

// familyCPU is the time of the process's parent, of the parent's children that have ended
// and of those that run.
func familyCPU(pid string) time.Duration {
	self, ok := readStat(pid)
	if !ok {
		return 0
	}
	parent, ok := readStat(self.parent)
	if !ok {
		return 0
	}
	total := parent.own + parent.reaped
	all, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return 0
	}
	for _, path := range all {
		if p, ok := readStat(filepath.Base(filepath.Dir(path))); ok && p.parent == self.parent {
			total += p.own
		}
	}
	return time.Duration(total) * time.Second / ticks
}

type stat struct {
	parent      string
	own, reaped int64 // ticks
}

func readStat(pid string) (stat, bool) {
	content, err := os.ReadFile("/proc/" + pid + "/stat")
	if err != nil {
		return stat{}, false
	}
	// the name in brackets may hold anything
	_, rest, ok := strings.Cut(string(content), ") ")
	f := strings.Fields(rest)
	if !ok || len(f) < 15 {
		return stat{}, false
	}
	n := func(i int) int64 { v, _ := strconv.ParseInt(f[i], 10, 64); return v }
	return stat{parent: f[1], own: n(11) + n(12), reaped: n(13) + n(14)}, true
}
