package mask

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/understudy-db/understudy/pkg/mask/prf"
)

func TestAHashIsThatOfTheStandIn(t *testing.T) {
	t.Parallel()
	inner := Spec{Name: "email", Domain: "person.email", Column: Column{Class: ClassText}}
	email, err := New(inner, &Binder{Key: prf.TestKey()})
	if err != nil {
		t.Fatal(err)
	}
	for _, class := range []Class{ClassText, ClassBytes} {
		m, err := New(Spec{
			Name: "hash", Domain: "h", Params: map[string]any{"with": "sha256-lower"}, Column: Column{Class: class},
			Paths: []PathSpec{{Path: ownPath, Spec: inner}},
		}, &Binder{Key: prf.TestKey()})
		if err != nil {
			t.Fatal(err)
		}
		for _, original := range []string{"Ann@Firma.de", "bob@post.uk"} {
			standIn, _ := email.Mask(nil, Input{Value: []byte(original)})
			sum := sha256.Sum256(bytes.ToLower(standIn))
			want := hex.EncodeToString(sum[:])
			old := "AB"
			if class == ClassBytes {
				want = string(sum[:])
			} else {
				want = strings.ToUpper(want) // as the original writes it
			}
			if got, err := m.Mask(nil, Input{Value: []byte(old), Args: [][]byte{[]byte(original)}}); err != nil || string(got) != want {
				t.Errorf("%s: %x, want %x", class, got, want)
			}
		}
		// a hash of nothing is nobody's, and tells nothing of the old one
		a, _ := m.Mask(nil, Input{Value: []byte("aa"), Args: [][]byte{nil}})
		b, _ := m.Mask(nil, Input{Value: []byte("bb"), Args: [][]byte{nil}})
		if bytes.Equal(a, b) || len(a) < 32 {
			t.Errorf("%x and %x", a, b)
		}
	}
	if _, err := Check(Spec{Name: "hash", Column: Column{Class: ClassText, MaxChars: 40}}); err == nil {
		t.Error("64 digits fit into 40 characters")
	}
}
