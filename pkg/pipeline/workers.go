package pipeline

import (
	"context"
	"runtime"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/pkg/session"
)

// chooseJobs returns the number of workers: as told, or by this machine's cores and the
// way to the servers. A server does not tell how many cores it has.
func chooseJobs(ctx context.Context, told int, src, tgt *pgx.Conn) (int, error) {
	if told > 0 {
		return told, nil
	}
	there, err := roundTrip(ctx, src)
	if err != nil {
		return 0, session.Fault(report.Source, "measure the way to the source", err)
	}
	here, err := roundTrip(ctx, tgt)
	if err != nil {
		return 0, session.Fault(report.Target, "measure the way to the target", err)
	}
	return workers(runtime.NumCPU(), max(there, here)), nil
}

// A chunk waits five times for an answer, whatever its size: its lock and its stream on
// the source, its transaction, its stream and its commit on the target. A small table
// takes 5 ms else, so that a worker is idle for half of its time when a round trip takes
// a millisecond, and most of it at twenty. More than twice the workers are not worth their memory.
const (
	fewest, most  = 2, 8
	noticeable    = time.Millisecond
	waitsForWhole = 5 * time.Millisecond // from here on workers are doubled
)

// workers is one a core, within reason, and up to twice that where answers take long.
func workers(cores int, trip time.Duration) int {
	n := min(max(cores, fewest), most)
	if trip < noticeable {
		return n
	}
	return n + int(min(time.Duration(n)*trip/waitsForWhole, time.Duration(n)))
}

// roundTrip is the fastest of three answers: what is measured is the way, not the load.
func roundTrip(ctx context.Context, conn *pgx.Conn) (time.Duration, error) {
	best := time.Hour
	for range 3 {
		start := time.Now()
		if err := conn.Ping(ctx); err != nil {
			return 0, err
		}
		best = min(best, time.Since(start))
	}
	return best, nil
}
