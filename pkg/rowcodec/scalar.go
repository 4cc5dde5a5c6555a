package rowcodec

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"math"
	"strconv"
	"unicode/utf8"
)

// textCodec is every type whose binary form is its text.
var textCodec = codec{plain: true, check: checkText}

// paddedCodec is char(n): the server fills up what it is given.
var paddedCodec = codec{plain: true, check: checkText, blank: true}

// versioned is every type whose binary form is a version byte 1 and its text.
var versioned = codec{
	text: func(dst, wire []byte) ([]byte, error) {
		if len(wire) == 0 || wire[0] != 1 {
			return nil, errWire
		}
		return append(dst, wire[1:]...), nil
	},
	wire: func(dst, text []byte) ([]byte, error) {
		if err := checkText(text); err != nil {
			return nil, err
		}
		return append(append(dst, 1), text...), nil
	},
}

// builtin has the types that ship with the server, by typname.
var builtin = map[string]*codec{
	"text": &textCodec, "varchar": &textCodec, "bpchar": &paddedCodec, "name": &textCodec,
	"unknown": &textCodec, "xml": &textCodec, "json": &textCodec,
	"jsonb": &versioned, "jsonpath": &versioned,
	"char":   {text: charText, wire: charWire},
	"bytea":  {plain: true, hex: true},
	"bool":   {text: boolText, wire: boolWire},
	"int2":   integer(16),
	"int4":   integer(32),
	"int8":   integer(64),
	"oid":    {text: oidText, wire: oidWire},
	"float4": {text: float4Text, wire: float4Wire},
	"float8": {text: float8Text, wire: float8Wire},
	"point":  {text: pointText, wire: pointWire},
	"uuid":   {text: uuidText, wire: uuidWire},
	"bit":    {text: bitText, wire: bitWire},
	"varbit": {text: bitText, wire: bitWire},

	"numeric": {text: numericText, wire: numericWire, order: numericOrder},

	"date":        {text: dateText, wire: dateWire, order: signedOrder},
	"time":        {text: timeText, wire: timeWire, order: signedOrder},
	"timetz":      {text: timetzText, wire: timetzWire},
	"timestamp":   {text: timestampText, wire: timestampWire, order: signedOrder},
	"timestamptz": {text: timestamptzText, wire: timestamptzWire, order: signedOrder},
	"interval":    {text: intervalText, wire: intervalWire},

	"inet":     {text: inetText, wire: inetWire},
	"cidr":     {text: cidrText, wire: cidrWire},
	"macaddr":  {text: macText(6), wire: macWire(6)},
	"macaddr8": {text: macText(8), wire: macWire(8)},
}

// contributed has types of extensions that come with PostgreSQL, by typname.
var contributed = map[string]*codec{
	"citext": &textCodec,
	"hstore": {text: hstoreText, wire: hstoreWire},
	"ltree":  &versioned, "lquery": &versioned, "ltxtquery": &versioned,
}

// checkText refuses what no text of a UTF-8 database can hold.
func checkText(text []byte) error {
	if bytes.IndexByte(text, 0) >= 0 || !utf8.Valid(text) {
		return errEncoding
	}
	return nil
}

// signedOrder compares big-endian two's complement numbers of one length.
func signedOrder(a, b []byte) int {
	if len(a) == 0 || len(a) != len(b) {
		return 0
	}
	if x, y := a[0]^0x80, b[0]^0x80; x != y {
		return int(x) - int(y)
	}
	return bytes.Compare(a[1:], b[1:])
}

// charText prints the one-byte type "char" as 16 and later do: bytes above 127 as an octal escape.
func charText(dst, wire []byte) ([]byte, error) {
	switch {
	case len(wire) != 1:
		return nil, errWire
	case wire[0] == 0:
		return dst, nil
	case wire[0] < 0x80:
		return append(dst, wire[0]), nil
	}
	c := wire[0]
	return append(dst, '\\', '0'+c>>6, '0'+c>>3&7, '0'+c&7), nil
}

func charWire(dst, text []byte) ([]byte, error) {
	switch {
	case len(text) == 0:
		return append(dst, 0), nil
	case len(text) == 1:
		return append(dst, text[0]), nil
	case len(text) == 4 && text[0] == '\\':
		v := 0
		for _, c := range text[1:] {
			if c < '0' || c > '7' {
				return nil, errInvalid
			}
			v = v<<3 | int(c-'0')
		}
		if v <= math.MaxUint8 {
			return append(dst, byte(v)), nil
		}
	}
	return nil, errInvalid
}

func boolText(dst, wire []byte) ([]byte, error) {
	if len(wire) != 1 || wire[0] > 1 {
		return nil, errWire
	}
	return append(dst, "ft"[wire[0]]), nil
}

func boolWire(dst, text []byte) ([]byte, error) {
	switch string(text) {
	case "t", "true":
		return append(dst, 1), nil
	case "f", "false":
		return append(dst, 0), nil
	}
	return nil, errInvalid
}

// integer is int2, int4 and int8.
func integer(bits int) *codec {
	size := bits / 8
	return &codec{
		text: func(dst, wire []byte) ([]byte, error) {
			if len(wire) != size {
				return nil, errWire
			}
			v := int64(int8(wire[0]))
			for _, c := range wire[1:] {
				v = v<<8 | int64(c)
			}
			return strconv.AppendInt(dst, v, 10), nil
		},
		wire: func(dst, text []byte) ([]byte, error) {
			v, err := parseInt(text)
			if err != nil {
				return nil, err
			}
			if shift := 64 - bits; v<<shift>>shift != v {
				return nil, errRange
			}
			for k := bits - 8; k >= 0; k -= 8 {
				dst = append(dst, byte(v>>k))
			}
			return dst, nil
		},
		order: signedOrder,
	}
}

// parseInt reads an optional sign and digits.
func parseInt(s []byte) (int64, error) {
	neg := false
	if len(s) > 0 && (s[0] == '-' || s[0] == '+') {
		neg, s = s[0] == '-', s[1:]
	}
	if len(s) == 0 {
		return 0, errInvalid
	}
	var v uint64
	for _, c := range s {
		if c < '0' || c > '9' {
			return 0, errInvalid
		}
		if v > (math.MaxUint64-9)/10 {
			return 0, errRange
		}
		v = v*10 + uint64(c-'0')
	}
	switch {
	case neg && v <= 1<<63:
		return -int64(v), nil
	case !neg && v < 1<<63:
		return int64(v), nil
	}
	return 0, errRange
}

func oidText(dst, wire []byte) ([]byte, error) {
	if len(wire) != 4 {
		return nil, errWire
	}
	return strconv.AppendUint(dst, uint64(binary.BigEndian.Uint32(wire)), 10), nil
}

func oidWire(dst, text []byte) ([]byte, error) {
	v, err := parseInt(text)
	if err != nil {
		return nil, err
	}
	if v < 0 || v > math.MaxUint32 {
		return nil, errRange
	}
	return binary.BigEndian.AppendUint32(dst, uint32(v)), nil
}

func uuidText(dst, wire []byte) ([]byte, error) {
	if len(wire) != 16 {
		return nil, errWire
	}
	for i := range wire {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			dst = append(dst, '-')
		}
		dst = hex.AppendEncode(dst, wire[i:i+1])
	}
	return dst, nil
}

// uuidWire takes 32 hex digits in any case, with a hyphen after any group of four, and braces around.
func uuidWire(dst, text []byte) ([]byte, error) {
	if n := len(text); n > 1 && text[0] == '{' && text[n-1] == '}' {
		text = text[1 : n-1]
	}
	n, high := 0, byte(0)
	for i, c := range text {
		if c == '-' {
			if n == 0 || n%4 != 0 || n == 32 || text[i-1] == '-' {
				return nil, errInvalid
			}
			continue
		}
		v, ok := unhex(c)
		if !ok || n == 32 {
			return nil, errInvalid
		}
		if n++; n%2 == 1 {
			high = v << 4
		} else {
			dst = append(dst, high|v)
		}
	}
	if n != 32 {
		return nil, errInvalid
	}
	return dst, nil
}

func bitText(dst, wire []byte) ([]byte, error) {
	if len(wire) < 4 {
		return nil, errWire
	}
	n := int(int32(binary.BigEndian.Uint32(wire)))
	wire = wire[4:]
	if n < 0 || (n+7)/8 != len(wire) {
		return nil, errWire
	}
	for i := range n {
		dst = append(dst, '0'+wire[i/8]>>(7-i%8)&1)
	}
	return dst, nil
}

func bitWire(dst, text []byte) ([]byte, error) {
	if len(text) > math.MaxInt32 {
		return nil, errRange
	}
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(text)))
	for i, c := range text {
		if c != '0' && c != '1' {
			return nil, errInvalid
		}
		if i%8 == 0 {
			dst = append(dst, 0)
		}
		dst[len(dst)-1] |= (c - '0') << (7 - i%8)
	}
	return dst, nil
}

// appendHexBytea appends the text form of bytes.
func appendHexBytea(dst, b []byte) []byte {
	return hex.AppendEncode(append(dst, '\\', 'x'), b)
}

// unhexBytea appends the bytes of their text form.
func unhexBytea(dst, s []byte) ([]byte, error) {
	if len(s) < 2 || s[0] != '\\' || s[1] != 'x' {
		return nil, errByteaHex
	}
	out, err := hex.AppendDecode(dst, s[2:])
	if err != nil {
		return nil, errByteaHex // err itself would hold a byte of the value
	}
	return out, nil
}
