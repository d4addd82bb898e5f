/*
 * Jobs in GitLab's queue that a runner manager will turn into pods: our
 * addition ("queue-lookahead").
 *
 * Such a job counts as a waiting pod in the shape of its runner's newest job
 * pod, up to what the runner may run at once and less its pause pods, which
 * make room by being preempted.  Of a runner without any job pod the shape is
 * not known, and its jobs do not count.
 */
#include "backend/engine/lookahead.h"

#include <stdlib.h>

#include "backend/engine/drain.h"
#include "backend/model/gitlab.h"

/* More than this is no queue that nodes are bought for at once. */
enum { EXPECTED_MAX = 2000 };

#define CREW_LABEL "manager.runner.gitlab.com/id-short"

struct taker { /* a runner that takes jobs now */
	const struct runner *runner;
	const struct pod *sample; /* its newest job pod, or NULL */
	int32_t room;		  /* jobs it still takes */
	int32_t warm;		  /* pause pods that stand ready */
};

static bool
is_of(const struct pod *p, const struct runner *u)
{
	const char *crew = labels_get(&p->meta.labels, CREW_LABEL);

	/* Eight characters in the API, nine in labels. */
	return crew && *str_or_empty(u->short_token) &&
	       str_has_prefix(crew, u->short_token);
}

static bool
is_newer(const struct pod *p, const struct pod *than)
{
	if (!than || p->meta.created_ms != than->meta.created_ms)
		return !than || p->meta.created_ms > than->meta.created_ms;
	return strcmp(p->meta.name, than->meta.name) < 0;
}

static void
see_pods(const struct run *r, struct taker *t)
{
	WORLD_EACH(pod, p, r->world, KIND_POD)
	{
		if (!is_of(p, t->runner))
			continue;
		if (p->is_pause) {
			t->warm += *str_or_empty(p->node_name) != '\0';
			continue;
		}
		if (!p->is_job)
			continue;
		t->room -= !pod_is_finished(p);
		if (is_newer(p, t->sample))
			t->sample = p;
	}
}

static bool
has_tag(const struct runner *u, const char *tag)
{
	for (uint32_t i = 0; i < u->tag_n; i++)
		if (strcmp(u->tags[i], tag) == 0)
			return true;
	return false;
}

static bool
takes(const struct runner *u, const struct job *j)
{
	if (!u->tags_known || (j->tag_n == 0 && !u->run_untagged))
		return false;
	for (uint32_t i = 0; i < j->tag_n; i++)
		if (!has_tag(u, j->tags[i]))
			return false;
	return true;
}

static bool
has_pod(const struct run *r, int64_t job_id)
{
	WORLD_EACH(pod, p, r->world, KIND_POD)
		if (p->job_id == job_id)
			return true;
	return false;
}

/* What it will look like: unscheduled, as old as the job. */
static const struct pod *
pod_like(struct run *r, const struct pod *sample, const struct job *j)
{
	struct pod *p = arena_alloc(r->plan->arena, sizeof(*p));

	record_copy(p, sample, sizeof(*p));
	p->meta.name = arena_printf(r->plan->arena, "queued-job-%lld",
				    (long long)j->id);
	p->meta.uid = p->meta.name;
	p->meta.created_ms = j->queued_ms ? j->queued_ms : j->created_ms;
	p->meta.deleted_ms = 0;
	p->node_name = p->nominated_node = "";
	p->phase = POD_PENDING;
	p->has_scheduled = p->unschedulable = true;
	p->scheduled = p->ready = false;
	p->scheduled_reason = "Unschedulable";
	p->job_id = j->id;
	return p;
}

static int
by_name(const void *a, const void *b)
{
	const struct pod *left = *(const struct pod *const *)a;
	const struct pod *right = *(const struct pod *const *)b;
	int order = strcmp(left->meta.ns, right->meta.ns);

	return order ? order : strcmp(left->meta.name, right->meta.name);
}

static struct taker *
takers_of(const struct run *r, uint32_t *n)
{
	const struct records *all = &r->world->of[KIND_RUNNER];
	struct taker *at = arena_alloc(r->scratch, all->n * sizeof(*at) + 1);

	*n = 0;
	WORLD_EACH(runner, u, r->world, KIND_RUNNER)
	{
		struct taker *t = &at[*n];

		if (u->paused || !str_eq(u->status, "online"))
			continue;
		*t = (struct taker){
			.runner = u,
			.room = u->job_limit > 0 ? u->job_limit : INT32_MAX,
		};
		see_pods(r, t);
		*n += t->sample != NULL;
	}
	return at;
}

const struct pod *const *
lookahead_pods(struct run *r, uint32_t *n)
{
	const struct pod **pods;
	struct taker *takers;
	uint32_t taker_n;

	*n = 0;
	if (!policy_flag(r->policy, POLICY_QUEUE_LOOKAHEAD))
		return NULL;
	takers = takers_of(r, &taker_n);
	pods = arena_alloc(r->scratch, EXPECTED_MAX * sizeof(*pods));
	WORLD_EACH(job, j, r->world, KIND_JOB)
	{
		struct taker *t = takers, *end = takers + taker_n;

		if (j->status != JOB_PENDING || j->stuck || *n == EXPECTED_MAX)
			continue;
		while (t < end && (t->room <= 0 || !takes(t->runner, j)))
			t++;
		if (t == end || has_pod(r, j->id))
			continue;
		t->room--;
		if (t->warm-- > 0)
			continue;
		pods[(*n)++] = pod_like(r, t->sample, j);
	}
	if (*n > 1)
		qsort(pods, *n, sizeof(*pods), by_name);
	return pods;
}
