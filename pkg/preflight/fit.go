package preflight

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"

	"github.com/dustin/go-humanize"
	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/schema"
	"github.com/understudy-db/understudy/pkg/session"
)

// encoding refuses a database whose bytes may be in any encoding: nothing can be said of
// a text in it, neither what it is nor that a masker understood it.
func encoding(_ context.Context, s *Site) (string, []report.Finding, error) {
	if e := s.Catalog.Database.Encoding; e != "SQL_ASCII" {
		return e, nil, nil
	}
	return "", nil, &report.Fault{
		Side: report.Source, Doing: "look at the source's encoding", Err: errors.New("it is SQL_ASCII: every row may be written in another encoding"),
		Hint: "dump the database, convert it, and restore it into one with ENCODING UTF8",
	}
}

// locale has the target's server try the source's locale, in a transaction that is rolled back.
func locale(ctx context.Context, s *Site) (string, []report.Finding, error) {
	d := s.Catalog.Database
	if d.Provider != "" && d.Provider != "c" {
		return d.Locale, nil, nil
	}
	tx, err := s.Target.Begin(ctx)
	if err != nil {
		return "", nil, session.Fault(report.Target, "try the source's locale", err)
	}
	defer tx.Rollback(context.WithoutCancel(ctx))
	_, err = tx.Exec(ctx, "CREATE COLLATION pg_temp.understudy_probe (LC_COLLATE = "+session.Literal(d.Collate)+", LC_CTYPE = "+session.Literal(d.CType)+")")
	switch {
	case err == nil, session.Denied(err): // who may not try finds out when the database is made, before anything is read
		return d.Collate, nil, nil
	case session.State(err) == "":
		return "", nil, session.Fault(report.Target, "try the source's locale", err)
	}
	return "", nil, &report.Fault{
		Side: report.Target, Doing: "try the source's locale", Err: fmt.Errorf("the target's server does not have LC_COLLATE %s with LC_CTYPE %s", d.Collate, d.CType),
		Hint: "generate the locale on the target's host (locale-gen, or localedef) and restart its server",
	}
}

// collations looks for the operating system's and ICU's collations that columns and
// indexes name; those that the users made come with the schema.
func collations(ctx context.Context, s *Site) (string, []report.Finding, error) {
	const doing = "compare collations"
	var named []string
	err := s.Source.QueryRow(ctx, `
		SELECT coalesce(pg_catalog.array_agg(DISTINCT co.collname::text), '{}')
		FROM (SELECT attcollation AS oid FROM pg_catalog.pg_attribute WHERE attrelid >= 16384 AND NOT attisdropped
		      UNION SELECT c FROM pg_catalog.pg_index, pg_catalog.unnest(indcollation) c WHERE indexrelid >= 16384
		      UNION SELECT typcollation FROM pg_catalog.pg_type WHERE oid >= 16384) used
		JOIN pg_catalog.pg_collation co ON co.oid = used.oid
		WHERE co.oid <> 100 AND co.collnamespace = 'pg_catalog'::pg_catalog.regnamespace`).Scan(&named)
	if err != nil {
		return "", nil, session.Fault(report.Source, doing, err)
	}
	var missing []string
	err = s.Target.QueryRow(ctx, `SELECT coalesce(pg_catalog.array_agg(n ORDER BY n), '{}') FROM pg_catalog.unnest($1::text[]) n
		WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_collation WHERE collname = n AND collnamespace = 'pg_catalog'::pg_catalog.regnamespace
		                  AND collencoding IN (-1, pg_catalog.pg_char_to_encoding($2)))`, named, s.Catalog.Database.Encoding).Scan(&missing)
	if err != nil {
		return "", nil, session.Fault(report.Target, doing, err)
	}
	if len(missing) > 0 {
		return "", nil, &report.Fault{
			Side: report.Target, Doing: doing, Err: fmt.Errorf("its server does not have %s", strings.Join(missing, ", ")),
			Hint: "generate the locales on the target's host, then SELECT pg_import_system_collations('pg_catalog') in template0 or a new cluster; for ICU, use a server built with it",
		}
	}
	return fmt.Sprintf("%d are named beside the default", len(named)), nil, nil
}

// extensions looks whether the target's server has what production uses, whether the
// role may make it, and in which version.
func extensions(ctx context.Context, s *Site) (string, []report.Finding, error) {
	const doing = "check the target's extensions"
	var names, versions []string
	for _, e := range s.Catalog.Extensions {
		if e.Name != "plpgsql" { // every new database has it
			names, versions = append(names, e.Name), append(versions, e.Version)
		}
	}
	if len(names) == 0 {
		return "none", nil, nil
	}
	trusted := "v.trusted"
	if session.Version(s.Target) < 130000 {
		trusted = "false"
	}
	rows, err := s.Target.Query(ctx, `
		SELECT n, want, coalesce(x.default_version, ''), coalesce(v.superuser AND NOT `+trusted+`, false)
		FROM unnest($1::text[], $2::text[]) u (n, want)
		     LEFT JOIN pg_catalog.pg_available_extensions x ON x.name = n
		     LEFT JOIN pg_catalog.pg_available_extension_versions v ON v.name = n AND v.version = x.default_version
		ORDER BY n`, names, versions)
	if err != nil {
		return "", nil, session.Fault(report.Target, doing, err)
	}
	var missing, untrusted []string
	var found []report.Finding
	var name, want, have string
	var super bool
	_, err = pgx.ForEachRow(rows, []any{&name, &want, &have, &super}, func() error {
		switch {
		case have == "":
			missing = append(missing, name)
		case super && !s.Admin.Superuser():
			untrusted = append(untrusted, name)
		}
		if have != "" && have != want {
			found = append(found, report.Finding{
				Code: "extension-version", Severity: report.Low, Subject: name, Count: 1,
				Message: fmt.Sprintf("production has the extension in version %s, staging's server makes version %s", want, have),
				Hint:    "install the same package on both servers where the difference matters",
			})
		}
		return nil
	})
	if err != nil {
		return "", nil, session.Fault(report.Target, doing, err)
	}
	if len(missing) > 0 {
		return "", found, &report.Fault{
			Side: report.Target, Doing: doing, Err: fmt.Errorf("its server does not have %s", strings.Join(missing, ", ")),
			Hint: "install the packages that bring them (postgresql-contrib for PostgreSQL's own)",
		}
	}
	if untrusted, err = s.notThere(ctx, untrusted); err != nil {
		return "", found, err
	}
	if len(untrusted) > 0 {
		return "", found, &report.Fault{
			Side: report.Target, Doing: doing, Err: fmt.Errorf("only a superuser may make %s: PostgreSQL does not trust them to others", strings.Join(untrusted, ", ")),
			Hint: "have a superuser make them once in a template, and name it with --template: CREATE DATABASE understudy_template TEMPLATE template0 IS_TEMPLATE true; \\c understudy_template; CREATE EXTENSION " + catalog.Quote(untrusted[0]) + "; or, on a platform, grant its administrators' role",
		}
	}
	return fmt.Sprintf("%d, all there", len(names)), found, nil
}

// platformAdmins are roles whose members may make extensions that are not trusted.
var platformAdmins = []string{"rds_superuser", "cloudsqlsuperuser", "azure_pg_admin", "neon_superuser"}

// notThere takes out the extensions that the template, or with InPlace staging itself,
// has already, and all of them where a platform's administrators may make them.
func (s *Site) notThere(ctx context.Context, names []string) ([]string, error) {
	if len(names) == 0 {
		return nil, nil
	}
	const doing = "look for a platform's administrators"
	var member bool
	err := s.Target.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = ANY ($1) AND pg_catalog.pg_has_role(oid, 'MEMBER'))`, platformAdmins).Scan(&member)
	if err != nil {
		return nil, session.Fault(report.Target, doing, err)
	}
	if member {
		return nil, nil
	}
	template := s.Template
	if s.InPlace {
		template = s.TargetConfig.Name()
	}
	if template == "" {
		return names, nil
	}
	conn, err := session.Connect(ctx, s.TargetConfig.Database(template), session.Target("doctor"))
	if err != nil {
		return nil, err
	}
	defer shut(ctx, conn)
	var left []string
	err = conn.QueryRow(ctx, `SELECT coalesce(pg_catalog.array_agg(n ORDER BY n), '{}') FROM pg_catalog.unnest($1::text[]) n
		WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_extension WHERE extname = n)`, names).Scan(&left)
	return left, session.Fault(report.Target, "look for the extensions of "+template, err)
}

// roles looks for the roles that row security policies name, after the rules' mapping.
func roles(ctx context.Context, s *Site) (string, []report.Finding, error) {
	const doing = "check the target's roles"
	var named []string
	err := s.Source.QueryRow(ctx, `SELECT coalesce(pg_catalog.array_agg(DISTINCT r::text), '{}') FROM pg_catalog.pg_policies p, pg_catalog.unnest(p.roles) r WHERE r <> 'public'`).Scan(&named)
	if err != nil {
		return "", nil, session.Fault(report.Source, "list the roles of policies", err)
	}
	want := named
	if s.Rules != nil {
		for i, n := range named {
			if to, ok := s.Rules.Roles[n]; ok {
				want[i] = to
			}
		}
		for _, to := range s.Rules.Roles {
			want = append(want, to)
		}
	}
	missing, err := schema.MissingRoles(ctx, s.Target, want)
	if err != nil {
		return "", nil, err
	}
	if len(missing) > 0 {
		return "", nil, &report.Fault{
			Side: report.Rules, Doing: doing, Err: fmt.Errorf("policies or the rules' roles name some that it does not have: %s", strings.Join(missing, ", ")),
			Hint: "create them there, or map them in the rules: roles: {" + missing[0] + ": a role of the target}",
		}
	}
	return fmt.Sprintf("%d are named by policies", len(named)), nil, nil
}

// tablespace asks for the right to put the incoming database where the old staging is.
func tablespace(ctx context.Context, s *Site) (string, []report.Finding, error) {
	space := s.Status.Database.Tablespace
	if !s.Status.Exists || s.InPlace || space == "pg_default" {
		return "the server's default", nil, nil
	}
	var may bool
	err := s.Target.QueryRow(ctx, "SELECT pg_catalog.has_tablespace_privilege($1::text, 'CREATE')", space).Scan(&may)
	if err != nil {
		return "", nil, session.Fault(report.Target, "look at tablespace "+space, err)
	}
	if !may {
		return "", nil, &report.Fault{
			Side: report.Target, Doing: "look at tablespace " + space, Err: fmt.Errorf("role %s may not make databases in it, and the old staging lies there", s.Status.Role),
			Hint: "GRANT CREATE ON TABLESPACE " + catalog.Quote(space) + " TO " + catalog.Quote(s.Status.Role),
		}
	}
	return space, nil, nil
}

// locks asks both servers for room in their lock tables.
func locks(ctx context.Context, s *Site) (string, []report.Finding, error) {
	var have int64
	err := s.Target.QueryRow(ctx, `SELECT pg_catalog.current_setting('max_locks_per_transaction')::bigint
		* (pg_catalog.current_setting('max_connections')::bigint + pg_catalog.current_setting('max_prepared_transactions')::bigint)`).Scan(&have)
	if err != nil {
		return "", nil, session.Fault(report.Target, "ask how many locks the server has room for", err)
	}
	need := schema.LocksAtOnce(len(s.Catalog.Tables))
	if need > have*9/10 {
		return "", nil, &report.Fault{
			Side: report.Target, Doing: "look for room in the lock table", Err: fmt.Errorf("the schema's largest transaction takes about %d locks, and the server has room for %d", need, have),
			Hint: "raise max_locks_per_transaction on the target",
		}
	}
	return fmt.Sprintf("about %d at once, room for %d", need, have), nil, nil
}

// disk estimates what the run adds on the target's disk, and compares it with what is
// free where we can see it: on this very machine.
func disk(ctx context.Context, s *Site) (string, []report.Finding, error) {
	var one int64
	for i := range s.Catalog.Tables {
		t := &s.Catalog.Tables[i]
		if t.Extension != "" || s.skips(t.Name.String()) {
			continue
		}
		one += t.Bytes
		for _, x := range t.Indexes {
			one += x.Bytes
		}
	}
	size := func(n int64) string { return humanize.IBytes(uint64(max(n, 0))) } //nolint:gosec // not negative
	generations := s.Keep + 2
	if s.InPlace {
		generations = 2 // what is emptied goes with the commit
	}
	seen := fmt.Sprintf("about %s for the copy; with %d kept, %d generations take %s while it runs, and as much write-ahead log as the server keeps", size(one), s.Keep, generations, size(int64(generations)*one))
	path, err := s.dataPath(ctx)
	if err != nil || path == "" {
		return seen, nil, err
	}
	var fs syscall.Statfs_t
	if syscall.Statfs(path, &fs) != nil {
		return seen, nil, nil
	}
	free := int64(fs.Bavail) * int64(fs.Bsize) //nolint:gosec,unconvert // of other types on other systems
	if free < one {
		return seen, nil, &report.Fault{
			Side: report.Target, Doing: "look for room on the target's disk", Err: fmt.Errorf("the copy takes about %s, and %s are free", size(one), size(free)),
			Hint: "make room, or keep fewer generations: understudy publish --target … --clean --keep-generations 0",
		}
	}
	return seen + "; " + size(free) + " are free", nil, nil
}

// dataPath is where the copy will lie, when that is a folder of this machine and the role
// may know it; else empty.
func (s *Site) dataPath(ctx context.Context) (string, error) {
	if !s.TargetConfig.Link(s.Target).Socket {
		return "", nil
	}
	var path *string
	err := s.Target.QueryRow(ctx, `
		SELECT coalesce(nullif((SELECT pg_catalog.pg_tablespace_location(oid) FROM pg_catalog.pg_tablespace WHERE spcname = $1), ''),
		       CASE WHEN pg_catalog.pg_has_role('pg_read_all_settings', 'USAGE') THEN pg_catalog.current_setting('data_directory') END)`,
		s.Status.Database.Tablespace).Scan(&path)
	if err != nil || path == nil {
		return "", session.Fault(report.Target, "ask where the target's data lie", err)
	}
	return *path, nil
}
