package night

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"strings"
	"testing"
	"time"

	"github.com/understudy-db/understudy/pkg/cli"
)

// again is the command by which the program of the tests plays rounds of command lines in
// one process: what one of them forgets, the next ones add to.
const again = "again"

// round is one command line and the code that it has to end with.
type round struct {
	Name string   `json:"name"`
	Args []string `json:"args"`
	Exit int      `json:"exit"`
}

// rounds are what the process plays, and how often.
type rounds struct {
	Times  int     `json:"times"`
	Rounds []round `json:"rounds"`
}

// has is what the process has when a round has been played.
type has struct {
	Goroutines  int   `json:"goroutines"`
	Descriptors int   `json:"descriptors"`
	Heap        int64 `json:"heap"` // KiB
}

// asTheTool is the program of the tests in the tool's place: as the keeper that a run of
// it starts, and as the process of many runs.
func asTheTool(args []string) int {
	if args[0] != again {
		return cli.Main(args, os.Stdin, os.Stdout, os.Stderr)
	}
	var play rounds
	b, err := os.ReadFile(args[1])
	if err == nil {
		err = json.Unmarshal(b, &play)
	}
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, err)
		return 1
	}
	var least has
	for range play.Times {
		for _, r := range play.Rounds {
			var said bytes.Buffer
			if code := cli.Main(r.Args, strings.NewReader(""), &said, &said); code != r.Exit {
				_, _ = fmt.Fprintf(os.Stderr, "%s ended with %d, want %d:\n%s", r.Name, code, r.Exit, said.String())
				return 1
			}
		}
		now := settled(least)
		if least == (has{}) {
			least = now
		}
		_ = json.NewEncoder(os.Stdout).Encode(now)
	}
	_ = pprof.Lookup("goroutine").WriteTo(os.Stderr, 1)
	return 0
}

// settled waits until the process has no more than least, or for a while: what a run
// ended ends a moment later.
func settled(least has) has {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	end := time.After(5 * time.Second)
	for {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		fds, _ := os.ReadDir("/proc/self/fd")
		now := has{runtime.NumGoroutine(), len(fds), int64(m.HeapAlloc >> 10)}
		if least != (has{}) && now.Goroutines <= least.Goroutines && now.Descriptors <= least.Descriptors {
			return now
		}
		select {
		case <-tick.C:
		case <-end:
			return now
		}
	}
}

// inOneProcess plays refreshes that end well and badly, with everything that watches them,
// in one process, whose goroutines, descriptors and memory stay what they were.
func (n *night) inOneProcess(t *testing.T) {
	source, target := n.production.DSN("once"), n.staging.DSN("once_staging")
	execute(t, n.production.DSN("postgres"), "CREATE DATABASE once")
	execute(t, source, fewPeople)
	collector := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer collector.Close()
	refused := n.file(t, "rules/refused.yaml", strings.Replace(peopleRules, "      email: {mask: email}\n", "      {}\n", 1))
	failing := n.file(t, "rules/failing.yaml", strings.Replace(peopleRules, "  public.events:\n", "  public.events:\n    where: \"body::int > 0\"\n", 1))
	withheld := n.file(t, "rules/withheld.yaml", strings.Replace(peopleRules, "email: {mask: email}", "email: {keep: a test}", 1))
	with := func(rules string, more ...string) []string {
		args := n.copyArgs(source, target, more...)
		for i := range args {
			if args[i] == n.rules {
				args[i] = rules
			}
		}
		return args
	}
	report := t.TempDir()
	play := rounds{Times: loads(t, 25), Rounds: []round{
		{"a refresh", with(n.rules, "--report", report, "--metrics-addr", "127.0.0.1:0", "--metrics-file", filepath.Join(report, "metrics.prom")), 0},
		{"a refused one", with(refused, "--report", report), 3},
		{"one that fails at rows", with(failing, "--report", report, "--attempts", "2"), 5},
		{"one that is withheld", with(withheld, "--report", report), 4},
		{"a refresh without a keeper", with(n.rules, "--hold", "0", "--jobs", "1"), 0},
		{"publish --undo", []string{"publish", "--undo", "--target", target, "--sessions", "terminate"}, 0},
		{"scan", []string{"scan", "--source", target}, 0},
		{"plan", []string{"plan", "--source", source, "--rules", n.rules}, 0},
	}}
	b, err := json.Marshal(play)
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, again, n.file(t, "rounds.json", string(b)))
	cmd.Env = append(os.Environ(), "TMPDIR="+n.dir, "OTEL_EXPORTER_OTLP_ENDPOINT="+collector.URL)
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	cmd.WaitDelay = time.Second
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v:\n%s", err, said.String())
	}
	var all []has
	for lines := json.NewDecoder(&out); lines.More(); {
		var h has
		if err := lines.Decode(&h); err != nil {
			t.Fatal(err)
		}
		all = append(all, h)
	}
	if len(all) != play.Times {
		t.Fatalf("%d of %d rounds were played", len(all), play.Times)
	}
	first, last := all[0], all[len(all)-1]
	t.Logf("%d times %d command lines in one process; after the first round it had %+v, after the last %+v", play.Times, len(play.Rounds), first, last)
	if last.Goroutines > first.Goroutines || last.Descriptors > first.Descriptors || last.Heap > 2*first.Heap {
		t.Errorf("after the first round the process had %+v, after the last %+v:\n%s", first, last, said.String())
	}
	n.nothingLeft(t, "once_staging")
}
