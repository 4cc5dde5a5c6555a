package copier

import (
	"crypto/sha256"
	"strconv"
	"testing"
)

// asking counts how often it is asked, and takes even numbers for placeholders.
type asking struct{ asked int }

func (a *asking) Placeholder(value []byte) bool {
	a.asked++
	n, _ := strconv.Atoi(string(value))
	return n%2 == 0
}

func TestAVerdictIsTheSameWhetherItIsRememberedOrNot(t *testing.T) {
	t.Parallel()
	seed := NewSeed(sha256.Sum256([]byte("a seed")))
	var v verdicts
	var w asking
	for round := range 3 {
		for n := range 20_000 { // more than there are slots
			value := []byte(strconv.Itoa(n))
			if got := v.placeholder(seed.sum(value), value, &w); got != (n%2 == 0) {
				t.Fatalf("round %d: %d is %t", round, n, got)
			}
		}
	}
	// None of them was there when it came again, so that values are not looked for now, and are later.
	always := func() int {
		w.asked = 0
		for range 100 {
			v.placeholder(seed.sum([]byte("4")), []byte("4"), &w)
		}
		return w.asked
	}
	if n := always(); n != 100 {
		t.Errorf("asked %d of 100 times while nothing is looked for", n)
	}
	for range verdictsSkipped {
		v.placeholder(seed.sum([]byte("4")), []byte("4"), &w)
	}
	if n := always(); n > 1 {
		t.Errorf("asked %d times of one value", n)
	}
	if v.placeholder(0, []byte("1"), &w) || v.placeholder(1<<63, []byte("1"), &w) {
		t.Error("the empty slot has a verdict")
	}
}
