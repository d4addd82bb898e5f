/*
 * The client as a whole: life, clock, state of the source, headers, paths.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/log.h"
#include "backend/base/text.h"
#include "backend/kube/kubeconfig_private.h"
#include "backend/kube/private.h"

enum {
	PING_MS = 5000,
	TELL_MS = 1000,
	SKEW_MS = 2000, /* Date has whole seconds; less is no skew */
};

static void on_ping(void *ctx);

struct kube *
kube_new(struct reactor *r, const struct sink *sink,
	 const struct kube_options *o)
{
	struct kube *k = xcalloc(1, sizeof(*k));

	k->reactor = r;
	k->sink = sink;
	k->context = o->context;
	k->auth = kube_auth_new(r, o->context);
	k->seal = seal_new();
	k->ns = o->ns && *o->ns ? xstrdup(o->ns) : NULL;
	k->rng.state = o->seed;
	k->access = map_new(free);
	k->ping = reactor_timer_new(r, on_ping, k);
	k->state = SOURCE_CONNECTING;
	sink->status(sink->ctx, SOURCE_KUBERNETES, SOURCE_CONNECTING, NULL);
	return k;
}

void
kube_free(struct kube *k)
{
	if (!k)
		return;
	kube_watches_free(k);
	kube_calls_free(k);
	kube_logs_free(k);
	kube_access_free(k);
	reactor_timer_free(k->ping);
	kube_auth_free(k->auth);
	seal_free(k->seal);
	free(k->ns);
	free(k);
}

/* ---- time ---- */

void
kube_heard_head(struct kube *k, const struct http_head *head)
{
	const struct clockwork *clock = reactor_clock(k->reactor);
	int64_t wall = clock_wall_ms(clock);
	struct world_clock w = { .boot_ms = clock_boot_ms(clock),
				 .speed_milli = 1000 };

	if (head->world_ms) {
		w.world_ms = head->world_ms;
		w.speed_milli = head->world_speed_milli;
		if (!k->simulated) {
			k->simulated = true;
			reactor_timer_arm(k->ping, PING_MS);
		}
	} else if (head->date_ms) {
		int64_t skew = head->date_ms - wall;

		w.world_ms = skew > SKEW_MS || skew < -SKEW_MS
				     ? wall + skew
				     : wall;
	} else {
		return;
	}
	k->sink->clock(k->sink->ctx, &w);
}

static void
on_pinged(void *ctx, const struct kube_answer *a)
{
	struct kube *k = ctx;

	(void)a;
	reactor_timer_arm(k->ping, PING_MS);
}

/* Simulated time may be sped up or paused by others; streams tell the time only
 * when they begin. */
static void
on_ping(void *ctx)
{
	struct kube *k = ctx;

	if (!kube_call(k, &(struct kube_call){
		    .row = ROW_K8S_VERSION,
		    .method = "GET",
		    .path = "/version",
		    .deadline_ms = PING_MS,
		    .on_done = on_pinged,
		    .ctx = k,
	    }, NULL))
		reactor_timer_arm(k->ping, PING_MS);
}

/* ---- the state of the source ---- */

void
kube_tell_state(struct kube *k, const struct err *err)
{
	uint32_t wanted, live, loading, denied;
	enum source_state state;

	kube_watches_state(k, &wanted, &live, &loading, &denied);
	if (err)
		k->trouble = *err;
	if (wanted && denied == wanted)
		state = SOURCE_FAILED;
	else if (wanted && live + denied == wanted)
		state = SOURCE_LIVE;
	else if (live + loading + denied == wanted)
		state = SOURCE_LOADING;
	else if (k->state == SOURCE_LIVE || k->state == SOURCE_STALE || live)
		state = SOURCE_STALE;
	else
		state = SOURCE_FAILED;
	if (state == SOURCE_LIVE || state == SOURCE_LOADING)
		k->trouble = (struct err){ 0 };
	if (state == k->state && !err)
		return;
	log_at(LOG_INFO, "kube", "state=%s wanted=%u live=%u denied=%u%s%s",
	       source_state_name(state), wanted, live, denied,
	       k->trouble.code ? " trouble=" : "", k->trouble.text);
	k->state = state;
	k->sink->status(k->sink->ctx, SOURCE_KUBERNETES, state,
			k->trouble.code ? &k->trouble : NULL);
}

void
kube_heard_word(struct kube *k)
{
	int64_t now = clock_boot_ms(reactor_clock(k->reactor));

	if (now - k->told_boot_ms < TELL_MS || k->trouble.code)
		return;
	k->told_boot_ms = now;
	k->sink->status(k->sink->ctx, SOURCE_KUBERNETES, k->state, NULL);
}

/* ---- errors ---- */

enum err_code
kube_status_code(int status)
{
	switch (status) {
	case 401:
		return ERR_AUTH;
	case 403:
		return ERR_DENIED;
	case 404:
	case 410:
		return ERR_GONE;
	case 409:
		return ERR_CONFLICT;
	case 429:
		return ERR_LIMIT;
	default:
		return status >= 500 ? ERR_RETRY : ERR_BAD;
	}
}

void
kube_status_error(const struct kube *k, int status, const char *what,
		  const char *body, size_t len, struct err *err)
{
	struct arena *a = arena_new();
	const struct tree *t = json_parse(a, body, len, NULL);
	const char *message = tree_text(tree_get(t, "message"));
	char said[300];

	if (message)
		text_clean_to(said, sizeof(said), message, strlen(message));
	else
		text_clean_to(said, sizeof(said), body, len > 120 ? 120 : len);
	if (status == 401)
		err_set(err, ERR_AUTH,
			"%s does not accept these credentials (401 %s)",
			kube_auth_endpoint(k->auth)->base_url, said);
	else if (status >= 300 && status < 400)
		err_set(err, ERR_CONFIG,
			"%s answers with a redirect (%d): is this the API "
			"server?", kube_auth_endpoint(k->auth)->base_url,
			status);
	else
		err_set(err, kube_status_code(status), "%s: %s (HTTP %d)",
			what, *said ? said : "no reason given", status);
	arena_free(a);
}

/* ---- headers and paths ---- */

static void
own(struct kube_headers *h, char *line)
{
	h->owned[h->owned_n++] = line;
	h->line[h->n++] = line;
}

void
kube_headers_init(struct kube_headers *h, const struct kube *k,
		  const char *authorization, const char *content_type)
{
	const struct kube_context *c = k->context;

	*h = (struct kube_headers){ 0 };
	h->line[h->n++] = "Accept: application/json";
	if (c->as_user)
		own(h, xasprintf("Impersonate-User: %s", c->as_user));
	for (uint32_t i = 0; c->as_groups && c->as_groups[i] && i < 8; i++)
		own(h, xasprintf("Impersonate-Group: %s", c->as_groups[i]));
	if (authorization)
		own(h, xstrdup(authorization));
	if (content_type)
		own(h, xasprintf("Content-Type: %s", content_type));
}

void
kube_headers_fini(struct kube_headers *h)
{
	for (uint32_t i = 0; i < h->owned_n; i++)
		secret_free(h->owned[i]);
}

void
kube_path(struct buf *out, enum kind kind, const char *ns, const char *name,
	  const char *subresource)
{
	const struct codec *c = codec_of(kind);

	BUG_IF(!c || !c->api_plural);
	if (*c->api_group)
		buf_printf(out, "/apis/%s/%s", c->api_group, c->api_version);
	else
		buf_printf(out, "/api/%s", c->api_version);
	if (c->namespaced && ns && *ns) {
		buf_puts(out, "/namespaces/");
		buf_percent(out, ns, strlen(ns), false);
	}
	buf_printf(out, "/%s", c->api_plural);
	if (name) {
		buf_putc(out, '/');
		buf_percent(out, name, strlen(name), false);
	}
	if (subresource)
		buf_printf(out, "/%s", subresource);
}
