package document

import (
	"bytes"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// JSON rewrites JSON documents by paths. It is used by one goroutine at a time.
type JSON struct {
	route

	in      []byte
	dst     []byte
	copied  int // of in: what lies before is in dst, or was replaced
	visitor Visitor
	active  []uint16 // steps that may match below; a level's are its end
	decoded []byte   // a leaf's text without escapes
	answer  []byte   // what the visitor appended
}

// CompileJSON reads the paths: $.a.b, $.a[*].b, $..email, $['odd key'], $.*, [3];
// a ~ at the end names the keys that the path matches, not their values. The error
// names the path.
func CompileJSON(paths []string) (*JSON, error) {
	parsed := make([][]step, len(paths))
	for i, p := range paths {
		steps, err := parseJSON(p)
		if err != nil {
			return nil, err
		}
		parsed[i] = steps
	}
	r, err := compile(paths, parsed)
	if err != nil {
		return nil, err
	}
	return &JSON{route: r}, nil
}

// Rewrite appends in with its leaves replaced. A path that names an object or array
// names every scalar below it. A number's answer that is a JSON number is written
// bare, as true and false are for a bool; any other answer is written as a string.
// The error is ErrMalformed or the visitor's; dst is then returned as it came.
func (j *JSON) Rewrite(dst, in []byte, v Visitor) ([]byte, error) {
	// This checks the syntax and the depth: the walk below relies on it.
	if !utf8.Valid(in) || !isJSON(in) {
		return dst, ErrMalformed
	}
	start := len(dst)
	j.in, j.dst, j.copied, j.visitor = in, dst, 0, v
	j.active = append(j.active[:0], j.first...)
	_, err := j.value(j.space(0), 0, len(j.active), j.whole)
	if err == nil {
		j.dst = append(j.dst, in[j.copied:]...)
		dst = j.dst
	} else {
		dst = j.dst[:start]
	}
	j.in, j.dst, j.visitor = nil, nil, nil
	return dst, err
}

func (j *JSON) space(i int) int { return skipSpace(j.in, i) }

// value walks the value at i and returns where it ends. j.active[from:to] are the
// steps that may match its children; path names it, or what it lies in.
func (j *JSON) value(i, from, to, path int) (int, error) {
	switch j.in[i] {
	case '{':
		return j.object(i, from, to, path)
	case '[':
		return j.array(i, from, to, path)
	case '"':
		end := stringEnd(j.in, i)
		if end == i+2 {
			return end, nil
		}
		return end, j.leaf(i, end, path, String, j.unquote(i, end))
	case 'n':
		return i + 4, nil
	case 't':
		return i + 4, j.leaf(i, i+4, path, Bool, j.in[i:i+4])
	case 'f':
		return i + 5, j.leaf(i, i+5, path, Bool, j.in[i:i+5])
	default:
		end := numberEnd(j.in, i)
		return end, j.leaf(i, end, path, Number, j.in[i:end])
	}
}

func (j *JSON) object(i, from, to, path int) (int, error) {
	i = j.space(i + 1)
	for j.in[i] != '}' {
		if j.in[i] == ',' {
			i = j.space(i + 1)
		}
		end := stringEnd(j.in, i)
		name := j.unquote(i, end)
		keyPath, valuePath := j.descend(from, to, name, -1)
		if end > i+2 {
			if err := j.leaf(i, end, keyPath, Key, name); err != nil {
				return 0, err
			}
		}
		if valuePath < 0 {
			valuePath = path
		}
		i = j.space(j.space(end) + 1) // past the colon
		var err error
		if i, err = j.value(i, to, len(j.active), valuePath); err != nil {
			return 0, err
		}
		j.active = j.active[:to]
		i = j.space(i)
	}
	return i + 1, nil
}

func (j *JSON) array(i, from, to, path int) (int, error) {
	i = j.space(i + 1)
	for n := 0; j.in[i] != ']'; n++ {
		if j.in[i] == ',' {
			i = j.space(i + 1)
		}
		_, valuePath := j.descend(from, to, nil, n)
		if valuePath < 0 {
			valuePath = path
		}
		var err error
		if i, err = j.value(i, to, len(j.active), valuePath); err != nil {
			return 0, err
		}
		j.active = j.active[:to]
		i = j.space(i)
	}
	return i + 1, nil
}

// descend appends the steps that may match below a member (index −1) or an element,
// and returns the paths that name its key and its value.
func (j *JSON) descend(from, to int, name []byte, index int) (keyPath, valuePath int) {
	keyPath, valuePath = -1, -1
	for k := from; k < to; k++ {
		at := j.active[k]
		s := &j.steps[at]
		if s.deep {
			j.add(to, at)
		}
		if !(s.any || s.index >= 0 && s.index == index || s.index < 0 && index < 0 && s.name == string(name)) {
			continue
		}
		switch {
		case !s.last:
			j.add(to, at+1)
		case s.keys && index < 0:
			keyPath = j.better(keyPath, s.path)
		case !s.keys:
			valuePath = j.better(valuePath, s.path)
		}
	}
	return keyPath, valuePath
}

// add appends a step to the level that starts at to, once: nested matches of
// $..a..b would otherwise double it at every level.
func (j *JSON) add(to int, at uint16) {
	for _, have := range j.active[to:] {
		if have == at {
			return
		}
	}
	j.active = append(j.active, at)
}

// leaf shows in[i:end] to the visitor and splices its answer in.
func (j *JSON) leaf(i, end, path int, kind Kind, text []byte) error {
	answer, verdict, err := j.visitor.Visit(j.answer[:0], Leaf{Path: path, Kind: kind, Text: text})
	if err != nil {
		return err
	}
	j.answer = answer
	switch verdict {
	case Keep:
		return nil
	case Null:
		if kind == Key {
			return nil
		}
		j.splice(i, end)
		j.dst = append(j.dst, "null"...)
	case Replace:
		j.splice(i, end)
		bare := kind == Number && numberEnd(answer, 0) == len(answer) && len(answer) > 0 ||
			kind == Bool && (string(answer) == "true" || string(answer) == "false")
		if bare {
			j.dst = append(j.dst, answer...)
			break
		}
		// Invalid UTF-8 becomes U+FFFD; that is no reason to lose the document.
		j.dst, _ = jsontext.AppendQuote(j.dst, answer)
	default:
		return errNoVerdict
	}
	return nil
}

// splice copies what is before i, and goes on after end.
func (j *JSON) splice(i, end int) {
	j.dst = append(j.dst, j.in[j.copied:i]...)
	j.copied = end
}

// unquote returns the text of the string literal in[i:end].
func (j *JSON) unquote(i, end int) []byte {
	raw := j.in[i+1 : end-1]
	if bytes.IndexByte(raw, '\\') < 0 {
		return raw
	}
	// A lone surrogate is an error and reads as U+FFFD; the text is not empty, so it is shown.
	j.decoded, _ = jsontext.AppendUnquote(j.decoded[:0], j.in[i:end])
	if len(j.decoded) == 0 {
		return raw
	}
	return j.decoded
}

// stringEnd returns where the string literal that starts at i ends.
func stringEnd(in []byte, i int) int {
	for i = plainEnd(in, i+1); in[i] != '"'; i = plainEnd(in, i+2) {
		// past a backslash and what it escapes
	}
	return i + 1
}

// numberEnd returns where the JSON number that starts at i ends; i when there is none.
func numberEnd(in []byte, i int) int {
	start, digits := i, 0
	if i < len(in) && in[i] == '-' {
		i++
	}
	run := func() bool {
		from := i
		for i < len(in) && in[i]-'0' < 10 {
			i++
		}
		digits = i - from
		return digits > 0
	}
	zero := i < len(in) && in[i] == '0'
	if !run() || zero && digits > 1 {
		return start
	}
	if i < len(in) && in[i] == '.' {
		i++
		if !run() {
			return start
		}
	}
	if i < len(in) && in[i]|0x20 == 'e' {
		i++
		if i < len(in) && (in[i] == '+' || in[i] == '-') {
			i++
		}
		if !run() {
			return start
		}
	}
	return i
}
