package publish

import (
	"fmt"
	"strings"
	"testing"

	"github.com/understudy-db/understudy/pkg/report"
)

func TestGuardRefusesWhatIsNotOurs(t *testing.T) {
	t.Parallel()
	ours := func(state State, staging string) Database {
		return Database{Name: "staging", OID: 1, Owner: "app", Owns: true, Mark: &Mark{Version: 1, Staging: staging, State: state}}
	}
	cases := []struct {
		name   string
		change func(*Status)
		opt    GuardOptions
		want   string // empty: let through
		side   report.Side
		hint   string
	}{
		{name: "nothing is there", change: func(s *Status) { s.Exists = false }},
		{name: "our own staging", change: func(*Status) {}},
		{name: "an empty database", change: func(s *Status) { s.Database.Mark, s.Empty = nil, true }},
		{name: "somebody's database", change: func(s *Status) { s.Database.Mark = nil }, want: "we did not write", side: report.Usage, hint: "--adopt"},
		{name: "somebody's database, adopted", change: func(s *Status) { s.Database.Mark = nil }, opt: GuardOptions{Adopt: true}},
		{name: "a copy of another staging", change: func(s *Status) { s.Database = ours(Staging, "other") }, want: "we did not write", side: report.Usage},
		{name: "an incoming database", change: func(s *Status) { s.Database = ours(Incoming, "real") }, want: "unfinished incoming", side: report.Usage, hint: "real"},
		{name: "a generation", change: func(s *Status) { s.Database = ours(Previous, "real") }, opt: GuardOptions{Adopt: true}, want: "previous generation", side: report.Usage, hint: "publish --undo"},
		{name: "the source", change: func(*Status) {}, opt: GuardOptions{Same: true, Adopt: true, Mean: "staging"}, want: "the target is the source", side: report.Usage},
		{name: "a name like production", change: func(s *Status) { s.Staging = "shop_Prod" }, want: "sounds like production", side: report.Usage, hint: "--i-mean shop_Prod"},
		{name: "a name like production, meant", change: func(s *Status) { s.Staging, s.Exists = "shop_prod", false }, opt: GuardOptions{Mean: "shop_prod"}},
		{name: "another name meant", change: func(s *Status) { s.Staging = "live-2" }, opt: GuardOptions{Mean: "live"}, want: "sounds like production", side: report.Usage},
		{name: "a name with prod inside of a word", change: func(s *Status) { s.Staging, s.Exists = "products", false }},
		{name: "a maintenance database", change: func(s *Status) { s.Staging = "postgres" }, want: "maintenance", side: report.Usage},
		{name: "a template", change: func(s *Status) { s.Database.Template = true }, want: "template", side: report.Usage},
		{name: "a name too long", change: func(s *Status) { s.Staging = strings.Repeat("x", 64) }, want: "64 bytes", side: report.Usage},
		{name: "no CREATEDB", change: func(s *Status) { s.CreateDB = false }, want: "may not create", side: report.Target, hint: `ALTER ROLE "dev" CREATEDB`},
		{name: "another's staging", change: func(s *Status) { s.Database.Owns = false }, want: "does not own", side: report.Target, hint: `GRANT "app" TO "dev"`},
		{name: "prepared transactions", change: func(s *Status) { s.Prepared = 2 }, want: "2 prepared", side: report.Target, hint: "pg_prepared_xacts"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := &Status{Staging: "staging", Exists: true, Database: ours(Staging, "staging"), Role: "dev", CreateDB: true}
			c.change(s)
			err := Guard(s, c.opt)
			if c.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if report.SideOf(err) != c.side || !strings.Contains(fmt.Sprint(err), c.want) || !strings.Contains(report.HintOf(err), c.hint) {
				t.Errorf("error is %v; hint is %s", err, report.HintOf(err))
			}
		})
	}
}

func TestBusyNamesTenSessionsAndCountsTheRest(t *testing.T) {
	t.Parallel()
	b := &Busy{Database: "staging", Prepared: 1}
	for i := range 12 {
		b.Sessions = append(b.Sessions, Session{PID: i + 1, User: "app", Application: "psql\n"})
	}
	got := b.Error()
	if !strings.HasPrefix(got, "staging is in use by pid 1 (app, psql )") || !strings.Contains(got, "and 2 more") || strings.Contains(got, "\n") {
		t.Error(got)
	}
	if BusyOf(&report.Fault{Err: b}) != b || BusyOf(nil) != nil {
		t.Error("a busy error is not found")
	}
}
