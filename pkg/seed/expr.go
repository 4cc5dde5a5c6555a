package seed

import (
	"errors"
	"strings"
	"unicode"
)

// An expr is a CHECK constraint's expression as the server prints it, as far as it is
// understood. What is not is an opaque node, whose value is unknown.
type expr interface{}

type (
	constant struct {
		text string
		null bool
	}
	columnRef struct{ name string }
	opaque    struct{} // something that is not understood
	call      struct {
		name string
		args []expr
	}
	binary struct {
		op          string // in lower case: and, or, =, <>, <, …, ~, ~~, is distinct from
		left, right expr
	}
	unary struct {
		op  string // not, -, is null, is not null, is true, is false, is not true, is not false
		arg expr
	}
	anyOf struct { // left op ANY (list), or ALL
		op   string
		all  bool
		left expr
		list []expr
	}
)

// errSyntax says that an expression goes beyond the grammar here. The whole
// constraint is then left to the server.
var errSyntax = errors.New("the expression is not understood")

// token is a word, a quoted identifier, a string, a number or a sign.
type token struct {
	kind byte // w word, i identifier in quotes, s string, n number, o operator or sign, 0 the end
	text string
}

// parseCheck reads what pg_get_constraintdef prints: CHECK ((…)), with or without
// NO INHERIT and NOT VALID behind it. names are the columns, VALUE for a domain.
func parseCheck(def string, names map[string]bool) (expr, error) {
	rest, ok := strings.CutPrefix(def, "CHECK ")
	if !ok {
		return nil, errSyntax
	}
	p := &parser{names: names}
	if err := p.scan(rest); err != nil {
		return nil, err
	}
	e, err := p.or()
	if err != nil {
		return nil, err
	}
	for p.word("no") || p.word("inherit") || p.word("not") || p.word("valid") {
		continue
	}
	if p.peek().kind != 0 {
		return nil, errSyntax
	}
	return e, nil
}

type parser struct {
	tokens []token
	at     int
	names  map[string]bool
}

const signs = "+-*/<>=~!@#%^&|`?"

// scan cuts text into tokens.
func (p *parser) scan(text string) error {
	for i := 0; i < len(text); {
		c := text[i]
		switch {
		case c == ' ' || c == '\n' || c == '\t':
			i++
		case c == '\'' || (c == 'E' || c == 'e') && i+1 < len(text) && text[i+1] == '\'':
			escapes := c != '\''
			if escapes {
				i++
			}
			s, n, ok := quoted(text[i:], escapes)
			if !ok {
				return errSyntax
			}
			p.tokens, i = append(p.tokens, token{'s', s}), i+n
		case c == '"':
			end := i + 1
			var name strings.Builder
			for ; end < len(text); end++ {
				if text[end] == '"' {
					if end+1 < len(text) && text[end+1] == '"' {
						end++
					} else {
						break
					}
				}
				name.WriteByte(text[end])
			}
			p.tokens, i = append(p.tokens, token{'i', name.String()}), end+1
		case c >= '0' && c <= '9' || c == '.' && i+1 < len(text) && text[i+1] >= '0' && text[i+1] <= '9':
			end := i
			for end < len(text) && (text[end] >= '0' && text[end] <= '9' || text[end] == '.' ||
				(text[end] == 'e' || text[end] == 'E') && end+1 < len(text) && (text[end+1] >= '0' && text[end+1] <= '9' || text[end+1] == '-' || text[end+1] == '+') ||
				(text[end] == '-' || text[end] == '+') && (text[end-1] == 'e' || text[end-1] == 'E')) {
				end++
			}
			p.tokens, i = append(p.tokens, token{'n', text[i:end]}), end
		case c == '_' || unicode.IsLetter(rune(c)) || c >= 0x80:
			end := i
			for end < len(text) && (text[end] == '_' || text[end] == '$' || text[end] >= 0x80 || unicode.IsLetter(rune(text[end])) || text[end] >= '0' && text[end] <= '9') {
				end++
			}
			p.tokens, i = append(p.tokens, token{'w', text[i:end]}), end
		case strings.HasPrefix(text[i:], "::"):
			p.tokens, i = append(p.tokens, token{'o', "::"}), i+2
		case strings.IndexByte("()[],.:", c) >= 0:
			p.tokens, i = append(p.tokens, token{'o', string(c)}), i+1
		case strings.IndexByte(signs, c) >= 0:
			end := i
			for end < len(text) && strings.IndexByte(signs, text[end]) >= 0 {
				if end > i && text[end] == '-' && (end+1 < len(text) && text[end+1] != '>') {
					break // 5 <-3 does not occur: the server puts blanks
				}
				end++
			}
			p.tokens, i = append(p.tokens, token{'o', text[i:end]}), end
		default:
			return errSyntax
		}
	}
	return nil
}

// quoted reads a string literal and returns it with the bytes it took.
func quoted(text string, escapes bool) (string, int, bool) {
	var b strings.Builder
	for i := 1; i < len(text); i++ {
		switch {
		case text[i] == '\'' && i+1 < len(text) && text[i+1] == '\'':
			b.WriteByte('\'')
			i++
		case text[i] == '\'':
			return b.String(), i + 1, true
		case text[i] == '\\' && escapes && i+1 < len(text):
			i++
			b.WriteByte(text[i])
		default:
			b.WriteByte(text[i])
		}
	}
	return "", 0, false
}

func (p *parser) peek() token {
	if p.at < len(p.tokens) {
		return p.tokens[p.at]
	}
	return token{}
}

// word takes the word when it is next.
func (p *parser) word(w string) bool {
	if t := p.peek(); t.kind == 'w' && strings.EqualFold(t.text, w) {
		p.at++
		return true
	}
	return false
}

func (p *parser) sign(s string) bool {
	if t := p.peek(); t.kind == 'o' && t.text == s {
		p.at++
		return true
	}
	return false
}

func (p *parser) or() (expr, error) { return p.chain("or", p.and) }

func (p *parser) and() (expr, error) { return p.chain("and", p.not) }

func (p *parser) chain(op string, next func() (expr, error)) (expr, error) {
	left, err := next()
	for err == nil && p.word(op) {
		var right expr
		if right, err = next(); err == nil {
			left = binary{op, left, right}
		}
	}
	return left, err
}

func (p *parser) not() (expr, error) {
	if p.word("not") {
		arg, err := p.not()
		return unary{"not", arg}, err
	}
	return p.compare()
}

// comparisons are the operators of which both sides are sums.
var comparisons = map[string]bool{"=": true, "<>": true, "<": true, "<=": true, ">": true, ">=": true, "~": true, "~*": true, "!~": true, "!~*": true, "~~": true, "~~*": true, "!~~": true, "!~~*": true}

func (p *parser) compare() (expr, error) {
	left, err := p.sum()
	if err != nil {
		return nil, err
	}
	for {
		t := p.peek()
		switch {
		case t.kind == 'o' && comparisons[t.text]:
			p.at++
			if any, all := p.word("any"), p.word("all"); any || all {
				list, err := p.list()
				if err != nil {
					return nil, err
				}
				left = anyOf{t.text, all, left, list}
				continue
			}
			right, err := p.sum()
			if err != nil {
				return nil, err
			}
			left = binary{t.text, left, right}
		case t.kind == 'o' && strings.Trim(t.text, signs) == "" && t.text != "":
			p.at++ // @>, &&, ? and the like: read over
			if _, err := p.sum(); err != nil {
				return nil, err
			}
			left = opaque{}
		case p.word("is"):
			not := p.word("not")
			op := "is "
			if not {
				op += "not "
			}
			switch {
			case p.word("null"):
				left = unary{op + "null", left}
			case p.word("true"):
				left = unary{op + "true", left}
			case p.word("false"):
				left = unary{op + "false", left}
			case p.word("distinct"):
				if !p.word("from") {
					return nil, errSyntax
				}
				right, err := p.sum()
				if err != nil {
					return nil, err
				}
				left = binary{op + "distinct from", left, right}
			default:
				return nil, errSyntax
			}
		default:
			return left, nil
		}
	}
}

// list reads (ARRAY[…]) or ('{…}'::text[]), with casts around it.
func (p *parser) list() ([]expr, error) {
	e, err := p.sum()
	if err != nil {
		return nil, err
	}
	switch e := e.(type) {
	case call:
		if e.name == "array" {
			return e.args, nil
		}
	case constant:
		if body, ok := strings.CutPrefix(e.text, "{"); ok && strings.HasSuffix(body, "}") && !strings.ContainsAny(body, `"\`) {
			var out []expr
			for _, part := range strings.Split(strings.TrimSuffix(body, "}"), ",") {
				out = append(out, constant{text: part})
			}
			return out, nil
		}
	}
	return nil, errSyntax
}

func (p *parser) sum() (expr, error) {
	left, err := p.product()
	for err == nil {
		op := p.peek()
		if op.kind != 'o' || op.text != "+" && op.text != "-" && op.text != "||" {
			break
		}
		p.at++
		var right expr
		if right, err = p.product(); err == nil {
			left = binary{op.text, left, right}
		}
	}
	return left, err
}

func (p *parser) product() (expr, error) {
	left, err := p.factor()
	for err == nil {
		op := p.peek()
		if op.kind != 'o' || op.text != "*" && op.text != "/" && op.text != "%" {
			break
		}
		p.at++
		var right expr
		if right, err = p.factor(); err == nil {
			left = binary{op.text, left, right}
		}
	}
	return left, err
}

func (p *parser) factor() (expr, error) {
	if p.sign("-") {
		arg, err := p.factor()
		if c, ok := arg.(constant); ok {
			return constant{text: "-" + c.text}, err
		}
		return unary{"-", arg}, err
	}
	e, err := p.primary()
	if err != nil {
		return nil, err
	}
	for {
		switch {
		case p.sign("::"):
			if err := p.typeName(); err != nil {
				return nil, err
			}
		case p.sign("["): // a subscript
			if err := p.skipTo("]"); err != nil {
				return nil, err
			}
			e = opaque{}
		case p.peek().kind == 'w' && strings.EqualFold(p.peek().text, "collate"):
			p.at += 2
			if p.sign(".") {
				p.at++
			}
		default:
			return e, nil
		}
	}
}

// skipTo reads over everything up to a closing sign, nested ones included.
func (p *parser) skipTo(closing string) error {
	opening := map[string]string{")": "(", "]": "["}[closing]
	for depth := 1; depth > 0; p.at++ {
		switch t := p.peek(); {
		case t.kind == 0:
			return errSyntax
		case t.kind == 'o' && t.text == opening:
			depth++
		case t.kind == 'o' && t.text == closing:
			depth--
		}
	}
	return nil
}

// typeName reads over the type of a cast.
func (p *parser) typeName() error {
	t := p.peek()
	if t.kind != 'w' && t.kind != 'i' {
		return errSyntax
	}
	p.at++
	for p.sign(".") {
		p.at++
	}
	switch strings.ToLower(t.text) {
	case "character", "bit":
		p.word("varying")
	case "double":
		p.word("precision")
	case "interval":
		for p.word("year") || p.word("month") || p.word("day") || p.word("hour") || p.word("minute") || p.word("second") || p.word("to") {
			continue
		}
	}
	if p.sign("(") {
		if err := p.skipTo(")"); err != nil {
			return err
		}
	}
	if p.word("with") || p.word("without") {
		p.word("time")
		p.word("zone")
	}
	for p.sign("[") {
		if !p.sign("]") {
			return errSyntax
		}
	}
	return nil
}

func (p *parser) primary() (expr, error) {
	t := p.peek()
	p.at++
	switch t.kind {
	case 's', 'n':
		return constant{text: t.text}, nil
	case 'i':
		return p.reference(t.text)
	case 'o':
		if t.text != "(" {
			return nil, errSyntax
		}
		e, err := p.or()
		if err != nil || p.sign(")") {
			return e, err
		}
		if p.peek().text == "," { // a row
			return opaque{}, p.skipTo(")")
		}
		return nil, errSyntax
	case 'w':
		switch word := strings.ToLower(t.text); word {
		case "true", "false":
			return constant{text: word[:1]}, nil
		case "null":
			return constant{null: true}, nil
		case "array":
			if !p.sign("[") {
				return nil, errSyntax
			}
			args, err := p.arguments("]")
			return call{"array", args}, err
		case "current_date", "current_timestamp", "localtimestamp":
			return call{"now", nil}, nil
		case "case":
			for depth := 1; depth > 0; {
				switch {
				case p.peek().kind == 0:
					return nil, errSyntax
				case p.word("case"):
					depth++
				case p.word("end"):
					depth--
				default:
					p.at++
				}
			}
			return opaque{}, nil
		}
		return p.reference(t.text)
	}
	return nil, errSyntax
}

// reference is a column or a call; a call of a function of some schema is opaque.
func (p *parser) reference(name string) (expr, error) {
	foreign := false
	for p.sign(".") {
		name, foreign = p.peek().text, true
		p.at++
	}
	if !p.sign("(") {
		if p.names[name] {
			return columnRef{name}, nil
		}
		if strings.EqualFold(name, "value") && p.names["VALUE"] {
			return columnRef{"VALUE"}, nil
		}
		return nil, errSyntax
	}
	if strings.EqualFold(name, "extract") {
		return opaque{}, p.skipTo(")")
	}
	args, err := p.arguments(")")
	if err != nil {
		return nil, err
	}
	if foreign && !strings.Contains(name, "schema") {
		return opaque{}, nil
	}
	return call{strings.ToLower(name), args}, nil
}

func (p *parser) arguments(closing string) ([]expr, error) {
	var args []expr
	if p.sign(closing) {
		return nil, nil
	}
	for {
		e, err := p.or()
		if err != nil {
			return nil, err
		}
		args = append(args, e)
		if p.sign(closing) {
			return args, nil
		}
		if !p.sign(",") {
			return nil, errSyntax
		}
	}
}

// refs appends the columns that an expression uses.
func refs(e expr, into []string) []string {
	switch e := e.(type) {
	case columnRef:
		return append(into, e.name)
	case binary:
		return refs(e.right, refs(e.left, into))
	case unary:
		return refs(e.arg, into)
	case call:
		for _, a := range e.args {
			into = refs(a, into)
		}
	case anyOf:
		into = refs(e.left, into)
		for _, a := range e.list {
			into = refs(a, into)
		}
	}
	return into
}
