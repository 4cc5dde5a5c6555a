package schema

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/session"
)

// BuildOptions says how indexes and keys are made.
type BuildOptions struct {
	Jobs      int                      // connections; less than 1 is one
	Memory    int64                    // bytes for all sorts together; 0 is BuildMemory
	Size      func(catalog.Name) int64 // of a table's rows that are on their way, 0 where none are: the largest are built first; nil: all alike
	Fail      func(error)              // told the first error at once; may be nil
	Built     func(catalog.Name)       // told when a table's indexes are there; may be nil
	Superuser bool                     // the role may silence the server's log of failed statements
}

// BuildMemory is what the sorts of all index builds share. It is the target's memory, of
// which we know nothing: a gigabyte is what a small server can give for a while, and more
// of it saves one merge pass over tables of a hundred gigabytes.
const BuildMemory = 1 << 30

// leastMemory is maintenance_work_mem's own default: less makes a build slower than
// leaving it alone.
const leastMemory = 64 << 20

// While rows are still being copied, the target's processors have them to do, and what an index costs
// them counts, not how soon it is there. A sort that fits a processor's cache, by one process,
// costs an eighth less (the ten indexes of the large shop: 7.8 s of processor time, 9.1 s with
// 512 MB and two parallel workers), as long as one merge takes all of its runs: of 16 MB there are 60.
const (
	besideRows      = "SET LOCAL maintenance_work_mem = '16MB'; SET LOCAL max_parallel_maintenance_workers = 0; "
	mostBytesBeside = 1 << 30 // of a table, that is built so
)

// buildLock is how long a build waits for a lock. Nothing of ours stands in its way; what
// else does is the server's own, and goes away.
const buildLock = time.Hour

// Builder makes a table's indexes, keys and statistics as soon as its rows are there,
// while others still load, and everything else of post-data at the end:
//
//  1. [Builder.Loaded] says that a table is loaded. Its indexes and its primary and unique
//     keys are made then, the largest table first, and then it is analysed.
//  2. [Builder.Finish] waits for them, restores the rest of post-data through pg_restore,
//     and adds the foreign keys: each without validation first, which takes a moment, then
//     they are validated side by side, which adding them whole would not allow.
//
// What a partitioned table itself has, and whatever does not belong to one table, is
// pg_restore's from the start.
type Builder struct {
	opt     BuildOptions
	target  *session.Config
	archive *Archive
	ctx     context.Context //nolint:containedctx // bounds the workers, which outlive the call that starts them
	cancel  context.CancelCauseFunc
	workers sync.WaitGroup

	mu      sync.Mutex
	change  *sync.Cond
	waiting map[catalog.Name][]*build // of tables that are not loaded
	loading int                       // how many of them have rows on their way
	ready   []*build                  // the largest table first
	busy    map[catalog.Name]int      // builds that run; -1 is one that is alone
	open    map[catalog.Name]int      // builds of a loaded table that are not done
	running int
	done    map[int]bool // entries that need no pg_restore
	work    time.Duration
	count   int
	closed  bool
	err     error
}

// build is one thing to make.
type build struct {
	table catalog.Name
	entry int  // 0: none
	alone bool // its lock lets nothing else happen to the table
	bytes int64
	doing string
	sql   string
	key   string // a foreign key, as the archive names it
}

// NewBuilder reads from the archive what can be made table by table, leaves out what the
// target has already, and starts to wait. The caller closes it.
func NewBuilder(ctx context.Context, target *session.Config, a *Archive, opt BuildOptions) (*Builder, error) {
	b := &Builder{
		opt: opt, target: target, archive: a, waiting: map[catalog.Name][]*build{}, busy: map[catalog.Name]int{}, open: map[catalog.Name]int{}, done: map[int]bool{},
	}
	b.opt.Jobs = max(b.opt.Jobs, 1)
	if b.opt.Memory <= 0 {
		b.opt.Memory = BuildMemory
	}
	b.change = sync.NewCond(&b.mu)
	var there map[string]bool
	err := b.with(ctx, func(conn *pgx.Conn) (err error) {
		there, err = existing(ctx, conn)
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := b.read(there); err != nil {
		return nil, err
	}
	b.ctx, b.cancel = context.WithCancelCause(ctx)
	context.AfterFunc(b.ctx, func() {
		b.mu.Lock() // or a worker that is about to wait would miss it
		defer b.mu.Unlock()
		b.change.Broadcast()
	})
	for range b.opt.Jobs {
		b.workers.Go(b.run)
	}
	return b, nil
}

// existing lists the indexes and constraints of the target as the archive names them: a
// run that goes on with another's database finds what that one made.
func existing(ctx context.Context, conn *pgx.Conn) (map[string]bool, error) {
	rows, err := conn.Query(ctx, `
		SELECT 'INDEX ' || n.nspname || '.' || c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relkind IN ('i', 'I') AND n.nspname <> 'pg_catalog' AND n.nspname NOT LIKE 'pg_toast%'
		UNION ALL SELECT 'CONSTRAINT ' || n.nspname || '.' || c.relname || ' ' || k.conname
		FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class c ON c.oid = k.conrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE k.contype <> 'f'
		UNION ALL SELECT 'STATISTICS ' || n.nspname || '.' || s.stxname FROM pg_catalog.pg_statistic_ext s JOIN pg_catalog.pg_namespace n ON n.oid = s.stxnamespace
		UNION ALL SELECT CASE WHEN k.convalidated THEN 'FK CONSTRAINT ' ELSE 'FK CONSTRAINT, not valid ' END || n.nspname || '.' || c.relname || ' ' || k.conname
		FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class c ON c.oid = k.conrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE k.contype = 'f'`)
	if err != nil {
		return nil, session.Fault(report.Target, "look for indexes", err)
	}
	there := map[string]bool{}
	var name string
	_, err = pgx.ForEachRow(rows, []any{&name}, func() error { there[name] = true; return nil })
	return there, session.Fault(report.Target, "look for indexes", err)
}

// read finds the archive's entries that belong to one table.
func (b *Builder) read(there map[string]bool) error {
	tables := map[int]catalog.Name{}
	for _, e := range b.archive.Entries {
		if e.Desc == "TABLE" {
			tables[e.ID] = catalog.Name{Schema: e.Schema, Name: e.Name}
		}
	}
	return b.archive.each(func(r *record) error {
		desc := r.desc.text
		if desc != "INDEX" && desc != "CONSTRAINT" && desc != "STATISTICS" {
			return nil
		}
		var table catalog.Name
		owners := 0
		for _, dep := range r.deps {
			// an index on an expression names its table twice
			if t, ok := tables[dep]; ok && (owners == 0 || t != table) {
				table = t
				owners++
			}
		}
		if owners != 1 {
			return nil // of a materialised view, or of nobody: pg_restore's
		}
		e := Entry{Desc: desc, Schema: r.namespace.text, Name: r.tag.text}
		if there[e.String()] {
			b.done[r.id] = true
			return nil
		}
		if b.size(table) > 0 && len(b.waiting[table]) == 0 {
			b.loading++
		}
		b.waiting[table] = append(b.waiting[table], &build{table: table, entry: r.id, alone: desc == "CONSTRAINT", bytes: b.size(table), doing: "make " + e.String(), sql: r.defn.text})
		return nil
	})
}

// each reads the archive's file once more: definitions are not kept in memory.
func (a *Archive) each(fn func(*record) error) error {
	file, err := os.Open(a.file())
	if err != nil {
		return tempFault(err)
	}
	defer file.Close()
	in, err := newArchiveReader(bufio.NewReader(file))
	if err != nil {
		return tempFault(err)
	}
	for range in.count {
		r, err := in.next()
		if err != nil {
			return tempFault(err)
		}
		if err := fn(r); err != nil {
			return err
		}
	}
	return nil
}

func (b *Builder) size(t catalog.Name) int64 {
	if b.opt.Size == nil {
		return 0
	}
	return b.opt.Size(t)
}

// Loaded says that all rows of a table are committed. It does not wait.
func (b *Builder) Loaded(t catalog.Name) {
	b.mu.Lock()
	defer b.mu.Unlock()
	list := b.waiting[t]
	if delete(b.waiting, t); len(list) > 0 && list[0].bytes > 0 {
		b.loading--
	}
	if b.open[t] != 0 || b.closed {
		return
	}
	if len(list) == 0 {
		list = []*build{b.analysis(t)}
	}
	b.open[t] = len(list)
	b.add(list...)
}

func (b *Builder) analysis(t catalog.Name) *build {
	return &build{table: t, bytes: b.size(t), doing: "analyse " + t.String(), sql: "ANALYZE " + t.SQL()}
}

// add queues builds; the lock is held.
func (b *Builder) add(list ...*build) {
	b.ready = append(b.ready, list...)
	slices.SortStableFunc(b.ready, func(x, y *build) int { return int(min(max(y.bytes-x.bytes, -1), 1)) })
	b.change.Broadcast()
}

// take returns the next build that nothing else on its table stands against, and its SQL,
// and waits for one; nil at the end. idle is called once before it waits.
func (b *Builder) take(idle func()) (*build, string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for {
		if b.err != nil || b.ctx.Err() != nil {
			return nil, ""
		}
		for i, t := range b.ready {
			if n := b.busy[t.table]; n < 0 || t.alone && n > 0 {
				continue
			}
			b.ready = slices.Delete(b.ready, i, i+1)
			b.busy[t.table]++
			if t.alone {
				b.busy[t.table] = -1
			}
			b.running++
			if t.entry != 0 && t.bytes < mostBytesBeside && b.loading > 0 {
				return t, besideRows + t.sql
			}
			return t, t.sql
		}
		if b.closed {
			return nil, ""
		}
		if idle != nil {
			b.mu.Unlock()
			idle()
			idle = nil
			b.mu.Lock()
			continue
		}
		b.change.Wait()
	}
}

// finished books a build. After a table's last one the table is analysed, and after that
// it is built.
func (b *Builder) finished(t *build, took time.Duration, err error) {
	b.mu.Lock()
	b.running--
	b.busy[t.table] = max(b.busy[t.table], 1) - 1
	b.work += took
	b.count++
	built := false
	switch {
	case err != nil:
		if b.err == nil {
			b.err = err
			if b.opt.Fail != nil && b.ctx.Err() == nil {
				defer b.opt.Fail(err)
			}
		}
	case b.open[t.table] > 0:
		if t.entry != 0 {
			b.done[t.entry] = true
		}
		if b.open[t.table]--; b.open[t.table] == 0 {
			if built = t.entry == 0; !built {
				b.open[t.table] = 1
				b.add(b.analysis(t.table))
			}
		}
	case t.entry != 0:
		b.done[t.entry] = true
	}
	b.change.Broadcast()
	b.mu.Unlock()
	if built && b.opt.Built != nil {
		b.opt.Built(t.table)
	}
}

// run is one worker. It holds a connection only while there is work: a server ends
// sessions that are idle for long.
func (b *Builder) run() {
	var conn *pgx.Conn
	hang := func() {
		if conn != nil {
			clean, cancel := context.WithTimeout(context.WithoutCancel(b.ctx), 5*time.Second)
			defer cancel()
			_ = conn.Close(clean)
			conn = nil
		}
	}
	defer hang()
	for {
		t, sql := b.take(hang)
		if t == nil {
			return
		}
		start := time.Now()
		var err error
		for attempt := 1; ; attempt++ {
			if conn == nil {
				conn, err = b.connect(b.ctx)
			}
			if err == nil {
				_, err = conn.PgConn().Exec(b.ctx, sql).ReadAll()
			}
			if attempt > 1 && t.entry != 0 && session.Exists(err) {
				err = nil // the attempt before was done, and its answer lost
			}
			if err == nil {
				break
			}
			err = session.Fault(report.Target, t.doing, err)
			if attempt == buildAttempts || !session.Transient(err) || session.LockTimeout(err) {
				break
			}
			hang()
			if !b.pause(time.Second << (attempt - 1)) {
				break
			}
		}
		b.finished(t, time.Since(start), err)
		if err != nil {
			return
		}
	}
}

// buildAttempts is how often something is made whose failure may pass.
const buildAttempts = 4

// pause waits; it is false when the builder has ended.
func (b *Builder) pause(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-b.ctx.Done():
		return false
	}
}

// connect opens a connection with the settings that pg_restore would make.
func (b *Builder) connect(ctx context.Context) (*pgx.Conn, error) {
	role := session.Target("index")
	role.Timeouts.Lock = buildLock
	conn, err := session.Connect(ctx, b.target, role)
	if err != nil {
		return nil, err
	}
	memory := max(b.opt.Memory/int64(b.opt.Jobs), leastMemory) >> 10
	// Parallel builds come out of the server's max_parallel_workers, and share the memory.
	_, err = conn.PgConn().Exec(ctx, fmt.Sprintf(`SELECT pg_catalog.set_config('search_path', '', false);
		SET default_tablespace = ''; SET check_function_bodies = off; SET client_min_messages = warning; SET row_security = off; SET synchronous_commit = off;
		SELECT pg_catalog.set_config('maintenance_work_mem', GREATEST(%d, setting::int8)::text || 'kB', false) FROM pg_catalog.pg_settings WHERE name = 'maintenance_work_mem';
		SET max_parallel_maintenance_workers = %d`, memory, min(max(b.opt.Jobs, 2), 8))).ReadAll()
	if err != nil {
		_ = conn.Close(context.WithoutCancel(ctx))
		return nil, session.Fault(report.Target, "prepare to make indexes", err)
	}
	return conn, nil
}

func (b *Builder) with(ctx context.Context, fn func(*pgx.Conn) error) error {
	conn, err := b.connect(ctx)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	return fn(conn)
}

// Work is how many things were made so far, and the time that it took, summed over connections.
func (b *Builder) Work() (int, time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.count, b.work
}

// Analysed reports whether a table was analysed after its rows and indexes were there.
func (b *Builder) Analysed(t catalog.Name) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	n, loaded := b.open[t]
	return loaded && n == 0
}

// Await returns when nothing is made any more for a table that is loaded, or is none of
// ours, and no build would wait for whoever reads it.
func (b *Builder) Await(ctx context.Context, t catalog.Name) error {
	stop := context.AfterFunc(ctx, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.change.Broadcast()
	})
	defer stop()
	b.mu.Lock()
	defer b.mu.Unlock()
	for b.open[t] > 0 && b.err == nil && b.ctx.Err() == nil && ctx.Err() == nil {
		b.change.Wait()
	}
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case b.ctx.Err() != nil:
		return context.Cause(b.ctx)
	}
	return b.err
}

// wait returns when nothing is queued and nothing runs.
func (b *Builder) wait() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for b.err == nil && b.ctx.Err() == nil && (len(b.ready) > 0 || b.running > 0) {
		b.change.Wait()
	}
	if b.ctx.Err() != nil {
		return context.Cause(b.ctx) // the error of a build is then its echo, or the cause itself
	}
	return b.err
}

// Finish makes all of post-data that is not there yet. The first error, a fault of the
// target that names what was being made, ends it.
func (b *Builder) Finish() error {
	if err := b.wait(); err != nil {
		return err
	}
	if err := b.recount(); err != nil {
		return err
	}
	made := func(e Entry) bool { return b.done[e.ID] } // nothing writes to it any more
	options := RestoreOptions{Section: PostData, Jobs: b.opt.Jobs, Superuser: b.opt.Superuser, Keep: func(e Entry) bool { return !made(e) && !keyed(e) }}
	if err := Restore(b.ctx, b.target, b.archive, options); err != nil {
		return err
	}
	if err := b.foreignKeys(); err != nil {
		return err
	}
	options.Keep = func(e Entry) bool { return !made(e) && keyed(e) }
	return Restore(b.ctx, b.target, b.archive, options)
}

// recount looks whether what was made is there: a server that crashed has lost what it
// confirmed a moment before.
func (b *Builder) recount() error {
	return b.with(b.ctx, func(conn *pgx.Conn) error {
		there, err := existing(b.ctx, conn)
		if err != nil {
			return err
		}
		for _, e := range b.archive.Entries {
			if e.Desc == "INDEX" || e.Desc == "CONSTRAINT" || e.Desc == "STATISTICS" {
				b.done[e.ID] = b.done[e.ID] && there[e.String()]
			}
		}
		return nil
	})
}

// keyed reports whether an entry may need a unique index of a partitioned table to be
// valid, which it is when all of its partitions' are attached.
func keyed(e Entry) bool {
	return e.Desc == "FK CONSTRAINT" || e.Desc == "COMMENT" && strings.HasPrefix(e.Name, "CONSTRAINT ")
}

// foreignKeys adds those of ordinary tables without validation and validates them side by side.
func (b *Builder) foreignKeys() error {
	var add, validate []*build
	err := b.with(b.ctx, func(conn *pgx.Conn) error {
		there, err := existing(b.ctx, conn)
		if err != nil {
			return err
		}
		partitioned, err := partitionedTables(b.ctx, conn)
		if err != nil {
			return err
		}
		err = b.archive.each(func(r *record) error {
			if r.desc.text != "FK CONSTRAINT" {
				return nil
			}
			e := Entry{Desc: r.desc.text, Schema: r.namespace.text, Name: r.tag.text}
			k, ok := readForeignKey(r.defn.text)
			if there[e.String()] {
				b.done[r.id] = true
				return nil
			}
			if !ok || partitioned[k.refers] {
				// Of a partitioned table, or never validated on the source. A key to a partitioned
				// table has a copy for each partition, which VALIDATE leaves as it is.
				return nil
			}
			if !there["FK CONSTRAINT, not valid "+strings.TrimPrefix(e.String(), "FK CONSTRAINT ")] {
				add = append(add, &build{doing: "make " + e.String(), sql: k.add})
			}
			validate = append(validate, &build{table: k.table, entry: r.id, alone: true, bytes: b.size(k.table), doing: "validate " + e.String(), sql: k.validate, key: e.String()})
			return nil
		})
		if err != nil {
			return err
		}
		for _, t := range add {
			if _, err := conn.PgConn().Exec(b.ctx, t.sql).ReadAll(); err != nil {
				return session.Fault(report.Target, t.doing, err)
			}
		}
		walked, err := twoIndexes(b.ctx, conn)
		if err != nil {
			return err
		}
		for _, t := range validate {
			if walked[t.key] {
				t.sql = walkIndexes + t.sql
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	b.mu.Lock()
	b.add(validate...)
	b.mu.Unlock()
	return b.wait()
}

// partitionedTables lists the target's partitioned tables.
func partitionedTables(ctx context.Context, conn *pgx.Conn) (map[catalog.Name]bool, error) {
	rows, err := conn.Query(ctx, `SELECT n.nspname::text, c.relname::text FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'p'`)
	if err != nil {
		return nil, session.Fault(report.Target, "list the partitioned tables", err)
	}
	out := map[catalog.Name]bool{}
	var name catalog.Name
	_, err = pgx.ForEachRow(rows, []any{&name.Schema, &name.Name}, func() error { out[name] = true; return nil })
	return out, session.Fault(report.Target, "list the partitioned tables", err)
}

// Close ends the workers and waits for them. It can be called more than once.
func (b *Builder) Close() {
	b.mu.Lock()
	b.closed = true
	b.mu.Unlock()
	b.cancel(nil)
	b.workers.Wait()
}
