package mask

import (
	"bytes"

	"github.com/understudy-db/understudy/pkg/mask/identity"
)

func iban() entry {
	return entry{
		Info: Info{
			Name:    "iban",
			Summary: "An account number: country, length, separators and letter case stay. In Germany the bank code is impossible, in Britain, Ireland, the Netherlands and others it is XXXX, in France, Spain, Belgium, Portugal and Norway the national check digits are wrong, and elsewhere the IBAN's own.",
			Classes: []Class{ClassText},
			Params:  []Param{modeParam},
			Example: "account: {mask: iban}",
		},
		traits: func(s Spec) (Traits, error) {
			// The shortest national parts, of the Netherlands and Norway, leave ten digits.
			t := Traits{
				Safety: NeverIssued, ClassA: true, Capacity: 1e10, Technique: "pseudonymization",
				Keeps: []string{"country", "length", "separators", "case"},
			}
			if identityMode(s) == identity.Valid {
				t.Safety, t.ClassA = Valid, false
			}
			return t, nil
		},
		bind: func(s Spec, b *Binder) (Masker, error) {
			return &ibanMasker{numbered: newNumbered(s, b), mode: identityMode(s)}, nil
		},
	}
}

type ibanMasker struct {
	numbered
	mode identity.Mode
}

// Mask appends the stand-in of an account number. It never fails.
func (m *ibanMasker) Mask(dst []byte, in Input) ([]byte, error) {
	m.normalise(in.Value)
	if m.foreign || !identity.IBANFits(m.norm) {
		return m.appendOdd(dst, in.Value, nil), nil
	}
	m.draw.start(m.prf, "iban", m.norm)
	for range 8 {
		identity.IBANMake(m.out, m.norm, &m.draw, m.mode)
		if !bytes.Equal(m.out, m.norm) {
			return m.appendLike(dst, in.Value), nil
		}
	}
	return m.appendOdd(dst, in.Value, nil), nil
}

func card() entry {
	return entry{
		Info: Info{
			Name:    "card",
			Summary: "A payment card number of the same length: first digit 0 (9 in a column of numbers), which is no scheme's, and a right Luhn digit.",
			Classes: numberClasses,
			Params: []Param{{
				Name: "brand", Type: String, Default: "drop", Allowed: []string{"drop", "keep"},
				Summary: "keep: the leading digits that tell the scheme stay, and the Luhn digit is wrong",
			}},
			Example: "card_number: {mask: card, brand: keep}",
		},
		traits: func(s Spec) (Traits, error) {
			// 14 digits are the shortest in use; the scheme's digits, at most four, and the Luhn digit are not free.
			t := Traits{Safety: NeverIssued, ClassA: true, Capacity: 1e12, Technique: "pseudonymization", Keeps: []string{"length", "separators"}}
			if s.str("brand") == "keep" {
				t.Capacity, t.Keeps = 9e9, append(t.Keeps, "brand")
			}
			return t, nil
		},
		bind: func(s Spec, b *Binder) (Masker, error) {
			return &cardMasker{numbered: newNumbered(s, b), keep: s.str("brand") == "keep"}, nil
		},
	}
}

type cardMasker struct {
	numbered
	keep bool
}

// Mask appends the stand-in of a card number. It never fails.
func (m *cardMasker) Mask(dst []byte, in Input) ([]byte, error) {
	m.normalise(in.Value)
	if m.foreign || !identity.CardFits(m.norm) {
		return m.appendOdd(dst, in.Value, nil), nil
	}
	m.draw.start(m.prf, "card", m.norm)
	for range 8 {
		identity.CardMake(m.out, m.norm, &m.draw, m.keep, m.isNumber())
		if m.column.Class == ClassInteger {
			m.shrink(m.out)
		}
		if !bytes.Equal(m.out, m.norm) && !identity.CardIssuable(m.out) {
			return m.appendLike(dst, in.Value), nil
		}
	}
	return m.appendOdd(dst, in.Value, identity.CardIssuable), nil
}

func bic() entry {
	return entry{
		Info: Info{
			Name:    "bic",
			Summary: "A bank's code: the country stays, the bank and the branch are others, and the eighth character is 0, as test codes have it.",
			Classes: []Class{ClassText},
			Example: "bic: {mask: bic}",
		},
		traits: func(Spec) (Traits, error) {
			return Traits{
				Safety: NeverIssued, ClassA: true, Capacity: 26 * 26 * 26 * 26 * 36, Technique: "pseudonymization",
				Keeps: []string{"country", "length", "separators", "case"},
			}, nil
		},
		bind: func(s Spec, b *Binder) (Masker, error) { return &bicMasker{newNumbered(s, b)}, nil },
	}
}

type bicMasker struct{ numbered }

const bicChars = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

// Mask appends the stand-in of a bank's code. It never fails.
func (m *bicMasker) Mask(dst []byte, in Input) ([]byte, error) {
	m.normalise(in.Value)
	n := m.norm
	if m.foreign || len(n) != 8 && len(n) != 11 {
		return m.appendOdd(dst, in.Value, nil), nil
	}
	for _, c := range n[:6] {
		if isDigit(c) {
			return m.appendOdd(dst, in.Value, nil), nil
		}
	}
	m.draw.start(m.prf, "bic", n)
	for i := range 4 {
		m.out[i] = bicChars[m.draw.next(26)]
	}
	m.out[6] = bicChars[m.draw.next(36)]
	m.out[7] = '0'
	if len(n) == 11 && string(n[8:]) != "XXX" { // XXX is the head office
		for i := 8; i < 11; i++ {
			m.out[i] = bicChars[m.draw.next(36)]
		}
	}
	if bytes.Equal(m.out, n) {
		return m.appendOdd(dst, in.Value, nil), nil
	}
	return m.appendLike(dst, in.Value), nil
}
