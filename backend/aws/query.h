/*
 * One call of an AWS query service (Auto Scaling, EC2, STS): form in, XML out,
 * as a tree of API member names.
 *
 * Reads are tried up to three times (standard mode with a token bucket of 500);
 * writes once: after an ambiguous failure only the caller can read back what
 * happened (reference integrations D10).
 */
#ifndef AWS_QUERY_H
#define AWS_QUERY_H

#include "backend/aws/aws.h"
#include "backend/net/retry.h"

struct query_service;

/* name as in aws_endpoint_find; version of its API. */
struct query_service *query_service_new(struct reactor *r, const char *name,
					const char *version,
					const char *region, uint64_t seed);
/* Ends all calls without calling back. */
void query_service_free(struct query_service *s);

struct query_call {
	enum row_id row;
	struct permit *permit;
	const char *form; /* "Action=...&..." without Version; copied */
	aws_on_done on_done;
	void *ctx;
};

/* Exactly one on_done, perhaps at once. */
bool query_start(struct query_service *s, const struct query_call *c,
		 struct err *err);

/* The keys last used, for countdown and messages. */
const struct aws_keys *query_keys(const struct query_service *s);

#endif
