// Package names is the story of a schema as it grows over years: names that need quotes, partitions in partitions, inheritance, keys in cycles,
// views on views, triggers that would fire, tables without key, column or row, an extension with a table of its own.
// Staging has the same objects word for word, the same rows, and no trigger, rule or policy has touched them on the way.
package names
