package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/understudy-db/understudy/fixtures"
	"github.com/understudy-db/understudy/pkg/localpg"
)

func TestATableHasMediansSpreadAndRatios(t *testing.T) {
	t.Parallel()
	var results []Result
	add := func(series, name string, walls ...time.Duration) {
		for i, w := range walls {
			results = append(results, Result{Series: series, Contender: name, Round: i, Wall: w})
		}
	}
	add("a", rawPipe, 10*time.Second, 12*time.Second, 11*time.Second)
	add("a", bestUnmasked, 22*time.Second, 20*time.Second)
	add("a", "masked", 21*time.Second, 60*time.Second, 22*time.Second)
	add("a", rawTable, 4*time.Second)
	add("a", "table-masked", 5*time.Second)
	add("b", "masked", time.Second)
	got := map[string][]string{}
	for line := range strings.Lines(Table("a", results, []string{rawPipe, bestUnmasked, "masked", "unmasked", rawTable, "table-masked"})) {
		if f := strings.Fields(line); len(f) > 4 {
			got[f[0]] = f
		}
	}
	if _, ran := got["unmasked"]; ran {
		t.Error("a contender that did not run has a line")
	}
	if told := Table("a", []Result{{Series: "a", Contender: "masked", Wall: 9 * time.Second, Rows: 2500 * time.Millisecond}}, []string{"masked"}); !strings.Contains(told, " 2.50 ") || !strings.Contains(told, "rows s") {
		t.Errorf("the time of the rows is not in %s", told)
	}
	for name, want := range map[string][4]string{
		rawPipe: {"11.00", "10.00–12.00", "-", "0.52"}, bestUnmasked: {"21.00", "20.00–22.00", "1.91", "-"},
		"masked": {"22.00", "21.00–60.00", "2.00", "1.05"}, "table-masked": {"5.00", "5.00–5.00", "1.25", "-"},
	} {
		f := got[name]
		if len(f) < 6 {
			t.Errorf("%s has no line", name)
			continue
		}
		if line := [4]string{f[2], f[3], f[len(f)-2], f[len(f)-1]}; line != want {
			t.Errorf("%s: %v instead of %v", name, line, want)
		}
	}
}

func TestTheErrorOfEitherEndOfAPipeIsToldAndNothingHangs(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	sh := func(script string) *exec.Cmd { return exec.CommandContext(ctx, "/bin/sh", "-c", script) }
	_, out, err := (&bench{net: &loopback{}}).run(ctx, sh("echo rows"), sh("cat"))
	if err != nil || string(out) != "rows\n" {
		t.Errorf("%q, %v", out, err)
	}
	// More than a pipe holds: the first program is there until the second is.
	s, _, err := (&bench{net: &loopback{}}).run(ctx, sh("head -c 4M /dev/zero"), sh("wc -c"))
	if _, none := os.Stat("/proc/self/status"); err != nil || s.memory == 0 && none == nil {
		t.Errorf("%d bytes of memory, %v", s.memory, err)
	}
	if _, _, err := (&bench{net: &loopback{}}).run(ctx, sh("echo why >&2; exit 3"), sh("cat")); err == nil || !strings.Contains(err.Error(), "why") {
		t.Errorf("the first program's failure: %v", err)
	}
	if _, _, err := (&bench{net: &loopback{}}).run(ctx, sh("yes"), sh("echo full >&2; exit 4")); err == nil || !strings.Contains(err.Error(), "full") {
		t.Errorf("the last program's failure: %v", err)
	}
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if _, _, err := (&bench{net: &loopback{}}).run(gone, exec.CommandContext(gone, "/bin/sh", "-c", "sleep 60")); err == nil {
		t.Error("a cancelled run ended well")
	}
}

func TestTheProcessorTimeOfThisProcessIsRead(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		return // nothing to read it from: the tables say 0
	}
	s, ok := readStat("self")
	if !ok || s.parent == "" || s.parent == "0" {
		t.Errorf("%+v, %v", s, ok)
	}
}

// It once was at least that of the process that had started the program.
func TestTheMemoryOfAProgramIsItsOwn(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/proc/self/status"); err != nil {
		return // nothing to read it from: the tables say 0
	}
	mine := bytes.Repeat([]byte("mine"), 64<<20/4)
	c := exec.CommandContext(t.Context(), "/bin/sh", "-c", "tail -c 100M; :") // the shell has a child
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	peak := watchMemory(c.Process.Pid)
	pid := strconv.Itoa(c.Process.Pid)
	if small := peakMemory(pid); small == 0 || small > 32<<20 {
		t.Errorf("%d bytes before it has read anything", small)
	}
	if _, err := in.Write(mine); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); peakMemory(pid) < 60<<20; runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatalf("%d bytes when it has read 64 MiB", peakMemory(pid))
		}
	}
	if got := peak(); got < 60<<20 || got > 96<<20 {
		t.Errorf("%d bytes were seen", got)
	}
	if err := errors.Join(in.Close(), c.Wait()); err != nil {
		t.Error(err)
	}
	runtime.KeepAlive(mine)
}

func TestARunThatWasCutGoesOn(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "results")
	first := &bench{Options: Options{Results: file, Out: &strings.Builder{}}}
	if err := first.keep(Result{Series: "a", Contender: "masked", Round: 1, Wall: time.Second}); err != nil {
		t.Fatal(err)
	}
	second := &bench{Options: first.Options}
	if err := second.recall(); err != nil {
		t.Fatal(err)
	}
	if !second.has("a", "masked", 1) || second.has("a", "masked", 0) || second.has("b", "masked", 1) {
		t.Errorf("recalled %+v", second.results)
	}
}

func TestShapesAndContendersThatAreNoneAreRefused(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"", "shop:3", "tables", "tables:0", "tables:x", "rows", "rows:-1", "round"} {
		if _, err := shape(name, 1); err == nil {
			t.Errorf("the shape %q was taken", name)
		}
	}
	if _, err := choose([]string{"nobody"}, true); err == nil {
		t.Error("a contender that does not exist was chosen")
	}
	if _, err := choose([]string{"table-masked"}, false); err == nil {
		t.Error("one of the shop was chosen for another shape")
	}
	if list, err := choose([]string{"masked", rawPipe}, true); err != nil || len(list) != 2 {
		t.Errorf("%d, %v", len(list), err)
	}
}

func TestScalesHaveTheSameShape(t *testing.T) {
	t.Parallel()
	small, whole := fixtures.Large(0.01), fixtures.Large(1)
	if len(small.Fill) != 5 || len(whole.Fill) != 5 || strings.Contains(whole.First+strings.Join(whole.Fill, "")+whole.Finish, "{") {
		t.Errorf("%d and %d parts", len(small.Fill), len(whole.Fill))
	}
	if !strings.Contains(whole.Fill[0], "generate_series(1,1500000)") || !strings.Contains(small.Fill[0], "generate_series(1,15000)") {
		t.Error("the customers do not follow the scale")
	}
}

func TestALinkDelaysAndLimitsAndCarriesEveryByte(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	server, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		for {
			c, err := server.Accept()
			if err != nil {
				return
			}
			go func() { // it answers the number of bytes
				n, _ := io.Copy(io.Discard, io.LimitReader(c, 1_000_000))
				_, _ = fmt.Fprint(c, n)
				_ = c.Close()
			}()
		}
	}()
	l, there, err := openLink(ctx, "postgres://u:p@"+server.Addr().String()+"/", 100*time.Millisecond, 80)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(there)
	if err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	c, err := (&net.Dialer{}).DialContext(ctx, "tcp", u.Host)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Write(make([]byte, 1_000_000)); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(c)
	took := time.Since(begin)
	if string(answer) != "1000000" || err != nil {
		t.Errorf("answered %q, %v", answer, err)
	}
	if least := 200 * time.Millisecond; took < least { // a megabyte at 10 MB/s, and the round trip
		t.Errorf("took %s, less than %s", took, least)
	}
	_ = c.Close()
	_ = server.Close()
	l.Close()
}

func TestServersHaveCoresOfTheirOwnWhileThereAreEnough(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		each, all      int
		source, target string
	}{{0, 8, "[]", "[]"}, {1, 2, "[0]", "[1]"}, {2, 8, "[0 1]", "[2 3]"}, {1, 1, "[0]", "[0]"}, {4, 2, "[0 1]", "[0 1]"}, {2, 3, "[0 1]", "[2 0]"}} {
		if s, d := fmt.Sprint(coresOf(sourceEnd, c.each, c.all)), fmt.Sprint(coresOf(targetEnd, c.each, c.all)); s != c.source || d != c.target {
			t.Errorf("%d of %d: %s and %s", c.each, c.all, s, d)
		}
	}
}

// What the contenders of a network see: each server answers at its address, and not sooner
// than the round trip.
func TestANetworkLeadsToBothServers(t *testing.T) {
	t.Parallel()
	const roundTrip = 30 * time.Millisecond
	best, err := openNetwork(t.Context(), roundTrip, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []network{best, &relays{roundTrip: roundTrip, mbit: 1000, why: errors.New("a test")}} {
		if n.what() == "" {
			t.Error("a network does not say what it is")
		}
		defer n.close()
		b := &bench{net: n, Options: Options{Cores: 1}}
		if runtime.GOOS != "linux" {
			b.Cores = 0
		}
		var servers [2]*localpg.Server
		for i := range servers {
			s, err := b.serve(t.Context(), end(i), map[string]string{"fsync": "off"})
			if errors.Is(err, localpg.ErrNotFound) && os.Getenv("CI") != "true" && os.Getenv("UNDERSTUDY_NO_SKIP") != "1" {
				t.Skip("no server on this machine")
			}
			if err != nil {
				t.Fatal(err)
			}
			defer s.Stop()
			servers[i] = s
		}
		if err := n.reach(t.Context(), servers[sourceEnd], servers[targetEnd]); err != nil {
			t.Fatal(err)
		}
		b.source = servers[sourceEnd]
		for _, address := range []string{n.from("postgres"), n.into("postgres")} {
			begin := time.Now()
			_, out, err := b.run(t.Context(), exec.CommandContext(t.Context(), b.program("psql"), "-XAtc", "SHOW port", address))
			if u, perr := url.Parse(address); err != nil || perr != nil || len(strings.TrimSpace(string(out))) == 0 || u.Path != "/postgres" {
				t.Errorf("%s: %q, %v", n.what(), out, err)
			}
			if took := time.Since(begin); took < 4*roundTrip {
				t.Errorf("%s: a session took %s, less than its round trips", n.what(), took)
			}
		}
		n.leave()
	}
}
