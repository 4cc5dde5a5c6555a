// Package condition answers the rules' `when:`: a condition in CEL over the columns
// of one row.
//
//  1. [Compile] checks an expression against the table's columns: names, types, and
//     that it gives true or false. Text is a string, integers are int, numeric and
//     float are double, timestamps and dates are timestamp, bool is bool, json is
//     whatever the document holds, all else is a string.
//  2. [Condition.Columns] says which columns it reads.
//  3. [Condition.Eval] takes their canonical texts and says true, false, or an
//     error. NULL is null; a comparison with it by == is false.
//
// A condition that gives an error decides nothing: its caller masks. There are no
// loops, no clock, and a limit on what one evaluation may cost. It opens nothing
// and knows no maskers.
package condition
