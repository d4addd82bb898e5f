/*
 * Its acts, our wishes, and what became of both.
 */
#include "backend/control/shadow.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/control/act_run.h"
#include "backend/engine/policy_values.h"
#include "backend/model/cloud.h"
#include "backend/model/node.h"

#define WINDOW_MS ((int64_t)2 * 60 * 1000)
/* The cloud is looked at that often: how late we may see what it did. */
#define LATE_MS ((int64_t)20 * 1000)
#define HOUR_MS ((int64_t)3600 * 1000)
/* A gap in what we see is not shadowing. */
#define GAP_MS ((int64_t)60 * 1000)
enum { KEPT = 4096 };

struct wish { /* of ours, as plans repeat it */
	char *subject;		/* group or node */
	bool down;
	int32_t from, to;
	int64_t first_ms, last_ms;
	bool met, told;		/* by an act of its; as a disagreement */
	char *why;
};

struct deed { /* of the autoscaler's, not compared yet */
	char *subject;
	bool down;
	int32_t from, to;
	int64_t at_ms;
	char *against;		/* what our plan said of it then */
	bool soon;		/* our plan would have come to it in time */
};

struct going { /* a node that carries its taint */
	char *node, *group;
	char id[ACT_ID_TEXT];
	int64_t since_ms;
	bool there;
};

struct shadow {
	struct engine_run *run;
	VEC(struct wish) wishes;
	VEC(struct deed) deeds;
	VEC(struct going) going;
	int64_t looked_ms;	/* world */
};

static struct engine_status *
status(const struct shadow *s)
{
	return store_engine(s->run->backend->store);
}

static bool
it_leads(const struct shadow *s)
{
	return status(s)->lead == LEAD_CA;
}

static void
free_wish(struct wish *w)
{
	free(w->subject);
	free(w->why);
}

static void
free_deed(struct deed *d)
{
	free(d->subject);
	free(d->against);
}

static int64_t
window_ms(const struct shadow *s)
{
	int64_t late = store_speed_milli(s->run->backend->store) * LATE_MS /
		       1000;

	return late > WINDOW_MS ? late : WINDOW_MS;
}

/* ---- what is counted ---- */

static void
agree(struct shadow *s, bool down)
{
	struct engine_status *e = status(s);

	e->shadow_acts++;
	e->shadow_agreed++;
	e->shadow_downs += down;
	e->shadow_downs_agreed += down;
}

static void
disagree(struct shadow *s, bool down, const char *subject, const char *change,
	 const char *reason)
{
	struct engine_status *e = status(s);
	struct decision_text t = { .by = "shadow",
				   .what = down ? "differs: scale down"
						: "differs: scale up",
				   .subject = subject,
				   .change = change,
				   .reason = reason };

	e->shadow_acts++;
	e->shadow_downs += down;
	store_find(s->run->backend->store, down ? KIND_NODE : KIND_GROUP,
		   subject, &t.target);
	engine_decision(s->run, ++s->run->decisions, &t);
}

/* ---- our word on what it did ---- */

static char *
our_word(const struct shadow *s, bool down, const char *subject)
{
	const struct plan *p = s->run->plan;
	const struct plan_node *n = p && down ? plan_node(p, subject) : NULL;
	const struct plan_group *g = p && !down ? plan_group(p, subject)
						: NULL;

	if (!p)
		return xstrdup("nothing was decided yet");
	if (down && !n)
		return xstrdup("paddock does not know the node");
	if (down && *str_or_empty(n->blocked))
		return xasprintf("paddock keeps it: %s%s%s", n->blocked,
				 *str_or_empty(n->by) ? ": " : "",
				 str_or_empty(n->by));
	if (down)
		return xstrdup(n->unneeded_since_ms
				       ? "paddock would wait longer"
				       : "paddock needs it");
	if (!g)
		return xstrdup("paddock does not manage the group");
	if (*str_or_empty(g->skipped))
		return xasprintf("paddock would not: %s%s%s", g->skipped,
				 *str_or_empty(g->detail) ? ": " : "",
				 str_or_empty(g->detail));
	return xstrdup("paddock sees no pod that needs it");
}

/* ---- meeting ---- */

static struct wish *
find_wish(struct shadow *s, bool down, const char *subject)
{
	for (uint32_t i = 0; i < s->wishes.n; i++)
		if (s->wishes.at[i].down == down &&
		    strcmp(s->wishes.at[i].subject, subject) == 0)
			return &s->wishes.at[i];
	return NULL;
}

/* True when the act is settled. */
static bool
meets(struct shadow *s, const struct deed *d, struct wish *w)
{
	char change[64], reason[120];

	if (!w || w->last_ms < d->at_ms - window_ms(s))
		return false;
	if (!d->down && w->to != d->to && w->from != d->from)
		return false; /* a wish of another moment */
	w->met = true;
	if (d->down || w->to == d->to) {
		agree(s, d->down);
		return true;
	}
	snprintf(change, sizeof(change), "%d>%d", d->from, d->to);
	snprintf(reason, sizeof(reason), "CA %d>%d, paddock would %d>%d",
		 d->from, d->to, w->from, w->to);
	disagree(s, false, d->subject, change, reason);
	return true;
}

static void
settle_deeds(struct shadow *s, int64_t now)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < s->deeds.n; i++) {
		struct deed *d = &s->deeds.at[i];
		char change[64] = "", reason[400];
		bool done = meets(s, d, find_wish(s, d->down, d->subject));

		if (!done && d->soon) {
			agree(s, d->down);
			done = true;
		}
		if (!done && now - d->at_ms > window_ms(s)) {
			if (!d->down)
				snprintf(change, sizeof(change), "%d>%d",
					 d->from, d->to);
			snprintf(reason, sizeof(reason), "CA did; %s",
				 d->against);
			disagree(s, d->down, d->subject, change, reason);
			done = true;
		}
		if (done)
			free_deed(d);
		else
			s->deeds.at[n++] = *d;
	}
	s->deeds.n = n;
}

static void
settle_wishes(struct shadow *s, int64_t now)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < s->wishes.n; i++) {
		struct wish *w = &s->wishes.at[i];
		char change[64] = "", reason[400];

		if (!w->met && !w->told &&
		    now - w->first_ms > window_ms(s) &&
		    now - w->last_ms < window_ms(s) / 2) {
			if (!w->down)
				snprintf(change, sizeof(change), "%d>%d",
					 w->from, w->to);
			snprintf(reason, sizeof(reason),
				 "CA does not; paddock would: %s", w->why);
			disagree(s, w->down, w->subject, change, reason);
			w->told = true;
		}
		if (now - w->last_ms > 2 * window_ms(s))
			free_wish(w);
		else
			s->wishes.at[n++] = *w;
	}
	s->wishes.n = n;
}

/* ---- our wishes ---- */

static void
wish(struct shadow *s, bool down, const char *subject, int32_t from,
     int32_t to, const char *why)
{
	int64_t now = store_world_ms(s->run->backend->store);
	struct wish *w = find_wish(s, down, subject);
	struct wish new = { .down = down, .from = from, .to = to };

	if (w && w->from == from && w->to == to &&
	    now - w->last_ms < window_ms(s)) {
		w->last_ms = now;
		return;
	}
	/* The same wish with another size is one that goes on. */
	if (w && !w->met && now - w->last_ms < window_ms(s)) {
		w->from = from;
		w->to = to;
		w->last_ms = now;
		return;
	}
	new.first_ms = new.last_ms = now;
	new.subject = xstrdup(subject);
	new.why = xstrdup(why);
	if (w) {
		free_wish(w);
		*w = new;
	} else if (s->wishes.n < KEPT) {
		vec_push(&s->wishes, new);
	} else {
		free_wish(&new);
	}
}

void
shadow_planned(struct shadow *s)
{
	const struct plan *p = s->run->plan;
	char why[120];

	if (!it_leads(s))
		return;
	for (uint32_t i = 0; i < p->scale_up_n; i++) {
		snprintf(why, sizeof(why), "%u pods fit nowhere else",
			 p->scale_up[i].pod_n);
		wish(s, false, p->scale_up[i].group, p->scale_up[i].from,
		     p->scale_up[i].to, why);
	}
	for (uint32_t i = 0; i < p->scale_down_n; i++)
		wish(s, true, p->scale_down[i].node, 0, 0,
		     p->scale_down[i].drain ? "its pods fit elsewhere"
					    : "it is empty");
}

/* ---- its deeds ---- */

/* It was only a little faster: once it has marked the node, our plans do not
 * speak of it any more. */
static bool
would_soon(const struct shadow *s, const char *node)
{
	const struct plan_node *n = s->run->plan ? plan_node(s->run->plan,
							     node)
						 : NULL;
	int64_t now = store_world_ms(s->run->backend->store);

	return n && n->unneeded_since_ms &&
	       (str_eq(n->blocked, "NotUnneededLongEnough") ||
		str_eq(n->blocked, "CurrentlyBeingDeleted")) &&
	       n->unneeded_since_ms +
			       policy_ms(s->run->policy,
					 POLICY_UNNEEDED_TIME) -
			       now <=
		       window_ms(s);
}

static void
deed(struct shadow *s, bool down, const char *subject, int32_t from,
     int32_t to)
{
	struct deed d = { .down = down, .from = from, .to = to };

	if (s->deeds.n >= KEPT)
		return;
	d.subject = xstrdup(subject);
	d.at_ms = store_world_ms(s->run->backend->store);
	d.against = our_word(s, down, subject);
	d.soon = down && would_soon(s, subject);
	vec_push(&s->deeds, d);
}

void
shadow_resized(struct shadow *s, const char *group, int32_t from, int32_t to)
{
	struct backend *b = s->run->backend;
	int64_t now = store_world_ms(b->store);
	char id[ACT_ID_TEXT];

	if (to <= from)
		return; /* its nodes tell of that */
	act_new_id(b, id);
	act_show(b, &(struct act_shown){ .id = id,
					 .what = "scaleUp",
					 .group = group,
					 .from = from,
					 .to = to,
					 .started_ms = now,
					 .ended_ms = now,
					 .by = ACT_BY_CA,
					 .outcome = ACT_OK });
	deed(s, false, group, from, to);
}

static void
show_going(struct shadow *s, const struct going *g, uint8_t outcome)
{
	struct backend *b = s->run->backend;

	act_show(b, &(struct act_shown){
			    .id = g->id,
			    .what = "scaleDown",
			    .group = g->group,
			    .node = g->node,
			    .code = outcome == ACT_FAILED ? "aborted" : "",
			    .started_ms = g->since_ms,
			    .ended_ms = outcome == ACT_RUNNING
						? 0
						: store_world_ms(b->store),
			    .by = ACT_BY_CA,
			    .outcome = outcome,
		    });
}

static void
see_taint(struct shadow *s, const struct snapshot *snap,
	  const struct node *n, const struct node_sum *sum)
{
	const struct group *group =
		sum ? snapshot_rec(snap, sum->group) : NULL;
	struct going g = { .there = true };

	for (uint32_t i = 0; i < s->going.n; i++)
		if (strcmp(s->going.at[i].node, n->meta.name) == 0) {
			s->going.at[i].there = true;
			return;
		}
	if (!it_leads(s) || !group)
		return;
	g.node = xstrdup(n->meta.name);
	g.group = xstrdup(group->name);
	g.since_ms = store_world_ms(s->run->backend->store);
	act_new_id(s->run->backend, g.id);
	show_going(s, &g, ACT_RUNNING);
	vec_push(&s->going, g);
	deed(s, true, n->meta.name, 0, 0);
}

static void
look_at_nodes(struct shadow *s, const struct snapshot *snap)
{
	const struct slot *slot;
	uint32_t n = 0;

	for (uint32_t i = 0; i < s->going.n; i++)
		s->going.at[i].there = false;
	for (uint32_t i = 0;
	     (slot = snapshot_next(snap, KIND_NODE, &i, NULL));) {
		const struct node *node = (const void *)slot->rec;

		if (!slot->ended && node_taint(node, TAINT_TO_BE_DELETED))
			see_taint(s, snap, node, (const void *)slot->sum);
	}
	for (uint32_t i = 0; i < s->going.n; i++) {
		struct going *g = &s->going.at[i];

		if (g->there) {
			s->going.at[n++] = *g;
			continue;
		}
		/* Gone, or its taint came off. */
		show_going(s, g,
			   store_find(s->run->backend->store, KIND_NODE,
				      g->node, NULL)
				   ? ACT_FAILED
				   : ACT_OK);
		free(g->node);
		free(g->group);
	}
	s->going.n = n;
}

void
shadow_turn(struct shadow *s, const struct snapshot *snap)
{
	int64_t now = store_world_ms(s->run->backend->store);
	int64_t since = now - s->looked_ms;

	look_at_nodes(s, snap);
	/* Only time in which both decide is shadowed. */
	if (it_leads(s) && s->run->plan && s->looked_ms && since > 0 &&
	    since < GAP_MS)
		status(s)->shadowed_ms += since;
	s->looked_ms = now;
	settle_deeds(s, now);
	if (it_leads(s))
		settle_wishes(s, now);
}

/* ---- the whole ---- */

void
shadow_text(const struct engine_status *e, char *out, size_t room)
{
	char age[TIME_TEXT];

	if (e->shadowed_ms < HOUR_MS / 2 && !e->shadow_acts)
		snprintf(out, room, "shadowed 0 h: unproven");
	else if (!e->shadow_acts)
		snprintf(out, room, "shadowed %s: CA did nothing yet",
			 age_format(e->shadowed_ms, age));
	else
		snprintf(out, room,
			 "shadowed %s: %u%% of %u acts agree, scale-downs %u "
			 "of %u",
			 age_format(e->shadowed_ms, age),
			 e->shadow_agreed * 100 / e->shadow_acts,
			 e->shadow_acts, e->shadow_downs_agreed,
			 e->shadow_downs);
}

struct shadow *
shadow_new(struct engine_run *e)
{
	struct shadow *s = xcalloc(1, sizeof(*s));

	s->run = e;
	return s;
}

void
shadow_free(struct shadow *s)
{
	if (!s)
		return;
	for (uint32_t i = 0; i < s->wishes.n; i++)
		free_wish(&s->wishes.at[i]);
	for (uint32_t i = 0; i < s->deeds.n; i++)
		free_deed(&s->deeds.at[i]);
	for (uint32_t i = 0; i < s->going.n; i++) {
		free(s->going.at[i].node);
		free(s->going.at[i].group);
	}
	vec_free(&s->wishes);
	vec_free(&s->deeds);
	vec_free(&s->going);
	free(s);
}
