/*
 * Keeping the marks of held groups' nodes: which node wants one or has one too
 * many, a few written at a time, and what a person asked for as one batch.
 */
#include "backend/control/hold_private.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/model/node.h"

#define RETRY_MS ((int64_t)30 * 1000)
#define LOOK_MS ((int64_t)2 * 1000)
enum { AT_ONCE = 8 };
#define ALARM "hold"

/* ---- the queue ---- */

static void pump(struct holds *h);

static void
on_marked(void *ctx, const struct err *err)
{
	struct marking *m = ctx;
	struct batch *b = m->batch;
	bool bad = err->code && err->code != ERR_GONE;

	m->mark = NULL;
	m->batch = NULL;
	m->over = true;
	if (bad) {
		int64_t *at = xcalloc(1, sizeof(*at));

		*at = backend_boot_ms(m->all->backend) + RETRY_MS;
		free(map_put(m->all->retry, m->node.name, at));
	}
	if (bad && !b)
		backend_note(m->all->backend, SEVERITY_WARN, err->code,
			     "hold: %s: %s", m->node.name, err->text);
	if (b) {
		b->good += !bad;
		b->bad += bad;
		if (bad && !b->first.code)
			b->first = *err;
		if (--b->waiting == 0) {
			b->done(b->ctx, b->good, b->bad, &b->first);
			free(b);
		}
	}
	if (!m->all->backend->closing)
		pump(m->all);
}

static void
pump(struct holds *h)
{
	uint32_t under_way = 0;

	for (uint32_t i = 0; i < h->queue.n; i++)
		under_way += h->queue.at[i]->started &&
			     !h->queue.at[i]->over;
	for (uint32_t i = 0; i < h->queue.n && under_way < AT_ONCE; i++) {
		struct marking *m = h->queue.at[i];
		char why[HOLD_REASON + 80];

		if (m->started)
			continue;
		m->started = true;
		under_way++;
		snprintf(why, sizeof(why), m->set ? "%s is held: %s"
						  : "the hold of %s is over%s",
			 m->hold.group, m->set ? m->hold.reason : "");
		m->mark = node_mark_start(
			h->backend,
			&(struct mark_spec){ .target = &m->node,
					     .hold = m->set ? &m->hold : NULL,
					     .op = m->hold.id,
					     .by = m->by,
					     .why = why,
					     .done = on_marked,
					     .ctx = m });
	}
}

static void
sweep(struct holds *h)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < h->queue.n; i++) {
		if (h->queue.at[i]->over)
			free(h->queue.at[i]);
		else
			h->queue.at[n++] = h->queue.at[i];
	}
	h->queue.n = n;
}

static bool
is_queued(const struct holds *h, const char *node)
{
	for (uint32_t i = 0; i < h->queue.n; i++)
		if (!h->queue.at[i]->over &&
		    strcmp(h->queue.at[i]->node.name, node) == 0)
			return true;
	return false;
}

static void
push(struct holds *h, const struct node *n, const struct hold *about,
     bool set, enum act_by by, struct batch *batch)
{
	struct marking *m = xcalloc(1, sizeof(*m));

	m->all = h;
	m->hold = *about;
	m->set = set;
	m->by = by;
	m->batch = batch;
	if (batch)
		batch->waiting++;
	snprintf(m->node.name, sizeof(m->node.name), "%s", n->meta.name);
	snprintf(m->node.uid, sizeof(m->node.uid), "%s", n->meta.uid);
	vec_push(&h->queue, m);
}

/* 1: it wants the mark of its group's hold; -1: its mark has to go; 0: fine.
 * about gets the hold. */
static int
due(const struct holds *h, const struct node *n, const char *group,
    int64_t now_ms, struct hold *about)
{
	const struct hold *is = group ? hold_of(h, group) : NULL;
	struct hold said;
	bool marked = hold_mark_of(n, &said);

	if (is && marked && strcmp(said.id, is->id) == 0)
		return 0;
	/* After a restart nodes that lack it may have been freed by another:
	 * only what joined since is marked. */
	if (is && (is->fresh || marked || n->meta.created_ms > is->since_ms)) {
		*about = *is;
		return 1;
	}
	if (!marked || (!hold_was_ended(h, said.id) && said.until_ms > now_ms))
		return 0;
	*about = said;
	snprintf(about->group, sizeof(about->group), "%s",
		 group ? group : "its group");
	return -1;
}

static void
warn(struct holds *h, uint32_t late, const char *group, const struct err *why)
{
	struct store_alarm a = { .id = ALARM, .severity = SEVERITY_WARN };
	char text[400];

	if (!late) {
		store_alarm_clear(h->backend->store, ALARM);
		return;
	}
	snprintf(text, sizeof(text),
		 "hold of %.100s: %u %s no longer (or not yet) marked as it "
		 "should be: %.150s", group, late,
		 late == 1 ? "node is" : "nodes are", why->text);
	a.text = text;
	a.why = "A hold marks its group's nodes for the deployed autoscaler. "
		"Setting and taking off marks needs write access; until then "
		"they stay as they are.";
	store_alarm(h->backend->store, &a);
}

void
holds_turn(struct backend *b)
{
	struct holds *h = b->holds;
	const struct snapshot *s;
	const struct slot *slot;
	struct err closed = { .code = ERR_NONE };
	uint32_t late = 0;
	char group_of_late[RECORD_KEY] = "";
	bool may;

	if (!b->kube || b->quitting ||
	    backend_boot_ms(b) - h->looked_boot_ms < LOOK_MS)
		return;
	h->looked_boot_ms = backend_boot_ms(b);
	sweep(h);
	s = store_peek(b->store);
	holds_refresh(b, s);
	may = gate_check(&b->gate, backend_boot_ms(b), &closed);
	/* A one-shot command does what it was asked, and nothing else. */
	for (uint32_t i = 0; h->folded && strcmp(b->config.via,
						 "command line") != 0 &&
			     (slot = snapshot_next(s, KIND_NODE, &i, NULL));) {
		const struct node *n = (const void *)slot->rec;
		const int64_t *retry = map_get(h->retry, n->meta.name);
		struct hold about;
		int what = slot->ended ? 0
				       : due(h, n, hold_group_of(s, slot),
					     s->clock.world_ms, &about);

		if (!what || is_queued(h, n->meta.name))
			continue;
		if (!may) {
			late++;
			snprintf(group_of_late, sizeof(group_of_late), "%s",
				 about.group);
		} else if (!retry || backend_boot_ms(b) >= *retry) {
			push(h, n, &about, what > 0, ACT_BY_PADDOCK, NULL);
		}
	}
	warn(h, late, group_of_late, &closed);
	snapshot_unref(s);
	pump(h);
}

bool
holds_are_idle(const struct holds *h)
{
	for (uint32_t i = 0; i < h->queue.n; i++)
		if (h->queue.at[i]->started && !h->queue.at[i]->over)
			return false;
	return true;
}

/* ---- a person's batch ---- */

void
hold_mark(struct backend *b, const char *group,
	  void (*done)(void *ctx, uint32_t good, uint32_t bad,
		       const struct err *first),
	  void *ctx)
{
	struct holds *h = b->holds;
	const struct hold *is = hold_find(h, group);
	const struct snapshot *s = store_peek(b->store);
	struct batch *batch = xcalloc(1, sizeof(*batch));
	const struct slot *slot;

	batch->done = done;
	batch->ctx = ctx;
	sweep(h);
	for (uint32_t i = 0; (slot = snapshot_next(s, KIND_NODE, &i, NULL));) {
		const struct node *n = (const void *)slot->rec;
		struct hold about = { .id = "" };

		if (slot->ended || !str_eq(hold_group_of(s, slot), group) ||
		    is_queued(h, n->meta.name))
			continue;
		if (is)
			about = *is;
		else if (!hold_mark_of(n, &about))
			continue;
		snprintf(about.group, sizeof(about.group), "%s", group);
		push(h, n, &about, is != NULL, ACT_BY_PERSON, batch);
	}
	snapshot_unref(s);
	if (batch->waiting) {
		pump(h);
		return;
	}
	free(batch);
	done(ctx, 0, 0, &(struct err){ .code = ERR_NONE });
}
