/*
 * Effective requests of a pod (reference cluster-autoscaler 2.3): containers,
 * init containers, sidecars, pod-level resources, overhead, in-place resize.
 */
#include <stdlib.h>

#include "backend/base/quantity.h"
#include "backend/model/pod.h"

/* One dimension: one of the four, or an extended resource by name. */
struct dimension {
	uint8_t has;	  /* HAS_* or 0 */
	const char *name; /* when has is 0 */
};

static int64_t
amount(const struct resources *r, const struct dimension *d)
{
	if (!r)
		return 0;
	switch (d->has) {
	case HAS_CPU:
		return r->cpu_mcpu;
	case HAS_MEMORY:
		return r->memory_bytes;
	case HAS_EPHEMERAL:
		return r->ephemeral_bytes;
	case HAS_PODS:
		return r->pods;
	default:
		return r->ext_n ? resources_get(r, d->name) : 0;
	}
}

static bool
has_dimension(const struct resources *r, const struct dimension *d)
{
	if (!r)
		return false;
	if (d->has)
		return r->has & d->has;
	for (uint32_t i = 0; i < r->ext_n; i++)
		if (strcmp(r->ext[i].name, d->name) == 0)
			return true;
	return false;
}

static int64_t
larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* What status.resources says a container holds counts beside its spec while it
 * is resized in place; when that cannot be done, instead of it.  Init
 * containers are never resized. */
static int64_t
container_amount(const struct pod *p, const struct container *c,
		 const struct dimension *d)
{
	int64_t v = amount(&c->requests, d), held;

	if (!c->actual || c->role == CONTAINER_INIT)
		return v;
	held = larger(amount(c->allocated, d), amount(c->actual, d));
	return p->resize_infeasible ? held : larger(v, held);
}

/* Pod-level resources cover cpu, memory and huge pages. */
static bool
pod_level(const struct pod *p, const struct dimension *d)
{
	if (!d->has && strncmp(d->name, "hugepages-", 10) != 0)
		return false;
	if (d->has == HAS_EPHEMERAL || d->has == HAS_PODS)
		return false;
	return has_dimension(p->pod_requests, d);
}

static bool
sum_dimension(const struct pod *p, const struct dimension *d, int64_t *out)
{
	int64_t apps = 0, sidecars = 0, init_max = 0, base;

	for (uint32_t i = 0; i < p->container_n; i++) {
		const struct container *c = &p->containers[i];
		int64_t v = container_amount(p, c, d), use;

		if (c->role == CONTAINER_APP) {
			if (!add_checked(&apps, v))
				return false;
			continue;
		}
		use = sidecars;
		if (!add_checked(&use, v))
			return false;
		if (c->role == CONTAINER_SIDECAR)
			sidecars = use;
		init_max = larger(init_max, use);
	}
	base = apps;
	if (!add_checked(&base, sidecars))
		return false;
	base = larger(base, init_max);
	if (pod_level(p, d))
		base = amount(p->pod_requests, d);
	*out = base;
	return add_checked(out, amount(p->overhead, d));
}

/* Names of extended resources, sorted and unique. */
struct names {
	VEC(const char *) all;
};

/* Notes the names of r and returns what else it has. */
static uint8_t
add_names(struct names *n, const struct resources *r)
{
	if (!r)
		return 0;
	for (uint32_t i = 0; i < r->ext_n; i++)
		vec_push(&n->all, r->ext[i].name);
	return r->has;
}

static int
name_order(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void
names_sort(struct names *n)
{
	uint32_t kept = 0;

	if (!n->all.n)
		return;
	qsort(n->all.at, n->all.n, sizeof(*n->all.at), name_order);
	for (uint32_t i = 0; i < n->all.n; i++)
		if (!kept || strcmp(n->all.at[kept - 1], n->all.at[i]) != 0)
			n->all.at[kept++] = n->all.at[i];
	n->all.n = kept;
}

static uint8_t
gather(const struct pod *p, struct names *names)
{
	uint8_t has = add_names(names, p->overhead) |
		      add_names(names, p->pod_requests);

	for (uint32_t i = 0; i < p->container_n; i++) {
		const struct container *c = &p->containers[i];

		has |= add_names(names, &c->requests) |
		       add_names(names, c->allocated) |
		       add_names(names, c->actual);
	}
	names_sort(names);
	return has;
}

static bool
sum_extended(struct pod *p, struct seal *s, const struct names *names)
{
	struct resource *ext;

	ext = seal_array(s, &p->requests.ext, names->all.n, sizeof(*ext));
	p->requests.ext_n = names->all.n;
	for (uint32_t i = 0; i < names->all.n; i++) {
		struct dimension d = { 0, names->all.at[i] };

		seal_known(s, &ext[i].name, d.name, strlen(d.name));
		if (!sum_dimension(p, &d, &ext[i].amount))
			return false;
	}
	return true;
}

bool
pod_sum_requests(struct pod *p, struct seal *s)
{
	struct names names = { 0 };
	bool ok;

	p->requests = (struct resources){ .has = gather(p, &names) };
	ok = sum_dimension(p, &(struct dimension){ HAS_CPU, NULL },
			   &p->requests.cpu_mcpu) &&
	     sum_dimension(p, &(struct dimension){ HAS_MEMORY, NULL },
			   &p->requests.memory_bytes) &&
	     sum_dimension(p, &(struct dimension){ HAS_EPHEMERAL, NULL },
			   &p->requests.ephemeral_bytes) &&
	     sum_extended(p, s, &names);
	vec_free(&names.all);
	return ok;
}
