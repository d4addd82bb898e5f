/*
 * A bench for single AWS calls: a script of answers, and what came of a call.
 */
#ifndef UNIT_AWS_BENCH_H
#define UNIT_AWS_BENCH_H

#include "backend/aws/query.h"
#include "tests/unit/aws_kit.h"

typedef void (*answer_fn)(struct fake_conn *c, const struct fake_request *q);

struct aws_bench {
	struct aws_kit kit;
	struct aws_session session;
	struct query_service *autoscaling;
	const answer_fn *script; /* NULL ended; the last one repeats */
	uint32_t asked;
	char dates[8][TIME_TEXT]; /* X-Amz-Date of each request */
	/* the answer */
	uint32_t dones;
	int status;
	struct err err;
	char code[96], name[64];
	int64_t retry_after_ms;
	bool free_service;
};

void aws_bench_open(struct aws_bench *b, const answer_fn *script);
void aws_bench_close(struct aws_bench *b);
/* A call with that row; and one of AWS_GROUPS to its end. */
void aws_bench_start(struct aws_bench *b, enum row_id row,
		     struct permit *permit);
void aws_bench_run(struct aws_bench *b);
/* The same with a bench of its own: fails with a sentence that has the part,
 * after so many requests. */
void aws_bench_expect(const answer_fn *script, enum err_code code,
		      const char *part, uint32_t asked);
/* For calls that a test starts itself. */
void aws_bench_done(void *ctx, const struct aws_answer *a);

#define ANSWER(name) \
	static void name(struct fake_conn *c, const struct fake_request *q)
/* One group, "amd64". */
void aws_bench_good(struct fake_conn *c, const struct fake_request *q);

#endif
