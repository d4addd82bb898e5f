/*
 * Watches: a cursor into a kind's event ring, turned into a stream of JSON
 * lines.  Selectors turn "no longer matches" into DELETED, as the real server
 * does; bookmarks and time-outs run on wall time.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/sim/kube/internal.h"

#define BOOKMARK_MS (60 * (int64_t)1000)
#define TIMEOUT_MIN_S 1800 /* when the client names none: 30 to 60 minutes */

struct watch_stream {
	struct kube_call c; /* only k, type, accept and arena live on */
	struct selector sel;
	struct watch_cursor cursor;
	const char *ns;
	VEC(const struct object *) initial; /* references, or empty */
	uint32_t initial_at;
	bool tell_end;	 /* a bookmark after the initial events */
	bool bookmarks, headers, quick;
	int64_t deadline_ms, bookmark_ms; /* BOOTTIME */
	enum include_object include;
};

/* ---- options ---- */

struct watch_options {
	uint64_t rv;
	bool from_now; /* resourceVersion unset or "0" */
	bool initial;  /* begin with what is there */
	bool tell_end;
	int64_t timeout_s;
};

static bool
check_initial(struct kube_call *c, struct watch_options *o)
{
	const char *send = kube_query(c, "sendInitialEvents");
	const char *match = str_or_empty(kube_query(c, "resourceVersionMatch"));

	if (!send) {
		if (*match)
			return kube_invalid_option(
				c, "resourceVersionMatch",
				"resourceVersionMatch is forbidden "
				"for watch unless sendInitialEvents "
				"is provided");
		o->initial = o->from_now;
		return true;
	}
	if (strcmp(match, "NotOlderThan") != 0)
		return kube_invalid_option(
			c, "resourceVersionMatch",
			"sendInitialEvents requires setting "
			"resourceVersionMatch to NotOlderThan");
	o->initial = kube_query_bool(c, "sendInitialEvents");
	o->tell_end = o->initial;
	return true;
}

static bool
parse_options(struct kube_call *c, struct watch_options *o)
{
	const char *rv = str_or_empty(kube_query(c, "resourceVersion"));
	const char *timeout = str_or_empty(kube_query(c, "timeoutSeconds"));
	char *end;

	*o = (struct watch_options){ 0 };
	if (kube_query(c, "continue") && *kube_query(c, "continue"))
		return kube_invalid_option(c, "continue",
					   "continue is forbidden for watch");
	o->from_now = !*rv || strcmp(rv, "0") == 0;
	if (!o->from_now) {
		o->rv = strtoull(rv, &end, 10);
		if (*end || *rv < '0' || *rv > '9')
			return status_fail(&c->st, 400, "BadRequest",
					   "Invalid value: \"%.60s\": "
					   "resourceVersion: strconv.ParseUint"
					   ": parsing \"%.60s\": invalid "
					   "syntax",
					   rv, rv);
	}
	if (*timeout) {
		o->timeout_s = strtoll(timeout, &end, 10);
		if (*end)
			return status_fail(&c->st, 400, "BadRequest",
					   "strconv.ParseInt: parsing "
					   "\"%.60s\": invalid syntax",
					   timeout);
	}
	return check_initial(c, o);
}

/* ---- events ---- */

static void
emit_object(struct watch_stream *s, struct buf *out, const struct object *obj,
	    uint64_t rv)
{
	char meta[64];

	switch (s->c.accept.form) {
	case FORM_TABLE:
		snprintf(meta, sizeof(meta), "\"resourceVersion\":\"%llu\"",
			 (unsigned long long)rv);
		/* Headers come with the first event only. */
		table_begin(out, &s->c, s->c.type, s->headers, meta);
		s->headers = false;
		table_row(out, &s->c, obj, s->include);
		table_end(out);
		return;
	case FORM_METADATA:
		item_metadata(out, obj);
		return;
	default:
		if (rv == obj->rv)
			item_whole(out, s->c.type, obj);
		else
			item_whole_at(out, s->c.type, obj, rv);
	}
}

static void
emit(struct watch_stream *s, struct buf *out, enum object_event event,
     const struct object *obj, uint64_t rv)
{
	static const char *const names[] = {
		[OBJECT_ADDED] = "ADDED",
		[OBJECT_MODIFIED] = "MODIFIED",
		[OBJECT_DELETED] = "DELETED",
	};

	buf_printf(out, "{\"type\":\"%s\",\"object\":", names[event]);
	emit_object(s, out, obj, rv);
	buf_puts(out, "}\n");
}

static void
emit_bookmark(struct watch_stream *s, struct buf *out, bool end_of_initial)
{
	const struct object_type *t = s->c.type;
	const char *note = end_of_initial
				   ? ",\"annotations\":{\"k8s.io/"
				     "initial-events-end\":\"true\"}"
				   : "";
	unsigned long long rv = objects_rv(s->c.k->o);

	buf_puts(out, "{\"type\":\"BOOKMARK\",\"object\":");
	if (s->c.accept.form == FORM_TABLE)
		buf_printf(out,
			   "{\"kind\":\"Table\",\"apiVersion\":"
			   "\"meta.k8s.io/v1\",\"metadata\":{"
			   "\"resourceVersion\":\"%llu\"},"
			   "\"columnDefinitions\":[],\"rows\":[{\"cells\":[],"
			   "\"object\":{\"kind\":\"PartialObjectMetadata\","
			   "\"apiVersion\":\"meta.k8s.io/v1\",\"metadata\":{"
			   "\"resourceVersion\":\"%llu\",\"creationTimestamp\""
			   ":null%s}}}]}", rv, rv, note);
	else if (s->c.accept.form == FORM_METADATA)
		buf_printf(out,
			   "{\"kind\":\"PartialObjectMetadata\","
			   "\"apiVersion\":\"meta.k8s.io/v1\",\"metadata\":{"
			   "\"resourceVersion\":\"%llu\","
			   "\"creationTimestamp\":null%s}}", rv, note);
	else
		buf_printf(out,
			   "{\"kind\":\"%s\",\"apiVersion\":\"%s%s%s\","
			   "\"metadata\":{\"resourceVersion\":\"%llu\","
			   "\"creationTimestamp\":null%s}}", t->kind, t->group,
			   *t->group ? "/" : "", t->version, rv, note);
	buf_puts(out, "}\n");
}

static void
emit_error(struct buf *out, const struct status *st)
{
	buf_puts(out, "{\"type\":\"ERROR\",\"object\":");
	status_write(out, st, "");
	buf_puts(out, "}\n");
}

static bool
wanted(const struct watch_stream *s, const struct object *obj)
{
	return obj && (s->quick || kube_selector_matches(&s->sel, obj));
}

static void
emit_event(struct watch_stream *s, struct buf *out,
	   const struct watch_event *e)
{
	bool now, before;

	if (s->ns && strcmp(e->now->ns, s->ns) != 0)
		return;
	now = e->event != OBJECT_DELETED && wanted(s, e->now);
	before = wanted(s, e->before);
	if (now && before)
		emit(s, out, OBJECT_MODIFIED, e->now, e->rv);
	else if (now)
		emit(s, out, OBJECT_ADDED, e->now, e->rv);
	else if (before)
		/* Its last state that matched, at the version it left. */
		emit(s, out, OBJECT_DELETED,
		     e->event == OBJECT_DELETED ? e->now : e->before, e->rv);
}

/* ---- the stream ---- */

static bool
pull_initial(struct watch_stream *s, struct buf *out)
{
	while (s->initial_at < s->initial.n) {
		const struct object *obj = s->initial.at[s->initial_at];

		if (out->len >= FACE_PIECE_BYTES)
			return false;
		emit(s, out, OBJECT_ADDED, obj, obj->rv);
		object_unref(obj);
		s->initial.at[s->initial_at++] = NULL;
	}
	vec_free(&s->initial);
	s->initial_at = 0;
	return true;
}

static bool
watch_pull(void *ctx, struct sim *w, struct buf *out)
{
	struct watch_stream *s = ctx;
	int64_t now_ms = clock_boot_ms(s->c.k->clock);
	struct watch_event e;

	(void)w;
	if (!pull_initial(s, out))
		return true;
	while (objects_watch_next(s->c.k->o, &s->cursor, &e)) {
		emit_event(s, out, &e);
		if (out->len >= FACE_PIECE_BYTES)
			return true;
	}
	if (s->cursor.fell_out) {
		struct status st;

		status_fail(&st, 410, "Expired",
			    "too old resource version: the watch lags behind");
		emit_error(out, &st);
		return false;
	}
	if (s->tell_end) {
		emit_bookmark(s, out, true);
		s->tell_end = false;
	}
	if (now_ms >= s->deadline_ms) {
		if (s->bookmarks)
			emit_bookmark(s, out, false);
		return false;
	}
	if (s->bookmarks && now_ms >= s->bookmark_ms) {
		emit_bookmark(s, out, false);
		s->bookmark_ms = now_ms + BOOKMARK_MS;
	}
	return true;
}

static void
watch_close(void *ctx)
{
	struct watch_stream *s = ctx;

	for (uint32_t i = s->initial_at; i < s->initial.n; i++)
		object_unref(s->initial.at[i]);
	vec_free(&s->initial);
	selector_fini(&s->sel);
	arena_free(s->c.arena);
	free(s);
}

static bool
take_initial(void *ctx, const struct object *obj)
{
	struct watch_stream *s = ctx;

	if (wanted(s, obj))
		vec_push(&s->initial, object_ref(obj));
	return true;
}

/* The selector's texts lie in the request's arena: parse once more into the
 * stream's own. */
static void
own_selector(struct watch_stream *s, struct kube_call *c)
{
	const struct object_type *t = c->type->storage ? c->type->storage
						       : c->type;
	struct status st;

	selector_init(&s->sel);
	if (!selector_labels(&s->sel, s->c.arena,
			     kube_query(c, "labelSelector"), &st) ||
	    !selector_fields(&s->sel, s->c.arena,
			     kube_query(c, "fieldSelector"), t, "", &st))
		BUG("a selector parses once but not twice");
}

static struct watch_stream *
open_stream(struct kube_call *c, const struct watch_options *o)
{
	struct watch_stream *s = xcalloc(1, sizeof(*s));
	int64_t now_ms = clock_boot_ms(c->k->clock);
	int64_t timeout_s = o->timeout_s > 0
				    ? o->timeout_s
				    : TIMEOUT_MIN_S +
					      (int64_t)(c->k->audits * 7919 %
							TIMEOUT_MIN_S);

	s->c = (struct kube_call){ .k = c->k, .type = c->type,
				   .accept = c->accept,
				   .arena = arena_new() };
	own_selector(s, c);
	s->quick = selector_is_empty(&s->sel);
	s->ns = c->path.ns ? arena_strdup(s->c.arena, c->path.ns) : NULL;
	s->include = table_include(c);
	s->headers = true;
	s->bookmarks = kube_query_bool(c, "allowWatchBookmarks");
	s->tell_end = o->tell_end && s->bookmarks;
	s->deadline_ms = now_ms + timeout_s * 1000;
	s->bookmark_ms = now_ms + BOOKMARK_MS;
	return s;
}

void
kube_watch(struct kube_call *c, const struct selector *sel)
{
	struct watch_options o;
	struct watch_stream *s;
	struct objects *store = c->k->o;

	(void)sel;
	if (!parse_options(c, &o)) {
		kube_fail(c);
		return;
	}
	s = open_stream(c, &o);
	if (o.initial || o.from_now)
		o.rv = o.initial && !o.from_now && o.rv > objects_rv(store)
			       ? o.rv
			       : objects_rv(store);
	if (!objects_watch_from(store, c->type, o.rv, &s->cursor, &c->st)) {
		watch_close(s);
		if (c->st.code == 410) {
			/* The real server answers 200 and says it inside. */
			c->a->status = 200;
			c->a->type = "application/json";
			emit_error(&c->a->body, &c->st);
			return;
		}
		kube_fail(c);
		return;
	}
	if (o.initial)
		objects_each(store, c->type, c->path.ns, NULL, take_initial,
			     s);
	c->a->status = 200;
	c->a->type = "application/json";
	c->a->stream = (struct face_stream){
		.ctx = s, .pull = watch_pull, .close = watch_close };
}
