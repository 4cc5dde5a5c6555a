package detect

import "testing"

// FuzzSpoken: of a text in ASCII both readings say the same.
func FuzzSpoken(f *testing.F) {
	for _, s := range []string{"my number", "myNumber", "Phones: ", "the IDs of HTTPServer", "s", "", "tel.nr", "my  number", "eMails"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		for i := range text {
			text[i] &= 0x7F
		}
		if spoken(text) != spokenWide(text) {
			t.Errorf("%q", text)
		}
	})
}
