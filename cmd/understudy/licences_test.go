package main

import (
	"bufio"
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/licensecheck"
)

// permissive are the licences under which the program may be given on.
var permissive = []string{"Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "MPL-2.0", "Unlicense", "CC0-1.0", "BSD-2-Clause-Views"}

// chosen are modules that let one choose among licences in words of their own, with the
// one that was chosen, by a person who read them.
var chosen = map[string]string{"github.com/golang/freetype": "FTL, the FreeType License, in licenses/ftl.txt"}

// recognised is how much of a licence's file has to be a known text, in percent. Below
// it a person has to read the file.
const recognised = 75

// TestEverythingLinkedHasAPermissiveLicence reads the licence of each module that is
// linked into the program. One without a file, or with a text that is not known, fails.
func TestEverythingLinkedHasAPermissiveLicence(t *testing.T) {
	t.Parallel()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}\t{{.Dir}}{{end}}{{end}}", ".")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		module, dir, ok := strings.Cut(lines.Text(), "\t")
		if !ok || seen[module] {
			continue
		}
		seen[module] = true
		path, _, _ := strings.Cut(module, " ")
		if chosen[path] != "" {
			continue
		}
		found := 0
		files, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			name := strings.ToUpper(f.Name())
			if f.IsDir() || !strings.HasPrefix(name, "LICEN") && !strings.HasPrefix(name, "COPYING") && !strings.HasPrefix(name, "UNLICENSE") {
				continue
			}
			text, err := os.ReadFile(filepath.Join(dir, f.Name()))
			if err != nil {
				t.Fatal(err)
			}
			cover := licensecheck.Scan(text)
			if cover.Percent < recognised {
				t.Errorf("%s: only %.0f %% of %s is a licence that is known", module, cover.Percent, f.Name())
			}
			for _, m := range cover.Match {
				found++
				if !slices.Contains(permissive, m.ID) {
					t.Errorf("%s: %s", module, m.ID)
				}
			}
		}
		if found == 0 {
			t.Errorf("%s: no licence was found", module)
		}
	}
	if len(seen) < 10 {
		t.Errorf("only %d modules were looked at", len(seen))
	}
	t.Logf("%d modules", len(seen))
}
