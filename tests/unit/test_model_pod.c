/*
 * Pods: kubectl's words for them, readiness, and what they really request.
 * Objects come through the decoder, as the API writes them.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "backend/decode/decode.h"
#include "tests/unit/check.h"

static const struct pod *
pod_of(const char *quoted)
{
	struct seal *s = seal_new();
	struct arena *a = arena_new();
	struct err err = { .code = ERR_NONE };
	const struct record *r;

	r = codec_of(KIND_POD)->decode(s, parse_text(a, quoted), &err);
	if (!r)
		fail_msg("%s: %s", err.text, quoted);
	arena_free(a);
	seal_free(s);
	return (const struct pod *)(const void *)r;
}

/* What printPod of kubectl 1.36 says of the same objects. */
static const struct {
	const char *json, *status, *ready;
	int restarts;
} rows[] = {
	{ "{'status':{'phase':'Pending'}}", "Pending", "0/0", 0 },
	{ "{}", "Unknown", "0/0", 0 },
	{ "{'status':{'phase':'Failed','reason':'Evicted'}}", "Evicted", "0/0",
	  0 },
	/* waiting on the scheduler's gates */
	{ "{'spec':{'containers':[{'name':'a'}]},'status':{'phase':'Pending',"
	  "'conditions':[{'type':'PodScheduled','status':'False',"
	  "'reason':'SchedulingGated'}]}}",
	  "SchedulingGated", "0/1", 0 },
	{ "{'spec':{'containers':[{'name':'a'},{'name':'b'}]},'status':{"
	  "'phase':'Running','conditions':[{'type':'Ready','status':'True'}],"
	  "'containerStatuses':[{'name':'a','ready':true,'restartCount':2,"
	  "'state':{'running':{}}},{'name':'b','ready':false,"
	  "'restartCount':1,'state':{'running':{}}}]}}",
	  "Running", "1/2", 3 },
	/* of several speakers the first of the status list wins */
	{ "{'spec':{'containers':[{'name':'a'},{'name':'b'}]},'status':{"
	  "'phase':'Running','containerStatuses':["
	  "{'name':'b','state':{'waiting':{'reason':'CrashLoopBackOff'}}},"
	  "{'name':'a','state':{'terminated':{'reason':'Error',"
	  "'exitCode':1}}}]}}",
	  "CrashLoopBackOff", "0/2", 0 },
	{ "{'spec':{'containers':[{'name':'a'}]},'status':{'phase':'Failed',"
	  "'containerStatuses':[{'name':'a','state':{'terminated':{"
	  "'reason':'OOMKilled','exitCode':137}}}]}}",
	  "OOMKilled", "0/1", 0 },
	{ "{'spec':{'containers':[{'name':'a'}]},'status':{'phase':'Failed',"
	  "'containerStatuses':[{'name':'a','state':{'terminated':{"
	  "'exitCode':139,'signal':11}}}]}}",
	  "Signal:11", "0/1", 0 },
	{ "{'spec':{'containers':[{'name':'a'}]},'status':{'phase':'Failed',"
	  "'containerStatuses':[{'name':'a','state':{'terminated':{"
	  "'exitCode':3}}}]}}",
	  "ExitCode:3", "0/1", 0 },
	{ "{'spec':{'containers':[{'name':'a'}]},'status':{"
	  "'phase':'Succeeded','containerStatuses':[{'name':'a','state':{"
	  "'terminated':{'reason':'Completed','exitCode':0}}}]}}",
	  "Completed", "0/1", 0 },
	/* one done, one still running: Running, or NotReady */
	{ "{'spec':{'containers':[{'name':'a'},{'name':'b'}]},'status':{"
	  "'phase':'Running','conditions':[{'type':'Ready','status':'True'}],"
	  "'containerStatuses':[{'name':'a','state':{'terminated':{"
	  "'reason':'Completed'}}},{'name':'b','ready':true,'state':{"
	  "'running':{}}}]}}",
	  "Running", "1/2", 0 },
	{ "{'spec':{'containers':[{'name':'a'},{'name':'b'}]},'status':{"
	  "'phase':'Running','containerStatuses':[{'name':'a','state':{"
	  "'terminated':{'reason':'Completed'}}},{'name':'b','ready':true,"
	  "'state':{'running':{}}}]}}",
	  "NotReady", "1/2", 0 },
	/* init containers */
	{ "{'spec':{'initContainers':[{'name':'i'},{'name':'j'}],"
	  "'containers':[{'name':'a'}]},'status':{'phase':'Pending',"
	  "'initContainerStatuses':[{'name':'i','state':{'terminated':{"
	  "'exitCode':0}}},{'name':'j','state':{'running':{}}}],"
	  "'containerStatuses':[{'name':'a','state':{'waiting':{"
	  "'reason':'PodInitializing'}}}]}}",
	  "Init:1/2", "0/1", 0 },
	{ "{'spec':{'initContainers':[{'name':'i'}],'containers':[{"
	  "'name':'a'}]},'status':{'phase':'Pending',"
	  "'initContainerStatuses':[{'name':'i','restartCount':4,'state':{"
	  "'waiting':{'reason':'PodInitializing'}}}],'containerStatuses':[{"
	  "'name':'a','restartCount':9}]}}",
	  "Init:0/1", "0/1", 4 },
	{ "{'spec':{'initContainers':[{'name':'i'}],'containers':[{"
	  "'name':'a'}]},'status':{'phase':'Pending',"
	  "'initContainerStatuses':[{'name':'i','state':{'waiting':{"
	  "'reason':'ImagePullBackOff'}}}]}}",
	  "Init:ImagePullBackOff", "0/1", 0 },
	{ "{'spec':{'initContainers':[{'name':'i'}],'containers':[]},"
	  "'status':{'phase':'Failed','initContainerStatuses':[{'name':'i',"
	  "'state':{'terminated':{'exitCode':2,'reason':'Error'}}}]}}",
	  "Init:Error", "0/0", 0 },
	{ "{'spec':{'initContainers':[{'name':'i'}],'containers':[]},"
	  "'status':{'phase':'Failed','initContainerStatuses':[{'name':'i',"
	  "'state':{'terminated':{'exitCode':2}}}]}}",
	  "Init:ExitCode:2", "0/0", 0 },
	{ "{'spec':{'initContainers':[{'name':'i'}],'containers':[]},"
	  "'status':{'phase':'Failed','initContainerStatuses':[{'name':'i',"
	  "'state':{'terminated':{'exitCode':2,'signal':9}}}]}}",
	  "Init:Signal:9", "0/0", 0 },
	/* a started sidecar is no hindrance, and is counted */
	{ "{'spec':{'initContainers':[{'name':'s','restartPolicy':'Always'}],"
	  "'containers':[{'name':'a'}]},'status':{'phase':'Running',"
	  "'conditions':[{'type':'Initialized','status':'True'},"
	  "{'type':'Ready','status':'True'}],'initContainerStatuses':[{"
	  "'name':'s','started':true,'ready':true,'restartCount':1,"
	  "'state':{'running':{}}}],'containerStatuses':[{'name':'a',"
	  "'ready':true,'restartCount':2,'state':{'running':{}}}]}}",
	  "Running", "2/2", 3 },
	{ "{'spec':{'initContainers':[{'name':'s','restartPolicy':'Always'}],"
	  "'containers':[{'name':'a'}]},'status':{'phase':'Pending',"
	  "'initContainerStatuses':[{'name':'s','started':false,"
	  "'state':{'running':{}}}]}}",
	  "Init:0/1", "0/2", 0 },
	{ "{'spec':{'containers':[{'name':'a'}]},'status':{'phase':'Pending',"
	  "'containerStatuses':[{'name':'a','state':{'waiting':{"
	  "'reason':'ContainerCreating'}}}]}}",
	  "ContainerCreating", "0/1", 0 },
	/* going away */
	{ "{'metadata':{'deletionTimestamp':'2026-02-18T09:00:00Z'},"
	  "'status':{'phase':'Running'}}",
	  "Terminating", "0/0", 0 },
	{ "{'metadata':{'deletionTimestamp':'2026-02-18T09:00:00Z'},"
	  "'status':{'phase':'Running','reason':'NodeLost'}}",
	  "Unknown", "0/0", 0 },
	{ "{'metadata':{'deletionTimestamp':'2026-02-18T09:00:00Z'},"
	  "'status':{'phase':'Succeeded'}}",
	  "Succeeded", "0/0", 0 },
};

static void
test_words_of_kubectl(void **state)
{
	char text[64], ready[32];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct pod *p = pod_of(rows[i].json);
		uint32_t total, n = pod_ready_count(p, &total);

		snprintf(ready, sizeof(ready), "%u/%u", n, total);
		assert_text_equal(pod_status_text(p, text, sizeof(text)),
				  rows[i].status);
		assert_text_equal(ready, rows[i].ready);
		assert_int_equal(pod_restarts(p), rows[i].restarts);
		record_unref(p);
	}
}

static void
test_status_fits_any_room(void **state)
{
	const struct pod *p = pod_of("{'status':{'phase':'Failed',"
				     "'reason':'ARatherLongReason'}}");
	char text[8];

	(void)state;
	assert_text_equal(pod_status_text(p, text, sizeof(text)), "ARather");
	record_unref(p);
}

/* Reference cluster-autoscaler 2.3, rule by rule. */
static const struct {
	const char *spec, *status;
	int64_t mcpu, memory;
} sums[] = {
	{ "{'containers':[{'name':'a','resources':{'requests':{'cpu':'100m',"
	  "'memory':'1Ki'}}},{'name':'b','resources':{'requests':{"
	  "'cpu':'0.25'}}}]}",
	  "{}", 350, 1024 },
	/* the largest init container counts, alone */
	{ "{'initContainers':[{'name':'i','resources':{'requests':{"
	  "'cpu':'2'}}},{'name':'j','resources':{'requests':{'cpu':'1',"
	  "'memory':'5'}}}],'containers':[{'name':'a','resources':{"
	  "'requests':{'cpu':'1500m','memory':'3'}}}]}",
	  "{}", 2000, 5 },
	/* sidecars run beside the apps and beside later init containers */
	{ "{'initContainers':[{'name':'s','restartPolicy':'Always',"
	  "'resources':{'requests':{'cpu':'1'}}},{'name':'i','resources':{"
	  "'requests':{'cpu':'3'}}}],'containers':[{'name':'a','resources':{"
	  "'requests':{'cpu':'2500m'}}}]}",
	  "{}", 4000, 0 },
	{ "{'initContainers':[{'name':'i','resources':{'requests':{"
	  "'cpu':'3'}}},{'name':'s','restartPolicy':'Always','resources':{"
	  "'requests':{'cpu':'1'}}}],'containers':[{'name':'a','resources':{"
	  "'requests':{'cpu':'2500m'}}}]}",
	  "{}", 3500, 0 },
	/* pod-level replaces what it names; overhead comes on top */
	{ "{'resources':{'requests':{'cpu':'1'}},'overhead':{'cpu':'50m',"
	  "'memory':'10'},'containers':[{'name':'a','resources':{"
	  "'requests':{'cpu':'4','memory':'7'}}}]}",
	  "{}", 1050, 17 },
	/* resized in place: the largest of the three */
	{ "{'containers':[{'name':'a','resources':{'requests':{"
	  "'cpu':'1'}}}]}",
	  "{'containerStatuses':[{'name':'a','state':{'running':{}},"
	  "'allocatedResources':{'cpu':'3'},'resources':{'requests':{"
	  "'cpu':'2'}}}]}",
	  3000, 0 },
	/* ... what it holds when more can never be had */
	{ "{'containers':[{'name':'a','resources':{'requests':{"
	  "'cpu':'9'}}}]}",
	  "{'conditions':[{'type':'PodResizePending','status':'True',"
	  "'reason':'Infeasible'}],'containerStatuses':[{'name':'a',"
	  "'state':{'running':{}},'allocatedResources':{'cpu':'3'},"
	  "'resources':{'requests':{'cpu':'4'}}}]}",
	  4000, 0 },
	/* ... and the spec until the kubelet says what it holds */
	{ "{'containers':[{'name':'a','resources':{'requests':{"
	  "'cpu':'1'}}}]}",
	  "{'containerStatuses':[{'name':'a','allocatedResources':{"
	  "'cpu':'3'}}]}",
	  1000, 0 },
};

static void
test_effective_requests(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(sums); i++) {
		char *json = xasprintf("{'spec':%s,'status':%s}", sums[i].spec,
				       sums[i].status);
		const struct pod *p = pod_of(json);

		if (p->requests.cpu_mcpu != sums[i].mcpu ||
		    p->requests.memory_bytes != sums[i].memory)
			fail_msg("row %zu: %" PRId64 "m, %" PRId64, i,
				 p->requests.cpu_mcpu,
				 p->requests.memory_bytes);
		free(json);
		record_unref(p);
	}
}

static void
test_extended_requests_are_summed_by_name(void **state)
{
	const struct pod *p = pod_of(
		"{'spec':{'overhead':{'z.com/a':'1'},"
		"'resources':{'requests':{'hugepages-2Mi':'6Mi','z.com/a':9}},"
		"'containers':[{'name':'a','resources':{'requests':{"
		"'nvidia.com/gpu':1,'hugepages-2Mi':'2Mi'}}},"
		"{'name':'b','resources':{'requests':{'z.com/a':'2',"
		"'nvidia.com/gpu':'1'}}}]}}");
	const struct resources *r = &p->requests;

	(void)state;
	assert_int_equal(r->ext_n, 3);
	assert_text_equal(r->ext[0].name, "hugepages-2Mi");
	assert_text_equal(r->ext[1].name, "nvidia.com/gpu");
	assert_text_equal(r->ext[2].name, "z.com/a");
	assert_int_equal(resources_get(r, "nvidia.com/gpu"), 2);
	/* pod-level words count for huge pages, not for devices */
	assert_int_equal(resources_get(r, "hugepages-2Mi"), 6 << 20);
	assert_int_equal(resources_get(r, "z.com/a"), 3);
	assert_int_equal(resources_get(r, "absent"), 0);
	assert_int_equal(r->has, 0);
	record_unref(p);
}

static void
test_daemon_mirror_finished(void **state)
{
	const struct pod *p = pod_of(
		"{'metadata':{'ownerReferences':[{'kind':'DaemonSet',"
		"'name':'d','controller':true}]},'status':{"
		"'phase':'Succeeded'}}");
	const struct pod *q = pod_of(
		"{'metadata':{'annotations':{'kubernetes.io/config.mirror':"
		"'x','cluster-autoscaler.kubernetes.io/daemonset-pod':"
		"'true'},'ownerReferences':[{'kind':'DaemonSet'}]}}");

	(void)state;
	assert_true(pod_is_daemon(p) && pod_is_daemon(q));
	assert_true(pod_is_mirror(q) && !pod_is_mirror(p));
	assert_true(pod_is_finished(p) && !pod_is_finished(q));
	/* an owner that does not control is none */
	assert_null(q->meta.owner_kind);
	record_unref(p);
	record_unref(q);
}

SUITE(model_pod,
	TEST(test_words_of_kubectl),
	TEST(test_status_fits_any_room),
	TEST(test_effective_requests),
	TEST(test_extended_requests_are_summed_by_name),
	TEST(test_daemon_mirror_finished));
