//go:build linux

package mask

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/understudy-db/understudy/pkg/mask/prf"
)

// cpu returns the processor time of this thread: what others run on the machine does not
// count, as it does in a benchmark's wall time.
func cpu() time.Duration {
	const thisThread = 1 // RUSAGE_THREAD
	var u syscall.Rusage
	if syscall.Getrusage(thisThread, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano())
}

// perRun returns the processor time of one run: the quickest of several samples.
func perRun(run func()) time.Duration {
	n := 1
	best := time.Duration(1 << 62)
	for sample := 0; sample < 8; {
		start := cpu()
		for range n {
			run()
		}
		took := cpu() - start
		if took < 20*time.Millisecond { // the clock ticks in microseconds, and some kernels' in milliseconds
			n *= 2
			continue
		}
		best = min(best, took/time.Duration(n))
		sample++
	}
	return best
}

// speedCase is one line of the table: values as a column usually has them.
type speedCase struct {
	name  string
	spec  Spec
	in    []string
	bound int64 // ns a value
}

func speedCases() []speedCase {
	text := func(name string, params map[string]any) Spec { return Spec{Name: name, Params: params} }
	of := func(name string, c Column, params map[string]any) Spec {
		return Spec{Name: name, Column: c, Params: params}
	}
	country := func(c string) map[string]any { return map[string]any{"country": c} }
	bySubject := func(s Spec) Spec { s.Subject = "people.id"; return s }
	first := []string{"Wolfgang", "Beatrice", "Joseph", "Ann", "Zebediah", "Marguerite"}
	last := []string{"Hollander", "Carrington", "Lee", "Wolkenstein", "Quarles", "Abernathy"}
	full := []string{"Wolfgang Hollander", "Beatrice Carrington", "Ann Lee", "Zebediah Quarles"}
	emails := []string{"ann.lee@northwind.co.uk", "r.osei@post.de", "kim_vogel1984@firma.at", "zebediah.quarles@bramble.org"}
	streets := []string{"12 Hollowhill Crescent", "7 Nebel Lane", "221 Bakerloo Way"}
	integer := Column{Class: ClassInteger, Bits: 32, TypeName: "integer"}
	bigint := Column{Class: ClassInteger, Bits: 64, TypeName: "bigint"}
	uuid := Column{Class: ClassUUID, TypeName: "uuid"}
	date := Column{Class: ClassDate, TypeName: "date"}
	stamp := Column{Class: ClassTimestamp, TypeName: "timestamp with time zone"}
	dates := []string{"1984-02-29", "2001-12-31", "1969-07-20"}
	stamps := []string{"2024-02-29 13:05:11.123456+00", "1999-12-31 23:59:59+00"}
	german := bySubject(text("full_name", nil))
	german.Locale = "de_DE"
	return []speedCase{
		{"first name", text("first_name", nil), first, 150},
		{"first name, from subject", bySubject(text("first_name", nil)), first, 150},
		{"last name", text("last_name", nil), last, 150},
		{"last name, from subject", bySubject(text("last_name", nil)), last, 150},
		{"full name of two words", text("full_name", nil), full, 0},
		{"full name of two words, German, from subject", german, full, 0},
		{"user name", text("username", nil), []string{"ann.lee", "alee42", "wolfgang"}, 0},
		{"email", text("email", nil), emails, 250},
		{"email, a stand-in for each domain", text("email", map[string]any{"domains": "per-domain"}), emails, 250},
		{"phone, E.164", text("phone", nil), []string{"+442071234567", "+12127365000", "+4930901820", "+33142685300"}, 250},
		{"phone, national with spaces", text("phone", map[string]any{"region": "GB"}), []string{"020 7123 4567", "(0161) 234 5678", "07911 123456"}, 0},
		{"street with number", text("street", nil), streets, 250},
		{"city", text("city", nil), []string{"Wolkenheim", "Nubeville", "Hollowmere"}, 0},
		{"digits, integer", of("digits", integer, nil), []string{"4711", "2147483647", "15"}, 0},
		{"digits, text", text("digits", nil), []string{"4711-0815", "123456"}, 0},
		{"uuid", of("uuid", uuid, nil), []string{"018f3c2e-7b1a-7c3d-9e4f-0123456789ab", "6ba7b810-9dad-11d1-80b4-00c04fd430c8"}, 0},
		{"date, another day of the year", of("date", date, nil), dates, 0},
		{"timestamp, shifted by subject", bySubject(of("date", stamp, map[string]any{"shift": "30d"})), stamps, 0},
		{"key, integer", of("key", integer, nil), []string{"1", "4711", "16777216"}, 0},
		{"key, bigint", of("key", bigint, nil), []string{"1", "4711", "123456789012"}, 0},
		{"key, text of eight characters", text("text_key", nil), []string{"CU-00123", "CU-99417"}, 0},
		{"token of 32 hex digits", text("token", nil), []string{"9f86d081884c7d659a2feaa0c55ad015"}, 0},
		{"national insurance number, GB", text("national_id", country("GB")), []string{"AB123456C", "NX 88 77 66 B"}, 600},
		{"NHS number, GB", text("national_id", map[string]any{"country": "GB", "document": "nhs"}), []string{"943 476 5919", "4010232137"}, 600},
		{"social security number, US", text("national_id", country("US")), []string{"536-90-4399", "219099999"}, 600},
		{"national id, DE", text("national_id", country("DE")), []string{"36574261809", "86095742719"}, 600},
		{"national id, FR", text("national_id", country("FR")), []string{"295109912611193", "184127645108946"}, 600},
		{"national id, IT", text("national_id", country("IT")), []string{"RCCMNL83S18D969H", "CNTCHR83T41D969D"}, 600},
		{"national id, IN", text("national_id", country("IN")), []string{"2341 2341 2346", "999971658847"}, 600},
		{"national id, BR", text("national_id", country("BR")), []string{"390.533.447-05", "12345678909"}, 600},
		{"tax number, DE", text("tax_id", country("DE")), []string{"DE136695976", "136695976"}, 600},
		{"IBAN", text("iban", nil), []string{"DE89370400440532013000", "GB82WEST12345698765432", "FR1420041010050500013M02606"}, 600},
		{"card", text("card", nil), []string{"4242424242424242", "4000056655665556"}, 600},
		{"passport", text("passport", nil), []string{"L01X00T47", "533380006"}, 600},
		{"password hash, bcrypt", text("password_hash", nil), []string{"$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy"}, 0},
	}
}

// speedDocuments are measured by size: a tenth of their leaves is masked.
func speedDocuments() []speedCase {
	inner := func(path, mask string) PathSpec { return PathSpec{Path: path, Spec: Spec{Name: mask}} }
	item := func(i int) string {
		return fmt.Sprintf(`{"sku": "BX-%d-77", "title": "Storage box with a lid and handles", "price": 12.50, "n": %d, "gift": false, "note": "left at the front door, thanks", "ware": "shelf B17", "carrier": "by road", "status": "delivered", "buyer": "buyer%d@firma.de"}`, i, i, i)
	}
	element := func(i int) string {
		return fmt.Sprintf(`<line id="%d" ware="B17"><sku>BX-%d-77</sku><title>Storage box with a lid and handles</title><price>12.50</price><n>3</n><gift>false</gift><note>left at the front door</note><carrier>by road</carrier><buyer>buyer%d@firma.de</buyer></line>`, i, i, i)
	}
	items, lines, note := "[", "<order>", ""
	for i := range 40 {
		if items += item(i); i < 39 {
			items += ", "
		}
		lines += element(i)
		note += "The customer called on Monday and asked where the order is; we sent a second parcel by road. "
	}
	return []speedCase{
		{name: "JSON, rest kept", spec: Spec{Name: "json", Rest: restKeep, Paths: []PathSpec{inner("$[*].buyer", "email")}, Column: Column{Class: ClassJSON}}, in: []string{items + "]"}},
		{name: "XML, rest kept", spec: Spec{Name: "xml", Rest: restKeep, Paths: []PathSpec{inner("/order/line/buyer", "email")}, Column: Column{Class: ClassXML}}, in: []string{lines + "</order>"}},
		{name: "text, replaced", spec: Spec{Name: "text"}, in: []string{note}},
	}
}

// measured returns the time of one value and the allocations that it makes.
func (c speedCase) measured(t *testing.T) (time.Duration, float64) {
	t.Helper()
	r := suiteRow{spec: c.spec}.full()
	s := r.bind(t, prf.TestKey())
	dst := make([]byte, 0, 1<<16)
	ins := make([]Input, len(c.in))
	for i, v := range c.in {
		ins[i] = Input{Value: []byte(v)}
		if s.subject {
			ins[i].Subject = fmt.Appendf(nil, "%d", i+4711)
		}
	}
	run := func() {
		for i := range ins {
			if _, err := s.m.Mask(dst, ins[i]); err != nil {
				t.Fatal(err)
			}
		}
	}
	return perRun(run) / time.Duration(len(ins)), testing.AllocsPerRun(20, run) / float64(len(ins))
}

const speedIntroduction = `# What a stand-in costs

Made by ` + "`make speed`" + `: processor time of one thread, the quickest of eight samples, for values as a column usually has them. The bounds
are what we want to hold on one core with AES instructions. Nothing allocates per value; a test holds that.

`

// TestSpeedTable writes the tables of docs/maskers-speed.md to the file that
// UNDERSTUDY_SPEED_TABLE names: `make speed`. UNDERSTUDY_SPEED_ONLY picks lines by name.
func TestSpeedTable(t *testing.T) {
	file, only := os.Getenv("UNDERSTUDY_SPEED_TABLE"), os.Getenv("UNDERSTUDY_SPEED_ONLY")
	if file == "" {
		return
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	f := prf.TestKey().PRF(prf.StandIn, "speed")
	message := []byte("twenty bytes of text")
	b := bytes.NewBufferString(speedIntroduction + "| value | ns | at most | allocations |\n|---|---|---|---|\n")
	fmt.Fprintf(b, "| one AES-CMAC of 20 bytes, for comparison | %d | | 0 |\n", perRun(func() { _ = f.Bits(message) }).Nanoseconds())
	for _, c := range speedCases() {
		if !strings.Contains(c.name, only) {
			continue
		}
		took, allocs := c.measured(t)
		bound := ""
		if c.bound > 0 {
			bound = fmt.Sprint(c.bound)
		}
		fmt.Fprintf(b, "| %s | %d | %s | %g |\n", c.name, took.Nanoseconds(), bound, allocs)
	}
	fmt.Fprintf(b, "\n| document | MB/s | at least | allocations |\n|---|---|---|---|\n")
	for _, c := range speedDocuments() {
		if !strings.Contains(c.name, only) {
			continue
		}
		took, allocs := c.measured(t)
		fmt.Fprintf(b, "| %s, %d bytes | %.0f | 100 | %g |\n", c.name, len(c.in[0]), float64(len(c.in[0]))/float64(took.Nanoseconds())*1e3, allocs)
	}
	if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}
