/*
 * Deleting pods: by uid, with every job that ends by it named first, and a
 * typed answer when there is one (design 8, rules 6 and 7).
 */
#include "backend/control/preview.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/base/json.h"
#include "backend/control/object_call.h"
#include "backend/model/pod.h"

/* ---- plan ---- */

static void
write_pod(struct preview *p, const struct target *t, const struct pod *pod)
{
	char status[64];

	buf_printf(&p->text, "  %s/%s  %s%s%s%s\n", t->ns, t->name,
		   pod_status_text(pod, status, sizeof(status)),
		   *str_or_empty(pod->node_name) ? " on " : "",
		   str_or_empty(pod->node_name),
		   pod->is_manager ? "  (runner manager)" : "");
}

static void
write_owner(struct preview *p, const struct pod *pod)
{
	const char *kind = pod->meta.owner_kind;

	if (!kind)
		buf_printf(&p->text,
			   "Nothing makes %s again: no controller owns it.\n",
			   pod->meta.name);
	else
		buf_printf(&p->text, "%s %s makes a new one.\n", kind,
			   str_or_empty(pod->meta.owner_name));
}

static void
write_same(struct preview *p)
{
	struct buf same;

	buf_init(&same, 65536);
	for (uint32_t i = 0; i < p->target_n; i++) {
		const struct target *t = &p->targets[i];

		buf_printf(&same, "%skubectl --context ", i ? "\n  " : "");
		preview_shell_word(&same,
				   store_place(p->backend->store)->context);
		buf_puts(&same, " -n ");
		preview_shell_word(&same, t->ns);
		buf_puts(&same, " delete pod ");
		preview_shell_word(&same, t->name);
	}
	preview_same_as(p, buf_text(&same));
	buf_fini(&same);
}

/* What must be typed names what is destroyed: the pod, or how many jobs. */
static void
ask_for(struct preview *p, uint32_t jobs)
{
	if (!jobs) {
		p->ask = ASK_YES;
		return;
	}
	p->ask = ASK_TYPED;
	if (p->target_n == 1)
		snprintf(p->expect, sizeof(p->expect), "%s",
			 p->targets[0].name);
	else
		snprintf(p->expect, sizeof(p->expect), "kill %u %s", jobs,
			 jobs == 1 ? "job" : "jobs");
}

static void
plan(struct preview *p)
{
	struct victims victims = { 0 };
	char where[400];

	preview_where(p, where, sizeof(where));
	buf_printf(&p->text, "%s.\nOn %s.\n\n", p->ops->row->summary,
		   where);
	for (uint32_t i = 0; i < p->target_n; i++) {
		const struct target *t = &p->targets[i];

		write_pod(p, t, snapshot_rec(p->world, t->handle));
		victims_of_pod(p->world, t->handle, &victims);
	}
	buf_putc(&p->text, '\n');
	if (victims.list.n) {
		buf_printf(&p->text, "This KILLS %u running CI %s:\n",
			   victims.list.n,
			   victims.list.n == 1 ? "job" : "jobs");
		victims_write(&victims, p->world, &p->text);
	} else {
		buf_puts(&p->text, "No CI job runs in it.\n");
	}
	if (p->target_n == 1)
		write_owner(p, snapshot_rec(p->world, p->targets[0].handle));
	write_same(p);
	ask_for(p, victims.list.n);
	if (p->target_n == 1)
		preview_title(p, "Delete pod %s?",
			 p->targets[0].name);
	else
		preview_title(p, "Delete %u pods?",
			 p->target_n);
	p->plan = xmemdup(&victims.list.n, sizeof(victims.list.n));
	victims_fini(&victims);
	preview_ready(p);
}

/* ---- one pod ---- */

static void
on_act_done(void *ctx, const struct act_end *o)
{
	struct preview *p = ctx;
	struct err err = o->err;

	p->waiting--;
	if (err.code == ERR_GONE) /* what was wanted, by another hand */
		err.code = ERR_NONE;
	preview_step_done(p, &err, o->err.code ? "was gone already"
					       : "deleted");
}

static bool
send_delete(void *ctx, struct act_run *a, struct permit *permit,
	    struct err *err)
{
	struct preview *p = ctx;

	return object_delete_pod(p->backend, a, permit, &p->targets[p->next],
				 err);
}

/* A job may have come to the pod since the person looked: what is killed must
 * be what was shown. */
static bool
kills_no_more(struct preview *p, struct err *err)
{
	const struct snapshot *now = store_peek(p->backend->store);
	struct victims victims = { 0 };
	uint32_t shown = *(const uint32_t *)p->plan;

	for (uint32_t i = p->next; i < p->target_n; i++)
		victims_of_pod(now, p->targets[i].handle, &victims);
	if (victims.list.n > shown)
		err_set(err, ERR_REFUSED,
			"%u running jobs would end now, the preview showed "
			"%u; look again",
			victims.list.n, shown);
	snapshot_unref(now);
	shown = victims.list.n <= shown;
	victims_fini(&victims);
	return shown;
}

static void
step(struct preview *p)
{
	const struct target *t = &p->targets[p->next];
	struct err err = { .code = ERR_NONE };

	p->waiting++;
	if (kills_no_more(p, &err) &&
	    act_run_start(p->backend,
			  &(struct act_spec){
				  .row = ROW_K8S_DELETE_POD,
				  .verb = "delete",
				  .by = ACT_BY_PERSON,
				  .kind = KIND_POD,
				  .target = t,
				  .why = p->command.text,
				  .before = "there",
				  .after = "deleted",
				  .send = send_delete,
				  .done = on_act_done,
				  .ctx = p,
			  },
			  &err))
		return;
	p->waiting--;
	preview_step_done(p, &err, NULL);
}

const struct action_ops action_delete_pod = {
	&action_rows[2], { "delete", "", "pods", NULL }, plan, step,
};
