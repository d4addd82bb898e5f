/*
 * JSON reader: jansson judges validity and content; pieces equal the whole.
 */
#include <jansson.h>

#include "backend/base/json.h"
#include "tests/fuzz/fuzz.h"

#define LIMIT_BYTES ((size_t)16 << 20)

static bool
on_item(void *ctx, const char *path, const struct tree *item, struct err *err)
{
	struct buf *out = ctx;
	struct jsonw *w = jsonw_new_buf(out, false);

	(void)path;
	(void)err;
	jsonw_tree(w, item);
	must(jsonw_done(w));
	buf_putc(out, ';');
	return true;
}

/* Feeds in pieces; what was heard goes to out. */
static bool
read_pieces(const char *text, size_t len, size_t step, bool many,
	    struct buf *out, struct err *err)
{
	static const char *const top[] = { "", NULL };
	static const char *const lists[] = { "a", "b.c", "items", NULL };
	static const char *const skip[] = { "s", "skip", NULL };
	struct json_spec spec = {
		.items = many ? top : lists,
		.skip = many ? NULL : skip,
		.many = many,
		.on_item = on_item,
		.ctx = out,
	};
	struct json_reader *r = json_reader_new(&spec);
	bool ok = true;

	buf_init(out, LIMIT_BYTES);
	for (size_t at = 0; ok && at < len; at += step)
		ok = json_reader_feed(r, text + at,
				      len - at < step ? len - at : step, err);
	ok = ok && json_reader_end(r, err);
	if (ok && json_reader_rest(r))
		on_item(out, "", json_reader_rest(r), err);
	json_reader_free(r);
	return ok;
}

static void
check_pieces(const char *text, size_t len, size_t step, bool many)
{
	struct err err = { .code = ERR_NONE };
	struct buf whole, pieces;
	bool ok = read_pieces(text, len, len + 1, many, &whole, &err);

	must(ok == read_pieces(text, len, step, many, &pieces, &err));
	if (ok)
		must(str_eq(buf_text(&whole), buf_text(&pieces)));
	else
		must(err.code != ERR_NONE && err.text[0]);
	buf_fini(&whole);
	buf_fini(&pieces);
}

/* Where jansson is stricter by choice, or the depth differs; and yajl takes
 * form feed and vertical tab for blanks. */
static bool
excused(const json_error_t *error, const char *text, size_t len)
{
	if (memchr(text, '\f', len) || memchr(text, '\v', len))
		return true;
	switch (json_error_code(error)) {
	case json_error_numeric_overflow:
	case json_error_null_byte_in_key:
	case json_error_null_character:
	case json_error_stack_overflow:
		return true;
	default:
		/* Half a surrogate pair as an escape becomes '?'. */
		return strstr(error->text, "invalid Unicode") != NULL;
	}
}

static bool
has_null(const char *text, size_t len)
{
	return memmem(text, len, "\\u0000", 6) != NULL;
}

static void
check_oracle(const char *text, size_t len)
{
	struct arena *a = arena_new();
	struct err err = { .code = ERR_NONE };
	json_error_t error;
	const struct tree *t = json_parse(a, text, len, &err);
	json_t *j = json_loadb(text, len,
			       JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);

	/* jansson skips a NUL byte that follows a word. */
	if (j && !t)
		must(err.code == ERR_LIMIT || memchr(text, '\0', len));
	if (t && !j)
		must(excused(&error, text, len));
	if (t && j && !has_null(text, len)) {
		struct jsonw *w;
		struct buf out;
		json_t *back;

		buf_init(&out, LIMIT_BYTES);
		w = jsonw_new_buf(&out, len % 2);
		jsonw_tree(w, t);
		must(jsonw_done(w));
		back = json_loadb(out.at, out.len, JSON_DECODE_ANY, &error);
		must(back && json_equal(back, j));
		json_decref(back);
		buf_fini(&out);
	}
	json_decref(j);
	arena_free(a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t step;
	char *text;

	if (size < 1)
		return 0;
	step = data[0] % 13 + 1;
	/* A copy of exact size, so that reading past it is seen. */
	size--;
	text = xmemdup(data + 1, size);
	check_pieces(text, size, step, false);
	check_pieces(text, size, step, true);
	check_oracle(text, size);
	free(text);
	return 0;
}
