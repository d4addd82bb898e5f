/*
 * Logs of the simulated containers: each has its own, and the run before it is
 * kept.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/sim/kube/hooks.h"
#include "tests/unit/sim_story.h"

/* All that the container's run has written, a line each; NULL: there is no such
 * run.  To be freed. */
static char *
log_of(struct kit *k, const char *ns, const char *pod, const char *container,
       bool previous)
{
	const struct object *o = objects_get(k->objects, k->pods, ns, pod);
	struct kube_hooks *h = sim_kube_hooks(k->w);
	struct kube_log_key key = { ns, pod, NULL, container, previous };
	struct kube_log_state state;
	char *text = NULL;
	struct buf all;
	int64_t at_ms;

	assert_non_null(o);
	key.uid = o->uid;
	if (!h->log_state(h->ctx, &key, &state))
		return NULL;
	buf_init(&all, (size_t)1 << 20);
	for (uint64_t n = state.first; n < state.end; n++) {
		assert_true(h->log_line(h->ctx, &key, n, &at_ms, &all));
		buf_putc(&all, '\n');
	}
	text = xstrdup(buf_text(&all));
	buf_fini(&all);
	return text;
}

#define assert_log(k, ns, pod, container, previous, part)                      \
	do {                                                                   \
		char *_log = log_of(k, ns, pod, container, previous);          \
		assert_text_contains(_log ? _log : "no log", part);            \
		free(_log);                                                    \
	} while (0)

static void
assert_silent(struct kit *k, const char *ns, const char *pod,
	      const char *container)
{
	char *text = log_of(k, ns, pod, container, false);

	assert_text_equal(text, "");
	free(text);
}

static bool
find_job(void *ctx, const struct object *o)
{
	if (strncmp(o->name, "runner-", 7) == 0 &&
	    strstr(o->json, "\"phase\":\"Running\""))
		*(const struct object **)ctx = o;
	return true;
}

static void
test_each_container_has_its_own(void **state)
{
	struct kit k = kit_open("monday-burst", 1);
	const struct object *job = NULL;
	const char *manager, *cni;

	(void)state;
	kit_run(&k, 600);
	manager = story_pod(&k, "gitlab-runner", "gitlab-runner-docker-");
	cni = story_pod(&k, "kube-system", "aws-node-");
	objects_each(k.objects, k.pods, "gitlab-runner", NULL, find_job, &job);
	assert_non_null(job);
	assert_log(&k, "gitlab-runner", manager, "gitlab-runner-docker", false,
		   "max_builds=");
	assert_silent(&k, "gitlab-runner", manager, "configure");
	assert_silent(&k, "gitlab-runner", job->name, "init-permissions");
	assert_log(&k, "kube-system", cni, "aws-vpc-cni-init", false,
		   "\"msg\":\"CNI init container done\"}\n");
	assert_log(&k, "kube-system", cni, "aws-node", false,
		   "\"msg\":\"Successfully copied CNI plugin binary and config "
		   "file.\"}\n");
	assert_log(&k, "kube-system", story_pod(&k, "kube-system", "coredns-"),
		   "coredns", false, ".:53\n[INFO] plugin/reload:");
	assert_log(&k, "kube-system",
		   story_pod(&k, "kube-system", "kube-proxy-"), "kube-proxy",
		   false,
		   "       1 server_linux.go:53] \"Using iptables "
		   "proxy\"\n");
	/* None of them has ended yet. */
	assert_null(log_of(&k, "gitlab-runner", manager, "gitlab-runner-docker",
			   true));
	assert_null(log_of(&k, "kube-system", cni, "aws-node", true));
	kit_close(&k);
}

static void
test_the_run_before_is_kept(void **state)
{
	struct kit k = kit_open("at-max", 1);
	char *holder =
		story_field(&k, "coordination.k8s.io", "leases", "kube-system",
			    "cluster-autoscaler", "spec.holderIdentity");

	(void)state;
	assert_text_contains(holder, "cluster-autoscaler-");
	story_patch(&k, "coordination.k8s.io", "leases", "kube-system",
		    "cluster-autoscaler",
		    "{\"spec\":{\"holderIdentity\":\"somebody\","
		    "\"leaseDurationSeconds\":60,"
		    "\"renewTime\":\"2026-02-18T14:00:00.000000Z\"}}");
	kit_run(&k, 20);
	/* It lost the lead, ended, and was started again. */
	assert_log(&k, "kube-system", holder, "cluster-autoscaler", true,
		   "main.go:512] lost master\n");
	assert_log(&k, "kube-system", holder, "cluster-autoscaler", false,
		   "attempting to acquire leader lease");
	free(holder);
	kit_close(&k);
}

static bool
find_waiting(void *ctx, const struct object *o)
{
	if (strstr(o->json, "CrashLoopBackOff"))
		*(const struct object **)ctx = o;
	return true;
}

/* One that waits to be restarted shows how far it got, in both ways. */
static void
test_between_two_runs(void **state)
{
	struct kit k = kit_open_text(
		"title: t\nnotice: n\nremedy: r\nwarm_up: 5m\n"
		"autoscaler: none\nzones: [eu-west-1a]\ngroups:\n"
		"  - {name: good, types: m6i.large, max: 3, desired: 1}\n"
		"  - {name: mute, types: m6i.large, max: 3,\n"
		"     boot_fails: not-ready}\n"
		"operator:\n"
		"  - {at: 10s, act: desired, on: mute, value: 1}\n",
		1);
	const struct object *cni = NULL;
	char *text;

	(void)state;
	for (int i = 0; i < 60 && !kit_events(&k, "BackOff", "aws-node"); i++)
		kit_run(&k, 10);
	assert_int_equal(cloud_group(k.cloud, "mute")->instances.n, 1);
	objects_each(k.objects, k.pods, "kube-system", NULL, find_waiting,
		     &cni);
	assert_non_null(cni);
	for (int previous = 0; previous < 2; previous++) {
		text = log_of(&k, "kube-system", cni->name, "aws-node",
			      previous);
		assert_text_contains(text, "Checking for IPAM connectivity");
		assert_null(strstr(text, "Foregrounding"));
		free(text);
	}
	kit_close(&k);
}

SUITE(sim_container_log, TEST(test_each_container_has_its_own),
      TEST(test_the_run_before_is_kept), TEST(test_between_two_runs));
