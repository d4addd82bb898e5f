/*
 * Object metadata: what the server sets, what a client may change, and the
 * names and labels it accepts.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/clock.h"
#include "backend/sim/objects/internal.h"

/* The letters of generated suffixes: no vowels, no 0, 1, 3. */
static const char suffix_letters[] = "bcdfghjklmnpqrstvwxz2456789";
#define SUFFIX_LEN 5
#define GENERATED_BASE 58 /* longest generateName kept before the suffix */

#define SUBDOMAIN_MAX 253
#define LABEL_MAX 63

static uint64_t
draw(struct objects *o, const char *subject, uint64_t n)
{
	uint64_t in[2] = { o->seed, n };

	return hash_bytes(in, sizeof(in), hash_text(subject));
}

void
uid_make(struct objects *o, char out[static 40])
{
	uint64_t n = o->uids++;
	uint64_t a = draw(o, "uid-high", n), b = draw(o, "uid-low", n);

	snprintf(out, 40, "%08x-%04x-4%03x-%04x-%012llx", (unsigned)(a >> 32),
		 (unsigned)(a >> 16) & 0xffff, (unsigned)a & 0xfff,
		 ((unsigned)(b >> 48) & 0x3fff) | 0x8000,
		 (unsigned long long)(b & 0xffffffffffffULL));
}

const char *
meta_name(struct objects *o, const struct object_type *t, json_t *body,
	  char *room, struct status *st)
{
	const json_t *meta = json_object_get(body, "metadata");
	const char *name = jtext(meta, "name");
	const char *base = jtext(meta, "generateName");
	uint64_t bits;
	int n;

	if (name && *name)
		return name;
	if (!base || !*base) {
		status_invalid(st, t, "metadata.name",
			       "Required value: name or generateName is "
			       "required");
		return NULL;
	}
	bits = draw(o, "name", o->names++);
	n = snprintf(room, SUBDOMAIN_MAX, "%.*s", GENERATED_BASE, base);
	for (int i = 0; i < SUFFIX_LEN; i++, bits /= 27)
		room[n++] = suffix_letters[bits % 27];
	room[n] = '\0';
	return room;
}

/* ---- shape (400) ---- */

const char *
json_kind_name(const json_t *v)
{
	switch (json_typeof(v)) {
	case JSON_OBJECT:
		return "object";
	case JSON_ARRAY:
		return "array";
	case JSON_STRING:
		return "string";
	case JSON_TRUE:
	case JSON_FALSE:
		return "bool";
	default:
		return "number";
	}
}

static bool
bad_shape(const struct object_type *t, struct status *st, const json_t *v,
	  const char *field, const char *want)
{
	return status_fail(st, 400, "BadRequest",
			   "%s in version \"%s\" cannot be handled as a %s: "
			   "json: cannot unmarshal %s into Go struct field "
			   "ObjectMeta.%s of type %s", t->kind, t->version,
			   t->kind, json_kind_name(v), field, want);
}

static bool
texts_only(const struct object_type *t, struct status *st, json_t *map,
	   const char *field)
{
	const char *key;
	json_t *v;

	if (!map || json_is_null(map))
		return true;
	if (!json_is_object(map))
		return bad_shape(t, st, map, field, "map[string]string");
	json_object_foreach(map, key, v)
		if (!json_is_string(v) && !json_is_null(v))
			return bad_shape(t, st, v, field, "string");
	return true;
}

static bool
owners_shaped(const struct object_type *t, struct status *st, json_t *list)
{
	size_t i;
	json_t *v;

	if (!list || json_is_null(list))
		return true;
	if (!json_is_array(list))
		return bad_shape(t, st, list, "metadata.ownerReferences",
				 "[]v1.OwnerReference");
	json_array_foreach(list, i, v)
		if (!json_is_object(v))
			return bad_shape(t, st, v,
					 "metadata.ownerReferences",
					 "v1.OwnerReference");
	return true;
}

static bool
finalizers_shaped(const struct object_type *t, struct status *st, json_t *list)
{
	size_t i;
	json_t *v;

	if (!list || json_is_null(list))
		return true;
	if (!json_is_array(list))
		return bad_shape(t, st, list, "metadata.finalizers",
				 "[]string");
	json_array_foreach(list, i, v)
		if (!json_is_string(v))
			return bad_shape(t, st, v, "metadata.finalizers",
					 "string");
	return true;
}

bool
meta_check(const struct object_type *t, json_t *body, struct status *st)
{
	static const char *const texts[] = {
		"name", "generateName", "namespace", "uid", "resourceVersion",
	};
	json_t *meta = json_object_get(body, "metadata");

	if (!json_is_object(body))
		return bad_shape(t, st, body, "", t->kind);
	if (!meta || json_is_null(meta))
		return true;
	if (!json_is_object(meta))
		return bad_shape(t, st, meta, "metadata", "v1.ObjectMeta");
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		json_t *v = json_object_get(meta, texts[i]);
		char field[64];

		snprintf(field, sizeof(field), "metadata.%s", texts[i]);
		if (v && !json_is_string(v) && !json_is_null(v))
			return bad_shape(t, st, v, field, "string");
	}
	return texts_only(t, st, json_object_get(meta, "labels"),
			  "metadata.labels") &&
	       texts_only(t, st, json_object_get(meta, "annotations"),
			  "metadata.annotations") &&
	       owners_shaped(t, st,
			     json_object_get(meta, "ownerReferences")) &&
	       finalizers_shaped(t, st, json_object_get(meta, "finalizers"));
}

/* ---- building ---- */

static void
set_text(json_t *o, const char *key, const char *value)
{
	json_object_set_new(o, key, json_string(value));
}

/* Empty maps and lists, and null, are left out as the server's encoder does. */
static void
carry(json_t *to, const json_t *from, const char *key)
{
	json_t *v = json_object_get(from, key);

	if (!v || json_is_null(v) || (json_is_object(v) &&
				      json_object_size(v) == 0) ||
	    (json_is_array(v) && json_array_size(v) == 0))
		return;
	json_object_set(to, key, v);
}

static const char *const client_fields[] = {
	"labels", "annotations", "ownerReferences", "finalizers",
};

json_t *
meta_create(struct objects *o, const struct object_type *t, const char *ns,
	    const char *name, json_t *body)
{
	const json_t *from = json_object_get(body, "metadata");
	const char *base = jtext(from, "generateName");
	json_t *meta = json_object();
	char uid[40], time[TIME_TEXT];

	uid_make(o, uid);
	set_text(meta, "name", name);
	if (base && *base)
		set_text(meta, "generateName", base);
	if (t->namespaced)
		set_text(meta, "namespace", ns);
	set_text(meta, "uid", uid);
	if (t->generation)
		json_object_set_new(meta, "generation", json_integer(1));
	set_text(meta, "creationTimestamp",
		 time_format(*o->now_ms, false, time));
	for (size_t i = 0; i < ARRAY_LEN(client_fields); i++)
		carry(meta, from, client_fields[i]);
	return meta;
}

json_t *
meta_update(const struct object_type *t, json_t *old, json_t *body)
{
	static const char *const server_fields[] = {
		"name", "generateName", "namespace", "uid", "generation",
		"creationTimestamp", "deletionTimestamp",
		"deletionGracePeriodSeconds",
	};
	const json_t *from = json_object_get(body, "metadata");
	json_t *meta = json_object();

	(void)t;
	for (size_t i = 0; i < ARRAY_LEN(server_fields); i++)
		carry(meta, old, server_fields[i]);
	for (size_t i = 0; i < ARRAY_LEN(client_fields); i++)
		carry(meta, from, client_fields[i]);
	return meta;
}

/* ---- names and labels (422) ---- */

static const char *
cause_of(const char *text)
{
	static const char *const causes[][2] = {
		{ "Required", "FieldValueRequired" },
		{ "Forbidden", "FieldValueForbidden" },
		{ "Duplicate", "FieldValueDuplicate" },
		{ "Unsupported", "FieldValueNotSupported" },
		{ "Not found", "FieldValueNotFound" },
		{ "Too long", "FieldValueTooLong" },
	};

	for (size_t i = 0; i < ARRAY_LEN(causes); i++)
		if (str_has_prefix(text, causes[i][0]))
			return causes[i][1];
	return "FieldValueInvalid";
}

bool
status_invalid(struct status *st, const struct object_type *t,
	       const char *field, const char *fmt, ...)
{
	char text[360];
	const char *kind = t->kind;
	size_t len;
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (strcmp(st->reason, "Invalid") != 0) {
		char name[256];

		snprintf(name, sizeof(name), "%s", st->name);
		status_fail_on(st, 422, "Invalid", t, name,
			       "%s%s%s \"%s\" is invalid: %s: %s", kind,
			       *t->group ? "." : "", t->group, name, field,
			       text);
		snprintf(st->kind, sizeof(st->kind), "%s", kind);
	} else {
		/* Several: "...is invalid: [a, b]". */
		char *at = strstr(st->message, "is invalid: ");

		if (at && at[12] != '[') {
			len = strlen(at + 12);
			if (len + 14 + (size_t)(at - st->message) <
			    sizeof(st->message)) {
				memmove(at + 13, at + 12, len + 1);
				at[12] = '[';
			}
		} else if (at) {
			len = strlen(st->message);
			if (len)
				st->message[len - 1] = '\0';
		}
		len = strlen(st->message);
		snprintf(st->message + len, sizeof(st->message) - len,
			 ", %s: %s]", field, text);
	}
	status_add_cause(st,
			 cause_of(text), field, "%s", text);
	return false;
}

static bool
alnum_lower(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool
name_is_label(const char *s, size_t len)
{
	if (!len || len > LABEL_MAX || !alnum_lower(s[0]) ||
	    !alnum_lower(s[len - 1]))
		return false;
	for (size_t i = 0; i < len; i++)
		if (!alnum_lower(s[i]) && s[i] != '-')
			return false;
	return true;
}

bool
name_is_subdomain(const char *s, size_t len)
{
	size_t start = 0;

	if (!len || len > SUBDOMAIN_MAX)
		return false;
	for (size_t i = 0; i <= len; i++) {
		if (i < len && s[i] != '.')
			continue;
		/* A subdomain's parts have no length limit of their own. */
		if (i == start || !alnum_lower(s[start]) ||
		    !alnum_lower(s[i - 1]))
			return false;
		for (size_t k = start; k < i; k++)
			if (!alnum_lower(s[k]) && s[k] != '-')
				return false;
		start = i + 1;
	}
	return true;
}

/* The name part of a label key, or a label's value. */
static bool
is_word(const char *s, size_t len)
{
	if (!len || len > LABEL_MAX || !isalnum((unsigned char)s[0]) ||
	    !isalnum((unsigned char)s[len - 1]))
		return false;
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)s[i]) && !strchr("-_.", s[i]))
			return false;
	return true;
}

#define SERVICE_RULE                                                        \
	"a DNS-1035 label must consist of lower case alphanumeric "        \
	"characters or '-', start with an alphabetic character, and end "   \
	"with an alphanumeric character (e.g. 'my-name',  or 'abc-123', "   \
	"regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')"
#define KEY_RULE                                                            \
	"name part must consist of alphanumeric characters, '-', '_' or "   \
	"'.', and must start and end with an alphanumeric character (e.g. " \
	"'MyName',  or 'my.name',  or '123-abc', regex used for validation " \
	"is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
#define VALUE_RULE                                                          \
	"a valid label must be an empty string or consist of alphanumeric " \
	"characters, '-', '_' or '.', and must start and end with an "      \
	"alphanumeric character (e.g. 'MyValue',  or 'my_value',  or "      \
	"'12345', regex used for validation is "                            \
	"'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"

static bool
is_key(const char *key)
{
	const char *slash = strchr(key, '/');

	if (slash && (!name_is_subdomain(key, (size_t)(slash - key)) ||
		      strchr(slash + 1, '/')))
		return false;
	key = slash ? slash + 1 : key;
	return is_word(key, strlen(key));
}

static bool
check_keys(const struct object_type *t, const json_t *meta, const char *which,
	   struct status *st)
{
	char field[32];
	const char *key;
	json_t *v;
	bool ok = true;

	snprintf(field, sizeof(field), "metadata.%s", which);
	json_object_foreach(json_object_get(meta, which), key, v) {
		const char *text = str_or_empty(json_string_value(v));

		if (!is_key(key))
			ok = status_invalid(st, t, field,
					    "Invalid value: \"%s\": " KEY_RULE,
					    key);
		if (which[0] == 'l' && *text && !is_word(text, strlen(text)))
			ok = status_invalid(st, t, field,
					    "Invalid value: \"%s\": "
					    VALUE_RULE, text);
	}
	return ok;
}

static bool
check_name(const struct object_type *t, const char *name, struct status *st)
{
	size_t len = strlen(name);

	if (strcmp(t->group, "rbac.authorization.k8s.io") == 0) {
		if (!strpbrk(name, "/%") && strcmp(name, ".") != 0 &&
		    strcmp(name, "..") != 0)
			return true;
		return status_invalid(st, t, "metadata.name",
				      "Invalid value: \"%s\": may not contain "
				      "'/'", name);
	}
	if (!*t->group && strcmp(t->plural, "services") == 0) {
		if (name_is_label(name, len) && isalpha((unsigned char)*name))
			return true;
		return status_invalid(st, t, "metadata.name",
				      "Invalid value: \"%s\": " SERVICE_RULE,
				      name);
	}
	if (!*t->group && strcmp(t->plural, "namespaces") == 0) {
		if (name_is_label(name, len))
			return true;
		return status_invalid(st, t, "metadata.name",
				      "Invalid value: \"%s\": " LABEL_RULE,
				      name);
	}
	if (name_is_subdomain(name, len))
		return true;
	return status_invalid(st, t, "metadata.name",
			      "Invalid value: \"%s\": " SUBDOMAIN_RULE, name);
}

static bool
check_owners(const struct object_type *t, const json_t *meta,
	     struct status *st)
{
	static const char *const need[] = { "apiVersion", "kind", "name",
					    "uid" };
	bool ok = true;
	size_t i;
	json_t *v;

	json_array_foreach(json_object_get(meta, "ownerReferences"), i, v) {
		for (size_t k = 0; k < ARRAY_LEN(need); k++) {
			const char *text = jtext(v, need[k]);

			if (!text || !*text)
				ok = status_invalid(st, t,
						    "metadata.ownerReferences",
						    "Invalid value: \"\": %s "
						    "must not be empty",
						    need[k]);
		}
	}
	return ok;
}

bool
meta_validate(const struct object_type *t, json_t *meta, struct status *st)
{
	const char *name = str_or_empty(jtext(meta, "name"));
	bool ok;

	snprintf(st->name, sizeof(st->name), "%s", name);
	ok = check_name(t, name, st);
	ok &= check_keys(t, meta, "labels", st);
	ok &= check_keys(t, meta, "annotations", st);
	ok &= check_owners(t, meta, st);
	return ok;
}
