// Package pgtest gives each test a PostgreSQL database of its own.
//
//  1. The first call of a test binary finds a server: the one that UNDERSTUDY_TEST_DSN
//     names, else a throw-away server from the machine's own programs, else a container.
//  2. [DSN] creates a fresh database on it, and drops it when the test ends. Two calls
//     in one test give two databases, which serve as source and target.
//  3. The throw-away server ends with the test binary.
//
// Without any server a test is skipped, except in CI (CI=true or
// UNDERSTUDY_NO_SKIP=1), where that is a failure: a suite that silently skips its
// database tests proves nothing.
//
// Only test files import it. It takes no part in production code.
package pgtest
