/*
 * Templates: which node stands for a group, and what is stripped from it
 * (reference 4.1, 4.2).
 */
#include "backend/engine/template.h"

#include "backend/engine/filters.h"
#include "backend/engine/nodes.h"
#include "backend/engine/pending.h"
#include "backend/model/workload.h"

/* A node must have been ready this long to be a good example. */
enum { GOOD_READY_MS = 60 * 1000 };

/* ---- small tools ---- */

void
label_set_put(struct arena *a, struct label_set *s, const char *key,
	      const char *value)
{
	uint32_t i = 0;
	struct label *fresh;

	while (i < s->n && strcmp(s->at[i].key, key) < 0)
		i++;
	if (i < s->n && strcmp(s->at[i].key, key) == 0) {
		s->at[i].value = value;
		return;
	}
	if (s->n == s->room) {
		s->room = s->room ? s->room * 2 : 32;
		fresh = arena_alloc(a, s->room * sizeof(*fresh));
		if (s->n)
			memcpy(fresh, s->at, s->n * sizeof(*fresh));
		s->at = fresh;
	}
	memmove(s->at + i + 1, s->at + i, (s->n - i) * sizeof(*s->at));
	s->at[i] = (struct label){ key, value };
	s->n++;
}

struct labels
label_set_done(const struct label_set *s)
{
	return (struct labels){ s->at, s->n };
}

struct label_set
label_set_from(struct arena *a, const struct labels *l)
{
	struct label_set s = { NULL, l->n, l->n + 16 };

	s.at = arena_alloc(a, s.room * sizeof(*s.at));
	if (l->n)
		memcpy(s.at, l->at, l->n * sizeof(*s.at));
	return s;
}

bool
resources_has(const struct resources *r, const char *name)
{
	if (strcmp(name, "cpu") == 0)
		return r->has & HAS_CPU;
	if (strcmp(name, "memory") == 0)
		return r->has & HAS_MEMORY;
	if (strcmp(name, "ephemeral-storage") == 0)
		return r->has & HAS_EPHEMERAL;
	if (strcmp(name, "pods") == 0)
		return r->has & HAS_PODS;
	for (uint32_t i = 0; i < r->ext_n; i++)
		if (strcmp(r->ext[i].name, name) == 0)
			return true;
	return false;
}

static bool
put_plain(struct resources *r, const char *name, int64_t amount)
{
	if (strcmp(name, "cpu") == 0) {
		r->cpu_mcpu = amount;
		r->has |= HAS_CPU;
	} else if (strcmp(name, "memory") == 0) {
		r->memory_bytes = amount;
		r->has |= HAS_MEMORY;
	} else if (strcmp(name, "ephemeral-storage") == 0) {
		r->ephemeral_bytes = amount;
		r->has |= HAS_EPHEMERAL;
	} else if (strcmp(name, "pods") == 0) {
		r->pods = amount;
		r->has |= HAS_PODS;
	} else {
		return false;
	}
	return true;
}

void
resources_put(struct arena *a, struct resources *r, const char *name,
	      int64_t amount)
{
	struct resource *ext;
	uint32_t i = 0;

	if (put_plain(r, name, amount))
		return;
	while (i < r->ext_n && strcmp(r->ext[i].name, name) < 0)
		i++;
	ext = arena_alloc(a, (r->ext_n + 1) * sizeof(*ext));
	if (i)
		memcpy(ext, r->ext, i * sizeof(*ext));
	ext[i] = (struct resource){ name, amount };
	if (i < r->ext_n && strcmp(r->ext[i].name, name) == 0) {
		memcpy(ext + i + 1, r->ext + i + 1,
		       (r->ext_n - i - 1) * sizeof(*ext));
	} else {
		if (r->ext_n > i)
			memcpy(ext + i + 1, r->ext + i,
			       (r->ext_n - i) * sizeof(*ext));
		r->ext_n++;
	}
	r->ext = ext;
}

/* ---- sanitising ---- */

static bool
taint_is_stripped(const struct run *r, const char *key)
{
	for (size_t i = 0; i < PASSING_TAINTS; i++)
		if (strcmp(key, passing_taints[i]) == 0)
			return true;
	return taint_is_startup(r->policy, key) ||
	       taint_is_status(r->policy, key);
}

static void
sanitize(struct run *r, const struct node_group *g, struct node *n)
{
	struct label_set labels = label_set_from(r->scratch, &n->meta.labels);
	struct taint *taints = arena_alloc(r->scratch,
					   n->taint_n * sizeof(*taints) + 1);
	uint32_t kept = 0;

	n->meta.name = arena_printf(r->scratch, "template-node-for-%s",
				    g->name);
	label_set_put(r->scratch, &labels, "kubernetes.io/hostname",
		      n->meta.name);
	label_set_put(r->scratch, &labels,
		      "cluster-autoscaler.kubernetes.io/template-node",
		      "true");
	n->meta.labels = label_set_done(&labels);
	for (uint32_t i = 0; i < n->taint_n; i++)
		if (!taint_is_stripped(r, n->taints[i].key))
			taints[kept++] = n->taints[i];
	n->taints = taints;
	n->taint_n = kept;
	if (policy_flag(r->policy, POLICY_SCALE_FROM_UNSCHEDULABLE))
		n->unschedulable = false;
}

/* Old and new spellings of the same label. */
static void
mirror_labels(struct run *r, struct node *n)
{
	static const struct {
		const char *old, *now;
	} pairs[] = {
		{ "beta.kubernetes.io/instance-type",
		  "node.kubernetes.io/instance-type" },
		{ "failure-domain.beta.kubernetes.io/zone",
		  "topology.kubernetes.io/zone" },
		{ "failure-domain.beta.kubernetes.io/region",
		  "topology.kubernetes.io/region" },
		{ "beta.kubernetes.io/arch", "kubernetes.io/arch" },
		{ "beta.kubernetes.io/os", "kubernetes.io/os" },
	};
	struct label_set labels = label_set_from(r->scratch, &n->meta.labels);

	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		const char *old = labels_get(&n->meta.labels, pairs[i].old);
		const char *now = labels_get(&n->meta.labels, pairs[i].now);

		if (now)
			label_set_put(r->scratch, &labels, pairs[i].old, now);
		else if (old)
			label_set_put(r->scratch, &labels, pairs[i].now, old);
	}
	n->meta.labels = label_set_done(&labels);
}

/* ---- DaemonSets ---- */

/* Every DaemonSet pod gets these from its controller. */
static const struct toleration daemon_tolerations[] = {
	{ "node.kubernetes.io/not-ready", "", -1, TAINT_NO_EXECUTE, true },
	{ "node.kubernetes.io/unreachable", "", -1, TAINT_NO_EXECUTE, true },
	{ "node.kubernetes.io/disk-pressure", "", -1, TAINT_NO_SCHEDULE,
	  true },
	{ "node.kubernetes.io/memory-pressure", "", -1, TAINT_NO_SCHEDULE,
	  true },
	{ "node.kubernetes.io/pid-pressure", "", -1, TAINT_NO_SCHEDULE, true },
	{ "node.kubernetes.io/unschedulable", "", -1, TAINT_NO_SCHEDULE,
	  true },
	{ "node.kubernetes.io/network-unavailable", "", -1, TAINT_NO_SCHEDULE,
	  true }, /* host network only; last */
};

/* The pod a DaemonSet would put on a node: tolerations added, owner set. */
static const struct pod *
daemon_pod(struct run *r, const struct workload *ds)
{
	const struct pod *from = ds->template_pod;
	uint32_t extra = ARRAY_LEN(daemon_tolerations) -
			 (from->host_network ? 0 : 1);
	struct toleration *t = arena_alloc(r->scratch,
					   (from->toleration_n + extra) *
						   sizeof(*t));
	struct pod *p = arena_alloc(r->scratch, sizeof(*p));

	record_copy(p, from, sizeof(*p));
	if (from->toleration_n)
		memcpy(t, from->tolerations, from->toleration_n * sizeof(*t));
	memcpy(t + from->toleration_n, daemon_tolerations,
	       extra * sizeof(*t));
	p->tolerations = t;
	p->toleration_n = from->toleration_n + extra;
	p->meta.ns = ds->meta.ns;
	p->meta.name = arena_printf(r->scratch, "%s-pod", ds->meta.name);
	p->meta.owner_kind = "DaemonSet";
	p->meta.owner_name = ds->meta.name;
	p->meta.owner_uid = ds->meta.uid;
	p->meta.owner_api = "apps/v1";
	return p;
}

static bool
daemon_runs_on(const struct pod *p, const struct node *n)
{
	if (*str_or_empty(p->node_name) &&
	    strcmp(p->node_name, n->meta.name) != 0)
		return false;
	return node_affinity_matches(p, n) && !untolerated_taint(p, n);
}

static bool
is_critical(const struct pod *p)
{
	return str_eq(p->priority_class, "system-node-critical") &&
	       !p->preempt_never;
}

/* ---- the pods of a template ---- */

struct pod_list {
	const struct pod **at;
	uint32_t n;
};

/* DaemonSet pods that wait for the place the scheduler promised them. */
static struct pod_list
nominated_daemons(struct run *r)
{
	struct pod_list out = { NULL, 0 };
	uint32_t room = 0;

	WORLD_EACH(pod, p, r->world, KIND_POD)
	{
		if (!*str_or_empty(p->nominated_node) ||
		    *str_or_empty(p->node_name) || p->meta.deleted_ms != 0 ||
		    !pod_is_daemon(p) || pod_is_finished(p) ||
		    pod_is_expendable(r, p))
			continue;
		if (out.n == room) {
			uint32_t more = room ? room * 2 : 16;
			const struct pod **at = arena_alloc(
				r->scratch, more * sizeof(*at));

			if (out.n)
				memcpy(at, out.at, out.n * sizeof(*at));
			out.at = at;
			room = more;
		}
		out.at[out.n++] = p;
	}
	return out;
}

static void
add_nominated(const struct pod_list *all, const struct node *n,
	      struct pod_list *out)
{
	for (uint32_t i = 0; i < all->n; i++)
		if (str_eq(all->at[i]->nominated_node, n->meta.name))
			out->at[out->n++] = all->at[i];
}

static void
add_running(struct run *r, uint32_t node, struct pod_list *out)
{
	const struct cluster *c = r->cluster;

	for (uint32_t i = cluster_first(c, node); i != NONE;
	     i = cluster_next(c, i)) {
		const struct pod *p = c->pods.at[i].pod;

		if (p->meta.deleted_ms == 0 &&
		    (pod_is_mirror(p) || pod_is_daemon(p)))
			out->at[out->n++] = p;
	}
}

static bool
is_represented(const struct pod_list *l, const struct workload *ds)
{
	for (uint32_t i = 0; i < l->n; i++)
		if (str_eq(l->at[i]->meta.owner_kind, "DaemonSet") &&
		    str_eq(l->at[i]->meta.owner_uid, ds->meta.uid))
			return true;
	return false;
}

static void
add_daemons(struct run *r, const struct node *n, bool all,
	    struct pod_list *out)
{
	struct pod_list running = *out;

	WORLD_EACH(workload, ds, r->world, KIND_DAEMONSET)
	{
		const struct pod *p;

		if (!ds->template_pod || is_represented(&running, ds))
			continue;
		p = daemon_pod(r, ds);
		if (daemon_runs_on(p, n) && (all || is_critical(p)))
			out->at[out->n++] = p;
	}
}

static struct template *
make_template(struct run *r, const struct node_group *g,
	      const struct node *from, uint32_t node, bool all_daemons,
	      const struct pod_list *nominated)
{
	struct template *t = arena_alloc(r->scratch, sizeof(*t));
	struct node *n = arena_alloc(r->scratch, sizeof(*n));
	uint32_t room = r->world->of[KIND_DAEMONSET].n + nominated->n + 1;
	struct pod_list pods = { NULL, 0 };

	record_copy(n, from, sizeof(*n));
	sanitize(r, g, n);
	if (node != NONE)
		room += r->cluster->nodes.at[node].pod_n;
	pods.at = arena_alloc(r->scratch, room * sizeof(*pods.at));
	if (node != NONE) {
		add_running(r, node, &pods);
		add_nominated(nominated, from, &pods);
	} else {
		pods.at[pods.n++] = template_kube_proxy(r, g);
	}
	add_daemons(r, n, all_daemons, &pods);
	*t = (struct template){
		n, n, pods.at, pods.n, node != NONE,
		node != NONE ? from->meta.name : "",
	};
	return t;
}

/* ---- which one (4.1) ---- */

static bool
is_good(const struct run *r, const struct known_node *k)
{
	return k->ready && !k->node->unschedulable &&
	       !node_taint(k->node, TAINT_TO_BE_DELETED) &&
	       r->now_ms - k->ready_ms > GOOD_READY_MS;
}

/* The first good node by name; else NONE. */
static uint32_t
good_node(const struct run *r, const struct node_group *g)
{
	for (uint32_t i = 0; i < g->node_n; i++)
		if (is_good(r, &r->nodes->at[g->nodes[i]]))
			return g->nodes[i];
	return NONE;
}

static struct template *
from_cache(struct run *r, const struct node_group *g)
{
	const struct memory_group *m = memory_group(r->old, g->name);
	int64_t ttl = policy_ms(r->policy, POLICY_NODE_INFO_CACHE_EXPIRE);
	struct template *t;
	struct node *n;

	if (!m || !m->tmpl.node || r->now_ms - m->tmpl.time_ms > ttl)
		return NULL;
	t = arena_alloc(r->scratch, sizeof(*t));
	n = arena_alloc(r->scratch, sizeof(*n));
	record_copy(n, m->tmpl.node, sizeof(*n));
	sanitize(r, g, n);
	*t = (struct template){ n, n, m->tmpl.pods, m->tmpl.pod_n,
				true, "" };
	return t;
}

/* Resources that only the cloud's template knows of (tags) are copied over.
 * Upstream writes them into the node after the scheduler's sums of it were
 * made, so that they count for likeness and for copies of the template, but not
 * where it asks which pods fit. */
static void
copy_missing(struct run *r, struct template *t, const struct node *cloud)
{
	struct node *n = arena_alloc(r->scratch, sizeof(*n));
	static const char *const plain[] = { "cpu", "memory",
					     "ephemeral-storage", "pods" };

	record_copy(n, t->plain, sizeof(*n));
	t->node = n;
	for (size_t i = 0; i < ARRAY_LEN(plain); i++) {
		if (!resources_has(&cloud->capacity, plain[i]))
			continue;
		if (!resources_has(&n->capacity, plain[i]))
			put_plain(&n->capacity, plain[i],
				  resources_get(&cloud->capacity, plain[i]));
		if (!resources_has(&n->allocatable, plain[i]))
			put_plain(&n->allocatable, plain[i],
				  resources_get(&cloud->capacity, plain[i]));
	}
	for (uint32_t i = 0; i < cloud->capacity.ext_n; i++) {
		const struct resource *x = &cloud->capacity.ext[i];

		if (!resources_has(&n->capacity, x->name))
			resources_put(r->scratch, &n->capacity, x->name,
				      x->amount);
		if (!resources_has(&n->allocatable, x->name))
			resources_put(r->scratch, &n->allocatable, x->name,
				      x->amount);
	}
}

static void
choose(struct run *r, struct node_group *g, const struct pod_list *nominated)
{
	bool force = policy_flag(r->policy, POLICY_FORCE_DS);
	uint32_t good = good_node(r, g);
	const char *fault = "";
	struct node *cloud = template_from_cloud(r, g, &fault);
	struct template *t = NULL;

	g->cloud_gpus = cloud ? resources_get(&cloud->capacity,
					      "nvidia.com/gpu")
			      : 0;
	g->template_fault = fault;
	g->good = good != NONE;
	if (g->good) {
		t = make_template(r, g, r->nodes->at[good].node, good, force,
				  nominated);
		g->template_from = TEMPLATE_NODE;
	}
	if (!t) {
		t = from_cache(r, g);
		g->template_from = t ? TEMPLATE_CACHE : TEMPLATE_NONE;
	}
	if (!t && cloud) {
		t = make_template(r, g, cloud, NONE, true, nominated);
		mirror_labels(r, (struct node *)(uintptr_t)t->node);
		g->template_from = TEMPLATE_CLOUD;
	}
	if (!t && g->node_n > 0) {
		/* Last resort: a node that is not ready or cordoned. */
		t = make_template(r, g, r->nodes->at[g->nodes[0]].node,
				  g->nodes[0], force, nominated);
		g->template_from = TEMPLATE_NODE;
	}
	if (t && cloud && g->template_from != TEMPLATE_CLOUD)
		copy_missing(r, t, cloud);
	g->template = t;
}

void
templates_build(struct run *r)
{
	struct pod_list nominated = nominated_daemons(r);

	for (uint32_t i = 0; i < r->groups->n; i++)
		choose(r, &r->groups->at[i], &nominated);
}

void
templates_know_resources(struct run *r)
{
	static const struct resource gpu = { "nvidia.com/gpu", 0 };
	struct resources one = { .ext = &gpu, .ext_n = 1 };

	cluster_know_resources(r->cluster, &one);
	for (uint32_t i = 0; i < r->groups->n; i++) {
		const struct node_group *g = &r->groups->at[i];
		const struct memory_group *m = memory_group(r->old, g->name);

		for (uint32_t j = 0; g->asg && j < g->asg->tag_n; j++) {
			struct resource x = { NULL, 0 };

			one.ext = &x;
			if (template_resource_tag(g->asg->tags[j].key,
						  g->asg->tags[j].value,
						  &x.name, &x.amount))
				cluster_know_resources(r->cluster, &one);
		}
		if (m && m->tmpl.node)
			cluster_know_resources(r->cluster,
					       &m->tmpl.node->allocatable);
	}
	WORLD_EACH(nodegroup, ng, r->world, KIND_NODEGROUP)
	{
		for (uint32_t j = 0; j < ng->tags.n; j++) {
			struct resource x = { NULL, 0 };

			one.ext = &x;
			if (template_resource_tag(ng->tags.at[j].key,
						  ng->tags.at[j].value,
						  &x.name, &x.amount))
				cluster_know_resources(r->cluster, &one);
		}
	}
}
