/*
 * Streams worked out from what is known: describe and why.
 */
#include "backend/control/describe.h"
#include "backend/control/engine_run.h"
#include "backend/control/stream.h"
#include "backend/control/why.h"

#include <stdio.h>

enum { TEXT_LIMIT = 1 << 20 };

static struct handle
find(const struct snapshot *s, const struct target *t)
{
	if (snapshot_slot(s, t->handle))
		return t->handle;
	return snapshot_find(s, (enum kind)t->handle.kind,
			     *t->ns ? t->ns : NULL, t->name);
}

static void
finish(struct stream *s, struct buf *text, bool ok, const struct target *t)
{
	struct err err = { .code = ERR_NONE };

	if (!ok)
		err_set(&err, ERR_GONE, "%s %s is not known (any more)",
			kind_name((enum kind)t->handle.kind), t->name);
	else if (!buf_ok(text))
		err_set(&err, ERR_LIMIT, "there is too much to say of %s",
			t->name);
	else
		stream_add(s, buf_text(text), text->len);
	stream_end(s, &err);
	buf_fini(text);
}

void
stream_describe(struct stream *s, const struct command *c)
{
	const struct snapshot *snap = store_peek(stream_backend(s)->store);
	struct buf text;
	bool ok;

	buf_init(&text, TEXT_LIMIT);
	ok = describe_write(snap, find(snap, &c->target), &text);
	finish(s, &text, ok, &c->target);
	snapshot_unref(snap);
}

void
stream_why(struct stream *s, const struct command *c)
{
	struct backend *b = stream_backend(s);
	const struct snapshot *snap = store_peek(b->store);
	struct buf text;
	bool ok;

	buf_init(&text, TEXT_LIMIT);
	ok = why_write(snap, engine_plan(b), find(snap, &c->target), &text);
	finish(s, &text, ok, &c->target);
	snapshot_unref(snap);
}
