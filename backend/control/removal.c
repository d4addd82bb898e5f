/*
 * The life of a removal.
 */
#include "backend/control/removal_private.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/base/log.h"
#include "backend/control/engine_run.h"
#include "backend/engine/policy_values.h"
#include "backend/model/cloud.h"
#include "backend/model/node.h"

#define POLL_MS ((int64_t)5 * 1000)	  /* for pods to be gone */
#define HEADROOM_MS ((int64_t)30 * 1000)  /* beyond their grace */
/* A terminated node that still shows is somebody else's trouble. */
#define GOING_MS ((int64_t)15 * 60 * 1000)
/* Without fresh data nothing goes on, and then not for ever. */
#define STALLED_MS ((int64_t)3 * 60 * 1000)

struct backend *
removal_backend(const struct removal *r)
{
	return r->all->backend;
}

static int64_t
world_ms(const struct removal *r)
{
	return store_world_ms(r->all->backend->store);
}

static void
free_pods(struct removal *r)
{
	for (uint32_t i = 0; i < r->pods.n; i++) {
		free(r->pods.at[i].ns);
		free(r->pods.at[i].name);
		free(r->pods.at[i].uid);
	}
	vec_free(&r->pods);
}

void
removal_free(struct removal *r)
{
	node_edit_drop(r->edit);
	free_pods(r);
	for (uint32_t i = 0; i < r->planned.n; i++)
		free(r->planned.at[i]);
	vec_free(&r->planned);
	vec_free(&r->rounds);
	free(r->group);
	free(r);
}

/* ---- states ---- */

void
removal_show(const struct removal *r, uint8_t outcome)
{
	if (!*r->op) /* cleaning up after others is no removal */
		return;
	act_show(r->all->backend,
		 &(struct act_shown){
			 .id = r->op,
			 .what = "scaleDown",
			 .group = r->group,
			 .node = r->node.name,
			 .code = outcome == ACT_FAILED ? r->code : "",
			 .started_ms = r->started_ms,
			 .ended_ms = outcome == ACT_RUNNING ? 0 : world_ms(r),
			 .by = ACT_BY_PADDOCK,
			 .outcome = outcome,
		 });
}

void
removal_enter(struct removal *r, enum removal_state state)
{
	log_at(LOG_DEBUG, "removal", "%s: state %d", r->node.name, state);
	r->state = (uint8_t)state;
	r->since_ms = world_ms(r);
}

bool
removal_back(struct removal *r)
{
	r->busy--;
	return r->state != REMOVAL_OVER && !r->lost;
}

void
removal_tell(const struct removal *r, enum removal_news news, const char *pod,
	     const char *text)
{
	r->all->on_news(r->all->ctx, news, r->node.name, pod, text);
}

static void
tell_end(struct removal *r)
{
	r->told = true;
	if (r->no_node && r->err.code != ERR_CONFLICT)
		removal_tell(r, REMOVAL_ENDED_UNSEEN, NULL,
			     r->err.code ? r->err.text : "");
	if (*r->op)
		r->all->on_end(r->all->ctx, r->node.name, r->drain,
			       &r->err);
	else if (r->err.code)
		backend_note(r->all->backend, SEVERITY_WARN, r->err.code,
			     "%s: %s", r->node.name, r->err.text);
}

void
removal_terminated(struct removal *r)
{
	r->err.code = ERR_NONE;
	removal_show(r, ACT_OK);
	removal_enter(r, REMOVAL_GOING);
	tell_end(r);
}

void
removal_unknown(struct removal *r, const struct err *err)
{
	r->err = *err;
	r->code = "FailedToDelete";
	removal_show(r, ACT_FAILED);
	removal_enter(r, REMOVAL_GOING);
	tell_end(r);
}

static void
on_cleaned(void *ctx, const struct err *err, bool was_cordoned)
{
	struct removal *r = ctx;

	(void)was_cordoned;
	r->edit = NULL;
	if (r->state == REMOVAL_OVER)
		return;
	if (err->code && err->code != ERR_GONE)
		backend_note(r->all->backend, SEVERITY_WARN, err->code,
			     "%s still carries the taint of removal: %s",
			     r->node.name, err->text);
	if (!*r->op && err->code != ERR_GONE)
		r->err = *err;
	if (!*r->op && !err->code)
		removal_tell(r, REMOVAL_CLEANED, NULL, "");
	removal_enter(r, REMOVAL_OVER);
	if (!r->told)
		tell_end(r);
}

void
removal_clean(struct removal *r, const char *why)
{
	removal_enter(r, REMOVAL_CLEANING);
	if (r->no_node) {
		removal_enter(r, REMOVAL_OVER);
		tell_end(r);
		return;
	}
	r->edit = node_edit_start(
		r->all->backend,
		&(struct node_edit_spec){
			.target = &r->node,
			.op = r->op,
			.by = ACT_BY_PADDOCK,
			.why = why,
			.remove = { TAINT_TO_BE_DELETED },
			.cordon = r->cordon && !r->was_cordoned ? -1 : 0,
			.done = on_cleaned,
			.ctx = r,
		});
}

void
removal_give_up(struct removal *r, const char *code, const struct err *err)
{
	if (r->state >= REMOVAL_CLEANING)
		return;
	r->err = *err;
	r->code = code;
	removal_show(r, ACT_FAILED);
	removal_clean(r, err->text);
}

/* One that could not be marked takes its whole round back (reference 5.9). */
static void
give_up_round(const struct removal *failed)
{
	struct err err;

	err_set(&err, ERR_CONFLICT, "%s of the same round could not be marked",
		failed->node.name);
	for (struct removal *r = failed->all->first; r; r = r->next)
		if (r != failed && r->started_ms == failed->started_ms &&
		    r->state == REMOVAL_SETTLING)
			removal_give_up(r, "FailedToMarkToBeDeleted", &err);
}

static void
on_tainted(void *ctx, const struct err *err, bool was_cordoned)
{
	struct removal *r = ctx;
	struct err stop;

	r->edit = NULL;
	if (r->state == REMOVAL_OVER)
		return;
	r->was_cordoned = was_cordoned;
	if (err->code == ERR_GONE) { /* by another hand */
		r->err = *err;
		r->err.code = ERR_CONFLICT;
		r->code = "aborted";
		removal_show(r, ACT_FAILED);
		removal_enter(r, REMOVAL_OVER);
		tell_end(r);
	} else if (err->code) {
		removal_tell(r, REMOVAL_NOT_MARKED, NULL, err->text);
		removal_give_up(r, "FailedToMarkToBeDeleted", err);
		give_up_round(r);
	} else if (r->stopped) {
		err_set(&stop, ERR_CONFLICT, "stopped");
		removal_give_up(r, "aborted", &stop);
	} else {
		removal_tell(r, REMOVAL_MARKED, NULL, "");
		removal_enter(r, REMOVAL_SETTLING);
	}
}

void
removal_mark(struct removal *r)
{
	char now[32];

	snprintf(now, sizeof(now), "%lld", (long long)(r->started_ms / 1000));
	r->edit = node_edit_start(
		r->all->backend,
		&(struct node_edit_spec){
			.target = &r->node,
			.op = r->op,
			.by = ACT_BY_PADDOCK,
			.why = r->drain ? "its pods fit elsewhere" : "empty",
			.add = TAINT_TO_BE_DELETED,
			.value = now,
			.effect = "NoSchedule",
			.remove = { TAINT_DRAINING },
			.cordon = r->cordon ? 1 : 0,
			.done = on_tainted,
			.ctx = r,
		});
}

/* ---- what is due ---- */

int64_t
removal_grace_s(const struct removal *r, uint32_t round)
{
	if (r->rounds.n == 0)
		return r->grace_ms / 1000;
	return r->rounds.at[round < r->rounds.n ? round : r->rounds.n - 1]
		.grace_s;
}

/* Is this pod's turn, and was it not asked to go? */
static bool
is_due(const struct removal *r, const struct removal_pod *p)
{
	return !p->evicted && p->round <= r->round;
}

static bool
all_evicted(const struct removal *r)
{
	for (uint32_t i = 0; i < r->pods.n; i++)
		if (is_due(r, &r->pods.at[i]))
			return false;
	return true;
}

/* DaemonSets' pods: asked once, whatever comes of it. */
static void
evict_extras(struct removal *r)
{
	for (uint32_t i = 0; i < r->pods.n; i++)
		if (r->pods.at[i].extra && is_due(r, &r->pods.at[i])) {
			r->pods.at[i].evicted = true;
			removal_evict(r, i);
		}
}

static void
tell_stuck(const struct removal *r)
{
	for (uint32_t i = 0; i < r->pods.n; i++) {
		const struct removal_pod *p = &r->pods.at[i];
		char key[RECORD_KEY];

		if (!is_due(r, p))
			continue;
		snprintf(key, sizeof(key), "%s/%s", p->ns, p->name);
		removal_tell(r, REMOVAL_POD_STAYS, key, p->uid);
	}
}

static void
evict_due(struct removal *r)
{
	int64_t now = world_ms(r);
	struct err err;

	evict_extras(r);
	if (all_evicted(r)) {
		removal_enter(r, REMOVAL_WAITING);
		return;
	}
	if (!r->busy && now - r->since_ms > r->eviction_ms) {
		tell_stuck(r);
		err_set(&err, ERR_LIMIT,
			"%s: its pods may not be evicted for %lld s now",
			r->node.name, (long long)(r->eviction_ms / 1000));
		removal_give_up(r, "FailedToEvictPods", &err);
		return;
	}
	for (uint32_t i = 0; i < r->pods.n; i++)
		if (is_due(r, &r->pods.at[i]) && !r->pods.at[i].asked &&
		    r->pods.at[i].next_ms <= now)
			removal_evict(r, i);
}

static void
wait_for_pods(struct removal *r)
{
	struct err err;

	if (r->busy || world_ms(r) - r->listed_ms < POLL_MS)
		return;
	if (world_ms(r) - r->since_ms >
	    removal_grace_s(r, r->round) * 1000 + HEADROOM_MS) {
		err_set(&err, ERR_LIMIT, "%s: its pods do not end",
			r->node.name);
		removal_give_up(r, "FailedToEvictPods", &err);
		return;
	}
	removal_look(r);
}

bool
removal_registered(const struct removal *r)
{
	const struct snapshot *s = store_peek(r->all->backend->store);
	const struct slot *slot;
	bool is = false;

	for (uint32_t i = 0; (slot = snapshot_next(s, KIND_NODE, &i, NULL));) {
		const struct node *n = (const void *)slot->rec;

		is |= !slot->ended && str_eq(n->instance_id, r->instance);
	}
	snapshot_unref(s);
	return is;
}

/* Some controller wants to end its work on the node first (reference 5.9,
 * step 5). */
static bool
is_delayed(const struct removal *r)
{
	static const char prefix[] =
		"delay-deletion.cluster-autoscaler.kubernetes.io/";
	struct handle h;
	const struct node *n = store_find(r->all->backend->store, KIND_NODE,
					  r->node.name, &h);

	for (uint32_t i = 0; n && i < n->meta.annotations.n; i++)
		if (str_has_prefix(n->meta.annotations.at[i].key, prefix))
			return true;
	return false;
}

static void
read_the_group(struct removal *r)
{
	removal_enter(r, REMOVAL_READING);
	removal_read_group(r);
}

static void
end_delay(struct removal *r)
{
	if (is_delayed(r) && world_ms(r) - r->since_ms < r->deletion_delay_ms)
		return;
	if (r->batch_ms > 0)
		removal_enter(r, REMOVAL_BATCHED);
	else
		read_the_group(r);
}

/* All of the group that wait, once the first has waited for the interval
 * (reference 5.9, step 6). */
static void
end_batch(struct removal *first)
{
	if (world_ms(first) - first->since_ms < first->batch_ms)
		return;
	for (struct removal *r = first->all->first; r; r = r->next)
		if (r->state == REMOVAL_BATCHED &&
		    str_eq(r->group, first->group))
			read_the_group(r);
}

static bool
node_is_gone(const struct removal *r)
{
	struct handle h;
	const struct node *n = store_find(r->all->backend->store, KIND_NODE,
					  r->node.name, &h);

	return !n || strcmp(n->meta.uid, r->node.uid) != 0;
}

/* Rule 8: nothing goes on without fresh data; for too long, it goes back. */
static bool
may_go_on(struct removal *r)
{
	struct err why, err;

	if (engine_data_ok(r->all->backend, &why))
		return true;
	if (r->state < REMOVAL_ENDING && !r->busy &&
	    world_ms(r) - r->since_ms > STALLED_MS) {
		err_set(&err, ERR_CONFLICT, "%s: %.300s", r->node.name,
			why.text);
		removal_give_up(r, "aborted", &err);
	}
	return false;
}

static void
go_on(struct removal *r)
{
	switch ((enum removal_state)r->state) {
	case REMOVAL_SETTLING:
		if (removal_has_settled(r) && may_go_on(r)) {
			removal_enter(r, REMOVAL_LOOKING);
			removal_look(r);
		}
		break;
	case REMOVAL_EVICTING:
		if (may_go_on(r))
			evict_due(r);
		break;
	case REMOVAL_WAITING:
		if (may_go_on(r))
			wait_for_pods(r);
		break;
	case REMOVAL_DELAYED:
		if (may_go_on(r))
			end_delay(r);
		break;
	case REMOVAL_BATCHED:
		if (may_go_on(r))
			end_batch(r);
		break;
	case REMOVAL_GOING:
		if (node_is_gone(r))
			removal_enter(r, REMOVAL_OVER);
		else if (world_ms(r) - r->since_ms > GOING_MS)
			removal_clean(r, "it did not go");
		break;
	default:
		break; /* a callback goes on */
	}
}

void
removals_turn(struct removals *all)
{
	struct removal **at = &all->first;

	for (struct removal *r = all->first; r; r = r->next)
		go_on(r);
	while (*at) {
		struct removal *r = *at;

		if (r->state == REMOVAL_OVER && !r->busy && !r->edit) {
			*at = r->next;
			removal_free(r);
		} else {
			at = &r->next;
		}
	}
}
