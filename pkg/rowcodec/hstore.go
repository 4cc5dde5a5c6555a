package rowcodec

import (
	"encoding/binary"
	"math"
)

// hstoreText prints pairs in the order of the wire, which is the server's own, as
// hstore_out does: everything in quotes but NULL.
func hstoreText(dst, wire []byte) ([]byte, error) {
	r := reader{b: wire, ok: true}
	count := r.int32()
	if !r.ok || count < 0 {
		return nil, errWire
	}
	for i := range count {
		key, null := r.value()
		if null || !r.ok {
			return nil, errWire
		}
		value, null := r.value()
		if !r.ok {
			return nil, errWire
		}
		if i > 0 {
			dst = append(dst, ',', ' ')
		}
		dst = append(appendHstoreWord(dst, key), '=', '>')
		if null {
			dst = append(dst, "NULL"...)
		} else {
			dst = appendHstoreWord(dst, value)
		}
	}
	if !r.done() {
		return nil, errWire
	}
	return dst, nil
}

func appendHstoreWord(dst, s []byte) []byte {
	dst = append(dst, '"')
	for _, c := range s {
		if c == '"' || c == '\\' {
			dst = append(dst, '\\')
		}
		dst = append(dst, c)
	}
	return append(dst, '"')
}

// hstoreWire reads key=>value pairs between commas, quoted or not. The server itself
// sorts them and drops the second of two equal keys.
func hstoreWire(dst, text []byte) ([]byte, error) {
	if err := checkText(text); err != nil {
		return nil, err
	}
	start := len(dst)
	dst = append(dst, 0, 0, 0, 0)
	count := uint32(0)
	for s := blanks(text); len(s) > 0; count++ {
		if count > 0 {
			if s[0] != ',' {
				return nil, errInvalid
			}
			if s = blanks(s[1:]); len(s) == 0 {
				return nil, errInvalid
			}
		}
		var err error
		if dst, s, _, err = hstoreWord(dst, s, false); err != nil {
			return nil, err
		}
		if s = blanks(s); len(s) < 2 || s[0] != '=' || s[1] != '>' {
			return nil, errInvalid
		}
		var quoted bool
		mark := len(dst)
		if dst, s, quoted, err = hstoreWord(dst, blanks(s[2:]), true); err != nil {
			return nil, err
		}
		if !quoted && isNull(dst[mark+4:]) {
			dst = append(dst[:mark], nullLength[:]...)
		}
		s = blanks(s)
	}
	if count > math.MaxInt32 {
		return nil, errRange
	}
	binary.BigEndian.PutUint32(dst[start:], count)
	return dst, nil
}

// hstoreWord appends one key or value with its length.
func hstoreWord(dst, s []byte, value bool) (out, rest []byte, quoted bool, err error) {
	mark := len(dst)
	dst = append(dst, 0, 0, 0, 0)
	i := 0
	if len(s) > 0 && s[0] == '"' {
		quoted, i = true, 1
	}
	for ; i < len(s); i++ {
		c := s[i]
		if quoted && c == '"' {
			return dst, s[i+1:], true, putLength(dst, mark)
		}
		if !quoted && (space(c) || c == ',' && value || c == '=' && !value) {
			break
		}
		if c == '"' {
			return nil, nil, false, errInvalid
		}
		if c == '\\' {
			if i++; i == len(s) {
				return nil, nil, false, errInvalid
			}
		}
		dst = append(dst, s[i])
	}
	if quoted || i == 0 {
		return nil, nil, false, errInvalid
	}
	return dst, s[i:], false, putLength(dst, mark)
}
