/*
 * Scaling a group up, and raising or lowering its limits: the group is read
 * fresh for the preview and again before the request; when it is not what was
 * previewed, the act is refused.  Going below the live instances is not done
 * this way at all (design 8, rules 4 and 7).
 */
#include "backend/control/preview.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/model/cloud.h"

struct group_facts { /* what counts of a group */
	int32_t min, desired, max, live;
	bool launch_suspended;
};

struct group_plan {
	bool relative;		/* +N */
	int32_t n, min, max;	/* as asked; -1: not */
	struct group_facts seen;
	int32_t to_desired, to_min, to_max; /* after the act */
};

static bool
is_scale(const struct preview *p)
{
	return p->ops == &action_scale;
}

/* ---- reading a group ---- */

static void
take_facts(const struct group *g, struct group_facts *f)
{
	*f = (struct group_facts){ .min = g->min,
				   .desired = g->desired,
				   .max = g->max };
	for (uint32_t i = 0; i < g->instance_n; i++)
		f->live += !str_has_prefix(
			str_or_empty(g->instances[i].lifecycle), "Terminat");
	for (uint32_t i = 0; i < g->suspended_n; i++)
		f->launch_suspended |= str_eq(g->suspended[i], "Launch");
}

/* The one group of a DescribeAutoScalingGroups answer. */
static bool
facts_of_answer(const struct aws_answer *a, const char *name,
		struct group_facts *f, struct err *err)
{
	const struct tree *list = tree_get(a->body, "AutoScalingGroups");
	const struct codec *codec = codec_of(KIND_GROUP);
	const struct record *r;
	struct seal *s;
	bool found = false;

	if (a->err.code) {
		*err = a->err;
		return false;
	}
	s = seal_new();
	tree_each (t, list) {
		r = codec->decode(s, t, err);
		if (!r) {
			seal_free(s);
			return false;
		}
		if (strcmp(record_name(r), name) == 0) {
			take_facts((const void *)r, f);
			found = true;
		}
		record_unref(r);
	}
	seal_free(s);
	return found || err_set(err, ERR_GONE,
				"aws says: there is no group %s", name);
}

/* ---- rules ---- */

/* AWS's own marks of another cluster on the group. */
static bool
is_ours(const struct preview *p, const struct group *g, struct err *err)
{
	static const char prefix[] = "kubernetes.io/cluster/";
	const struct place *at = store_place(p->backend->store);

	for (uint32_t i = 0; i < g->tag_n && *at->cluster; i++) {
		const struct group_tag *t = &g->tags[i];
		const char *named = NULL;

		if (strcmp(t->key, "eks:cluster-name") == 0)
			named = t->value;
		else if (str_has_prefix(t->key, prefix))
			named = t->key + strlen(prefix);
		if (named && strcmp(named, at->cluster) != 0)
			return err_set(err, ERR_REFUSED,
				       "%s belongs to cluster %s, this is %s "
				       "(rule 9)",
				       g->name, named, at->cluster);
	}
	return true;
}

static bool
check_scale(struct group_plan *g, const char *name, struct err *err)
{
	const struct group_facts *f = &g->seen;
	int32_t to = g->relative ? f->desired + g->n : g->n;

	g->to_desired = to;
	g->to_min = f->min;
	g->to_max = f->max;
	if (to == f->desired)
		return err_set(err, ERR_CONFLICT, "%s wants %d already", name,
			       to);
	if (to > f->max)
		return err_set(err, ERR_REFUSED,
			       "%s: %d is above its maximum %d; raise the "
			       "maximum first (limits max=%d)",
			       name, to, f->max, to);
	if (to < f->min)
		return err_set(err, ERR_REFUSED,
			       "%s: %d is below its minimum %d", name, to,
			       f->min);
	if (to < f->live)
		return err_set(err, ERR_REFUSED,
			       "%s: %d is below its %d live instances; AWS "
			       "would choose which to kill.  Going down names "
			       "nodes: cordon them, let their jobs end, then "
			       "remove them (rule 7)",
			       name, to, f->live);
	return true;
}

static bool
check_limits(struct group_plan *g, const char *name, struct err *err)
{
	const struct group_facts *f = &g->seen;

	g->to_min = g->min >= 0 ? g->min : f->min;
	g->to_max = g->max >= 0 ? g->max : f->max;
	g->to_desired = f->desired < g->to_min ? g->to_min : f->desired;
	if (g->to_min == f->min && g->to_max == f->max)
		return err_set(err, ERR_CONFLICT, "%s has these limits already",
			       name);
	if (g->to_min > g->to_max)
		return err_set(err, ERR_REFUSED,
			       "%s: minimum %d above maximum %d", name,
			       g->to_min, g->to_max);
	if (g->to_max < f->desired || g->to_max < f->live)
		return err_set(err, ERR_REFUSED,
			       "%s: maximum %d is below what runs (%d wanted, "
			       "%d live): AWS would kill instances at once "
			       "(rule 7)",
			       name, g->to_max, f->desired, f->live);
	return true;
}

/* ---- the preview ---- */

static void
write_change(struct preview *p, const struct group_plan *g)
{
	const struct group_facts *f = &g->seen;
	const char *name = p->targets[0].name;
	const struct engine_status *e = store_engine(p->backend->store);
	int32_t more = g->to_desired - f->desired;

	buf_printf(&p->text, "  %s  min %d", name, f->min);
	if (g->to_min != f->min)
		buf_printf(&p->text, " > %d", g->to_min);
	buf_printf(&p->text, ", desired %d", f->desired);
	if (more)
		buf_printf(&p->text, " > %d", g->to_desired);
	buf_printf(&p->text, ", max %d", f->max);
	if (g->to_max != f->max)
		buf_printf(&p->text, " > %d", g->to_max);
	buf_printf(&p->text, "  (%d live)\n\n", f->live);
	if (more > 0)
		buf_printf(&p->text, "AWS launches %d more %s.\n", more,
			   more == 1 ? "instance" : "instances");
	else if (more < 0)
		buf_printf(&p->text, "%d launches that have not happened yet "
			   "are given up; nothing live is touched.\n", -more);
	else
		buf_puts(&p->text, "Nothing starts or stops by this alone.\n");
	buf_puts(&p->text, "No running CI job is affected.\n");
	if (f->launch_suspended)
		buf_puts(&p->text, "Note: the group's Launch process is "
				   "suspended, nothing will start.\n");
	if (is_scale(p) && e->lead == LEAD_CA)
		buf_printf(&p->text, "Note: %s leads and removes nodes that "
			   "stay empty.\n", e->leader);
}

static void
write_same(struct preview *p, const struct group_plan *g)
{
	const char *region = store_place(p->backend->store)->region;
	struct buf same;

	buf_init(&same, 4096);
	buf_printf(&same, "aws autoscaling %s --auto-scaling-group-name ",
		   is_scale(p) ? "set-desired-capacity"
			       : "update-auto-scaling-group");
	preview_shell_word(&same, p->targets[0].name);
	if (is_scale(p))
		buf_printf(&same, " --desired-capacity %d "
			   "--no-honor-cooldown", g->to_desired);
	if (!is_scale(p) && g->min >= 0)
		buf_printf(&same, " --min-size %d", g->min);
	if (!is_scale(p) && g->max >= 0)
		buf_printf(&same, " --max-size %d", g->max);
	if (*region) {
		buf_puts(&same, " --region ");
		preview_shell_word(&same, region);
	}
	preview_same_as(p, buf_text(&same));
	buf_fini(&same);
}

static void
on_seen(void *ctx, const struct aws_answer *a)
{
	struct preview *p = ctx;
	struct group_plan *g = p->plan;
	const char *name = p->targets[0].name;
	struct err err;
	char where[400];

	p->waiting--;
	if (!facts_of_answer(a, name, &g->seen, &err) ||
	    !(is_scale(p) ? check_scale(g, name, &err)
			  : check_limits(g, name, &err))) {
		preview_fail(p, &err);
		return;
	}
	preview_where(p, where, sizeof(where));
	buf_printf(&p->text, "%s.\nOn %s.\n\n", p->ops->row->summary,
		   where);
	write_change(p, g);
	write_same(p, g);
	p->ask = ASK_YES;
	if (is_scale(p))
		preview_title(p, "Scale %s %d > %d?", name,
			 g->seen.desired, g->to_desired);
	else
		preview_title(p, "Limits of %s %d..%d > %d..%d?", name,
			      g->seen.min, g->seen.max, g->to_min, g->to_max);
	preview_ready(p);
}

static void
plan(struct preview *p)
{
	struct group_plan *g = xcalloc(1, sizeof(*g));
	struct err err;

	p->plan = g;
	g->min = g->max = -1;
	if (p->target_n != 1) {
		err_set(&err, ERR_USAGE, "%s takes one group",
			p->ops->row->verb);
	} else if (!p->backend->aws) {
		err_set(&err, ERR_REFUSED, "aws is switched off");
	} else if ((is_scale(p)
			    ? action_parse_scale(p->command.args, &g->relative,
						 &g->n, &err)
			    : action_parse_limits(p->command.args, &g->min,
						  &g->max, &err)) &&
		   is_ours(p, snapshot_rec(p->world, p->targets[0].handle),
			   &err)) {
		p->waiting++;
		if (aws_describe_group(p->backend->aws, p->targets[0].name,
				       on_seen, p, &err))
			return;
		p->waiting--;
	}
	preview_fail(p, &err);
}

/* ---- the act ---- */

static void
on_act_done(void *ctx, const struct act_end *o)
{
	struct preview *p = ctx;
	const struct group_plan *g = p->plan;
	char what[160];

	p->waiting--;
	if (is_scale(p))
		snprintf(what, sizeof(what), "desired %d > %d",
			 g->seen.desired, g->to_desired);
	else
		snprintf(what, sizeof(what), "limits %d..%d > %d..%d",
			 g->seen.min, g->seen.max, g->to_min, g->to_max);
	aws_refresh(p->backend->aws);
	preview_step_done(p, &o->err, what);
}

static void
on_sent(void *ctx, const struct aws_answer *a)
{
	act_run_answer(ctx, &a->err, NULL);
}

static bool
send_act(void *ctx, struct act_run *a, struct permit *permit, struct err *err)
{
	struct preview *p = ctx;
	const struct group_plan *g = p->plan;
	const char *name = p->targets[0].name;

	if (is_scale(p))
		return aws_set_desired(p->backend->aws, permit, name,
				       g->to_desired, on_sent, a, err);
	return aws_set_limits(p->backend->aws, permit, name, g->min, g->max,
			      on_sent, a, err);
}

static bool
start_act(struct preview *p, struct err *err)
{
	const struct group_plan *g = p->plan;
	char before[64], after[64];

	if (is_scale(p)) {
		snprintf(before, sizeof(before), "desired=%d",
			 g->seen.desired);
		snprintf(after, sizeof(after), "desired=%d", g->to_desired);
	} else {
		snprintf(before, sizeof(before), "min=%d,max=%d", g->seen.min,
			 g->seen.max);
		snprintf(after, sizeof(after), "min=%d,max=%d", g->to_min,
			 g->to_max);
	}
	return act_run_start(
		p->backend,
		&(struct act_spec){
			.row = p->ops->row->row,
			.verb = p->ops->row->verb,
			.by = ACT_BY_PERSON,
			.kind = KIND_GROUP,
			.target = &p->targets[0],
			.why = p->command.text,
			.before = before,
			.after = after,
			.what = g->to_desired > g->seen.desired ? "scaleUp"
								: NULL,
			.group = p->targets[0].name,
			.from = g->seen.desired,
			.to = g->to_desired,
			.send = send_act,
			.done = on_act_done,
			.ctx = p,
		},
		err);
}

static void
on_reread(void *ctx, const struct aws_answer *a)
{
	struct preview *p = ctx;
	const struct group_plan *g = p->plan;
	const char *name = p->targets[0].name;
	struct group_facts now;
	struct err err = { .code = ERR_NONE };

	p->waiting--;
	if (!facts_of_answer(a, name, &now, &err)) {
		preview_step_done(p, &err, NULL);
		return;
	}
	if (now.desired != g->seen.desired || now.min != g->seen.min ||
	    now.max != g->seen.max) {
		err_set(&err, ERR_REFUSED,
			"%s changed since the preview: min %d, desired %d, "
			"max %d now (was %d, %d, %d); look again (rule 7)",
			name, now.min, now.desired, now.max, g->seen.min,
			g->seen.desired, g->seen.max);
		preview_step_done(p, &err, NULL);
		return;
	}
	if (g->to_desired < now.live || g->to_max < now.live) {
		err_set(&err, ERR_REFUSED,
			"%s has %d live instances now (rule 7)", name,
			now.live);
		preview_step_done(p, &err, NULL);
		return;
	}
	p->waiting++;
	if (start_act(p, &err))
		return;
	p->waiting--;
	preview_step_done(p, &err, NULL);
}

static void
step(struct preview *p)
{
	struct err err = { .code = ERR_NONE };

	p->waiting++;
	if (aws_describe_group(p->backend->aws, p->targets[0].name, on_reread,
			       p, &err))
		return;
	p->waiting--;
	preview_step_done(p, &err, NULL);
}

const struct action_ops action_scale = {
	&action_rows[3], { NULL, NULL, NULL, NULL }, plan, step,
};
const struct action_ops action_limits = {
	&action_rows[4], { NULL, NULL, NULL, NULL }, plan, step,
};
