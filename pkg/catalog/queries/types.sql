-- The types that columns use, and all that those are made of: elements, base types,
-- fields, subtypes of ranges, ranges of multiranges (from 14; hence the JSON form).
-- A true array is what its element names as its array type: int2vector is none, since
-- its text form has no braces.
WITH RECURSIVE used (oid) AS (
    SELECT DISTINCT a.atttypid
    FROM pg_attribute a
    JOIN pg_class c ON c.oid = a.attrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE a.attnum > 0
      AND NOT a.attisdropped
      AND c.relkind IN ('r', 'p', 'f')
      AND c.relpersistence <> 't'
      AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    UNION
    SELECT part.oid
    FROM used
    JOIN pg_type t ON t.oid = used.oid
    CROSS JOIN LATERAL (
        SELECT t.typelem WHERE t.typelem <> 0
        UNION ALL
        SELECT t.typbasetype WHERE t.typbasetype <> 0
        UNION ALL
        SELECT r.rngsubtype FROM pg_range r WHERE r.rngtypid = t.oid
        UNION ALL
        SELECT r.rngtypid FROM pg_range r WHERE (to_jsonb(r) ->> 'rngmultitypid')::oid = t.oid
        UNION ALL
        SELECT a.atttypid FROM pg_attribute a
        WHERE t.typtype = 'c' AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
    ) AS part (oid)
)
SELECT t.oid,
       n.nspname::text,
       t.typname::text,
       CASE WHEN el.typarray = t.oid THEN 'a' ELSE t.typtype::text END AS kind,
       (CASE WHEN el.typarray = t.oid THEN t.typelem
             WHEN t.typtype = 'd' THEN t.typbasetype
             WHEN t.typtype = 'r' THEN (SELECT r.rngsubtype FROM pg_range r WHERE r.rngtypid = t.oid)
             WHEN t.typtype = 'm' THEN (SELECT r.rngtypid FROM pg_range r WHERE (to_jsonb(r) ->> 'rngmultitypid')::oid = t.oid)
             ELSE 0
        END)::oid AS elem,
       t.typtypmod,
       f.names,
       f.types,
       f.typmods,
       ARRAY(SELECT e.enumlabel::text FROM pg_enum e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder) AS labels,
       t.typsend <> 0 AND t.typreceive <> 0 AS binary,
       t.typdelim::text,
       t.typcategory::text,
       coalesce(x.extname::text, ''),
       ARRAY(SELECT pg_get_constraintdef(k.oid) FROM pg_constraint k
             WHERE k.contypid = t.oid AND k.contype = 'c' ORDER BY k.conname) AS checks,
       coalesce(t.typdefault, '')
FROM used
JOIN pg_type t ON t.oid = used.oid
JOIN pg_namespace n ON n.oid = t.typnamespace
LEFT JOIN pg_type el ON el.oid = t.typelem
LEFT JOIN pg_depend e ON e.classid = 'pg_type'::regclass AND e.deptype = 'e'
     AND e.objid = CASE WHEN el.typarray = t.oid THEN el.oid ELSE t.oid END
LEFT JOIN pg_extension x ON x.oid = e.refobjid
LEFT JOIN LATERAL (
    SELECT array_agg(a.attname::text ORDER BY a.attnum) AS names,
           array_agg(a.atttypid ORDER BY a.attnum) AS types,
           array_agg(a.atttypmod ORDER BY a.attnum) AS typmods
    FROM pg_attribute a
    WHERE t.typtype = 'c' AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
) f ON true
