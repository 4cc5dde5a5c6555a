-- Ends the sessions of this database and role whose name begins so ($1), and says who they were.
SELECT pid, application_name
FROM pg_stat_activity
WHERE starts_with(application_name, $1::text) AND datname = current_database() AND usename = current_user
  AND pid <> pg_backend_pid() AND pg_terminate_backend(pid)
ORDER BY pid
