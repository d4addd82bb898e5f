/*
 * Incremental JSON: feeding yajl, and what is wrong with the stream.
 *
 * yajl is laxer than RFC 8259 in a few ways.  Its UTF-8 check is replaced (see
 * json_events.c); a token left unfinished behind a complete value is caught
 * here; form feed and vertical tab pass as blanks and half a surrogate pair
 * becomes '?', both harmless.
 */
#include "backend/base/json.h"

#include <stdlib.h>

#include "backend/base/json_reader.h"

#define ITEM_LIMIT_BYTES ((size_t)8 << 20)
#define DEPTH_LIMIT 64u

unsigned long long
json_here(const struct json_reader *r)
{
	uint64_t at = r->feed_offset + yajl_get_bytes_consumed(r->yajl);

	/* At the end yajl feeds itself a space that is not the stream's. */
	return at < r->offset ? at : r->offset;
}

bool
json_too_large(struct json_reader *r, size_t limit)
{
	return err_set(r->err, ERR_LIMIT,
		       "byte %llu: a JSON item is larger than %zu bytes",
		       json_here(r), limit);
}

static void *
yajl_malloc(void *ctx, size_t bytes)
{
	(void)ctx;
	return xmalloc(bytes);
}

static void *
yajl_realloc(void *ctx, void *p, size_t bytes)
{
	(void)ctx;
	return xrealloc(p, bytes);
}

static void
yajl_release(void *ctx, void *p)
{
	(void)ctx;
	free(p);
}

static const yajl_alloc_funcs memory = {
	.malloc = yajl_malloc,
	.realloc = yajl_realloc,
	.free = yajl_release,
};

static void
reader_init(struct json_reader *r, const struct json_spec *spec)
{
	yajl_alloc_funcs funcs = memory;

	*r = (struct json_reader){ .spec = *spec, .item_path = -1 };
	r->limit = spec->item_limit_bytes ? spec->item_limit_bytes
					  : ITEM_LIMIT_BYTES;
	r->rest_limit = spec->rest_limit_bytes ? spec->rest_limit_bytes
					       : r->limit;
	r->depth_limit = spec->depth_limit ? spec->depth_limit : DEPTH_LIMIT;
	while (spec->items && spec->items[r->path_count])
		r->path_count++;
	BUG_IF(r->path_count > PATHS_MAX);
	BUG_IF(r->path_count && !spec->on_item);
	while (spec->skip && spec->skip[r->skip_count])
		r->skip_count++;
	if (r->skip_count)
		r->skip_len = xcalloc(r->skip_count, sizeof(*r->skip_len));
	for (uint32_t i = 0; i < r->skip_count; i++) {
		r->skip_len[i] = (uint32_t)strlen(spec->skip[i]);
		r->skip_lengths |= UINT64_C(1) << (r->skip_len[i] & 63);
	}
	r->stack = xcalloc(r->depth_limit + 1, sizeof(*r->stack));
	r->yajl = yajl_alloc(&json_events, &funcs, r);
	yajl_config(r->yajl, yajl_dont_validate_strings, 1);
	yajl_config(r->yajl, yajl_allow_multiple_values, spec->many ? 1 : 0);
}

struct json_reader *
json_reader_new(const struct json_spec *spec)
{
	struct json_reader *r = xmalloc(sizeof(*r));

	reader_init(r, spec);
	r->item_arena = arena_new();
	r->rest_arena = arena_new();
	r->arena = r->rest_arena;
	return r;
}

static void
reader_fini(struct json_reader *r)
{
	yajl_free(r->yajl);
	free(r->stack);
	free(r->skip_len);
}

void
json_reader_free(struct json_reader *r)
{
	if (!r)
		return;
	reader_fini(r);
	arena_free(r->item_arena);
	arena_free(r->rest_arena);
	free(r);
}

/* yajl's sentence, without its "parse error: " and newline. */
static bool
syntax_error(struct json_reader *r, struct err *err)
{
	unsigned char *raw = yajl_get_error(r->yajl, 0, NULL, 0);
	const char *text = (const char *)raw;
	const char *colon = strstr(text, "error: ");

	if (colon)
		text = colon + strlen("error: ");
	err_set(err, ERR_BAD, "byte %llu: not valid JSON: %.*s",
		json_here(r), (int)strcspn(text, "\n"), text);
	yajl_free_error(r->yajl, raw);
	return false;
}

/* Blank to yajl, to which form feed and vertical tab are blanks too. */
static bool
all_space(const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!strchr(" \t\r\n\f\v", bytes[i]) || !bytes[i])
			return false;
	return true;
}

/* What yajl said about a feed or the end, as err. */
static bool
settle(struct json_reader *r, yajl_status status, struct err *own,
       struct err *err)
{
	r->err = NULL;
	if (status == yajl_status_ok)
		return true;
	r->failed = true;
	if (status == yajl_status_error)
		return syntax_error(r, err);
	if (own->code == ERR_NONE)
		return err_set(err, ERR_CANCELLED, "reading JSON was stopped");
	if (err)
		*err = *own;
	return false;
}

/* yajl forgets a token left unfinished after a complete value ("{} tru"), so
 * what follows the last value is watched here. */
static void
note_trailing(struct json_reader *r, const char *bytes, size_t len,
	      bool completed)
{
	size_t from = 0;

	if (completed) {
		from = (size_t)(r->value_offset - r->feed_offset);
		r->trailing = false;
	}
	if (r->depth == 0 && !all_space(bytes + from, len - from))
		r->trailing = true;
}

bool
json_reader_feed(struct json_reader *r, const char *bytes, size_t len,
		 struct err *err)
{
	struct err own = { .code = ERR_NONE };
	uint64_t values = r->values;
	yajl_status status;

	if (r->failed)
		return err_set(err, ERR_BAD, "the JSON stream broke before");
	if (!len)
		return true;
	r->begun = r->begun || !all_space(bytes, len);
	r->err = &own;
	r->feed_offset = r->offset;
	r->offset += len;
	status = yajl_parse(r->yajl, (const unsigned char *)bytes, len);
	if (status == yajl_status_ok &&
	    r->offset - r->token_offset > r->limit) {
		/* yajl gathers an endless string without a word. */
		json_too_large(r, r->limit);
		status = yajl_status_client_canceled;
	}
	if (status == yajl_status_ok)
		note_trailing(r, bytes, len, r->values != values);
	return settle(r, status, &own, err);
}

bool
json_reader_end(struct json_reader *r, struct err *err)
{
	struct err own = { .code = ERR_NONE };
	uint64_t values = r->values;
	yajl_status status;

	if (r->failed)
		return err_set(err, ERR_BAD, "the JSON stream broke before");
	if (r->spec.many && !r->begun)
		return true;
	if (!r->begun) {
		r->failed = true;
		return err_set(err, ERR_BAD, "byte %llu: no JSON at all",
			       (unsigned long long)r->offset);
	}
	r->err = &own;
	r->feed_offset = r->offset;
	status = yajl_complete_parse(r->yajl);
	if (status == yajl_status_ok && r->trailing && r->values == values) {
		err_set(&own, ERR_BAD, "byte %llu: not valid JSON: premature "
				       "EOF", json_here(r));
		status = yajl_status_client_canceled;
	}
	return settle(r, status, &own, err);
}

const struct tree *
json_reader_rest(const struct json_reader *r)
{
	return r->rest_done ? r->rest : NULL;
}

const char *
json_reader_item(const struct json_reader *r)
{
	return r->item_path >= 0 ? r->spec.items[r->item_path] : NULL;
}

uint64_t
json_reader_offset(const struct json_reader *r)
{
	return r->offset;
}

const struct tree *
json_parse(struct arena *a, const char *bytes, size_t len, struct err *err)
{
	static const struct json_spec plain = { .items = NULL };
	struct json_reader r;
	const struct tree *t = NULL;

	reader_init(&r, &plain);
	/* The document is in memory already: trees grow in proportion. */
	r.limit = r.rest_limit = SIZE_MAX;
	r.rest_arena = r.arena = a;
	r.borrowed = true;
	if (json_reader_feed(&r, bytes, len, err) && json_reader_end(&r, err))
		t = r.rest;
	reader_fini(&r);
	return t;
}
