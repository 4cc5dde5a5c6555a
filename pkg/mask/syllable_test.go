package mask

import (
	"slices"
	"testing"
)

// TestNoSyllablesEmbarrass holds the words that two harmless syllables have made, and
// their likes: an address in staging is read aloud on a call with a customer.
func TestNoSyllablesEmbarrass(t *testing.T) {
	t.Parallel()
	bad := []string{
		"moron", "hamas", "juden", "luden", "neger", "satan", "sodom", "penis", "anal", "loser", "nazis", "sadis", "moral",
		"retard", "lesbo", "boner", "mongol", "idiot", "kanker", "maricon", "cojon", "cabron", "merde", "salaud", "huren", "titten",
	}
	seen := map[string]bool{}
	for _, a := range syllables[0] {
		for _, b := range syllables[1] {
			if word := a + b; slices.Contains(bad, word) {
				t.Errorf("%s and %s make a word that embarrasses", a, b)
			} else {
				seen[word] = true
			}
			if len(a+b) > maxWord {
				t.Errorf("%s and %s are longer than maxWord", a, b)
			}
		}
	}
	if len(seen) < 1000 {
		t.Errorf("only %d words", len(seen))
	}
}

func TestThereAreAsManyWordsAsTheEmailCounts(t *testing.T) {
	t.Parallel()
	words := map[string]bool{}
	for _, a := range syllables[0] {
		for _, b := range syllables[1] {
			words[a+b] = true
		}
	}
	if len(words) < wordBound {
		t.Errorf("%d words", len(words))
	}
}
