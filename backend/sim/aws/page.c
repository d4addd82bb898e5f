/*
 * Lists in pages.
 *
 * A token names the item to go on with as well as its place, so that what came
 * or went in between neither repeats nor hides others.  Clients see base64 and
 * are not meant to look inside.
 */
#include <stdio.h>
#include <stdlib.h>

#include <openssl/evp.h>

#include "backend/base/map.h"
#include "backend/sim/aws/face.h"

#define TOKEN_MAX 600 /* encoded; keys are shorter than 300 */

static const char *
key_of(const struct aws_paging *p, const json_t *item)
{
	return str_or_empty(json_string_value(
		p->key ? json_object_get(item, p->key) : item));
}

static const char *
token_name(const struct aws_context *c)
{
	return c->protocol == AWS_REST ? "nextToken" : "NextToken";
}

static unsigned
seal_of(const struct aws_paging *p, size_t at, const char *key)
{
	return (unsigned)(hash_bytes(key, strlen(key), at) ^
			  hash_text(p->member));
}

static char *
token_make(struct aws_context *c, const struct aws_paging *p, size_t at,
	   const char *key)
{
	char *plain = arena_printf(c->arena, "%08x %zu %s",
				   seal_of(p, at, key), at, key);
	size_t len = strlen(plain);
	char *out = arena_alloc(c->arena, len * 4 / 3 + 8);

	EVP_EncodeBlock((unsigned char *)out, (unsigned char *)plain,
			(int)len);
	return out;
}

static bool
bad_token(struct aws_context *c)
{
	if (c->protocol == AWS_REST)
		return cloud_fail(&c->fault, 400, "InvalidParameterException",
				  "The nextToken is not valid.");
	if (c->protocol == AWS_EC2)
		return cloud_fail(&c->fault, 400, "InvalidNextToken",
				  "The specified NextToken is not valid.");
	return cloud_fail(&c->fault, 400, "InvalidNextToken",
			  "The NextToken value is not valid.");
}

static bool
token_read(struct aws_context *c, const struct aws_paging *p,
	   const char *token, const json_t *list, size_t *from)
{
	size_t len = strlen(token), n = json_array_size(list);
	char *plain, *end, *key;
	unsigned seal;

	if (len > TOKEN_MAX || len % 4 != 0)
		return bad_token(c);
	plain = arena_alloc(c->arena, len + 1);
	if (EVP_DecodeBlock((unsigned char *)plain,
			    (const unsigned char *)token, (int)len) < 0)
		return bad_token(c);
	seal = (unsigned)strtoul(plain, &end, 16);
	if (*end != ' ')
		return bad_token(c);
	*from = strtoul(end + 1, &key, 10);
	if (*key != ' ' || seal != seal_of(p, *from, key + 1))
		return bad_token(c);
	for (size_t i = 0; i < n; i++) {
		/* It is where it was, or near: items come in front. */
		size_t at = (*from + i) % n;

		if (!strcmp(key_of(p, json_array_get(list, at)), key + 1)) {
			*from = at;
			return true;
		}
	}
	return true;
}

json_t *
aws_page(struct aws_context *c, const struct aws_paging *p, json_t *list)
{
	const char *token = aws_text(c, token_name(c));
	size_t n = json_array_size(list), from = 0, to;
	int64_t size = p->normal;
	json_t *page, *o;

	if (!aws_number(c, p->size, p->least, p->most, &size) ||
	    (token && *token && !token_read(c, p, token, list, &from))) {
		json_decref(list);
		return NULL;
	}
	page = json_array();
	to = from + (size_t)size < n ? from + (size_t)size : n;
	for (size_t i = from; i < to; i++)
		json_array_append(page, json_array_get(list, i));
	o = json_object();
	json_object_set_new(o, p->member, page);
	if (to < n)
		json_object_set_new(
			o, token_name(c),
			json_string(token_make(
				c, p, to,
				key_of(p, json_array_get(list, to)))));
	json_decref(list);
	return o;
}
