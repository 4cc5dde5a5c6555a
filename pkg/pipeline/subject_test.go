package pipeline

import (
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"github.com/understudy-db/understudy/pkg/mask/prf"
	"github.com/understudy-db/understudy/pkg/pgtest"
	"github.com/understudy-db/understudy/pkg/publish"
)

const subjectRules = `version: 1
tables:
  public.people:
    subject: id
    columns:
      id: {mask: key, bits: 20}
      name: {mask: full_name, from: subject}
  public.orders:
    keep:
      - {why: "nobody is in it", columns: [id, total]}
`

func TestAPersonIsFoundInEveryGenerationAndTakenOutOfThem(t *testing.T) {
	t.Parallel()
	s := newStory(t, subjectRules, "CREATE TABLE people (id int PRIMARY KEY, name text NOT NULL); CREATE TABLE orders (id int PRIMARY KEY, person int REFERENCES people, total int)",
		"INSERT INTO people SELECT i, 'Somebody Else' || chr(64 + i) FROM generate_series(1, 20) i; INSERT INTO orders SELECT i, 1 + i % 20, i FROM generate_series(1, 60) i")
	s.o.KeepGenerations = 3
	s.run(t) // person 7 is here
	pgtest.Exec(t, s.source, "DELETE FROM orders WHERE person = 7; DELETE FROM people WHERE id = 7")
	s.run(t) // and was forgotten before this one
	ask := func(o SubjectOptions) []Presence {
		t.Helper()
		o.Target, o.Rules, o.Key, o.Log = s.o.Target, s.o.Rules, s.o.Key, zerolog.Nop()
		found, err := Subject(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	found := ask(SubjectOptions{ID: "7"})
	if len(found) != 2 || found[0].State != publish.Staging || len(found[0].Rows) != 0 || len(found[1].Rows) != 2 || found[1].Rows[1].Rows != 3 {
		t.Fatalf("%+v", found)
	}
	if ask(SubjectOptions{ID: "8"})[1].Rows[0].Rows != 1 {
		t.Error("somebody else is not found")
	}
	// looking opened no door
	all, err := Generations(t.Context(), PublishOptions{Target: s.o.Target})
	if err != nil || len(all) != 2 {
		t.Fatalf("%v %+v", err, all)
	}
	var open bool
	if err := pgtest.Conn(t, s.source).QueryRow(t.Context(), "SELECT datallowconn FROM pg_database WHERE datname = $1", all[1].Name).Scan(&open); err != nil || open {
		t.Errorf("the generation lets people in: %v", err)
	}
	if found = ask(SubjectOptions{ID: "7", Drop: true}); !found[1].Dropped || found[0].Dropped {
		t.Fatalf("%+v", found)
	}
	if found = ask(SubjectOptions{ID: "7"}); len(found) != 1 {
		t.Errorf("%+v", found)
	}
	for _, c := range []struct {
		o    SubjectOptions
		want string
	}{
		{SubjectOptions{ID: "seven", Key: s.o.Key}, "is no"},
		{SubjectOptions{ID: "7", Table: "public.orders", Key: s.o.Key}, "name no subject"},
		{SubjectOptions{ID: "7"}, "no --key-file"},
		{SubjectOptions{ID: "7", Table: "public.nothing", Key: prf.TestKey()}, "no subject"},
	} {
		c.o.Target, c.o.Rules, c.o.Log = s.o.Target, s.o.Rules, zerolog.Nop()
		if _, err := Subject(t.Context(), c.o); err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "seven") {
			t.Errorf("%+v: %v", c.o.Table, err)
		}
	}
}
