/*
 * What nodes and pods use: kept with their rows until it is told anew, unknown
 * when an answer leaves one out.
 */
#include "backend/store/private.h"

static struct usage_word *
word_of(struct row *row)
{
	return row->kind == KIND_NODE ? &link_of(row, node_row, row)->usage
				      : &link_of(row, pod_row, row)->usage;
}

static uint32_t *
epoch_of(struct store *s, enum kind kind)
{
	return &s->usage_epoch[kind == KIND_POD];
}

int64_t
usage_mcpu(const struct usage_word *u)
{
	return u->epoch ? u->mcpu : -1;
}

int64_t
usage_bytes(const struct usage_word *u)
{
	return u->epoch ? u->bytes : -1;
}

void
usage_hear(struct store *s, enum kind kind, const char *key, int64_t mcpu,
	   int64_t bytes)
{
	struct row *row = shelf_find(&s->shelf[kind], key);
	struct usage_word *u, was;

	if (!row || row->ended)
		return;
	u = word_of(row);
	was = *u;
	*u = (struct usage_word){ mcpu, bytes, *epoch_of(s, kind) + 1 };
	if (!was.epoch || was.mcpu != mcpu || was.bytes != bytes)
		row_dirty(s, row);
}

void
usage_end(struct store *s, enum kind kind)
{
	uint32_t now = ++*epoch_of(s, kind);

	list_each (row, row, &s->shelf[kind].arrived, queue) {
		struct usage_word *u = word_of(row);

		if (row->ended || !u->epoch || u->epoch == now)
			continue;
		u->epoch = 0;
		row_dirty(s, row);
	}
}
