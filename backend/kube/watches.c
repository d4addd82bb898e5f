/*
 * The set of watches of one cluster.
 */
#include <stdlib.h>

#include "backend/kube/watch_private.h"

static struct watch *
find(const struct kube *k, enum kind kind, const char *ns, const char *name)
{
	for (struct watch *w = k->watches; w; w = w->next)
		if (w->kind == kind && str_eq(w->ns, ns) &&
		    str_eq(w->name, name))
			return w;
	return NULL;
}

void
kube_want(struct kube *k, enum kind kind, bool wanted)
{
	const char *ns = codec_of(kind)->namespaced &&
				 (kind == KIND_POD || kind == KIND_EVENT)
				 ? k->ns
				 : NULL;
	struct watch *w = find(k, kind, ns, NULL);

	if (w)
		watch_want(w, wanted);
	else if (wanted)
		watch_open(k, kind, ns, NULL);
}

void
kube_want_one(struct kube *k, enum kind kind, const char *ns,
	      const char *name)
{
	if (!find(k, kind, ns, name))
		watch_open(k, kind, ns, name);
}

void
kube_keep_fresh(struct kube *k, enum kind kind, bool on)
{
	uint64_t bit = UINT64_C(1) << kind;
	bool was = k->fresh & bit;

	k->fresh = on ? k->fresh | bit : k->fresh & ~bit;
	if (!on || was)
		return;
	for (struct watch *w = k->watches; w; w = w->next)
		if (w->kind == kind)
			watch_again(w);
}

bool
kube_live(const struct kube *k, enum kind kind)
{
	bool any = false;

	for (const struct watch *w = k->watches; w; w = w->next) {
		if (w->kind != kind)
			continue;
		if (!watch_is_live(w))
			return false;
		any = true;
	}
	return any;
}

int64_t
kube_heard_boot_ms(const struct kube *k, enum kind kind)
{
	int64_t oldest = INT64_MAX;

	for (const struct watch *w = k->watches; w; w = w->next)
		if (w->kind == kind && w->heard_boot_ms < oldest)
			oldest = w->heard_boot_ms;
	return oldest == INT64_MAX ? 0 : oldest;
}

void
kube_watches_free(struct kube *k)
{
	while (k->watches)
		watch_close(k->watches);
}
