/*
 * Read, compare, set, and read back where nobody knows.
 */
#include "backend/control/resize.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/model/cloud.h"

struct resize {
	struct backend *backend;
	struct resize_spec spec;
	char *group, *why;
	struct target target;
	struct seal *seal;
	int32_t to;
	int64_t started_ms;	/* world; 0: nothing was sent */
	char id[ACT_ID_TEXT];
	struct err lost;	/* the answer that never came */
	bool starting, ended;
};

struct facts {
	int32_t min, desired, max, live;
};

void
resize_drop(struct resize *r)
{
	if (!r)
		return;
	seal_free(r->seal);
	free(r->group);
	free(r->why);
	free(r);
}

static void
show(const struct resize *r, uint8_t outcome, const char *code)
{
	struct backend *b = r->backend;

	act_show(b, &(struct act_shown){
			    .id = r->id,
			    .what = r->to > r->spec.from ? "scaleUp"
							 : "lowerDesired",
			    .group = r->group,
			    .code = code,
			    .from = r->spec.from,
			    .to = r->to,
			    .started_ms = r->started_ms,
			    .ended_ms = outcome == ACT_RUNNING
						? 0
						: store_world_ms(b->store),
			    .by = ACT_BY_PADDOCK,
			    .outcome = outcome,
		    });
}

static void
resize_end(struct resize *r, const struct err *err)
{
	struct err copy = *err;

	/* What was never sent is no act; what nobody knows of may still come,
	 * and counts against the step limits. */
	if (r->started_ms && copy.code != ERR_RETRY)
		show(r, copy.code ? ACT_FAILED : ACT_OK,
		     copy.code ? "cloudProviderError" : "");
	aws_refresh(r->backend->aws);
	r->ended = true;
	r->spec.done(r->spec.ctx, &copy, r->to);
	if (!r->starting)
		resize_drop(r);
}

/* ---- reading ---- */

static bool
read_facts(struct resize *r, const struct aws_answer *a, struct facts *f,
	   struct err *err)
{
	if (a->err.code) {
		*err = a->err;
		return false;
	}
	tree_each (one, tree_get(a->body, "AutoScalingGroups")) {
		const struct record *rec =
			codec_of(KIND_GROUP)->decode(r->seal, one, err);
		const struct group *g = (const void *)rec;
		bool same;

		if (!rec)
			return false;
		*f = (struct facts){ g->min, g->desired, g->max, 0 };
		for (uint32_t i = 0; i < g->instance_n; i++)
			f->live += !str_has_prefix(
				str_or_empty(g->instances[i].lifecycle),
				"Terminat");
		same = str_eq(g->name, r->group);
		record_unref(rec);
		if (same)
			return true;
	}
	return err_set(err, ERR_GONE, "aws says: there is no group %s",
		       r->group);
}

static bool
may_be_set(struct resize *r, const struct facts *f, struct err *err)
{
	if (f->desired != r->spec.from)
		return err_set(err, ERR_CONFLICT,
			       "%s wants %d now, %d was decided upon (rule 7)",
			       r->group, f->desired, r->spec.from);
	if (r->spec.to_live)
		r->to = f->live > f->min ? f->live : f->min;
	if (r->to == f->desired)
		return err_set(err, ERR_CONFLICT, "%s wants %d already",
			       r->group, r->to);
	if (r->to > f->max || r->to < f->min)
		return err_set(err, ERR_REFUSED,
			       "%s: %d is outside its limits %d..%d (rule 4)",
			       r->group, r->to, f->min, f->max);
	if (r->to < f->desired && r->to < f->live)
		return err_set(err, ERR_REFUSED,
			       "%s: %d is below its %d live instances "
			       "(rule 7)",
			       r->group, r->to, f->live);
	return true;
}

/* ---- reading back ---- */

static void
on_read_back(void *ctx, const struct aws_answer *a)
{
	struct resize *r = ctx;
	struct facts f;
	struct err err = { .code = ERR_NONE };
	char result[80];

	if (!read_facts(r, a, &f, &err)) {
		resize_end(r, &r->lost); /* still nobody knows */
		return;
	}
	snprintf(result, sizeof(result), "read back: desired=%d", f.desired);
	act_note(r->backend, &(struct act_note){ .verb = "scale",
						 .by = ACT_BY_PADDOCK,
						 .kind = KIND_GROUP,
						 .target = &r->target,
						 .why = r->why,
						 .result = result });
	if (f.desired != r->to)
		err_set(&err, ERR_REFUSED, "%s wants %d after all: %.300s",
			r->group, f.desired, r->lost.text);
	resize_end(r, &err);
}

static void
read_back(struct resize *r, const struct err *lost)
{
	struct err err;

	r->lost = *lost;
	if (!aws_describe_group(r->backend->aws, r->group, on_read_back, r,
				&err))
		resize_end(r, lost);
}

/* ---- setting ---- */

static void
on_act_done(void *ctx, const struct act_end *o)
{
	struct resize *r = ctx;

	if (!o->sent)
		r->started_ms = 0;
	if (o->sent && o->err.code == ERR_RETRY)
		read_back(r, &o->err);
	else
		resize_end(r, &o->err);
}

static void
on_sent(void *ctx, const struct aws_answer *a)
{
	act_run_answer(ctx, &a->err, NULL);
}

static bool
send(void *ctx, struct act_run *a, struct permit *permit, struct err *err)
{
	struct resize *r = ctx;

	snprintf(r->id, sizeof(r->id), "%s", act_run_id(a));
	r->started_ms = store_world_ms(r->backend->store);
	show(r, ACT_RUNNING, "");
	return aws_set_desired(r->backend->aws, permit, r->group, r->to,
			       on_sent, a, err);
}

static void
on_read(void *ctx, const struct aws_answer *a)
{
	struct resize *r = ctx;
	struct facts f;
	struct err err = { .code = ERR_NONE };
	char before[48], after[48];

	if (!read_facts(r, a, &f, &err) || !may_be_set(r, &f, &err)) {
		resize_end(r, &err);
		return;
	}
	snprintf(before, sizeof(before), "desired=%d", r->spec.from);
	snprintf(after, sizeof(after), "desired=%d", r->to);
	if (!act_run_start(r->backend,
			   &(struct act_spec){
				   .row = ROW_AWS_SET_DESIRED,
				   .verb = "scale",
				   .by = ACT_BY_PADDOCK,
				   .kind = KIND_GROUP,
				   .target = &r->target,
				   .why = r->why,
				   .before = before,
				   .after = after,
				   .request_ms = PERMIT_LEASED_MS,
				   .send = send,
				   .done = on_act_done,
				   .ctx = r,
			   },
			   &err))
		resize_end(r, &err);
}

struct resize *
resize_start(struct backend *b, const struct resize_spec *spec)
{
	struct resize *r = xcalloc(1, sizeof(*r));
	struct err err;

	r->backend = b;
	r->spec = *spec;
	r->to = spec->to;
	r->group = xstrdup(spec->group);
	r->why = xstrdup(str_or_empty(spec->why));
	r->seal = seal_new();
	snprintf(r->target.name, sizeof(r->target.name), "%s", spec->group);
	r->starting = true;
	if (!aws_describe_group(b->aws, r->group, on_read, r, &err))
		resize_end(r, &err);
	r->starting = false;
	if (!r->ended)
		return r;
	resize_drop(r);
	return NULL;
}
