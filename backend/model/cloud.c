/*
 * Small questions about AWS and GitLab records.
 */
#include "backend/model/cloud.h"
#include "backend/model/gitlab.h"

#include <strings.h>

const char *
group_tag(const struct group *g, const char *key)
{
	for (uint32_t i = 0; i < g->tag_n; i++)
		if (strcmp(g->tags[i].key, key) == 0)
			return g->tags[i].value;
	return NULL;
}

/* What GitLab calls them, REST in lower and GraphQL in upper case. */
static const struct {
	const char *text;
	enum job_status status;
} statuses[] = {
	{ "created", JOB_CREATED },   { "pending", JOB_PENDING },
	{ "running", JOB_RUNNING },   { "success", JOB_SUCCESS },
	{ "failed", JOB_FAILED },     { "canceled", JOB_CANCELED },
	{ "canceling", JOB_CANCELING }, { "skipped", JOB_SKIPPED },
	{ "manual", JOB_MANUAL },
};

enum job_status
job_status_parse(const char *text)
{
	for (size_t i = 0; text && i < ARRAY_LEN(statuses); i++)
		if (strcasecmp(statuses[i].text, text) == 0)
			return statuses[i].status;
	return JOB_OTHER;
}

bool
job_is_over(const struct job *j)
{
	return j->status == JOB_SUCCESS || j->status == JOB_FAILED ||
	       j->status == JOB_CANCELED || j->status == JOB_SKIPPED;
}
