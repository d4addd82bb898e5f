/*
 * Maps of texts and metadata, which every Kubernetes object has.
 */
#include "backend/decode/parts.h"

#include <stdlib.h>

/* ---- maps of texts ---- */

static int
member_order(const void *a, const void *b)
{
	const struct one_member *x = a, *y = b;
	int diff = strcmp(x->t->key, y->t->key);

	return diff ? diff : (x->place > y->place) - (x->place < y->place);
}

static void
members_sort(struct member_list *l)
{
	uint32_t kept = 0;

	qsort(l->at, l->n, sizeof(*l->at), member_order);
	for (uint32_t i = 0; i < l->n; i++) {
		if (kept &&
		    strcmp(l->at[kept - 1].t->key, l->at[i].t->key) == 0)
			kept--;
		l->at[kept++] = l->at[i];
	}
	l->n = kept;
}

void
members_of(struct member_list *l, const struct tree *t,
	   bool (*keep)(const char *key, size_t len))
{
	const char *before = NULL;

	l->n = 0;
	l->sorted = true;
	l->at = l->few;
	if (t->len > ARRAY_LEN(l->few))
		l->at = xmalloc(t->len * sizeof(*l->at));
	tree_each(c, t) {
		if (keep && !keep(c->key, c->key_len))
			continue;
		if (before && strcmp(before, c->key) >= 0)
			l->sorted = false;
		before = c->key;
		l->at[l->n] = (struct one_member){ c, l->n };
		l->n++;
	}
	/* API servers write maps in order, so this is rare. */
	if (!l->sorted)
		members_sort(l);
}

void
members_drop(struct member_list *l)
{
	if (l->at != l->few)
		free(l->at);
}

static bool
read_map(struct wire *w, struct labels *labels, const struct tree *t,
	 bool (*keep)(const char *key, size_t len))
{
	struct member_list l;
	struct label *at;
	bool ok = true;

	if (!wire_object(w, t))
		return false;
	if (t->kind == TREE_NULL)
		return true;
	members_of(&l, t, keep);
	at = seal_array(w->seal, &labels->at, l.n, sizeof(*at));
	labels->n = l.n;
	for (uint32_t i = 0; i < l.n && ok; i++) {
		seal_known(w->seal, &at[i].key, l.at[i].t->key,
			   l.at[i].t->key_len);
		at[i].value = "";
		ok = wire_known(w, &at[i].value, l.at[i].t);
		if (!ok)
			wire_under_tree(w, l.at[i].t);
	}
	members_drop(&l);
	return ok;
}

bool
read_labels(struct wire *w, void *labels, const struct tree *t)
{
	return read_map(w, labels, t, NULL);
}

bool
read_annotations(struct wire *w, void *labels, const struct tree *t)
{
	return read_map(w, labels, t, meta_keeps_annotation);
}

void
write_labels(struct out *o, const char *key, const void *base)
{
	const struct labels *l = base;

	if (!l->n)
		return;
	jsonw_object(out_key(o, key));
	for (uint32_t i = 0; i < l->n; i++) {
		jsonw_key(o->w, l->at[i].key);
		jsonw_text(o->w, l->at[i].value);
	}
	jsonw_end_object(o->w);
}

/* ---- metadata ---- */

#define OF struct meta
static const struct field owner_rows[] = {
	F_MAYBE("kind", owner_kind),
	F_COMMON("name", owner_name),
	F_COMMON("uid", owner_uid),
	F_KNOWN("apiVersion", owner_api),
};
FIELDS(owner);

/* Of the owners only the controlling one is kept. */
static bool
read_owners(struct wire *w, void *base, const struct tree *t)
{
	struct meta *meta = base;
	uint32_t i = 0;

	if (!wire_list(w, t))
		return false;
	tree_each(c, t) {
		const struct tree *controls = tree_get(c, "controller");
		bool is_controller = false;

		if (!wire_object(w, c))
			return wire_under_index(w, i);
		if (controls && !wire_bool(w, &is_controller, controls)) {
			wire_under(w, "controller");
			return wire_under_index(w, i);
		}
		if (is_controller) {
			if (!wire_fields(w, meta, c, &owner_fields))
				return wire_under_index(w, i);
			if (!meta->owner_kind)
				meta->owner_kind = "";
		}
		i++;
	}
	return true;
}

static void
write_owners(struct out *o, const char *key, const void *base)
{
	const struct meta *meta = base;

	if (!meta->owner_kind)
		return;
	jsonw_array(out_key(o, key));
	jsonw_object(o->w);
	out_fields(o, meta, &owner_fields);
	out_bool(o, "controller", true);
	jsonw_end_object(o->w);
	jsonw_end_array(o->w);
}

static bool
read_finalizers(struct wire *w, void *base, const struct tree *t)
{
	uint32_t *n = base;

	if (!wire_list(w, t))
		return false;
	*n = t->kind == TREE_NULL ? 0 : t->len;
	return true;
}

/* Only how many is kept, so that is what can be written. */
static void
write_finalizers(struct out *o, const char *key, const void *base)
{
	const uint32_t *n = base;

	if (!*n)
		return;
	jsonw_array(out_key(o, key));
	for (uint32_t i = 0; i < *n; i++)
		jsonw_text(o->w, "kept-as-a-number");
	jsonw_end_array(o->w);
}

/* clang-format off */
static const struct field meta_rows[] = {
	F_TEXT("name", name),
	F_KNOWN("namespace", ns),
	F_TEXT("uid", uid),
	F_TEXT("resourceVersion", rv),
	F_TIME("creationTimestamp", created_ms),
	F_TIME("deletionTimestamp", deleted_ms),
	F_I64("generation", generation, 0),
	F_CUSTOM_AT("labels", labels, read_labels, write_labels),
	F_CUSTOM_AT("annotations", annotations, read_annotations, write_labels),
	F_CUSTOM("ownerReferences", read_owners, write_owners),
	F_CUSTOM_AT("finalizers", finalizers, read_finalizers,
		    write_finalizers),
};
/* clang-format on */
FIELDS(meta);
#undef OF

bool
read_meta(struct wire *w, void *meta, const struct tree *t)
{
	return wire_fields(w, meta, t, &meta_fields);
}

void
write_meta(struct out *o, const char *key, const void *meta)
{
	uint32_t mark = out_open(o, key);

	out_fields(o, meta, &meta_fields);
	out_close(o, mark);
}
