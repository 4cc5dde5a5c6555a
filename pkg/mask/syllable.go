package mask

import "github.com/understudy-db/understudy/pkg/mask/prf"

// A contact's readable part is two syllables: short, pronounceable in most of our
// locales, and nobody's surname list. The 1,024 combinations hold no insult and no word that would
// embarrass in an address; a test keeps it so.
const (
	firstSyllables = "ma ka le ro ta ni da so mi la re no ba sa el an fe be lo ri te sel tal mar jo ne vi he ra do al em"
	lastSyllables  = "rin vel dan mir lia nor ven lis ron mel las din mar len var ris nel dor lin mon vin ral sen tis lan min ros ler mas den ria nas"
)

var syllables = [2][32]string{split32(firstSyllables), split32(lastSyllables)}

func split32(s string) (out [32]string) {
	n, start := 0, 0
	for i := 0; i <= len(s); i++ {
		if i == len(s) || s[i] == ' ' {
			out[n] = s[start:i]
			n, start = n+1, i+1
		}
	}
	return out
}

// maxWord is the longest word of appendWord.
const maxWord = 6

// wordBound is how many words there are at least: two syllables may join to the word of two others.
const wordBound = 512

// appendWord appends a name-like word of 4 to 6 lower-case letters.
func appendWord(dst []byte, b *prf.Bits) []byte {
	dst = append(dst, syllables[0][b.Index(32)]...)
	return append(dst, syllables[1][b.Index(32)]...)
}

// appendCapital is appendWord with a capital first letter.
func appendCapital(dst []byte, b *prf.Bits) []byte {
	at := len(dst)
	dst = appendWord(dst, b)
	dst[at] = upperByte(dst[at])
	return dst
}
