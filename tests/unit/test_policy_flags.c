/*
 * Every flag of Cluster Autoscaler 1.36, as its own --help lists them: there is
 * a key of that name, it starts with the flag's default, and it says so when it
 * has no effect here or is deprecated.  Lists have no default.
 */
#include <stdlib.h>

#include "backend/base/buf.h"
#include "backend/engine/policy.h"
#include "tests/unit/check.h"

#define APPLIES POLICY_APPLIES
#define NO_EFFECT POLICY_NO_EFFECT
#define DEPRECATED POLICY_DEPRECATED

static const struct {
	const char *name, *initial;
	enum policy_standing standing;
} flags[] = {
	{ "add-dir-header", "false", NO_EFFECT },
	{ "address", ":8085", NO_EFFECT },
	{ "allowed-scheduler-names", NULL, APPLIES },
	{ "alsologtostderr", "false", NO_EFFECT },
	{ "alsologtostderrthreshold", "", NO_EFFECT },
	{ "async-node-groups", "false", NO_EFFECT },
	{ "aws-use-static-instance-list", "false", NO_EFFECT },
	{ "balance-similar-node-groups", "false", APPLIES },
	{ "balancing-ignore-label", NULL, APPLIES },
	{ "balancing-label", NULL, APPLIES },
	{ "blocking-system-pod-distruption-timeout", "1h0m0s", APPLIES },
	{ "bulk-mig-instances-listing-enabled", "false", NO_EFFECT },
	{ "bypassed-scheduler-names", NULL, APPLIES },
	{ "capacity-buffer-controller-enabled", "false", NO_EFFECT },
	{ "capacity-buffer-pod-dry-run-enabled", "true", NO_EFFECT },
	{ "capacity-buffer-pod-injection-enabled", "false", NO_EFFECT },
	{ "capacity-quotas-enabled", "false", NO_EFFECT },
	{ "check-capacity-batch-processing", "false", NO_EFFECT },
	{ "check-capacity-processor-instance", "", NO_EFFECT },
	{ "check-capacity-provisioning-request-batch-timebox", "10s",
	  NO_EFFECT },
	{ "check-capacity-provisioning-request-max-batch-size", "10",
	  NO_EFFECT },
	{ "cloud-config", "", NO_EFFECT },
	{ "cloud-provider", "aws", APPLIES },
	{ "cluster-name", "", NO_EFFECT },
	{ "cluster-snapshot-parallelism", "16", DEPRECATED },
	{ "clusterapi-cloud-config-authoritative", "false", NO_EFFECT },
	{ "cordon-node-before-terminating", "true", APPLIES },
	{ "cores-total", "0:320000", APPLIES },
	{ "daemonset-eviction-for-empty-nodes", "false", APPLIES },
	{ "daemonset-eviction-for-occupied-nodes", "true", APPLIES },
	{ "debugging-snapshot-enabled", "false", NO_EFFECT },
	{ "drain-priority-config", "", APPLIES },
	{ "dynamic-node-delete-delay-after-taint-enabled", "false", APPLIES },
	{ "emit-per-nodegroup-metrics", "false", APPLIES },
	{ "enable-csi-node-aware-scheduling", "false", APPLIES },
	{ "enable-dynamic-resource-allocation", "true", NO_EFFECT },
	{ "enable-proactive-scaleup", "false", NO_EFFECT },
	{ "enable-provisioning-requests", "false", NO_EFFECT },
	{ "enforce-node-group-min-size", "false", APPLIES },
	{ "estimator", "binpacking", APPLIES },
	{ "expander", "least-waste", APPLIES },
	{ "expendable-pods-priority-cutoff", "-10", APPLIES },
	{ "fastpath-binpacking-enabled", "false", APPLIES },
	{ "feature-gates", "", NO_EFFECT },
	{ "force-delete-failed-nodes", "false", NO_EFFECT },
	{ "force-delete-unregistered-nodes", "false", APPLIES },
	{ "force-ds", "false", APPLIES },
	{ "frequent-loops-enabled", "true", NO_EFFECT },
	{ "gce-concurrent-refreshes", "1", NO_EFFECT },
	{ "gce-mig-instances-min-refresh-wait-time", "5s", NO_EFFECT },
	{ "gpu-total", NULL, APPLIES },
	{ "grpc-expander-cert", "", NO_EFFECT },
	{ "grpc-expander-url", "", NO_EFFECT },
	{ "ignore-daemonsets-utilization", "false", APPLIES },
	{ "ignore-mirror-pods-utilization", "false", APPLIES },
	{ "ignore-taint", NULL, DEPRECATED },
	{ "initial-node-group-backoff-duration", "5m0s", APPLIES },
	{ "kube-api-content-type", "application/vnd.kubernetes.protobuf",
	  NO_EFFECT },
	{ "kube-client-burst", "10", NO_EFFECT },
	{ "kube-client-qps", "5", NO_EFFECT },
	{ "kubeconfig", "", NO_EFFECT },
	{ "kubernetes", "", NO_EFFECT },
	{ "leader-elect", "true", APPLIES },
	{ "leader-elect-lease-duration", "15s", APPLIES },
	{ "leader-elect-renew-deadline", "10s", APPLIES },
	{ "leader-elect-resource-lock", "leases", APPLIES },
	{ "leader-elect-resource-name", "cluster-autoscaler", APPLIES },
	{ "leader-elect-resource-namespace", "", NO_EFFECT },
	{ "leader-elect-retry-period", "2s", APPLIES },
	{ "legacy-stderr-threshold-behavior", "false", NO_EFFECT },
	{ "log-backtrace-at", "", NO_EFFECT },
	{ "log-dir", "", NO_EFFECT },
	{ "log-file", "", NO_EFFECT },
	{ "log-file-max-size", "1800", NO_EFFECT },
	{ "log-flush-frequency", "5s", NO_EFFECT },
	{ "log-json-info-buffer-size", "", NO_EFFECT },
	{ "log-json-split-stream", "false", NO_EFFECT },
	{ "log-text-info-buffer-size", "", NO_EFFECT },
	{ "log-text-split-stream", "false", NO_EFFECT },
	{ "logging-format", "text", NO_EFFECT },
	{ "logtostderr", "true", NO_EFFECT },
	{ "max-allocatable-difference-ratio", "0.05", APPLIES },
	{ "max-binpacking-time", "5m0s", NO_EFFECT },
	{ "max-bulk-soft-taint-count", "10", APPLIES },
	{ "max-bulk-soft-taint-time", "3s", NO_EFFECT },
	{ "max-drain-parallelism", "1", APPLIES },
	{ "max-failing-time", "15m0s", APPLIES },
	{ "max-free-difference-ratio", "0.05", APPLIES },
	{ "max-graceful-termination-sec", "600", APPLIES },
	{ "max-inactivity", "10m0s", APPLIES },
	{ "max-node-group-backoff-duration", "30m0s", APPLIES },
	{ "max-node-provision-time", "15m0s", APPLIES },
	{ "max-node-skip-eval-time-tracker-enabled", "false", NO_EFFECT },
	{ "max-node-startup-time", "15m0s", APPLIES },
	{ "max-nodegroup-binpacking-duration", "10s", NO_EFFECT },
	{ "max-nodes-per-scaleup", "1000", APPLIES },
	{ "max-nodes-total", "0", APPLIES },
	{ "max-pod-eviction-time", "2m0s", APPLIES },
	{ "max-scale-down-parallelism", "10", APPLIES },
	{ "max-startup-time", "20m0s", APPLIES },
	{ "max-total-unready-percentage", "45", APPLIES },
	{ "memory-difference-ratio", "0.015", APPLIES },
	{ "memory-total", "0:6400000", APPLIES },
	{ "min-replica-count", "0", APPLIES },
	{ "namespace", "kube-system", APPLIES },
	{ "new-pod-scale-up-delay", "0s", APPLIES },
	{ "node-delete-delay-after-taint", "5s", APPLIES },
	{ "node-deletion-batcher-interval", "0s", APPLIES },
	{ "node-deletion-candidate-ttl", "0s", APPLIES },
	{ "node-deletion-delay-timeout", "2m0s", APPLIES },
	{ "node-group-auto-discovery", NULL, APPLIES },
	{ "node-group-backoff-reset-timeout", "3h0m0s", APPLIES },
	{ "node-info-cache-expire-time", "87600h0m0s", APPLIES },
	{ "node-removal-latency-tracking-enabled", "false", NO_EFFECT },
	{ "nodes", NULL, APPLIES },
	{ "ok-total-unready-count", "3", APPLIES },
	{ "one-output", "false", NO_EFFECT },
	{ "parallel-scale-up", "false", NO_EFFECT },
	{ "pod-injection-limit", "5000", NO_EFFECT },
	{ "predicate-parallelism", "4", NO_EFFECT },
	{ "profiling", "false", NO_EFFECT },
	{ "provisioning-request-initial-backoff-time", "1m0s", NO_EFFECT },
	{ "provisioning-request-max-backoff-cache-size", "1000", NO_EFFECT },
	{ "provisioning-request-max-backoff-time", "10m0s", NO_EFFECT },
	{ "record-duplicated-events", "false", APPLIES },
	{ "regional", "false", NO_EFFECT },
	{ "salvo-scale-up", "false", APPLIES },
	{ "salvo-scale-up-budget", "1m0s", APPLIES },
	{ "scale-down-candidates-pool-min-count", "50", NO_EFFECT },
	{ "scale-down-candidates-pool-ratio", "0.1", NO_EFFECT },
	{ "scale-down-delay-after-add", "10m0s", APPLIES },
	{ "scale-down-delay-after-delete", "0s", APPLIES },
	{ "scale-down-delay-after-failure", "3m0s", APPLIES },
	{ "scale-down-delay-type-local", "false", APPLIES },
	{ "scale-down-enabled", "true", DEPRECATED },
	{ "scale-down-gpu-utilization-threshold", "0.5", APPLIES },
	{ "scale-down-non-empty-candidates-count", "30", NO_EFFECT },
	{ "scale-down-simulation-timeout", "30s", NO_EFFECT },
	{ "scale-down-unneeded-time", "10m0s", APPLIES },
	{ "scale-down-unready-enabled", "true", APPLIES },
	{ "scale-down-unready-time", "20m0s", APPLIES },
	{ "scale-down-utilization-threshold", "0.5", APPLIES },
	{ "scale-from-unschedulable", "false", APPLIES },
	{ "scale-up-from-zero", "true", APPLIES },
	{ "scaleup-simulation-for-skipped-node-groups-enabled", "false",
	  APPLIES },
	{ "scan-interval", "10s", APPLIES },
	{ "scheduler-config-file", "", NO_EFFECT },
	{ "skip-headers", "false", NO_EFFECT },
	{ "skip-log-headers", "false", NO_EFFECT },
	{ "skip-nodes-with-custom-controller-pods", "true", APPLIES },
	{ "skip-nodes-with-local-storage", "true", APPLIES },
	{ "skip-nodes-with-system-pods", "true", APPLIES },
	{ "startup-taint", NULL, APPLIES },
	{ "startup-taint-prefix", NULL, APPLIES },
	{ "status-config-map-name", "cluster-autoscaler-status", APPLIES },
	{ "status-taint", NULL, APPLIES },
	{ "stderrthreshold", "2", NO_EFFECT },
	{ "unremovable-node-recheck-timeout", "5m0s", APPLIES },
	{ "user-agent", "cluster-autoscaler", NO_EFFECT },
	{ "v", "", NO_EFFECT },
	{ "vmodule", "", NO_EFFECT },
	{ "write-status-configmap", "true", APPLIES },
};

/* Like a fresh policy in all that is written. */
static bool
is_fresh(const struct policy *p)
{
	struct buf out;
	struct jsonw *w;
	bool fresh;

	buf_init(&out, 65536);
	w = jsonw_new_buf(&out, false);
	policy_write(w, p);
	assert_true(jsonw_done(w));
	fresh = strcmp(buf_text(&out), "{}") == 0;
	buf_fini(&out);
	return fresh;
}

static void
test_every_flag_is_a_key(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
		const struct policy_key *k = policy_key_named(flags[i].name);
		struct policy *p = policy_new(POLICY_WORLD_FILE);
		struct err err = { .code = ERR_NONE };
		const char *note = "";

		if (!k)
			fail_msg("there is no key %s", flags[i].name);
		assert_text_equal(k->name, flags[i].name);
		if (k->standing != flags[i].standing)
			fail_msg("%s: standing %d, wanted %d", k->name,
				 (int)k->standing, (int)flags[i].standing);
		assert_true((k->note != NULL) ==
			    (k->standing != POLICY_APPLIES));
		if (flags[i].initial) {
			assert_ok(policy_set(p, flags[i].name,
					     flags[i].initial, &note, &err),
				  &err);
			if (!is_fresh(p))
				fail_msg("%s does not start as %s", k->name,
					 flags[i].initial);
			assert_true(note == k->note);
		} else {
			assert_text_equal(k->type, "list");
			assert_text_equal(k->initial, "");
		}
		policy_unref(p);
	}
}

/* The other way round: a key is a flag, or ours, or says that it is gone. */
static void
test_every_key_is_a_flag(void **state)
{
	(void)state;
	for (int i = 0; policy_keys[i].name; i++) {
		const struct policy_key *k = &policy_keys[i];
		bool found = k->standing == POLICY_OURS ||
			     k->standing == POLICY_REMOVED;

		for (size_t j = 0; !found && j < ARRAY_LEN(flags); j++)
			found = strcmp(flags[j].name, k->name) == 0;
		if (!found)
			fail_msg("%s is no flag of 1.36", k->name);
	}
}

struct said {
	uint32_t n;
	const char *key, *note; /* the last */
};

static void
count(void *ctx, const char *key, const char *note)
{
	struct said *s = ctx;

	s->n++;
	s->key = key;
	s->note = note;
}

static void
test_what_is_given_is_told(void **state)
{
	struct policy *p = policy_new(POLICY_WORLD_FILE);
	struct err err = { .code = ERR_NONE };
	struct said said = { 0, NULL, NULL };

	(void)state;
	policy_notes(p, count, &said);
	assert_int_equal(said.n, 0);
	assert_ok(policy_set(p, "max-nodes-total", "0", NULL, &err), &err);
	assert_ok(policy_set(p, "--gce_concurrent_refreshes", "2", NULL,
			     &err),
		  &err);
	policy_notes(p, count, &said);
	assert_int_equal(said.n, 1);
	assert_text_equal(said.key, "gce-concurrent-refreshes");
	assert_text_contains(said.note, "other clouds");
	policy_unref(p);
}

/* Errors of a file name file and line; of a world, the JSON path. */
static void
test_errors_name_the_line(void **state)
{
	static const char text[] = "{\"expander\": \"random\",\n"
				   "\"max-nodes-total\": \"seven\"}";
	struct policy *p = policy_new(POLICY_WORLD_FILE);
	struct arena *a = arena_new();
	struct err err = { .code = ERR_NONE };
	struct tree *t = (struct tree *)(uintptr_t)json_parse(
		a, text, strlen(text), &err);

	(void)state;
	((struct tree *)(uintptr_t)tree_get(t, "max-nodes-total"))->line = 2;
	assert_false(policy_read(p, t, "my.yaml", &err));
	assert_text_equal(err.text, "my.yaml:2: policy.max-nodes-total: "
				    "wanted a whole number, found \"seven\"");
	assert_false(policy_read(p, t, NULL, &err));
	assert_text_equal(err.text, "policy.max-nodes-total: wanted a whole "
				    "number, found \"seven\"");
	arena_free(a);
	policy_unref(p);
}

SUITE(policy_flags,
	TEST(test_every_flag_is_a_key),
	TEST(test_every_key_is_a_flag),
	TEST(test_what_is_given_is_told),
	TEST(test_errors_name_the_line));
