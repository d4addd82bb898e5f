/*
 * Containers that end of themselves, because their command does.
 */
#include <stdlib.h>

#include "backend/sim/world/command.h"
#include "backend/sim/world/container_log.h"
#include "backend/sim/world/kubelet_pod.h"

/* A Job's container whose command says nothing: it is there to end. */
#define JOB_RUN_MS 8000

static void
on_end(struct sim *w, void *ctx, uint64_t arg)
{
	struct kpod *p = ctx;
	uint32_t index = (uint32_t)(arg >> 8);

	(void)w;
	p->containers.at[index].timer = 0;
	kubelet_exited(p->node->k, p, index, (int32_t)(arg & 255), NULL);
}

struct printer {
	struct kpod *p;
	struct logbook *log; /* NULL until the first line */
	int64_t began_ms;
};

static void
on_line(void *ctx, int64_t after_ms, const char *line)
{
	struct printer *out = ctx;

	if (!out->log)
		out->log = container_log_begin(out->p);
	logbook_add(out->log, out->began_ms + after_ms, "%s", line);
}

static void
drop_line(void *ctx, int64_t after_ms, const char *line)
{
	(void)ctx;
	(void)after_ms;
	(void)line;
}

static bool
is_main(const struct kpod *p, uint32_t index)
{
	return index == 0 || p->containers.at[index - 1].init;
}

static void
start_one(struct kpod *p, const json_t *spec, bool of_job, uint32_t index)
{
	struct kcontainer *c = &p->containers.at[index];
	struct printer out = { p, NULL, c->started_ms };
	/* A pod keeps the log of its main container alone. */
	struct command_end end = {
		.print = is_main(p, index) ? on_line : drop_line,
		.ctx = &out,
	};

	command_foresee(spec, p->name, c->started_ms, &end);
	if (!end.known && of_job) {
		end.ends = true;
		end.after_ms = kpod_draw(p, JOB_RUN_MS);
		end.code = 0;
	}
	if (end.ends)
		c->timer = sim_after(kpod_sim(p), end.after_ms, on_end, p,
				     (uint64_t)index << 8 |
					     (uint64_t)end.code);
}

static const json_t *
spec_of(const json_t *pod, const char *container)
{
	json_t *c;
	size_t i;

	json_array_foreach(json_object_get(json_object_get(pod, "spec"),
					   "containers"), i, c)
		if (str_eq(json_string_value(json_object_get(c, "name")),
			   container))
			return c;
	return NULL;
}

void
command_start(struct kubernetes *k, struct kpod *p)
{
	const struct object *o = kpod_object(p);
	const struct pod *rec = o ? mirror_of(k, KIND_POD, o) : NULL;
	bool of_job = rec && str_eq(rec->meta.owner_kind, "Job");
	json_t *tree;

	if (!rec)
		return;
	tree = object_tree(o);
	for (uint32_t i = 0; i < p->containers.n; i++) {
		struct kcontainer *c = &p->containers.at[i];
		const json_t *spec = c->init ? NULL : spec_of(tree, c->name);

		/* One whose end is set runs on while another starts anew. */
		if (spec && c->state == K_RUNNING && !c->timer)
			start_one(p, spec, of_job, i);
	}
	json_decref(tree);
}

int32_t
command_stop_code(struct kubernetes *k, struct kpod *p)
{
	(void)k;
	for (uint32_t i = 0; i < p->containers.n; i++)
		if (p->containers.at[i].state == K_RUNNING &&
		    p->containers.at[i].timer)
			return 143;
	return 0;
}
