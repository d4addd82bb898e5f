/*
 * Which running jobs end when a pod or its node goes (design 8, rule 6): the
 * pod's own job, and all jobs of the runners whose manager it is.
 */
#include "backend/control/preview.h"

#include <inttypes.h>
#include <stdlib.h>

#include "backend/model/gitlab.h"
#include "backend/model/pod.h"

enum { NAMED_VICTIMS = 12 };

static bool
is_under_way(const struct slot *slot)
{
	const struct job_sum *sum = (const void *)slot->sum;

	/* Also one that waits for its pod: the runner holds it, and it fails
	 * when the runner goes. */
	return !slot->ended && sum && sum->phase >= PHASE_PREPARING &&
	       sum->phase <= PHASE_ENDING;
}

static void
add(struct victims *out, const struct snapshot *s, struct handle h,
    const struct slot *slot, const char *because)
{
	const struct job *j = (const void *)slot->rec;
	const struct job_sum *sum = (const void *)slot->sum;
	struct victim *v;

	for (uint32_t i = 0; i < out->list.n; i++)
		if (handle_eq(out->list.at[i].job, h))
			return;
	v = vec_add(&out->list);
	v->job = h;
	v->pod = sum->pod;
	v->id = j->id;
	v->name = str_or_empty(j->name);
	v->project = str_or_empty(j->project);
	v->running_ms = sum->phase == PHASE_RUNNING
				? s->clock.world_ms - sum->phase_since_ms
				: -1;
	v->because = because;
}

static bool
is_managed_by(const struct snapshot *s, const struct job_sum *job,
	      struct handle pod)
{
	const struct runner_sum *runner = snapshot_sum(s, job->runner);

	/* While two managers live nobody is sure whose the job is: both are
	 * asked about. */
	return runner && (handle_eq(runner->manager_pod, pod) ||
			  handle_eq(runner->ending_pod, pod));
}

void
victims_of_pod(const struct snapshot *s, struct handle pod,
	       struct victims *out)
{
	const struct pod *p = snapshot_rec(s, pod);
	const struct slot *slot;
	struct handle h;

	if (!p)
		return;
	for (uint32_t i = 0; (slot = snapshot_next(s, KIND_JOB, &i, &h));) {
		const struct job_sum *sum = (const void *)slot->sum;

		if (!is_under_way(slot))
			continue;
		if (handle_eq(sum->pod, pod) && !pod_is_finished(p))
			add(out, s, h, slot, "");
		else if (p->is_manager && is_managed_by(s, sum, pod))
			add(out, s, h, slot, "its manager pod goes");
	}
}

void
victims_of_node(const struct snapshot *s, struct handle node,
		struct victims *out)
{
	const struct slot *slot;
	struct handle h;

	for (uint32_t i = 0; (slot = snapshot_next(s, KIND_POD, &i, &h));) {
		const struct pod_sum *sum = (const void *)slot->sum;

		if (!slot->ended && sum && handle_eq(sum->node, node))
			victims_of_pod(s, h, out);
	}
}

void
victims_write(const struct victims *v, const struct snapshot *s,
	      struct buf *out)
{
	char age[TIME_TEXT];

	for (uint32_t i = 0; i < v->list.n && i < NAMED_VICTIMS; i++) {
		const struct victim *one = &v->list.at[i];
		const struct pod *p = snapshot_rec(s, one->pod);

		buf_printf(out, "  job %" PRId64 " %s%s%s", one->id,
			   one->project, *one->project ? " " : "", one->name);
		if (one->running_ms >= 0)
			buf_printf(out, ", running %s",
				   age_format(one->running_ms, age));
		if (p)
			buf_printf(out, ", pod %s", p->meta.name);
		if (*one->because)
			buf_printf(out, " (%s)", one->because);
		buf_putc(out, '\n');
	}
	if (v->list.n > NAMED_VICTIMS)
		buf_printf(out, "  and %u more\n", v->list.n - NAMED_VICTIMS);
}

void
victims_fini(struct victims *v)
{
	vec_free(&v->list);
}
