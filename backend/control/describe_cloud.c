/*
 * Groups, jobs and runners described.
 */
#include "backend/control/describe.h"

#include <inttypes.h>
#include <stdio.h>

#include "backend/model/cloud.h"
#include "backend/model/gitlab.h"
#include "backend/model/node.h"
#include "backend/model/pod.h"

enum { ACTIVITIES_SHOWN = 10 };

static void
group_instances(const struct describing *d, const struct group *g)
{
	buf_puts(d->out, "Instances:\n");
	for (uint32_t i = 0; i < g->instance_n; i++)
		buf_printf(d->out, "  %s  %s  %s  %s  %s%s\n",
			   g->instances[i].id,
			   str_or_empty(g->instances[i].type),
			   str_or_empty(g->instances[i].zone),
			   str_or_empty(g->instances[i].lifecycle),
			   str_or_empty(g->instances[i].health),
			   g->instances[i].protected_from_scale_in
				   ? "  protected"
				   : "");
}

static void
group_activities(const struct describing *d, const struct group *g)
{
	const struct slot *slot;
	uint32_t shown = 0;
	char age[TIME_TEXT];

	buf_puts(d->out, "Activities:\n");
	for (uint32_t i = 0;
	     (slot = snapshot_next(d->snap, KIND_ACTIVITY, &i, NULL));) {
		const struct activity *a = (const void *)slot->rec;

		if (!str_eq(a->group, g->name) ||
		    ++shown > ACTIVITIES_SHOWN)
			continue;
		buf_printf(d->out, "  %s ago  %s  %s%s%s\n",
			   age_format(d->now_ms - a->started_ms, age),
			   str_or_empty(a->status),
			   str_or_empty(a->description),
			   *str_or_empty(a->message) ? ": " : "",
			   str_or_empty(a->message));
	}
}

void
describe_group(const struct describing *d)
{
	const struct group *g = (const void *)d->slot->rec;
	const struct group_sum *sum = (const void *)d->slot->sum;

	describe_field(d, "Name", "%s", g->name);
	describe_field(d, "ARN", "%s", str_or_empty(g->arn));
	describe_time(d, "Created", g->created_ms);
	describe_field(d, "Size", "min %d, desired %d, max %d", g->min,
		       g->desired, g->max);
	if (sum) {
		describe_field(d, "Now",
			       "%d run, %d nodes, %d ready, %d jobs, %s",
			       sum->running, sum->registered, sum->ready,
			       sum->jobs, str_or_empty(sum->state));
		describe_field(d, "Why", "%s", str_or_empty(sum->why));
	}
	for (uint32_t i = 0; i < g->zone_n; i++)
		describe_field(d, i ? " " : "Zones", "%s", g->zones[i]);
	describe_field(d, "Subnets", "%s", str_or_empty(g->subnets));
	if (*str_or_empty(g->launch_config))
		describe_field(d, "Launch config", "%s", g->launch_config);
	else
		describe_field(d, "Launch template", "%s version %s%s",
			       *str_or_empty(g->template_name)
				       ? g->template_name
				       : str_or_empty(g->template_id),
			       str_or_empty(g->template_version),
			       g->mixed ? " (mixed instances)" : "");
	for (uint32_t i = 0; i < g->override_n; i++)
		describe_field(d, i ? " " : "Types", "%s",
			       g->overrides[i].type ? g->overrides[i].type
						    : "by requirements");
	if (g->mixed)
		describe_field(d, "On-demand", "base %d, above it %d%%, %s",
			       g->on_demand_base, g->on_demand_percent,
			       str_or_empty(g->spot_strategy));
	for (uint32_t i = 0; i < g->suspended_n; i++)
		describe_field(d, i ? " " : "Suspended", "%s",
			       g->suspended[i]);
	for (uint32_t i = 0; i < g->tag_n; i++)
		describe_field(d, i ? " " : "Tags", "%s=%s", g->tags[i].key,
			       str_or_empty(g->tags[i].value));
	group_instances(d, g);
	group_activities(d, g);
}

void
describe_job(const struct describing *d)
{
	const struct job *j = (const void *)d->slot->rec;
	const struct job_sum *sum = (const void *)d->slot->sum;
	const struct pod *p = sum ? snapshot_rec(d->snap, sum->pod) : NULL;
	const struct node *n = sum ? snapshot_rec(d->snap, sum->node) : NULL;
	const struct group *g = sum ? snapshot_rec(d->snap, sum->group) : NULL;
	char span[TIME_TEXT];

	describe_field(d, "Job", "%" PRId64, j->id);
	describe_field(d, "Name", "%s", str_or_empty(j->name));
	describe_field(d, "Project", "%s (%" PRId64 ")",
		       str_or_empty(j->project), j->project_id);
	describe_field(d, "Ref", "%s", str_or_empty(j->ref));
	describe_field(d, "Stage", "%s", str_or_empty(j->stage));
	describe_field(d, "User", "%s", str_or_empty(j->user));
	describe_field(d, "URL", "%s", str_or_empty(j->web_url));
	for (uint32_t i = 0; i < j->tag_n; i++)
		describe_field(d, i ? " " : "Tags", "%s", j->tags[i]);
	describe_field(d, "GitLab", "%s%s%s",
		       j->from_pod ? "not heard, known by its pod"
				   : str_or_empty(j->status_text),
		       *str_or_empty(j->failure_reason) ? ", " : "",
		       str_or_empty(j->failure_reason));
	if (sum) {
		describe_field(d, "Phase", "%s%s%s",
			       phase_name((enum phase)sum->phase),
			       *str_or_empty(sum->why) ? ": " : "",
			       str_or_empty(sum->why));
		describe_time(d, "  since", sum->phase_since_ms);
		if (sum->wait_ms >= 0)
			describe_field(d, "Waited", "%s",
				       age_format(sum->wait_ms, span));
	}
	describe_time(d, "Queued", j->queued_ms);
	describe_time(d, "Started", j->started_ms);
	describe_time(d, "Finished", j->finished_ms);
	if (j->timeout_ms)
		describe_field(d, "Timeout", "%s",
			       age_format(j->timeout_ms, span));
	describe_field(d, "Pod", "%s%s%s", p ? p->meta.ns : "", p ? "/" : "",
		       p ? p->meta.name : "");
	describe_field(d, "Node", "%s", n ? n->meta.name : "");
	describe_field(d, "Group", "%s", g ? g->name : "");
	if (p)
		describe_events(d, "Pod", &p->meta);
}

void
describe_runner(const struct describing *d)
{
	const struct runner *u = (const void *)d->slot->rec;
	const struct runner_sum *sum = (const void *)d->slot->sum;
	const struct pod *p =
		sum ? snapshot_rec(d->snap, sum->manager_pod) : NULL;
	char span[TIME_TEXT];

	describe_field(d, "Runner", "%" PRId64, u->id);
	describe_field(d, "Description", "%s", str_or_empty(u->description));
	describe_field(d, "Type", "%s", str_or_empty(u->type));
	describe_field(d, "Status", "%s%s", str_or_empty(u->status),
		       u->paused ? ", paused" : "");
	describe_time(d, "Contacted", u->contacted_ms);
	describe_field(d, "Version", "%s", str_or_empty(u->version));
	for (uint32_t i = 0; i < u->tag_n; i++)
		describe_field(d, i ? " " : "Tags", "%s", u->tags[i]);
	describe_field(d, "Untagged jobs", "%s",
		       u->run_untagged ? "yes" : "no");
	if (!sum)
		return;
	describe_field(d, "Manager pod", "%s", p ? p->meta.name : "");
	describe_field(d, "Jobs", "%d run, %d wait for their pods",
		       sum->running, sum->waiting);
	if (sum->concurrent >= 0)
		describe_field(d, "Concurrent", "%d", sum->concurrent);
	if (sum->limit >= 0)
		describe_field(d, "Limit", "%d", sum->limit);
	if (sum->poll_timeout_ms >= 0)
		describe_field(d, "Poll timeout", "%s",
			       age_format(sum->poll_timeout_ms, span));
}
