-- The statements that remove everything that post-data makes, in an order in which nothing
-- depends on what is gone: what may use a key, foreign keys, keys, plain indexes, the rest.
-- A view that groups by a primary key was made without a query in pre-data, and is brought
-- back to that; a materialised view or a function that does was made in post-data. What a
-- partition has of its root goes with the root's; what belongs to an extension stays.
WITH tables AS (
    SELECT c.oid, c.oid::regclass::text AS name
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'm', 'v', 'f')
      AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'understudy_run')
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
)
, keyed AS (
    SELECT DISTINCT r.ev_class AS oid
    FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid
    WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_constraint'::regclass AND r.rulename = '_RETURN'
)
SELECT statement FROM (
    SELECT 0 AS step, format('CREATE OR REPLACE VIEW %s AS SELECT %s', t.name, (
        SELECT string_agg(format('NULL::%s%s AS %I', format_type(a.atttypid, a.atttypmod),
                                 CASE WHEN a.attcollation <> y.typcollation THEN ' COLLATE ' || a.attcollation::regcollation END, a.attname), ', ' ORDER BY a.attnum)
        FROM pg_attribute a JOIN pg_type y ON y.oid = a.atttypid
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)) AS statement
    FROM keyed k JOIN pg_class c ON c.oid = k.oid AND c.relkind = 'v' JOIN tables t ON t.oid = c.oid
    UNION ALL
    SELECT 0, format('DROP MATERIALIZED VIEW %s', t.name)
    FROM keyed k JOIN pg_class c ON c.oid = k.oid AND c.relkind = 'm' JOIN tables t ON t.oid = c.oid
    UNION ALL
    SELECT DISTINCT 0, format('DROP ROUTINE %s', d.objid::regprocedure)
    FROM pg_depend d
    WHERE d.classid = 'pg_proc'::regclass AND d.refclassid = 'pg_constraint'::regclass
    UNION ALL
    SELECT 1, format('ALTER TABLE %s DROP CONSTRAINT %I', t.name, k.conname)
    FROM pg_constraint k JOIN tables t ON t.oid = k.conrelid
    WHERE k.contype = 'f' AND k.conparentid = 0
    UNION ALL
    SELECT 2, format('ALTER TABLE %s DROP CONSTRAINT %I', t.name, k.conname)
    FROM pg_constraint k JOIN tables t ON t.oid = k.conrelid
    WHERE k.contype IN ('p', 'u', 'x') AND k.conparentid = 0
    UNION ALL
    SELECT 3, format('DROP INDEX IF EXISTS %s', i.indexrelid::regclass) -- a materialised view may have gone with its own
    FROM pg_index i JOIN tables t ON t.oid = i.indrelid
    WHERE NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
      AND NOT EXISTS (SELECT FROM pg_inherits h WHERE h.inhrelid = i.indexrelid)
    UNION ALL
    SELECT 4, format('ALTER TABLE %s DROP CONSTRAINT %I', t.name, k.conname)
    FROM pg_constraint k JOIN tables t ON t.oid = k.conrelid
    WHERE k.contype = 'c' AND NOT k.convalidated AND k.conislocal
    UNION ALL
    SELECT 4, format('ALTER DOMAIN %s DROP CONSTRAINT %I', k.contypid::regtype, k.conname)
    FROM pg_constraint k
    WHERE k.contype = 'c' AND NOT k.convalidated AND k.contypid <> 0
    UNION ALL
    -- a trigger that a partition has of its root depends on the root's
    SELECT 0, format('DROP TRIGGER %I ON %s', g.tgname, t.name)
    FROM pg_trigger g JOIN tables t ON t.oid = g.tgrelid
    WHERE NOT g.tgisinternal
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_trigger'::regclass AND d.objid = g.oid AND d.refclassid = 'pg_trigger'::regclass)
    UNION ALL
    SELECT 0, format('DROP RULE %I ON %s', r.rulename, t.name)
    FROM pg_rewrite r JOIN tables t ON t.oid = r.ev_class
    WHERE r.rulename <> '_RETURN'
    UNION ALL
    SELECT 0, format('DROP POLICY %I ON %s', p.polname, t.name)
    FROM pg_policy p JOIN tables t ON t.oid = p.polrelid
    UNION ALL
    SELECT 5, format('DROP STATISTICS %I.%I', n.nspname, s.stxname)
    FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace JOIN tables t ON t.oid = s.stxrelid
) all_of_it
ORDER BY step, statement
