package inspect

import (
	"context"
	"crypto/md5" //nolint:gosec // only filler
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/understudy-db/understudy/pkg/catalog"
	"github.com/understudy-db/understudy/pkg/evidence"
	"github.com/understudy-db/understudy/pkg/mask"
	"github.com/understudy-db/understudy/pkg/mask/prf"
)

// shopColumn is a column as the large shop (fixtures/large.sql) has it in staging.
type shopColumn struct {
	Column
	value func(i int) string
}

func sum(s string, i int) string {
	h := md5.Sum(fmt.Appendf(nil, "%s%d", s, i)) //nolint:gosec // only filler
	return hex.EncodeToString(h[:])
}

func pick(words string, i int) string {
	f := strings.Fields(words)
	return f[i%len(f)]
}

const (
	shopFirst   = "Anna Bruno Chloé David Élise Frank Greta Hugo Inès Jonas Klara Lucas Marie Nadia Oskar Paula Quentin Rosa Søren Tomás Ursula Viktor Wanda Xavier Yasmin Zoltán"
	shopLast    = "Müller Martin Rossi García Silva Kowalski Novák Jensen Andersson Virtanen Peeters Schmidt Dubois Ferrari Fernández Santos Nowak Dvořák Nielsen"
	shopStreets = "Hauptstraße Vestergade Drottninggatan Mannerheimintie Kerkstraat Nieuwstraat Lindenweg"
)

func shopColumns() []shopColumn {
	name := func(i int) string { return pick(shopFirst, i*7) + " " + pick(shopLast, i*11) }
	return []shopColumn{
		{Column{Name: "id", Type: "int8", Class: mask.ClassInteger, Bare: true}, func(i int) string { return fmt.Sprint(i + 1_000_000) }},
		{Column{Name: "external_id", Class: mask.ClassUUID, Bare: true}, func(i int) string {
			s := sum("c", i)
			return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
		}},
		{Column{Name: "full_name", Class: mask.ClassText, Kind: "full_name", Masked: true}, name},
		{Column{Name: "email", Class: mask.ClassText, Kind: "email", Masked: true}, func(i int) string {
			return strings.ToLower(pick("anna bruno david frank greta", i)) + "." + sum("e", i)[:10] + "@example.com"
		}},
		{Column{Name: "phone", Class: mask.ClassText, Kind: "phone", Masked: true}, func(i int) string { return fmt.Sprintf("+447700900%03d", i%1000) }},
		{Column{Name: "national_id", Class: mask.ClassText, Kind: "national_id", Masked: true}, func(i int) string {
			return fmt.Sprintf("%02d%02d%02d-%04d", i%100, i%12+1, i%28+1, i*7919%10000)
		}},
		{Column{Name: "street", Class: mask.ClassText, Kind: "street", Masked: true}, func(i int) string { return pick(shopStreets, i) + fmt.Sprint(" ", i%180+1) }},
		{Column{Name: "city", Class: mask.ClassText, Kind: "city"}, func(i int) string { return pick("Berlin Paris Roma Madrid Lisboa Praha København", i*3) }},
		{Column{Name: "preferences", Class: mask.ClassJSON, Kind: "json"}, func(i int) string {
			return fmt.Sprintf(`{"lang": "de", "theme": "dark", "contact": {"email": "anna.%s@example.com", "phone": "+447700900%03d", "preferred": "sms"}, "newsletter": true}`, sum("e", i)[:10], i%1000)
		}},
		{Column{Name: "notes", Class: mask.ClassText, Kind: "free_text", Masked: true}, func(i int) string {
			switch i % 3 {
			case 0:
				return "Obwskler " + name(i) + " wqlkdf yvaut o lapd zxlkwery; bnuds k xwtpwdk lksadf aw wkrm4827.3f81ac@zlamc.sqe. Opxke asdzxclp k alwkdz nwiqnw ksd zkxlqwi ale kxmz dls bkqud pwld xmz alqk owp lsak lwk o alsdkfjqw ql Ksldkfweqrüe."
			case 1:
				return "Qweklxw zmxklwq al qwe zxlkqwe. Bmq qwe lkasjdq zlkx qwer, kqwe lak zxlwe aksj; lka wlekqj lkz qmlkwal ws lka zxwe al Zlkwqe qlkwaxc qlkwejk. Ka zlkwqej lkwjqel wq qlkwej lka laz, lka qlkwje 839201748."
			}
			return "Xlqwe +83918273645 qlwkejqwl al qlk wlke qlwk wlka Zlk/Qw Zxclqwe. Qlwke wl qw lkqjwel lqwk zlxkc qwle. Lqkwejl wl qlwkeqw zlkxcqw ql wl 381 QWE, qlkwjeql zlkxcj wl qlw kqlwe lqwe, qlwk zlxkcj wl qlwkej."
		}},
		{Column{Name: "shipping_address", Class: mask.ClassText, Kind: "street", Masked: true}, func(i int) string {
			return pick(shopStreets, i) + fmt.Sprintf(" %d, %05d %s", i%180+1, i*7919%90000+10000, pick("Berlin Paris Roma Madrid", i))
		}},
		{Column{Name: "meta", Class: mask.ClassJSON, Kind: "json"}, func(i int) string {
			return fmt.Sprintf(`{"ip": "10.%d.%d.7", "ua": "Mozilla/5.0", "gift": false}`, i%250, i/250%250)
		}},
		{Column{Name: "total", Class: mask.ClassNumeric, Bare: true}, func(i int) string { return fmt.Sprintf("%d.%02d", i*31%500, i%100) }},
		{Column{Name: "placed_at", Class: mask.ClassTimestamp, Kind: "timestamp"}, func(i int) string { return fmt.Sprintf("2019-%02d-%02d 11:12:%02d+00", i%12+1, i%28+1, i%60) }},
		{Column{Name: "sku", Class: mask.ClassText}, func(i int) string { return fmt.Sprint("SKU-", i*7919%50000) }},
		{Column{Name: "subject", Class: mask.ClassText}, func(i int) string { return fmt.Sprint("Your order #", i*104729%2147483647) }},
		{Column{Name: "body", Class: mask.ClassText, Kind: "free_text", Masked: true}, func(i int) string {
			return "Qwlk " + name(i) + ",\n\nqlwke wlk qlw wlkqe. Qw lkqw qlwkejqw zlxk qlwkejl zlx qlwk qlkw wlq qlwke zl " + pick(shopStreets, i) + " 17. Qw qlwkejqw wl qlwke qlwk wlq qlwkejq zlkxcj qlwkej zlkx qlwkejl wl qlwk wl qlwkejql.\n\n" + sum("m", i) + " " + sum("n", i) +
				" Qlw kqw qlwkej wlq qlwkej qlwk wlq qlwkej zlkxc wl wlq qlwkejq zl wlq qlwkejl; q qlwkejqlw qlw wl qlwke wlk. Qlwkejq qlw qlwk wlk qlwkej qlwk, qlwkej wlq wlq qlwke qlwk qlwke qlwk wlq qlwkej. Ql qlwk qlwk qlwk wl qlwkejqlw wl qlw qlwkejq qlwkej, qlw qlw wlq qlwkej wl wlq qlwk.\n\nQlwk qlwkejq,\nqlw qlwk qlwk, " + sum("o", i)
		}},
		{Column{Name: "doc_xml", Class: mask.ClassXML, Kind: "xml"}, func(i int) string {
			var b strings.Builder
			fmt.Fprintf(&b, `<case id="%d"><patient><given>%s</given><family>%s</family><birthdate>1960-03-%02d</birthdate><email>%s@example.com</email></patient><findings>`, i, pick(shopFirst, i), pick(shopLast, i), i%28+1, sum("e", i)[:10])
			for k := range 10 {
				fmt.Fprintf(&b, `<finding code="%s" severity="%d">Qlwkejqw %s wl qlwke %d; Qlwe qlwkejw qlwk qlwk.</finding>`, sum("f", i*10+k)[:5], k%4, sum("x", i*10+k), k)
			}
			return b.String() + "</findings></case>"
		}},
		{Column{Name: "payload", Class: mask.ClassBytes}, func(i int) string {
			var b strings.Builder
			for k := range 128 {
				h := md5.Sum(fmt.Appendf(nil, "%dp%d", i, k)) //nolint:gosec // only filler
				b.Write(h[:])
			}
			return b.String()
		}},
	}
}

type asker struct{ *evidence.Reader }

func (a asker) Look(value []byte, found func([]byte, bool)) (float64, error) {
	return a.Reader.Look(value, found)
}

// BenchmarkShop reads one column of the large shop's staging at a time, and compares it
// with the originals of a million people.
func BenchmarkShop(b *testing.B) {
	set := evidence.New(evidence.Options{Key: prf.TestKey()})
	c := set.Collector()
	for i := range 1_000_000 {
		c.Add(evidence.Email, fmt.Appendf(nil, "user%d.%s@gmail.com", i, sum("o", i)[:6]))
		c.Add(evidence.Phone, fmt.Appendf(nil, "+49%s", fmt.Sprintf("%09d", i*7919%1_000_000_000)))
		c.Add(evidence.Compact, fmt.Appendf(nil, "%02d%02d%02d-%04d", i%100, i/100%12+1, i/1200%28+1, i%10000))
	}
	if err := c.Flush(); err != nil {
		b.Fatal(err)
	}
	c.Commit()
	if err := set.Seal(); err != nil {
		b.Fatal(err)
	}
	for _, column := range shopColumns() {
		b.Run(column.Name, func(b *testing.B) {
			const n = 20_000
			rows, size := []byte("PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00"), 0
			for i := range n {
				rows = binary.BigEndian.AppendUint16(rows, 2)
				value := column.value(i)
				if column.Type == "int8" {
					n, err := strconv.ParseUint(value, 10, 64)
					if err != nil {
						b.Fatal(err)
					}
					value = string(binary.BigEndian.AppendUint64(nil, n))
				}
				for _, v := range []string{aPlace, value} {
					rows = append(binary.BigEndian.AppendUint32(rows, uint32(len(v))), v...) //nolint:gosec // short
				}
				size += len(value)
			}
			rows = binary.BigEndian.AppendUint16(rows, 0xFFFF)
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				_, _, err := Run(b.Context(), Options{
					Jobs: 1, Tables: []Table{{Name: catalog.Name{Schema: "public", Name: "t"}, Columns: []Column{column.Column}}}, Locale: "en_GB",
					Open:     func(context.Context) (Reader, func(), error) { return replay(rows), func() {}, nil },
					Evidence: func() Evidence { return asker{set.Reader()} },
				})
				if err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/value")
		})
	}
}
