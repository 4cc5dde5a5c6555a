package identity

// Luhn returns the sum, mod 10, by which a number that ends in its check digit is
// valid when it is 0. n holds ASCII digits.
func Luhn(n []byte) int {
	sum := 0
	for i := range n {
		d := int(n[len(n)-1-i] - '0')
		if i%2 == 1 {
			d *= 2
			if d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum % 10
}

// luhnDigit returns the check digit of n, whose last place is still free.
func luhnDigit(n []byte) byte {
	n[len(n)-1] = '0'
	return digit((10 - Luhn(n)) % 10)
}

// verhoeffTurn is the base permutation; position i uses its i-th power.
var verhoeffTurn = [10]int{1, 5, 7, 6, 2, 8, 3, 0, 9, 4}

// dihedral is the product in D5, of the rotations 0–4 and the reflections 5–9.
func dihedral(a, b int) int {
	switch {
	case a < 5 && b < 5:
		return (a + b) % 5
	case a < 5:
		return (a+b)%5 + 5
	case b < 5:
		return (a-b)%5 + 5
	default:
		return (a - b + 5) % 5
	}
}

// Verhoeff returns the fold of n in the dihedral group; 0 is valid. n ends in its
// check digit and holds ASCII digits.
func Verhoeff(n []byte) int {
	c := 0
	for i := range n {
		c = int(verhoeffProduct[c][verhoeffPower[i%8][n[len(n)-1-i]-'0']])
	}
	return c
}

// verhoeffProduct is dihedral, and verhoeffPower the powers of verhoeffTurn.
var verhoeffProduct, verhoeffPower = func() (product [10][10]byte, power [8][10]byte) {
	for a := range 10 {
		for b := range 10 {
			product[a][b] = byte(dihedral(a, b))
		}
		d := a
		for i := range power {
			power[i][a] = byte(d)
			d = verhoeffTurn[d]
		}
	}
	return product, power
}()

// verhoeffDigit returns the check digit of n, whose last place is still free. The
// check digit stands at position 0, where no permutation is applied: it is the
// inverse of what the rest folds to.
func verhoeffDigit(n []byte) byte {
	n[len(n)-1] = '0'
	rest := Verhoeff(n)
	if rest < 5 {
		return digit((5 - rest) % 5)
	}
	return digit(rest) // a reflection is its own inverse
}

// Mod97 returns the number that n spells, mod 97; letters count as 10 to 35
// (ISO 7064). n holds ASCII digits and upper-case letters.
func Mod97(n []byte) int { return mod97(0, n) }

func mod97(r int, n []byte) int {
	for _, c := range n {
		v := alnum(c)
		if v > 9 {
			r = r*100 + v
		} else {
			r = r*10 + v
		}
		if r >= 1e15 { // two more characters fit, whatever they are
			r %= 97
		}
	}
	return r % 97
}

// alnum returns 0 to 9 for digits, 10 to 35 for upper-case letters, 0 for anything else.
func alnum(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'A' && c <= 'Z':
		return int(c-'A') + 10
	default:
		return 0
	}
}

// Mod1110 returns the ISO 7064 mod 11,10 check digit, 0 to 9, of the digits in payload.
func Mod1110(payload []byte) int {
	p := 10
	for _, c := range payload {
		t := (p + int(c-'0')) % 10
		if t == 0 {
			t = 10
		}
		p = 2 * t % 11
	}
	return (11 - p) % 10
}

// MRZ returns the ICAO 9303 check digit, 0 to 9, of a field of a machine-readable
// zone: weights 7, 3, 1; '<' counts 0.
func MRZ(field []byte) int {
	weights := [3]int{7, 3, 1}
	sum := 0
	for i, c := range field {
		sum += alnum(c) * weights[i%3]
	}
	return sum % 10
}

// weighted returns the sum of n's digits times the weights, which are ASCII digits
// counted from '0': ':' is 10. The shorter of the two ends it.
func weighted(n []byte, weights string) int {
	sum := 0
	for i := 0; i < len(n) && i < len(weights); i++ {
		sum += int(n[i]-'0') * int(weights[i]-'0')
	}
	return sum
}

func digit(v int) byte { return '0' + byte(v) }

// number returns the value of a run of at most 18 ASCII digits.
func number(n []byte) int {
	v := 0
	for _, c := range n {
		v = v*10 + int(c-'0')
	}
	return v
}

// put writes v into n with leading zeros.
func put(n []byte, v int) {
	for i := len(n) - 1; i >= 0; i-- {
		n[i] = digit(v % 10)
		v /= 10
	}
}
