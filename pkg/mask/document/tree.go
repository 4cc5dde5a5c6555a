package document

import (
	"bytes"
	"strings"
)

// tree knows which elements are open, and which paths name what lies in them.
type tree struct {
	route
	open   []element
	active []uint16
}

// element is one that is open.
type element struct {
	name     []byte // with its prefix: of XML as it is written, of HTML in small letters
	from, to int    // of active: steps that may match its children
	path     int    // names it, or what it lies in; -1 for none
}

func (t *tree) begin() {
	t.active = append(t.active[:0], t.first...)
	t.open = append(t.open[:0], element{from: 0, to: len(t.active), path: t.whole})
}

func (t *tree) top() *element { return &t.open[len(t.open)-1] }

func (t *tree) pop() {
	t.active = t.active[:t.top().from]
	t.open = t.open[:len(t.open)-1]
}

// push opens an element: which steps may match below it, and which path names it.
func (t *tree) push(name []byte) {
	parent := *t.top()
	e := element{name: name, from: len(t.active), path: parent.path}
	best := -1
	for k := parent.from; k < parent.to; k++ {
		at := t.active[k]
		s := &t.steps[at]
		if s.deep {
			t.add(e.from, at)
		}
		if s.attr || !s.names(name) {
			continue
		}
		if s.last {
			best = t.better(best, s.path)
		} else {
			t.add(e.from, at+1)
		}
	}
	if best >= 0 {
		e.path = best
	}
	e.to = len(t.active)
	t.open = append(t.open, e)
}

func (t *tree) add(from int, at uint16) {
	for _, have := range t.active[from:] {
		if have == at {
			return
		}
	}
	t.active = append(t.active, at)
}

// attributePath returns the path that names an attribute of the top element; -1 for none.
func (t *tree) attributePath(name []byte) int {
	// Steps after // are among the element's own: they go down with every element.
	path, e := -1, t.top()
	for _, k := range t.active[e.from:e.to] {
		if s := &t.steps[k]; s.attr && s.last && s.names(name) {
			path = t.better(path, s.path)
		}
	}
	return path
}

// names reports whether the step names an element or attribute. One without a
// prefix names any prefix.
func (s *step) names(name []byte) bool {
	if s.any || s.name == string(name) {
		return true
	}
	if colon := bytes.IndexByte(name, ':'); colon >= 0 && strings.IndexByte(s.name, ':') < 0 {
		return s.name == string(name[colon+1:])
	}
	return false
}
