package evidence

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"github.com/understudy-db/understudy/pkg/mask/prf"
)

// exported collects originals in a set of its own and returns what its chunk gives away.
func exported(t testing.TB, o Options, add func(c *Collector)) [][]byte {
	t.Helper()
	s := New(o)
	defer s.Close()
	c := s.Collector()
	defer c.Drop()
	add(c)
	if err := c.Flush(); err != nil {
		t.Fatal(err)
	}
	var parts [][]byte
	if err := c.Export(func(p []byte) error { parts = append(parts, bytes.Clone(p)); return nil }); err != nil {
		t.Fatal(err)
	}
	return parts
}

func inTurn(parts [][]byte) func() ([]byte, error) {
	return func() ([]byte, error) {
		if len(parts) == 0 {
			return nil, nil
		}
		p := parts[0]
		parts = parts[1:]
		return p, nil
	}
}

func TestWhatAChunkExportedIsFoundByAnotherSet(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]Options{"in memory": {}, "spilled": {Memory: leastMemory}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const n = 3000
			o.Key = prf.TestKey().Derive(prf.RunSecret, "a run")
			parts := exported(t, o, func(c *Collector) {
				for i := range n {
					c.Add(Email, fmt.Appendf(nil, "person%d@brambleposte.co.uk", i))
				}
				c.Add(Phone, []byte("+44 (0)7512 345678"))
			})
			again := New(Options{Key: prf.TestKey().Derive(prf.RunSecret, "a run")})
			defer again.Close()
			if err := again.Import(inTurn(parts)); err != nil {
				t.Fatal(err)
			}
			if err := again.Seal(); err != nil {
				t.Fatal(err)
			}
			r := again.Reader()
			for i := range n {
				if look(t, r, fmt.Sprintf("to person%d@brambleposte.co.uk.", i)) != 1 {
					t.Fatalf("original %d is lost on the way", i)
				}
			}
			if look(t, r, "07512 345678") != 1 || look(t, r, "someone@brambleposte.co.uk") != 0 {
				t.Error("what is found is not what was collected")
			}
		})
	}
}

func TestADamagedExportIsRefusedWhole(t *testing.T) {
	t.Parallel()
	parts := exported(t, Options{}, func(c *Collector) { c.Add(Email, []byte("ann.whitcombe@brambleposte.co.uk")) })
	whole := parts[0]
	broken := errors.New("unreadable")
	for name, next := range map[string]func() ([]byte, error){
		"nothing":           inTurn(nil),
		"half a print":      inTurn([][]byte{whole[:len(whole)-3]}),
		"a cell too many":   inTurn([][]byte{append([]byte{0xff}, whole[1:]...)}),
		"an error half way": func() ([]byte, error) { return nil, broken },
	} {
		s := New(Options{})
		if err := s.Import(next); err == nil {
			t.Errorf("%s is taken", name)
		}
		if err := s.Seal(); err != nil || s.Len() != 0 {
			t.Errorf("%s leaves %d fingerprints: %v", name, s.Len(), err)
		}
		_ = s.Close()
	}
}

// FuzzImport: whatever a part holds, it is taken whole or refused whole.
func FuzzImport(f *testing.F) {
	for _, p := range exported(f, Options{}, func(c *Collector) {
		c.Add(Email, []byte("ann.whitcombe@brambleposte.co.uk"))
		c.Add(Phone, []byte("+44 (0)7512 345678"))
	}) {
		f.Add(p, p[fingerprintBytes:])
	}
	f.Fuzz(func(t *testing.T, first, second []byte) {
		s := New(Options{Memory: leastMemory})
		defer s.Close()
		err := s.Import(inTurn([][]byte{first, second}))
		if serr := s.Seal(); serr != nil {
			t.Fatal(serr)
		}
		if err != nil && s.Len() > 0 {
			t.Fatal("a part that was refused has left fingerprints")
		}
		if _, err := s.Reader().Look([]byte("ann.whitcombe@brambleposte.co.uk +44 7512 345678"), func([]byte, bool) {}); err != nil {
			t.Fatal(err)
		}
	})
}
