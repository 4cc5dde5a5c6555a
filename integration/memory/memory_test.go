package memory

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/understudy-db/understudy/integration/stage"
	"github.com/understudy-db/understudy/pkg/report"
)

const (
	small = 150_000
	large = 10 * small
	// limit is what the tool promises; its documentation says so too.
	limit = 150 << 20
)

const rules = `version: 1
tables:
  public.people:
    columns:
      email: {mask: email}
      name: {mask: full_name}
      note: {mask: text}
    keep: [{why: numbers, columns: [id, n]}]
`

// watch runs the tool and writes down the most memory that it had, as the kernel counts it.
const watch = `"$@" & tool=$!
while peak=$(grep -s VmHWM "/proc/$tool/status"); do echo "$peak" >"$PEAK"; sleep 0.1; done
wait $tool`

// TestMemory runs the same refresh on both sizes.
func TestMemory(t *testing.T) {
	t.Parallel()
	server := stage.New(t, "server:17").Server("server")
	seconds, peak := map[int]float64{}, map[int]int64{}
	for _, n := range []int{small, large} {
		from := fmt.Sprintf("production_%d", n)
		server.Database(t, from)
		server.Exec(t, from, fmt.Sprintf(`CREATE TABLE people (id int PRIMARY KEY, email text NOT NULL, name text, note text, n int);
			INSERT INTO people SELECT i, 'person' || i || '@firma.de', 'Zebra Quagga' || i %% 5000, 'note ' || i, i FROM generate_series(1, %d) i; ANALYZE`, n))
		r := server.Watched(t, watch, stage.Call{Rules: rules, Args: server.CopyArgs(server, from, "staging", "--quiet", "--jobs", "2")})
		r.Must(t, 0)
		var kb int64
		if _, err := fmt.Sscanf(r.File(t, "peak"), "VmHWM: %d kB", &kb); err != nil {
			t.Fatal(err)
		}
		peak[n] = kb << 10
		var run report.Run
		if err := json.Unmarshal([]byte(r.File(t, "report/*/run.json")), &run); err != nil {
			t.Fatal(err)
		}
		for _, s := range run.Steps {
			seconds[n] += float64(s.Millis) / 1000
			t.Logf("%d rows: %s took %d ms", n, s.Name, s.Millis)
		}
	}
	t.Logf("%d rows: %.1f s and %d MB; %d rows: %.1f s and %d MB", small, seconds[small], peak[small]>>20, large, seconds[large], peak[large]>>20)
	if peak[large] > limit {
		t.Errorf("ten times the rows took %d MB, the limit is %d MB", peak[large]>>20, limit>>20)
	}
	if peak[large] > peak[small]+peak[small]/2 {
		t.Errorf("ten times the rows took %d MB instead of %d MB", peak[large]>>20, peak[small]>>20)
	}
	// What is the same for both sizes makes the factor smaller; a busy machine makes it larger.
	if seconds[large] > 20*seconds[small] {
		t.Errorf("ten times the rows took %.1f s instead of %.1f s", seconds[large], seconds[small])
	}
}
