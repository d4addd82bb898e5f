/*
 * A sample a minute of what the nodes, namespaces and groups are and use.
 */
#include "backend/sim/world/metrics.h"

#include <stdlib.h>

#include "backend/sim/world/kubelet.h"

#define MINUTE_MS 60000

#define INSIGHTS "ContainerInsights"
#define GROUPS "AWS/AutoScaling"

/* clang-format off */
static const struct { const char *name, *unit; } node_metrics[] = {
	{ "node_cpu_utilization", "Percent" },
	{ "node_cpu_reserved_capacity", "Percent" },
	{ "node_cpu_limit", "None" },
	{ "node_cpu_usage_total", "None" },
	{ "node_memory_utilization", "Percent" },
	{ "node_memory_reserved_capacity", "Percent" },
	{ "node_memory_limit", "Bytes" },
	{ "node_memory_working_set", "Bytes" },
	{ "node_number_of_running_pods", "Count" },
	{ "node_number_of_running_containers", "Count" },
	{ "node_filesystem_utilization", "Percent" },
}, cluster_metrics[] = {
	{ "cluster_node_count", "Count" },
	{ "cluster_failed_node_count", "Count" },
}, space_metrics[] = {
	{ "namespace_number_of_running_pods", "Count" },
}, group_metrics[] = {
	{ "GroupMinSize", "None" },
	{ "GroupMaxSize", "None" },
	{ "GroupDesiredCapacity", "None" },
	{ "GroupInServiceInstances", "None" },
	{ "GroupPendingInstances", "None" },
	{ "GroupStandbyInstances", "None" },
	{ "GroupTerminatingInstances", "None" },
	{ "GroupTotalInstances", "None" },
};
/* clang-format on */

enum {
	NODE_COLUMNS = ARRAY_LEN(node_metrics),
	CLUSTER_COLUMNS = ARRAY_LEN(cluster_metrics),
	SPACE_COLUMNS = ARRAY_LEN(space_metrics),
	GROUP_COLUMNS = ARRAY_LEN(group_metrics),
};

struct extent { /* of one metric over all nodes */
	float sum, min, max;
	uint32_t n;
};

struct track { /* the last minutes of some metrics of one thing */
	int64_t minutes[METRIC_MINUTES]; /* which one each slot holds */
	int64_t last;
	uint32_t columns;
	float *values;	       /* [slot][column]; NULL: */
	struct extent *spread; /* the same */
	char instance[24];     /* of a node */
};

struct metrics {
	struct sim *w;
	struct map *nodes, *spaces; /* name -> struct track */
	struct track *cluster, *all_nodes;
	struct track **groups; /* one a group of the cloud */
};

static struct track *
track_new(uint32_t columns, bool spread)
{
	struct track *t = xcalloc(1, sizeof(*t));

	t->columns = columns;
	if (spread)
		t->spread = xcalloc((size_t)METRIC_MINUTES * columns,
				    sizeof(*t->spread));
	else
		t->values = xcalloc((size_t)METRIC_MINUTES * columns,
				    sizeof(*t->values));
	return t;
}

static void
track_free(void *value)
{
	struct track *t = value;

	if (!t)
		return;
	free(t->values);
	free(t->spread);
	free(t);
}

struct metrics *
metrics_new(struct sim *w)
{
	struct metrics *m = xcalloc(1, sizeof(*m));
	const struct cloud *c = sim_cloud(w);

	m->w = w;
	m->nodes = map_new(track_free);
	m->spaces = map_new(track_free);
	m->cluster = track_new(CLUSTER_COLUMNS, false);
	m->all_nodes = track_new(NODE_COLUMNS, true);
	m->groups = xcalloc(c->group_n + 1, sizeof(struct track *));
	for (uint32_t i = 0; i < c->group_n; i++)
		m->groups[i] = track_new(GROUP_COLUMNS, false);
	return m;
}

void
metrics_free(struct metrics *m)
{
	if (!m)
		return;
	for (uint32_t i = 0; m->groups[i]; i++)
		track_free(m->groups[i]);
	free(m->groups);
	track_free(m->cluster);
	track_free(m->all_nodes);
	map_free(m->nodes);
	map_free(m->spaces);
	free(m);
}

/* ---- taking samples ---- */

/* The row of a minute, emptied when the slot held another. */
static float *
row(struct track *t, int64_t minute)
{
	uint32_t slot = (uint32_t)(minute % METRIC_MINUTES);
	float *at = &t->values[(size_t)slot * t->columns];

	if (t->minutes[slot] != minute)
		memset(at, 0, t->columns * sizeof(*at));
	t->minutes[slot] = t->last = minute;
	return at;
}

static void
spread_add(struct track *t, int64_t minute, const float *values)
{
	uint32_t slot = (uint32_t)(minute % METRIC_MINUTES);
	struct extent *at = &t->spread[(size_t)slot * t->columns];

	if (t->minutes[slot] != minute)
		memset(at, 0, t->columns * sizeof(*at));
	t->minutes[slot] = t->last = minute;
	for (uint32_t i = 0; i < t->columns; i++, at++) {
		float v = values[i];

		at->min = at->n && at->min < v ? at->min : v;
		at->max = at->n && at->max > v ? at->max : v;
		at->sum += v;
		at->n++;
	}
}

static struct track *
track_of(struct map *tracks, const char *name, uint32_t columns)
{
	struct track *t = map_get(tracks, name);

	if (!t) {
		t = track_new(columns, false);
		map_put(tracks, name, t);
	}
	return t;
}

static float
percent(int64_t part, int64_t whole)
{
	return whole > 0 ? (float)((double)part * 100.0 / (double)whole) : 0;
}

/* Pods and containers that run, what they asked for; namespaces on the way. */
static void
count_pods(struct metrics *m, const struct knode *n, int64_t minute, float *v,
	   int64_t *mcpu, int64_t *bytes)
{
	const char *uid;
	void *value;

	for (uint32_t at = 0; map_next(n->pods, &at, &uid, &value);) {
		const struct kpod *p = value;

		if (p->phase != KPOD_RUNNING && p->phase != KPOD_STOPPING)
			continue;
		v[8]++;
		row(track_of(m->spaces, p->ns, SPACE_COLUMNS), minute)[0]++;
		for (uint32_t i = 0; i < p->containers.n; i++) {
			const struct kcontainer *c = &p->containers.at[i];

			if (c->state != K_RUNNING)
				continue;
			v[9]++;
			*mcpu += c->cpu_mcpu;
			*bytes += c->memory_bytes;
		}
	}
}

static void
sample_node(struct metrics *m, struct knode *n, int64_t minute)
{
	struct kubernetes *k = n->k;
	const struct sim_type *t = n->instance->type;
	int64_t all_mcpu = t->vcpus * (int64_t)1000, mcpu = 0;
	int64_t all_bytes = sim_type_memory_kib(t) * 1024, bytes = 0;
	int64_t asked_mcpu = 0, asked_bytes = 0;
	struct track *track = track_of(m->nodes, n->name, NODE_COLUMNS);
	float *v = row(track, minute);

	memcpy(track->instance, n->instance->id, sizeof(track->instance));
	count_pods(m, n, minute, v, &asked_mcpu, &asked_bytes);
	if (!k->hooks.node_usage(k, n->name, &mcpu, &bytes))
		mcpu = bytes = 0;
	v[0] = percent(mcpu, all_mcpu);
	v[1] = percent(asked_mcpu, all_mcpu);
	v[2] = (float)all_mcpu;
	v[3] = (float)mcpu;
	v[4] = percent(bytes, all_bytes);
	v[5] = percent(asked_bytes, all_bytes);
	v[6] = (float)all_bytes;
	v[7] = (float)bytes;
	v[10] = percent(kubelet_disk_used(n), kubelet_disk_bytes(n));
	spread_add(m->all_nodes, minute, v);
}

static void
sample_group(const struct cloud_group *g, struct track *t, int64_t minute)
{
	float *v = row(t, minute);

	v[0] = (float)g->min;
	v[1] = (float)g->max;
	v[2] = (float)g->desired;
	for (uint32_t i = 0; i < g->instances.n; i++) {
		enum lifecycle l = g->instances.at[i]->lifecycle;

		v[l == LIFECYCLE_IN_SERVICE   ? 3
		  : l == LIFECYCLE_PENDING    ? 4
		  : l < LIFECYCLE_TERMINATING ? 5
					      : 6]++;
		v[7]++;
	}
}

static void
drop_old(struct map *tracks, int64_t minute)
{
	const char *name;
	void *value;

	for (uint32_t at = 0; map_next(tracks, &at, &name, &value);)
		if (((struct track *)value)->last + METRIC_MINUTES < minute)
			track_free(map_take(tracks, name));
}

static void
on_minute(struct sim *w, void *ctx, uint64_t arg)
{
	struct metrics *m = ctx;
	struct kubernetes *k = sim_kubernetes(w);
	const struct cloud *c = sim_cloud(w);
	int64_t minute = sim_now_ms(w) / MINUTE_MS;
	float *v = row(m->cluster, minute);
	const char *name;
	void *value;

	(void)arg;
	for (uint32_t at = 0;
	     map_next(k->kubelets->nodes, &at, &name, &value);) {
		struct knode *n = value;

		if (!n->registered)
			continue;
		v[0]++;
		v[1] += !n->ready || n->dead;
		if (!n->dead)
			sample_node(m, n, minute);
	}
	for (uint32_t i = 0; i < c->group_n; i++)
		sample_group(&c->groups[i], m->groups[i], minute);
	drop_old(m->nodes, minute);
	drop_old(m->spaces, minute);
	sim_after(w, MINUTE_MS, on_minute, m, 0);
}

void
metrics_wake(struct metrics *m)
{
	int64_t past = sim_now_ms(m->w) % MINUTE_MS;

	sim_after(m->w, MINUTE_MS - past, on_minute, m, 0);
}

/* ---- telling ---- */

struct telling {
	bool (*fn)(void *ctx, const struct metric_series *s);
	void *ctx;
	bool over;
};

#define TELL(t, s, table)                                                  \
	for (uint32_t i_ = 0; i_ < ARRAY_LEN(table) && !(t)->over; i_++) { \
		(s)->name = (table)[i_].name;                              \
		(s)->unit = (table)[i_].unit;                              \
		(s)->column = i_;                                          \
		(t)->over = !(t)->fn((t)->ctx, (s));                       \
	}

static void
tell_nodes(const struct metrics *m, struct telling *t, const char *cluster)
{
	const char *name;
	void *value;

	for (uint32_t at = 0;
	     !t->over && map_next(m->nodes, &at, &name, &value);) {
		const struct track *track = value;
		struct metric_series s = {
			.space = INSIGHTS,
			.dims = { { "ClusterName", cluster },
				  { "InstanceId", track->instance },
				  { "NodeName", name } },
			.dim_n = 3,
			.track = track,
		};

		TELL(t, &s, node_metrics);
	}
}

void
metrics_each(const struct metrics *m,
	     bool (*fn)(void *ctx, const struct metric_series *s), void *ctx)
{
	const struct cloud *c = sim_cloud(m->w);
	const char *cluster = sim_scenario(m->w)->cluster, *name;
	struct telling t = { fn, ctx, false };
	struct metric_series s = { .space = INSIGHTS,
				   .dims = { { "ClusterName", cluster } },
				   .dim_n = 1,
				   .track = m->cluster };
	void *value;

	TELL(&t, &s, cluster_metrics);
	s.track = m->all_nodes;
	TELL(&t, &s, node_metrics);
	tell_nodes(m, &t, cluster);
	s.dim_n = 2;
	for (uint32_t at = 0;
	     !t.over && map_next(m->spaces, &at, &name, &value);) {
		s.track = value;
		s.dims[1] = (struct metric_dim){ "Namespace", name };
		TELL(&t, &s, space_metrics);
	}
	s.space = GROUPS;
	s.dim_n = 1;
	for (uint32_t i = 0; i < c->group_n && !t.over; i++) {
		s.track = m->groups[i];
		s.dims[0] = (struct metric_dim){ "AutoScalingGroupName",
						 c->groups[i].name };
		TELL(&t, &s, group_metrics);
	}
}

bool
metric_at(const struct metric_series *s, int64_t minute,
	  struct metric_point *out)
{
	const struct track *t = s->track;
	size_t slot = (size_t)(minute % METRIC_MINUTES);
	size_t at = slot * t->columns + s->column;

	if (minute <= 0 || t->minutes[slot] != minute)
		return false;
	if (t->spread) {
		*out = (struct metric_point){ (double)t->spread[at].sum,
					      (double)t->spread[at].min,
					      (double)t->spread[at].max,
					      t->spread[at].n };
		return out->n > 0;
	}
	out->sum = out->min = out->max = (double)t->values[at];
	out->n = 1;
	return true;
}
