package publish

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/session"
)

// Spec is what an incoming database is made for, and from.
type Spec struct {
	Staging string
	RunID   string
	Source  string // Fingerprint of the source
	Rules   string // digest of the rules
	Masked  int    // columns masked or nulled
	Columns string // PackColumns of the run's ledger
	At      time.Time

	Encoding string // of the source, as catalog.Database has them
	Collate  string
	CType    string
	Provider string // c, i, b, or empty for c
	Locale   string

	Template   string // database to make it from; empty is template0
	Owner      string // of the old staging; empty is our role
	Tablespace string // of the old staging; empty is the server's default
}

// CreateIncoming makes the empty incoming database and returns its name and what could
// not be made as told. Until it is swapped in, nobody but its owner may connect.
func (a *Admin) CreateIncoming(ctx context.Context, spec Spec) (name string, notes []string, err error) {
	if name, err = a.freeName(ctx, func(at time.Time) string { return IncomingName(spec.Staging, at) }, spec.At); err != nil {
		return "", nil, err
	}
	owner := a.role
	if spec.Owner != "" && spec.Owner != a.role {
		may, err := a.mayGiveTo(ctx, spec.Owner)
		if err != nil {
			return "", nil, err
		}
		if may {
			owner = spec.Owner
		} else {
			notes = append(notes, fmt.Sprintf("the owner %s of the old staging is not kept: role %s may not give databases to it", spec.Owner, a.role))
		}
	}
	statement, err := createStatement(name, owner, spec, a.version)
	if err != nil {
		return "", nil, err
	}
	doing := fmt.Sprintf("create incoming database %s with encoding %s and collation %s", name, spec.Encoding, spec.Collate)
	if _, err := a.conn.Exec(ctx, statement); err != nil {
		fault := &report.Fault{Side: report.Target, Doing: doing, Err: session.Fault(report.Target, "create database", err)}
		if report.HintOf(fault.Err) == "" {
			fault.Hint = "the target's server must have the source's locale; list what it has with SELECT collname FROM pg_collation"
		}
		if ctx.Err() != nil { // it may be there, or be about to
			return "", nil, errors.Join(fault, a.discard(ctx, name))
		}
		return "", nil, fault
	}
	mark := Mark{
		RunID: spec.RunID, Staging: spec.Staging, Source: spec.Source, State: Incoming,
		Created: spec.At.UTC().Truncate(time.Second), Rules: spec.Rules, Masked: spec.Masked, Columns: spec.Columns,
	}
	if err := a.openIncoming(ctx, name, owner, mark); err != nil {
		return "", nil, errors.Join(err, a.discard(ctx, name))
	}
	return name, notes, nil
}

// discard drops a database that is ours beyond doubt: its name was free a moment ago,
// and it was made closed.
func (a *Admin) discard(ctx context.Context, name string) error {
	clean, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	if err := a.revive(clean); err != nil {
		return err
	}
	return a.exec(clean, "drop "+name, "DROP DATABASE IF EXISTS "+quote(name))
}

// openIncoming marks the database and lets its owner in, and nobody else. It was made
// closed, so that there is no moment at which everybody may connect.
func (a *Admin) openIncoming(ctx context.Context, name, owner string, mark Mark) error {
	comment, err := joinComment("", mark)
	if err != nil {
		return err
	}
	doing := "mark incoming database " + name
	err = pgx.BeginFunc(ctx, a.conn, func(tx pgx.Tx) error {
		for _, sql := range []string{
			"REVOKE ALL ON DATABASE " + quote(name) + " FROM PUBLIC",
			"COMMENT ON DATABASE " + quote(name) + " IS " + session.Literal(comment),
			"ALTER DATABASE " + quote(name) + " ALLOW_CONNECTIONS true",
		} {
			if _, err := tx.Exec(ctx, sql); err != nil {
				return err
			}
		}
		var enter bool
		if err := tx.QueryRow(ctx, `SELECT pg_catalog.has_database_privilege($1::text, 'CONNECT, CREATE')`, name).Scan(&enter); err != nil {
			return err
		}
		if !enter {
			return &report.Fault{
				Side: report.Target, Doing: doing, Err: fmt.Errorf("role %s is a member of the owner %s, but does not inherit its privileges", a.role, owner),
				Hint: fmt.Sprintf("ALTER ROLE %s INHERIT", quote(a.role)),
			}
		}
		return nil
	})
	if err == nil {
		return nil
	}
	if fault := (*report.Fault)(nil); errors.As(err, &fault) {
		return err
	}
	return session.Fault(report.Target, doing, err)
}

// createStatement writes CREATE DATABASE for the target's version. template0 is the only
// template that holds nothing of its site and takes another encoding; another one has to
// be of the source's encoding and locale, which the server sees to.
func createStatement(name, owner string, spec Spec, version int) (string, error) {
	template := "template0"
	if spec.Template != "" {
		template = quote(spec.Template)
	}
	sql := "CREATE DATABASE " + quote(name) + " WITH TEMPLATE " + template + " OWNER " + quote(owner) +
		" ENCODING " + session.Literal(spec.Encoding) + " LC_COLLATE " + session.Literal(spec.Collate) + " LC_CTYPE " + session.Literal(spec.CType)
	tooOld := func(needs int, what string) error {
		return &report.Fault{
			Side: report.Target, Doing: "create incoming database " + name,
			Err:  fmt.Errorf("the source's locale comes from %s, which servers have from %d on", what, needs),
			Hint: fmt.Sprintf("use a target of PostgreSQL %d or newer", needs),
		}
	}
	switch spec.Provider {
	case "", "c":
		if version >= 150000 {
			sql += " LOCALE_PROVIDER libc"
		}
	case "i":
		if version < 150000 {
			return "", tooOld(15, "ICU")
		}
		sql += " LOCALE_PROVIDER icu ICU_LOCALE " + session.Literal(spec.Locale)
	case "b":
		if version < 170000 {
			return "", tooOld(17, "the builtin provider")
		}
		sql += " LOCALE_PROVIDER builtin BUILTIN_LOCALE " + session.Literal(spec.Locale)
	default:
		return "", &report.Fault{Side: report.Target, Doing: "create incoming database " + name, Err: fmt.Errorf("locale provider %q is not known", spec.Provider)}
	}
	if spec.Tablespace != "" && spec.Tablespace != "pg_default" {
		sql += " TABLESPACE " + quote(spec.Tablespace)
	}
	return sql + " ALLOW_CONNECTIONS false", nil
}

// mayGiveTo asks whether our role may make another one an owner: membership, and
// since 16 the SET option of it.
func (a *Admin) mayGiveTo(ctx context.Context, owner string) (bool, error) {
	privilege := "MEMBER"
	if a.version >= 160000 {
		privilege = "SET"
	}
	var may bool
	err := a.conn.QueryRow(ctx, `SELECT coalesce((SELECT pg_catalog.pg_has_role(oid, $2::text) FROM pg_catalog.pg_roles WHERE rolname = $1), false)`, owner, privilege).Scan(&may)
	if err != nil {
		return false, session.Fault(report.Target, "look at role "+owner, err)
	}
	return may, nil
}

// freeName counts seconds up until no database has the name.
func (a *Admin) freeName(ctx context.Context, name func(time.Time) string, at time.Time) (string, error) {
	for {
		n := name(at)
		var taken bool
		if err := a.conn.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_catalog.pg_database WHERE datname = $1)`, n).Scan(&taken); err != nil {
			return "", session.Fault(report.Target, "look for a free name", err)
		}
		if !taken {
			return n, nil
		}
		at = at.Add(time.Second)
	}
}

// Drop drops an incoming database or a generation with whatever sessions it has. A
// database that does not exist is no error; one that is neither is refused. It works
// after a cancel as well.
func (a *Admin) Drop(ctx context.Context, name string) error {
	if err := a.revive(ctx); err != nil {
		return err
	}
	d, err := a.lookup(ctx, name)
	if err != nil || d == nil {
		return err
	}
	if d.Mark == nil || d.Mark.State == Staging || d.Mark.Staging == name {
		return &report.Fault{Side: report.Target, Doing: "drop " + name, Err: errNotOurs, Hint: "only incoming databases and generations are dropped"}
	}
	return a.drop(ctx, *d)
}

func (a *Admin) drop(ctx context.Context, d Database) error {
	doing := "drop " + d.Name
	sql := "DROP DATABASE IF EXISTS " + quote(d.Name)
	if a.version >= 130000 {
		sql += " WITH (FORCE)"
	} else if err := a.terminate(ctx, a.conn, d.OID); err != nil {
		return err
	}
	if _, err := a.conn.Exec(ctx, sql); err != nil {
		if session.State(err) == objectInUse || session.Denied(err) {
			if busy, berr := a.busy(ctx, d.Name, d.OID); berr == nil && len(busy.Sessions) > 0 {
				return &report.Fault{Side: report.Target, Doing: doing, Err: busy, Hint: "end the sessions, or GRANT pg_signal_backend TO " + quote(a.role)}
			}
		}
		return session.Fault(report.Target, doing, err)
	}
	return nil
}

// CleanLeftovers drops the incoming databases of dead runs, all but the named ones, and
// returns the names of the dropped. The caller holds the lock. One that cannot be
// dropped does not keep the others.
func (a *Admin) CleanLeftovers(ctx context.Context, staging string, except ...string) ([]string, error) {
	left, err := a.Leftovers(ctx, staging)
	if err != nil {
		return nil, err
	}
	var stay []Database
	for _, d := range left {
		keep := false
		for _, e := range except {
			keep = keep || e == d.Name
		}
		if !keep {
			stay = append(stay, d)
		}
	}
	return a.dropAll(ctx, stay)
}

// Keep drops generations: all beyond the newest n, and all that were replaced longer
// than maxAge ago (0 is no limit). It returns the names of the dropped.
func (a *Admin) Keep(ctx context.Context, staging string, n int, maxAge time.Duration, now time.Time) ([]string, error) {
	all, err := a.Generations(ctx, staging)
	if err != nil {
		return nil, err
	}
	var old []Database
	for i, d := range all {
		if i >= n || (maxAge > 0 && d.Age(now) > maxAge) {
			old = append(old, d)
		}
	}
	return a.dropAll(ctx, old)
}

func (a *Admin) dropAll(ctx context.Context, list []Database) (dropped []string, err error) {
	for _, d := range list {
		if derr := a.drop(ctx, d); derr != nil {
			err = errors.Join(err, derr)
			continue
		}
		dropped = append(dropped, d.Name)
	}
	return dropped, err
}
