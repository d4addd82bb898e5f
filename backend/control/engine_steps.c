/*
 * The plan as rows: what the engine would do now, each pod it refuses and each
 * node that stays, with the reason in plain words and what would clear it.
 *
 * Rows are replaced as a list after every decision; one that says the same as
 * before is the same record, so a quiet fleet publishes nothing.
 */
#include "backend/control/engine_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "backend/control/blocker.h"
#include "backend/control/refusal.h"
#include "backend/model/cloud.h"
#include "backend/model/pod.h"

enum { DETAIL_LIMIT = 16384, LINE_LIMIT = 1000, PODS_LISTED = 200,
       PODS_LIMIT = 16384, CASES = 500 };

struct step_writer {
	const struct engine_run *run;
	const struct plan *plan;
	struct store *store;
	struct seal *seal;
	struct arena *arena; /* for texts of this list */
	struct buf line, detail, pods;
	int64_t now_ms;
	int32_t order;
	bool acts;
};

/* What put() seals; texts are copied. */
struct draft {
	enum step_sort sort;
	const char *id, *what, *subject, *group, *change, *reason, *clears;
	const char *upstream, *refusals, *pods, *detail;
	int32_t pod_n;
	int64_t since_ms;
	struct handle target;
};

static const struct plan_step *
before(const struct step_writer *w, const char *id)
{
	return store_find(w->store, KIND_STEP, id, NULL);
}

static uint64_t
mix(uint64_t h, const char *text)
{
	return hash_bytes(str_or_empty(text), strlen(str_or_empty(text)), h);
}

static uint64_t
digest(const struct step_writer *w, const struct draft *d)
{
	const char *const texts[] = {
		d->id,	     d->what,	 d->subject, d->group, d->change,
		d->reason,   d->clears,	 d->upstream, d->pods, d->detail,
	};
	uint64_t h = hash_bytes(&w->order, sizeof(w->order), d->sort);

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		h = mix(h, texts[i]);
	h = hash_bytes(&d->target.slot, sizeof(d->target.slot), h);
	h = hash_bytes(&d->target.gen, sizeof(d->target.gen), h);
	return hash_bytes(&d->since_ms, sizeof(d->since_ms), h);
}

static void
put(struct step_writer *w, const struct draft *d)
{
	const struct sink *sink = store_sink(w->store);
	struct plan_step *s = seal_begin(w->seal, sizeof(*s));
	char version[24];

	snprintf(version, sizeof(version), "%016" PRIx64, digest(w, d));
	seal_text(w->seal, &s->id, d->id);
	seal_text(w->seal, &s->version, version);
	s->sort = (uint8_t)d->sort;
	s->order = w->order++;
	s->since_ms = d->since_ms;
	s->target = d->target;
	s->pod_n = d->pod_n;
	seal_text(w->seal, &s->what, d->what);
	seal_text(w->seal, &s->subject, d->subject);
	seal_text(w->seal, &s->group, str_or_empty(d->group));
	seal_text(w->seal, &s->change, str_or_empty(d->change));
	seal_text(w->seal, &s->reason, str_or_empty(d->reason));
	seal_text(w->seal, &s->clears, str_or_empty(d->clears));
	seal_text(w->seal, &s->upstream, str_or_empty(d->upstream));
	seal_text(w->seal, &s->refusals, str_or_empty(d->refusals));
	seal_text(w->seal, &s->pods, str_or_empty(d->pods));
	seal_text(w->seal, &s->detail, str_or_empty(d->detail));
	sink->put(sink->ctx, record_seal(w->seal, KIND_STEP));
}

/* An act is wanted since it was first decided. */
static int64_t
wanted_since(const struct step_writer *w, const char *id)
{
	const struct plan_step *was = before(w, id);

	return was ? was->since_ms : w->now_ms;
}

/* ---- pods in lists ---- */

static void
list_pod(struct step_writer *w, const char *name, uint32_t i)
{
	buf_printf(&w->pods, "%s%s", i ? "," : "", name);
}

static int64_t
created_ms(const struct step_writer *w, const char *pod, struct handle *h)
{
	const struct pod *p = store_find(w->store, KIND_POD, pod, h);

	return p ? p->meta.created_ms : 0;
}

/* The oldest of them: since when they wait, and a handle to look at. */
static int64_t
oldest(const struct step_writer *w, const char *const *pods, uint32_t n,
       struct handle *out)
{
	int64_t since_ms = 0;

	for (uint32_t i = 0; i < n; i++) {
		struct handle h;
		int64_t at_ms = created_ms(w, pods[i], &h);

		if (at_ms && (!since_ms || at_ms < since_ms)) {
			since_ms = at_ms;
			*out = h;
		}
	}
	return since_ms;
}

static void
add_refusals(struct buf *out, const struct plan_pod *p)
{
	for (uint32_t i = 0; i < p->group_n; i++)
		buf_printf(out, "  not %s: %s%s%s\n", p->groups[i].group,
			   p->groups[i].reason,
			   *str_or_empty(p->groups[i].detail) ? ": " : "",
			   str_or_empty(p->groups[i].detail));
}

/* The same on one line, for programs. */
static const char *
refusals_line(struct step_writer *w, const struct plan_pod *p)
{
	struct buf line;
	const char *out;

	buf_init(&line, DETAIL_LIMIT);
	for (uint32_t i = 0; i < p->group_n; i++)
		buf_printf(&line, "%s%s: %s%s%s", i ? "; " : "",
			   p->groups[i].group, p->groups[i].reason,
			   *str_or_empty(p->groups[i].detail) ? ": " : "",
			   str_or_empty(p->groups[i].detail));
	out = arena_strdup(w->arena, buf_text(&line));
	buf_fini(&line);
	return out;
}

static void
add_names(struct buf *out, const char *const *names, uint32_t n)
{
	for (uint32_t i = 0; i < n && i < PODS_LISTED; i++)
		buf_printf(out, "%s\n", names[i]);
	if (n > PODS_LISTED)
		buf_printf(out, "and %u more\n", n - PODS_LISTED);
}

/* ---- acts ---- */

static void
put_scale_up(struct step_writer *w, const struct plan_scale_up *up)
{
	char *id = arena_printf(w->arena, "grow/%s", up->group);
	struct draft d = { .sort = STEP_ACT,
			   .id = id,
			   .what = "grow",
			   .subject = up->group,
			   .group = up->group,
			   .pod_n = (int32_t)up->pod_n,
			   .since_ms = wanted_since(w, id) };
	const struct plan_pod *first =
		up->pod_n ? plan_pod(w->plan, up->pods[0]) : NULL;

	d.change = arena_printf(w->arena, "%d>%d", up->from, up->to);
	d.reason = arena_printf(w->arena, "%u waiting %s nowhere else (%s)",
				up->pod_n,
				up->pod_n == 1 ? "pod fits" : "pods fit",
				str_or_empty(up->expander));
	for (uint32_t i = 0; i < up->pod_n; i++)
		list_pod(w, up->pods[i], i);
	if (first && first->group_n) {
		buf_printf(&w->detail, "Why not the others, of %s:\n",
			   first->pod);
		add_refusals(&w->detail, first);
	}
	buf_puts(&w->detail, "For the pods:\n");
	add_names(&w->detail, up->pods, up->pod_n);
	d.pods = buf_text(&w->pods);
	d.detail = buf_text(&w->detail);
	store_find(w->store, KIND_GROUP, up->group, &d.target);
	put(w, &d);
}

static void
put_scale_down(struct step_writer *w, const struct plan_scale_down *down)
{
	char *id = arena_printf(w->arena, "node/%s", down->node);
	const struct plan_node *n = plan_node(w->plan, down->node);
	struct draft d = {
		.sort = STEP_ACT,
		.id = id,
		.what = down->drain ? "drain" : "remove",
		.subject = down->node,
		.group = down->group,
		.since_ms = n && n->unneeded_since_ms ? n->unneeded_since_ms
						      : wanted_since(w, id),
		.pod_n = (int32_t)down->pod_n,
	};

	d.change = arena_printf(w->arena, "%.0f%%", down->utilization * 100);
	d.reason = down->drain ? "not needed: its pods fit elsewhere"
			       : "not needed: nothing runs on it";
	for (uint32_t i = 0; i < down->pod_n; i++) {
		list_pod(w, down->pods[i].pod, i);
		buf_printf(&w->detail, "%s moves to %s\n", down->pods[i].pod,
			   down->pods[i].to);
	}
	d.pods = buf_text(&w->pods);
	d.detail = buf_text(&w->detail);
	store_find(w->store, KIND_NODE, down->node, &d.target);
	put(w, &d);
}

static const struct {
	const char *act, *what, *reason;
} fixes[] = {
	{ "deleteUnregistered", "remove",
	  "instances that never became nodes" },
	{ "deleteErrored", "remove", "launches that failed" },
	{ "fixSize", "resize", "wants more than ever came: back to what is "
			       "there" },
	{ "raiseToMin", "grow", "below its minimum" },
	{ "untaint", "untaint", "removal taints that somebody left behind" },
};

static void
put_fix(struct step_writer *w, const struct plan_fix *f)
{
	char *id = arena_printf(w->arena, "fix/%s/%s", f->act, f->group);
	struct draft d = { .sort = STEP_ACT,
			   .id = id,
			   .what = "fix",
			   .subject = f->group,
			   .group = f->group,
			   .reason = f->act,
			   .upstream = f->act,
			   .since_ms = wanted_since(w, id) };

	for (size_t i = 0; i < ARRAY_LEN(fixes); i++)
		if (strcmp(fixes[i].act, f->act) == 0) {
			d.what = fixes[i].what;
			d.reason = fixes[i].reason;
		}
	if (f->from != f->to)
		d.change = arena_printf(w->arena, "%d>%d", f->from, f->to);
	else if (f->instance_n)
		d.change = arena_printf(w->arena, "%u", f->instance_n);
	add_names(&w->detail, f->instances, f->instance_n);
	d.detail = buf_text(&w->detail);
	store_find(w->store, KIND_GROUP, f->group, &d.target);
	put(w, &d);
}

static void
put_soft_taints(struct step_writer *w, const char *what, const char *reason,
		const char *const *nodes, uint32_t n)
{
	char *id = arena_printf(w->arena, "soft/%s", what);
	struct draft d = { .sort = STEP_ACT,
			   .id = id,
			   .what = what,
			   .reason = reason,
			   .since_ms = wanted_since(w, id) };

	if (!n)
		return;
	d.subject = n == 1 ? nodes[0]
			   : arena_printf(w->arena, "%u nodes", n);
	add_names(&w->detail, nodes, n);
	d.detail = buf_text(&w->detail);
	store_find(w->store, KIND_NODE, nodes[0], &d.target);
	put(w, &d);
}

/* ---- pods ---- */

struct alike { /* pods with one and the same case */
	const struct plan_pod *first;
	VEC(const char *) pods;
};

static bool
same_case(const struct plan_pod *a, const struct plan_pod *b)
{
	return a->fate == b->fate && a->groups == b->groups &&
	       a->group_n == b->group_n && strcmp(a->reason, b->reason) == 0;
}

/* Most first; they come sorted by name. */
static int
by_count(const void *pa, const void *pb)
{
	const struct alike *a = pa, *b = pb;

	if (a->pods.n != b->pods.n)
		return a->pods.n < b->pods.n ? 1 : -1;
	return strcmp(a->first->pod, b->first->pod);
}

static const char *
pod_what(const struct step_writer *w, const struct plan_pod *p)
{
	switch ((enum plan_fate)p->fate) {
	case FATE_REFUSED:
		return refusal_waits_turn(w->plan, p) ? "put off" : "refuse";
	case FATE_IGNORED:
		return "ignore";
	default:
		return "wait";
	}
}

static void
put_alike(struct step_writer *w, const struct alike *a)
{
	const struct plan_pod *p = a->first;
	const char *group;
	struct draft d = {
		.sort = p->fate == FATE_REFUSED ? STEP_REFUSED : STEP_WAITS,
		.id = arena_printf(w->arena, "pod/%s", p->pod),
		.what = pod_what(w, p),
		.pod_n = (int32_t)a->pods.n,
		.upstream = p->reason,
	};

	d.subject = p->pod;
	if (a->pods.n > 1)
		d.change = arena_printf(w->arena, "%zu pods",
					(size_t)a->pods.n);
	d.reason = refusal_pod_text(w->plan, p, w->acts, w->arena, &group);
	d.group = group;
	refusal_clears(w->plan, p, &w->line);
	d.clears = buf_text(&w->line);
	d.since_ms = oldest(w, a->pods.at, a->pods.n, &d.target);
	d.refusals = refusals_line(w, p);
	if (p->group_n) {
		buf_puts(&w->detail, "Every group, and what it lacks:\n");
		add_refusals(&w->detail, p);
	}
	if (a->pods.n > 1) {
		buf_puts(&w->detail, "The pods:\n");
		add_names(&w->detail, a->pods.at, a->pods.n);
	}
	for (uint32_t i = 0; i < a->pods.n; i++)
		list_pod(w, a->pods.at[i], i);
	d.pods = buf_text(&w->pods);
	d.detail = buf_text(&w->detail);
	put(w, &d);
}

static void
reset(struct step_writer *w)
{
	buf_reset(&w->line);
	buf_reset(&w->detail);
	buf_reset(&w->pods);
}

/* Alike pods of one owner stand side by side: the search from the end is
 * short. */
static void
put_pods(struct step_writer *w)
{
	struct alike *cases = xcalloc(CASES, sizeof(*cases));
	uint32_t n = 0;

	for (uint32_t i = 0; i < w->plan->pending_n; i++) {
		const struct plan_pod *p = &w->plan->pending[i];
		uint32_t c = n;

		while (c > 0 && !same_case(cases[c - 1].first, p))
			c--;
		if (!c && n == CASES)
			continue;
		if (!c) {
			c = ++n;
			cases[c - 1].first = p;
		}
		vec_push(&cases[c - 1].pods, p->pod);
	}
	qsort(cases, n, sizeof(*cases), by_count);
	for (int refused = 1; refused >= 0; refused--)
		for (uint32_t i = 0; i < n; i++) {
			if ((cases[i].first->fate == FATE_REFUSED) !=
			    (refused == 1))
				continue;
			reset(w);
			put_alike(w, &cases[i]);
		}
	for (uint32_t i = 0; i < n; i++)
		vec_free(&cases[i].pods);
	free(cases);
}

/* ---- nodes that stay ---- */

static bool
goes(const struct plan *p, const char *node)
{
	for (uint32_t i = 0; i < p->scale_down_n; i++)
		if (strcmp(p->scale_down[i].node, node) == 0)
			return true;
	return false;
}

/* A blocker holds since it was first seen after another one; what was there at
 * the first decision may have been so for long. */
static int64_t
blocked_since(const struct step_writer *w, const struct plan_node *n,
	      const char *id)
{
	const struct plan_step *was = before(w, id);

	if (n->unneeded_since_ms)
		return n->unneeded_since_ms;
	if (!was)
		return w->run->steps_put ? w->now_ms : 0;
	return str_eq(was->upstream, n->blocked) ? was->since_ms : w->now_ms;
}

static void
put_node(struct step_writer *w, const struct plan_node *n)
{
	char *id = arena_printf(w->arena, "node/%s", n->node);
	struct draft d = { .sort = STEP_NODE,
			   .id = id,
			   .what = "keep",
			   .subject = n->node,
			   .group = n->group,
			   .upstream = n->blocked,
			   .since_ms = blocked_since(w, n, id) };

	if (n->utilization >= 0)
		d.change = arena_printf(w->arena, "%.0f%%",
					n->utilization * 100);
	blocker_text(n, &w->line);
	blocker_clears(n, &w->pods);
	d.reason = buf_text(&w->line);
	d.clears = buf_text(&w->pods);
	store_find(w->store, KIND_NODE, n->node, &d.target);
	put(w, &d);
}

/* Those the engine would like to remove first, those it may not touch last. */
static int
node_rank(const struct plan_node *n)
{
	return n->unneeded_since_ms			      ? 0
	       : strcmp(n->blocked, "NotAutoscaled") == 0     ? 3
	       : strcmp(n->blocked, "NotUnderutilized") == 0 ? 2
							      : 1;
}

static void
put_nodes(struct step_writer *w)
{
	for (int rank = 0; rank <= 3; rank++)
		for (uint32_t i = 0; i < w->plan->node_n; i++) {
			const struct plan_node *n = &w->plan->nodes[i];

			if (node_rank(n) != rank ||
			    !*str_or_empty(n->blocked) ||
			    goes(w->plan, n->node))
				continue;
			reset(w);
			put_node(w, n);
		}
}

static void
put_acts(struct step_writer *w)
{
	const struct plan *p = w->plan;

	for (uint32_t i = 0; i < p->fix_n; i++) {
		reset(w);
		put_fix(w, &p->fixes[i]);
	}
	for (uint32_t i = 0; i < p->scale_up_n; i++) {
		reset(w);
		put_scale_up(w, &p->scale_up[i]);
	}
	for (uint32_t i = 0; i < p->scale_down_n; i++) {
		reset(w);
		put_scale_down(w, &p->scale_down[i]);
	}
	reset(w);
	put_soft_taints(w, "mark", "not needed: new pods should go elsewhere "
				   "(soft taint)",
			p->taint_add, p->taint_add_n);
	reset(w);
	put_soft_taints(w, "unmark", "needed again: the soft taint comes off",
			p->taint_remove, p->taint_remove_n);
}

void
engine_put_steps(struct engine_run *e)
{
	struct step_writer w = {
		.run = e,
		.plan = e->plan,
		.store = e->backend->store,
		.seal = seal_new(),
		.arena = arena_new(),
		.now_ms = e->plan->time_ms,
		.acts = engine_does(store_engine(e->backend->store)),
	};
	const struct sink *sink = store_sink(w.store);

	buf_init(&w.line, LINE_LIMIT);
	buf_init(&w.detail, DETAIL_LIMIT);
	buf_init(&w.pods, PODS_LIMIT);
	sink->list_begin(sink->ctx, KIND_STEP);
	put_acts(&w);
	put_pods(&w);
	put_nodes(&w);
	sink->list_end(sink->ctx, KIND_STEP, true);
	e->steps_put = true;
	buf_fini(&w.line);
	buf_fini(&w.detail);
	buf_fini(&w.pods);
	arena_free(w.arena);
	seal_free(w.seal);
}
