/*
 * What every face uses of a request: headers, query, percent decoding.
 */
#include "backend/sim/server/face.h"

#include <stdio.h>
#include <strings.h>

const char *
face_header(const struct face_request *q, const char *name)
{
	for (const struct face_pair *h = q->headers; h && h->name; h++)
		if (strcasecmp(h->name, name) == 0)
			return h->value;
	return NULL;
}

void
face_each_header(const struct face_request *q,
		 void (*fn)(void *ctx, const char *name, const char *value),
		 void *ctx)
{
	for (const struct face_pair *h = q->headers; h && h->name; h++)
		fn(ctx, h->name, h->value);
}

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

char *
face_decode(struct arena *a, const char *text, size_t len, bool form)
{
	char *out = arena_alloc(a, len + 1), *to = out;

	for (size_t i = 0; i < len; i++) {
		char c = text[i];

		if (c == '+' && form) {
			c = ' ';
		} else if (c == '%' && i + 2 < len && hex(text[i + 1]) >= 0 &&
			   hex(text[i + 2]) >= 0) {
			c = (char)(hex(text[i + 1]) * 16 + hex(text[i + 2]));
			i += 2;
		}
		*to++ = c ? c : '?';
	}
	*to = '\0';
	return out;
}

const char *
face_query_at(const struct face_request *q, struct arena *a, const char *name,
	      uint32_t n)
{
	const char *at = q->query ? q->query : "";

	while (*at) {
		size_t len = strcspn(at, "&"), key = strcspn(at, "=&");
		const char *found = face_decode(a, at, key, true);

		if (strcmp(found, name) == 0 && n-- == 0) {
			size_t from = key < len ? key + 1 : len;

			return face_decode(a, at + from, len - from, true);
		}
		at += len;
		at += *at == '&';
	}
	return NULL;
}

const char *
face_query(const struct face_request *q, struct arena *a, const char *name)
{
	return face_query_at(q, a, name, 0);
}

void
face_set_header(struct face_answer *a, const char *name, const char *value)
{
	if (a->header_n == ARRAY_LEN(a->headers))
		return;
	snprintf(a->headers[a->header_n][0], sizeof(a->headers[0][0]), "%s",
		 name);
	snprintf(a->headers[a->header_n][1], sizeof(a->headers[0][1]), "%s",
		 value);
	a->header_n++;
}
