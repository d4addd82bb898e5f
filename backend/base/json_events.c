/*
 * yajl's events become one small tree per item.
 *
 * State is a stack of open containers.  Outside items each frame carries the
 * set of item paths that its position still matches, as bits; an array reached
 * through a whole path hands its elements over one by one.  Inside a skipped
 * member only the depth is counted.
 *
 * yajl's own UTF-8 check lets overlong forms and surrogates pass, so it is
 * switched off and strings are checked here.  NUL characters become U+FFFD:
 * texts are C strings everywhere else, and one cut short could pass for
 * another.  Of members with the same name tree_get finds the first.
 */
#include "backend/base/json_reader.h"

#include "backend/base/text.h"

/* The checks that every token passes; false stops yajl. */
static inline bool
token(struct json_reader *r)
{
	size_t limit = r->arena == r->rest_arena ? r->rest_limit : r->limit;

	r->token_offset = r->offset;
	if (__builtin_expect(arena_used(r->arena) > limit, 0))
		return json_too_large(r, limit);
	return true;
}

/* Nearly all text is: eight bytes at a time, the last ones once more. */
static bool
is_ascii(const char *s, size_t len)
{
	uint64_t all = 0, word;
	size_t i;

	if (len < sizeof(word)) {
		for (i = 0; i < len; i++)
			all |= (unsigned char)s[i];
		return !(all & 0x80);
	}
	for (i = 0; i <= len - sizeof(word); i += sizeof(word)) {
		memcpy(&word, s + i, sizeof(word));
		all |= word;
	}
	memcpy(&word, s + len - sizeof(word), sizeof(word));
	return !((all | word) & UINT64_C(0x8080808080808080));
}

static bool
bad_utf8(const char *s, size_t len)
{
	if (is_ascii(s, len))
		return false;
	for (size_t i = 0, n; i < len; i += n) {
		uint32_t code;

		n = utf8_decode(s + i, len - i, &code);
		if (n == 1 && code == 0xfffd)
			return true;
	}
	return false;
}

static bool
check_utf8(struct json_reader *r, const char *s, size_t len)
{
	if (!bad_utf8(s, len))
		return true;
	return err_set(r->err, ERR_BAD,
		       "byte %llu: a JSON string is not valid UTF-8",
		       json_here(r));
}

/* A copy without NUL bytes; *len may grow. */
static const char *
copy_text(struct json_reader *r, const char *s, size_t *len)
{
	struct buf clean;
	const char *copy;

	if (!memchr(s, '\0', *len))
		return arena_strndup(r->arena, s, *len);
	buf_init(&clean, *len * 3 + 1);
	for (size_t i = 0; i < *len; i++)
		buf_add(&clean, s[i] ? &s[i] : "\xef\xbf\xbd", s[i] ? 1 : 3);
	*len = clean.len;
	copy = arena_strndup(r->arena, buf_text(&clean), clean.len);
	buf_fini(&clean);
	return copy;
}

/* ---- where values go ---- */

static bool
inside_item(const struct json_reader *r)
{
	return r->item_path >= 0;
}

/* A new value begins outside any skipped part: its node, linked in place, or
 * the root of a new item where a path says so. */
static struct tree *
place(struct json_reader *r, enum tree_kind kind)
{
	struct json_frame *top = r->depth ? &r->stack[r->depth - 1] : NULL;
	struct tree *t;

	if (!top) { /* a top-level value */
		r->rest = NULL;
		r->rest_done = false;
		if (!r->borrowed)
			arena_reset(r->rest_arena);
		r->arena = r->rest_arena;
	}
	if (!inside_item(r)) {
		int32_t path = top ? top->items : -1;

		for (uint32_t i = 0; !top && i < r->path_count; i++)
			if (!r->spec.items[i][0])
				path = (int32_t)i;
		if (path >= 0) {
			r->item_path = path;
			r->item_depth = r->depth;
			arena_reset(r->item_arena);
			r->arena = r->item_arena;
			return tree_new(r->arena, kind);
		}
	}
	t = tree_new(r->arena, kind);
	if (!top) {
		r->rest = t;
		return t;
	}
	if (top->node->kind == TREE_OBJECT) {
		t->key = r->key;
		t->key_len = r->key_len;
	}
	tree_append(top->node, &top->last, t);
	return t;
}

/* A value is complete; t is its node. */
static bool
finish(struct json_reader *r, const struct tree *t)
{
	if (r->depth == 0) {
		r->values++;
		r->value_offset = json_here(r);
	}
	if (inside_item(r) && r->depth == r->item_depth) {
		const char *path = r->spec.items[r->item_path];

		r->item_path = -1;
		r->arena = r->rest_arena;
		return r->spec.on_item(r->spec.ctx, path, t, r->err);
	}
	if (r->depth == 0)
		r->rest_done = true;
	return true;
}

/* ---- yajl's events ---- */

/* True when the container that begins belongs to a skipped member. */
static inline bool
skipped(struct json_reader *r)
{
	if (r->skip_value) {
		r->skip_value = false;
		return true;
	}
	return r->skip_depth > 0;
}

/* The same of a scalar: under a skipped name it is no subtree and stays, since
 * a label may bear any name. */
static inline bool
skipped_scalar(struct json_reader *r)
{
	r->skip_value = false;
	return r->skip_depth > 0;
}

static int
on_scalar(struct json_reader *r, enum tree_kind kind, const char *text,
	  size_t len)
{
	struct tree *t;

	if (!token(r))
		return 0;
	if (skipped_scalar(r))
		return 1;
	t = place(r, kind);
	if (text) {
		t->text = copy_text(r, text, &len);
		t->len = (uint32_t)len;
	}
	return finish(r, t);
}

static int
on_null(void *ctx)
{
	return on_scalar(ctx, TREE_NULL, NULL, 0);
}

static int
on_boolean(void *ctx, int value)
{
	struct json_reader *r = ctx;
	struct tree *t;

	if (!token(r))
		return 0;
	if (skipped_scalar(r))
		return 1;
	t = place(r, TREE_BOOL);
	t->flag = value;
	return finish(r, t);
}

static int
on_number(void *ctx, const char *text, size_t len)
{
	return on_scalar(ctx, TREE_NUMBER, text, len);
}

static int
on_string(void *ctx, const unsigned char *text, size_t len)
{
	struct json_reader *r = ctx;

	if (!check_utf8(r, (const char *)text, len))
		return 0;
	return on_scalar(r, TREE_STRING, (const char *)text, len);
}

static bool
is_skipped_name(const struct json_reader *r, const char *key, size_t len)
{
	if (!(r->skip_lengths >> (len & 63) & 1))
		return false;
	for (uint32_t i = 0; i < r->skip_count; i++)
		if (r->skip_len[i] == len &&
		    memcmp(r->spec.skip[i], key, len) == 0)
			return true;
	return false;
}

/* The paths of `match` whose segment number `level` is this name. */
static uint64_t
match_segment(const struct json_reader *r, uint64_t match, uint32_t level,
	      const char *key, size_t len)
{
	for (uint32_t i = 0; i < r->path_count; i++) {
		const char *p = r->spec.items[i];

		if (!(match >> i & 1))
			continue;
		for (uint32_t skip = level; skip && p; skip--) {
			p = strchr(p, '.');
			p = p ? p + 1 : NULL;
		}
		if (!p || strcspn(p, ".") != len || memcmp(p, key, len) != 0)
			match &= ~(UINT64_C(1) << i);
	}
	return match;
}

static int
on_key(void *ctx, const unsigned char *text, size_t len)
{
	struct json_reader *r = ctx;
	const char *key = (const char *)text;
	struct json_frame *top;

	if (!check_utf8(r, key, len) || !token(r))
		return 0;
	if (r->skip_depth)
		return 1;
	r->skip_value = is_skipped_name(r, key, len);
	top = &r->stack[r->depth - 1];
	r->key_match = top->match && !inside_item(r)
			       ? match_segment(r, top->match, r->depth - 1,
					       key, len)
			       : 0;
	r->key = copy_text(r, key, &len);
	r->key_len = (uint32_t)len;
	return 1;
}

/* The path that ends at `level` segments, among those still matching. */
static int32_t
path_ending(const struct json_reader *r, uint64_t match, uint32_t level)
{
	for (uint32_t i = 0; match >> i; i++) {
		uint32_t segments = 1;

		for (const char *p = r->spec.items[i]; *p; p++)
			segments += *p == '.';
		if ((match >> i & 1) && segments == level)
			return (int32_t)i;
		if (i == PATHS_MAX - 1)
			break;
	}
	return -1;
}

static int
on_open(struct json_reader *r, enum tree_kind kind)
{
	struct json_frame *top, *f;
	struct tree *t;
	uint64_t match = 0;

	if (!token(r))
		return 0;
	if (r->depth + r->skip_depth >= r->depth_limit)
		return err_set(r->err, ERR_LIMIT,
			       "byte %llu: JSON nested deeper than %u levels",
			       json_here(r), r->depth_limit);
	if (skipped(r)) {
		r->skip_depth++;
		return 1;
	}
	top = r->depth ? &r->stack[r->depth - 1] : NULL;
	t = place(r, kind);
	if (!inside_item(r)) {
		if (!top)
			match = r->path_count == PATHS_MAX
					? UINT64_MAX
					: (UINT64_C(1) << r->path_count) - 1;
		else if (top->node->kind == TREE_OBJECT)
			match = r->key_match;
	}
	f = &r->stack[r->depth++];
	*f = (struct json_frame){ .node = t, .match = match, .items = -1 };
	if (match && kind == TREE_ARRAY) {
		f->items = path_ending(r, match, r->depth - 1);
		f->match = 0;
	}
	return 1;
}

static int
on_close(void *ctx)
{
	struct json_reader *r = ctx;

	if (!token(r))
		return 0;
	if (r->skip_depth) {
		r->skip_depth--;
		return 1;
	}
	r->depth--;
	return finish(r, r->stack[r->depth].node);
}

static int
on_start_map(void *ctx)
{
	return on_open(ctx, TREE_OBJECT);
}

static int
on_start_array(void *ctx)
{
	return on_open(ctx, TREE_ARRAY);
}

const yajl_callbacks json_events = {
	.yajl_null = on_null,
	.yajl_boolean = on_boolean,
	.yajl_number = on_number,
	.yajl_string = on_string,
	.yajl_start_map = on_start_map,
	.yajl_map_key = on_key,
	.yajl_end_map = on_close,
	.yajl_start_array = on_start_array,
	.yajl_end_array = on_close,
};
