/*
 * List and watch of one kind: the state machine.
 *
 *	idle -> listing -> watching -> (end of stream) -> watching
 *	  ^        |           |
 *	  |        v           v
 *	  |     waiting <------+   any failure; then listing, or watching from
 *	  |        |               the version we have
 *	  +--------+ no longer wanted
 *
 * A list is read in pages of 500 and decoded as it arrives.  410 while paging or
 * watching means: list anew.  Bookmarks keep the version fresh; a stream that
 * says nothing for SILENCE_MS is opened again (facts: integrations G2).
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/log.h"
#include "backend/kube/watch_private.h"

enum {
	PAGE = 500,
	LIST_MS = 5 * 60 * 1000, /* for one page, not for the whole list */
	SILENCE_MS = 150 * 1000,
	LIST_SILENCE_MS = 30 * 1000,
	LINGER_MS = 60 * 1000,
	DENIED_MS = 60 * 1000,
	ERROR_LIMIT = 8192,
};

static const char *const watch_names[] = {
	[WATCH_IDLE] = "idle",	     [WATCH_LISTING] = "listing",
	[WATCH_WATCHING] = "watching", [WATCH_WAITING] = "waiting",
	[WATCH_DENIED] = "denied",
};

static void request_start(struct watch *w);

static int64_t
boot_ms(const struct watch *w)
{
	return clock_boot_ms(reactor_clock(w->kube->reactor));
}

/* The one place where the state changes. */
static void
enter(struct watch *w, enum watch_state state, const struct err *err)
{
	if (w->state != state || err)
		log_at(LOG_INFO, "watch", "kind=%s %s -> %s rv=%s%s%s",
		       kind_name(w->kind), watch_names[w->state],
		       watch_names[state], str_or_empty(w->rv),
		       err ? " error=" : "", err ? err->text : "");
	w->state = state;
	kube_tell_state(w->kube, err);
}

static void
set_text(char **slot, const char *text)
{
	free(*slot);
	*slot = text && *text ? xstrdup(text) : NULL;
}

/* ---- targets ---- */

char *
watch_target(const struct watch *w)
{
	struct buf b;
	uint32_t seconds;

	buf_init(&b, 16384);
	kube_path(&b, w->kind, w->ns, NULL, NULL);
	buf_putc(&b, '?');
	if (w->name) {
		buf_puts(&b, "fieldSelector=metadata.name%3D");
		buf_percent(&b, w->name, strlen(w->name), false);
		buf_putc(&b, '&');
	}
	if (w->state == WATCH_LISTING) {
		buf_printf(&b, "limit=%d", PAGE);
		if (w->next_page) {
			buf_puts(&b, "&continue=");
			buf_percent(&b, w->next_page, strlen(w->next_page),
				    false);
		}
	} else {
		seconds = 300 + (uint32_t)(rng_unit(&w->kube->rng) * 300);
		buf_printf(&b, "watch=1&allowWatchBookmarks=true&"
			   "timeoutSeconds=%u&resourceVersion=", seconds);
		buf_percent(&b, w->rv, strlen(w->rv), false);
	}
	return buf_take(&b, NULL);
}

/* ---- starting over, later, or not at all ---- */

static void
wait_then(struct watch *w, int64_t delay_ms, const struct err *err)
{
	w->brief = !delay_ms && !err && w->listed;
	enter(w, WATCH_WAITING, err);
	reactor_timer_arm(w->timer, delay_ms);
}

static void
list_abandon(struct watch *w)
{
	const struct sink *s = w->kube->sink;

	if (w->list_open)
		s->list_end(s->ctx, w->kind, false);
	w->list_open = false;
	set_text(&w->next_page, NULL);
}

static void
start_list(struct watch *w)
{
	const struct sink *s = w->kube->sink;

	list_abandon(w);
	enter(w, WATCH_LISTING, NULL);
	/* A single object among others of its kind is no list of that kind:
	 * sweeping would take the others away. */
	if (!w->name) {
		s->list_begin(s->ctx, w->kind);
		w->list_open = true;
	}
	w->found = false;
	request_start(w);
}

static void
start_watch(struct watch *w)
{
	enter(w, WATCH_WATCHING, NULL);
	request_start(w);
}

static void
on_timer(void *ctx)
{
	struct watch *w = ctx;

	if (!w->wanted) {
		watch_close(w);
		return;
	}
	if (w->state != WATCH_WAITING && w->state != WATCH_DENIED)
		return;
	if (w->rv && w->listed)
		start_watch(w);
	else
		start_list(w);
}

static void
failed(struct watch *w, const struct err *err, int64_t server_ms)
{
	if (w->state == WATCH_LISTING) {
		list_abandon(w);
		set_text(&w->rv, NULL);
		w->listed = false;
	}
	if (err->code == ERR_DENIED) {
		enter(w, WATCH_DENIED, err);
		reactor_timer_arm(w->timer, DENIED_MS);
		return;
	}
	wait_then(w, backoff_next(&w->backoff, boot_ms(w), server_ms), err);
}

/* History is gone: the next try is a list, at once the first time. */
static void
expired(struct watch *w)
{
	set_text(&w->rv, NULL);
	list_abandon(w);
	w->listed = false;
	wait_then(w, w->expired_once
			     ? backoff_next(&w->backoff, boot_ms(w), -1)
			     : 0, NULL);
	w->expired_once = true;
}

/* ---- items ---- */

static bool
deliver(struct watch *w, const struct tree *object)
{
	const struct sink *s = w->kube->sink;
	const struct record *r;
	struct err err = { 0 };

	r = codec_of(w->kind)->decode(w->kube->seal, object, &err);
	if (!r) {
		/* One object we cannot read must not hide all others. */
		if (!w->undecodable++)
			log_at(LOG_WARN, "watch", "kind=%s: %s",
			       kind_name(w->kind), err.text);
		return false;
	}
	w->found = true;
	s->put(s->ctx, r);
	return true;
}

static void
take_gone(struct watch *w, const struct tree *object)
{
	const struct sink *s = w->kube->sink;
	const struct tree *meta = tree_get(object, "metadata");
	const char *ns = tree_text(tree_get(meta, "namespace"));
	const char *name = tree_text(tree_get(meta, "name"));
	char key[RECORD_KEY];

	if (!name)
		return;
	/* The last state says how it ended: exit codes, conditions. */
	deliver(w, object);
	if (ns && *ns)
		snprintf(key, sizeof(key), "%s/%s", ns, name);
	else
		snprintf(key, sizeof(key), "%s", name);
	s->gone(s->ctx, w->kind, key);
}

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
on_watch_event(void *ctx, const char *path, const struct tree *event,
	       struct err *err)
{
	struct watch *w = ctx;
	const char *type = tree_text(tree_get(event, "type"));
	const struct tree *object = tree_get(event, "object");
	const char *rv;
	int64_t code = 0;

	(void)path;
	if (!type || !tree_is(object, TREE_OBJECT))
		return err_set(err, ERR_BAD, "a watch line is no event");
	if (!strcmp(type, "ERROR")) {
		tree_int(tree_get(object, "code"), &code);
		w->gone = code == 410;
		return err_set(err, code == 410 ? ERR_GONE
						: kube_status_code((int)code),
			       "watch %s: %s", kind_plural(w->kind),
			       str_or_empty(tree_text(tree_get(object,
							"message"))));
	}
	rv = tree_text(tree_at(object, "metadata.resourceVersion"));
	if (!strcmp(type, "DELETED"))
		take_gone(w, object);
	else if (!strcmp(type, "ADDED") || !strcmp(type, "MODIFIED"))
		deliver(w, object);
	/* BOOKMARK and what later versions invent only move the version. */
	if (rv && *rv)
		set_text(&w->rv, rv);
	backoff_good(&w->backoff, boot_ms(w));
	return true;
}

static void
reader_open(struct watch *w)
{
	static const char *const list_items[] = { "items", NULL };
	static const char *const watch_items[] = { "", NULL };
	bool list = w->state == WATCH_LISTING;

	json_reader_free(w->reader);
	w->reader = json_reader_new(&(struct json_spec){
		.items = list ? list_items : watch_items,
		.skip = decode_kube_skip,
		.many = !list,
		.on_item = list ? on_list_item : on_watch_event,
		.ctx = w,
	});
}

/* ---- the end of a page ---- */

static void
list_complete(struct watch *w, const char *rv)
{
	const struct sink *s = w->kube->sink;
	char key[RECORD_KEY];

	set_text(&w->rv, rv);
	set_text(&w->next_page, NULL);
	w->listed = true;
	w->expired_once = false;
	if (w->list_open) {
		s->list_end(s->ctx, w->kind, true);
		w->list_open = false;
	} else if (w->name && !w->found) {
		if (w->ns)
			snprintf(key, sizeof(key), "%s/%s", w->ns, w->name);
		else
			snprintf(key, sizeof(key), "%s", w->name);
		s->gone(s->ctx, w->kind, key);
	}
	if (w->undecodable > 1)
		log_at(LOG_WARN, "watch", "kind=%s: %u objects could not be "
		       "read", kind_name(w->kind), w->undecodable);
	w->undecodable = 0;
	backoff_good(&w->backoff, boot_ms(w));
	start_watch(w);
}

static void
page_end(struct watch *w)
{
	struct err err = { 0 };
	const struct tree *meta;
	const char *more, *rv;

	if (!json_reader_end(w->reader, &err)) {
		err_prefix(&err, "list %s: ", kind_plural(w->kind));
		failed(w, &err, -1);
		return;
	}
	meta = tree_get(json_reader_rest(w->reader), "metadata");
	more = tree_text(tree_get(meta, "continue"));
	rv = tree_text(tree_get(meta, "resourceVersion"));
	if (more && *more) {
		set_text(&w->next_page, more);
		request_start(w);
		return;
	}
	if (!rv || !*rv) {
		err_set(&err, ERR_BAD, "list %s: the answer is no list",
			kind_plural(w->kind));
		failed(w, &err, -1);
		return;
	}
	list_complete(w, rv);
}

/* ---- the exchange ---- */

static void
on_head(void *ctx, const struct http_head *head)
{
	struct watch *w = ctx;

	w->status = head->status;
	kube_heard_head(w->kube, head);
	if (head->status == 200)
		kube_heard_word(w->kube);
}

static bool
on_bytes(void *ctx, const char *bytes, size_t len)
{
	struct watch *w = ctx;

	w->heard_boot_ms = boot_ms(w);
	if (w->status != 200) {
		buf_add(&w->trouble, bytes, len);
		return true;
	}
	kube_heard_word(w->kube);
	return json_reader_feed(w->reader, bytes, len, &w->stream_err);
}

static void
answered_badly(struct watch *w, const struct http_result *r)
{
	struct err err = { 0 };
	char what[80];

	snprintf(what, sizeof(what), "%s %s",
		 w->state == WATCH_LISTING ? "list" : "watch",
		 kind_plural(w->kind));
	kube_status_error(w->kube, r->head.status, what,
			  buf_text(&w->trouble), w->trouble.len, &err);
	if (r->head.status == 410) {
		expired(w);
	} else if (r->head.status == 401 &&
		   kube_auth_rejected(w->kube->auth) && !w->renewed) {
		w->renewed = true;
		wait_then(w, 0, NULL);
	} else {
		failed(w, &err, r->head.retry_after_ms);
	}
}

static void
on_done(void *ctx, const struct http_result *r)
{
	struct watch *w = ctx;

	w->request = NULL;
	if (w->closing)
		return;
	if (w->gone) {
		w->gone = false;
		expired(w);
	} else if (w->stream_err.code) {
		struct err err = w->stream_err;

		err_prefix(&err, "%s %s: ",
			   w->state == WATCH_LISTING ? "list" : "watch",
			   kind_plural(w->kind));
		failed(w, &err, -1);
	} else if (r->head.status && r->head.status != 200) {
		answered_badly(w, r);
	} else if (r->silent && w->state == WATCH_WATCHING) {
		wait_then(w, 0, NULL);
	} else if (r->err.code) {
		failed(w, &r->err, -1);
	} else if (w->state == WATCH_LISTING) {
		w->renewed = false;
		page_end(w);
	} else {
		/* The server ends watches after timeoutSeconds: normal.  One
		 * that ends at once must not spin. */
		w->renewed = false;
		wait_then(w, r->took_ms < 1000
				     ? backoff_next(&w->backoff, boot_ms(w),
						    -1)
				     : 0, NULL);
	}
}

static void
on_auth(void *ctx, const char *header, const struct err *auth_err)
{
	struct watch *w = ctx;
	bool list = w->state == WATCH_LISTING;
	struct kube_headers h;
	struct err err = { 0 };
	char *target;

	if (auth_err) {
		failed(w, auth_err, -1);
		return;
	}
	w->status = 0;
	w->stream_err = (struct err){ 0 };
	buf_reset(&w->trouble);
	reader_open(w);
	target = watch_target(w);
	kube_headers_init(&h, w->kube, header, NULL);
	w->request = http_start(w->kube->reactor, &(struct http_call){
		.row = list ? ROW_K8S_LIST : ROW_K8S_WATCH,
		.to = kube_auth_endpoint(w->kube->auth),
		.method = "GET",
		.target = target,
		.headers = h.line,
		.total_ms = list ? LIST_MS : 0,
		.silence_ms = list ? LIST_SILENCE_MS : SILENCE_MS,
		.small_pieces = list,
		.on_head = on_head,
		.on_bytes = on_bytes,
		.on_done = on_done,
		.ctx = w,
	}, &err);
	kube_headers_fini(&h);
	free(target);
	if (!w->request)
		failed(w, &err, -1);
}

static void
request_start(struct watch *w)
{
	kube_auth_get(w->kube->auth, on_auth, w);
}

/* ---- life ---- */

struct watch *
watch_open(struct kube *k, enum kind kind, const char *ns, const char *name)
{
	struct watch *w = xcalloc(1, sizeof(*w));

	w->kube = k;
	w->kind = kind;
	w->ns = ns && *ns ? xstrdup(ns) : NULL;
	w->name = name ? xstrdup(name) : NULL;
	w->wanted = true;
	w->backoff = backoff_kube(rng_next(&k->rng));
	w->timer = reactor_timer_new(k->reactor, on_timer, w);
	buf_init(&w->trouble, ERROR_LIMIT);
	w->next = k->watches;
	k->watches = w;
	start_list(w);
	return w;
}

void
watch_want(struct watch *w, bool wanted)
{
	if (w->wanted == wanted)
		return;
	w->wanted = wanted;
	if (!wanted)
		reactor_timer_arm(w->timer, LINGER_MS);
	else if (w->state == WATCH_WAITING || w->state == WATCH_DENIED)
		reactor_timer_arm(w->timer, 0);
}

void
watch_close(struct watch *w)
{
	struct watch **at = &w->kube->watches;

	while (*at != w)
		at = &(*at)->next;
	*at = w->next;
	w->closing = true;
	if (w->request)
		http_cancel(w->request);
	kube_auth_forget(w->kube->auth, w);
	list_abandon(w);
	reactor_timer_free(w->timer);
	json_reader_free(w->reader);
	buf_fini(&w->trouble);
	free(w->rv);
	free(w->ns);
	free(w->name);
	free(w);
}
