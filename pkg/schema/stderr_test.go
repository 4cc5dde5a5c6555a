package schema

import (
	"strings"
	"testing"
)

func TestStderrIsReducedToEntryAndKnownCause(t *testing.T) {
	t.Parallel()
	entries := map[int]Entry{7: {ID: 7, Desc: "INDEX", Schema: "shop", Name: "customers_email_key"}}
	at := "pg_restore: while PROCESSING TOC:\npg_restore: from TOC entry 7; 1259 16403 INDEX customers_email_key dev\n"
	cases := []struct{ name, stderr, want string }{
		{
			"a key that is not unique",
			at + "pg_restore: error: could not execute query: ERROR:  could not create unique index \"customers_email_key\"\nDETAIL:  Key (email)=(SECRET) is duplicated.\nCommand was: CREATE UNIQUE INDEX SECRET",
			"pg_restore at INDEX shop.customers_email_key: unique index customers_email_key cannot be made: rows have equal keys",
		},
		{
			"a message nobody knows",
			at + "pg_restore: error: could not execute query: ERROR:  the frob SECRET is upside down\nCommand was: SECRET",
			"pg_restore at INDEX shop.customers_email_key: ended with exit code 1; its message is withheld, because it may hold data",
		},
		{
			"a value in the message itself",
			at + "pg_restore: error: could not execute query: ERROR:  invalid input syntax for type integer: \"SECRET\"\n",
			"pg_restore at INDEX shop.customers_email_key: an expression of the object fails on a value",
		},
		{
			"a role that is missing",
			"pg_restore: error: could not execute query: ERROR:  role \"prod app\" does not exist\nCommand was: CREATE POLICY SECRET",
			"pg_restore: role prod app does not exist",
		},
		{
			"only the first error counts",
			"pg_restore: error: could not execute query: ERROR:  type \"public.hstore\" does not exist\nLINE 1: SECRET\n" + at + "pg_restore: error: could not execute query: ERROR:  permission denied for schema SECRET",
			"pg_restore: type public.hstore does not exist",
		},
		{"no server", "pg_restore: error: connection to server at \"h\" (10.0.0.1), port 5432 failed: Connection refused SECRET", "pg_restore: the server cannot be reached"},
		{"a wrong password", "pg_restore: error: connection to server at \"h\" failed: FATAL:  password authentication failed for user \"SECRET\"", "pg_restore: the password was not accepted"},
		{"nothing at all", "", "pg_restore: ended with exit code 1; its message is withheld, because it may hold data"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := reduce("pg_restore", 1, []byte(c.stderr), entries).Error()
			if got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			if strings.Contains(got, "SECRET") {
				t.Error("a value got out")
			}
		})
	}
}

// FuzzReduce: what stands behind the first line of a message never gets out.
func FuzzReduce(f *testing.F) {
	f.Add("could not create unique index \"x\"")
	f.Add("role \"x\" does not exist\nDETAIL")
	f.Fuzz(func(t *testing.T, message string) {
		text := "pg_restore: error: could not execute query: ERROR:  " + message + "\nDETAIL:  Key (e)=(\u2622\u2622) is duplicated.\nCommand was: \u2622\u2622"
		if strings.Contains(message, "\u2622") {
			return
		}
		if got := reduce("pg_restore", 1, []byte(text), nil).Error(); strings.Contains(got, "\u2622") {
			t.Errorf("the detail got out: %s", got)
		}
	})
}

func TestTheEntryIsFoundBehindAnyAmountOfProgress(t *testing.T) {
	t.Parallel()
	var b errorBuffer
	write := func(text string) { _, _ = b.Write([]byte(text)) } // it never fails
	for range 50_000 {
		write("pg_restore: creating TABLE \"public.t\"\n")
	}
	if len(b.b) > 2*stderrBefore {
		t.Errorf("%d bytes of progress are kept", len(b.b))
	}
	write("pg_restore: from TOC entry 7; 1259 16403 INDEX i dev\npg_restore: err")
	write("or: could not execute query: ERROR:  out of shared memory\n")
	for range 50_000 {
		write("HINT:  SECRET\n")
	}
	if len(b.b) > stderrMax {
		t.Errorf("%d bytes are kept", len(b.b))
	}
	got := reduce("pg_restore", 1, b.b, map[int]Entry{7: {Desc: "INDEX", Schema: "public", Name: "i"}}).Error()
	if got != "pg_restore at INDEX public.i: the server is out of lock space" {
		t.Error(got)
	}
}
