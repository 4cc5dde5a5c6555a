package detect

import (
	"bytes"
	"crypto/sha256"
)

// token is a secret that begins with a fixed prefix.
type token struct {
	prefix string
	kind   kind
	min    int  // characters after the prefix
	exact  bool // no more than min
	upper  bool // capitals and digits only
}

var tokens = []token{
	{"AKIA", kAWSKey, 16, true, true},
	{"ASIA", kAWSKey, 16, true, true},
	{"AROA", kAWSKey, 16, true, true},
	{"AIDA", kAWSKey, 16, true, true},
	{"sk_live_", kAPIKey, 16, false, false},
	{"sk_test_", kAPIKey, 16, false, false},
	{"rk_live_", kAPIKey, 16, false, false},
	{"pk_live_", kAPIKey, 16, false, false},
	{"whsec_", kAPIKey, 20, false, false},
	{"ghp_", kAPIKey, 30, false, false},
	{"gho_", kAPIKey, 30, false, false},
	{"ghu_", kAPIKey, 30, false, false},
	{"ghs_", kAPIKey, 30, false, false},
	{"ghr_", kAPIKey, 30, false, false},
	{"github_pat_", kAPIKey, 40, false, false},
	{"glpat-", kAPIKey, 20, false, false},
	{"xoxb-", kAPIKey, 20, false, false},
	{"xoxp-", kAPIKey, 20, false, false},
	{"xoxa-", kAPIKey, 20, false, false},
	{"xapp-", kAPIKey, 20, false, false},
	{"AIza", kAPIKey, 35, true, false},
	{"ya29.", kAPIKey, 20, false, false},
	{"SG.", kAPIKey, 40, false, false},
	{"npm_", kAPIKey, 36, false, false},
	{"dop_v1_", kAPIKey, 40, false, false},
	{"shpat_", kAPIKey, 32, false, false},
	{"hf_", kAPIKey, 30, false, false},
	{"sk-", kAPIKey, 32, false, false},
	{"pypi-", kAPIKey, 50, false, false},
	{"EAACEdEose0cBA", kAPIKey, 10, false, false},
	{"ExponentPushToken[", kPushToken, 10, false, false},
}

func tokenByte(c byte) bool { return alnum(c) || c == '_' || c == '-' }

// runOf returns the end of the characters of tokens from i on.
func runOf(b []byte, i int) int {
	for i < len(b) && tokenByte(b[i]) {
		i++
	}
	return i
}

// secret looks at a word for what has a prefix or a checksum of its own; it returns
// where to go on.
func (s *Scanner) secret(b []byte, start, end int) int {
	if p := at(b, start-1); p == '_' || p == '-' && alnum(at(b, start-2)) {
		return end
	}
	switch b[start] {
	case 'A', 's', 'r', 'p', 'w', 'g', 'x', 'y', 'S', 'n', 'd', 'h', 'E':
		for i := range tokens {
			t := &tokens[i]
			if t.prefix[0] != b[start] || len(b)-start < len(t.prefix) || string(b[start:start+len(t.prefix)]) != t.prefix {
				continue
			}
			from := start + len(t.prefix)
			to := runOf(b, from)
			for t.prefix == "SG." && at(b, to) == '.' {
				to = runOf(b, to+1)
			}
			ok := to-from >= t.min && (!t.exact || to-from == t.min)
			for _, c := range b[from:to] {
				ok = ok && (!t.upper || upper(c) || digit(c))
			}
			if !ok {
				continue
			}
			if at(b, to) == ']' && t.kind == kPushToken {
				to++
			}
			s.add(t.kind, start, to, 0.95)
			return to
		}
	}
	if b[start] == 'e' && at(b, start+1) == 'y' && at(b, start+2) == 'J' {
		if to := s.jwt(b, start); to > end {
			return to
		}
	}
	n := end - start
	if n == 42 && b[start] == '0' && b[start+1]|0x20 == 'x' {
		return s.ethereum(b, start, end)
	}
	if n >= 26 && n <= 35 && (b[start] == '1' || b[start] == '3' || b[start] == 'L' || b[start] == 'M' || b[start] == 'D') {
		if base58check(b[start:end]) {
			s.add(kCrypto, start, end, 0.97)
			return end + 1
		}
	}
	if n >= 14 && n <= 90 && (b[start]|0x20 == 'b' || b[start]|0x20 == 'l' || b[start]|0x20 == 't') {
		if bech32(b[start:end]) {
			s.add(kCrypto, start, end, 0.97)
			return end + 1
		}
	}
	if at(b, end) == ':' && bytes.HasPrefix(b[end+1:], []byte("APA91b")) {
		to := runOf(b, end+1)
		s.add(kPushToken, start, to, 0.95)
		return to
	}
	if n >= 32 && n <= 128 {
		s.digest(b, start, end)
	}
	return end
}

// digest looks at long hexadecimal words: a password's hash or a push token when the
// column or a word says so, else only some hash.
func (s *Scanner) digest(b []byte, start, end int) {
	n := end - start
	if n != 32 && n != 40 && n != 64 && n != 96 && n != 128 || !s.wants(kPasswordHash) && !s.wants(kPushToken) && !s.wants(kAPIKey) {
		return
	}
	for _, c := range b[start:end] {
		if !hexDigit(c) {
			return
		}
	}
	speaks := s.hint.speaks
	if speaks.meets(setOf(kPushToken, kPasswordHash, kAPIKey)) {
		switch {
		case n == 64 && speaks.has(kPushToken):
			s.add(kPushToken, start, end, 0.85)
		case speaks.has(kPasswordHash):
			s.add(kPasswordHash, start, end, 0.8)
		default:
			s.add(kAPIKey, start, end, 0.7)
		}
		return
	}
	if near := nearby(b, start, end); n == 64 && near.has(kPushToken) && !near.has(kNegative) {
		s.add(kPushToken, start, end, 0.75)
	} else if near.has(kPassword) {
		s.add(kPasswordHash, start, end, 0.75)
	}
}

// jwt reads three base64url parts; the first two begin as JSON objects do.
func (s *Scanner) jwt(b []byte, start int) int {
	i := runOf(b, start)
	if at(b, i) != '.' || i-start < 10 || !bytes.HasPrefix(b[i+1:], []byte("ey")) {
		return start
	}
	j := runOf(b, i+1)
	if at(b, j) != '.' {
		return start
	}
	end := runOf(b, j+1)
	s.add(kJWT, start, end, 0.97)
	return end
}

// privateKey looks at "-----BEGIN … PRIVATE KEY-----".
func (s *Scanner) privateKey(b []byte, i int) int {
	end := i
	for at(b, end) == '-' {
		end++
	}
	line := b[end:min(len(b), end+48)]
	if !bytes.HasPrefix(line, []byte("BEGIN ")) || !bytes.Contains(line, []byte("PRIVATE KEY")) {
		return end
	}
	to := min(len(b), end+len(line))
	if k := bytes.Index(b[end:min(len(b), end+1<<14)], []byte("-----END ")); k >= 0 { // no key is longer
		to = end + k + len("-----END ")
		for to < len(b) && b[to] != '-' {
			to++
		}
		for at(b, to) == '-' {
			to++
		}
	}
	s.add(kPrivateKey, i, to, 0.99)
	return to
}

var cryptPrefixes = [][]byte{
	[]byte("$2a$"), []byte("$2b$"), []byte("$2y$"), []byte("$2x$"), []byte("$argon2"), []byte("$1$"), []byte("$5$"), []byte("$6$"), []byte("$y$"), []byte("$7$"),
	[]byte("$pbkdf2"), []byte("$scrypt$"), []byte("$apr1$"), []byte("$P$"), []byte("$H$"), []byte("$S$"), []byte("$bcrypt-sha256$"),
}

func hashByte(c byte) bool { return alnum(c) || bytes.IndexByte([]byte("./+=$,-_"), c) >= 0 }

// cryptHash looks at a modular crypt hash from its first '$'.
func (s *Scanner) cryptHash(b []byte, i int) int {
	for _, p := range cryptPrefixes {
		if !bytes.HasPrefix(b[i:], p) {
			continue
		}
		end := i
		for end < len(b) && hashByte(b[end]) {
			end++
		}
		if end-i >= 24 {
			s.add(kPasswordHash, i, end, 0.97)
			return end
		}
	}
	// Django's pbkdf2_sha256$260000$…
	start := i
	for start > 0 && (alnum(b[start-1]) || b[start-1] == '_') && i-start < 24 {
		start--
	}
	if name := b[start:i]; len(name) >= 4 && (bytes.HasPrefix(name, []byte("pbkdf2")) || bytes.HasPrefix(name, []byte("bcrypt")) || bytes.HasPrefix(name, []byte("argon2")) || bytes.HasPrefix(name, []byte("scrypt")) || bytes.HasPrefix(name, []byte("sha1"))) {
		end := i
		for end < len(b) && hashByte(b[end]) {
			end++
		}
		if end-i >= 24 {
			s.add(kPasswordHash, start, end, 0.95)
			return end
		}
	}
	return i + 1
}

// ldapHash looks at {SSHA}… and its likes.
func (s *Scanner) ldapHash(b []byte, i int) int {
	if !letter(at(b, i+1)) {
		return i + 1 // JSON
	}
	for _, name := range [...]string{"{SSHA}", "{SHA}", "{SMD5}", "{MD5}", "{CRYPT}", "{SSHA256}", "{SSHA512}", "{bcrypt}"} {
		if len(b)-i > len(name) && string(b[i:i+len(name)]) == name {
			end := i + len(name)
			for end < len(b) && hashByte(b[end]) {
				end++
			}
			if end-i >= len(name)+16 {
				s.add(kPasswordHash, i, end, 0.97)
				return end
			}
		}
	}
	return i + 1
}

// passwordWords are followed by a password: password=…, "pwd": "…".
var passwordWords = map[string]kind{
	"password": kPassword, "passwd": kPassword, "pwd": kPassword, "passwort": kPassword, "kennwort": kPassword, "passphrase": kPassword, "secret": kPassword,
	"client_secret": kAPIKey, "api_key": kAPIKey, "apikey": kAPIKey, "access_token": kAPIKey, "auth_token": kAPIKey, "accountkey": kAPIKey, "sharedaccesskey": kAPIKey,
	"mdp": kPassword, "contraseña": kPassword, "senha": kPassword, "wachtwoord": kPassword, "bearer": kAPIKey, "private_key": kAPIKey, "secret_key": kAPIKey,
}

// tailOf is the index of a word's last two letters.
func tailOf(a, b byte) int { return int(a&31)<<5 | int(b&31) }

var passwordTails = func() (t [1024]bool) {
	for w := range passwordWords {
		t[tailOf(w[len(w)-2], w[len(w)-1])] = true
	}
	return t
}()

// lowerWord looks at a word of small letters before a mark: prefixes of tokens, and
// passwords with their name.
func (s *Scanner) lowerWord(b []byte, start, end int) {
	if c := b[end]; c == '_' || c == '-' || c == '.' {
		s.secret(b, start, end)
	}
	if end-start < 3 || !passwordTails[tailOf(b[end-2], b[end-1])] {
		return
	}
	from := start
	for from > 0 && (b[from-1] == '_' || alnum(b[from-1])) && end-from < 20 {
		from--
	}
	var name [24]byte
	if end-from > len(name) || b[end] == '_' || b[end] == '-' {
		return
	}
	k, ok := passwordWords[string(lowerASCII(name[:0], b[from:end]))]
	if !ok {
		if k, ok = passwordWords[string(lowerASCII(name[:0], b[start:end]))]; !ok {
			return
		}
	}
	i := end
	if at(b, i) == '"' || at(b, i) == '\'' {
		i++
	}
	for at(b, i) == ' ' {
		i++
	}
	if c := at(b, i); c != '=' && c != ':' {
		return
	}
	i++
	for at(b, i) == ' ' {
		i++
	}
	quote := at(b, i)
	if quote == '"' || quote == '\'' {
		i++
	} else {
		quote = 0
	}
	j, mixed := i, uint8(0)
	for j < len(b) && j < i+128 && b[j] != ';' && b[j] != '&' && b[j] != '<' && b[j] != quote && b[j] != '\n' && (quote != 0 || b[j] != ' ' && b[j] != ',') {
		mixed |= classes[b[j]]
		j++
	}
	size := j - i
	if size < 4 || k == kAPIKey && size < 16 || b[i] == '*' || b[i] == '{' || b[i] == '$' || b[i] == '<' {
		return
	}
	// Prose says "password: see below": a password has a digit or a mark, or stands in quotes or after '='.
	if at(b, end) != '=' && quote == 0 && mixed&(isDigit|isMark) == 0 {
		return
	}
	s.add(k, i, j, 0.7)
}

// ethereum checks the capitals of an address (EIP-55) where there are any.
func (s *Scanner) ethereum(b []byte, start, end int) int {
	var low [40]byte
	mixed := uint8(0)
	for i, c := range b[start+2 : end] {
		if !hexDigit(c) {
			return end
		}
		mixed |= classes[c]
		if upper(c) {
			c |= 0x20
		}
		low[i] = c
	}
	confidence := 0.8
	if mixed&isUpper != 0 && mixed&isLower != 0 {
		sum := keccak256(low[:])
		for i, c := range b[start+2 : end] {
			if letter(c) && upper(c) != (sum[i/2]>>(4*(1-i%2))&15 >= 8) {
				s.add(kCrypto, start, end, 0.45)
				return end
			}
		}
		confidence = 0.98
	}
	s.add(kCrypto, start, end, confidence)
	return end + 1
}

const base58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

// base58check decodes 25 bytes and compares the last four with the double SHA-256 of the rest.
func base58check(d []byte) bool {
	var out [25]byte
	for _, c := range d {
		carry := bytes.IndexByte([]byte(base58), c)
		if carry < 0 {
			return false
		}
		for i := len(out) - 1; i >= 0; i-- {
			carry += 58 * int(out[i])
			out[i] = byte(carry)
			carry >>= 8
		}
		if carry != 0 {
			return false
		}
	}
	first := sha256.Sum256(out[:21])
	second := sha256.Sum256(first[:])
	return bytes.Equal(second[:4], out[21:])
}

const bech32Letters = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"

// bech32 checks a segwit address (BIP 173 and 350).
func bech32(d []byte) bool {
	one := bytes.LastIndexByte(d, '1')
	if one < 2 || one > 4 || len(d)-one < 8 {
		return false
	}
	var buf [4]byte
	switch string(lowerASCII(buf[:0], d[:one])) {
	case "bc", "tb", "ltc":
	default:
		return false
	}
	sum := uint32(1)
	step := func(v byte) {
		top := sum >> 25
		sum = sum&0x1ffffff<<5 ^ uint32(v)
		for i, g := range [5]uint32{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3} {
			if top>>i&1 == 1 {
				sum ^= g
			}
		}
	}
	for _, c := range d[:one] {
		step((c | 0x20) >> 5)
	}
	step(0)
	for _, c := range d[:one] {
		step((c | 0x20) & 31)
	}
	for _, c := range d[one+1:] {
		if upper(c) {
			c |= 0x20
		}
		v := bytes.IndexByte([]byte(bech32Letters), c)
		if v < 0 {
			return false
		}
		step(byte(v))
	}
	return sum == 1 || sum == 0x2bc830a3
}
