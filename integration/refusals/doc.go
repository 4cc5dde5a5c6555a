// Package refusals is the story of everything that can be wrong before and around a refresh: addresses, passwords, rights, rules, keys, targets.
// Each is one clear message with the right exit code and a hint, and it holds no password.
// Nothing is lost or changed: staging is what it was, and no other database has come.
package refusals
