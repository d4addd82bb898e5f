/*
 * GitLab: runners, their managers, CI jobs (reference integrations B2, B4).
 */
#ifndef MODEL_GITLAB_H
#define MODEL_GITLAB_H

#include "backend/model/meta.h"

struct runner {
	struct record record;
	int64_t id;
	const char *short_token; /* 8 characters in the API; 9 in pod names */
	const char *description;
	const char *type;	 /* instance_type, group_type, project_type */
	const char *status;	 /* online, offline, stale, never_contacted */
	const char *version;
	const char *const *tags; /* sorted */
	uint32_t tag_n;
	bool paused, run_untagged, locked, ref_protected;
	bool tags_known;	 /* the list entity lacks tag_list */
	int64_t contacted_ms;
	int32_t max_timeout_s;	 /* 0: none */
	int32_t running_jobs;	 /* -1: unknown */
	int32_t job_limit;	 /* most at once, by the manager's own
				    configuration; -1: unknown */
};

struct manager { /* one runner process */
	struct record record;
	int64_t id, runner_id;
	const char *system_id, *version, *platform, *arch, *ip, *status;
	const char *executor;
	int64_t contacted_ms, created_ms;
};

enum job_status { JOB_OTHER, JOB_CREATED, JOB_PENDING, JOB_RUNNING,
		  JOB_SUCCESS, JOB_FAILED, JOB_CANCELED, JOB_CANCELING,
		  JOB_SKIPPED, JOB_MANUAL };

struct job {
	struct record record;
	int64_t id, project_id, pipeline_id, runner_id; /* 0: none, unknown */
	const char *name, *stage, *ref, *project, *user, *web_url;
	const char *status_text; /* as GitLab wrote it, lower case */
	const char *failure_reason;
	const char *manager_system_id;
	const char *const *tags; /* sorted */
	uint32_t tag_n;
	uint8_t status; /* enum job_status */
	bool stuck;
	bool from_pod;	/* known only through its pod's annotations */
	int64_t created_ms, queued_ms, started_ms, finished_ms;
	int64_t timeout_ms; /* 0: unknown */
};

enum job_status job_status_parse(const char *text);
bool job_is_over(const struct job *j);

#endif
