package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/understudy-db/understudy/pkg/journal"
	"github.com/understudy-db/understudy/pkg/mask/prf"
	"github.com/understudy-db/understudy/pkg/pgtest"
	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/snapshot"
)

// TestKeeperProcess is the keeper that these tests' runs start: this test binary once more.
func TestKeeperProcess(*testing.T) {
	if flag.Arg(0) != "keeper" {
		return
	}
	if snapshot.Keep(context.Background(), os.Stdin, os.Stdout) != nil {
		os.Exit(1) //nolint:forbidigo // a process of its own, of which this is main
	}
	os.Exit(0) //nolint:forbidigo // likewise
}

// resumable is a story whose runs can be gone on with.
func resumable(t *testing.T, sql ...string) *story {
	t.Helper()
	s := newStory(t, peopleRules, append([]string{people}, sql...)...)
	s.o.Hold, s.o.Keeper = time.Minute, []string{os.Args[0], "-test.run=^TestKeeperProcess$", "keeper"}
	s.o.KeepForResume = true
	return s
}

// cutOff runs until a step begins; what it leaves can be gone on with.
func (s *story) cutOff(t *testing.T, step string) *report.Run {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	o := s.o
	o.Observer = &namedStop{step: step, stop: cancel}
	run, err := Refresh(ctx, o)
	if !errors.Is(err, ErrInterrupted) {
		t.Fatalf("it was not interrupted at %s: %v", step, err)
	}
	return run
}

type namedStop struct {
	stopper
	step string
	stop func()
}

func (n *namedStop) Step(_ int, name string) {
	if name == n.step {
		n.stop()
	}
}

// The fingerprints that an interrupted run collected count for the one that goes on.
func TestAnOriginalOfTheFirstHalfIsFoundByTheSecond(t *testing.T) {
	t.Parallel()
	s := resumable(t, "UPDATE notes SET body = 'write to ' || (SELECT email FROM people WHERE id = 200) WHERE id = 7")
	first := s.cutOff(t, "inspect")
	s.o.Resume = true
	run := s.run(t)
	if run.Resumed != first.ID || run.Snapshot != first.Snapshot {
		t.Errorf("run %q, at %s, was not gone on with: %q at %s", first.ID, first.Snapshot.Time, run.Resumed, run.Snapshot.Time)
	}
	if worst, any := found(run, "survived", "public.notes.body"); !any || worst != report.High {
		t.Errorf("the original that the first half saw is not found: %+v", run.Findings)
	}
	if !slices.EqualFunc(first.Tables, run.Tables, func(a, b report.Table) bool { return a.Name == b.Name && a.Rows == b.Rows && a.Masked == b.Masked }) {
		t.Errorf("the counts of the first half are lost: %+v, %+v", first.Tables, run.Tables)
	}
}

// A column of identifiers in which there is none yet leaves evidence of nothing.
func TestARunWhoseColumnsHoldNothingIsGoneOnWith(t *testing.T) {
	t.Parallel()
	s := resumable(t, "DELETE FROM notes", "DELETE FROM people")
	first := s.cutOff(t, "inspect")
	s.o.Resume = true
	if run := s.run(t); run.Resumed != first.ID || run.Outcome != report.Published {
		t.Errorf("run %q was not gone on with: %q, %s", first.ID, run.Resumed, run.Outcome)
	}
}

// What changed since makes a run start over, and say so.
func TestARunThatCannotBeGoneOnWithStartsOver(t *testing.T) {
	t.Parallel()
	other, err := prf.NewKey(slices.Repeat([]byte{9}, 32))
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(t *testing.T, s *story, incoming string){
		"another key":     func(_ *testing.T, s *story, _ string) { s.o.Key = other },
		"another version": func(_ *testing.T, s *story, _ string) { s.o.Tool.Version = "9" },
		"a lost keeper": func(t *testing.T, s *story, _ string) {
			pgtest.Exec(t, s.source, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND starts_with(application_name, 'understudy/hold')")
		},
		"a damaged journal": func(t *testing.T, s *story, incoming string) {
			pgtest.Exec(t, pgtest.With(t, s.source, incoming), "UPDATE understudy_run.document SET body = body || '\\x00' WHERE name = 'state'")
		},
		"a journal of another time": func(t *testing.T, s *story, incoming string) {
			pgtest.Exec(t, pgtest.With(t, s.source, incoming), "UPDATE understudy_run.run SET version = 99")
		},
		"no journal": func(t *testing.T, s *story, incoming string) {
			pgtest.Exec(t, pgtest.With(t, s.source, incoming), "DROP SCHEMA understudy_run CASCADE")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := resumable(t)
			// one chunk of two is lost, so that the snapshot is needed
			first := s.cutOff(t, "set sequences")
			incoming := pgtest.With(t, s.source, first.Generation)
			pgtest.Exec(t, incoming, "DELETE FROM understudy_run.chunk WHERE ctid = (SELECT min(ctid) FROM understudy_run.chunk)")
			change(t, s, first.Generation)
			s.o.Resume = true
			run := s.run(t)
			if run.Resumed != "" || run.Outcome != report.Published {
				t.Errorf("it went on with %q and is %s", run.Resumed, run.Outcome)
			}
			if _, any := found(run, "started-over", ""); !any {
				t.Error("it does not say that it started over")
			}
			if left := incomings(t, s.source, s.o.Target); len(left) > 0 {
				t.Errorf("it left %s", left)
			}
		})
	}
}

func TestWhatIsPublishedHasNoJournal(t *testing.T) {
	t.Parallel()
	s := resumable(t)
	if run := s.run(t); run.Outcome != report.Published {
		t.Fatal(run.Outcome)
	}
	if h, err := journal.ReadHead(t.Context(), pgtest.Conn(t, s.o.Target)); h != nil || err != nil {
		t.Errorf("%+v, %v", h, err)
	}
}

func TestAChunkThatTheTargetLostIsNoticed(t *testing.T) {
	t.Parallel()
	s := resumable(t)
	o := s.o
	o.KeepForResume = false
	o.Observer = &thief{t: t, s: s}
	if _, err := Refresh(t.Context(), o); report.SideOf(err) != report.Target || report.HintOf(err) == "" {
		t.Errorf("a chunk is gone, and the run says %v", err)
	}
}

// thief takes a chunk's entry away when everything is copied.
type thief struct {
	stopper
	t *testing.T
	s *story
}

func (f *thief) Step(_ int, name string) {
	if name == "set sequences" {
		for _, db := range incomings(f.t, f.s.source, f.s.o.Target) {
			pgtest.Exec(f.t, pgtest.With(f.t, f.s.source, db), "DELETE FROM understudy_run.chunk WHERE ctid = (SELECT min(ctid) FROM understudy_run.chunk)")
		}
	}
}

// FuzzEntry: a chunk's entry reads or does not read, and never ends the program.
func FuzzEntry(f *testing.F) {
	b, err := json.Marshal(entry{Sent: 1, Stored: 1, Read: 2, Nanos: 3, Counts: []byte{1}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte("{}"))
	f.Fuzz(func(t *testing.T, b []byte) {
		_, _, _ = readEntry(journal.Chunk{Body: b})
		var s state
		_ = json.Unmarshal(b, &s)
		_ = s.differs(&state{})
		var ticket snapshot.Ticket
		_ = json.Unmarshal(b, &ticket)
	})
}
