/*
 * The queue: waiting jobs by tag set, oldest first, and what blocks most of
 * them.  A job enters and leaves as its phase changes; a queue's row goes with
 * its last job.
 */
#include "backend/store/private.h"

#include <stdio.h>
#include <stdlib.h>

enum { TAGS_TEXT = 200, BLOCKED_TEXT = 300, LOOK_AHEAD = 64 };

/* Can anyone take the jobs of these tags? */
enum served { SERVED_UNKNOWN, SERVED_NOBODY, SERVED_PAUSED, SERVED_OFFLINE,
	      SERVED_FULL, SERVED_YES };

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
		snprintf(out, TAGS_TEXT, "(none)");
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

static bool
takes(const struct runner *u, const struct job *j)
{
	if (!j->tag_n)
		return u->run_untagged;
	for (uint32_t i = 0; i < j->tag_n; i++) {
		uint32_t k = 0;

		while (k < u->tag_n && strcmp(u->tags[k], j->tags[i]) != 0)
			k++;
		if (k == u->tag_n)
			return false;
	}
	return true;
}

/* Jobs a runner holds at most; 0 or less: nobody knows. */
static int32_t
most_of(const struct runner_row *r)
{
	return r->limit > 0 ? r->limit : r->concurrent;
}

/* A full runner has a place free for the moment between the end of one job and
 * its next question to GitLab: full is what is full but for these. */
static enum served
serves(const struct runner *u, const struct runner_row *r)
{
	int32_t most = most_of(r), between = 1 + most / 20;

	if (u->paused)
		return SERVED_PAUSED;
	if (!str_eq(u->status, "online"))
		return SERVED_OFFLINE;
	if (most > 0 && r->running + r->waiting > most - between)
		return SERVED_FULL;
	return SERVED_YES;
}

/* The best that any runner of these tags can offer. */
static void
look_for_server(struct store *s, struct queue_row *q, const struct job *j)
{
	struct shelf *runners = &s->shelf[KIND_RUNNER];
	bool untold = false;

	q->runner_epoch = s->runner_epoch;
	q->second_boot_ms = s->second_boot_ms;
	q->served = SERVED_NOBODY;
	q->server = (struct handle){ 0 };
	list_each (row, row, &runners->arrived, queue) {
		const struct runner *u = row_rec(s, row);
		enum served now;

		untold |= !u->tags_known;
		if (!u->tags_known || !takes(u, j))
			continue;
		now = serves(u, link_of(row, runner_row, row));
		if (now > q->served) {
			q->served = (uint8_t)now;
			q->server = row_handle(row);
		}
	}
	if (!runners->loaded || (q->served == SERVED_NOBODY && untold))
		q->served = SERVED_UNKNOWN;
}

/* Its jobs say what keeps them when that becomes something else. */
static void
find_server(struct store *s, struct queue_row *q, const struct job *j)
{
	struct handle server = q->server;
	uint8_t served = q->served;

	look_for_server(s, q, j);
	if (q->served == served && handle_eq(q->server, server))
		return;
	list_each (job_row, r, &q->waiting, in_queue)
		if (r->phase == PHASE_QUEUED)
			row_dirty(s, &r->row);
}

static const struct job_row *
first_in(const struct queue_row *q, enum phase phase)
{
	int looked = 0;

	list_each (job_row, r, (struct link *)(uintptr_t)&q->waiting,
		   in_queue) {
		if (r->phase == phase)
			return r;
		if (++looked == LOOK_AHEAD)
			return NULL;
	}
	return NULL;
}

static struct row *
server_row(const struct store *s, const struct queue_row *q)
{
	const struct shelf *runners = &s->shelf[KIND_RUNNER];
	struct row *r;

	if (handle_is_none(q->server) || q->server.slot > runners->rows.n)
		return NULL;
	r = runners->rows.at[q->server.slot - 1];
	return r && r->gen == q->server.gen ? r : NULL;
}

/* What runners say of the jobs that GitLab has not handed to any. */
void
queue_server_says(const struct store *s, const struct queue_row *q, char *out,
		  size_t room)
{
	struct row *row = server_row(s, q);
	const struct runner *u = row ? row_rec(s, row) : NULL;
	const char *name = u ? str_or_empty(u->description) : "?";
	const struct runner_row *r;

	switch ((enum served)q->served) {
	case SERVED_NOBODY:
		snprintf(out, room, "no runner carries it");
		break;
	case SERVED_PAUSED:
		snprintf(out, room, "runner paused: %s", name);
		break;
	case SERVED_OFFLINE:
		snprintf(out, room, "no online runner: %s is %s", name,
			 u ? u->status : "?");
		break;
	case SERVED_FULL:
		r = link_of(row, runner_row, row);
		snprintf(out, room, "runner limit %d/%d: %s",
			 r->running + r->waiting, most_of(r), name);
		break;
	case SERVED_YES:
		snprintf(out, room, "not taken yet by %s", name);
		break;
	case SERVED_UNKNOWN:
		snprintf(out, room, "not taken by a runner");
		break;
	}
}

bool
queue_is_full(const struct queue_row *q)
{
	return q->served == SERVED_FULL;
}

const char *
queue_remedy(const struct queue_row *q)
{
	switch ((enum served)q->served) {
	case SERVED_NOBODY:
		return "Register a runner with all these tags, add the missing "
		       "one to a runner, or correct the jobs' tags.";
	case SERVED_PAUSED:
		return "Resume the runner in GitLab, or give its tags to "
		       "another.";
	case SERVED_OFFLINE:
		return "Look at the runner's manager pod and its log; GitLab "
		       "has not heard of it for two hours.";
	case SERVED_FULL:
		return "The runner has as many jobs as it may.  Where its jobs "
		       "wait for nodes, that is what to mend.  Else raise "
		       "concurrent (and limit) of its configuration, in Git "
		       "where Helm or Flux keep it.";
	default:
		return "";
	}
}

/* Counts would make every job of the queue news all the time. */
void
queue_server_means(const struct store *s, const struct queue_row *q, char *out,
		   size_t room)
{
	struct row *row = server_row(s, q);
	const struct runner *u = row ? row_rec(s, row) : NULL;
	const char *name = u ? str_or_empty(u->description) : "?";

	switch ((enum served)q->served) {
	case SERVED_NOBODY:
		snprintf(out, room, "no runner carries its tags");
		break;
	case SERVED_PAUSED:
		snprintf(out, room, "runner paused: %s", name);
		break;
	case SERVED_OFFLINE:
		snprintf(out, room, "runner offline: %s", name);
		break;
	case SERVED_FULL:
		snprintf(out, room, "runner at its limit: %s", name);
		break;
	case SERVED_YES:
	case SERVED_UNKNOWN:
		snprintf(out, room, "no runner has taken it yet");
		break;
	}
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
	r = first_in(q, most);
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

bool
queue_starves(const struct queue_row *q)
{
	if (!q->phase_n[PHASE_QUEUED])
		return false;
	return q->served == SERVED_NOBODY || q->served == SERVED_PAUSED ||
	       q->served == SERVED_OFFLINE || q->served == SERVED_FULL;
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
	untaken = q->phase_n[PHASE_QUEUED] ? first_in(q, PHASE_QUEUED) : NULL;
	if (untaken && (q->runner_epoch != s->runner_epoch ||
			q->second_boot_ms != s->second_boot_ms))
		find_server(s, q, row_rec(s, &untaken->row));
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
