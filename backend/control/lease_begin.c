/*
 * The beginning of a take-over: the Lease and its holder looked at, until the
 * holder is a pod that can be stopped, or one that does not renew any more.
 */
#include "backend/control/lease_private.h"

#include <stdio.h>
#include <string.h>

#include "backend/control/engine_run.h"
#include "backend/engine/policy_values.h"

/* client-go's defaults, which Cluster Autoscaler uses (reference G3). */
#define DURATION_MS ((int64_t)15 * 1000)
#define DEADLINE_MS ((int64_t)10 * 1000)
#define RETRY_MS ((int64_t)2 * 1000)

static void
take_failed(struct leading *l, enum err_code code, const char *text)
{
	backend_note(l->backend, SEVERITY_WARN, code, "%s", text);
	lease_enter(l, IDLE, "");
	engine_lost_lead(l->backend);
}

/* A free Lease, or one that has not been renewed for its whole duration while
 * we looked, as any candidate of an election does. */
static bool
is_free(struct leading *l)
{
	int64_t now = backend_boot_ms(l->backend);
	int64_t duration = (int64_t)l->lease.duration_s * 1000;

	if (!l->lease.exists || !*l->lease.holder)
		return true;
	if (strcmp(l->seen_rv, l->lease.rv) != 0) {
		snprintf(l->seen_rv, sizeof(l->seen_rv), "%s", l->lease.rv);
		l->seen_boot_ms = now;
		return false;
	}
	if (duration < l->times.duration_ms)
		duration = l->times.duration_ms;
	return now - l->seen_boot_ms > duration;
}

static void
on_asked(void *ctx, const struct kube_answer *a)
{
	struct leading *l = ctx;
	char text[400];

	l->asking = false;
	if (l->state != ASKING)
		return;
	switch (lease_former(l, a, true)) {
	case FORMER_STOPPED:
		memset(&l->former, 0, sizeof(l->former));
		lease_take(l);
		break;
	case FORMER_RUNS:
		lease_take(l);
		break;
	case FORMER_UNKNOWN:
		snprintf(text, sizeof(text), "take-over failed: %.300s",
			 a->err.code ? a->err.text : "no Pod");
		take_failed(l, a->err.code, text);
		break;
	}
}

static void
ask_former(struct leading *l)
{
	struct err err;

	lease_enter(l, ASKING, "the former autoscaler's pod");
	l->asking = true;
	if (lease_read_former(l, on_asked, &err))
		return;
	l->asking = false;
	take_failed(l, err.code, err.text);
}

/* A holder that renews must be a pod we can see, or we could never know that
 * it has stopped. */
static void
heed_holder(struct leading *l, bool renewed)
{
	char text[300];

	if (strcmp(l->lease.holder, l->identity) != 0 &&
	    lease_find_former(l, l->lease.holder)) {
		ask_former(l);
	} else if (renewed && !lease_is_headless(l->backend)) {
		snprintf(text, sizeof(text),
			 "take-over refused: %s holds the lease and is no "
			 "pod that can be seen to stop (rule 3)",
			 l->lease.holder);
		take_failed(l, ERR_REFUSED, text);
	} else {
		snprintf(text, sizeof(text),
			 "%s, which holds the lease, to let it go",
			 l->lease.holder);
		lease_enter(l, READING, text);
		l->next_boot_ms = backend_boot_ms(l->backend) +
				  l->times.retry_ms;
	}
}

static void
on_read(void *ctx, const struct kube_answer *a)
{
	struct leading *l = ctx;
	struct err err = a->err;
	char text[560];
	bool seen;

	l->asking = false;
	if (l->state != READING)
		return;
	memset(&l->former, 0, sizeof(l->former));
	l->former_deleted = false;
	l->lease.exists = false;
	if (!err.code && !lease_facts_read(&l->lease, a->body))
		err_set(&err, ERR_BAD, "kubernetes answered without a Lease");
	if (err.code && err.code != ERR_GONE) {
		snprintf(text, sizeof(text), "take-over failed: %s", err.text);
		take_failed(l, err.code, text);
		return;
	}
	seen = *l->seen_rv != '\0';
	if (is_free(l))
		lease_take(l);
	else
		heed_holder(l, seen && l->seen_boot_ms ==
					       backend_boot_ms(l->backend));
}

static bool
read_lease(struct leading *l, struct err *err)
{
	l->next_boot_ms = backend_boot_ms(l->backend) + l->times.retry_ms;
	l->asking = true;
	if (lease_get(l->backend, &l->lease, on_read, l, err))
		return true;
	l->asking = false;
	return false;
}

/* The flags of the deployed autoscaler where we know them; what cannot be (a
 * deadline past the duration) is left at the defaults, as upstream refuses
 * it. */
static struct lease_times
times_of(const struct policy *p)
{
	struct lease_times t = { DURATION_MS, DEADLINE_MS, RETRY_MS };
	struct lease_times given;

	if (!p)
		return t;
	given.duration_ms = policy_ms(p, POLICY_LEADER_ELECT_LEASE_DURATION);
	given.deadline_ms = policy_ms(p, POLICY_LEADER_ELECT_RENEW_DEADLINE);
	given.retry_ms = policy_ms(p, POLICY_LEADER_ELECT_RETRY_PERIOD);
	if (given.duration_ms < 1000 ||
	    given.duration_ms > INT64_C(3600) * 1000 ||
	    given.deadline_ms >= given.duration_ms || given.retry_ms < 100 ||
	    given.retry_ms >= given.deadline_ms)
		return t;
	return given;
}

bool
leading_start(struct backend *b, const char *why, struct err *err)
{
	struct leading *l = b->leading;
	const char *slash;

	(void)why;
	if (l->state != IDLE)
		return err_set(err, ERR_CONFLICT,
			       "a take-over is under way already");
	if (!b->kube)
		return err_set(err, ERR_REFUSED,
			       "a world file has nothing to lead");
	if (!gate_check(&b->gate, backend_boot_ms(b), err))
		return false;
	lease_facts_fini(&l->lease);
	memset(&l->lease, 0, sizeof(l->lease));
	slash = strchr(engine_lease_key(b), '/');
	snprintf(l->lease.ns, sizeof(l->lease.ns), "%.*s",
		 (int)(slash - engine_lease_key(b)), engine_lease_key(b));
	snprintf(l->lease.name, sizeof(l->lease.name), "%s", slash + 1);
	l->led = false;
	l->lost_races = 0;
	l->times = times_of(engine_policy(b));
	l->since_boot_ms = backend_boot_ms(b);
	l->clock_offset_ms = lease_clock_offset(b);
	l->seen_rv[0] = '\0';
	lease_enter(l, READING, "the lease");
	if (read_lease(l, err))
		return true;
	lease_enter(l, IDLE, "");
	return false;
}

void
lease_begin_turn(struct leading *l, int64_t now)
{
	struct err err;

	if (l->asking)
		return;
	if (now < l->next_boot_ms)
		reactor_timer_arm(l->timer, l->next_boot_ms - now);
	else if (!read_lease(l, &err))
		take_failed(l, err.code, err.text);
}
