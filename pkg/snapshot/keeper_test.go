package snapshot

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/understudy-db/understudy/pkg/pgtest"
	"github.com/understudy-db/understudy/pkg/report"
)

// TestKeeperProcess is the keeper that other tests start: this test binary once more.
func TestKeeperProcess(*testing.T) {
	if flag.Arg(0) != "keeper" {
		return
	}
	if Keep(context.Background(), os.Stdin, os.Stdout) != nil {
		os.Exit(1) //nolint:forbidigo // a process of its own, of which this is main
	}
	os.Exit(0) //nolint:forbidigo // likewise
}

func keep(t *testing.T, h *Holder, dsn string, hold time.Duration) *Keeper {
	t.Helper()
	k, err := StartKeeper(t.Context(), h, KeeperOptions{
		Command: []string{os.Args[0], "-test.run=^TestKeeperProcess$", "keeper"}, Source: dsn, Tag: "t" + h.cfg.Name()[16:], Run: "run", Hold: hold,
	})
	if err != nil {
		t.Fatalf("%v (%s)", err, report.HintOf(err))
	}
	t.Cleanup(k.End)
	return k
}

func three(t *testing.T) string {
	t.Helper()
	dsn := pgtest.DSN(t)
	pgtest.Exec(t, dsn, "CREATE TABLE public.t AS SELECT generate_series(1, 3) AS id; CREATE TABLE public.u ()")
	return dsn
}

// The holder that took the snapshot may die: the keeper has it, its locks, and gives it on.
func TestAKeeperOutlivesTheRunAndGivesTheSnapshotBack(t *testing.T) {
	t.Parallel()
	dsn := three(t)
	h := hold(t, dsn, Options{})
	k := keep(t, h, dsn, time.Hour)
	ticket := k.Ticket()
	if ticket.Time != h.Time() || ticket.ID == h.ID() || len(ticket.Tables) != 2 {
		t.Errorf("the keeper's ticket is %+v", ticket)
	}
	h.Close(t.Context())
	k.Leave()
	pgtest.Exec(t, dsn, "INSERT INTO public.t VALUES (4)")
	if !blocked(t, dsn, "TRUNCATE public.t") {
		t.Error("nobody holds the locks")
	}
	again, err := Attach(t.Context(), config(t, dsn), ticket, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close(context.Background())
	if n := rows(t, pinned(t, again), "public.t"); n != 3 {
		t.Errorf("the snapshot shows %d rows, want the 3 of its time", n)
	}
	if err := again.Check(t.Context()); err != nil {
		t.Error(err)
	}
	if err := EndKeeper(t.Context(), pgtest.Conn(t, dsn), ticket); err != nil {
		t.Fatal(err)
	}
	waitFor(t, k.Lost(), "the keeper to end with its session")
	if !blocked(t, dsn, "TRUNCATE public.t") {
		t.Error("the second holder has no locks of its own")
	}
	if n := rows(t, pinned(t, again), "public.t"); n != 3 {
		t.Errorf("without the keeper the snapshot shows %d rows", n)
	}
}

func waitFor(t *testing.T, done <-chan struct{}, what string) {
	t.Helper()
	select {
	case <-done:
	case <-time.After(patient):
		t.Fatalf("waited in vain for %s", what)
	}
}

func TestAKeeperEndsWhenItIsToldAndByItself(t *testing.T) {
	t.Parallel()
	dsn := three(t)
	h := hold(t, dsn, Options{})
	told := keep(t, h, dsn, time.Hour)
	told.End()
	waitFor(t, told.Lost(), "a keeper that was told to end")

	alone := keep(t, h, dsn, 50*time.Millisecond)
	alone.Leave()
	waitFor(t, alone.Lost(), "a keeper whose time is over")

	waiting := keep(t, h, dsn, time.Hour)
	h.Close(t.Context())
	waiting.Leave()
	pgtest.Exec(t, dsn, "SET lock_timeout = '50s'; ALTER TABLE public.t ADD COLUMN more int") // waits until the keeper gives way
	waitFor(t, waiting.Lost(), "a keeper that stands in a migration's way")
	if _, err := Attach(t.Context(), config(t, dsn), waiting.Ticket(), Options{}); !Gone(err) || report.SideOf(err) != report.Source {
		t.Errorf("the snapshot is gone, and this says %v", err)
	}
}

func TestTheNextRunEndsTheKeepersOfTheDead(t *testing.T) {
	t.Parallel()
	dsn := three(t)
	h := hold(t, dsn, Options{})
	k := keep(t, h, dsn, time.Hour)
	k.Leave()
	conn := pgtest.Conn(t, dsn)
	if who, err := EndKeepers(t.Context(), conn, "another-staging"); err != nil || len(who) > 0 {
		t.Errorf("another staging's keeper was ended: %v, %v", who, err)
	}
	who, err := EndKeepers(t.Context(), conn, "t"+h.cfg.Name()[16:])
	if err != nil || len(who) != 1 || !strings.Contains(who[0], " run") {
		t.Errorf("%v, %v", who, err)
	}
	waitFor(t, k.Lost(), "the keeper to end")
}

// Between import and locks the first holder may die, and a table be rewritten unseen.
func TestATicketWithoutItsLocksIsRefused(t *testing.T) {
	t.Parallel()
	dsn := three(t)
	h := hold(t, dsn, Options{})
	// a session that exported the snapshot and locks nothing
	c := pinned(t, h)
	id, err := c.Export(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ticket := h.Ticket()
	ticket.ID, ticket.PID = id, int32(c.conn.PgConn().PID())
	if _, err := Attach(t.Context(), config(t, dsn), ticket, Options{}); !Gone(err) {
		t.Errorf("%v", err)
	}
	ticket = h.Ticket()
	ticket.Tables = nil
	if _, err := Attach(t.Context(), config(t, dsn), ticket, Options{}); err == nil {
		t.Error("a ticket without tables is taken")
	}
}

func TestNothingSecretIsInAKeepersArgumentsOrEnvironment(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/proc/self/environ"); err != nil {
		t.Log("this system has no /proc to look into")
		return
	}
	dsn := three(t)
	k := keep(t, hold(t, dsn, Options{}), dsn, time.Hour)
	c := config(t, dsn)
	secret := ""
	for _, kv := range c.Env() {
		if v, ok := strings.CutPrefix(kv, "PGPASSWORD="); ok {
			secret = v
		}
	}
	for _, name := range []string{"cmdline", "environ"} {
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", k.PID(), name))
		if err != nil {
			t.Fatal(err)
		}
		if secret != "" && bytes.Contains(b, []byte(secret)) || bytes.Contains(b, []byte("UNDERSTUDY_")) {
			t.Errorf("%s holds the password or the tool's own variables", name)
		}
	}
}

func TestAKeeperThatCannotAttachSaysWhy(t *testing.T) {
	t.Parallel()
	dsn := three(t)
	var out bytes.Buffer
	err := Keep(t.Context(), strings.NewReader(`{"source":"`+dsn+`","name":"x y","hold":1,"ticket":{"id":"00000003-00000001-1","pid":1,"tables":[{"oid":1,"name":{"schema":"public","name":"t"}}]}}`+"\n"), &out)
	if !Gone(err) || !strings.Contains(out.String(), "gone") {
		t.Errorf("%v: %s", err, out.String())
	}
	for _, in := range []string{"", "{}", "{\n", "null\n"} {
		if err := Keep(t.Context(), strings.NewReader(in), io.Discard); err == nil {
			t.Errorf("the order %q is taken", in)
		}
	}
	if _, err := StartKeeper(t.Context(), hold(t, dsn, Options{}), KeeperOptions{Command: []string{"/bin/false"}}); err == nil || report.SideOf(err) != report.Usage {
		t.Errorf("%v", err)
	}
}
