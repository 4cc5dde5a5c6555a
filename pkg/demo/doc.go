// Package demo shows a whole refresh on one machine.
//
//  1. Two throw-away servers are started from the machine's own PostgreSQL programs, or
//     in containers where a container engine is all there is.
//  2. The sample shop is loaded into the first: production.
//  3. The shop's rules and a key of the moment refresh staging on the second.
//  4. The shapes of a few values before and after are shown, and what was found.
//
// Everything but the report is gone afterwards. It changes no other server.
package demo
