/*
 * GitLab's two sorts of rate limits (reference integrations B1): the
 * instance's, counted per user before anything is looked at and told in
 * headers, and those of single endpoints, which come without any.
 *
 * Windows are minutes of virtual time, so that a run at another speed meets
 * the same limits.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/clock.h"
#include "backend/sim/gitlab/face.h"

#define WINDOW_MS INT64_C(60000)

struct window {
	int64_t minute;
	int32_t seen;
};

enum { USERS_COUNTED = 64 };

struct gitlab_limits { /* by user id, which are small */
	struct window all[USERS_COUNTED], project_jobs[USERS_COUNTED];
};

void *
gitlab_limits_open(struct sim *w)
{
	(void)w;
	return xcalloc(1, sizeof(struct gitlab_limits));
}

static int64_t
minute_of(const struct gitlab_call *c)
{
	return sim_now_ms(c->w) / WINDOW_MS;
}

/* True: one too many. */
static bool
count(const struct gitlab_call *c, struct window *windows, int32_t limit)
{
	struct window *x = &windows[c->user->gitlab_id % USERS_COUNTED];

	if (limit == 0)
		return false;
	if (x->minute != minute_of(c))
		*x = (struct window){ minute_of(c), 0 };
	return ++x->seen > limit;
}

static void
set_number(struct gitlab_call *c, const char *name, int64_t n)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", (long long)n);
	face_set_header(c->answer, name, text);
}

static void
tell_limit(struct gitlab_call *c, const struct window *x, int32_t limit)
{
	int64_t reset_s = (x->minute + 1) * WINDOW_MS / 1000;
	int64_t wait_s = reset_s - sim_now_ms(c->w) / 1000;
	char date[TIME_TEXT];

	set_number(c, "Retry-After", wait_s > 0 ? wait_s : 1);
	set_number(c, "RateLimit-Limit", limit);
	face_set_header(c->answer, "RateLimit-Name",
			"throttle_authenticated_api");
	set_number(c, "RateLimit-Observed", x->seen);
	set_number(c, "RateLimit-Remaining", 0);
	set_number(c, "RateLimit-Reset", reset_s);
	face_set_header(c->answer, "RateLimit-ResetTime",
			time_format_http(reset_s * 1000, date));
}

bool
gitlab_limit_reached(struct gitlab_call *c)
{
	struct gitlab_limits *l = c->q->state;
	int32_t limit = sim_scenario(c->w)->gitlab_per_minute;

	if (!l || !c->user || !count(c, l->all, limit))
		return false;
	tell_limit(c, &l->all[c->user->gitlab_id % USERS_COUNTED], limit);
	c->answer->status = 429;
	c->answer->type = "text/plain";
	buf_puts(&c->answer->body, "Retry later\n");
	return true;
}

bool
gitlab_limit_project_jobs(struct gitlab_call *c)
{
	struct gitlab_limits *l = c->q->state;

	if (!l || !count(c, l->project_jobs,
			 sim_scenario(c->w)->gitlab_project_jobs_per_minute))
		return false;
	gitlab_json(c, 429,
		    pack("{s:{s:s}}", "message", "error",
			 "This endpoint has been requested too many times. Try "
			 "again later."));
	return true;
}
