package identity

// tens are the powers of ten that one index is drawn from.
var tens = [...]uint64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12}

// fill writes random digits.
func fill(n []byte, d Draw) {
	for len(n) > 0 {
		k := min(len(n), len(tens)-1)
		put(n[:k], int(d.Index(tens[k])))
		n = n[k:]
	}
}

// span writes a number from low to high, both included, with leading zeros.
func span(n []byte, d Draw, low, high int) {
	put(n, low+int(d.Index(uint64(high-low+1))))
}

// head writes random digits of which the first is not 0 when lead is set.
func head(n []byte, d Draw, lead bool) {
	fill(n, d)
	if lead {
		n[0] = '1' + byte(d.Index(9))
	}
}

// pick returns one byte of set.
func pick(d Draw, set string) byte { return set[d.Index(uint64(len(set)))] }

// wrong returns a digit that is not right.
func wrong(right byte, d Draw) byte {
	return '0' + (right-'0'+1+byte(d.Index(9)))%10
}

// check returns right in Valid mode, and a wrong digit in NeverIssued mode.
func check(right byte, d Draw, m Mode) byte {
	if m == Valid {
		return right
	}
	return wrong(right, d)
}

// wrongIn returns a byte of set other than right.
func wrongIn(set string, right byte, d Draw) byte {
	at := 0
	for i := range len(set) {
		if set[i] == right {
			at = i
		}
	}
	return set[(at+1+int(d.Index(uint64(len(set)-1))))%len(set)]
}

var monthDays = [13]int{0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}

// birth draws a date of birth; 29 February is left out.
func birth(d Draw, from, to int) (year, month, day int) {
	year = from + int(d.Index(uint64(to-from+1)))
	month = 1 + int(d.Index(12))
	day = 1 + int(d.Index(uint64(monthDays[month])))
	return year, month, day
}

// isDate reports whether month and day exist in a leap year.
func isDate(month, day int) bool {
	return month >= 1 && month <= 12 && day >= 1 && (day <= monthDays[month] || month == 2 && day == 29)
}

func has(set string, c byte) bool {
	for i := range len(set) {
		if set[i] == c {
			return true
		}
	}
	return false
}
