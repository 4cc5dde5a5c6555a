package night

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/understudy-db/understudy/integration/stage"
	"github.com/understudy-db/understudy/pkg/localnet"
	"github.com/understudy-db/understudy/pkg/localpg"
)

// patient are the words of an address that bound what both ends wait for in silence, in
// seconds: with the tool's own two minutes a test would last as long.
const patient = "&keepalives_idle=1&keepalives_interval=1&keepalives_count=3&tcp_user_timeout=4000&connect_timeout=4"

// apart is production and staging on hosts of their own, which nobody reaches but by a cable.
type apart struct {
	*night
	hosts map[*localpg.Server]*localnet.Host
}

// beginApart starts the servers on hosts of their own. Where the kernel makes none the test
// is skipped: resets and delays are then tested through a relay alone, as the faults are.
func beginApart(t *testing.T, rules string) *apart {
	t.Helper()
	host := func() *localnet.Host {
		h, err := localnet.New()
		if errors.Is(err, localnet.ErrRefused) {
			t.Skipf("a network of several hosts is not to be had: %v", err)
		}
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(h.Close)
		return h
	}
	a := &apart{night: &night{dir: t.TempDir(), files: t.TempDir()}, hosts: map[*localpg.Server]*localnet.Host{}}
	settings := map[string]string{"shared_buffers": "64MB", "max_connections": "200", "log_min_messages": "fatal"}
	var starts sync.WaitGroup
	for s, h := range map[**localpg.Server]*localnet.Host{&a.production: host(), &a.staging: host()} {
		starts.Go(func() {
			err := h.Do(func() (err error) {
				*s, err = localpg.Start(t.Context(), localpg.Options{Settings: settings, Address: "0.0.0.0"})
				return err
			})
			if err != nil {
				t.Error(err)
				return
			}
			t.Cleanup((*s).Stop)
		})
		defer func() { a.hosts[*s] = h }()
	}
	var err error
	a.binary, err = theTool()
	starts.Wait()
	if err != nil {
		t.Fatal(err)
	}
	if t.Failed() {
		t.FailNow()
	}
	a.rules = a.file(t, "rules/rules.yaml", rules)
	a.key = a.file(t, "secret/key", stage.Key+"\n")
	return a
}

// desk is a host that the tool runs on, with a cable to each server.
type desk struct {
	*night
	toSource, toTarget *localnet.Cable
	source, target     string // over the cables
	staging            string // the target's name
	local              string // the target without a network
}

// desk makes one for a staging of its own.
func (a *apart) desk(t *testing.T, staging string) *desk {
	t.Helper()
	client, err := localnet.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	mine := *a.night
	mine.inside = client.Do
	d := &desk{night: &mine, staging: staging, local: a.staging.SocketDSN(staging)}
	lay := func(s *localpg.Server, database string) (*localnet.Cable, string) {
		cable, err := localnet.Join(client, a.hosts[s], localnet.Line{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(cable.Close)
		u, err := url.Parse(s.DSN(database))
		if err != nil {
			t.Fatal("the DSN is no URL")
		}
		_, there := cable.Addresses()
		u.Host = net.JoinHostPort(there, u.Port())
		return cable, u.String() + patient
	}
	d.toSource, d.source = lay(a.production, "night")
	d.toTarget, d.target = lay(a.staging, staging)
	return d
}

// copyArgs is a refresh that does not try for long.
func (d *desk) copyArgs(more ...string) []string {
	return append(d.night.copyArgs(d.source, d.target, "--attempts", "2"), more...)
}

// sessions lists the tool's own in the servers, those of this desk alone: the maintenance
// database's and the source's are told by the address that they came from. One that has no name and never
// asked anything was cut off between its password and its settings: how long its server waits is the system's.
func (d *desk) sessions(t *testing.T) string {
	t.Helper()
	var all []string
	for s, cable := range map[*localpg.Server]*localnet.Cable{d.production: d.toSource, d.night.staging: d.toTarget} {
		here, _ := cable.Addresses()
		all = append(all, query(t, s.SocketDSN("postgres"), "SELECT application_name || ' ' || coalesce(state, '') FROM pg_stat_activity WHERE NOT (application_name = '' AND state = 'idle' AND query = '' AND backend_xmin IS NULL) AND client_addr = '"+here+"'")...)
	}
	return strings.Join(all, ", ")
}

// outage is one row of the table: what happens to a cable while a refresh runs.
type outage struct {
	name    string
	happens func(t *testing.T, d *desk) (ends func()) // ends is called when the tool has ended
	step    string                                    // where a step's begin has it happen at once; empty: by bytes
	exit    int
	says    []string
}

// These many bytes pass while rows move: before them is what is asked of the catalogs.
const (
	sourceBytes = 1_200_000
	targetBytes = 900_000
)

func source(d *desk) *localnet.Cable { return d.toSource }
func target(d *desk) *localnet.Cable { return d.toTarget }

// forGood cuts a cable, which is whole again only when the tool has ended and the servers
// have found out by themselves.
func forGood(which func(*desk) *localnet.Cable, after int64) func(*testing.T, *desk) func() {
	return func(t *testing.T, d *desk) func() {
		cable := which(d)
		cable.After(after, cable.Cut)
		return func() {
			eventually(t, "the servers to notice that nobody is there", func() string { return d.sessions(t) })
			cable.Mend()
		}
	}
}

// shortly cuts a cable until the two ends have tried in vain a few times.
func shortly(which func(*desk) *localnet.Cable, after int64) func(*testing.T, *desk) func() {
	return func(t *testing.T, d *desk) func() {
		cable := which(d)
		done := make(chan struct{})
		cable.After(after, func() {
			cable.Cut()
			go func() {
				defer close(done)
				eventually(t, "the cut to be met", func() string {
					if n := cable.Swallowed(); n < 4 {
						return fmt.Sprintf("%d packets were lost", n)
					}
					return ""
				})
				cable.Mend()
			}()
		})
		return func() {
			select {
			case <-done:
			case <-time.After(patience):
				t.Error("the cut did not come")
			}
		}
	}
}

func unplugged(which func(*desk) *localnet.Cable, after int64) func(*testing.T, *desk) func() {
	return func(t *testing.T, d *desk) func() {
		cable := which(d)
		cable.After(after, func() {
			if err := cable.Unplug(); err != nil {
				t.Error(err)
			}
		})
		return func() {
			eventually(t, "the servers to notice that nobody is there", func() string { return d.sessions(t) })
			if err := cable.Plug(); err != nil {
				t.Error(err)
			}
		}
	}
}

// slow is two networks of 20 ms of round trip and 50 Mbit/s.
func slow(_ *testing.T, d *desk) func() {
	for _, cable := range []*localnet.Cable{d.toSource, d.toTarget} {
		cable.Set(localnet.Line{Delay: 10 * time.Millisecond, Mbit: 50})
	}
	return func() {}
}

var outages = []outage{
	{name: "a slow network", happens: slow, exit: 0},
	{name: "the source is cut off for a moment", happens: shortly(source, sourceBytes), exit: 0},
	{name: "the target is cut off for a moment", happens: shortly(target, targetBytes), exit: 0},
	{name: "the source is cut off for good", happens: forGood(source, sourceBytes), exit: 5, says: []string{"source:", "hint:"}},
	{name: "the target is cut off for good", happens: forGood(target, targetBytes), exit: 6, says: []string{"target:", "hint:"}},
	{name: "the cable to the source is pulled out", happens: unplugged(source, sourceBytes), exit: 5, says: []string{"source:", "hint:"}},
	{name: "the cable to the target is pulled out", happens: unplugged(target, targetBytes), exit: 6, says: []string{"target:", "hint:"}},
	{name: "the source is cut off while its schema is read", happens: forGood(source, 1), step: "read catalog", exit: 5, says: []string{"source:", "hint:"}},
	{name: "the target is cut off while the schema is restored", happens: forGood(target, 1), step: "restore pre-data", exit: 6, says: []string{"target:", "hint:"}},
	{name: "the target is cut off before publishing", happens: forGood(target, 1), step: "publish", exit: 6, says: []string{"target:", "hint:"}},
}

func TestANetworkThatFailsLosesNothingAndIsNoticed(t *testing.T) {
	t.Parallel()
	a := beginApart(t, peopleRules)
	here := a.production.SocketDSN("night")
	execute(t, a.production.SocketDSN("postgres"), "CREATE DATABASE night")
	execute(t, here, people)
	desks := make([]*desk, len(outages)+1)
	for i := range desks {
		desks[i] = a.desk(t, fmt.Sprintf("night_staging_%c", 'a'+i))
	}
	all := func(desks []*desk) {
		t.Helper()
		var wg sync.WaitGroup
		for _, d := range desks {
			wg.Go(func() { d.must(t, 0, d.copyArgs()...) })
		}
		wg.Wait()
		if t.Failed() {
			t.FailNow()
		}
	}
	all(desks)
	yesterday := digest(t, desks[0].local)
	execute(t, here, "UPDATE people SET email = 'new-' || email WHERE id % 2 = 0")
	all(desks[:1])
	today := digest(t, desks[0].local)
	if today == yesterday {
		t.Fatal("today's staging is yesterday's: nothing could be told apart")
	}
	// All at once, more than the machine has cores: most of the time each waits.
	var rows sync.WaitGroup
	for i, row := range outages {
		rows.Go(func() {
			t.Run(row.name, func(t *testing.T) { desks[i+1].play(t, row, yesterday, today) })
		})
	}
	rows.Wait()
}

// play has one refresh meet one outage, and the next one none.
func (d *desk) play(t *testing.T, row outage, yesterday, today string) {
	t.Helper()
	var ends func()
	var on func(*run, string)
	if row.step == "" {
		ends = row.happens(t, d)
	} else {
		on = at(row.step, func(*run) { ends = row.happens(t, d) })
	}
	began := time.Now()
	code, said := d.start(t, on, d.copyArgs("--resume")...).wait(t)
	took := time.Since(began)
	_, told, _ := strings.Cut(said, "\nunderstudy: ")
	t.Logf("exit %d after %s: %s", code, took.Round(time.Millisecond), told)
	if ends == nil {
		t.Fatalf("the run did not come to %q:\n%s", row.step, said)
	}
	want := yesterday
	if row.exit == 0 {
		want = today
	}
	if digest(t, d.local) != want {
		t.Errorf("after exit %d staging is not what it should be", code)
	}
	ends()
	t.Logf("the servers knew after %s", time.Since(began).Round(time.Millisecond))
	if code != row.exit {
		t.Fatalf("it ended with %d, want %d:\n%s", code, row.exit, said)
	}
	for _, w := range row.says {
		if !strings.Contains(told, w) {
			t.Errorf("it does not say %q:\n%s", w, said)
		}
	}
	if code != 0 {
		next := d.must(t, 0, d.copyArgs("--resume")...)
		t.Logf("the next run goes on: %t", strings.Contains(next, "going on with an interrupted run"))
		if digest(t, d.local) != today {
			t.Error("after the next run staging is not what an undisturbed run makes")
		}
	}
	eventually(t, "sessions of ours to end", func() string { return d.sessions(t) })
	left := query(t, d.night.staging.SocketDSN("postgres"), "SELECT datname::text FROM pg_database WHERE starts_with(datname::text, '"+d.staging+"') ORDER BY 1")
	if len(left) > 2 || strings.Contains(strings.Join(left, " "), "__incoming_") {
		t.Errorf("databases are left: %s", left)
	}
}
