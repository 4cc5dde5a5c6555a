package session

import (
	"errors"
	"strings"

	"github.com/understudy-db/understudy/pkg/report"
)

// Fault returns a report.Fault for an error of the database: reduced, with the side
// whose fault it is, what was being done (no values), and a hint that follows from the
// SQLSTATE or the trouble with the connection. An err that is a Fault already is kept
// inside, with its side and hint. nil stays nil.
func Fault(side report.Side, doing string, err error) error {
	if err == nil {
		return nil
	}
	reduced := Reduce(err)
	var inner *report.Fault
	if errors.As(reduced, &inner) {
		if inner.Side != report.Unclassified {
			side = inner.Side
		}
		return &report.Fault{Side: side, Doing: doing, Err: reduced}
	}
	return &report.Fault{Side: side, Doing: doing, Hint: hint(side, reduced), Err: reduced}
}

// hint says what to do next. Empty when we do not know better than the words.
func hint(side report.Side, err error) string {
	var link *LinkError
	if errors.As(err, &link) {
		return troubles[link.trouble].hint
	}
	var server *ServerError
	if !errors.As(err, &server) {
		return ""
	}
	switch server.SQLSTATE {
	case "28P01":
		return "check user and password: in the connection string, PGPASSWORD or the pass file"
	case "28000":
		return "check the role's LOGIN attribute and the server's pg_hba.conf for this host, user and database"
	case "3D000":
		return "check the database's name in the connection string; `psql -l` lists what the server has"
	case "42501":
		return deniedHint(side, server)
	case "53300":
		return "use fewer --jobs, or raise max_connections or the role's or database's connection limit"
	case "53100":
		return "make room on the server's disk; the copy needs the size of the database once more for every generation that is kept"
	case "53200":
		return "raise max_locks_per_transaction, which must hold every table, or the server's memory"
	case "55P03":
		return "another session holds the lock, a migration most likely; run again when it is done, or allow more time"
	case "55006":
		return "end the other sessions on it, or let the tool do so"
	case "40001":
		return "on a standby, raise max_standby_streaming_delay or set hot_standby_feedback = on, or copy from the primary"
	case "25006":
		if side == report.Target {
			return "the target is a standby or read-only: name the primary"
		}
	case "25P03", "57P05", "25P04":
		return "the run was stopped or cut off for longer than its own timeouts allow; run again"
	case "57014":
		return "if nobody cancelled it, the statement ran into its time limit"
	case "57P01", "57P02", "57P03":
		return "the server stops, restarts or recovers; run again when it is up"
	case "0A000":
		return "a pooler in transaction mode or a server that only resembles PostgreSQL may be in between; connect to PostgreSQL directly"
	case "22P05", "22021":
		return "source and target need the same encoding, UTF8 where possible"
	case "XX001", "XX002":
		return "the server's storage has an error: have it checked (pg_amcheck) before anything else"
	}
	return ""
}

// deniedHint gives the statement that grants what is missing.
func deniedHint(side report.Side, e *ServerError) string {
	if side == report.Target {
		return "the role needs CREATEDB and must own the staging database: ALTER ROLE … CREATEDB; ALTER DATABASE … OWNER TO …"
	}
	if e.Table != "" && e.Schema != "" {
		return "GRANT SELECT ON " + quote(e.Schema) + "." + quote(e.Table) + " TO the role; with row security on the table also ALTER ROLE … BYPASSRLS"
	}
	return "GRANT USAGE ON SCHEMA … and GRANT SELECT ON ALL TABLES IN SCHEMA … (or, from 14, GRANT pg_read_all_data) TO the role; where row security hides rows also ALTER ROLE … BYPASSRLS"
}

// quote returns an identifier in double quotes.
func quote(ident string) string { return `"` + strings.ReplaceAll(ident, `"`, `""`) + `"` }
