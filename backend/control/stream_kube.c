/*
 * Streams from the Kubernetes API: logs, and an object as YAML without its
 * managedFields and Secret data.
 */
#include "backend/control/stream.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/base/buf.h"
#include "backend/model/pod.h"
#include "backend/net/yaml.h"

enum { YAML_LIMIT = 16 << 20 };

/* ---- logs ---- */

static bool
on_bytes(void *ctx, const char *bytes, size_t len)
{
	stream_add(ctx, bytes, len);
	return true;
}

static void
on_end(void *ctx, const struct err *err)
{
	stream_end(ctx, err);
}

static void
pause_log(void *ctx, bool paused)
{
	kube_log_pause(ctx, paused);
}

static void
close_log(void *ctx)
{
	kube_log_close(ctx);
}

/* "container=build follow previous timestamps tail=100 since=300". */
static void
read_options(const char *args, struct kube_log_options *o, char *container,
	     size_t room)
{
	char word[160];
	int used;

	o->tail_lines = -1;
	while (sscanf(args, " %159s%n", word, &used) == 1) {
		args += used;
		if (str_has_prefix(word, "container="))
			snprintf(container, room, "%s", word + 10);
		else if (strcmp(word, "follow") == 0)
			o->follow = true;
		else if (strcmp(word, "previous") == 0)
			o->previous = true;
		else if (strcmp(word, "timestamps") == 0)
			o->timestamps = true;
		else if (str_has_prefix(word, "tail="))
			o->tail_lines = strtoll(word + 5, NULL, 10);
		else if (str_has_prefix(word, "since="))
			o->since_s = strtoll(word + 6, NULL, 10);
	}
}

/* What kubectl would take: the script's container of a job, else the first
 * that is not an init container. */
static void
default_container(const struct pod *p, char *out, size_t room)
{
	for (uint32_t i = 0; p && i < p->container_n; i++) {
		const struct container *c = &p->containers[i];

		if (c->role == CONTAINER_APP && (!*out || (p->is_job &&
				str_eq(c->name, "build"))))
			snprintf(out, room, "%s", c->name);
	}
}

static void
fail(struct stream *s, enum err_code code, const char *text)
{
	struct err err;

	err_set(&err, code, "%s", text);
	stream_end(s, &err);
}

void
stream_logs(struct stream *s, const struct command *c)
{
	struct backend *b = stream_backend(s);
	struct kube_log_options o = { .ns = c->target.ns,
				      .pod = c->target.name,
				      .on_bytes = on_bytes,
				      .on_end = on_end,
				      .ctx = s };
	char container[TARGET_NAME] = "", key[RECORD_KEY];
	struct kube_log *log;

	if (!b->kube) {
		fail(s, ERR_REFUSED, "a world file has no logs");
		return;
	}
	read_options(c->args, &o, container, sizeof(container));
	snprintf(key, sizeof(key), "%s/%s", c->target.ns, c->target.name);
	if (!*container)
		default_container(store_find(b->store, KIND_POD, key, NULL),
				  container, sizeof(container));
	o.container = *container ? container : NULL;
	log = kube_log_open(b->kube, &o);
	if (log)
		stream_set_source(s, &(struct stream_source){
					     .pause = pause_log,
					     .close = close_log,
					     .ctx = log });
}

/* ---- YAML ---- */

struct asking { /* on the backend's list until the answer comes */
	struct asking *next, **back;
	struct stream *stream; /* NULL: closed meanwhile */
};

static void
on_closed(void *ctx)
{
	((struct asking *)ctx)->stream = NULL;
}

static void
asking_free(struct asking *a)
{
	*a->back = a->next;
	if (a->next)
		a->next->back = a->back;
	free(a);
}

void
stream_asks_free(struct backend *b)
{
	while (b->asks)
		asking_free(b->asks);
}

/* Unlinks a member; the tree was made for us alone. */
static void
take_out(const struct tree *object, const char *key)
{
	struct tree *t = (struct tree *)(uintptr_t)object;
	struct tree **at;

	if (!tree_is(object, TREE_OBJECT))
		return;
	for (at = &t->first; *at; at = &(*at)->next) {
		if (strcmp((*at)->key, key) == 0) {
			*at = (*at)->next;
			t->len--;
			return;
		}
	}
}

/* Secret values never leave the API server's answer (design 8, rule 10); the
 * last-applied annotation would carry them a second time. */
static void
hide_secrets(const struct tree *object)
{
	if (str_eq(tree_text(tree_get(object, "kind")), "Secret")) {
		take_out(object, "data");
		take_out(object, "stringData");
	}
	take_out(tree_at(object, "metadata.annotations"),
		 "kubectl.kubernetes.io/last-applied-configuration");
	take_out(tree_get(object, "metadata"), "managedFields");
}

static void
on_object(void *ctx, const struct kube_answer *answer)
{
	struct asking *asking = ctx;
	struct stream *s = asking->stream;
	struct buf text;

	asking_free(asking);
	if (!s)
		return;
	if (answer->err.code) {
		stream_end(s, &answer->err);
		return;
	}
	hide_secrets(answer->body);
	buf_init(&text, YAML_LIMIT);
	yaml_write(&text, answer->body);
	if (buf_ok(&text)) {
		stream_add(s, buf_text(&text), text.len);
		stream_end(s, NULL);
	} else {
		fail(s, ERR_LIMIT, "the object is too large to show");
	}
	buf_fini(&text);
}

void
stream_yaml(struct stream *s, const struct command *c)
{
	struct backend *b = stream_backend(s);
	enum kind kind = (enum kind)c->target.handle.kind;
	const struct codec *codec = codec_of(kind);
	struct asking *asking;
	struct buf path;
	struct err err;
	bool started;

	if (!b->kube || !codec || !codec->api_version) {
		fail(s, ERR_USAGE, "only Kubernetes objects have YAML");
		return;
	}
	asking = xcalloc(1, sizeof(*asking));
	asking->stream = s;
	asking->next = b->asks;
	asking->back = &b->asks;
	if (asking->next)
		asking->next->back = &asking->next;
	b->asks = asking;
	buf_init(&path, 4096);
	kube_path(&path, kind, c->target.ns, c->target.name, NULL);
	started = kube_call(b->kube,
			    &(struct kube_call){ .row = ROW_K8S_GET,
						 .method = "GET",
						 .path = buf_text(&path),
						 .on_done = on_object,
						 .ctx = asking },
			    &err);
	buf_fini(&path);
	if (started) {
		stream_set_source(s, &(struct stream_source){
					     .close = on_closed,
					     .ctx = asking });
		return;
	}
	asking_free(asking);
	stream_end(s, &err);
}
