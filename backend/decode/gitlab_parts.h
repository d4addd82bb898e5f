/*
 * What GitLab's two spellings share.
 *
 * Inside decode/ only.
 */
#ifndef DECODE_GITLAB_PARTS_H
#define DECODE_GITLAB_PARTS_H

#include "backend/decode/wire.h"
#include "backend/model/gitlab.h"

/* An array of texts, sorted. */
bool read_tags(struct wire *w, const char *const **slot, uint32_t *n,
	       const struct tree *t);
/* status, in either case, into status_text and status of a job. */
bool read_job_status(struct wire *w, void *job, const struct tree *t);
bool read_seconds(struct wire *w, int64_t *ms, const struct tree *t);
/* Fills a job's project from its web_url where it is not known. */
void project_from_url(struct wire *w, struct job *j);

#endif
