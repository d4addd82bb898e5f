/*
 * A scenario: what the simulated cloud contains and what happens in it, read
 * from YAML (backend/sim/scenarios/, compiled in).  Mistakes are
 * "file:line: message"; unknown keys are mistakes.
 */
#ifndef SIM_SCENARIO_H
#define SIM_SCENARIO_H

#include "backend/base/err.h"
#include "backend/base/tree.h"

struct scenario_group {
	const char *name, *arch, *zone_list, *types; /* comma separated */
	int32_t min, max, desired;
	bool spot, managed_nodegroup, ca_tags;
	const char *taint;	/* "key=value:NoSchedule" or "" */
	const char *labels;	/* "k=v,k=v" */
	int64_t launch_ms, ready_ms; /* medians */
	int64_t refuse_from_ms, refuse_to_ms; /* capacity refused, offsets */
};

struct scenario_runner { /* one Deployment of gitlab-runner */
	const char *name, *tags; /* comma separated */
	int32_t replicas, concurrent, limit;
	int64_t poll_timeout_ms;
	const char *node_selector, *tolerations;
	int64_t cpu_request_mcpu, memory_request_bytes;
	bool run_untagged;
};

struct scenario_load { /* jobs of one sort */
	const char *name, *tags, *project, *image;
	int64_t from_ms, to_ms;	/* offsets from the start; to 0: for ever */
	double per_minute;	/* arrivals */
	int64_t duration_ms;	/* median */
	double duration_spread, failure_rate;
	int32_t at_start;	/* jobs already waiting */
	int64_t image_mib;
};

struct scenario {
	const char *name, *title;
	const char *notice, *remedy; /* what to see, what to do */
	const char *cluster, *region, *account;
	int64_t start_ms;	/* world time */
	const struct scenario_group *groups;
	const struct scenario_runner *runners;
	const struct scenario_load *loads;
	uint32_t group_n, runner_n, load_n;
	bool autoscaler;	/* a deployed Cluster Autoscaler runs */
	const struct tree *tree; /* the rest, for behaviours of later issues */
	struct arena *arena;
};

/* name of a compiled-in scenario, or a path ending .yaml. */
struct scenario *scenario_load(const char *name_or_path, struct err *err);
void scenario_free(struct scenario *s);

#endif
