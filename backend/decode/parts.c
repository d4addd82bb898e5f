/*
 * Parts of Kubernetes objects that many kinds share.
 */
#include "backend/decode/parts.h"

#include <stdlib.h>

#include "backend/base/quantity.h"

/* ---- maps of texts ---- */

/* Members of an object in order of key; of equal keys the last one counts, as
 * Go reads JSON. */
struct member_list {
	struct one_member {
		const struct tree *t;
		uint32_t place;
	} few[48], *at;
	uint32_t n;
	bool sorted;
};

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

static void
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

static void
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
	F_TEXT("name", owner_name),
	F_TEXT("uid", owner_uid),
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

/* ---- requirements ---- */

static const char *const operators[] = {
	[OP_IN] = "In",		[OP_NOT_IN] = "NotIn",
	[OP_EXISTS] = "Exists", [OP_NOT_EXISTS] = "DoesNotExist",
	[OP_GT] = "Gt",		[OP_LT] = "Lt",
};

static bool
read_operator(struct wire *w, void *base, const struct tree *t)
{
	uint8_t *op = base;

	if (t->kind != TREE_STRING)
		return wire_wrong(w, "string", t);
	for (size_t i = 0; i < ARRAY_LEN(operators); i++) {
		if (strcmp(operators[i], t->text) == 0) {
			*op = (uint8_t)i;
			return true;
		}
	}
	/* Guessing here would place pods where they must not go. */
	return wire_fail(w, "not an operator: \"%.48s\"", t->text);
}

static void
write_operator(struct out *o, const char *key, const void *base)
{
	jsonw_text(out_key(o, key), operators[*(const uint8_t *)base]);
}

#define OF struct requirement
static const struct field requirement_rows[] = {
	F_KNOWN("key", key),
	F_CUSTOM_AT("operator", op, read_operator, write_operator),
	F_TEXTS("values", values, value_n),
};
FIELDS(requirement);
#undef OF

/* Fills at[0..] from expressions. */
static bool
read_expressions(struct wire *w, struct requirement *at, const struct tree *t)
{
	uint32_t i = 0;

	tree_each(c, t) {
		shape_blank(&shape_requirement, &at[i]);
		if (!wire_fields(w, &at[i], c, &requirement_fields))
			return wire_under_index(w, i);
		/* Without an operator: In of nothing, which never matches. */
		i++;
	}
	return true;
}

static void
write_expressions(struct out *o, const char *key, const struct requirement *at,
		  uint32_t n)
{
	if (!n)
		return;
	jsonw_array(out_key(o, key));
	for (uint32_t i = 0; i < n; i++) {
		jsonw_object(o->w);
		out_fields(o, &at[i], &requirement_fields);
		jsonw_end_object(o->w);
	}
	jsonw_end_array(o->w);
}

/* ---- label selectors ---- */

static bool
equals_one(struct wire *w, struct requirement *r, const struct tree *member)
{
	const char **value = seal_array(w->seal, &r->values, 1,
					sizeof(*value));

	r->value_n = 1;
	r->op = OP_IN;
	*value = "";
	seal_known(w->seal, &r->key, member->key, member->key_len);
	return wire_known(w, value, member) || wire_under_tree(w, member);
}

bool
read_selector(struct wire *w, void *base, const struct tree *t)
{
	struct selector *s = base;
	const struct tree *labels = tree_get(t, "matchLabels");
	const struct tree *more = tree_get(t, "matchExpressions");
	struct member_list l;
	struct requirement *at;
	bool ok = true;

	if (!wire_object(w, t))
		return false;
	if (t->kind == TREE_NULL)
		return true;
	if (labels && !wire_object(w, labels))
		return wire_under(w, "matchLabels");
	if (more && !wire_list(w, more))
		return wire_under(w, "matchExpressions");
	members_of(&l, labels ? labels : &(struct tree){ 0 }, NULL);
	s->present = true;
	s->n = l.n + (tree_is(more, TREE_ARRAY) ? more->len : 0);
	at = seal_array(w->seal, &s->at, s->n, sizeof(*at));
	for (uint32_t i = 0; i < l.n && ok; i++)
		ok = equals_one(w, &at[i], l.at[i].t) ||
		     wire_under(w, "matchLabels");
	if (ok && s->n > l.n)
		ok = read_expressions(w, at + l.n, more) ||
		     wire_under(w, "matchExpressions");
	members_drop(&l);
	return ok;
}

/* How many leading requirements can be written as matchLabels and come back in
 * the same order. */
static uint32_t
plain_labels(const struct selector *s)
{
	uint32_t n = 0;

	while (n < s->n && s->at[n].op == OP_IN && s->at[n].value_n == 1 &&
	       (n == 0 || strcmp(s->at[n - 1].key, s->at[n].key) < 0))
		n++;
	return n;
}

void
write_selector(struct out *o, const char *key, const void *base)
{
	const struct selector *s = base;
	uint32_t plain = plain_labels(s);

	if (!s->present)
		return;
	jsonw_object(out_key(o, key));
	if (plain) {
		jsonw_object(out_key(o, "matchLabels"));
		for (uint32_t i = 0; i < plain; i++) {
			jsonw_key(o->w, s->at[i].key);
			jsonw_text(o->w, s->at[i].values[0]);
		}
		jsonw_end_object(o->w);
	}
	if (plain < s->n)
		write_expressions(o, "matchExpressions", s->at + plain,
				  s->n - plain);
	jsonw_end_object(o->w);
}

/* ---- node selector terms ---- */

static bool
read_term(struct wire *w, struct node_term *term, const struct tree *t)
{
	/* allowedTopologies say matchLabelExpressions, without operators. */
	static const char *const names[] = { "matchExpressions",
					     "matchLabelExpressions" };
	const struct tree *fields = tree_get(t, "matchFields");
	struct requirement *at;

	if (!wire_object(w, t))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const struct tree *labels = tree_get(t, names[i]);

		if (!labels || labels->kind == TREE_NULL)
			continue;
		if (!wire_list(w, labels))
			return wire_under(w, names[i]);
		at = seal_array(w->seal, &term->labels, labels->len,
				sizeof(*at));
		term->label_n = labels->len;
		if (!read_expressions(w, at, labels))
			return wire_under(w, names[i]);
	}
	if (!fields || fields->kind == TREE_NULL)
		return true;
	if (!wire_list(w, fields))
		return wire_under(w, "matchFields");
	at = seal_array(w->seal, &term->fields, fields->len, sizeof(*at));
	term->field_n = fields->len;
	return read_expressions(w, at, fields) || wire_under(w, "matchFields");
}

bool
read_node_terms(struct wire *w, const struct node_term **slot, uint32_t *n,
		const struct tree *t)
{
	struct node_term *at;
	uint32_t i = 0;
	bool ok;

	at = wire_array(w, slot, n, &shape_node_term, t, &ok);
	if (!ok)
		return false;
	tree_each(c, t) {
		if (!read_term(w, &at[i], c))
			return wire_under_index(w, i);
		i++;
	}
	return true;
}

void
write_node_terms(struct out *o, const char *key, const char *labels_name,
		 const struct node_term *terms, uint32_t n)
{
	jsonw_array(out_key(o, key));
	for (uint32_t i = 0; i < n; i++) {
		jsonw_object(o->w);
		write_expressions(o, labels_name, terms[i].labels,
				  terms[i].label_n);
		write_expressions(o, "matchFields", terms[i].fields,
				  terms[i].field_n);
		jsonw_end_object(o->w);
	}
	jsonw_end_array(o->w);
}

/* ---- resource lists ---- */

/* The member of one of the four that have fields of their own, or NULL. */
static int64_t *
named_resource(struct resources *r, const struct tree *t, uint8_t *has)
{
	switch (t->key_len) {
	case 3:
		if (memcmp(t->key, "cpu", 3) == 0) {
			*has = HAS_CPU;
			return &r->cpu_mcpu;
		}
		break;
	case 6:
		if (memcmp(t->key, "memory", 6) == 0) {
			*has = HAS_MEMORY;
			return &r->memory_bytes;
		}
		break;
	case 4:
		if (memcmp(t->key, "pods", 4) == 0) {
			*has = HAS_PODS;
			return &r->pods;
		}
		break;
	case 17:
		if (memcmp(t->key, "ephemeral-storage", 17) == 0) {
			*has = HAS_EPHEMERAL;
			return &r->ephemeral_bytes;
		}
		break;
	}
	return NULL;
}

static bool
is_extended(const char *key, size_t len)
{
	struct resources r;
	uint8_t has;

	return !named_resource(&r,
			       &(struct tree){ .key = key,
					       .key_len = (uint32_t)len },
			       &has);
}

static bool
read_extended(struct wire *w, struct resources *r, const struct tree *t)
{
	struct member_list l;
	struct resource *at;
	bool ok = true;

	members_of(&l, t, is_extended);
	at = seal_array(w->seal, &r->ext, l.n, sizeof(*at));
	r->ext_n = l.n;
	for (uint32_t i = 0; i < l.n && ok; i++) {
		seal_known(w->seal, &at[i].name, l.at[i].t->key,
			   l.at[i].t->key_len);
		ok = wire_units(w, &at[i].amount, l.at[i].t) ||
		     wire_under_tree(w, l.at[i].t);
	}
	members_drop(&l);
	return ok;
}

bool
read_resources(struct wire *w, void *base, const struct tree *t)
{
	struct resources *r = base;
	bool more = false;

	if (!wire_object(w, t))
		return false;
	tree_each(c, t) {
		uint8_t has = 0;
		int64_t *value = named_resource(r, c, &has);
		bool ok;

		if (!value) {
			more = true;
			continue;
		}
		if (c->kind == TREE_NULL)
			continue;
		ok = has == HAS_CPU ? wire_milli(w, value, c)
				    : wire_units(w, value, c);
		if (!ok)
			return wire_under_tree(w, c);
		r->has |= has;
	}
	return !more || read_extended(w, r, t);
}

static void
write_list_of(struct out *o, const struct resources *r)
{
	char text[QUANTITY_TEXT];

	if (r->has & HAS_CPU)
		jsonw_text(out_key(o, "cpu"),
			   quantity_format_mcpu(r->cpu_mcpu, text));
	if (r->has & HAS_MEMORY)
		out_bytes(o, "memory", r->memory_bytes);
	if (r->has & HAS_EPHEMERAL)
		out_bytes(o, "ephemeral-storage", r->ephemeral_bytes);
	if (r->has & HAS_PODS)
		out_bytes(o, "pods", r->pods);
	for (uint32_t i = 0; i < r->ext_n; i++)
		out_bytes(o, r->ext[i].name, r->ext[i].amount);
}

void
write_resources(struct out *o, const char *key, const void *base)
{
	uint32_t mark = out_open(o, key);

	write_list_of(o, base);
	out_close(o, mark);
}

bool
read_resources_maybe(struct wire *w, void *slot, const struct tree *t)
{
	struct resources *r;

	if (!wire_object(w, t))
		return false;
	if (t->kind == TREE_NULL)
		return true;
	r = seal_array(w->seal, slot, 1, sizeof(*r));
	return read_resources(w, r, t);
}

void
write_resources_maybe(struct out *o, const char *key, const void *slot)
{
	const struct resources *r;

	memcpy(&r, slot, sizeof(r));
	if (!r)
		return;
	jsonw_object(out_key(o, key));
	write_list_of(o, r);
	jsonw_end_object(o->w);
}

/* ---- small values ---- */

bool
read_bytes(struct wire *w, void *bytes, const struct tree *t)
{
	return wire_units(w, bytes, t);
}

void
write_bytes(struct out *o, const char *key, const void *base)
{
	const int64_t *bytes = base;

	if (*bytes > 0)
		out_bytes(o, key, *bytes);
}

bool
read_joined(struct wire *w, void *base, const struct tree *t)
{
	struct buf joined;
	uint32_t i = 0;
	bool ok = true;

	if (!wire_list(w, t))
		return false;
	if (t->kind == TREE_NULL)
		return true;
	buf_init(&joined, 4096);
	tree_each(c, t) {
		if (c->kind != TREE_STRING) {
			wire_wrong(w, "string", c);
			ok = wire_under_index(w, i);
			break;
		}
		buf_puts(&joined, i++ ? "," : "");
		buf_puts(&joined, c->text);
	}
	if (ok && !buf_ok(&joined))
		ok = wire_fail(w, "longer than 4096 bytes");
	if (ok)
		seal_known(w->seal, base, buf_text(&joined), joined.len);
	buf_fini(&joined);
	return ok;
}

void
write_joined(struct out *o, const char *key, const void *base)
{
	const char *text;

	memcpy(&text, base, sizeof(text));
	if (!*str_or_empty(text))
		return;
	jsonw_array(out_key(o, key));
	for (;;) {
		size_t len = strcspn(text, ",");

		jsonw_textn(o->w, text, len);
		if (!text[len])
			break;
		text += len + 1;
	}
	jsonw_end_array(o->w);
}

bool
read_int_or_text(struct wire *w, void *base, const struct tree *t)
{
	if (t->kind == TREE_NULL)
		return true;
	if (t->kind != TREE_STRING && t->kind != TREE_NUMBER)
		return wire_wrong(w, "number or string", t);
	seal_textn(w->seal, base, t->text, t->len);
	return true;
}

void
write_int_or_text(struct out *o, const char *key, const void *base)
{
	const char *text;
	int64_t n;
	struct tree t = { .kind = TREE_NUMBER };

	memcpy(&text, base, sizeof(text));
	if (!text)
		return;
	t.text = text;
	t.len = (uint32_t)strlen(text);
	/* "50%" stays text; a number written plainly is one again. */
	if (strspn(text, "0123456789") == t.len && tree_int(&t, &n) &&
	    (text[0] != '0' || t.len == 1))
		jsonw_int(out_key(o, key), n);
	else
		jsonw_text(out_key(o, key), text);
}

static const char *const effects[] = {
	[TAINT_ANY] = "",
	[TAINT_NO_SCHEDULE] = "NoSchedule",
	[TAINT_PREFER_NO_SCHEDULE] = "PreferNoSchedule",
	[TAINT_NO_EXECUTE] = "NoExecute",
	[TAINT_OTHER] = "Other",
};

const struct names effect_names = { effects, ARRAY_LEN(effects), TAINT_OTHER };
