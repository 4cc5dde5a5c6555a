package copier

import (
	"bytes"
	"fmt"

	"github.com/understudy-db/understudy/pkg/plan"
	"github.com/understudy-db/understudy/pkg/rowcodec"
)

// MaskRow rewrites one row of canonical texts as a copy would, through the same decoder
// and the same maskers, in text form. A column that row does not name is NULL. It is
// for the rules' tests.
func MaskRow(t *plan.Table, bind Bind, row map[string]*string) (map[string]*string, error) {
	var in []byte
	for i, c := range t.Columns {
		if i > 0 {
			in = append(in, '\t')
		}
		if v := row[c.Name]; v != nil {
			in = rowcodec.AppendEscaped(in, []byte(*v))
		} else {
			in = append(in, `\N`...)
		}
	}
	in = append(in, '\n')
	text := *t
	text.Format, text.Raw = rowcodec.Text.String(), false
	blocks := &collector{}
	s, err := decode(&text, bind, blocks, &TableMeter{})
	if err != nil {
		return nil, err
	}
	if _, err := s.w.Write(in); err != nil {
		return nil, err
	}
	if err := s.close(); err != nil {
		return nil, err
	}
	out := map[string]*string{}
	parts := bytes.Split(bytes.TrimSuffix(blocks.all, []byte("\n")), []byte("\t"))
	k := 0
	for _, col := range t.Columns {
		if col.Context {
			continue
		}
		if k >= len(parts) {
			return nil, fmt.Errorf("the masked row has %d columns", len(parts))
		}
		if string(parts[k]) != `\N` {
			v := string(rowcodec.AppendUnescaped(nil, parts[k]))
			out[col.Name] = &v
		} else {
			out[col.Name] = nil
		}
		k++
	}
	return out, nil
}

// collector is a Sink that keeps everything.
type collector struct{ all []byte }

func (c *collector) Next(full []byte) ([]byte, error) {
	c.all = append(c.all, full...)
	return make([]byte, 0, 4096), nil
}
