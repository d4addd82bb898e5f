/*
 * One call of an AWS query service (Auto Scaling, EC2, STS): form in, XML out,
 * as a tree of API member names.
 *
 * Reads are tried up to three times (standard mode with a token bucket of 500,
 * reference integrations D10), and once more with other keys or a corrected
 * clock when AWS refused those.  Writes are sent once: after an ambiguous
 * failure only the caller can read back what happened.
 */
#ifndef AWS_QUERY_H
#define AWS_QUERY_H

#include "backend/aws/aws.h"
#include "backend/aws/session.h"

struct query_service;

/* name as in aws_endpoint_find; version of its API; session is borrowed. */
struct query_service *query_service_new(struct reactor *r,
					struct aws_session *session,
					const char *name, const char *version,
					const char *region, uint64_t seed);
/* Ends all calls without calling back. */
void query_service_free(struct query_service *s);

struct query_call {
	enum row_id row;
	struct permit *permit; /* of writes; spent here */
	const char *form; /* "Action=...&..." without Version; copied */
	aws_on_done on_done;
	void *ctx;
};

/* Exactly one on_done, never from inside this call; false with err when there
 * will be none. */
bool query_start(struct query_service *s, const struct query_call *c,
		 struct err *err);

#endif
