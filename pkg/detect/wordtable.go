package detect

// wordTable maps words to values by their 64-bit hash: a look-up costs no string and the
// hash can be made while a word is read. Among 30,000 words a false hit has a chance below
// one in 10^14.
type wordTable[V any] struct {
	keys []uint64
	vals []V
	mask uint64
}

func newWordTable[V any](size int) *wordTable[V] {
	n := 16
	for n < 3*size {
		n *= 2
	}
	return &wordTable[V]{keys: make([]uint64, n), vals: make([]V, n), mask: uint64(n - 1)}
}

// place returns where h is or belongs.
func (t *wordTable[V]) place(h uint64) (i uint64, found bool) {
	for i = h & t.mask; t.keys[i] != 0; i = (i + 1) & t.mask {
		if t.keys[i] == h {
			return i, true
		}
	}
	return i, false
}

func (t *wordTable[V]) put(h uint64, v V) {
	i, _ := t.place(h)
	t.keys[i], t.vals[i] = h, v
}

func (t *wordTable[V]) get(h uint64) (v V, ok bool) {
	if i, found := t.place(h); found {
		return t.vals[i], true
	}
	return v, false
}

const hashSeed = uint64(14695981039346656037)

// hashByteOf adds one byte to a hash (FNV-1a).
func hashByteOf(h uint64, c byte) uint64 { return (h ^ uint64(c)) * 1099511628211 }

func hash(w []byte) uint64 {
	h := hashSeed
	for _, c := range w {
		h = hashByteOf(h, c)
	}
	return h
}
