/*
 * The scheduler: the engine's predicates over the nodes, kube-scheduler's
 * scores, messages and patience.
 *
 * A pod that fits nowhere is tried again when something grew (a node came or
 * changed, a pod went) after a back-off of one to ten seconds, and after five
 * minutes anyway.  Pods that are equal in all that scheduling reads fail alike:
 * the verdict is kept per such shape until something grew.
 */
#include "backend/sim/world/scheduler.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/base/quantity.h"

#define CYCLE_MS 4	/* one pod */
#define BACKOFF_MS 1000 /* doubling */
#define BACKOFF_CAP_MS 10000
#define FLUSH_MS 300000 /* tried again although nothing grew */
enum { KEY_BYTES = 64 << 10 };

static void run(struct sim *w, void *ctx, uint64_t arg);

static void
wake_at(struct scheduler *s, int64_t at_ms)
{
	int64_t now = sim_now_ms(s->k->sim);

	if (s->timer && s->timer_ms <= at_ms)
		return;
	sim_cancel(s->k->sim, s->timer);
	s->timer_ms = at_ms;
	s->timer =
		sim_after(s->k->sim, at_ms > now ? at_ms - now : 0, run, s, 0);
}

static void
something_grew(struct scheduler *s)
{
	s->grew++;
	if (map_count(s->pending))
		wake_at(s, sim_now_ms(s->k->sim) + CYCLE_MS);
}

/* ---- what there is ---- */

static void
drop_pods(struct sched_node *n)
{
	for (uint32_t i = 0; i < n->pods.n; i++)
		record_unref(n->pods.at[i]);
	vec_clear(&n->pods);
}

static void
node_free(void *value)
{
	struct sched_node *n = value;

	drop_pods(n);
	vec_free(&n->pods);
	free(n);
}

static struct sched_node *
node_of(struct scheduler *s, const char *name)
{
	return map_get(s->nodes, name);
}

static void
mark_dirty(struct scheduler *s, struct sched_node *n)
{
	if (n->dirty)
		return;
	n->dirty = true;
	vec_push(&s->dirty, n);
}

static void
on_node(void *ctx, enum object_event e, const struct object *now,
	const struct object *before)
{
	struct scheduler *s = ctx;
	struct sched_node *n = node_of(s, now->name);
	const struct node *rec;

	(void)before;
	if (e == OBJECT_DELETED) {
		if (n) {
			s->terms -= n->terms;
			node_free(map_take(s->nodes, now->name));
		}
		vec_clear(&s->dirty); /* all are looked at anew */
		s->view_stale = true;
		return;
	}
	if (!n) {
		n = xcalloc(1, sizeof(*n));
		map_put(s->nodes, now->name, n);
		s->view_stale = true;
	}
	rec = mirror_of(s->k, KIND_NODE, now);
	mark_dirty(s, n);
	/* Heartbeats change nothing for anybody. */
	if (!rec || (n->hash == rec->spec_hash &&
		     n->unschedulable == rec->unschedulable))
		return;
	n->hash = rec->spec_hash;
	n->unschedulable = rec->unschedulable;
	s->epoch++;
	something_grew(s);
}

static void
on_pod(void *ctx, enum object_event e, const struct object *now,
       const struct object *before)
{
	struct scheduler *s = ctx;
	struct sched_node *n = *now->node ? node_of(s, now->node) : NULL;
	struct sched_pod *p = map_get(s->pending, now->key);
	bool over = pod_object_is_over(now);
	bool waits =
		e != OBJECT_DELETED && !*now->node && !over && !now->deleted_ms;

	/* A status alone takes no room, unless it says that the pod is over. */
	if (n && (e != OBJECT_MODIFIED || now->spec_rv != before->spec_rv ||
		  over != pod_object_is_over(before)))
		mark_dirty(s, n);
	if (*now->node && before &&
	    (e == OBJECT_DELETED || (over && !pod_object_is_over(before))))
		something_grew(s);
	if (!waits && p) {
		scheduler_queue_drop(s, p);
	} else if (waits && !p) {
		const struct pod *rec = mirror_of(s->k, KIND_POD, now);

		scheduler_queue_add(s, now->key, rec ? rec->priority : 0);
		wake_at(s, sim_now_ms(s->k->sim) + CYCLE_MS);
	}
}

struct filling {
	struct scheduler *s;
	struct sched_node *n;
};

static bool
fill_pod(void *ctx, const struct object *pod)
{
	struct filling *f = ctx;
	const struct pod *rec = mirror_spec_of(f->s->k, KIND_POD, pod);

	if (!rec || pod_object_is_over(pod))
		return true;
	(void)record_ref(rec);
	vec_push(&f->n->pods, rec);
	add_checked(&f->n->used.cpu_mcpu, rec->requests.cpu_mcpu);
	add_checked(&f->n->used.memory_bytes, rec->requests.memory_bytes);
	add_checked(&f->n->used.ephemeral_bytes, rec->requests.ephemeral_bytes);
	f->n->terms += rec->anti_affinity_n;
	return true;
}

static void
refresh_node(struct scheduler *s, struct sched_node *n)
{
	struct filling f = { s, n };
	const struct object *o = k8s_find(s->k, s->k->nodes, "", n->name);

	n->dirty = false;
	drop_pods(n);
	n->used = (struct resources){ 0 };
	s->terms -= n->terms;
	n->terms = 0;
	n->node = o ? mirror_of(s->k, KIND_NODE, o) : NULL;
	objects_each_on_node(s->k->objects, n->name, fill_pod, &f);
	s->terms += n->terms;
}

static void
show(struct scheduler *s, struct sched_node *n)
{
	s->view.at[n->at] = (struct predicate_node){
		n->node, (const struct pod *const *)n->pods.at, n->pods.n,
		&n->used
	};
}

/* After nodes came or went. */
static void
refresh_all(struct scheduler *s)
{
	const char *name;
	void *value;

	vec_clear(&s->view);
	vec_clear(&s->order);
	for (uint32_t at = 0; map_next(s->nodes, &at, &name, &value);) {
		struct sched_node *n = value;

		n->name = name;
		if (n->dirty)
			refresh_node(s, n);
		if (!n->node)
			continue;
		n->at = s->view.n;
		vec_push(&s->order, n);
		(void)vec_add(&s->view);
		show(s, n);
	}
	s->view_stale = false;
	s->epoch++;
}

/* Brings the view the predicates read up to date. */
static void
refresh(struct scheduler *s)
{
	if (s->view_stale)
		refresh_all(s);
	for (uint32_t i = 0; i < s->dirty.n; i++) {
		struct sched_node *n = s->dirty.at[i];

		if (!n->dirty)
			continue;
		refresh_node(s, n);
		if (n->node)
			show(s, n);
		else
			s->view_stale = true;
	}
	vec_clear(&s->dirty);
	if (s->view_stale)
		refresh_all(s);
}

/* ---- one pod ---- */

static void
set_condition(struct scheduler *s, const struct object *o,
	      const struct pod *rec, const char *message)
{
	json_t *list;
	int64_t since = rec->has_scheduled && !rec->scheduled
				? rec->scheduled_ms
				: sim_now_ms(s->k->sim);

	if (rec->has_scheduled && str_eq(rec->scheduled_message, message))
		return;
	list = json_array();
	json_array_append_new(list,
			      k8s_condition("PodScheduled", false,
					    "Unschedulable", message, since));
	k8s_put_status(
		s->k, o,
		pack("{s:o, s:s}", "conditions", list, "phase", "Pending"));
}

static void
fail_pod(struct scheduler *s, const struct object *o, const struct pod *rec,
	 struct sched_pod *p, const char *message)
{
	int64_t now = sim_now_ms(s->k->sim), wait = BACKOFF_MS;

	for (uint32_t i = 0; i < p->attempts && wait < BACKOFF_CAP_MS; i++)
		wait *= 2;
	p->attempts++;
	p->grew = s->grew;
	p->not_before_ms =
		now + (wait > BACKOFF_CAP_MS ? BACKOFF_CAP_MS : wait);
	p->flush_ms = now + FLUSH_MS;
	k8s_tell_scheduling(s->k, o, true, "FailedScheduling", "Scheduling",
			    "%s", message);
	set_condition(s, o, rec, message);
}

static bool
place(struct scheduler *s, const struct object *o, const char *node)
{
	const struct object *held = object_ref(o);
	struct status st = { 0 };
	const struct object *bound =
		objects_bind(s->k->objects, o->ns, o->name, o->uid, node, &st);

	if (bound)
		k8s_tell_scheduling(s->k, held, false, "Scheduled", "Binding",
				    "Successfully assigned %s to %s", held->key,
				    node);
	object_unref(held);
	return bound != NULL;
}

static void
attempt(struct scheduler *s, const char *key, struct sched_pod *p)
{
	const struct object *o = k8s_find_key(s->k, s->k->pods, key);
	const struct pod *rec = o ? mirror_of(s->k, KIND_POD, o) : NULL;
	struct sched_shape *shape;
	char hash[24];
	const char *alike = hash;

	if (!rec || rec->gated ||
	    !str_eq(rec->scheduler, "default-scheduler")) {
		p->not_before_ms = INT64_MAX; /* not ours: until it changes */
		p->flush_ms = INT64_MAX;
		return;
	}
	snprintf(hash, sizeof(hash), "%016llx",
		 (unsigned long long)rec->spec_hash);
	if (scheduler_shape_key(&s->shape_key, s, rec))
		alike = buf_text(&s->shape_key);
	shape = map_get(s->shapes, alike);
	if (!shape || shape->grew != s->grew) {
		int32_t best;
		char *message = NULL;
		bool helped = false;

		refresh(s);
		best = scheduler_choose(s, rec, &message, &helped);
		if (best >= 0) {
			struct sched_node *n = s->order.at[best];
			bool done = place(s, o, n->node->meta.name);

			if (!done)
				p->not_before_ms =
					sim_now_ms(s->k->sim) + BACKOFF_MS;
			return;
		}
		if (!shape) {
			shape = xcalloc(1, sizeof(*shape));
			map_put(s->shapes, alike, shape);
		}
		free(shape->message);
		shape->message = message;
		/* Who made room did it for itself alone. */
		shape->grew = helped ? UINT64_MAX : s->grew;
	}
	fail_pod(s, o, rec, p, shape->message);
}

static void
forget_shapes(struct scheduler *s)
{
	const char *hash;
	void *value;

	if (map_count(s->shapes) < 1024)
		return;
	for (uint32_t at = 0; map_next(s->shapes, &at, &hash, &value);) {
		struct sched_shape *shape = value;

		if (shape->grew == s->grew)
			continue;
		map_take(s->shapes, hash);
		free(shape->message);
		free(shape);
	}
}

static void
run(struct sim *w, void *ctx, uint64_t arg)
{
	struct scheduler *s = ctx;
	int64_t now = sim_now_ms(w), next;
	struct sched_pod *best;

	(void)arg;
	s->timer = 0;
	forget_shapes(s);
	best = scheduler_queue_first(s, now, &next);
	if (best) {
		/* The pod may leave the queue while it is worked on. */
		char *key = xstrdup(best->key);

		scheduler_queue_tried(s, best);
		attempt(s, key, best);
		free(key);
		next = now + CYCLE_MS;
	}
	if (next != INT64_MAX)
		wake_at(s, next);
}

/* ---- the part ---- */

static void
shape_free(void *value)
{
	struct sched_shape *shape = value;

	free(shape->message);
	free(shape);
}

struct scheduler *
scheduler_new(struct kubernetes *k)
{
	struct scheduler *s = xcalloc(1, sizeof(*s));

	s->k = k;
	s->nodes = map_new(node_free);
	s->pending = map_new(NULL);
	s->shapes = map_new(shape_free);
	s->words = map_new(free);
	buf_init(&s->words_key, KEY_BYTES);
	buf_init(&s->shape_key, KEY_BYTES);
	objects_listen(k->objects, k->nodes, on_node, s);
	objects_listen(k->objects, k->pods, on_pod, s);
	return s;
}

void
scheduler_free(struct scheduler *s)
{
	if (!s)
		return;
	map_free(s->nodes);
	scheduler_queue_fini(s);
	map_free(s->shapes);
	map_free(s->words);
	buf_fini(&s->words_key);
	buf_fini(&s->shape_key);
	vec_free(&s->dirty);
	vec_free(&s->view);
	vec_free(&s->order);
	free(s);
}
