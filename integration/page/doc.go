// Package page opens the reports of real runs in a browser.
//
//  1. The shop is refreshed twice, and its report and the folder's page are opened from disk.
//  2. Every control is used by keyboard alone; nothing is written to the console, and
//     nothing is asked of any server.
//  3. No value of the source that is masked occurs in what was written.
//  4. A report of a thousand tables is under 3 MB, and opens and is filtered quickly.
//
// With UNDERSTUDY_PICTURES=DIR it leaves pictures there, in light, dark, on a telephone and
// in print: whether a page is pleasant to look at, no test can tell.
package page
