-- What a table is partitioned by. Columns that an expression uses hang on the table
-- itself by an internal dependency, which keeps them from being dropped.
SELECT p.partrelid,
       p.partstrat::text,
       string_to_array(p.partattrs::text, ' ')::int2[] AS columns,
       ARRAY(SELECT DISTINCT a.attname::text
             FROM pg_depend d
             JOIN pg_attribute a ON a.attrelid = d.objid AND a.attnum = d.objsubid
             WHERE p.partexprs IS NOT NULL
               AND d.classid = 'pg_class'::regclass AND d.objid = p.partrelid AND d.objsubid > 0
               AND d.refclassid = 'pg_class'::regclass AND d.refobjid = p.partrelid AND d.refobjsubid = 0
               AND d.deptype = 'i'
             ORDER BY 1) AS uses,
       ARRAY(SELECT co.collname::text
             FROM unnest(p.partcollation) WITH ORDINALITY AS k (oid, ord)
             JOIN pg_collation co ON co.oid = k.oid
             ORDER BY k.ord) AS collations
FROM pg_partitioned_table p
