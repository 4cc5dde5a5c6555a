package preflight

import (
	"fmt"
	"strings"

	"github.com/understudy-db/understudy/pkg/catalog"
)

// Roles names what the scripts are written for.
type Roles struct {
	Database string // production's
	Staging  string
	Reader   string // the role on production
	Owner    string // the role on staging's server
	Version  int    // major version of the servers; 0 is 14 or newer
}

// ReaderScript returns the SQL that makes a role which may read production and nothing
// else. Its owner or a superuser runs it, in the production database.
func ReaderScript(r Roles) string {
	q := catalog.Quote
	var b strings.Builder
	fmt.Fprintf(&b, "-- On production, in the database %s, by a superuser. Then set the password: \\password %s\n", r.Database, r.Reader)
	fmt.Fprintf(&b, "CREATE ROLE %s LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION;\n", q(r.Reader))
	fmt.Fprintf(&b, "ALTER ROLE %s SET default_transaction_read_only = on;\n", q(r.Reader))
	fmt.Fprintf(&b, "GRANT CONNECT ON DATABASE %s TO %s;\n", q(r.Database), q(r.Reader))
	if r.Version == 0 || r.Version >= 14 {
		fmt.Fprintf(&b, "GRANT pg_read_all_data TO %s;\n", q(r.Reader))
	} else {
		fmt.Fprintf(&b, `DO $$
DECLARE s name;
BEGIN
  FOR s IN SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' LOOP
    EXECUTE format('GRANT USAGE ON SCHEMA %%I TO %[1]s', s);
    EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA %%I TO %[1]s', s);
    EXECUTE format('GRANT SELECT ON ALL SEQUENCES IN SCHEMA %%I TO %[1]s', s);
  END LOOP;
END $$;
-- What is made later needs the same: run this again, or ALTER DEFAULT PRIVILEGES FOR ROLE …
`, q(r.Reader))
	}
	fmt.Fprintf(&b, "-- Only where tables have row security, which hides rows from others:\n-- ALTER ROLE %s BYPASSRLS;\n", q(r.Reader))
	return b.String()
}

// OwnerScript returns the SQL that makes a role which may make databases on staging's
// server and owns staging. A superuser runs it, in any database.
func OwnerScript(r Roles) string {
	q := catalog.Quote
	var b strings.Builder
	fmt.Fprintf(&b, "-- On staging's server, by a superuser. Then set the password: \\password %s\n", r.Owner)
	fmt.Fprintf(&b, "CREATE ROLE %s LOGIN CREATEDB NOSUPERUSER NOCREATEROLE NOREPLICATION;\n", q(r.Owner))
	fmt.Fprintf(&b, "-- For --sessions terminate, when others are logged in to staging:\nGRANT pg_signal_backend TO %s;\n", q(r.Owner))
	if r.Version == 0 || r.Version >= 15 {
		fmt.Fprintf(&b, "-- Keeps statements and rows out of the server's log when something fails (15 and newer):\nGRANT SET ON PARAMETER log_min_error_statement, log_error_verbosity TO %s;\n", q(r.Owner))
	}
	fmt.Fprintf(&b, "-- Only if staging is there already:\n-- ALTER DATABASE %s OWNER TO %s;\n", q(r.Staging), q(r.Owner))
	return b.String()
}
