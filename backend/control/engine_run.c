/*
 * When the engine decides, and what follows a decision.
 */
#include "backend/control/engine_private.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/base/text.h"
#include "backend/control/engine_tell.h"
#include "backend/control/events.h"
#include "backend/control/hold.h"
#include "backend/control/lease.h"
#include "backend/control/monitor.h"
#include "backend/control/shadow.h"
#include "backend/control/status_map.h"

/* At any speed of the world, and however many pods appear. */
#define LEAST_GAP_MS 250
#define RETRY_MS ((int64_t)2 * 1000)

struct deciding { /* the worker's while it runs */
	struct engine_run *run;
	uint32_t lead_epoch;
	int64_t boot_ms;
	const struct snapshot *snap;
	const struct policy *policy;
	const struct memory *memory;
	int64_t now_ms;
	const struct world *world;
	const struct plan *plan;
};

static void
on_timer(void *ctx)
{
	(void)ctx; /* engine_turn runs at the end of the turn */
}

struct engine_run *
engine_run_new(struct backend *b, struct err *err)
{
	struct engine_run *e = xcalloc(1, sizeof(*e));
	struct policy *p;

	e->backend = b;
	e->desired = map_new(NULL);
	e->limits = map_new(free);
	e->timer = reactor_timer_new(b->reactor, on_timer, e);
	e->leader_elect = true;
	e->scale_down = strcmp(b->config.via, "headless") == 0;
	engine_act_new(e);
	e->shadow = shadow_new(e);
	e->status = status_map_new(e);
	e->events = events_new(e);
	snprintf(e->lease_key, sizeof(e->lease_key),
		 "kube-system/cluster-autoscaler");
	e->memory = b->memory ? memory_ref(b->memory) : NULL;
	if (b->config.record_dir && b->config.engine) {
		e->recorder = engine_recorder_new(b, err);
		if (!e->recorder) {
			engine_run_free(e);
			return NULL;
		}
	}
	if (b->config.metrics_listen) {
		e->monitor = monitor_new(e, b->config.metrics_listen, err);
		if (!e->monitor) {
			engine_run_free(e);
			return NULL;
		}
		backend_note(b, SEVERITY_INFO, ERR_NONE,
			     "metrics and health on http://%s/",
			     monitor_address(e->monitor));
	}
	if (!b->policy && b->config.policy)
		b->policy = policy_ref(b->config.policy);
	if (b->policy)
		return e;
	p = policy_new(POLICY_LIVE);
	b->policy = p;
	if (config_policy(b->file, p, err))
		return e;
	engine_run_free(e);
	return NULL;
}

void
engine_run_free(struct engine_run *e)
{
	if (!e)
		return;
	BUG_IF(e->deciding);
	engine_act_free(e);
	engine_recorder_free(e->recorder);
	shadow_free(e->shadow);
	status_map_free(e->status);
	events_free(e->events);
	monitor_free(e->monitor);
	policy_unref(e->policy);
	plan_unref(e->plan);
	memory_unref(e->memory);
	map_free(e->desired);
	map_free(e->limits);
	reactor_timer_free(e->timer);
	free(e->resolved_from);
	free(e);
}

bool
engine_is_idle(const struct engine_run *e)
{
	return !e->deciding && !e->doing;
}

const struct plan *
engine_plan(const struct backend *b)
{
	return b->engine ? b->engine->plan : NULL;
}

const struct policy *
engine_policy(const struct backend *b)
{
	return b->engine ? b->engine->policy : NULL;
}

const char *
engine_lease_key(const struct backend *b)
{
	return b->engine->lease_key;
}

/* ---- deciding ---- */

static struct engine_input
input_of(const struct deciding *d)
{
	return (struct engine_input){ .world = d->world,
				      .policy = d->policy,
				      .memory = d->memory,
				      .now_ms = d->now_ms };
}

static void
run_decide(void *ctx)
{
	struct deciding *d = ctx;
	struct engine_input in;

	d->world = world_from_snapshot(d->snap);
	in = input_of(d);
	d->plan = engine_decide(&in);
}

static void
free_deciding(struct deciding *d)
{
	snapshot_unref(d->snap);
	world_unref(d->world);
	policy_unref(d->policy);
	memory_unref(d->memory);
	plan_unref(d->plan);
	free(d);
}

static void
done_decide(void *ctx)
{
	struct deciding *d = ctx;
	struct engine_run *e = d->run;
	struct engine_input in = input_of(d);

	e->deciding = NULL;
	plan_unref(e->plan);
	e->plan = plan_ref(d->plan);
	memory_unref(e->memory);
	e->memory = d->plan->memory ? memory_ref(d->plan->memory) : NULL;
	e->plan_epoch = d->lead_epoch;
	e->planned_boot_ms = d->boot_ms;
	store_engine(e->backend->store)->decided_ms = d->now_ms;
	engine_report(e, d->snap);
	shadow_planned(e->shadow);
	status_map_tell(e->status);
	monitor_looped(e->monitor, true);
	monitor_decided(e, backend_boot_ms(e->backend) - d->boot_ms);
	engine_tell_decided(e);
	engine_act(e);
	engine_record(e->recorder, &in, d->plan);
	free_deciding(d);
}

/* The deployed autoscaler was changed under our feet: what we hold may not be
 * what keeps it back any more. */
static void
heed_new_flags(struct engine_run *e)
{
	struct backend *b = e->backend;

	if (store_engine(b->store)->mode == MODE_ADVISORY ||
	    (e->leader_elect && leading_is_at(b->leading, e->lease_key)))
		return;
	backend_note(b, SEVERITY_CRIT, ERR_REFUSED,
		     e->leader_elect
			     ? "the deployed autoscaler uses another lease "
			       "now: back to advisory"
			     : "the deployed autoscaler runs with "
			       "--leader-elect=false now: back to advisory");
	engine_set_mode(b, MODE_ADVISORY, NULL);
}

static void
decide(struct engine_run *e)
{
	struct backend *b = e->backend;
	struct deciding *d = xcalloc(1, sizeof(*d));

	if (e->seed_again)
		engine_seed_again(e);
	e->seed_again = false;
	d->run = e;
	d->snap = store_peek(b->store);
	if (engine_resolve_policy(e, d->snap))
		heed_new_flags(e);
	holds_refresh(b, d->snap);
	d->policy = holds_policy(b->holds, e->policy);
	d->memory = e->memory ? memory_ref(e->memory) : NULL;
	d->now_ms = store_world_ms(b->store);
	e->pending_seen = d->snap->fleet.pods_pending;
	e->due_world_ms = d->now_ms + e->scan_ms;
	d->lead_epoch = e->lead_epoch;
	d->boot_ms = backend_boot_ms(b);
	e->decided_boot_ms = backend_boot_ms(b);
	e->deciding = d;
	worker_do(b->worker, &(struct task){ .run = run_decide,
					     .done = done_decide,
					     .ctx = d });
}

/* The flags say where the status is. */
static bool
seed(struct engine_run *e, const struct snapshot *s)
{
	engine_resolve_policy(e, s);
	return engine_seed(e);
}

static void
set_blocked(struct engine_run *e, const char *text)
{
	struct engine_status *s = store_engine(e->backend->store);

	text_clean_to(s->blocked, sizeof(s->blocked), text, strlen(text));
}

/* As upstream, whose loop resizes before it looks again: until a change of ours
 * shows in the groups, the launch would be taken for one that has come, the
 * group for one that is unhealthy, and another be grown for the same pods. */
static bool
changes_show(const struct engine_run *e)
{
	const struct backend *b = e->backend;

	return !e->doing && (!b->aws || aws_is_current(b->aws));
}

/* New pods that fit nowhere do not wait for the interval (frequent loops). */
static bool
is_due(const struct engine_run *e, const struct snapshot *s)
{
	int64_t boot = backend_boot_ms(e->backend);

	if ((e->decided_boot_ms &&
	     boot - e->decided_boot_ms < LEAST_GAP_MS) || !changes_show(e))
		return false;
	return !e->plan ||
	       store_world_ms(e->backend->store) >= e->due_world_ms ||
	       s->fleet.pods_pending > e->pending_seen;
}

static void
arm(struct engine_run *e)
{
	const struct backend *b = e->backend;
	int64_t left = e->due_world_ms - store_world_ms(b->store);
	int32_t speed = store_speed_milli(b->store);

	left = speed > 0 ? left * 1000 / speed : RETRY_MS;
	reactor_timer_arm(e->timer, left < LEAST_GAP_MS ? LEAST_GAP_MS : left);
}

static void
show_standing(struct engine_run *e)
{
	struct engine_status *s = store_engine(e->backend->store);

	s->scale_down_off = s->mode != MODE_ADVISORY && !e->scale_down;
	shadow_text(s, s->shadow, sizeof(s->shadow));
}

void
engine_turn(struct backend *b)
{
	struct engine_run *e = b->engine;
	const struct snapshot *s;
	struct err err;

	if (!b->config.engine)
		return;
	/* Looking is cheap, but not free: on ticks, not on every event. */
	if (backend_boot_ms(b) - e->looked_boot_ms < LEAST_GAP_MS)
		return;
	engine_act_turn(e); /* also while handing back */
	if (e->deciding || b->quitting)
		return;
	e->looked_boot_ms = backend_boot_ms(b);
	engine_probe(e);
	s = store_peek(b->store);
	engine_watch_groups(e, s);
	shadow_turn(e->shadow, s);
	show_standing(e);
	monitor_looped(e->monitor, false);
	if (!engine_data_ok(b, &err))
		set_blocked(e, err.text);
	else if (is_due(e, s) && (e->seeded == SEED_DONE || seed(e, s)))
		decide(e);
	snapshot_unref(s);
	if (!e->deciding)
		arm(e);
}
