package cli

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// docs/runbook.md says of every code that a person may meet what it means and what to do.
func TestEveryCodeIsInTheRunbook(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("../../docs/runbook.md")
	if err != nil {
		t.Fatal(err)
	}
	codes := codesOf(t)
	if len(codes) < 40 {
		t.Fatalf("only %d codes were found in the source", len(codes))
	}
	for code, where := range codes {
		if !strings.Contains(string(b), "| `"+code+"` |") {
			t.Errorf("%s (%s) is not in the runbook", code, where)
		}
	}
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z-]+)` \\|").FindAllStringSubmatch(string(b), -1) {
		if _, ok := codes[row[1]]; !ok {
			t.Errorf("the runbook has %s, which nothing finds", row[1])
		}
	}
	for _, exit := range []int{exitDone, exitBug, exitUsage, exitRules, exitFindings, exitSource, exitTarget, exitUnswapped, exitInterrupted} {
		if !strings.Contains(string(b), fmt.Sprintf("\n| %d | ", exit)) {
			t.Errorf("exit %d is not in the runbook", exit)
		}
	}
}

// codesOf reads the codes of findings out of the source: Code: "…" in a Finding, and the
// first argument of what makes one.
func codesOf(t *testing.T) map[string]string {
	t.Helper()
	code := regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`)
	found := map[string]string{}
	add := func(e ast.Expr, where string) {
		if l, ok := e.(*ast.BasicLit); ok && l.Kind == token.STRING {
			if s, err := strconv.Unquote(l.Value); err == nil && code.MatchString(s) {
				found[s] = where
			}
		}
	}
	makers := map[string]bool{"finding": true, "note": true}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.KeyValueExpr:
				if name, ok := n.Key.(*ast.Ident); ok && name.Name == "Code" {
					add(n.Value, path)
				}
			case *ast.AssignStmt:
				for i, to := range n.Lhs {
					if name, ok := to.(*ast.Ident); ok && name.Name == "code" && i < len(n.Rhs) {
						add(n.Rhs[i], path)
					}
				}
			case *ast.CallExpr:
				if s, ok := n.Fun.(*ast.SelectorExpr); ok && makers[s.Sel.Name] && len(n.Args) > 1 {
					add(n.Args[0], path)
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
