/*
 * Templates from the cloud's description alone: tags, instance type, EKS node
 * group (reference 4.3, 4.4, 4.7).
 */
#include <stdio.h>

#include "backend/base/quantity.h"
#include "backend/engine/template.h"

#define TAG_ROOT "k8s.io/cluster-autoscaler/node-template/"
#define TAG_LABEL TAG_ROOT "label/"
#define TAG_TAINT TAG_ROOT "taint/"
#define TAG_RESOURCE TAG_ROOT "resources/"

enum { TEMPLATE_PODS = 110 }; /* no limit of addresses is known */

/* What stands between the first marker and the next; NULL when none. */
static const char *
behind(struct run *r, const char *key, const char *marker)
{
	const char *at = strstr(key, marker), *end;

	if (!at)
		return NULL;
	at += strlen(marker);
	end = strstr(at, marker);
	if (!end)
		return at;
	return arena_strndup(r->scratch, at, (size_t)(end - at));
}

bool
template_resource_tag(const char *key, const char *value, const char **name,
		      int64_t *amount)
{
	const char *at = strstr(key, TAG_RESOURCE);

	if (!at || !at[sizeof(TAG_RESOURCE) - 1])
		return false;
	*name = at + sizeof(TAG_RESOURCE) - 1;
	if (strcmp(*name, "cpu") == 0)
		return quantity_parse_milli(value, strlen(value), amount);
	return quantity_parse_units(value, strlen(value), amount);
}

/* ---- taints ---- */

/* Upstream takes any effect; one it does not know refuses nobody. */
static uint8_t
effect_of(const char *text)
{
	for (int e = TAINT_NO_SCHEDULE; e <= TAINT_NO_EXECUTE; e++)
		if (strcmp(text, taint_effect_name((enum taint_effect)e)) ==
		    0)
			return (uint8_t)e;
	return TAINT_OTHER;
}

static bool
names_effect(const char *value)
{
	return strstr(value, ":NoSchedule") || strstr(value, ":NoExecute") ||
	       strstr(value, ":PreferNoSchedule");
}

static void
add_tag_taint(struct run *r, const struct group_tag *tag, struct taint *out,
	      uint32_t *n)
{
	const char *key = behind(r, tag->key, TAG_TAINT);
	const char *colon;
	struct taint t = { .key = key };

	if (!key || !names_effect(tag->value))
		return;
	colon = strchr(tag->value, ':');
	t.value = arena_strndup(r->scratch, tag->value,
				(size_t)(colon - tag->value));
	t.effect = effect_of(colon + 1);
	out[(*n)++] = t;
}

/* ---- EKS managed node groups ---- */

static const struct nodegroup *
find_nodegroup(struct run *r, const struct labels *labels)
{
	const char *name = labels_get(labels, "nodegroup-name");
	const char *cluster = labels_get(labels, "cluster-name");

	if (!name || !*name || !cluster || !*cluster)
		return NULL;
	WORLD_EACH(nodegroup, ng, r->world, KIND_NODEGROUP)
		if (str_eq(ng->name, name) && str_eq(ng->cluster, cluster))
			return ng;
	return NULL;
}

static void
put_if(struct run *r, struct label_set *s, const char *key, const char *value)
{
	if (value && *value)
		label_set_put(r->scratch, s, key, value);
}

/* 4.7: what DescribeNodegroup says becomes labels; its own labels win. */
static void
nodegroup_labels(struct run *r, const struct nodegroup *ng,
		 struct label_set *s)
{
	if (ng->disk_gb > 0)
		label_set_put(r->scratch, s, "diskSize",
			      arena_printf(r->scratch, "%d",
					   (int)ng->disk_gb));
	put_if(r, s, "amiType", ng->ami_type);
	put_if(r, s, "eks.amazonaws.com/capacityType", ng->capacity_type);
	put_if(r, s, "k8sVersion", ng->version);
	put_if(r, s, "eks.amazonaws.com/nodegroup", ng->name);
	for (uint32_t i = 0; i < ng->labels.n; i++)
		label_set_put(r->scratch, s, ng->labels.at[i].key,
			      ng->labels.at[i].value);
}

/* ---- the node ---- */

static struct label_set
make_labels(struct run *r, const struct node_group *g,
	    const struct instance_type *type, const char *name)
{
	struct arena *a = r->scratch;
	struct label_set s = { NULL, 0, 0 };
	const char *zone = g->asg->zones[0];
	size_t len = strlen(zone);

	label_set_put(a, &s, "kubernetes.io/arch", type->arch);
	label_set_put(a, &s, "kubernetes.io/os", "linux");
	label_set_put(a, &s, "node.kubernetes.io/instance-type", type->name);
	label_set_put(a, &s, "topology.kubernetes.io/region",
		      arena_strndup(a, zone, len ? len - 1 : 0));
	label_set_put(a, &s, "topology.kubernetes.io/zone", zone);
	label_set_put(a, &s, "topology.ebs.csi.aws.com/zone", zone);
	label_set_put(a, &s, "kubernetes.io/hostname", name);
	for (uint32_t i = 0; i < g->asg->tag_n; i++) {
		const struct group_tag *tag = &g->asg->tags[i];
		const char *label = behind(r, tag->key, TAG_LABEL);

		if (!label)
			label = behind(r, tag->key, "eks:");
		if (label && *label)
			label_set_put(a, &s, label, tag->value);
	}
	return s;
}

static bool
is_one_of(const char *const *at, uint32_t n, const char *text)
{
	for (uint32_t i = 0; i < n; i++)
		if (strcmp(at[i], text) == 0)
			return true;
	return false;
}

/* 4.3 step 5, with 64-bit arithmetic where upstream overflows. */
static void
apply_requirements(struct run *r, const struct type_requirements *q,
		   struct resources *capacity)
{
	int64_t v;

	if (q->vcpu_min >= 0 &&
	    !__builtin_mul_overflow(q->vcpu_min, INT64_C(1000), &v))
		resources_put(r->scratch, capacity, "cpu", v);
	if (q->memory_min_mib >= 0 &&
	    !__builtin_mul_overflow(q->memory_min_mib, INT64_C(1048576), &v))
		resources_put(r->scratch, capacity, "memory", v);
	if (q->accelerator_min >= 0 &&
	    is_one_of(q->accelerator_makers, q->maker_n, "nvidia") &&
	    is_one_of(q->accelerator_types, q->type_n, "gpu"))
		resources_put(r->scratch, capacity, "nvidia.com/gpu",
			      q->accelerator_min);
}

static void
make_capacity(struct run *r, const struct group *asg,
	      const struct instance_type *type, struct resources *out)
{
	const struct type_requirements *q = template_requirements(r, asg);
	const char *name;
	int64_t v;

	resources_put(r->scratch, out, "pods", TEMPLATE_PODS);
	resources_put(r->scratch, out, "cpu", (int64_t)type->vcpus * 1000);
	resources_put(r->scratch, out, "nvidia.com/gpu", type->gpus);
	if (!__builtin_mul_overflow(type->memory_mib, INT64_C(1048576), &v))
		resources_put(r->scratch, out, "memory", v);
	if (q)
		apply_requirements(r, q, out);
	for (uint32_t i = 0; i < asg->tag_n; i++)
		if (template_resource_tag(asg->tags[i].key, asg->tags[i].value,
					  &name, &v))
			resources_put(r->scratch, out, name, v);
}

static void
apply_nodegroup(struct run *r, const struct nodegroup *ng, struct node *n,
		struct label_set *labels, struct taint *taints)
{
	const char *name;
	int64_t v;

	nodegroup_labels(r, ng, labels);
	for (uint32_t i = 0; i < ng->taint_n; i++) {
		/* Entries without a value are left out (4.7). */
		if (!ng->taints[i].value)
			continue;
		taints[n->taint_n++] = (struct taint){
			.key = ng->taints[i].key,
			.value = ng->taints[i].value,
			.effect = ng->taints[i].effect,
		};
	}
	for (uint32_t i = 0; i < ng->tags.n; i++)
		if (template_resource_tag(ng->tags.at[i].key,
					  ng->tags.at[i].value, &name, &v))
			resources_put(r->scratch, &n->capacity, name, v);
}

static void
fill_node(struct run *r, const struct node_group *g,
	  const struct instance_type *type, struct node *n)
{
	const struct nodegroup *ng;
	struct label_set labels;
	struct labels so_far;
	struct taint *taints;

	n->meta.ns = n->meta.uid = n->meta.rv = "";
	n->meta.name = arena_printf(r->scratch, "%s-asg", g->name);
	n->provider_id = n->instance_id = "";
	n->ready = TRI_TRUE;
	n->has_ready = true;
	n->disk_pressure = n->memory_pressure = TRI_FALSE;
	n->network_unavailable = TRI_FALSE;
	make_capacity(r, g->asg, type, &n->capacity);
	labels = make_labels(r, g, type, n->meta.name);
	so_far = label_set_done(&labels);
	ng = find_nodegroup(r, &so_far);
	taints = arena_alloc(r->scratch,
			     (g->asg->tag_n + (ng ? ng->taint_n : 0)) *
					     sizeof(*taints) +
				     1);
	for (uint32_t i = 0; i < g->asg->tag_n; i++)
		add_tag_taint(r, &g->asg->tags[i], taints, &n->taint_n);
	if (ng)
		apply_nodegroup(r, ng, n, &labels, taints);
	n->taints = taints;
	n->meta.labels = label_set_done(&labels);
	n->allocatable = n->capacity; /* no reserve is known */
}

struct node *
template_from_cloud(struct run *r, const struct node_group *g,
		    const char **fault)
{
	const struct instance_type *type;
	struct node *n;

	if (!g->asg) {
		*fault = "the Auto Scaling group does not exist";
		return NULL;
	}
	if (g->asg->zone_n == 0) {
		*fault = arena_printf(r->scratch,
				      "ASG \"%s\" has no availability zone",
				      g->name);
		return NULL;
	}
	type = template_instance_type(r, g->asg, fault);
	if (!type)
		return NULL;
	n = arena_alloc(r->scratch, sizeof(*n));
	fill_node(r, g, type, n);
	return n;
}

const struct pod *
template_kube_proxy(struct run *r, const struct node_group *g)
{
	static const struct label mirror[] = {
		{ "kubernetes.io/config.mirror", "1234567890abcdef" },
	};
	static const struct label labels[] = {
		{ "component", "kube-proxy" },
		{ "tier", "node" },
	};
	struct pod *p = arena_alloc(r->scratch, sizeof(*p));

	p->meta.ns = "kube-system";
	p->meta.name = arena_printf(r->scratch, "kube-proxy-%s", g->name);
	p->meta.uid = p->meta.rv = "";
	p->meta.labels = (struct labels){ labels, ARRAY_LEN(labels) };
	p->meta.annotations = (struct labels){ mirror, 1 };
	p->node_name = p->scheduler = p->priority_class = "";
	p->service_account = p->nominated_node = "";
	p->phase = POD_RUNNING;
	p->grace_s = -1;
	p->requests.cpu_mcpu = 100;
	p->requests.has = HAS_CPU;
	return p;
}
