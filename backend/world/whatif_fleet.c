/*
 * The fleet that a policy would have had: its nodes, and how time passes on it.
 */
#include <stdlib.h>

#include "backend/world/whatif_private.h"

/* ---- nodes ---- */

static const char *
intern(struct whatif_fleet *f, const char *name)
{
	const char *known = map_get(f->names, name);

	if (known)
		return known;
	map_put(f->names, name, xstrdup(name));
	return map_get(f->names, name);
}

void
fleet_stand(struct whatif_fleet *f, uint32_t node, const struct pod *taken)
{
	vec_push(&f->nodes.at[node].pods, taken);
	f->nodes.at[node].used_mcpu += taken->requests.cpu_mcpu;
}

static void
leave(struct whatif_fleet *f, uint32_t node, const struct pod *p)
{
	struct fleet_node *n = &f->nodes.at[node];

	for (uint32_t i = 0; i < n->pods.n; i++) {
		if (n->pods.at[i] != p)
			continue;
		n->pods.at[i] = n->pods.at[--n->pods.n];
		n->used_mcpu -= p->requests.cpu_mcpu;
		record_unref(&p->record);
		return;
	}
}

static const struct node *
node_of_instance(const struct world *w, const char *id)
{
	WORLD_EACH(node, n, w, KIND_NODE)
		if (str_eq(n->instance_id, id))
			return n;
	return NULL;
}

static bool
is_spot(const struct group *g, const struct node *n)
{
	return (n && strcmp(node_capacity_type(n), "spot") == 0) ||
	       g->on_demand_percent == 0;
}

static void
add_recorded(struct whatif_fleet *f, const struct world *w,
	     const struct group *g, const struct group_instance *in)
{
	struct fleet_node *n = vec_add(&f->nodes);
	const struct trace_group *known = map_get(f->trace->groups, g->name);
	const struct node *is = node_of_instance(w, in->id);

	n->group = intern(f, g->name);
	n->id = xstrdup(in->id);
	n->zone = xstrdup(str_or_empty(in->zone));
	n->type = xstrdup(str_or_empty(in->type));
	n->node = is ? record_ref(is) : NULL;
	n->launched_ms = f->now_ms;
	n->ready_ms = is ? f->now_ms
			 : f->now_ms + (known ? known->boot_ms : 0);
	n->spot = is_spot(g, is);
	n->udollars = whatif_price(f->trace, w, in->type, in->zone, n->spot);
}

static void
add_groupless(struct whatif_fleet *f, const struct node *is)
{
	struct fleet_node *n = vec_add(&f->nodes);

	n->group = "";
	n->id = xstrdup(str_or_empty(is->instance_id));
	n->zone = xstrdup(node_zone(is));
	n->type = xstrdup(node_instance_type(is));
	n->node = record_ref(is);
	n->udollars = -1;
}

static uint32_t
find_node(const struct whatif_fleet *f, const char *name)
{
	for (uint32_t i = 0; i < f->nodes.n; i++)
		if (f->nodes.at[i].node && !f->nodes.at[i].gone &&
		    str_eq(f->nodes.at[i].node->meta.name, name))
			return i;
	return UINT32_MAX;
}

static bool
is_known(const struct whatif_fleet *f, const struct node *n)
{
	return find_node(f, n->meta.name) != UINT32_MAX;
}

static void
add_pod(struct whatif_fleet *f, const struct trace_pod *t)
{
	struct fleet_pod *p = vec_add(&f->pods);
	uint32_t node = t->node ? find_node(f, t->node) : UINT32_MAX;

	p->from = t;
	p->node = UINT32_MAX;
	p->waited_ms = -1;
	if (node == UINT32_MAX)
		return;
	p->state = FLEET_PLACED;
	p->pod = record_ref(t->pod);
	p->node = node;
	p->ends_ms = t->ended_ms;
	fleet_stand(f, node, record_ref(t->pod));
}

void
fleet_begin(struct whatif_fleet *f, struct whatif *trace, const struct world *w)
{
	f->trace = trace;
	f->seal = seal_new();
	f->names = map_new(free);
	f->now_ms = f->before_ms = trace->first_ms;
	WORLD_EACH(group, g, w, KIND_GROUP)
		for (uint32_t i = 0; i < g->instance_n; i++)
			add_recorded(f, w, g, &g->instances[i]);
	WORLD_EACH(node, n, w, KIND_NODE)
		if (!is_known(f, n))
			add_groupless(f, n);
	WORLD_EACH(pod, p, w, KIND_POD)
	{
		uint32_t node = whatif_is_work(p) || !p->node_name
					? UINT32_MAX
					: find_node(f, p->node_name);

		if (node != UINT32_MAX && !pod_is_finished(p))
			fleet_stand(f, node, record_ref(p));
	}
	for (uint32_t i = 0; i < trace->order.n; i++)
		add_pod(f, trace->order.at[i]);
}

static void
drop_node(struct fleet_node *n)
{
	for (uint32_t i = 0; i < n->pods.n; i++)
		record_unref(&n->pods.at[i]->record);
	vec_free(&n->pods);
	record_unref(n->node ? &n->node->record : NULL);
	n->node = NULL;
}

void
fleet_free(struct whatif_fleet *f)
{
	for (uint32_t i = 0; i < f->nodes.n; i++) {
		struct fleet_node *n = &f->nodes.at[i];

		drop_node(n);
		free(n->id);
		free(n->zone);
		free(n->type);
	}
	for (uint32_t i = 0; i < f->pods.n; i++)
		record_unref(f->pods.at[i].pod ? &f->pods.at[i].pod->record
					       : NULL);
	for (uint32_t i = 0; i < f->acts.n; i++) {
		free(f->acts.at[i].id);
		free(f->acts.at[i].group);
		free(f->acts.at[i].node);
	}
	vec_free(&f->nodes);
	vec_free(&f->pods);
	vec_free(&f->acts);
	map_free(f->names);
	seal_free(f->seal);
}

/* ---- growing ---- */

struct using {
	struct whatif_fleet *fleet;
	struct fleet_node *as;
};

static void
use_template(void *ctx, const struct node *n, const struct pod *const *pods,
	     uint32_t pod_n)
{
	struct using *u = ctx;

	/* Its DaemonSet pods have no identity yet; the engine knows them from
	 * the DaemonSets. */
	(void)pods;
	(void)pod_n;
	u->as->node = fleet_node_like(u->fleet, n, u->as);
}

/* Like the group's other nodes; without any, as its template says. */
static void
become_ready(struct whatif_fleet *f, uint32_t index,
	     const struct recorded *entry)
{
	struct fleet_node *n = &f->nodes.at[index];
	const struct trace_group *g = map_get(f->trace->groups, n->group);
	struct using u = { f, n };

	if (g && g->sample) {
		n->node = fleet_node_like(f, g->sample, n);
		for (uint32_t i = 0; i < g->daemons.n; i++)
			fleet_stand(f, index,
				    fleet_pod_on(f, g->daemons.at[i],
						 n->id));
		return;
	}
	engine_template(&(struct engine_input){ .world = entry->world,
						.policy = entry->policy,
						.memory = entry->memory,
						.now_ms = entry->now_ms },
			n->group, use_template, &u);
	if (!n->node)
		n->ready_ms = f->now_ms + 60000; /* asked again in a minute */
}

static const struct group *
find_group(const struct world *w, const char *name)
{
	WORLD_EACH(group, g, w, KIND_GROUP)
		if (str_eq(g->name, name))
			return g;
	return NULL;
}

struct typing {
	char *type;
	bool spot;
};

static void
use_type(void *ctx, const struct node *n, const struct pod *const *pods,
	 uint32_t pod_n)
{
	struct typing *t = ctx;

	(void)pods;
	(void)pod_n;
	t->type = xstrdup(node_instance_type(n));
	t->spot = strcmp(node_capacity_type(n), "spot") == 0;
}

static int32_t
group_size(const struct whatif_fleet *f, const char *group)
{
	int32_t n = 0;

	for (uint32_t i = 0; i < f->nodes.n; i++)
		n += !f->nodes.at[i].gone &&
		     strcmp(f->nodes.at[i].group, group) == 0;
	return n;
}

static struct fleet_act *
add_act(struct whatif_fleet *f, const char *kind, const char *group)
{
	struct fleet_act *a = vec_add(&f->acts);

	a->id = xasprintf("whatif-%u", f->acts.n);
	a->kind = kind;
	a->group = xstrdup(group);
	a->started_ms = f->now_ms;
	return a;
}

void
fleet_grow(struct whatif_fleet *f, const struct recorded *entry,
	   const char *group, int32_t to)
{
	const struct group *g = find_group(entry->world, group);
	const struct trace_group *known = map_get(f->trace->groups, group);
	const struct node *sample = known ? known->sample : NULL;
	struct typing type = { NULL, false };
	int32_t from = group_size(f, group);
	struct fleet_act *act;

	if (!g || !known || to <= from)
		return;
	if (sample) {
		type.type = xstrdup(node_instance_type(sample));
		type.spot = is_spot(g, sample);
	} else {
		engine_template(&(struct engine_input){
					.world = entry->world,
					.policy = entry->policy,
					.memory = entry->memory,
					.now_ms = entry->now_ms },
				group, use_type, &type);
	}
	act = add_act(f, "scaleUp", group);
	act->from = from;
	act->to = to;
	act->due_ms = f->now_ms + known->boot_ms;
	for (int32_t i = from; i < to; i++) {
		struct fleet_node *n = vec_add(&f->nodes);
		uint32_t serial = ++f->launched;

		n->group = intern(f, group);
		n->id = xasprintf("whatif-%05u", serial);
		n->zone = xstrdup(g->zone_n ? g->zones[serial % g->zone_n]
					    : "");
		n->type = xstrdup(str_or_empty(type.type));
		n->launched_ms = f->now_ms;
		n->ready_ms = f->now_ms + known->boot_ms;
		n->spot = type.spot;
		n->udollars = whatif_price(f->trace, entry->world, n->type,
					   n->zone, n->spot);
	}
	free(type.type);
}

/* ---- going ---- */

static bool
runs_jobs(const struct whatif_fleet *f, uint32_t node)
{
	for (uint32_t i = 0; i < f->nodes.at[node].pods.n; i++)
		if (f->nodes.at[node].pods.at[i]->is_job)
			return true;
	return false;
}

static void
go(struct whatif_fleet *f, uint32_t node, struct whatif_sums *s)
{
	struct fleet_node *n = &f->nodes.at[node];

	for (uint32_t i = 0; i < f->pods.n; i++) {
		struct fleet_pod *p = &f->pods.at[i];
		const struct pod *was = p->pod;

		if (p->state != FLEET_PLACED || p->node != node)
			continue;
		p->state = FLEET_WAITING;
		p->moved = true;
		p->node = UINT32_MAX;
		p->pod = fleet_pod_waiting(f, was);
		record_unref(&was->record);
		s->moved++;
	}
	n->gone = true;
	n->used_mcpu = 0;
	drop_node(n);
	s->removed++;
}

bool
fleet_remove(struct whatif_fleet *f, const char *name, struct whatif_sums *s)
{
	uint32_t node = find_node(f, name);
	struct fleet_node *n;
	struct fleet_act *act;
	const struct node *was;

	if (node == UINT32_MAX || f->nodes.at[node].leaving ||
	    !*f->nodes.at[node].group)
		return false;
	n = &f->nodes.at[node];
	act = add_act(f, "scaleDown", n->group);
	act->node = xstrdup(name);
	if (!runs_jobs(f, node)) {
		act->ended_ms = f->now_ms;
		go(f, node, s);
		return true;
	}
	was = n->node;
	n->leaving = true;
	n->node = fleet_node_leaving(f, was);
	record_unref(&was->record);
	return true;
}

void
fleet_let_go(struct whatif_fleet *f, struct whatif_sums *s)
{
	for (uint32_t i = 0; i < f->nodes.n; i++) {
		struct fleet_node *n = &f->nodes.at[i];

		if (n->gone || !n->leaving || runs_jobs(f, i))
			continue;
		for (uint32_t k = 0; k < f->acts.n; k++)
			if (f->acts.at[k].node && !f->acts.at[k].ended_ms &&
			    str_eq(f->acts.at[k].node, n->node->meta.name))
				f->acts.at[k].ended_ms = f->now_ms;
		go(f, i, s);
	}
}

/* ---- time passes ---- */

static void
come_and_go(struct whatif_fleet *f, struct fleet_pod *p)
{
	const struct trace_pod *t = p->from;
	const struct pod *was = p->pod;

	if (p->state == FLEET_COMING && t->came_ms <= f->now_ms) {
		p->state = FLEET_WAITING;
		p->pod = fleet_pod_waiting(f, t->pod);
	} else if (p->state == FLEET_PLACED && p->ends_ms &&
		   p->ends_ms <= f->now_ms) {
		leave(f, p->node, was);
		record_unref(&was->record);
		p->pod = NULL;
		p->state = FLEET_OVER;
	}
	/* One that really went without ever having a node gives up here too. */
	if (p->state == FLEET_WAITING && !t->bound_ms && t->ended_ms &&
	    t->ended_ms <= f->now_ms) {
		record_unref(&p->pod->record);
		p->pod = NULL;
		p->state = FLEET_OVER;
		p->waited_ms = t->ended_ms - t->came_ms;
	}
}

void
fleet_advance(struct whatif_fleet *f, const struct recorded *entry)
{
	for (uint32_t i = 0; i < f->pods.n; i++)
		come_and_go(f, &f->pods.at[i]);
	for (uint32_t i = 0; i < f->nodes.n; i++)
		if (!f->nodes.at[i].gone && !f->nodes.at[i].node &&
		    f->nodes.at[i].ready_ms <= f->now_ms)
			become_ready(f, i, entry);
	for (uint32_t i = 0; i < f->acts.n; i++)
		if (!f->acts.at[i].ended_ms && f->acts.at[i].due_ms &&
		    f->acts.at[i].due_ms <= f->now_ms)
			f->acts.at[i].ended_ms = f->now_ms;
}
