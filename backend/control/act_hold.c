/*
 * Hold and unhold: a group kept as it is for a time (hold.h).
 */
#include "backend/control/preview.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/base/text.h"
#include "backend/control/hold.h"
#include "backend/model/cloud.h"
#include "backend/model/node.h"

struct hold_plan {
	struct hold hold;   /* to begin, or the one to end */
	char id[ACT_ID_TEXT];
	int64_t for_ms;
};

static bool
begins(const struct preview *p)
{
	return p->ops == &action_hold;
}

/* ---- the preview ---- */

static uint32_t
count_nodes(const struct preview *p, uint32_t *kept, struct buf *names)
{
	const struct slot *slot;
	uint32_t n = 0;

	*kept = 0;
	for (uint32_t i = 0;
	     (slot = snapshot_next(p->world, KIND_NODE, &i, NULL));) {
		const struct node *node = (const void *)slot->rec;
		const struct node_sum *sum = (const void *)slot->sum;

		if (slot->ended || !sum ||
		    !handle_eq(sum->group, p->targets[0].handle))
			continue;
		n++;
		*kept += str_eq(labels_get(&node->meta.annotations,
					   ANNOTATION_NO_SCALE_DOWN),
				"true") &&
			 !labels_get(&node->meta.annotations,
				     ANNOTATION_HOLD);
		buf_putc(names, ' ');
		preview_shell_word(names, node->meta.name);
	}
	return n;
}

static void
say_what(struct preview *p, const struct hold_plan *plan, uint32_t nodes,
	 uint32_t kept)
{
	const char *group = p->targets[0].name;
	const struct hold *there = hold_of(p->backend->holds, group);
	char at[TIME_TEXT], age[TIME_TEXT];

	if (there && begins(p))
		buf_printf(&p->text, "It is held until %.5s already: %s.  "
			   "This takes its place.\n",
			   time_format_hms(there->until_ms, at),
			   there->reason);
	if (begins(p)) {
		buf_printf(&p->text, "For %s, until %s, because: %s.\n",
			   age_format(plan->for_ms, age),
			   time_format(plan->hold.until_ms, false, at),
			   plan->hold.reason);
		buf_puts(&p->text,
			 "- paddock's engine neither adds to it nor removes "
			 "from it, in any mode\n");
		buf_printf(&p->text,
			   "- the deployed autoscaler removes none of its "
			   "nodes: %u of them get the\n  annotation, and those "
			   "that join later while paddock runs\n",
			   nodes - kept);
		if (kept)
			buf_printf(&p->text, "  (%u carry it anyhow and keep "
				   "it afterwards)\n", kept);
		buf_puts(&p->text,
			 "It does not hold: the deployed autoscaler adding "
			 "nodes (lower the maximum for\nthat), AWS itself "
			 "(spot, rebalancing), people.\nAt its end the "
			 "annotations come off when a console or engine that "
			 "may write\nruns next, or with: paddock unhold\n");
	} else {
		buf_printf(&p->text, "Held until %s: %s.\n",
			   time_format(plan->hold.until_ms, false, at),
			   plan->hold.reason);
		buf_puts(&p->text,
			 "Both engines may add and remove nodes again; only "
			 "what the hold set comes off.\n");
	}
}

static void
write_same(struct preview *p, const struct buf *names)
{
	struct buf same;

	if (!names->len)
		return;
	buf_init(&same, 1 << 20);
	buf_puts(&same, "kubectl --context ");
	preview_shell_word(&same, store_place(p->backend->store)->context);
	buf_printf(&same, " annotate node%s " ANNOTATION_NO_SCALE_DOWN "%s",
		   buf_text(names),
		   begins(p) ? "=true" : "- " ANNOTATION_HOLD "-");
	preview_same_as(p, buf_text(&same));
	buf_fini(&same);
}

static bool
work_out(struct preview *p, struct hold_plan *h, struct err *err)
{
	int64_t now = store_world_ms(p->backend->store);
	const char *reason;
	const struct hold *there;

	holds_refresh(p->backend, p->world);
	there = hold_of(p->backend->holds, p->targets[0].name);
	if (p->target_n != 1)
		return err_set(err, ERR_USAGE, "%s takes one group",
			       p->ops->row->verb);
	if (!begins(p)) {
		if (!there)
			return err_set(err, ERR_CONFLICT, "%s is not held",
				       p->targets[0].name);
		h->hold = *there;
		return true;
	}
	if (!hold_parse(p->command.args, &h->for_ms, &reason, err))
		return false;
	snprintf(h->hold.group, sizeof(h->hold.group), "%s",
		 p->targets[0].name);
	text_clean_to(h->hold.reason, sizeof(h->hold.reason), reason,
		      strlen(reason));
	h->hold.since_ms = now;
	h->hold.until_ms = (now + h->for_ms) / 1000 * 1000;
	return true;
}

static void
plan(struct preview *p)
{
	struct hold_plan *h = xcalloc(1, sizeof(*h));
	uint32_t nodes, kept;
	struct buf names;
	struct err err;
	char where[400];

	p->plan = h;
	if (!work_out(p, h, &err)) {
		preview_fail(p, &err);
		return;
	}
	buf_init(&names, 1 << 20);
	nodes = count_nodes(p, &kept, &names);
	preview_where(p, where, sizeof(where));
	buf_printf(&p->text, "%s.\nOn %s.\n\n", p->ops->row->summary, where);
	say_what(p, h, nodes, kept);
	write_same(p, &names);
	buf_fini(&names);
	p->ask = ASK_YES;
	preview_title(p, "%s %s?", begins(p) ? "Hold" : "End the hold of",
		      p->targets[0].name);
	preview_ready(p);
}

/* ---- the act ---- */

static void
on_marked(void *ctx, uint32_t good, uint32_t bad, const struct err *first)
{
	struct preview *p = ctx;
	const struct hold_plan *h = p->plan;
	struct err err = *first;
	char what[200], at[TIME_TEXT];

	p->waiting--;
	if (bad) {
		/* Our engine heeds it all the same, and it is tried again. */
		err_prefix(&err, "%s, but %u of %u nodes are not marked yet",
			   begins(p) ? "held" : "the hold is ended", bad,
			   good + bad);
		preview_step_done(p, &err, NULL);
		return;
	}
	snprintf(what, sizeof(what), "%s%s, %u %s",
		 begins(p) ? "held until " : "held no more",
		 begins(p) ? time_format(h->hold.until_ms, false, at) : "",
		 good, good == 1 ? "node" : "nodes");
	preview_step_done(p, &err, what);
}

static void
on_written(void *ctx, const struct err *journal)
{
	struct preview *p = ctx;
	struct hold_plan *h = p->plan;
	struct err err = *journal;

	if (err.code) {
		p->waiting--;
		err_prefix(&err, "nothing was changed");
		preview_step_done(p, &err, NULL);
		return;
	}
	if (begins(p))
		hold_begin(p->backend, &h->hold);
	else
		hold_end(p->backend, h->hold.group);
	hold_mark(p->backend, h->hold.group, on_marked, p);
}

static void
step(struct preview *p)
{
	struct hold_plan *h = p->plan;
	char at[TIME_TEXT], after[64] = "";

	p->waiting++;
	act_new_id(p->backend, h->id);
	if (begins(p)) {
		h->hold.since_ms = store_world_ms(p->backend->store);
		snprintf(h->hold.id, sizeof(h->hold.id), "%s", h->id);
		snprintf(after, sizeof(after), "held until %s",
			 time_format(h->hold.until_ms, false, at));
	}
	act_note(p->backend,
		 &(struct act_note){ .verb = p->ops->row->verb,
				     .by = ACT_BY_PERSON,
				     .kind = KIND_GROUP,
				     .target = &p->targets[0],
				     .id = h->id,
				     .why = begins(p) ? h->hold.reason
						      : p->command.text,
				     .before = begins(p) ? "" : h->hold.id,
				     .after = after,
				     .done = on_written,
				     .ctx = p });
}

#define NEED { "patch", "", "nodes", NULL }
const struct action_ops action_hold = { &action_rows[6], NEED, plan, step };
const struct action_ops action_unhold = { &action_rows[7], NEED, plan, step };
