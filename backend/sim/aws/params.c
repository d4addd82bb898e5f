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
