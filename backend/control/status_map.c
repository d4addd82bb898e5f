/*
 * The status as YAML with its keys in order, and the ConfigMap it stands in.
 */
#include "backend/control/status_map.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/base/json.h"
#include "backend/base/log.h"
#include "backend/control/act_run.h"
#include "backend/control/lease.h"
#include "backend/control/object_call.h"
#include "backend/engine/policy_values.h"

enum { STATUS_BYTES = 1 << 20 };
#define READ_MS ((int64_t)5 * 1000)

struct changed { /* since when a status has its value */
	const char *value; /* static */
	int64_t since_ms;
};

struct status_map {
	struct engine_run *run;
	struct map *changes; /* "group/field" -> struct changed */
	struct buf body;
	bool busy;
};

/* ---- the text ---- */

static void
put_time(struct buf *out, int depth, const char *key, int64_t ms)
{
	char text[TIME_TEXT];

	buf_printf(out, "%*s%s: \"%s\"\n", depth, "", key,
		   time_format(ms, false, text));
}

/* The times of a condition and its value, which is static text. */
static void
put_condition(struct status_map *m, struct buf *out, int depth,
	      const char *key, const char *value)
{
	int64_t now = store_world_ms(m->run->backend->store);
	struct changed *c = map_get(m->changes, key);

	if (!c) {
		c = xcalloc(1, sizeof(*c));
		map_put(m->changes, key, c);
	}
	if (!c->value || strcmp(c->value, value) != 0) {
		c->value = value;
		c->since_ms = now;
	}
	put_time(out, depth, "lastProbeTime", now);
	put_time(out, depth, "lastTransitionTime", c->since_ms);
}

struct counts {
	int32_t ready, total, unready, not_started, suspended, going;
	int32_t unregistered, long_unregistered;
	int32_t candidates, upcoming;
};

static void
put_counts(struct buf *out, int d, const struct counts *c)
{
	buf_printf(out, "%*snodeCounts:\n%*slongUnregistered: %d\n"
		   "%*sregistered:\n", d, "", d + 2, "",
		   c->long_unregistered, d + 2, "");
	if (c->going)
		buf_printf(out, "%*sbeingDeleted: %d\n", d + 4, "", c->going);
	buf_printf(out, "%*snotStarted: %d\n%*sready: %d\n%*ssuspended: %d\n"
		   "%*stotal: %d\n%*sunready:\n%*sresourceUnready: 0\n"
		   "%*stotal: %d\n%*sunregistered: %d\n",
		   d + 4, "", c->not_started, d + 4, "", c->ready, d + 4, "",
		   c->suspended, d + 4, "", c->total, d + 4, "", d + 6, "",
		   d + 6, "", c->unready, d + 2, "", c->unregistered);
}

static struct counts
count(const struct status_map *m, const struct plan_group *g)
{
	const struct plan *p = m->run->plan;
	struct counts c = { .ready = g->ready,
			    .unready = g->unready,
			    .not_started = g->not_started,
			    .suspended = g->suspended,
			    .going = g->deleting,
			    .unregistered = g->unregistered,
			    .long_unregistered = g->long_unregistered,
			    .upcoming = g->upcoming };

	c.total = c.ready + c.unready + c.not_started + c.suspended + c.going;
	for (uint32_t i = 0; i < p->node_n; i++)
		c.candidates += str_eq(p->nodes[i].group, g->group) &&
				p->nodes[i].unneeded_since_ms != 0;
	return c;
}

static void
put_scale_down(struct status_map *m, struct buf *out, int d, const char *key,
	       const struct counts *c)
{
	const char *is = c->candidates ? "CandidatesPresent" : "NoCandidates";

	buf_printf(out, "%*sscaleDown:\n", d, "");
	if (c->candidates)
		buf_printf(out, "%*scandidates: %d\n", d + 2, "",
			   c->candidates);
	put_condition(m, out, d + 2, key, is);
	buf_printf(out, "%*sstatus: %s\n", d + 2, "", is);
}

static void
put_scale_up(struct status_map *m, struct buf *out, const char *key,
	     const struct plan_group *g)
{
	int64_t now = store_world_ms(m->run->backend->store);
	bool backoff = g->backoff_until_ms > now;
	const char *code = strstr(str_or_empty(g->detail), ": ");
	const char *is = g->upcoming > 0 ? "InProgress"
			 : !g->healthy	 ? "Unhealthy"
			 : backoff	 ? "Backoff"
					 : "NoActivity";

	buf_puts(out, "  scaleUp:\n    backoffInfo:");
	if (backoff) {
		buf_puts(out, "\n      errorCode: ");
		code = code ? code + 2 : "cloudProviderError";
		buf_json_string(out, code, strlen(code));
		buf_putc(out, '\n');
	} else {
		buf_puts(out, " {}\n");
	}
	put_condition(m, out, 4, key, is);
	buf_printf(out, "    status: %s\n", is);
}

static void
put_group(struct status_map *m, struct buf *out, const struct plan_group *g)
{
	struct counts c = count(m, g);
	const char *health = g->healthy ? "Healthy" : "Unhealthy";
	char key[RECORD_KEY + 16];

	snprintf(key, sizeof(key), "h/%s", g->group);
	buf_printf(out, "- health:\n    cloudProviderTarget: %d\n",
		   g->desired);
	put_condition(m, out, 4, key, health);
	buf_printf(out, "    maxSize: %d\n    minSize: %d\n", g->max, g->min);
	put_counts(out, 4, &c);
	buf_printf(out, "    status: %s\n  name: ", health);
	buf_json_string(out, g->group, strlen(g->group));
	buf_putc(out, '\n');
	key[0] = 'd';
	put_scale_down(m, out, 2, key, &c);
	key[0] = 'u';
	put_scale_up(m, out, key, g);
}

static void
put_cluster(struct status_map *m, struct buf *out)
{
	const struct plan *p = m->run->plan;
	const char *health = p->cluster_healthy ? "Healthy" : "Unhealthy";
	const char *up;
	struct counts all = { 0 };

	for (uint32_t i = 0; i < p->group_n; i++) {
		struct counts c = count(m, &p->groups[i]);

		all.ready += c.ready;
		all.total += c.total;
		all.unready += c.unready;
		all.not_started += c.not_started;
		all.suspended += c.suspended;
		all.unregistered += c.unregistered;
		all.long_unregistered += c.long_unregistered;
		all.going += c.going;
		all.candidates += c.candidates;
		all.upcoming += c.upcoming;
	}
	up = all.upcoming > 0 ? "InProgress" : "NoActivity";
	buf_puts(out, "clusterWide:\n  health:\n");
	put_condition(m, out, 4, "h", health);
	put_counts(out, 4, &all);
	buf_printf(out, "    status: %s\n", health);
	put_scale_down(m, out, 2, "d", &all);
	buf_puts(out, "  scaleUp:\n");
	put_condition(m, out, 4, "u", up);
	buf_printf(out, "    status: %s\n", up);
}

/* "2026-02-01 10:00:00.123 +0000 UTC", as Go prints it. */
static void
go_time(int64_t ms, char *out, size_t room)
{
	char text[TIME_TEXT];

	time_format(ms, true, text);
	snprintf(out, room, "%.10s %.12s +0000 UTC", text, text + 11);
}

void
status_map_write(struct status_map *m, struct buf *out)
{
	const struct plan *p = m->run->plan;
	char now[64];

	go_time(store_world_ms(m->run->backend->store), now, sizeof(now));
	buf_puts(out, "autoscalerStatus: Running\n");
	put_cluster(m, out);
	buf_puts(out, p->group_n ? "nodeGroups:\n" : "nodeGroups: []\n");
	for (uint32_t i = 0; i < p->group_n; i++)
		put_group(m, out, &p->groups[i]);
	buf_printf(out, "time: %s\n", now);
}

/* ---- the ConfigMap ---- */

static void
put_member(struct jsonw *w, const struct tree *t, const char *key)
{
	if (!tree_get(t, key))
		return;
	jsonw_key(w, key);
	jsonw_tree(w, tree_get(t, key));
}

/* old NULL: there is none yet. */
static bool
write_body(struct status_map *m, const struct tree *old, const char *ns,
	   const char *name)
{
	static const char updated[] =
		"cluster-autoscaler.kubernetes.io/last-updated";
	const struct tree *meta = tree_get(old, "metadata");
	struct jsonw *w;
	struct buf text;
	char now[64];

	go_time(store_world_ms(m->run->backend->store), now, sizeof(now));
	buf_init(&text, STATUS_BYTES);
	status_map_write(m, &text);
	buf_fini(&m->body);
	buf_init(&m->body, 2 * STATUS_BYTES);
	w = jsonw_new_buf(&m->body, false);
	jsonw_object(w);
	jsonw_key(w, "apiVersion");
	jsonw_text(w, "v1");
	jsonw_key(w, "kind");
	jsonw_text(w, "ConfigMap");
	jsonw_key(w, "metadata");
	jsonw_object(w);
	jsonw_key(w, "name");
	jsonw_text(w, name);
	jsonw_key(w, "namespace");
	jsonw_text(w, ns);
	put_member(w, meta, "uid");
	put_member(w, meta, "resourceVersion");
	put_member(w, meta, "labels");
	jsonw_key(w, "annotations");
	jsonw_object(w);
	tree_each (a, tree_get(meta, "annotations")) {
		if (str_eq(a->key, updated))
			continue;
		jsonw_key(w, a->key);
		jsonw_tree(w, a);
	}
	jsonw_key(w, updated);
	jsonw_text(w, now);
	jsonw_end_object(w);
	jsonw_end_object(w);
	jsonw_key(w, "data");
	jsonw_object(w);
	jsonw_key(w, "status");
	jsonw_textn(w, buf_text(&text), text.len);
	jsonw_end_object(w);
	jsonw_end_object(w);
	buf_fini(&text);
	return jsonw_done(w) && buf_ok(&m->body);
}

static void
on_written(void *ctx, const struct kube_answer *a)
{
	struct status_map *m = ctx;

	m->busy = false;
	if (a->err.code)
		log_at(LOG_WARN, "status", "%s", a->err.text);
}

static void
split_key(const struct status_map *m, char ns[static 64],
	  char name[static TARGET_NAME])
{
	const char *key = m->run->status_key;
	const char *slash = strchr(key, '/');

	snprintf(ns, 64, "%.*s", (int)(slash - key), key);
	snprintf(name, TARGET_NAME, "%s", slash + 1);
}

static bool
send(struct status_map *m, bool exists, const char *ns, const char *name,
     struct err *err)
{
	struct backend *b = m->run->backend;
	struct permit permit;
	struct buf path;
	bool sent;

	if (!leading_permit(b, exists ? ROW_K8S_CONFIGMAP
				      : ROW_K8S_CONFIGMAP_CREATE,
			    &permit, err))
		return false;
	buf_init(&path, 4096);
	kube_path(&path, KIND_CONFIGMAP, ns, exists ? name : NULL, NULL);
	buf_printf(&path, "?fieldManager=paddock-%s", permit.act_id);
	sent = kube_call(b->kube,
			 &(struct kube_call){
				 .row = permit.row,
				 .permit = &permit,
				 .method = exists ? "PUT" : "POST",
				 .path = buf_text(&path),
				 .body = buf_text(&m->body),
				 .deadline_ms = PERMIT_LEASED_MS,
				 .on_done = on_written,
				 .ctx = m,
			 },
			 err);
	buf_fini(&path);
	return sent;
}

static void
on_read(void *ctx, const struct kube_answer *a)
{
	struct status_map *m = ctx;
	bool exists = a->err.code != ERR_GONE;
	struct err err = { .code = ERR_NONE };
	char ns[64], name[TARGET_NAME];

	m->busy = false;
	if (m->run->backend->closing)
		return;
	split_key(m, ns, name);
	if (a->err.code && exists)
		err = a->err;
	else if (!write_body(m, exists ? a->body : NULL, ns, name))
		err_set(&err, ERR_LIMIT, "the status is too large");
	else
		m->busy = send(m, exists, ns, name, &err);
	if (err.code)
		log_at(LOG_WARN, "status", "%s", err.text);
}

void
status_map_tell(struct status_map *m)
{
	struct backend *b = m->run->backend;
	struct err err;
	char ns[64], name[TARGET_NAME];

	if (m->busy || !b->kube || !leading_acts(b->leading) ||
	    !strchr(m->run->status_key, '/') ||
	    !policy_flag(m->run->policy, POLICY_WRITE_STATUS_CONFIGMAP))
		return;
	split_key(m, ns, name);
	m->busy = object_read(b, KIND_CONFIGMAP, ns, name, READ_MS, on_read, m,
			      &err);
}

struct status_map *
status_map_new(struct engine_run *e)
{
	struct status_map *m = xcalloc(1, sizeof(*m));

	m->run = e;
	m->changes = map_new(free);
	buf_init(&m->body, STATUS_BYTES);
	return m;
}

void
status_map_free(struct status_map *m)
{
	if (!m)
		return;
	map_free(m->changes);
	buf_fini(&m->body);
	free(m);
}
