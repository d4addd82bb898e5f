/*
 * Runners as GitLab keeps them: which jobs are for them, and what may be
 * changed: tags, token, whether they are there at all.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/sim/world/ci.h"
#include "backend/sim/world/ids.h"

/* A new glrt- token; its ninth part names pods. */
static void
draw_token(struct ci *c, struct ci_runner *r)
{
	struct rng rng;
	char subject[96], key[32];

	snprintf(subject, sizeof(subject), "runner/%s/%u", r->plan->name,
		 r->tokens);
	rng = sim_rng(c->sim, subject);
	r->tokens++;
	id_alnum(&rng, 20, true, key);
	snprintf(r->token, sizeof(r->token), "glrt-t%d_%s",
		 str_eq(r->plan->type, "instance_type") ? 1
		 : str_eq(r->plan->type, "group_type")	? 2
							: 3,
		 key);
	snprintf(r->short9, sizeof(r->short9), "%.9s", key);
}

void
ci_runner_found(struct ci *c, struct ci_runner *r, uint32_t n,
		const struct scenario_runner *plan)
{
	r->id = 41 + 3 * (int64_t)n;
	r->plan = plan;
	r->paused = plan->paused;
	r->run_untagged = plan->run_untagged;
	r->tags = plan->tags;
	r->created_ms = sim_now_ms(c->sim);
	draw_token(c, r);
	snprintf(r->name, sizeof(r->name), "%s%s",
		 strstr(plan->name, "gitlab-runner") || plan->on_machines
			 ? ""
			 : "gitlab-runner-",
		 plan->name);
	r->description = arena_strdup(c->arena, r->name);
}

static bool
has_tag(const struct names *tags, const char *tag)
{
	for (uint32_t i = 0; i < tags->n; i++) {
		if (str_eq(tags->at[i], tag))
			return true;
	}
	return false;
}

bool
ci_runner_takes(const struct ci_runner *r, const struct ci_job *j)
{
	const struct names *tags = &j->load->tags;

	/* Of the simulated projects' branches only main is protected. */
	if (r->deleted || (r->ref_protected && !str_eq(j->load->ref, "main")))
		return false;
	if (tags->n == 0)
		return r->run_untagged;
	for (uint32_t i = 0; i < tags->n; i++) {
		if (!has_tag(&r->tags, tags->at[i]))
			return false;
	}
	return true;
}

void
ci_runner_tag(struct ci *c, struct ci_runner *r, const struct names *tags)
{
	const char **copy =
		arena_alloc(c->arena, (tags->n + 1) * sizeof(*copy));

	for (uint32_t i = 0; i < tags->n; i++)
		copy[i] = arena_strdup(c->arena, tags->at[i]);
	r->tags = (struct names){ copy, tags->n };
}

void
ci_runner_reset_token(struct ci *c, struct ci_runner *r)
{
	draw_token(c, r);
}

void
ci_runner_delete(struct ci *c, struct ci_runner *r)
{
	(void)c;
	r->deleted = true;
}
