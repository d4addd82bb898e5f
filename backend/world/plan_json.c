/*
 * Plans as JSON (design 6).
 */
#include "backend/base/clock.h"
#include "backend/world/world_file.h"

static void
put_text(struct jsonw *w, const char *key, const char *text)
{
	jsonw_key(w, key);
	jsonw_text(w, str_or_empty(text));
}

static void
put_int(struct jsonw *w, const char *key, int64_t v)
{
	jsonw_key(w, key);
	jsonw_int(w, v);
}

static void
put_bool(struct jsonw *w, const char *key, bool v)
{
	jsonw_key(w, key);
	jsonw_bool(w, v);
}

/* Unknown is null, never a number. */
static void
put_share(struct jsonw *w, const char *key, double share)
{
	jsonw_key(w, key);
	if (share < 0)
		jsonw_null(w);
	else
		jsonw_real(w, share);
}

static void
put_texts(struct jsonw *w, const char *key, const char *const *at, uint32_t n)
{
	jsonw_key(w, key);
	jsonw_array(w);
	for (uint32_t i = 0; i < n; i++)
		jsonw_text(w, at[i]);
	jsonw_end_array(w);
}

static void
put_scale_up(struct jsonw *w, const struct plan *p)
{
	jsonw_key(w, "scaleUp");
	jsonw_array(w);
	for (uint32_t i = 0; i < p->scale_up_n; i++) {
		const struct plan_scale_up *s = &p->scale_up[i];

		jsonw_object(w);
		put_text(w, "group", s->group);
		put_int(w, "from", s->from);
		put_int(w, "to", s->to);
		put_texts(w, "pods", s->pods, s->pod_n);
		put_text(w, "expander", s->expander);
		jsonw_end_object(w);
	}
	jsonw_end_array(w);
}

static void
put_scale_down(struct jsonw *w, const struct plan *p)
{
	jsonw_key(w, "scaleDown");
	jsonw_array(w);
	for (uint32_t i = 0; i < p->scale_down_n; i++) {
		const struct plan_scale_down *s = &p->scale_down[i];

		jsonw_object(w);
		put_text(w, "node", s->node);
		put_text(w, "group", s->group);
		put_text(w, "how", s->drain ? "drain" : "empty");
		put_share(w, "utilization", s->utilization);
		jsonw_key(w, "pods");
		jsonw_array(w);
		for (uint32_t j = 0; j < s->pod_n; j++) {
			jsonw_object(w);
			put_text(w, "pod", s->pods[j].pod);
			put_text(w, "to", s->pods[j].to);
			jsonw_end_object(w);
		}
		jsonw_end_array(w);
		jsonw_end_object(w);
	}
	jsonw_end_array(w);
}

static void
put_fixes(struct jsonw *w, const struct plan *p)
{
	jsonw_key(w, "fixes");
	jsonw_array(w);
	for (uint32_t i = 0; i < p->fix_n; i++) {
		const struct plan_fix *f = &p->fixes[i];

		jsonw_object(w);
		put_text(w, "act", f->act);
		put_text(w, "group", f->group);
		put_texts(w, "instances", f->instances, f->instance_n);
		put_int(w, "from", f->from);
		put_int(w, "to", f->to);
		jsonw_end_object(w);
	}
	jsonw_end_array(w);
}

static void
put_pending(struct jsonw *w, const struct plan *p)
{
	static const char *const fates[] = {
		[FATE_FITS] = "fits",
		[FATE_SCALE_UP] = "scaleUp",
		[FATE_REFUSED] = "refused",
		[FATE_IGNORED] = "ignored",
	};

	jsonw_key(w, "pending");
	jsonw_array(w);
	for (uint32_t i = 0; i < p->pending_n; i++) {
		const struct plan_pod *pod = &p->pending[i];

		jsonw_object(w);
		put_text(w, "pod", pod->pod);
		put_text(w, "fate", fates[pod->fate]);
		put_text(w, "reason", pod->reason);
		jsonw_key(w, "groups");
		jsonw_array(w);
		for (uint32_t j = 0; j < pod->group_n; j++) {
			jsonw_object(w);
			put_text(w, "group", pod->groups[j].group);
			put_text(w, "reason", pod->groups[j].reason);
			put_text(w, "detail", pod->groups[j].detail);
			jsonw_end_object(w);
		}
		jsonw_end_array(w);
		jsonw_end_object(w);
	}
	jsonw_end_array(w);
}

static void
put_nodes(struct jsonw *w, const struct plan *p)
{
	jsonw_key(w, "nodes");
	jsonw_array(w);
	for (uint32_t i = 0; i < p->node_n; i++) {
		const struct plan_node *n = &p->nodes[i];

		jsonw_object(w);
		put_text(w, "node", n->node);
		put_text(w, "group", n->group);
		put_share(w, "utilization", n->utilization);
		jsonw_key_time(w, "unneededSince", n->unneeded_since_ms);
		put_text(w, "blocked", n->blocked);
		put_text(w, "by", n->by);
		jsonw_end_object(w);
	}
	jsonw_end_array(w);
}

static void
put_groups(struct jsonw *w, const struct plan *p)
{
	jsonw_key(w, "groups");
	jsonw_array(w);
	for (uint32_t i = 0; i < p->group_n; i++) {
		const struct plan_group *g = &p->groups[i];

		jsonw_object(w);
		put_text(w, "group", g->group);
		put_int(w, "min", g->min);
		put_int(w, "max", g->max);
		put_int(w, "desired", g->desired);
		put_int(w, "ready", g->ready);
		put_int(w, "upcoming", g->upcoming);
		put_bool(w, "healthy", g->healthy);
		jsonw_key_time(w, "backoffUntil", g->backoff_until_ms);
		put_text(w, "template", g->template_from);
		put_text(w, "skipped", g->skipped);
		put_text(w, "detail", g->detail);
		jsonw_end_object(w);
	}
	jsonw_end_array(w);
}

bool
plan_write_json(const struct plan *p, world_sink sink, void *ctx)
{
	struct jsonw *w = jsonw_new(sink, ctx, false);

	jsonw_object(w);
	put_text(w, "apiVersion", "paddock/v1");
	put_text(w, "kind", "Plan");
	jsonw_key_time(w, "time", p->time_ms);
	put_text(w, "result", p->result);
	put_text(w, "scaleDownResult", p->scale_down_result);
	jsonw_key(w, "cluster");
	jsonw_object(w);
	put_bool(w, "healthy", p->cluster_healthy);
	put_text(w, "reason", p->cluster_reason);
	jsonw_end_object(w);
	put_scale_up(w, p);
	put_scale_down(w, p);
	put_fixes(w, p);
	jsonw_key(w, "softTaints");
	jsonw_object(w);
	put_texts(w, "add", p->taint_add, p->taint_add_n);
	put_texts(w, "remove", p->taint_remove, p->taint_remove_n);
	jsonw_end_object(w);
	put_pending(w, p);
	put_nodes(w, p);
	put_groups(w, p);
	put_bool(w, "outOfWork", p->out_of_work);
	jsonw_key(w, "memory");
	memory_write(w, p->memory);
	jsonw_end_object(w);
	return jsonw_done(w);
}
