/*
 * Until when a group is avoided: the failures are events, and the end follows
 * from them (engine_backoff.h); what they do not tell is bounded by the status.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/control/engine_memory.h"
#include "backend/engine/memory_values.h"
#include "backend/engine/policy.h"
#include "tests/unit/check.h"
#include "tests/unit/store_kit.h"

#define NINE KIT_START_MS
#define MINUTE ((int64_t)60 * 1000)

struct told {
	const char *source, *reason, *message;
	int64_t first_ms, last_ms;
	int32_t count;
};

static void
put_event(struct kit *k, int i, const struct told *t)
{
	struct event *e = seal_begin(k->seal, sizeof(*e));
	char name[32];

	snprintf(name, sizeof(name), "e-%d", i);
	seal_text(k->seal, &e->meta.name, name);
	seal_text(k->seal, &e->meta.ns, "kube-system");
	seal_text(k->seal, &e->meta.uid, name);
	seal_text(k->seal, &e->meta.rv, "1");
	seal_text(k->seal, &e->type, "Warning");
	seal_text(k->seal, &e->reason, t->reason);
	seal_text(k->seal, &e->message, t->message);
	seal_text(k->seal, &e->object_kind, "ConfigMap");
	seal_text(k->seal, &e->object_ns, "kube-system");
	seal_text(k->seal, &e->object_name, "cluster-autoscaler-status");
	seal_text(k->seal, &e->source, t->source);
	e->count = t->count;
	e->first_ms = t->first_ms;
	e->last_ms = t->last_ms;
	kit_put(k, record_seal(k->seal, KIND_EVENT));
}

/* status: the group's word at nine less ten seconds, since 08:30. */
static struct memory_backoff
seeded(const char *status, const struct told *told, int n)
{
	struct kit k;
	struct policy *p = policy_new(POLICY_LIVE);
	struct memory_seeded out;
	const struct memory *m;
	const struct memory_group *g;
	struct memory_backoff b = { 0 };
	char *text = xasprintf(
		"autoscalerStatus: Running\nnodeGroups:\n- name: spot\n"
		"  scaleUp:\n    backoffInfo:\n      errorCode: timeout\n"
		"    lastProbeTime: \"2026-02-18T08:59:50Z\"\n"
		"    lastTransitionTime: \"2026-02-18T08:30:00Z\"\n"
		"    status: %s\ntime: 2026-02-18 08:59:50.5 +0000 UTC\n",
		status);

	kit_init(&k);
	for (int i = 0; i < n; i++)
		put_event(&k, i, &told[i]);
	m = memory_seed(NULL, p, kit_look(&k), text, &out);
	assert_non_null(m);
	g = memory_group(m, "spot");
	if (g)
		b = g->backoff;
	b.code = b.message = NULL; /* theirs die with the memory */
	memory_unref(m);
	free(text);
	policy_unref(p);
	kit_fini(&k);
	return b;
}

static struct told
asking_failed(int64_t at_ms)
{
	return (struct told){ "cluster-autoscaler", "FailedToScaleUpGroup",
			      "Scale-up failed for group spot: throttled",
			      at_ms, at_ms, 1 };
}

static void
check_backoff(struct memory_backoff b, int64_t failed_ms, int64_t duration_ms)
{
	assert_int_equal(b.failed_ms, failed_ms);
	assert_int_equal(b.duration_ms, duration_ms);
	assert_int_equal(b.until_ms, failed_ms + duration_ms);
}

/* The status alone would say: failed at 08:30, the third in a row. */
static void
test_the_last_failure_counts(void **state)
{
	struct told one = asking_failed(NINE - 2 * MINUTE);

	(void)state;
	check_backoff(seeded("Backoff", NULL, 0), NINE - 30 * MINUTE,
		      30 * MINUTE);
	check_backoff(seeded("Backoff", &one, 1), NINE - 2 * MINUTE,
		      5 * MINUTE);
}

/* All three ways to fail, by whoever led; doubled after each that came when the
 * one before was over, moved while it was not. */
static void
test_a_row_of_failures(void **state)
{
	struct told row[] = {
		asking_failed(NINE - 50 * MINUTE),
		{ "cluster-autoscaler", "ScaleUpTimedOut",
		  "Nodes added to group spot failed to register within 15m1s",
		  NINE - 40 * MINUTE, NINE - 40 * MINUTE, 1 },
		{ "paddock", "ScaleUpFailed",
		  "Failed adding 2 nodes to group spot due to OutOfResource."
		  "placeholder-cannot-be-fulfilled; source errors: none left",
		  NINE - 4 * MINUTE, NINE - 4 * MINUTE, 1 },
		{ "cluster-autoscaler", "ScaleUpFailed",
		  "Failed adding 1 nodes to group spot due to OutOfResource."
		  "placeholder-cannot-be-fulfilled; source errors: none left",
		  NINE - 3 * MINUTE, NINE - 3 * MINUTE, 1 },
	};

	(void)state;
	check_backoff(seeded("Backoff", row, 3), NINE - 4 * MINUTE,
		      20 * MINUTE);
	check_backoff(seeded("Backoff", row, 4), NINE - 3 * MINUTE,
		      20 * MINUTE);
	/* One event that stands for two. */
	row[0].first_ms = NINE - 55 * MINUTE;
	row[0].last_ms = NINE - 2 * MINUTE;
	row[0].count = 2;
	check_backoff(seeded("Backoff", row, 1), NINE - 2 * MINUTE,
		      10 * MINUTE);
}

/* Failures before an hour ago are gone from the events: longer, then. */
static void
test_it_reaches_to_the_last_word(void **state)
{
	struct told one = asking_failed(NINE - 12 * MINUTE);

	(void)state;
	check_backoff(seeded("Backoff", &one, 1), NINE - 12 * MINUTE,
		      20 * MINUTE);
}

/* Other groups', other programs', other news. */
static void
test_not_of_this_group(void **state)
{
	struct told other[] = {
		{ "cluster-autoscaler", "FailedToScaleUpGroup",
		  "Scale-up failed for group spot-2: throttled",
		  NINE - MINUTE, NINE - MINUTE, 1 },
		{ "somebody", "FailedToScaleUpGroup",
		  "Scale-up failed for group spot: throttled",
		  NINE - MINUTE, NINE - MINUTE, 1 },
		{ "cluster-autoscaler", "ScaledUpGroup",
		  "Scale-up: setting group spot size to 3 instead of 2",
		  NINE - MINUTE, NINE - MINUTE, 1 },
		{ "cluster-autoscaler", "ScaleUpTimedOut",
		  "Nodes added to group a failed to register within 15m",
		  NINE - MINUTE, NINE - MINUTE, 1 },
	};

	(void)state;
	check_backoff(seeded("Backoff", other, 4), NINE - 30 * MINUTE,
		      30 * MINUTE);
}

/* Other words go before Backoff; NoActivity says that it is not avoided: the
 * leader was started anew and forgot. */
static void
test_what_hides_it(void **state)
{
	struct told one = asking_failed(NINE - 2 * MINUTE);
	struct told past = asking_failed(NINE - 6 * MINUTE);

	(void)state;
	check_backoff(seeded("Unhealthy", &one, 1), NINE - 2 * MINUTE,
		      5 * MINUTE);
	check_backoff(seeded("InProgress", &one, 1), NINE - 2 * MINUTE,
		      5 * MINUTE);
	assert_int_equal(seeded("InProgress", &past, 1).until_ms, 0);
	assert_int_equal(seeded("Unhealthy", NULL, 0).until_ms, 0);
	assert_int_equal(seeded("NoActivity", &one, 1).until_ms, 0);
}

SUITE(control_backoff,
	TEST(test_the_last_failure_counts),
	TEST(test_a_row_of_failures),
	TEST(test_it_reaches_to_the_last_word),
	TEST(test_not_of_this_group),
	TEST(test_what_hides_it));
