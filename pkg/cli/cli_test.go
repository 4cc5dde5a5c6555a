package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/understudy-db/understudy/pkg/pipeline"
	"github.com/understudy-db/understudy/pkg/plan"
	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/ruleset"
)

// run runs one command line and returns its exit code and both streams.
func run(t *testing.T, in string, args ...string) (int, string, string) {
	t.Helper()
	var out, errs bytes.Buffer
	code := Main(args, strings.NewReader(in), &out, &errs)
	return code, out.String(), errs.String()
}

func write(t *testing.T, dir, name, content string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
	return path
}

const smallRules = "version: 1\npurpose: test\ntables:\n  public.people:\n    columns:\n      email: {mask: email}\n"

func TestExitCodesByCause(t *testing.T) {
	t.Parallel()
	side := func(s report.Side) error { return fmt.Errorf("outer: %w", &report.Fault{Side: s, Doing: "x"}) }
	for _, c := range []struct {
		err  error
		want int
	}{
		{nil, 0},
		{errors.New("who knows"), 1},
		{usagef("x"), 2},
		{side(report.Usage), 2},
		{ruleset.Problems{{Message: "x"}}, 2},
		{&plan.Misfit{}, 3},
		{side(report.Rules), 3},
		{&pipeline.WithheldError{}, 4},
		{findingsError{}, 4},
		{side(report.Source), 5},
		{side(report.Target), 6},
		{&pipeline.UnswappedError{Err: errors.New("busy")}, 7},
		{fmt.Errorf("%w: %w", pipeline.ErrInterrupted, side(report.Source)), 130},
	} {
		if got := exitCode(c.err); got != c.want {
			t.Errorf("%v: exit %d, expected %d", c.err, got, c.want)
		}
	}
}

func TestMissingKeyTellsHowToMakeOne(t *testing.T) {
	t.Setenv(keyEnv, "")
	rules := write(t, t.TempDir(), "rules.yaml", smallRules, 0o644)
	code, _, errs := run(t, "", "copy", "--source", "host=localhost", "--target", "host=localhost dbname=x", "--rules", rules)
	if code != exitUsage || !strings.Contains(errs, keygenLine) || !strings.Contains(errs, "--ephemeral-key") {
		t.Errorf("exit %d: %s", code, errs)
	}
}

func TestKeyFilesThatOthersMayReadAreRefused(t *testing.T) {
	t.Parallel()
	_, key, _ := run(t, "", "keygen")
	dir := t.TempDir()
	k := keyFlags{file: write(t, dir, "open", key, 0o644)}
	if _, _, err := k.load(t.Context(), ""); err == nil || !strings.Contains(err.Error(), "others may read it") {
		t.Errorf("%v", err)
	}
	k.file = write(t, dir, "closed", key, 0o600)
	if _, _, err := k.load(t.Context(), filepath.Join(dir, "rules.yaml")); err == nil || !strings.Contains(err.Error(), "beside the rules") {
		t.Errorf("%v", err)
	}
	loaded, ephemeral, err := k.load(t.Context(), filepath.Join(t.TempDir(), "rules.yaml"))
	if err != nil || ephemeral || loaded.Hex() != strings.TrimSpace(key) {
		t.Errorf("%v", err)
	}
}

func TestBadKeysAreRefusedWithoutQuotingThem(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"", "secretsecret", strings.Repeat("ab", 31), strings.Repeat("zz", 32)} {
		k := keyFlags{file: write(t, t.TempDir(), "k", bad, 0o600)}
		_, _, err := k.load(t.Context(), "")
		if err == nil || bad != "" && strings.Contains(err.Error(), bad) {
			t.Errorf("%v", err)
		}
	}
	k := keyFlags{command: "echo leaked-by-command; exit 1"}
	if _, _, err := k.load(t.Context(), ""); err == nil || strings.Contains(err.Error(), "leaked") {
		t.Errorf("%v", err)
	}
}

func TestKeyFromCommandAndEnvironment(t *testing.T) {
	hex := strings.Repeat("0f", 32)
	k := keyFlags{command: "echo " + hex}
	if key, _, err := k.load(t.Context(), ""); err != nil || key.Hex() != hex {
		t.Error(err)
	}
	t.Setenv(domainKeysEnv, "person.email="+strings.Repeat("f0", 32))
	t.Setenv(keyEnv, hex)
	k.command = `printf %s "$` + keyEnv + `$` + domainKeysEnv + `"; ` + k.command
	if key, _, err := k.load(t.Context(), ""); err != nil || key.Hex() != hex {
		t.Errorf("the command of a key is given the others: %v", err)
	}
	if key, _, err := (&keyFlags{}).load(t.Context(), ""); err != nil || key.Hex() != hex {
		t.Error(err)
	}
	if _, _, err := (&keyFlags{command: "x", ephemeral: true}).load(t.Context(), ""); exitCode(err) != exitUsage {
		t.Error("two keys were taken")
	}
}

func TestUsageMistakesExitWithTwo(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"nosuch"},
		{"copy", "--nosuch"},
		{"copy"},
		{"mask"},
		{"mask", "nosuch"},
		{"report"},
		{"report", "/nonexistent"},
		{"check"},
		{"check", "--rules", "/nonexistent.yaml"},
		{"publish"},
		{"publish", "--undo", "--list"},
		{"scan", "--fail-on", "worse"},
		{"copy", "--jobs", "many"},
		{"demo", "--customers", "3"},
		{"--log-level", "loud", "scan"},
		{"show", "maskers", "nosuch"},
		{"mask", "email", "--param", "nosuch=1"},
		{"mask", "email", "--param", "x"},
	} {
		if code, _, errs := run(t, "", args...); code != exitUsage {
			t.Errorf("%v: exit %d: %s", args, code, errs)
		}
	}
}

func TestMaskIsAFilter(t *testing.T) {
	t.Parallel()
	code, out, errs := run(t, "ann@corp.example.net\n\nbob@corp.example.net\nann@corp.example.net\n", "mask", "email")
	lines := strings.Split(out, "\n")
	if code != 0 || len(lines) != 5 || lines[1] != "" || lines[0] != lines[3] || lines[0] == lines[2] || !strings.HasSuffix(lines[0], "@example.com") {
		t.Errorf("exit %d\n%s%s", code, out, errs)
	}
}

func TestDetectAnswersALineForALine(t *testing.T) {
	t.Parallel()
	code, out, _ := run(t, "{\"text\":\"write to ann@corp-mail.com please\"}\nnothing here\n", "detect", "--json")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if code != 0 || len(lines) != 2 {
		t.Fatalf("exit %d: %s", code, out)
	}
	var answer struct {
		Hits []answerHit `json:"hits"`
	}
	if err := json.Unmarshal([]byte(lines[0]), &answer); err != nil || len(answer.Hits) != 1 || answer.Hits[0].Kind != "email" || answer.Hits[0].Start != 9 || answer.Hits[0].End != 26 {
		t.Errorf("%s", lines[0])
	}
	if lines[1] != `{"hits":[]}` {
		t.Errorf("%s", lines[1])
	}
}

func TestCheckRunsTheRulesOwnTests(t *testing.T) {
	t.Parallel()
	good := smallRules + "tests:\n  - table: public.people\n    row: {email: ann@corp.org}\n    expect: {email: {matches: \"@example\\\\.com$\", not_contains: ann, differs: true}}\n"
	if code, out, errs := run(t, "", "check", "--rules", write(t, t.TempDir(), "r.yaml", good, 0o644)); code != 0 || !strings.Contains(out, "1 tests passed") {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
	bad := strings.Replace(good, "example", "nowhere", 1)
	code, _, errs := run(t, "", "check", "--rules", write(t, t.TempDir(), "r.yaml", bad, 0o644))
	if code != exitUsage || !strings.Contains(errs, "does not match") || strings.Contains(errs, "ann@") {
		t.Errorf("exit %d: %s", code, errs)
	}
}

func TestMisfitsShowASnippetAndTheColumn(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	complain(&b, &plan.Misfit{Undecided: []plan.Undecided{{Column: "shoe", Type: "text", Proposal: `{keep: "say why"}`}}}, false)
	if !strings.Contains(b.String(), "rules to paste") || !strings.Contains(b.String(), "shoe") || !strings.Contains(b.String(), "database: 1 undecided column\n") {
		t.Error(b.String())
	}
}

func TestWhatIsNotSwappedInSaysHowToSwapItIn(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	complain(&b, &pipeline.UnswappedError{Incoming: "shop__incoming_1", Err: errors.New("busy")}, false)
	if !strings.Contains(b.String(), "publish --target … --incoming shop__incoming_1") {
		t.Error(b.String())
	}
}

func TestEveryCommandTellsItsExitStatusOrNeedsNone(t *testing.T) {
	t.Parallel()
	d := &door{}
	for _, c := range d.root().Commands() {
		if c.Short == "" {
			t.Errorf("%s has no short help", c.Name())
		}
		switch c.Name() {
		case "show", "keygen", "version", "man", "completion", "help":
		default:
			if !strings.Contains(c.Long, "Exit status") {
				t.Errorf("%s does not tell its exit status", c.Name())
			}
		}
	}
}

// Not parallel: it sets the environment.
func TestHelpShowsNoAddressOfTheEnvironment(t *testing.T) {
	t.Setenv("UNDERSTUDY_SOURCE", "postgres://reader:opensesame@prod/shop")
	t.Setenv("UNDERSTUDY_TARGET", "postgres://owner:opensesame@stage/shop")
	for _, args := range [][]string{{"copy"}, {"plan"}, {"check"}, {"scan"}, {"publish"}, {"show", "catalog"}} {
		if _, out, errs := run(t, "", append(args, "--help")...); strings.Contains(out+errs, "opensesame") || !strings.Contains(out, "Usage:") {
			t.Errorf("%v: the help shows what the environment holds", args)
		}
	}
}

// A program that dies of an interrupt says so in its own words, which are no bug.
func TestWhatAnInterruptBreaksIsTheInterrupt(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	broken := errors.New("initdb: signal: killed")
	if got := interrupted(ctx, broken); exitCode(got) != exitBug || interrupted(ctx, nil) != nil {
		t.Errorf("%v", got)
	}
	cancel()
	if got := interrupted(ctx, broken); exitCode(got) != exitInterrupted || interrupted(ctx, nil) != nil {
		t.Errorf("%v", got)
	}
}

func TestDoctorPrintsRolesWithoutConnecting(t *testing.T) {
	t.Parallel()
	code, out, errs := run(t, "", "doctor", "--print-roles", "--source", "host=nowhere.invalid dbname='prod shop'", "--target", "host=nowhere.invalid dbname=stage", "--reader", `odd"name`)
	if code != 0 || !strings.Contains(out, `CREATE ROLE "odd""name" LOGIN NOSUPERUSER`) || !strings.Contains(out, `ON DATABASE "prod shop"`) || strings.Contains(out, "PASSWORD '") {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
}

func TestDoctorSaysWhichCheckStopsARun(t *testing.T) {
	t.Parallel()
	code, out, errs := run(t, "", "doctor", "--source", "postgres://x@127.0.0.1:1/a?sslmode=disable", "--target", "postgres://x@127.0.0.1:1/b?sslmode=disable")
	if code != exitSource || !strings.Contains(out, "STOP  connect") || !strings.Contains(errs, "nothing listens") {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
	code, out, _ = run(t, "", "doctor", "--json", "--source", "postgres://x@127.0.0.1:1/a?sslmode=disable", "--target", "postgres://x@127.0.0.1:1/b?sslmode=disable")
	var answers []struct {
		Check, Error string
		Exit         int
	}
	if err := json.Unmarshal([]byte(out), &answers); err != nil || code != exitSource || len(answers) != 1 || answers[0].Exit != exitSource {
		t.Errorf("exit %d: %v %s", code, err, out)
	}
}

func TestADomainsKeyIsGuardedAsTheKeyIs(t *testing.T) {
	t.Parallel()
	dir, hex, other := t.TempDir(), strings.Repeat("0f", 32), strings.Repeat("f0", 32)
	file := write(t, dir, "key", hex, 0o600)
	mail := write(t, dir, "mail", other, 0o600)
	key, _, err := (&keyFlags{file: file, domains: []string{"person.email=" + mail}}).load(t.Context(), "")
	if err != nil || key.Hex() != hex || key.In("person.email").Hex() != other || key.In("person.phone").Hex() != hex {
		t.Errorf("%v", err)
	}
	for _, bad := range [][]string{
		{"person.email"},
		{"=" + mail},
		{"person.email="},
		{"person.email=" + file},
		{"person.email=" + mail, "person.email=" + mail},
		{"person.email=" + write(t, dir, "short", "0f0f", 0o600)},
		{"person.email=" + write(t, dir, "open", other, 0o644)},
		{"person.email=" + filepath.Join(dir, "none")},
	} {
		if _, _, err := (&keyFlags{file: file, domains: bad}).load(t.Context(), ""); exitCode(err) != exitUsage || strings.Contains(err.Error(), other) {
			t.Errorf("%v: %v", bad, err)
		}
	}
	if _, _, err := (&keyFlags{file: file, domains: []string{"person.email=" + mail}}).load(t.Context(), filepath.Join(dir, "rules.yaml")); exitCode(err) != exitUsage {
		t.Errorf("a key beside the rules: %v", err)
	}
}

func TestDomainKeysComeFromTheEnvironment(t *testing.T) {
	_, one, _ := run(t, "", "keygen")
	_, two, _ := run(t, "", "keygen")
	k := keyFlags{command: "echo " + one, takesDomains: true}
	t.Setenv(domainKeysEnv, "\nperson.email="+two+"\n")
	key, _, err := k.load(t.Context(), "")
	if err != nil || key.In("person.email").Hex() != strings.TrimSpace(two) || os.Getenv(domainKeysEnv) != "" {
		t.Errorf("%v", err)
	}
	for _, bad := range []string{two, "a=" + two[:20], "a=" + two + "\na=" + two} {
		t.Setenv(domainKeysEnv, bad)
		if _, _, err := k.load(t.Context(), ""); exitCode(err) != exitUsage || strings.Contains(err.Error(), two[:16]) {
			t.Error("a wrong list of keys was taken, or quoted")
		}
	}
}

func TestPlanTellsWhatARotationChanges(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	rules := write(t, dir, "rules.yaml", "version: 1\npurpose: test\ndomains: {person.email: {mask: email}}\ntables:\n  public.people:\n    columns: {email: {domain: person.email}}\n", 0o600)
	saved := write(t, dir, "catalog.json", `{"version": 1, "database": {"name": "shop", "version": 170000}, "types": {"25": {"oid": 25, "schema": "pg_catalog", "name": "text", "kind": 98, "typmod": -1}},
		"tables": [{"oid": 1, "name": {"schema": "public", "name": "people"}, "kind": 114, "persistence": 112, "access_method": "heap", "readable": true,
			"columns": [{"num": 1, "name": "email", "type": 25, "typmod": -1, "type_name": "text"}]}]}`, 0o600)
	code, out, errs := run(t, "", "plan", "--rules", rules, "--catalog", saved, "--rotate", "person.email")
	if code != 0 || !strings.Contains(out, "public.people.email") || !strings.Contains(out, "Columns with other stand-ins: 1, in primary or foreign keys: 0") {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
	if code, out, _ = run(t, "", "plan", "--rules", rules, "--catalog", saved, "--rotate", "person.email", "--json"); code != 0 || !strings.Contains(out, `"domain": "person.email"`) {
		t.Errorf("exit %d: %s", code, out)
	}
	if code, _, errs = run(t, "", "plan", "--rules", rules, "--catalog", saved, "--rotate", "person.emial"); code != exitUsage || !strings.Contains(errs, "did you mean person.email?") {
		t.Errorf("exit %d: %s", code, errs)
	}
}
