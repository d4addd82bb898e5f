/*
 * Bench: decisions (design 9).  Cluster Autoscaler's two loop benchmarks, and a
 * large cluster at a tenth and at full size, which gives the exponent of
 * growth.  Yardstick: reading the same world's memory once.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "backend/base/buf.h"
#include "backend/decode/decode.h"
#include "backend/engine/engine.h"

#define NOW INT64_C(1771405200000)
#define CREATED "2026-02-18T07:00:00Z"

/* The best of so many: a neighbour on the machine costs whole rounds, and the
 * exponent of growth divides two of these figures. */
enum { ROUNDS = 15 };

struct maker {
	struct seal *seal;
	struct arena *arena;
	struct world_builder *out;
	uint64_t dice;
};

static uint32_t
roll(struct maker *m, uint32_t below)
{
	m->dice ^= m->dice << 13;
	m->dice ^= m->dice >> 7;
	m->dice ^= m->dice << 17;
	return (uint32_t)((m->dice >> 32) * below >> 32);
}

PRINTF_LIKE(3, 4)
static void
add(struct maker *m, enum kind kind, const char *fmt, ...)
{
	static char text[16 << 20];
	struct err err = { .code = ERR_NONE };
	const struct tree *t;
	const struct record *r = NULL;
	va_list args;
	char *p;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	for (p = text; *p; p++)
		if (*p == '\'')
			*p = '"';
	arena_reset(m->arena);
	t = json_parse(m->arena, text, strlen(text), &err);
	if (t)
		r = codec_of(kind)->decode(m->seal, t, &err);
	if (!r)
		BUG("%s: %.200s", err.text, text);
	world_builder_add(m->out, r);
}

static void
add_node(struct maker *m, uint32_t i, uint32_t group)
{
	add(m, KIND_NODE,
	    "{'metadata':{'name':'ip-%05u','uid':'n%u','creationTimestamp':'"
	    CREATED "','labels':{'pool':'p%u','topology.kubernetes.io/zone':"
	    "'eu-west-1%c','kubernetes.io/hostname':'ip-%05u'}},'spec':"
	    "{'providerID':'aws:///eu-west-1a/i-%05u'},'status':{'capacity':"
	    "{'cpu':'16','memory':'64Gi','pods':'110'},'allocatable':{'cpu':"
	    "'15890m','memory':'60Gi','pods':'110'},'conditions':[{'type':"
	    "'Ready','status':'True','lastTransitionTime':'" CREATED "'}]}}",
	    i, i, group, "abc"[i % 3], i, i);
}

static void
add_group(struct maker *m, uint32_t g, uint32_t first, uint32_t n,
	  uint32_t max)
{
	struct buf b;

	buf_init(&b, 64 << 20);
	for (uint32_t i = first; i < first + n; i++)
		buf_printf(&b, "%s{'InstanceId':'i-%05u','AvailabilityZone':"
			       "'eu-west-1a','LifecycleState':'InService'}",
			   i > first ? "," : "", i);
	add(m, KIND_GROUP,
	    "{'AutoScalingGroupName':'group-%02u','MinSize':0,'MaxSize':%u,"
	    "'DesiredCapacity':%u,'AvailabilityZones':['eu-west-1a'],"
	    "'LaunchTemplate':{'LaunchTemplateId':'lt','Version':'1'},"
	    "'Instances':[%s],'Tags':[{'Key':'k8s.io/cluster-autoscaler/"
	    "node-template/label/pool','Value':'p%u'}]}",
	    g, max, n, buf_text(&b), g);
	buf_fini(&b);
}

static void
add_type(struct maker *m)
{
	add(m, KIND_TEMPLATE,
	    "{'LaunchTemplateId':'lt','LaunchTemplateName':'lt',"
	    "'VersionNumber':1,'DefaultVersion':true,'LaunchTemplateData':"
	    "{'InstanceType':'m6i.4xlarge'}}");
	add(m, KIND_INSTANCETYPE,
	    "{'InstanceType':'m6i.4xlarge','VCpuInfo':{'DefaultVCpus':16},"
	    "'MemoryInfo':{'SizeInMiB':65536},'ProcessorInfo':"
	    "{'SupportedArchitectures':['x86_64']}}");
}

/* node < 0: pending.  extra: more of the spec, or "". */
static void
add_pod(struct maker *m, const char *prefix, uint32_t i, int64_t node,
	uint32_t mcpu, uint32_t mib, const char *extra)
{
	char place[64] = "";

	if (node >= 0)
		snprintf(place, sizeof(place), "'nodeName':'ip-%05u',",
			 (uint32_t)node);
	add(m, KIND_POD,
	    "{'metadata':{'namespace':'ci','name':'%s-%06u','uid':'%s-%u',"
	    "'creationTimestamp':'" CREATED "','labels':{'app':'job','pod':"
	    "'%s-%u'},'ownerReferences':[{'apiVersion':'apps/v1','kind':"
	    "'ReplicaSet','name':'rs','uid':'rs','controller':true}]},"
	    "'spec':{%s%s'containers':[{'name':'build','resources':"
	    "{'requests':{'cpu':'%um','memory':'%uMi'}}}]},'status':{'phase':"
	    "'%s','conditions':[{'type':'PodScheduled','status':'%s','reason':"
	    "'%s'}]}}",
	    prefix, i, prefix, i, prefix, i, place, extra, mcpu, mib,
	    node < 0 ? "Pending" : "Running", node < 0 ? "False" : "True",
	    node < 0 ? "Unschedulable" : "");
}

static const struct world *
done(struct maker *m)
{
	add(m, KIND_REPLICASET, "{'metadata':{'namespace':'ci','name':'rs',"
				"'uid':'rs'},'spec':{'replicas':5}}");
	seal_free(m->seal);
	arena_free(m->arena);
	return world_builder_done(m->out);
}

static struct maker
maker_new(void)
{
	return (struct maker){ seal_new(), arena_new(),
			       world_builder_new(NOW),
			       88172645463325252u };
}

/* 200 nodes' worth of pods, 50 to a node, on a group at zero. */
static const struct world *
world_up(void)
{
	struct maker m = maker_new();

	add_type(&m);
	add_group(&m, 0, 0, 0, 1000);
	for (uint32_t i = 0; i < 10000; i++)
		add_pod(&m, "p", i, -1, 310, 1000, "");
	return done(&m);
}

/* 400 nodes, 60 % of them nearly empty. */
static const struct world *
world_down(void)
{
	struct maker m = maker_new();

	add_type(&m);
	add_group(&m, 0, 0, 400, 1000);
	for (uint32_t i = 0; i < 400; i++) {
		add_node(&m, i, 0);
		for (uint32_t j = 0; j < (i % 5 < 3 ? 5u : 25u); j++)
			add_pod(&m, "p", i * 100 + j, i, 500, 1000, "");
	}
	return done(&m);
}

/* Ten groups; pods of many sizes; one in ten thousand pending differs. */
static const struct world *
world_large(uint32_t nodes)
{
	struct maker m = maker_new();
	uint32_t per = nodes / 10;
	char pool[64];

	add_type(&m);
	for (uint32_t g = 0; g < 10; g++)
		add_group(&m, g, g * per, per, per * 2);
	for (uint32_t i = 0; i < nodes; i++) {
		add_node(&m, i, i / per);
		for (uint32_t j = 0; j < 30; j++)
			add_pod(&m, "p", i * 30 + j, i,
				i % 5 == 0 ? 100 : 400 + roll(&m, 150),
				i % 5 == 0 ? 500 : 1200 + roll(&m, 1000), "");
	}
	for (uint32_t i = 0; i < nodes * 2; i++) {
		snprintf(pool, sizeof(pool), "'nodeSelector':{'pool':'p%u'},",
			 roll(&m, 10));
		add_pod(&m, "q", i, -1, 500 + roll(&m, 4000),
			500 + roll(&m, 8000), pool);
	}
	return done(&m);
}

static double
cpu_ms(void)
{
	struct rusage use;

	getrusage(RUSAGE_SELF, &use);
	return (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1e3 +
	       (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e3;
}

/* Touching every record once. */
static double
yardstick(const struct world *w)
{
	double from = cpu_ms();
	volatile uint64_t sum = 0;

	for (int k = 0; k < KIND_COUNT; k++)
		for (uint32_t i = 0; i < w->of[k].n; i++) {
			const unsigned char *p =
				(const void *)w->of[k].at[i];

			for (uint32_t j = 0; j < w->of[k].at[i]->bytes;
			     j += 64)
				sum += p[j];
		}
	return cpu_ms() - from;
}

struct cost {
	double ms, yard_ms;
	uint64_t checks;
};

static struct cost
run(const char *name, const struct world *w, double budget, const char *set)
{
	struct policy *policy = policy_new(POLICY_WORLD_FILE);
	struct cost cost = { 0 };
	double best = 1e9, yard = yardstick(w);
	const struct plan *p = NULL;

	if (set)
		policy_set(policy, set, "0s", NULL, NULL);
	for (int i = 0; i < ROUNDS; i++) {
		double from = cpu_ms(), took;

		plan_unref(p);
		p = engine_decide(&(struct engine_input){
			.world = w, .policy = policy, .now_ms = NOW });
		took = cpu_ms() - from;
		if (took < best)
			best = took;
	}
	/* What it decided, so that a fast nothing is seen as such. */
	fprintf(stderr, "engine.%s: %s, +%u groups, %u removals, %s, %llu "
		"checks\n", name, p->result, p->scale_up_n, p->scale_down_n,
		p->scale_down_result, (unsigned long long)p->work);
	printf("engine.%s_ms %.1f %.0f %.2f %.0f\n", name, best, budget, yard,
	       yard > 0 ? best / yard : 0);
	cost = (struct cost){ best, yard, p->work };
	plan_unref(p);
	policy_unref(policy);
	world_unref(w);
	return cost;
}

int
main(void)
{
	struct rusage use;
	struct cost small, large;

	run("up_200_nodes_x50_pods", world_up(), 20, NULL);
	run("down_400_nodes_60_percent", world_down(), 20,
	    "scale-down-unneeded-time");
	small = run("500_nodes_15000_pods_1000_pending", world_large(500),
		    100, NULL);
	large = run("5000_nodes_150000_pods_10000_pending",
		    world_large(5000), 1000, NULL);
	getrusage(RUSAGE_SELF, &use);
	/* n log n from a tenth to all of 150,000 pods is an exponent of 1.1.
	 * Time also pays for memory that no longer fits a cache: the yardstick
	 * shows what that costs who only reads it; the checks do not pay. */
	printf("engine.growth_exponent_checks %.2f 1.10 - -\n",
	       log10((double)large.checks / (double)small.checks));
	printf("engine.growth_exponent_time %.2f 1.10 %.2f -\n",
	       log10(large.ms / small.ms),
	       log10(large.yard_ms / small.yard_ms));
	printf("engine.peak_rss_mb %ld 600 - -\n", use.ru_maxrss / 1024);
	return 0;
}
