/*
 * Who could take the jobs of a queue, and what runners say of those that GitLab
 * has not handed to any.
 */
#include "backend/store/private.h"

#include <stdio.h>

/* Can anyone take the jobs of these tags? */
enum served { SERVED_UNKNOWN, SERVED_NOBODY, SERVED_PAUSED, SERVED_OFFLINE,
	      SERVED_FULL, SERVED_YES };

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

/* A tag of the job that no runner carries, "" when each has one; all runners'
 * tags are known. */
static void
find_lacking(const struct store *s, struct queue_row *q, const struct job *j)
{
	q->lacks[0] = '\0';
	for (uint32_t i = 0; i < j->tag_n; i++) {
		bool carried = false;

		list_each (row, row,
			   (struct link *)(uintptr_t)&s->shelf[KIND_RUNNER]
				   .arrived,
			   queue) {
			const struct runner *u = row_rec(s, row);

			for (uint32_t k = 0; k < u->tag_n && !carried; k++)
				carried = strcmp(u->tags[k], j->tags[i]) == 0;
		}
		if (!carried) {
			snprintf(q->lacks, sizeof(q->lacks), "%s", j->tags[i]);
			return;
		}
	}
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
	if (q->served == SERVED_NOBODY)
		find_lacking(s, q, j);
}

/* Its jobs say what keeps them when that becomes something else. */
void
queue_find_server(struct store *s, struct queue_row *q, const struct job *j)
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

bool
queue_is_untagged(const struct queue_row *q)
{
	return strcmp(q->tags, QUEUE_UNTAGGED) == 0;
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
		if (queue_is_untagged(q))
			snprintf(out, room, "no runner takes untagged jobs");
		else if (!strchr(q->tags, ','))
			snprintf(out, room, "no runner carries it");
		else if (*q->lacks)
			snprintf(out, room, "no runner carries %s", q->lacks);
		else
			snprintf(out, room, "no runner carries all of them");
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

bool
queue_starves(const struct queue_row *q)
{
	if (!q->phase_n[PHASE_QUEUED])
		return false;
	return q->served == SERVED_NOBODY || q->served == SERVED_PAUSED ||
	       q->served == SERVED_OFFLINE || q->served == SERVED_FULL;
}

