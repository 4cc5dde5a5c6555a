package report

import (
	"bytes"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// night returns a published run of the n-th night.
func night(n int) *Run {
	r := sample()
	r.Started = r.Started.AddDate(0, 0, n)
	r.Finished = r.Started.Add(time.Minute)
	r.ID = r.Started.Format("20060102T150405Z")
	r.Outcome, r.Trend = Published, nil
	return r
}

func TestARecordRemembersTheRunsBeforeIt(t *testing.T) {
	t.Parallel()
	folder := fstest.MapFS{}
	var last *Run
	for n := range TrendLength + 3 {
		r := night(n)
		r.Follow(Before(folder, r.ID))
		var b bytes.Buffer
		if err := r.WriteJSON(&b); err != nil {
			t.Fatal(err)
		}
		folder[r.ID+"/run.json"] = &fstest.MapFile{Data: b.Bytes()}
		last = r
	}
	if len(last.Trend) != TrendLength || last.Trend[TrendLength-1].ID != night(TrendLength+1).ID || last.Trend[0].ID != night(2).ID {
		t.Errorf("%d runs are remembered", len(last.Trend))
	}
	// neither a damaged record nor another's folder is part of a trend
	folder["20990101T000000Z/run.json"] = &fstest.MapFile{Data: []byte("{")}
	folder["20990102T000000Z/run.json"] = folder[last.ID+"/run.json"]
	folder["20990103T000000Z/other"] = &fstest.MapFile{}
	if got := Before(folder, NoID); got == nil || got.ID != last.ID {
		t.Errorf("the newest record is %v", got)
	}
	if Before(folder, night(0).ID) != nil || Before(fstest.MapFS{}, NoID) != nil {
		t.Error("there is a record before the first")
	}
}

func TestTwoRunsAreCompared(t *testing.T) {
	t.Parallel()
	a, b := night(0), night(1)
	if c := Compare(a, b); !c.Nothing() || c.Slower != 0 {
		t.Errorf("equal runs differ: %+v", c)
	}
	b.Rules.Digest = "other"
	b.Finished = b.Finished.Add(5 * time.Second)
	b.Ledger = Ledger{{Schema: "public", Table: "t\u202e", Column: "c", Decision: "keep", Type: "text"}, {Schema: "public", Table: "n", Column: "x", Decision: "mask", Masker: "email"}}
	b.Tables = []Table{{Name: "public.n", Rows: 3}}
	b.Findings = []Finding{{Code: "drift", Subject: "public.n"}, b.Findings[1]}
	c := Compare(a, b)
	want := []Change{{"public.t\u202e.c", "mask email, ", "keep, text"}, {"public.n.x", "", "mask email, "}, {"..", "keep, ", ""}}
	if d := cmp.Diff(want, c.Decisions); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]RowChange{{a.Tables[0].Name, 60000, 0}, {"public.n", 0, 3}}, c.Tables); d != "" {
		t.Error(d)
	}
	if !c.Rules || c.Catalog || c.Key || c.Slower != 5000 || len(c.NewFindings) != 1 || c.NewFindings[0].Code != "drift" || len(c.Gone) != 1 || c.Gone[0].Code != "unmasked-email" {
		t.Errorf("%+v", c)
	}
}

func TestTheIndexLinksItsRunsAndDrawsTheirTrend(t *testing.T) {
	t.Parallel()
	first, second, third := night(0), night(1), night(2)
	second.Follow(first)
	third.Follow(second)
	third.Ledger = append(third.Ledger, Entry{Schema: "public", Table: "<b>new", Column: "c", Decision: "mask", Masker: "email"})
	var b bytes.Buffer
	if err := WriteIndex(&b, third, second); err != nil {
		t.Fatal(err)
	}
	page := b.String()
	for _, r := range []*Run{first, second, third} {
		if !strings.Contains(page, `href="`+r.ID+`/report.html"`) {
			t.Errorf("%s is not linked", r.ID)
		}
	}
	if n := strings.Count(page, "<svg"); n != 4 {
		t.Errorf("%d charts", n)
	}
	if strings.Contains(page, "fill:rgb") || strings.Contains(page, "stroke:rgb") {
		t.Error("a chart has a colour of its own, which the dark page does not change")
	}
	if strings.Contains(page, "<b>new") || !strings.Contains(page, "&lt;b&gt;new") {
		t.Error("a name became markup, or is missing")
	}
	b.Reset()
	if err := WriteIndex(&b, first, nil); err != nil || strings.Contains(b.String(), "<svg") {
		t.Errorf("one run is a trend (%v)", err)
	}
}

func TestARotationNamesWhatChanges(t *testing.T) {
	t.Parallel()
	a, b := night(0), night(1)
	a.Key = Key{ID: "old"}
	ledger := Ledger{
		{Schema: "public", Table: "people", Column: "email", Decision: "mask", Masker: "email", Drawn: []string{"person.email"}},
		{Schema: "public", Table: "people", Column: "prefs", Decision: "mask", Masker: "json", Drawn: []string{"column:x", "person.email"}},
		{Schema: "public", Table: "people", Column: "phone", Decision: "mask", Masker: "phone", Drawn: []string{"person.phone"}},
		{Schema: "public", Table: "people", Column: "new", Decision: "mask", Masker: "phone", Drawn: []string{"new"}},
	}
	a.Ledger, b.Ledger = ledger[:3], ledger
	b.Key = Key{ID: "old", Domains: []DomainKey{{"person.email", "new"}}}
	c := Compare(a, b)
	want := []Rotated{{"person.email", "old", "new", []string{"public.people.email", "public.people.prefs"}}}
	if d := cmp.Diff(want, c.Rotated); d != "" || !c.Key || c.AllRotated || c.Nothing() {
		t.Errorf("%+v %s", c, d)
	}
	var page bytes.Buffer
	if err := WriteIndex(&page, b, a); err != nil || !strings.Contains(page.String(), "Another key for the domain person.email: the stand-ins of public.people.email, public.people.prefs changed") {
		t.Errorf("the page does not say so: %v", err)
	}
	// the last of a rotation: the new key is the one key, and what had it already stays
	last := night(2)
	last.Ledger, last.Key = ledger, Key{ID: "new"}
	c = Compare(b, last)
	if len(c.Rotated) != 3 || !c.Key || c.AllRotated {
		t.Errorf("%+v", c)
	}
	for _, r := range c.Rotated {
		if r.Domain == "person.email" {
			t.Error("a domain that keeps its key is rotated")
		}
	}
	if c = Compare(a, last); !c.AllRotated {
		t.Errorf("%+v", c)
	}
}
