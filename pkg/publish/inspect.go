package publish

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/session"
)

// Database is one database of the target cluster.
type Database struct {
	Name       string
	OID        uint32
	Owner      string
	Encoding   string
	Collate    string
	CType      string
	Provider   string // c, i or b; "c" before 15
	Locale     string // of ICU or the builtin provider
	ConnLimit  int    // -1 is none
	AllowConn  bool
	Template   bool
	Tablespace string
	Bytes      int64  // -1 when the role may not ask; known of staging and its generations, after Inspect
	Comment    string // the user's, without our mark
	Mark       *Mark  // nil when it is not ours
	Owns       bool   // our role has the owner's privileges
}

// Session is somebody's session in a database. It holds no query.
type Session struct {
	PID         int
	User        string
	Application string // empty when the role may not see it
	Client      string // address; empty for a socket, or when the role may not see it
	State       string // as in pg_stat_activity, empty when the role may not see it
}

// String returns "pid 12 (app, psql, 10.0.0.7)".
func (s Session) String() string {
	parts := make([]string, 0, 3)
	for _, p := range []string{s.User, s.Application, s.Client} {
		if p != "" {
			parts = append(parts, strings.Map(printable, p))
		}
	}
	if len(parts) == 0 {
		return fmt.Sprintf("pid %d", s.PID)
	}
	return fmt.Sprintf("pid %d (%s)", s.PID, strings.Join(parts, ", "))
}

func printable(r rune) rune {
	if r < ' ' || r == 0x7f {
		return ' '
	}
	return r
}

// Slot is a logical replication slot of a database.
type Slot struct {
	Name   string
	Active bool
}

// Status is what stands at a staging's name.
type Status struct {
	Staging       string
	Exists        bool
	Database      Database  // zero when it does not exist
	Empty         bool      // it holds no object of a user; false when we could not look
	Sessions      []Session // other than our own
	Prepared      int       // prepared transactions, which outlive sessions
	Slots         []Slot
	Subscriptions []string
	Generations   []Database // newest first
	Leftovers     []Database // incoming databases of dead runs; asked without the lock, of running ones too
	Role          string
	CreateDB      bool // our role may create databases
	Superuser     bool
	Version       int
}

// InTheWay returns what keeps the swap from working, in words, each naming its object.
// Sessions are not in it: what to do about them is the swap's option.
func (s *Status) InTheWay() []string {
	var out []string
	if s.Prepared > 0 {
		out = append(out, fmt.Sprintf("%d prepared transactions in %s: a database that has them cannot be renamed (see pg_prepared_xacts)", s.Prepared, s.Staging))
	}
	for _, slot := range s.Slots {
		out = append(out, fmt.Sprintf("logical replication slot %s follows the old generation and retains WAL there", slot.Name))
	}
	for _, sub := range s.Subscriptions {
		out = append(out, fmt.Sprintf("subscription %s keeps a session in %s and follows the old generation", sub, s.Staging))
	}
	return out
}

const databaseColumns = `
	SELECT d.oid, d.datname::text, pg_catalog.pg_get_userbyid(d.datdba)::text, pg_catalog.pg_encoding_to_char(d.encoding)::text,
	       d.datcollate::text, d.datctype::text, %s, %s, d.datconnlimit, d.datallowconn, d.datistemplate, t.spcname::text,
	       coalesce(pg_catalog.shobj_description(d.oid, 'pg_database'), ''),
	       coalesce(pg_catalog.pg_has_role(d.datdba, 'USAGE'), false)
	FROM pg_catalog.pg_database d JOIN pg_catalog.pg_tablespace t ON t.oid = d.dattablespace
	WHERE %s ORDER BY d.datname`

// databases reads the databases that a condition on d names.
func (a *Admin) databases(ctx context.Context, where string, args ...any) ([]Database, error) {
	provider, locale := "'c'", "''"
	switch {
	case a.version >= 170000:
		provider, locale = "d.datlocprovider::text", "coalesce(d.datlocale, '')"
	case a.version >= 150000:
		provider, locale = "d.datlocprovider::text", "coalesce(d.daticulocale, '')"
	}
	rows, err := a.conn.Query(ctx, fmt.Sprintf(databaseColumns, provider, locale, where), args...)
	if err != nil {
		return nil, session.Fault(report.Target, "list the target's databases", err)
	}
	out, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Database, error) {
		var (
			d       Database
			comment string
		)
		err := row.Scan(&d.OID, &d.Name, &d.Owner, &d.Encoding, &d.Collate, &d.CType, &d.Provider, &d.Locale,
			&d.ConnLimit, &d.AllowConn, &d.Template, &d.Tablespace, &comment, &d.Owns)
		d.Bytes = -1
		d.Comment, d.Mark = splitComment(comment)
		return d, err
	})
	if err != nil {
		return nil, session.Fault(report.Target, "list the target's databases", err)
	}
	return out, nil
}

// measure asks for the sizes of databases. One that is gone by now, or closed to our
// role, keeps -1.
func (a *Admin) measure(ctx context.Context, list ...*Database) error {
	for _, d := range list {
		var bytes *int64
		err := a.conn.QueryRow(ctx, `
			SELECT pg_catalog.pg_database_size(d.oid) FROM pg_catalog.pg_database d
			WHERE d.oid = $1 AND (pg_catalog.has_database_privilege(d.oid, 'CONNECT') OR pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE'))`, d.OID).Scan(&bytes)
		switch {
		case err == nil && bytes != nil:
			d.Bytes = *bytes
		case err != nil && !errors.Is(err, pgx.ErrNoRows) && session.State(err) == "":
			return session.Fault(report.Target, "measure "+d.Name, err)
		}
	}
	return nil
}

// lookup returns the database of this name, or nil.
func (a *Admin) lookup(ctx context.Context, name string) (*Database, error) {
	found, err := a.databases(ctx, "d.datname = $1", name)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return &found[0], nil
}

// marked returns the databases of a staging in a state.
func (a *Admin) marked(ctx context.Context, staging string, state State) ([]Database, error) {
	all, err := a.databases(ctx, "pg_catalog.shobj_description(d.oid, 'pg_database') LIKE '%' || $1::text || '%'", markPrefix)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(d Database) bool {
		return d.Mark == nil || d.Mark.Staging != staging || d.Mark.State != state || d.Name == staging
	}), nil
}

// Generations returns the databases that were this staging before, newest first.
func (a *Admin) Generations(ctx context.Context, staging string) ([]Database, error) {
	found, err := a.marked(ctx, staging, Previous)
	slices.SortStableFunc(found, func(x, y Database) int {
		if c := y.Mark.Retired.Compare(x.Mark.Retired); c != 0 {
			return c
		}
		return strings.Compare(y.Name, x.Name)
	})
	return found, err
}

// Leftovers returns the incoming databases of a staging. Whoever holds the lock knows
// that their runs are dead. A database that a run made and could not mark any more is
// known by its name and by being closed.
func (a *Admin) Leftovers(ctx context.Context, staging string) ([]Database, error) {
	found, err := a.marked(ctx, staging, Incoming)
	if err != nil {
		return nil, err
	}
	named, err := a.databases(ctx, "pg_catalog.starts_with(d.datname::text, $1::text) AND pg_catalog.pg_has_role(d.datdba, 'USAGE')", base(staging)+incomingInfix)
	if err != nil {
		return nil, err
	}
	for _, d := range named {
		// Ours is closed from its first moment until it is marked.
		if d.Mark == nil && d.Comment == "" && !d.AllowConn && incomingOf(staging, d.Name) {
			found = append(found, d)
		}
	}
	return found, nil
}

// Inspect reads everything about the staging's name. It changes nothing.
func (a *Admin) Inspect(ctx context.Context, staging string) (*Status, error) {
	s := &Status{Staging: staging, Role: a.role, CreateDB: a.createdb || a.superuser, Superuser: a.superuser, Version: a.version}
	if err := checkName(staging); err != nil {
		return nil, &report.Fault{Side: report.Usage, Doing: "look at the target", Err: err}
	}
	db, err := a.lookup(ctx, staging)
	if err != nil {
		return nil, err
	}
	if s.Generations, err = a.Generations(ctx, staging); err != nil {
		return nil, err
	}
	if s.Leftovers, err = a.Leftovers(ctx, staging); err != nil {
		return nil, err
	}
	if db == nil {
		return s, nil
	}
	s.Exists, s.Database = true, *db
	sized := []*Database{&s.Database}
	for i := range s.Generations {
		sized = append(sized, &s.Generations[i])
	}
	if err := a.measure(ctx, sized...); err != nil {
		return nil, err
	}
	if s.Sessions, err = a.sessions(ctx, db.OID); err != nil {
		return nil, err
	}
	doing := "look at staging " + staging
	if err := a.conn.QueryRow(ctx, `SELECT count(*) FROM pg_catalog.pg_prepared_xacts WHERE database = $1`, staging).Scan(&s.Prepared); err != nil {
		return nil, session.Fault(report.Target, doing, err)
	}
	rows, err := a.conn.Query(ctx, `SELECT slot_name::text, active FROM pg_catalog.pg_replication_slots WHERE database = $1 ORDER BY 1`, staging)
	if err == nil {
		s.Slots, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Slot])
	}
	if err != nil {
		return nil, session.Fault(report.Target, doing, err)
	}
	rows, err = a.conn.Query(ctx, `SELECT subname::text FROM pg_catalog.pg_subscription WHERE subdbid = $1 ORDER BY 1`, db.OID)
	if err == nil {
		s.Subscriptions, err = pgx.CollectRows(rows, pgx.RowTo[string])
	}
	if err != nil {
		return nil, session.Fault(report.Target, doing, err)
	}
	if db.AllowConn {
		// Not being let in is an answer too: then it is not known to be empty.
		s.Empty, err = a.empty(ctx, staging)
		if err != nil && ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
	}
	return s, nil
}

// sessions returns the client sessions in databases, without ours.
func (a *Admin) sessions(ctx context.Context, databases ...uint32) ([]Session, error) {
	rows, err := a.conn.Query(ctx, `
		SELECT pid, coalesce(usename::text, ''), coalesce(application_name, ''), coalesce(pg_catalog.host(client_addr), ''), coalesce(state, '')
		FROM pg_catalog.pg_stat_activity
		WHERE datid = ANY ($1::oid[]) AND pid <> pg_catalog.pg_backend_pid()
		  AND coalesce(backend_type, 'client backend') NOT IN ('autovacuum worker', 'parallel worker')
		ORDER BY pid`, databases)
	if err != nil {
		return nil, session.Fault(report.Target, "list sessions", err)
	}
	out, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Session])
	if err != nil {
		return nil, session.Fault(report.Target, "list sessions", err)
	}
	return out, nil
}

// empty connects to a database and looks for anything that a user made.
func (a *Admin) empty(ctx context.Context, database string) (bool, error) {
	conn, err := session.Connect(ctx, a.cfg.Database(database), session.Target("guard"))
	if err != nil {
		return false, session.Fault(report.Target, "connect to "+database, err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	// OIDs from 16384 on are given after initdb; an extension's members come with it.
	var found bool
	err = conn.QueryRow(ctx, `
		SELECT EXISTS (
		    SELECT FROM (
		        SELECT 'pg_catalog.pg_class'::regclass, oid FROM pg_catalog.pg_class WHERE relkind <> 't'
		        UNION ALL SELECT 'pg_catalog.pg_proc'::regclass, oid FROM pg_catalog.pg_proc
		        UNION ALL SELECT 'pg_catalog.pg_type'::regclass, oid FROM pg_catalog.pg_type
		        UNION ALL SELECT 'pg_catalog.pg_namespace'::regclass, oid FROM pg_catalog.pg_namespace WHERE nspname NOT LIKE 'pg\_temp\_%' AND nspname NOT LIKE 'pg\_toast\_temp\_%'
		    ) o (class, oid)
		    WHERE o.oid >= 16384
		      AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = o.class AND d.objid = o.oid AND d.deptype = 'e'))
		    OR EXISTS (SELECT FROM pg_catalog.pg_largeobject_metadata)`).Scan(&found)
	if err != nil {
		return false, session.Fault(report.Target, "look whether "+database+" is empty", err)
	}
	return !found, nil
}

// Age returns how long ago a generation was replaced, or an incoming database begun.
func (d Database) Age(now time.Time) time.Duration {
	switch {
	case d.Mark == nil:
		return 0
	case !d.Mark.Retired.IsZero():
		return now.Sub(d.Mark.Retired)
	default:
		return now.Sub(d.Mark.Created)
	}
}

var errNotOurs = errors.New("it does not carry our mark")
