/*
 * Learning from a recording: which pods came and ran, which nodes, how long
 * nodes took, and what all of it cost.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/model/workload.h"
#include "backend/world/whatif_private.h"

/* For a group none of whose nodes came while it was recorded. */
#define BOOT_DEFAULT_MS ((int64_t)120 * 1000)
#define RUN_DEFAULT_MS ((int64_t)300 * 1000)

static int
by_number(const void *a, const void *b)
{
	int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

	return (left > right) - (left < right);
}

/* ---- waits ---- */

void
waits_add(struct waits *w, int64_t ms)
{
	vec_push(&w->ms, ms > 0 ? ms : 0);
}

void
waits_sum(struct waits *w, struct whatif_sums *out)
{
	out->wait_p50_ms = out->wait_p90_ms = out->wait_max_ms = 0;
	out->wait_sum_ms = 0;
	out->pods = w->ms.n;
	if (!w->ms.n)
		return;
	qsort(w->ms.at, w->ms.n, sizeof(*w->ms.at), by_number);
	for (uint32_t i = 0; i < w->ms.n; i++)
		out->wait_sum_ms += w->ms.at[i];
	out->wait_p50_ms = w->ms.at[(w->ms.n - 1) / 2];
	out->wait_p90_ms = w->ms.at[(uint64_t)(w->ms.n - 1) * 9 / 10];
	out->wait_max_ms = w->ms.at[w->ms.n - 1];
}

void
waits_free(struct waits *w)
{
	vec_free(&w->ms);
}

/* ---- prices ---- */

int64_t
whatif_price(const struct whatif *t, const struct world *w,
	     const char *type, const char *zone, bool spot)
{
	int64_t any = -1;

	WORLD_EACH(price, p, w, KIND_PRICE)
	{
		if (p->spot != spot || !str_eq(p->type, type))
			continue;
		if (!spot || str_eq(p->zone, zone))
			return p->udollars_hour;
		if (p->udollars_hour > any)
			any = p->udollars_hour;
	}
	for (uint32_t i = 0; any < 0 && i < t->prices.n; i++)
		if (t->prices.at[i].spot == spot &&
		    str_eq(t->prices.at[i].type, type))
			any = t->prices.at[i].udollars;
	return any;
}

void
whatif_add_price(struct whatif *w, const char *type, bool spot,
		 int64_t udollars_hour)
{
	struct known_price *p = vec_add(&w->prices);

	p->type = xstrdup(type);
	p->spot = spot;
	p->udollars = udollars_hour;
}

/* ---- pods ---- */

bool
whatif_is_work(const struct pod *p)
{
	return !pod_is_daemon(p) &&
	       !labels_get(&p->meta.annotations,
			   "kubernetes.io/config.mirror");
}

static void
drop_pod(void *value)
{
	struct trace_pod *t = value;

	record_unref(&t->pod->record);
	free(t->node);
	free(t);
}

static bool
has_node(const struct pod *p)
{
	return *str_or_empty(p->node_name) != '\0';
}

static struct trace_pod *
meet_pod(struct whatif *w, const char *key, const struct pod *p,
	 const struct recorded *entry)
{
	struct trace_pod *t = xcalloc(1, sizeof(*t));

	t->pod = record_ref(p);
	t->came_ms = p->meta.created_ms ? p->meta.created_ms : entry->now_ms;
	if (has_node(p) && w->decisions == 0)
		t->node = xstrdup(p->node_name);
	map_put(w->pods, key, t);
	vec_push(&w->order, t);
	return t;
}

static void
see_pod(struct whatif *w, const struct pod *p, const struct recorded *entry)
{
	char key[RECORD_KEY + 64], name[RECORD_KEY];
	struct trace_pod *t;

	snprintf(key, sizeof(key), "%s#%.60s", record_key(&p->record, name),
		 str_or_empty(p->meta.uid));
	t = map_get(w->pods, key);
	if (!t && pod_is_finished(p))
		return;
	if (!t)
		t = meet_pod(w, key, p, entry);
	t->seen = entry->number;
	if (has_node(p) && !t->bound_ms)
		t->bound_ms = p->scheduled && p->scheduled_ms ? p->scheduled_ms
							      : entry->now_ms;
	if (!has_node(p) && t->pod != p) {
		record_unref(&t->pod->record);
		t->pod = record_ref(p);
	}
	if (pod_is_finished(p) && !t->ended_ms)
		t->ended_ms = entry->now_ms;
}

/* What this decision did not see any more has ended. */
static void
end_pods(struct whatif *w, const struct recorded *entry)
{
	for (uint32_t i = 0; i < w->order.n; i++) {
		struct trace_pod *t = w->order.at[i];

		if (!t->ended_ms && t->seen != entry->number)
			t->ended_ms = entry->now_ms;
	}
}

/* ---- groups and their nodes ---- */

static void
drop_group(void *value)
{
	struct trace_group *g = value;

	free(g->name);
	record_unref(g->sample ? &g->sample->record : NULL);
	for (uint32_t i = 0; i < g->daemons.n; i++)
		record_unref(&g->daemons.at[i]->record);
	vec_free(&g->daemons);
	vec_free(&g->boots);
	free(g);
}

static struct trace_group *
meet_group(struct whatif *w, const char *name)
{
	struct trace_group *g = map_get(w->groups, name);

	if (g)
		return g;
	g = xcalloc(1, sizeof(*g));
	g->name = xstrdup(name);
	map_put(w->groups, name, g);
	return g;
}

static bool
is_good(const struct node *n)
{
	return node_is_ready(n) && !n->unschedulable &&
	       !node_taint(n, TAINT_TO_BE_DELETED);
}

static void
take_sample(struct trace_group *g, const struct node *n,
	    const struct world *world)
{
	if (g->sample || !is_good(n))
		return;
	g->sample = record_ref(n);
	WORLD_EACH(pod, p, world, KIND_POD)
		if (!whatif_is_work(p) && str_eq(p->node_name, n->meta.name))
			vec_push(&g->daemons, record_ref(p));
}

/* Launch to ready of a node that came while it was recorded; groups are looked
 * at less often than nodes, so EC2's own time counts where it is known. */
static void
time_boot(struct trace_group *g, struct trace_instance *t,
	  const struct node *n, const struct world *world)
{
	int64_t from_ms = t->first_ms;

	if (t->at_start || t->ready || !node_is_ready(n))
		return;
	t->ready = true;
	WORLD_EACH(instance, i, world, KIND_INSTANCE)
		if (str_eq(i->id, n->instance_id) && i->launched_ms)
			from_ms = i->launched_ms;
	if (n->ready_ms > from_ms)
		vec_push(&g->boots, n->ready_ms - from_ms);
}

static struct trace_instance *
see_instance(struct whatif *w, const struct group_instance *i,
	     const struct recorded *entry)
{
	struct trace_instance *t = map_get(w->instances, i->id);

	if (!t) {
		t = xcalloc(1, sizeof(*t));
		t->first_ms = entry->now_ms;
		t->at_start = w->decisions == 0;
		w->real.added += !t->at_start;
		map_put(w->instances, i->id, t);
	}
	t->seen = entry->number;
	return t;
}

static bool
is_spot(const struct group *g, const struct node *n)
{
	return (n && strcmp(node_capacity_type(n), "spot") == 0) ||
	       g->on_demand_percent == 0;
}

/* What stood from this decision to the next costs until then: counted when the
 * next one comes. */
static void
pay(struct whatif *w, int64_t until_ms)
{
	double hours = (double)(until_ms - w->last_ms) / 3600000.0;
	uint32_t nodes = 0;

	WORLD_EACH(group, g, w->last, KIND_GROUP)
	{
		const struct trace_group *known = map_get(w->groups, g->name);

		for (uint32_t i = 0; i < g->instance_n; i++) {
			const struct group_instance *in = &g->instances[i];
			int64_t price = whatif_price(
				w, w->last, in->type, in->zone,
				is_spot(g, known ? known->sample : NULL));

			nodes++;
			w->real.node_hours += hours;
			if (price >= 0)
				w->real.dollars += (double)price / 1e6 * hours;
			else
				w->real.unpriced_hours += hours;
		}
	}
	if (nodes > w->real.most_nodes)
		w->real.most_nodes = nodes;
}

static void
see_groups(struct whatif *w, const struct recorded *entry)
{
	struct map *by_id = map_new(NULL);

	WORLD_EACH(node, n, entry->world, KIND_NODE)
		if (*str_or_empty(n->instance_id))
			map_put(by_id, n->instance_id,
				(void *)(uintptr_t)n);
	WORLD_EACH(group, g, entry->world, KIND_GROUP)
	{
		struct trace_group *known = meet_group(w, g->name);

		for (uint32_t i = 0; i < g->instance_n; i++) {
			struct trace_instance *t =
				see_instance(w, &g->instances[i], entry);
			const struct node *n =
				map_get(by_id, g->instances[i].id);

			if (!n)
				continue;
			take_sample(known, n, entry->world);
			time_boot(known, t, n, entry->world);
		}
	}
	map_free(by_id);
}

static void
count_removed(struct whatif *w, const struct recorded *entry)
{
	const char *id;
	void *value;

	for (uint32_t i = 0; map_next(w->instances, &i, &id, &value);) {
		const struct trace_instance *t = value;

		w->real.removed += t->seen == entry->number - 1 &&
				   w->decisions > 0;
	}
}

/* ---- all of it ---- */

struct whatif *
whatif_new(void)
{
	struct whatif *w = xcalloc(1, sizeof(*w));

	w->pods = map_new(drop_pod);
	w->groups = map_new(drop_group);
	w->instances = map_new(free);
	return w;
}

void
whatif_free(struct whatif *w)
{
	if (!w)
		return;
	map_free(w->pods);
	map_free(w->groups);
	map_free(w->instances);
	vec_free(&w->order);
	for (uint32_t i = 0; i < w->prices.n; i++)
		free(w->prices.at[i].type);
	vec_free(&w->prices);
	world_unref(w->last);
	free(w);
}

void
whatif_learn(struct whatif *w, const struct recorded *given)
{
	struct recorded entry = *given;

	/* Numbered as they come: segments of several writers may follow each
	 * other. */
	entry.number = w->decisions + 1;
	if (w->decisions)
		pay(w, entry.now_ms);
	else
		w->first_ms = entry.now_ms;
	see_groups(w, &entry);
	count_removed(w, &entry);
	WORLD_EACH(pod, p, entry.world, KIND_POD)
		if (whatif_is_work(p))
			see_pod(w, p, &entry);
	end_pods(w, &entry);
	world_unref(w->last);
	w->last = world_ref(entry.world);
	w->last_ms = entry.now_ms;
	w->decisions++;
}

static int64_t
median(int64_t *at, uint32_t n, int64_t none)
{
	if (!n)
		return none;
	qsort(at, n, sizeof(*at), by_number);
	return at[(n - 1) / 2];
}

static int
as_they_came(const void *a, const void *b)
{
	const struct trace_pod *left = *(struct trace_pod *const *)a;
	const struct trace_pod *right = *(struct trace_pod *const *)b;
	char kl[RECORD_KEY], kr[RECORD_KEY];

	if (left->came_ms != right->came_ms)
		return left->came_ms < right->came_ms ? -1 : 1;
	return strcmp(record_key(&left->pod->record, kl),
		      record_key(&right->pod->record, kr));
}

void
whatif_settle(struct whatif *w)
{
	VEC(int64_t) runs = { 0 };
	const char *name;
	void *value;

	if (w->settled)
		return;
	w->settled = true;
	for (uint32_t i = 0; i < w->order.n; i++) {
		const struct trace_pod *t = w->order.at[i];

		if (t->bound_ms && t->ended_ms > t->bound_ms)
			vec_push(&runs, t->ended_ms - t->bound_ms);
	}
	w->run_ms = median(runs.at, runs.n, RUN_DEFAULT_MS);
	vec_free(&runs);
	for (uint32_t i = 0; map_next(w->groups, &i, &name, &value);) {
		struct trace_group *g = value;

		g->boot_ms = median(g->boots.at, g->boots.n, BOOT_DEFAULT_MS);
	}
	if (w->order.n > 1)
		qsort(w->order.at, w->order.n, sizeof(*w->order.at),
		      as_they_came);
}

bool
whatif_boot_ms(const struct whatif *w, int64_t *low, int64_t *high)
{
	const char *name;
	bool any = false;
	void *value;

	*low = *high = BOOT_DEFAULT_MS;
	for (uint32_t i = 0; map_next(w->groups, &i, &name, &value);) {
		const struct trace_group *g = value;

		if (!g->boots.n)
			continue;
		if (!any || g->boot_ms < *low)
			*low = g->boot_ms;
		if (!any || g->boot_ms > *high)
			*high = g->boot_ms;
		any = true;
	}
	return any;
}

bool
whatif_span(const struct whatif *w, int64_t *from_ms, int64_t *to_ms)
{
	*from_ms = w->first_ms;
	*to_ms = w->last_ms;
	return w->decisions > 0;
}

struct whatif_sums
whatif_recorded(struct whatif *w)
{
	struct whatif_sums s;
	struct waits waits = { 0 };

	whatif_settle(w);
	s = w->real;
	for (uint32_t i = 0; i < w->order.n; i++) {
		const struct trace_pod *t = w->order.at[i];

		if (t->node)
			continue;
		waits_add(&waits, (t->bound_ms	 ? t->bound_ms
				   : t->ended_ms ? t->ended_ms
						 : w->last_ms) - t->came_ms);
		s.still += !t->bound_ms && !t->ended_ms;
		s.gave_up += !t->bound_ms && t->ended_ms;
	}
	waits_sum(&waits, &s);
	waits_free(&waits);
	return s;
}
