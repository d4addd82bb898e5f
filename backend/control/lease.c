/*
 * The life of a take-over:
 *
 *	IDLE -> READING -> TAKING -> STOPPING (the former holder) -> LEADING
 *	     <- RELEASING <- HANDING (nodes we marked, launches in flight) <-
 *
 * Loss (somebody else holds it, no renewal in time, a jump of the clock) goes
 * from anywhere straight to IDLE, and the mode to advisory.
 */
#include "backend/control/lease_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "backend/base/log.h"
#include "backend/control/engine_run.h"
#include "backend/model/cloud.h"
#include "backend/model/node.h"

#define RENEW_DEADLINE_MS ((int64_t)10 * 1000) /* client-go's default */
#define TAKEOVER_MS ((int64_t)60 * 60 * 1000)
#define JUMP_MS 2000
/* A hand-back does not wait for ever for nodes to be cleaned. */
#define HANDING_MS ((int64_t)5 * 60 * 1000)
#define LOOK_MS 500

static const char *const state_names[] = { "idle", "reading", "taking",
					   "stopping", "leading", "handing",
					   "releasing" };


static bool
is_headless(const struct backend *b)
{
	return strcmp(b->config.via, "headless") == 0;
}

static void
on_timer(void *ctx)
{
	(void)ctx; /* leading_turn runs at the end of the turn */
}

struct leading *
leading_new(struct backend *b)
{
	struct leading *l = xcalloc(1, sizeof(*l));
	char host[65] = "host";

	l->backend = b;
	gethostname(host, sizeof(host) - 1);
	snprintf(l->identity, sizeof(l->identity), "paddock-%.60s-%lld", host,
		 (long long)getpid());
	store_set_identity(b->store, l->identity);
	l->timer = reactor_timer_new(b->reactor, on_timer, l);
	return l;
}

void
leading_free(struct leading *l)
{
	if (!l)
		return;
	lease_facts_fini(&l->lease);
	reactor_timer_free(l->timer);
	free(l);
}

void
lease_enter(struct leading *l, enum lease_state state,
	    const char *waits_for)
{
	struct engine_status *e = store_engine(l->backend->store);

	if (state != l->state)
		log_at(LOG_INFO, "lease", "%s -> %s %s", state_names[l->state],
		       state_names[state], waits_for);
	l->state = state;
	snprintf(l->waits_for, sizeof(l->waits_for), "%s", waits_for);
	e->taking_over = state > IDLE && state < LEADING;
	e->handing_back = state > LEADING;
	e->takeover_ends_ms =
		state == LEADING && !is_headless(l->backend)
			? store_world_ms(l->backend->store) + TAKEOVER_MS -
				  (backend_boot_ms(l->backend) -
				   l->since_boot_ms)
			: 0;
}

bool
leading_is_idle(const struct leading *l)
{
	return l->state == IDLE && !l->asking && !l->asked_boot_ms;
}

bool
leading_acts(const struct leading *l)
{
	return l->state == LEADING;
}

const char *
leading_waits_for(const struct leading *l)
{
	return l->waits_for;
}

/* Not ours any more, or not surely: nothing is sent from here on. */
static void
lose(struct leading *l, const char *why)
{
	if (l->state == IDLE)
		return;
	backend_note(l->backend, SEVERITY_CRIT, ERR_CONFLICT,
		     "no longer leading: %s", why);
	act_note(l->backend, &(struct act_note){ .verb = "lead",
						 .by = ACT_BY_PADDOCK,
						 .before = "leading",
						 .after = "lost",
						 .result = why });
	lease_enter(l, IDLE, "");
	engine_lost_lead(l->backend);
}

bool
leading_covers(struct backend *b, int64_t request_ms,
	       int64_t *send_before_boot_ms, struct err *err)
{
	const struct leading *l = b->leading;
	int64_t now = backend_boot_ms(b);
	int64_t end = l->renewed_boot_ms + RENEW_DEADLINE_MS;

	if (l->state != LEADING)
		return err_set(err, ERR_REFUSED,
			       "paddock does not hold the autoscaler's lease%s"
			       "%s (rule 3)",
			       *l->waits_for ? ": " : "", l->waits_for);
	if (now + request_ms >= end)
		return err_set(err, ERR_REFUSED,
			       "the lease was renewed %lld ms ago: a request "
			       "of %lld ms could outlive it (rule 3)",
			       (long long)(now - l->renewed_boot_ms),
			       (long long)request_ms);
	*send_before_boot_ms = end - request_ms;
	return true;
}

/* A holder that renews must be a pod we can see, or we could never know that
 * it has stopped. */
static void
on_read(void *ctx, const struct kube_answer *a)
{
	struct leading *l = ctx;
	const struct engine_status *e = store_engine(l->backend->store);
	struct err err = a->err;

	l->asking = false;
	if (l->state != READING)
		return;
	memset(&l->former, 0, sizeof(l->former));
	l->former_deleted = false;
	l->lease.exists = false;
	if (!err.code && !lease_facts_read(&l->lease, a->body))
		err_set(&err, ERR_BAD, "kubernetes answered without a Lease");
	if (err.code && err.code != ERR_GONE) {
		backend_note(l->backend, SEVERITY_WARN, err.code,
			     "take-over failed: %s", err.text);
	} else if (!err.code && *l->lease.holder &&
		   strcmp(l->lease.holder, l->identity) != 0 &&
		   !lease_find_former(l, l->lease.holder) &&
		   e->lead != LEAD_NONE) {
		backend_note(l->backend, SEVERITY_WARN, ERR_REFUSED,
			     "take-over refused: %s holds the lease and is no "
			     "pod that can be seen to stop (rule 3)",
			     l->lease.holder);
	} else {
		lease_take(l);
		return;
	}
	lease_enter(l, IDLE, "");
	engine_lost_lead(l->backend);
}

static int64_t
clock_offset(const struct backend *b)
{
	return clock_wall_ms(b->clock) - backend_boot_ms(b);
}

bool
leading_start(struct backend *b, const char *why, struct err *err)
{
	struct leading *l = b->leading;
	const char *slash;

	(void)why;
	if (l->state != IDLE)
		return err_set(err, ERR_CONFLICT, "a take-over is %s already",
			       state_names[l->state]);
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
	l->since_boot_ms = backend_boot_ms(b);
	l->clock_offset_ms = clock_offset(b);
	lease_enter(l, READING, "the lease");
	l->asking = true;
	if (lease_get(b, &l->lease, on_read, l, err))
		return true;
	l->asking = false;
	lease_enter(l, IDLE, "");
	return false;
}

/* ---- holding ---- */

static void
on_renewed(void *ctx, const struct kube_answer *a)
{
	struct leading *l = ctx;
	int64_t sent = l->asked_boot_ms;

	l->asked_boot_ms = 0;
	if (l->state == IDLE)
		return;
	if (!a->err.code && lease_facts_read(&l->lease, a->body)) {
		l->renewed_boot_ms = sent;
		return;
	}
	if (a->err.code == ERR_CONFLICT || a->err.code == ERR_GONE)
		lose(l, "somebody else wrote the lease");
	else
		log_at(LOG_WARN, "lease", "renewal: %s", a->err.text);
}

static void
renew(struct leading *l)
{
	struct permit permit;
	struct err err;
	int64_t now = backend_boot_ms(l->backend);

	l->next_boot_ms = now + LEASE_RETRY_MS;
	if (l->asked_boot_ms)
		return; /* one at a time; its own deadline ends it */
	if (!act_renewal_permit(l->backend, l->act_id, &permit, &err)) {
		lose(l, err.text);
		return;
	}
	l->asked_boot_ms = now;
	if (lease_put(l->backend, &l->lease, l->identity, LEASE_DURATION_S,
		      l->acquired_ms, &permit, LEASE_RETRY_MS * 2, on_renewed,
		      l, &err))
		return;
	l->asked_boot_ms = 0;
	log_at(LOG_WARN, "lease", "renewal: %s", err.text);
}

/* ---- handing back ---- */

/* Nodes that carry the taint of removal: the next leader's first loop would
 * take it off under a drain.  And launches it will not know of. */
static uint32_t
nodes_being_removed(const struct backend *b, uint32_t *launching)
{
	const struct snapshot *s = store_peek(b->store);
	const struct slot *slot;
	uint32_t n = 0;

	*launching = 0;
	for (uint32_t i = 0; (slot = snapshot_next(s, KIND_NODE, &i, NULL));)
		n += !slot->ended && node_taint((const void *)slot->rec,
						TAINT_TO_BE_DELETED);
	for (uint32_t i = 0; (slot = snapshot_next(s, KIND_GROUP, &i, NULL));) {
		const struct group *g = (const void *)slot->rec;
		const struct group_sum *sum = (const void *)slot->sum;

		if (sum && g->desired > sum->registered)
			*launching += (uint32_t)(g->desired - sum->registered);
	}
	snapshot_unref(s);
	return n;
}

void
leading_stop(struct backend *b, const char *why)
{
	struct leading *l = b->leading;
	uint32_t launching;

	if (l->state == IDLE || l->state >= HANDING)
		return;
	if (l->state < STOPPING) { /* nothing is held yet */
		lease_enter(l, IDLE, "");
		return;
	}
	nodes_being_removed(b, &launching);
	if (launching)
		backend_note(b, SEVERITY_INFO, ERR_NONE,
			     "%u launches are in flight; the next leader does "
			     "not know of them", launching);
	backend_note(b, SEVERITY_INFO, ERR_NONE, "handing back: %s", why);
	l->handing_boot_ms = backend_boot_ms(b);
	lease_enter(l, HANDING, "nodes being removed");
}

static void
hand(struct leading *l)
{
	int64_t now = backend_boot_ms(l->backend);
	uint32_t launching;

	if (now - l->looked_boot_ms < LOOK_MS)
		return;
	l->looked_boot_ms = now;
	if (!nodes_being_removed(l->backend, &launching) ||
	    now - l->handing_boot_ms > HANDING_MS)
		lease_release(l);
}

/* ---- every turn ---- */

static void
lead(struct leading *l, int64_t now)
{
	int64_t offset = clock_offset(l->backend);

	if (offset - l->clock_offset_ms > JUMP_MS ||
	    l->clock_offset_ms - offset > JUMP_MS) {
		lose(l, "the wall clock jumped");
		return;
	}
	l->clock_offset_ms = offset;
	if (now - l->renewed_boot_ms >= RENEW_DEADLINE_MS) {
		lose(l, "the lease could not be renewed in time");
		return;
	}
	if (l->state != RELEASING && now >= l->next_boot_ms)
		renew(l);
	if (l->state == STOPPING && lease_former_has_stopped(l)) {
		lease_enter(l, LEADING, "");
		backend_note(l->backend, SEVERITY_INFO, ERR_NONE,
			     "leading: paddock holds the autoscaler's lease");
	}
	/* A headless engine leads as long as it runs. */
	if (l->state == LEADING && !is_headless(l->backend) &&
	    now - l->since_boot_ms >= TAKEOVER_MS) {
		engine_set_mode(l->backend, MODE_ADVISORY, NULL);
		leading_stop(l->backend, "the hour of this take-over is over");
	}
	if (l->state == HANDING)
		hand(l);
}

void
leading_turn(struct backend *b)
{
	struct leading *l = b->leading;
	int64_t now = backend_boot_ms(b), wait;

	if (l->state < STOPPING)
		return;
	lead(l, now);
	wait = l->next_boot_ms - now;
	if (l->state >= STOPPING)
		reactor_timer_arm(l->timer, wait > 0 ? wait : 0);
}
