/*
 * Failed launches by the leader's events, and the end that follows from them.
 */
#include "backend/control/engine_backoff.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/engine/health.h"
#include "backend/model/workload.h"

/* A leader writes its status every loop, ten seconds by default. */
#define AT_WORK_MS ((int64_t)2 * 60 * 1000)

/* Upstream's reasons of failed launches, and what stands before and after the
 * group's name in their messages (reference 3.8, 3.9). */
static const struct {
	const char *reason, *before, *after;
} failures[] = {
	{ "FailedToScaleUpGroup", "Scale-up failed for group ", ": " },
	{ "ScaleUpTimedOut", "Nodes added to group ",
	  " failed to register within " },
	{ "ScaleUpFailed", " nodes to group ", " due to " },
};

static bool
tells_of(const struct event *e, const char *group)
{
	const char *at;
	size_t len = strlen(group);

	if (!str_eq(e->object_kind, "ConfigMap") ||
	    (!str_eq(e->source, "cluster-autoscaler") &&
	     !str_eq(e->source, "paddock")))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(failures); i++) {
		if (!str_eq(e->reason, failures[i].reason))
			continue;
		at = strstr(str_or_empty(e->message), failures[i].before);
		at = at ? at + strlen(failures[i].before) : "";
		return strncmp(at, group, len) == 0 &&
		       str_has_prefix(at + len, failures[i].after);
	}
	return false;
}

static int
by_time(const void *pa, const void *pb)
{
	int64_t a = *(const int64_t *)pa, b = *(const int64_t *)pb;

	return a < b ? -1 : a > b;
}

bool
backoff_from_events(const struct policy *p, const struct snapshot *snap,
		    struct avoided *a)
{
	int64_t reset = policy_ms(p, POLICY_BACKOFF_RESET);
	struct memory_backoff b = { 0 };
	VEC(int64_t) times = { 0 };
	const struct slot *slot;

	for (uint32_t i = 0;
	     (slot = snapshot_next(snap, KIND_EVENT, &i, NULL));) {
		const struct event *e = (const void *)slot->rec;

		if (!tells_of(e, a->group))
			continue;
		vec_push(&times, e->last_ms);
		if (e->count > 1 && e->first_ms < e->last_ms)
			vec_push(&times, e->first_ms);
	}
	if (times.n)
		qsort(times.at, times.n, sizeof(*times.at), by_time);
	for (uint32_t i = 0; i < times.n; i++) {
		if (b.until_ms && times.at[i] - b.failed_ms > reset)
			b = (struct memory_backoff){ 0 };
		backoff_fail(p, &b, times.at[i], "", "");
	}
	vec_free(&times);
	if (!b.until_ms)
		return false;
	a->failed_ms = b.failed_ms;
	a->duration_ms = b.duration_ms;
	a->until_ms = b.until_ms;
	return true;
}

void
backoff_guess(const struct policy *p, struct avoided *a, int64_t said_ms)
{
	int64_t most = policy_ms(p, POLICY_MAX_BACKOFF);
	int64_t one = policy_ms(p, POLICY_INITIAL_BACKOFF);

	if (one < 1000)
		one = 1000;
	while (a->failed_ms + one < said_ms && one < most)
		one = one * 2 < most ? one * 2 : most;
	a->duration_ms = one;
	a->until_ms = a->failed_ms + one;
	/* Its flags are others than we know: its word holds for the moment. */
	if (a->until_ms < said_ms)
		a->until_ms = said_ms + AT_WORK_MS;
}
