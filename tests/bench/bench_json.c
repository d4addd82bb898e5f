/*
 * Bench: microseconds per pod of a list, ours against jansson's json_loadb of
 * the same bytes in the same run (design 9).
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/clock.h"
#include "backend/base/json.h"

#define PODS 2000
#define ROUNDS 5
#define FEED_BYTES 65536 /* what one read of a socket brings */

static const char head[] = "{\"kind\":\"PodList\",\"apiVersion\":\"v1\","
			   "\"metadata\":{\"resourceVersion\":\"1\"},"
			   "\"items\":[";

static const char *const labels[] = {
	"job.runner.gitlab.com/pod", "project.runner.gitlab.com/id",
	"project.runner.gitlab.com/name",
	"project.runner.gitlab.com/namespace",
	"manager.runner.gitlab.com/name", "pod",
};

static void
add_container(struct buf *b, const char *name)
{
	buf_printf(b,
		   "{\"name\":\"%s\",\"image\":\"registry.example/ci/%s:1.2\","
		   "\"command\":[\"sh\",\"-c\",\"if [ -x /usr/local/bin/bash "
		   "]; then exec /usr/local/bin/bash\\nelse exec sh\\nfi\"],"
		   "\"resources\":{\"requests\":{\"cpu\":\"500m\",\"memory\":"
		   "\"1Gi\"},\"limits\":{\"memory\":\"2Gi\"}},\"env\":[",
		   name, name);
	for (int i = 0; i < 8; i++)
		buf_printf(b, "%s{\"name\":\"CI_VARIABLE_%d\",\"value\":"
			      "\"value-%d-%d\"}", i ? "," : "", i, i, i * 7);
	buf_puts(b, "],\"volumeMounts\":[{\"name\":\"repo\",\"mountPath\":"
		    "\"/builds\"},{\"name\":\"scripts\",\"mountPath\":"
		    "\"/scripts-1\"}],\"imagePullPolicy\":\"IfNotPresent\","
		    "\"terminationMessagePath\":\"/dev/termination-log\"}");
}

static void
add_pod(struct buf *b, int i)
{
	buf_printf(b, "{\"metadata\":{\"name\":\"runner-abc-project-%d-"
		      "concurrent-0\",\"namespace\":\"ci\",\"uid\":"
		      "\"%08x-1111-2222-3333-444444444444\",\"resourceVersion"
		      "\":\"%d\",\"creationTimestamp\":\"2026-02-18T09:00:00Z"
		      "\",\"labels\":{", i, i, i);
	for (size_t k = 0; k < ARRAY_LEN(labels); k++)
		buf_printf(b, "%s\"%s\":\"%zu-%d\"", k ? "," : "", labels[k],
			   k, i);
	buf_puts(b, "},\"managedFields\":[{\"manager\":\"gitlab-runner\","
		    "\"operation\":\"Update\",\"fieldsV1\":{");
	for (int k = 0; k < 12; k++)
		buf_printf(b, "%s\"f:field%d\":{\".\":{},\"f:name\":{}}",
			   k ? "," : "", k);
	buf_puts(b, "}}]},\"spec\":{\"containers\":[");
	add_container(b, "build");
	buf_putc(b, ',');
	add_container(b, "helper");
	buf_printf(b, "],\"nodeName\":\"ip-10-0-%d-%d.ec2.internal\","
		      "\"tolerations\":[{\"key\":\"ci\",\"operator\":"
		      "\"Exists\",\"effect\":\"NoSchedule\"}],\"priority\":0},"
		      "\"status\":{\"phase\":\"Running\",\"conditions\":[",
		   i % 8, i % 250);
	for (int k = 0; k < 4; k++)
		buf_printf(b, "%s{\"type\":\"Type%d\",\"status\":\"True\","
			      "\"lastProbeTime\":null,\"lastTransitionTime\":"
			      "\"2026-02-18T09:00:0%dZ\"}", k ? "," : "", k,
			   k);
	buf_puts(b, "],\"hostIP\":\"10.0.1.2\",\"podIP\":\"10.0.1.99\","
		    "\"containerStatuses\":[{\"name\":\"build\",\"ready\":"
		    "true,\"restartCount\":0,\"state\":{\"running\":{"
		    "\"startedAt\":\"2026-02-18T09:00:09Z\"}}},{\"name\":"
		    "\"helper\",\"ready\":true,\"restartCount\":0,\"state\":{"
		    "\"running\":{\"startedAt\":\"2026-02-18T09:00:09Z\"}}}],"
		    "\"qosClass\":\"Burstable\"}}");
}

static bool
count_item(void *ctx, const char *path, const struct tree *item,
	   struct err *err)
{
	uint32_t *n = ctx;

	(void)path;
	(void)err;
	*n += tree_is(item, TREE_OBJECT);
	return true;
}

static int64_t
now_ms(void)
{
	return clock_boot_ms(&clock_system);
}

static double
ours(const struct buf *list, const char *const *skip)
{
	static const char *const items[] = { "items", NULL };
	struct err err = { .code = ERR_NONE };
	uint32_t n = 0;
	int64_t start = now_ms();

	for (int round = 0; round < ROUNDS; round++) {
		struct json_spec spec = { .items = items, .skip = skip,
					  .on_item = count_item, .ctx = &n };
		struct json_reader *r = json_reader_new(&spec);
		bool ok = true;

		for (size_t at = 0; at < list->len; at += FEED_BYTES) {
			size_t len = list->len - at;

			ok = ok && json_reader_feed(r, list->at + at,
						    len < FEED_BYTES
							    ? len
							    : FEED_BYTES,
						    &err);
		}
		ok = ok && json_reader_end(r, &err);
		BUG_IF(!ok);
		json_reader_free(r);
	}
	BUG_IF(n != PODS * ROUNDS);
	return (double)(now_ms() - start) * 1000.0 / (PODS * ROUNDS);
}

static double
yardstick(const struct buf *pods, const size_t *end)
{
	int64_t start = now_ms();

	for (int i = 0; i < PODS; i++) {
		size_t from = i ? end[i - 1] : 0;
		json_t *j = json_loadb(pods->at + from, end[i] - from, 0,
				       NULL);

		BUG_IF(!j);
		json_decref(j);
	}
	return (double)(now_ms() - start) * 1000.0 / PODS;
}

int
main(void)
{
	static const char *const skip[] = { "managedFields", "env", NULL };
	static size_t end[PODS];
	struct buf list, pods;
	double all, less, jansson;

	buf_init(&list, (size_t)64 << 20);
	buf_init(&pods, (size_t)64 << 20);
	buf_puts(&list, head);
	for (int i = 0; i < PODS; i++) {
		size_t from = pods.len;

		add_pod(&pods, i);
		end[i] = pods.len;
		if (i)
			buf_putc(&list, ',');
		buf_add(&list, pods.at + from, pods.len - from);
	}
	buf_puts(&list, "]}");
	BUG_IF(!buf_ok(&list) || !buf_ok(&pods));
	all = ours(&list, NULL);
	less = ours(&list, skip);
	jansson = yardstick(&pods, end);
	printf("json: pod of %zu bytes: %.1f us whole, %.1f us without "
	       "managedFields and env; jansson %.1f us\n",
	       pods.len / PODS, all, less, jansson);
	buf_fini(&list);
	buf_fini(&pods);
	return 0;
}
