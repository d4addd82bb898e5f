/*
 * NEEDS YOU: one pass a second over groups, queues, nodes and sources.  An
 * alarm keeps its time while its cause lasts, and goes with it.
 */
#include "backend/store/alarms.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static bool
same(const struct alarm *a, const struct raising *r, const char *text)
{
	return a->severity == r->severity && a->follows == r->follows &&
	       str_eq(a->text, text) &&
	       str_eq(a->why, r->why) && handle_eq(a->subject, r->subject) &&
	       (!r->since_ms || (a->since_ms && a->since_ms <= r->since_ms));
}

/* Whoever has only just begun to look does not know since when. */
static int64_t
first_seen_ms(const struct store *s, const struct raising *r)
{
	int64_t now = store_world_ms(s);

	return r->pinned || (s->lost_watched_from_ms &&
			     now - s->lost_watched_from_ms >= MINUTE_MS)
		       ? now
		       : 0;
}

/* It stands since it was first raised or since its cause began: that the oldest
 * of those that wait goes away makes it no younger. */
static int64_t
stands_since(const struct store *s, const struct raising *r,
	     const struct alarm *old)
{
	if (!r->since_ms)
		return old ? old->since_ms : first_seen_ms(s, r);
	return old && old->since_ms && old->since_ms < r->since_ms
		       ? old->since_ms
		       : r->since_ms;
}

static void
raise_text(struct store *s, const struct raising *r, const char *text)
{
	struct shelf *shelf = &s->shelf[KIND_ALARM];
	struct row *row = shelf_find(shelf, r->id);
	const struct alarm *old = row ? row_rec(s, row) : NULL;
	struct alarm *a;

	if (!old || !same(old, r, text)) {
		a = seal_begin(s->seal, sizeof(*a));
		seal_text(s->seal, &a->id, r->id);
		a->severity = (uint8_t)r->severity;
		a->since_ms = stands_since(s, r, old);
		a->subject = r->subject;
		a->follows = r->follows;
		seal_text(s->seal, &a->text, text);
		seal_text(s->seal, &a->why, str_or_empty(r->why));
		seal_text(s->seal, &a->fix_verb, str_or_empty(r->fix_verb));
		seal_text(s->seal, &a->fix_text, str_or_empty(r->fix_text));
		row = store_take(s, record_seal(s->seal, KIND_ALARM));
	}
	link_of(row, alarm_row, row)->epoch = s->alarm_epoch;
	link_of(row, alarm_row, row)->pinned = r->pinned;
}

const char *
alarm_host(const char *name, char out[static RECORD_KEY])
{
	size_t len = strcspn(name, ".");

	if (!strstr(name, ".compute.internal") &&
	    !strstr(name, ".ec2.internal"))
		len = strlen(name);
	snprintf(out, RECORD_KEY, "%.*s", (int)len, name);
	return out;
}

void
alarm_raise(struct store *s, const struct raising *r, const char *fmt, ...)
{
	char text[ALARM_TEXT];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	/* Others' words bring their own stop. */
	for (size_t n = strlen(text);
	     n > 0 && (text[n - 1] == '.' || text[n - 1] == ' ');)
		text[--n] = '\0';
	raise_text(s, r, text);
}

void
store_alarm(struct store *s, const struct store_alarm *a)
{
	raise_text(s,
		   &(struct raising){
			   .id = a->id,
			   .severity = (enum severity)a->severity,
			   .subject = a->subject,
			   .fix_verb = a->fix_verb,
			   .fix_text = a->fix_text,
			   .why = a->why,
			   .since_ms = a->since_ms,
			   .pinned = true,
		   },
		   a->text);
}

void
store_alarm_clear(struct store *s, const char *id)
{
	struct row *row = shelf_find(&s->shelf[KIND_ALARM], id);

	if (row && link_of(row, alarm_row, row)->pinned)
		store_drop(s, row);
}

/* ---- queues ---- */

static void
about_queue(struct store *s, struct row *row)
{
	const struct queue *q = row_rec(s, row);
	struct queue_row *r = link_of(row, queue_row, row);
	char id[RECORD_KEY + 16], says[ALARM_TEXT], whose[ALARM_TEXT];

	if (!queue_starves(r))
		return;
	if (queue_is_untagged(r))
		snprintf(whose, sizeof(whose), "no tag");
	else
		snprintf(whose, sizeof(whose), "tag \"%s\"", q->tags);
	queue_server_says(s, r, says, sizeof(says));
	snprintf(id, sizeof(id), "queue/%s", q->tags);
	alarm_raise(s,
		    &(struct raising){ .id = id,
				       .severity = SEVERITY_WARN,
				       .follows = queue_is_full(r),
				       .why = queue_remedy(r),
				       .since_ms = q->oldest_ms,
				       .subject = row_handle(row) },
		    "%s: %u %s, %s", whose, r->phase_n[PHASE_QUEUED],
		    r->phase_n[PHASE_QUEUED] == 1 ? "job waits" : "jobs wait",
		    says);
}

/* ---- sources ---- */

static const char *
source_remedy(enum source source, const struct source_status *is)
{
	if (is->trouble_code != ERR_AUTH && is->trouble_code != ERR_DENIED)
		return "What is shown of it is as old as the header says; "
		       "everything else goes on.";
	if (source == SOURCE_GITLAB)
		return "Give the token in GITLAB_TOKEN anew.  Waiting jobs and "
		       "runners are as old as the header says.";
	return "Log in again, in the shell this runs in (aws sso login; "
	       "granted: assume ROLE): a cluster's token is often made of the "
	       "same session and ends a little later.  Sizes, activities and "
	       "prices stand still meanwhile: a table with an old age is no "
	       "calm fleet.  The fleet itself goes on: the autoscaler has a "
	       "role of its own.";
}

static void
about_sources(struct store *s)
{
	for (enum source i = 0; i < SOURCE_COUNT; i++) {
		const struct source_status *is = &s->source[i];
		char id[64];

		if (!source_is_silent(s, i))
			continue;
		snprintf(id, sizeof(id), "source/%s", source_name(i));
		alarm_raise(s,
			    &(struct raising){
				    .id = id,
				    .since_ms = source_seen_ms(s, i),
				    .why = source_remedy(i, is),
				    .severity = i == SOURCE_KUBERNETES
							? SEVERITY_CRIT
							: SEVERITY_WARN },
			    "%s: %s", source_name(i), is->trouble);
	}
}

void
alarms_settle(struct store *s)
{
	struct shelf *shelf = &s->shelf[KIND_ALARM];

	s->alarm_epoch++;
	alarms_of_waiting(s);
	alarms_of_groups(s);
	list_each (row, q, &s->shelf[KIND_QUEUE].arrived, queue)
		about_queue(s, q);
	alarms_of_runners(s);
	alarms_of_machines(s);
	about_sources(s);
	list_each (row, row, &shelf->arrived, queue) {
		const struct alarm_row *a = link_of(row, alarm_row, row);

		if (!a->pinned && a->epoch != s->alarm_epoch)
			store_drop(s, row);
	}
}

const struct row_ops alarm_ops = { .bytes = sizeof(struct alarm_row) };
