-- Indexes of tables; of their columns only the key's, without INCLUDE.
SELECT i.indrelid,
       ic.relname::text,
       i.indisunique,
       i.indisprimary,
       i.indisexclusion,
       (string_to_array(i.indkey::text, ' ')::int2[])[1:i.indnkeyatts] AS columns,
       i.indpred IS NOT NULL AS partial,
       pg_get_indexdef(i.indexrelid),
       CASE WHEN ic.relkind = 'i' THEN coalesce(pg_relation_size(i.indexrelid, 'main'), 0) ELSE 0 END AS bytes
FROM pg_index i
JOIN pg_class ic ON ic.oid = i.indexrelid
JOIN pg_class c ON c.oid = i.indrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE i.indislive
  AND c.relkind IN ('r', 'p')
  AND c.relpersistence <> 't'
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
