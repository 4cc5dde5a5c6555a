package report

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func sample() *Run {
	start := time.Date(2026, 3, 1, 2, 0, 0, 0, time.UTC)
	return &Run{
		Version: RunVersion, ID: "r1", Started: start, Finished: start.Add(90 * time.Second), Outcome: Withheld, Exit: 4,
		Steps:  []Step{{Number: 8, Name: "copy data", Millis: 30000, Done: true, Detail: "2 workers"}},
		Tables: []Table{{Name: `public."<script>alert(1)</script>`, Rows: 60000, Bytes: 3 << 20, Format: "binary", Masked: 5}},
		Ledger: Ledger{{Schema: "public", Table: "t\u202e", Column: "c", Decision: "mask", Masker: "email"}, {Decision: "keep", Reason: "a, b"}},
		Findings: []Finding{
			{Code: "unmasked-email", Severity: High, Subject: "public.t.c", Message: "m", Count: 2, Locators: []Locator{{Query: "SELECT 1"}}},
			{Code: "placeholder", Severity: High, Accepted: &Accepted{Why: "known"}},
		},
		Columns:    []Column{{Schema: "public", Table: "t", Column: "c", Masked: 70, DistinctBefore: 61, DistinctAfter: 60, Shapes: []Shape{{Shape: "Aa <b>", Before: 60, After: 58}, {Before: 10, After: 12}}}},
		Quasi:      []Quasi{{Table: "public.t", Columns: []string{"c"}, Rows: 60, Cells: 9, Smallest: 1, Sizes: []Cells{{From: 1, To: 1, Cells: 1, Rows: 1}, {From: 10, Cells: 8, Rows: 59}}}},
		Trend:      []Night{{ID: "r0", Started: start.AddDate(0, 0, -1), Millis: 80000, Outcome: Published, Rows: 59000, Bytes: 3 << 20, Columns: 2, Masked: 1, Kept: 1}},
		NotCovered: []string{"sequences"},
	}
}

func TestRecordSurvivesJSON(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := sample().WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	back, err := ReadRun(&b)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(sample(), back); d != "" {
		t.Error(d)
	}
}

func TestRareShapesAreTogether(t *testing.T) {
	t.Parallel()
	got := Shapes(map[string]int64{"Aa": 50, "9": 9, "a": 12, "": 3}, map[string]int64{"Aa": 40, "a": 2, "x": 11})
	want := []Shape{{Shape: "Aa", Before: 50, After: 40}, {Shape: "x", After: 11}, {Before: 24, After: 2}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestNewerRecordIsRefused(t *testing.T) {
	t.Parallel()
	if _, err := ReadRun(strings.NewReader(`{"version": 99}`)); err == nil {
		t.Error("it was read")
	}
}

func TestHostileNamesAreHarmless(t *testing.T) {
	t.Parallel()
	var html, text bytes.Buffer
	r := sample()
	r.Ledger = append(r.Ledger, Entry{Schema: "public", Table: `<script>alert(2)</script>" onload="`, Column: "<i>", Decision: "keep", Risk: RiskHigh, Kind: "<kind>"})
	if err := r.WriteHTML(&html); err != nil {
		t.Fatal(err)
	}
	if err := r.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(html.String(), "fill:rgb") || strings.Contains(html.String(), "stroke:rgb") {
		t.Error("a chart has a colour of its own, which the dark page does not change")
	}
	if strings.Contains(html.String(), "<script>alert") {
		t.Error("a name became a script")
	}
	for _, out := range []string{html.String(), text.String()} {
		if strings.ContainsRune(out, '\u202e') {
			t.Error("a mark of direction came through")
		}
	}
	for _, banned := range []string{"http://", "https://", "src=", "url(", "@import"} {
		if strings.Contains(html.String(), banned) {
			t.Errorf("the page asks for something elsewhere: %s", banned)
		}
	}
}

func TestAcceptedFindingsDoNotCount(t *testing.T) {
	t.Parallel()
	r := sample()
	if worst, any := Worst(r.Findings[1:]); any {
		t.Errorf("worst is %v", worst)
	}
	if worst, any := Worst(r.Findings); !any || worst != High {
		t.Errorf("worst is %v, %v", worst, any)
	}
}

func TestInnermostHintAndOutermostSideWin(t *testing.T) {
	t.Parallel()
	inner := &Fault{Side: Target, Doing: "store", Hint: "near", Err: errors.New("x")}
	err := fmt.Errorf("wrapped: %w", &Fault{Doing: "copy", Hint: "far", Err: inner})
	if got := HintOf(err); got != "near" {
		t.Errorf("hint %q", got)
	}
	if got := SideOf(err); got != Target {
		t.Errorf("side %v", got)
	}
	if SideOf(errors.New("plain")) != Unclassified {
		t.Error("a plain error has a side")
	}
}

func TestListsOfARunThatFailedEarlyAreEmptyNotNull(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := (&Run{Version: RunVersion}).WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), "null") || !strings.Contains(b.String(), `"findings": []`) {
		t.Error(b.String())
	}
}

func TestThePageSaysHowLongGenerationsAreKept(t *testing.T) {
	t.Parallel()
	for want, r := range map[string]Retention{
		"2 generations before this one at the most, 30 days from when they were replaced": {Generations: 2, MaxAge: (30 * 24 * time.Hour).Milliseconds()},
		"1 generation before this one at the most, 36h0m0s from when they were replaced":  {Generations: 1, MaxAge: (36 * time.Hour).Milliseconds()},
		"1 generation before this one at the most, of any age":                            {Generations: 1},
		"no generation before this one is kept":                                           {MaxAge: 1000},
	} {
		var page bytes.Buffer
		if err := (&Run{Retention: r}).WriteHTML(&page); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(page.String(), "<dd>"+want+"</dd>") {
			t.Errorf("%q is not on the page", want)
		}
	}
}

func TestThousandsOfTablesThatDifferDoNotFillTheFirstPage(t *testing.T) {
	t.Parallel()
	r := &Run{}
	for i := range 3000 {
		r.Tables = append(r.Tables, Table{Name: fmt.Sprintf("public.t%04d", i), SourceRows: 1})
	}
	var page bytes.Buffer
	if err := r.WriteHTML(&page); err != nil {
		t.Fatal(err)
	}
	_, sentence, _ := strings.Cut(page.String(), "3000 tables differ")
	sentence, _, _ = strings.Cut(sentence, "</dd>")
	if strings.Count(sentence, "public.t") != 20 || !strings.Contains(sentence, "section Tables") {
		t.Errorf("reconciliation: %s", sentence)
	}
}
