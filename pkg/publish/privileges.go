package publish

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/session"
)

// Privilege is one statement that gives an object of the incoming database the owner,
// a grant or a default privilege that the object of the same name has in the old staging.
type Privilege struct {
	What string // "owner of table public.orders"
	SQL  string
	// A new owner must be able to create in the schema or database. Where our role may
	// not pass over that, it lends the right for the moment of the change: nobody has
	// been granted anything yet, so taking it back takes nothing else.
	Lend, TakeBack string
}

// databasePlace stands for the incoming database's name, which the old staging does not know.
const databasePlace = "{{database}}"

// privilegeQueries write the statements in the order in which they must run: owners
// first, because changing an owner rewrites the grants; the list that PostgreSQL gives
// everybody is revoked before the grants that stand in its place.
var privilegeQueries = []string{
	// Owners. Sequences that belong to a column follow their table.
	`WITH member AS (SELECT classid, objid FROM pg_catalog.pg_depend WHERE deptype = 'e'),
	      o (class, oid, kind, owner) AS (
	    SELECT 'pg_catalog.pg_namespace'::regclass, oid, 'SCHEMA', nspowner FROM pg_catalog.pg_namespace
	    WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
	    UNION ALL
	    SELECT 'pg_catalog.pg_type'::regclass, t.oid, CASE t.typtype WHEN 'd' THEN 'DOMAIN' ELSE 'TYPE' END, t.typowner
	    FROM pg_catalog.pg_type t LEFT JOIN pg_catalog.pg_class c ON c.oid = t.typrelid
	    WHERE (t.typtype IN ('d', 'e', 'r') OR c.relkind = 'c')
	    UNION ALL
	    SELECT 'pg_catalog.pg_proc'::regclass, oid, CASE prokind WHEN 'p' THEN 'PROCEDURE' WHEN 'a' THEN 'AGGREGATE' ELSE 'FUNCTION' END, proowner
	    FROM pg_catalog.pg_proc
	    UNION ALL
	    SELECT 'pg_catalog.pg_class'::regclass, c.oid,
	           CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, c.relowner
	    FROM pg_catalog.pg_class c
	    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S')
	      AND NOT (c.relkind = 'S' AND EXISTS (SELECT FROM pg_catalog.pg_depend d
	               WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i')))
	  )
	  SELECT 'owner of ' || lower(o.kind) || ' ' || i.identity,
	         'ALTER ' || o.kind || ' ' || i.identity || ' OWNER TO ' || pg_catalog.quote_ident(r.rolname),
	         'GRANT CREATE ON ' || w.place || ' TO ' || pg_catalog.quote_ident(r.rolname),
	         'REVOKE CREATE ON ' || w.place || ' FROM ' || pg_catalog.quote_ident(r.rolname)
	  FROM o JOIN pg_catalog.pg_roles r ON r.oid = o.owner, pg_catalog.pg_identify_object(o.class, o.oid, 0) i,
	       LATERAL (SELECT CASE o.kind WHEN 'SCHEMA' THEN 'DATABASE ' || '` + databasePlace + `'
	                       ELSE 'SCHEMA ' || i.schema END) w (place)
	  WHERE (o.oid >= 16384 OR o.kind = 'SCHEMA') AND r.rolname <> 'pg_database_owner'
	    AND coalesce(i.schema, '') NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
	    AND NOT EXISTS (SELECT FROM member m WHERE m.classid = o.class AND m.objid = o.oid)
	    AND NOT EXISTS (SELECT FROM pg_catalog.pg_init_privs p WHERE o.kind = 'SCHEMA' AND i.identity = 'public' AND r.oid = 10 AND p.objoid = o.oid)
	  ORDER BY CASE o.kind WHEN 'SCHEMA' THEN 0 ELSE 1 END, 1`,

	// Grants on objects that have a list of their own.
	`WITH o (class, oid, kind, acl, owner) AS (
	    SELECT 'pg_catalog.pg_namespace'::regclass, oid, 'SCHEMA', nspacl, nspowner FROM pg_catalog.pg_namespace
	    WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
	    UNION ALL
	    SELECT 'pg_catalog.pg_type'::regclass, oid, 'TYPE', typacl, typowner FROM pg_catalog.pg_type
	    UNION ALL
	    SELECT 'pg_catalog.pg_proc'::regclass, oid, CASE prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END, proacl, proowner FROM pg_catalog.pg_proc
	    UNION ALL
	    SELECT 'pg_catalog.pg_class'::regclass, oid, CASE relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, relacl, relowner
	    FROM pg_catalog.pg_class WHERE relkind IN ('r', 'p', 'v', 'm', 'S')
	  ), named AS (
	    SELECT o.*, i.identity FROM o, pg_catalog.pg_identify_object(o.class, o.oid, 0) i
	    WHERE o.acl IS NOT NULL AND (o.oid >= 16384 OR o.kind = 'SCHEMA')
	      AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = o.class AND d.objid = o.oid AND d.deptype = 'e')
	  )
	  SELECT what, sql, '', '' FROM (
	    SELECT 0 AS step, 'privileges of everybody on ' || lower(kind) || ' ' || identity AS what,
	           'REVOKE ALL ON ' || kind || ' ' || identity || ' FROM PUBLIC' AS sql
	    FROM named
	    UNION ALL
	    SELECT 1, x.privilege_type || ' on ' || lower(n.kind) || ' ' || n.identity || ' for ' || coalesce(r.rolname, 'PUBLIC'),
	           'GRANT ' || x.privilege_type || ' ON ' || n.kind || ' ' || n.identity || ' TO '
	           || coalesce(pg_catalog.quote_ident(r.rolname), 'PUBLIC') || CASE WHEN x.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END
	    FROM named n, pg_catalog.aclexplode(n.acl) x LEFT JOIN pg_catalog.pg_roles r ON r.oid = x.grantee
	    WHERE x.grantee <> n.owner AND (x.grantee = 0 OR r.oid IS NOT NULL)
	  ) s ORDER BY step, what`,

	// Grants on columns.
	`SELECT x.privilege_type || ' on column ' || i.identity || ' for ' || coalesce(r.rolname, 'PUBLIC'),
	        'GRANT ' || x.privilege_type || ' (' || pg_catalog.quote_ident(a.attname) || ') ON TABLE '
	        || pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) || ' TO '
	        || coalesce(pg_catalog.quote_ident(r.rolname), 'PUBLIC') || CASE WHEN x.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END, '', ''
	 FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace,
	      pg_catalog.pg_identify_object('pg_catalog.pg_class'::regclass, c.oid, a.attnum) i,
	      pg_catalog.aclexplode(a.attacl) x LEFT JOIN pg_catalog.pg_roles r ON r.oid = x.grantee
	 WHERE a.attacl IS NOT NULL AND NOT a.attisdropped AND c.oid >= 16384 AND (x.grantee = 0 OR r.oid IS NOT NULL)
	   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
	 ORDER BY 1`,

	// Default privileges. A list without a schema replaces PostgreSQL's own, in which
	// everybody may execute functions and use types.
	`WITH d AS (
	    SELECT ' FOR ROLE ' || pg_catalog.quote_ident(o.rolname)
	           || coalesce(' IN SCHEMA ' || pg_catalog.quote_ident(n.nspname), '') AS subject, a.defaclnamespace,
	           CASE a.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS' WHEN 'T' THEN 'TYPES' WHEN 'n' THEN 'SCHEMAS' WHEN 'L' THEN 'LARGE OBJECTS' END AS kind,
	           a.defaclacl, a.defaclrole
	    FROM pg_catalog.pg_default_acl a JOIN pg_catalog.pg_roles o ON o.oid = a.defaclrole
	         LEFT JOIN pg_catalog.pg_namespace n ON n.oid = a.defaclnamespace
	 )
	 SELECT what, sql, '', '' FROM (
	    SELECT 0 AS step, 'default privileges of everybody on ' || lower(kind) || lower(subject) AS what,
	           'ALTER DEFAULT PRIVILEGES' || subject || ' REVOKE ALL ON ' || kind || ' FROM PUBLIC' AS sql
	    FROM d WHERE defaclnamespace = 0 AND kind IN ('FUNCTIONS', 'TYPES')
	    UNION ALL
	    SELECT 1, 'default privilege ' || x.privilege_type || ' on ' || lower(d.kind) || ' for ' || coalesce(r.rolname, 'PUBLIC'),
	           'ALTER DEFAULT PRIVILEGES' || d.subject || ' GRANT ' || x.privilege_type || ' ON ' || d.kind || ' TO '
	           || coalesce(pg_catalog.quote_ident(r.rolname), 'PUBLIC') || CASE WHEN x.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END
	    FROM d, pg_catalog.aclexplode(d.defaclacl) x LEFT JOIN pg_catalog.pg_roles r ON r.oid = x.grantee
	    WHERE d.kind IS NOT NULL AND (x.grantee = 0 OR r.oid IS NOT NULL) AND (x.grantee <> d.defaclrole OR d.defaclnamespace <> 0)
	 ) s ORDER BY step, what, sql`,
}

// ReadPrivileges reads owners, grants and default privileges inside of a database. The
// session is one in the old staging.
func ReadPrivileges(ctx context.Context, old *pgx.Conn) ([]Privilege, error) {
	all, err := readPrivileges(ctx, old, func(query string) string { return query })
	return all, session.Fault(report.Target, "read the old staging's privileges", err)
}

// MappedPrivileges reads those of the source, for a staging that is not there yet: the
// roles that the map names get what they stand in for has. Of the others nothing is read.
func MappedPrivileges(ctx context.Context, source pgx.Tx, roles map[string]string) ([]Privilege, error) {
	var from, to []string
	for _, name := range slices.Sorted(maps.Keys(roles)) {
		from, to = append(from, name), append(to, roles[name])
	}
	const mapped = "(SELECT r.oid, m.b AS rolname FROM pg_catalog.pg_roles r JOIN unnest($1::text[], $2::text[]) m (a, b) ON m.a = r.rolname)"
	all, err := readPrivileges(ctx, source, func(query string) string { return strings.ReplaceAll(query, "pg_catalog.pg_roles", mapped) }, from, to)
	return all, session.Fault(report.Source, "read the source's privileges", err)
}

func readPrivileges(ctx context.Context, q catalog.Querier, edit func(string) string, args ...any) ([]Privilege, error) {
	var all []Privilege
	for _, query := range privilegeQueries {
		rows, err := q.Query(ctx, edit(query), args...)
		if err != nil {
			return nil, err
		}
		part, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Privilege])
		if err != nil {
			return nil, err
		}
		all = append(all, part...)
	}
	return all, nil
}

// StagingPrivileges connects to the staging database and reads what lies inside of it.
func (a *Admin) StagingPrivileges(ctx context.Context, staging string) ([]Privilege, error) {
	conn, err := session.Connect(ctx, a.cfg.Database(staging), session.Target("privileges"))
	if err != nil {
		return nil, session.Fault(report.Target, "connect to staging "+staging, err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	return ReadPrivileges(ctx, conn)
}

// ApplyPrivileges runs the statements in the incoming database. An
// object that is not there any more is passed over; a statement that the server refuses
// for another reason becomes a note.
func ApplyPrivileges(ctx context.Context, incoming *pgx.Conn, list []Privilege) (notes []string, err error) {
	var database string
	if err := incoming.QueryRow(ctx, `SELECT pg_catalog.current_database()::text`).Scan(&database); err != nil {
		return nil, session.Fault(report.Target, "apply the old staging's privileges", err)
	}
	here := strings.NewReplacer(databasePlace, quote(database))
	// A new owner takes a lock on its object until the end: no transaction holds so many
	// that the server's table of locks is full.
	for part := range slices.Chunk(list, privilegesAtOnce) {
		some, err := applyPrivileges(ctx, incoming, here, part)
		if err != nil {
			return nil, session.Fault(report.Target, "apply the old staging's privileges", err)
		}
		notes = append(notes, some...)
	}
	return notes, nil
}

// privilegesAtOnce is how many statements one transaction of ApplyPrivileges has.
const privilegesAtOnce = 500

func applyPrivileges(ctx context.Context, incoming *pgx.Conn, here *strings.Replacer, list []Privilege) (notes []string, err error) {
	err = pgx.BeginFunc(ctx, incoming, func(tx pgx.Tx) error {
		for _, p := range list {
			err := attemptAll(ctx, tx, p.SQL)
			if session.Denied(err) && p.Lend != "" {
				err = attemptAll(ctx, tx, here.Replace(p.Lend), p.SQL, here.Replace(p.TakeBack))
			}
			switch state := session.State(err); {
			case err == nil, session.Missing(err):
			case state == "":
				return err
			default:
				notes = append(notes, fmt.Sprintf("%s of the old staging could not be carried over (SQLSTATE %s)", p.What, state))
			}
		}
		return nil
	})
	return notes, err
}
