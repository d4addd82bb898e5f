/*
 * Runner managers: gitlab-runner processes in their pods.
 *
 * manager.c takes jobs and sees them through, manager_pod.c builds the job pods
 * as the Kubernetes executor does (reference integrations A1-A4),
 * manager_deploy.c installs the chart's objects (A6).
 */
#ifndef SIM_WORLD_MANAGER_H
#define SIM_WORLD_MANAGER_H

#include "backend/sim/world/kubelet.h"

#define RUNNER_VERSION "18.8.0"
#define RUNNER_REVISION "9ffb4aa0"

/* "runner-<short>-project-<id>-concurrent-<slot>", cleaned as the executor
 * does it. */
char *job_pod_base(const struct ci_job *j, uint32_t slot, char *out,
		   size_t room);
json_t *job_pod_body(struct kubernetes *k, const struct ci_job *j,
		     const char *base, const char *name, const char *secret);
/* How much of what it asked for the job's container uses now. */
double job_usage(struct kubernetes *k, const struct kpod *p,
		 const struct kcontainer *c);

void managers_wake(struct managers *m);

#endif
