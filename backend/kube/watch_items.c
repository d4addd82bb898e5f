/*
 * What a list or stream carries: asked for, decoded, delivered.
 *
 * Objects are decoded one by one as they arrive; a list never exists in memory.
 * Single objects of a kind (the autoscaler's ConfigMap, its Lease) each have a
 * watch of their own; to the sink they are one list together.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/log.h"
#include "backend/kube/watch_private.h"

enum {
	PAGE = 500,
	TARGET_LIMIT = 32768,
	WATCH_MIN_S = 300,
	WATCH_MORE_S = 300,
	FRESH_MIN_S = 20,
	FRESH_MORE_S = 5,
};

/* At random, so that watches do not end all at once. */
static int
stream_s(const struct watch *w)
{
	double dice = rng_unit(&w->kube->rng);

	if (w->kube->fresh >> w->kind & 1)
		return FRESH_MIN_S + (int)(dice * FRESH_MORE_S);
	return WATCH_MIN_S + (int)(dice * WATCH_MORE_S);
}

char *
watch_target(const struct watch *w)
{
	struct buf b;

	buf_init(&b, TARGET_LIMIT);
	kube_path(&b, w->kind, w->ns, NULL, NULL);
	buf_putc(&b, '?');
	if (w->name) {
		buf_puts(&b, "fieldSelector=metadata.name%3D");
		buf_percent(&b, w->name, strlen(w->name), false);
		buf_putc(&b, '&');
	}
	if (w->state == WATCH_LISTING) {
		if (!w->whole)
			buf_printf(&b, "limit=%d", PAGE);
		if (w->next_page) {
			buf_puts(&b, "&continue=");
			buf_percent(&b, w->next_page, strlen(w->next_page),
				    false);
		}
	} else {
		buf_printf(&b, "watch=1&allowWatchBookmarks=true&"
			   "timeoutSeconds=%d&resourceVersion=", stream_s(w));
		buf_percent(&b, w->rv, strlen(w->rv), false);
	}
	return buf_take(&b, NULL);
}

/* ---- delivering ---- */

static void
keep(struct watch *w, const struct record *r)
{
	if (w->record)
		record_unref(w->record);
	w->record = r ? record_ref(r) : NULL;
}

/* One object we cannot read must not hide all others; it is said beside
 * them. */
static void
note_unreadable(struct watch *w, const struct err *err)
{
	w->unreadable++;
	log_at(LOG_WARN, "watch", "kind=%s unreadable: %s",
	       kind_name(w->kind), err->text);
	err_set(&w->shortage, ERR_PARTIAL, "%s: %u of the %s cannot be read: "
		"%.300s", w->kube->shown, w->unreadable, kind_plural(w->kind),
		err->text);
	if (w->state == WATCH_WATCHING)
		kube_tell_state(w->kube);
}

static void
deliver(struct watch *w, const struct tree *object)
{
	const struct sink *s = w->kube->sink;
	const struct record *r;
	struct err err = { 0 };

	r = codec_of(w->kind)->decode(w->kube->seal, object, &err);
	if (!r) {
		note_unreadable(w, &err);
		return;
	}
	w->found = true;
	if (w->name)
		keep(w, r);
	s->put(s->ctx, r);
}

static void
say_gone(struct watch *w, const char *ns, const char *name)
{
	const struct sink *s = w->kube->sink;
	char key[RECORD_KEY];

	if (ns && *ns)
		snprintf(key, sizeof(key), "%s/%s", ns, name);
	else
		snprintf(key, sizeof(key), "%s", name);
	if (w->name)
		keep(w, NULL);
	s->gone(s->ctx, w->kind, key);
}

static void
take_deleted(struct watch *w, const struct tree *object)
{
	const struct tree *meta = tree_get(object, "metadata");
	const char *name = tree_text(tree_get(meta, "name"));

	/* The last state says how it ended: exit codes, conditions. */
	deliver(w, object);
	if (name)
		say_gone(w, tree_text(tree_get(meta, "namespace")), name);
}

/* ---- lists ---- */

/* Every single watch of the kind has listed, or may not; then they are a whole
 * list. */
static bool
singles_listed(const struct watch *one)
{
	for (const struct watch *w = one->kube->watches; w; w = w->next)
		if (w->kind == one->kind && w->name && !w->listed_once &&
		    w->state != WATCH_DENIED)
			return false;
	return true;
}

static void
tell_singles(struct watch *one)
{
	const struct sink *s = one->kube->sink;

	s->list_begin(s->ctx, one->kind);
	for (const struct watch *w = one->kube->watches; w; w = w->next)
		if (w->kind == one->kind && w->name && w->record)
			s->put(s->ctx, record_ref(w->record));
	s->list_end(s->ctx, one->kind, true);
}

void
watch_list_begin(struct watch *w)
{
	const struct sink *s = w->kube->sink;

	w->found = false;
	w->unreadable = 0;
	w->shortage = (struct err){ 0 };
	if (w->list_open)
		return;
	w->list_open = true;
	if (!w->name)
		s->list_begin(s->ctx, w->kind);
}

void
watch_list_end(struct watch *w, bool complete)
{
	const struct sink *s = w->kube->sink;

	if (!w->list_open)
		return;
	w->list_open = false;
	if (complete)
		w->listed = w->listed_once = true;
	if (!w->name) {
		s->list_end(s->ctx, w->kind, complete);
		return;
	}
	if (!complete)
		return;
	if (!w->found)
		say_gone(w, w->ns, w->name);
	if (singles_listed(w))
		tell_singles(w);
}

/* ---- items ---- */

static bool
on_list_item(void *ctx, const char *path, const struct tree *item,
	     struct err *err)
{
	(void)path;
	(void)err;
	deliver(ctx, item);
	return true;
}

static bool
take_error(struct watch *w, const struct tree *status, struct err *err)
{
	int64_t code = 0;

	tree_int(tree_get(status, "code"), &code);
	w->gone = code == 410;
	w->retry_ms = kube_status_retry_ms(status);
	return err_set(err, kube_status_code((int)code), "%s",
		       str_or_empty(tree_text(tree_get(status, "message"))));
}

static bool
on_event(void *ctx, const char *path, const struct tree *event,
	 struct err *err)
{
	struct watch *w = ctx;
	const char *type = tree_text(tree_get(event, "type"));
	const struct tree *object = tree_get(event, "object");
	const char *rv;

	(void)path;
	if (!type || !tree_is(object, TREE_OBJECT))
		return err_set(err, ERR_BAD, "a line is no watch event");
	if (strcmp(type, "ERROR") == 0)
		return take_error(w, object, err);
	if (strcmp(type, "DELETED") == 0)
		take_deleted(w, object);
	else if (strcmp(type, "ADDED") == 0 || strcmp(type, "MODIFIED") == 0)
		deliver(w, object);
	/* A list that leads to a stream with news is worth asking for. */
	w->expired_once = false;
	/* BOOKMARK, and what later versions invent, only move the version. */
	rv = tree_text(tree_at(object, "metadata.resourceVersion"));
	if (rv && *rv && !str_eq(rv, w->rv)) {
		free(w->rv);
		w->rv = xstrdup(rv);
	}
	return true;
}

void
watch_reader_open(struct watch *w)
{
	static const char *const list_items[] = { "items", NULL };
	static const char *const events[] = { "", NULL };
	bool list = w->state == WATCH_LISTING;

	json_reader_free(w->reader);
	w->reader = json_reader_new(&(struct json_spec){
		.items = list ? list_items : events,
		.skip = decode_kube_skip,
		.many = !list,
		.on_item = list ? on_list_item : on_event,
		.ctx = w,
	});
}
