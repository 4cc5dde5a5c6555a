package publish

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/understudy-db/understudy/pkg/catalog"
)

// nameMax is PostgreSQL's limit of a name in bytes: NAMEDATALEN minus the closing zero.
const nameMax = 63

const (
	incomingInfix   = "__incoming_"
	generationInfix = "__g"
	stampLayout     = "20060102150405"
)

// baseMax leaves room for the longer of the suffixes.
const baseMax = nameMax - len(incomingInfix) - len(stampLayout)

// IncomingName returns the name of a database being built for staging at a time (UTC, seconds).
func IncomingName(staging string, at time.Time) string {
	return base(staging) + incomingInfix + at.UTC().Format(stampLayout)
}

// GenerationName returns the name under which a staging that was replaced at a time is kept.
func GenerationName(staging string, at time.Time) string {
	return base(staging) + generationInfix + at.UTC().Format(stampLayout)
}

// base returns the staging's name, cut between two characters and told apart by a hash
// when it is too long for a suffix.
func base(staging string) string {
	if len(staging) <= baseMax {
		return staging
	}
	sum := sha256.Sum256([]byte(staging))
	tail := "_" + hex.EncodeToString(sum[:4])
	cut := baseMax - len(tail)
	for cut > 0 && !utf8.RuneStart(staging[cut]) {
		cut--
	}
	return staging[:cut] + tail
}

var stampPattern = regexp.MustCompile(`^[0-9]{14}$`)

// incomingOf reports whether a name is one that IncomingName gives for staging.
func incomingOf(staging, name string) bool {
	rest, ok := strings.CutPrefix(name, base(staging)+incomingInfix)
	return ok && stampPattern.MatchString(rest)
}

// production finds names that say what must never be replaced.
var production = regexp.MustCompile(`(?i)(^|[^a-z])(prod|production|prd|live)([^a-z]|$)`)

// SoundsLikeProduction reports whether a database's name says that nothing may be written to it.
func SoundsLikeProduction(name string) bool { return production.MatchString(name) }

// checkName says why PostgreSQL cannot have a database of this name, or nil.
func checkName(name string) error {
	switch {
	case name == "":
		return fmt.Errorf("the target names no database")
	case len(name) > nameMax:
		return fmt.Errorf("the name of the database has %d bytes, PostgreSQL takes %d", len(name), nameMax)
	case strings.ContainsRune(name, 0) || !utf8.ValidString(name):
		return fmt.Errorf("the name of the database is no valid text")
	}
	return nil
}

func quote(ident string) string { return catalog.Quote(ident) }
