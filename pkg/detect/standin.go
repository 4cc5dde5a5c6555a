package detect

import "bytes"

// SafeStandIn reports whether a value that is known to be a stand-in reaches nobody. It
// asks [Safe] first. Of a phone number it also takes the ways in which a masked column
// writes one that Safe, which judges originals too, must not trust: behind a dialling
// prefix, and as a national number under a prefix that some country does not assign.
func SafeStandIn(kind string, value []byte) bool {
	if Safe(kind, value) {
		return true
	}
	if kindByName(kind) != kPhone {
		return false
	}
	var buf [32]byte
	d := buf[:0]
	for _, c := range value {
		if digit(c) {
			if len(d) == len(buf) {
				return false
			}
			d = append(d, c)
		}
	}
	for _, prefix := range [...]string{"00", "011", "0011", "010", "810", ""} {
		if !bytes.HasPrefix(d, []byte(prefix)) || len(d)-len(prefix) < 8 {
			continue
		}
		abroad := d[len(prefix):]
		if cc, _ := countryCode(abroad); cc != 0 && safeDigits(abroad, true, "") {
			return true
		}
	}
	for i := range unassigned {
		u := &unassigned[i]
		if u.prefix == "0" {
			continue // every number with a trunk zero begins so
		}
		trunk := "0"
		if u.cc == 7 {
			trunk = "8"
		}
		if inRange(u, d) || bytes.HasPrefix(d, []byte(trunk)) && inRange(u, d[1:]) {
			return true
		}
	}
	return false
}

// StandInLooks reports whether a value of a column's kind looks like a stand-in made to
// reach nobody: example.com, 555-01xx, ZZ99 and their likes. In a masked column such a
// value is the masker's work and no placeholder.
func StandInLooks(kind string, value []byte) bool {
	v := bytes.TrimSpace(value)
	switch kind {
	case Email:
		return safeEmail(v)
	case Phone:
		return safePhone(v, "")
	case Card:
		return safeCard(v)
	case IBAN, BankAccount:
		return safeIBAN(v)
	case IP:
		return safeIP(v)
	case MAC:
		return safeMAC(v)
	case URL:
		return safeURL(v)
	case Postcode:
		return bytes.HasPrefix(v, []byte("ZZ99")) || string(v) == "00000" || string(v) == "99999" || string(v) == "01000"
	case Password, Token, PushToken:
		return string(v) == "!" || string(v) == "*"
	case NationalID, TaxID:
		for k := kUSSSN; k <= kIEPPS; k++ {
			if issuable(k, v) && k != kUSABA && k != kGBPostcode && k != kDKCPR && k != kKRRRN {
				return false
			}
		}
		return len(v) > 0
	}
	return false
}
