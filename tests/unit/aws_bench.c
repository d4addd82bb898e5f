/*
 * Single AWS calls against a script.
 */
#include "tests/unit/aws_bench.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/check.h"

static void
handle(void *ctx, struct fake_conn *c, const struct fake_request *q)
{
	struct aws_bench *b = ctx;
	const char *date = fake_header(q, "X-Amz-Date");

	if (b->asked < ARRAY_LEN(b->dates))
		snprintf(b->dates[b->asked], TIME_TEXT, "%.30s",
			 str_or_empty(date));
	b->asked++;
	(*b->script)(c, q);
	if (b->script[1])
		b->script++;
}

void
aws_bench_done(void *ctx, const struct aws_answer *a)
{
	struct aws_bench *b = ctx;
	const struct tree *first = tree_index(
		tree_get(a->body, "AutoScalingGroups"), 0);

	b->dones++;
	b->status = a->status;
	b->err = a->err;
	b->retry_after_ms = a->retry_after_ms;
	snprintf(b->code, sizeof(b->code), "%s", a->code);
	snprintf(b->name, sizeof(b->name), "%s",
		 str_or_empty(tree_text(tree_get(first,
						 "AutoScalingGroupName"))));
	assert_true(!a->err.code == (a->body != NULL));
	if (b->free_service) {
		query_service_free(b->autoscaling);
		b->autoscaling = NULL;
	}
}

void
aws_bench_open(struct aws_bench *b, const answer_fn *script)
{
	memset(b, 0, sizeof(*b));
	aws_kit_open(&b->kit, handle, b);
	b->script = script;
	b->session.clock = &b->kit.clock.work;
	b->autoscaling = query_service_new(b->kit.r, &b->session,
					   "autoscaling", "2011-01-01",
					   "eu-west-1", 1);
}

void
aws_bench_close(struct aws_bench *b)
{
	query_service_free(b->autoscaling);
	aws_session_fini(&b->session);
	aws_kit_close(&b->kit);
}

void
aws_bench_start(struct aws_bench *b, enum row_id row, struct permit *permit)
{
	struct err err = { 0 };

	b->dones = 0;
	b->err = err;
	assert_ok(query_start(b->autoscaling, &(struct query_call){
			.row = row,
			.permit = permit,
			.form = "Action=DescribeAutoScalingGroups"
				"&MaxRecords=100",
			.on_done = aws_bench_done,
			.ctx = b,
		}, &err), &err);
	assert_int_equal(b->dones, 0);
}

void
aws_bench_run(struct aws_bench *b)
{
	aws_bench_start(b, ROW_AWS_GROUPS, NULL);
	aws_kit_until(&b->kit, b->dones, 120000);
}

#define GROUP "<AutoScalingGroups><member><AutoScalingGroupName>amd64" \
	"</AutoScalingGroupName></member></AutoScalingGroups>"

void
aws_bench_good(struct fake_conn *c, const struct fake_request *q)
{
	(void)q;
	aws_kit_reply(c, "DescribeAutoScalingGroups", GROUP);
}

void
aws_bench_expect(const answer_fn *script, enum err_code code, const char *part,
       uint32_t asked)
{
	struct aws_bench b;

	aws_bench_open(&b, script);
	aws_bench_run(&b);
	assert_int_equal(b.err.code, code);
	assert_text_contains(b.err.text, part);
	assert_text_contains(b.err.text,
			     "autoscaling:DescribeAutoScalingGroups");
	assert_int_equal(b.asked, asked);
	aws_bench_close(&b);
}

