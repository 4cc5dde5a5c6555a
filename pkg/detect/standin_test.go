package detect

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

func TestStandInsAreSafeWithoutTheirCountry(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for _, u := range unassigned {
		if u.prefix == "0" {
			continue
		}
		for range 20 {
			d := u.prefix
			for len(d) < u.length {
				d += fmt.Sprint(r.IntN(10))
			}
			if !SafeStandIn("phone", []byte(d)) {
				t.Errorf("+%d %s…: not taken", u.cc, u.prefix)
				break
			}
		}
	}
}

func TestStandInsAreSafeHoweverTheyAreDialled(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]bool{
		"011-49 89 99998827": true, "0049 89 99998 827": true, "0049 30 23125 0420": false, "011-49 30 23125 042": true, "011498999998827": true,
		"+99 95 95 92 1534": true, "011-39 06 69982": false, "020 7219 4272": false, "": false, "+": false,
	} {
		if got := SafeStandIn("phone", []byte(value)); got != want {
			t.Errorf("%s: %v", value, got)
		}
	}
	if SafeStandIn("email", []byte("a@gmail.com")) || !SafeStandIn("email", []byte("a@example.com")) {
		t.Error("emails are judged by Safe")
	}
}
