-- Takes the transaction's snapshot, being its first query, and exports it.
SELECT pg_export_snapshot(),
       transaction_timestamp()::text,
       (CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END)::text,
       current_setting('transaction_read_only') = 'on' AND current_setting('transaction_isolation') = 'repeatable read',
       pg_backend_pid(),
       pg_is_in_recovery()
