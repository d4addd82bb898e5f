/*
 * Cordon and uncordon: a patch of spec.unschedulable that holds only for the
 * node that was previewed, as it was previewed.  Where nobody leads, uncordon
 * also takes off the marks an autoscaler left when it began to remove the node:
 * with them no pod would come, and nobody else takes them off.
 */
#include "backend/control/preview.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/base/json.h"
#include "backend/control/object_call.h"
#include "backend/model/node.h"

/* A node's status changes all the time: a lost race is run again. */
enum { RACES = 4, PATCH_BYTES = 128 << 10 };

static bool
wants_cordon(const struct preview *p)
{
	return p->ops == &action_cordon;
}

static const char *
state_name(bool cordoned)
{
	return cordoned ? "cordoned" : "schedulable";
}

static bool
nobody_leads(const struct preview *p)
{
	return store_engine(p->backend->store)->lead == LEAD_NONE;
}

/* Marks of a removal that nobody will finish. */
static bool
left_behind(const struct preview *p, const struct node *n)
{
	return !wants_cordon(p) && nobody_leads(p) &&
	       node_taint(n, TAINT_TO_BE_DELETED);
}

/* ---- plan ---- */

static void
write_target(struct preview *p, const struct target *t, const struct node *n)
{
	const struct node_sum *sum = snapshot_sum(p->world, t->handle);
	bool cordon = wants_cordon(p);

	buf_printf(&p->text, "  %s  %s > %s", t->name,
		   state_name(n->unschedulable), state_name(cordon));
	if (left_behind(p, n))
		buf_puts(&p->text, ", taint " TAINT_TO_BE_DELETED " off");
	else if (n->unschedulable == cordon)
		buf_puts(&p->text, "  (nothing to do)");
	if (sum && sum->jobs)
		buf_printf(&p->text, "  %d %s", sum->jobs,
			   sum->jobs == 1 ? "job runs on it"
					  : "jobs run on it");
	if (sum && (sum->has_manager || sum->has_autoscaler ||
		    sum->has_paddock))
		buf_printf(&p->text, "  carries %s",
			   sum->has_autoscaler ? "the autoscaler"
			   : sum->has_manager  ? "a runner manager"
					       : "paddock");
	if (!cordon && node_taint(n, TAINT_TO_BE_DELETED) &&
	    !left_behind(p, n))
		buf_printf(&p->text, "  %sits taint " TAINT_TO_BE_DELETED
			   " stays and keeps pods away",
			   store_engine(p->backend->store)->lead == LEAD_UNKNOWN
				   ? ""
				   : "the autoscaler is removing it: ");
	buf_putc(&p->text, '\n');
}

static void
plan(struct preview *p)
{
	bool cordon = wants_cordon(p);
	uint32_t changes = 0, marks = 0;
	char where[400];
	struct buf same;
	struct err err;

	preview_where(p, where, sizeof(where));
	buf_init(&same, 65536);
	buf_puts(&same, "kubectl --context ");
	preview_shell_word(&same, store_place(p->backend->store)->context);
	buf_printf(&same, " %s", p->ops->row->verb);
	buf_printf(&p->text, "%s.\nOn %s.\n\n", p->ops->row->summary,
		   where);
	for (uint32_t i = 0; i < p->target_n; i++) {
		const struct target *t = &p->targets[i];
		const struct node *n = snapshot_rec(p->world, t->handle);

		marks += left_behind(p, n);
		changes += n->unschedulable != cordon || left_behind(p, n);
		write_target(p, t, n);
		buf_putc(&same, ' ');
		preview_shell_word(&same, t->name);
	}
	buf_puts(&p->text, cordon ? "\nRunning pods and jobs stay. New pods go "
				    "elsewhere; waiting ones may need a new "
				    "node.\n"
		 : marks ? "\nThe autoscaler that marked it leads no more, and "
			   "nobody else would take the mark off. The scheduler "
			   "may place pods on it again.\n"
			 : "\nThe scheduler may place pods on it again.\n");
	for (uint32_t i = 0; marks && i < p->target_n; i++) {
		const struct target *t = &p->targets[i];

		if (!left_behind(p, snapshot_rec(p->world, t->handle)))
			continue;
		buf_puts(&same, "\n  kubectl --context ");
		preview_shell_word(&same,
				   store_place(p->backend->store)->context);
		buf_puts(&same, " taint node ");
		preview_shell_word(&same, t->name);
		buf_puts(&same, " " TAINT_TO_BE_DELETED "-");
	}
	preview_same_as(p, buf_text(&same));
	buf_fini(&same);
	if (!changes) {
		err_set(&err, ERR_CONFLICT, "%s: %s already",
			p->target_n == 1 ? p->targets[0].name : "all of them",
			state_name(cordon));
		preview_fail(p, &err);
		return;
	}
	p->ask = ASK_YES;
	if (p->target_n == 1)
		preview_title(p, "%s %s?",
			 cordon ? "Cordon" : "Uncordon", p->targets[0].name);
	else
		preview_title(p, "%s %u nodes?",
			 cordon ? "Cordon" : "Uncordon", p->target_n);
	preview_ready(p);
}

/* ---- one node ---- */

static void read_target(struct preview *p);

static void
on_act_done(void *ctx, const struct act_end *o)
{
	struct preview *p = ctx;

	p->waiting--;
	if (o->err.code == ERR_CONFLICT && ++p->tries < RACES && !p->stopped)
		read_target(p); /* somebody was faster: look again */
	else
		preview_step_done(p, &o->err, state_name(wants_cordon(p)));
}

static bool
send_patch(void *ctx, struct act_run *a, struct permit *permit,
	   struct err *err)
{
	struct preview *p = ctx;
	const struct target *t = &p->targets[p->next];
	struct buf body;
	bool started;

	buf_init(&body, PATCH_BYTES);
	buf_puts(&body, "{\"metadata\":{\"uid\":");
	buf_json_string(&body, t->uid, strlen(t->uid));
	buf_puts(&body, ",\"resourceVersion\":");
	buf_json_string(&body, t->rv, strlen(t->rv));
	buf_printf(&body, "},\"spec\":{\"unschedulable\":%s",
		   wants_cordon(p) ? "true" : "false");
	if (p->plan)
		buf_printf(&body, ",\"taints\":%s", (const char *)p->plan);
	buf_puts(&body, "}}");
	started = object_write(p->backend, a, permit,
			       &(struct object_write){
				       .row = p->ops->row->row,
				       .method = "PATCH",
				       .kind = KIND_NODE,
				       .target = t,
				       .content_type =
					       "application/merge-patch+json",
				       .body = buf_text(&body),
				       .managed = true,
			       },
			       err);
	buf_fini(&body);
	return started;
}

static void
act_on_target(struct preview *p)
{
	const struct target *t = &p->targets[p->next];
	bool cordon = wants_cordon(p);
	struct err err = { .code = ERR_NONE };

	p->waiting++;
	if (act_run_start(p->backend,
			  &(struct act_spec){
				  .row = p->ops->row->row,
				  .verb = p->ops->row->verb,
				  .by = ACT_BY_PERSON,
				  .kind = KIND_NODE,
				  .target = t,
				  .why = p->command.text,
				  .before = state_name(!cordon),
				  .after = p->plan ? "schedulable, taint "
						     TAINT_TO_BE_DELETED " off"
						   : state_name(cordon),
				  .what = p->ops->row->verb,
				  .node = t->name,
				  .send = send_patch,
				  .done = on_act_done,
				  .ctx = p,
			  },
			  &err))
		return;
	p->waiting--;
	preview_step_done(p, &err, NULL);
}

/* Its taints without those of the removal; NULL: it has none of them. */
static char *
without_marks(const struct tree *node)
{
	struct jsonw *w;
	struct buf out;
	bool marked = false;
	char *text = NULL;

	buf_init(&out, PATCH_BYTES / 2);
	w = jsonw_new_buf(&out, false);
	jsonw_array(w);
	tree_each (t, tree_at(node, "spec.taints")) {
		const char *key = tree_text(tree_get(t, "key"));

		if (str_eq(key, TAINT_TO_BE_DELETED))
			marked = true;
		else if (!str_eq(key, TAINT_CANDIDATE))
			jsonw_tree(w, t);
	}
	jsonw_end_array(w);
	if (jsonw_done(w) && buf_ok(&out) && marked)
		text = buf_take(&out, NULL);
	buf_fini(&out);
	return text;
}

/* The node as the API server has it now, against what was previewed. */
static void
on_read(void *ctx, const struct kube_answer *answer)
{
	struct preview *p = ctx;
	struct target *t = &p->targets[p->next];
	const char *rv;
	struct err err = answer->err;

	p->waiting--;
	if (err.code) {
		preview_step_done(p, &err, NULL);
		return;
	}
	if (!str_eq(tree_text(tree_at(answer->body, "metadata.uid")),
		    t->uid)) {
		err_set(&err, ERR_REFUSED,
			"it was replaced by another node of that name");
		preview_step_done(p, &err, NULL);
		return;
	}
	free(p->plan);
	p->plan = !wants_cordon(p) && nobody_leads(p)
			  ? without_marks(answer->body)
			  : NULL;
	if (!p->plan &&
	    tree_bool(tree_at(answer->body, "spec.unschedulable"), false) ==
		    wants_cordon(p)) {
		preview_step_done(p, &err, "already so");
		return;
	}
	rv = tree_text(tree_at(answer->body, "metadata.resourceVersion"));
	snprintf(t->rv, sizeof(t->rv), "%s", str_or_empty(rv));
	act_on_target(p);
}

static void
read_target(struct preview *p)
{
	struct err err = { .code = ERR_NONE };

	p->waiting++;
	if (object_read(p->backend, KIND_NODE, NULL, p->targets[p->next].name,
			0, on_read, p, &err))
		return;
	p->waiting--;
	preview_step_done(p, &err, NULL);
}

#define NEED { "patch", "", "nodes", NULL }
const struct action_ops action_cordon = { &action_rows[0], NEED, plan,
					  read_target };
const struct action_ops action_uncordon = { &action_rows[1], NEED, plan,
					    read_target };
