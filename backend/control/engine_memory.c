/*
 * What a fresh start and a take-over know from the cluster itself (design 5):
 * since when nodes are unneeded, from the taints of those who led before, and
 * which groups they avoid, from their status ConfigMap.
 *
 * Until when they are avoided is engine_backoff.c's.  Taints are believed only
 * while whoever wrote them is at work: a dead leader's say nothing of now.
 */
#include "backend/control/engine_memory.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/base/log.h"
#include "backend/control/engine_backoff.h"
#include "backend/engine/policy_values.h"
#include "backend/model/node.h"
#include "backend/net/yaml.h"

/* A leader writes its status every loop, ten seconds by default. */
#define AT_WORK_MS ((int64_t)2 * 60 * 1000)
enum { MEMORY_BYTES = 64 << 20 };

struct seed {
	const struct policy *policy;
	const struct snapshot *snap;
	struct arena *arena;
	const struct tree *old; /* memory so far, or NULL */
	VEC(struct avoided) groups;
	int64_t status_ms;	/* of the status; 0: none */
};

/* ---- the status ConfigMap (reference 8.1) ---- */

/* The status' own words for a group that is avoided, or may be: Unhealthy and
 * InProgress go before Backoff. */
static bool
may_be_avoided(const char *status)
{
	return str_eq(status, "Backoff") || str_eq(status, "Unhealthy") ||
	       str_eq(status, "InProgress");
}

static void
read_group(struct seed *s, const struct tree *t)
{
	const struct tree *up = tree_get(t, "scaleUp");
	const char *status = tree_text(tree_get(up, "status"));
	struct avoided a = { .group = tree_text(tree_get(t, "name")) };
	bool avoided = str_eq(status, "Backoff"), told;
	int64_t said = 0;

	if (!a.group || !may_be_avoided(status))
		return;
	if (!tree_time(tree_get(up, "lastProbeTime"), &said) || !said)
		said = s->status_ms;
	if (!tree_time(tree_get(up, "lastTransitionTime"), &a.failed_ms) ||
	    !a.failed_ms || a.failed_ms > said)
		a.failed_ms = said;
	a.code = str_or_empty(tree_text(tree_at(up, "backoffInfo.errorCode")));
	a.message = str_or_empty(
		tree_text(tree_at(up, "backoffInfo.errorMessage")));
	told = backoff_from_events(s->policy, s->snap, &a);
	if (!a.failed_ms || (!avoided && (!told || a.until_ms <= said)))
		return;
	/* Not every failure was told, or it is still avoided after the last
	 * known one's time: as long as its word says at least. */
	if (avoided && (!told || a.until_ms < said))
		backoff_guess(s->policy, &a, said);
	vec_push(&s->groups, a);
}

static bool
read_status(struct seed *s, const char *status)
{
	struct err err;
	const char *time;
	const struct tree *t =
		yaml_parse(s->arena, "the autoscaler's status", status,
			   strlen(status), &err);

	if (!tree_is(t, TREE_OBJECT)) {
		log_at(LOG_INFO, "engine", "%s",
		       t ? "the autoscaler's status is no object" : err.text);
		return false;
	}
	time = str_or_empty(tree_text(tree_get(t, "time")));
	if (!time_parse_go(time, strlen(time), &s->status_ms))
		s->status_ms = 0;
	tree_each (one, tree_get(t, "nodeGroups"))
		read_group(s, one);
	return true;
}

/* ---- the memory ---- */

static void
time_member(struct jsonw *w, const char *key, int64_t ms)
{
	char text[TIME_TEXT];

	jsonw_key(w, key);
	jsonw_text(w, time_format(ms, true, text));
}

/* A null stands for what is not known (yet). */
static bool
says(const struct tree *t, const char *key)
{
	return tree_get(t, key) && !tree_is(tree_get(t, key), TREE_NULL);
}

static void
copy_members(struct jsonw *w, const struct tree *t, const char *but)
{
	tree_each (m, t) {
		if (str_eq(m->key, but))
			continue;
		jsonw_key(w, m->key);
		jsonw_tree(w, m);
	}
}

/* What we saw fail ourselves is known better. */
static void
write_groups(const struct seed *s, struct jsonw *w)
{
	const struct tree *old = tree_get(s->old, "groups");

	jsonw_key(w, "groups");
	jsonw_object(w);
	tree_each (g, old) {
		bool told = false;

		for (uint32_t i = 0; i < s->groups.n; i++)
			told |= str_eq(s->groups.at[i].group, g->key);
		if (told && !says(g, "backoff"))
			continue; /* below */
		jsonw_key(w, g->key);
		jsonw_tree(w, g);
	}
	for (uint32_t i = 0; i < s->groups.n; i++) {
		const struct avoided *a = &s->groups.at[i];
		const struct tree *g = tree_get(old, a->group);
		char text[TIME_TEXT];

		if (says(g, "backoff"))
			continue;
		jsonw_key(w, a->group);
		jsonw_object(w);
		copy_members(w, g, "backoff");
		jsonw_key(w, "backoff");
		jsonw_object(w);
		time_member(w, "until", a->until_ms);
		jsonw_key(w, "duration");
		jsonw_text(w, duration_format(a->duration_ms, text));
		time_member(w, "failed", a->failed_ms);
		jsonw_opt_text(w, "code", a->code);
		jsonw_opt_text(w, "message", a->message);
		jsonw_end_object(w);
		jsonw_end_object(w);
	}
	jsonw_end_object(w);
}

static int64_t
since_of(const struct seed *s, const struct node *n)
{
	const struct taint *t = node_taint(n, TAINT_CANDIDATE);
	char *end;
	long long at;

	if (!t || s->snap->clock.world_ms - s->status_ms > AT_WORK_MS)
		return 0;
	at = strtoll(str_or_empty(t->value), &end, 10);
	return *end || at <= 0 || at > INT64_MAX / 1000 ||
			       at * 1000 > s->snap->clock.world_ms
		       ? 0
		       : at * 1000;
}

static uint32_t
write_nodes(const struct seed *s, struct jsonw *w)
{
	const struct tree *old = tree_get(s->old, "nodes");
	const struct slot *slot;
	uint32_t known = 0;

	jsonw_key(w, "nodes");
	jsonw_object(w);
	copy_members(w, old, "");
	for (uint32_t i = 0;
	     (slot = snapshot_next(s->snap, KIND_NODE, &i, NULL));) {
		const struct node *n = (const void *)slot->rec;
		int64_t since = slot->ended ? 0 : since_of(s, n);

		if (!since || tree_get(old, n->meta.name))
			continue;
		known++;
		jsonw_key(w, n->meta.name);
		jsonw_object(w);
		time_member(w, "unneededSince", since);
		jsonw_end_object(w);
	}
	jsonw_end_object(w);
	return known;
}

static const struct memory *
write_memory(const struct seed *s, struct memory_seeded *out)
{
	const struct memory *m = NULL;
	struct buf text;
	struct jsonw *w;
	struct err err = { .code = ERR_NONE };
	const struct tree *t = NULL;

	buf_init(&text, MEMORY_BYTES);
	w = jsonw_new_buf(&text, false);
	jsonw_object(w);
	tree_each (member, s->old) {
		if (str_eq(member->key, "nodes") ||
		    str_eq(member->key, "groups"))
			continue;
		jsonw_key(w, member->key);
		jsonw_tree(w, member);
	}
	out->nodes = write_nodes(s, w);
	write_groups(s, w);
	jsonw_end_object(w);
	if (jsonw_done(w) && buf_ok(&text))
		t = json_parse(s->arena, buf_text(&text), text.len, &err);
	if (t)
		m = memory_read(t, &err);
	if (!m)
		log_at(LOG_WARN, "engine", "memory is not seeded: %s",
		       err.text);
	buf_fini(&text);
	return m;
}

static const struct tree *
read_old(struct arena *a, const struct memory *m)
{
	const struct tree *t = NULL;
	struct buf text;
	struct jsonw *w;

	if (!m)
		return NULL;
	buf_init(&text, MEMORY_BYTES);
	w = jsonw_new_buf(&text, false);
	memory_write(w, m);
	if (jsonw_done(w) && buf_ok(&text))
		t = json_parse(a, buf_text(&text), text.len, NULL);
	buf_fini(&text);
	return t;
}

const struct memory *
memory_seed(const struct memory *old, const struct policy *policy,
	    const struct snapshot *snap, const char *status,
	    struct memory_seeded *out)
{
	struct seed s = { .policy = policy,
			  .snap = snap,
			  .arena = arena_new() };
	const struct memory *m = NULL;

	*out = (struct memory_seeded){ 0 };
	s.old = read_old(s.arena, old);
	out->status_read = status && read_status(&s, status);
	if (!old || s.old)
		m = write_memory(&s, out);
	out->groups = s.groups.n;
	vec_free(&s.groups);
	arena_free(s.arena);
	return m;
}
