/*
 * The three acts of a take-over: taking the Lease, stopping its former holder,
 * giving the Lease back.
 */
#include "backend/control/lease_private.h"

#include <stdio.h>
#include <string.h>

#include "backend/control/engine_run.h"
#include "backend/model/pod.h"

/* Whose wish it is that the Lease changes hands. */
static enum act_by
wished_by(const struct backend *b)
{
	return strcmp(b->config.via, "headless") == 0 ? ACT_BY_PADDOCK
						      : ACT_BY_PERSON;
}

/* ---- the former holder ---- */

bool
lease_find_former(struct leading *l, const char *holder)
{
	char key[RECORD_KEY];
	const struct pod *p;

	snprintf(key, sizeof(key), "%s/%s", l->lease.ns, holder);
	p = store_find(l->backend->store, KIND_POD, key, &l->former.handle);
	if (!p)
		return false;
	snprintf(l->former.ns, sizeof(l->former.ns), "%s", p->meta.ns);
	snprintf(l->former.name, sizeof(l->former.name), "%s", p->meta.name);
	snprintf(l->former.uid, sizeof(l->former.uid), "%s", p->meta.uid);
	l->former_restarts = pod_restarts(p);
	return true;
}

bool
lease_former_has_stopped(const struct leading *l)
{
	char key[RECORD_KEY];
	const struct pod *p;

	if (!*l->former.name)
		return true;
	snprintf(key, sizeof(key), "%s/%s", l->former.ns, l->former.name);
	p = store_find(l->backend->store, KIND_POD, key, NULL);
	return !p || strcmp(p->meta.uid, l->former.uid) != 0 ||
	       pod_is_finished(p) || pod_restarts(p) > l->former_restarts;
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

static void
on_delete_answer(void *ctx, const struct kube_answer *a)
{
	act_run_answer(ctx, &a->err, NULL);
}

static bool
send_delete(void *ctx, struct act_run *a, struct permit *permit,
	    struct err *err)
{
	struct leading *l = ctx;
	struct buf path, body;
	bool started;

	buf_init(&path, 4096);
	kube_path(&path, KIND_POD, l->former.ns, l->former.name, NULL);
	buf_init(&body, 4096);
	buf_puts(&body, "{\"apiVersion\":\"v1\",\"kind\":\"DeleteOptions\","
			"\"preconditions\":{\"uid\":");
	buf_json_string(&body, l->former.uid, strlen(l->former.uid));
	buf_puts(&body, "}}");
	started = kube_call(l->backend->kube,
			    &(struct kube_call){
				    .row = ROW_K8S_DELETE_POD,
				    .permit = permit,
				    .method = "DELETE",
				    .path = buf_text(&path),
				    .body = buf_text(&body),
				    .deadline_ms = act_run_request_ms(a),
				    .on_done = on_delete_answer,
				    .ctx = a,
			    },
			    err);
	buf_fini(&path);
	buf_fini(&body);
	return started;
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

static void
on_taken(void *ctx, const struct act_end *o)
{
	struct leading *l = ctx;
	int64_t sent = l->asked_boot_ms;

	l->asked_boot_ms = 0;
	snprintf(l->act_id, sizeof(l->act_id), "%s", o->id);
	if (l->state != TAKING) {
		/* Given up meanwhile: what was taken goes back at once. */
		if (!o->err.code && l->state == IDLE)
			lease_release(l);
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
	l->next_boot_ms = l->renewed_boot_ms + LEASE_RETRY_MS;
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
	return lease_put(l->backend, &l->lease, l->identity, LEASE_DURATION_S,
			 l->acquired_ms, permit, act_run_request_ms(a),
			 on_take_answer, a, err);
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
			     "%d s: %s", LEASE_DURATION_S, o->err.text);
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
		     LEASE_DURATION_S, err.text);
	lease_enter(l, IDLE, "");
}

