/*
 * Incremental JSON: yajl's events become one small tree per item.
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
#include "backend/base/json.h"

#include <stdlib.h>
#include <yajl/yajl_parse.h>

#include "backend/base/text.h"

#define ITEM_LIMIT_BYTES ((size_t)8 << 20)
#define DEPTH_LIMIT 64u
#define PATHS_MAX 64u

struct frame {
	struct tree *node, *last; /* node NULL: an item array's frame only */
	uint64_t match;		  /* item paths still possible below */
	int32_t items;		  /* path whose elements these are, or -1 */
};

struct json_reader {
	yajl_handle yajl;
	struct json_spec spec;
	size_t limit;
	uint32_t depth_limit;

	uint32_t path_count;
	uint32_t skip_count;
	uint32_t *skip_len;
	uint64_t skip_lengths; /* bit n: some skipped name has n bytes */

	struct frame *stack; /* depth_limit + 1 */
	uint32_t depth;	     /* frames in use */
	uint32_t skip_depth; /* containers open inside a skipped member */
	bool skip_value;     /* the next value belongs to a skipped name */

	/* The pending member name, in the arena of what is being built. */
	const char *key;
	uint32_t key_len;
	uint64_t key_match;

	struct arena *item_arena, *rest_arena, *arena; /* arena: current */
	int32_t item_path;	/* path of the open item, or -1 */
	uint32_t item_depth;	/* frames below the open item */
	struct tree *rest;
	bool rest_done, begun, failed;

	uint64_t offset;       /* bytes fed, the running feed included */
	uint64_t feed_offset;  /* where the running feed began */
	uint64_t token_offset; /* offset at the last complete token */
	bool borrowed;	       /* rest_arena is the caller's */
	struct err *err;       /* of the running feed */
};

/* Bytes of the stream that the parser has taken, a bad one included. */
static unsigned long long
here(const struct json_reader *r)
{
	uint64_t at = r->feed_offset + yajl_get_bytes_consumed(r->yajl);

	/* At the end yajl feeds itself a space that is not the stream's. */
	return at < r->offset ? at : r->offset;
}

static bool
too_large(struct json_reader *r)
{
	return err_set(r->err, ERR_LIMIT,
		       "byte %llu: a JSON item is larger than %zu bytes",
		       here(r), r->limit);
}

/* The checks that every token passes; false stops yajl. */
static inline bool
token(struct json_reader *r)
{
	r->token_offset = r->offset;
	if (__builtin_expect(arena_used(r->arena) > r->limit, 0))
		return too_large(r);
	return true;
}

static bool
bad_utf8(const char *s, size_t len)
{
	size_t i = 0;

	while (i < len) {
		uint32_t code;
		uint64_t word;
		size_t n;

		if (len - i >= sizeof(word)) {
			memcpy(&word, s + i, sizeof(word));
			if (!(word & UINT64_C(0x8080808080808080))) {
				i += sizeof(word);
				continue;
			}
		}
		n = utf8_decode(s + i, len - i, &code);
		if (n == 1 && code == 0xfffd)
			return true;
		i += n;
	}
	return false;
}

static bool
check_utf8(struct json_reader *r, const char *s, size_t len)
{
	if (!bad_utf8(s, len))
		return true;
	return err_set(r->err, ERR_BAD,
		       "byte %llu: a JSON string is not valid UTF-8", here(r));
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

/* A new value begins outside any skipped part: its node, linked in place.
 * Opens an item where a path says so. */
static struct tree *
place(struct json_reader *r, enum tree_kind kind)
{
	struct frame *top = r->depth ? &r->stack[r->depth - 1] : NULL;
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

/* True when the value belongs to a skipped member. */
static inline bool
skipped(struct json_reader *r)
{
	if (r->skip_value) {
		r->skip_value = false;
		return true;
	}
	return r->skip_depth > 0;
}

static int
on_scalar(struct json_reader *r, enum tree_kind kind, const char *text,
	  size_t len)
{
	struct tree *t;

	if (!token(r))
		return 0;
	if (skipped(r))
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
	if (skipped(r))
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
	struct frame *top;

	if (!check_utf8(r, key, len) || !token(r))
		return 0;
	if (r->skip_depth)
		return 1;
	if (is_skipped_name(r, key, len)) {
		r->skip_value = true;
		return 1;
	}
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
	struct frame *top, *f;
	struct tree *t;
	uint64_t match = 0;

	if (!token(r))
		return 0;
	if (r->depth + r->skip_depth >= r->depth_limit)
		return err_set(r->err, ERR_LIMIT,
			       "byte %llu: JSON nested deeper than %u levels",
			       here(r), r->depth_limit);
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
	*f = (struct frame){ .node = t, .match = match, .items = -1 };
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

static const yajl_callbacks callbacks = {
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

/* ---- the reader ---- */

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
	r->yajl = yajl_alloc(&callbacks, &funcs, r);
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
		here(r), (int)strcspn(text, "\n"), text);
	yajl_free_error(r->yajl, raw);
	return false;
}

static bool
all_space(const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!strchr(" \t\r\n", bytes[i]) || !bytes[i])
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

bool
json_reader_feed(struct json_reader *r, const char *bytes, size_t len,
		 struct err *err)
{
	struct err own = { .code = ERR_NONE };
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
		too_large(r);
		status = yajl_status_client_canceled;
	}
	return settle(r, status, &own, err);
}

bool
json_reader_end(struct json_reader *r, struct err *err)
{
	struct err own = { .code = ERR_NONE };
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
	return settle(r, status, &own, err);
}

const struct tree *
json_reader_rest(const struct json_reader *r)
{
	return r->rest_done ? r->rest : NULL;
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
	r.limit = SIZE_MAX;
	r.rest_arena = r.arena = a;
	r.borrowed = true;
	if (json_reader_feed(&r, bytes, len, err) && json_reader_end(&r, err))
		t = r.rest;
	reader_fini(&r);
	return t;
}
