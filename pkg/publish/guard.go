package publish

import (
	"errors"
	"fmt"

	"github.com/understudy-db/understudy/pkg/report"
)

// GuardOptions is what the person said, and what the caller found out about the source.
type GuardOptions struct {
	Same  bool   // the target is the source's database, in the source's cluster
	Adopt bool   // take over a database that lacks our mark
	Mean  string // a name that sounds like production, repeated on purpose

	InPlace bool // the database is loaded, and none is made or renamed
}

// Guard says why a refresh may not replace what stands at the staging's name, or nil.
// Errors are faults of usage, or of the target where rights are missing; each tells
// what to do.
func Guard(s *Status, opt GuardOptions) error {
	refuse := func(side report.Side, hint, format string, args ...any) error {
		return &report.Fault{Side: side, Doing: "guard the target " + s.Staging, Err: fmt.Errorf(format, args...), Hint: hint}
	}
	if opt.Same {
		return refuse(report.Usage, "name another database, on another server if you can", "the target is the source")
	}
	if err := checkName(s.Staging); err != nil {
		return refuse(report.Usage, "", "%w", err)
	}
	if s.Staging == "postgres" || s.Staging == "template0" || s.Staging == "template1" || s.Database.Template {
		return refuse(report.Usage, "name a database of its own", "it is a maintenance or template database")
	}
	if SoundsLikeProduction(s.Staging) && opt.Mean != s.Staging {
		return refuse(report.Usage, "if it is staging all the same, repeat its name: --i-mean "+s.Staging, "its name sounds like production")
	}
	if s.Exists {
		mark := s.Database.Mark
		switch {
		case mark != nil && mark.State == Incoming:
			return refuse(report.Usage, "name the staging "+mark.Staging, "it is an unfinished incoming database")
		case mark != nil && mark.State == Previous:
			return refuse(report.Usage, "name the staging "+mark.Staging+", or bring the generation back with publish --undo", "it is a previous generation")
		case (mark == nil || mark.Staging != s.Staging) && !s.Empty && !opt.Adopt:
			return refuse(report.Usage, "if this database may be replaced, say so once: --adopt", "it holds objects that we did not write: %w", errNotOurs)
		}
	}
	if opt.InPlace && !s.Exists {
		return refuse(report.Usage, "make it, with the source's schema: --in-place loads what is there", "there is no database to load in place")
	}
	if !s.CreateDB && !opt.InPlace {
		return refuse(report.Target, fmt.Sprintf("ALTER ROLE %s CREATEDB", quote(s.Role)), "role %s may not create databases", s.Role)
	}
	if s.Exists && !s.Database.Owns {
		return refuse(report.Target, fmt.Sprintf("GRANT %s TO %s", quote(s.Database.Owner), quote(s.Role)), "role %s does not own the database, role %s does", s.Role, s.Database.Owner)
	}
	if s.Prepared > 0 && !opt.InPlace {
		return refuse(report.Target, "commit or roll back what SELECT * FROM pg_prepared_xacts shows", "%d prepared transactions keep it from being renamed", s.Prepared)
	}
	return nil
}

// Busy says that sessions keep a database from being renamed or dropped.
type Busy struct {
	Database string
	Sessions []Session
	Prepared int
}

// Error names the sessions, ten of them at most.
func (b *Busy) Error() string {
	s := b.Database + " is in use"
	for i, one := range b.Sessions {
		switch i {
		case 10:
			return s + fmt.Sprintf(" and %d more", len(b.Sessions)-i)
		case 0:
			s += " by "
		default:
			s += ", "
		}
		s += one.String()
	}
	if b.Prepared > 0 {
		s += fmt.Sprintf(", and by %d prepared transactions", b.Prepared)
	}
	return s
}

// BusyOf returns the Busy in err, or nil. A swap that fails with one has changed
// nothing: the incoming database is whole and can be published later.
func BusyOf(err error) *Busy {
	var b *Busy
	if errors.As(err, &b) {
		return b
	}
	return nil
}
