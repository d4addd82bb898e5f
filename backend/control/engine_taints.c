/*
 * Taints that are no removal: unneeded nodes are avoided by the scheduler
 * (reference 5.11), and a node whose last CI job is waited for takes no new
 * ones (paddock's own taint, design 5).  Both come off again when the node is
 * needed.
 */
#include "backend/control/engine_private.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/control/node_edit.h"
#include "backend/control/removal.h"
#include "backend/engine/policy_values.h"
#include "backend/model/node.h"

enum { MARKS_AT_ONCE = 10 };

struct mark { /* one edit under way */
	struct mark *next;
	struct engine_run *run;
	char node[TARGET_NAME];
	struct node_edit *edit;
	bool over;
};

static void
on_marked(void *ctx, const struct err *err, bool was_cordoned)
{
	struct mark *m = ctx;

	(void)was_cordoned;
	m->edit = NULL;
	m->over = true;
	if (err->code && err->code != ERR_GONE && err->code != ERR_CONFLICT)
		backend_note(m->run->backend, SEVERITY_WARN, err->code,
			     "paddock: %s", err->text);
}

static uint32_t
sweep(struct engine_run *e)
{
	struct mark **at = &e->marks;
	uint32_t n = 0;

	while (*at) {
		struct mark *m = *at;

		if (m->over) {
			*at = m->next;
			free(m);
		} else {
			at = &m->next;
			n++;
		}
	}
	return n;
}

static bool
is_marking(const struct engine_run *e, const char *node)
{
	for (const struct mark *m = e->marks; m; m = m->next)
		if (!m->over && strcmp(m->node, node) == 0)
			return true;
	return false;
}

/* add NULL: the taint comes off. */
static void
mark(struct engine_run *e, const char *node, const char *key,
     const char *effect, bool add, const char *why)
{
	struct backend *b = e->backend;
	struct target t = { .ns = "" };
	struct mark *m;
	char now[32];
	const struct node *n = store_find(b->store, KIND_NODE, node,
					  &t.handle);

	if (!n || is_marking(e, node) || removals_has(e->removals, node) ||
	    (node_taint(n, key) != NULL) == add ||
	    sweep(e) >= MARKS_AT_ONCE)
		return;
	m = xcalloc(1, sizeof(*m));
	m->run = e;
	snprintf(m->node, sizeof(m->node), "%s", node);
	snprintf(t.name, sizeof(t.name), "%s", node);
	snprintf(t.uid, sizeof(t.uid), "%s", n->meta.uid);
	snprintf(now, sizeof(now), "%lld",
		 (long long)(store_world_ms(b->store) / 1000));
	m->next = e->marks;
	e->marks = m;
	m->edit = node_edit_start(
		b, &(struct node_edit_spec){ .target = &t,
					     .by = ACT_BY_PADDOCK,
					     .why = why,
					     .add = add ? key : NULL,
					     .value = now,
					     .effect = effect,
					     .remove = { add ? NULL : key },
					     .done = on_marked,
					     .ctx = m });
}

/* ---- nodes whose last job is waited for ---- */

static bool
waits_for_jobs(const struct engine_run *e, const struct plan_node *n)
{
	const struct pod *p;

	if (!str_eq(n->blocked, "BlockedByOnCompletionPod"))
		return false;
	p = store_find(e->backend->store, KIND_POD, str_or_empty(n->by), NULL);
	return p && p->is_job;
}

static void
drain_jobs(struct engine_run *e)
{
	int64_t most = policy_int(e->policy, POLICY_DRAIN_PARALLELISM) -
		       removals_under_way(e->removals, NULL);
	bool on = policy_flag(e->policy, POLICY_JOB_AWARE);

	for (uint32_t i = 0; i < e->plan->node_n; i++) {
		const struct plan_node *n = &e->plan->nodes[i];
		const struct node *node = store_find(e->backend->store,
						     KIND_NODE, n->node, NULL);
		bool has = node && node_taint(node, TAINT_DRAINING);
		bool wanted = on && most > 0 && waits_for_jobs(e, n);

		most -= wanted;
		if (wanted && !has)
			mark(e, n->node, TAINT_DRAINING, "NoSchedule", true,
			     "unneeded: its last job is waited for");
		else if (!wanted && has)
			mark(e, n->node, TAINT_DRAINING, "NoSchedule", false,
			     "needed again");
	}
}

void
engine_taints(struct engine_run *e)
{
	if (!e->scale_down)
		return;
	for (uint32_t i = 0; i < e->plan->taint_remove_n; i++)
		mark(e, e->plan->taint_remove[i], TAINT_CANDIDATE,
		     "PreferNoSchedule", false, "needed again");
	for (uint32_t i = 0; i < e->plan->taint_add_n; i++)
		mark(e, e->plan->taint_add[i], TAINT_CANDIDATE,
		     "PreferNoSchedule", true, "unneeded");
	drain_jobs(e);
}

/* Ours come off before the lease goes back: no other leader knows them. */
uint32_t
engine_unmark(struct engine_run *e, struct buf *names)
{
	const struct snapshot *s = store_peek(e->backend->store);
	const struct slot *slot;
	uint32_t n = 0;

	for (uint32_t i = 0; (slot = snapshot_next(s, KIND_NODE, &i, NULL));) {
		const struct node *node = (const void *)slot->rec;

		if (slot->ended || !node_taint(node, TAINT_DRAINING))
			continue;
		buf_printf(names, "%s%s", names->len ? ", " : "",
			   node->meta.name);
		n++;
		mark(e, node->meta.name, TAINT_DRAINING, "NoSchedule", false,
		     "end of the take-over");
	}
	snapshot_unref(s);
	return n;
}

void
engine_taints_free(struct engine_run *e)
{
	while (e->marks) {
		struct mark *m = e->marks;

		e->marks = m->next;
		node_edit_drop(m->edit);
		free(m);
	}
}
