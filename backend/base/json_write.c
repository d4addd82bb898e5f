/*
 * JSON out: a thin layer over yajl_gen.
 *
 * Adds what yajl_gen lacks: text that is not UTF-8 is repaired instead of
 * refused, doubles are written as the shortest text that reads back, and empty
 * containers take no lines when indented.
 */
#include "backend/base/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <yajl/yajl_gen.h>

#include "backend/base/clock.h"
#include "backend/base/text.h"

#define DEPTH_MAX 128u /* yajl_gen's own */

struct jsonw {
	yajl_gen gen;
	bool (*sink)(void *ctx, const char *b, size_t n);
	void *ctx;
	bool failed;
	/* '{' or '[' held back until it is known whether it is empty. */
	char held;
	/* What yajl_gen does not check: a name without a value, and the wrong
	 * kind of end. */
	bool named;
	uint32_t depth;
	char open[DEPTH_MAX];
};

static void
on_bytes(void *ctx, const char *bytes, size_t len)
{
	struct jsonw *w = ctx;

	if (!w->failed && !w->sink(w->ctx, bytes, len))
		w->failed = true;
}

static void
check(struct jsonw *w, yajl_gen_status status)
{
	if (status != yajl_gen_status_ok)
		w->failed = true;
}

struct jsonw *
jsonw_new(bool (*sink)(void *ctx, const char *b, size_t n), void *ctx,
	  bool pretty)
{
	struct jsonw *w = xcalloc(1, sizeof(*w));

	w->sink = sink;
	w->ctx = ctx;
	w->gen = yajl_gen_alloc(NULL);
	BUG_IF(!w->gen);
	yajl_gen_config(w->gen, yajl_gen_print_callback, on_bytes, w);
	yajl_gen_config(w->gen, yajl_gen_beautify, pretty ? 1 : 0);
	yajl_gen_config(w->gen, yajl_gen_indent_string, "  ");
	return w;
}

static bool
sink_buf(void *ctx, const char *bytes, size_t len)
{
	buf_add(ctx, bytes, len);
	return buf_ok(ctx);
}

struct jsonw *
jsonw_new_buf(struct buf *out, bool pretty)
{
	return jsonw_new(sink_buf, out, pretty);
}

/* Opens the container that was held back, now that it has a member. */
static void
open_held(struct jsonw *w)
{
	char held = w->held;

	w->held = '\0';
	w->named = false;
	if (held)
		check(w, held == '{' ? yajl_gen_map_open(w->gen)
				     : yajl_gen_array_open(w->gen));
}

bool
jsonw_done(struct jsonw *w)
{
	bool ok;

	/* An unclosed container or no value at all is a failure too: a second
	 * value is refused only once the first is complete. */
	open_held(w);
	ok = !w->failed &&
	     yajl_gen_null(w->gen) == yajl_gen_generation_complete;
	yajl_gen_free(w->gen);
	free(w);
	return ok;
}

static void
open_container(struct jsonw *w, char open)
{
	open_held(w);
	w->held = open;
	if (w->depth == DEPTH_MAX)
		w->failed = true;
	else
		w->open[w->depth++] = open;
}

void
jsonw_object(struct jsonw *w)
{
	open_container(w, '{');
}

void
jsonw_array(struct jsonw *w)
{
	open_container(w, '[');
}

static void
close_container(struct jsonw *w, char open)
{
	if (w->named || !w->depth || w->open[w->depth - 1] != open)
		w->failed = true;
	if (w->failed)
		return;
	w->depth--;
	if (w->held) {
		w->held = '\0';
		check(w, yajl_gen_number(w->gen, open == '{' ? "{}" : "[]",
					 2));
		return;
	}
	check(w, open == '{' ? yajl_gen_map_close(w->gen)
			     : yajl_gen_array_close(w->gen));
}

void
jsonw_end_object(struct jsonw *w)
{
	close_container(w, '{');
}

void
jsonw_end_array(struct jsonw *w)
{
	close_container(w, '[');
}

void
jsonw_null(struct jsonw *w)
{
	open_held(w);
	check(w, yajl_gen_null(w->gen));
}

void
jsonw_bool(struct jsonw *w, bool v)
{
	open_held(w);
	check(w, yajl_gen_bool(w->gen, v));
}

void
jsonw_int(struct jsonw *w, int64_t v)
{
	open_held(w);
	check(w, yajl_gen_integer(w->gen, v));
}

void
jsonw_real(struct jsonw *w, double v)
{
	char text[40], *comma;
	int len = 0;

	open_held(w);
	/* JSON has no word for infinity or NaN. */
	if (!(v - v == 0)) {
		check(w, yajl_gen_null(w->gen));
		return;
	}
	for (int digits = 15; digits <= 17; digits++) {
		len = snprintf(text, sizeof(text), "%.*g", digits, v);
		if (strtod(text, NULL) == v)
			break;
	}
	/* Under a locale with a decimal comma the text must not change. */
	comma = strchr(text, ',');
	if (comma)
		*comma = '.';
	check(w, yajl_gen_number(w->gen, text, (size_t)len));
}

/* Text with each invalid byte replaced, for text that needs it. */
static void
write_repaired(struct jsonw *w, const char *text, size_t len)
{
	struct buf fixed;

	buf_init(&fixed, len * 3 + 1);
	while (len > 0) {
		uint32_t code;
		size_t n = utf8_decode(text, len, &code);

		if (n == 1 && code == 0xfffd)
			buf_puts(&fixed, "\xef\xbf\xbd");
		else
			buf_add(&fixed, text, n);
		text += n;
		len -= n;
	}
	check(w, yajl_gen_string(w->gen,
				 (const unsigned char *)buf_text(&fixed),
				 fixed.len));
	buf_fini(&fixed);
}

void
jsonw_textn(struct jsonw *w, const char *text, size_t len)
{
	open_held(w);
	for (size_t i = 0; i < len;) {
		uint32_t code;
		size_t n = (unsigned char)text[i] < 0x80
				   ? 1
				   : utf8_decode(text + i, len - i, &code);

		if (n == 1 && (unsigned char)text[i] >= 0x80) {
			write_repaired(w, text, len);
			return;
		}
		i += n;
	}
	check(w, yajl_gen_string(w->gen, (const unsigned char *)text, len));
}

void
jsonw_text(struct jsonw *w, const char *text)
{
	if (text)
		jsonw_textn(w, text, strlen(text));
	else
		jsonw_null(w);
}

void
jsonw_key(struct jsonw *w, const char *key)
{
	jsonw_textn(w, key, strlen(key));
	w->named = true;
}

void
jsonw_tree(struct jsonw *w, const struct tree *t)
{
	if (!t) {
		jsonw_null(w);
		return;
	}
	switch ((enum tree_kind)t->kind) {
	case TREE_NULL:
		jsonw_null(w);
		break;
	case TREE_BOOL:
		jsonw_bool(w, t->flag);
		break;
	case TREE_NUMBER:
		open_held(w);
		check(w, yajl_gen_number(w->gen, t->text, t->len));
		break;
	case TREE_STRING:
		jsonw_textn(w, t->text, t->len);
		break;
	case TREE_ARRAY:
		jsonw_array(w);
		tree_each(child, t)
			jsonw_tree(w, child);
		jsonw_end_array(w);
		break;
	case TREE_OBJECT:
		jsonw_object(w);
		tree_each(member, t) {
			jsonw_textn(w, member->key, member->key_len);
			jsonw_tree(w, member);
		}
		jsonw_end_object(w);
		break;
	}
}

void
jsonw_opt_text(struct jsonw *w, const char *key, const char *text)
{
	if (!text || !*text)
		return;
	jsonw_key(w, key);
	jsonw_text(w, text);
}

void
jsonw_opt_int(struct jsonw *w, const char *key, int64_t v)
{
	if (!v)
		return;
	jsonw_key(w, key);
	jsonw_int(w, v);
}

void
jsonw_opt_bool(struct jsonw *w, const char *key, bool v)
{
	if (!v)
		return;
	jsonw_key(w, key);
	jsonw_bool(w, v);
}

void
jsonw_opt_time(struct jsonw *w, const char *key, int64_t ms)
{
	if (ms)
		jsonw_key_time(w, key, ms);
}

void
jsonw_key_time(struct jsonw *w, const char *key, int64_t ms)
{
	char text[TIME_TEXT];

	jsonw_key(w, key);
	jsonw_text(w, ms ? time_format(ms, ms % 1000 != 0, text) : NULL);
}
