-- Indexes of tables; of their columns only the key's, without INCLUDE. A key WITHOUT
-- OVERLAPS (18) is an exclusion constraint as well; older servers do not have its column.
SELECT i.indrelid,
       ic.relname::text,
       i.indisunique,
       i.indisprimary,
       i.indisexclusion OR coalesce((to_jsonb(k) ->> 'conperiod')::boolean, false),
       (string_to_array(i.indkey::text, ' ')::int2[])[1:i.indnkeyatts] AS columns,
       ARRAY(SELECT o.oprname::text FROM unnest(k.conexclop) WITH ORDINALITY AS u (op, ord)
             JOIN pg_operator o ON o.oid = u.op ORDER BY u.ord) AS operators,
       i.indpred IS NOT NULL AS partial,
       pg_get_indexdef(i.indexrelid),
       CASE WHEN ic.relkind = 'i' THEN coalesce(pg_relation_size(i.indexrelid, 'main'), 0) ELSE 0 END AS bytes
FROM pg_index i
JOIN pg_class ic ON ic.oid = i.indexrelid
JOIN pg_class c ON c.oid = i.indrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.conrelid = i.indrelid AND k.contype IN ('p', 'u', 'x')
WHERE i.indislive
  AND c.relkind IN ('r', 'p')
  AND c.relpersistence <> 't'
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
