/*
 * The scenario of credentials that end, asked over real sockets as the engineer
 * asks.
 */
#include <stdlib.h>

#include "backend/base/clock.h"
#include "backend/sim/server/pace.h"
#include "backend/sim/world/cloud.h"
#include "tests/unit/sim_air.h"

#define GROUPS "/?Action=DescribeAutoScalingGroups&Version=2011-01-01"

static long
status_of(struct air *c, const char *aws, const char *target, char **text)
{
	struct air_reply r;
	long status;

	c->aws = aws;
	if (aws || strncmp(target, "/api/v4", 7) == 0)
		air_lever(c, "GET", target, &r);
	else
		air_get(c, target, &r);
	status = r.status;
	free(*text);
	*text = xstrdup(buf_text(&r.body));
	air_reply_fini(&r);
	c->aws = NULL;
	return status;
}

/* The pace's own thread looks at the world as well. */
static void
later(struct air *c, int64_t ms)
{
	sim_lock(c->w);
	pace_advance(c->pace, ms);
	sim_unlock(c->w);
}

static void
test_creds_expire(void **state)
{
	struct air c;
	struct cloud_group *g;
	char *text = NULL;
	int32_t desired;

	(void)state;
	air_open_with(&c, &(struct air_options){ .scenario = "creds-expire",
						 .paused = true });
	assert_int_equal(status_of(&c, "autoscaling", GROUPS, &text), 200);
	assert_int_equal(status_of(&c, NULL, "/api/v1/nodes", &text), 200);
	later(&c, 15 * 60000 + 1000);
	assert_int_equal(status_of(&c, "autoscaling", GROUPS, &text), 403);
	assert_text_contains(text, "ExpiredToken");
	assert_int_equal(status_of(&c, NULL, "/api/v1/nodes", &text), 200);
	later(&c, 14 * 60000);
	assert_int_equal(status_of(&c, NULL, "/api/v1/nodes", &text), 401);
	assert_text_contains(text, "Unauthorized");
	/* The fleet does not mind: it still grows. */
	g = cloud_group(sim_cloud(c.w), "amd64-general");
	desired = g->desired;
	assert_true(desired > 3);
	/* New credentials. */
	{
		struct air_reply r;

		air_lever(&c, "DELETE", "/sim/faults", &r);
		assert_int_equal(r.status, 200);
		air_reply_fini(&r);
	}
	assert_int_equal(status_of(&c, "autoscaling", GROUPS, &text), 200);
	assert_int_equal(status_of(&c, NULL, "/api/v1/nodes", &text), 200);
	free(text);
	air_close(&c);
}

/* clang-format off */
SUITE(sim_stories_access,
	TEST(test_creds_expire));
