package mask

import (
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"
)

// What follows is written from the published ranges alone and shares nothing with
// the generator.
var (
	safeEmail    = regexp.MustCompile(`^[A-Za-z0-9.]{1,30}@(example\.(com|net|org)|e\.test|d-[a-z2-7]{4,10}\.example|x\.invalid)$`)
	safeDisplay  = regexp.MustCompile(`^[A-Z][a-z]+ [A-Z][a-z]+ <([^<>]+)>$`)
	safeHost     = regexp.MustCompile(`^([a-z0-9-]+\.)*(example\.com|example|invalid|test)$`)
	safeNational = map[string]*regexp.Regexp{
		"1":   regexp.MustCompile(`^[2-9]\d\d55501\d\d$`),
		"44":  regexp.MustCompile(`^(7700900|1632960|2079460|11[345678]4960|1[23456]14960|1914980|2920180|2896496|8081570|9098790|3069990)\d{3}$`),
		"61":  regexp.MustCompile(`^([2378](5550|7010)\d{4}|491(57|58)\d{4}|49157\d{4}|49[01]57\d{4}|491579\d{3})$`),
		"33":  regexp.MustCompile(`^(19900|26191|35301|46571|53649|63998)\d{4}$`),
		"49":  regexp.MustCompile(`^((3023125|6990009|4066969|2214710|8999998)\d{3}|(17139200|176040690)\d\d)$`),
		"46":  regexp.MustCompile(`^(7017406(0[5-9]|[1-9]\d)|3139006\d\d|4062804\d\d|8465004\d\d|9803192\d\d)$`),
		"353": regexp.MustCompile(`^2091\d{5}$`),
		"999": regexp.MustCompile(`^\d{4,}$`),
	}
	unreserved = map[string]string{ // of the numbering plans where nothing is reserved: a region for libphonenumber
		"39": "IT", "55": "BR", "91": "IN", "81": "JP", "86": "CN", "7": "RU", "31": "NL", "52": "MX", "41": "CH", "32": "BE", "43": "AT",
		"34": "ES", "48": "PL", "351": "PT", "420": "CZ", "30": "GR", "40": "RO", "90": "TR", "380": "UA", "27": "ZA", "54": "AR", "64": "NZ", "65": "SG",
	}
)

func emailIsSafe(_, out string) error {
	for part := range strings.FieldsFuncSeq(out, func(r rune) bool { return r == ';' || r == ',' }) {
		part = strings.TrimSpace(part)
		if m := safeDisplay.FindStringSubmatch(part); m != nil {
			part = m[1]
		}
		if !safeEmail.MatchString(part) {
			return fmt.Errorf("no address under a safe domain")
		}
	}
	return nil
}

// phoneIsSafe checks a stand-in, written for a region, against the ranges. "(0)" in it may
// be a trunk prefix that is not dialled: one of the two readings has to be safe.
func phoneIsSafe(region string) func(in, out string) error {
	dialled := dialledIsSafe(region)
	return func(in, out string) error {
		err := dialled(in, out)
		if err != nil && strings.Contains(out, "(0)") {
			head, rest, _ := strings.Cut(out, "(0)")
			for strings.Trim(onlyDigits(head), "0") == "" && !strings.Contains(head, "+") && strings.Contains(rest, "(0)") {
				more, behind, _ := strings.Cut(rest, "(0)") // 0(0) is the international prefix
				head, rest = head+"0"+more, behind
			}
			return dialled(in, head+strings.ReplaceAll(rest, "(0)", ""))
		}
		return err
	}
}

func dialledIsSafe(region string) func(in, out string) error {
	return func(_, out string) error {
		digits := onlyDigits(out)
		if !strings.HasPrefix(out, "+") {
			rest, international := strings.CutPrefix(digits, "00")
			if !international && region == "US" {
				rest, international = strings.CutPrefix(digits, "011")
			}
			switch {
			case international:
				digits = rest
			case region == "US":
				digits = "1" + strings.TrimPrefix(digits, "1")
			case region == "GB" && len(digits) == 12 && strings.HasPrefix(digits, "44"):
			case region == "GB":
				digits = "44" + strings.TrimPrefix(digits, "0")
			case region == "FR":
				digits = "33" + strings.TrimPrefix(digits, "0")
			case region == "DE":
				digits = "49" + strings.TrimPrefix(digits, "0")
			default:
				return fmt.Errorf("a national number of no region")
			}
		}
		for n := 1; n <= 3 && n < len(digits); n++ {
			code, national := digits[:n], digits[n:]
			if re, ok := safeNational[code]; ok {
				if re.MatchString(national) {
					return nil
				}
				return fmt.Errorf("+%s outside of the reserved ranges", code)
			}
			if _, ok := unreserved[code]; ok {
				num, err := phonenumbers.Parse("+"+digits, "ZZ")
				if err == nil && phonenumbers.IsValidNumber(num) {
					return fmt.Errorf("+%s: a number that libphonenumber takes for one in use", code)
				}
				return nil
			}
		}
		return fmt.Errorf("an unknown country code")
	}
}

// nationalDigits drops what a phone keeps: its country.
func nationalDigits(in string) string {
	digits := onlyDigits(in)
	for _, code := range []string{"0044", "44", "49", "33", "86", "55", "011", "1", "0"} {
		if rest, ok := strings.CutPrefix(digits, code); ok && len(digits) > 10 {
			return rest
		}
	}
	return digits
}

func ipIsSafe(_, out string) error {
	safe := []netip.Prefix{
		netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("203.0.113.0/24"),
		netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("240.0.0.0/4"), netip.MustParsePrefix("2001:db8::/32"),
	}
	for part := range strings.SplitSeq(out, ", ") {
		p, err := netip.ParsePrefix(part)
		if err != nil {
			a, err := netip.ParseAddr(part)
			if err != nil {
				return err
			}
			p = netip.PrefixFrom(a, a.BitLen())
		}
		a, ok := p.Addr().Unmap(), false
		for _, s := range safe {
			ok = ok || s.Contains(a)
		}
		if !ok || a == netip.MustParseAddr("255.255.255.255") {
			return fmt.Errorf("outside of the safe ranges")
		}
	}
	return nil
}

// macIsSafe wants the locally administered bit, whatever stands between the digits.
func macIsSafe(_, out string) error {
	digits := strings.NewReplacer(":", "", "-", "", ".", "", " ", "").Replace(out)
	return matches(`(?i)^[0-9a-f][26ae]([0-9a-f]{10}|[0-9a-f]{14})$`)("", digits)
}

// networkIsSafe is ipIsSafe for cidr: the whole network lies in one range.
func networkIsSafe(in, out string) error {
	if err := ipIsSafe(in, out); err != nil {
		return err
	}
	p, err := netip.ParsePrefix(out)
	switch {
	case err != nil:
		return err
	case p != p.Masked():
		return fmt.Errorf("host bits are set")
	case p.Addr().Is4() && p.Bits() < 4, p.Addr().Is6() && p.Bits() < 32:
		return fmt.Errorf("wider than its range")
	case p.Addr().Is4() && p.Bits() < 15 && p.Addr().As4()[0] < 240:
		return fmt.Errorf("wider than the benchmark range")
	}
	return nil
}

func urlIsSafe(_, out string) error {
	if addr, ok := strings.CutPrefix(out, "mailto:"); ok {
		return emailIsSafe("", addr)
	}
	if number, ok := strings.CutPrefix(out, "tel:"); ok {
		return phoneIsSafe("")("", number)
	}
	if !strings.Contains(out, "//") {
		out = "//" + out
	}
	u, err := url.Parse(out)
	switch {
	case err != nil:
		return err
	case u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Port() != "":
		return fmt.Errorf("more than scheme, host and path")
	case !safeHost.MatchString(u.Host):
		return fmt.Errorf("host outside of the safe names")
	}
	return nil
}

func withoutScheme(in string) string {
	return strings.NewReplacer("https", "", "http", "", "mailto", "", "tel:", "", "ftp", "").Replace(strings.ToLower(in))
}

func matches(pattern string) func(in, out string) error {
	re := regexp.MustCompile(pattern)
	return func(_, out string) error {
		if !re.MatchString(out) {
			return fmt.Errorf("does not match %s", pattern)
		}
		return nil
	}
}

func suiteContact() []suiteRow {
	emails := []string{"ann.lee@northwind.co.uk", "r.osei+shop@post.de", "Kim.Vogel@Firma.AT", "o'neil_55@mail.ie", "JOAN@PUERTO.ES", "юля@почта.рф"}
	phones := []string{"+44 20 7123 4567", "+1 (212) 736-5000", "0044 161 234 5678", "+49 30 901820", "+33142685300", "+8613912345678", "+55 11 98765-4321"}
	british := []string{"020 7123 4567", "(0161) 234 5678", "07911 123456", "+44 (0)29 2087 4000", "01224 576000"}
	american := []string{"212-736-5000", "(415) 555-2671", "1-604-683-1234", "312.744.5000", "2025550143"}
	ips := []string{"81.2.69.160", "10.1.2.3", "2a00:1450:4009:81f::200e", "192.168.178.21/24", "::ffff:93.184.216.34"}
	ipTwin := instead("81.2.69.160", "93.7.81.204", "10.1.2.3", "57.8.9.6", "2a00:1450:4009:81f::200e", "2a01:7e00:3012:4bd::71a3", "192.168.178.21", "150.214.163.47", "93.184.216.34", "17.253.144.10", "2a00:1450", "2a01:7e00", "81.2.69.0", "93.7.81.0", "10.0.0.0", "57.0.0.0", "172.16.0.0", "150.32.0.0", "192.168.0.0", "150.214.0.0")
	text := Column{Class: ClassText}
	return []suiteRow{
		{spec: Spec{Name: "email"}, in: emails, valid: emailIsSafe, odd: emailIsSafe, allocFree: false},
		{spec: Spec{Name: "email", Params: map[string]any{"style": "plain", "case": "fold"}}, in: emails[:4], valid: emailIsSafe, odd: emailIsSafe, allocFree: true},
		{spec: Spec{Name: "email", Params: map[string]any{"domains": "per-domain", "tags": "drop"}}, in: emails, valid: emailIsSafe, odd: emailIsSafe},
		{spec: Spec{Name: "email", Params: map[string]any{"domain": "x.invalid"}}, in: []string{"Ann Lee <ann@lee.fr>", "ann@lee.fr; rob@roy.uk", "n/a", `"Lee, Ann" <ann@lee.fr>, rob@roy.uk`}, valid: emailIsSafe, odd: emailIsSafe},
		{spec: Spec{Name: "phone"}, in: phones, secret: nationalDigits, valid: phoneIsSafe(""), odd: phoneIsSafe(""), allocFree: true},
		{spec: Spec{Name: "phone", Params: map[string]any{"region": "GB"}}, in: british, secret: nationalDigits, valid: phoneIsSafe("GB"), odd: phoneIsSafe("GB"), allocFree: true},
		{spec: Spec{Name: "phone", Args: []string{"region"}}, args: []string{"USA"}, in: american, secret: nationalDigits, valid: phoneIsSafe("US"), odd: phoneIsSafe("US"), allocFree: true},
		{spec: Spec{Name: "phone", Locale: "fr_FR", Column: Column{Class: ClassInteger, Bits: 64}}, in: []string{"33142685300", "142685300", "33612345678", "447911123456"}, secret: nationalDigits, allocFree: true},
		{spec: Spec{Name: "phone", Params: map[string]any{"overflow": "unassigned", "region": "GB"}}, in: british, secret: nationalDigits, valid: matches(`^(00)?\+?999[\d ()-]+$`), odd: matches(`^(00)?\+?999[\d ()./-]+$`), allocFree: true},
		{spec: Spec{Name: "url"}, in: []string{"https://www.firma.de/konto/4711?token=abc", "http://ann:pw@10.1.2.3:8080/x", "mailto:ann@lee.fr?subject=hi", "tel:+442071234567", "blog.ann-lee.org"}, twin: instead("www.firma.de/konto/4711?token=abc", "www.werke.at/depot/9153?token=xyz", "ann:pw@10.1.2.3:8080/x", "bea:qx@57.8.9.6:8088/y", "ann@lee.fr?subject=hi", "bea@orr.it?subject=yo", "+442071234567", "+442079876543", "blog.ann-lee.org", "news.bea-orr.net"), secret: withoutScheme, valid: urlIsSafe, odd: urlIsSafe},
		{spec: Spec{Name: "url", Params: map[string]any{"domains": "per-domain"}}, in: []string{"https://www.firma.de/konto/4711", "ftp://files.firma.de/a/b/c", "HTTPS://Ann.example/", "//cdn.firma.de/a"}, secret: withoutScheme, valid: urlIsSafe, odd: urlIsSafe},
		{spec: Spec{Name: "domain_name"}, in: []string{"firma.de", "www.ann-lee.org", "FIRMA.DE", "почта.рф"}, valid: matches(`(?i)^d[a-z2-7]{13}\.example$`), odd: matches(`(?i)^d[a-z2-7]{13}\.example$`), allocFree: false},
		{spec: Spec{Name: "webhook"}, in: []string{"https://hooks.slack.com/services/T1/B2/xyzzy", "http://10.1.2.3/hook?key=1", "https://ann:pw@lee.fr/in", "ann"}, valid: matches(`^https://hook\.invalid/[a-z2-7]{13}$`), odd: matches(`^https://hook\.invalid/[a-z2-7]{13}$`), allocFree: true},
		{spec: Spec{Name: "ip", Column: text}, in: append(ips, "81.2.69.160, 10.1.2.3", "[2a00:1450::1]:443", "81.2.69.160:8080"), twin: ipTwin, valid: ipIsSafe, odd: ipIsSafe, allocFree: true},
		{spec: Spec{Name: "ip", Params: map[string]any{"prefix": true, "range": "class-e"}, Column: Column{Class: ClassInet, TypeName: "inet"}}, in: ips, twin: ipTwin, valid: ipIsSafe, odd: ipIsSafe, allocFree: true},
		{spec: Spec{Name: "ip", Params: map[string]any{"range": "documentation"}, Column: Column{Class: ClassInet, TypeName: "cidr"}}, in: []string{"81.2.69.0/24", "10.0.0.0/8", "2a00:1450::/32", "172.16.0.0/12", "192.168.0.0/16", "0.0.0.0/0", "81.2.69.160/32"}, twin: ipTwin, valid: networkIsSafe, mayEqual: true, allocFree: true},
		{spec: Spec{Name: "mac"}, in: []string{"3c:22:fb:01:02:03", "3C-22-FB-01-02-03", "3c22.fb01.0203", "3c:22:fb:ff:fe:01:02:03"}, twin: hexTwin, valid: matches(`(?i)^[0-9a-f][26ae]([-:.]?[0-9a-f]{2}){5,7}$`), odd: macIsSafe, allocFree: true},
		{spec: Spec{Name: "mac", Params: map[string]any{"range": "documentation"}, Column: Column{Class: ClassMAC, TypeName: "macaddr"}}, in: []string{"3c:22:fb:01:02:03", "3c:22:fb:01:02:04", "3c:22:fb:01:02:05", "3c:22:fb:01:02:06"}, twin: hexTwin, valid: matches(`^00:00:5e:00:53:[0-9a-f]{2}$`), allocFree: true},
		{spec: Spec{Name: "user_agent"}, in: []string{"Mozilla/5.0 (Windows NT 6.1) Gecko/20100101 Firefox/52.0 AnnsPC", "Mozilla/5.0 (Linux; Android 4.4; SM-G900) Mobile Safari/537.36", "curl/7.1", "annbot/2"}, twin: instead("AnnsPC", "BeasPC", "SM-G900", "GT-I911", "curl/7.1", "wget/1.2", "annbot/2", "beabot/4"), grams: true, mayEqual: true, allocFree: true},
		{spec: Spec{Name: "push_token"}, in: []string{
			"740f4707bebcf74f9b7c25d48e3358945f6aa01da5ddb387462c7eaf61bb78ad", "dGhpc2lzYQ:APA91bHun4MxP5egoKMwt2KZFBaFUH-1RYqxKq3Zb8ENBJ9Tq", "ExponentPushToken[xxGLd7Xq2mRZk0vTb9aBcD]", "https://push.services.mozilla.com/wpush/v2/gAAAAAB", "AB12",
		}, twin: func(in string) string {
			if isHexDigest([]byte(in)) || in == "AB12" {
				return hexTwin(in)
			}
			return instead("dGhpc2lzYQ", "eHpqd3NkWR", "Hun4MxP5", "Ivo5NyQ6", "xxGLd7Xq2mRZ", "yyHMe8Yr3nSA", "gAAAAAB", "hBBBBBC")(in)
		}, secret: func(in string) string {
			return strings.NewReplacer("ExponentPushToken", "", "https", "", ":APA91b", "").Replace(in)
		}, valid: func(in, out string) error {
			if len(in) >= 32 && !strings.Contains(in, "//") && len(out) != len(in) {
				return fmt.Errorf("another length")
			}
			return matches(`^([0-9a-f]+|[0-9A-F]+|[\w-]+(:APA91b[\w-]+)?|ExponentPushToken\[[\w-]+\]|https://hook\.invalid/\w+)$`)(in, out)
		}, allocFree: true},
		{spec: Spec{Name: "social_handle"}, in: []string{"@annlee", "ann.lee", "https://x.com/annlee?s=20", "www.instagram.com/ann/"}, twin: instead("annlee", "beaorr", "ann.lee", "bea.orr", "com/ann/", "com/bea/"), valid: matches(`^(@|https://example\.com/)?[a-z2-7]{13}$`), odd: matches(`^(@|https://example\.com/)?[a-z2-7]{13}$`), allocFree: true},
	}
}

func TestSafeDomainsAreTheReservedOnesOnly(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"example.com": true, "mail.example.org": true, "corp.example": true, "x.invalid": true, "a.b.test": true,
		"example": false, "example.com.evil.org": false, "notexample.com": false, "gmail.com": false, "": false, ".test": false, "a..test": false, "localhost": false, "-a.test": false, "a_b.test": false,
	} {
		if reservedDomain(name) != want {
			t.Errorf("%q: %v", name, !want)
		}
	}
}
