-- The statements that remove everything that post-data makes, in an order in which nothing
-- depends on what is gone: foreign keys, then keys, then plain indexes, then the rest. What
-- a partition has of its root goes with the root's; what belongs to an extension stays.
WITH tables AS (
    SELECT c.oid, c.oid::regclass::text AS name
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'm', 'v', 'f')
      AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'understudy_run')
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
)
SELECT statement FROM (
    SELECT 1 AS step, format('ALTER TABLE %s DROP CONSTRAINT %I', t.name, k.conname) AS statement
    FROM pg_constraint k JOIN tables t ON t.oid = k.conrelid
    WHERE k.contype = 'f' AND k.conparentid = 0
    UNION ALL
    SELECT 2, format('ALTER TABLE %s DROP CONSTRAINT %I', t.name, k.conname)
    FROM pg_constraint k JOIN tables t ON t.oid = k.conrelid
    WHERE k.contype IN ('p', 'u', 'x') AND k.conparentid = 0
    UNION ALL
    SELECT 3, format('DROP INDEX %s', i.indexrelid::regclass)
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
    SELECT 5, format('DROP TRIGGER %I ON %s', g.tgname, t.name)
    FROM pg_trigger g JOIN tables t ON t.oid = g.tgrelid
    WHERE NOT g.tgisinternal
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_trigger'::regclass AND d.objid = g.oid AND d.refclassid = 'pg_trigger'::regclass)
    UNION ALL
    SELECT 5, format('DROP RULE %I ON %s', r.rulename, t.name)
    FROM pg_rewrite r JOIN tables t ON t.oid = r.ev_class
    WHERE r.rulename <> '_RETURN'
    UNION ALL
    SELECT 5, format('DROP POLICY %I ON %s', p.polname, t.name)
    FROM pg_policy p JOIN tables t ON t.oid = p.polrelid
    UNION ALL
    SELECT 5, format('DROP STATISTICS %I.%I', n.nspname, s.stxname)
    FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace JOIN tables t ON t.oid = s.stxrelid
) all_of_it
ORDER BY step, statement
