/*
 * config.yaml: what it says, and mistakes by file and line.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/control/config.h"
#include "backend/engine/policy_values.h"
#include "tests/unit/check.h"

static char *dir, *path;

static int
set_up(void **state)
{
	(void)state;
	dir = temporary_new();
	path = xasprintf("%s/config.yaml", dir);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	free(path);
	temporary_remove(dir);
	return 0;
}

static struct config *
load(const char *text, struct err *err)
{
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	return config_load(path, err);
}

static void
test_reads_every_section(void **state)
{
	struct err err = { .code = ERR_NONE };
	struct config *c = load("policy:\n"
				"  scale-down-unneeded-time: 20m\n"
				"  scale-down-enabled: false\n"
				"  nodes: ['1:9:a', '0:3:b']\n"
				"contexts:\n"
				"  ci-prod:\n"
				"    access: write\n"
				"    production: true\n"
				"    protected-groups: [management, other]\n"
				"screen:\n"
				"  theme: light\n"
				"  mouse: false\n"
				"prices:\n"
				"  m7i.2xlarge: 0.4032\n"
				"  m7g.xlarge: { on-demand: 1, spot: 0.07 }\n",
				&err);
	struct policy *p = policy_new(POLICY_LIVE);
	const struct config_context *x;
	const struct config_price *prices;
	uint32_t n;

	(void)state;
	if (!c)
		fail_msg("%s", err.text);
	config_notes(c, &n);
	assert_int_equal(n, 0);
	assert_ok(config_policy(c, p, &err), &err);
	assert_int_equal(policy_ms(p, POLICY_UNNEEDED_TIME),
			 20 * 60000);
	assert_int_equal(policy_list(p, POLICY_NODES)->n, 2);
	x = config_context(c, "ci-prod");
	assert_true(x->write && x->production && !x->active_allowed);
	assert_text_equal(x->protected_groups[1], "other");
	assert_null(x->protected_groups[2]);
	assert_false(config_context(c, "elsewhere")->write);
	assert_text_equal(config_screen(c, "theme"), "light");
	assert_text_equal(config_screen(c, "mouse"), "false");
	assert_null(config_screen(c, "keymap"));
	prices = config_prices(c, &n);
	assert_int_equal(n, 2);
	assert_int_equal(prices[0].on_demand_udollars, 403200);
	assert_int_equal(prices[0].spot_udollars, -1);
	assert_int_equal(prices[1].spot_udollars, 70000);
	policy_unref(p);
	config_free(c);
}

static void
test_unknown_keys_are_notes(void **state)
{
	struct err err = { .code = ERR_NONE };
	struct config *c = load("colour: red\nscreen:\n  theme: x\n  them: y\n"
				"contexts:\n  a:\n    acces: write\n",
				&err);
	const char *const *notes;
	uint32_t n;

	(void)state;
	if (!c)
		fail_msg("%s", err.text);
	notes = config_notes(c, &n);
	assert_int_equal(n, 3);
	assert_text_contains(notes[0], "config.yaml:1: unknown key \"colour\"");
	assert_text_contains(notes[1], "config.yaml:4: unknown key \"them\"");
	assert_text_contains(notes[2], "config.yaml:7: unknown key \"acces\"");
	/* A misspelt permission gives none. */
	assert_false(config_context(c, "a")->write);
	config_free(c);
}

static void
test_mistakes_name_file_and_line(void **state)
{
	static const struct {
		const char *text, *says;
	} bad[] = {
		{ "screen: [1]\n", "config.yaml:1: screen" },
		{ "contexts:\n  a: write\n", "config.yaml:2: a" },
		{ "contexts:\n  a:\n    access: all\n", "config.yaml:3" },
		{ "contexts:\n  a:\n    production: maybe\n",
		  "config.yaml:3: production" },
		{ "contexts:\n  a:\n    protected-groups: x\n",
		  "config.yaml:3" },
		{ "prices:\n  m5.large: cheap\n", "config.yaml:2" },
		{ "prices:\n  m5.large: -1\n", "config.yaml:2" },
		{ "policy:\n  a: [b\n", "config.yaml:" },
		{ "- a\n- b\n", "config.yaml:1" },
	};
	struct err err;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		err.code = ERR_NONE;
		assert_null(load(bad[i].text, &err));
		assert_int_equal(err.code, ERR_CONFIG);
		assert_text_contains(err.text, bad[i].says);
	}
	{
		struct config *c = load("policy:\n  v: 1\n"
					"  scale-down-unneded-time: 20m\n",
					&err);
		struct policy *p = policy_new(POLICY_LIVE);

		assert_non_null(c);
		assert_false(config_policy(c, p, &err));
		assert_int_equal(err.code, ERR_CONFIG);
		assert_text_contains(err.text, "config.yaml:3");
		policy_unref(p);
		config_free(c);
	}
}

static void
test_missing_file(void **state)
{
	struct err err = { .code = ERR_NONE };
	struct config *c;
	uint32_t n;

	(void)state;
	assert_null(config_load(path, &err));
	assert_int_equal(err.code, ERR_CONFIG);
	setenv("XDG_CONFIG_HOME", dir, 1);
	c = config_load(NULL, &err);
	unsetenv("XDG_CONFIG_HOME");
	assert_non_null(c);
	config_notes(c, &n);
	assert_int_equal(n, 0);
	config_free(c);
	c = load("", &err);
	assert_non_null(c);
	config_free(c);
}

#define FOLDER_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

SUITE(control_config,
	FOLDER_TEST(test_reads_every_section),
	FOLDER_TEST(test_unknown_keys_are_notes),
	FOLDER_TEST(test_mistakes_name_file_and_line),
	FOLDER_TEST(test_missing_file));
