package night

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// loads says how large the loads are: UNDERSTUDY_LOAD, in hundredths of the whole. `make
// load` plays them whole; by default a shadow of each is played.
func loads(t *testing.T, whole int) int {
	t.Helper()
	percent, err := strconv.Atoi(os.Getenv("UNDERSTUDY_LOAD"))
	if err != nil {
		percent = 1
	}
	return max(3, whole*percent/100)
}

func TestLoads(t *testing.T) {
	t.Parallel()
	n := beginWith(t, peopleRules, map[string]string{"max_locks_per_transaction": "1000", "max_connections": "200"})
	t.Run("eight refreshes at once, and many after another", n.again)
	t.Run("many in one process", n.inOneProcess)
	t.Run("tables, schemas and partitions", n.many)
}

// many refreshes a database of 10,000 tables in a thousand schemas, whose names are as
// long as names can be, and a table of 300 partitions.
func (n *night) many(t *testing.T) {
	tables, schemas, partitions := loads(t, 10_000), loads(t, 1000), loads(t, 300)
	var rules strings.Builder
	rules.WriteString("version: 1\npurpose: a load\ntables:\n  public.parts: {columns: {email: {mask: email}}, keep: [{why: a test, columns: [id]}]}\n")
	name := func(what, i int) string { return fmt.Sprintf("%s%02d%05d", strings.Repeat("𝔘", 14), what, i) } // 56 bytes and 7
	for i := range tables {
		fmt.Fprintf(&rules, "  %s.%s: {columns: {email: {mask: email}}, keep: [{why: a test, columns: [id]}]}\n", name(1, i%schemas), name(2, i))
	}
	n.rules = n.file(t, "rules/many.yaml", rules.String())
	source, target := n.production.DSN("many"), n.staging.DSN("many_staging")
	execute(t, n.production.DSN("postgres"), "CREATE DATABASE many")
	var ddl strings.Builder
	for i := range schemas {
		fmt.Fprintf(&ddl, "CREATE SCHEMA %q;\n", name(1, i))
	}
	for i := range tables {
		fmt.Fprintf(&ddl, "CREATE TABLE %q.%q (id int PRIMARY KEY, email text); INSERT INTO %[1]q.%[2]q VALUES (%d, 'person%[3]d@brambleposte.co.uk');\n", name(1, i%schemas), name(2, i), i)
		if i%500 == 499 {
			execute(t, source, ddl.String())
			ddl.Reset()
		}
	}
	ddl.WriteString("CREATE TABLE parts (id int, email text) PARTITION BY LIST (id);\n")
	for i := range partitions {
		fmt.Fprintf(&ddl, "CREATE TABLE parts_%d PARTITION OF parts FOR VALUES IN (%[1]d); INSERT INTO parts VALUES (%[1]d, 'person%[1]d@brambleposte.co.uk');\n", i)
	}
	execute(t, source, ddl.String())
	began := time.Now()
	n.must(t, 0, n.copyArgs(source, target)...)
	t.Logf("%d tables in %d schemas and %d partitions in %s", tables, schemas, partitions, time.Since(began).Round(time.Second/10))
	if got := query(t, target, "SELECT count(*)::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE relkind = 'r' AND nspname !~ '^(pg_|information)'")[0]; got != strconv.Itoa(tables+partitions) {
		t.Errorf("%s tables arrived", got)
	}
}

// again refreshes eight targets side by side, and one again and again, whose last runs
// take no more memory, goroutines and descriptors than its first, and leave nothing behind.
func (n *night) again(t *testing.T) {
	source := n.production.DSN("night")
	execute(t, n.production.DSN("postgres"), "CREATE DATABASE night")
	execute(t, source, fewPeople)
	var wg sync.WaitGroup
	for i := range loads(t, 8) {
		wg.Go(func() {
			if code, said := n.start(t, nil, n.copyArgs(source, n.staging.DSN(fmt.Sprintf("at_once_%d", i)))...).wait(t); code != 0 {
				t.Errorf("of runs at once, one ended with %d:\n%s", code, said)
			}
		})
	}
	wg.Wait()
	target := n.staging.DSN("night_staging")
	metrics := filepath.Join(t.TempDir(), "metrics.prom")
	var first, last took
	runs := loads(t, 100)
	for i := range runs {
		r := n.start(t, nil, n.copyArgs(source, target, "--metrics-file", metrics)...)
		if code, said := r.wait(t); code != 0 {
			t.Fatalf("run %d ended with %d:\n%s", i, code, said)
		}
		n.nothingLeft(t, "night_staging")
		usage, _ := r.cmd.ProcessState.SysUsage().(*syscall.Rusage)
		last = took{usage.Maxrss, gauge(t, metrics, "go_goroutines"), gauge(t, metrics, "process_open_fds")}
		if i == 1 { // the first finds no generation
			first = last
		}
	}
	t.Logf("%d runs after another; the second took %s, the last %s", runs, first, last)
	if last.kib > 2*first.kib || last.goroutines > first.goroutines+3 || last.descriptors > first.descriptors+3 {
		t.Errorf("the last run took %s, the second %s", last, first)
	}
}

// fewPeople is a tenth of people.
var fewPeople = strings.NewReplacer("1, 6000", "1, 600", "1, 24000", "1, 2400", "% 6000", "% 600").Replace(people)

// took is what a run had: memory at most, the rest at its end.
type took struct{ kib, goroutines, descriptors int64 }

func (u took) String() string {
	return fmt.Sprintf("%d KiB, %d goroutines, %d descriptors", u.kib, u.goroutines, u.descriptors)
}

// gauge reads a number from a file of metrics.
func gauge(t *testing.T, file, name string) int64 {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(string(b), "\n") {
		if value, ok := strings.CutPrefix(line, name+" "); ok {
			n, err := strconv.ParseFloat(value, 64)
			if err != nil {
				t.Fatal(err)
			}
			return int64(n)
		}
	}
	t.Fatalf("the metrics have no %s", name)
	return 0
}
