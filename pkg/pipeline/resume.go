package pipeline

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/copier"
	"github.com/understudy-db/understudy/pkg/journal"
	"github.com/understudy-db/understudy/pkg/plan"
	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/schema"
	"github.com/understudy-db/understudy/pkg/session"
	"github.com/understudy-db/understudy/pkg/snapshot"
)

// state is what a run writes down before it copies, for whoever goes on with it.
type state struct {
	Rules    string           `json:"rules"` // digest
	Version  string           `json:"version"`
	Words    string           `json:"words"` // of the word lists
	Source   string           `json:"source"`
	Database string           `json:"database"`
	Snapshot report.Snapshot  `json:"snapshot"`
	Jobs     int              `json:"jobs"` // as planned
	Chunk    int64            `json:"chunk_bytes"`
	Target   int              `json:"target_version"`
	Evidence bool             `json:"evidence"` // originals are recorded
	Plan     string           `json:"plan"`     // digest
	Dropped  []schema.Dropped `json:"dropped"`
}

// interrupted is a run that was cut off, and that this one goes on with.
type interrupted struct {
	name    string // of its incoming database
	run     string // its id
	state   state
	catalog *catalog.Catalog
	archive []byte
	ticket  snapshot.Ticket
	chunks  []journal.Chunk
	all     bool // of the plan's chunks: no snapshot is needed
}

// differs says what keeps a run that was begun in one state from being gone on with in
// another; "" is nothing.
func (s *state) differs(now *state) string {
	switch {
	case s.Version != now.Version || s.Words != now.Words:
		return "it was begun by another version of the tool"
	case s.Rules != now.Rules:
		return "the rules have changed since"
	case s.Source != now.Source || s.Database != now.Database:
		return "it was begun from another source"
	case s.Target != now.Target:
		return "the target's server has another version now"
	case s.Evidence != now.Evidence:
		return "it was begun with another kind of inspection"
	case s.Plan != now.Plan:
		return "its plan cannot be made again"
	}
	return ""
}

// stateNow is this run's own.
func (r *refresh) stateNow() *state {
	s := &state{
		Rules: r.rules.Digest, Version: r.Tool.Version, Words: r.Tool.WordLists, Source: r.sourceID, Database: r.source.Name(), Snapshot: r.run.Snapshot,
		Jobs: r.Jobs, Chunk: r.ChunkBytes, Target: r.admin.Version(), Evidence: r.recordsOriginals(),
	}
	if r.archive != nil {
		s.Dropped = r.archive.Dropped
	}
	if r.plan != nil {
		s.Plan = digestOf(r.plan)
	}
	return s
}

// digestOf tells plans apart by what copying goes by.
func digestOf(p *plan.Plan) string {
	h := sha256.New()
	e := json.NewEncoder(h)
	_ = errors.Join(e.Encode(p.Tables), e.Encode(p.Chunks)) // plain data into a hash: neither fails
	return hex.EncodeToString(h.Sum(nil))
}

// planInput is what the plan is made of. An interrupted run's is its own: with another
// number of workers its tables would be cut in other places.
func (r *refresh) planInput() plan.Input {
	in := plan.Input{
		Rules: r.rules, Catalog: r.catalog, SnapshotTime: r.run.Snapshot.Time, TargetVersion: r.admin.Version(), Jobs: r.Jobs, ChunkBytes: r.ChunkBytes, Subset: r.Subset,
	}
	if r.resumed != nil {
		in.Jobs, in.ChunkBytes = r.resumed.state.Jobs, r.resumed.state.Chunk
	}
	return in
}

// clean removes what dead runs left, but for the one that can be gone on with.
func (r *refresh) clean(ctx context.Context) error {
	var except []string
	switch {
	case r.Resume && r.Subset:
		r.startsOver("a subset is always copied from the beginning")
	case r.Resume:
		why, err := r.findInterrupted(ctx)
		if err != nil {
			return err
		}
		if r.resumed == nil {
			r.startsOver(why)
		} else {
			except = append(except, r.resumed.name)
		}
	}
	dropped, err := r.admin.CleanLeftovers(ctx, r.target.Name(), except...)
	if err != nil {
		return err
	}
	for _, name := range dropped {
		r.Log.Warn().Str("database", name).Msg("dropped the incoming database that an earlier run left")
	}
	if r.resumed != nil {
		return nil
	}
	return r.endKeepers(ctx)
}

// startsOver says that --resume had nothing to go on with.
func (r *refresh) startsOver(why string) {
	r.Log.Warn().Str("why", why).Msg("nothing is resumed: the run starts from the beginning")
	r.findings = append(r.findings, report.Finding{
		Code: "started-over", Severity: report.Info, Subject: r.target.Name(), Count: 1, Message: "there was nothing to resume: " + why,
	})
}

// findInterrupted looks for a run to go on with; why says that there is none.
func (r *refresh) findInterrupted(ctx context.Context) (why string, err error) {
	left, err := r.admin.Leftovers(ctx, r.target.Name())
	if err != nil {
		return "", err
	}
	if len(left) == 0 {
		return "no run of this staging was interrupted", nil
	}
	last := slices.MaxFunc(left, func(a, b publishDatabase) int { return strings.Compare(a.Name, b.Name) })
	if last.Mark == nil {
		return "it had not begun to copy", nil
	}
	// what the dead run still has under way must not commit after we have looked
	if err := r.admin.TakeOver(ctx, last.Name, last.Mark.RunID); err != nil {
		return "", err
	}
	conn, err := session.Connect(ctx, r.target.Database(last.Name), session.Target("journal"))
	if err != nil {
		return "", err
	}
	defer shut(ctx, conn)
	head, err := journal.ReadHead(ctx, conn)
	switch {
	case err != nil:
		return "", err
	case head == nil:
		return "it had not begun to copy, or was inspected already", nil
	case head.Version != journal.Version:
		return "it was begun by another version of the tool", nil
	case head.Key != r.Key.Identity():
		return "it was begun with another key", nil
	}
	j, err := r.openJournal(head.Run)
	if err != nil {
		return "", err
	}
	found := &interrupted{name: last.Name, run: head.Run}
	why, err = r.readInterrupted(ctx, &journalOf{conn: conn, Journal: j}, found)
	if why != "" || err != nil {
		return why, err
	}
	r.resumed, r.journal, r.secretRun = found, j, head.Run
	return "", nil
}

// readInterrupted reads what the run left and compares it with what this one would do.
func (r *refresh) readInterrupted(ctx context.Context, j *journalOf, found *interrupted) (why string, err error) {
	for name, into := range map[string]any{"state": &found.state, "catalog": &found.catalog, "keeper": &found.ticket} {
		b, err := j.Get(ctx, j.conn, name)
		if err == nil {
			err = json.Unmarshal(b, into)
		}
		if err != nil {
			return unreadable(err)
		}
	}
	if found.archive, err = j.Get(ctx, j.conn, "schema"); err != nil {
		return unreadable(err)
	}
	if found.chunks, err = j.Chunks(ctx, j.conn); err != nil {
		return unreadable(err)
	}
	now := r.stateNow()
	p, err := plan.Make(plan.Input{
		Rules: r.rules, Catalog: found.catalog, SnapshotTime: found.state.Snapshot.Time, TargetVersion: now.Target, Jobs: found.state.Jobs, ChunkBytes: found.state.Chunk,
	})
	if err == nil {
		now.Plan = digestOf(p)
		found.all = len(found.chunks) == len(p.Chunks)
	}
	return found.state.differs(now), nil
}

// unreadable tells state that is damaged from a server that does not answer.
func unreadable(err error) (string, error) {
	if session.Transient(err) || session.State(err) != "" {
		return "", err
	}
	return "its journal cannot be read", nil
}

// rejoin goes on in the interrupted run's snapshot. False means that it is lost, and that
// the run starts over.
func (r *refresh) rejoin(ctx context.Context) (string, bool, error) {
	r.run.Snapshot, r.run.Resumed = r.resumed.state.Snapshot, r.resumed.run
	if r.keeps = true; r.resumed.all {
		return fmt.Sprintf("not needed: every row of run %s is there", r.resumed.run), true, r.endKeepers(ctx)
	}
	cfg, err := session.Parse(r.Source) // with every host that it names: the ticket knows which
	if err != nil {
		return "", false, err
	}
	held, err := snapshot.Attach(ctx, cfg, r.resumed.ticket, snapshot.Options{LockTimeout: r.LockTimeout})
	if snapshot.Gone(err) || session.LockTimeout(err) {
		why := "the snapshot of run " + r.resumed.run + " is lost: neither the run nor the process that held it beside it is there any more"
		name := r.resumed.name
		r.resumed, r.journal, r.secretRun, r.run.Resumed, r.run.Snapshot = nil, nil, "", "", report.Snapshot{}
		r.keeps = false
		r.startsOver(why)
		return "", false, errors.Join(r.admin.Drop(ctx, name), r.endKeepers(ctx))
	}
	if err != nil {
		return "", false, err
	}
	r.setHolder(held)
	r.source = held.Config()
	r.startKeeper(ctx)
	detail := fmt.Sprintf("run %s's, at %s, held for %s", r.resumed.run, held.Time(), held.Age().Round(1e9))
	if r.theKeeper() == nil {
		return detail, true, nil // then the former one is the only one
	}
	if err := r.putKeeper(ctx); err != nil {
		return "", false, err
	}
	conn, err := session.Connect(ctx, r.source, session.Source("guard"))
	if err != nil {
		return "", false, err
	}
	defer shut(ctx, conn)
	return detail, true, snapshot.EndKeeper(ctx, conn, r.resumed.ticket)
}

// takeOver makes the interrupted run's database this one's.
func (r *refresh) takeOver(ctx context.Context) (string, error) {
	r.name = r.resumed.name
	r.incoming = r.target.Database(r.name)
	r.run.Generation = r.name
	return r.name + ", of run " + r.resumed.run, r.admin.TakeOver(ctx, r.name, r.run.ID)
}

// readKept takes the interrupted run's catalog and schema.
func (r *refresh) readKept() (err error) {
	r.catalog = r.resumed.catalog
	r.archive, err = schema.Load(bytes.NewReader(r.resumed.archive), r.programs,
		schema.TargetRole{Version: r.admin.Version(), Superuser: r.admin.Superuser()}, r.resumed.state.Dropped)
	r.resumed.archive = nil
	return err
}

// recover takes over every chunk that the interrupted run committed, and what it recorded
// of their originals.
func (r *refresh) recover(ctx context.Context) error {
	conn, err := r.connectIncoming(ctx, "journal")
	if err != nil {
		return err
	}
	defer shut(ctx, conn)
	for _, c := range r.resumed.chunks {
		e, counts, err := readEntry(c)
		if err == nil {
			err = r.copier.Recover(e, counts)
		}
		if err == nil && r.originals != nil && c.Segments > 0 {
			err = r.originals.set.Import(r.journal.Evidence(ctx, conn, c))
		}
		if err != nil {
			return &report.Fault{Side: report.Target, Doing: "take over a chunk of the interrupted run", Err: err, Hint: "start over: run without --resume"}
		}
	}
	r.Log.Info().Int("chunks", len(r.resumed.chunks)).Int("of", len(r.plan.Chunks)).Str("run", r.resumed.run).Msg("going on with an interrupted run")
	return nil
}

// clearPostData removes the indexes and keys that the interrupted run made.
func (r *refresh) clearPostData(ctx context.Context) error {
	conn, err := r.connectIncoming(ctx, "journal")
	if err != nil {
		return err
	}
	defer shut(ctx, conn)
	n, err := schema.ClearPostData(ctx, conn)
	if n > 0 {
		r.Log.Info().Int("objects", n).Msg("removed the indexes and keys that the interrupted run had made")
	}
	return err
}

// entry is a chunk's entry as the journal keeps it.
type entry struct {
	Sent, Stored, Read, Nanos int64
	Counts                    []byte
}

func writeEntry(e *copier.Entry) ([]byte, error) {
	return json.Marshal(entry{e.Sent, e.Stored, e.Read, int64(e.Elapsed), e.Counts()})
}

func readEntry(c journal.Chunk) (copier.Entry, []byte, error) {
	var e entry
	if err := json.Unmarshal(c.Body, &e); err != nil {
		return copier.Entry{}, nil, errors.New("the entry cannot be read")
	}
	return copier.Entry{Chunk: copier.ChunkID{Relation: c.Relation, Part: c.Part}, Sent: e.Sent, Stored: e.Stored, Read: e.Read, Elapsed: durationOf(e.Nanos)}, e.Counts, nil
}
