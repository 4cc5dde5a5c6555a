package detect

// The functions here take digits as ASCII and look at nothing but arithmetic.

// luhn reports whether d's last digit is its Luhn check digit.
func luhn(d []byte) bool {
	sum := 0
	for i, double := len(d)-1, false; i >= 0; i, double = i-1, !double {
		v := int(d[i] - '0')
		if double {
			if v *= 2; v > 9 {
				v -= 9
			}
		}
		sum += v
	}
	return len(d) > 1 && sum%10 == 0
}

// weighted returns the sum of w[i]*d[i] over the length of w.
func weighted(d []byte, w ...int) int {
	sum := 0
	for i, f := range w {
		sum += f * int(d[i]-'0')
	}
	return sum
}

// mod97 returns the value of letters and digits mod 97, a letter being 10 to 35.
func mod97(parts ...[]byte) int {
	r := 0
	for _, p := range parts {
		for _, c := range p {
			switch v := alnumValue(c); {
			case v < 0:
				return -1
			case v < 10:
				r = (r*10 + v) % 97
			default:
				r = (r*100 + v) % 97
			}
		}
	}
	return r
}

// alnumValue is 0 to 9 for a digit, 10 to 35 for a capital, else -1.
func alnumValue(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'A' && c <= 'Z':
		return int(c-'A') + 10
	}
	return -1
}

// mod1110 reports whether d ends in its ISO 7064 mod 11,10 check digit.
func mod1110(d []byte) bool {
	p := 10
	for _, c := range d[:len(d)-1] {
		t := (p + int(c-'0')) % 10
		if t == 0 {
			t = 10
		}
		p = 2 * t % 11
	}
	return (11-p)%10 == int(d[len(d)-1]-'0')
}

// icao returns the 7-3-1 check digit of a machine readable field.
func icao(fields ...[]byte) int {
	sum, i := 0, 0
	for _, f := range fields {
		for _, c := range f {
			v := alnumValue(c)
			if c == '<' {
				v = 0
			}
			sum += v * [3]int{7, 3, 1}[i%3]
			i++
		}
	}
	return sum % 10
}

// verhoeff reports whether d ends in its Verhoeff check digit. The dihedral group's
// product is computed rather than looked up: rotations are below 5, reflections above.
func verhoeff(d []byte) bool {
	product := func(a, b int) int {
		switch {
		case a < 5 && b < 5:
			return (a + b) % 5
		case a < 5:
			return (a+b)%5 + 5
		case b < 5:
			return (a-b+5)%5 + 5
		}
		return (a - b + 5) % 5
	}
	step := [10]int{1, 5, 7, 6, 2, 8, 3, 0, 9, 4}
	c := 0
	for i := range d {
		v := int(d[len(d)-1-i] - '0')
		for range i % 8 {
			v = step[v]
		}
		c = product(c, v)
	}
	return c == 0
}

// allSame reports whether d is one character repeated.
func allSame(d []byte) bool {
	for _, c := range d {
		if c != d[0] {
			return false
		}
	}
	return true
}

// two reads two digits.
func two(d []byte) int { return int(d[0]-'0')*10 + int(d[1]-'0') }

// number reads all of d; it must be short enough for an int.
func number(d []byte) int {
	n := 0
	for _, c := range d {
		n = n*10 + int(c-'0')
	}
	return n
}

// dayOf reports whether month and day can be; year 0 means that 29 February may.
func dayOf(year, month, day int) bool {
	if month < 1 || month > 12 || day < 1 || day > 31 {
		return false
	}
	if month == 2 {
		leap := year == 0 || year%4 == 0 && (year%100 != 0 || year%400 == 0)
		return day <= 28 || day == 29 && leap
	}
	return day <= 30 || month != 4 && month != 6 && month != 9 && month != 11
}
