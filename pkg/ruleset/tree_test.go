package ruleset

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestAliasesCannotMakeATreeWithoutEnd(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("version: 1\ntables:\n  public.a0: &a0 {columns: {c: {mask: email}}}\n")
	for i := 1; i < 40; i++ {
		fmt.Fprintf(&b, "  public.a%d: &a%d {columns: {x: *a%d, y: *a%d, z: *a%d}}\n", i, i, i-1, i-1, i-1)
	}
	start := time.Now()
	_, err := parseWith("bomb.yaml", []byte(b.String()), testPacks())
	problems := ProblemsOf(err)
	if len(problems) != 1 || !strings.Contains(problems[0].Message, "values") {
		t.Errorf("got %d problems: %.200v", len(problems), err)
	}
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("it took %s", took)
	}
}
