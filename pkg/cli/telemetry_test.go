package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// copyArgs is a copy that comes as far as the source at an address.
func copyArgs(t *testing.T, source string, more ...string) []string {
	t.Helper()
	rules := write(t, t.TempDir(), "rules.yaml", smallRules, 0o644)
	return append([]string{"copy", "--rules", rules, "--ephemeral-key", "--source", "postgres://x@" + source + "/a?sslmode=disable", "--target", "postgres://x@" + source + "/b?sslmode=disable"}, more...)
}

func lastOf(text string) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	return lines[len(lines)-1]
}

func TestACopyEndsWithOneLastLine(t *testing.T) {
	t.Parallel()
	metrics := filepath.Join(t.TempDir(), "understudy.prom")
	code, _, errs := run(t, "", copyArgs(t, "127.0.0.1:1", "--metrics-file", metrics, "--metrics-addr", "127.0.0.1:0")...)
	if last := lastOf(errs); code != exitSource || !strings.HasPrefix(last, "result=failed exit=5 run=2") || !strings.Contains(last, " rows=0 ") {
		t.Errorf("exit %d: %s", code, last)
	}
	if text, err := os.ReadFile(metrics); err != nil || !strings.Contains(string(text), "understudy_exit_code 5") || strings.Contains(string(text), "127.0.0.1") {
		t.Errorf("%v: %s", err, text)
	}
	_, _, errs = run(t, "", copyArgs(t, "127.0.0.1:1", "--log-json")...)
	var line struct {
		Result string
		Exit   int
	}
	if err := json.Unmarshal([]byte(lastOf(errs)), &line); err != nil || line.Result != "failed" || line.Exit != exitSource {
		t.Errorf("%v: %s", err, lastOf(errs))
	}
	if code, _, errs := run(t, "", "copy"); code != exitUsage || strings.Contains(errs, "result=") {
		t.Errorf("no run, and a last line: %s", errs)
	}
	if code, _, _ := run(t, "", copyArgs(t, "127.0.0.1:1", "--metrics-addr", "nowhere.invalid:1")...); code != exitUsage {
		t.Errorf("an address that is none: exit %d", code)
	}
}

func TestARunThatTakesTooLongIsInterrupted(t *testing.T) {
	t.Parallel()
	address, _ := silent(t)
	code, _, errs := run(t, "", copyArgs(t, address, "--max-duration", "200ms")...)
	if code != exitInterrupted || !strings.Contains(errs, "--max-duration 200ms") || !strings.HasPrefix(lastOf(errs), "result=interrupted exit=130") {
		t.Errorf("exit %d: %s", code, errs)
	}
}
