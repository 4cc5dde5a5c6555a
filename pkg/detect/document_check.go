package detect

import "bytes"

// The checks of the numeric documents: digits in ASCII, as many as the table says.

func notAllSame(d []byte) bool { return !allSame(d) }

// hetuDigits is a Finnish code of the last century whose check character is a digit.
func hetuDigits(d []byte) bool {
	return dayOf(0, two(d[2:]), two(d)) && number(d[6:9]) >= 2 && number(d[:9])%31 == int(d[9]-'0')
}

// czrc: women's months are 50 more, and 20 more where a day's numbers ran out.
func czrc(d []byte) bool {
	return czrcDate(d) && (number(d)%11 == 0 || number(d[:9])%11 == 10 && d[9] == '0')
}

// czrcOld are the numbers before 1954, which have no check digit.
func czrcOld(d []byte) bool { return czrcDate(d) && two(d) < 54 && number(d[6:]) > 0 }

func czrcDate(d []byte) bool {
	month := two(d[2:]) % 50
	if month > 20 {
		month -= 20
	}
	return dayOf(0, month, two(d[4:]))
}

// egn: months are 20 more before 1900 and 40 more after 1999.
func egn(d []byte) bool {
	month := two(d[2:]) % 20
	return two(d[2:]) <= 52 && dayOf(0, month, two(d[4:])) && weighted(d, 2, 4, 8, 5, 10, 9, 7, 3, 6)%11%10 == int(d[9]-'0')
}

func eeik(d []byte) bool {
	if d[0] < '1' || d[0] > '8' || !dayOf(0, two(d[3:]), two(d[5:])) {
		return false
	}
	c := weighted(d, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1) % 11
	if c == 10 {
		c = weighted(d, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3) % 11 % 10
	}
	return c == int(d[10]-'0')
}

func amka(d []byte) bool { return dayOf(0, two(d[2:]), two(d)) && luhn(d) }

func afm(d []byte) bool {
	return !allSame(d) && weighted(d, 256, 128, 64, 32, 16, 8, 4, 2)%11%10 == int(d[8]-'0')
}

func inn12(d []byte) bool {
	return two(d) > 0 && weighted(d, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)%11%10 == int(d[10]-'0') &&
		weighted(d, 3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)%11%10 == int(d[11]-'0')
}

func inn10(d []byte) bool {
	return two(d) > 0 && weighted(d, 2, 4, 10, 3, 5, 9, 4, 6, 8)%11%10 == int(d[9]-'0')
}

func snils(d []byte) bool {
	return !allSame(d[:9]) && weighted(d, 9, 8, 7, 6, 5, 4, 3, 2, 1)%101%100 == two(d[9:])
}

func teudat(d []byte) bool { return luhn(d) && !allSame(d) }

func cuit(d []byte) bool {
	switch two(d) {
	case 20, 23, 24, 25, 26, 27, 30, 33, 34:
	default:
		return false
	}
	c := 11 - weighted(d, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)%11
	return c != 10 && c%11 == int(d[10]-'0')
}

// mynric: a date, and the number of a state or a country of birth.
func mynric(d []byte) bool {
	return dayOf(0, two(d[2:]), two(d[4:])) && two(d[6:]) > 0 && two(d[6:]) != 17 && two(d[6:]) != 18
}

func myNumber(d []byte) bool {
	c := 11 - weighted(d, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)%11
	if c >= 10 {
		c = 0
	}
	return c == int(d[11]-'0') && !allSame(d)
}

func taj(d []byte) bool {
	return !allSame(d) && weighted(d, 3, 7, 3, 7, 3, 7, 3, 7)%10 == int(d[8]-'0')
}

// nik: province, regency and district, a date with 40 more for women, a serial number.
func nik(d []byte) bool {
	day := two(d[6:])
	if day > 40 {
		day -= 40
	}
	return d[0] >= '1' && d[0] <= '9' && dayOf(0, two(d[8:]), day) && number(d[12:]) > 0
}

func cnic(d []byte) bool { return d[0] >= '1' && d[0] <= '7' && !allSame(d) }

func emirates(d []byte) bool {
	return string(d[:3]) == "784" && (string(d[3:5]) == "19" || string(d[3:5]) == "20") && luhn(d)
}

func plNIP(d []byte) bool {
	return d[0] != '0' && !allSame(d) && weighted(d, 6, 5, 7, 2, 3, 4, 5, 6, 7)%11 == int(d[9]-'0')
}

func regon(d []byte) bool {
	return !allSame(d) && weighted(d, 8, 9, 2, 3, 4, 5, 6, 7)%11%10 == int(d[8]-'0')
}

func rnokpp(d []byte) bool {
	return !allSame(d) && (weighted(d, -1, 5, 7, 9, 4, 6, 10, 5, 7)+11)%11%10 == int(d[9]-'0')
}

func krBRN(d []byte) bool {
	last := int(d[8]-'0') * 5
	return d[0] != '0' && (10-(weighted(d, 1, 3, 7, 1, 3, 7, 1, 3)+last/10+last%10)%10)%10 == int(d[9]-'0')
}

// nuss: province, a number of up to eight digits, and both of them modulo 97.
func nuss(d []byte) bool {
	province, n := two(d), number(d[2:10])
	if province == 0 || province > 53 && province != 66 || n == 0 {
		return false
	}
	scale := 100_000_000
	if n < 10_000_000 {
		scale = 10_000_000
	}
	return (province*scale+n)%97 == two(d[10:])
}

// cif: its control is a digit, a letter of the same place, or, by the kind of company, only one of them.
func cif(d []byte) bool {
	if bytes.IndexByte([]byte("ABCDEFGHJNPQRSUVW"), d[0]) < 0 {
		return false
	}
	sum := 0
	for i, c := range d[1:8] {
		v := int(c - '0')
		if i%2 == 0 {
			v = v*2/10 + v*2%10
		}
		sum += v
	}
	control := (10 - sum%10) % 10
	switch c := d[8]; {
	case bytes.IndexByte([]byte("NPQRSW"), d[0]) >= 0:
		return c == "JABCDEFGHI"[control]
	case bytes.IndexByte([]byte("ABEH"), d[0]) >= 0:
		return c == byte('0'+control)
	default:
		return c == byte('0'+control) || c == "JABCDEFGHI"[control]
	}
}

// personasKods is Latvia's: a day of birth with a check digit, or since 2017 32 and chance.
func personasKods(d []byte) bool {
	if d[0] == '3' && d[1] == '2' {
		return notAllSame(d[2:])
	}
	return d[6] <= '2' && dayOf(0, two(d[2:]), two(d)) && (1101-weighted(d[:10], 1, 6, 3, 7, 9, 10, 5, 8, 4, 2))%11 == int(d[10]-'0')
}

// kennitala: companies add 40 to the day; the last digit is the century.
func kennitala(d []byte) bool {
	day := two(d)
	if day > 40 {
		day -= 40
	}
	return (d[9] == '9' || d[9] == '0' || d[9] == '8') && dayOf(0, two(d[2:]), day) && weighted(d[:9], 3, 2, 7, 6, 5, 4, 3, 2, 1)%11 == 0
}

// jmbg: day of birth with three digits of the year, region, number.
func jmbg(d []byte) bool {
	year := number(d[4:7])
	if !dayOf(0, two(d[2:]), two(d)) || year > 30 && year < 880 {
		return false
	}
	control := 11 - weighted(d[:12], 7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)%11
	return control < 10 && control == int(d[12]-'0') || control == 11 && d[12] == '0'
}

// lanr: six digits, their check digit, and the speciality.
func lanr(d []byte) bool {
	return (10-weighted(d[:6], 4, 9, 4, 9, 4, 9)%10)%10 == int(d[6]-'0') && notAllSame(d)
}

// vin: the ninth character is the others' sum modulo 11, where makers keep to it.
func vin(d []byte) bool {
	const values = "0123456789.ABCDEFGH..JKLMN.P.R..STUVWXYZ"
	weights := [...]int{8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2}
	sum := 0
	for i, c := range d {
		k := bytes.IndexByte([]byte(values), c)
		if k < 0 || c == '.' {
			return false
		}
		sum += k % 10 * weights[i]
	}
	check := byte('0' + sum%11)
	if sum%11 == 10 {
		check = 'X'
	}
	n := letters(d)
	return d[8] == check && n >= 3 && n <= 14
}
