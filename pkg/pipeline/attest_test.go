package pipeline

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"golang.org/x/crypto/ssh"

	"github.com/understudy-db/understudy/pkg/attest"
	"github.com/understudy-db/understudy/pkg/pgtest"
	"github.com/understudy-db/understudy/pkg/plan"
	"github.com/understudy-db/understudy/pkg/report"
)

// sshKey makes a key, and the line of an allowed signers file that names its owner.
func sshKey(t *testing.T, owner string) (signer ssh.Signer, file, line string) {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if signer, err = ssh.NewSignerFromKey(key); err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(key, owner)
	if err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(t.TempDir(), "key")
	put(t, file, pem.EncodeToMemory(block))
	return signer, file, owner + " " + string(ssh.MarshalAuthorizedKey(signer.PublicKey()))
}

func put(t *testing.T, file string, b []byte) {
	t.Helper()
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestNothingRunsThatIsNotApprovedAsItIs(t *testing.T) {
	t.Parallel()
	s := newStory(t, peopleRules, people)
	ann, _, annLine := sshKey(t, "ann@example.com")
	allowed := filepath.Join(t.TempDir(), "allowed_signers")
	put(t, allowed, []byte(annLine))
	s.o.RequireApproval, s.o.AllowedSigners = true, allowed
	approve := func(reviewer string) error {
		_, err := Approve(t.Context(), ApproveOptions{Rules: s.o.Rules, Source: s.source, Reviewer: reviewer, Signer: ann, Valid: 24 * time.Hour, Log: zerolog.Nop()})
		return err
	}
	refused := func(why string) {
		t.Helper()
		run, err := Refresh(t.Context(), s.o)
		var misfit *plan.Misfit
		if err == nil || !strings.Contains(err.Error(), why) || report.SideOf(err) != report.Rules && !errors.As(err, &misfit) || run.Outcome != report.Failed {
			t.Fatalf("%v, and not: %s", err, why)
		}
	}
	published := func() {
		t.Helper()
		run, err := Refresh(t.Context(), s.o)
		if err != nil || run.Outcome != report.Published || run.Approval == nil || run.Approval.Reviewer != "ann@example.com" {
			t.Fatalf("%s %v", run.Outcome, err)
		}
	}

	refused("there is none")
	if err := approve("ann@example.com"); err != nil {
		t.Fatal(err)
	}
	published()

	// one byte of the rules
	rules, err := os.ReadFile(s.o.Rules)
	if err != nil {
		t.Fatal(err)
	}
	put(t, s.o.Rules, append(bytes.Clone(rules), '\n'))
	refused("the rules were changed after ann@example.com approved them")
	put(t, s.o.Rules, rules)

	// what does not matter does not stop the night
	pgtest.Exec(t, s.source, "ANALYZE people", "CREATE INDEX ON people (born)")
	published()

	// a column: first undecided, then decided and not approved, then approved
	pgtest.Exec(t, s.source, "ALTER TABLE people ADD COLUMN nickname text")
	refused("public.people.nickname: undecided (text)")
	decided := bytes.Replace(rules, []byte("    columns:\n"), []byte("    columns:\n      nickname: {mask: username}\n"), 1)
	if bytes.Equal(decided, rules) {
		t.Fatal("the rules have no columns")
	}
	put(t, s.o.Rules, decided)
	refused("the rules were changed")
	if err := approve("ann@example.com"); err != nil {
		t.Fatal(err)
	}
	published()
	pgtest.Exec(t, s.source, "ALTER TABLE people ALTER COLUMN nickname TYPE varchar(80)")
	refused("public.people.nickname was text and is character varying(80)")

	// an author does not approve his own rules, neither by name nor by key
	put(t, s.o.Rules, append([]byte("authors: [ann@example.com]\n"), decided...))
	if err := approve("ann@example.com"); err == nil || !strings.Contains(err.Error(), "as an author") {
		t.Fatal(err)
	}
	if err := approve("somebody@example.com"); err != nil {
		t.Fatal(err)
	}
	refused("the key of ann@example.com, whom the rules name as an author")

	// the allowed signers lie where authors cannot write
	inside := filepath.Join(filepath.Dir(s.o.Rules), "allowed_signers")
	put(t, inside, []byte(annLine))
	s.o.AllowedSigners = inside
	if _, err := Refresh(t.Context(), s.o); err == nil || !strings.Contains(err.Error(), "it lies in the rules' repository") {
		t.Error(err)
	}
}

func TestEveryRunLeavesARecordThatFollowsTheOneBefore(t *testing.T) {
	t.Parallel()
	s := newStory(t, peopleRules, people)
	_, key, line := sshKey(t, "runner")
	s.o.SigningKey, s.o.ReportDir = key, t.TempDir()
	allowed, err := attest.ReadSigners([]byte(line))
	if err != nil {
		t.Fatal(err)
	}
	verify := func(dir, head string) (*attest.Verified, error) {
		return attest.VerifyFolder(t.Context(), os.DirFS(dir), allowed, head)
	}
	named := func() string {
		t.Helper()
		all, err := Generations(t.Context(), PublishOptions{Target: s.o.Target})
		if err != nil {
			t.Fatal(err)
		}
		return all[0].Record
	}

	if run := s.run(t); run.Record.Number != 1 || run.Outcome != report.Published {
		t.Fatalf("%+v", run.Record)
	}
	first := named()
	good, bad := s.o.Rules, filepath.Join(t.TempDir(), "rules.yaml")
	put(t, bad, []byte("version: 1\n"))
	s.o.Rules = bad // a run that fails leaves a record as well, and staging keeps its own
	if run, err := Refresh(t.Context(), s.o); err == nil || run.Record == nil || run.Record.Number != 2 || run.Record.Previous != first {
		t.Fatalf("%v %+v", err, run.Record)
	}
	if named() != first {
		t.Error("a run that was not published moved staging's head")
	}
	s.o.Rules = good
	if run := s.run(t); run.Record.Number != 3 {
		t.Fatalf("%+v", run.Record)
	}
	head := named()
	v, err := verify(s.o.ReportDir, head)
	if err != nil || len(v.Records) != 3 || head == first {
		t.Fatalf("%v, %d records", err, len(v.Records))
	}
	if got := v.Records[1].Outcome; got != string(report.Failed) {
		t.Errorf("the second run's record says %s", got)
	}

	// a new folder continues the chain that staging names, and says that it does not hold it
	s.o.ReportDir = t.TempDir()
	run := s.run(t)
	if run.Record.Number != 4 || run.Record.Previous != head {
		t.Errorf("%+v", run.Record)
	}
	if _, any := found(run, "chain", ""); !any {
		t.Error("nobody says that the chain lies elsewhere")
	}
	if v, err = verify(s.o.ReportDir, ""); err != nil || v.Before == nil || v.Before.SHA256 != head {
		t.Errorf("%v %+v", err, v)
	}
	if _, err := verify(s.o.ReportDir, head); err == nil {
		t.Error("a head that the folder does not hold was accepted")
	}
}
