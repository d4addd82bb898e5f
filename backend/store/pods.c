/*
 * Pods: their place on a node, in a job and in a runner's crew, and their sum.
 */
#include "backend/store/private.h"

#include <stdio.h>
#include <stdlib.h>

enum { WHY_TEXT = 400, WARNING_TEXT = 300 };

/* Set by aws-node-termination-handler on a spot node about to be reclaimed. */
#define TAINT_SPOT_ITN "aws-node-termination-handler/spot-itn"

static struct pod_row *
pod_row_of(struct row *r)
{
	return link_of(r, pod_row, row);
}

static void
leave_host(struct store *s, struct pod_row *r)
{
	struct host *h = r->host;

	if (!h)
		return;
	link_off(&r->in_host);
	r->host = NULL;
	if (h->node)
		row_dirty(s, &h->node->row);
	host_release(s, h);
}

static void
join_host(struct store *s, struct pod_row *r, const struct pod *p)
{
	const char *name = str_or_empty(p->node_name);

	if (r->host && strcmp(r->host->name, name) != 0)
		leave_host(s, r);
	if (!*name)
		return;
	if (!r->host) {
		r->host = host_of(s, name);
		list_push(&r->host->pods, &r->in_host);
	}
	if (r->host->node) {
		r->node = row_handle(&r->host->node->row);
		row_dirty(s, &r->host->node->row);
	}
}

static void
join_work(struct store *s, struct pod_row *r, const struct pod *p)
{
	/* The id stands in an annotation that may be overwritten by the job:
	 * it joins rows, nothing is ever cancelled on its word alone. */
	if (!p->is_job || p->job_id <= 0)
		return;
	if (!r->work) {
		r->work = work_of(s, p->job_id);
		list_push(&r->work->pods, &r->in_work);
	}
	job_from_pod(s, r);
	if (r->work->job)
		row_dirty(s, &r->work->job->row);
}

static void
join_crew(struct store *s, struct pod_row *r, const struct pod *p)
{
	const char *token = labels_get(&p->meta.labels,
				       "manager.runner.gitlab.com/id-short");

	if (!p->is_job || !token || !*token || r->crew)
		return;
	r->crew = crew_of(s, token);
	list_push(&r->crew->pods, &r->in_crew);
}

/* The shape of the pods that jobs have lately, for free slots: a slow average
 * so that one huge job does not swing it. */
static void
learn_shape(struct store *s, const struct pod *p)
{
	int64_t cpu = p->requests.cpu_mcpu, memory = p->requests.memory_bytes;

	if (!s->shape_cpu_mcpu && !s->shape_memory_bytes) {
		s->shape_cpu_mcpu = cpu;
		s->shape_memory_bytes = memory;
		return;
	}
	s->shape_cpu_mcpu += (cpu - s->shape_cpu_mcpu) / 16;
	s->shape_memory_bytes += (memory - s->shape_memory_bytes) / 16;
}

static void
put_pod(struct store *s, struct row *row, bool first)
{
	struct pod_row *r = pod_row_of(row);
	const struct pod *p = row_rec(s, row);

	join_host(s, r, p);
	join_crew(s, r, p);
	join_work(s, r, p);
	if (p->is_manager && !link_is_on(&r->in_managers)) {
		list_push(&s->managers, &r->in_managers);
		runners_changed(s);
	}
	if (first && p->is_job && !p->is_pause)
		learn_shape(s, p);
	if (p->disruption_target && r->host && r->host->node) {
		const struct node *n = row_rec(s, &r->host->node->row);

		if (node_taint(n, TAINT_SPOT_ITN))
			r->spot_taken = true;
	}
}

static void
note_phase(struct store *s, struct pod_row *r, const struct pod *p,
	   enum phase phase)
{
	int64_t since = pod_phase_since(p, r, phase);
	bool waits = !r->row.ended && phase >= PHASE_UNSCHEDULED &&
		     phase < PHASE_RUNNING;

	if (phase != r->phase) {
		r->phase = (uint8_t)phase;
		r->phase_since_ms = since ? since : store_world_ms(s);
	} else if (since) {
		r->phase_since_ms = since;
	}
	if (phase == PHASE_RUNNING && !r->running_ms)
		r->running_ms = r->phase_since_ms;
	if (waits && !link_is_on(&r->in_waiting))
		list_push(&s->waiting, &r->in_waiting);
	else if (!waits)
		link_off(&r->in_waiting);
}

static int64_t
waited_ms(const struct store *s, const struct pod_row *r,
	  const struct pod *p)
{
	if (!p->meta.created_ms)
		return -1;
	if (r->running_ms)
		return r->running_ms - p->meta.created_ms;
	if (link_is_on(&r->in_waiting))
		return store_world_ms(s) - p->meta.created_ms;
	return -1;
}

static void
publish_sum(struct store *s, struct pod_row *r, const struct pod *p)
{
	struct pod_sum *sum = seal_begin(s->seal, sizeof(*sum));
	const struct runner_row *runner = r->crew ? r->crew->runner : NULL;
	const struct pod_sum *before = row_sum(s, &r->row);
	const struct node_row *node = r->host ? r->host->node : NULL;
	char why[WHY_TEXT];

	sum->node = r->node;
	sum->job = row_handle(r->work && r->work->job ? &r->work->job->row
						      : NULL);
	sum->poll_timeout_ms = runner ? runner->poll_timeout_ms : -1;
	sum->runner = row_handle(runner ? &runner->row : NULL);
	if (node && node->group)
		sum->group = row_handle(&node->group->row);
	if (before && r->row.ended) { /* evidence outlives its context */
		sum->group = before->group;
		sum->runner = before->runner;
		sum->poll_timeout_ms = before->poll_timeout_ms;
	}
	sum->phase = r->phase;
	sum->phase_since_ms = r->phase_since_ms;
	sum->wait_ms = waited_ms(s, r, p);
	if (link_is_on(&r->in_waiting))
		sum->wait_from_ms = p->meta.created_ms;
	sum->cpu_used_mcpu = usage_mcpu(&r->usage);
	sum->memory_used_bytes = usage_bytes(&r->usage);
	pod_why(p, r, (enum phase)r->phase, why, sizeof(why));
	seal_text(s->seal, &sum->why, why);
	shelf_set_sum(&s->shelf[KIND_POD], &r->row,
		      record_seal(s->seal, KIND_POD));
}

static void
settle_pod(struct store *s, struct row *row)
{
	struct pod_row *r = pod_row_of(row);
	const struct pod *p = row_rec(s, row);
	enum phase before = (enum phase)r->phase;

	/* Once it ended, what is known of its end stays. */
	if (!r->judged)
		r->lost = (uint8_t)pod_lost(p, r, store_world_ms(s));
	r->judged = row->ended;
	note_phase(s, r, p, pod_phase_now(p, r));
	publish_sum(s, r, p);
	if (r->work && r->work->job)
		row_dirty(s, &r->work->job->row);
	if (link_is_on(&r->in_managers))
		runners_changed(s); /* it may have become ready */
	if (before != r->phase && r->host && r->host->node)
		row_dirty(s, &r->host->node->row);
}

static void
ended_pod(struct store *s, struct row *row)
{
	struct pod_row *r = pod_row_of(row);

	settle_pod(s, row);
	leave_host(s, r);
	if (r->crew) {
		link_off(&r->in_crew);
		crew_release(s, r->crew);
		r->crew = NULL;
	}
	if (link_is_on(&r->in_managers)) {
		link_off(&r->in_managers);
		runners_changed(s);
	}
	verdict_drop(&r->verdict);
}

static void
forget_pod(struct store *s, struct row *row)
{
	struct pod_row *r = pod_row_of(row);

	leave_host(s, r);
	link_off(&r->in_crew);
	crew_release(s, r->crew);
	if (link_is_on(&r->in_managers)) {
		link_off(&r->in_managers);
		runners_changed(s);
	}
	link_off(&r->in_waiting);
	link_off(&r->in_work);
	if (r->work && r->work->job)
		row_dirty(s, &r->work->job->row);
	work_release(s, r->work);
	verdict_drop(&r->verdict);
	free(r->warning);
}

const struct row_ops pod_ops = {
	.bytes = sizeof(struct pod_row),
	.keeps_ended = true,
	.put = put_pod,
	.ended = ended_pod,
	.forget = forget_pod,
	.settle = settle_pod,
};

/* ---- events ---- */

static struct pod_row *
pod_of_event(struct store *s, const struct event *e)
{
	char key[RECORD_KEY];
	struct row *r;

	if (!str_eq(e->object_kind, "Pod"))
		return NULL;
	snprintf(key, sizeof(key), "%s/%s", str_or_empty(e->object_ns),
		 str_or_empty(e->object_name));
	r = shelf_find(&s->shelf[KIND_POD], key);
	if (!r || (*str_or_empty(e->object_uid) &&
		   !str_eq(e->object_uid, record_uid(row_rec(s, r)))))
		return NULL;
	return pod_row_of(r);
}

static void
note_warning(struct pod_row *r, const struct event *e, int64_t at_ms)
{
	char text[WARNING_TEXT];

	if (at_ms < r->warned_ms)
		return;
	r->warned_ms = at_ms;
	snprintf(text, sizeof(text), "%s: %s", str_or_empty(e->reason),
		 str_or_empty(e->message));
	free(r->warning);
	r->warning = xstrdup(text);
}

/* The words a pod's own status lacks.  A tie of Pulling and Pulled (whole
 * seconds) goes to Pulled. */
static void
apply_event(struct store *s, struct pod_row *r, const struct event *e)
{
	int64_t at_ms = e->last_ms ? e->last_ms : e->first_ms;
	bool pulling = str_eq(e->reason, "Pulling");

	if (!at_ms)
		at_ms = e->meta.created_ms;
	if (pulling || str_eq(e->reason, "Pulled")) {
		if (at_ms > r->pull_word_ms)
			r->pulling = pulling;
		else if (at_ms == r->pull_word_ms && !pulling)
			r->pulling = false;
		if (at_ms > r->pull_word_ms)
			r->pull_word_ms = at_ms;
	} else if (str_eq(e->reason, "FailedCreatePodSandBox") && e->message &&
		   strstr(e->message, "assign an IP address")) {
		r->no_address_ms = at_ms;
		note_warning(r, e, at_ms);
	} else if (str_eq(e->type, "Warning") &&
		   !str_eq(e->reason, "FailedScheduling")) {
		note_warning(r, e, at_ms);
	} else {
		return;
	}
	row_dirty(s, &r->row);
}

static void
hear_event(struct store *s, const struct event *e)
{
	struct pod_row *r = pod_of_event(s, e);

	if (r)
		apply_event(s, r, e);
}

static void
put_event(struct store *s, struct row *row, bool first)
{
	struct event_row *r = link_of(row, event_row, row);
	const struct event *e = row_rec(s, row);

	(void)first;
	link_off(&r->in_sort);
	if (str_eq(e->reason, "Evicted") && str_eq(e->object_kind, "Pod"))
		list_push(&s->evictions, &r->in_sort);
	else if (!str_eq(e->type, "Warning"))
		list_push(&s->ordinary, &r->in_sort);
	hear_event(s, e);
}

static void
forget_event(struct store *s, struct row *row)
{
	(void)s;
	link_off(&link_of(row, event_row, row)->in_sort);
}

/* Why something failed is worth more than that it went well. */
static struct row *
least_event(struct store *s)
{
	return list_is_empty(&s->ordinary)
		       ? link_of(s->shelf[KIND_EVENT].arrived.next, row, queue)
		       : &link_of(s->ordinary.next, event_row, in_sort)->row;
}

void
pods_hear_events(struct store *s)
{
	list_each (row, r, &s->shelf[KIND_EVENT].arrived, queue)
		hear_event(s, row_rec(s, r));
}

const struct row_ops event_ops = {
	.bytes = sizeof(struct event_row),
	.ceiling = EVENT_CEILING,
	.least = least_event,
	.put = put_event,
	.forget = forget_event,
};
