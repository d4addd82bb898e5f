/*
 * Why: each line true, in the words of whoever says it, and once.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/control/refusal.h"
#include "backend/control/why.h"
#include "tests/unit/check.h"
#include "tests/unit/store_kit.h"

static void
second(struct kit *k)
{
	hand_clock_step(&k->clock, 1000);
	kit_look(k);
}

static char *
explained(struct kit *k, const struct plan *p, enum kind kind,
	  const char *name)
{
	struct buf out;
	char *text;

	buf_init(&out, 1 << 16);
	assert_true(why_write(k->snap, p,
			      snapshot_find(k->snap, kind, NULL, name), &out));
	text = buf_take(&out, NULL);
	buf_fini(&out);
	return text;
}

static int
times(const char *text, const char *what)
{
	int n = 0;

	for (; (text = strstr(text, what)); text += strlen(what))
		n++;
	return n;
}

/* Kubernetes calls a node short of disk ready; so must we in its name. */
static void
test_a_node_short_of_disk(void **state)
{
	struct kit k;
	char *text;

	(void)state;
	kit_init(&k);
	kit_put(&k, kit_node(&k, &(struct kit_node){ .name = "n1",
						     .disk_pressure = true }));
	second(&k);
	text = explained(&k, NULL, KIND_NODE, "n1");
	assert_text_contains(text, "kubernetes says: disk is short");
	assert_null(strstr(text, "not ready"));
	free(text);
	kit_put(&k, kit_node(&k, &(struct kit_node){ .name = "n1", .rv = "2",
						     .not_ready = true }));
	second(&k);
	text = explained(&k, NULL, KIND_NODE, "n1");
	assert_text_contains(text, "kubernetes says: not ready for");
	free(text);
	kit_fini(&k);
}

/* A group at zero that looks well says whom it keeps waiting. */
static void
test_a_group_that_does_not_fit(void **state)
{
	static const struct plan_refusal lacks = {
		"gpu", "node(s) didn't match Pod's node affinity/selector",
		"wants accelerator=t4, has no such label",
	};
	static const struct plan_pod pods[] = {
		{ .pod = "ci/a", .fate = FATE_REFUSED, .reason = "",
		  .groups = &lacks, .group_n = 1 },
		{ .pod = "ci/b", .fate = FATE_REFUSED, .reason = "",
		  .groups = &lacks, .group_n = 1 },
		/* Another group takes this one. */
		{ .pod = "ci/c", .fate = FATE_SCALE_UP, .reason = "",
		  .groups = &lacks, .group_n = 1 },
	};
	static const struct plan_group group = {
		.group = "gpu", .healthy = true, .skipped = "", .detail = "",
		.template_from = "cloud",
	};
	static const struct plan plan = {
		.pending = pods, .pending_n = 3, .groups = &group,
		.group_n = 1,
	};
	struct kit k;
	char *text;

	(void)state;
	kit_init(&k);
	kit_put(&k, kit_group(&k, "gpu", 0, 0, 4, ""));
	second(&k);
	text = explained(&k, &plan, KIND_GROUP, "gpu");
	assert_text_contains(text, "2 waiting pods do not fit it");
	assert_text_contains(text, "wants accelerator=t4, has no such label");
	free(text);
	kit_fini(&k);
}

/* AWS' reason decides what helps; times are the screen's; nothing is said
 * twice. */
static void
test_a_group_whose_launches_fail(void **state)
{
	static const struct plan_group group = {
		.group = "g", .max = 9, .healthy = true,
		.backoff_until_ms = KIT_START_MS + 300000,
		.skipped = "in backoff after failed scale-up",
		.detail = "until 2026-02-18T09:05:00Z: "
			  "placeholder-cannot-be-fulfilled",
		.template_from = "node",
	};
	static const struct plan plan = { .groups = &group, .group_n = 1 };
	struct kit k;
	char *text;

	(void)state;
	kit_init(&k);
	kit_put(&k, kit_group(&k, "g", 0, 0, 9, ""));
	kit_put(&k, kit_launch_failed(&k, "1", "g",
				      "The image id '[ami-1]' does not exist. "
				      "Launching EC2 instance failed.",
				      KIT_START_MS - 60000));
	second(&k);
	text = explained(&k, &plan, KIND_GROUP, "g");
	assert_text_contains(text, "failed scale-up: until 09:05:00: "
				   "placeholder-cannot-be-fulfilled");
	assert_int_equal(times(text, "09:05:00"), 1);
	assert_null(strstr(text, "2026-"));
	assert_null(strstr(text, ".."));
	assert_text_contains(text, "1 launch failed: The image id");
	assert_text_contains(text, "To clear it: name an image that exists");
	assert_text_contains(kit_alarm(&k, "refused/g")->text,
			     "does not exist. Launching EC2 instance failed");
	free(text);
	kit_fini(&k);
}

static void
test_times_of_the_day(void **state)
{
	static const struct {
		const char *detail, *want;
	} rows[] = {
		{ "until 2026-02-18T09:05:00Z: no capacity",
		  "until 09:05:00: no capacity" },
		{ "2026-02-18T09:05:00Z", "09:05:00" },
		{ "2026-02-18T09:05:00", "2026-02-18T09:05:00" },
		{ "wants 4, free 1.93", "wants 4, free 1.93" },
		{ "", "" },
		{ NULL, "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct buf out;

		buf_init(&out, 1000);
		refusal_detail(rows[i].detail, &out);
		assert_text_equal(buf_text(&out), rows[i].want);
		buf_fini(&out);
	}
}

SUITE(why,
	TEST(test_a_node_short_of_disk),
	TEST(test_a_group_that_does_not_fit),
	TEST(test_a_group_whose_launches_fail),
	TEST(test_times_of_the_day));
