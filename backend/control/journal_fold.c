/*
 * The journal as the store of operations: what earlier runs did that a new one
 * has to go on from (design 8, rule 2).
 */
#include "backend/control/journal_private.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/base/clock.h"

/* The ones that matter later. */
static const char *const verbs[] = { "scale", "terminate", "hold", "unhold",
				     "annotate", "step" };

static const char *
text_of(const struct tree *t, const char *path)
{
	return str_or_empty(tree_text(tree_at(t, path)));
}

static bool
matters(const char *verb)
{
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
		if (strcmp(verbs[i], verb) == 0)
			return true;
	return false;
}

void
journal_deeds_free(struct journal_deed *at, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		free(at[i].context);
		free(at[i].name);
		free(at[i].before);
		free(at[i].after);
		free(at[i].why);
		free(at[i].result);
	}
}

/* An outcome follows its intent closely. */
static struct journal_deed *
find(struct journal_history *h, const char *id)
{
	uint32_t least = h->deeds.n > 256 ? h->deeds.n - 256 : 0;

	for (uint32_t i = h->deeds.n; i > least; i--)
		if (strcmp(h->deeds.at[i - 1].id, id) == 0)
			return &h->deeds.at[i - 1];
	return NULL;
}

static void
keep_newest(struct journal_history *h, uint32_t keep)
{
	uint32_t drop = h->deeds.n > keep ? h->deeds.n - keep : 0;

	if (!drop)
		return;
	journal_deeds_free(h->deeds.at, drop);
	memmove(h->deeds.at, h->deeds.at + drop,
		keep * sizeof(*h->deeds.at));
	h->deeds.n = keep;
}

static struct journal_deed *
add(struct journal_history *h, const struct tree *t)
{
	struct journal_deed *d;

	/* Twice the room before moving: each one moves once. */
	if (h->deeds.n >= 2 * JOURNAL_DEEDS)
		keep_newest(h, JOURNAL_DEEDS);
	d = vec_add(&h->deeds);
	memset(d, 0, sizeof(*d));
	snprintf(d->id, sizeof(d->id), "%s", text_of(t, "id"));
	snprintf(d->op, sizeof(d->op), "%s", text_of(t, "op"));
	snprintf(d->verb, sizeof(d->verb), "%s", text_of(t, "verb"));
	d->by_engine = strcmp(text_of(t, "by"), "engine") == 0;
	if (!tree_time(tree_get(t, "worldTime"), &d->world_ms) ||
	    !d->world_ms)
		tree_time(tree_get(t, "time"), &d->world_ms);
	d->context = xstrdup(text_of(t, "context"));
	d->name = xstrdup(text_of(t, "target.name"));
	d->before = xstrdup(text_of(t, "before"));
	d->after = xstrdup(text_of(t, "after"));
	d->why = xstrdup(text_of(t, "why"));
	d->result = xstrdup("");
	return d;
}

void
journal_fold(struct journal_history *h, const struct tree *t)
{
	struct journal_deed *d;

	if (!matters(text_of(t, "verb")))
		return;
	d = find(h, text_of(t, "id"));
	if (!d)
		d = add(h, t);
	if (strcmp(text_of(t, "phase"), "outcome") != 0)
		return;
	d->over = true;
	free(d->result);
	d->result = xstrdup(text_of(t, "result"));
}

void
journal_fold_end(struct journal_history *h)
{
	keep_newest(h, JOURNAL_DEEDS);
}

void
journal_fold_fini(struct journal_history *h)
{
	journal_deeds_free(h->deeds.at, h->deeds.n);
	vec_free(&h->deeds);
}
