package inspect

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func texts(b string) (out []string) {
	for i := 0; i < len(b); {
		start, end := nextText([]byte(b), i)
		if start < end {
			out = append(out, b[start:end])
		}
		i = end
	}
	return out
}

func TestTextsOfAFile(t *testing.T) {
	t.Parallel()
	for value, want := range map[string][]string{
		"":                                nil,
		"\x00\x01\x02":                    nil,
		"a@b.de":                          {"a@b.de"},
		"x\x00a@b.de\x00y":                {"a@b.de"},
		"Author\x00Ann Whitcombe\x00\x00": {"Author", "Ann Whitcombe"},
		"one line\nand \"another\"\t…":    {"one line\nand \"another\"\t…"},
		"Gr\xfc\xdfe von J\xfcrgen M\xfcller, Tel. 0171 2345679": {"e von J\xfcrgen M\xfcller, Tel. 0171 2345679"},
		"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDRx":                   {"\rIHDRx"},
		"\x07山田太郎\x00":                                           {"山田太郎"},
		"\xff\xfe\xfdann@brambleposte.co.uk\xff\xff":             {"ann@brambleposte.co.uk"},
	} {
		if got := texts(value); !slices.Equal(got, want) {
			t.Errorf("of %q: %q, want %q", value, got, want)
		}
	}
}

// A detector looks at what is left of random bytes: little, or a photograph would take as
// long as a novel.
func TestRandomBytesAreNoText(t *testing.T) {
	t.Parallel()
	random, b := rand.New(rand.NewPCG(1, 2)), make([]byte, 1<<20) //nolint:gosec // no secret
	for i := range b {
		b[i] = byte(random.Uint32()) //nolint:gosec // its lowest byte
	}
	left := len(strings.Join(texts(string(b)), ""))
	if left > len(b)/20 {
		t.Errorf("%d of %d bytes are taken for text", left, len(b))
	}
}

// FuzzTexts: what is text by itself is not cut, wherever it lies.
func FuzzTexts(f *testing.F) {
	f.Add([]byte("\x00\xff"), []byte("\x00"))
	f.Add([]byte("Gr\xfc"), []byte("\xdf"))
	f.Fuzz(func(t *testing.T, before, after []byte) {
		const original = "ann.whitcombe@brambleposte.co.uk"
		if !slices.ContainsFunc(texts(string(before)+"\x00"+original+"\x00"+string(after)), func(s string) bool { return s == original }) {
			t.Error("a text between two zero bytes is not one")
		}
		at := 0
		for i := 0; i < len(before); {
			start, end := nextText(before, i)
			if start < at || end < start || end > len(before) || end == i && start == end && end < len(before) {
				t.Fatalf("from %d: %d to %d", i, start, end)
			}
			at, i = end, end
		}
	})
}
