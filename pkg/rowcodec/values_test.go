package rowcodec

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
)

// sample is a type as SQL knows it with values that it takes.
type sample struct {
	sql    string // type for CREATE TABLE
	typ    *Type
	oid    uint32 // for pgtype; 0 where it has no codec
	min    int    // server version that knows the type or values; 0 is any
	values []string
}

func baseSample(name string, oid uint32, values ...string) sample {
	return sample{sql: name, typ: base(name), oid: oid, values: values}
}

// canonicalSamples are base types with values written as PostgreSQL prints them.
func canonicalSamples() []sample {
	rng := rand.New(rand.NewPCG(7, 9))
	floats8 := []string{
		"0", "-0", "1", "-1.5", "100000000000000", "999999999999999", "1e+15", "1.2345678901234568e+17", "0.0001", "1e-05", "NaN", "Infinity", "-Infinity", "5e-324",
		"1.7976931348623157e+308", "2.2250738585072014e-308", "9.5367431640625e-07", "0.1", "123456.789", "9.007199254740992e+15",
	}
	floats4 := []string{"0", "-0", "1", "-1.5", "999999", "1e+06", "1.2345679e+09", "0.0001", "1e-05", "NaN", "Infinity", "-Infinity", "1e-45", "3.4028235e+38", "1.6777216e+07", "3.3554432e+07"}
	for range 400 {
		floats8 = append(floats8, string(appendFloat(nil, math.Float64frombits(rng.Uint64()), 64)))
		floats8 = append(floats8, string(appendFloat(nil, float64(rng.Int64())*math.Pow(2, float64(rng.IntN(20)-10)), 64)))
		floats8 = append(floats8, string(appendFloat(nil, float64(rng.IntN(9)+1)*math.Pow10(15+rng.IntN(10)), 64)))
		floats4 = append(floats4, string(appendFloat(nil, float64(math.Float32frombits(rng.Uint32())), 32)))
		floats4 = append(floats4, string(appendFloat(nil, float64(float32(rng.Int32())), 32)))
	}
	numerics := []string{
		"0", "0.00", "1", "-1", "10000", "9999", "0.0001", "0.00001", "1.50", "123456789012345678901234567890.123456789", "-0.000000000000000000012", "NaN", "100000000", "1000000000000000000000000",
		strings.Repeat("9", 500), "0." + strings.Repeat("0", 200) + "1", "12345.6789", "0.10", "5000", "0.5000", "-99990000.0000",
	}
	for range 300 {
		s := ""
		if rng.IntN(2) == 0 {
			s = "-"
		}
		s += fmt.Sprint(rng.Int64N(int64(math.Pow10(1 + rng.IntN(18)))))
		if k := rng.IntN(12); k > 0 {
			s += fmt.Sprintf(".%0*d", k, 1+rng.Int64N(int64(math.Pow10(k))-1))
		}
		if s[0] != '-' || strings.Trim(s, "-0.") != "" {
			numerics = append(numerics, s)
		}
	}
	dates := []string{"2000-01-01", "1999-12-31", "1900-01-01", "9999-12-31", "10000-01-01", "5874897-12-31", "0001-01-01", "0001-12-31 BC", "4714-11-24 BC", "0044-03-15 BC", "2024-02-29", "1900-02-28", "infinity", "-infinity", "0099-05-05"}
	stamps := []string{
		"2000-01-01 00:00:00", "1999-12-31 23:59:59.999999", "2024-02-29 12:30:00.5", "0044-03-15 12:00:00 BC", "294276-12-31 23:59:59.999999", "infinity", "-infinity",
		"4714-11-24 00:00:00 BC", "1900-01-01 00:00:00", "9999-12-31 23:59:59.12345", "1969-12-31 23:59:59.000001", "0001-01-01 00:00:00",
	}
	for range 200 {
		d := wireText(dateText, be(nil, int32(rng.IntN(4000000)-2451545)))
		dates = append(dates, d)
		stamps = append(stamps, wireText(timestampText, be(nil, int64(rng.Int64N(200000000000000000)-100000000000000000))))
	}
	zoned := make([]string, len(stamps))
	for i, s := range stamps {
		switch {
		case strings.HasSuffix(s, " BC"):
			zoned[i] = strings.TrimSuffix(s, " BC") + "+00 BC"
		case strings.HasSuffix(s, "infinity"):
			zoned[i] = s
		default:
			zoned[i] = s + "+00"
		}
	}
	intervals := []string{
		"00:00:00", "1 year", "2 years 3 mons", "-1 years -2 mons +3 days -04:05:06", "1 day", "-1 days +00:00:01", "100:00:00", "00:00:00.000001", "-00:00:00.5",
		"1 mon -1 days", "178000000 years", "-178000000 years", "2562047788:00:54.775807", "-2562047788:00:54.775807", "1 year 1 day 01:01:01.1",
	}
	for range 200 {
		n := func(k int) int64 { return int64(rng.IntN(2*k) - k) }
		intervals = append(intervals, wireText(intervalText, be(nil, n(1e12), int32(n(400)), int32(n(400)))))
	}
	texts := []string{"", "a", "NULL", "null", "a,b", `"quoted"`, `back\slash`, "tab\tnew\nline\r\v\f\b", " lead and trail ", "{brace}", "(paren)", "[bracket]", "Zoë Ångström", "日本語", "Ελληνικά", "עברית", "😀", `\N`, `\.`, `\x41`, "empty"}
	return []sample{
		baseSample("bool", 16, "t", "f"),
		baseSample("int2", 21, "0", "-32768", "32767", "-1"),
		baseSample("int4", 23, "0", "-2147483648", "2147483647", "-1", "1000000"),
		baseSample("int8", 20, "0", "-9223372036854775808", "9223372036854775807", "-1"),
		baseSample("oid", 26, "0", "4294967295"),
		baseSample("float8", 701, floats8...),
		baseSample("float4", 700, floats4...),
		baseSample("numeric", 1700, numerics...),
		baseSample("text", 25, texts...),
		baseSample("varchar", 1043, texts...),
		{sql: "char(5)", typ: base("bpchar"), oid: 1042, values: []string{"abcde", "日本語日本"}},
		baseSample("name", 19, "", "pg_class", strings.Repeat("n", 63)),
		{sql: `"char"`, typ: base("char"), oid: 18, values: []string{"a", "", " ", "~"}},
		baseSample("json", 114, `{"a": [1, "\\", "\n"]}`, `"x"`, "null"),
		baseSample("jsonb", 3802, `{"a": [1, "\\", "\n"]}`, `"x"`, "null"),
		baseSample("xml", 0, "<a b=\"c\">d</a>", "", "plain"),
		baseSample("uuid", 2950, "00000000-0000-0000-0000-000000000000", "0b6c3c8e-1111-4222-8333-0123456789ab"),
		baseSample("date", 1082, dates...),
		baseSample("time", 1083, "00:00:00", "24:00:00", "23:59:59.999999", "12:30:00.5", "01:02:03"),
		baseSample("timetz", 0, "00:00:00+00", "24:00:00-15:59:59", "04:05:06.789-08", "10:00:00+05:30", "10:00:00-03:30:30"),
		baseSample("timestamp", 1114, stamps...),
		baseSample("timestamptz", 1184, zoned...),
		baseSample("interval", 1186, intervals...),
		baseSample("inet", 869, "1.2.3.4", "10.0.0.1/8", "::1", "::", "fe80::1", "2001:db8::1/64", "::ffff:1.2.3.4", "::1.2.3.4", "::0.1.0.2", "1:0:0:2::3", "1::2:0:0:3:4", "::ffff:0:0:1", "1:2:3:4:5:6:7:8", "0.0.0.0/0", "::/0", "1:0:2:0:3:0:4:0", "1::", "0:2:3:4:5:6:7:8"),
		baseSample("cidr", 650, "10.0.0.0/8", "1.2.3.4/32", "2001:db8::/32", "::/0", "::1/128", "0.0.0.0/0", "::ffff:1.2.3.0/120"),
		baseSample("macaddr", 829, "08:00:2b:01:02:03", "ff:ff:ff:ff:ff:ff"),
		baseSample("macaddr8", 774, "08:00:2b:01:02:03:04:05"),
		{sql: "bit(9)", typ: base("bit"), oid: 1560, values: []string{"000000001", "111111111"}},
		baseSample("varbit", 1562, "", "1", "01010101", "010101011"),
		baseSample("point", 600, "(1,2)", "(-0.5,1e+20)"),
		baseSample("jsonpath", 0, `$."a"[*]?(@ > 1)`),
	}
}

func wireText(text func(dst, wire []byte) ([]byte, error), wire []byte) string {
	b, err := text(nil, wire)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// builtSamples are types made of others, with values as the server prints them.
func builtSamples() []sample {
	pair := &Type{Name: "pair", Kind: Composite, Fields: []*Type{base("int4"), base("text"), arrayOf(base("text")), base("bytea")}}
	outer := &Type{Name: "outer_pair", Kind: Composite, Fields: []*Type{pair, rangeOf(base("date"))}}
	mood := &Type{Name: "mood", Kind: Enum}
	multi := func(name string, r *Type) *Type { return &Type{Name: name, Kind: Multirange, Elem: r} }
	textrange := rangeOf(base("text"))
	return []sample{
		{sql: "mood", typ: mood, values: []string{"happy", "so so", "NULL"}},
		{sql: "mood[]", typ: arrayOf(mood), values: []string{"{}", `{happy,"so so",NULL,"NULL"}`}},
		{sql: "text[]", typ: arrayOf(base("text")), values: []string{
			"{}", "{a}", `{NULL,"NULL","","a b","q\"q","b\\\\s","{","x,y"}`, "{{a,b},{c,d}}", "[2:3]={a,b}", "[-1:0][2:3]={{a,b},{c,NULL}}", "{{{a},{b}},{{c},{d}}}",
			"{\"tab\there\",\"new\nline\"}", "{日本語}", "{a;b}",
		}},
		{sql: "int4[]", typ: arrayOf(base("int4")), values: []string{"{1,-2,NULL}", "{{1,2,3},{4,5,6}}"}},
		{sql: "bytea[]", typ: arrayOf(base("bytea")), values: []string{`{"\\x","\\x00ff",NULL}`}},
		{sql: "numeric[]", typ: arrayOf(base("numeric")), values: []string{"{1.50,NaN}"}},
		{sql: "timestamptz[]", typ: arrayOf(base("timestamptz")), values: []string{`{"2000-01-01 00:00:00+00",infinity}`}},
		{sql: "bytea", typ: base("bytea"), oid: 17, values: []string{`\x`, `\x00`, `\xdeadbeef0a09`}},
		{sql: "pair", typ: pair, values: []string{`(1,a,"{x,y}","\\x00")`, "(,,,)", `(2,"",{},)`, `(-3,"a ""b"" \\\\ (c), d","{""q q"",NULL}","\\x")`}},
		{sql: "pair[]", typ: arrayOf(pair), values: []string{`{"(1,a,\"{x,y}\",)",NULL,"(,\"b c\",,)"}`}},
		{sql: "outer_pair", typ: outer, values: []string{`("(1,a,""{x,y}"",)","[2020-01-01,2020-02-01)")`, "(,empty)"}},
		{sql: "int4range", typ: rangeOf(base("int4")), values: []string{"empty", "[1,5)", "(,5)", "[1,)", "(,)"}},
		{sql: "numrange", typ: rangeOf(base("numeric")), values: []string{"[1.5,2.50]", "(1.5,2.5)", "(,3)"}},
		{sql: "daterange", typ: rangeOf(base("date")), values: []string{"[2020-01-01,2020-02-01)", "[-infinity,infinity)", `["0044-03-15 BC",2020-01-01)`}},
		{sql: "tsrange", typ: rangeOf(base("timestamp")), values: []string{`["2020-01-01 00:00:00","2020-01-02 00:00:00")`}},
		{sql: "tstzrange", typ: rangeOf(base("timestamptz")), values: []string{`["2020-01-01 00:00:00+00",)`}},
		{sql: "textrange", typ: textrange, values: []string{`["","a b"]`, `(a,"b,""c\\\\")`, `["[","]")`, "empty", "[NULL,x]"}},
		{sql: "int4range[]", typ: arrayOf(rangeOf(base("int4"))), values: []string{`{"[1,5)",empty,NULL}`}},
		{sql: "int4multirange", typ: multi("int4multirange", rangeOf(base("int4"))), min: 140000, values: []string{"{}", "{[1,5),[7,9)}", "{(,1),[5,)}"}},
		{sql: "textmultirange", typ: multi("textmultirange", textrange), min: 140000, values: []string{`{["","a b"],(x,y)}`}},
		{sql: "numrange", typ: rangeOf(base("numeric")), min: 140000, values: []string{"[1,Infinity)", "[-Infinity,0]"}},
		{sql: "numeric", typ: base("numeric"), min: 140000, values: []string{"Infinity", "-Infinity"}},
		{sql: "interval", typ: base("interval"), min: 170000, values: []string{"infinity", "-infinity"}},
	}
}

// contributedSamples need extensions.
func contributedSamples() []sample {
	return []sample{
		baseSample("citext", 0, "Ann", "", "NULL"),
		baseSample("hstore", 0, "", `"a"=>"1"`, `"a"=>NULL, "b c"=>"q\"q\\\\", "dd"=>"NULL"`),
		{sql: "citext[]", typ: arrayOf(base("citext")), values: []string{"{Ann,bob}"}},
		baseSample("ltree", 0, "Top.Science", ""),
	}
}
