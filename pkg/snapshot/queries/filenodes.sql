-- The file that each table ($1) lies in now; every rewrite gives it another.
SELECT c.oid, coalesce(pg_relation_filenode(c.oid), 0)::oid
FROM pg_class c
WHERE c.oid = ANY ($1::text::oid[])
