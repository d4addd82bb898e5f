/*
 * The autoscaler's Lease in the hand of a client, who keeps real time while
 * the world runs at any speed.
 */
#include <poll.h>
#include <stdlib.h>

#include "backend/base/clock.h"
#include "backend/sim/server/pace.h"
#include "tests/unit/sim_air.h"

#define LEASE "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/" \
	      "cluster-autoscaler"

static void
say(struct air *c, const char *method, const char *base, const char *target,
    const char *body, long status)
{
	struct air_reply r = { 0 };

	air_call(c, method, base, target, body, &r);
	assert_int_equal(r.status, status);
	air_reply_fini(&r);
}

static void
later(struct air *c, const char *by)
{
	char target[80];

	snprintf(target, sizeof(target), "/sim/advance?by=%s", by);
	say(c, "POST", server_plain_url(c->server), target, NULL, 200);
}

static void
take(struct air *c, int seconds)
{
	char body[160];

	snprintf(body, sizeof(body),
		 "{\"spec\":{\"holderIdentity\":\"somebody\","
		 "\"leaseDurationSeconds\":%d}}", seconds);
	say(c, "PATCH", server_kube_url(c->server), LEASE, body, 200);
}

static bool
somebody_holds(struct air *c)
{
	struct air_reply r = { 0 };
	bool holds;

	air_get(c, LEASE, &r);
	assert_int_equal(r.status, 200);
	holds = strstr(buf_text(&r.body), "\"holderIdentity\":\"somebody\"");
	air_reply_fini(&r);
	return holds;
}

/* Real time goes by, and virtual time far faster. */
static void
wait_for_loss(struct air *c)
{
	int64_t end = clock_boot_ms(&clock_system) + 30000;

	while (somebody_holds(c)) {
		if (clock_boot_ms(&clock_system) > end)
			fail_msg("a lease of a second never ran out");
		poll(NULL, 0, 50);
		later(c, "10s");
	}
}

static void
test_a_clients_lease_keeps_real_time(void **state)
{
	char *folder = temporary_new(), path[400];
	struct write_log *log;
	struct replay *replay;
	struct buf first, second;
	struct err err = { 0 };
	struct air c;
	int64_t end_ms;

	(void)state;
	snprintf(path, sizeof(path), "%s/log", folder);
	log = write_log_open(path, &(struct write_log_head){
				     "quiet-day", NULL, 1, 0 }, &err);
	assert_ok(log != NULL, &err);
	air_open_with(&c, &(struct air_options){ .log = log,
						 .paused = true });
	later(&c, "1m");
	/* Nobody holds it but the autoscaler itself. */
	say(&c, "POST", server_plain_url(c.server), "/sim/leases/expire", NULL,
	    409);
	/* Minutes of real time: more virtual ones take nothing of them. */
	take(&c, 240);
	later(&c, "8m");
	assert_true(somebody_holds(&c));
	/* Renewed, it counts from there. */
	take(&c, 1);
	wait_for_loss(&c);
	/* Taken again from the autoscaler, and declared lost by hand. */
	take(&c, 240);
	later(&c, "5m");
	assert_true(somebody_holds(&c));
	say(&c, "POST", server_plain_url(c.server), "/sim/leases/expire", NULL,
	    200);
	later(&c, "10s");
	assert_false(somebody_holds(&c));
	later(&c, "5m");
	first = air_world(&c);
	end_ms = sim_now_ms(c.w);
	air_close(&c);
	assert_ok(write_log_close(log, &err), &err);

	/* What real time decided is in the log. */
	replay = replay_read(path, &err);
	assert_ok(replay != NULL, &err);
	air_open_with(&c, &(struct air_options){ .replay = replay,
						 .paused = true });
	sim_lock(c.w);
	pace_advance(c.pace, end_ms - sim_now_ms(c.w));
	sim_unlock(c.w);
	second = air_world(&c);
	air_close(&c);
	assert_ok(replay_verdict(replay, &err), &err);
	assert_int_equal(first.len, second.len);
	assert_memory_equal(buf_text(&first), buf_text(&second), first.len);
	replay_free(replay);
	buf_fini(&first);
	buf_fini(&second);
	temporary_remove(folder);
}

SUITE(sim_lease, TEST(test_a_clients_lease_keeps_real_time));
