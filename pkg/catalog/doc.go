// Package catalog reads what a database consists of into plain structs.
//
//  1. Each query stands in queries/*.sql and runs in psql as it is.
//  2. [Read] runs them on one connection, inside the caller's transaction, and links the rows by OID.
//  3. What belongs to an extension is marked, never planned.
//
// It reads no row of any table, writes nothing and judges nothing.
package catalog
