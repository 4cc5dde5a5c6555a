package evidence

import (
	"bufio"
	"cmp"
	"container/heap"
	"io"
)

// mostMerged is how many runs are merged at once. With the smallest buffers that are
// worth a read they fit into a quarter of the memory.
const mostMerged = 256

// mergeAll makes one run of all, in as few passes as the memory allows.
func (s *Set) mergeAll() error {
	size := int(min(max(s.memory/4/mostMerged, 512), 64<<10))
	ways := int(min(max(s.memory/4/int64(size), 2), mostMerged))
	for len(s.runs) > 1 {
		into, err := newSpillFile(s.dir)
		if err != nil {
			return err
		}
		var merged []run
		var at int64
		for from := 0; from < len(s.runs); from += ways {
			r, err := mergeRuns(into, at, s.file, s.runs[from:min(from+ways, len(s.runs))], size)
			if err != nil {
				_ = into.close()
				return fault(err)
			}
			merged = append(merged, r)
			at += r.n
		}
		if err := s.file.close(); err != nil {
			_ = into.close()
			return fault(err)
		}
		s.file, s.runs = into, merged
	}
	return nil
}

// mergeRuns writes the union of runs to into, from the at-th fingerprint on.
func mergeRuns(into io.WriterAt, at int64, from io.ReaderAt, runs []run, size int) (run, error) {
	out := run{first: at}
	w := bufio.NewWriterSize(io.NewOffsetWriter(into, at*fingerprintBytes), size)
	var h heads
	for _, r := range runs {
		reader := newRunReader(from, r, size)
		p, ok, err := reader.next()
		if err != nil {
			return out, err
		}
		if ok {
			h = append(h, head{p, reader})
		}
	}
	heap.Init(&h)
	var last fingerprint
	var b [fingerprintBytes]byte
	for len(h) > 0 {
		if p := h[0].p; out.n == 0 || p != last {
			encode(b[:], p)
			if _, err := w.Write(b[:]); err != nil {
				return out, err
			}
			last = p
			out.n++
		}
		p, ok, err := h[0].r.next()
		switch {
		case err != nil:
			return out, err
		case ok:
			h[0].p = p
			heap.Fix(&h, 0)
		default:
			heap.Pop(&h)
		}
	}
	return out, w.Flush()
}

// head is the next fingerprint of a run.
type head struct {
	p fingerprint
	r *runReader
}

type heads []head

func (h heads) Len() int           { return len(h) }
func (h heads) Less(i, j int) bool { return compare(h[i].p, h[j].p) < 0 }
func (h heads) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }

// Push is never used: runs only end.
func (h *heads) Push(any) {}

// Pop takes the last one away.
func (h *heads) Pop() any {
	*h = (*h)[:len(*h)-1]
	return nil
}

// runReader reads a run in pieces of a size.
type runReader struct {
	f       io.ReaderAt
	at, end int64
	buffer  []byte
	rest    []byte // of the buffer
}

func newRunReader(f io.ReaderAt, r run, size int) *runReader {
	size -= size % fingerprintBytes
	return &runReader{f: f, at: r.first * fingerprintBytes, end: (r.first + r.n) * fingerprintBytes, buffer: make([]byte, size)}
}

// next returns the next fingerprint, and false at the run's end.
func (r *runReader) next() (fingerprint, bool, error) {
	if len(r.rest) == 0 {
		if r.at == r.end {
			return fingerprint{}, false, nil
		}
		r.rest = r.buffer[:min(int64(len(r.buffer)), r.end-r.at)]
		if n, err := r.f.ReadAt(r.rest, r.at); n < len(r.rest) {
			return fingerprint{}, false, cmp.Or(err, io.ErrUnexpectedEOF)
		}
		r.at += int64(len(r.rest))
	}
	p := decode(r.rest)
	r.rest = r.rest[fingerprintBytes:]
	return p, true, nil
}
