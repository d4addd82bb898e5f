/*
 * Which groups are held, and keeping their nodes' marks so.
 */
#include "backend/control/hold.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/base/map.h"
#include "backend/base/text.h"
#include "backend/control/engine_run.h"
#include "backend/engine/policy.h"
#include "backend/model/cloud.h"
#include "backend/model/node.h"

#define RETRY_MS ((int64_t)30 * 1000)
#define LOOK_MS ((int64_t)2 * 1000)
enum { AT_ONCE = 8 };
#define ALARM "hold"

struct batch { /* what one confirmation asked for */
	void (*done)(void *ctx, uint32_t good, uint32_t bad,
		     const struct err *first);
	void *ctx;
	uint32_t waiting, good, bad;
	struct err first;
};

struct marking { /* of one node, waiting or under way */
	struct holds *all;
	struct target node;
	struct hold hold;
	bool set, started, over;
	enum act_by by;
	struct batch *batch; /* or NULL */
	struct node_mark *mark;
};

struct holds {
	struct backend *backend;
	VEC(struct hold) list;
	VEC(char *) ended; /* ids of holds that were ended early */
	VEC(struct marking *) queue;
	struct map *retry; /* node -> when it may be tried again, boxed */
	int64_t looked_boot_ms;
	bool folded;
};

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

static struct hold *
find(struct holds *h, const char *group)
{
	for (uint32_t i = 0; i < h->list.n; i++)
		if (strcmp(h->list.at[i].group, group) == 0)
			return &h->list.at[i];
	return NULL;
}

const struct hold *
hold_of(const struct holds *h, const char *group)
{
	return h ? find((struct holds *)(uintptr_t)h, group) : NULL;
}

static bool
is_ended(const struct holds *h, const char *id)
{
	for (uint32_t i = 0; i < h->ended.n; i++)
		if (strcmp(h->ended.at[i], id) == 0)
			return true;
	return false;
}

static void
take(struct holds *h, const struct hold *new)
{
	struct hold *there = find(h, new->group);

	if (is_ended(h, new->id))
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
		there = find(h, d->name);
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

static const char *
group_name(const struct snapshot *s, const struct slot *slot)
{
	const struct node_sum *sum = (const void *)slot->sum;
	const struct group *g = sum ? snapshot_rec(s, sum->group) : NULL;

	return g ? g->name : NULL;
}

static bool
mark_of(const struct node *n, struct hold *out)
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
		const char *group = slot->ended ? NULL : group_name(s, slot);

		if (!group || !mark_of((const void *)slot->rec, &said) ||
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

		if (slot->ended || !str_eq(group_name(s, slot), is->group))
			continue;
		if (mark_of(n, &said) && strcmp(said.id, is->id) == 0)
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

/* ---- marking ---- */

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
	bool marked = mark_of(n, &said);

	if (is && marked && strcmp(said.id, is->id) == 0)
		return 0;
	/* After a restart nodes that lack it may have been freed by another:
	 * only what joined since is marked. */
	if (is && (is->fresh || marked || n->meta.created_ms > is->since_ms)) {
		*about = *is;
		return 1;
	}
	if (!marked || (!is_ended(h, said.id) && said.until_ms > now_ms))
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
				       : due(h, n, group_name(s, slot),
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

/* ---- a person's word ---- */

void
hold_begin(struct backend *b, const struct hold *taken)
{
	struct holds *h = b->holds;
	struct hold *there = find(h, taken->group);

	if (there)
		*there = *taken;
	else
		vec_push(&h->list, *taken);
	find(h, taken->group)->fresh = true;
	show(h);
	engine_hold_began(b, taken->group);
}

void
hold_end(struct backend *b, const char *group)
{
	struct holds *h = b->holds;
	struct hold *is = find(h, group);

	if (!is)
		return;
	vec_push(&h->ended, xstrdup(is->id));
	drop_at(h, (uint32_t)(is - h->list.at));
	show(h);
}

void
hold_mark(struct backend *b, const char *group,
	  void (*done)(void *ctx, uint32_t good, uint32_t bad,
		       const struct err *first),
	  void *ctx)
{
	struct holds *h = b->holds;
	const struct hold *is = find(h, group);
	const struct snapshot *s = store_peek(b->store);
	struct batch *batch = xcalloc(1, sizeof(*batch));
	const struct slot *slot;

	batch->done = done;
	batch->ctx = ctx;
	sweep(h);
	for (uint32_t i = 0; (slot = snapshot_next(s, KIND_NODE, &i, NULL));) {
		const struct node *n = (const void *)slot->rec;
		struct hold about = { .id = "" };

		if (slot->ended || !str_eq(group_name(s, slot), group) ||
		    is_queued(h, n->meta.name))
			continue;
		if (is)
			about = *is;
		else if (!mark_of(n, &about))
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
