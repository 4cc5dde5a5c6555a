package publish

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/pkg/session"
)

// carry gives the incoming database what belongs to the staging's name: owner, grants,
// connection limit and settings. What our role may not give becomes a note. Without an
// old staging, everybody may connect, as PostgreSQL does by default.
func (a *Admin) carry(ctx context.Context, tx pgx.Tx, old *Database, incoming Database) (notes []string, err error) {
	in := quote(incoming.Name)
	if old == nil {
		_, err := tx.Exec(ctx, "GRANT CONNECT, TEMPORARY ON DATABASE "+in+" TO PUBLIC")
		return nil, err
	}
	try := func(what, sql string) error {
		err := attemptAll(ctx, tx, sql)
		if session.State(err) == "" {
			return err
		}
		notes = append(notes, what+" of the old staging could not be carried over")
		return nil
	}
	if old.Owner != incoming.Owner {
		if err := try("owner "+old.Owner, "ALTER DATABASE "+in+" OWNER TO "+quote(old.Owner)); err != nil {
			return notes, err
		}
	}
	if old.ConnLimit != incoming.ConnLimit {
		if err := try("connection limit", fmt.Sprintf("ALTER DATABASE %s CONNECTION LIMIT %d", in, old.ConnLimit)); err != nil {
			return notes, err
		}
	}
	grants, err := a.grants(ctx, tx, *old)
	if err != nil {
		return notes, err
	}
	for _, g := range grants {
		if err := try(g.what, "GRANT "+g.privilege+" ON DATABASE "+in+" TO "+g.to); err != nil {
			return notes, err
		}
	}
	settings, err := a.settings(ctx, tx, *old)
	if err != nil {
		return notes, err
	}
	for _, s := range settings {
		if err := try(s.what(), s.sql(in)); err != nil {
			return notes, err
		}
	}
	return notes, nil
}

// attemptAll runs statements under one savepoint: all of them or none. An error with an
// SQLSTATE is the server's refusal, after which the transaction can go on.
func attemptAll(ctx context.Context, tx pgx.Tx, statements ...string) error {
	sp, err := tx.Begin(ctx)
	if err != nil {
		return err
	}
	for _, sql := range statements {
		if _, err := sp.Exec(ctx, sql); err != nil {
			if session.State(err) == "" {
				return err // the session is gone
			}
			if rerr := sp.Rollback(ctx); rerr != nil {
				return rerr
			}
			return err
		}
	}
	return sp.Commit(ctx)
}

type databaseGrant struct{ what, privilege, to string }

// grants reads the privileges on a database that are not its owner's. A database
// without an explicit list has PostgreSQL's default one.
func (a *Admin) grants(ctx context.Context, tx pgx.Tx, d Database) ([]databaseGrant, error) {
	rows, err := tx.Query(ctx, `
		SELECT x.privilege_type, coalesce(r.rolname::text, ''), x.is_grantable
		FROM pg_catalog.pg_database d,
		     pg_catalog.aclexplode(coalesce(d.datacl, pg_catalog.acldefault('d', d.datdba))) x
		     LEFT JOIN pg_catalog.pg_roles r ON r.oid = x.grantee
		WHERE d.oid = $1 AND x.grantee <> d.datdba AND (x.grantee = 0 OR r.oid IS NOT NULL)
		ORDER BY 2, 1`, d.OID)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (g databaseGrant, err error) {
		var (
			role      string
			grantable bool
		)
		if err = row.Scan(&g.privilege, &role, &grantable); err != nil {
			return g, err
		}
		g.to, g.what = "PUBLIC", "grant of "+g.privilege+" to PUBLIC"
		if role != "" {
			g.to, g.what = quote(role), "grant of "+g.privilege+" to "+role
		}
		if grantable {
			g.to += " WITH GRANT OPTION"
		}
		return g, nil
	})
}

// setting is one ALTER DATABASE … SET, or ALTER ROLE … IN DATABASE … SET.
type setting struct {
	role  string // empty: for everybody
	name  string
	value string
}

func (a *Admin) settings(ctx context.Context, tx pgx.Tx, d Database) ([]setting, error) {
	rows, err := tx.Query(ctx, `
		SELECT coalesce(r.rolname::text, ''), pg_catalog.split_part(c, '=', 1), pg_catalog.substr(c, pg_catalog.strpos(c, '=') + 1)
		FROM pg_catalog.pg_db_role_setting s CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) WITH ORDINALITY u (c, i)
		     LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.setrole
		WHERE s.setdatabase = $1 AND (s.setrole = 0 OR r.oid IS NOT NULL)
		ORDER BY 1, u.i`, d.OID)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (s setting, err error) {
		err = row.Scan(&s.role, &s.name, &s.value)
		return s, err
	})
}

func (s setting) what() string {
	if s.role == "" {
		return "setting " + s.name
	}
	return "setting " + s.name + " for role " + s.role
}

// sql writes the statement for a quoted database.
func (s setting) sql(database string) string {
	subject := "ALTER DATABASE " + database
	if s.role != "" {
		subject = "ALTER ROLE " + quote(s.role) + " IN DATABASE " + database
	}
	parts := strings.Split(s.name, ".") // extensions' settings have two parts
	for i := range parts {
		parts[i] = quote(parts[i])
	}
	return subject + " SET " + strings.Join(parts, ".") + " TO " + s.list()
}

// quotedLists are the settings whose value is a list of names that the server quotes
// itself; as one literal, the list would become one name with commas in it.
var quotedLists = map[string]bool{
	"search_path": true, "temp_tablespaces": true, "local_preload_libraries": true,
	"session_preload_libraries": true, "shared_preload_libraries": true, "unix_socket_directories": true,
}

func (s setting) list() string {
	if !quotedLists[s.name] {
		return session.Literal(s.value)
	}
	items := splitNames(s.value)
	if len(items) == 0 {
		return "''"
	}
	for i := range items {
		items[i] = session.Literal(items[i])
	}
	return strings.Join(items, ", ")
}

// splitNames reads names that are separated by commas, each in double quotes or bare.
func splitNames(list string) []string {
	var (
		out    []string
		item   strings.Builder
		quoted bool // inside of quotes
		seen   bool // the item had quotes: it may be empty
	)
	flush := func() {
		text := item.String()
		if !seen {
			text = strings.TrimSpace(text)
		}
		if text != "" || seen {
			out = append(out, text)
		}
		item.Reset()
		seen = false
	}
	for i := 0; i < len(list); i++ {
		c := list[i]
		switch {
		case quoted && c == '"' && i+1 < len(list) && list[i+1] == '"':
			item.WriteByte('"')
			i++
		case c == '"':
			if !quoted {
				item.Reset() // blanks before the quotes are no part of the name
			}
			quoted, seen = !quoted, true
		case !quoted && c == ',':
			flush()
		case !quoted && seen && (c == ' ' || c == '\t'):
			// blanks after the quotes
		default:
			item.WriteByte(c)
		}
	}
	flush()
	return out
}
