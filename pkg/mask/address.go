package mask

import (
	"bytes"
	"unicode/utf8"
)

// addressMasker masks an address piece by piece. Pieces are lines; in a single line,
// what stands between commas.
type addressMasker struct {
	street   *street
	city     *drawn
	postcode *postcodeMasker
	name     *fullNameMasker
	limit    int
}

func newAddress(s Spec, b *Binder) (Masker, error) {
	limit := s.Column.MaxChars
	s.Column.MaxChars = 0 // the whole has a limit, its pieces have none
	s.Args, s.Subject = nil, ""
	with := func(params map[string]any) Spec {
		s.Params = params
		return s
	}
	m := &addressMasker{limit: limit}
	number := s.str("number")
	st, err := newStreet(with(map[string]any{"number": number}), b)
	if err != nil {
		return nil, err
	}
	m.street = st.(*street)
	if m.city, err = newDrawn(s, b, citiesOf, true); err != nil {
		return nil, err
	}
	pc, err := newPostcode(with(map[string]any{"range": "unassigned"}), b)
	if err != nil {
		return nil, err
	}
	m.postcode = pc.(*postcodeMasker)
	m.name, err = newFullName(with(map[string]any{"gender": "any"}), b)
	return m, err
}

func addressTraits(s Spec) (Traits, error) {
	if _, err := postcodeCountry(s); err != nil {
		return Traits{}, err
	}
	t, err := listTraits(s, streetsOf, "lines", "script", "shape of the postcode")
	if s.str("number") == "keep" {
		t.Keeps = append(t.Keeps, "house number")
	}
	return t, err
}

// Mask looks at each piece: with a postcode in it, it is postcode and town; with another
// number, a street; without any, the first of three and more is somebody's name, the
// others are towns. Line ends and commas stay, white space around pieces is made single.
func (m *addressMasker) Mask(dst []byte, in Input) ([]byte, error) {
	start := len(dst)
	sep := byte('\n')
	if bytes.IndexByte(in.Value, '\n') < 0 {
		sep = ','
	}
	total := bytes.Count(in.Value, []byte{sep}) + 1
	rest := in.Value
	var err error
	for i := 0; ; i++ {
		piece, after, more := bytes.Cut(rest, []byte{sep})
		if i < maxPieces {
			if piece = bytes.TrimSpace(piece); len(piece) > 0 {
				if sep == ',' && len(dst) > start {
					dst = append(dst, ' ')
				}
				if dst, err = m.appendPiece(dst, piece, i, total); err != nil {
					return dst, err
				}
			}
			if more && i+1 < maxPieces {
				dst = append(dst, sep)
			}
		}
		if !more || i >= maxPieces {
			break
		}
		rest = after
	}
	dst = cutRunes(dst, start, m.limit)
	if len(bytes.TrimSpace(dst[start:])) == 0 || sameText(dst[start:], in.Value) {
		dst = m.city.shape.appendOther(dst[:start], in.Value, in.Value, m.limit)
	}
	return dst, nil
}

// maxPieces ends a text that is no address: its rest is not copied, masked or not.
const maxPieces = 12

func (m *addressMasker) appendPiece(dst, piece []byte, i, total int) ([]byte, error) {
	from, to := findPostcode(piece)
	digits := from < to || hasDigit(piece)
	switch {
	case from < to && (i > 0 || total == 1 && from == 0 && to == len(piece)):
		var err error
		if town := bytes.TrimSpace(piece[:from]); len(town) > 0 {
			if dst, err = m.city.Mask(dst, Input{Value: town}); err != nil {
				return dst, err
			}
			dst = append(dst, ' ')
		}
		if dst, err = m.postcode.Mask(dst, Input{Value: piece[from:to]}); err != nil {
			return dst, err
		}
		if town := bytes.TrimSpace(piece[to:]); len(town) > 0 {
			dst = append(dst, ' ')
			dst, err = m.city.Mask(dst, Input{Value: town})
		}
		return dst, err
	case digits, i == 0 && total < 3:
		return m.street.Mask(dst, Input{Value: piece})
	case i == 0 && utf8.RuneCount(piece) > 1:
		return m.name.Mask(dst, Input{Value: piece})
	}
	return m.city.Mask(dst, Input{Value: piece})
}

// findPostcode returns where a postcode stands in piece: four to six digits that are a
// word, also with a dash or after a country's letter, two groups of digits ("110 00"), or a
// British, Dutch or Canadian mix. Equal offsets are none.
func findPostcode(piece []byte) (from, to int) {
	for i := 0; i < len(piece); {
		if piece[i] == ' ' {
			i++
			continue
		}
		end := i
		for end < len(piece) && piece[end] != ' ' {
			end++
		}
		digits, letters, others := countClasses(piece[i:end])
		if digits == 0 { // every form below begins with a word that has one
			i = end
			continue
		}
		next := end + 1
		nextEnd := next
		for nextEnd < len(piece) && piece[nextEnd] != ' ' {
			nextEnd++
		}
		var nd, nl, no int
		if next < len(piece) {
			nd, nl, no = countClasses(piece[next:nextEnd])
		}
		switch {
		case digits == 3 && letters+others == 0 && nd == 2 && nl+no == 0: // "110 00"
			return i, nextEnd
		case digits == 4 && letters+others == 0 && nl == 2 && nd+no == 0 && isCode(piece[next:nextEnd]): // "1012 AB"
			return i, nextEnd
		case digits >= 1 && letters >= 1 && digits+letters <= 4 && others == 0 && nd == 1 && nl == 2 && no == 0: // "SW1A 1AA"
			return i, nextEnd
		case digits >= 4 && digits <= 9 && letters <= 1 && others <= 2: // "10115", "00-950", "D-10115", "1000-205"
			return i, end
		case digits >= 2 && digits <= 3 && letters >= 3 && letters <= 4 && others == 0: // "SW1A1AA", "M11AE"
			return i, end
		}
		i = end
	}
	return 0, 0
}

func hasDigit(t []byte) bool {
	for _, c := range t {
		if isDigit(c) {
			return true
		}
	}
	return false
}

func countClasses(t []byte) (digits, letters, others int) {
	for _, c := range t {
		switch {
		case c >= '0' && c <= '9':
			digits++
		case c|0x20 >= 'a' && c|0x20 <= 'z':
			letters++
		default:
			others++
		}
	}
	return digits, letters, others
}
