/*
 * The queue: waiting jobs by tag set, oldest first, and what blocks most of
 * them.  A job enters and leaves as its phase changes; a queue's row goes with
 * its last job.
 */
#include "backend/store/private.h"

#include <stdio.h>
#include <stdlib.h>

enum { TAGS_TEXT = 200, BLOCKED_TEXT = 300, LOOK_AHEAD = 64 };

static const char other_tags[] = "(other)";

static struct queue_row *
queue_row_of(struct row *r)
{
	return link_of(r, queue_row, row);
}

/* ---- which queue ---- */

static void
join_tags(const char *const *tags, uint32_t n, char out[static TAGS_TEXT])
{
	size_t len = 0;

	out[0] = '\0';
	for (uint32_t i = 0; i < n && len < TAGS_TEXT - 1; i++)
		len += (size_t)snprintf(out + len, TAGS_TEXT - len, "%s%s",
					i ? "," : "", tags[i]);
}

/* A job known by its pod alone does not say its tags: its runner's stand for
 * them, else the runner's name. */
static void
tags_of(const struct store *s, const struct job_row *r,
	const struct runner_row *runner, char out[static TAGS_TEXT])
{
	const struct job *j = row_rec(s, &r->row);
	const struct runner *u = runner ? row_rec(s, &runner->row) : NULL;
	const struct pod_row *p = work_pod(r->work);
	const char *name;

	if (j->tag_n) {
		join_tags(j->tags, j->tag_n, out);
	} else if (!j->from_pod) {
		snprintf(out, TAGS_TEXT, QUEUE_UNTAGGED);
	} else if (u && u->tags_known && u->tag_n) {
		join_tags(u->tags, u->tag_n, out);
	} else {
		name = p ? labels_get(&((const struct pod *)row_rec(
						s, &p->row))->meta.labels,
				      "manager.runner.gitlab.com/name")
			 : NULL;
		snprintf(out, TAGS_TEXT, "(runner %s)",
			 name && *name ? name : "unknown");
	}
}

static struct queue_row *
queue_named(struct store *s, const char *tags)
{
	struct shelf *shelf = &s->shelf[KIND_QUEUE];
	struct queue *q;
	struct row *r = shelf_find(shelf, tags);

	if (r)
		return queue_row_of(r);
	if (shelf->live >= QUEUE_CEILING && strcmp(tags, other_tags) != 0)
		return queue_named(s, other_tags);
	q = seal_begin(s->seal, sizeof(*q));
	seal_text(s->seal, &q->tags, tags);
	seal_text(s->seal, &q->blocked_by, "");
	r = shelf_add(shelf, record_seal(s->seal, KIND_QUEUE), tags,
		      sizeof(struct queue_row) + strlen(tags) + 1);
	memcpy(queue_row_of(r)->tags, tags, strlen(tags) + 1);
	list_init(&queue_row_of(r)->waiting);
	row_dirty(s, r);
	return queue_row_of(r);
}

/* ---- entering and leaving ---- */

static void
count(struct store *s, struct job_row *r, int sign)
{
	struct queue_row *q = r->queue;
	uint32_t one = (uint32_t)sign;

	if (r->counted == COUNTED_WAITING) {
		s->waiting_jobs += sign;
		q->waiting_n += one;
		q->phase_n[r->counted_phase] += one;
		if (r->runner)
			r->runner->waiting += sign;
	} else if (r->counted == COUNTED_RUNNING) {
		s->running_jobs += sign;
		q->running_n += one;
		if (r->runner)
			r->runner->running += sign;
	}
	row_dirty(s, &q->row);
	if (r->runner)
		row_dirty(s, &r->runner->row);
}

void
queue_leave(struct store *s, struct job_row *r)
{
	if (r->counted != COUNTED_NOT)
		count(s, r, -1);
	r->counted = COUNTED_NOT;
	link_off(&r->in_queue);
	link_off(&r->in_runner);
	r->runner = NULL;
	r->queue = NULL;
}

/* Jobs arrive about in the order of their age: the search from the end is
 * short. */
static void
stand_in_line(struct queue_row *q, struct job_row *r)
{
	struct link *at = &q->waiting;

	while (at->prev != &q->waiting &&
	       link_of(at->prev, job_row, in_queue)->queued_ms > r->queued_ms)
		at = at->prev;
	link_before(at, &r->in_queue);
}

static struct runner_row *
runner_of(const struct store *s, const struct job_row *r)
{
	const struct job *j = row_rec(s, &r->row);
	const struct pod_row *p = work_pod(r->work);
	struct runner_row *u = NULL;

	if (j->runner_id)
		u = runner_by_id(s, j->runner_id);
	if (!u && p && p->crew)
		u = p->crew->runner;
	return u;
}

/* The same place in the same line: only the phase may have moved on. */
static bool
stays(struct store *s, struct job_row *r, enum counted as,
      const struct runner_row *runner, const struct queue_row *q,
      int64_t queued_ms)
{
	if (r->counted != as || r->runner != runner || r->queue != q ||
	    r->queued_ms != queued_ms)
		return false;
	if (r->counted_phase != r->phase) {
		count(s, r, -1);
		r->counted_phase = r->phase;
		count(s, r, 1);
	}
	return true;
}

void
queue_enter(struct store *s, struct job_row *r)
{
	const struct job *j = row_rec(s, &r->row);
	int64_t queued_ms = j->queued_ms ? j->queued_ms : j->created_ms;
	enum counted as = COUNTED_NOT;
	struct runner_row *runner;
	struct queue_row *q;
	char tags[TAGS_TEXT];

	if (!r->row.ended && r->phase >= PHASE_QUEUED &&
	    r->phase <= PHASE_RUNNING)
		as = r->phase == PHASE_RUNNING ? COUNTED_RUNNING
					       : COUNTED_WAITING;
	if (as == COUNTED_NOT) {
		queue_leave(s, r);
		return;
	}
	runner = runner_of(s, r);
	tags_of(s, r, runner, tags);
	q = queue_named(s, tags);
	if (stays(s, r, as, runner, q, queued_ms))
		return;
	queue_leave(s, r);
	r->runner = runner;
	r->queue = q;
	r->counted = (uint8_t)as;
	r->counted_phase = r->phase;
	r->queued_ms = queued_ms;
	if (as == COUNTED_WAITING)
		stand_in_line(q, r);
	if (runner)
		list_push(&runner->jobs, &r->in_runner);
	count(s, r, 1);
}

/* The runner row is about to be freed. */
void
job_unlink_runner(struct store *s, struct job_row *r)
{
	if (r->counted != COUNTED_NOT)
		count(s, r, -1);
	link_off(&r->in_runner);
	r->runner = NULL;
	if (r->counted != COUNTED_NOT)
		count(s, r, 1);
	row_dirty(s, &r->row);
}

/* ---- what blocks ---- */

/* A job of that phase near the front of the line, else near its end: those that
 * no runner has taken stand behind the others. */
static const struct job_row *
one_in(const struct queue_row *q, enum phase phase)
{
	const struct link *ahead = q->waiting.next, *back = q->waiting.prev;

	for (int i = 0; i < LOOK_AHEAD && ahead != &q->waiting;
	     i++, ahead = ahead->next)
		if (link_of(ahead, job_row, in_queue)->phase == phase)
			return link_of(ahead, job_row, in_queue);
	for (int i = 0; i < LOOK_AHEAD && back != &q->waiting;
	     i++, back = back->prev)
		if (link_of(back, job_row, in_queue)->phase == phase)
			return link_of(back, job_row, in_queue);
	return NULL;
}


static void
blocked(struct store *s, struct queue_row *q, struct handle *subject,
	char *out, size_t room)
{
	enum phase most = PHASE_QUEUED;
	const struct job_row *r;
	const struct job_sum *sum;
	const char *why;

	for (int p = PHASE_QUEUED; p < PHASE_RUNNING; p++)
		if (q->phase_n[p] > q->phase_n[most])
			most = (enum phase)p;
	r = one_in(q, most);
	if (!r) {
		snprintf(out, room, "%s", phase_name(most));
		return;
	}
	*subject = row_handle(&r->row);
	if (most == PHASE_QUEUED) {
		if (!handle_is_none(q->server))
			*subject = q->server;
		queue_server_says(s, q, out, room);
		return;
	}
	sum = row_sum(s, &r->row);
	why = sum ? str_or_empty(sum->why) : "";
	/* The reasons of these phases name the phase themselves. */
	if (most == PHASE_UNSCHEDULED ||
	    (*why && (most == PHASE_PULLING || most == PHASE_NO_ADDRESS)))
		snprintf(out, room, "%s", why);
	else
		snprintf(out, room, "%s%s%s", phase_name(most),
			 *why ? ": " : "", why);
}

static void
settle_queue(struct store *s, struct row *row)
{
	struct queue_row *q = queue_row_of(row);
	struct queue *rec;
	const struct job_row *untaken;
	struct handle subject = { 0 };
	char text[BLOCKED_TEXT] = "";

	if (!q->waiting_n && !q->running_n) {
		store_drop(s, row);
		return;
	}
	/* Runners fill up and empty all the time: once a second will do. */
	untaken = q->phase_n[PHASE_QUEUED] ? one_in(q, PHASE_QUEUED) : NULL;
	if (untaken && (q->runner_epoch != s->runner_epoch ||
			q->second_boot_ms != s->second_boot_ms))
		queue_find_server(s, q, row_rec(s, &untaken->row));
	if (q->waiting_n)
		blocked(s, q, &subject, text, sizeof(text));
	rec = seal_begin(s->seal, sizeof(*rec));
	seal_text(s->seal, &rec->tags, q->tags);
	seal_text(s->seal, &rec->blocked_by, text);
	rec->waiting = (int32_t)q->waiting_n;
	rec->running = (int32_t)q->running_n;
	rec->subject = subject;
	if (!list_is_empty(&q->waiting))
		rec->oldest_ms = link_of(q->waiting.next, job_row, in_queue)
					 ->queued_ms;
	shelf_set_rec(&s->shelf[KIND_QUEUE], row,
		      record_seal(s->seal, KIND_QUEUE));
}

static void
forget_queue(struct store *s, struct row *row)
{
	(void)s;
	BUG_IF(!list_is_empty(&queue_row_of(row)->waiting));
}

const struct row_ops queue_ops = {
	.bytes = sizeof(struct queue_row),
	.forget = forget_queue,
	.settle = settle_queue,
};
