/*
 * Container logs: options, the refusals of API server and kubelet, and the
 * stream of lines.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/clock.h"
#include "backend/base/json.h"
#include "backend/sim/kube/internal.h"

struct log_options {
	const char *container;
	bool follow, previous, timestamps;
	int64_t since_ms; /* 0: everything */
	int64_t tail;	  /* -1: everything */
	int64_t limit;	  /* bytes; -1: none */
};

struct log_stream {
	struct kube *k;
	struct arena *arena;
	struct kube_log_key key;
	struct log_options o;
	uint64_t at;
	int64_t left; /* bytes; -1: no limit */
	struct buf line;
};

/* ---- options ---- */

static bool
invalid(struct kube_call *c, const char *field, const char *value,
	const char *why)
{
	return status_fail(&c->st, 422, "Invalid",
			   "PodLogOptions \"%s\" is invalid: %s: Invalid "
			   "value: %.60s: %s", c->path.name, field, value,
			   why);
}

static bool
number(struct kube_call *c, const char *field, int64_t least,
       const char *too_small, int64_t *n)
{
	const char *text = kube_query(c, field);
	char *end;

	if (!text || !*text)
		return true;
	*n = strtoll(text, &end, 10);
	if (*end)
		return status_fail(&c->st, 400, "BadRequest",
				   "strconv.ParseInt: parsing \"%.60s\": "
				   "invalid syntax", text);
	return *n >= least ? true : invalid(c, field, text, too_small);
}

static bool
parse_options(struct kube_call *c, struct log_options *o)
{
	const char *since_time = kube_query(c, "sinceTime");
	int64_t since_s = 0;

	*o = (struct log_options){
		.container = str_or_empty(kube_query(c, "container")),
		.follow = kube_query_bool(c, "follow"),
		.previous = kube_query_bool(c, "previous"),
		.timestamps = kube_query_bool(c, "timestamps"),
		.tail = -1,
		.limit = -1,
	};
	if (!number(c, "tailLines", 0, "must be greater than or equal to 0",
		    &o->tail) ||
	    !number(c, "limitBytes", 1, "must be greater than 0",
		    &o->limit) ||
	    !number(c, "sinceSeconds", 1, "must be greater than 0", &since_s))
		return false;
	if (since_s && since_time)
		return status_fail(&c->st, 422, "Invalid",
				   "PodLogOptions \"%s\" is invalid: : "
				   "Forbidden: at most one of `sinceTime` or "
				   "`sinceSeconds` may be specified",
				   c->path.name);
	if (since_s)
		o->since_ms = objects_now_ms(c->k->o) - since_s * 1000;
	if (since_time && !time_parse_rfc3339(since_time, strlen(since_time),
					      &o->since_ms))
		return status_fail(&c->st, 400, "BadRequest",
				   "parsing time \"%.60s\": cannot parse",
				   since_time);
	return true;
}

static const struct tree *
status_of(const struct tree *pod, const char *container)
{
	static const char *const lists[] = {
		"status.containerStatuses", "status.initContainerStatuses",
		"status.ephemeralContainerStatuses",
	};

	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		tree_each(s, tree_at(pod, lists[i]))
			if (str_eq(tree_text(tree_get(s, "name")), container))
				return s;
	return NULL;
}

/* What the kubelet says when there is nothing to read. */
static bool
no_log(struct kube_call *c, const struct object *obj, const struct tree *pod,
       const struct log_options *o)
{
	const struct tree *s = status_of(pod, o->container);
	const char *waits = tree_text(tree_at(s, "state.waiting.reason"));
	const char *host = tree_text(tree_at(pod, "status.hostIP"));

	if (o->previous)
		return status_fail(&c->st, 400, "BadRequest",
				   "previous terminated container \"%s\" in "
				   "pod \"%s\" not found", o->container,
				   obj->name);
	if (!s || waits)
		return status_fail(&c->st, 400, "BadRequest",
				   "container \"%s\" in pod \"%s\" is waiting "
				   "to start: %s", o->container, obj->name,
				   waits && *waits ? waits
						   : "ContainerCreating");
	return status_fail(&c->st, 500, "",
			   "Get \"https://%s:10250/containerLogs/%s/%s/%s\": "
			   "dial tcp %s:10250: i/o timeout",
			   str_or_empty(host), obj->ns, obj->name,
			   o->container, str_or_empty(host));
}

/* ---- the stream ---- */

static void
add_line(struct log_stream *s, struct buf *out, int64_t at_ms)
{
	size_t len = s->line.len;

	if (s->o.timestamps) {
		char time[TIME_TEXT];

		/* Nanoseconds, as the container runtime writes them. */
		time_format(at_ms, true, time);
		buf_printf(out, "%.*s000000Z ", (int)strcspn(time, "Z"),
			   time);
	}
	buf_add(out, buf_text(&s->line), len);
	buf_putc(out, '\n');
}

static void
cut(struct log_stream *s, struct buf *out, size_t before)
{
	size_t added = out->len - before;

	if (s->left < 0)
		return;
	if ((int64_t)added > s->left) {
		out->len = before + (size_t)s->left;
		out->at[out->len] = '\0';
		added = (size_t)s->left;
	}
	s->left -= (int64_t)added;
}

static bool
log_pull(void *ctx, struct sim *w, struct buf *out)
{
	struct log_stream *s = ctx;
	const struct kube_hooks *h = s->k->hooks;
	struct kube_log_state state;
	int64_t at_ms;

	(void)w;
	if (!h->log_state(h->ctx, &s->key, &state))
		return false;
	if (s->at < state.first)
		s->at = state.first;
	while (s->at < state.end && s->left != 0) {
		size_t before = out->len;

		if (out->len >= FACE_PIECE_BYTES)
			return true;
		buf_reset(&s->line);
		if (!h->log_line(h->ctx, &s->key, s->at++, &at_ms, &s->line) ||
		    at_ms < s->o.since_ms)
			continue;
		add_line(s, out, at_ms);
		cut(s, out, before);
	}
	return s->o.follow && state.growing && s->left != 0;
}

static void
log_close(void *ctx)
{
	struct log_stream *s = ctx;

	buf_fini(&s->line);
	arena_free(s->arena);
	free(s);
}

static uint64_t
first_line(struct kube *k, const struct log_stream *s,
	   const struct kube_log_state *state)
{
	uint64_t n = state->end - state->first;

	(void)k;
	if (s->o.tail >= 0 && (uint64_t)s->o.tail < n)
		return state->end - (uint64_t)s->o.tail;
	return state->first;
}

static void
answer_log(struct kube_call *c, const struct object *obj,
	   const struct log_options *o, const struct kube_log_state *state)
{
	struct log_stream *s = xcalloc(1, sizeof(*s));

	s->k = c->k;
	s->arena = arena_new();
	s->o = *o;
	s->left = o->limit;
	s->key = (struct kube_log_key){
		.ns = arena_strdup(s->arena, obj->ns),
		.pod = arena_strdup(s->arena, obj->name),
		.uid = arena_strdup(s->arena, obj->uid),
		.container = arena_strdup(s->arena, o->container),
		.previous = o->previous,
	};
	s->o.container = s->key.container;
	buf_init(&s->line, (size_t)1 << 20);
	s->at = first_line(c->k, s, state);
	c->a->status = 200;
	c->a->type = "text/plain";
	c->a->stream = (struct face_stream){
		.ctx = s, .pull = log_pull, .close = log_close };
}

void
kube_log(struct kube_call *c)
{
	const struct kube_hooks *h = c->k->hooks;
	const struct object *obj =
		objects_get(c->k->o, c->type, c->path.ns, c->path.name);
	struct kube_log_state state = { 0 };
	struct log_options o;
	const struct tree *pod;
	struct kube_log_key key;
	struct err err;

	if (!obj) {
		status_fail_on(&c->st, 404, "NotFound", c->type, c->path.name,
			       "pods \"%s\" not found", c->path.name);
		kube_fail(c);
		return;
	}
	pod = json_parse(c->arena, obj->json, obj->len, &err);
	if (!parse_options(c, &o) ||
	    !(o.container = kube_container(c, pod, o.container))) {
		kube_fail(c);
		return;
	}
	if (!*obj->node) {
		c->a->status = 204; /* nowhere yet: nothing to say */
		return;
	}
	key = (struct kube_log_key){ .ns = obj->ns, .pod = obj->name,
				     .uid = obj->uid,
				     .container = o.container,
				     .previous = o.previous };
	if (h->log_state && h->log_line &&
	    h->log_state(h->ctx, &key, &state)) {
		answer_log(c, obj, &o, &state);
		return;
	}
	no_log(c, obj, pod, &o);
	kube_fail(c);
}
