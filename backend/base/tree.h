/*
 * The neutral tree: what JSON, YAML and XML become before decoding.
 *
 * Nodes and texts live in an arena and die with it; a tree is read-only once
 * built.  Decoders read trees and know nothing of where the bytes came from, so
 * that the live clients, world files and the simulated cloud share them.
 *
 * All readers accept NULL and answer "absent", so that paths chain:
 * tree_text(tree_get(tree_get(t, "metadata"), "name")).
 */
#ifndef BASE_TREE_H
#define BASE_TREE_H

#include "backend/base/err.h"

enum tree_kind {
	TREE_NULL,
	TREE_BOOL,
	TREE_NUMBER, /* text as written; see tree_int and tree_real */
	TREE_STRING,
	TREE_ARRAY,
	TREE_OBJECT,
};

struct tree {
	uint8_t kind;	   /* enum tree_kind */
	bool flag;	   /* TREE_BOOL */
	uint32_t len;	   /* bytes of text, or number of children */
	uint32_t key_len;
	uint32_t line;	   /* 1-based source line for YAML, else 0 */
	const char *key;   /* member name inside an object, else NULL */
	union {
		const char *text;   /* NUMBER, STRING; NUL terminated */
		struct tree *first; /* ARRAY, OBJECT */
	};
	struct tree *next; /* sibling */
};

/* ---- building (parsers only) ---- */

struct tree *tree_new(struct arena *a, enum tree_kind kind);
/* Appends in O(1) given the last child so far (NULL when first). */
void tree_append(struct tree *parent, struct tree **last, struct tree *child);

/* ---- reading ---- */

const struct tree *tree_get(const struct tree *object, const char *key);
/* Dotted path without escapes: tree_at(t, "spec.containers"). */
const struct tree *tree_at(const struct tree *t, const char *path);
const struct tree *tree_index(const struct tree *array, uint32_t i);
bool tree_is(const struct tree *t, enum tree_kind kind);
/* Text of a STRING (or NUMBER); NULL when absent or another kind. */
const char *tree_text(const struct tree *t);
bool tree_bool(const struct tree *t, bool absent);
/* Whole numbers, also from a STRING that holds one (AWS XML). */
bool tree_int(const struct tree *t, int64_t *value);
bool tree_real(const struct tree *t, double *value);
/* RFC 3339 text, or a number of epoch seconds; 0 when absent. */
bool tree_time(const struct tree *t, int64_t *ms);

#define tree_each(child, parent)                                            \
	for (const struct tree *child = tree_first_(parent); child;         \
	     child = child->next)

static inline const struct tree *
tree_first_(const struct tree *t)
{
	return t && (t->kind == TREE_ARRAY || t->kind == TREE_OBJECT)
		       ? t->first
		       : NULL;
}

const char *tree_kind_name(const struct tree *t);

/* Fails with ERR_BAD "PATH: wanted KIND, found KIND" when t is present (and
 * not null) but of another kind; absent passes. */
bool tree_want(const struct tree *t, enum tree_kind kind, const char *path,
	       struct err *err);

#endif
