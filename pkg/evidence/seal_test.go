package evidence

import (
	"fmt"
	"testing"

	"github.com/understudy-db/understudy/pkg/mask/prf"
)

// BenchmarkSeal collects the addresses of a million people, and merges what was spilled.
func BenchmarkSeal(b *testing.B) {
	const n = 1_000_000
	values := make([][]byte, n)
	for i := range values {
		values[i] = fmt.Appendf(nil, "person%d.case@post%d.co.uk", i, i%17)
	}
	for b.Loop() {
		s := New(Options{Dir: b.TempDir(), Memory: 8 << 20, Key: prf.TestKey()})
		c := s.Collector()
		for _, v := range values {
			c.Add(Email, v)
		}
		if err := c.Flush(); err != nil {
			b.Fatal(err)
		}
		c.Commit()
		collected := b.Elapsed()
		if err := s.Seal(); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64((b.Elapsed()-collected).Nanoseconds())/n, "seal-ns/original")
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/original")
}
