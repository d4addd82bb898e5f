/*
 * Policy: every key by its name, values by their grammar, what is refused, and
 * that what is written reads back.
 */
#include <stdlib.h>

#include "backend/base/buf.h"
#include "backend/engine/policy.h"
#include "backend/engine/policy_values.h"
#include "tests/unit/check.h"

static void
test_table_grammar(void **state)
{
	static const char *const types[] = { "duration", "int", "float",
					     "bool", "text", "list" };

	(void)state;
	for (int i = 0; policy_keys[i].name; i++) {
		const struct policy_key *k = &policy_keys[i];
		bool known = false;

		for (size_t t = 0; t < ARRAY_LEN(types); t++)
			known = known || strcmp(types[t], k->type) == 0;
		assert_true(known);
		assert_true(*k->help);
		assert_true(k->name[0] != '-');
		for (int j = 0; j < i; j++)
			assert_string_not_equal(policy_keys[j].name, k->name);
		/* Only our own keys start differently on a live cluster. */
		assert_true(!k->live || k->standing == POLICY_OURS);
	}
}

static void
test_defaults(void **state)
{
	struct policy *file = policy_new(POLICY_WORLD_FILE);
	struct policy *live = policy_new(POLICY_LIVE);

	(void)state;
	assert_int_equal(policy_ms(file, POLICY_UNNEEDED_TIME), 600000);
	assert_int_equal(policy_int(file, POLICY_EXPENDABLE_CUTOFF), -10);
	assert_true(policy_real(file, POLICY_UTILIZATION_THRESHOLD) == 0.5);
	assert_text_equal(policy_text(file, POLICY_EXPANDER), "least-waste");
	assert_false(policy_flag(file, POLICY_JOB_AWARE));
	assert_true(policy_flag(live, POLICY_JOB_AWARE));
	assert_int_equal(policy_int(file, POLICY_STEP_ADD), 0);
	assert_int_equal(policy_int(live, POLICY_STEP_ADD), 10);
	assert_int_equal(policy_list(file, POLICY_NODES)->n, 0);
	policy_unref(file);
	policy_unref(live);
}

static void
test_values(void **state)
{
	static const struct {
		const char *key, *value;
		bool good;
	} cases[] = {
		{ "scale-down-unneeded-time", "1h30m", true },
		{ "--scale-down-unneeded-time", "0", true },
		{ "scale-down-unneeded-time", "10", false },
		{ "scale-down-unneeded-time", "soon", false },
		{ "max-nodes-total", "7", true },
		{ "max-nodes-total", "7.5", false },
		{ "max-nodes-total", " 7", false },
		{ "max-nodes-total", "99999999999999999999", false },
		{ "scale-down-utilization-threshold", "0.65", true },
		{ "scale-down-utilization-threshold", "nan", false },
		{ "scale-down-utilization-threshold", "0x1p3", false },
		{ "balance-similar-node-groups", "T", true },
		{ "balance-similar-node-groups", "yes", false },
		{ "cores-total", "1:5", true },
		{ "cores-total", "5:1", false },
		{ "cores-total", "-1:5", false },
		{ "cores-total", "5", false },
		{ "nodes", "1:5:test-asg", true },
		{ "nodes", "1:5:a:b", true },
		{ "nodes", "a", false },
		{ "nodes", "a:b:c", false },
		{ "nodes", "1:", false },
		{ "nodes", "1:2:", false },
		{ "nodes", "1:2: ", false },
		{ "node-group-auto-discovery", "asg:tag=tag,anothertag", true },
		{ "node-group-auto-discovery", "asg:tag=label=value,other",
		  true },
		{ "node-group-auto-discovery", "asg:tag=a:b/c", true },
		{ "node-group-auto-discovery", "tag=tag", false },
		{ "node-group-auto-discovery", "mig:tag=tag", false },
		{ "node-group-auto-discovery", "asg:tag=", false },
		{ "node-group-auto-discovery", "asg:=tag", false },
		{ "node-group-auto-discovery", "asg:tag", false },
		{ "gpu-total", "gpu:1:10", true },
		{ "gpu-total", "gpu:1", false },
		{ "gpu-total", "gpu:1:10:x", false },
		{ "gpu-total", "gpu:x:10", false },
		{ "gpu-total", "gpu:1:y", false },
		{ "gpu-total", "gpu:-1:10", false },
		{ "gpu-total", "gpu:1:-10", false },
		{ "gpu-total", "gpu:10:1", false },
		{ "expander", "priority,least-waste,random", true },
		{ "expander", "least-waste,least-waste", false },
		{ "expander", "random,least-waste", false },
		{ "expander", "grpc", false },
		{ "expander", "", false },
		{ "estimator", "other", false },
		{ "cloud-provider", "gce", false },
		{ "drain-priority-config", "10000:20,1000:100,0:60", true },
		{ "drain-priority-config", "10000", false },
		{ "hold", "g=2026-02-18T09:00:00Z", true },
		{ "hold", "g=soon", false },
		{ "max-empty-bulk-delete", "10", false },
		{ "no-such-key", "1", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct policy *p = policy_new(POLICY_WORLD_FILE);
		struct err err = { .code = ERR_NONE };
		bool good = policy_set(p, cases[i].key, cases[i].value, NULL,
				       &err);

		if (good != cases[i].good)
			fail_msg("%s=%s: %s", cases[i].key, cases[i].value,
				 good ? "taken" : err.text);
		if (!good)
			assert_int_equal(err.code, ERR_CONFIG);
		policy_unref(p);
	}
}

static void
test_notes(void **state)
{
	struct policy *p = policy_new(POLICY_WORLD_FILE);
	struct err err = { .code = ERR_NONE };
	const char *note;

	(void)state;
	assert_ok(policy_set(p, "scale-down-candidates-pool-ratio", "0.2",
			     &note, &err), &err);
	assert_text_contains(note, "without effect");
	assert_ok(policy_set(p, "ignore-taint", "x", &note, &err), &err);
	assert_text_contains(note, "deprecated");
	assert_ok(policy_set(p, "max-nodes-total", "3", &note, &err), &err);
	assert_null(note);
	policy_unref(p);
}

static void
test_lists(void **state)
{
	struct policy *p = policy_new(POLICY_WORLD_FILE);
	struct err err = { .code = ERR_NONE };
	struct arena *a = arena_new();

	(void)state;
	assert_ok(policy_set(p, "nodes", "0:1:a", NULL, &err), &err);
	assert_ok(policy_set(p, "nodes", "0:1:b", NULL, &err), &err);
	assert_int_equal(policy_list(p, POLICY_NODES)->n, 2);
	assert_ok(policy_set(p, "bypassed-scheduler-names", "x,y", NULL, &err),
		  &err);
	assert_int_equal(policy_list(p, POLICY_BYPASSED_SCHEDULERS)->n, 2);
	/* An object gives the whole list. */
	assert_ok(policy_read(p, parse_text(a, "{'nodes':['0:2:c']}"), NULL,
			      &err),
		  &err);
	assert_int_equal(policy_list(p, POLICY_NODES)->n, 1);
	assert_text_equal(policy_list(p, POLICY_NODES)->at[0], "0:2:c");
	arena_free(a);
	policy_unref(p);
}

static void
test_combinations(void **state)
{
	static const char *const bad[] = {
		"{'drain-priority-config':'0:60','max-graceful-termination-sec'"
		":30}",
		"{'drain-priority-config':''}",
		"{'predicate-parallelism':0}",
		"{'enable-dynamic-resource-allocation':false}",
		"{'balancing-label':['a'],'balancing-ignore-label':['b']}",
		"{'bypassed-scheduler-names':['a'],'allowed-scheduler-names':"
		"['b']}",
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct policy *p = policy_new(POLICY_WORLD_FILE);
		struct err err = { .code = ERR_NONE };

		assert_ok(policy_read(p, parse_text(a, bad[i]), NULL, &err),
			  &err);
		if (policy_check(p, &err))
			fail_msg("taken: %s", bad[i]);
		assert_text_contains(err.text, "policy");
		policy_unref(p);
	}
	arena_free(a);
}

static void
test_written_reads_back(void **state)
{
	struct policy *p = policy_new(POLICY_LIVE);
	struct policy *again = policy_new(POLICY_WORLD_FILE), *copy;
	struct err err = { .code = ERR_NONE };
	struct arena *a = arena_new();
	struct buf first, second;
	struct jsonw *w;

	(void)state;
	buf_init(&first, 65536);
	buf_init(&second, 65536);
	assert_ok(policy_set(p, "nodes", "0:1:a", NULL, &err), &err);
	assert_ok(policy_set(p, "expander", "most-pods", NULL, &err), &err);
	assert_ok(policy_set(p, "scale-down-utilization-threshold", "0.1",
			     NULL, &err), &err);
	copy = policy_dup(p);
	w = jsonw_new_buf(&first, false);
	policy_write(w, p);
	assert_true(jsonw_done(w));
	assert_ok(policy_read(again, json_parse(a, first.at, first.len, &err),
			      NULL, &err), &err);
	w = jsonw_new_buf(&second, false);
	policy_write(w, again);
	assert_true(jsonw_done(w));
	assert_text_equal(buf_text(&second), buf_text(&first));
	assert_text_contains(buf_text(&first), "\"job-aware\":true");
	assert_text_contains(buf_text(&first), "\"nodes\":[\"0:1:a\"]");
	buf_reset(&second);
	w = jsonw_new_buf(&second, false);
	policy_write(w, copy);
	assert_true(jsonw_done(w));
	assert_text_equal(buf_text(&second), buf_text(&first));
	buf_fini(&first);
	buf_fini(&second);
	arena_free(a);
	policy_unref(p);
	policy_unref(again);
	policy_unref(copy);
}

SUITE(policy,
	TEST(test_table_grammar),
	TEST(test_defaults),
	TEST(test_values),
	TEST(test_notes),
	TEST(test_lists),
	TEST(test_combinations),
	TEST(test_written_reads_back));
