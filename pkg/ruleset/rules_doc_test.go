package ruleset

import (
	"os"
	"strings"
	"testing"
)

// docs/rules.md is the language's reference: no key of the schema is missing from it.
func TestEveryKeyOfTheLanguageIsDocumented(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/rules.md")
	if err != nil {
		t.Fatal(err)
	}
	s, err := loadSchema()
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	var walk func(any)
	walk = func(at any) {
		switch at := at.(type) {
		case map[string]any:
			for name, next := range at {
				if properties, ok := next.(map[string]any); ok && name == "properties" {
					for key := range properties {
						keys = append(keys, key)
					}
				}
				walk(next)
			}
		case []any:
			for _, next := range at {
				walk(next)
			}
		}
	}
	walk(s.root)
	if len(keys) < 30 {
		t.Fatalf("only %d keys were found", len(keys))
	}
	words := strings.FieldsFunc(string(text), func(r rune) bool {
		return !(r == '_' || r >= 'a' && r <= 'z')
	})
	known := map[string]bool{}
	for _, w := range words {
		known[w] = true
	}
	for _, key := range keys {
		if !known[key] {
			t.Errorf("docs/rules.md does not mention %s", key)
		}
	}
	for _, l := range later {
		if !known[l.key] {
			t.Errorf("docs/rules.md does not say that %s is not supported yet", l.key)
		}
	}
}
