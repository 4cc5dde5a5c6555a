package night

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/understudy-db/understudy/fixtures"
	"github.com/understudy-db/understudy/integration/stage"
)

// steps are the named steps of a refresh.
var steps = []string{
	"check rules", "guard", "export snapshot", "read catalog", "plan", "create incoming database", "restore pre-data", "bring preserved rows", "copy data",
	"set sequences", "restore post-data", "run hooks", "refresh materialised views", "analyse", "inspect", "report", "publish",
}

// moment is when a run is killed.
type moment struct {
	step  string // begins; empty is the process itself
	after time.Duration
}

// moments are a dozen by default, and with UNDERSTUDY_KILLS=n all steps and n at random.
func moments(t *testing.T) []moment {
	t.Helper()
	random, err := strconv.Atoi(os.Getenv("UNDERSTUDY_KILLS"))
	if err != nil {
		return []moment{
			{"guard", 0},
			{"export snapshot", 20 * time.Millisecond},
			{"create incoming database", 10 * time.Millisecond},
			{"restore pre-data", 0},
			{"copy data", 30 * time.Millisecond},
			{"copy data", 120 * time.Millisecond},
			{"copy data", 250 * time.Millisecond},
			{"restore post-data", 0},
			{"restore post-data", 60 * time.Millisecond},
			{"inspect", 10 * time.Millisecond},
			{"report", 0},
			{"publish", 2 * time.Millisecond},
		}
	}
	var out []moment
	for _, s := range steps {
		out = append(out, moment{s, 0}, moment{s, 5 * time.Millisecond})
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("the random moments' seed is %d", seed)
	rng := rand.New(rand.NewPCG(seed, 1))
	for range random {
		out = append(out, moment{"", time.Duration(rng.Int64N(int64(6 * time.Second)))})
	}
	return out
}

func TestAKilledRefreshLeavesStagingWholeAndIsGoneOnWith(t *testing.T) {
	t.Parallel()
	n := begin(t, stage.Example(t, "shop.yaml"))
	source, target := n.production.DSN("shop"), n.staging.DSN("shop_staging")
	execute(t, n.production.DSN("postgres"), "CREATE DATABASE shop")
	conn := open(t, source)
	if err := fixtures.Load(t.Context(), fixtures.Into(conn.PgConn()), 400); err != nil {
		t.Fatal(err)
	}
	n.must(t, 0, n.copyArgs(source, target)...)
	yesterday := digest(t, target)
	if _, err := conn.Exec(t.Context(), "UPDATE customers SET email = 'new-' || email WHERE id % 3 = 0"); err != nil {
		t.Fatal(err)
	}
	_ = conn.Close(t.Context())
	n.must(t, 0, n.copyArgs(source, target)...)
	today := digest(t, target)
	if today == yesterday {
		t.Fatal("today's staging is yesterday's: nothing could be told apart")
	}
	undo := func() { n.must(t, 0, "publish", "--undo", "--target", target, "--sessions", "terminate") }
	undo()

	resumed, began := 0, time.Now()
	all := moments(t)
	for i, m := range all {
		var on func(*run, string)
		if m.step != "" {
			on = at(m.step, func(r *run) { time.AfterFunc(m.after, r.kill) })
		}
		r := n.start(t, on, n.copyArgs(source, target)...)
		if m.step == "" {
			time.AfterFunc(m.after, r.kill)
		}
		code, said := r.wait(t)
		name := fmt.Sprintf("kill %d at %q + %s", i, m.step, m.after)
		if code > 0 {
			t.Fatalf("%s: it ended by itself with %d:\n%s", name, code, said)
		}
		if now := digest(t, target); now != yesterday && now != today {
			t.Fatalf("%s: staging is neither yesterday's nor today's", name)
		} else if code == 0 && now != today {
			t.Fatalf("%s: it published, and staging is not today's", name)
		}
		args := n.copyArgs(source, target)
		if i%4 != 3 || os.Getenv("UNDERSTUDY_KILLS") == "" {
			args = append(args, "--resume")
		}
		code, said = n.start(t, nil, args...).wait(t)
		if code != 0 {
			t.Fatalf("%s: the next run ended with %d:\n%s", name, code, said)
		}
		if strings.Contains(said, "going on with an interrupted run") {
			resumed++
		} else if m.step == "restore post-data" || m.step == "inspect" {
			t.Errorf("%s: every row was there, and the run started over:\n%s", name, said)
		}
		if now := digest(t, target); now != today {
			t.Fatalf("%s: after the next run staging is not what an undisturbed run makes", name)
		}
		n.nothingLeft(t, "shop_staging")
		undo()
	}
	t.Logf("%d kills in %s; %d runs were gone on with", len(all), time.Since(began).Round(time.Second), resumed)
	if resumed < len(all)/6 {
		t.Errorf("of %d killed runs only %d were gone on with", len(all), resumed)
	}
}
