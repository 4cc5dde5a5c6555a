package pipeline

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/understudy-db/understudy/pkg/pgtest"
	"github.com/understudy-db/understudy/pkg/publish"
	"github.com/understudy-db/understudy/pkg/session"
)

func TestCleanDropsLeftoversAndOldGenerationsAndNothingElse(t *testing.T) {
	t.Parallel()
	s := newStory(t, peopleRules, people)
	s.o.KeepGenerations = 3
	staging := nameOf(t, s.o.Target)
	t.Cleanup(func() {
		for _, name := range databasesLike(t, s.source, staging+"\\_\\_%") {
			pgtest.Drop(t, name)
		}
	})
	for range 3 {
		s.run(t)
	}
	target, err := session.ParseTarget(s.o.Target)
	if err != nil {
		t.Fatal(err)
	}
	admin, err := publish.Open(t.Context(), target, "")
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close(context.WithoutCancel(t.Context()))
	left, _, err := admin.CreateIncoming(t.Context(), publish.Spec{Staging: staging, RunID: "dead", At: time.Now(), Encoding: "UTF8", Collate: "C", CType: "C"})
	if err != nil {
		t.Fatal(err)
	}
	pgtest.Exec(t, s.source, `CREATE DATABASE "`+staging+`__incoming_notes"`) // somebody's, whatever its name

	pgtest.Conn(t, pgtest.With(t, s.source, staging))
	all, err := Generations(t.Context(), PublishOptions{Target: s.o.Target})
	if err != nil || len(all) != 4 || len(all[0].Sessions) != 1 {
		t.Errorf("the list: %+v, %v", all, err)
	}
	dropped, err := Clean(t.Context(), PublishOptions{Target: s.o.Target, Keep: 1})
	if err != nil || len(dropped) != 2 || dropped[0] != left || !strings.HasPrefix(dropped[1], staging+"__g") {
		t.Errorf("dropped %s, %v", dropped, err)
	}
	if dropped, err = Clean(t.Context(), PublishOptions{Target: s.o.Target, Keep: 1, MaxAge: time.Nanosecond}); err != nil || len(dropped) != 1 {
		t.Errorf("by age: %s, %v", dropped, err)
	}
	if names := databasesLike(t, s.source, staging+"%"); len(names) != 2 || !slices.Contains(names, staging) {
		t.Errorf("what is left: %s", names)
	}
	if err := admin.Lock(t.Context(), staging); err != nil {
		t.Fatal(err)
	}
	if _, err := Clean(t.Context(), PublishOptions{Target: s.o.Target}); err == nil {
		t.Error("it cleaned while a run was at work")
	}
}
