/*
 * What is asked of AWS, and when.
 *
 * A round goes through the steps in order, one call at a time.  Idle with ten
 * groups that is four calls a minute for the groups and less than one for the
 * rest (design 9 allows six).  After a change, and after aws_refresh, rounds
 * come every BUSY_MS for BUSY_FOR_MS.
 */
#include <stdlib.h>

#include "backend/aws/private.h"
#include "backend/base/log.h"

enum {
	ROUND_MS = 15000,
	BUSY_MS = 5000,
	BUSY_FOR_MS = 3 * 60 * 1000,
	WORST_MS = 2 * 60 * 1000, /* between rounds while AWS is in trouble */
	DENIED_MS = 10 * 60 * 1000,
};

static const char *const step_names[] = {
	[STEP_IDENTITY] = "identity",	  [STEP_GROUPS] = "groups",
	[STEP_TEMPLATES] = "templates",	  [STEP_TYPES] = "types",
	[STEP_INSTANCES] = "instances",	  [STEP_ACTIVITIES] = "activities",
	[STEP_SUBNETS] = "subnets",
};

static void go_on(struct aws *a);

static void
tell(struct aws *a, enum source_state state, const struct err *err)
{
	if (state != a->state || err)
		log_at(LOG_INFO, "aws", "state=%s%s%s",
		       source_state_name(state), err ? " error=" : "",
		       err ? err->text : "");
	a->state = state;
	a->sink->status(a->sink->ctx, SOURCE_AWS, state, err);
}

static void
round_over(struct aws *a)
{
	int64_t wait = ROUND_MS;

	a->running = false;
	a->round_done = true;
	if (a->failures) {
		for (uint32_t i = 1; i < a->failures && wait < WORST_MS; i++)
			wait *= 2;
		if (wait > WORST_MS)
			wait = WORST_MS;
	} else if (aws_boot_ms(a) < a->busy_until_boot_ms) {
		wait = BUSY_MS;
	}
	if (a->again)
		wait = 0;
	a->again = false;
	reactor_timer_arm(a->timer, wait);
}

static void
next_step(struct aws *a)
{
	free(a->next_token);
	a->next_token = NULL;
	free(a->asking);
	a->asking = NULL;
	a->asked = 0;
	a->step++;
}

/* Groups are what the console is about: without them the source is in trouble.
 * The rest only enriches: a denied step is asked again in ten minutes. */
static void
step_failed(struct aws *a, const struct err *err)
{
	if (a->step == STEP_GROUPS || err->code == ERR_AUTH ||
	    err->code == ERR_UNREACHABLE) {
		a->failures++;
		if (a->step == STEP_GROUPS)
			a->sink->list_end(a->sink->ctx, KIND_GROUP, false);
		tell(a, a->steps[STEP_GROUPS].loaded ? SOURCE_STALE
						     : SOURCE_FAILED, err);
		next_step(a);
		round_over(a);
		return;
	}
	log_at(LOG_WARN, "aws", "step=%s: %s", step_names[a->step],
	       err->text);
	a->steps[a->step].due_boot_ms =
		aws_boot_ms(a) +
		(err->code == ERR_DENIED ? DENIED_MS : ROUND_MS);
	next_step(a);
	go_on(a);
}

static void
on_answer(void *ctx, const struct aws_answer *answer)
{
	struct aws *a = ctx;
	struct err err = { 0 };
	const char *token;

	if (answer->err.code) {
		step_failed(a, &answer->err);
		return;
	}
	if (!aws_take(a, answer->body, &err)) {
		step_failed(a, &err);
		return;
	}
	token = tree_text(tree_get(answer->body, "NextToken"));
	free(a->next_token);
	a->next_token = token && *token ? xstrdup(token) : NULL;
	a->asked++;
	if (a->step == STEP_GROUPS && !a->next_token) {
		a->failures = 0;
		a->refreshes_read = a->refreshes_of_round;
		aws_step_complete(a);
		tell(a, SOURCE_LIVE, NULL);
		next_step(a);
	}
	go_on(a);
}

/* The next call of this round, or its end. */
static void
go_on(struct aws *a)
{
	struct query_service *service;
	enum row_id row;
	struct buf form;
	struct err err = { 0 };
	bool found = false;

	buf_init(&form, 1 << 16);
	while (a->step < STEP_COUNT) {
		if (a->next_token ||
		    aws_boot_ms(a) >= a->steps[a->step].due_boot_ms) {
			found = aws_next_form(a, &form, &row, &service);
			if (found)
				break;
			if (a->asked)
				aws_step_complete(a);
		}
		next_step(a);
	}
	if (!found)
		round_over(a);
	else if (!query_start(service, &(struct query_call){
			 .row = row,
			 .form = buf_text(&form),
			 .on_done = on_answer,
			 .ctx = a,
		 }, &err))
		step_failed(a, &err);
	buf_fini(&form);
}

static void
on_timer(void *ctx)
{
	struct aws *a = ctx;

	a->running = true;
	a->refreshes_of_round = a->refreshes;
	a->step = STEP_IDENTITY;
	a->asked = 0;
	go_on(a);
}

bool
aws_is_current(const struct aws *a)
{
	return a->refreshes_read == a->refreshes;
}

void
aws_poll_start(struct aws *a)
{
	a->timer = reactor_timer_new(a->reactor, on_timer, a);
	reactor_timer_arm(a->timer, 0);
}

void
aws_refresh(struct aws *a)
{
	a->busy_until_boot_ms = aws_boot_ms(a) + BUSY_FOR_MS;
	a->refreshes++;
	if (a->running)
		a->again = true;
	else
		reactor_timer_arm(a->timer, 0);
}
