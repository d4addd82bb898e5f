/*
 * The Kubernetes client's rig.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/kube_rig.h"

static void
on_list_begin(void *ctx, enum kind kind)
{
	struct kube_rig *k = ctx;

	buf_printf(&k->said, "begin %s\n", kind_plural(kind));
}

static void
on_list_end(void *ctx, enum kind kind, bool complete)
{
	struct kube_rig *k = ctx;

	buf_printf(&k->said, "%s %s\n", complete ? "end" : "broken",
		   kind_plural(kind));
}

static void
on_put(void *ctx, const struct record *r)
{
	struct kube_rig *k = ctx;
	char key[RECORD_KEY];

	k->puts++;
	/* Big lists are counted, not written down. */
	if (k->said.len < 100000)
		buf_printf(&k->said, "put %s@%s\n", record_key(r, key),
			   record_rv(r));
	record_unref(r);
}

static void
on_gone(void *ctx, enum kind kind, const char *key)
{
	struct kube_rig *k = ctx;

	buf_printf(&k->said, "gone %s %s\n", kind_plural(kind), key);
}

static void
on_status(void *ctx, enum source source, enum source_state state,
	  const struct err *err)
{
	struct kube_rig *k = ctx;
	bool same = k->statuses && state == k->state &&
		    str_eq(err ? err->text : "", k->trouble.text);

	assert_int_equal(source, SOURCE_KUBERNETES);
	k->statuses++;
	k->state = state;
	k->trouble = err ? *err : (struct err){ 0 };
	if (!same)
		buf_printf(&k->said, "status %s%s%s\n",
			   source_state_name(state), err ? ": " : "",
			   err ? err->text : "");
}

static void
on_clock(void *ctx, const struct world_clock *clock)
{
	((struct kube_rig *)ctx)->world = *clock;
}

void
rig_open(struct kube_rig *k, fake_handler handler, void *ctx)
{
	memset(k, 0, sizeof(*k));
	fake_clock_init(&k->clock);
	http_set_loopback_only(true);
	k->r = reactor_new(&k->clock.work);
	k->tls = fake_tls_new(0);
	k->server = fake_http_new(k->r, k->tls, handler, ctx);
	k->context.name = xstrdup("test");
	k->context.token = xstrdup("t0ken");
	k->context.endpoint.base_url = xstrdup(fake_http_url(k->server));
	k->context.endpoint.ca_pem = xstrdup(fake_tls_ca(k->tls));
	buf_init(&k->said, 16 << 20);
	k->sink = (struct sink){
		.ctx = k,
		.list_begin = on_list_begin,
		.list_end = on_list_end,
		.put = on_put,
		.gone = on_gone,
		.status = on_status,
		.clock = on_clock,
	};
}

void
rig_start(struct kube_rig *k, const char *ns)
{
	k->kube = kube_new(k->r, &k->sink, &(struct kube_options){
		.context = &k->context, .ns = ns, .seed = 1 });
}

void
rig_close(struct kube_rig *k)
{
	kube_free(k->kube);
	fake_http_free(k->server);
	reactor_free(k->r);
	fake_tls_free(k->tls);
	free(k->context.name);
	secret_free(k->context.token);
	http_endpoint_fini(&k->context.endpoint);
	buf_fini(&k->said);
}

void
rig_forget(struct kube_rig *k)
{
	buf_reset(&k->said);
}

bool
rig_heard(const struct kube_rig *k, const char *line)
{
	return strstr(buf_text(&k->said), line) != NULL;
}

void
rig_expect(struct kube_rig *k, const char *lines)
{
	assert_text_equal(buf_text(&k->said), lines);
	rig_forget(k);
}

void
rig_step(struct kube_rig *k, int64_t ms)
{
	fake_clock_move(&k->clock, ms);
	turn_some(k->r);
}

const char *
pod_json(const char *ns, const char *name, int rv)
{
	static char text[512];

	snprintf(text, sizeof(text),
		 "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{"
		 "\"namespace\":\"%s\",\"name\":\"%s\",\"uid\":\"u-%s\","
		 "\"resourceVersion\":\"%d\",\"managedFields\":[{\"a\":1}]},"
		 "\"spec\":{\"containers\":[{\"name\":\"c\"}]},"
		 "\"status\":{\"phase\":\"Running\"}}", ns, name, name, rv);
	return text;
}

char *
pod_list(int rv, const char *more, const char *pods)
{
	return xasprintf("{\"kind\":\"PodList\",\"apiVersion\":\"v1\","
			 "\"metadata\":{\"resourceVersion\":\"%d\"%s%s%s},"
			 "\"items\":[%s]}", rv,
			 more ? ",\"continue\":\"" : "", str_or_empty(more),
			 more ? "\"" : "", pods);
}

char *
event_json(const char *type, const char *object)
{
	return xasprintf("{\"type\":\"%s\",\"object\":%s}\n", type, object);
}
