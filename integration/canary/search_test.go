package canary

import (
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"
)

// TestSearchFindsAValueHoweverItIsWritten keeps the search honest: one that finds nothing
// would call every place quiet.
func TestSearchFindsAValueHoweverItIsWritten(t *testing.T) {
	t.Parallel()
	const value = "Zqxabckjwzq@Firma.de"
	for _, before := range []string{"", "a", "ab", "abc"} {
		text := before + value + "and more"
		for name, written := range map[string]string{
			"as it is": text, "in capitals": strings.ToUpper(text), "in hex": hex.EncodeToString([]byte(text)), "in capital hex": strings.ToUpper(hex.EncodeToString([]byte(text))),
			"small, in hex": hex.EncodeToString([]byte(strings.ToLower(text))), "in base64": base64.StdEncoding.EncodeToString([]byte(text)), "in base64 for addresses": base64.RawURLEncoding.EncodeToString([]byte(text)),
		} {
			got := search("what stands before "+written+" what stands behind", []string{"zqxother", value})
			if len(got) != 1 || got[0].needle != 1 {
				t.Errorf("%s after %q: %v", name, before, got)
			}
		}
	}
	if got := search("nothing of it", []string{value}); len(got) != 0 {
		t.Errorf("found in nothing: %v", got)
	}
}
