package report

import (
	"os"
	"reflect"
	"strings"
	"testing"
	"time"
)

// docs/run-record.md is a contract: no field of run.json is missing from it.
func TestEveryFieldOfTheRecordIsDocumented(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/run-record.md")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[reflect.Type]bool{}
	var walk func(reflect.Type)
	walk = func(typ reflect.Type) {
		for typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice {
			typ = typ.Elem()
		}
		if typ.Kind() != reflect.Struct || typ == reflect.TypeFor[time.Time]() || seen[typ] {
			return
		}
		seen[typ] = true
		for i := range typ.NumField() {
			name, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
			if name == "" {
				t.Errorf("%s.%s has no name in the record", typ.Name(), typ.Field(i).Name)
			}
			if !strings.Contains(string(text), "`"+name+"`") {
				t.Errorf("%s.%s is not documented as `%s`", typ.Name(), typ.Field(i).Name, name)
			}
			walk(typ.Field(i).Type)
		}
	}
	walk(reflect.TypeFor[Run]())
}
