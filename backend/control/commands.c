/*
 * What the other side of the port asks for.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/text.h"
#include "backend/control/act_run.h"
#include "backend/control/engine_run.h"
#include "backend/control/lease.h"
#include "backend/control/preview.h"
#include "backend/control/stream.h"

static void
answer(struct backend *b, const struct command *c, const char *title,
       const struct err *err)
{
	struct reply r = { .id = c->id,
			   .kind = REPLY_DONE,
			   .code = (uint8_t)(err ? err->code : ERR_NONE) };

	text_clean_to(r.title, sizeof(r.title), title, strlen(title));
	if (err && err->code)
		r.text = xstrdup(err->text);
	backend_reply(b, &r);
}

/* ---- :write and :readonly ---- */

struct unlocking {
	struct backend *backend;
	struct command command;
};

/* Unlocked only once the journal knows who did it and why. */
static void
on_unlock_written(void *ctx, const struct err *journal)
{
	struct unlocking *u = ctx;
	struct backend *b = u->backend;
	struct err err = *journal;

	if (!err.code)
		gate_unlock(&b->gate, u->command.number, u->command.text,
			    backend_boot_ms(b), &err);
	answer(b, &u->command, "write", &err);
	free(u);
}

static void
unlock(struct backend *b, const struct command *c)
{
	struct gate trial = b->gate;
	struct unlocking *u;
	struct err err = { .code = ERR_NONE };
	char span[TIME_TEXT];

	if (!gate_unlock(&trial, c->number, c->text, backend_boot_ms(b),
			 &err)) {
		answer(b, c, "write", &err);
		return;
	}
	u = xcalloc(1, sizeof(*u));
	u->backend = b;
	u->command = *c;
	u->command.more = NULL;
	u->command.more_n = 0;
	act_note(b, &(struct act_note){ .verb = "unlock",
					.by = ACT_BY_PERSON,
					.why = c->text,
					.before = "read-only",
					.after = duration_format(c->number,
								 span),
					.done = on_unlock_written,
					.ctx = u });
}

static void
lock(struct backend *b, const struct command *c)
{
	gate_lock(&b->gate);
	act_note(b, &(struct act_note){ .verb = "lock",
					.by = ACT_BY_PERSON,
					.after = "read-only" });
	answer(b, c, "readonly", NULL);
}

/* ---- the engine ---- */

static void
set_mode(struct backend *b, const struct command *c)
{
	struct err err = { .code = ERR_NONE };

	if (c->number < MODE_ADVISORY || c->number > MODE_ACTIVE)
		err_set(&err, ERR_USAGE, "no such mode");
	else
		engine_set_mode(b, (enum engine_mode)c->number, &err);
	answer(b, c, "mode", &err);
}

static void
approve(struct backend *b, const struct command *c)
{
	struct err err = { .code = ERR_NONE };

	engine_approve(b, c->text, &err);
	answer(b, c, "approve", &err);
}

static void
scale_down(struct backend *b, const struct command *c)
{
	struct err err = { .code = ERR_NONE };

	if (store_engine(b->store)->mode == MODE_ADVISORY)
		err_set(&err, ERR_REFUSED,
			"the engine is advisory: it removes nothing; first "
			":mode active");
	else
		engine_set_scale_down(b, c->number != 0);
	answer(b, c, c->number ? "scale-down on" : "scale-down off", &err);
}

static void
panic(struct backend *b, const struct command *c)
{
	previews_stop(b);
	engine_panic(b);
	act_note(b, &(struct act_note){ .verb = "panic",
					.by = ACT_BY_PERSON,
					.after = "stopped, advisory" });
	answer(b, c, "stopped", NULL);
}

/* ---- what is watched ---- */

/* Kinds that something shows; those the engine and the joins need are watched
 * anyhow. */
static void
want(struct backend *b, uint64_t kinds)
{
	for (int k = 0; b->kube && k < KIND_COUNT; k++) {
		uint64_t bit = UINT64_C(1) << k;

		if (kind_source((enum kind)k) != SOURCE_KUBERNETES ||
		    (b->base_kinds & bit) || !codec_of((enum kind)k))
			continue;
		if ((kinds ^ b->wanted_kinds) & bit)
			kube_want(b->kube, (enum kind)k, (kinds & bit) != 0);
	}
	if (b->kube) {
		kube_want_usage(b->kube, KIND_NODE, kinds >> KIND_NODE & 1);
		kube_want_usage(b->kube, KIND_POD, kinds >> KIND_POD & 1);
	}
	b->wanted_kinds = kinds;
}

static void
refresh(struct backend *b)
{
	if (b->aws)
		aws_refresh(b->aws);
	if (b->gitlab)
		gitlab_refresh(b->gitlab);
}

static void
handle(struct backend *b, struct command *c)
{
	switch ((enum command_kind)c->kind) {
	case COMMAND_PREVIEW:
		preview_open(b, c);
		break;
	case COMMAND_CONFIRM:
		preview_confirm(b, c);
		break;
	case COMMAND_DROP:
		preview_drop(b, c->ref);
		break;
	case COMMAND_APPROVE:
		approve(b, c);
		break;
	case COMMAND_MODE:
		set_mode(b, c);
		break;
	case COMMAND_SCALE_DOWN:
		scale_down(b, c);
		break;
	case COMMAND_PANIC:
		panic(b, c);
		break;
	case COMMAND_UNLOCK:
		unlock(b, c);
		break;
	case COMMAND_LOCK:
		lock(b, c);
		break;
	case COMMAND_OPEN_STREAM:
		stream_open(b, c);
		break;
	case COMMAND_STREAM_READ:
		stream_read(b, c->ref, c->number);
		break;
	case COMMAND_CLOSE_STREAM:
		stream_close(b, c->ref);
		break;
	case COMMAND_WANT:
		want(b, (uint64_t)c->number);
		break;
	case COMMAND_REFRESH:
		refresh(b);
		break;
	case COMMAND_QUIT:
		backend_quit(b);
		break;
	}
}

void
backend_commands(struct backend *b)
{
	struct command c;

	if (!b->port)
		return;
	while (port_receive(b->port, &c)) {
		handle(b, &c);
		command_fini(&c);
	}
}
