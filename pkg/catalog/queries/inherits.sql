-- Plain inheritance: a child and one of its parents a row, in the order of the parents.
SELECT i.inhrelid, i.inhparent
FROM pg_inherits i
JOIN pg_class c ON c.oid = i.inhrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE NOT c.relispartition
  AND c.relkind IN ('r', 'f')
  AND c.relpersistence <> 't'
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
ORDER BY i.inhrelid, i.inhseqno
