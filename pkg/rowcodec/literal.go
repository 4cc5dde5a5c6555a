package rowcodec

// space reports what PostgreSQL's literal readers skip: the blanks of the C locale.
func space(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

// isNull reports whether an unquoted array element is the word NULL, in any case.
func isNull(s []byte) bool {
	return len(s) == 4 && s[0]|0x20 == 'n' && s[1]|0x20 == 'u' && s[2]|0x20 == 'l' && s[3]|0x20 == 'l'
}

// appendArrayItem appends an element as array_out quotes it.
func appendArrayItem(dst, s []byte, delim byte) []byte {
	quote := len(s) == 0 || isNull(s)
	for _, c := range s {
		if c == '"' || c == '\\' || c == '{' || c == '}' || c == delim || space(c) {
			quote = true
			break
		}
	}
	if !quote {
		return append(dst, s...)
	}
	dst = append(dst, '"')
	for _, c := range s {
		if c == '"' || c == '\\' {
			dst = append(dst, '\\')
		}
		dst = append(dst, c)
	}
	return append(dst, '"')
}

// appendRecordField appends a composite's field as record_out quotes it.
func appendRecordField(dst, s []byte) []byte {
	quote := len(s) == 0
	for _, c := range s {
		if c == '"' || c == '\\' || c == '(' || c == ')' || c == ',' || space(c) {
			quote = true
			break
		}
	}
	return appendDoubled(dst, s, quote)
}

// appendRangeBound appends a bound as range_out quotes it.
func appendRangeBound(dst, s []byte) []byte {
	quote := len(s) == 0
	for _, c := range s {
		if c == '"' || c == '\\' || c == '(' || c == ')' || c == '[' || c == ']' || c == ',' || space(c) {
			quote = true
			break
		}
	}
	return appendDoubled(dst, s, quote)
}

// appendDoubled quotes s, if it must, with quotes and backslashes doubled.
func appendDoubled(dst, s []byte, quote bool) []byte {
	if !quote {
		return append(dst, s...)
	}
	dst = append(dst, '"')
	for _, c := range s {
		if c == '"' || c == '\\' {
			dst = append(dst, c)
		}
		dst = append(dst, c)
	}
	return append(dst, '"')
}

// rewriteText appends the text form with every leaf rewritten. With Keep, which it
// answers when nothing was replaced, and with Null it appends nothing. text is what
// PostgreSQL printed, without the escapes of the stream.
func (n *node) rewriteText(dst, text []byte, rw Rewriter, row *Row) ([]byte, Verdict, error) {
	mark := len(dst)
	var (
		changed bool
		err     error
	)
	switch n.kind {
	case Array:
		dst, changed, err = n.arrayText(dst, text, rw, row)
	case Composite:
		dst, changed, err = n.compositeText(dst, text, rw, row)
	case Range:
		var rest []byte
		dst, rest, changed, err = n.rangeText(dst, text, rw, row)
		if err == nil && len(rest) > 0 {
			err = errLiteral
		}
	case Multirange:
		dst, changed, err = n.multirangeText(dst, text, rw, row)
	default:
		return n.leafText(dst, text, rw, row)
	}
	if err != nil {
		return nil, 0, err
	}
	if !changed {
		return dst[:mark], Keep, nil
	}
	return dst, Replace, nil
}

// blanks returns s without leading blanks.
func blanks(s []byte) []byte {
	for len(s) > 0 && space(s[0]) {
		s = s[1:]
	}
	return s
}

// arrayText walks an array literal: an optional "[1:2][0:1]=", then nested braces with
// elements between delimiters. Blanks around tokens do not count and are not written.
func (n *node) arrayText(dst, text []byte, rw Rewriter, row *Row) ([]byte, bool, error) {
	s := blanks(text)
	if len(s) > 0 && s[0] == '[' {
		for len(s) > 0 && s[0] != '=' {
			if c := s[0]; (c < '0' || c > '9') && c != '[' && c != ']' && c != ':' && c != '-' && c != '+' && !space(c) {
				return nil, false, errLiteral
			}
			dst = append(dst, s[0])
			s = s[1:]
		}
		if len(s) == 0 {
			return nil, false, errLiteral
		}
		dst = append(dst, '=')
		s = blanks(s[1:])
	}
	const (
		opened = iota // after a brace: an element, a brace or the end may follow
		parted        // after a delimiter: an element or a brace must follow
		behind        // after an element or a closed brace
	)
	state, depth, changed := parted, 0, false
	for {
		if s = blanks(s); len(s) == 0 {
			return nil, false, errLiteral
		}
		switch c := s[0]; c {
		case '{':
			if depth++; state == behind || depth > maxDims {
				return nil, false, errLiteral
			}
			dst, s, state = append(dst, c), s[1:], opened
		case '}':
			if depth--; state == parted || depth < 0 {
				return nil, false, errLiteral
			}
			dst, s, state = append(dst, c), s[1:], behind
			if depth == 0 {
				if len(blanks(s)) > 0 {
					return nil, false, errLiteral
				}
				return dst, changed, nil
			}
		case n.delim:
			if state != behind {
				return nil, false, errLiteral
			}
			dst, s, state = append(dst, c), s[1:], parted
		default:
			if state == behind || depth == 0 {
				return nil, false, errLiteral
			}
			item, raw, quoted, ok := n.arrayItem(s)
			if !ok {
				return nil, false, errLiteral
			}
			s, state = s[len(raw):], behind
			if !quoted && isNull(raw) {
				dst = append(dst, "NULL"...)
				continue
			}
			out, verdict, err := n.elems[0].rewriteText(n.sub[:0], item, rw, row)
			if err != nil {
				return nil, false, err
			}
			switch verdict {
			case Replace:
				n.sub = out
				dst, changed = appendArrayItem(dst, out, n.delim), true
			case Null:
				dst, changed = append(dst, "NULL"...), true
			case Keep:
				dst = append(dst, raw...)
			}
		}
	}
}

// arrayItem reads the element at the start of s, which starts with no blank. raw is the
// element as it is written, without blanks after it; item is without quotes and
// backslashes and is valid until the next call.
func (n *node) arrayItem(s []byte) (item, raw []byte, quoted, ok bool) {
	n.lit = n.lit[:0]
	if s[0] == '"' {
		for i := 1; i < len(s); i++ {
			switch s[i] {
			case '"':
				return n.lit, s[:i+1], true, true
			case '\\':
				if i++; i == len(s) {
					return nil, nil, false, false
				}
			}
			n.lit = append(n.lit, s[i])
		}
		return nil, nil, false, false
	}
	end, keep, slash := 0, 0, false // keep: blanks before it are part of the element
	for end < len(s) && s[end] != n.delim && s[end] != '}' {
		c := s[end]
		switch {
		case c == '{' || c == '"':
			return nil, nil, false, false
		case c == '\\':
			if end++; end == len(s) {
				return nil, nil, false, false
			}
			slash = true
			n.lit = append(n.lit, s[end])
			keep = len(n.lit)
		case space(c):
			n.lit = append(n.lit, c)
		default:
			n.lit = append(n.lit, c)
			keep = len(n.lit)
		}
		end++
	}
	if end == len(s) {
		return nil, nil, false, false
	}
	raw = s[:end-(len(n.lit)-keep)]
	n.lit = n.lit[:keep]
	// A backslash makes the word NULL an ordinary element, as quotes do.
	return n.lit, raw, slash, true
}

// recordItem reads a composite's field or a range's bound at the start of s, up to a
// byte for which stop is true. Quotes may open and close anywhere in it; within them a
// doubled quote is one. Blanks count. An empty item without quotes is absent.
func (n *node) recordItem(s []byte, stop func(byte) bool) (item, raw []byte, absent, ok bool) {
	n.lit = n.lit[:0]
	inside := false
	i := 0
	for ; i < len(s) && (inside || !stop(s[i])); i++ {
		switch c := s[i]; {
		case c == '\\':
			if i++; i == len(s) {
				return nil, nil, false, false
			}
			n.lit = append(n.lit, s[i])
		case c == '"' && inside && i+1 < len(s) && s[i+1] == '"':
			i++
			n.lit = append(n.lit, c)
		case c == '"':
			inside = !inside
		default:
			n.lit = append(n.lit, c)
		}
	}
	if inside || i == len(s) {
		return nil, nil, false, false
	}
	return n.lit, s[:i], i == 0, true
}

func recordStop(c byte) bool { return c == ',' || c == ')' }

func rangeStop(c byte) bool { return c == ',' || c == ')' || c == ']' || c == '(' || c == '[' }

func (n *node) compositeText(dst, text []byte, rw Rewriter, row *Row) ([]byte, bool, error) {
	s := blanks(text)
	if len(s) == 0 || s[0] != '(' {
		return nil, false, errLiteral
	}
	dst, s = append(dst, '('), s[1:]
	changed := false
	for i, field := range n.elems {
		if i > 0 {
			if s[0] != ',' {
				return nil, false, errLiteral
			}
			dst, s = append(dst, ','), s[1:]
		}
		item, raw, absent, ok := n.recordItem(s, recordStop)
		if !ok {
			return nil, false, errLiteral
		}
		s = s[len(raw):]
		if absent {
			continue
		}
		out, verdict, err := field.rewriteText(n.sub[:0], item, rw, row)
		if err != nil {
			return nil, false, err
		}
		switch verdict {
		case Replace:
			n.sub = out
			dst, changed = appendRecordField(dst, out), true
		case Null:
			changed = true
		case Keep:
			dst = append(dst, raw...)
		}
	}
	if len(s) == 0 || s[0] != ')' || len(blanks(s[1:])) > 0 {
		return nil, false, errLiteral
	}
	return append(dst, ')'), changed, nil
}

// rangeText rewrites the range at the start of text and returns what follows it.
func (n *node) rangeText(dst, text []byte, rw Rewriter, row *Row) (out, rest []byte, changed bool, err error) {
	const word = "empty"
	s := blanks(text)
	if len(s) >= len(word) && fold(s[:len(word)], word) {
		return append(dst, word...), blanks(s[len(word):]), false, nil
	}
	if len(s) == 0 || s[0] != '[' && s[0] != '(' {
		return nil, nil, false, errLiteral
	}
	open := s[0]
	s = s[1:]
	elem := n.elems[0]
	for i := range n.ends {
		item, raw, absent, ok := n.recordItem(s, rangeStop)
		if !ok {
			return nil, nil, false, errLiteral
		}
		s = s[len(raw):]
		if comma := s[0] == ','; comma != (i == 0) || s[0] == '[' || s[0] == '(' {
			return nil, nil, false, errLiteral
		}
		e := &n.ends[i]
		e.set(raw, !absent)
		if absent {
			e.out = e.out[:0]
		} else {
			text, verdict, err := elem.rewriteText(n.sub[:0], item, rw, row)
			if err != nil {
				return nil, nil, false, err
			}
			switch verdict {
			case Replace:
				n.sub = text
				e.out, changed = appendRangeBound(e.out[:0], text), true
			case Null:
				e.out, e.has, changed = e.out[:0], false, true
			case Keep:
				e.out = append(e.out[:0], raw...)
				n.sub = append(n.sub[:0], item...)
				text = n.sub
			}
			if e.has && elem.codec != nil && elem.codec.order != nil {
				if e.wire, err = elem.codec.wire(e.wire[:0], text); err != nil {
					return nil, nil, false, err
				}
			}
		}
		if i == 0 {
			s = s[1:] // the comma
		}
	}
	a, b := &n.ends[0], &n.ends[1]
	if changed && a.has && b.has && elem.codec != nil && elem.codec.order != nil && elem.codec.order(a.wire, b.wire) > 0 {
		a, b = b, a
	}
	dst = append(append(dst, open), a.out...)
	dst = append(append(dst, ','), b.out...)
	return append(dst, s[0]), blanks(s[1:]), changed, nil
}

func (n *node) multirangeText(dst, text []byte, rw Rewriter, row *Row) ([]byte, bool, error) {
	s := blanks(text)
	if len(s) == 0 || s[0] != '{' {
		return nil, false, errLiteral
	}
	dst, s = append(dst, '{'), blanks(s[1:])
	any := false
	for first := true; ; first = false {
		if len(s) == 0 {
			return nil, false, errLiteral
		}
		if s[0] == '}' && first {
			break
		}
		if !first {
			if s[0] == '}' {
				break
			}
			if s[0] != ',' {
				return nil, false, errLiteral
			}
			dst, s = append(dst, ','), blanks(s[1:])
		}
		out, rest, changed, err := n.elems[0].rangeText(dst, s, rw, row)
		if err != nil {
			return nil, false, err
		}
		dst, s, any = out, rest, any || changed
	}
	if len(blanks(s[1:])) > 0 {
		return nil, false, errLiteral
	}
	return append(dst, '}'), any, nil
}

// fold reports whether s is word, which is in lower-case letters, in any case.
func fold(s []byte, word string) bool {
	if len(s) != len(word) {
		return false
	}
	for i := range s {
		if s[i]|0x20 != word[i] {
			return false
		}
	}
	return true
}
