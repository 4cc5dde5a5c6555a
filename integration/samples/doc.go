// Package samples tells what happens to two databases that others made: Chinook and
// Northwind are refreshed with the rules that ship for them. Rows, keys and joins stay;
// of the people in them nothing is left, and the next night gives the same stand-ins.
//
// Chinook is lerocha/chinook-database (MIT), Northwind pthom/northwind_psql (Ms-PL); their
// licences lie beside them in testdata.
package samples
