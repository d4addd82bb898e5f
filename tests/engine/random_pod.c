/*
 * Random pods and their wishes.
 */
#include <stdio.h>

#include "tests/engine/random_draw.h"

void
draw_labels(struct draw *d, struct buf *b, bool node, uint32_t i)
{
	buf_printf(b, "\"labels\":{\"app\":\"%c\"", 'a' + (int)below(d, 3));
	if (chance(d, 40))
		buf_printf(b, ",\"tier\":\"%c\"", 'x' + (int)below(d, 2));
	if (node && chance(d, 85)) {
		uint32_t zone = below(d, 3);

		buf_printf(b, ",\"zone\":\"z%u\"", zone);
		if (chance(d, 70))
			buf_printf(b, ",\"topology.kubernetes.io/zone\":"
				      "\"z%u\"", zone);
	}
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
		else if (chance(d, 15))
			buf_printf(b, ",\"namespaceSelector\":{\"matchLabels\""
				      ":{\"team\":\"%c\"}}",
				   'a' + (int)below(d, 2));
		else if (chance(d, 10))
			buf_puts(b, ",\"namespaceSelector\":{"
				    "\"matchExpressions\":[{\"key\":\"team\","
				    "\"operator\":\"DoesNotExist\"}]}");
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
	else if (chance(d, 30))
		buf_printf(b, "\"nvidia.com/gpu\":\"%u\"", 1 + below(d, 2));
	else
		buf_puts(b, "\"example.com/thing\":\"1\"");
	if (chance(d, 10))
		buf_printf(b, ",\"ephemeral-storage\":\"%uGi\"", below(d, 5));
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
	if (chance(d, 20)) {
		buf_puts(b, "\"initContainers\":[");
		draw_container(d, b, "i1", chance(d, 50));
		buf_puts(b, ",");
		draw_container(d, b, "i2", chance(d, 40));
		if (chance(d, 40)) {
			buf_puts(b, ",");
			draw_container(d, b, "i3", chance(d, 30));
		}
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

/* What the pod as a whole asks for, and what it costs beyond. */
static void
draw_whole(struct draw *d, struct buf *b)
{
	if (chance(d, 10))
		buf_printf(b, "\"overhead\":{\"cpu\":\"%um\",\"memory\":"
			      "\"%uMi\"},", 50 * below(d, 4),
			   64 * below(d, 4));
	if (chance(d, 50) || !chance(d, 20))
		return;
	buf_puts(b, "\"resources\":{\"requests\":{");
	switch (below(d, 3)) {
	case 0:
		buf_printf(b, "\"cpu\":\"%um\"", 100 * below(d, 15));
		break;
	case 1:
		buf_printf(b, "\"memory\":\"%uMi\"", 128 * below(d, 12));
		break;
	default:
		buf_printf(b, "\"cpu\":\"%um\",\"memory\":\"%uMi\"",
			   100 * below(d, 15), 128 * below(d, 12));
	}
	buf_puts(b, "}},");
}

static void
draw_volumes(struct draw *d, struct buf *b)
{
	uint32_t n = 1 + below(d, 2);

	buf_puts(b, "\"volumes\":[");
	for (uint32_t i = 0; i < n; i++)
		buf_printf(b, "%s{\"name\":\"v%u\",\"persistentVolumeClaim\":"
			      "{\"claimName\":\"c%u\"}}", i ? "," : "", i,
			   chance(d, 97) ? below(d, CLAIMS - 1) : CLAIMS - 1);
	if (chance(d, 10))
		buf_puts(b, ",{\"name\":\"tmp\",\"emptyDir\":{}}");
	buf_puts(b, "],");
}

/* ---- the pod ---- */

void
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
	draw_whole(d, &b);
	if (rich && chance(d, 20))
		draw_volumes(d, &b);
	draw_containers(d, &b);
	buf_puts(&b, "},\"status\":{");
	if (rich && node < 0 && d->node_n && chance(d, 6))
		buf_printf(&b, "\"nominatedNodeName\":\"node%02u\",",
			   below(d, d->node_n));
	buf_printf(&b, "\"phase\":\"%s\",\"conditions\":["
		       "{\"type\":\"PodScheduled\",\"status\":\"%s\"%s}]}}",
		   node < 0 ? "Pending" : "Running",
		   node < 0 ? "False" : "True",
		   node < 0 ? ",\"reason\":\"Unschedulable\"" : "");
	keep(&d->pods, "%s", buf_text(&b));
	buf_fini(&b);
}
