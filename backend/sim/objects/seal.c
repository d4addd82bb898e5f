/*
 * From a tree to the sealed object: text in canonical order and the indexed
 * fields, one allocation.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/clock.h"
#include "backend/sim/objects/internal.h"

#define DUMP (JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15))

/* The order in which the real server writes metadata. */
static const char *const meta_order[] = {
	"name", "generateName", "namespace", "uid", "resourceVersion",
	"generation", "creationTimestamp", "deletionTimestamp",
	"deletionGracePeriodSeconds", "labels", "annotations",
	"ownerReferences", "finalizers",
};

json_t *
jpath(const json_t *t, const char *path)
{
	while (t && *path) {
		size_t len = strcspn(path, ".");

		t = json_object_getn(t, path, len);
		path += len;
		if (*path == '.')
			path++;
	}
	return (json_t *)t;
}

const char *
type_api_version(const struct object_type *t, char *out, size_t room)
{
	snprintf(out, room, "%s%s%s", t->group, *t->group ? "/" : "",
		 t->version);
	return out;
}

static int
dump_piece(const char *bytes, size_t len, void *ctx)
{
	buf_add(ctx, bytes, len);
	return 0;
}

void
object_dump(struct buf *out, const json_t *value)
{
	json_dump_callback(value, dump_piece, out, DUMP);
}

static void
dump_member(struct buf *out, const char *key, const json_t *value)
{
	if (out->at[out->len - 1] != '{')
		buf_putc(out, ',');
	buf_json_string(out, key, strlen(key));
	buf_putc(out, ':');
	object_dump(out, value);
}

struct layout {
	uint32_t bare_at, meta_end, rv_at, rv_len;
};

static void
write_text(struct buf *out, const struct object_type *t, const json_t *tree,
	   uint64_t rv, struct layout *l)
{
	const json_t *meta = json_object_get(tree, "metadata");
	char api[160];
	const char *key;
	json_t *value;

	buf_reset(out);
	buf_printf(out, "{\"kind\":\"%s\",\"apiVersion\":\"%s\",", t->kind,
		   type_api_version(t, api, sizeof(api)));
	l->bare_at = (uint32_t)out->len;
	buf_puts(out, "\"metadata\":{");
	for (size_t i = 0; i < ARRAY_LEN(meta_order); i++) {
		value = json_object_get(meta, meta_order[i]);
		if (strcmp(meta_order[i], "resourceVersion") == 0) {
			buf_puts(out, ",\"resourceVersion\":\"");
			l->rv_at = (uint32_t)out->len;
			buf_printf(out, "%llu", (unsigned long long)rv);
			l->rv_len = (uint32_t)out->len - l->rv_at;
			buf_putc(out, '"');
		} else if (value) {
			dump_member(out, meta_order[i], value);
		}
	}
	buf_putc(out, '}');
	l->meta_end = (uint32_t)out->len;
	json_object_foreach((json_t *)tree, key, value) {
		if (strcmp(key, "kind") == 0 ||
		    strcmp(key, "apiVersion") == 0 ||
		    strcmp(key, "metadata") == 0)
			continue;
		dump_member(out, key, value);
	}
	buf_putc(out, '}');
	BUG_IF(!buf_ok(out));
}

/* ---- the block: sized in a first pass, filled in a second ---- */

struct block {
	char *at; /* NULL in the sizing pass */
	size_t used;
};

static const char *
put(struct block *b, const char *text, size_t len)
{
	char *to = b->at ? b->at + b->used : NULL;

	b->used += len + 1;
	if (!to)
		return NULL;
	memcpy(to, text, len);
	to[len] = '\0';
	return to;
}

static const char *
put_text(struct block *b, const char *text)
{
	if (!text || !*text)
		return "";
	return put(b, text, strlen(text));
}

/* A selectable field's value as the server compares it. */
static const char *
field_text(const struct object_type *t, const json_t *tree, const char *path)
{
	const json_t *v = jpath(tree, path);

	if (!v && strcmp(path, "source") == 0)
		v = json_object_get(tree, "reportingComponent");
	else if (json_is_object(v) && strcmp(path, "source") == 0)
		v = json_object_get(v, "component");
	if (json_is_string(v))
		return json_string_value(v);
	if (json_is_boolean(v))
		return json_is_true(v) ? "true" : "false";
	if (!v && (strcmp(path, "spec.unschedulable") == 0 ||
		   strcmp(path, "spec.hostNetwork") == 0))
		return "false";
	(void)t;
	return "";
}

static const char *
put_field(struct block *b, const struct object_type *t, const json_t *tree,
	  const char *path)
{
	const json_t *v = jpath(tree, path);

	if (json_is_integer(v)) {
		char digits[32];

		snprintf(digits, sizeof(digits), "%lld",
			 (long long)json_integer_value(v));
		return put_text(b, digits);
	}
	return put_text(b, field_text(t, tree, path));
}

static int64_t
meta_time(const json_t *meta, const char *key)
{
	const char *text = jtext(meta, key);
	int64_t ms;

	return text && time_parse_rfc3339(text, strlen(text), &ms) ? ms : 0;
}

static void
fill(struct block *b, struct object *obj, const json_t *tree)
{
	const json_t *meta = json_object_get(tree, "metadata");
	const char *ns = str_or_empty(jtext(meta, "namespace"));
	const char *name = str_or_empty(jtext(meta, "name"));
	const struct object_type *t = obj->type;
	struct object_pair *labels = (struct object_pair *)obj->labels;
	const char **fields = (const char **)obj->fields;
	const char **owners = (const char **)obj->owners;
	char key[600];
	const char *k;
	json_t *v;
	size_t i;

	snprintf(key, sizeof(key), "%s%s%s", t->namespaced ? ns : "",
		 t->namespaced ? "/" : "", name);
	obj->key = put(b, key, strlen(key));
	if (obj->key)
		obj->name = obj->key + strlen(key) - strlen(name);
	obj->ns = put_text(b, ns);
	obj->uid = put_text(b, jtext(meta, "uid"));
	obj->node = put_text(b, t->namespaced && !*t->group &&
					str_eq(t->plural, "pods")
				? json_string_value(
					  jpath(tree, "spec.nodeName"))
				: NULL);
	json_object_foreach(json_object_get(meta, "labels"), k, v) {
		const char *pk = put_text(b, k);
		const char *pv = put_text(b, json_string_value(v));

		if (labels)
			*labels++ = (struct object_pair){ pk, pv };
	}
	for (i = 0; i < obj->field_n; i++) {
		const char *text = put_field(b, t, tree, t->fields[i]);

		if (fields)
			fields[i] = text;
	}
	json_array_foreach(json_object_get(meta, "ownerReferences"), i, v) {
		const char *uid = put_text(b, jtext(v, "uid"));

		if (owners)
			owners[i] = uid;
	}
}

/* Few different sizes: what one object leaves fits the next, and malloc need
 * not search. */
static size_t
room_for(size_t bytes)
{
	return (bytes + 63) & ~(size_t)63;
}

const struct object *
object_seal(struct objects *o, const struct object_type *t, json_t *tree,
	    uint64_t rv)
{
	const json_t *meta = json_object_get(tree, "metadata");
	struct object sized = { .refs = 1, .type = t, .rv = rv,
				.spec_rv = rv };
	struct block b = { 0 };
	struct layout l = { 0 };
	struct object *obj;
	size_t tables;
	char *at;

	write_text(&o->scratch, t, tree, rv, &l);
	sized.label_n = (uint32_t)json_object_size(
		json_object_get(meta, "labels"));
	sized.owner_n = (uint32_t)json_array_size(
		json_object_get(meta, "ownerReferences"));
	while (t->fields && t->fields[sized.field_n])
		sized.field_n++;
	fill(&b, &sized, tree);
	tables = sized.label_n * sizeof(struct object_pair) +
		 (sized.field_n + sized.owner_n) * sizeof(char *);

	at = xmalloc(room_for(sizeof(*obj) + tables + b.used +
			      o->scratch.len + 1));
	obj = (struct object *)at;
	*obj = sized;
	at += sizeof(*obj);
	obj->labels = (struct object_pair *)at;
	at += sized.label_n * sizeof(struct object_pair);
	obj->fields = (const char *const *)at;
	at += sized.field_n * sizeof(char *);
	obj->owners = (const char *const *)at;
	at += sized.owner_n * sizeof(char *);
	b = (struct block){ .at = at };
	fill(&b, obj, tree);
	obj->json = memcpy(at + b.used, buf_text(&o->scratch),
			   o->scratch.len + 1);
	obj->len = o->scratch.len;
	obj->bare_at = l.bare_at;
	obj->meta_end = l.meta_end;
	obj->rv_at = l.rv_at;
	obj->rv_len = l.rv_len;
	obj->created_ms = meta_time(meta, "creationTimestamp");
	obj->deleted_ms = meta_time(meta, "deletionTimestamp");
	obj->finalized = json_array_size(json_object_get(meta,
							 "finalizers")) > 0;
	return obj;
}

/* ---- the same object, changed in text alone ---- */

static void
fill_again(struct block *b, struct object *to, const struct object *from,
	   const struct object_news *news)
{
	struct object_pair *labels = (struct object_pair *)to->labels;
	const char **fields = (const char **)to->fields;
	const char **owners = (const char **)to->owners;
	size_t key_len = strlen(from->key);
	const char *key = put(b, from->key, key_len);
	const char *ns = put_text(b, from->ns), *uid = put_text(b, from->uid);
	const char *node = put_text(b, news->node ? news->node : from->node);

	for (uint32_t i = 0; i < from->label_n; i++) {
		const char *k = put_text(b, from->labels[i].key);
		const char *v = put_text(b, from->labels[i].value);

		if (b->at)
			labels[i] = (struct object_pair){ k, v };
	}
	for (uint32_t i = 0; i < from->field_n; i++) {
		const char *text = put_text(b, news->fields[i]);

		if (b->at)
			fields[i] = text;
	}
	for (uint32_t i = 0; i < from->owner_n; i++) {
		const char *owner = put_text(b, from->owners[i]);

		if (b->at)
			owners[i] = owner;
	}
	if (!b->at)
		return;
	to->key = key;
	to->name = key + key_len - strlen(from->name);
	to->ns = ns;
	to->uid = uid;
	to->node = node;
}

const struct object *
object_renew(const struct object *from, const struct buf *text,
	     const struct object_news *news)
{
	size_t tables = from->label_n * sizeof(struct object_pair) +
			(from->field_n + from->owner_n) * sizeof(char *);
	struct object sized = *from;
	struct block b = { 0 };
	struct object *to;
	char *at;

	fill_again(&b, &sized, from, news);
	at = xmalloc(room_for(sizeof(*to) + tables + b.used + text->len + 1));
	to = (struct object *)at;
	*to = *from;
	to->refs = 1;
	to->rv = news->rv;
	to->spec_rv = news->spec_rv;
	at += sizeof(*to);
	to->labels = (struct object_pair *)at;
	at += from->label_n * sizeof(struct object_pair);
	to->fields = (const char *const *)at;
	at += from->field_n * sizeof(char *);
	to->owners = (const char *const *)at;
	at += from->owner_n * sizeof(char *);
	b = (struct block){ .at = at };
	fill_again(&b, to, from, news);
	to->json = memcpy(at + b.used, buf_text(text), text->len + 1);
	to->len = text->len;
	to->meta_end = news->meta_end;
	to->rv_len = news->rv_len;
	return to;
}

/* The same place in a copy of the block; "" stands outside of it. */
static void *
moved(const void *at, const struct object *from, const struct object *to)
{
	const char *first = (const char *)from;
	const char *p = at;

	if (p < first || p > from->json + from->len)
		return (void *)(uintptr_t)at;
	return (char *)(uintptr_t)to + (p - first);
}

/* A copy with other digits of the version. */
static const struct object *
with_version(const struct object *obj, const char *digits)
{
	size_t bytes = (size_t)(obj->json + obj->len + 1 - (const char *)obj);
	struct object *to = memcpy(xmalloc(room_for(bytes)), obj, bytes);
	struct object_pair *labels = moved(obj->labels, obj, to);
	const char **fields = moved(obj->fields, obj, to);
	const char **owners = moved(obj->owners, obj, to);

	to->refs = 1;
	to->key = moved(obj->key, obj, to);
	to->ns = moved(obj->ns, obj, to);
	to->name = moved(obj->name, obj, to);
	to->uid = moved(obj->uid, obj, to);
	to->node = moved(obj->node, obj, to);
	to->json = moved(obj->json, obj, to);
	for (uint32_t i = 0; i < obj->label_n; i++)
		labels[i] = (struct object_pair){
			moved(obj->labels[i].key, obj, to),
			moved(obj->labels[i].value, obj, to)
		};
	for (uint32_t i = 0; i < obj->field_n; i++)
		fields[i] = moved(obj->fields[i], obj, to);
	for (uint32_t i = 0; i < obj->owner_n; i++)
		owners[i] = moved(obj->owners[i], obj, to);
	to->labels = labels;
	to->fields = fields;
	to->owners = owners;
	memcpy((char *)(uintptr_t)to->json + obj->rv_at, digits, obj->rv_len);
	return to;
}

const struct object *
object_reversion(struct objects *o, const struct object *obj, uint64_t rv)
{
	const struct object *again;
	char digits[24];
	json_t *tree;

	if (snprintf(digits, sizeof(digits), "%llu", (unsigned long long)rv) ==
	    (int)obj->rv_len) {
		again = with_version(obj, digits);
		((struct object *)(uintptr_t)again)->rv = rv;
		return again;
	}
	tree = object_tree(obj);
	again = object_seal(o, obj->type, tree, rv);
	json_decref(tree);
	return again;
}

const struct object *
object_ref(const struct object *obj)
{
	struct object *mine = (struct object *)obj;

	mine->refs++;
	return obj;
}

void
object_unref(const struct object *obj)
{
	struct object *mine = (struct object *)obj;

	if (mine && --mine->refs == 0)
		free(mine);
}

json_t *
object_tree(const struct object *obj)
{
	json_error_t error;
	json_t *tree = json_loadb(obj->json, obj->len, 0, &error);

	if (!tree)
		BUG("stored object %s does not parse: %s", obj->key,
		    error.text);
	return tree;
}

const char *
object_label(const struct object *obj, const char *key)
{
	for (uint32_t i = 0; i < obj->label_n; i++)
		if (strcmp(obj->labels[i].key, key) == 0)
			return obj->labels[i].value;
	return NULL;
}
