package bench

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/rules"
)

// writeRules writes the rules files that the contenders name.
func (b *bench) writeRules(ctx context.Context) error {
	columns, err := b.columns(ctx)
	if err != nil {
		return err
	}
	none := map[string]string{}
	files := map[string]string{"keep.yaml": decided(columns, "", none)}
	if b.Shape == "shop" {
		content, err := rules.FS.ReadFile("examples/large.yaml")
		if err != nil {
			return err
		}
		// customers come first; the tables that follow refer to them and are left out
		const table = "customers"
		head, _, _ := strings.Cut(string(content), "  public.orders:\n")
		files["mask.yaml"] = string(content)
		files["table-mask.yaml"] = head + skipped(columns, table)
		files["table-keep.yaml"] = decided(columns, table, none)
	} else {
		files["mask.yaml"] = decided(columns, "", map[string]string{"email": "email", "name": "full_name"})
	}
	for name, content := range files {
		if err := os.WriteFile(b.path(name), []byte(content), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// columns of each table of the source, in order.
func (b *bench) columns(ctx context.Context) (map[string][]string, error) {
	conn, err := pgx.Connect(ctx, b.source.SocketDSN("shop"))
	if err != nil {
		return nil, err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	rows, err := conn.Query(ctx, "SELECT table_name::text, column_name::text FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, ordinal_position")
	if err != nil {
		return nil, err
	}
	out := map[string][]string{}
	var table, column string
	_, err = pgx.ForEachRow(rows, []any{&table, &column}, func() error {
		out[table] = append(out[table], column)
		return nil
	})
	return out, err
}

// decided are rules that mask the columns of these names and keep all others; with a
// table named, all other tables are skipped.
func decided(columns map[string][]string, only string, masked map[string]string) string {
	var s strings.Builder
	s.WriteString("version: 1\npurpose: a measurement\nundecided: refuse\ntables:\n")
	for _, table := range sorted(columns) {
		if only != "" && table != only {
			continue
		}
		fmt.Fprintf(&s, "  public.%s:\n    columns:\n", table)
		for _, column := range columns[table] {
			if m := masked[column]; m != "" {
				fmt.Fprintf(&s, "      %s: {mask: %s}\n", column, m)
			} else {
				fmt.Fprintf(&s, "      %s: {keep: a measurement}\n", column)
			}
		}
	}
	if only != "" {
		s.WriteString(skipped(columns, only))
	}
	return s.String()
}

func skipped(columns map[string][]string, but string) string {
	var s strings.Builder
	for _, table := range sorted(columns) {
		if table != but {
			fmt.Fprintf(&s, "  public.%s: {skip: a measurement of another table}\n", table)
		}
	}
	return s.String()
}

func sorted(columns map[string][]string) []string {
	var names []string
	for name := range columns {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
