/*
 * Acknowledging an orphaned intent: a person looked, and says what was found.
 * Writes the missing outcome; sends nothing.
 */
#include "backend/control/preview.h"

#include <stdio.h>
#include <stdlib.h>

static void
plan(struct preview *p)
{
	const struct entry *e = snapshot_rec(p->world, p->targets[0].handle);
	struct err err;

	if (p->target_n != 1 || !e->orphaned) {
		err_set(&err, ERR_USAGE,
			"acknowledge takes one entry without an outcome");
		preview_fail(p, &err);
		return;
	}
	p->plan = xstrdup(e->id);
	buf_printf(&p->text,
		   "%s %s %s\n\nIts writer died before the outcome was known: "
		   "it may or may not have\nhappened.  Look at %s, then close "
		   "the entry with what you found.\nNothing is sent.\n",
		   e->verb, e->target, e->change, e->target);
	p->ask = ASK_YES;
	preview_title(p, "Close %s?", e->id);
	preview_ready(p);
}

static void
on_written(void *ctx, const struct err *err)
{
	struct preview *p = ctx;
	char alarm[64];

	p->waiting--;
	if (!err->code) {
		snprintf(alarm, sizeof(alarm), "orphan/%s",
			 (const char *)p->plan);
		store_alarm_clear(p->backend->store, alarm);
	}
	preview_step_done(p, err, "closed");
}

static void
step(struct preview *p)
{
	p->waiting++;
	act_note(p->backend,
		 &(struct act_note){
			 .verb = "acknowledge",
			 .by = ACT_BY_PERSON,
			 .kind = KIND_ENTRY,
			 .target = &p->targets[0],
			 .why = p->command.text,
			 .result = *p->command.args ? p->command.args
						    : "acknowledged",
			 .id = p->plan,
			 .done = on_written,
			 .ctx = p,
		 });
}

const struct action_ops action_acknowledge = {
	&action_rows[5], { NULL, NULL, NULL, NULL }, plan, step,
};
