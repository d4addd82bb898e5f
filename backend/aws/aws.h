/*
 * The AWS client: Auto Scaling and EC2 reads on a schedule, three writes.
 *
 * At most six calls a minute when idle with ten groups (design 9): groups every
 * 10-20 s in one paged call; instances, types, templates, activities, subnets
 * only when something changed or every few minutes.  aws_refresh() polls now.
 * Facts: reference integrations D, E, F; cluster-autoscaler 7.
 *
 * Thread: the backend's.
 */
#ifndef AWS_AWS_H
#define AWS_AWS_H

#include "backend/aws/cred.h"
#include "backend/decode/decode.h"
#include "backend/model/sink.h"
#include "backend/net/http.h"

struct aws;

struct aws_options {
	const char *region;	/* NULL: environment, then profile */
	const char *cluster;	/* EKS cluster name, "" when unknown */
	uint64_t seed;
};

/* NULL with err (ERR_CONFIG) when no region can be found. */
struct aws *aws_new(struct reactor *r, const struct sink *sink,
		    const struct aws_options *options, struct err *err);
void aws_free(struct aws *a);
/* Polls now: after every change. */
void aws_refresh(struct aws *a);
/* The groups were read after the last aws_refresh: what we changed shows. */
bool aws_is_current(const struct aws *a);
/* The first round is over: what groups raise in turn was asked, too. */
bool aws_is_caught_up(const struct aws *a);
const char *aws_region(const struct aws *a);
/* From STS GetCallerIdentity; "" until known. */
const char *aws_account(const struct aws *a);
/* Wall time the credentials end, 0 unknown; and where they came from. */
int64_t aws_credentials_end_ms(const struct aws *a);
const char *aws_credentials_source(const struct aws *a);

struct aws_answer {
	int status;
	struct err err;		 /* text carries AWS's code and message */
	const char *code;	 /* AWS error code, "" */
	int64_t retry_after_ms;	 /* the server asked to wait; -1: did not */
	const struct tree *body; /* the JSON shape; dies after on_done */
};

typedef void (*aws_on_done)(void *ctx, const struct aws_answer *a);

/* Reads one group fresh, uncached: what a write compares with (rule 7). */
bool aws_describe_group(struct aws *a, const char *group, aws_on_done on_done,
			void *ctx, struct err *err);
bool aws_set_desired(struct aws *a, struct permit *permit, const char *group,
		     int32_t desired, aws_on_done on_done, void *ctx,
		     struct err *err);
/* -1 leaves a bound as it is. */
bool aws_set_limits(struct aws *a, struct permit *permit, const char *group,
		    int32_t min, int32_t max, aws_on_done on_done, void *ctx,
		    struct err *err);
/* Always with decrement of the desired capacity. */
bool aws_terminate(struct aws *a, struct permit *permit, const char *instance,
		   aws_on_done on_done, void *ctx, struct err *err);

#endif
