/*
 * What a removal asks of the servers: evictions, its group, the end of its
 * instance.
 */
#include "backend/control/removal_private.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/base/json.h"
#include "backend/model/cloud.h"

#define EVICT_AGAIN_MS ((int64_t)10 * 1000)
#define DEFAULT_GRACE_S 30

/* ---- evictions ---- */

struct eviction {
	struct removal *removal;
	uint32_t pod;
	struct target target;
};

static void
on_evict_done(void *ctx, const struct act_end *o)
{
	struct eviction *e = ctx;
	struct removal *r = e->removal;
	struct removal_pod *p = &r->pods.at[e->pod];
	bool live = removal_back(r);

	free(e);
	p->asked = false;
	if (live && !o->err.code && !p->extra) {
		char key[RECORD_KEY];

		snprintf(key, sizeof(key), "%s/%s", p->ns, p->name);
		removal_tell(r, REMOVAL_POD_EVICTED, key, p->uid);
	}
	if (!live || r->state != REMOVAL_EVICTING)
		return;
	if (!o->err.code || o->err.code == ERR_GONE ||
	    o->err.code == ERR_CONFLICT) /* another pod of that name now */
		p->evicted = true;
	else
		p->next_ms = store_world_ms(removal_backend(r)->store) +
			     EVICT_AGAIN_MS;
}

static void
on_evicted(void *ctx, const struct kube_answer *a)
{
	act_run_answer(ctx, &a->err, NULL);
}

static int64_t
grace_of(const struct removal *r, const struct removal_pod *p)
{
	int64_t grace = p->grace_s >= 0 ? p->grace_s : DEFAULT_GRACE_S;
	int64_t most = removal_grace_s(r, p->round);

	return most > 0 && grace > most ? most : grace;
}

static bool
send_eviction(void *ctx, struct act_run *a, struct permit *permit,
	      struct err *err)
{
	struct eviction *e = ctx;
	const struct removal_pod *p = &e->removal->pods.at[e->pod];
	struct buf path, body;
	bool started;

	buf_init(&path, 4096);
	kube_path(&path, KIND_POD, p->ns, p->name, "eviction");
	buf_init(&body, 4096);
	buf_puts(&body, "{\"apiVersion\":\"policy/v1\",\"kind\":\"Eviction\","
			"\"metadata\":{\"name\":");
	buf_json_string(&body, p->name, strlen(p->name));
	buf_puts(&body, ",\"namespace\":");
	buf_json_string(&body, p->ns, strlen(p->ns));
	buf_printf(&body, "},\"deleteOptions\":{\"gracePeriodSeconds\":%lld,"
		   "\"preconditions\":{\"uid\":",
		   (long long)grace_of(e->removal, p));
	buf_json_string(&body, p->uid, strlen(p->uid));
	buf_puts(&body, "}}}");
	started = kube_call(removal_backend(e->removal)->kube,
			    &(struct kube_call){
				    .row = ROW_K8S_EVICT,
				    .permit = permit,
				    .method = "POST",
				    .path = buf_text(&path),
				    .body = buf_text(&body),
				    .deadline_ms = act_run_request_ms(a),
				    .on_done = on_evicted,
				    .ctx = a,
			    },
			    err);
	buf_fini(&path);
	buf_fini(&body);
	return started;
}

void
removal_evict(struct removal *r, uint32_t pod)
{
	struct removal_pod *p = &r->pods.at[pod];
	struct eviction *e = xcalloc(1, sizeof(*e));
	struct err err;
	char why[320];

	e->removal = r;
	e->pod = pod;
	snprintf(e->target.ns, sizeof(e->target.ns), "%s", p->ns);
	snprintf(e->target.name, sizeof(e->target.name), "%s", p->name);
	snprintf(e->target.uid, sizeof(e->target.uid), "%s", p->uid);
	snprintf(why, sizeof(why), "%s is removed", r->node.name);
	r->busy++;
	p->asked = true;
	if (act_run_start(removal_backend(r),
			  &(struct act_spec){
				  .row = ROW_K8S_EVICT,
				  .verb = "evict",
				  .op = r->op,
				  .by = ACT_BY_PADDOCK,
				  .kind = KIND_POD,
				  .target = &e->target,
				  .why = why,
				  .before = "there",
				  .after = "evicted",
				  .request_ms = PERMIT_LEASED_MS,
				  .send = send_eviction,
				  .done = on_evict_done,
				  .ctx = e,
			  },
			  &err))
		return;
	r->busy--;
	p->asked = false;
	p->next_ms = store_world_ms(removal_backend(r)->store) +
		     EVICT_AGAIN_MS;
	free(e);
}

/* ---- the end ---- */

/* The instance as the group has it now. */
enum found { FOUND_NOT, FOUND_LIVE, FOUND_GOING };

static bool
read_group(struct removal *r, const struct aws_answer *a, enum found *found,
	   bool *at_min, struct err *err)
{
	struct seal *s;
	bool ok = false;

	if (a->err.code) {
		*err = a->err;
		return false;
	}
	s = seal_new();
	*found = FOUND_NOT;
	tree_each (one, tree_get(a->body, "AutoScalingGroups")) {
		const struct record *rec =
			codec_of(KIND_GROUP)->decode(s, one, err);
		const struct group *g = (const void *)rec;

		if (!rec)
			break;
		ok = str_eq(g->name, r->group);
		*at_min = g->desired <= g->min;
		for (uint32_t i = 0; i < g->instance_n; i++) {
			const struct group_instance *at = &g->instances[i];

			if (!str_eq(at->id, r->instance))
				continue;
			*found = str_has_prefix(str_or_empty(at->lifecycle),
						"Terminat")
					 ? FOUND_GOING
					 : FOUND_LIVE;
		}
		record_unref(rec);
	}
	seal_free(s);
	return ok || err_set(err, ERR_GONE, "aws says: there is no group %s",
			     r->group);
}

static void
on_group(void *ctx, const struct aws_answer *a)
{
	struct removal *r = ctx;
	struct err err = { .code = ERR_NONE };
	enum found found;
	bool at_min;

	if (!removal_back(r) || r->state >= REMOVAL_CLEANING)
		return;
	if (!read_group(r, a, &found, &at_min, &err)) {
		removal_give_up(r, "FailedToDelete", &err);
	} else if (found == FOUND_GOING) {
		removal_terminated(r); /* by another hand */
	} else if (found == FOUND_NOT) {
		err_set(&err, ERR_REFUSED, "%s: instance %s is not in group "
			"%s (rule 7)", r->node.name, r->instance, r->group);
		removal_give_up(r, "FailedToDelete", &err);
	} else if (at_min) {
		err_set(&err, ERR_CONFLICT, "min size reached, nodes will not "
			"be deleted (rule 4)");
		removal_give_up(r, "aborted", &err);
	} else if (!r->no_node) {
		removal_enter(r, REMOVAL_LAST_LOOK);
		removal_look(r);
	} else if (removal_registered(r)) {
		err_set(&err, ERR_CONFLICT, "%s registered after all",
			r->instance);
		removal_give_up(r, "aborted", &err);
	} else {
		removal_terminate(r);
	}
}

void
removal_read_group(struct removal *r)
{
	struct err err;

	r->busy++;
	if (aws_describe_group(removal_backend(r)->aws, r->group, on_group, r,
			       &err))
		return;
	r->busy--;
	removal_give_up(r, "FailedToDelete", &err);
}

/* The answer was lost: is it going? */
static void
on_read_back(void *ctx, const struct aws_answer *a)
{
	struct removal *r = ctx;
	struct err err = { .code = ERR_NONE };
	enum found found;
	bool at_min;

	if (!removal_back(r))
		return;
	if (!read_group(r, a, &found, &at_min, &err)) {
		removal_unknown(r, &err);
	} else if (found == FOUND_LIVE) {
		err_set(&err, ERR_LIMIT,
			"%s: read back: it was not terminated",
			r->node.name);
		removal_give_up(r, "FailedToDelete", &err);
	} else {
		removal_terminated(r);
	}
}

static void
on_terminate_done(void *ctx, const struct act_end *o)
{
	struct removal *r = ctx;
	struct err err = o->err;

	if (!removal_back(r))
		return;
	aws_refresh(removal_backend(r)->aws);
	if (!err.code) {
		removal_terminated(r);
	} else if (o->sent && err.code == ERR_RETRY) {
		r->busy++;
		if (aws_describe_group(removal_backend(r)->aws, r->group,
				       on_read_back, r, &err))
			return;
		r->busy--;
		removal_unknown(r, &o->err);
	} else {
		removal_give_up(r, "FailedToDelete", &err);
	}
}

static void
on_terminated(void *ctx, const struct aws_answer *a)
{
	act_run_answer(ctx, &a->err, NULL);
}

static bool
send_terminate(void *ctx, struct act_run *a, struct permit *permit,
	       struct err *err)
{
	struct removal *r = ctx;

	return aws_terminate(removal_backend(r)->aws, permit, r->instance,
			     on_terminated, a, err);
}

void
removal_terminate(struct removal *r)
{
	struct err err;
	char before[RECORD_KEY + 80];

	/* The group counts this one against its limits after a restart, too:
	 * engine_past.c reads it back. */
	snprintf(before, sizeof(before), "%s of %s", r->instance, r->group);
	removal_enter(r, REMOVAL_ENDING);
	r->busy++;
	if (act_run_start(removal_backend(r),
			  &(struct act_spec){
				  .row = ROW_AWS_TERMINATE,
				  .verb = "terminate",
				  .op = r->op,
				  .by = ACT_BY_PADDOCK,
				  .kind = KIND_NODE,
				  .target = &r->node,
				  .why = r->drain ? "its pods fit elsewhere"
						  : "empty",
				  .before = before,
				  .after = "terminated, desired -1",
				  .request_ms = PERMIT_LEASED_MS,
				  .send = send_terminate,
				  .done = on_terminate_done,
				  .ctx = r,
			  },
			  &err))
		return;
	r->busy--;
	removal_give_up(r, "FailedToDelete", &err);
}
