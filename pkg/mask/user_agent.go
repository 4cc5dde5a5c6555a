package mask

import (
	"bytes"
	"unicode/utf8"

	"github.com/understudy-db/understudy/pkg/mask/prf"
)

func userAgentInfo() Info {
	return Info{
		Name:    "user_agent",
		Summary: "a common browser's line of the same kind (desktop, mobile or program)",
		Classes: []Class{ClassText},
		Example: "user_agent: {mask: user_agent}",
	}
}

// The lines are fixed: what makes a user agent personal is a rare one. Their order
// is part of version 1.
var (
	desktopAgents = []string{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/127.0.0.0 Safari/537.36",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:127.0) Gecko/20100101 Firefox/127.0",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:127.0) Gecko/20100101 Firefox/127.0",
		"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
		"Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
	}
	mobileAgents = []string{
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1",
		"Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
		"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36",
		"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/125.0.0.0 Mobile Safari/537.36",
		"Mozilla/5.0 (Android 14; Mobile; rv:127.0) Gecko/127.0 Firefox/127.0",
	}
	programAgents = []string{"curl/8.5.0", "curl/7.88.1", "Wget/1.21.4", "okhttp/4.12.0", "python-requests/2.31.0", "Go-http-client/2.0"}
)

func userAgentTraits(Spec) (Traits, error) {
	return Traits{Safety: NotContact, Capacity: float64(len(mobileAgents)), Keeps: []string{"kind of device"}, Technique: "generalization"}, nil
}

type userAgent struct {
	p     *prf.PRF
	limit int
}

func bindUserAgent(s Spec, b *Binder) (Masker, error) {
	return &userAgent{p: b.Key.PRF(prf.StandIn, s.Domain), limit: s.Column.MaxChars}, nil
}

// Mask appends the line, cut to the column.
func (m *userAgent) Mask(dst []byte, in Input) ([]byte, error) {
	list := programAgents
	switch head := in.Value[:min(len(in.Value), 400)]; {
	case bytes.Contains(head, []byte("Mobile")) || bytes.Contains(head, []byte("Android")) || bytes.Contains(head, []byte("iPad")):
		list = mobileAgents
	case bytes.HasPrefix(head, []byte("Mozilla/")) || bytes.HasPrefix(head, []byte("Opera/")):
		list = desktopAgents
	}
	b := m.p.Bits(in.Value)
	i := int(b.Index(uint64(len(list))))
	for range list {
		w := list[i]
		if m.limit > 0 {
			w = w[:min(len(w), m.limit)]
		}
		if w != string(in.Value) {
			return append(dst, w...), nil
		}
		i = (i + 1) % len(list)
	}
	n := utf8.RuneCount(in.Value) // a column so short that all lines are cut to the value
	for range n {
		dst = append(dst, lower32[b.Index(26)])
	}
	return dst, nil
}
