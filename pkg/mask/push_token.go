package mask

import (
	"bytes"

	"github.com/understudy-db/understudy/pkg/mask/prf"
)

// pushTokenInfo documents push_token. A token that is hit by chance needs 128 bits
// at least, so short values become longer where the column has room. Sending many
// bad tokens can get the sender throttled: switch staging's sending off as well.
func pushTokenInfo() Info {
	return Info{
		Name:    "push_token",
		Summary: "a token of the same shape (hex, FCM, Expo, base64url) that no device has; a subscription's link goes to hook.invalid",
		Classes: []Class{ClassText},
		Example: "push_token: {mask: push_token}",
	}
}

// minToken is the length below which a token is lengthened: 32 hex digits are 128 bits.
const minToken = 32

func pushTokenTraits(s Spec) (Traits, error) {
	n := minToken
	if s.Column.MaxChars > 0 {
		n = min(n, s.Column.MaxChars)
	}
	return Traits{Safety: Unassigned, Capacity: power(16, n), Keeps: []string{"shape", "length"}, Technique: "pseudonymization", ClassA: true}, nil
}

type pushToken struct {
	p     *prf.PRF
	limit int
	raw   []byte
}

func bindPushToken(s Spec, b *Binder) (Masker, error) {
	return &pushToken{p: b.Key.PRF(prf.StandIn, s.Domain), limit: s.Column.MaxChars}, nil
}

const (
	urlAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	fcmMark     = ":APA91b"
	expoOpen    = "ExponentPushToken["
	maxPush     = 4096 // of a longer text only the length class is left
)

// Mask appends the token.
func (m *pushToken) Mask(dst []byte, in Input) ([]byte, error) {
	v := bytes.TrimSpace(in.Value)
	if bytes.Contains(v, []byte("://")) && (m.limit == 0 || m.limit >= minWebhook+tailChars) {
		b := m.p.Bits(in.Value)
		return appendBase32(append(dst, "https://"+hookHost+"/"...), &b, tailChars), nil
	}
	start := len(dst)
	size := min(max(len(v), minToken), maxPush)
	if m.limit > 0 {
		size = min(size, m.limit)
	}
	end := byte(0)
	if bytes.HasPrefix(v, []byte(expoOpen)) && v[len(v)-1] == ']' && size > len(expoOpen)+8 {
		dst, end = append(dst, expoOpen...), ']'
		size -= len(expoOpen) + 1
	}
	alphabet := urlAlphabet
	if isHex(v) {
		alphabet = hexDigits
		if upperCase(v) {
			alphabet = "0123456789ABCDEF"
		}
	}
	m.raw = m.p.Append(m.raw[:0], in.Value, size)
	at := len(dst)
	for _, c := range m.raw {
		dst = append(dst, alphabet[int(c)&(len(alphabet)-1)])
	}
	if i := bytes.Index(v, []byte(fcmMark)); i > 0 && i < 64 && i+len(fcmMark) < size {
		copy(dst[at+i:], fcmMark)
	}
	if end != 0 {
		dst = append(dst, end)
	}
	if string(dst[start:]) == string(in.Value) { // one character can be its own stand-in
		last := len(dst) - 1
		dst[last] = alphabet[(bytes.IndexByte([]byte(alphabet), dst[last])+1)%len(alphabet)]
	}
	return dst, nil
}

func isHex(v []byte) bool {
	for _, c := range v {
		if _, ok := hexValue(c); !ok {
			return false
		}
	}
	return len(v) > 0
}
