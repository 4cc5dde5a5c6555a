package snapshot

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/session"
)

//go:embed queries/*.sql
var queries embed.FS

// query returns the text of an embedded query. A file that is missing is found by the first test.
func query(name string) string {
	text, _ := queries.ReadFile("queries/" + name + ".sql")
	return string(text)
}

// Options says how a snapshot is held. The zero value holds all schemas with the defaults.
type Options struct {
	Schemas     []string         // only tables of these; empty: all of the users' schemas
	LockTimeout time.Duration    // for each table of the holder; 0: 5 s
	WorkerLock  time.Duration    // how long a pinned connection waits for a table; 0: not at all
	KeepAlive   time.Duration    // how often an idle holder says it is there; 0: 30 s
	Timeouts    session.Timeouts // of all sessions; zero fields take session's defaults
	Name        string           // of the holder's session, after "understudy/"; empty: "snapshot"

	listed func() // tests change the database here, between the list and the locks
}

// The defaults. Everybody who comes after a waiting lock request queues behind it, so
// the holder's patience is production's pause.
const (
	defaultLockTimeout = 5 * time.Second
	defaultKeepAlive   = 30 * time.Second
)

// attempts is how often the locks are taken anew when tables come and go meanwhile.
const attempts = 5

// batch is how many tables one LOCK TABLE names: some 30 KiB of statement.
const batch = 500

// Locked is one table that the holder protects.
type Locked struct {
	OID      uint32       `json:"oid"`
	Name     catalog.Name `json:"name"`
	Filenode uint32       `json:"filenode"` // 0 for a partitioned table
	usage    bool         // the role may use its schema
	sel      bool         // the role may read it
}

// Hold takes and exports a snapshot of the database with every table locked. The
// holder runs until [Holder.Close]. Errors are report.Faults of side Source: a table
// that may not be read (with the GRANT), a lock that somebody holds (with who), a
// lock table that is too small.
func Hold(ctx context.Context, cfg *session.Config, o Options) (*Holder, error) {
	o = o.withDefaults()
	role := o.role()
	conn, err := session.Connect(ctx, cfg, role)
	if err != nil {
		return nil, err
	}
	h := newHolder(cfg, conn, o)
	for range attempts {
		var settled bool
		if settled, err = h.take(ctx, role); err != nil || settled {
			break
		}
		err = &report.Fault{
			Side: report.Source, Doing: "lock the tables", Err: errors.New("tables come and go faster than they can be locked"),
			Hint: "run again when migrations are done, or name the schemas to copy",
		}
	}
	if err != nil {
		h.closeConns(ctx)
		return nil, err
	}
	h.since = time.Now()
	go h.run() // ends with Close
	return h, nil
}

func (o Options) withDefaults() Options {
	if o.LockTimeout == 0 {
		o.LockTimeout = defaultLockTimeout
	}
	if o.KeepAlive == 0 {
		o.KeepAlive = defaultKeepAlive
	}
	if o.Name == "" {
		o.Name = "snapshot"
	}
	o.Timeouts.Lock = o.LockTimeout
	return o
}

// role is the holder's own session.
func (o Options) role() session.Role {
	role := session.Source(o.Name)
	role.Timeouts = o.Timeouts
	return role
}

func newHolder(cfg *session.Config, conn *pgx.Conn, o Options) *Holder {
	return &Holder{
		cfg: cfg.PinTo(conn), opts: o, conn: conn,
		requests: make(chan request), stop: make(chan struct{}), done: make(chan struct{}), lost: make(chan struct{}),
	}
}

// take makes one attempt: list, lock, export, list again. It returns false when the
// lists differ; the transaction is then over.
func (h *Holder) take(ctx context.Context, role session.Role) (settled bool, err error) {
	before, err := h.list(ctx, h.conn)
	if err != nil {
		return false, err
	}
	if err := checkRights(ctx, h.conn, before); err != nil {
		return false, err
	}
	if h.opts.listed != nil {
		h.opts.listed()
	}
	tx, err := h.conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return false, session.Fault(report.Source, "begin the snapshot's transaction", err)
	}
	defer func() {
		if !settled && !h.conn.IsClosed() {
			_ = tx.Rollback(context.WithoutCancel(ctx)) // the first error is the one to tell
		}
	}()
	if _, err := h.conn.PgConn().Exec(ctx, role.Settings(session.Version(h.conn), true)).ReadAll(); err != nil {
		return false, session.Fault(report.Source, "set up the snapshot's transaction", err)
	}
	for part := range slices.Chunk(before, batch) {
		_, err := h.conn.PgConn().Exec(ctx, lockStatement(names(part), false)).ReadAll()
		switch {
		case err == nil:
		case session.Missing(err):
			return false, nil // dropped or renamed since it was listed
		case session.LockTimeout(err):
			return false, h.blocked(ctx, part, err)
		default:
			return false, session.Fault(report.Source, "lock "+some(part), err)
		}
	}
	var readOnly bool
	err = tx.QueryRow(ctx, query("export")).Scan(&h.id, &h.at, &h.lsn, &readOnly, &h.pid, &h.standby)
	if err != nil {
		return false, session.Fault(report.Source, "export the snapshot", err)
	}
	if !readOnly {
		return false, &report.Fault{
			Side: report.Source, Doing: "export the snapshot", Err: errors.New("the transaction is not read-only and repeatable read"),
			Hint: "a pooler or proxy in between changes what we send; connect to PostgreSQL directly",
		}
	}
	after, err := h.list(ctx, tx)
	if err != nil {
		return false, err
	}
	same := slices.EqualFunc(before, after, func(a, b Locked) bool { return a.OID == b.OID && a.Name == b.Name })
	if !same {
		return false, nil
	}
	h.tx, h.tables = tx, after
	return true, nil
}

// list reads which tables there are, ordered by OID.
func (h *Holder) list(ctx context.Context, q catalog.Querier) ([]Locked, error) {
	return list(ctx, q, h.opts.Schemas)
}

func list(ctx context.Context, q catalog.Querier, schemas []string) ([]Locked, error) {
	const doing = "list the tables"
	if schemas == nil {
		schemas = []string{}
	}
	rows, err := q.Query(ctx, query("tables"), schemas)
	if err != nil {
		return nil, session.Fault(report.Source, doing, err)
	}
	var all []Locked
	var l Locked
	_, err = pgx.ForEachRow(rows, []any{&l.OID, &l.Name.Schema, &l.Name.Name, &l.Filenode, &l.usage, &l.sel}, func() error {
		all = append(all, l)
		return nil
	})
	return all, session.Fault(report.Source, doing, err)
}

// shown is how many names an error lists before it counts the rest.
const shown = 10

// CheckRights asks whether [Hold] could lock all tables, without locking any, and returns
// how many there are. The error is Hold's: the tables that may not be read with their
// GRANTs, or a lock table that is too small.
func CheckRights(ctx context.Context, conn *pgx.Conn) (tables int, err error) {
	all, err := list(ctx, conn, nil)
	if err != nil {
		return 0, err
	}
	return len(all), checkRights(ctx, conn, all)
}

// checkRights refuses what could not be locked anyway, before anything is locked: it
// names every table at once, and the statements that help.
func checkRights(ctx context.Context, conn *pgx.Conn, tables []Locked) error {
	var room int64
	var role string
	if err := conn.QueryRow(ctx, query("room")).Scan(&room, &role); err != nil {
		return session.Fault(report.Source, "ask how many locks the server has room for", err)
	}
	// pg_dump locks the same tables once more, and production needs locks as well.
	if int64(len(tables)) > room*9/10 {
		return &report.Fault{
			Side: report.Source, Doing: "lock the tables",
			Err:  fmt.Errorf("%d tables, and the server has room for %d locks", len(tables), room),
			Hint: "raise max_locks_per_transaction on the source, or name the schemas to copy",
		}
	}
	var denied []string
	var grants []string
	grant := func(g string) {
		if !slices.Contains(grants, g) {
			grants = append(grants, g)
		}
	}
	for _, l := range tables {
		if l.usage && l.sel {
			continue
		}
		denied = append(denied, l.Name.String())
		if len(denied) > shown {
			continue
		}
		if !l.usage {
			grant("GRANT USAGE ON SCHEMA " + catalog.Quote(l.Name.Schema) + " TO " + catalog.Quote(role) + ";")
		}
		if !l.sel {
			grant("GRANT SELECT ON " + l.Name.SQL() + " TO " + catalog.Quote(role) + ";")
		}
	}
	if len(denied) == 0 {
		return nil
	}
	rest := ""
	if n := len(denied) - shown; n > 0 {
		rest = fmt.Sprintf(" and %d more", n)
		denied = denied[:shown]
	}
	return &report.Fault{
		Side: report.Source, Doing: "lock the tables",
		Err:  fmt.Errorf("the role %s may not read %s%s", role, strings.Join(denied, ", "), rest),
		Hint: strings.Join(grants, " "),
	}
}

// blocked explains a lock that was not to be had.
func (h *Holder) blocked(ctx context.Context, part []Locked, err error) error {
	sessions, askErr := h.ask(ctx, "holders", oids(part))
	who := "another session"
	if askErr == nil && len(sessions) > 0 { // it may have finished meanwhile
		list := make([]string, 0, len(sessions))
		for _, s := range sessions {
			list = append(list, s.String())
		}
		who = strings.Join(list, "; ")
	}
	return &report.Fault{
		Side: report.Source, Doing: "lock " + some(part),
		Err:  fmt.Errorf("%w: %s", session.Reduce(err), who),
		Hint: "run again when the migration is done, or give the locks more time",
	}
}

// lockStatement locks tables without their children, which are listed themselves.
func lockStatement(tables []catalog.Name, nowait bool) string {
	var b strings.Builder
	b.WriteString("LOCK TABLE ")
	for i, n := range tables {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString("ONLY " + n.SQL())
	}
	b.WriteString(" IN ACCESS SHARE MODE")
	if nowait {
		b.WriteString(" NOWAIT")
	}
	return b.String()
}

func names(tables []Locked) []catalog.Name {
	out := make([]catalog.Name, len(tables))
	for i := range tables {
		out[i] = tables[i].Name
	}
	return out
}

// oids writes the tables' OIDs as an array literal: the driver would send numbers as bigint[].
func oids(tables []Locked) string {
	var b strings.Builder
	b.WriteByte('{')
	for i := range tables {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.FormatUint(uint64(tables[i].OID), 10))
	}
	b.WriteByte('}')
	return b.String()
}

// some names a table, or says how many there are.
func some(tables []Locked) string {
	if len(tables) == 1 {
		return tables[0].Name.String()
	}
	return fmt.Sprintf("%d tables from %s to %s", len(tables), tables[0].Name, tables[len(tables)-1].Name)
}
