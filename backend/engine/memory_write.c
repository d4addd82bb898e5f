/*
 * Memory: writing it for the next decision, or for others.
 */
#include "backend/base/clock.h"
#include "backend/engine/memory_values.h"
#include "backend/model/cloud.h"

const char *const memory_outcomes[MEMORY_OUTCOMES] = {
	[ACT_RUNNING] = "running",
	[ACT_OK] = "ok",
	[ACT_FAILED] = "failed",
	[MEMORY_DRAINING] = "draining",
};

static void
write_duration(struct jsonw *w, const char *key, int64_t ms)
{
	char text[TIME_TEXT];

	jsonw_key(w, key);
	jsonw_text(w, duration_format(ms, text));
}

static void
write_extra(struct jsonw *w, const struct tree *extra)
{
	tree_each(t, extra)
	{
		jsonw_key(w, t->key);
		jsonw_tree(w, t);
	}
}

static void
write_node(struct jsonw *w, const struct memory_node *n)
{
	jsonw_key(w, n->name);
	jsonw_object(w);
	jsonw_key_time(w, "unneededSince", n->unneeded_since_ms);
	jsonw_key_time(w, "unremovableSince", n->unremovable_since_ms);
	jsonw_opt_text(w, "reason", n->reason);
	jsonw_opt_text(w, "by", n->by);
	write_extra(w, n->extra);
	jsonw_end_object(w);
}

static void
write_request(struct jsonw *w, const struct memory_request *r)
{
	jsonw_key(w, "request");
	if (r->increase <= 0) {
		jsonw_null(w);
		return;
	}
	jsonw_object(w);
	jsonw_key(w, "increase");
	jsonw_int(w, r->increase);
	jsonw_key_time(w, "time", r->time_ms);
	jsonw_key_time(w, "expected", r->expected_ms);
	jsonw_end_object(w);
}

static void
write_backoff(struct jsonw *w, const struct memory_backoff *b)
{
	jsonw_key(w, "backoff");
	if (b->until_ms == 0) {
		jsonw_null(w);
		return;
	}
	jsonw_object(w);
	jsonw_key_time(w, "until", b->until_ms);
	write_duration(w, "duration", b->duration_ms);
	jsonw_key_time(w, "failed", b->failed_ms);
	jsonw_opt_text(w, "code", b->code);
	jsonw_opt_text(w, "message", b->message);
	jsonw_end_object(w);
}

static void
write_size(struct jsonw *w, const struct memory_size *s)
{
	jsonw_key(w, "incorrectSize");
	if (s->since_ms == 0) {
		jsonw_null(w);
		return;
	}
	jsonw_object(w);
	jsonw_key(w, "registered");
	jsonw_int(w, s->registered);
	jsonw_key(w, "target");
	jsonw_int(w, s->target);
	jsonw_key_time(w, "since", s->since_ms);
	jsonw_end_object(w);
}

static void
write_group(struct jsonw *w, const struct memory_group *g)
{
	jsonw_key(w, g->name);
	jsonw_object(w);
	write_request(w, &g->request);
	write_backoff(w, &g->backoff);
	write_size(w, &g->size);
	if (g->tmpl.node) {
		jsonw_key(w, "template");
		memory_template_write(w, &g->tmpl);
	}
	jsonw_opt_time(w, "lastScaleUp", g->last_up_ms);
	jsonw_opt_time(w, "lastScaleDownDelete", g->last_delete_ms);
	jsonw_opt_time(w, "lastScaleDownFail", g->last_fail_ms);
	write_extra(w, g->extra);
	jsonw_end_object(w);
}

static void
write_since(struct jsonw *w, const char *key, const struct memory_since *at,
	    uint32_t n)
{
	jsonw_key(w, key);
	jsonw_object(w);
	for (uint32_t i = 0; i < n; i++)
		jsonw_key_time(w, at[i].id, at[i].since_ms);
	jsonw_end_object(w);
}

void
memory_write(struct jsonw *w, const struct memory *m)
{
	jsonw_object(w);
	jsonw_key_time(w, "time", m->time_ms);
	jsonw_key_time(w, "lastScaleUp", m->last_up_ms);
	jsonw_key_time(w, "lastScaleDownDelete", m->last_delete_ms);
	jsonw_key_time(w, "lastScaleDownFail", m->last_fail_ms);
	if (m->shortest_ms)
		write_duration(w, "shortestInterval", m->shortest_ms);
	jsonw_key(w, "nodes");
	jsonw_object(w);
	for (uint32_t i = 0; i < m->node_n; i++)
		write_node(w, &m->nodes[i]);
	jsonw_end_object(w);
	jsonw_key(w, "groups");
	jsonw_object(w);
	for (uint32_t i = 0; i < m->group_n; i++)
		write_group(w, &m->groups[i]);
	jsonw_end_object(w);
	write_since(w, "unregisteredSince", m->unregistered,
		    m->unregistered_n);
	if (m->errored_n)
		write_since(w, "erroredSince", m->errored, m->errored_n);
	if (m->act_n) {
		jsonw_key(w, "acts");
		jsonw_object(w);
		for (uint32_t i = 0; i < m->act_n; i++) {
			jsonw_key(w, m->acts[i].id);
			jsonw_text(w, memory_outcomes
					      [m->acts[i].drains
						       ? MEMORY_DRAINING
						       : m->acts[i].outcome]);
		}
		jsonw_end_object(w);
	}
	write_extra(w, m->extra);
	jsonw_end_object(w);
}
