/*
 * Similar groups: comparing templates, sharing nodes.
 */
#include "backend/engine/similar.h"

#include <stdlib.h>

#include "backend/engine/template.h"

/* ---- likeness ---- */

static double
milli(int64_t v)
{
	int64_t m;

	return __builtin_mul_overflow(v, INT64_C(1000), &m) ? (double)v * 1e3
							     : (double)m;
}

/* The difference is at most a share of the larger. */
static bool
within(double a, double b, double ratio)
{
	double larger = a > b ? a : b, smaller = a > b ? b : a;

	return larger - smaller <= larger * ratio;
}

/* Same names on both sides? */
static bool
same_names(const struct resources *a, const struct resources *b)
{
	if (a->has != b->has || a->ext_n != b->ext_n)
		return false;
	for (uint32_t i = 0; i < a->ext_n; i++)
		if (strcmp(a->ext[i].name, b->ext[i].name) != 0)
			return false;
	return true;
}

static bool
capacity_similar(const struct resources *a, const struct resources *b,
		 double memory_ratio)
{
	if (!same_names(a, b) || a->cpu_mcpu != b->cpu_mcpu ||
	    a->ephemeral_bytes != b->ephemeral_bytes || a->pods != b->pods)
		return false;
	for (uint32_t i = 0; i < a->ext_n; i++)
		if (a->ext[i].amount != b->ext[i].amount)
			return false;
	return within(milli(a->memory_bytes), milli(b->memory_bytes),
		      memory_ratio);
}

static bool
amounts_similar(const struct resources *a, const struct resources *b,
		double ratio)
{
	if (!same_names(a, b) ||
	    !within((double)a->cpu_mcpu, (double)b->cpu_mcpu, ratio) ||
	    !within(milli(a->memory_bytes), milli(b->memory_bytes), ratio) ||
	    !within(milli(a->ephemeral_bytes), milli(b->ephemeral_bytes),
		    ratio) ||
	    !within(milli(a->pods), milli(b->pods), ratio))
		return false;
	for (uint32_t i = 0; i < a->ext_n; i++)
		if (!within(milli(a->ext[i].amount), milli(b->ext[i].amount),
			    ratio))
			return false;
	return true;
}

/* A difference past the ends of what counts stays there. */
static void
lessen(int64_t *from, int64_t by)
{
	if (__builtin_sub_overflow(*from, by, from))
		*from = by > 0 ? INT64_MIN : INT64_MAX;
}

/* Allocatable less what the template's pods ask for: always of cpu, memory,
 * ephemeral storage and (undiminished) pods, else of what is asked for. */
static struct resources
free_amounts(struct arena *a, const struct template *t)
{
	const struct resources *have = &t->node->allocatable;
	struct resources out = *have;

	out.has = HAS_CPU | HAS_MEMORY | HAS_EPHEMERAL | HAS_PODS;
	out.ext = NULL;
	out.ext_n = 0;
	for (uint32_t i = 0; i < t->pod_n; i++) {
		const struct resources *q = &t->pods[i]->requests;

		lessen(&out.cpu_mcpu, q->cpu_mcpu);
		lessen(&out.memory_bytes, q->memory_bytes);
		lessen(&out.ephemeral_bytes, q->ephemeral_bytes);
		for (uint32_t j = 0; j < q->ext_n; j++) {
			const char *name = q->ext[j].name;
			int64_t before = resources_has(&out, name)
						 ? resources_get(&out, name)
						 : resources_get(have, name);

			lessen(&before, q->ext[j].amount);
			resources_put(a, &out, name, before);
		}
	}
	return out;
}

static bool
label_ignored(const struct run *r, const char *key)
{
	static const char *const ignored[] = {
		"kubernetes.io/hostname",
		"failure-domain.beta.kubernetes.io/zone",
		"failure-domain.beta.kubernetes.io/region",
		"topology.kubernetes.io/zone",
		"topology.kubernetes.io/region",
		"beta.kubernetes.io/fluentd-ds-ready",
		"kops.k8s.io/instancegroup",
		"alpha.eksctl.io/instance-id",
		"alpha.eksctl.io/nodegroup-name",
		"eks.amazonaws.com/nodegroup",
		"k8s.amazonaws.com/eniConfig",
		"lifecycle",
		"topology.ebs.csi.aws.com/zone",
		"topology.k8s.aws/zone-id",
	};

	for (size_t i = 0; i < ARRAY_LEN(ignored); i++)
		if (strcmp(key, ignored[i]) == 0)
			return true;
	return policy_list_has(r->policy, POLICY_BALANCING_IGNORE_LABEL, key);
}

/* Every label of a that counts is on b with the same value. */
static bool
labels_covered(const struct run *r, const struct labels *a,
	       const struct labels *b)
{
	for (uint32_t i = 0; i < a->n; i++) {
		const char *other;

		if (label_ignored(r, a->at[i].key))
			continue;
		other = labels_get(b, a->at[i].key);
		if (!other || strcmp(other, a->at[i].value) != 0)
			return false;
	}
	return true;
}

static bool
chosen_labels_equal(const struct policy_list *keys, const struct labels *a,
		    const struct labels *b)
{
	for (uint32_t i = 0; i < keys->n; i++) {
		const char *va = labels_get(a, keys->at[i]);
		const char *vb = labels_get(b, keys->at[i]);

		if (!va || !vb || strcmp(va, vb) != 0)
			return false;
	}
	return true;
}

bool
templates_similar(const struct run *r, const struct template *a,
		  const struct template *b)
{
	const struct policy_list *chosen = policy_list(
		r->policy, POLICY_BALANCING_LABEL);
	const struct labels *la = &a->node->meta.labels;
	const struct labels *lb = &b->node->meta.labels;
	struct resources free_a, free_b;

	if (chosen->n > 0)
		return chosen_labels_equal(chosen, la, lb);
	if (!capacity_similar(&a->node->capacity, &b->node->capacity,
			      policy_real(r->policy,
					  POLICY_MEMORY_DIFFERENCE_RATIO)) ||
	    !amounts_similar(
		    &a->node->allocatable, &b->node->allocatable,
		    policy_real(r->policy,
				POLICY_MAX_ALLOCATABLE_DIFFERENCE_RATIO)))
		return false;
	free_a = free_amounts(r->scratch, a);
	free_b = free_amounts(r->scratch, b);
	return amounts_similar(&free_a, &free_b,
			       policy_real(r->policy,
					   POLICY_MAX_FREE_DIFFERENCE_RATIO)) &&
	       labels_covered(r, la, lb) && labels_covered(r, lb, la);
}

/* ---- sharing ---- */

static int
by_size(const void *pa, const void *pb)
{
	const struct share *a = pa, *b = pb;

	if (a->from != b->from)
		return a->from < b->from ? -1 : 1;
	return a->place < b->place ? -1 : a->place > b->place;
}

uint32_t
balance(struct share *at, uint32_t n, int32_t nodes)
{
	uint32_t kept = 0, start = 0, i = 0;
	int64_t room = 0;

	for (uint32_t j = 0; j < n; j++) {
		at[j].to = at[j].from;
		at[j].place = j;
		if (at[j].from >= at[j].max)
			continue;
		room += at[j].max - at[j].from;
		at[kept++] = at[j];
	}
	n = kept;
	if (n == 0)
		return 0;
	qsort(at, n, sizeof(*at), by_size);
	if (nodes > room)
		nodes = (int32_t)room;
	i = 0;
	while (nodes > 0) {
		struct share *s = &at[i];
		int32_t size;

		if (s->to < s->max) {
			s->to++;
			nodes--;
			size = s->to;
		} else { /* full: out of the rotation */
			struct share full = *s;

			size = full.to;
			*s = at[start];
			at[start++] = full;
		}
		i = i + 1 < n && size > at[i + 1].to ? i + 1 : start;
	}
	kept = 0;
	for (uint32_t j = 0; j < n; j++)
		if (at[j].to != at[j].from)
			at[kept++] = at[j];
	return kept;
}
