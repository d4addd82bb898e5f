/*
 * What the engine decided, for people: verdicts joined into the rows they are
 * about, and a bounded history of decisions that says something new each time.
 */
#include "backend/control/blocker.h"
#include "backend/control/refusal.h"
#include "backend/control/shadow.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/model/cloud.h"
#include "backend/model/taint_tag.h"
#include "backend/model/workload.h"

enum { WORDS_LIMIT = 1000, DETAIL_LIMIT = 16384, PODS_SHOWN = 20, CAUSES = 16 };

static bool
acts(const struct engine_run *e)
{
	return engine_does(store_engine(e->backend->store));
}

/* ---- verdicts ---- */

static const struct plan_scale_up *
growth_for(const struct plan *p, const char *pod)
{
	for (uint32_t i = 0; i < p->scale_up_n; i++)
		for (uint32_t k = 0; k < p->scale_up[i].pod_n; k++)
			if (strcmp(p->scale_up[i].pods[k], pod) == 0)
				return &p->scale_up[i];
	return NULL;
}

/* A taint that the group's nodes have and its tags do not tell: every
 * autoscaler is lured, this engine too. */
static const struct group_tag *
lure(const struct snapshot *s, const struct plan_scale_up *up)
{
	const struct group *g = snapshot_rec(
		s, snapshot_find(s, KIND_GROUP, NULL, up->group));

	return g ? taint_tag_lame(g) : NULL;
}

static bool
is_lured(const struct snapshot *s, const struct plan *p)
{
	for (uint32_t i = 0; i < p->scale_up_n; i++)
		if (lure(s, &p->scale_up[i]))
			return true;
	return false;
}

/* An alarm beside it says that the growth is for nothing. */
static const char *
with_doubt(const struct plan *p, const struct plan_pod *pod, const char *text,
	   const struct snapshot *s, struct arena *a)
{
	const struct plan_scale_up *up =
		pod->fate == FATE_SCALE_UP ? growth_for(p, pod->pod) : NULL;
	const struct group_tag *tag = up ? lure(s, up) : NULL;

	return tag ? arena_printf(a, "%s; tag taint/%s lacks its effect, so "
				     "its nodes may refuse",
				  text, tag->key + strlen(TAINT_TAG))
		   : text;
}

static void
tell_store(struct engine_run *e, const struct snapshot *s, struct arena *a)
{
	const struct plan *p = e->plan;
	bool lured = is_lured(s, p);
	uint32_t n = 0;
	struct buf words;
	struct store_verdict *v = xcalloc(
		(size_t)p->pending_n + p->node_n + p->group_n + 1,
		sizeof(*v));

	for (uint32_t i = 0; i < p->pending_n; i++, n++) {
		v[n].kind = KIND_POD;
		v[n].key = p->pending[i].pod;
		v[n].reason = refusal_pod_text(p, &p->pending[i], acts(e), a,
					       &v[n].group);
		if (lured)
			v[n].reason = with_doubt(p, &p->pending[i],
						 v[n].reason, s, a);
	}
	buf_init(&words, WORDS_LIMIT);
	for (uint32_t i = 0; i < p->node_n; i++, n++) {
		v[n].kind = KIND_NODE;
		v[n].key = p->nodes[i].node;
		v[n].reason = p->nodes[i].blocked;
		buf_reset(&words);
		blocker_text(&p->nodes[i], &words);
		v[n].detail = arena_strdup(a, buf_text(&words));
		v[n].since_ms = p->nodes[i].unneeded_since_ms;
		v[n].managed = *str_or_empty(p->nodes[i].group) != '\0';
	}
	for (uint32_t i = 0; i < p->group_n; i++, n++) {
		v[n].kind = KIND_GROUP;
		v[n].key = p->groups[i].group;
		v[n].reason = p->groups[i].skipped;
		v[n].detail = p->groups[i].detail;
		v[n].since_ms = p->groups[i].backoff_until_ms;
		v[n].number = p->groups[i].upcoming;
		v[n].managed = true;
	}
	store_verdicts(e->backend->store, v, n);
	buf_fini(&words);
	free(v);
}

/* ---- decisions ---- */

void
engine_decision(struct engine_run *e, uint64_t number,
		const struct decision_text *t)
{
	struct seal *s = seal_new();
	struct decision *d = seal_begin(s, sizeof(*d));

	d->at_ms = store_world_ms(e->backend->store);
	d->number = number;
	d->target = t->target;
	seal_text(s, &d->by, t->by);
	seal_text(s, &d->what, t->what);
	seal_text(s, &d->subject, str_or_empty(t->subject));
	seal_text(s, &d->change, str_or_empty(t->change));
	seal_text(s, &d->reason, str_or_empty(t->reason));
	seal_text(s, &d->detail, str_or_empty(t->detail));
	store_put(e->backend->store, record_seal(s, KIND_DECISION));
	seal_free(s);
}

static const char *
by_text(const struct engine_run *e)
{
	return acts(e) ? "paddock" : "paddock would";
}

/* Lines: each pod and why not the other groups; pods of one sort have the same
 * refusals, so a few are enough. */
static void
write_pods(const struct plan *plan, const char *const *pods, uint32_t n,
	   struct buf *out)
{
	for (uint32_t i = 0; i < n && i < PODS_SHOWN; i++) {
		const struct plan_pod *p = plan_pod(plan, pods[i]);

		buf_printf(out, "%s\n", pods[i]);
		for (uint32_t g = 0; p && g < p->group_n; g++)
			buf_printf(out, "  not %s: %s%s%s\n",
				   p->groups[g].group, p->groups[g].reason,
				   *str_or_empty(p->groups[g].detail) ? ": "
								      : "",
				   str_or_empty(p->groups[g].detail));
	}
	if (n > PODS_SHOWN)
		buf_printf(out, "and %u more\n", n - PODS_SHOWN);
}

static void
tell_scale_ups(struct engine_run *e)
{
	for (uint32_t i = 0; i < e->plan->scale_up_n; i++) {
		const struct plan_scale_up *up = &e->plan->scale_up[i];
		struct decision_text t = { .by = by_text(e),
					   .what = "scale up",
					   .subject = up->group };
		char change[32], reason[200];
		struct buf detail;

		buf_init(&detail, DETAIL_LIMIT);
		snprintf(change, sizeof(change), "%d>%d", up->from, up->to);
		snprintf(reason, sizeof(reason), "%u %s nowhere else (%s)",
			 up->pod_n, up->pod_n == 1 ? "pod fits" : "pods fit",
			 str_or_empty(up->expander));
		write_pods(e->plan, up->pods, up->pod_n, &detail);
		t.change = change;
		t.reason = reason;
		t.detail = buf_text(&detail);
		store_find(e->backend->store, KIND_GROUP, up->group,
			   &t.target);
		engine_decision(e, ++e->decisions, &t);
		buf_fini(&detail);
	}
}

static void
tell_scale_downs(struct engine_run *e)
{
	for (uint32_t i = 0; i < e->plan->scale_down_n; i++) {
		const struct plan_scale_down *d = &e->plan->scale_down[i];
		struct decision_text t = { .by = "paddock would",
					   .what = "remove",
					   .subject = d->node };
		char reason[200];

		snprintf(reason, sizeof(reason), "%s, %.0f%% used, group %s",
			 d->drain ? "its pods fit elsewhere" : "empty",
			 d->utilization * 100, d->group);
		t.reason = reason;
		store_find(e->backend->store, KIND_NODE, d->node, &t.target);
		engine_decision(e, ++e->decisions, &t);
	}
}

struct cause {
	const char *text, *group;
	bool turn; /* not refused: another group grows first */
	VEC(const char *) pods;
};

/* Refused pods by cause: one decision each. */
static uint32_t
sort_causes(const struct engine_run *e, struct arena *a, struct cause *causes)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < e->plan->pending_n; i++) {
		const struct plan_pod *p = &e->plan->pending[i];
		const char *group, *text;
		uint32_t c = 0;

		if (p->fate != FATE_REFUSED)
			continue;
		text = refusal_cause(e->plan, p, a, &group);
		while (c < n && strcmp(causes[c].text, text) != 0)
			c++;
		if (c == n && n == CAUSES)
			continue;
		if (c == n)
			causes[n++] = (struct cause){
				.text = text,
				.group = group,
				.turn = refusal_waits_turn(e->plan, p),
			};
		vec_push(&causes[c].pods, p->pod);
	}
	return n;
}

static void
tell_refusals(struct engine_run *e, struct cause *causes, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		struct cause *c = &causes[i];
		struct decision_text t = { .by = by_text(e),
					   .what = c->turn ? "put off"
							   : "refuse" };
		char subject[RECORD_KEY];
		struct buf detail;

		buf_init(&detail, DETAIL_LIMIT);
		if (c->pods.n == 1)
			snprintf(subject, sizeof(subject), "%s",
				 c->pods.at[0]);
		else
			snprintf(subject, sizeof(subject), "%u pods",
				 c->pods.n);
		write_pods(e->plan, c->pods.at, c->pods.n, &detail);
		t.subject = subject;
		t.reason = c->text;
		t.detail = buf_text(&detail);
		store_find(e->backend->store, KIND_POD, c->pods.at[0],
			   &t.target);
		engine_decision(e, ++e->decisions, &t);
		buf_fini(&detail);
	}
}

/* What is worth a new line: other groups, other sizes, other causes; not that
 * one more pod waits for the same thing. */
static uint64_t
digest(const struct engine_run *e, const struct cause *causes, uint32_t n)
{
	uint64_t h = hash_text(str_or_empty(e->plan->result)) + acts(e);

	for (uint32_t i = 0; i < e->plan->scale_up_n; i++) {
		const struct plan_scale_up *up = &e->plan->scale_up[i];

		h = hash_bytes(up->group, strlen(up->group), h);
		h = hash_bytes(&up->to, sizeof(up->to), h);
	}
	for (uint32_t i = 0; i < e->plan->scale_down_n; i++)
		h = hash_bytes(e->plan->scale_down[i].node,
			       strlen(e->plan->scale_down[i].node), h);
	for (uint32_t i = 0; i < n; i++)
		h = hash_bytes(causes[i].text, strlen(causes[i].text), h);
	return h;
}

void
engine_report(struct engine_run *e, const struct snapshot *s)
{
	struct arena *a = arena_new();
	struct cause causes[CAUSES] = { { 0 } };
	uint32_t n = sort_causes(e, a, causes);
	bool said = e->plan->scale_up_n || e->plan->scale_down_n || n;
	uint64_t now = digest(e, causes, n);

	tell_store(e, s, a);
	engine_put_steps(e);
	if (now != e->told_digest) {
		tell_scale_ups(e);
		tell_refusals(e, causes, n);
		tell_scale_downs(e);
		if (!said && e->told_digest && e->said)
			engine_decision(e, ++e->decisions,
					&(struct decision_text){
						.by = by_text(e),
						.what = "wait",
						.reason = "nothing to do: no "
							  "pod waits for a "
							  "node",
					});
		e->told_digest = now;
		e->said = said;
	}
	if (!e->plan->cluster_healthy && *str_or_empty(e->plan->cluster_reason))
		snprintf(store_engine(e->backend->store)->blocked,
			 sizeof(store_engine(e->backend->store)->blocked),
			 "cluster unhealthy: %s", e->plan->cluster_reason);
	else
		store_engine(e->backend->store)->blocked[0] = '\0';
	for (uint32_t i = 0; i < n; i++)
		vec_free(&causes[i].pods);
	arena_free(a);
}

void
engine_show_step(struct engine_run *e, const char *text)
{
	struct engine_status *status = store_engine(e->backend->store);

	status->awaiting_approval = text != NULL;
	snprintf(status->next_step, sizeof(status->next_step), "%s",
		 str_or_empty(text));
	if (!text) {
		store_remove(e->backend->store, KIND_DECISION, "0");
		return;
	}
	engine_decision(e, 0, &(struct decision_text){
				      .by = "paddock",
				      .what = "waits for approval",
				      .subject = text,
			      });
}
