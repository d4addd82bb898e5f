/*
 * Requirements, label selectors and node selector terms.
 */
#include "backend/decode/parts.h"

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
