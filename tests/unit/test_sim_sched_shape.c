/*
 * What the scheduler takes for one: pods that differ in nothing that decides
 * where they may stand, and no others.
 */
#include "backend/decode/decode.h"
#include "backend/sim/world/scheduler.h"
#include "tests/unit/check.h"

/* Two jobs' pods, but for what the test is about. */
#define POD(name, more)                                                        \
	"{'metadata':{'namespace':'ci','name':'" name "'},'spec':{"            \
	"'volumes':[{'name':'s','secret':{'secretName':'" name "'}}],"         \
	"'containers':[{'name':'build','image':'" name ":1','resources':{"     \
	"'requests':{'cpu':'1','memory':'1Gi'}}}]" more "}}"

enum same { NOTHING, WORDS, SHAPE };

static const struct pod *
pod_of(const char *quoted)
{
	struct seal *s = seal_new();
	struct arena *a = arena_new();
	struct err err = { .code = ERR_NONE };
	const struct record *r =
		codec_of(KIND_POD)->decode(s, parse_text(a, quoted), &err);

	if (!r)
		fail_msg("%s: %s", err.text, quoted);
	arena_free(a);
	seal_free(s);
	return (const struct pod *)(const void *)r;
}

/* What a pod has in common with the plain one. */
static enum same
shared(const struct scheduler *s, const char *quoted)
{
	const struct pod *plain = pod_of(POD("a", "")), *other = pod_of(quoted);
	struct buf one, two;
	enum same same = NOTHING;

	buf_init(&one, 64 << 10);
	buf_init(&two, 64 << 10);
	if (scheduler_shape_key(&one, s, plain) &&
	    scheduler_shape_key(&two, s, other) &&
	    str_eq(buf_text(&one), buf_text(&two)))
		same = SHAPE;
	else if (scheduler_words_key(&one, plain) &&
		 scheduler_words_key(&two, other) &&
		 str_eq(buf_text(&one), buf_text(&two)))
		same = WORDS;
	buf_fini(&one);
	buf_fini(&two);
	record_unref(plain);
	record_unref(other);
	return same;
}

#define TERMS(list)                                                            \
	",'affinity':{'nodeAffinity':{'requiredDuringSchedulingIgnored"        \
	"DuringExecution':{'nodeSelectorTerms':" list "}}}"

static const struct {
	const char *pod;
	enum same same;
} pods[] = {
	{ POD("b", ""), SHAPE },
	{ POD("b", ",'priority':5"), WORDS },
	{ POD("b", ",'preemptionPolicy':'Never'"), WORDS },
	{ POD("b", ",'overhead':{'cpu':'1m'}"), WORDS },
	{ POD("b", ",'nodeSelector':{'a':'b'}"), NOTHING },
	{ POD("b", ",'tolerations':[{'key':'k','operator':'Exists'}]"),
	  NOTHING },
	{ POD("b", TERMS("[{'matchExpressions':[{'key':'k','operator':'In',"
			 "'values':['v']}]}]")),
	  NOTHING },
	/* no term matches nothing, no affinity everything */
	{ POD("b", TERMS("[]")), NOTHING },
	/* by name: its own case */
	{ POD("b", TERMS("[{'matchFields':[{'key':'metadata.name','operator':"
			 "'In','values':['n']}]}]")),
	  NOTHING },
	{ POD("b", ",'nodeName':'n'"), NOTHING },
	/* these look at other pods */
	{ POD("b", ",'topologySpreadConstraints':[{'maxSkew':1,'topologyKey':"
		   "'zone','whenUnsatisfiable':'DoNotSchedule'}]"),
	  WORDS },
};

static void
test_pods_alike(void **state)
{
	struct scheduler s = { .terms = 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(pods) / sizeof(pods[0]); i++)
		if (shared(&s, pods[i].pod) != pods[i].same)
			fail_msg("row %zu: %d", i, shared(&s, pods[i].pod));
}

/* A pod that stands may keep others off by their labels. */
static void
test_anti_affinity_of_others_parts_them(void **state)
{
	struct scheduler s = { .terms = 1 };

	(void)state;
	assert_int_equal(shared(&s, POD("b", "")), WORDS);
}

SUITE(sim_sched_shape, TEST(test_pods_alike),
      TEST(test_anti_affinity_of_others_parts_them));
