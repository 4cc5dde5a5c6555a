package pipeline

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/copier"
	"github.com/understudy-db/understudy/pkg/detect"
	"github.com/understudy-db/understudy/pkg/mask"
	"github.com/understudy-db/understudy/pkg/mask/prf"
	"github.com/understudy-db/understudy/pkg/plan"
	"github.com/understudy-db/understudy/pkg/ruleset"
)

// RunTests runs the tests that the rules carry, under the published test key, and
// returns how many passed. A test that fails is a ruleset.Problems, and so is a path that no
// document of the tests has. They need no
// database: columns are taken for text, or for what their masker takes.
func RunTests(rules *ruleset.Rules) (int, error) {
	var failed ruleset.Problems
	var seen documents
	for i := range rules.Tests {
		failed = append(failed, runTest(rules, &rules.Tests[i], &seen)...)
	}
	for _, p := range seen.idle() {
		failed = append(failed, ruleset.Problem{
			Position: pathPosition(rules, p.domain, p.path), Hint: "correct the path, or give a test a document that has it",
			Message: fmt.Sprintf("%s: the path %s matches nothing in the documents of the tests", strings.TrimPrefix(p.domain, "column:"), p.path),
		})
	}
	if len(failed) > 0 {
		return 0, failed
	}
	return len(rules.Tests), nil
}

func runTest(rules *ruleset.Rules, test *ruleset.Test, seen *documents) ruleset.Problems {
	fail := func(at ruleset.Position, format string, args ...any) ruleset.Problems {
		return ruleset.Problems{{Position: at, Message: "test: " + fmt.Sprintf(format, args...)}}
	}
	index := slices.IndexFunc(rules.Tables, func(t ruleset.Table) bool {
		n := catalog.Name{Schema: t.Schema, Name: t.Name}
		return n.String() == test.Table || n.SQL() == test.Table
	})
	if index < 0 {
		return fail(test.Position, "no rule names the table %s", test.Table)
	}
	table := rules.Tables[index]
	one := *rules
	one.Tables, one.Tests, one.Undecided, one.Packs, one.Virtual = []ruleset.Table{table}, nil, "null", rules.Packs, nil
	p, err := plan.Make(plan.Input{Rules: &one, Catalog: pretend(&one, &table, test), SnapshotTime: "2000-01-01 00:00:00+00"})
	if err != nil {
		return fail(test.Position, "the rules of %s cannot be planned: %v", test.Table, err)
	}
	bind := copier.Bind{Masker: func(s mask.Spec) (mask.Masker, error) {
		m, err := mask.New(s, &mask.Binder{Key: prf.TestKey(), Detectors: []mask.Detector{detect.NewScanner(detect.Options{})}})
		seen.keep(s, m)
		return m, err
	}}
	row := map[string]*string{}
	for name, v := range test.Row {
		if v != nil {
			text := fmt.Sprint(v)
			row[name] = &text
		} else {
			row[name] = nil
		}
	}
	got, err := copier.MaskRow(&p.Tables[0], bind, row)
	if err != nil {
		return fail(test.Position, "%v", err)
	}
	var failed ruleset.Problems
	for _, name := range slices.Sorted(maps.Keys(test.Expect)) {
		want := test.Expect[name]
		out, known := got[name]
		if !known {
			failed = append(failed, fail(want.Position, "the row has no column %s", name)...)
			continue
		}
		if why := compare(want, row[name], out); why != "" {
			failed = append(failed, fail(want.Position, "%s.%s %s", test.Table, name, why)...)
		}
	}
	return failed
}

// compare says what is wrong with a stand-in, or "". The stand-in itself is made up
// from a made-up row, and still it is not printed: people paste real rows into tests.
func compare(want ruleset.Expect, in, out *string) string {
	switch {
	case want.Null != nil && *want.Null != (out == nil):
		return fmt.Sprintf("is NULL: %v, expected %v", out == nil, *want.Null)
	case out == nil && (want.Matches != "" || want.Equals != nil):
		return "is NULL"
	case out == nil:
		return ""
	case want.Differs != nil && *want.Differs != (in == nil || *in != *out):
		return fmt.Sprintf("differs: %v, expected %v", in == nil || *in != *out, *want.Differs)
	case want.Equals != nil && *want.Equals != *out:
		return "is not what it should equal"
	case want.NotContains != "" && strings.Contains(strings.ToLower(*out), strings.ToLower(want.NotContains)):
		return "contains what it must not contain"
	}
	if want.Matches != "" {
		re, err := regexp.Compile(want.Matches)
		if err != nil {
			return "has an expectation that is no regular expression"
		}
		if !re.MatchString(*out) {
			return "does not match " + want.Matches
		}
	}
	return ""
}

// pretend makes the catalog of a database that has just this table.
func pretend(rules *ruleset.Rules, table *ruleset.Table, test *ruleset.Test) *catalog.Catalog {
	names := map[string]bool{}
	for name := range test.Row {
		names[name] = true
	}
	types := map[string]string{}
	for i := range table.Columns {
		names[table.Columns[i].Name] = true
		types[table.Columns[i].Name] = typeFor(rules, &table.Columns[i].Action)
	}
	for i := range table.Keep {
		for _, c := range table.Keep[i].Columns {
			names[c] = true
		}
	}
	if table.Subject != "" {
		names[table.Subject] = true
	}
	t := catalog.Table{OID: 1, Name: catalog.Name{Schema: table.Schema, Name: table.Name}, Kind: 'r', Persistence: 'p', AccessMethod: "heap", Readable: true}
	all := map[uint32]*catalog.Type{}
	for i, name := range slices.Sorted(maps.Keys(names)) {
		typ := types[name]
		if typ == "" {
			typ = "text"
		}
		oid := pretendTypes[typ]
		all[oid] = &catalog.Type{OID: oid, Schema: "pg_catalog", Name: typ, Kind: 'b', TypMod: -1, Binary: true, Delim: ','}
		t.Columns = append(t.Columns, catalog.Column{Num: int16(i + 1), Name: name, Type: oid, TypMod: -1, TypeName: typ})
	}
	return &catalog.Catalog{Database: catalog.Database{Name: "test", Version: 170000}, Tables: []catalog.Table{t}, Types: all}
}

// pretendTypes are the types that a test's column may be taken for.
var pretendTypes = map[string]uint32{
	"text": 25, "int8": 20, "numeric": 1700, "uuid": 2950, "date": 1082, "timestamptz": 1184, "inet": 869, "macaddr": 829,
	"jsonb": 3802, "xml": 142, "bytea": 17, "bool": 16, "float8": 701, "time": 1083,
}

var classTypes = map[mask.Class]string{
	mask.ClassText: "text", mask.ClassInteger: "int8", mask.ClassNumeric: "numeric", mask.ClassUUID: "uuid", mask.ClassDate: "date",
	mask.ClassTimestamp: "timestamptz", mask.ClassInet: "inet", mask.ClassMAC: "macaddr", mask.ClassJSON: "jsonb", mask.ClassXML: "xml",
	mask.ClassBytes: "bytea", mask.ClassBool: "bool", mask.ClassFloat: "float8", mask.ClassTime: "time",
}

// typeFor is text where the action's masker takes it, else what it takes first.
func typeFor(rules *ruleset.Rules, a *ruleset.Action) string {
	name := a.Mask
	if a.Kind == ruleset.KindDomain {
		for i := range rules.Domains {
			if rules.Domains[i].Name == a.Domain {
				name = rules.Domains[i].Action.Mask
			}
		}
	}
	info, ok := mask.Lookup(name)
	if !ok || slices.Contains(info.Classes, mask.ClassText) || len(info.Classes) == 0 {
		return "text"
	}
	return classTypes[info.Classes[0]]
}
