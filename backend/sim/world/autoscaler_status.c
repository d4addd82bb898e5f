/*
 * The status ConfigMap, in upstream's YAML (reference cluster-autoscaler 8.1):
 * keys in alphabetical order, times of the last change kept per state.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/clock.h"
#include "backend/sim/world/autoscaler_run.h"

#define STARTUP_MS 900000   /* max-node-startup-time */
#define PROVISION_MS 900000 /* max-node-provision-time */

struct counts {
	int32_t total, ready, not_started, unready, deleted;
	int32_t unregistered, long_unregistered;
};

/* ---- counting ---- */

struct counting {
	struct ca *a;
	const struct cloud_group *group; /* NULL: the whole cluster */
	struct counts n;
};

static bool
count_node(void *ctx, const struct object *o)
{
	struct counting *c = ctx;
	const struct node *n = mirror_of(c->a->k, KIND_NODE, o);
	struct cloud_instance *i;

	if (!n)
		return true;
	if (c->group) {
		i = cloud_instance(sim_cloud(c->a->k->sim), n->instance_id);
		if (!i || i->group != c->group)
			return true;
	}
	c->n.total++;
	if (node_taint(n, TAINT_TO_BE_DELETED))
		c->n.deleted++;
	if (node_is_ready(n))
		c->n.ready++;
	else if (sim_now_ms(c->a->k->sim) - n->meta.created_ms < STARTUP_MS)
		c->n.not_started++;
	else
		c->n.unready++;
	return true;
}

static void
count_unregistered(struct counting *c, const struct cloud_group *g)
{
	int64_t now = sim_now_ms(c->a->k->sim);

	for (uint32_t k = 0; k < g->instances.n; k++) {
		const struct cloud_instance *i = g->instances.at[k];

		if (k8s_find(c->a->k, c->a->k->nodes, "", i->dns))
			continue;
		if (now - i->launched_ms > PROVISION_MS)
			c->n.long_unregistered++;
		else
			c->n.unregistered++;
	}
	/* Asked for and not there yet: upstream's placeholders. */
	if (g->desired > (int32_t)g->instances.n)
		c->n.unregistered += g->desired - (int32_t)g->instances.n;
}

static struct counts
count(struct ca *a, const struct cloud_group *g)
{
	struct counting c = { .a = a, .group = g };
	struct cloud *cloud = sim_cloud(a->k->sim);

	objects_each(a->k->objects, a->k->nodes, NULL, NULL, count_node, &c);
	for (uint32_t i = 0; i < cloud->group_n; i++) {
		if (!g || g == &cloud->groups[i])
			count_unregistered(&c, &cloud->groups[i]);
	}
	return c.n;
}

/* ---- writing ---- */

static void
put_time(struct buf *b, const char *indent, const char *key, int64_t ms)
{
	char at[TIME_TEXT];

	if (ms == 0)
		buf_printf(b, "%s%s: null\n", indent, key);
	else
		buf_printf(b, "%s%s: \"%s\"\n", indent, key,
			   time_format(ms - ms % 1000, false, at));
}

static void
put_counts(struct buf *b, const char *indent, const struct counts *n)
{
	buf_printf(b, "%snodeCounts:\n%s  longUnregistered: %d\n", indent,
		   indent, n->long_unregistered);
	buf_printf(b, "%s  registered:\n", indent);
	if (n->deleted)
		buf_printf(b, "%s    beingDeleted: %d\n", indent, n->deleted);
	buf_printf(b,
		   "%s    notStarted: %d\n%s    ready: %d\n%s    suspended: "
		   "0\n%s    total: %d\n%s    unready:\n%s      "
		   "resourceUnready: 0\n%s      total: %d\n",
		   indent, n->not_started, indent, n->ready, indent, indent,
		   n->total, indent, indent, indent, n->unready);
	buf_printf(b, "%s  unregistered: %d\n", indent, n->unregistered);
}

/* since is when value became what it is. */
static void
note(const char **kept, int64_t *since, const char *value, int64_t now)
{
	if (!str_eq(*kept, value))
		*since = now;
	*kept = value;
}

static void
put_down(struct buf *b, const char *indent, const struct group_look *l,
	 int32_t candidates, int64_t now)
{
	buf_printf(b, "%sscaleDown:\n", indent);
	if (candidates)
		buf_printf(b, "%s  candidates: %d\n", indent, candidates);
	buf_printf(b, "%s  ", indent);
	put_time(b, "", "lastProbeTime", now);
	buf_printf(b, "%s  ", indent);
	put_time(b, "", "lastTransitionTime", l->down_ms);
	buf_printf(b, "%s  status: %s\n", indent, l->down);
}

struct group_look *
ca_look(struct ca *a, const char *group)
{
	struct group_look *l;

	for (uint32_t i = 0; i < a->looks.n; i++) {
		if (str_eq(a->looks.at[i].name, group))
			return &a->looks.at[i];
	}
	l = vec_add(&a->looks);
	snprintf(l->name, sizeof(l->name), "%s", group);
	return l;
}

static int32_t
candidates_of(const struct plan *p, const char *group)
{
	int32_t n = 0;

	for (uint32_t i = 0; i < p->node_n; i++)
		n += p->nodes[i].unneeded_since_ms != 0 &&
		     (!group || str_eq(p->nodes[i].group, group));
	return n;
}

static const char *
up_status(const struct plan_group *g, const struct counts *n, int64_t now)
{
	if (g->upcoming > 0 || n->not_started > 0)
		return "InProgress";
	if (!g->healthy)
		return "Unhealthy";
	return g->backoff_until_ms > now ? "Backoff" : "NoActivity";
}

static void
put_group(struct ca *a, struct buf *b, const struct plan *p,
	  const struct plan_group *g)
{
	struct cloud_group *cg = cloud_group(sim_cloud(a->k->sim), g->group);
	int64_t now = sim_now_ms(a->k->sim);
	int32_t candidates = candidates_of(p, g->group);
	struct group_look *l = ca_look(a, g->group);
	struct counts n;
	int64_t probe;

	if (!cg)
		return;
	n = count(a, cg);
	/* Upstream has no readiness of a group without nodes, so no time. */
	probe = n.total + n.unregistered + n.long_unregistered ? now : 0;
	note(&l->health, &l->health_ms, g->healthy ? "Healthy" : "Unhealthy",
	     probe);
	note(&l->up, &l->up_ms, up_status(g, &n, now), probe);
	note(&l->down, &l->down_ms,
	     candidates ? "CandidatesPresent" : "NoCandidates", now);
	buf_printf(b, "- health:\n    cloudProviderTarget: %d\n", cg->desired);
	put_time(b, "    ", "lastProbeTime", probe);
	put_time(b, "    ", "lastTransitionTime", l->health_ms);
	buf_printf(b, "    maxSize: %d\n    minSize: %d\n", cg->max, cg->min);
	put_counts(b, "    ", &n);
	buf_printf(b, "    status: %s\n  name: %s\n", l->health, g->group);
	put_down(b, "  ", l, candidates, now);
	buf_puts(b, "  scaleUp:\n");
	if (str_eq(l->up, "Backoff"))
		buf_puts(b, "    backoffInfo:\n      errorCode: "
			    "placeholder-cannot-be-fulfilled\n      "
			    "errorMessage: AWS cannot provision any more "
			    "instances for this node group\n");
	else
		buf_puts(b, "    backoffInfo: {}\n");
	put_time(b, "    ", "lastProbeTime", probe);
	put_time(b, "    ", "lastTransitionTime", l->up_ms);
	buf_printf(b, "    status: %s\n", l->up);
}

static void
put_whole(struct ca *a, struct buf *b, const struct plan *p)
{
	struct counts n = count(a, NULL);
	int64_t now = sim_now_ms(a->k->sim);
	int32_t candidates = candidates_of(p, NULL);
	struct group_look *l = &a->whole;
	bool growing = false;

	for (uint32_t i = 0; i < a->looks.n; i++)
		growing |= str_eq(a->looks.at[i].up, "InProgress");
	note(&l->health, &l->health_ms,
	     p->cluster_healthy ? "Healthy" : "Unhealthy", now);
	note(&l->up, &l->up_ms, growing ? "InProgress" : "NoActivity", now);
	note(&l->down, &l->down_ms,
	     candidates ? "CandidatesPresent" : "NoCandidates", now);
	buf_puts(b, "autoscalerStatus: Running\nclusterWide:\n  health:\n");
	put_time(b, "    ", "lastProbeTime", now);
	put_time(b, "    ", "lastTransitionTime", l->health_ms);
	put_counts(b, "    ", &n);
	buf_printf(b, "    status: %s\n", l->health);
	put_down(b, "  ", l, candidates, now);
	buf_puts(b, "  scaleUp:\n");
	put_time(b, "    ", "lastProbeTime", now);
	put_time(b, "    ", "lastTransitionTime", l->up_ms);
	buf_printf(b, "    status: %s\n", l->up);
}

/* Go prints the time of its own clock so. */
static char *
go_time(int64_t ms, char *out, size_t room)
{
	char at[TIME_TEXT];

	time_format(ms - ms % 1000, false, at);
	snprintf(out, room, "%.10s %.8s.%03d +0000 UTC", at, at + 11,
		 (int)(ms % 1000));
	return out;
}

void
ca_write_status(struct ca *a, const struct plan *p)
{
	const struct object *o =
		k8s_find(a->k, a->k->configmaps, CA_NS, CA_STATUS);
	struct buf whole, groups;
	char time[64];

	buf_init(&whole, (size_t)1 << 20);
	buf_init(&groups, (size_t)1 << 20);
	for (uint32_t i = 0; i < p->group_n; i++)
		put_group(a, &groups, p, &p->groups[i]);
	put_whole(a, &whole, p);
	if (groups.len)
		buf_printf(&whole, "nodeGroups:\n%s", buf_text(&groups));
	go_time(sim_now_ms(a->k->sim), time, sizeof(time));
	buf_printf(&whole, "time: %s\n", time);
	if (o)
		k8s_put_merge(
			a->k, o,
			pack("{s:{s:{s:s}}, s:{s:s}}", "metadata",
			     "annotations",
			     "cluster-autoscaler.kubernetes.io/last-updated",
			     time, "data", "status", buf_text(&whole)));
	else
		k8s_put(a->k, a->k->configmaps, CA_NS,
			pack("{s:{s:s, s:{s:s}}, s:{s:s}}", "metadata", "name",
			     CA_STATUS, "annotations",
			     "cluster-autoscaler.kubernetes.io/last-updated",
			     time, "data", "status", buf_text(&whole)));
	buf_fini(&whole);
	buf_fini(&groups);
}
