/*
 * List and watch of one kind: the state machine.
 *
 *	idle -> listing -> watching -> (end of stream) -> watching
 *	           |           |
 *	           v           v
 *	        waiting <------+   any failure; then listing, or watching from
 *	                           the version we have
 *	        denied             403, or an API this server lacks
 *
 * A list is read in pages of 500.  Its version is watched from; bookmarks keep
 * it fresh.  410 while watching means: list anew, at once the first time; 410
 * while paging means that pages come too slowly: one big list, as client-go
 * does.  A version that the server refuses three times in a row (a cluster
 * restored from a backup counts from an older one) is given up as well.  A
 * stream that says nothing for SILENCE_MS is opened again without a list.
 * Facts: reference integrations G2.
 */
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "backend/base/log.h"
#include "backend/kube/watch_private.h"

enum {
	WATCH_ANSWER_MS = 30000, /* for the head of a stream */
	LIST_ANSWER_MS = 65000,	 /* the server itself gives up after 60 s */
	WHOLE_SILENCE_MS = 65000, /* in a list without pages */
	SILENCE_MS = 100000,	 /* bookmarks come about every minute */
	LIST_SILENCE_MS = 30000,
	FRESH_SILENCE_MS = 40000, /* its streams are over by then */
	LINGER_MS = 60000,
	DENIED_MS = 60000,
	SHORT_MS = 1000, /* a stream that ends this soon did no good */
	SHORT_STREAMS = 3,
	REFUSALS = 3,
	BODY_LIMIT = 16384,
};

/* What each state is, and what its request asks for. */
static const struct stage {
	const char *name;
	const char *verb;
	enum row_id row;
	int64_t answer_ms, silence_ms;
} stages[] = {
	[WATCH_IDLE] = { "idle", "", ROW_K8S_LIST, 0, 0 },
	[WATCH_LISTING] = { "listing", "list", ROW_K8S_LIST, LIST_ANSWER_MS,
			    LIST_SILENCE_MS },
	[WATCH_WATCHING] = { "watching", "watch", ROW_K8S_WATCH,
			     WATCH_ANSWER_MS, SILENCE_MS },
	[WATCH_WAITING] = { "waiting", "", ROW_K8S_LIST, 0, 0 },
	[WATCH_DENIED] = { "denied", "", ROW_K8S_LIST, 0, 0 },
};

static void request_start(struct watch *w);

static int64_t
boot_ms(const struct watch *w)
{
	return clock_boot_ms(reactor_clock(w->kube->reactor));
}

/* The one place where the state changes. */
static void
enter(struct watch *w, enum watch_state state, const char *why)
{
	if (w->state != state)
		log_at(LOG_INFO, "watch", "kind=%s%s%s %s -> %s rv=%s %s",
		       kind_name(w->kind), w->name ? " name=" : "",
		       str_or_empty(w->name), stages[w->state].name,
		       stages[state].name, str_or_empty(w->rv), why);
	w->state = state;
	if (!w->closing)
		kube_tell_state(w->kube);
}

static void
set_text(char **slot, const char *text)
{
	free(*slot);
	*slot = text && *text ? xstrdup(text) : NULL;
}

bool
watch_is_live(const struct watch *w)
{
	/* Between two streams too: nothing is lost, the version is kept. */
	return w->listed && !w->trouble.code &&
	       (w->state == WATCH_WATCHING || w->state == WATCH_WAITING);
}

/* ---- starting over, later, or not at all ---- */

static void
wait_then(struct watch *w, int64_t delay_ms, const char *why)
{
	enter(w, WATCH_WAITING, why);
	reactor_timer_arm(w->timer, delay_ms);
}

static void
list_abandon(struct watch *w)
{
	watch_list_end(w, false);
	set_text(&w->next_page, NULL);
}

static void
start_list(struct watch *w)
{
	list_abandon(w);
	enter(w, WATCH_LISTING, "");
	request_start(w);
}

static void
start_watch(struct watch *w)
{
	enter(w, WATCH_WATCHING, "");
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

/* "https://...: list pods: ..." for what does not say it yet. */
static void
set_trouble(struct watch *w, const struct err *err)
{
	w->trouble = *err;
	if (!str_has_prefix(err->text, w->kube->shown))
		err_prefix(&w->trouble, "%s: %s %s", w->kube->shown,
			   stages[w->state].verb, kind_plural(w->kind));
	log_at(LOG_WARN, "watch", "kind=%s error=%s", kind_name(w->kind),
	       w->trouble.text);
}

static void
forget_version(struct watch *w)
{
	set_text(&w->rv, NULL);
	w->listed = false;
	w->refusals = 0;
}

static void
failed(struct watch *w, const struct err *err, int64_t server_ms)
{
	set_trouble(w, err);
	if (w->state == WATCH_LISTING) {
		list_abandon(w);
		forget_version(w);
	}
	if (err->code == ERR_DENIED || err->code == ERR_GONE) {
		enter(w, WATCH_DENIED, err->text);
		reactor_timer_arm(w->timer, DENIED_MS);
		return;
	}
	wait_then(w, backoff_next(&w->backoff, boot_ms(w), server_ms),
		  err->text);
}

/* History is gone: the next try is a list, at once the first time. */
static void
expired(struct watch *w)
{
	/* The page token was too old when its turn came. */
	if (w->state == WATCH_LISTING && w->next_page)
		w->whole = true;
	list_abandon(w);
	forget_version(w);
	wait_then(w, w->expired_once
			     ? backoff_next(&w->backoff, boot_ms(w), -1)
			     : 0, "expired");
	w->expired_once = true;
}

/* ---- the end of an exchange ---- */

static void
list_complete(struct watch *w, const char *rv)
{
	set_text(&w->rv, rv);
	set_text(&w->next_page, NULL);
	w->refusals = 0;
	watch_list_end(w, true);
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
		failed(w, &err, -1);
		return;
	}
	meta = tree_get(json_reader_rest(w->reader), "metadata");
	more = tree_text(tree_get(meta, "continue"));
	rv = tree_text(tree_get(meta, "resourceVersion"));
	if (more && *more) {
		set_text(&w->next_page, more);
		request_start(w);
	} else if (!rv || !*rv) {
		err_set(&err, ERR_BAD, "the answer is JSON, but no list");
		failed(w, &err, -1);
	} else {
		list_complete(w, rv);
	}
}

/* Neither 200 nor a broken connection. */
static void
answered_badly(struct watch *w, const struct http_result *r)
{
	struct arena *a = arena_new();
	int64_t server_ms = r->head.retry_after_ms;
	struct err err = { 0 };
	char what[80];

	snprintf(what, sizeof(what), "%s %s", stages[w->state].verb,
		 kind_plural(w->kind));
	kube_status_error(w->kube, &r->head, what, buf_text(&w->body),
			  w->body.len, &err);
	if (server_ms < 0)
		server_ms = kube_status_retry_ms(json_parse(
			a, buf_text(&w->body), w->body.len, NULL));
	arena_free(a);
	if (r->head.status == 410) {
		expired(w);
		return;
	}
	if (r->head.status == 401 && !w->renewed &&
	    kube_auth_rejected(w->kube->auth, w->serial)) {
		w->renewed = true;
		request_start(w);
		return;
	}
	if (w->state == WATCH_WATCHING && r->head.status != 401 &&
	    r->head.status != 429 && ++w->refusals >= REFUSALS)
		forget_version(w);
	failed(w, &err, server_ms);
}

/* The server ends watches after timeoutSeconds, proxies at their own time and
 * with a reset: normal.  Silence too: the stream may have died unnoticed. */
static void
stream_over(struct watch *w, const struct http_result *r)
{
	int64_t now = boot_ms(w);
	struct err err;

	if (r->took_ms >= SHORT_MS) {
		backoff_good(&w->backoff, now);
		w->expired_once = false;
		wait_then(w, 0, r->silent ? "silence" : "end of stream");
		return;
	}
	if (w->backoff.tries + 1 >= SHORT_STREAMS) {
		if (r->err.code)
			err = r->err;
		else
			err_set(&err, ERR_RETRY, "the stream ends at once");
		set_trouble(w, &err);
	}
	wait_then(w, backoff_next(&w->backoff, now, -1), "ended at once");
}

static void
on_done(void *ctx, const struct http_result *r)
{
	struct watch *w = ctx;
	struct err err;

	w->request = NULL;
	if (w->closing || w->restarting)
		return;
	if (r->head.status && r->head.status != 200 && !r->err.code) {
		answered_badly(w, r);
		return;
	}
	if (r->head.status == 200)
		w->renewed = false;
	if (w->gone) {
		w->gone = false;
		expired(w);
	} else if (w->stream_err.code) {
		err = w->stream_err;
		if (w->state == WATCH_WATCHING && err.code == ERR_RETRY &&
		    ++w->refusals >= REFUSALS)
			forget_version(w);
		failed(w, &err, w->retry_ms);
	} else if (w->state == WATCH_WATCHING && r->head.status == 200 &&
		   (!r->err.code || r->silent || r->err.code == ERR_RETRY)) {
		stream_over(w, r);
	} else if (r->err.code) {
		failed(w, &r->err, -1);
	} else {
		page_end(w);
	}
}

/* ---- the exchange ---- */

/* A page or stream has begun well: whatever was wrong is over. */
static void
begun(struct watch *w)
{
	w->answered = true;
	w->heard_boot_ms = boot_ms(w);
	w->trouble = (struct err){ 0 };
	if (w->state == WATCH_LISTING)
		watch_list_begin(w);
	kube_tell_state(w->kube);
	kube_heard_word(w->kube);
}

static bool
is_json(const struct http_head *head)
{
	return !*head->content_type ||
	       strncasecmp(head->content_type, "application/json", 16) == 0;
}

static void
on_head(void *ctx, const struct http_head *head)
{
	struct watch *w = ctx;
	char type[80];

	w->status = head->status;
	kube_heard_head(w->kube, head);
	if (head->status != 200)
		return;
	if (is_json(head)) {
		if (w->state == WATCH_WATCHING || !w->list_open)
			begun(w);
		return;
	}
	snprintf(type, sizeof(type), "%s", head->content_type);
	err_set(&w->stream_err, ERR_BAD, "the answer is %s, not JSON; is "
		"something else answering there?", type);
}

static bool
on_bytes(void *ctx, const char *bytes, size_t len)
{
	struct watch *w = ctx;

	if (w->stream_err.code)
		return false;
	if (w->status != 200) {
		buf_add(&w->body, bytes,
			len < w->body.limit - w->body.len
				? len
				: w->body.limit - w->body.len);
		return true;
	}
	w->heard_boot_ms = boot_ms(w);
	kube_heard_word(w->kube);
	return json_reader_feed(w->reader, bytes, len, &w->stream_err);
}

static int64_t
silence_ms(const struct watch *w)
{
	if (w->state == WATCH_LISTING && w->whole)
		return WHOLE_SILENCE_MS;
	if (w->state == WATCH_WATCHING && w->kube->fresh >> w->kind & 1)
		return FRESH_SILENCE_MS;
	return stages[w->state].silence_ms;
}

static void
on_auth(void *ctx, const char *header, const struct err *auth_err)
{
	struct watch *w = ctx;
	const struct stage *stage = &stages[w->state];
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
	w->retry_ms = -1;
	buf_reset(&w->body);
	watch_reader_open(w);
	target = watch_target(w);
	w->serial = kube_auth_serial(w->kube->auth);
	kube_headers_init(&h, w->kube, "application/json", header, NULL);
	w->request = http_start(w->kube->reactor, &(struct http_call){
		.row = stage->row,
		.to = kube_auth_endpoint(w->kube->auth),
		.method = "GET",
		.target = target,
		.headers = h.lines.at,
		.answer_ms = stage->answer_ms,
		.silence_ms = silence_ms(w),
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
	buf_init(&w->body, BODY_LIMIT);
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
	else
		reactor_timer_disarm(w->timer);
	kube_tell_state(w->kube);
}

void
watch_again(struct watch *w)
{
	if (w->state != WATCH_WATCHING || !w->request)
		return;
	w->restarting = true;
	http_cancel(w->request);
	w->restarting = false;
	wait_then(w, 0, "to be kept fresh");
}

void
watch_close(struct watch *w)
{
	struct watch **at = &w->kube->watches;

	w->closing = true;
	if (w->request)
		http_cancel(w->request);
	kube_auth_forget(w->kube->auth, w);
	list_abandon(w);
	while (*at != w)
		at = &(*at)->next;
	*at = w->next;
	kube_tell_state(w->kube);
	if (w->record)
		record_unref(w->record);
	reactor_timer_free(w->timer);
	json_reader_free(w->reader);
	buf_fini(&w->body);
	free(w->rv);
	free(w->next_page);
	free(w->ns);
	free(w->name);
	free(w);
}
