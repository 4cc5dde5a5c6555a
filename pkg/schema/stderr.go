package schema

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// stderrMax is how much of a program's stderr is kept from the first error on, which is
// the cause; stderrBefore is how much before it, where the entry is named.
const (
	stderrMax    = 64 << 10
	stderrBefore = 4 << 10
)

// errorMark begins an error of either program.
var errorMark = []byte(": error: ")

// errorBuffer keeps what a program writes around its first error. A program that tells
// its progress writes any amount before.
type errorBuffer struct {
	b    []byte
	seen bool
}

func (e *errorBuffer) Write(p []byte) (int, error) {
	if e.seen {
		if room := stderrMax - len(e.b); room > 0 {
			e.b = append(e.b, p[:min(room, len(p))]...)
		}
		return len(p), nil
	}
	e.b = append(e.b, p...)
	end := len(e.b)
	if at := bytes.Index(e.b, errorMark); at >= 0 {
		e.seen, end = true, at
	}
	if from := end - stderrBefore; from > 0 {
		e.b = append(e.b[:0], e.b[from:]...)
	}
	return len(p), nil
}

// ProgramError is what is told of a program that failed. It holds names of objects and
// our own words, nothing of the program's text.
type ProgramError struct {
	Program string // "pg_restore"
	Exit    int    // its exit code; -1 when a signal ended it
	Entry   string // "INDEX shop.orders_pkey": what was being worked on; empty when unknown
	Cause   string // our words; empty when the message is not one that we know
	hint    string
}

// Error returns "pg_restore at INDEX shop.orders_pkey: cause".
func (e *ProgramError) Error() string {
	s := e.Program
	if e.Entry != "" {
		s += " at " + e.Entry
	}
	if e.Cause != "" {
		return s + ": " + e.Cause
	}
	return s + fmt.Sprintf(": ended with exit code %d; its message is withheld, because it may hold data", e.Exit)
}

var (
	tocLine  = regexp.MustCompile(`(?m)^pg_restore: from TOC entry (\d+);`)
	errorAt  = regexp.MustCompile(`(?m)(?:^|: )(?:ERROR|FATAL|PANIC):  `)
	errorEnd = regexp.MustCompile(`(?m)^(?:DETAIL|HINT|CONTEXT|LINE \d+|STATEMENT|QUERY|LOCATION):|^(?:pg_dump|pg_restore): |^Command was: |^The command was: `)
	ownError = regexp.MustCompile(`(?m)^(?:pg_dump|pg_restore): error: `)
)

// known is a message that we can repeat in our own words. What a group catches is a
// name by the message's grammar, never an expression or a value.
type known struct {
	re    *regexp.Regexp
	words string // with $1, $2 for names
	hint  string
}

func message(pattern, words, hint string) known {
	return known{regexp.MustCompile(`(?s)^` + pattern), words, hint}
}

var serverMessages = []known{
	message(`role "(.+)" does not exist`, `role $1 does not exist`, `create the role on the server, or map it to one that exists`),
	message(`extension "(.+?)" is not available`, `extension $1 is not available`, `install the extension's package on the target server`),
	message(`could not open extension control file`, `an extension is not available`, `install the extension's package on the target server`),
	message(`permission denied to create extension "(.+?)"`, `no permission to create extension $1`, `give --target a role that may create it: a superuser, or what the provider calls one; or leave the extension out of the source`),
	message(`(?:extension|required extension) "(.+?)" (?:has no installation script|is not installed)`, `extension $1 is missing or has another version`, `install the source's version of the extension on the target server`),
	message(`must be owner of ([a-z ]+?) (\S+)`, `must be owner of $1 $2`, ``),
	message(`permission denied for ([a-z ]+?) (.+)`, `permission denied for $1 $2`, `grant the role what it needs`),
	message(`permission denied`, `permission denied`, `grant the role what it needs`),
	message(`must be superuser`, `only a superuser may do this`, `leave the object out, or use a role that may`),
	message(`could not create unique index "(.+)"`, `unique index $1 cannot be made: rows have equal keys`, `a masked column is unique in the source but not in staging; choose an injective masker for it`),
	message(`could not create exclusion constraint "(.+)"`, `exclusion constraint $1 cannot be made: rows conflict`, `mask the constraint's columns together, or keep them`),
	message(`insert or update on table "(.+?)" violates foreign key constraint "(.+?)"`, `foreign key $2 of table $1 does not hold`, `both ends of a foreign key need the same decision; look for where, skip or a masker on one end only`),
	message(`check constraint "(.+?)" of relation "(.+?)" is violated by some row`, `check constraint $1 of $2 does not hold`, `choose a masker whose stand-ins satisfy the constraint`),
	message(`column "(.+?)" of relation "(.+?)" contains null values`, `column $1 of $2 has NULLs and must not`, `choose another decision than null for it`),
	message(`updated partition constraint for default partition "(.+?)"`, `the default partition $1 holds rows of another partition`, ``),
	message(`partition constraint of relation "(.+?)" is violated`, `rows of $1 do not fit their partition`, `keep the partition key`),
	message(`index row (?:size|requires) `, `an index entry is too large`, `shorten the stand-ins of the indexed column`),
	message(`functions in (index (?:expression|predicate)|partition key expression) must be marked IMMUTABLE`, `a function in an $1 is not immutable`, ``),
	message(`(?:relation|type|function|schema|constraint|operator|trigger|rule|policy|extension) "(.+?)"(?: .*)? already exists`, `$1 already exists`, `restore into a new database`),
	message(`collation "(.+?)" for encoding "(.+?)" does not exist`, `collation $1 does not exist for encoding $2`, `install the locale on the target server`),
	message(`could not create locale "(.+?)"`, `the target server has no locale $1`, `install the locale on the target server`),
	message(`data type (\S+) has no default operator class for access method "(.+?)"`, `type $1 has no operator class for $2`, `an extension is missing on the target`),
	message(`(access method|type|schema|relation|collation|operator class|text search (?:configuration|dictionary|parser|template)|language|tablespace|database|publication|extension|foreign-data wrapper|server) "(.+?)"(?: .*)? does not exist`, `$1 $2 does not exist`, `look for a missing extension, or a function whose body names an object without its schema`),
	message(`function (\S+?)\(.*\) does not exist`, `function $1 does not exist`, `look for a missing extension, or a function whose body names an object without its schema`),
	message(`column (\S+) does not exist`, `column $1 does not exist`, ``),
	message(`operator does not exist`, `an operator does not exist`, `look for a missing extension, or a function whose body names an object without its schema`),
	message(`unrecognized configuration parameter "(.+?)"`, `the server does not know the setting $1`, `use client programs that are not newer than the target`),
	message(`could not import the requested snapshot|invalid snapshot identifier|snapshot "[0-9A-F-]+" does not exist|could not open file "pg_snapshots/`, `the exported snapshot is gone`, `its holder ended; start the run again`),
	message(`canceling statement due to lock timeout`, `a lock was not granted in time`, `another session changes the schema; run again when it is done`),
	message(`canceling statement due to statement timeout`, `the statement timeout ended the work`, `raise statement_timeout for the role`),
	message(`canceling statement due to user request`, `the work was cancelled from outside`, ``),
	message(`canceling statement due to conflict with recovery`, `the standby cancelled the work`, `use the primary, or raise max_standby_streaming_delay`),
	message(`terminating connection due to `, `the server ended the connection`, `look into the server's log`),
	message(`deadlock detected`, `a deadlock with another session`, `run again`),
	message(`query would be affected by row-level security policy for table "(.+?)"`, `row-level security hides rows of table $1`, `use a role with BYPASSRLS, or the table's owner`),
	message(`out of shared memory`, `the server is out of lock space`, `raise max_locks_per_transaction`),
	message(`out of memory`, `the server is out of memory`, `lower maintenance_work_mem or the number of jobs`),
	message(`could not (?:extend|write|create) `, `the server cannot write its files`, `look for a full disk on the server`),
	message(`(?:sorry, too many clients already|remaining connection slots are reserved|too many connections for )`, `the server has no free connection`, `use fewer jobs, or raise max_connections`),
	message(`password authentication failed`, `the password was not accepted`, `look at the password and at pg_hba.conf`),
	message(`no pg_hba\.conf entry`, `pg_hba.conf lets nobody in from here`, `add an entry for this host, role and database`),
	message(`cannot execute [A-Z ]+ in a read-only transaction`, `the server takes no changes: it is read-only or a standby`, `name the primary`),
	message(`invalid input (?:syntax|value)|invalid byte sequence|date/time field value out of range|value too long|numeric field overflow|division by zero`, `an expression of the object fails on a value`, `look at its default, expression or predicate`),
	message(`syntax error at or near `, `the server does not understand the definition`, `the target may be older than the source`),
}

var clientMessages = []known{
	message(`aborting because of server version mismatch`, `the program is older than the server`, `install newer client programs`),
	message(`(?:connection to server|connection to database|could not connect|could not translate host name)`, `the server cannot be reached`, `look at the address, the password and pg_hba.conf`),
	message(`connection .*lost|server closed the connection unexpectedly|SSL SYSCALL|could not receive data`, `the connection was lost`, `look into the server's log`),
	message(`unrecognized option|invalid option`, `the program does not know an option`, `install the released client programs of this version`),
	message(`could not (?:write|open|close|read)`, `the program cannot use its files`, `look for a full disk or missing rights in the temporary folder`),
	message(`unsupported version`, `the archive's version is not known to the program`, `use pg_dump and pg_restore of the same version`),
}

// reduce turns a program's stderr into what may be told. Entries are by archive number.
func reduce(program string, exit int, stderr []byte, entries map[int]Entry) *ProgramError {
	e := &ProgramError{Program: program, Exit: exit}
	text := string(stderr)
	// The first error is the cause; the entry is the last one named before it.
	at := errorAt.FindStringIndex(text)
	own := ownError.FindStringIndex(text)
	limit := len(text)
	if at != nil {
		limit = at[1]
	} else if own != nil {
		limit = own[0]
	}
	if all := tocLine.FindAllStringSubmatch(text[:limit], -1); len(all) > 0 {
		if id, err := strconv.Atoi(all[len(all)-1][1]); err == nil {
			if entry, ok := entries[id]; ok {
				e.Entry = clip(entry.String())
			}
		}
	}
	if at != nil && e.match(serverMessages, until(text[at[1]:])) {
		return e
	}
	if own != nil {
		e.match(clientMessages, text[own[1]:])
	}
	return e
}

// until cuts the message off where its detail, hint or statement begins.
func until(text string) string {
	if end := errorEnd.FindStringIndex(text); end != nil {
		text = text[:end[0]]
	}
	return strings.TrimRight(text, "\n")
}

func (e *ProgramError) match(list []known, text string) bool {
	for _, k := range list {
		m := k.re.FindStringSubmatch(text)
		if m == nil {
			continue
		}
		words := k.words
		for i := len(m) - 1; i > 0; i-- {
			words = strings.ReplaceAll(words, "$"+strconv.Itoa(i), clip(m[i]))
		}
		e.Cause, e.hint = words, k.hint
		return true
	}
	return false
}

// clip keeps names to the length that two of them and a kind can have, on one line.
func clip(name string) string {
	name = strings.Join(strings.Fields(name), " ")
	if r := []rune(name); len(r) > 160 {
		name = string(r[:160]) + "…"
	}
	return name
}
