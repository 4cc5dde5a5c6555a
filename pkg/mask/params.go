package mask

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// checkParams checks s.Params and s.Args against the masker's parameters and
// returns them with defaults filled in. A parameter in Args has no value in Params.
func checkParams(info Info, s Spec) (map[string]any, error) {
	out := maps.Clone(s.Params)
	if out == nil {
		out = map[string]any{}
	}
	for name, v := range s.Params {
		p, ok := info.param(name)
		if !ok {
			return nil, fmt.Errorf("%s has no parameter %q; it has %s", info.Name, name, info.paramNames())
		}
		if err := p.check(v); err != nil {
			return nil, fmt.Errorf("%s: %w", info.Name, err)
		}
	}
	for _, name := range s.Args {
		p, ok := info.param(name)
		if !ok {
			return nil, fmt.Errorf("%s has no parameter %q; it has %s", info.Name, name, info.paramNames())
		}
		if !p.Column {
			return nil, fmt.Errorf("%s: %s cannot be taken from a column", info.Name, name)
		}
	}
	for _, p := range info.Params {
		if _, ok := out[p.Name]; !ok && p.Default != "" && !slices.Contains(s.Args, p.Name) {
			out[p.Name] = p.parse(p.Default)
		}
	}
	return out, nil
}

func (i Info) param(name string) (Param, bool) {
	for _, p := range i.Params {
		if p.Name == name {
			return p, true
		}
	}
	return Param{}, false
}

func (i Info) paramNames() string {
	if len(i.Params) == 0 {
		return "none"
	}
	names := make([]string, len(i.Params))
	for k, p := range i.Params {
		names[k] = p.Name
	}
	return strings.Join(names, ", ")
}

func (p Param) check(v any) error {
	ok := false
	switch p.Type {
	case String:
		_, ok = v.(string)
	case Int:
		f, isNumber := v.(float64)
		ok = isNumber && f == math.Trunc(f)
	case Number:
		_, ok = v.(float64)
	case Bool:
		_, ok = v.(bool)
	case Duration:
		s, isString := v.(string)
		if isString {
			_, err := parseDuration(s)
			ok = err == nil
		}
	case List:
		_, ok = v.([]any)
	case Map:
		_, ok = v.(map[string]any)
	case Scalar:
		switch v.(type) {
		case string, float64, bool:
			ok = true
		}
	}
	if !ok {
		return fmt.Errorf("%s takes a %s", p.Name, p.Type)
	}
	if s, isString := v.(string); isString && len(p.Allowed) > 0 && !slices.Contains(p.Allowed, s) {
		return fmt.Errorf("%s takes one of %s", p.Name, strings.Join(p.Allowed, ", "))
	}
	return nil
}

// parse turns a documented default into the value it stands for.
func (p Param) parse(s string) any {
	switch p.Type {
	case Int, Number:
		f, _ := strconv.ParseFloat(s, 64)
		return f
	case Bool:
		return s == "true"
	default:
		return s
	}
}

// parseDuration reads time.ParseDuration's form, and days: "30d".
func parseDuration(s string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(s, "d"); ok {
		n, err := strconv.ParseFloat(days, 64)
		if err != nil || math.Abs(n) > 36500 {
			return 0, fmt.Errorf("%q is no number of days", s)
		}
		return time.Duration(n * 24 * float64(time.Hour)), nil
	}
	return time.ParseDuration(s)
}

// The accessors below return a parameter's value; the zero value when it is absent.

func (s Spec) str(name string) string { v, _ := s.Params[name].(string); return v }

func (s Spec) integer(name string) int { v, _ := s.Params[name].(float64); return int(v) }

func (s Spec) number(name string) float64 { v, _ := s.Params[name].(float64); return v }

func (s Spec) flag(name string) bool { v, _ := s.Params[name].(bool); return v }

func (s Spec) duration(name string) time.Duration {
	d, _ := parseDuration(s.str(name))
	return d
}

// arg returns the index of a parameter in Input.Args, and false when it is no column.
func (s Spec) arg(name string) (int, bool) {
	i := slices.Index(s.Args, name)
	return i, i >= 0
}
