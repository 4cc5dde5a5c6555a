package detect

import (
	"bytes"
	"strings"
)

// credentials looks at "://" at i: a URL or a connection string with a password in it.
func (s *Scanner) credentials(b []byte, i int) {
	start := i
	for start > 0 && (alnum(b[start-1]) || b[start-1] == '+' || b[start-1] == '.' || b[start-1] == '-') && i-start < 32 {
		start--
	}
	if start == i {
		return
	}
	colon, j := -1, i+3
	for ; j < len(b) && j < i+256; j++ {
		c := b[j]
		if space(c) || c == '/' || c == '"' || c == '\'' || c == '<' || c == '>' || c == '?' {
			break
		}
		if c == ':' && colon < 0 {
			colon = j
		}
		if c == '@' && colon > 0 && j > colon+1 {
			end := j + 1
			for end < len(b) && !space(b[end]) && b[end] != '"' && b[end] != '\'' && b[end] != '<' && b[end] != '>' && b[end] != ')' {
				end++
			}
			k := kConnection
			switch {
			case bytes.HasPrefix(b[start:i], []byte("http")), bytes.HasPrefix(b[start:i], []byte("ftp")), bytes.HasPrefix(b[start:i], []byte("ws")):
				k = kURL
			}
			s.add(k, start, end, 0.95)
			return
		}
	}
	// Push services' endpoints are addresses of a device.
	for _, host := range pushHosts {
		if bytes.HasPrefix(b[i+3:], host) {
			end := i + 3
			for end < len(b) && !space(b[end]) && b[end] != '"' && b[end] != '<' && b[end] != '\'' {
				end++
			}
			if end-i > len(host)+16 {
				s.add(kPushToken, start, end, 0.95)
			}
		}
	}
}

// webAddress reads the address around "://" at i.
func (s *Scanner) webAddress(b []byte, i int) {
	start := i
	for start > 0 && letter(b[start-1]) && i-start < 6 {
		start--
	}
	switch string(lowerASCII(s.norm[:0], b[start:i])) {
	case "http", "https", "ftp", "ftps", "ws", "wss":
	default:
		return
	}
	if end := webEnd(b, i+3); end > i+5 {
		s.add(kWeb, start, end, 0.7)
	}
}

// webEnd returns the end of an address that goes on at i.
func webEnd(b []byte, i int) int {
	for i < len(b) && !space(b[i]) && strings.IndexByte("\"'<>`|\\^{}", b[i]) < 0 {
		i++
	}
	for i > 0 && strings.IndexByte(".,;:!?)]", b[i-1]) >= 0 {
		i--
	}
	return i
}

// topDomains are the ends of the host names that are taken for one without a scheme.
var topDomains = wordSet("com org net edu gov info biz io dev app co de fr es it nl pl uk eu us ca au ch at be se no dk fi pt br mx in jp cn kr ru ua cz ro hu gr tr ie za nz sg")

// hosts looks for names of hosts without a scheme: www.example.com, and a value that is
// nothing else.
func (s *Scanner) hosts(b []byte) {
	for i := 0; ; {
		k := bytes.Index(b[i:], []byte("www."))
		if k < 0 {
			break
		}
		start := i + k
		i = webEnd(b, start)
		if p := at(b, start-1); i > start+7 && !alnum(p) && p != '/' && p != '.' && p != '@' && bytes.IndexByte(b[start+4:i], '.') > 0 {
			s.add(kWeb, start, i, 0.65)
		}
		i = max(i, start+4)
	}
	host := bytes.TrimSpace(b)
	if k := bytes.IndexAny(host, "/?#:"); k >= 0 {
		host = host[:k]
	}
	dot := bytes.LastIndexByte(host, '.')
	if dot < 2 || len(host) > 128 || !letter(host[0]) || !topDomains[string(host[dot+1:])] {
		return
	}
	for i, c := range host {
		if !alnum(c) && c != '-' && (c != '.' || host[i-1] == '.') {
			return
		}
	}
	start := bytes.Index(b, host)
	if end := webEnd(b, start); end == len(bytes.TrimRight(b, " \t\r\n")) {
		s.add(kWeb, start, end, 0.6)
	}
}

var pushHosts = [][]byte{
	[]byte("fcm.googleapis.com/fcm/send/"), []byte("fcm.googleapis.com/wp/"), []byte("updates.push.services.mozilla.com/wpush/"),
	[]byte("web.push.apple.com/"), []byte("android.googleapis.com/gcm/send/"),
}

// colons looks for a MAC or an IPv6 address that begins at start; end is the end of its
// first word. It returns where to go on.
func (s *Scanner) colons(b []byte, start, end int) int {
	if start > 0 && start == end { // "::" with nothing before
		if p := b[start-1]; alnum(p) || p == ':' || at(b, start+1) != ':' {
			return end
		}
	}
	for _, c := range b[start:end] {
		if !hexDigit(c) {
			return end
		}
	}
	if p := at(b, start-1); p == ':' || p == '.' || p == '-' || p == '_' {
		return end
	}
	if p := at(b, start+2); p == at(b, start+5) && (p == ':' || p == '-') || at(b, start+4) == '.' && at(b, start+9) == '.' {
		if to := s.hardware(b, start); to > end {
			return to
		}
	}
	if at(b, end) == ':' {
		return max(s.ipv6(b, start), end)
	}
	return end
}

// hardware reads a MAC address at start: six pairs, or Cisco's three fours.
func (s *Scanner) hardware(b []byte, start int) int {
	for _, form := range [2]struct {
		groups, size int
		seps         string
	}{{6, 2, ":-"}, {3, 4, "."}} {
		i, sep, digits, zero := start, byte(0), 0, true
		ok := true
		for g := range form.groups {
			if g > 0 {
				c := at(b, i)
				if sep == 0 && (c == form.seps[0] || c == form.seps[len(form.seps)-1]) {
					sep = c
				}
				if sep == 0 || c != sep {
					ok = false
					break
				}
				i++
			}
			for range form.size {
				if !hexDigit(at(b, i)) {
					ok = false
					break
				}
				if digit(b[i]) {
					digits++
				}
				zero = zero && b[i] == '0'
				i++
			}
			if !ok {
				break
			}
		}
		if n := at(b, i); !ok || zero || alnum(n) || n == sep && hexDigit(at(b, i+1)) {
			continue
		}
		confidence := 0.9
		if digits == 12 || form.size == 4 && digits < 3 {
			confidence = 0.6
			if form.size == 4 || sep == '-' {
				confidence = 0.4 // 12-34-56-78-90-12 and 1234.5678.9012 are many things
			}
		}
		if s.hint.speaks.has(kMAC) || nearby(b, start, i).has(kMAC) {
			confidence = 0.95
		}
		s.add(kMAC, start, i, confidence)
		return i
	}
	return start
}

// ipv6 reads an IPv6 address at start.
func (s *Scanner) ipv6(b []byte, start int) int {
	i, groups, gap, letters, dotted := start, 0, false, false, false
	for i < len(b) && i < start+46 {
		if b[i] == ':' {
			if at(b, i+1) == ':' {
				if gap {
					return start
				}
				gap = true
				i += 2
				if !hexDigit(at(b, i)) {
					break
				}
				continue
			}
			if i == start || !hexDigit(at(b, i+1)) {
				break
			}
			i++
			continue
		}
		n := 0
		for i+n < len(b) && hexDigit(b[i+n]) && n < 5 {
			letters = letters || letter(b[i+n])
			n++
		}
		if n == 0 || n > 4 {
			break
		}
		if at(b, i+n) == '.' && groups >= 1 {
			if end, ok := dottedQuad(b, i); ok {
				i, groups, dotted = end, groups+2, true
				break
			}
		}
		i += n
		groups++
		if groups > 8 {
			return start
		}
		if at(b, i) != ':' {
			break
		}
	}
	if alnum(at(b, i)) || !gap && groups != 8 || gap && (groups > 7 || groups < 2) {
		return start
	}
	confidence := 0.9
	if groups < 3 && !dotted {
		confidence = 0.6
		if !letters && groups < 2 {
			confidence = 0.4
		}
	}
	if s.hint.speaks.has(kIP) {
		confidence = 0.95
	}
	s.add(kIP, start, i, confidence)
	return i
}

// dottedQuad reads four decimal octets at i.
func dottedQuad(b []byte, i int) (end int, ok bool) {
	for g := range 4 {
		if g > 0 {
			if at(b, i) != '.' {
				return i, false
			}
			i++
		}
		v, n := 0, 0
		for n < 4 && digit(at(b, i)) {
			v = v*10 + int(b[i]-'0')
			n++
			i++
		}
		if n == 0 || n > 3 || v > 255 {
			return i, false
		}
	}
	return i, true
}

// ipv4 looks at four dotted groups from start.
func (s *Scanner) ipv4(b []byte, start int) int {
	end, ok := dottedQuad(b, start)
	if !ok || alnum(at(b, end)) || at(b, end) == '.' && digit(at(b, end+1)) || at(b, end) == '_' {
		return start
	}
	p := at(b, start-1)
	if p == '.' || p == '-' || letter(p) || p == '_' {
		return start
	}
	// Small numbers throughout are a version; so is what follows the word.
	big, octet := 0, 0
	for _, c := range b[start:end] {
		if c == '.' {
			octet = 0
			continue
		}
		if octet = octet*10 + int(c-'0'); octet > 31 {
			big++
		}
	}
	confidence := 0.75
	if big == 0 {
		confidence = 0.4
	}
	near := nearby(b, start, end)
	switch {
	case s.hint.speaks.has(kIP) || near.has(kIP):
		confidence = 0.95
	case near.has(kNegative):
		confidence -= 0.3
	}
	switch string(b[start:end]) {
	case "255.255.255.255", "0.0.0.0", "127.0.0.1":
		confidence = 0.3 // nobody's
	}
	s.add(kIP, start, end, confidence)
	if at(b, end) == '/' && digit(at(b, end+1)) {
		for end++; digit(at(b, end)); end++ {
		}
	}
	return end
}
