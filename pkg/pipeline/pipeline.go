package pipeline

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/rs/zerolog"

	"github.com/understudy-db/understudy/pkg/attest"
	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/copier"
	"github.com/understudy-db/understudy/pkg/journal"
	"github.com/understudy-db/understudy/pkg/mask"
	"github.com/understudy-db/understudy/pkg/mask/prf"
	"github.com/understudy-db/understudy/pkg/plan"
	"github.com/understudy-db/understudy/pkg/preflight"
	"github.com/understudy-db/understudy/pkg/publish"
	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/ruleset"
	"github.com/understudy-db/understudy/pkg/schema"
	"github.com/understudy-db/understudy/pkg/session"
	"github.com/understudy-db/understudy/pkg/subset"
)

// Options says what to refresh, from what, and how.
type Options struct {
	Source          string // DSN
	Target          string // DSN; its database is the staging that is replaced
	Maintenance     string // database of the target's server to work from; empty tries the usual ones
	Rules           string // file
	Key             prf.Key
	Ephemeral       bool // the key is made for this run
	Jobs            int  // workers; 0 chooses, by this machine and the way to the servers
	ChunkBytes      int64
	Subset          bool   // copy the rows alone that the rules' subset chooses
	Size            int64  // of a subset, in bytes: its percentages are changed until it fits; 0 takes them as they are
	ReportDir       string // where run.json and its other forms go; empty writes none
	FailOn          report.Severity
	KeepGenerations int
	MaxAge          time.Duration // generations that were replaced longer ago are dropped; 0 is no limit
	InPlace         bool          // load the staging that is there, in one transaction, instead of making a new database
	Template        string        // database that the incoming one is made from; empty is template0
	Sessions        publish.Policy
	Wait            time.Duration
	Adopt           bool
	Mean            string
	DropOnFindings  bool
	NoEvidence      bool // do not compare what was written with the originals; the report says so
	Inspect         Inspection
	LockTimeout     time.Duration
	Attempts        int           // how often a chunk is tried whose failure may pass; 0 takes the default
	Resume          bool          // go on with an interrupted run, when there is one
	KeepForResume   bool          // a run that fails or is interrupted keeps what Resume needs
	Hold            time.Duration // how long the snapshot outlives a run that is killed; 0: not at all, and nothing can be resumed
	Keeper          []string      // command line of the process that holds it then
	WaitForUs       bool          // a migration that waits behind our locks goes on waiting; else it ends the run
	Programs        string        // folder of pg_dump and pg_restore; empty looks for them
	Tool            report.Tool
	Log             zerolog.Logger
	Observer        Observer        // may be nil
	ExitCode        func(error) int // what the program will end with, for the record; may be nil

	Attestation // what it has to show, and what it leaves behind

	// remask is for tests alone: it puts broken maskers in the place of the real ones, to
	// see that a run finds them out.
	remask func(real func(mask.Spec) (mask.Masker, error)) func(mask.Spec) (mask.Masker, error)
}

// Observer sees a run go by. Its methods are called one at a time, Inspecting by whichever
// worker reads.
type Observer interface {
	Step(number int, name string)              // begins
	StepDone(s report.Step)                    // ended, done or not
	Copying(p *plan.Plan, meter *copier.Meter) // the counters that will move
	Inspecting(table catalog.Name, bytes int64, finished bool)
}

// WithheldError says that the incoming database was not published because of findings.
type WithheldError struct {
	Worst, Limit report.Severity
	Incoming     string // kept for looking; empty when it was dropped
}

// Error says what was found and where the incoming database is.
func (e *WithheldError) Error() string {
	s := fmt.Sprintf("not published: there are findings of severity %s, and the limit is %s", e.Worst, e.Limit)
	if e.Incoming != "" {
		s += "; the incoming database " + e.Incoming + " is kept for a look and dropped by the next run, since it may hold originals"
	}
	return s
}

// UnswappedError says that the incoming database is clean, and somebody keeps it from
// being swapped in.
type UnswappedError struct {
	Incoming string
	Err      error
}

// Error names the incoming database and who is in the way.
func (e *UnswappedError) Error() string {
	return fmt.Sprintf("clean, but not swapped in: %v; the incoming database is %s", e.Err, e.Incoming)
}

// Unwrap returns the cause.
func (e *UnswappedError) Unwrap() error { return e.Err }

// ErrInterrupted is the cause of a run that was told to stop.
var ErrInterrupted = errors.New("interrupted")

// refresh is one run. Each step reads what the ones before it found.
type refresh struct {
	Options
	run       *report.Run
	earlier   *report.Run // the newest record that lay in the report folder; nil when there was none
	rules     *ruleset.Rules
	source    *session.Config
	target    *session.Config
	admin     *publish.Admin
	status    *publish.Status
	site      *preflight.Site
	sourceID  string
	programs  schema.Programs
	holding   // who holds the snapshot
	catalog   *catalog.Catalog
	archive   *schema.Archive
	plan      *plan.Plan
	chosen    *subset.Chosen // nil when all rows are copied
	loose     map[int]int64  // by key of the subset: references that lead nowhere in the source already
	incoming  *session.Config
	staged    *staged // nil unless staging is loaded in place
	name      string  // of the incoming database
	copier    *copier.Copier
	ready     chan opened // workers' sources that were opened before the first row; nil when none was
	builder   *schema.Builder
	reading   *inspection
	shadow    time.Duration       // work for the running step that was done before it began
	kept      *preserved          // nil when the rules preserve nothing
	grants    []publish.Privilege // of the source, mapped by the rules' roles; for a staging that is not there yet
	journal   *journal.Journal    // nil before copying, and once nothing can be resumed any more
	keeps     bool                // the journal keeps what another process needs to go on
	secretRun string              // the run whose id the secrets come from; empty: this one
	resumed   *interrupted        // nil when the run starts from the beginning
	originals *originals          // nil when nothing is compared
	sameRows  map[uint32]*watched // by table OID: originals that are looked for in their own rows
	leftRead  map[uint32]bool     // by table OID: identifiers of the rows that its filter leaves out are in originals
	sample    *resample           // nil when no row is masked twice
	unsampled bool                // none could be
	keyless   []string            // masked tables of which no row can be found again
	documents documents           // what the paths of documents found
	findings  []report.Finding
	approved  *attest.Signed // nil when no approval is asked for
	runner    *attest.Runner // nil when the run leaves no signed record
	previous  *attest.Link   // the record that this run's follows
	swapped   bool
	keep      bool // the incoming database outlives the run
}

// runID names a run by its moment, to 15 µs, so that names sort as their runs began: the
// run before is found by that.
func runID(at time.Time) string {
	return at.Format("20060102T150405Z") + fmt.Sprintf("-%04x", int64(at.Nanosecond())*65536/int64(time.Second))
}

// Refresh runs the steps and returns the record, which is complete as far as the run
// came. The error is nil when staging was published.
func Refresh(ctx context.Context, o Options) (*report.Run, error) {
	if o.LockTimeout <= 0 {
		o.LockTimeout = 10 * time.Second
	}
	if o.Observer != nil {
		o.Observer = &oneAtATime{o: o.Observer}
	}
	if o.InPlace {
		o.Jobs, o.Hold, o.Resume, o.KeepForResume = 1, 0, false, false // one transaction has one stream, and nothing of it outlives its session
	}
	now := time.Now().UTC()
	r := &refresh{Options: o, run: &report.Run{
		Version: report.RunVersion, ID: runID(now),
		Tool: o.Tool, Started: now, Key: keyRecord(o.Key, o.Ephemeral),
		Retention: report.Retention{Generations: o.KeepGenerations, MaxAge: o.MaxAge.Milliseconds()},
	}}
	err := r.steps(ctx)
	if err != nil && ctx.Err() != nil {
		err = fmt.Errorf("%w: %w", ErrInterrupted, context.Cause(ctx))
	}
	r.release(ctx)
	r.finish(err)
	clean, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	if werr := r.record(clean); werr != nil {
		err = errors.Join(err, werr)
	}
	if r.admin != nil {
		_ = r.admin.Close(clean) // and with it the lock: staging has its record by now
	}
	return r.run, err
}

// step is one of the named steps; its detail is a line of numbers for the record.
type step struct {
	name string
	do   func(ctx context.Context) (detail string, err error)
}

func (r *refresh) steps(ctx context.Context) error {
	steps := r.stepsToNew()
	if r.InPlace {
		steps = r.stepsInPlace()
	}
	for i, s := range steps {
		if err := r.runStep(ctx, i+1, s); err != nil {
			return err
		}
	}
	return nil
}

// stepsToNew are the steps of a refresh into a new database.
func (r *refresh) stepsToNew() []step {
	return []step{
		{"check rules", r.checkRules},
		{"guard", r.guard},
		{"export snapshot", r.exportSnapshot},
		{"read catalog", r.readCatalog},
		{"plan", r.makePlan},
		{"create incoming database", r.createIncoming},
		{"restore pre-data", r.restorePreData},
		{"bring preserved rows", r.bringPreserved},
		{"copy data", r.copyData},
		{"set sequences", r.setSequences},
		{"restore post-data", r.restorePostData},
		{"run hooks", r.runHooks},
		{"refresh materialised views", r.refreshViews},
		{"analyse", r.analyse},
		{"inspect", r.inspect},
		{"report", r.report},
		{"publish", r.publish},
	}
}

func (r *refresh) runStep(ctx context.Context, number int, s step) error {
	if r.Observer != nil {
		r.Observer.Step(number, s.name)
	}
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	r.Log.Debug().Int("n", number).Str("step", s.name).Msg("begin")
	start := time.Now()
	detail, err := s.do(ctx)
	done := report.Step{Number: number, Name: s.name, Millis: time.Since(start).Milliseconds(), Shadow: r.shadow.Milliseconds(), Detail: detail, Done: err == nil}
	r.shadow = 0
	r.run.Steps = append(r.run.Steps, done)
	if r.Observer != nil {
		r.Observer.StepDone(done)
	}
	event := r.Log.Info()
	if err != nil {
		event = r.Log.Error()
	}
	event.Int("n", number).Str("step", s.name).Str("elapsed", time.Since(start).Round(time.Millisecond).String()).Str("detail", detail).Bool("done", err == nil).Msg("step")
	return err
}

// release gives back what the run holds, in an order in which nothing waits for another,
// but for the maintenance session and its lock. It works after a cancel as well.
func (r *refresh) release(ctx context.Context) {
	clean, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	r.reading.stop()
	if r.builder != nil {
		r.builder.Close()
	}
	r.closeEvidence()
	if r.chosen != nil {
		_ = r.chosen.Close() // it held addresses that nobody needs any more
	}
	r.closeSample(clean)
	r.staged.close(clean)
	if r.KeepForResume && r.resumable() {
		r.keep = true
		r.leave(clean)
	} else {
		r.letGo(clean)
	}
	if r.archive != nil {
		_ = r.archive.Close()
	}
	r.kept.close()
	if r.admin != nil && r.name != "" && !r.swapped && !r.keep {
		if err := r.admin.Drop(clean, r.name); err != nil {
			r.Log.Warn().Str("database", r.name).Err(err).Msg("the incoming database could not be dropped; the next run does it")
		}
	}
}

// connectIncoming opens a connection to the incoming database. Of a load in place there is
// one connection alone, which is lent: others would not see what it has written.
func (r *refresh) connectIncoming(ctx context.Context, name string) (*pgx.Conn, error) {
	if r.staged != nil {
		return r.staged.conn, nil
	}
	role := session.Target(name)
	role.LCMonetary, role.Compress = r.catalog.Database.LCMonetary, r.catalog.Database.Compressed
	return session.Connect(ctx, r.incoming, role)
}

// hangUp gives back what connectIncoming returned.
func (r *refresh) hangUp(ctx context.Context, conn *pgx.Conn) {
	if r.staged == nil || r.staged.conn != conn {
		shut(ctx, conn)
	}
}

// shut closes a connection whatever became of the context.
func shut(ctx context.Context, conn *pgx.Conn) {
	clean, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	_ = conn.Close(clean)
}
