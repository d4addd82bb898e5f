/*
 * The client as a whole: life, clock, headers, paths.
 */
#include <stdlib.h>

#include "backend/kube/private.h"

enum {
	PING_MS = 5000,
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
	k->auth = kube_auth_new(r, o->context, o->seed);
	k->seal = seal_new();
	k->ns = o->ns && *o->ns ? xstrdup(o->ns) : NULL;
	k->shown = http_url_shown(o->context->endpoint.base_url);
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
	k->freeing = true;
	kube_watches_free(k);
	kube_calls_free(k);
	kube_logs_free(k);
	kube_usage_free(k);
	kube_access_free(k);
	reactor_timer_free(k->ping);
	kube_auth_free(k->auth);
	seal_free(k->seal);
	free(k->ns);
	free(k->shown);
	free(k);
}

int64_t
kube_credentials_end_ms(const struct kube *k)
{
	return kube_auth_end_ms(k->auth);
}

/* ---- time ---- */

void
kube_heard_head(struct kube *k, const struct http_head *head)
{
	const struct clockwork *clock = reactor_clock(k->reactor);
	int64_t wall = clock_wall_ms(clock);
	struct world_clock w = { .boot_ms = clock_boot_ms(clock),
				 .speed_milli = 1000 };

	if (k->freeing)
		return;
	if (head->world_ms) {
		w.world_ms = head->world_ms;
		w.speed_milli = head->world_speed_milli;
		if (!k->simulated) {
			k->simulated = true;
			reactor_timer_arm(k->ping, PING_MS);
		}
	} else if (head->date_ms && !k->simulated) {
		int64_t skew = head->date_ms - wall;

		w.world_ms = skew > SKEW_MS || skew < -SKEW_MS
				     ? head->date_ms
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
	if (!k->freeing)
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

/* ---- headers and paths ---- */

static void
own(struct kube_headers *h, char *line)
{
	vec_push(&h->owned, line);
	vec_push(&h->lines, line);
}

void
kube_headers_init(struct kube_headers *h, const struct kube *k,
		  const char *accept, const char *authorization,
		  const char *content_type)
{
	const struct kube_context *c = k->context;
	bool secure = str_has_prefix(c->endpoint.base_url, "https://");

	*h = (struct kube_headers){ 0 };
	own(h, xasprintf("Accept: %s", accept));
	if (c->as_user)
		own(h, xasprintf("Impersonate-User: %s", c->as_user));
	if (c->as_uid)
		own(h, xasprintf("Impersonate-Uid: %s", c->as_uid));
	for (uint32_t i = 0; c->as_groups && c->as_groups[i]; i++)
		own(h, xasprintf("Impersonate-Group: %s", c->as_groups[i]));
	for (uint32_t i = 0; c->as_extra && c->as_extra[i]; i++)
		own(h, xasprintf("Impersonate-Extra-%s", c->as_extra[i]));
	if (authorization && secure)
		own(h, xstrdup(authorization));
	if (content_type)
		own(h, xasprintf("Content-Type: %s", content_type));
	vec_push(&h->lines, NULL);
}

void
kube_headers_fini(struct kube_headers *h)
{
	for (uint32_t i = 0; i < h->owned.n; i++)
		secret_free(h->owned.at[i]);
	vec_free(&h->owned);
	vec_free(&h->lines);
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
