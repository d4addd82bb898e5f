/*
 * Writing events.
 */
#include "backend/control/events.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/base/json.h"
#include "backend/base/log.h"
#include "backend/control/act_run.h"
#include "backend/control/lease.h"
#include "backend/engine/policy_values.h"
#include "backend/model/workload.h"

#define AGAIN_MS ((int64_t)5 * 60 * 1000)
enum { REMEMBERED = 8192, MESSAGE = 1000 };

struct events {
	struct engine_run *run;
	struct map *told; /* "kind/object/reason" -> when, boxed */
};

struct about { /* the object of one event */
	const char *api_kind, *ns, *name, *uid;
};

/* True once in five minutes for the same thing. */
static bool
is_news(struct events *v, const struct about *o, const char *reason,
	const char *message)
{
	int64_t now = store_world_ms(v->run->backend->store);
	char *key = xasprintf("%s/%s/%s/%s/%s", o->api_kind, o->ns, o->name,
			      reason, message);
	int64_t *at = map_get(v->told, key);
	bool news = !at || now - *at >= AGAIN_MS ||
		    policy_flag(v->run->policy,
				POLICY_RECORD_DUPLICATED_EVENTS);

	if (!at) {
		if (map_count(v->told) >= REMEMBERED)
			map_clear(v->told);
		at = xcalloc(1, sizeof(*at));
		map_put(v->told, key, at);
	}
	if (news)
		*at = now;
	free(key);
	return news;
}

static void
on_written(void *ctx, const struct kube_answer *a)
{
	(void)ctx;
	if (a->err.code)
		log_at(LOG_WARN, "events", "%s", a->err.text);
}

static void
text_member(struct jsonw *w, const char *key, const char *text)
{
	jsonw_key(w, key);
	jsonw_text(w, text);
}

static void
write_event(struct events *v, struct buf *body, const struct about *o,
	    const char *ns, bool warning, const char *reason,
	    const char *message)
{
	struct backend *b = v->run->backend;
	struct jsonw *w = jsonw_new_buf(body, false);
	char id[ACT_ID_TEXT], now[TIME_TEXT], *name;

	act_new_id(b, id);
	name = xasprintf("%.200s.%s", o->name, id);
	time_format(store_world_ms(b->store), false, now);
	jsonw_object(w);
	text_member(w, "apiVersion", "v1");
	text_member(w, "kind", "Event");
	jsonw_key(w, "metadata");
	jsonw_object(w);
	text_member(w, "name", name);
	text_member(w, "namespace", ns);
	jsonw_end_object(w);
	jsonw_key(w, "involvedObject");
	jsonw_object(w);
	text_member(w, "apiVersion", "v1");
	text_member(w, "kind", o->api_kind);
	jsonw_opt_text(w, "namespace", o->ns);
	text_member(w, "name", o->name);
	jsonw_opt_text(w, "uid", o->uid);
	jsonw_end_object(w);
	text_member(w, "reason", reason);
	text_member(w, "message", message);
	text_member(w, "type", warning ? "Warning" : "Normal");
	jsonw_key(w, "source");
	jsonw_object(w);
	text_member(w, "component", "paddock");
	jsonw_end_object(w);
	text_member(w, "firstTimestamp", now);
	text_member(w, "lastTimestamp", now);
	jsonw_key(w, "count");
	jsonw_int(w, 1);
	jsonw_end_object(w);
	if (!jsonw_done(w))
		body->failed = true;
	free(name);
}

static bool
tell(struct events *v, const struct about *o, bool warning,
     const char *reason, const char *message)
{
	struct backend *b = v->run->backend;
	const char *ns = *o->ns ? o->ns : "default";
	struct permit permit;
	struct buf path, body;
	struct err err;
	bool sent;

	if (!b->kube || !is_news(v, o, reason,
				 strcmp(o->api_kind, "ConfigMap") == 0
					 ? message
					 : "") ||
	    !leading_permit(b, ROW_K8S_EVENT, &permit, &err))
		return false;
	buf_init(&path, 4096);
	buf_printf(&path, "/api/v1/namespaces/%s/events?fieldManager="
		   "paddock-%s", ns, permit.act_id);
	buf_init(&body, 65536);
	write_event(v, &body, o, ns, warning, reason, message);
	sent = buf_ok(&body) &&
	       kube_call(b->kube,
			 &(struct kube_call){ .row = ROW_K8S_EVENT,
					      .permit = &permit,
					      .method = "POST",
					      .path = buf_text(&path),
					      .body = buf_text(&body),
					      .deadline_ms = PERMIT_LEASED_MS,
					      .on_done = on_written,
					      .ctx = v },
			 &err);
	if (!sent)
		log_at(LOG_WARN, "events", "%s was not told", reason);
	buf_fini(&path);
	buf_fini(&body);
	return sent;
}

void
event_status(struct events *v, bool warning, const char *reason,
	     const char *fmt, ...)
{
	const char *key = v->run->status_key, *slash = strchr(key, '/');
	const struct configmap *m;
	char message[MESSAGE], ns[64];
	va_list args;

	if (!slash || !v->run->policy ||
	    !policy_flag(v->run->policy, POLICY_WRITE_STATUS_CONFIGMAP))
		return;
	va_start(args, fmt);
	vsnprintf(message, sizeof(message), fmt, args);
	va_end(args);
	snprintf(ns, sizeof(ns), "%.*s", (int)(slash - key), key);
	m = store_find(v->run->backend->store, KIND_CONFIGMAP, key, NULL);
	tell(v, &(struct about){ "ConfigMap", ns, slash + 1,
				 m ? m->meta.uid : "" },
	     warning, reason, message);
}

bool
event_on(struct events *v, enum kind kind, const char *key, bool warning,
	 const char *reason, const char *fmt, ...)
{
	const struct record *r =
		store_find(v->run->backend->store, kind, key, NULL);
	char message[MESSAGE];
	va_list args;

	if (!r || !v->run->policy)
		return false;
	va_start(args, fmt);
	vsnprintf(message, sizeof(message), fmt, args);
	va_end(args);
	return tell(v, &(struct about){ kind == KIND_POD    ? "Pod"
					: kind == KIND_NODE ? "Node"
							    : "ConfigMap",
					record_ns(r), record_name(r),
					record_uid(r) },
		    warning, reason, message);
}

void
event_on_pod(struct events *v, const char *key, const char *uid, bool warning,
	     const char *reason, const char *message)
{
	const char *slash = strchr(key, '/');
	char ns[64];

	if (!slash || !v->run->policy)
		return;
	snprintf(ns, sizeof(ns), "%.*s", (int)(slash - key), key);
	tell(v, &(struct about){ "Pod", ns, slash + 1, uid }, warning, reason,
	     message);
}

struct events *
events_new(struct engine_run *e)
{
	struct events *v = xcalloc(1, sizeof(*v));

	v->run = e;
	v->told = map_new(free);
	return v;
}

void
events_free(struct events *v)
{
	if (!v)
		return;
	map_free(v->told);
	free(v);
}
