package publish

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/understudy-db/understudy/pkg/report"
)

// tableColumns is what a generation shows of one table's originals.
type tableColumns struct {
	Schema string   `json:"s"`
	Table  string   `json:"t"`
	Kept   []string `json:"k,omitempty"`
	Part   []string `json:"p,omitempty"` // kept in some rows: a mask with a when
	Hidden []string `json:"h,omitempty"` // masked, made NULL, computed, not copied
}

// shown says how much of a column's originals a database has.
type shown int

const (
	hidden shown = iota + 1
	part
	kept
)

// columnsMax bounds what a packed list may unfold to: a comment is written by whoever
// owns the database.
const columnsMax = 64 << 20

// PackColumns writes a ledger's decisions for the mark: compressed, since a database has
// thousands of columns and a comment is looked at by people.
func PackColumns(ledger report.Ledger) (string, error) {
	var tables []tableColumns
	for _, e := range ledger {
		if n := len(tables); n == 0 || tables[n-1].Schema != e.Schema || tables[n-1].Table != e.Table {
			tables = append(tables, tableColumns{Schema: e.Schema, Table: e.Table})
		}
		t := &tables[len(tables)-1]
		switch shownBy(e) {
		case kept:
			t.Kept = append(t.Kept, e.Column)
		case part:
			t.Part = append(t.Part, e.Column)
		case hidden:
			t.Hidden = append(t.Hidden, e.Column)
		}
	}
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.BestCompression)
	if err != nil {
		return "", err
	}
	if err := json.NewEncoder(w).Encode(tables); err != nil {
		return "", err
	}
	if err := w.Close(); err != nil {
		return "", err
	}
	return base64.RawStdEncoding.EncodeToString(b.Bytes()), nil
}

// shownBy says what a decision lets through.
func shownBy(e report.Entry) shown {
	decisions := []string{e.Decision}
	if e.When != "" {
		decisions = append(decisions, strings.Split(e.Else, ", else ")...)
	}
	keeps := 0
	for _, d := range decisions {
		if d == "keep" {
			keeps++
		}
	}
	switch keeps {
	case 0:
		return hidden
	case len(decisions):
		return kept
	}
	return part
}

// column is a column's name, as people write it.
type column struct{ schema, table, name string }

func (c column) String() string { return c.schema + "." + c.table + "." + c.name }

// unpackColumns reads what PackColumns wrote.
func unpackColumns(packed string) (map[column]shown, error) {
	b, err := base64.RawStdEncoding.DecodeString(packed)
	if err != nil {
		return nil, err
	}
	plain, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(b)), columnsMax+1))
	if err != nil {
		return nil, err
	}
	if len(plain) > columnsMax {
		return nil, fmt.Errorf("it unfolds to more than %d bytes", columnsMax)
	}
	var tables []tableColumns
	if err := json.Unmarshal(plain, &tables); err != nil {
		return nil, err
	}
	out := map[column]shown{}
	for _, t := range tables {
		for how, names := range map[shown][]string{kept: t.Kept, part: t.Part, hidden: t.Hidden} {
			for _, n := range names {
				c := column{t.Schema, t.Table, n}
				out[c] = max(out[c], how)
			}
		}
	}
	return out, nil
}

// masksLess says why a generation must not come back without a word: what its rules let
// through and today's do not. Nil is that it may. Columns are compared by name. One that
// only the generation has and keeps is nothing against it, unless today's rules mask a
// column that it does not have: that may be the same one after a change of names.
func masksLess(back, now *Mark) error {
	if back.Columns == "" || now.Columns == "" {
		// one of them is from before marks named columns
		if back.Masked < now.Masked {
			return fmt.Errorf("its rules masked %d columns, today's mask %d", back.Masked, now.Masked)
		}
		return nil
	}
	was, err := unpackColumns(back.Columns)
	if err != nil {
		return fmt.Errorf("its mark does not say which columns it keeps: %w", err)
	}
	is, err := unpackColumns(now.Columns)
	if err != nil {
		return fmt.Errorf("the mark of today's staging does not say which columns it masks: %w", err)
	}
	var more, gone, fresh []column
	for c, how := range was {
		switch today, there := is[c]; {
		case there && how > today:
			more = append(more, c)
		case !there && how > hidden:
			gone = append(gone, c)
		}
	}
	for c, how := range is {
		if _, there := was[c]; !there && how < kept {
			fresh = append(fresh, c)
		}
	}
	if len(more) > 0 {
		return fmt.Errorf("it keeps what today's rules mask: %s", names(more))
	}
	if len(gone) > 0 && len(fresh) > 0 {
		return fmt.Errorf("it keeps %s, which today's staging does not have, and today's rules mask %s, which it does not have: they may be the same under other names", names(gone), names(fresh))
	}
	return nil
}

// namesMax is how many columns an error names.
const namesMax = 10

func names(columns []column) string {
	all := make([]string, len(columns))
	for i, c := range columns {
		all[i] = c.String()
	}
	slices.Sort(all)
	if len(all) > namesMax {
		return strings.Join(all[:namesMax], ", ") + fmt.Sprintf(" and %d more", len(all)-namesMax)
	}
	return strings.Join(all, ", ")
}
