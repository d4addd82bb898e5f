/*
 * Reading protobuf by the schema's field numbers.
 *
 * The envelope is four magic bytes and an Unknown message with the kind and the
 * object's own bytes.  Go writes every field that is no pointer, also when it
 * is empty: those are left out, as its JSON encoder does.
 */
#include "backend/sim/kube/proto.h"

#include <stdio.h>
#include <stdlib.h>

#include <openssl/evp.h>

#include "backend/base/clock.h"
#include "backend/sim/objects/schema.h"

#define DEPTH_MAX 40

enum wire { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_BYTES = 2, WIRE_32 = 5 };

struct span {
	const unsigned char *at, *end;
};

struct value {
	uint32_t number;
	enum wire wire;
	uint64_t n;	  /* varint, fixed */
	struct span bytes; /* WIRE_BYTES */
};

static bool
read_varint(struct span *s, uint64_t *n)
{
	*n = 0;
	for (unsigned shift = 0; shift < 64 && s->at < s->end; shift += 7) {
		unsigned char c = *s->at++;

		*n |= (uint64_t)(c & 0x7f) << shift;
		if (!(c & 0x80))
			return true;
	}
	return false;
}

static bool
read_fixed(struct span *s, size_t bytes, uint64_t *n)
{
	*n = 0;
	if ((size_t)(s->end - s->at) < bytes)
		return false;
	for (size_t i = 0; i < bytes; i++)
		*n |= (uint64_t)s->at[i] << (8 * i);
	s->at += bytes;
	return true;
}

/* The next field; false at the end and on rubbish (then at < end). */
static bool
read_field(struct span *s, struct value *v)
{
	const unsigned char *start = s->at;
	uint64_t key, len;
	bool ok;

	*v = (struct value){ 0 };
	if (s->at == s->end)
		return false;
	ok = read_varint(s, &key) && key >> 3 && key >> 3 < 1u << 29;
	v->number = (uint32_t)(key >> 3);
	v->wire = (enum wire)(key & 7);
	switch (ok ? (int)v->wire : -1) {
	case WIRE_VARINT:
		ok = read_varint(s, &v->n);
		break;
	case WIRE_64:
		ok = read_fixed(s, 8, &v->n);
		break;
	case WIRE_32:
		ok = read_fixed(s, 4, &v->n);
		break;
	case WIRE_BYTES:
		ok = read_varint(s, &len) && len <= (size_t)(s->end - s->at);
		if (ok) {
			v->bytes = (struct span){ s->at, s->at + len };
			s->at += len;
		}
		break;
	default:
		ok = false;
	}
	if (!ok)
		s->at = start;
	return ok;
}

/* Members of the small well-known messages. */
static bool
member(struct span s, uint32_t number, struct value *v)
{
	while (read_field(&s, v))
		if (v->number == number)
			return true;
	*v = (struct value){ 0 };
	return false;
}

static json_t *
text_of(struct span s)
{
	return json_stringn((const char *)s.at, (size_t)(s.end - s.at));
}

static json_t *
time_of(struct span s, bool micro)
{
	struct value seconds, nanos;
	char text[TIME_TEXT];
	int64_t ms;

	if (!member(s, 1, &seconds))
		return NULL;
	member(s, 2, &nanos);
	if ((int64_t)seconds.n > INT64_MAX / 1000 ||
	    (int64_t)seconds.n < INT64_MIN / 1000)
		return NULL;
	ms = (int64_t)seconds.n * 1000;
	time_format(ms, false, text);
	if (!micro)
		return json_string(text);
	return json_sprintf("%.*s.%06uZ", (int)strcspn(text, "Z"), text,
			    (unsigned)(nanos.n / 1000 % 1000000));
}

static json_t *
bytes_of(struct span s)
{
	size_t len = (size_t)(s.end - s.at);
	char *text = xmalloc((len + 2) / 3 * 4 + 1);
	json_t *v;

	EVP_EncodeBlock((unsigned char *)text, s.at, (int)len);
	v = json_string(text);
	free(text);
	return v;
}

static json_t *
int_or_text(struct span s)
{
	struct value kind, v;

	member(s, 1, &kind);
	if (kind.n == 0) {
		member(s, 2, &v);
		return json_integer((json_int_t)(int32_t)v.n);
	}
	return member(s, 3, &v) ? text_of(v.bytes) : json_string("");
}

static json_t *
raw_json(struct span s)
{
	struct value v;

	return member(s, 1, &v) && v.wire == WIRE_BYTES
		       ? json_loadb((const char *)v.bytes.at,
				    (size_t)(v.bytes.end - v.bytes.at), 0,
				    NULL)
		       : NULL;
}

static json_t *decode_struct(const struct schema *s, struct span in,
			     unsigned depth);

/* NULL: the value says nothing (or makes no sense for its type). */
static json_t *
decode_value(const struct schema_field *f, const struct value *v,
	     unsigned depth)
{
	struct value inner;
	double real;

	if (f->object)
		return v->wire == WIRE_BYTES
			       ? decode_struct(f->object, v->bytes, depth)
			       : NULL;
	switch (f->basic) {
	case 'i':
		return v->wire == WIRE_VARINT
			       ? json_integer((json_int_t)v->n)
			       : NULL;
	case 'b':
		return v->wire == WIRE_VARINT ? json_boolean(v->n) : NULL;
	case 'n':
		memcpy(&real, &v->n, sizeof(real));
		return v->wire == WIRE_64 ? json_real(real) : NULL;
	default:
		break;
	}
	if (v->wire != WIRE_BYTES)
		return NULL;
	switch (f->basic) {
	case 's':
		return text_of(v->bytes);
	case 'y':
		return bytes_of(v->bytes);
	case 't':
	case 'u':
		return time_of(v->bytes, f->basic == 'u');
	case 'x':
		return int_or_text(v->bytes);
	case 'q':
		return member(v->bytes, 1, &inner) ? text_of(inner.bytes)
						   : NULL;
	default:
		return raw_json(v->bytes);
	}
}

/* What Go's JSON encoder leaves out. */
static bool
is_empty(const struct schema_field *f, const json_t *v)
{
	if (f->required || f->zero)
		return false;
	if (json_is_string(v))
		return json_string_length(v) == 0;
	return json_is_false(v) ||
	       (json_is_integer(v) && json_integer_value(v) == 0);
}

static void
add_entry(json_t *map, const struct schema_field *f, const struct value *v,
	  unsigned depth)
{
	struct value key, value;
	json_t *item;

	if (v->wire != WIRE_BYTES || !member(v->bytes, 1, &key) ||
	    key.wire != WIRE_BYTES)
		return;
	item = member(v->bytes, 2, &value) ? decode_value(f, &value, depth)
					   : json_string("");
	if (item)
		json_object_setn_new(map, (const char *)key.bytes.at,
				     (size_t)(key.bytes.end - key.bytes.at),
				     item);
}

/* The member as a container of its own kind, made when it is not there. */
static json_t *
container(json_t *out, const char *name, json_t *fresh)
{
	json_t *there = json_object_get(out, name);

	if (there) {
		json_decref(fresh);
		return there;
	}
	json_object_set_new(out, name, fresh);
	return fresh;
}

static void
add_field(json_t *out, const struct schema_field *f, const struct value *v,
	  unsigned depth)
{
	char name[80];
	json_t *item;

	if (f->inlined) {
		item = decode_value(f, v, depth);
		json_object_update(out, item);
		json_decref(item);
		return;
	}
	snprintf(name, sizeof(name), "%.*s", (int)f->name_len, f->name);
	if (f->map) {
		add_entry(container(out, name, json_object()), f, v, depth);
		return;
	}
	item = decode_value(f, v, depth);
	if (!item)
		return;
	if (f->list)
		json_array_append_new(container(out, name, json_array()),
				      item);
	else if (is_empty(f, item))
		json_decref(item);
	else
		json_object_set_new(out, name, item);
}

static bool
field_numbered(const struct schema *s, uint32_t number, struct schema_field *f)
{
	*f = (struct schema_field){ 0 };
	for (const char *at = s->fields; schema_next(&at, f);)
		if (f->number == number)
			return true;
	return false;
}

static json_t *
decode_struct(const struct schema *s, struct span in, unsigned depth)
{
	json_t *out;
	struct value v;

	if (depth == DEPTH_MAX)
		return NULL;
	out = json_object();
	while (read_field(&in, &v)) {
		struct schema_field f;

		if (field_numbered(s, v.number, &f))
			add_field(out, &f, &v, depth + 1);
	}
	if (in.at == in.end)
		return out;
	json_decref(out); /* cut off or rubbish */
	return NULL;
}

static const struct schema *
schema_of_kind(const char *api, const char *kind)
{
	if (str_has_prefix(api, "events.k8s.io/"))
		return schema_kind("Event.events");
	if (strcmp(api, "autoscaling/v1") == 0 &&
	    strcmp(kind, "HorizontalPodAutoscaler") == 0)
		return schema_kind("HorizontalPodAutoscaler.v1");
	if (strcmp(api, "authentication.k8s.io/v1") == 0 &&
	    strcmp(kind, "TokenRequest") == 0)
		return schema_kind("TokenRequest.authentication");
	return schema_kind(kind);
}

json_t *
proto_decode(const char *bytes, size_t len)
{
	static const char magic[4] = { 'k', '8', 's', '\0' };
	const struct schema *schema = NULL;
	struct value type, raw, api, kind;
	struct span s;
	json_t *tree = NULL, *api_text, *kind_text;

	if (len < sizeof(magic) || memcmp(bytes, magic, sizeof(magic)) != 0)
		return NULL;
	s.at = (const unsigned char *)bytes + sizeof(magic);
	s.end = (const unsigned char *)bytes + len;
	if (!member(s, 1, &type) || type.wire != WIRE_BYTES ||
	    !member(type.bytes, 1, &api) || api.wire != WIRE_BYTES ||
	    !member(type.bytes, 2, &kind) || kind.wire != WIRE_BYTES)
		return NULL;
	if (!member(s, 2, &raw) || raw.wire != WIRE_BYTES)
		raw.bytes = (struct span){ s.end, s.end };
	api_text = text_of(api.bytes);
	kind_text = text_of(kind.bytes);
	if (api_text && kind_text)
		schema = schema_of_kind(json_string_value(api_text),
					json_string_value(kind_text));
	if (schema)
		tree = decode_struct(schema, raw.bytes, 0);
	if (tree) {
		json_object_set(tree, "apiVersion", api_text);
		json_object_set(tree, "kind", kind_text);
	}
	json_decref(api_text);
	json_decref(kind_text);
	return tree;
}
