package ruleset

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/understudy-db/understudy/pkg/report"
	"github.com/understudy-db/understudy/rules"
)

// Load reads the rules file at path. Its errors are [Parse]'s, and a Fault when the
// file cannot be read.
func Load(path string) (*Rules, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		hint := "--rules names the rules file; `understudy demo` writes one to start from"
		if errors.Is(err, fs.ErrPermission) {
			hint = "the file is there, but this user may not read it"
		}
		var pathError *fs.PathError
		if errors.As(err, &pathError) {
			err = pathError.Err
		}
		return nil, &report.Fault{Side: report.Usage, Doing: "read the rules file " + path, Hint: hint, Err: err}
	}
	rules, err := Parse(path, data)
	if err != nil {
		return nil, err
	}
	return rules, rules.readFiles(filepath.Dir(path))
}

// Parse reads a rules file's bytes; file is its name in positions and messages. The
// packs are the shipped ones, and hooks and schemas are named but not read. What is wrong with the rules comes back all at once, as
// [Problems] inside a Fault of side Usage: ask [ProblemsOf].
func Parse(file string, data []byte) (*Rules, error) {
	return parseWith(file, data, rules.FS)
}

// ProblemsOf returns the problems in err, or nil when it holds none.
func ProblemsOf(err error) Problems {
	var p Problems
	errors.As(err, &p)
	return p
}

// parseWith is Parse with packs/NAME.yaml from another place.
func parseWith(file string, data []byte, packs fs.FS) (*Rules, error) {
	s, err := loadSchema()
	if err != nil {
		return nil, err
	}
	r := &Rules{File: file, Locale: "en_US", Undecided: "refuse", Roles: map[string]string{}}
	b := &builder{parser: &parser{file: file}, rules: r, tables: map[string]Position{}}
	root := b.parse(data)
	sum := newDigest(data)
	var packProblems Problems
	if root != nil {
		b.prepare(rulesDocument, root)
		if err := b.check(s, rulesDocument, root); err != nil {
			return nil, err
		}
		b.structureOK = len(b.problems) == 0
		b.domainList(root.get("domains"), &r.Domains)
		packProblems, err = b.packs(s, root.get("packs"), packs, sum)
		if err != nil {
			return nil, err
		}
		b.build(root)
		b.resolveUses()
	}
	if all := tidy(append(b.problems, packProblems...), file); len(all) > 0 {
		n := "1 problem"
		if len(all) > 1 {
			n = fmt.Sprintf("%d problems", len(all))
		}
		return nil, &report.Fault{
			Side: report.Usage, Doing: "check the rules (" + n + ")",
			Hint: "the JSON Schema in rules/schema/v1.json describes every key; editors complete from it", Err: all,
		}
	}
	r.Digest = sum.hex()
	return r, nil
}

// prepare notes what is known to go wrong before the schema sees the tree: keys of
// later releases and the mistakes that YAML makes.
func (p *parser) prepare(document string, root *tree) {
	p.explain(root)
	var inActions func(t *tree)
	inActions = func(t *tree) {
		if !t.mapping() {
			return
		}
		if t.get("mask") == nil {
			p.refuseLater("action", t)
		}
		inActions(t.get("else"))
		if paths := t.get("paths"); paths.mapping() {
			for _, e := range paths.entries {
				inActions(e.value)
			}
		}
	}
	under := func(t *tree, do func(*tree)) {
		if t.mapping() {
			for _, e := range t.entries {
				do(e.value)
			}
		}
	}
	if document == packDocument {
		under(root.get("kinds"), inActions)
		return
	}
	p.refuseLater("", root)
	under(root.get("tables"), func(t *tree) {
		if t.mapping() {
			p.refuseLater("table", t)
			under(t.get("columns"), inActions)
		}
	})
}

// packs loads the packs that the rules name, in their order.
func (b *builder) packs(s *schema, list *tree, from fs.FS, sum *digest) (Problems, error) {
	var found Problems
	if !list.sequence() {
		return nil, nil
	}
	files, err := fs.Glob(from, "packs/*.yaml")
	if err != nil {
		return nil, fmt.Errorf("list the packs: %w", err)
	}
	var known []string
	for _, f := range files {
		known = append(known, strings.TrimSuffix(path.Base(f), ".yaml"))
	}
	var loaded []string
	for _, item := range list.items {
		name := item.word()
		if name == "" || slices.Contains(loaded, name) {
			continue
		}
		loaded = append(loaded, name)
		if !slices.Contains(known, name) {
			b.problem(b.at(item.line, item.column), suggest(name, known), "there is no pack %q", name)
			continue
		}
		data, err := fs.ReadFile(from, "packs/"+name+".yaml")
		if err != nil {
			return nil, fmt.Errorf("read pack %s: %w", name, err)
		}
		sum.add(data)
		problems, err := b.pack(s, name, data, b.at(item.line, item.column))
		if err != nil {
			return nil, err
		}
		found = append(found, problems...)
	}
	return found, nil
}

// pack adds one pack to the rules; its domains count where the rules have none of the name.
func (b *builder) pack(s *schema, name string, data []byte, at Position) (Problems, error) {
	inner := &builder{parser: &parser{file: "packs/" + name + ".yaml"}, inPack: true}
	root := inner.parse(data)
	if root == nil {
		return inner.problems, nil
	}
	inner.prepare(packDocument, root)
	if err := inner.check(s, packDocument, root); err != nil {
		return nil, err
	}
	inner.structureOK = len(inner.problems) == 0
	pack := Pack{Position: at, Name: name, Version: int(inner.integer(root.get("version")))}
	var domains []Domain
	inner.domainList(root.get("domains"), &domains)
	if kinds := root.get("kinds"); kinds.mapping() {
		for _, e := range kinds.entries {
			pack.Kinds = append(pack.Kinds, PackKind{
				Position: inner.at(e.key.line, e.key.column), Kind: e.key.text, Action: inner.action(e.key.text, e.value),
			})
		}
	}
	for _, d := range domains {
		if !slices.ContainsFunc(b.rules.Domains, func(have Domain) bool { return have.Name == d.Name }) {
			b.rules.Domains = append(b.rules.Domains, d)
		}
	}
	b.uses = append(b.uses, inner.uses...)
	b.rules.Packs = append(b.rules.Packs, pack)
	return inner.problems, nil
}

// tidy sorts problems by position, those of the rules file before those of packs,
// and drops repetitions.
func tidy(p Problems, file string) Problems {
	rank := func(q Problem) int {
		if q.File == file {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(p, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.File, b.File),
			cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Message, b.Message))
	})
	return slices.CompactFunc(p, func(a, b Problem) bool { return a.Position == b.Position && a.Message == b.Message })
}

// digest hashes several files so that no two sets of files share a hash: each is
// preceded by its length.
type digest struct{ parts [][]byte }

func newDigest(data []byte) *digest { return &digest{parts: [][]byte{data}} }

func (d *digest) add(data []byte) { d.parts = append(d.parts, data) }

func (d *digest) hex() string {
	h := sha256.New()
	for _, part := range d.parts {
		var length [8]byte
		binary.BigEndian.PutUint64(length[:], uint64(len(part)))
		h.Write(length[:])
		h.Write(part)
	}
	return hex.EncodeToString(h.Sum(nil))
}
