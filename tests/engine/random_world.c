/*
 * Random worlds: few names and small numbers, so that things meet.
 */
#include "tests/engine/random_world.h"

#include <stdio.h>
#include <stdlib.h>

enum { ITEMS = 160, ITEM_ROOM = 8192 };

struct list { /* objects of one array, shuffled when written */
	char *at[ITEMS];
	uint32_t n;
};

struct draw {
	struct dice dice, order;
	bool shuffle;
	enum world_taste taste;
	struct list nodes, pods, groups, replicas, budgets, daemons;
};

static bool
chance(struct draw *d, uint32_t percent)
{
	return dice_below(&d->dice, 100) < percent;
}

static uint32_t
below(struct draw *d, uint32_t n)
{
	return dice_below(&d->dice, n);
}

PRINTF_LIKE(2, 3)
static void
keep(struct list *l, const char *fmt, ...)
{
	va_list args;

	if (l->n == ITEMS)
		return;
	va_start(args, fmt);
	l->at[l->n++] = xvasprintf(fmt, args);
	va_end(args);
}

static void
write_list(struct draw *d, struct buf *out, const char *key, struct list *l)
{
	for (uint32_t i = l->n; d->shuffle && i > 1; i--) {
		uint32_t j = dice_below(&d->order, i);
		char *t = l->at[i - 1];

		l->at[i - 1] = l->at[j];
		l->at[j] = t;
	}
	buf_printf(out, "\"%s\":[", key);
	for (uint32_t i = 0; i < l->n; i++) {
		buf_puts(out, i ? "," : "");
		buf_puts(out, l->at[i]);
		free(l->at[i]);
	}
	buf_puts(out, "]");
	l->n = 0;
}

/* ---- pieces of objects ---- */

static void
draw_labels(struct draw *d, struct buf *b, bool node, uint32_t i)
{
	buf_printf(b, "\"labels\":{\"app\":\"%c\"", 'a' + (int)below(d, 3));
	if (chance(d, 40))
		buf_printf(b, ",\"tier\":\"%c\"", 'x' + (int)below(d, 2));
	if (node && chance(d, 85))
		buf_printf(b, ",\"zone\":\"z%u\"", below(d, 3));
	if (node && chance(d, 90))
		buf_printf(b, ",\"kubernetes.io/hostname\":\"h%u\"", i);
	if (node && chance(d, 30))
		buf_printf(b, ",\"size\":\"%u\"", below(d, 9));
	buf_puts(b, "}");
}

static void
draw_selector(struct draw *d, struct buf *b)
{
	static const char *const ops[] = { "In", "NotIn", "Exists",
					   "DoesNotExist" };
	uint32_t op = below(d, 4);

	switch (below(d, 4)) {
	case 0:
		buf_puts(b, "{}");
		break;
	case 1:
		buf_printf(b, "{\"matchExpressions\":[{\"key\":\"%s\","
			      "\"operator\":\"%s\"",
			   chance(d, 50) ? "app" : "tier", ops[op]);
		if (op < 2)
			buf_printf(b, ",\"values\":[\"%c\",\"x\"]",
				   'a' + (int)below(d, 3));
		buf_puts(b, "}]}");
		break;
	default:
		buf_printf(b, "{\"matchLabels\":{\"app\":\"%c\"}}",
			   'a' + (int)below(d, 3));
	}
}

static const char *
draw_key(struct draw *d)
{
	return chance(d, 60) ? "zone" : "kubernetes.io/hostname";
}

static void
draw_pod_terms(struct draw *d, struct buf *b, const char *kind)
{
	uint32_t n = 1 + below(d, 2);

	buf_printf(b, "\"%s\":{\"requiredDuringSchedulingIgnoredDuring"
		      "Execution\":[", kind);
	for (uint32_t i = 0; i < n; i++) {
		buf_printf(b, "%s{\"topologyKey\":\"%s\",\"labelSelector\":",
			   i ? "," : "", draw_key(d));
		draw_selector(d, b);
		if (chance(d, 20))
			buf_printf(b, ",\"namespaces\":[\"n%u\"]",
				   below(d, 2));
		else if (chance(d, 10))
			buf_puts(b, ",\"namespaceSelector\":{}");
		buf_puts(b, "}");
	}
	buf_puts(b, "]}");
}

static void
draw_affinity(struct draw *d, struct buf *b)
{
	bool comma = false;

	buf_puts(b, "\"affinity\":{");
	if (chance(d, 15)) {
		buf_printf(b, "\"nodeAffinity\":{\"requiredDuringScheduling"
			      "IgnoredDuringExecution\":{\"nodeSelectorTerms\""
			      ":[{\"matchExpressions\":[{\"key\":\"%s\","
			      "\"operator\":\"%s\",\"values\":[\"%u\"]}]},"
			      "{\"matchExpressions\":[{\"key\":\"zone\","
			      "\"operator\":\"In\",\"values\":[\"z%u\"]}]}]}}",
			   "size", chance(d, 50) ? "Gt" : "Lt", below(d, 9),
			   below(d, 3));
		comma = true;
	}
	if (chance(d, 15)) {
		buf_puts(b, comma ? "," : "");
		draw_pod_terms(d, b, "podAffinity");
		comma = true;
	}
	if (chance(d, 15)) {
		buf_puts(b, comma ? "," : "");
		draw_pod_terms(d, b, "podAntiAffinity");
	}
	buf_puts(b, "},");
}

static void
draw_spread(struct draw *d, struct buf *b)
{
	uint32_t n = 1 + below(d, 2);

	buf_puts(b, "\"topologySpreadConstraints\":[");
	for (uint32_t i = 0; i < n; i++) {
		buf_printf(b, "%s{\"topologyKey\":\"%s\",\"maxSkew\":%u,"
			      "\"whenUnsatisfiable\":\"%s\",\"labelSelector\":",
			   i ? "," : "", draw_key(d), 1 + below(d, 2),
			   chance(d, 85) ? "DoNotSchedule"
					 : "ScheduleAnyway");
		draw_selector(d, b);
		if (chance(d, 20))
			buf_printf(b, ",\"minDomains\":%u", 1 + below(d, 4));
		if (chance(d, 20))
			buf_puts(b, ",\"nodeTaintsPolicy\":\"Honor\"");
		if (chance(d, 20))
			buf_puts(b, ",\"nodeAffinityPolicy\":\"Ignore\"");
		if (chance(d, 15))
			buf_puts(b, ",\"matchLabelKeys\":[\"tier\"]");
		buf_puts(b, "}");
	}
	buf_puts(b, "],");
}

static void
draw_tolerations(struct draw *d, struct buf *b)
{
	buf_puts(b, "\"tolerations\":[");
	if (chance(d, 30))
		buf_printf(b, "{\"key\":\"t%u\",\"operator\":\"Exists\"}",
			   below(d, 2));
	else if (chance(d, 30))
		buf_printf(b, "{\"key\":\"t%u\",\"value\":\"v%u\",\"effect\":"
			      "\"NoSchedule\"}", below(d, 2), below(d, 2));
	else if (chance(d, 5))
		buf_puts(b, "{\"operator\":\"Exists\"}");
	buf_puts(b, "],");
}

static void
draw_container(struct draw *d, struct buf *b, const char *name, bool sidecar)
{
	buf_printf(b, "{\"name\":\"%s\",%s\"resources\":{\"requests\":{",
		   name, sidecar ? "\"restartPolicy\":\"Always\"," : "");
	if (chance(d, 90))
		buf_printf(b, "\"cpu\":\"%um\",\"memory\":\"%uMi\"",
			   100 * below(d, 12), 128 * below(d, 10));
	else
		buf_puts(b, "\"example.com/thing\":\"1\"");
	buf_puts(b, "}}");
	if (chance(d, 6))
		buf_printf(b, ",\"ports\":[{\"containerPort\":80,\"hostPort\":"
			      "%u%s}]", 80 + below(d, 2),
			   chance(d, 30) ? ",\"hostIP\":\"10.0.0.1\"" : "");
	buf_puts(b, "}");
}

static void
draw_containers(struct draw *d, struct buf *b)
{
	if (chance(d, 15)) {
		buf_puts(b, "\"initContainers\":[");
		draw_container(d, b, "i1", chance(d, 40));
		buf_puts(b, ",");
		draw_container(d, b, "i2", false);
		buf_puts(b, "],");
	}
	buf_puts(b, "\"containers\":[");
	draw_container(d, b, "c1", false);
	if (chance(d, 20)) {
		buf_puts(b, ",");
		draw_container(d, b, "c2", false);
	}
	buf_puts(b, "]");
}

/* ---- objects ---- */

static void
draw_node(struct draw *d, uint32_t i, const char *group)
{
	struct buf b;

	buf_init(&b, ITEM_ROOM);
	buf_printf(&b, "{\"metadata\":{\"name\":\"node%02u\",\"uid\":\"n%u\","
		       "\"creationTimestamp\":\"2026-02-18T0%u:00:00Z\",",
		   i, i, 6 + below(d, 2));
	draw_labels(d, &b, true, i);
	buf_printf(&b, "},\"spec\":{\"providerID\":\"aws:///eu-west-1a/"
		       "i-%s%02u\"", group, i);
	if (chance(d, 5))
		buf_puts(&b, ",\"unschedulable\":true");
	if (chance(d, 25))
		buf_printf(&b, ",\"taints\":[{\"key\":\"t%u\",\"value\":"
			       "\"v%u\",\"effect\":\"%s\"}]", below(d, 2),
			   below(d, 2),
			   chance(d, 70) ? "NoSchedule" : "PreferNoSchedule");
	buf_printf(&b, "},\"status\":{\"capacity\":{\"cpu\":\"2\",\"memory\":"
		       "\"4Gi\",\"pods\":\"%u\",\"example.com/thing\":\"%u\"},"
		       "\"allocatable\":{\"cpu\":\"%um\",\"memory\":\"%uMi\","
		       "\"pods\":\"%u\",\"example.com/thing\":\"%u\"},"
		       "\"conditions\":[{\"type\":\"Ready\",\"status\":\"%s\","
		       "\"lastTransitionTime\":\"2026-02-18T07:10:00Z\"}]}}",
		   4 + below(d, 6), below(d, 2), 1000 + 500 * below(d, 3),
		   1024 + 512 * below(d, 5), 4 + below(d, 6), below(d, 2),
		   chance(d, 95) ? "True" : "False");
	keep(&d->nodes, "%s", buf_text(&b));
	buf_fini(&b);
}

/* node < 0: pending. */
static void
draw_pod(struct draw *d, uint32_t i, int node)
{
	bool rich = d->taste == TASTE_PLACING;
	struct buf b;

	buf_init(&b, ITEM_ROOM);
	buf_printf(&b, "{\"metadata\":{\"namespace\":\"n%u\",\"name\":\"pod"
		       "%03u\",\"uid\":\"p%u\",\"creationTimestamp\":"
		       "\"2026-02-18T08:00:00Z\",", below(d, 2), i, i);
	draw_labels(d, &b, false, i);
	if (rich && chance(d, 4))
		buf_puts(&b, ",\"deletionTimestamp\":"
			     "\"2026-02-18T09:00:10Z\"");
	if (chance(d, 60))
		buf_printf(&b, ",\"ownerReferences\":[{\"apiVersion\":"
			       "\"apps/v1\",\"kind\":\"ReplicaSet\",\"name\":"
			       "\"rs%u\",\"uid\":\"rs%u\","
			       "\"controller\":true}]",
			   i % 3, i % 3);
	buf_puts(&b, "},\"spec\":{");
	if (node >= 0)
		buf_printf(&b, "\"nodeName\":\"node%02d\",", node);
	if (chance(d, 15))
		buf_printf(&b, "\"priority\":%d,", (int)below(d, 30) - 12);
	if (rich && chance(d, 15))
		buf_printf(&b, "\"nodeSelector\":{\"app\":\"%c\"},",
			   'a' + (int)below(d, 3));
	if (rich && chance(d, 40))
		draw_affinity(d, &b);
	if (rich && chance(d, 25))
		draw_spread(d, &b);
	if (chance(d, 40))
		draw_tolerations(d, &b);
	draw_containers(d, &b);
	buf_printf(&b, "},\"status\":{\"phase\":\"%s\",\"conditions\":["
		       "{\"type\":\"PodScheduled\",\"status\":\"%s\"%s}]}}",
		   node < 0 ? "Pending" : "Running",
		   node < 0 ? "False" : "True",
		   node < 0 ? ",\"reason\":\"Unschedulable\"" : "");
	keep(&d->pods, "%s", buf_text(&b));
	buf_fini(&b);
}

static void
draw_group(struct draw *d, const char *name, uint32_t first, uint32_t n)
{
	struct buf b;

	buf_init(&b, 65536);
	for (uint32_t i = first; i < first + n; i++)
		buf_printf(&b, "%s{\"InstanceId\":\"i-%s%02u\","
			       "\"AvailabilityZone\":\"eu-west-1a\","
			       "\"LifecycleState\":\"InService\"}",
			   i > first ? "," : "", name, i);
	keep(&d->groups, "{\"AutoScalingGroupName\":\"%s\",\"MinSize\":%u,"
			 "\"MaxSize\":%u,\"DesiredCapacity\":%u,"
			 "\"AvailabilityZones\":[\"eu-west-1a\"],"
			 "\"LaunchTemplate\":{\"LaunchTemplateId\":\"lt%u\","
			 "\"Version\":\"1\"},\"Instances\":[%s],\"Tags\":[{"
			 "\"Key\":\"k8s.io/cluster-autoscaler/node-template/"
			 "label/app\",\"Value\":\"%c\"}]}",
	     name, below(d, 2), n + below(d, 5), n, below(d, 3), buf_text(&b),
	     'a' + (int)below(d, 3));
	buf_fini(&b);
}

static void
write_types(struct buf *out)
{
	buf_puts(out, ",\"launchTemplateVersions\":[");
	for (int i = 0; i < 3; i++)
		buf_printf(out, "%s{\"LaunchTemplateId\":\"lt%d\","
				"\"LaunchTemplateName\":\"lt%d\","
				"\"VersionNumber\":1,\"DefaultVersion\":true,"
				"\"LaunchTemplateData\":{\"InstanceType\":"
				"\"t%d\"}}", i ? "," : "", i, i, i);
	buf_puts(out, "],\"instanceTypes\":[");
	for (int i = 0; i < 3; i++)
		buf_printf(out, "%s{\"InstanceType\":\"t%d\",\"VCpuInfo\":"
				"{\"DefaultVCpus\":%d},\"MemoryInfo\":"
				"{\"SizeInMiB\":%d},\"ProcessorInfo\":{"
				"\"SupportedArchitectures\":[\"x86_64\"]}}",
			   i ? "," : "", i, 1 << i, 2048 << i);
	buf_puts(out, "]");
}

static void
draw_policy(struct draw *d, struct buf *out)
{
	static const char *const expanders[] = {
		"least-waste", "most-pods", "least-nodes", "random",
		"most-pods,least-nodes",
	};

	buf_printf(out, ",\"policy\":{\"expander\":\"%s\"",
		   expanders[below(d, 5)]);
	if (chance(d, 30))
		buf_puts(out, ",\"balance-similar-node-groups\":true");
	if (chance(d, 30))
		buf_printf(out, ",\"max-nodes-total\":%u", 2 + below(d, 14));
	if (chance(d, 20))
		buf_printf(out, ",\"cores-total\":\"%u:%u\"", below(d, 3),
			   6 + below(d, 30));
	if (chance(d, 50))
		buf_puts(out, ",\"scale-down-unneeded-time\":\"0s\"");
	if (chance(d, 30))
		buf_printf(out, ",\"max-drain-parallelism\":%u", below(d, 4));
	if (chance(d, 15))
		buf_puts(out, ",\"salvo-scale-up\":true");
	if (chance(d, 10))
		buf_puts(out, ",\"enforce-node-group-min-size\":true");
	buf_puts(out, ",\"scale-down-delay-after-add\":\"0s\"}");
}

void
random_world(struct buf *out, uint64_t seed, enum world_taste taste,
	     uint64_t shuffle)
{
	static const char *const names[] = { "ga", "gb", "gc" };
	struct draw *d = xcalloc(1, sizeof(*d));
	uint32_t groups, nodes = 0, pods, p = 0;

	d->dice.state = seed * 2654435761u + 88172645463325252u;
	d->order.state = shuffle | 1;
	d->shuffle = shuffle != 0;
	d->taste = taste;
	groups = 1 + below(d, 3);
	for (uint32_t g = 0; g < groups; g++) {
		uint32_t n = below(d, 4);

		draw_group(d, names[g], nodes, n);
		for (uint32_t i = 0; i < n; i++)
			draw_node(d, nodes++, names[g]);
	}
	if (chance(d, 40))
		draw_node(d, nodes++, "none");
	for (uint32_t i = 0; i < nodes; i++)
		for (pods = below(d, 4); pods > 0; pods--)
			draw_pod(d, p++, (int)i);
	for (pods = below(d, 9); pods > 0; pods--)
		draw_pod(d, p++, -1);
	for (uint32_t i = 0; i < 6; i++)
		keep(&d->replicas, "{\"metadata\":{\"namespace\":\"n%u\","
				   "\"name\":\"rs%u\"},\"spec\":{"
				   "\"replicas\":%u}}", i % 2, i / 2,
		     below(d, 4));
	if (chance(d, 40))
		keep(&d->budgets, "{\"metadata\":{\"namespace\":\"n0\","
				  "\"name\":\"b\"},\"spec\":{\"selector\":{"
				  "\"matchLabels\":{\"app\":\"a\"}}},"
				  "\"status\":{\"disruptionsAllowed\":%u}}",
		     below(d, 3));
	if (chance(d, 30))
		keep(&d->daemons, "{\"metadata\":{\"namespace\":\"n0\","
				  "\"name\":\"ds\",\"uid\":\"ds\"},\"spec\":{"
				  "\"template\":{\"spec\":{\"containers\":[{"
				  "\"name\":\"c\",\"resources\":{\"requests\":{"
				  "\"cpu\":\"%um\"}}}]}}}}",
		     100 * below(d, 5));
	buf_puts(out, "{\"apiVersion\":\"paddock/v1\",\"kind\":\"World\","
		      "\"time\":\"2026-02-18T09:00:00Z\",\"kubernetes\":{");
	write_list(d, out, "nodes", &d->nodes);
	buf_puts(out, ",");
	write_list(d, out, "pods", &d->pods);
	buf_puts(out, ",");
	write_list(d, out, "replicaSets", &d->replicas);
	buf_puts(out, ",");
	write_list(d, out, "podDisruptionBudgets", &d->budgets);
	buf_puts(out, ",");
	write_list(d, out, "daemonSets", &d->daemons);
	buf_puts(out, "},\"aws\":{");
	write_list(d, out, "autoScalingGroups", &d->groups);
	write_types(out);
	buf_puts(out, "}");
	draw_policy(d, out);
	buf_puts(out, "}");
	assert_true(buf_ok(out));
	free(d);
}

void
random_world_read(const struct buf *text, struct world_file *out)
{
	struct world_reader *r = world_reader_new();
	struct err err = { .code = ERR_NONE };

	if (!world_reader_feed(r, text->at, text->len, &err) ||
	    !world_reader_done(r, out, &err))
		fail_msg("%s: %s", err.text, buf_text(text));
	world_reader_free(r);
}

uint32_t
random_worlds(uint32_t usual)
{
	const char *text = getenv("ENGINE_WORLDS");
	unsigned long n = text ? strtoul(text, NULL, 10) : 0;

	return n > 0 && n < UINT32_MAX ? (uint32_t)n : usual;
}

uint64_t
random_seed(void)
{
	const char *text = getenv("SEED");
	uint64_t seed = text ? strtoull(text, NULL, 10) : 0;

	return seed ? seed * 1000003 : 1;
}
