package cli

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/understudy-db/understudy/pkg/mask"
)

var update = flag.Bool("update", false, "rewrite docs/maskers.md")

const maskersFile = "../../docs/maskers.md"

// docs/maskers.md says what the registry says.
func TestMaskersDocumentIsUpToDate(t *testing.T) {
	t.Parallel()
	got := maskersDocument(t)
	if *update {
		if err := os.WriteFile(maskersFile, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	have, err := os.ReadFile(maskersFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(have, got) {
		t.Error("docs/maskers.md is out of date: go test ./pkg/cli -run MaskersDocument -update")
	}
}

const maskersIntro = `# Maskers

This page is made from the program's own registry (` + "`understudy show maskers --json`" + `); a test fails when the two differ.
Rewrite it with ` + "`go test ./pkg/cli -run MaskersDocument -update`" + `.

A masker makes the stand-in for one value. NULL stays NULL and an empty value stays empty. Which stand-in a value gets
depends on the key, the domain, the masker and its parameters, and on nothing else: [prf.md](prf.md) says how.
[rules.md](rules.md) says how a rule names a masker.

Each masker has a table:

- **takes** is the class of the column's type. A rule on an array, a range or a composite works on its elements.
- **stand-ins** says how sure it is that a stand-in reaches nobody:
  *reserved* is set aside by a published source, *unassigned* is used by no number plan or register as of a dated source,
  *never-issued* has a part or a check digit that cannot be, *valid* looks right and may be somebody's,
  *not-contact* is what cannot reach anybody by itself, such as a name or a date.
- **unique** says whether two different values can get the same stand-in. Under a unique index a masker has to be
  injective, or the chance of a collision at the column's number of rows has to be below one in a million; else the plan
  refuses it. The numbers here are those of a column of unlimited length in the locale en_US.
- **keeps** is what of the original can still be seen in the stand-in.
- **technique** is the class of ISO/IEC 20889.

Beside its own parameters every masker takes ` + "`locale`" + `, which wins over the file's. A parameter that "may name a column" can be written
` + "`{column: name}`" + `: its value then comes from the same row.
`

func maskersDocument(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	b.WriteString(maskersIntro)
	b.WriteString("\n| masker | |\n|---|---|\n")
	for _, info := range mask.All() {
		fmt.Fprintf(&b, "| [`%s`](#%s) | %s |\n", info.Name, info.Name, cell(sentence(info.Summary)))
	}
	for _, info := range mask.All() {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n```yaml\n%s\n```\n\n", info.Name, prose(sentence(info.Summary)), info.Example)
		describeTraits(t, &b, info)
		if len(info.Params) == 0 {
			continue
		}
		b.WriteString("\n| parameter | type | default | |\n|---|---|---|---|\n")
		for _, p := range info.Params {
			about := p.Summary
			if len(p.Allowed) > 0 {
				about += "; one of " + strings.Join(p.Allowed, ", ")
			}
			if p.Column {
				about += "; may name a column"
			}
			standard := ""
			if p.Default != "" {
				standard = "`" + p.Default + "`"
			}
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", p.Name, p.Type, standard, cell(about))
		}
	}
	return b.Bytes()
}

// describeTraits writes a row for each class, and one for several that are alike.
func describeTraits(t *testing.T, b *bytes.Buffer, info mask.Info) {
	t.Helper()
	var rows []string
	classes := map[string][]string{}
	for _, class := range info.Classes {
		spec := mask.Spec{Name: info.Name, Domain: "docs", Locale: "en_US", Column: mask.Column{Class: class, TypeName: string(class), Labels: []string{"a", "b"}}}
		traits, err := mask.Check(spec)
		if err != nil {
			// what it must be told is in the example
			spec.Params = exampleParams(t, info)
			spec.Rest = "null"
			traits, err = mask.Check(spec)
		}
		row := "| what its parameters say | | | |"
		if err == nil {
			row = fmt.Sprintf("| %s | %s | %s | %s |", traits.Safety, uniqueness(traits), cell(strings.Join(traits.Keeps, ", ")), traits.Technique)
		}
		if classes[row] == nil {
			rows = append(rows, row)
		}
		classes[row] = append(classes[row], string(class))
	}
	b.WriteString("| takes | stand-ins | unique | keeps | technique |\n|---|---|---|---|---|\n")
	for _, row := range rows {
		fmt.Fprintf(b, "| %s %s\n", strings.Join(classes[row], ", "), row)
	}
	if info.Subject {
		b.WriteString("\nCan be drawn from the row's subject: `from: subject`.\n")
	}
}

func uniqueness(traits mask.Traits) string {
	switch {
	case traits.Injective:
		return "injective"
	case traits.Capacity <= 1:
		return "no: values may share one stand-in"
	default:
		return fmt.Sprintf("%.3g stand-ins; two of a million values meet with probability %.2g", traits.Capacity, traits.Collision(1e6))
	}
}

// exampleParams reads the parameters out of the masker's example: "column: {mask: name, k: v}".
func exampleParams(t *testing.T, info mask.Info) map[string]any {
	t.Helper()
	var rule map[string]map[string]any
	if err := yaml.Unmarshal([]byte(info.Example), &rule); err != nil {
		t.Fatalf("%s: its example is no YAML: %v", info.Name, err)
	}
	for _, action := range rule {
		for _, word := range []string{"mask", "from", "paths", "rest", "how"} {
			delete(action, word)
		}
		for k, v := range action {
			if n, ok := v.(int); ok {
				action[k] = float64(n)
			}
		}
		return action
	}
	return nil
}

// sentence begins with a capital, unless it begins with an address, and ends in a full stop.
func sentence(s string) string {
	if !strings.HasPrefix(s, "http") {
		s = strings.ToUpper(s[:1]) + s[1:]
	}
	return strings.TrimSuffix(s, ".") + "."
}

// prose keeps angle brackets from being taken for HTML.
func prose(s string) string { return strings.NewReplacer("<", "&lt;", ">", "&gt;").Replace(s) }

func cell(s string) string { return strings.ReplaceAll(prose(s), "|", "\\|") }
