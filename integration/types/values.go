package types

// sample is a type with values that are hard to carry: each is an SQL expression.
type sample struct {
	name   string // of its tables
	sql    string // the type
	values []string
	array  bool // the table has a column of its array type as well
}

// declarations are the types that the database brings itself.
const declarations = `
CREATE EXTENSION hstore; CREATE EXTENSION citext; CREATE EXTENSION ltree; CREATE EXTENSION seg; CREATE EXTENSION cube; CREATE EXTENSION isn; CREATE EXTENSION intarray;
CREATE SCHEMA "own types";
CREATE TYPE "own types".mood AS ENUM ('sad', 'ok', 'it''s "great"', 'two words', '');
CREATE TYPE "own types"."Pair" AS (n int, "a text" text);
CREATE TYPE "own types".deep AS (p "own types"."Pair", ps "own types"."Pair"[], m "own types".mood, h hstore, r int4range, d date);
CREATE TYPE "own types".named AS (c regclass, t text);
CREATE TYPE "own types".floats AS RANGE (subtype = float8);
CREATE DOMAIN "own types".positive AS int CHECK (VALUE > 0);
CREATE DOMAIN "own types".even AS "own types".positive CHECK (VALUE % 2 = 0);
CREATE DOMAIN "own types".words AS text[] CHECK (cardinality(VALUE) < 10);
CREATE DOMAIN "own types".couple AS "own types"."Pair" CHECK ((VALUE).n > 0);
CREATE TABLE "own types"."a table" (id int);
CREATE FUNCTION "own types".twice(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 * 2';
`

// samples returns every type. Values are safe for inspection: addresses are from the ranges for documents.
func samples() []sample {
	return []sample{
		{"int2", "int2", []string{"0", "32767", "-32768"}, true},
		{"int4", "int4", []string{"0", "2147483647", "-2147483648"}, true},
		{"int8", "int8", []string{"0", "9223372036854775807", "-9223372036854775808"}, true},
		{"bool", "bool", []string{"true", "false"}, true},
		{"float4", "float4", []string{"0", "'-0'", "'NaN'", "'Infinity'", "'-Infinity'", "1e-45", "3.4028235e38", "0.1"}, true},
		{"float8", "float8", []string{"0", "'-0'", "'NaN'", "'Infinity'", "'-Infinity'", "5e-324", "1.7976931348623157e308", "0.1", "1/3.0"}, true},
		{"numeric", "numeric", []string{"0", "1.00", "-0.0000", "'NaN'", "'Infinity'", "'-Infinity'", "10::numeric ^ 1000", "1e-1000", "12345.678900"}, true},
		{"numeric_scaled", "numeric(12,2)", []string{"0", "9999999999.99", "-0.01"}, true},
		{"numeric_rounded", "numeric(3,-2)", []string{"12300", "-99900"}, true},
		{"money", "money", []string{"0", "12.34", "-92233720368547758.08"}, true},
		{"text", "text", []string{"''", "' '", "'NULL'", `'\N'`, `'\.'`, `E'a\tb\nc\rd\\e\bf\x01'`, "'grün 日本語 😀 \u0301'", `'{}'`, `'"quoted", (paren) \'`, "repeat('long line ', 300000)"}, true},
		{"varchar", "varchar(10)", []string{"''", "'ten chars '", "'日本語日本語日本語日'"}, true},
		{"bpchar", "char(5)", []string{"''", "'ab'", "'abcde'", "'日本'"}, true},
		{"bpchar_one", "char", []string{"'x'", "''"}, true},
		{"onechar", `"char"`, []string{"'a'", "''", `'\377'`, `'\'`}, true},
		{"name", "name", []string{"''", "'a name'", "repeat('x', 63)::name"}, true},
		{"bytea", "bytea", []string{"''", `'\x00'`, `'\x5c785c2e0a0d09ff'`, "decode(repeat('00ff5c0a', 500000), 'hex')"}, true},
		{"date", "date", []string{"'2024-02-29'", "'0001-01-01 BC'", "'4713-11-24 BC'", "'5874897-12-31'", "'infinity'", "'-infinity'"}, true},
		{"time", "time", []string{"'00:00'", "'24:00:00'", "'23:59:59.999999'"}, true},
		{"time_short", "time(0)", []string{"'12:34:56.7'"}, true},
		{"timetz", "timetz", []string{"'00:00+00'", "'24:00:00-15:59:59'", "'12:34:56.789+05:30'"}, true},
		{"timestamp", "timestamp", []string{"'2024-02-29 12:34:56.789012'", "'4713-11-24 00:00 BC'", "'294276-12-31 23:59:59.999999'", "'infinity'", "'-infinity'"}, true},
		{"timestamptz", "timestamptz", []string{"'2024-03-31 02:30 Europe/Berlin'", "'0044-03-15 12:00+00 BC'", "'infinity'", "'-infinity'"}, true},
		{"interval", "interval", []string{"'0'", "'1 year 2 mons -3 days 04:05:06.789'", "'-178000000 years'", "'-1 mon +1 day -00:00:00.000001'"}, true},
		{"interval_narrow", "interval day to minute", []string{"'3 days 04:05'"}, true},
		{"uuid", "uuid", []string{"'00000000-0000-0000-0000-000000000000'", "'ffffffff-ffff-ffff-ffff-ffffffffffff'"}, true},
		{"json", "json", []string{`'{"b": 1,  "a": [null, 1.00, "\u00e9"], "b": 2}'`, "'null'", `'""'`, `' [ ] '`, "'1e400'"}, true},
		{"jsonb", "jsonb", []string{`'{"b": 1, "a": [null, 1.00, "é"]}'`, "'null'", `'""'`, "'[]'", "('[' || repeat('1,', 100000) || '2]')::jsonb"}, true},
		{"jsonpath", "jsonpath", []string{`'$.a[*] ? (@.b > 1)'`, `'strict $'`}, true},
		{"xml", "xml", []string{"''", "'plain'", "'<a xmlns:x=\"urn:x\"><x:b c=\"1\"/><!-- d --><![CDATA[<e>]]></a>'", "'<?xml version=\"1.0\"?><a>ü</a>'"}, true},
		{"inet", "inet", []string{"'192.0.2.1'", "'192.0.2.0/24'", "'2001:db8::1'", "'2001:db8::/32'", "'0.0.0.0/0'"}, true},
		{"cidr", "cidr", []string{"'192.0.2.0/24'", "'2001:db8::/32'"}, true},
		{"macaddr", "macaddr", []string{"'00:00:5e:00:53:01'"}, true},
		{"macaddr8", "macaddr8", []string{"'00:00:5e:ff:fe:00:53:01'"}, true},
		{"bit", "bit(5)", []string{"B'00000'", "B'10101'"}, true},
		{"varbit", "varbit", []string{"B''", "B'1'", "repeat('10', 5000)::varbit"}, true},
		{"point", "point", []string{"'(0,0)'", "'(-1.5,1e300)'", "'(NaN,Infinity)'"}, true},
		{"line", "line", []string{"'{1,2,3}'"}, true},
		{"lseg", "lseg", []string{"'[(0,0),(1,1)]'"}, true},
		{"box", "box", []string{"'(1,1),(0,0)'"}, true},
		{"path", "path", []string{"'[(0,0),(1,1)]'", "'((0,0),(1,1),(2,0))'"}, true},
		{"polygon", "polygon", []string{"'((0,0),(1,1),(2,0))'"}, true},
		{"circle", "circle", []string{"'<(0,0),2.5>'"}, true},
		{"tsvector", "tsvector", []string{"''", "'a:1A fat:2B,4C cat:5'", `'''it''''s'':1 b\\c'`}, true},
		{"tsquery", "tsquery", []string{"''", "'fat & (rat | !cat:AB*) <2> dog'"}, true},
		{"int4range", "int4range", []string{"'empty'", "'[1,5)'", "'(,)'", "'[,3]'"}, true},
		{"int8range", "int8range", []string{"'[1,9223372036854775806]'"}, true},
		{"numrange", "numrange", []string{"'empty'", "'(1.10,2.00]'", "'[-Infinity,Infinity]'", "'(,NaN)'"}, true},
		{"tsrange", "tsrange", []string{"'[2024-01-01,infinity]'", "'[,2024-01-01 12:00)'"}, true},
		{"tstzrange", "tstzrange", []string{"'[2024-01-01 00:00+01,2024-01-02 00:00-05)'"}, true},
		{"daterange", "daterange", []string{"'[2024-01-01,2024-12-31]'", "'[-infinity,infinity)'"}, true},
		{"int4multirange", "int4multirange", []string{"'{}'", "'{[1,3),[5,7)}'"}, true},
		{"nummultirange", "nummultirange", []string{"'{(,1.0),[2.50,3]}'"}, true},
		{"datemultirange", "datemultirange", []string{"'{[2024-01-01,2024-02-01)}'"}, true},
		{"pg_lsn", "pg_lsn", []string{"'0/0'", "'FFFFFFFF/FFFFFFFF'"}, true},
		{"oid", "oid", []string{"0", "4294967295"}, true},
		{"xid", "xid", []string{"'0'", "'4294967295'"}, true},
		{"xid8", "xid8", []string{"'18446744073709551615'"}, true},
		{"cid", "cid", []string{"'7'"}, true},
		{"tid", "tid", []string{"'(4294967295,65535)'"}, true},
		{"pg_snapshot", "pg_snapshot", []string{"'10:20:10,14,15'"}, true},
		{"txid_snapshot", "txid_snapshot", []string{"'10:20:10,14,15'"}, true},
		{"int2vector", "int2vector", []string{"''", "'1 2 3'"}, false},
		{"oidvector", "oidvector", []string{"''", "'1 2 3'"}, false},
		{"refcursor", "refcursor", []string{"'a cursor'"}, true},
		{"aclitem", "aclitem", []string{"'postgres=arwdDxt/postgres'"}, true},
		{"regclass", "regclass", []string{`'"own types"."a table"'`, "'pg_class'", "'-'"}, true},
		{"regtype", "regtype", []string{`'"own types"."Pair"'`, "'int4[]'"}, true},
		{"regproc", "regproc", []string{`'"own types".twice'`}, true},
		{"regprocedure", "regprocedure", []string{`'"own types".twice(int)'`}, true},
		{"regoper", "regoper", []string{"'pg_catalog.||/'"}, true},
		{"regoperator", "regoperator", []string{"'+(int4,int4)'"}, true},
		{"regnamespace", "regnamespace", []string{`'"own types"'`}, true},
		{"regrole", "regrole", []string{"'postgres'"}, true},
		{"regconfig", "regconfig", []string{"'simple'"}, true},
		{"regdictionary", "regdictionary", []string{"'simple'"}, true},
		{"regcollation", "regcollation", []string{`'"C"'`}, true},
		{"enum", `"own types".mood`, []string{"'sad'", `'it''s "great"'`, "''"}, true},
		{"composite", `"own types"."Pair"`, []string{"ROW(1, 'a')", "ROW(NULL, NULL)", `ROW(2, 'a "b", (c) \ d}')`, "ROW(3, '')"}, true},
		{"nested", `"own types".deep`, []string{
			`ROW(ROW(1, 'x'), ARRAY[ROW(2, 'y'), NULL, ROW(NULL, '')]::"own types"."Pair"[], 'two words', 'a=>1, b=>NULL', '[1,5)', '-infinity')::"own types".deep`,
			`ROW(NULL, '{}', NULL, '', 'empty', NULL)::"own types".deep`,
		}, true},
		{"composite_of_names", `"own types".named`, []string{`ROW('"own types"."a table"', 'x')::"own types".named`}, true},
		{"own_range", `"own types".floats`, []string{"'[1.5,2.5)'", "'empty'", "'(NaN,)'"}, true},
		{"domain", `"own types".positive`, []string{"1", "2147483647"}, true},
		{"domain_of_domain", `"own types".even`, []string{"2"}, true},
		{"domain_of_array", `"own types".words`, []string{`'{}'`, `'{a,NULL,"","b c","NULL"}'`}, false},
		{"domain_of_composite", `"own types".couple`, []string{"ROW(1, 'a')"}, true},
		{"array_of_arrays", "int[][]", []string{"'{}'", "'{{1,2},{3,NULL}}'", "'[2:3][-1:0]={{1,2},{3,4}}'", "array_fill(7, ARRAY[100, 1000])"}, false},
		{"hstore", "hstore", []string{"''", `'a=>1, "b c"=>NULL, ""=>"", q=>"\"x\""'`}, true},
		{"citext", "citext", []string{"''", "'MiXed'"}, true},
		{"ltree", "ltree", []string{"''", "'top.science'"}, true},
		{"lquery", "lquery", []string{"'*.foo{1,2}.!bar'"}, true},
		{"seg", "seg", []string{"'1.5 .. 2.50'", "'~6'"}, true},
		{"cube", "cube", []string{"'(1,2),(3,4)'"}, true},
		{"isbn", "isbn", []string{"'978-0-393-04002-9'"}, true},
		{"query_int", "query_int", []string{"'1&(2|3)'"}, false},
	}
}
