-- Live columns of those tables, in the order of their numbers.
SELECT a.attrelid,
       a.attnum,
       a.attname::text,
       a.atttypid,
       a.atttypmod,
       format_type(a.atttypid, a.atttypmod),
       a.attnotnull,
       coalesce(pg_get_expr(ad.adbin, ad.adrelid), ''),
       a.attgenerated <> '',
       a.attidentity::text,
       NOT coalesce(co.collisdeterministic, true),
       CASE WHEN co.oid IS NULL THEN ''
            WHEN cn.nspname = 'pg_catalog' THEN co.collname::text
            ELSE cn.nspname || '.' || co.collname
       END,
       coalesce(d.description, '')
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_attrdef ad ON ad.adrelid = a.attrelid AND ad.adnum = a.attnum
LEFT JOIN pg_collation co ON co.oid = a.attcollation
LEFT JOIN pg_namespace cn ON cn.oid = co.collnamespace
LEFT JOIN pg_description d ON d.classoid = 'pg_class'::regclass AND d.objoid = a.attrelid AND d.objsubid = a.attnum
WHERE a.attnum > 0
  AND NOT a.attisdropped
  AND c.relkind IN ('r', 'p', 'f')
  AND c.relpersistence <> 't'
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
ORDER BY a.attrelid, a.attnum
