/*
 * The GitLab reader: runners, managers, waiting and running jobs.
 *
 * Instance-wide jobs come from GraphQL (administrators); others get what REST
 * gives them, and the status says what this token may not see (GraphQL answers
 * a non-admin with an empty list, not an error: reference integrations B4).
 *
 * Thread: the backend's.
 */
#ifndef GITLAB_GITLAB_H
#define GITLAB_GITLAB_H

#include "backend/decode/decode.h"
#include "backend/model/sink.h"
#include "backend/net/http.h"

struct gitlab;

struct gitlab_options {
	const char *url;	/* "https://gitlab.example" */
	const char *token;	/* copied, wiped on free */
	int64_t interval_ms;	/* between polls; 0: 10 s */
	uint64_t seed;
};

/* From GITLAB_URL or GITLAB_HOST, and GITLAB_TOKEN; false when there is none
 * (not an error: the source is off). */
bool gitlab_options_from_env(struct gitlab_options *out);

struct gitlab *gitlab_new(struct reactor *r, const struct sink *sink,
			  const struct gitlab_options *options);
void gitlab_free(struct gitlab *g);
void gitlab_refresh(struct gitlab *g);

#endif
