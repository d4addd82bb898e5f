/*
 * Memory: what others wrote is read, kept where it is not known, and written
 * back the same.
 */
#include <stdlib.h>

#include "backend/base/buf.h"
#include "backend/engine/memory_values.h"
#include "tests/unit/check.h"

static char *
written(const struct memory *m)
{
	struct buf b;
	struct jsonw *w;

	buf_init(&b, 1 << 20);
	w = jsonw_new_buf(&b, false);
	memory_write(w, m);
	assert_true(jsonw_done(w));
	return buf_take(&b, NULL);
}

static const char full[] =
	"{'time':'2026-02-18T09:00:00Z','lastScaleUp':null,"
	"'lastScaleDownDelete':'2026-02-18T08:00:00.250Z',"
	"'lastScaleDownFail':null,'shortestInterval':'10s','nodes':{'n1':"
	"{'unneededSince':'2026-02-18T08:50:00Z','unremovableSince':null,"
	"'colour':'red'}},'groups':{'g':{'request':{'increase':3,'time':"
	"'2026-02-18T08:59:00Z','expected':'2026-02-18T09:14:00Z'},'backoff':"
	"{'until':'2026-02-18T09:05:00Z','duration':'5m0s','failed':"
	"'2026-02-18T09:00:00Z','code':'timeout','message':'m'},"
	"'incorrectSize':null,'template':{'time':'2026-02-18T08:00:00Z',"
	"'labels':{'a':'b'},'capacity':{'cpu':2000,'memory':4096,'pods':110,"
	"'nvidia.com/gpu':1},'allocatable':{'cpu':1900,'pods':110},'taints':"
	"[{'key':'k','value':'v','effect':'NoSchedule'}],'pods':[{'namespace':"
	"'kube-system','name':'agent','owner':'ds','ownerUid':'u','requests':"
	"{'cpu':100},'ports':[{'protocol':'TCP','port':80}]}]},'other':[1,2]"
	"}},'unregisteredSince':{'i-1':'2026-02-18T08:00:00Z'},'acts':{'a1':"
	"'running'},'stranger':{'x':1.5}}";

static void
test_round_trip(void **state)
{
	struct arena *a = arena_new();
	struct err err = { .code = ERR_NONE };
	const struct memory *m = memory_read(parse_text(a, full), &err);
	const struct memory *again;
	char *first, *second;

	(void)state;
	assert_ok(m != NULL, &err);
	assert_int_equal(memory_group(m, "g")->request.increase, 3);
	assert_int_equal(memory_group(m, "g")->backoff.duration_ms, 300000);
	assert_int_equal(memory_group(m, "g")->tmpl.pod_n, 1);
	assert_null(memory_group(m, "h"));
	assert_true(memory_node(m, "n1")->unneeded_since_ms != 0);
	assert_int_equal(m->shortest_ms, 10000);
	first = written(m);
	again = memory_read(json_parse(a, first, strlen(first), &err), &err);
	assert_ok(again != NULL, &err);
	second = written(again);
	assert_text_equal(second, first);
	assert_text_contains(first, "\"stranger\":{\"x\":1.5}");
	assert_text_contains(first, "\"other\":[1,2]");
	assert_text_contains(first, "\"colour\":\"red\"");
	free(first);
	free(second);
	memory_unref(m);
	memory_unref(again);
	arena_free(a);
}

static void
test_wrong_types_name_their_path(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{ "[]", "memory: wanted object" },
		{ "{'lastScaleUp':5e99}", "memory.lastScaleUp: wanted a time" },
		{ "{'nodes':{'n':3}}", "memory.nodes.n: wanted object" },
		{ "{'groups':{'g':{'request':[]}}}",
		  "memory.groups.g.request: wanted object" },
		{ "{'groups':{'g':{'request':{'increase':'3'}}}}",
		  "memory.groups.g.increase: wanted a whole number" },
		{ "{'groups':{'g':{'request':{'increase':99999999999}}}}",
		  "wanted a whole number" },
		{ "{'groups':{'g':{'backoff':{'duration':5}}}}",
		  "wanted a duration" },
		{ "{'groups':{'g':{'template':{'labels':{'a':1}}}}}",
		  "memory.groups.g.template: labels.a: wanted string" },
		{ "{'unregisteredSince':{'i':false}}",
		  "memory.unregisteredSince.i: wanted a time" },
		{ "{'acts':{'a':'maybe'}}", "memory.acts.a: wanted running" },
		{ "{'nodes':{'n':{},'n':{}}}", "stands there twice" },
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct err err = { .code = ERR_NONE };

		if (memory_read(parse_text(a, cases[i].text), &err))
			fail_msg("taken: %s", cases[i].text);
		assert_text_contains(err.text, cases[i].says);
	}
	arena_free(a);
}

SUITE(engine_memory,
	TEST(test_round_trip),
	TEST(test_wrong_types_name_their_path));
