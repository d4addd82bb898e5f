/*
 * Parts that several AWS answers share.
 */
#include "backend/decode/aws_parts.h"

#include <stdlib.h>

#include "backend/base/map.h"

#define OF struct group_tag
static const struct field tag_rows[] = {
	F_TEXT("Key", key),
	F_TEXT("Value", value),
	F_BOOL("PropagateAtLaunch", at_launch),
};
#undef OF

const struct fields tag_fields = { tag_rows, ARRAY_LEN(tag_rows) };

/* ---- canonical text of requirements ---- */

/* The API's own are three levels deep and a few hundred bytes long. */
enum { REQUIREMENTS_DEPTH = 8, REQUIREMENTS_BYTES = 64 << 10 };

static int
key_order(const void *a, const void *b)
{
	const struct tree *x = *(const struct tree *const *)a;
	const struct tree *y = *(const struct tree *const *)b;

	return strcmp(x->key, y->key);
}

/* XML has only text: a member that reads as a number or a boolean is one.
 * Elements of arrays are names of types and the like: always text. */
static void
canonical_scalar(struct buf *out, const struct tree *t)
{
	const char *text = str_or_empty(tree_text(t));
	size_t len = strlen(text);
	bool number = len > 0 && len < 18 &&
		      strspn(text, "0123456789.") == len &&
		      text[0] != '.' && text[len - 1] != '.' &&
		      (text[0] != '0' || len == 1 || text[1] == '.') &&
		      (!strchr(text, '.') ||
		       strchr(text, '.') == strrchr(text, '.'));

	if (t->kind == TREE_BOOL)
		buf_puts(out, t->flag ? "true" : "false");
	else if (t->key && (number || strcmp(text, "true") == 0 ||
			    strcmp(text, "false") == 0))
		buf_puts(out, text);
	else
		buf_json_string(out, text, len);
}

static bool
canonical(struct buf *out, const struct tree *t, int depth)
{
	VEC(const struct tree *) children = { 0 };
	bool ok = true;

	if (t->kind != TREE_OBJECT && t->kind != TREE_ARRAY) {
		canonical_scalar(out, t);
		return true;
	}
	if (depth == REQUIREMENTS_DEPTH)
		return false;
	tree_each(c, t)
		if (c->kind != TREE_NULL)
			vec_push(&children, c);
	if (t->kind == TREE_OBJECT && children.n > 1)
		qsort(children.at, children.n, sizeof(*children.at),
		      key_order);
	buf_putc(out, t->kind == TREE_OBJECT ? '{' : '[');
	for (uint32_t i = 0; ok && i < children.n; i++) {
		const struct tree *c = children.at[i];

		buf_puts(out, i ? "," : "");
		if (t->kind == TREE_OBJECT) {
			buf_json_string(out, c->key, c->key_len);
			buf_putc(out, ':');
		}
		ok = canonical(out, c, depth + 1);
	}
	buf_putc(out, t->kind == TREE_OBJECT ? '}' : ']');
	vec_free(&children);
	return ok;
}

bool
canonical_requirements(struct buf *out, const struct tree *t)
{
	return canonical(out, t, 0) && buf_ok(out);
}

void
write_canonical(struct out *o, const char *key, const char *text)
{
	struct arena *a = arena_new();
	const struct tree *t = json_parse(a, text, strlen(text), NULL);

	/* It was written by canonical(), so that it parses. */
	if (t)
		jsonw_tree(out_key(o, key), t);
	arena_free(a);
}

/* ---- requirements ---- */

#define OF struct type_requirements
static const struct field vcpu_rows[] = {
	F_I64("Min", vcpu_min, -1),
	F_I64("Max", vcpu_max, -1),
};
FIELDS(vcpu);

static const struct field memory_rows[] = {
	F_I64("Min", memory_min_mib, -1),
	F_I64("Max", memory_max_mib, -1),
};
FIELDS(memory);

static const struct field accelerator_rows[] = {
	F_I64("Min", accelerator_min, -1),
};
FIELDS(accelerator);

static const struct field requirements_rows[] = {
	F_INSIDE("VCpuCount", vcpu_fields),
	F_INSIDE("MemoryMiB", memory_fields),
	F_INSIDE("AcceleratorCount", accelerator_fields),
	F_TEXTS("AcceleratorTypes", accelerator_types, type_n),
	F_TEXTS("AcceleratorManufacturers", accelerator_makers, maker_n),
};
FIELDS(requirements);
#undef OF

bool
read_requirements(struct wire *w, void *slot, const struct tree *t)
{
	struct type_requirements *q;
	struct buf text;
	bool ok;

	if (!wire_object(w, t))
		return false;
	if (t->kind == TREE_NULL)
		return true;
	q = seal_array(w->seal, slot, 1, sizeof(*q));
	shape_blank(&shape_type_requirements, q);
	if (!wire_fields(w, q, t, &requirements_fields))
		return false;
	buf_init(&text, REQUIREMENTS_BYTES);
	ok = canonical_requirements(&text, t) ||
	     wire_fail(w, "deeper than %d levels or longer than %d bytes",
		       REQUIREMENTS_DEPTH, REQUIREMENTS_BYTES);
	seal_textn(w->seal, &q->text, buf_text(&text), text.len);
	q->digest = hash_text(q->text);
	buf_fini(&text);
	return ok;
}

void
write_requirements(struct out *o, const char *key, const void *slot)
{
	const struct type_requirements *q;

	memcpy(&q, slot, sizeof(q));
	if (q)
		write_canonical(o, key, q->text);
}

/* ---- one text of each object ---- */

bool
read_picked(struct wire *w, const char *const **slot, uint32_t *n,
	    const struct tree *t, const char *member)
{
	const char **at;
	uint32_t i = 0;

	if (!wire_list(w, t))
		return false;
	if (t->kind == TREE_NULL)
		return true;
	at = seal_array(w->seal, slot, t->len, sizeof(*at));
	*n = t->len;
	tree_each(c, t) {
		const struct tree *text = tree_get(c, member);

		at[i] = "";
		if (!wire_object(w, c))
			return wire_under_index(w, i);
		if (text && !wire_known(w, &at[i], text)) {
			wire_under(w, member);
			return wire_under_index(w, i);
		}
		i++;
	}
	return true;
}

void
write_picked(struct out *o, const char *key, const char *member,
	     const char *const *texts, uint32_t n)
{
	if (!n)
		return;
	jsonw_array(out_key(o, key));
	for (uint32_t i = 0; i < n; i++) {
		jsonw_object(o->w);
		jsonw_key(o->w, member);
		jsonw_text(o->w, texts[i]);
		jsonw_end_object(o->w);
	}
	jsonw_end_array(o->w);
}
