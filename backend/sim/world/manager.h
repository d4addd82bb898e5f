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
/* When each step of a job whose script can begin will be; the end.  fails: so
 * will the script. */
int64_t job_lay_steps(struct ci_job *j, int64_t at, bool *fails);
/* Steps that were still to come never happened. */
void job_cut_steps(struct ci_job *j, int64_t now);
/* How much of what it asked for the job's container uses now. */
double job_usage(struct kubernetes *k, const struct kpod *p,
		 const struct kcontainer *c);

/* The most its script will take: the load's, a little more or less. */
int64_t job_memory_peak(const struct ci_job *j);
/* Of that now; -1: the load says nothing. */
int64_t job_memory(struct kubernetes *k, const struct kpod *p,
		   const struct kcontainer *c);
#define JOB_MEMORY_GROWS 0.8 /* share of the script until the peak */

void managers_wake(struct managers *m);
/* Edits `concurrent` of the ConfigMap of this namespace/name and has its pods
 * replaced, as a person would who does not go through Helm. */
void manager_configure(struct kubernetes *k, const char *key, int32_t n);
/* A config.toml with this `concurrent`, new. */
json_t *manager_toml(const char *toml, int32_t n);
/* `concurrent` as the ConfigMap has it; absent: what the scenario says. */
int32_t manager_concurrent(struct kubernetes *k, const struct ci_runner *r);

#endif
