package pipeline

import (
	"testing"
	"time"

	"github.com/understudy-db/understudy/pkg/pgtest"
)

func TestWorkersFollowTheCoresAndTheWay(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		cores int
		trip  time.Duration
		want  int
	}{
		{1, 0, 2},
		{2, 100 * time.Microsecond, 2},
		{4, 999 * time.Microsecond, 4},
		{64, 0, 8},
		{2, 2 * time.Millisecond, 2},
		{2, 3 * time.Millisecond, 3},
		{2, 20 * time.Millisecond, 4},
		{64, time.Second, 16},
	} {
		if got := workers(c.cores, c.trip); got != c.want {
			t.Errorf("%d cores, %s: %d workers instead of %d", c.cores, c.trip, got, c.want)
		}
	}
	conn := pgtest.Conn(t, pgtest.DSN(t))
	if n, err := chooseJobs(t.Context(), 7, conn, conn); n != 7 || err != nil {
		t.Errorf("told 7: %d, %v", n, err)
	}
	if n, err := chooseJobs(t.Context(), 0, conn, conn); n < 2 || n > 16 || err != nil {
		t.Errorf("chosen: %d, %v", n, err)
	}
}
