/*
 * Query forms of AWS requests.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/text.h"
#include "backend/sim/aws/face.h"

/* Lists are searched by number, which is quadratic: AWS has a limit too. */
#define PARAMS_MAX 2000

struct aws_params {
	struct aws_params *next;
	const char *name, *value;
};

struct aws_params *
aws_params_read(struct arena *a, const char *form, size_t len)
{
	struct aws_params *first = NULL, **last = &first;
	const char *end = form + len;

	while (form < end) {
		const char *stop = memchr(form, '&', (size_t)(end - form));
		const char *equals;
		struct aws_params *p;

		if (!stop)
			stop = end;
		equals = memchr(form, '=', (size_t)(stop - form));
		if (stop > form) {
			p = arena_alloc(a, sizeof(*p));
			p->name = face_decode(a, form,
					      (size_t)((equals ? equals
							       : stop) -
						       form), true);
			p->value = equals ? face_decode(a, equals + 1,
							(size_t)(stop -
								 equals - 1),
							true)
					  : "";
			*last = p;
			last = &p->next;
		}
		form = stop + 1;
	}
	return first;
}

static bool
is_text(const char *s)
{
	size_t len = strlen(s);

	while (len) {
		uint32_t code;
		size_t n = utf8_decode(s, len, &code);

		if (code == 0xfffd && n == 1)
			return false;
		s += n;
		len -= n;
	}
	return true;
}

bool
aws_params_good(const struct aws_params *p, struct cloud_fault *f)
{
	uint32_t n = 0;

	for (; p; p = p->next) {
		if (++n > PARAMS_MAX)
			return cloud_fail(f, 400, "MalformedQueryString",
					  "The query string contains more "
					  "than %d parameters",
					  PARAMS_MAX);
		if (!is_text(p->name) || !is_text(p->value))
			return cloud_fail(f, 400, "MalformedQueryString",
					  "The query string contains bytes "
					  "that are not UTF-8");
	}
	return true;
}

const char *
aws_param(const struct aws_params *p, const char *name)
{
	for (; p; p = p->next)
		if (!strcmp(p->name, name))
			return p->value;
	return NULL;
}

const char *
aws_param_at(const struct aws_params *p, const char *format, unsigned i)
{
	char name[200];
	const char *star = strstr(format, "%u");

	snprintf(name, sizeof(name), "%.*s%u%s", (int)(star - format), format,
		 i, star + 2);
	return aws_param(p, name);
}

bool
aws_param_int(const struct aws_params *p, const char *name, int64_t *out)
{
	const char *text = aws_param(p, name);
	char *end;

	if (!text)
		return true;
	*out = strtoll(text, &end, 10);
	return end != text && !*end;
}

bool
aws_param_bool(const struct aws_params *p, const char *name, bool absent)
{
	const char *text = aws_param(p, name);

	return text ? !strcmp(text, "true") || !strcmp(text, "True") : absent;
}

/* ---- forms as trees ---- */

static bool
is_index(const char *text)
{
	return *text >= '1' && *text <= '9' &&
	       strspn(text, "0123456789") == strlen(text) && strlen(text) < 5;
}

/* The value at a dotted name: objects on the way, lists where numbers are. */
static void
tree_put(struct arena *a, json_t *o, const char *name, const char *value)
{
	char *at = arena_strdup(a, name), *dot;
	int depth = 0;

	for (; (dot = strchr(at, '.')) && ++depth < 20; at = dot + 1) {
		json_t *inner;

		*dot = '\0';
		inner = json_object_get(o, at);
		if (!json_is_object(inner)) {
			inner = json_object();
			json_object_set_new(o, at, inner);
		}
		o = inner;
	}
	json_object_set_new(o, at, json_string(value));
}

/* {"member": {"1": x, "2": y}} is [x, y]. */
static json_t *
settle(json_t *o)
{
	json_t *list = json_object_get(o, "member"), *v;
	const char *key;
	void *next;
	char index[24];

	if (!json_is_object(o))
		return json_incref(o);
	if (json_object_size(o) == 1 && json_is_object(list)) {
		json_t *out = json_array();

		for (size_t i = 1; i <= json_object_size(list); i++) {
			snprintf(index, sizeof(index), "%zu", i);
			v = json_object_get(list, index);
			if (v && is_index(index))
				json_array_append_new(out, settle(v));
		}
		return out;
	}
	json_object_foreach_safe(o, next, key, v)
		json_object_set_new(o, key, settle(v));
	return json_incref(o);
}

json_t *
aws_params_tree(const struct aws_params *p)
{
	struct arena *a = arena_new();
	json_t *o = json_object(), *out;

	for (; p; p = p->next)
		tree_put(a, o, p->name, p->value);
	out = settle(o);
	json_decref(o);
	arena_free(a);
	return out;
}
