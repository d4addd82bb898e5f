/*
 * Creating an object from text that is already what the store would keep: the
 * many small objects that components write, whose shape their code knows.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/clock.h"
#include "backend/sim/objects/internal.h"

static void
member(struct buf *out, const char *key, const char *value)
{
	buf_puts(out, key);
	buf_json_string(out, value, strlen(value));
}

/* Everything up to what the object says, as object_seal prints it. */
static void
put_head(struct objects *o, const struct object *like, struct object_news *news)
{
	struct buf *out = &o->scratch;
	const struct object_type *t = like->type;
	struct object *head = (struct object *)(uintptr_t)like;
	char api[160], time[TIME_TEXT];

	buf_reset(out);
	buf_printf(out, "{\"kind\":\"%s\",\"apiVersion\":\"%s\",", t->kind,
		   type_api_version(t, api, sizeof(api)));
	head->bare_at = (uint32_t)out->len;
	member(out, "\"metadata\":{\"name\":", like->name);
	if (t->namespaced)
		member(out, ",\"namespace\":", like->ns);
	member(out, ",\"uid\":", like->uid);
	buf_puts(out, ",\"resourceVersion\":\"");
	head->rv_at = (uint32_t)out->len;
	buf_printf(out, "%llu", (unsigned long long)news->rv);
	news->rv_len = (uint32_t)out->len - head->rv_at;
	buf_putc(out, '"');
	member(out, ",\"creationTimestamp\":",
	       time_format(*o->now_ms, false, time));
	buf_putc(out, '}');
	news->meta_end = (uint32_t)out->len;
}

const struct object *
objects_create_text(struct objects *o, const struct object_type *t,
		    const char *ns, const char *name, const struct buf *content,
		    const char *const *fields)
{
	struct store *s = store_of(o, t);
	struct object like = { .type = &s->type, .ns = t->namespaced ? ns : "",
			       .name = name, .node = "" };
	struct object_news news = { .fields = fields };
	const struct object *space, *obj;
	char uid[40], *key;

	BUG_IF(t->generation || t->status || s == o->pods);
	objects_expire(o);
	space = t->namespaced && o->namespaces
			? objects_get(o, &o->namespaces->type, NULL, ns)
			: NULL;
	if ((t->namespaced && o->namespaces && !space) ||
	    (space && space->deleted_ms && s != o->events) ||
	    objects_get(o, t, ns, name))
		return NULL;
	uid_make(o, uid);
	key = object_key(t, ns, name);
	like.key = key;
	like.uid = uid;
	/* Seconds, as creationTimestamp has them. */
	like.created_ms = *o->now_ms - (*o->now_ms % 1000 + 1000) % 1000;
	while (t->fields && t->fields[like.field_n])
		like.field_n++;
	news.rv = news.spec_rv = ++o->rv;
	put_head(o, &like, &news);
	buf_putc(&o->scratch, ',');
	buf_add(&o->scratch, buf_text(content), content->len);
	buf_putc(&o->scratch, '}');
	BUG_IF(!buf_ok(&o->scratch));
	obj = object_renew(&like, &o->scratch, &news);
	free(key);
	objects_commit(o, s, obj);
	return obj;
}
