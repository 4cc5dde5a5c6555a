package pipeline

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/copier"
	"github.com/understudy-db/understudy/pkg/detect"
	"github.com/understudy-db/understudy/pkg/mask"
	"github.com/understudy-db/understudy/pkg/plan"
	"github.com/understudy-db/understudy/pkg/preflight"
	"github.com/understudy-db/understudy/pkg/publish"
	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/ruleset"
	"github.com/understudy-db/understudy/pkg/schema"
	"github.com/understudy-db/understudy/pkg/session"
	"github.com/understudy-db/understudy/pkg/snapshot"
)

func (r *refresh) checkRules(context.Context) (string, error) {
	if err := r.makeReportFolder(); err != nil {
		return "", err // now, and not when all the work is done
	}
	if err := r.readRunner(); err != nil {
		return "", err
	}
	rules, err := LoadRules(r.Rules)
	if err != nil {
		return "", err
	}
	r.rules = rules
	r.run.Rules = report.RulesFile{File: rules.File, Digest: rules.Digest}
	r.run.Purpose = rules.Purpose
	if err := r.requireApproval(); err != nil {
		return "", err
	}
	if r.InPlace {
		if err := r.inPlaceOptions(); err != nil {
			return "", err
		}
	}
	n, err := RunTests(rules)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%d tables, %d tests passed", len(rules.Tables), n), nil
}

// LoadRules reads a rules file. Its errors are faults of usage with hints; what is wrong
// inside of the file is a ruleset.Problems in one of them.
func LoadRules(path string) (*ruleset.Rules, error) { return ruleset.Load(path) }

func (r *refresh) guard(ctx context.Context) (string, error) {
	src, tgt, err := r.connectBoth(ctx)
	if err != nil {
		return "", err
	}
	defer shut(ctx, src)
	defer shut(ctx, tgt)
	r.site = r.newSite(src, tgt)
	found, err := preflight.First(ctx, r.site, preflight.Servers)
	r.findings = append(r.findings, found...)
	if err != nil {
		return "", err
	}
	r.sourceID, r.programs = r.site.SourceID, r.site.Client
	if err := r.admin.Lock(ctx, r.target.Name()); err != nil {
		return "", err
	}
	r.noteMissingRecord()
	if err := r.clean(ctx); err != nil {
		return "", err
	}
	return fmt.Sprintf("source %s, target %s; %s; pg_dump %s", major(session.Version(src)), major(r.admin.Version()), r.site.How, r.programs.Version), nil
}

func major(version int) string { return fmt.Sprintf("%d.%d", version/10000, version%10000) }

func (r *refresh) exportSnapshot(ctx context.Context) (string, error) {
	if r.resumed != nil {
		if detail, done, err := r.rejoin(ctx); done || err != nil {
			return detail, err
		}
	}
	held, err := snapshot.Hold(ctx, r.source, snapshot.Options{LockTimeout: r.LockTimeout})
	if err != nil {
		return "", err
	}
	r.setHolder(held)
	r.run.Snapshot = report.Snapshot{Time: held.Time(), LSN: held.LSN()}
	r.startKeeper(ctx)
	return fmt.Sprintf("at %s, %d tables locked against change", held.Time(), len(held.Tables())), nil
}

// readCatalog reads the catalog and asks what of it the target takes, while pg_dump reads
// the schema in the same snapshot: on a network of milliseconds that one waits for a
// hundred answers.
func (r *refresh) readCatalog(ctx context.Context) (string, error) {
	held := r.holder()
	if r.InPlace || r.resumed != nil { // the schema is there, or kept by the run that this one goes on with
		if err := r.readTables(ctx, held); err != nil {
			return "", err
		}
	} else {
		both, stop := context.WithCancel(ctx)
		defer stop()
		var archive *schema.Archive
		dumped := make(chan error, 1)
		go func() {
			var err error
			archive, err = schema.Dump(both, held.Config(), r.programs, schema.DumpOptions{
				Snapshot: held.ID(), Target: schema.TargetRole{Version: r.admin.Version(), Superuser: r.admin.Superuser()},
				Roles: r.rules.Roles, LockTimeout: r.LockTimeout,
			})
			dumped <- err
		}()
		err := r.readTables(ctx, held)
		if err != nil {
			stop()
		}
		if derr := <-dumped; derr == nil {
			r.archive = archive // closed with the run, whatever came of the other
		} else if err == nil {
			err = derr
		}
		if err != nil {
			return "", err
		}
	}
	seen := fmt.Sprintf("%d tables, %d foreign keys, %d sequences", len(r.catalog.Tables), len(r.catalog.ForeignKeys), len(r.catalog.Sequences))
	if r.InPlace {
		return seen, nil
	}
	r.findings = append(r.findings, leftOut(r.archive.Dropped)...)
	return fmt.Sprintf("%s; %d schema entries", seen, len(r.archive.Entries)), nil
}

// readTables reads the catalog, and asks what of it the target takes.
func (r *refresh) readTables(ctx context.Context, held *snapshot.Holder) (err error) {
	if r.resumed != nil {
		err = r.readKept()
	} else {
		err = held.Read(ctx, func(tx pgx.Tx) (err error) {
			r.catalog, err = catalog.Read(ctx, tx)
			return err
		})
		err = session.Fault(report.Source, "read the catalog", err)
	}
	if err != nil {
		return err
	}
	r.run.Catalog = r.catalog.Digest()
	if err := r.readGrants(ctx); err != nil {
		return err
	}
	return r.checkSchema(ctx)
}

// leftOut reports what of the schema is not made in staging. The plan reports itself what
// reaches out, from the catalog.
func leftOut(dropped []schema.Dropped) []report.Finding {
	var out []report.Finding
	for _, d := range dropped {
		kind, _, _ := strings.Cut(d.Desc, " TABLE") // a publication has an entry for each of its tables
		switch kind {
		case "PUBLICATION", "SUBSCRIPTION", "SERVER", "USER MAPPING", "FOREIGN", "EVENT TRIGGER":
			continue
		}
		f := report.Finding{Code: "left-out", Severity: report.Low, Subject: d.Name, Count: 1, Message: "the " + strings.ToLower(d.Desc) + " is not made in staging: " + d.Why}
		if d.Desc == "COMMENT" {
			f.Severity = report.Info
		}
		out = append(out, f)
	}
	return out
}

// checkSchema asks whether the target can take what the catalog has, before anything is created.
func (r *refresh) checkSchema(ctx context.Context) error {
	src, err := session.Connect(ctx, r.source, session.Source("check"))
	if err != nil {
		return err
	}
	defer shut(ctx, src)
	tgt, err := session.Connect(ctx, r.target.Database(r.admin.Maintenance()), session.Target("check"))
	if err != nil {
		return err
	}
	defer shut(ctx, tgt)
	r.site.Source, r.site.Target, r.site.Catalog = src, tgt, r.catalog
	found, err := preflight.First(ctx, r.site, preflight.Schema)
	r.findings = append(r.findings, found...)
	return err
}

func (r *refresh) makePlan(ctx context.Context) (string, error) {
	// before the plan: every table that the rules name would be missing
	if !slices.ContainsFunc(r.catalog.Tables, func(t catalog.Table) bool { return t.Extension == "" }) {
		return "", &report.Fault{
			Side: report.Rules, Doing: "plan", Err: fmt.Errorf("the source %s has no tables", r.source.Redacted()), Hint: "is it the right database? `psql -c '\\dt *.*'` shows what it has",
		}
	}
	p, err := plan.Make(r.planInput())
	if err != nil {
		return "", err
	}
	if err := r.checkApproval(); err != nil {
		return "", err
	}
	if _, err := p.Rotation(r.catalog, r.Key.Domains()); err != nil { // a key that is for nothing is a typing error
		return "", err
	}
	r.plan = p
	r.run.Ledger = p.Ledger
	r.findings = append(r.findings, p.Findings...)
	if err := r.tellRotation(); err != nil {
		return "", err
	}
	if r.resumed == nil { // else they were tried when the run began
		if err := r.tryConditions(ctx); err != nil {
			return "", err
		}
	}
	if err := r.choose(ctx); err != nil {
		return "", err
	}
	part := ""
	if s := r.run.Subset; s != nil {
		part = fmt.Sprintf("a subset of %d rows, about %.1f MB; ", s.Rows, float64(s.Estimate)/1e6)
	}
	return part + fmt.Sprintf("%d columns: %d masked, %d kept, %d null; %d chunks", len(p.Ledger), p.Ledger.Count("mask"), p.Ledger.Count("keep"), p.Ledger.Count("null"), len(p.Chunks)), nil
}

// tryConditions has the source parse every query with a condition from the rules, on a
// connection of its own: an error would end the transaction that holds the snapshot.
func (r *refresh) tryConditions(ctx context.Context) error {
	var conn *snapshot.Conn
	seen := map[int]bool{}
	for _, c := range r.plan.Chunks {
		t := &r.plan.Tables[c.Table]
		if t.Filter == "" || seen[c.Table] {
			continue
		}
		seen[c.Table] = true
		if conn == nil {
			var err error
			if conn, err = r.holder().Pinned(ctx); err != nil {
				return err
			}
			defer conn.Close(context.WithoutCancel(ctx))
		}
		query, _, _ := strings.Cut(strings.TrimPrefix(c.Out, "COPY ("), ") TO STDOUT (FORMAT")
		rows, err := conn.Query(ctx, query+" LIMIT 0")
		if err == nil {
			rows.Close()
			err = rows.Err()
		}
		if err != nil {
			return &report.Fault{Side: report.Rules, Doing: "try the condition of " + t.Name.String(), Err: session.Reduce(err), Hint: "the rules say: " + t.Filter}
		}
	}
	return nil
}

func (r *refresh) createIncoming(ctx context.Context) (string, error) {
	if r.resumed != nil {
		return r.takeOver(ctx)
	}
	db := r.catalog.Database
	columns, err := publish.PackColumns(r.plan.Ledger)
	if err != nil {
		return "", err
	}
	spec := publish.Spec{
		Staging: r.target.Name(), RunID: r.run.ID, Source: r.sourceID, Rules: r.rules.Digest, Masked: r.plan.Ledger.Count("mask") + r.plan.Ledger.Count("null"),
		Columns: columns, At: r.run.Started, Encoding: db.Encoding, Collate: db.Collate, CType: db.CType, Provider: db.Provider, Locale: db.Locale,
		Template: r.Template,
	}
	if r.status.Exists {
		spec.Owner, spec.Tablespace = r.status.Database.Owner, r.status.Database.Tablespace
	}
	name, notes, err := r.admin.CreateIncoming(ctx, spec)
	if err != nil {
		return "", err
	}
	r.name = name
	r.incoming = r.target.Database(name)
	r.run.Generation = name
	r.note("incoming-differs", notes)
	return name, nil
}

// note turns remarks about what could not be done as told into findings.
func (r *refresh) note(code string, notes []string) {
	for _, n := range notes {
		r.findings = append(r.findings, report.Finding{Code: code, Severity: report.Low, Subject: r.target.Name(), Message: n, Count: 1})
	}
}

func (r *refresh) restorePreData(ctx context.Context) (string, error) {
	if r.resumed != nil {
		return "done by run " + r.resumed.run, nil
	}
	n := 0
	for _, e := range r.archive.Entries {
		if e.Section == schema.PreData {
			n++
		}
	}
	err := schema.Restore(ctx, r.incoming, r.archive, schema.RestoreOptions{Section: schema.PreData, Jobs: r.Jobs, Superuser: r.admin.Superuser()})
	return fmt.Sprintf("%d entries", n), err
}

func (r *refresh) restorePostData(ctx context.Context) (string, error) {
	if r.Inspect == InspectFull && len(r.rules.Hooks) == 0 { // what hooks write has to be read as well
		if err := r.beginInspection(ctx); err != nil {
			return "", err
		}
	}
	detail, err := r.finishPostData()
	if err == nil {
		err = r.kept.finish(ctx)
	}
	if err == nil {
		err = r.compareSample(ctx) // before hooks may change rows
	}
	if err != nil || !r.status.Exists && len(r.grants) == 0 {
		return detail, err
	}
	privileges := r.grants
	if r.status.Exists {
		if privileges, err = r.admin.StagingPrivileges(ctx, r.target.Name()); err != nil {
			return detail, err
		}
	}
	conn, err := r.connectIncoming(ctx, "privileges")
	if err != nil {
		return detail, err
	}
	defer shut(ctx, conn)
	notes, err := publish.ApplyPrivileges(ctx, conn, privileges)
	r.note("privilege", notes)
	return detail, err
}

func (r *refresh) copyData(ctx context.Context) (string, error) {
	work, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	if r.resumed == nil {
		if err := r.beginJournal(ctx); err != nil {
			return "", err
		}
	} else if err := r.clearPostData(ctx); err != nil {
		return "", err
	}
	if err := r.openBuilder(ctx, cancel); err != nil {
		return "", err
	}
	r.copier = copier.New(r.plan, r.bind(), newLoaded(r.plan, r.builder.Loaded).done)
	r.copier.Retry(r.retry())
	r.copier.Keep(chunkJournal{r})
	if r.resumed != nil {
		if err := r.recover(ctx); err != nil {
			return "", err
		}
	}
	if r.Observer != nil {
		r.Observer.Copying(r.plan, r.copier.Meter())
	}
	if err := r.openSample(ctx); err != nil {
		return "", err
	}
	if err := r.recordLeftRows(ctx); err != nil {
		return "", err
	}
	start := time.Now()
	err := r.runCopier(work)
	if held := r.holder(); err == nil && held != nil {
		err = held.Check(ctx)
	}
	if err == nil {
		err = r.checkJournal(ctx)
	}
	r.countTables()
	rows, bytes := r.run.Rows(), r.run.Bytes()
	if err != nil {
		return fmt.Sprintf("%d rows stored", rows), err
	}
	seconds := max(time.Since(start).Seconds(), 1e-3)
	if err := r.maskSample(ctx); err != nil {
		return fmt.Sprintf("%d rows stored", rows), err
	}
	r.tellIdlePaths()
	// production's vacuum waits for the snapshot: it is let go as soon as the rows are here
	r.letGo(ctx)
	if r.Inspect != InspectNone {
		r.judgeStandIns()
	}
	detail := fmt.Sprintf("%d rows, %.1f MB, %.0f rows/s, %.1f MB/s, %d workers", rows, float64(bytes)/1e6, float64(rows)/seconds, float64(bytes)/1e6/seconds, r.Jobs)
	if n := r.copier.Recovered(); n > 0 {
		detail += fmt.Sprintf("; %d of %d chunks were there", n, len(r.plan.Chunks))
	}
	return detail, nil
}

// bind is what a worker's maskers are made with. A scanner has scratch space, so each
// masker has its own.
func (r *refresh) bind() copier.Bind {
	bind := copier.Bind{
		Masker: func(s mask.Spec) (mask.Masker, error) {
			m, err := mask.New(s, &mask.Binder{Key: r.Key, Detectors: []mask.Detector{detect.NewScanner(detect.Options{})}})
			r.documents.keep(s, m)
			return m, err
		},
		Watcher: r.watcher,
		SameRow: r.sameRowOf,
		Seed:    r.seed(),
	}
	if r.Inspect != InspectNone && !r.NoEvidence {
		r.sameRows = sameRows(r.plan)
	}
	switch {
	case r.recordsOriginals():
		r.originals = newOriginals(r.plan, r.Jobs, r.secret("fingerprints"))
		bind.Evidence = r.originals
	case r.Inspect == InspectNone:
		bind.Watcher, bind.Blind = nil, true
		r.notInspected()
	case r.Inspect == InspectStream:
		r.notInspected()
	default:
		r.withoutEvidence()
	}
	if r.remask != nil {
		bind.Masker = r.remask(bind.Masker)
	}
	return bind
}

// recordsOriginals reports whether fingerprints of originals are kept for inspection.
func (r *refresh) recordsOriginals() bool { return r.Inspect == InspectFull && !r.NoEvidence }

// seed is the same for the process that resumes the run: counts are added up.
func (r *refresh) seed() copier.Seed {
	key := r.secret("counts")
	defer key.Wipe()
	return copier.NewSeed(key.Bytes())
}

// retry repeats what failed and may pass, and says so.
func (r *refresh) retry() copier.Retry {
	retry := copier.DefaultRetry
	if r.Attempts > 0 {
		retry.Attempts = r.Attempts
	}
	retry.Tell = func(t *plan.Table, err error, pause time.Duration) {
		r.Log.Warn().Str("table", t.Name.String()).Err(err).Str("again_in", pause.String()).Msg("a chunk failed and is tried again on new connections")
	}
	return retry
}

// runCopier copies while somebody watches the source; the first cause of a failure wins.
func (r *refresh) runCopier(ctx context.Context) error {
	defer r.closeSources()
	work, cancel := context.WithCancelCause(ctx)
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		r.watchSource(work, cancel)
	}()
	err := r.openSources(work)
	if err == nil {
		err = r.copier.Run(work, r.Jobs, r.openWorker)
	}
	if cause := context.Cause(work); cause != nil && err != nil {
		err = cause
	}
	cancel(nil)
	<-watched
	return err
}

// openWorker gives a worker its connections: one pinned to the snapshot, one to the
// incoming database.
func (r *refresh) openWorker(ctx context.Context) (copier.Source, copier.Target, func(), error) {
	source, closeSource, err := r.workerSource(ctx)
	if err != nil {
		return nil, nil, nil, err
	}
	if r.staged != nil {
		return source, r.staged, closeSource, nil
	}
	dst, err := r.connectIncoming(ctx, "copy")
	if err != nil {
		closeSource()
		return nil, nil, nil, err
	}
	done := func() {
		closeSource()
		shut(ctx, dst)
	}
	// a crash of the target loses the incoming database, which nobody has seen yet
	if _, err := dst.Exec(ctx, "SET synchronous_commit = off"); err != nil {
		done()
		return nil, nil, nil, session.Fault(report.Target, "prepare a worker", err)
	}
	return source, copier.NewTarget(dst), done, nil
}

// opened is a source that waits for its worker.
type opened struct {
	source copier.Source
	close  func()
}

// openSources opens every worker's source before the first row is read, where a migration
// may wait for us: who comes later cannot lock a table any more.
func (r *refresh) openSources(ctx context.Context) error {
	if !r.WaitForUs || r.holder() == nil {
		return nil
	}
	r.ready = make(chan opened, r.Jobs)
	for range min(r.Jobs, len(r.plan.Chunks)) {
		source, done, err := r.openSource(ctx)
		if err != nil {
			return err
		}
		r.ready <- opened{source, done}
	}
	return nil
}

// closeSources gives back those that no worker took.
func (r *refresh) closeSources() {
	for {
		select {
		case o := <-r.ready:
			o.close()
		default:
			return
		}
	}
}

// workerSource is one that was opened before, or a new one.
func (r *refresh) workerSource(ctx context.Context) (copier.Source, func(), error) {
	select {
	case o := <-r.ready:
		return o.source, o.close, nil
	default:
		return r.openSource(ctx)
	}
}

// longestIdle is how long a connection may wait that was opened for later.
const longestIdle = 24 * time.Hour

// openSource gives a connection that sees the snapshot, as a source of the plan's chunks.
func (r *refresh) openSource(ctx context.Context) (copier.Source, func(), error) {
	src, err := r.pinned(ctx)
	if err != nil {
		return nil, nil, err
	}
	if r.WaitForUs {
		// A table that is first locked when a migration waits for it cannot be had any more: all are taken now.
		var all []catalog.Name
		for i := range r.plan.Tables {
			if r.plan.Tables[i].Skip == "" {
				all = append(all, r.plan.Tables[i].Name)
			}
		}
		err := src.Lock(ctx, all...)
		if err == nil {
			err = src.MayIdle(ctx, longestIdle) // the sample's waits for the copy's end
		}
		if err != nil {
			src.Close(ctx)
			return nil, nil, err
		}
	}
	done := func() { src.Close(context.WithoutCancel(ctx)) }
	if r.chosen != nil {
		return copier.NewChosenSource(src, r.chosen), done, nil
	}
	return copier.NewSource(src), done, nil
}

// migrationLook is how often we ask who waits behind our locks. Behind a waiting
// migration every new query of production waits too, so it is a matter of seconds.
const migrationLook = 2 * time.Second

// watchSource ends the copy when the snapshot is lost, or when a migration waits for it.
// Of the two sessions that hold the snapshot, one that is lost is replaced from the other.
func (r *refresh) watchSource(ctx context.Context, cancel context.CancelCauseFunc) {
	held := r.holder()
	if held == nil {
		return // every row is there
	}
	tick := time.NewTicker(migrationLook)
	defer tick.Stop()
	told := false
	var again <-chan time.Time
	for {
		keeper := r.keeperLost()
		if again != nil {
			keeper = nil
		}
		select {
		case <-ctx.Done():
			return
		case <-held.Lost():
			if err := r.replaceHolder(ctx); err != nil {
				cancel(err) // without a holder no worker that comes later can import the snapshot
				return
			}
			held = r.holder()
			continue
		case <-keeper:
			again = time.After(keeperPatience)
			continue
		case <-again:
			again = nil
			r.replaceKeeper(ctx)
			continue
		case <-tick.C:
		}
		waiting, err := held.MigrationWaiting(ctx)
		if err != nil || len(waiting) == 0 {
			continue // whether the source still answers is the workers' to find out
		}
		if r.WaitForUs {
			if !told {
				r.Log.Warn().Str("session", waiting[0].String()).Msg("a migration waits for the copy to end, and production waits behind it")
			}
			told = true
			continue
		}
		cancel(&report.Fault{
			Side: report.Source, Doing: "copy", Err: fmt.Errorf("a migration waits behind our locks: %s", waiting[0]),
			Hint: "production never queues behind a refresh: run again when the migration is done, or let it wait with --on-migration wait",
		})
		return
	}
}

func (r *refresh) publish(ctx context.Context) (string, error) {
	if worst, any := report.Worst(r.run.Findings); any && worst >= r.FailOn {
		withheld := &WithheldError{Worst: worst, Limit: r.FailOn}
		if r.keep = !r.DropOnFindings; r.keep {
			withheld.Incoming = r.name
		}
		return "withheld", withheld
	}
	swapped, err := r.admin.Swap(ctx, publish.SwapOptions{Staging: r.target.Name(), Incoming: r.name, Sessions: r.Sessions, Wait: r.Wait, Now: time.Now()})
	if err != nil {
		if publish.BusyOf(err) != nil {
			r.keep = true
			return "not swapped in", &UnswappedError{Incoming: r.name, Err: err}
		}
		return "", err
	}
	r.swapped = true
	r.run.Previous = swapped.Previous
	r.run.Generation = r.target.Name()
	r.note("not-carried-over", swapped.Notes)
	gone, err := r.admin.Keep(ctx, r.target.Name(), r.KeepGenerations, r.MaxAge, time.Now())
	if err != nil {
		// staging is published; an old generation that stays is no reason to say otherwise
		r.Log.Warn().Err(err).Msg("an old generation could not be dropped")
	}
	return fmt.Sprintf("%s is today's; %d old generations dropped", r.target.Name(), len(gone)), nil
}
