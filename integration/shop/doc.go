// Package shop is the story of the sample shop, refreshed by its own rules from 15 to 15, from 15 to 17 and from 17 to 17.
// Staging has every object, row and key of production, and the same stand-ins wherever and whenever it is made.
// A second night keeps the first generation, and another key changes every stand-in.
package shop
