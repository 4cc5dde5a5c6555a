package ruleset

import (
	"errors"
	"strings"
)

// splitName reads a dotted name of n parts. A part in double quotes may hold dots,
// and a doubled quote for a quote; a part without quotes is taken as it is written,
// capitals included.
func splitName(s string, n int) ([]string, error) {
	var parts []string
	rest := s
	for {
		part, after, err := cutPart(rest)
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
		if after == "" {
			break
		}
		if rest = after[1:]; rest == "" {
			return nil, errors.New("it ends in a dot")
		}
	}
	switch {
	case len(parts) < n && n == 2:
		return nil, errors.New("the schema is missing")
	case len(parts) < n:
		return nil, errors.New("the schema or the table is missing")
	case len(parts) > n:
		return nil, errors.New("it has too many dots")
	}
	return parts, nil
}

// cutPart returns the first part and what follows it: nothing, or a dot and the rest.
func cutPart(s string) (part, after string, err error) {
	if !strings.HasPrefix(s, `"`) {
		i := strings.IndexByte(s, '.')
		if i < 0 {
			i = len(s)
		}
		switch part := s[:i]; {
		case strings.TrimSpace(part) == "":
			return "", "", errors.New("a part of it is empty")
		case strings.Contains(part, `"`):
			return "", "", errors.New("a quote stands in the middle of a part")
		default:
			return part, s[i:], nil
		}
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		if s[i] != '"' {
			b.WriteByte(s[i])
			continue
		}
		if i+1 < len(s) && s[i+1] == '"' {
			b.WriteByte('"')
			i++
			continue
		}
		if after = s[i+1:]; after != "" && after[0] != '.' {
			return "", "", errors.New("something follows a closing quote")
		}
		if b.Len() == 0 {
			return "", "", errors.New("a part of it is empty")
		}
		return b.String(), after, nil
	}
	return "", "", errors.New("a quote is not closed")
}
