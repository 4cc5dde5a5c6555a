package condition

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/interpreter"
)

// costLimit is what one evaluation may cost, in CEL's units: a regular expression
// over a text of 100 KB still passes.
const costLimit = 1_000_000

// rowVariable reads a column whose name is no identifier: row['Odd Name'].
const rowVariable = "row"

// Condition is a compiled expression. It may be used by several goroutines at once.
type Condition struct {
	program cel.Program
	columns []column // sorted by name
	names   []string
}

type column struct {
	name    string
	convert func(text []byte) (ref.Val, error)
}

// Compile checks expr against the table's columns: their classes by name, as
// package mask calls them. The error is for the author of the rules: an unknown
// column, types that do not fit, a result that is not a bool.
func Compile(expr string, columns map[string]string) (*Condition, error) {
	env, err := environment(columns)
	if err != nil {
		return nil, fmt.Errorf("when: %w", err)
	}
	checked, issues := env.Compile(expr)
	if issues.Err() != nil {
		return nil, fmt.Errorf("when %q: %w", expr, explain(issues, columns))
	}
	if t := checked.OutputType(); !t.IsExactType(cel.BoolType) {
		return nil, fmt.Errorf("when %q: it must be true or false, and it is a %s", expr, t)
	}
	used, err := columnsOf(checked.NativeRep(), columns)
	if err != nil {
		return nil, fmt.Errorf("when %q: %w", expr, err)
	}
	program, err := env.Program(checked, cel.EvalOptions(cel.OptOptimize), cel.CostLimit(costLimit))
	if err != nil {
		return nil, fmt.Errorf("when %q: %w", expr, err)
	}
	c := &Condition{program: program, names: used}
	for _, name := range used {
		c.columns = append(c.columns, column{name: name, convert: converter(columns[name])})
	}
	return c, nil
}

// environment declares the columns whose names are identifiers, and the row for all
// others. The only macro is has, which reads one field; there is nothing that loops.
func environment(columns map[string]string) (*cel.Env, error) {
	options := []cel.EnvOption{
		cel.StdLib(), cel.ClearMacros(), cel.Macros(cel.HasMacro),
		cel.CrossTypeNumericComparisons(true), // balance > 100: numeric is a double, 100 an int
		cel.ParserExpressionSizeLimit(10_000), cel.ParserRecursionLimit(100),
		cel.ExtendedValidations(),
		cel.Variable(rowVariable, cel.MapType(cel.StringType, cel.DynType)),
	}
	for _, name := range sortedNames(columns) {
		if isIdentifier(name) {
			options = append(options, cel.Variable(name, celType(columns[name])))
		}
	}
	return cel.NewCustomEnv(options...)
}

func sortedNames(columns map[string]string) []string {
	names := make([]string, 0, len(columns))
	for name := range columns {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// reserved are words that CEL does not take as a variable, or that it has types for.
var reserved = []string{
	"as", "break", "const", "continue", "else", "false", "for", "function", "if", "import", "in", "let", "loop",
	"namespace", "null", "package", "return", "true", "var", "void", "while",
	"bool", "bytes", "double", "duration", "dyn", "int", "list", "map", "null_type", "string", "timestamp", "type", "uint",
	rowVariable,
}

func isIdentifier(name string) bool {
	for i, c := range []byte(name) {
		if c != '_' && c|0x20-'a' >= 26 && (i == 0 || c-'0' >= 10) {
			return false
		}
	}
	return name != "" && !slices.Contains(reserved, name)
}

// explain adds, for an undeclared name, how a column of an odd name is written.
func explain(issues *cel.Issues, columns map[string]string) error {
	err := errors.New(strings.TrimSpace(issues.String()))
	if !strings.Contains(issues.String(), "undeclared reference") && !strings.Contains(issues.String(), "Syntax error") {
		return err
	}
	var odd []string
	for _, name := range sortedNames(columns) {
		if !isIdentifier(name) {
			odd = append(odd, fmt.Sprintf("%s[%q]", rowVariable, name))
		}
	}
	if len(odd) > 0 {
		return fmt.Errorf("%w (columns that are written otherwise: %s)", err, strings.Join(odd, ", "))
	}
	return err
}

// columnsOf walks the expression and returns the columns that it reads, sorted.
func columnsOf(expr *ast.AST, columns map[string]string) ([]string, error) {
	used := map[string]bool{}
	direct := map[int64]bool{} // uses of row that are row['name']
	var err error
	ast.PreOrderVisit(expr.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		switch e.Kind() {
		case ast.CallKind:
			call := e.AsCall()
			if call.FunctionName() != operators.Index || len(call.Args()) != 2 || !isRow(call.Args()[0]) {
				return
			}
			if name, ok := literal(call.Args()[1]); ok {
				direct[call.Args()[0].ID()] = true
				if _, known := columns[name]; !known {
					err = fmt.Errorf("the table has no column %q", name)
				}
				used[name] = true
			}
		case ast.SelectKind:
			if operand := e.AsSelect().Operand(); isRow(operand) {
				name := e.AsSelect().FieldName()
				direct[operand.ID()] = true
				if _, known := columns[name]; !known {
					err = fmt.Errorf("the table has no column %q", name)
				}
				used[name] = true
			}
		case ast.IdentKind:
			if isRow(e) {
				if !direct[e.ID()] {
					err = fmt.Errorf("%s is read as %s['column']", rowVariable, rowVariable)
				}
				return
			}
			if _, known := columns[e.AsIdent()]; known {
				used[e.AsIdent()] = true
			}
		}
	}))
	if err != nil {
		return nil, err
	}
	names := make([]string, 0, len(used))
	for name := range used {
		names = append(names, name)
	}
	slices.Sort(names)
	return names, nil
}

func isRow(e ast.Expr) bool { return e.Kind() == ast.IdentKind && e.AsIdent() == rowVariable }

func literal(e ast.Expr) (string, bool) {
	if e.Kind() != ast.LiteralKind {
		return "", false
	}
	s, ok := e.AsLiteral().(types.String)
	return string(s), ok
}

// Columns returns the columns that the condition reads, sorted: what Eval takes. The
// slice is shared: do not change it.
func (c *Condition) Columns() []string { return c.names }

// Eval returns whether the condition holds for a row. args are the canonical texts
// of Columns, in that order; nil is NULL. An error says that it cannot be known: a
// text that is none of its type, an operation that null does not have, the cost
// limit. It holds no value.
func (c *Condition) Eval(args [][]byte) (bool, error) {
	if len(args) != len(c.columns) {
		return false, fmt.Errorf("when: %d values for %d columns", len(args), len(c.columns))
	}
	r := row{columns: c.columns, values: make([]ref.Val, len(args))}
	for i, text := range args {
		r.values[i] = types.NullValue
		if text == nil {
			continue
		}
		v, err := c.columns[i].convert(text)
		if err != nil {
			return false, fmt.Errorf("when: column %s: %w", c.columns[i].name, err)
		}
		r.values[i] = v
	}
	out, _, err := c.program.Eval(&r)
	if err != nil {
		return false, errUndecided // the cause may quote a value
	}
	b, ok := out.(types.Bool)
	if !ok {
		return false, errUndecided
	}
	return bool(b), nil
}

var errUndecided = errors.New("when: it has no result for this row")

// row is what a program reads its variables from.
type row struct {
	columns []column
	values  []ref.Val
}

// ResolveName returns a column's value, and false for any other name.
func (r *row) ResolveName(name string) (any, bool) {
	for i := range r.columns {
		if r.columns[i].name == name {
			return r.values[i], true
		}
	}
	if name != rowVariable {
		return nil, false
	}
	all := make(map[string]ref.Val, len(r.columns))
	for i := range r.columns {
		all[r.columns[i].name] = r.values[i]
	}
	return types.DefaultTypeAdapter.NativeToValue(all), true
}

// Parent returns nil: a row has no outer scope.
func (r *row) Parent() interpreter.Activation { return nil }
