/*
 * JSON merge patch (RFC 7386) and JSON patch (RFC 6902).  Trees are never
 * changed in place: the result is a new tree that shares what stayed.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/sim/objects/internal.h"

#define OPERATIONS_MAX 10000
#define STEPS_MAX 64

json_t *
objects_merge_patch(json_t *target, json_t *patch)
{
	const char *key;
	json_t *v, *result;

	if (!json_is_object(patch))
		return json_incref(patch);
	result = json_is_object(target) ? json_copy(target) : json_object();
	json_object_foreach(patch, key, v) {
		if (json_is_null(v))
			json_object_del(result, key);
		else
			json_object_set_new(result, key,
					    objects_merge_patch(
						    json_object_get(result,
								    key),
						    v));
	}
	return result;
}

/* ---- JSON pointers ---- */

struct pointer {
	char *text; /* owned; the steps lie in it */
	const char *steps[STEPS_MAX];
	uint32_t n;
};

static bool
pointer_parse(const char *text, struct pointer *p)
{
	char *at, *to;

	*p = (struct pointer){ 0 };
	if (*text && *text != '/')
		return false;
	p->text = xstrdup(text);
	for (at = p->text; *at;) {
		if (p->n == STEPS_MAX)
			return false;
		*at++ = '\0';
		p->steps[p->n++] = to = at;
		for (; *at && *at != '/'; at++) {
			if (*at == '~' && at[1] == '0') {
				*to++ = '~';
				at++;
			} else if (*at == '~' && at[1] == '1') {
				*to++ = '/';
				at++;
			} else {
				*to++ = *at;
			}
		}
		if (to < at)
			*to = '\0';
	}
	return true;
}

/* An index into an array: no sign, no leading zeros. */
static bool
index_parse(const char *text, size_t limit, size_t *index)
{
	char *end;
	unsigned long n;

	if (*text < '0' || *text > '9' || (*text == '0' && text[1]))
		return false;
	n = strtoul(text, &end, 10);
	if (*end || n > limit)
		return false;
	*index = n;
	return true;
}

static json_t *
child(const json_t *node, const char *step)
{
	size_t i;

	if (json_is_object(node))
		return json_object_get(node, step);
	if (json_is_array(node) && index_parse(step, SIZE_MAX - 1, &i))
		return json_array_get(node, i);
	return NULL;
}

static json_t *
pointed(json_t *tree, const struct pointer *p)
{
	for (uint32_t i = 0; tree && i < p->n; i++)
		tree = child(tree, p->steps[i]);
	return tree;
}

enum edit { EDIT_ADD, EDIT_REPLACE, EDIT_REMOVE };

/* The last step: node is a fresh copy. */
static bool
edit_here(json_t *node, const char *step, enum edit edit, json_t *value)
{
	size_t i = 0, n = json_array_size(node);

	if (json_is_object(node)) {
		if (edit != EDIT_ADD && !json_object_get(node, step))
			return false;
		return edit == EDIT_REMOVE
			       ? json_object_del(node, step) == 0
			       : json_object_set(node, step, value) == 0;
	}
	if (!json_is_array(node))
		return false;
	if (edit == EDIT_ADD && strcmp(step, "-") == 0)
		return json_array_append(node, value) == 0;
	if (!index_parse(step, n, &i) || (edit != EDIT_ADD && i == n))
		return false;
	switch (edit) {
	case EDIT_ADD:
		return json_array_insert(node, i, value) == 0;
	case EDIT_REPLACE:
		return json_array_set(node, i, value) == 0;
	default:
		return json_array_remove(node, i) == 0;
	}
}

/* A copy of node with the edit done below it; NULL when it cannot be. */
static json_t *
edited(json_t *node, const struct pointer *p, uint32_t at, enum edit edit,
       json_t *value)
{
	json_t *copy, *below;
	size_t i;

	if (at == p->n)
		return edit == EDIT_REMOVE ? NULL : json_incref(value);
	if (!json_is_object(node) && !json_is_array(node))
		return NULL;
	copy = json_copy(node);
	if (at + 1 == p->n) {
		if (edit_here(copy, p->steps[at], edit, value))
			return copy;
		json_decref(copy);
		return NULL;
	}
	below = child(node, p->steps[at]);
	below = below ? edited(below, p, at + 1, edit, value) : NULL;
	if (!below) {
		json_decref(copy);
		return NULL;
	}
	if (json_is_object(copy))
		json_object_set_new(copy, p->steps[at], below);
	else if (index_parse(p->steps[at], json_array_size(copy), &i))
		json_array_set_new(copy, i, below);
	return copy;
}

/* ---- operations ---- */

static json_t *
operate_on(json_t *tree, const char *op, const struct pointer *path,
	   const struct pointer *from, json_t *value)
{
	json_t *moved, *without, *result;

	if (strcmp(op, "add") == 0)
		return value ? edited(tree, path, 0, EDIT_ADD, value) : NULL;
	if (strcmp(op, "replace") == 0)
		return value ? edited(tree, path, 0, EDIT_REPLACE, value)
			     : NULL;
	if (strcmp(op, "remove") == 0)
		return edited(tree, path, 0, EDIT_REMOVE, NULL);
	if (strcmp(op, "test") == 0) {
		json_t *there = pointed(tree, path);
		bool null = !there || json_is_null(there);

		if (value ? (json_is_null(value) && null) ||
				    (there && json_equal(there, value))
			  : null)
			return json_incref(tree);
		return NULL;
	}
	moved = pointed(tree, from);
	if (!moved)
		return NULL;
	if (strcmp(op, "copy") == 0)
		return edited(tree, path, 0, EDIT_ADD, moved);
	if (strcmp(op, "move") != 0)
		return NULL;
	json_incref(moved);
	without = edited(tree, from, 0, EDIT_REMOVE, NULL);
	result = without ? edited(without, path, 0, EDIT_ADD, moved) : NULL;
	json_decref(without);
	json_decref(moved);
	return result;
}

static json_t *
operate(json_t *tree, const json_t *row)
{
	const char *op = jtext(row, "op"), *to = jtext(row, "path");
	const char *source = jtext(row, "from");
	struct pointer path = { 0 }, from = { 0 };
	json_t *result = NULL;

	if (op && to && pointer_parse(to, &path) &&
	    pointer_parse(str_or_empty(source), &from))
		result = operate_on(tree, op, &path, &from,
				    json_object_get(row, "value"));
	free(path.text);
	free(from.text);
	return result;
}

json_t *
objects_json_patch(json_t *target, json_t *ops, struct status *st)
{
	json_t *tree, *row, *next;
	size_t i;

	if (!json_is_array(ops)) {
		status_fail(st, 400, "BadRequest",
			    "json: cannot unmarshal object into Go value of "
			    "type jsonpatch.Patch");
		return NULL;
	}
	if (json_array_size(ops) > OPERATIONS_MAX) {
		status_fail(st, 413, "RequestEntityTooLarge",
			    "The allowed maximum operations in a JSON patch "
			    "is %d, got %zu", OPERATIONS_MAX,
			    json_array_size(ops));
		return NULL;
	}
	tree = json_incref(target);
	json_array_foreach(ops, i, row) {
		next = operate(tree, row);
		json_decref(tree);
		if (!next || !json_is_object(next)) {
			json_decref(next);
			status_fail(st, 422, "Invalid",
				    "the server rejected our request due to "
				    "an error in our request");
			return NULL;
		}
		tree = next;
	}
	return tree;
}
