/*
 * Random worlds: few names and small numbers, so that things meet.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/engine/random_draw.h"

bool
chance(struct draw *d, uint32_t percent)
{
	return dice_below(&d->dice, 100) < percent;
}

uint32_t
below(struct draw *d, uint32_t n)
{
	return dice_below(&d->dice, n);
}

void
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

/* ---- objects ---- */

static void
draw_node(struct draw *d, uint32_t i, const char *group)
{
	char gpus[40] = "";
	struct buf b;

	if (chance(d, 10))
		snprintf(gpus, sizeof(gpus), ",\"nvidia.com/gpu\":\"%u\"",
			 1 + below(d, 3));
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
		       "\"pods\":\"%u\",\"example.com/thing\":\"%u\","
		       "\"ephemeral-storage\":\"%uGi\"%s},"
		       "\"conditions\":[{\"type\":\"Ready\",\"status\":\"%s\","
		       "\"lastTransitionTime\":\"2026-02-18T07:10:00Z\"}]}}",
		   4 + below(d, 6), below(d, 2), 1000 + 500 * below(d, 3),
		   1024 + 512 * below(d, 5), 4 + below(d, 6), below(d, 2),
		   below(d, 9), gpus, chance(d, 95) ? "True" : "False");
	keep(&d->nodes, "%s", buf_text(&b));
	buf_fini(&b);
}

/* One type, or several of which the first counts. */
static void
draw_launch(struct draw *d, struct buf *b)
{
	uint32_t type = below(d, 4);

	if (chance(d, 75))
		buf_printf(b, "\"LaunchTemplate\":{\"LaunchTemplateId\":"
			      "\"lt%u\",\"Version\":\"1\"}", type);
	else
		buf_printf(b, "\"MixedInstancesPolicy\":{\"LaunchTemplate\":{"
			      "\"LaunchTemplateSpecification\":{"
			      "\"LaunchTemplateId\":\"lt%u\",\"Version\":"
			      "\"1\"},\"Overrides\":[{\"InstanceType\":"
			      "\"t%u\"},{\"InstanceType\":\"t%u\"}]}}",
			   type, below(d, 4), below(d, 4));
}

static void
draw_group(struct draw *d, const char *name, uint32_t first, uint32_t n)
{
	struct buf b, launch;

	buf_init(&b, 65536);
	buf_init(&launch, ITEM_ROOM);
	draw_launch(d, &launch);
	for (uint32_t i = first; i < first + n; i++)
		buf_printf(&b, "%s{\"InstanceId\":\"i-%s%02u\","
			       "\"AvailabilityZone\":\"eu-west-1a\","
			       "\"LifecycleState\":\"InService\"}",
			   i > first ? "," : "", name, i);
	keep(&d->groups, "{\"AutoScalingGroupName\":\"%s\",\"MinSize\":%u,"
			 "\"MaxSize\":%u,\"DesiredCapacity\":%u,"
			 "\"AvailabilityZones\":[\"eu-west-1a\"],"
			 "%s,\"Instances\":[%s],\"Tags\":[{"
			 "\"Key\":\"k8s.io/cluster-autoscaler/node-template/"
			 "label/app\",\"Value\":\"%c\"}]}",
	     name, below(d, 2), n + below(d, 5), n, buf_text(&launch),
	     buf_text(&b),
	     'a' + (int)below(d, 3));
	buf_fini(&b);
	buf_fini(&launch);
}

static void
write_types(struct buf *out)
{
	buf_puts(out, ",\"launchTemplateVersions\":[");
	for (int i = 0; i < 4; i++)
		buf_printf(out, "%s{\"LaunchTemplateId\":\"lt%d\","
				"\"LaunchTemplateName\":\"lt%d\","
				"\"VersionNumber\":1,\"DefaultVersion\":true,"
				"\"LaunchTemplateData\":{\"InstanceType\":"
				"\"t%d\"}}", i ? "," : "", i, i, i);
	buf_puts(out, "],\"instanceTypes\":[");
	for (int i = 0; i < 4; i++)
		buf_printf(out, "%s{\"InstanceType\":\"t%d\",\"VCpuInfo\":"
				"{\"DefaultVCpus\":%d},\"MemoryInfo\":"
				"{\"SizeInMiB\":%d},\"ProcessorInfo\":{"
				"\"SupportedArchitectures\":[\"x86_64\"]},"
				"\"GpuInfo\":{\"Gpus\":[{\"Count\":%d}]}}",
			   i ? "," : "", i, 1 << i, 2048 << i, i == 3);
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

static void
draw_budgets(struct draw *d)
{
	static const char *const selectors[] = {
		"\"selector\":{\"matchLabels\":{\"app\":\"a\"}}",
		"\"selector\":{\"matchLabels\":{\"tier\":\"x\"}}",
		"\"selector\":{}",
		"\"minAvailable\":1",
	};
	uint32_t n = chance(d, 40) ? 1 + below(d, 3) : 0;

	for (uint32_t i = 0; i < n; i++)
		keep(&d->budgets, "{\"metadata\":{\"namespace\":\"n%u\","
				  "\"name\":\"b%u\"},\"spec\":{%s},"
				  "\"status\":{\"disruptionsAllowed\":%u}}",
		     below(d, 2), i, selectors[below(d, 4)], below(d, 3));
}

void
random_world(struct buf *out, uint64_t seed, enum world_taste taste,
	     uint64_t shuffle)
{
	static const char *const names[] = { "ga", "gb", "gc", "gd", "ge" };
	struct draw *d = xcalloc(1, sizeof(*d));
	uint32_t groups, nodes = 0, pods, p = 0;

	d->dice.state = seed * 2654435761u + 88172645463325252u;
	d->order.state = shuffle | 1;
	d->shuffle = shuffle != 0;
	d->taste = taste;
	groups = 1 + below(d, chance(d, 20) ? 5 : 3);
	for (uint32_t g = 0; g < groups; g++) {
		uint32_t n = below(d, 4);

		draw_group(d, names[g], nodes, n);
		for (uint32_t i = 0; i < n; i++)
			draw_node(d, nodes++, names[g]);
	}
	if (chance(d, 40))
		draw_node(d, nodes++, "none");
	d->node_n = nodes;
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
	draw_budgets(d);
	for (uint32_t i = 0; i < 2; i++)
		keep(&d->namespaces, "{\"metadata\":{\"name\":\"n%u\","
				     "\"labels\":{%s}}}", i,
		     chance(d, 50) ? i ? "\"team\":\"b\"" : "\"team\":\"a\""
				   : "");
	if (taste == TASTE_PLACING)
		draw_storage(d);
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
	buf_puts(out, ",");
	write_list(d, out, "namespaces", &d->namespaces);
	buf_puts(out, ",");
	write_list(d, out, "storageClasses", &d->classes);
	buf_puts(out, ",");
	write_list(d, out, "persistentVolumeClaims", &d->claims);
	buf_puts(out, ",");
	write_list(d, out, "persistentVolumes", &d->pvs);
	buf_puts(out, ",");
	write_list(d, out, "csiNodes", &d->csinodes);
	buf_puts(out, ",");
	write_list(d, out, "volumeAttachments", &d->attachments);
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
