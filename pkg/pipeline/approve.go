package pipeline

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/rs/zerolog"
	"golang.org/x/crypto/ssh"

	"github.com/understudy-db/understudy/pkg/attest"
	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/plan"
	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/review"
	"github.com/understudy-db/understudy/pkg/ruleset"
)

// CatalogVersion is the version of a saved catalog. A newer one is refused.
const CatalogVersion = 1

// SavedCatalog is a catalog as `show catalog` prints it.
type SavedCatalog struct {
	Version int `json:"version"`
	*catalog.Catalog
}

// ReadCatalog reads a catalog that `show catalog` has saved.
func ReadCatalog(path string) (*catalog.Catalog, error) {
	doing := "read the catalog " + path
	const hint = "save one with: understudy show catalog --json --source DSN"
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, &report.Fault{Side: report.Usage, Doing: doing, Err: cause(err), Hint: hint}
	}
	var head struct {
		Version int             `json:"version"`
		Tables  json.RawMessage `json:"tables"`
	}
	if err := json.Unmarshal(b, &head); err != nil || head.Tables == nil {
		return nil, &report.Fault{Side: report.Usage, Doing: doing, Err: errors.New("it is no saved catalog, or cut off"), Hint: hint}
	}
	if head.Version < 1 || head.Version > CatalogVersion {
		return nil, &report.Fault{
			Side: report.Usage, Doing: doing, Err: fmt.Errorf("it has version %d, and this program knows up to %d", head.Version, CatalogVersion), Hint: "use a newer understudy",
		}
	}
	var c catalog.Catalog
	if err := json.Unmarshal(b, &c); err != nil {
		return nil, &report.Fault{Side: report.Usage, Doing: doing, Err: errors.New("it is no saved catalog"), Hint: hint}
	}
	return &c, nil
}

// Review is rules held against a catalog.
type Review struct {
	Rules   *ruleset.Rules
	Catalog *catalog.Catalog
	Plan    *plan.Plan
	Now     string // the time that conditions and dates are judged by
}

// Examine makes the plan that a copy would follow, from a live source or a saved catalog.
// A *plan.Misfit says what does not fit; the Review has the catalog even then.
func Examine(ctx context.Context, rules *ruleset.Rules, source, saved string, log zerolog.Logger) (*Review, error) {
	v := &Review{Rules: rules, Now: time.Now().UTC().Format("2006-01-02 15:04:05+00")}
	var err error
	if saved != "" {
		v.Catalog, err = ReadCatalog(saved)
	} else {
		v.Catalog, v.Now, err = readOnly(ctx, source, log)
	}
	if err != nil {
		return nil, err
	}
	v.Plan, err = plan.Make(plan.Input{Rules: rules, Catalog: v.Catalog, SnapshotTime: v.Now, Jobs: runtime.NumCPU()})
	if err != nil {
		return v, err
	}
	accept(v.Plan.Findings, rules, dateOf(v.Now))
	return v, nil
}

// CheckOptions says what is checked, and against what. Without a source and a catalog only
// what the rules say by themselves is.
type CheckOptions struct {
	Rules    string
	Source   string
	Catalog  string
	Approval string // file; empty is the one beside the rules, where there is one
	Signers  string // file of who may approve; empty: only whether the approval is whole is looked at
	Log      zerolog.Logger
}

// Checked is what a check has found.
type Checked struct {
	Tables   int              `json:"tables"`
	Tests    int              `json:"tests"`
	Columns  int              `json:"columns,omitempty"`
	Findings []report.Finding `json:"findings"`
	Plan     *plan.Plan       `json:"-"` // nil without a catalog, and when the rules do not fit
}

// Check looks at rules. When they do not fit the catalog the error is a *plan.Misfit, and
// the findings have it as well.
func Check(ctx context.Context, o CheckOptions) (*Checked, error) {
	rules, err := LoadRules(o.Rules)
	if err != nil {
		return nil, err
	}
	out := &Checked{Tables: len(rules.Tables), Findings: []report.Finding{}}
	offline := o.Source == "" && o.Catalog == ""
	if offline { // with a catalog the plan says more
		if err := plan.CheckActions(rules, time.Now().UTC().Truncate(24*time.Hour)); err != nil {
			return nil, &report.Fault{Side: report.Usage, Doing: "check the rules", Err: err}
		}
	}
	if out.Tests, err = RunTests(rules); err != nil || offline {
		return out, err
	}
	approved, err := ReadApproval(cmp.Or(o.Approval, ApprovalFile(o.Rules)))
	if err != nil {
		return nil, err
	}
	v, err := Examine(ctx, rules, o.Source, o.Catalog, o.Log)
	var misfit *plan.Misfit
	if err != nil && !errors.As(err, &misfit) {
		return nil, err
	}
	if out.Plan = v.Plan; misfit != nil {
		out.Plan = nil
		out.Findings = append(out.Findings, review.Misfit(misfit, rules.File)...)
	} else {
		out.Columns = len(v.Plan.Ledger)
		out.Findings = append(append(out.Findings, v.Plan.Findings...), review.Judge(v.Plan, v.Catalog, dateOf(v.Now))...)
	}
	found, err2 := judgeApproval(approved, rules, o, v, out.Plan, misfit)
	if err2 != nil {
		return nil, err2
	}
	out.Findings = append(out.Findings, found...)
	accept(out.Findings, rules, dateOf(v.Now))
	return out, err
}

// judgeApproval says whether the approval counts, and what has changed since. From one that
// was changed after it was signed nothing is believed.
func judgeApproval(approved *attest.Signed, rules *ruleset.Rules, o CheckOptions, v *Review, p *plan.Plan, misfit *plan.Misfit) ([]report.Finding, error) {
	path := cmp.Or(o.Approval, ApprovalFile(o.Rules))
	bad := func(severity report.Severity, why string) report.Finding {
		return report.Finding{Code: "approval", Severity: severity, Subject: path, Message: why, Count: 1, Hint: approveHint}
	}
	var signers attest.Signers
	if o.Signers != "" {
		var err error
		if signers, err = ReadSigners(o.Signers, o.Rules); err != nil {
			return nil, err
		}
		if approved == nil {
			return []report.Finding{bad(report.High, "there is no approval")}, nil
		}
	}
	if approved == nil {
		return nil, nil
	}
	if err := approved.Intact(); err != nil {
		return []report.Finding{bad(report.High, err.Error())}, nil
	}
	var found []report.Finding
	if o.Signers != "" {
		if err := approved.Verify(signers, rules.Authors, time.Now()); err != nil {
			found = append(found, bad(report.High, err.Error()))
		}
	}
	if approved.Rules != rules.Digest {
		found = append(found, bad(report.Low, fmt.Sprintf("the rules were changed after %s approved them on %s: a copy with --require-approval refuses them", approved.Reviewer, approved.Signed.Format(time.DateOnly))))
	}
	return append(found, review.Drift(approved, v.Catalog.Structure(), p, misfit)...), nil
}

// Compare says what changes from one rules file to another; with a source or a saved
// catalog, what both make of it.
func Compare(ctx context.Context, before, after string, o CheckOptions) ([]review.Difference, error) {
	old, err := LoadRules(before)
	if err != nil {
		return nil, err
	}
	now, err := LoadRules(after)
	if err != nil {
		return nil, err
	}
	if o.Source == "" && o.Catalog == "" {
		return review.Diff(old, now), nil
	}
	ledgers := make([]report.Ledger, 0, 2)
	for _, rules := range []*ruleset.Rules{old, now} {
		v, err := Examine(ctx, rules, o.Source, o.Catalog, o.Log)
		var misfit *plan.Misfit
		if errors.As(err, &misfit) {
			return nil, fmt.Errorf("%s: %w", rules.File, err)
		}
		if err != nil {
			return nil, err
		}
		ledgers = append(ledgers, v.Plan.Ledger)
	}
	return review.Diff(old, now, ledgers...), nil
}

// ApproveOptions says what is approved, by whom, and until when.
type ApproveOptions struct {
	Rules    string
	Source   string // DSN, or
	Catalog  string // a saved catalog
	File     string // empty is the one beside the rules
	Reviewer string
	Signer   ssh.Signer
	Note     string
	Valid    time.Duration
	Log      zerolog.Logger
}

// Approve signs the digests of rules and catalog and writes the approval beside the
// rules. Rules that do not fit the catalog are not approved, and neither are one's own.
func Approve(ctx context.Context, o ApproveOptions) (*attest.Approval, error) {
	rules, err := LoadRules(o.Rules)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(rules.Authors, func(a string) bool { return strings.EqualFold(a, o.Reviewer) }) {
		return nil, &report.Fault{
			Side: report.Usage, Doing: "approve " + o.Rules, Err: fmt.Errorf("the rules name %s as an author", o.Reviewer), Hint: "somebody who did not write them has to approve",
		}
	}
	if _, err := RunTests(rules); err != nil {
		return nil, err
	}
	v, err := Examine(ctx, rules, o.Source, o.Catalog, o.Log)
	if err != nil {
		return nil, err
	}
	structure := v.Catalog.Structure()
	now := time.Now().UTC().Truncate(time.Second)
	a := attest.Approval{
		Rules: rules.Digest, Catalog: structure.Digest(), Reviewer: o.Reviewer, Signed: now, Expires: now.Add(o.Valid), Note: o.Note,
		Columns: map[string]int{}, Decisions: decisions(v.Plan.Ledger), Structure: structure,
	}
	for _, e := range v.Plan.Ledger {
		a.Columns[e.Decision]++
	}
	file, err := attest.Sign(a, o.Signer)
	if err != nil {
		return nil, &report.Fault{Side: report.Usage, Doing: "sign the approval", Err: err, Hint: "does the key open? `ssh-keygen -Y sign` tries it"}
	}
	path := o.File
	if path == "" {
		path = ApprovalFile(o.Rules)
	}
	if err := replaceFile(path, file); err != nil {
		return nil, &report.Fault{Side: report.Usage, Doing: "write the approval " + path, Err: cause(err)}
	}
	// it is there to be read: by the runner, and by whoever reviews the review
	if err := os.Chmod(path, 0o644); err != nil {
		return nil, &report.Fault{Side: report.Usage, Doing: "write the approval " + path, Err: cause(err)}
	}
	return &a, nil
}

// decisions says what becomes of every column, by table.
func decisions(ledger report.Ledger) map[string]map[string]string {
	out := map[string]map[string]string{}
	for _, e := range ledger {
		table := e.Schema + "." + e.Table
		if out[table] == nil {
			out[table] = map[string]string{}
		}
		out[table][e.Column] = e.Words()
	}
	return out
}
