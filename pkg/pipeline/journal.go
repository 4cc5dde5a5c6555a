package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/pkg/copier"
	"github.com/understudy-db/understudy/pkg/journal"
	"github.com/understudy-db/understudy/pkg/mask/prf"
	"github.com/understudy-db/understudy/pkg/publish"
	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/session"
)

type publishDatabase = publish.Database

func durationOf(nanos int64) time.Duration { return time.Duration(nanos) }

// secret derives a key of the run. The run's secrets come from the production key and the
// run's id, and so are never written: the process that resumes the run has both. Who has
// the production key can make them too, and learns nothing: it is what stand-ins can be
// undone with by trying. With an ephemeral key they die with the process.
func (r *refresh) secret(what string) prf.Key {
	run := r.secretRun
	if run == "" {
		run = r.run.ID
	}
	base := r.Key.Derive(prf.RunSecret, run)
	defer base.Wipe()
	return base.Derive(prf.RunSecret, what)
}

// openJournal makes what seals and opens a run's journal.
func (r *refresh) openJournal(run string) (*journal.Journal, error) {
	r.secretRun = run
	key := r.secret("journal")
	defer key.Wipe()
	secret := key.Bytes()
	defer clear(secret[:])
	return journal.New(run, secret)
}

// journalOf is a journal with a connection to the database that it lies in.
type journalOf struct {
	*journal.Journal
	conn *pgx.Conn
}

// beginJournal makes the journal, and keeps in it what a process needs that goes on with
// the run. A run that cannot be resumed keeps the chunks' entries alone: they tell
// what a commit did whose answer was lost.
func (r *refresh) beginJournal(ctx context.Context) error {
	conn, err := r.connectIncoming(ctx, "journal")
	if err != nil {
		return err
	}
	defer shut(ctx, conn)
	if r.journal, err = r.openJournal(r.run.ID); err != nil {
		return err
	}
	if err := journal.Create(ctx, conn, journal.Head{Version: journal.Version, Run: r.run.ID, Key: r.Key.Identity()}); err != nil {
		return err
	}
	keeper := r.theKeeper()
	if keeper == nil || r.Subset { // whose rows are known to this process alone
		return nil
	}
	archive, err := r.archive.Bytes()
	if err != nil {
		return err
	}
	for name, what := range map[string]any{"state": r.stateNow(), "catalog": r.catalog, "keeper": keeper.Ticket()} {
		b, err := json.Marshal(what)
		if err != nil {
			return fmt.Errorf("write the run's %s: %w", name, err)
		}
		if err := r.journal.Put(ctx, conn, name, b); err != nil {
			return err
		}
	}
	r.keeps = true
	return r.journal.Put(ctx, conn, "schema", archive)
}

// putKeeper says in the journal who keeps the snapshot now.
func (r *refresh) putKeeper(ctx context.Context) error {
	keeper := r.theKeeper()
	if keeper == nil || r.journal == nil {
		return nil
	}
	name := r.name
	if r.resumed != nil {
		name = r.resumed.name
	}
	conn, err := session.Connect(ctx, r.target.Database(name), session.Target("journal"))
	if err != nil {
		return err
	}
	defer shut(ctx, conn)
	b, err := json.Marshal(keeper.Ticket())
	if err != nil {
		return fmt.Errorf("write the run's keeper: %w", err)
	}
	return r.journal.Put(ctx, conn, "keeper", b)
}

// chunkJournal is the copier's journal.
type chunkJournal struct{ *refresh }

// Record writes the entry in the chunk's transaction, with its originals' fingerprints
// when the run can be resumed.
func (j chunkJournal) Record(ctx context.Context, tx pgx.Tx, e *copier.Entry, originals copier.Recorder) error {
	body, err := writeEntry(e)
	if err != nil {
		return err
	}
	var evidence func(func([]byte) error) error
	if originals != nil && j.keeps {
		evidence = originals.Export
	}
	err = j.journal.Record(ctx, tx, e.Chunk.Relation, e.Chunk.Part, body, evidence)
	if errors.Is(err, journal.ErrRecorded) {
		return copier.ErrRecorded
	}
	return err
}

// Committed asks over a connection of its own.
func (j chunkJournal) Committed(ctx context.Context, id copier.ChunkID) (bool, error) {
	conn, err := j.connectIncoming(ctx, "journal")
	if err != nil {
		return false, err
	}
	defer shut(ctx, conn)
	return journal.Has(ctx, conn, id.Relation, id.Part)
}

// checkJournal asks the target whether every chunk of the plan is there with its evidence.
// One that is not was lost by the target after it had confirmed it, in a crash.
func (r *refresh) checkJournal(ctx context.Context) error {
	conn, err := r.connectIncoming(ctx, "journal")
	if err != nil {
		return err
	}
	defer shut(ctx, conn)
	chunks, err := r.journal.Chunks(ctx, conn)
	if err != nil {
		return err
	}
	there := map[copier.ChunkID]bool{}
	for _, c := range chunks {
		there[copier.ChunkID{Relation: c.Relation, Part: c.Part}] = true
	}
	missing := 0
	for _, c := range r.plan.Chunks {
		if !there[copier.ChunkID{Relation: r.plan.Tables[c.Table].OID, Part: c.Part}] {
			missing++
		}
	}
	if missing == 0 && len(chunks) == len(r.plan.Chunks) {
		return nil
	}
	return &report.Fault{
		Side: report.Target, Doing: "check that every chunk is there with its evidence", Err: fmt.Errorf("%d of %d are missing", missing, len(r.plan.Chunks)),
		Hint: "the target's server crashed after it had confirmed them, or somebody changed the incoming database: run again",
	}
}

// endJournal checks once more that nothing is missing, and removes the journal: nothing
// of it is published. From here on the run cannot be resumed.
func (r *refresh) endJournal(ctx context.Context) error {
	if r.journal == nil {
		return nil
	}
	if err := r.checkJournal(ctx); err != nil {
		return err
	}
	conn, err := r.connectIncoming(ctx, "journal")
	if err != nil {
		return err
	}
	defer shut(ctx, conn)
	if err := journal.Drop(ctx, conn); err != nil {
		return err
	}
	r.journal = nil
	return nil
}
