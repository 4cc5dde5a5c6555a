package document

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// step is one step of one path. All steps of all paths lie in one slice; the step
// after one that is not the last is its neighbour.
type step struct {
	deep   bool   // after any number of levels
	any    bool   // *
	attr   bool   // XML: names an attribute
	keys   bool   // JSON: names the keys, not the values
	last   bool   //
	quoted bool   // the name was in quotes, where it may be empty
	index  int    // JSON array index; -1 for a name
	name   string //
	path   int    // index of the path
}

// route is the paths compiled: it says which of them name the place that a walk is at.
type route struct {
	steps []step
	first []uint16 // the first step of every path that has steps
	whole int      // the path that names the whole document, -1 for none
	rank  []int    // by path: which one wins where several name a place, lowest first
}

// compile puts parsed paths together. Where several name a place the most exact one
// wins: the one with fewer * and .. steps, then the longer one, then the earlier one.
func compile(paths []string, parsed [][]step) (route, error) {
	r := route{whole: -1, rank: make([]int, len(paths))}
	order := make([]int, len(paths))
	for p := range paths {
		order[p] = p
	}
	vague := func(p int) (n int) {
		for _, s := range parsed[p] {
			if s.deep {
				n += 2
			}
			if s.any {
				n++
			}
		}
		return n
	}
	slices.SortStableFunc(order, func(a, b int) int {
		if d := vague(a) - vague(b); d != 0 {
			return d
		}
		return len(parsed[b]) - len(parsed[a])
	})
	for place, p := range order {
		r.rank[p] = place
	}
	for p, steps := range parsed {
		if len(steps) == 0 {
			r.whole = p
			continue
		}
		if len(r.steps)+len(steps) > 1<<15 {
			return route{}, fmt.Errorf("too many paths: %d", len(paths))
		}
		r.first = append(r.first, uint16(len(r.steps)))
		for i, s := range steps {
			s.path, s.last = p, i == len(steps)-1
			r.steps = append(r.steps, s)
		}
	}
	return r, nil
}

// better returns the path that wins; -1 is none.
func (r *route) better(a, b int) int {
	if a < 0 || b >= 0 && r.rank[b] < r.rank[a] {
		return b
	}
	return a
}

// parseJSON reads $.a.b, $.a[*].b, $..email, $['odd key'], $.*, $[3], $.a.*~.
func parseJSON(path string) ([]step, error) {
	rest, ok := strings.CutPrefix(path, "$")
	if !ok {
		return nil, fmt.Errorf("path %q must start with $", path)
	}
	var steps []step
	for rest != "" {
		s := step{index: -1}
		switch {
		case rest == "~":
			if len(steps) == 0 {
				return nil, fmt.Errorf("path %q: ~ needs a step before it", path)
			}
			steps[len(steps)-1].keys = true
			return steps, nil
		case strings.HasPrefix(rest, ".."):
			s.deep = true
			rest = rest[2:]
			if !strings.HasPrefix(rest, "[") {
				rest = s.bare(rest)
				break
			}
			if rest, ok = s.bracket(rest); !ok {
				return nil, fmt.Errorf("path %q: what is in [ ] is *, a number or a quoted name", path)
			}
		case rest[0] == '.':
			rest = s.bare(rest[1:])
		case rest[0] == '[':
			if rest, ok = s.bracket(rest); !ok {
				return nil, fmt.Errorf("path %q: what is in [ ] is *, a number or a quoted name", path)
			}
		default:
			return nil, fmt.Errorf("path %q: a step starts with . or [", path)
		}
		if !s.any && !s.quoted && s.index < 0 && s.name == "" {
			return nil, fmt.Errorf("path %q: a step has no name; an empty key is ['']", path)
		}
		steps = append(steps, s)
	}
	return steps, nil
}

// bare reads a name without quotes, or *, and returns what follows.
func (s *step) bare(rest string) string {
	end := strings.IndexAny(rest, ".[]~")
	if end < 0 {
		end = len(rest)
	}
	if s.name = rest[:end]; s.name == "*" {
		s.name, s.any = "", true
	}
	return rest[end:]
}

// bracket reads [*], [3], ['name'] or ["name"]; a quote in a name is written \'.
func (s *step) bracket(rest string) (string, bool) {
	rest = rest[1:]
	if after, ok := strings.CutPrefix(rest, "*]"); ok {
		s.any = true
		return after, true
	}
	if rest == "" {
		return "", false
	}
	if quote := rest[0]; quote == '\'' || quote == '"' {
		var name strings.Builder
		for i := 1; i < len(rest); i++ {
			switch c := rest[i]; {
			case c == '\\' && i+1 < len(rest):
				i++
				name.WriteByte(rest[i])
			case c == quote:
				after, ok := strings.CutPrefix(rest[i+1:], "]")
				s.name, s.quoted = name.String(), true
				return after, ok
			default:
				name.WriteByte(c)
			}
		}
		return "", false
	}
	number, after, ok := strings.Cut(rest, "]")
	n, err := strconv.ParseUint(number, 10, 31)
	if !ok || err != nil {
		return "", false
	}
	s.index = int(n)
	return after, true
}

// parseXML reads /a/b, /a/b/@c, //name, /*/b, //@id, /p:a.
func parseXML(path string) ([]step, error) {
	if path == "/" {
		return nil, nil
	}
	var steps []step
	rest := path
	for rest != "" {
		s := step{index: -1}
		if len(steps) > 0 && steps[len(steps)-1].attr {
			return nil, fmt.Errorf("path %q: nothing is below an attribute", path)
		}
		after, ok := strings.CutPrefix(rest, "/")
		if !ok {
			return nil, fmt.Errorf("path %q: a step starts with / or //", path)
		}
		if rest, s.deep = strings.CutPrefix(after, "/"); s.deep {
			after = rest
		}
		if rest, s.attr = strings.CutPrefix(after, "@"); !s.attr {
			rest = after
		}
		end := strings.IndexByte(rest, '/')
		if end < 0 {
			end = len(rest)
		}
		if s.name = rest[:end]; s.name == "*" {
			s.name, s.any = "", true
		} else if nameEnd([]byte(s.name), 0) != len(s.name) || s.name == "" {
			return nil, fmt.Errorf("path %q: a step is a name, *, @name or @*", path)
		}
		rest = rest[end:]
		steps = append(steps, s)
	}
	if len(steps) == 0 {
		return nil, fmt.Errorf("a path is empty")
	}
	return steps, nil
}
