package snapshot

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/session"
)

// keeperName is how keepers' sessions are called: a staging's tag and the run's id follow.
const keeperName = "hold "

// order is what a keeper is told on standard input. The source's address may hold a
// password, which is why it is on neither its command line nor its environment.
type order struct {
	Source string        `json:"source"`
	Name   string        `json:"name"`
	Hold   time.Duration `json:"hold"`
	Ticket Ticket        `json:"ticket"`
}

// answer is what it says on standard output, once.
type answer struct {
	Ticket Ticket `json:"ticket"`
	Error  string `json:"error,omitempty"` // of a Fault, which holds no value
	Hint   string `json:"hint,omitempty"`
}

// farewell on its standard input ends a keeper; the end without it means that the run died.
const farewell = "end"

// keeperLook is how often a keeper without a run asks who waits behind its locks.
const keeperLook = 2 * time.Second

// Keep is a keeper's whole life: it reads its order from in, attaches to the snapshot,
// answers on out, and holds on. It ends when it is told to, when its session is lost,
// with ctx, and, once in has ended without a farewell, after the order's time or as soon as a
// migration waits: production never waits for a run that is dead.
func Keep(ctx context.Context, in io.Reader, out io.Writer) error {
	lines := bufio.NewReader(in)
	first, err := lines.ReadBytes('\n')
	var o order
	if err == nil {
		err = json.Unmarshal(first, &o)
	}
	clear(first)
	if err != nil {
		return &report.Fault{Side: report.Usage, Doing: "read the order of the run", Err: errors.New("standard input holds none"), Hint: "this command is started by understudy copy alone"}
	}
	h, err := o.attach(ctx)
	var a answer
	if err != nil {
		a = answer{Error: err.Error(), Hint: report.HintOf(err)}
	} else {
		a.Ticket = h.Ticket()
		defer h.Close(ctx)
	}
	if werr := json.NewEncoder(out).Encode(a); err == nil && werr != nil {
		return fmt.Errorf("answer the run: %w", werr)
	}
	if err != nil {
		return err
	}
	orphaned := make(chan bool, 1)
	go func() { // ends with the process, if not before
		word, _ := lines.ReadString('\n')
		orphaned <- strings.TrimSpace(word) != farewell
	}()
	select {
	case <-ctx.Done():
		return nil
	case <-h.Lost():
		return h.Err()
	case dead := <-orphaned:
		if !dead {
			return nil
		}
	}
	return h.outlive(ctx, o.Hold)
}

func (o *order) attach(ctx context.Context) (*Holder, error) {
	cfg, err := session.Parse(o.Source)
	if err != nil {
		return nil, err
	}
	return Attach(ctx, cfg, o.Ticket, Options{Name: keeperName + o.Name})
}

// outlive holds on without a run for some time.
func (h *Holder) outlive(ctx context.Context, hold time.Duration) error {
	end := time.NewTimer(hold)
	defer end.Stop()
	look := time.NewTicker(keeperLook)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-h.Lost():
			return h.Err()
		case <-end.C:
			return nil
		case <-look.C:
			// an error is a server that does not answer: then the session is lost before long
			if waiting, err := h.MigrationWaiting(ctx); err == nil && len(waiting) > 0 {
				return nil
			}
		}
	}
}

// Keeper is the small process that holds a snapshot for the case that this one dies.
type Keeper struct {
	ticket Ticket
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	done   chan struct{} // closed when the process has ended
}

// KeeperOptions says how a keeper is started.
type KeeperOptions struct {
	Command []string      // the program and its arguments; nothing secret
	Source  string        // the source's address as the user gave it
	Tag     string        // of the staging: whoever has its lock may end keepers of this tag
	Run     string        // the run's id
	Hold    time.Duration // how long it outlives the run
}

// startTimeout bounds how long a keeper may take to attach.
const startTimeout = time.Minute

// StartKeeper starts a keeper for the holder's snapshot, in a session of the operating
// system of its own, so that what ends this process's terminal or group does not end it.
func StartKeeper(ctx context.Context, h *Holder, o KeeperOptions) (*Keeper, error) {
	const doing = "start the process that holds the snapshot"
	if len(o.Command) == 0 {
		return nil, &report.Fault{Side: report.Usage, Doing: doing, Err: errors.New("there is no program to start")}
	}
	cmd := exec.Command(o.Command[0], o.Command[1:]...) //nolint:gosec // our own program
	// Neither the key nor another address is its business.
	cmd.Env = slices.DeleteFunc(os.Environ(), func(kv string) bool { return strings.HasPrefix(kv, "UNDERSTUDY_") })
	detach(cmd)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", doing, err)
	}
	reader, writer, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", doing, err)
	}
	defer reader.Close()
	cmd.Stdout = writer
	err = cmd.Start()
	_ = writer.Close()
	if err != nil {
		return nil, &report.Fault{Side: report.Usage, Doing: doing, Err: err}
	}
	k := &Keeper{cmd: cmd, stdin: stdin, done: make(chan struct{})}
	go func() {
		_ = cmd.Wait() // how it ended does not matter: that it ended does
		close(k.done)
	}()
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	go func() { // a read that nobody answers ends with the deadline
		<-ctx.Done()
		_ = reader.SetReadDeadline(time.Unix(1, 0))
	}()
	err = json.NewEncoder(stdin).Encode(order{Source: o.Source, Name: o.Tag + " " + o.Run, Hold: o.Hold, Ticket: h.Ticket()})
	var a answer
	if err == nil {
		err = json.NewDecoder(reader).Decode(&a)
	}
	switch {
	case err != nil:
		k.kill()
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, &report.Fault{Side: report.Usage, Doing: doing, Err: errors.New("it ended without an answer")}
	case a.Error != "":
		k.kill()
		return nil, &report.Fault{Side: report.Source, Doing: doing, Err: errors.New(a.Error), Hint: a.Hint}
	}
	k.ticket = a.Ticket
	return k, nil
}

// Ticket returns the ticket of the keeper's own session.
func (k *Keeper) Ticket() Ticket { return k.ticket }

// PID returns the process's id.
func (k *Keeper) PID() int { return k.cmd.Process.Pid }

// Lost is closed when the process has ended.
func (k *Keeper) Lost() <-chan struct{} { return k.done }

// End tells the keeper to end, and waits until it has.
func (k *Keeper) End() {
	_, _ = io.WriteString(k.stdin, farewell+"\n") // who has ended already needs no farewell
	_ = k.stdin.Close()
	timer := time.NewTimer(goodbye)
	defer timer.Stop()
	select {
	case <-k.done:
	case <-timer.C:
		k.kill()
	}
}

// Leave lets the keeper hold on without this process.
func (k *Keeper) Leave() { _ = k.stdin.Close() }

func (k *Keeper) kill() {
	_ = k.cmd.Process.Kill()
	_ = k.stdin.Close()
	<-k.done
}

// EndKeepers ends the keepers that dead runs of a staging left on the source, and returns
// who they were. The caller holds the staging's
// lock, so that no run of it is alive but its own.
func EndKeepers(ctx context.Context, conn *pgx.Conn, tag string) ([]string, error) {
	rows, err := conn.Query(ctx, query("keepers"), session.ApplicationName(keeperName+tag+" "))
	if err != nil {
		return nil, session.Fault(report.Source, "end the snapshot holders of dead runs", err)
	}
	var out []string
	var pid int32
	var name string
	_, err = pgx.ForEachRow(rows, []any{&pid, &name}, func() error {
		out = append(out, fmt.Sprintf("pid %d (%s)", pid, name))
		return nil
	})
	return out, session.Fault(report.Source, "end the snapshot holders of dead runs", err)
}

// EndKeeper ends one keeper by its ticket, when it is still that one.
func EndKeeper(ctx context.Context, conn *pgx.Conn, t Ticket) error {
	_, err := conn.Exec(ctx, `SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity
		WHERE pid = $1 AND usename = current_user AND pg_catalog.starts_with(application_name, $2::text)`, t.PID, session.ApplicationName(keeperName))
	return session.Fault(report.Source, "end the snapshot's former holder", err)
}
