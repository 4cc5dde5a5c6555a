// Package review tells a reviewer what to look at in rules, before anything runs.
//
//  1. [Drift]: what the catalog has that the last approval did not see, each with what
//     the rules make of it.
//  2. [Judge]: keeps whose reason says nothing or that end soon, stand-ins that are weak for
//     what they stand for, quasi-identifiers that are kept together, what keeps equality and
//     frequency, and what links a row of staging to its row of production.
//  3. [Diff]: what changes for the people in the data from one rules file to another, in words.
//  4. [Misfit]: what does not fit at all, as findings, for formats that have nothing else.
//
// It reads the plan and the catalog, and no data. What was found in the data, inspection says.
package review
