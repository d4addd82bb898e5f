/*
 * The life of a take-over:
 *
 *	IDLE -> READING (the Lease, until its holder is a pod, or none that
 *	renews) -> ASKING (what that pod is now) -> TAKING -> STOPPING (the
 *	former holder) -> LEADING
 *	     <- RELEASING <- HANDING (nodes we marked, launches in flight) <-
 *
 * Loss (somebody else holds it, no renewal in time, a jump of the clock) goes
 * from anywhere straight to IDLE, and the mode to advisory.
 */
#include "backend/control/lease_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#include "backend/base/log.h"
#include "backend/control/engine_run.h"
#include "backend/model/cloud.h"

#define TAKEOVER_MS ((int64_t)60 * 60 * 1000)
#define JUMP_MS 2000
/* A hand-back does not wait for ever for nodes to be cleaned. */
#define HANDING_MS ((int64_t)5 * 60 * 1000)
#define LOOK_MS 500
/* A headless engine that lost the lease, or could not get it, tries again. */
#define AGAIN_MS ((int64_t)60 * 1000)

static const char *const state_names[] = { "idle",     "reading", "asking",
					   "taking",   "stopping",
					   "leading",  "handing",
					   "releasing" };

bool
lease_is_headless(const struct backend *b)
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
	uint32_t nonce = 0;

	l->backend = b;
	gethostname(host, sizeof(host) - 1);
	/* Host names and process numbers repeat (every container's first
	 * process is 1); two holders of one name would both lead. */
	if (getrandom(&nonce, sizeof(nonce), 0) != (ssize_t)sizeof(nonce))
		BUG("no random numbers");
	snprintf(l->identity, sizeof(l->identity), "paddock-%.60s-%lld-%08x",
		 host, (long long)getpid(), nonce);
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
	e->takeover_ends_boot_ms =
		state == LEADING && !lease_is_headless(l->backend)
			? l->since_boot_ms + TAKEOVER_MS
			: 0;
}

bool
leading_is_idle(const struct leading *l)
{
	return l->state == IDLE && !l->asking && !l->asked_boot_ms &&
	       !l->watching;
}

bool
leading_is_at(const struct leading *l, const char *key)
{
	size_t n = strlen(l->lease.ns);

	return l->state == IDLE ||
	       (strncmp(key, l->lease.ns, n) == 0 && key[n] == '/' &&
		strcmp(key + n + 1, l->lease.name) == 0);
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
	l->again_boot_ms = backend_boot_ms(l->backend) + AGAIN_MS;
	engine_lost_lead(l->backend);
}

int64_t
lease_clock_offset(const struct backend *b)
{
	return clock_wall_ms(b->clock) - backend_boot_ms(b);
}

static bool
clock_jumped(const struct leading *l)
{
	int64_t by = lease_clock_offset(l->backend) - l->clock_offset_ms;

	return by > JUMP_MS || by < -JUMP_MS;
}

bool
leading_covers(struct backend *b, int64_t request_ms,
	       int64_t *send_before_boot_ms, struct err *err)
{
	const struct leading *l = b->leading;
	int64_t now = backend_boot_ms(b);
	int64_t end = l->renewed_boot_ms + l->times.deadline_ms;

	/* While handing back only what was begun is cleaned up. */
	if (l->state != LEADING && !(l->state == HANDING && l->led))
		return err_set(err, ERR_REFUSED,
			       "paddock does not hold the autoscaler's lease%s"
			       "%s (rule 3)",
			       *l->waits_for ? ": " : "", l->waits_for);
	/* Acts go on before this turn's look at the lease. */
	if (clock_jumped(l))
		return err_set(err, ERR_REFUSED,
			       "the wall clock jumped: the lease counts as "
			       "lost (rule 3)");
	if (now + request_ms >= end)
		return err_set(err, ERR_REFUSED,
			       "the lease was renewed %lld ms ago: a request "
			       "of %lld ms could outlive it (rule 3)",
			       (long long)(now - l->renewed_boot_ms),
			       (long long)request_ms);
	*send_before_boot_ms = end - request_ms;
	return true;
}

/* ---- holding ---- */

/* Somebody wrote the Lease: ourselves, by a renewal whose answer was lost; a
 * person, who changed a label; or another who holds it now. */
static void
on_checked(void *ctx, const struct kube_answer *a)
{
	struct leading *l = ctx;

	l->asking = false;
	if (l->state < STOPPING)
		return;
	if (a->err.code == ERR_GONE) {
		lose(l, "the lease was deleted");
	} else if (a->err.code || !lease_facts_read(&l->lease, a->body)) {
		log_at(LOG_WARN, "lease", "looking again: %s", a->err.text);
	} else if (strcmp(l->lease.holder, l->identity) == 0 ||
		   (l->state == STOPPING && !*l->lease.holder)) {
		/* The former holder may release what it does not hold any
		 * more while it stops; nothing was done on it yet. */
		l->next_boot_ms = backend_boot_ms(l->backend);
	} else {
		lose(l, "somebody else holds the lease");
	}
}

static void
look_again(struct leading *l)
{
	struct err err;

	if (l->asking)
		return;
	l->asking = true;
	if (lease_get(l->backend, &l->lease, on_checked, l, &err))
		return;
	l->asking = false;
	log_at(LOG_WARN, "lease", "looking again: %s", err.text);
}

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
	if (a->err.code == ERR_GONE)
		lose(l, "the lease was deleted");
	else if (a->err.code == ERR_CONFLICT)
		look_again(l);
	else
		log_at(LOG_WARN, "lease", "renewal: %s", a->err.text);
}

static void
renew(struct leading *l)
{
	struct permit permit;
	struct err err;
	int64_t now = backend_boot_ms(l->backend);

	l->next_boot_ms = now + l->times.retry_ms;
	if (l->asked_boot_ms || l->asking)
		return; /* one at a time; its own deadline ends it */
	if (!act_renewal_permit(l->backend, ROW_K8S_LEASE, l->act_id, 0,
				&permit, &err)) {
		lose(l, err.text);
		return;
	}
	l->asked_boot_ms = now;
	if (lease_put(l->backend, &l->lease, l->identity, lease_duration_s(l),
		      l->acquired_ms, &permit, l->times.retry_ms * 2,
		      on_renewed, l, &err))
		return;
	l->asked_boot_ms = 0;
	log_at(LOG_WARN, "lease", "renewal: %s", err.text);
}

bool
leading_permit(struct backend *b, enum row_id row, struct permit *out,
	       struct err *err)
{
	int64_t deadline;

	return leading_covers(b, PERMIT_LEASED_MS, &deadline, err) &&
	       act_renewal_permit(b, row, b->leading->act_id, deadline, out,
				  err);
}

/* ---- the former holder ---- */

static void
on_former(void *ctx, const struct kube_answer *a)
{
	struct leading *l = ctx;

	bool asked = l->state == STOPPING || (l->state == HANDING && !l->led);

	l->watching = false;
	if (asked && lease_former(l, a, false) == FORMER_STOPPED)
		memset(&l->former, 0, sizeof(l->former));
}

/* True when it is known to have stopped. */
static bool
former_has_stopped(struct leading *l, int64_t now)
{
	struct err err;

	if (!*l->former.name)
		return true;
	if (l->watching || now - l->looked_boot_ms < LOOK_MS)
		return false;
	l->looked_boot_ms = now;
	l->watching = lease_read_former(l, on_former, &err);
	return false;
}

/* ---- handing back ---- */

/* Launches the next leader will not know of: "amd64-general +2, ...". */
static uint32_t
launches(const struct backend *b, struct buf *out)
{
	const struct snapshot *s = store_peek(b->store);
	const struct slot *slot;
	uint32_t n = 0;

	for (uint32_t i = 0; (slot = snapshot_next(s, KIND_GROUP, &i, NULL));) {
		const struct group *g = (const void *)slot->rec;
		const struct group_sum *sum = (const void *)slot->sum;

		if (!sum || !sum->managed || g->desired <= sum->registered)
			continue;
		buf_printf(out, "%s%s +%d", n ? ", " : "", g->name,
			   g->desired - sum->registered);
		n += (uint32_t)(g->desired - sum->registered);
	}
	snapshot_unref(s);
	return n;
}

void
leading_stop(struct backend *b, const char *why)
{
	struct leading *l = b->leading;
	struct buf text;
	uint32_t n;

	if (l->state == IDLE || l->state >= HANDING)
		return;
	if (l->state < STOPPING) { /* nothing is held yet */
		lease_enter(l, IDLE, "");
		return;
	}
	buf_init(&text, 4096);
	n = launches(b, &text);
	if (n)
		backend_note(b, SEVERITY_INFO, ERR_NONE,
			     "%u %s in flight, unknown to the next leader: %s",
			     n, n == 1 ? "launch is" : "launches are",
			     buf_text(&text));
	buf_fini(&text);
	backend_note(b, SEVERITY_INFO, ERR_NONE, "handing back: %s", why);
	l->handing_boot_ms = backend_boot_ms(b);
	lease_enter(l, HANDING, "nodes being removed");
	engine_stop_acting_on(b, why);
}

/* Given up before the former holder stopped: a Lease released now could be
 * taken by a third while that one still thinks it leads.  Unrenewed, it
 * outlives what the former holder may think. */
static void
hand_early(struct leading *l, int64_t now)
{
	if (former_has_stopped(l, now)) {
		lease_release(l);
	} else if (now - l->handing_boot_ms > l->times.duration_ms) {
		backend_note(l->backend, SEVERITY_INFO, ERR_NONE,
			     "the lease is not renewed any more and runs out "
			     "in %d s", lease_duration_s(l));
		lease_enter(l, IDLE, "");
	}
}

static void
hand(struct leading *l)
{
	int64_t now = backend_boot_ms(l->backend);
	bool late = now - l->handing_boot_ms > HANDING_MS;
	struct buf text;

	if (!l->led) {
		hand_early(l, now);
		return;
	}
	if (now - l->looked_boot_ms < LOOK_MS)
		return;
	l->looked_boot_ms = now;
	/* Nothing of ours may still be on its way when another can hold it. */
	if (act_runs_leased(l->backend->acts))
		return;
	buf_init(&text, 4096);
	if (!engine_removing(l->backend, &text)) {
		lease_release(l);
	} else if (late) {
		backend_note(l->backend, SEVERITY_WARN, ERR_NONE,
			     "handed back while these still go: %s; the next "
			     "leader takes the taint off what is left",
			     buf_text(&text));
		lease_release(l);
	}
	buf_fini(&text);
}

/* ---- every turn ---- */

static void
lead(struct leading *l, int64_t now)
{
	if (clock_jumped(l)) {
		lose(l, "the wall clock jumped");
		return;
	}
	l->clock_offset_ms = lease_clock_offset(l->backend);
	if (now - l->renewed_boot_ms >= l->times.deadline_ms) {
		lose(l, "the lease could not be renewed in time");
		return;
	}
	if (l->state != RELEASING && now >= l->next_boot_ms)
		renew(l);
	if (l->state == STOPPING && former_has_stopped(l, now)) {
		lease_enter(l, LEADING, "");
		l->led = true;
		backend_note(l->backend, SEVERITY_INFO, ERR_NONE,
			     "leading: paddock holds the autoscaler's lease");
		engine_began_to_lead(l->backend);
	}
	/* A headless engine leads as long as it runs. */
	if (l->state == LEADING && !lease_is_headless(l->backend) &&
	    now - l->since_boot_ms >= TAKEOVER_MS) {
		engine_set_mode(l->backend, MODE_ADVISORY, NULL);
		leading_stop(l->backend, "the hour of this take-over is over");
	}
	if (l->state == HANDING)
		hand(l);
}

/* The mode asks for the lease and nothing is under way: a hand-back has ended
 * since, or a headless engine lost it. */
static void
start_again(struct leading *l, int64_t now)
{
	struct err err;

	if (store_engine(l->backend->store)->mode == MODE_ADVISORY ||
	    l->backend->quitting || !leading_is_idle(l) ||
	    now < l->again_boot_ms)
		return;
	l->again_boot_ms = now + AGAIN_MS;
	if (!leading_start(l->backend, "again", &err))
		backend_note(l->backend, SEVERITY_WARN, err.code,
			     "cannot lead: %s", err.text);
}

void
leading_turn(struct backend *b)
{
	struct leading *l = b->leading;
	int64_t now = backend_boot_ms(b), wait;

	if (l->state == IDLE)
		start_again(l, now);
	if (l->state == READING)
		lease_begin_turn(l, now);
	if (l->state < STOPPING)
		return;
	lead(l, now);
	wait = l->next_boot_ms - now;
	if (l->state >= STOPPING)
		reactor_timer_arm(l->timer, wait > 0 ? wait : 0);
}
