// Package ruleset loads a rules file and returns typed rules that know where they stand.
//
//  1. The YAML is parsed into nodes; every node keeps its line and column.
//  2. The document is checked against rules/schema/v1.json (JSON Schema, gojsonschema);
//     an unknown key is reported with the nearest known one.
//  3. Known mistakes are explained: a reason that YAML split at a comma, a country
//     that YAML took for false.
//  4. Packs are read from rules/packs; they decide columns that no rule names.
//  5. Typed [Rules] come back, or every problem found, never the first alone.
//
// It does not know the database: whether a table exists is the plan's question.
package ruleset
