/*
 * What REST's routes lead to; rest.c has the table.
 */
#ifndef SIM_GITLAB_REST_H
#define SIM_GITLAB_REST_H

#include "backend/sim/gitlab/face.h"

/* NULL: answered that there is none. */
const struct ci_project *rest_project(struct gitlab_call *c);
/* Whether part[0] names a group that some project is in; else answers. */
bool rest_group(struct gitlab_call *c, const char **path, int64_t *id);

/* ---- rest_runners.c ---- */

void rest_own_runners(struct gitlab_call *c);
void rest_all_runners(struct gitlab_call *c);
void rest_project_runners(struct gitlab_call *c);
void rest_group_runners(struct gitlab_call *c);
void rest_runner(struct gitlab_call *c);
void rest_runner_put(struct gitlab_call *c);
void rest_runner_delete(struct gitlab_call *c);
void rest_runner_token(struct gitlab_call *c);
void rest_runner_managers(struct gitlab_call *c);
void rest_runner_jobs(struct gitlab_call *c);

/* ---- rest_jobs.c ---- */

void rest_project_jobs(struct gitlab_call *c);
void rest_pipelines(struct gitlab_call *c);
void rest_pipeline(struct gitlab_call *c);
void rest_pipeline_jobs(struct gitlab_call *c);
void rest_pipeline_bridges(struct gitlab_call *c);
void rest_job(struct gitlab_call *c);
void rest_job_trace(struct gitlab_call *c);
void rest_job_artifacts(struct gitlab_call *c);
void rest_job_cancel(struct gitlab_call *c);
void rest_job_retry(struct gitlab_call *c);
void rest_job_play(struct gitlab_call *c);
void rest_job_erase(struct gitlab_call *c);

#endif
