/*
 * Merge patches (RFC 7386) by cutting text: what a patch does not name is
 * copied as it stands, nothing is parsed.  The components of the cluster write
 * statuses, leases and bindings thousands of times a second; a tree of the
 * object, made and printed again for each, costs ten times as much.
 *
 * The text is the store's own: compact JSON in the order object_seal gave it.
 * What comes out is what object_seal would have printed of the merged tree.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/sim/objects/internal.h"

#define MEMBERS_MAX 32 /* of an object in a patch */

/* ---- reading compact JSON that is known to be right ---- */

/* at: the opening quote. */
static const char *
after_string(const char *at)
{
	for (at++; *at != '"'; at++)
		at += *at == '\\';
	return at + 1;
}

static const char *
after_value(const char *at)
{
	int depth = 0;

	do {
		if (*at == '"') {
			at = after_string(at);
			continue;
		}
		depth += (*at == '{') + (*at == '[');
		depth -= (*at == '}') + (*at == ']');
		at++;
	} while (depth || (*at && *at != ',' && *at != '}' && *at != ']'));
	return at;
}

int64_t
object_grace_s(const struct object *obj)
{
	static const char key[] = "\"deletionGracePeriodSeconds\":";
	const char *meta = obj->json + obj->bare_at;
	/* It stands before all that people write into metadata. */
	const char *at = memmem(meta, obj->meta_end - obj->bare_at, key,
				sizeof(key) - 1);

	if (!at || at[sizeof(key) - 1] < '0' || at[sizeof(key) - 1] > '9')
		return -1;
	return strtoll(at + sizeof(key) - 1, NULL, 10);
}

/* ---- the patch ---- */

struct member {
	const char *key;
	size_t len;
	json_t *value;
	bool used;
};

/* As the key stands in text, without escapes. */
static bool
is_plain(const char *key)
{
	for (; *key; key++)
		if ((unsigned char)*key < 0x20 || *key == '"' || *key == '\\')
			return false;
	return true;
}

/* A patch of few members with plain keys, all the way down. */
static bool
can_splice(json_t *patch)
{
	const char *key;
	json_t *v;

	if (!json_is_object(patch))
		return true;
	if (json_object_size(patch) > MEMBERS_MAX)
		return false;
	json_object_foreach(patch, key, v)
		if (!is_plain(key) || !can_splice(v))
			return false;
	return true;
}

static uint32_t
members_of(json_t *patch, struct member out[static MEMBERS_MAX])
{
	uint32_t n = 0;
	const char *key;
	json_t *v;

	json_object_foreach(patch, key, v)
		out[n++] = (struct member){ key, strlen(key), v, false };
	return n;
}

static struct member *
member_of(struct member *m, uint32_t n, const char *key, size_t len)
{
	for (uint32_t i = 0; i < n; i++)
		if (m[i].len == len && memcmp(m[i].key, key, len) == 0)
			return &m[i];
	return NULL;
}

/* ---- merging ---- */

static void
next_member(struct buf *out)
{
	char last = out->len ? out->at[out->len - 1] : '{';

	if (last != '{' && last != ',')
		buf_putc(out, ',');
}

static void put_fresh(struct buf *out, json_t *patch);

static void
put_member(struct buf *out, const struct member *m)
{
	next_member(out);
	buf_putc(out, '"');
	buf_add(out, m->key, m->len);
	buf_puts(out, "\":");
	put_fresh(out, m->value);
}

/* The patch over nothing: its nulls are absent. */
static void
put_fresh(struct buf *out, json_t *patch)
{
	const char *key;
	json_t *v;

	if (!json_is_object(patch)) {
		object_dump(out, patch);
		return;
	}
	buf_putc(out, '{');
	json_object_foreach(patch, key, v)
		if (!json_is_null(v))
			put_member(out, &(struct member){ key, strlen(key), v,
							  false });
	buf_putc(out, '}');
}

/* at: the first member, or the brace that ends the object.  Writes the members
 * as the patch leaves them; returns the closing brace. */
static const char *
merge_members(struct buf *out, const char *at, json_t *patch)
{
	struct member m[MEMBERS_MAX];
	uint32_t n = members_of(patch, m);

	while (*at != '}') {
		const char *end = after_string(at), *value = end + 1;
		struct member *over =
			member_of(m, n, at + 1, (size_t)(end - at - 2));

		if (over)
			over->used = true;
		if (over && json_is_null(over->value)) {
			end = after_value(value);
		} else if (!over) {
			end = after_value(value);
			next_member(out);
			buf_add(out, at, (size_t)(end - at));
		} else if (*value == '{' && json_is_object(over->value)) {
			next_member(out);
			buf_add(out, at, (size_t)(value + 1 - at));
			end = merge_members(out, value + 1, over->value) + 1;
			buf_putc(out, '}');
		} else {
			end = after_value(value);
			put_member(out, over);
		}
		at = *end == ',' ? end + 1 : end;
	}
	for (uint32_t i = 0; i < n; i++)
		if (!m[i].used && !json_is_null(m[i].value))
			put_member(out, &m[i]);
	return at;
}

/* ---- the object ---- */

/* What the patch makes of the field at a dotted path: true when it has a say,
 * with its text, or NULL when the field is absent now or is no text. */
static bool
patched_field(const json_t *patch, const char *path, const char **text)
{
	*text = NULL;
	while (*path) {
		size_t len = strcspn(path, ".");

		if (!json_is_object(patch))
			return true; /* no object any more: nothing in it */
		patch = json_object_getn(patch, path, len);
		if (!patch)
			return false;
		path += len;
		path += *path == '.';
	}
	*text = json_string_value(patch);
	return true;
}

/* False when a field would be something other than text: object_seal knows how
 * those are compared. */
static bool
fields_after(const struct object *now, const json_t *patch,
	     const char **fields)
{
	const char *text;

	for (uint32_t i = 0; i < now->field_n; i++) {
		fields[i] = now->fields[i];
		if (!patched_field(patch, now->type->fields[i], &text))
			continue;
		if (!text)
			return false;
		fields[i] = text;
	}
	return true;
}

const struct object *
object_splice(struct objects *o, const struct object *now, json_t *patch,
	      uint64_t rv)
{
	const char *tail = now->json + now->meta_end, *node;
	struct object_news news = { .rv = rv, .spec_rv = rv };
	struct buf *out = &o->scratch;
	const char *fields[16];

	if (json_object_get(patch, "metadata") ||
	    json_object_get(patch, "kind") ||
	    json_object_get(patch, "apiVersion") || !can_splice(patch) ||
	    now->field_n > ARRAY_LEN(fields) ||
	    !fields_after(now, patch, fields))
		return NULL;
	buf_reset(out);
	buf_add(out, now->json, now->rv_at);
	buf_printf(out, "%llu", (unsigned long long)rv);
	news.rv_len = (uint32_t)out->len - now->rv_at;
	buf_add(out, now->json + now->rv_at + now->rv_len,
		now->meta_end - now->rv_at - now->rv_len);
	news.meta_end = (uint32_t)out->len;
	merge_members(out, tail + (*tail == ','), patch);
	buf_putc(out, '}');
	BUG_IF(!buf_ok(out));
	if (strcmp(out->at + news.meta_end, tail) == 0)
		return now;
	if (json_object_size(patch) == 1 && json_object_get(patch, "status"))
		news.spec_rv = now->spec_rv;
	news.node = patched_field(patch, "spec.nodeName", &node) ? node : NULL;
	news.fields = fields;
	return object_renew(now, out, &news);
}
