/*
 * Incremental JSON (yajl underneath): bytes in, one small tree per item out.
 *
 * A reader is told which paths hold items.  Each value found there is built as
 * a tree in an arena of its own, handed over, and forgotten, so that a list of
 * 150,000 pods never exists in memory.  What is not an item builds the "rest"
 * (resourceVersion, continue ...).  Objects and arrays under a
 * name in `skip` are not built at all; a text there stays, since a label may
 * bear any name.
 *
 * Paths: "" is the top-level value itself (watch streams: many values in a
 * row); "items" the elements of the array member items; "kubernetes.pods" the
 * elements of a nested array.  At most 64 of them.
 *
 * Numbers keep their text.  Strings are valid UTF-8 and hold no NUL: one in the
 * input becomes U+FFFD.  Where a name occurs twice both members are kept and
 * tree_get finds the first.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "backend/base/buf.h"
#include "backend/base/tree.h"

struct json_reader;

struct json_spec {
	const char *const *items; /* NULL terminated paths; NULL: none */
	const char *const *skip;  /* NULL terminated member names, any depth */
	/* 0: 8 MiB; an item that takes more as a tree, or one token longer
	 * than this, is ERR_LIMIT. */
	size_t item_limit_bytes;
	size_t rest_limit_bytes;  /* of the rest; 0: as much as an item */
	uint32_t depth_limit;	  /* 0: 64 */
	bool many;		  /* several top-level values may follow */
	/* Called for every item as soon as its last byte is in; the tree dies
	 * when it returns.  False stops the reader with the err it set. */
	bool (*on_item)(void *ctx, const char *path, const struct tree *item,
			struct err *err);
	void *ctx;
};

struct json_reader *json_reader_new(const struct json_spec *spec);
void json_reader_free(struct json_reader *r);
NODISCARD bool json_reader_feed(struct json_reader *r, const char *bytes,
				size_t len, struct err *err);
/* Call at the end of input; fails when the input stopped half-way. */
NODISCARD bool json_reader_end(struct json_reader *r, struct err *err);
/* Everything outside the items; lives until the reader is freed or the next
 * top-level value begins.  NULL before it is complete. */
const struct tree *json_reader_rest(const struct json_reader *r);
/* The path of the item that is being read, or broke off; NULL: none is. */
const char *json_reader_item(const struct json_reader *r);
/* Bytes fed so far: where an error stood. */
uint64_t json_reader_offset(const struct json_reader *r);

/* A whole small document at once; NULL with err set.  The tree lives in a. */
const struct tree *json_parse(struct arena *a, const char *bytes, size_t len,
			      struct err *err);

/* ---- writing (yajl_gen underneath), streaming into a sink ---- */

struct jsonw;
/* The sink gets pieces in order; it returns false to stop (sticky). */
struct jsonw *jsonw_new(bool (*sink)(void *ctx, const char *b, size_t n),
			void *ctx, bool pretty);
struct jsonw *jsonw_new_buf(struct buf *out, bool pretty);
/* Flushes, frees; false when the sink or the grammar failed. */
bool jsonw_done(struct jsonw *w);
void jsonw_object(struct jsonw *w);
void jsonw_end_object(struct jsonw *w);
void jsonw_array(struct jsonw *w);
void jsonw_end_array(struct jsonw *w);
void jsonw_key(struct jsonw *w, const char *key);
void jsonw_null(struct jsonw *w);
void jsonw_bool(struct jsonw *w, bool v);
void jsonw_int(struct jsonw *w, int64_t v);
void jsonw_real(struct jsonw *w, double v); /* shortest that reads back */
void jsonw_text(struct jsonw *w, const char *text); /* NULL writes null */
void jsonw_textn(struct jsonw *w, const char *text, size_t len);
void jsonw_tree(struct jsonw *w, const struct tree *t);
/* key + value, left out when NULL, "" or 0: optional API fields. */
void jsonw_opt_text(struct jsonw *w, const char *key, const char *text);
void jsonw_opt_int(struct jsonw *w, const char *key, int64_t v);
void jsonw_opt_bool(struct jsonw *w, const char *key, bool v);
void jsonw_opt_time(struct jsonw *w, const char *key, int64_t ms);
/* key + RFC 3339, milliseconds only where there are some; null when 0: files
 * whose keys are always there. */
void jsonw_key_time(struct jsonw *w, const char *key, int64_t ms);

#endif
