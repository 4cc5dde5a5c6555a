// Package rules is what ships beside the code: the JSON Schema of the rules file,
// the rule packs and the examples.
//
//  1. schema/v1.json describes the rules file, version 1; editors use it, and ruleset
//     checks every file against it.
//  2. packs/NAME.yaml decide columns by their kind where no rule names them.
//  3. examples/*.yaml are whole rules files for public sample databases.
//
// It holds files and no logic; package ruleset reads them.
package rules
