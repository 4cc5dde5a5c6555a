package night

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/understudy-db/understudy/fixtures"
	"github.com/understudy-db/understudy/integration/stage"
)

// chains are the named steps of a refresh, each killed in a run that goes on with the
// killed one before it. The last run of a chain is left alone.
var chains = [][]moment{
	{{step: "check rules"}, {step: "guard"}, {step: "export snapshot"}, {step: "read catalog"}, {step: "plan"}, {step: "create incoming database"}},
	{{step: "create incoming database", after: 10 * time.Millisecond}, {step: "restore pre-data"}, {step: "bring preserved rows"}, {step: "copy data"}, {step: "copy data", after: 60 * time.Millisecond}},
	{{step: "copy data", after: 150 * time.Millisecond}, {step: "set sequences"}, {step: "restore post-data"}, {step: "run hooks"}, {step: "refresh materialised views"}, {step: "analyse"}, {step: "inspect"}},
	{{step: "report"}},
	{{step: "publish", after: 2 * time.Millisecond}},
}

// whole are the steps at which every row is committed and nothing of the journal is gone:
// a run that was killed there is gone on with.
var whole = []string{"set sequences", "restore post-data", "run hooks", "refresh materialised views", "analyse", "inspect"}

// moment is when a run is killed.
type moment struct {
	step  string // begins; empty is the process itself
	after time.Duration
}

// kills is a staging that is refreshed and killed.
type kills struct {
	*night
	source, target   string
	yesterday, today string
	took             time.Duration // an undisturbed run
	mustResume       bool          // the last killed run had all its rows
	all, resumed     int
}

func TestAKilledRefreshLeavesStagingWholeAndIsGoneOnWith(t *testing.T) {
	t.Parallel()
	n := begin(t, stage.Example(t, "shop.yaml"))
	k := &kills{night: n, source: n.production.DSN("shop"), target: n.staging.DSN("shop_staging")}
	execute(t, n.production.DSN("postgres"), "CREATE DATABASE shop")
	conn := open(t, k.source)
	if err := fixtures.Load(t.Context(), fixtures.Into(conn.PgConn()), 400); err != nil {
		t.Fatal(err)
	}
	n.must(t, 0, n.copyArgs(k.source, k.target)...)
	k.yesterday = digest(t, k.target)
	if _, err := conn.Exec(t.Context(), "UPDATE customers SET email = 'new-' || email WHERE id % 3 = 0"); err != nil {
		t.Fatal(err)
	}
	_ = conn.Close(t.Context())
	began := time.Now()
	n.must(t, 0, n.copyArgs(k.source, k.target)...)
	k.took = time.Since(began)
	if k.today = digest(t, k.target); k.today == k.yesterday {
		t.Fatal("today's staging is yesterday's: nothing could be told apart")
	}
	k.undo(t)

	began = time.Now()
	for _, chain := range chains {
		for _, m := range chain {
			k.kill(t, m, true)
		}
		k.finish(t, true)
	}
	if random, err := strconv.Atoi(os.Getenv("UNDERSTUDY_KILLS")); err == nil {
		seed := uint64(time.Now().UnixNano())
		t.Logf("the random moments' seed is %d", seed)
		rng := rand.New(rand.NewPCG(seed, 1))
		for i := range random {
			k.kill(t, moment{after: time.Duration(rng.Int64N(int64(k.took)))}, false)
			k.finish(t, i%4 != 3)
		}
	}
	t.Logf("%d kills in %s; %d runs were gone on with", k.all, time.Since(began).Round(time.Second), k.resumed)
	if k.resumed == 0 {
		t.Error("no killed run was gone on with")
	}
}

func (k *kills) undo(t *testing.T) {
	t.Helper()
	k.must(t, 0, "publish", "--undo", "--target", k.target, "--sessions", "terminate")
}

// kill has a run die, and looks at staging.
func (k *kills) kill(t *testing.T, m moment, resume bool) {
	t.Helper()
	var on func(*run, string)
	if m.step != "" {
		on = at(m.step, func(r *run) {
			if m.after == 0 {
				r.kill()
				return
			}
			time.AfterFunc(m.after, r.kill)
		})
	}
	args := k.copyArgs(k.source, k.target)
	if resume {
		args = append(args, "--resume")
	}
	r := k.start(t, on, args...)
	if m.step == "" {
		time.AfterFunc(m.after, r.kill)
	}
	code, said := r.wait(t)
	step := reached(said)
	t.Logf("kill %d at %q + %s: it came to %q", k.all, m.step, m.after, step)
	k.all++
	if code > 0 {
		t.Fatalf("it ended by itself with %d:\n%s", code, said)
	}
	k.resumes(t, said)
	switch now := digest(t, k.target); {
	case now == k.today:
		k.mustResume = false // it had published, or was about to
		k.undo(t)
	case now != k.yesterday:
		t.Fatal("staging is neither yesterday's nor today's")
	case code == 0:
		t.Fatal("it published, and staging is yesterday's")
	case slices.Contains(whole, step):
		k.mustResume = true
	case !resume || step == "report" || step == "publish":
		k.mustResume = false
	}
}

// finish has a run come to its end.
func (k *kills) finish(t *testing.T, resume bool) {
	t.Helper()
	args := k.copyArgs(k.source, k.target)
	if resume {
		args = append(args, "--resume")
	} else {
		k.mustResume = false
	}
	// A run removes what a dead one left in TMPDIR when that is an hour old.
	old := time.Now().Add(-2 * time.Hour)
	for _, left := range k.temporary(t) {
		if err := os.Chtimes(filepath.Join(k.dir, left), old, old); err != nil {
			t.Fatal(err)
		}
	}
	k.resumes(t, k.must(t, 0, args...))
	k.mustResume = false
	if digest(t, k.target) != k.today {
		t.Fatal("after the next run staging is not what an undisturbed run makes")
	}
	k.nothingLeft(t, "shop_staging")
	k.undo(t)
}

// resumes checks that a run goes on with the one before it where it has to.
func (k *kills) resumes(t *testing.T, said string) {
	t.Helper()
	if strings.Contains(said, "going on with an interrupted run") {
		k.resumed++
	}
	if k.mustResume && strings.Contains(said, "nothing is resumed") {
		t.Errorf("every row was there, and the run started over:\n%s", said)
	}
}
