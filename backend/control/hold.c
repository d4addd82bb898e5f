/*
 * Which groups are held: by the journal, by the nodes' marks, by a person.
 */
#include "backend/control/hold_private.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/base/map.h"
#include "backend/base/text.h"
#include "backend/control/engine_run.h"
#include "backend/engine/policy.h"
#include "backend/model/cloud.h"
#include "backend/model/node.h"

/* ---- what is held ---- */

bool
hold_parse(const char *args, int64_t *for_ms, const char **reason,
	   struct err *err)
{
	char span[24];
	size_t len = strcspn(args, " ");

	*reason = args + len + strspn(args + len, " ");
	snprintf(span, sizeof(span), "%.*s", (int)len, args);
	if (len && len < sizeof(span) && duration_parse(span, for_ms) &&
	    *for_ms >= HOLD_LEAST_MS && *for_ms <= HOLD_MOST_MS && **reason)
		return true;
	return err_set(err, ERR_USAGE,
		       "hold takes how long (1m to 168h) and why, as in \"1h "
		       "incident 4711\", not \"%.100s\"", args);
}

struct hold *
hold_find(struct holds *h, const char *group)
{
	for (uint32_t i = 0; i < h->list.n; i++)
		if (strcmp(h->list.at[i].group, group) == 0)
			return &h->list.at[i];
	return NULL;
}

const struct hold *
hold_of(const struct holds *h, const char *group)
{
	return h ? hold_find((struct holds *)(uintptr_t)h, group) : NULL;
}

bool
hold_was_ended(const struct holds *h, const char *id)
{
	for (uint32_t i = 0; i < h->ended.n; i++)
		if (strcmp(h->ended.at[i], id) == 0)
			return true;
	return false;
}

static void
take(struct holds *h, const struct hold *new)
{
	struct hold *there = hold_find(h, new->group);

	if (hold_was_ended(h, new->id))
		return;
	if (!there)
		vec_push(&h->list, *new);
	else if (strcmp(there->id, new->id) == 0)
		there->marked |= new->marked;
	else if (new->since_ms > there->since_ms)
		*there = *new;
}

static void
drop_at(struct holds *h, uint32_t i)
{
	h->list.at[i] = h->list.at[--h->list.n];
}

/* ---- the journal's word ---- */

static void
recall(struct holds *h, const struct journal_deed *d)
{
	struct hold new = { .since_ms = d->world_ms };
	const char *until = strstr(d->after, "until ");
	struct hold *there;

	if (strcmp(d->verb, "hold") == 0 && until &&
	    time_parse_rfc3339(until + 6, strcspn(until + 6, " "),
			       &new.until_ms)) {
		snprintf(new.group, sizeof(new.group), "%s", d->name);
		snprintf(new.id, sizeof(new.id), "%.*s",
			 ACT_ID_TEXT - 1, d->id);
		snprintf(new.reason, sizeof(new.reason), "%s", d->why);
		take(h, &new);
	} else if (strcmp(d->verb, "unhold") == 0) {
		vec_push(&h->ended, xstrdup(d->before));
		there = hold_find(h, d->name);
		if (there && strcmp(there->id, d->before) == 0)
			drop_at(h, (uint32_t)(there - h->list.at));
	} else if (strcmp(d->verb, "annotate") == 0 &&
		   strcmp(d->after, "held") == 0) {
		for (uint32_t i = 0; i < h->list.n; i++)
			h->list.at[i].marked |=
				strcmp(h->list.at[i].id, d->op) == 0;
	}
}

static void
fold(struct holds *h)
{
	const struct backend *b = h->backend;

	for (uint32_t i = 0; i < b->past.n; i++) {
		const struct journal_deed *d = &b->past.at[i];

		if (d->over && strcmp(d->result, "ok") == 0 &&
		    strcmp(d->context, store_place(b->store)->context) == 0)
			recall(h, d);
	}
	h->folded = true;
}

/* ---- the nodes' word ---- */

const char *
hold_group_of(const struct snapshot *s, const struct slot *slot)
{
	const struct node_sum *sum = (const void *)slot->sum;
	const struct group *g = sum ? snapshot_rec(s, sum->group) : NULL;

	return g ? g->name : NULL;
}

bool
hold_mark_of(const struct node *n, struct hold *out)
{
	return mark_read(labels_get(&n->meta.annotations, ANNOTATION_HOLD),
			 out);
}

static void
read_marks(struct holds *h, const struct snapshot *s)
{
	const struct slot *slot;
	struct hold said;

	for (uint32_t i = 0; (slot = snapshot_next(s, KIND_NODE, &i, NULL));) {
		const char *group = slot->ended ? NULL : hold_group_of(s, slot);

		if (!group || !hold_mark_of((const void *)slot->rec, &said) ||
		    said.until_ms <= s->clock.world_ms)
			continue;
		snprintf(said.group, sizeof(said.group), "%s", group);
		take(h, &said);
	}
}

/* None of the nodes that were there at its beginning carries it any more. */
static bool
was_ended_elsewhere(const struct holds *h, const struct hold *is,
		    const struct snapshot *s)
{
	const struct slot *slot;
	uint32_t old = 0;

	if (!is->marked || h->queue.n ||
	    s->source[SOURCE_KUBERNETES].state != SOURCE_LIVE ||
	    s->source[SOURCE_AWS].state != SOURCE_LIVE)
		return false;
	for (uint32_t i = 0; (slot = snapshot_next(s, KIND_NODE, &i, NULL));) {
		const struct node *n = (const void *)slot->rec;
		struct hold said;

		if (slot->ended || !str_eq(hold_group_of(s, slot), is->group))
			continue;
		if (hold_mark_of(n, &said) && strcmp(said.id, is->id) == 0)
			return false;
		old += n->meta.created_ms <= is->since_ms;
	}
	return old > 0;
}

static void
let_go(struct holds *h, const struct snapshot *s)
{
	for (uint32_t i = 0; i < h->list.n;) {
		struct hold *is = &h->list.at[i];
		bool over = is->until_ms <= s->clock.world_ms;

		if (!over && !was_ended_elsewhere(h, is, s)) {
			i++;
			continue;
		}
		backend_note(h->backend, SEVERITY_INFO, ERR_NONE,
			     "the hold of %s %s", is->group,
			     over ? "is over" : "was ended by somebody else");
		drop_at(h, i);
	}
}

static void
show(const struct holds *h)
{
	struct store_hold *at = xcalloc(h->list.n + 1, sizeof(*at));

	for (uint32_t i = 0; i < h->list.n; i++)
		at[i] = (struct store_hold){ h->list.at[i].group,
					     h->list.at[i].reason,
					     h->list.at[i].until_ms };
	store_holds(h->backend->store, at, h->list.n);
	free(at);
}

void
holds_refresh(struct backend *b, const struct snapshot *s)
{
	struct holds *h = b->holds;

	/* Before, nobody knows what time it is there. */
	if (!b->kube ||
	    store_source(b->store, SOURCE_KUBERNETES)->state != SOURCE_LIVE)
		return;
	if (!h->folded)
		fold(h);
	read_marks(h, s);
	let_go(h, s);
	show(h);
}

const struct policy *
holds_policy(const struct holds *h, const struct policy *p)
{
	struct policy *with;
	char at[TIME_TEXT];

	if (!h->list.n)
		return policy_ref(p);
	with = policy_dup(p);
	for (uint32_t i = 0; i < h->list.n; i++) {
		char *text = xasprintf("%s=%s", h->list.at[i].group,
				       time_format(h->list.at[i].until_ms,
						   true, at));

		policy_set(with, "hold", text, NULL, NULL);
		free(text);
	}
	return with;
}

/* ---- a person's word ---- */

void
hold_begin(struct backend *b, const struct hold *taken)
{
	struct holds *h = b->holds;
	struct hold *there = hold_find(h, taken->group);

	if (there)
		*there = *taken;
	else
		vec_push(&h->list, *taken);
	hold_find(h, taken->group)->fresh = true;
	show(h);
	engine_hold_began(b, taken->group);
}

void
hold_end(struct backend *b, const char *group)
{
	struct holds *h = b->holds;
	struct hold *is = hold_find(h, group);

	if (!is)
		return;
	vec_push(&h->ended, xstrdup(is->id));
	drop_at(h, (uint32_t)(is - h->list.at));
	show(h);
}

/* ---- the whole ---- */

struct holds *
holds_new(struct backend *b)
{
	struct holds *h = xcalloc(1, sizeof(*h));

	h->backend = b;
	h->retry = map_new(free);
	return h;
}

void
holds_free(struct holds *h)
{
	if (!h)
		return;
	for (uint32_t i = 0; i < h->queue.n; i++) {
		node_mark_drop(h->queue.at[i]->mark);
		if (h->queue.at[i]->batch && !--h->queue.at[i]->batch->waiting)
			free(h->queue.at[i]->batch);
		free(h->queue.at[i]);
	}
	for (uint32_t i = 0; i < h->ended.n; i++)
		free(h->ended.at[i]);
	vec_free(&h->queue);
	vec_free(&h->ended);
	vec_free(&h->list);
	map_free(h->retry);
	free(h);
}
