package plan

import (
	"strings"

	"github.com/understudy-db/understudy/pkg/catalog"
)

// queueTables are the tables of well-known job queues, schedulers and outboxes. A name
// that ends in '*' is a beginning.
var queueTables = map[string]string{
	"river_job": "jobs", "que_jobs": "jobs", "good_jobs": "jobs", "delayed_jobs": "jobs", "oban_jobs": "jobs", "procrastinate_jobs": "jobs", "apscheduler_jobs": "jobs",
	"solid_queue_*": "jobs", "pgboss.job": "jobs", "graphile_worker.*": "jobs", "hangfire.job": "jobs", "hangfire.jobqueue": "jobs", "job_queue": "jobs", "background_jobs": "jobs",
	"qrtz_*": "timers", "scheduled_tasks": "timers", "django_celery_beat_*": "timers", "celery_taskmeta": "jobs", "messenger_messages": "messages", "pgmq.q_*": "messages",
	"outbox": "messages to be sent", "outbox_*": "messages to be sent", "*_outbox": "messages to be sent", "email_queue": "messages to be sent", "mail_queue": "messages to be sent",
	"sms_queue": "messages to be sent", "notification_queue": "messages to be sent", "webhook_deliveries": "calls to be made", "webhook_queue": "calls to be made", "event_queue": "messages to be sent",
}

// queue says what the rows of a table wait for, or "".
func queue(t *catalog.Table) string {
	full, name := strings.ToLower(t.Name.String()), strings.ToLower(t.Name.Name)
	for pattern, what := range queueTables {
		s := name
		if strings.Contains(pattern, ".") {
			s = full
		}
		switch {
		case strings.HasSuffix(pattern, "*") && strings.HasPrefix(s, pattern[:len(pattern)-1]),
			strings.HasPrefix(pattern, "*") && strings.HasSuffix(s, pattern[1:]), s == pattern:
			return what
		}
	}
	// Laravel and its likes call theirs jobs.
	if name == "jobs" && t.Column("payload") != nil && (t.Column("attempts") != nil || t.Column("run_at") != nil || t.Column("available_at") != nil) {
		return "jobs"
	}
	return ""
}
