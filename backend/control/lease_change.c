/*
 * The three acts of a take-over: taking the Lease, stopping its former holder,
 * giving the Lease back.
 */
#include "backend/control/lease_private.h"

#include <stdio.h>
#include <string.h>

#include "backend/control/engine_run.h"
#include "backend/control/object_call.h"
#include "backend/model/pod.h"

/* Whose wish it is that the Lease changes hands. */
static enum act_by
wished_by(const struct backend *b)
{
	return strcmp(b->config.via, "headless") == 0 ? ACT_BY_PADDOCK
						      : ACT_BY_PERSON;
}

int32_t
lease_duration_s(const struct leading *l)
{
	return (int32_t)(l->times.duration_ms / 1000);
}

/* ---- the former holder ---- */

static const struct container *
autoscaler_in(const struct pod *p)
{
	for (uint32_t i = 0; i < p->container_n; i++)
		if (strstr(str_or_empty(p->containers[i].image),
			   "cluster-autoscaler"))
			return &p->containers[i];
	return NULL;
}

/* A restarted sidecar stops nobody: the autoscaler's own container counts. */
static int32_t
restarts_of(const struct pod *p)
{
	const struct container *c = autoscaler_in(p);

	return c ? c->restarts : pod_restarts(p);
}

/* Its identity is its host name: the pod's, or the node's when it uses the
 * node's network; some add "_" and a random part. */
static bool
holds_as(const struct pod *p, const char *holder)
{
	size_t n = strlen(p->meta.name);

	if (strncmp(holder, p->meta.name, n) == 0 &&
	    (holder[n] == '\0' || holder[n] == '_'))
		return true;
	n = strlen(str_or_empty(p->node_name));
	return n && strncmp(holder, p->node_name, n) == 0 &&
	       (holder[n] == '\0' || holder[n] == '_') && autoscaler_in(p);
}

static const struct pod *
find_holder(const struct leading *l, const struct snapshot *s,
	    const char *holder)
{
	const struct slot *slot;
	const struct pod *found = NULL;

	for (uint32_t i = 0; (slot = snapshot_next(s, KIND_POD, &i, NULL));) {
		const struct pod *p = (const void *)slot->rec;

		if (slot->ended || strcmp(p->meta.ns, l->lease.ns) != 0 ||
		    pod_is_finished(p) || !holds_as(p, holder))
			continue;
		if (found)
			return NULL; /* two could be it: neither is known */
		found = p;
	}
	return found;
}

bool
lease_find_former(struct leading *l, const char *holder)
{
	const struct snapshot *s = store_peek(l->backend->store);
	const struct pod *p = find_holder(l, s, holder);

	memset(&l->former, 0, sizeof(l->former));
	if (p) {
		l->former.handle.kind = KIND_POD;
		snprintf(l->former.ns, sizeof(l->former.ns), "%s",
			 p->meta.ns);
		snprintf(l->former.name, sizeof(l->former.name), "%s",
			 p->meta.name);
	}
	snapshot_unref(s);
	return p != NULL;
}

/* What the watch told may be old: that the holder stopped is only believed of
 * a pod read now. */
bool
lease_read_former(struct leading *l, lease_on_done on_done, struct err *err)
{
	return object_read(l->backend, KIND_POD, l->former.ns, l->former.name,
			   LEASE_READ_MS, on_done, l, err);
}

static bool
former_is_gone(const struct leading *l, const struct pod *p)
{
	return strcmp(p->meta.uid, l->former.uid) != 0 ||
	       pod_is_finished(p) || restarts_of(p) > l->former_restarts;
}

enum former
lease_former(struct leading *l, const struct kube_answer *a, bool first)
{
	const struct pod *p;
	struct seal *s;
	enum former is;

	if (a->err.code)
		return a->err.code == ERR_GONE ? FORMER_STOPPED
					       : FORMER_UNKNOWN;
	s = seal_new();
	p = (const void *)codec_of(KIND_POD)->decode(s, a->body, NULL);
	if (!p) {
		is = FORMER_UNKNOWN;
	} else if (first) {
		snprintf(l->former.uid, sizeof(l->former.uid), "%s",
			 p->meta.uid);
		l->former_restarts = restarts_of(p);
		is = pod_is_finished(p) ? FORMER_STOPPED : FORMER_RUNS;
	} else {
		is = former_is_gone(l, p) ? FORMER_STOPPED : FORMER_RUNS;
	}
	if (p)
		record_unref(&p->record);
	seal_free(s);
	return is;
}

static void
on_former_deleted(void *ctx, const struct act_end *o)
{
	struct leading *l = ctx;

	if (o->err.code && o->err.code != ERR_GONE)
		backend_note(l->backend, SEVERITY_WARN, o->err.code,
			     "cannot stop the former autoscaler: %s; waiting "
			     "for it to stop by itself",
			     o->err.text);
}

static bool
send_delete(void *ctx, struct act_run *a, struct permit *permit,
	    struct err *err)
{
	struct leading *l = ctx;

	return object_delete_pod(l->backend, a, permit, &l->former, err);
}

static void
stop_former(struct leading *l)
{
	struct err err;

	if (l->former_deleted || !*l->former.name)
		return;
	l->former_deleted = true;
	if (!act_run_start(l->backend,
			   &(struct act_spec){
				   .row = ROW_K8S_DELETE_POD,
				   .verb = "delete",
				   .op = l->act_id,
				   .by = wished_by(l->backend),
				   .leaderless = true,
				   .kind = KIND_POD,
				   .target = &l->former,
				   .why = "stop the former leader at once",
				   .before = "leading",
				   .after = "standby",
				   .send = send_delete,
				   .done = on_former_deleted,
				   .ctx = l,
			   },
			   &err))
		backend_note(l->backend, SEVERITY_WARN, err.code, "%s",
			     err.text);
}

/* ---- taking ---- */

/* So often the holder may be faster before it counts as a failure. */
enum { RACES = 6 };

static void
on_taken(void *ctx, const struct act_end *o)
{
	struct leading *l = ctx;
	int64_t sent = l->asked_boot_ms;

	l->asked_boot_ms = 0;
	snprintf(l->act_id, sizeof(l->act_id), "%s", o->id);
	if (l->state != TAKING) {
		/* Given up meanwhile.  Nobody has seen the former holder stop,
		 * so it is not released to a third: it runs out. */
		if (!o->err.code)
			backend_note(l->backend, SEVERITY_INFO, ERR_NONE,
				     "given up: the lease runs out in %d s",
				     lease_duration_s(l));
		return;
	}
	if (o->err.code == ERR_CONFLICT && l->lost_races < RACES) {
		/* Its holder renewed between our read and our write.  Not
		 * after a multiple of its own period: that would meet it at
		 * the same point again. */
		l->lost_races++;
		lease_enter(l, READING, "the lease, which was just renewed");
		l->next_boot_ms = backend_boot_ms(l->backend) +
				  l->times.retry_ms * l->lost_races / 7;
		return;
	}
	if (o->err.code) {
		backend_note(l->backend, SEVERITY_WARN, o->err.code,
			     "take-over failed: %s", o->err.text);
		lease_enter(l, IDLE, "");
		engine_lost_lead(l->backend);
		return;
	}
	l->renewed_boot_ms = sent;
	l->next_boot_ms = l->renewed_boot_ms + l->times.retry_ms;
	lease_enter(l, STOPPING, "the former autoscaler to stop");
	stop_former(l);
}

static void
on_take_answer(void *ctx, const struct kube_answer *a)
{
	struct act_run *run = ctx;
	struct leading *l = act_run_ctx(run);

	if (!a->err.code && !lease_facts_read(&l->lease, a->body)) {
		struct err err;

		err_set(&err, ERR_BAD, "kubernetes answered without a Lease");
		act_run_answer(run, &err, NULL);
		return;
	}
	act_run_answer(run, &a->err, NULL);
}

static bool
send_take(void *ctx, struct act_run *a, struct permit *permit,
	  struct err *err)
{
	struct leading *l = ctx;

	l->asked_boot_ms = backend_boot_ms(l->backend);
	l->acquired_ms = store_world_ms(l->backend->store);
	return lease_put(l->backend, &l->lease, l->identity,
			 lease_duration_s(l), l->acquired_ms, permit,
			 act_run_request_ms(a), on_take_answer, a, err);
}

void
lease_take(struct leading *l)
{
	struct target t = { .ns = "", .name = "" };
	struct err err;

	snprintf(t.ns, sizeof(t.ns), "%s", l->lease.ns);
	snprintf(t.name, sizeof(t.name), "%s", l->lease.name);
	snprintf(t.uid, sizeof(t.uid), "%s", l->lease.uid);
	snprintf(t.rv, sizeof(t.rv), "%s", l->lease.rv);
	lease_enter(l, TAKING, "the lease");
	if (act_run_start(l->backend,
			  &(struct act_spec){
				  .row = l->lease.exists
						 ? ROW_K8S_LEASE
						 : ROW_K8S_LEASE_CREATE,
				  .verb = "take over",
				  .by = wished_by(l->backend),
				  .leaderless = true,
				  .kind = KIND_LEASE,
				  .target = &t,
				  .why = "active mode",
				  .before = l->lease.holder,
				  .after = l->identity,
				  .request_ms = LEASED_REQUEST_MS,
				  .send = send_take,
				  .done = on_taken,
				  .ctx = l,
			  },
			  &err))
		return;
	backend_note(l->backend, SEVERITY_WARN, err.code, "%s", err.text);
	lease_enter(l, IDLE, "");
	engine_lost_lead(l->backend);
}

/* ---- handing back ---- */

static void
on_released(void *ctx, const struct act_end *o)
{
	struct leading *l = ctx;

	l->asked_boot_ms = 0;
	if (l->state != RELEASING)
		return;
	if (o->err.code)
		backend_note(l->backend, SEVERITY_WARN, o->err.code,
			     "the lease was not released and runs out in "
			     "%d s: %s", lease_duration_s(l), o->err.text);
	else
		backend_note(l->backend, SEVERITY_INFO, ERR_NONE,
			     "handed back: the deployed autoscaler leads again "
			     "by itself");
	lease_enter(l, IDLE, "");
}

static bool
send_release(void *ctx, struct act_run *a, struct permit *permit,
	     struct err *err)
{
	struct leading *l = ctx;

	/* As client-go releases: no holder, a lease of one second. */
	return lease_put(l->backend, &l->lease, "", 1, 0, permit,
			 act_run_request_ms(a), on_take_answer, a, err);
}

void
lease_release(struct leading *l)
{
	struct target t = { .ns = "", .name = "" };
	struct err err;

	if (l->asked_boot_ms)
		return; /* a renewal is under way and would lose the race */
	snprintf(t.ns, sizeof(t.ns), "%s", l->lease.ns);
	snprintf(t.name, sizeof(t.name), "%s", l->lease.name);
	snprintf(t.uid, sizeof(t.uid), "%s", l->lease.uid);
	snprintf(t.rv, sizeof(t.rv), "%s", l->lease.rv);
	lease_enter(l, RELEASING, "the lease to be released");
	if (act_run_start(l->backend,
			  &(struct act_spec){
				  .row = ROW_K8S_LEASE,
				  .verb = "hand back",
				  .op = l->act_id,
				  .by = wished_by(l->backend),
				  .leaderless = true,
				  .kind = KIND_LEASE,
				  .target = &t,
				  .why = "end of the take-over",
				  .before = l->identity,
				  .after = "",
				  .request_ms = LEASED_REQUEST_MS,
				  .send = send_release,
				  .done = on_released,
				  .ctx = l,
			  },
			  &err))
		return;
	backend_note(l->backend, SEVERITY_WARN, err.code,
		     "the lease runs out in %d s by itself: %s",
		     lease_duration_s(l), err.text);
	lease_enter(l, IDLE, "");
}

