/*
 * Scenario files: what is compiled in loads, mistakes are told with their line.
 */
#include <stdio.h>

#include "backend/sim/world/scenario.h"
#include "backend/sim/scenarios.h"
#include "backend/sim/world/types.h"
#include "tests/unit/check.h"

static void
test_every_scenario_loads(void **state)
{
	uint32_t n = 0;

	(void)state;
	for (const struct scenario_text *t = scenario_texts; t->name; t++) {
		struct err err = { 0 };
		struct scenario *s = scenario_load(t->name, &err);
		uint32_t lines = 0;

		assert_ok(s != NULL, &err);
		assert_text_equal(s->name, t->name);
		assert_true(strlen(s->notice) > 40);
		assert_true(strlen(s->remedy) > 40);
		assert_true(s->group_n > 0);
		for (const char *c = t->text; *c; c++)
			lines += *c == '\n';
		assert_true(lines < 80);
		scenario_free(s);
		n++;
	}
	assert_true(n >= 3);
}

#define HEAD "title: t\nnotice: n\nremedy: r\n"
#define GROUP "groups:\n  - {name: a, types: m6i.large, max: 3}\n"

static void
refuses(const char *text, const char *want)
{
	struct err err = { 0 };
	struct scenario *s = scenario_read("bad.yaml", text, strlen(text),
					   &err);

	assert_null(s);
	assert_int_equal(err.code, ERR_CONFIG);
	assert_text_equal(err.text, want);
}

static void
test_mistakes_name_their_line(void **state)
{
	(void)state;
	refuses(HEAD GROUP "colour: red\n",
		"bad.yaml:6: scenario: unknown key 'colour'");
	refuses("title: t\nnotice: n\n" GROUP,
		"bad.yaml:1: scenario: 'remedy' is missing (what to do about "
		"it)");
	refuses(HEAD "groups:\n  - {name: a, types: m6i.large, max: 3,\n"
		     "     color: x}\n",
		"bad.yaml:6: group: unknown key 'color'");
	refuses(HEAD "groups:\n  - {name: A_b, types: m6i.large, max: 3}\n",
		"bad.yaml:5: name: wanted a name of a-z, 0-9 and -, not "
		"'A_b'");
	refuses(HEAD "groups:\n  - {name: a, types: x9.huge, max: 3}\n",
		"bad.yaml:5: group a: instance type 'x9.huge' is not in the "
		"simulated catalogue");
	refuses(HEAD "groups:\n  - {name: a, types: m6i.large, min: 4, max: "
		     "3}\n",
		"bad.yaml:5: group a: wanted min <= desired <= max <= 6000, "
		"not 4, 0, 3");
	refuses(HEAD "groups:\n  - {name: a, types: [m6i.large, m7g.large], "
		     "max: 3}\n",
		"bad.yaml:5: group a: types of two architectures");
	refuses(HEAD "groups:\n  - {name: a, types: m6i.large, max: 3, "
		     "taints: [x]}\n",
		"bad.yaml:5: group a: taints: wanted key=value:NoSchedule, "
		":NoExecute or :PreferNoSchedule");
	refuses(HEAD GROUP "start: soon\n",
		"bad.yaml:6: start: wanted a time like 2026-02-16T09:00:00Z, "
		"not 'soon'");
	refuses(HEAD GROUP "autoscaler: maybe\n",
		"bad.yaml:6: autoscaler: wanted none, off or on, not "
		"'maybe'");
	refuses(HEAD GROUP "jobs:\n  - {name: j, project: p}\n",
		"bad.yaml:7: job j: project is group/project");
	refuses(HEAD GROUP "jobs:\n  - {name: j, project: a/b, "
		     "failure_rate: 2}\n",
		"bad.yaml:7: failure_rate: wanted a share from 0 to 1, not "
		"'2'");
	refuses(HEAD GROUP "runners:\n  - {name: r, tags: [x], "
		     "concurrent: 0}\n",
		"bad.yaml:7: runner r: concurrent must be at least 1");
	refuses(HEAD GROUP "runners: 7\n",
		"bad.yaml:6: runners: wanted a list");
	refuses("- a\n", "bad.yaml:1: scenario: wanted a mapping");
	refuses(HEAD GROUP "gitlab: {limit: 4}\n",
		"bad.yaml:6: gitlab: unknown key 'limit'");
	refuses(HEAD GROUP "gitlab: {requests_per_minute: many}\n",
		"bad.yaml:6: requests_per_minute: wanted a whole number from 0 "
		"to 1000000, not 'many'");
	refuses(HEAD GROUP "flux: perhaps\n",
		"bad.yaml:6: flux: wanted none, on or suspended, not "
		"'perhaps'");
	refuses(HEAD GROUP "runners:\n  - {name: r, tags: [x], "
			   "executor: shell}\n",
		"bad.yaml:7: runner r: executor: wanted kubernetes or "
		"docker+machine, not 'shell'");
	refuses(HEAD GROUP "runners:\n  - {name: r, tags: [x], "
			   "machine_type: m9.tiny}\n",
		"bad.yaml:7: runner r: machine_type 'm9.tiny' is not in the "
		"simulated catalogue");
	refuses(HEAD GROUP "runners:\n  - {name: r, tags: [x], "
			   "grace: soon}\n",
		"bad.yaml:7: grace: wanted a duration like 90s or 1h30m, not "
		"'soon'");
	refuses(HEAD GROUP "jobs:\n  - {name: j, project: a/b, "
			   "memory: much}\n",
		"bad.yaml:7: memory: wanted a quantity like 300Mi, not "
		"'much'");
	refuses(HEAD GROUP "operator:\n  - {at: 1m, act: retag, on: nobody, "
			   "value: x}\n",
		"bad.yaml:7: operator: retag: no runner is called 'nobody'");
	refuses(HEAD GROUP "operator:\n  - {at: 1m, act: upgrade, on: x, "
			   "value: v1}\n",
		"bad.yaml:7: operator: upgrade: on is namespace/name");
}

#define ACT(rest) HEAD GROUP "operator:\n  - {at: 1m, " rest "}\n"
#define FAULTY(rest) \
	HEAD "groups:\n  - {name: a, types: m6i.large, max: 3, " rest "}\n"

static void
test_what_goes_wrong_is_checked_too(void **state)
{
	(void)state;
	refuses(ACT("act: bless, on: a"),
		"bad.yaml:7: operator: unknown act 'bless'");
	refuses(ACT("act: desired, on: b, value: 2"),
		"bad.yaml:7: operator: desired: no Auto Scaling group is "
		"called 'b'");
	refuses(ACT("act: desired, on: a"),
		"bad.yaml:7: operator: desired: 'value' is missing");
	refuses(ACT("act: desired, on: a, value: two"),
		"bad.yaml:7: operator: desired: value: wanted a whole number "
		"from 0 to 6000, not 'two'");
	refuses(ACT("act: replicas, on: web, value: 0"),
		"bad.yaml:7: operator: replicas: on is namespace/name");
	refuses(ACT("act: cordon, on: a, times: 0"),
		"bad.yaml:7: operator: cordon: every: wanted at least 1s");
	refuses(FAULTY("refuse_reason: mood"),
		"bad.yaml:5: group a: refuse_reason: wanted capacity, quota, "
		"image, key or unsupported, not 'mood'");
	refuses(FAULTY("boot_fails: sometimes"),
		"bad.yaml:5: group a: boot_fails: wanted no, never-joins, "
		"not-ready or slow, not 'sometimes'");
	refuses(FAULTY("reclaim: 0.1"),
		"bad.yaml:5: group a: reclaim: only spot instances are wanted "
		"back");
	refuses(HEAD GROUP "subnet: 30\n",
		"bad.yaml:1: subnet: wanted 16 to 28, the bits of a subnet's "
		"prefix");
}

static void
test_an_unknown_name_lists_the_known(void **state)
{
	struct err err = { 0 };

	(void)state;
	assert_null(scenario_load("no-such", &err));
	assert_int_equal(err.code, ERR_USAGE);
	assert_text_contains(err.text, "'no-such'");
	assert_text_contains(err.text, "quiet-day");
	err = (struct err){ 0 };
	assert_null(scenario_load("/no/such/file.yaml", &err));
	assert_int_equal(err.code, ERR_CONFIG);
	assert_text_contains(err.text, "/no/such/file.yaml");
}

/* The facts of EKS that everything else is built on (integrations H). */
static void
test_instance_types(void **state)
{
	/* clang-format off */
	static const struct { const char *type; int32_t pods; } pods[] = {
		{ "t3.medium", 17 }, { "t3.large", 35 }, { "m5.large", 29 },
		{ "c5.large", 29 }, { "m6g.large", 29 }, { "m7g.large", 29 },
		{ "m5.xlarge", 58 }, { "m7g.xlarge", 58 }, { "m5.2xlarge", 58 },
		{ "m5.4xlarge", 234 }, { "m5.12xlarge", 234 },
		{ "m6g.medium", 8 }, { "m4.large", 20 },
	};
	/* clang-format on */
	uint32_t n = 0;

	(void)state;
	for (const struct sim_type *t = sim_types; t->name; t++, n++) {
		assert_ptr_equal(sim_type_find(t->name), t);
		assert_true(t->vcpus > 0 && t->memory_mib > 0);
		assert_true(t->udollars_hour > 0);
	}
	assert_true(n >= 60);
	for (size_t i = 0; i < ARRAY_LEN(pods); i++)
		assert_int_equal(
			sim_type_max_pods(sim_type_find(pods[i].type)),
			pods[i].pods);
	/* kube-reserved of the EKS AMI. */
	assert_int_equal(sim_type_reserved_mcpu(sim_type_find("m5.large")),
			 70);
	assert_int_equal(sim_type_reserved_mcpu(sim_type_find("m5.xlarge")),
			 80);
	assert_int_equal(sim_type_reserved_mcpu(sim_type_find("m5.4xlarge")),
			 110);
	assert_int_equal(sim_type_reserved_mib(sim_type_find("m5.large")),
			 574);
}

SUITE(sim_scenario,
	TEST(test_every_scenario_loads),
	TEST(test_mistakes_name_their_line),
	TEST(test_what_goes_wrong_is_checked_too),
	TEST(test_an_unknown_name_lists_the_known),
	TEST(test_instance_types));
