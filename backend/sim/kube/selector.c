/*
 * Selectors: a small lexer for labels, a splitter for fields.
 */
#include "backend/sim/kube/selector.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#define RULES_MAX 256
#define VALUES_MAX 4096

void
selector_init(struct selector *s)
{
	*s = (struct selector){ 0 };
}

void
selector_fini(struct selector *s)
{
	vec_free(&s->labels);
	vec_free(&s->fields);
}

bool
selector_is_empty(const struct selector *s)
{
	return !s->labels.n && !s->fields.n;
}

/* ---- label selectors ---- */

enum token {
	TOKEN_END, TOKEN_WORD, TOKEN_COMMA, TOKEN_OPEN, TOKEN_CLOSE,
	TOKEN_NOT, TOKEN_EQUAL, TOKEN_UNEQUAL, TOKEN_GREATER, TOKEN_LESS,
};

struct lexer {
	const char *at;
	struct arena *arena;
	enum token token;
	const char *text; /* of the token */
	struct status *st;
};

static bool
is_special(char c)
{
	return strchr("=!(),><", c) != NULL;
}

static void
next(struct lexer *x)
{
	const char *from;

	while (isspace((unsigned char)*x->at))
		x->at++;
	from = x->at;
	x->text = "";
	switch (*x->at) {
	case '\0':
		x->token = TOKEN_END;
		return;
	case ',':
		x->token = TOKEN_COMMA;
		break;
	case '(':
		x->token = TOKEN_OPEN;
		break;
	case ')':
		x->token = TOKEN_CLOSE;
		break;
	case '>':
		x->token = TOKEN_GREATER;
		break;
	case '<':
		x->token = TOKEN_LESS;
		break;
	case '=':
		x->at += x->at[1] == '=';
		x->token = TOKEN_EQUAL;
		break;
	case '!':
		x->token = x->at[1] == '=' ? TOKEN_UNEQUAL : TOKEN_NOT;
		x->at += x->at[1] == '=';
		break;
	default:
		while (*x->at && !is_special(*x->at) &&
		       !isspace((unsigned char)*x->at))
			x->at++;
		x->token = TOKEN_WORD;
		x->text = arena_strndup(x->arena, from,
					(size_t)(x->at - from));
		return;
	}
	x->at++;
	x->text = arena_strndup(x->arena, from, (size_t)(x->at - from));
}

static bool
unexpected(struct lexer *x, const char *expected)
{
	return status_fail(x->st, 400, "BadRequest",
			   "unable to parse requirement: found '%.60s', "
			   "expected: %s", x->text, expected);
}

static bool
is_word(const char *s)
{
	size_t len = strlen(s);

	if (!len || len > 63 || !isalnum((unsigned char)s[0]) ||
	    !isalnum((unsigned char)s[len - 1]))
		return false;
	for (; *s; s++)
		if (!isalnum((unsigned char)*s) && !strchr("-_.", *s))
			return false;
	return true;
}

static bool
check_key(struct lexer *x, const char *key)
{
	const char *slash = strrchr(key, '/');

	if (is_word(slash ? slash + 1 : key))
		return true;
	return status_fail(x->st, 400, "BadRequest",
			   "unable to parse requirement: <nil>: Invalid "
			   "value: \"%.200s\": name part must consist of "
			   "alphanumeric characters, '-', '_' or '.', and must "
			   "start and end with an alphanumeric character (e.g. "
			   "'MyName',  or 'my.name',  or '123-abc', regex used "
			   "for validation is "
			   "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')", key);
}

static bool
check_value(struct lexer *x, const char *key, const char *value)
{
	if (!*value || is_word(value))
		return true;
	return status_fail(x->st, 400, "BadRequest",
			   "unable to parse requirement: values[0][%.100s]: "
			   "Invalid value: \"%.200s\": a valid label must be "
			   "an empty string or consist of alphanumeric "
			   "characters, '-', '_' or '.', and must start and "
			   "end with an alphanumeric character (e.g. "
			   "'MyValue',  or 'my_value',  or '12345', regex used "
			   "for validation is "
			   "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
			   key, value);
}

struct values {
	const char **at;
	uint32_t n, room;
};

static void
add_value(struct lexer *x, struct values *v, const char *text)
{
	if (v->n == v->room) {
		uint32_t room = v->room ? v->room * 2 : 4;
		const char **at = arena_alloc(x->arena, room * sizeof(*at));

		if (v->n)
			memcpy(at, v->at, v->n * sizeof(*at));
		v->at = at;
		v->room = room;
	}
	v->at[v->n++] = text;
}

/* ( a, b ) */
static bool
parse_set(struct lexer *x, const char *key, struct values *v)
{
	if (x->token != TOKEN_OPEN)
		return unexpected(x, "'('");
	do {
		next(x);
		if (x->token == TOKEN_WORD) {
			if (!check_value(x, key, x->text))
				return false;
			add_value(x, v, x->text);
			next(x);
		} else if (x->token == TOKEN_COMMA ||
			   x->token == TOKEN_CLOSE) {
			add_value(x, v, "");
		} else {
			return unexpected(x, "',', ')' or identifier");
		}
		if (v->n > VALUES_MAX)
			return unexpected(x, "fewer values");
	} while (x->token == TOKEN_COMMA);
	if (x->token != TOKEN_CLOSE)
		return unexpected(x, "',' or ')'");
	next(x);
	return true;
}

static bool
parse_value(struct lexer *x, const char *key, struct values *v)
{
	const char *text = "";

	next(x);
	if (x->token == TOKEN_WORD) {
		text = x->text;
		next(x);
	}
	add_value(x, v, text);
	return check_value(x, key, text);
}

static bool
parse_number(struct lexer *x, struct values *v)
{
	char *end;

	next(x);
	if (x->token != TOKEN_WORD)
		return unexpected(x, "an integer");
	strtoll(x->text, &end, 10);
	if (*end)
		return status_fail(x->st, 400, "BadRequest",
				   "unable to parse requirement: values[0]: "
				   "Invalid value: \"%.100s\": for 'Gt', 'Lt' "
				   "operators, the value must be an integer",
				   x->text);
	add_value(x, v, x->text);
	next(x);
	return true;
}

static bool
parse_operator(struct lexer *x, struct label_rule *r, struct values *v)
{
	switch (x->token) {
	case TOKEN_END:
	case TOKEN_COMMA:
		r->op = LABEL_EXISTS;
		return true;
	case TOKEN_EQUAL:
		r->op = LABEL_IN;
		return parse_value(x, r->key, v);
	case TOKEN_UNEQUAL:
		r->op = LABEL_NOT_IN;
		return parse_value(x, r->key, v);
	case TOKEN_GREATER:
		r->op = LABEL_GREATER;
		return parse_number(x, v);
	case TOKEN_LESS:
		r->op = LABEL_LESS;
		return parse_number(x, v);
	default:
		break;
	}
	if (x->token == TOKEN_WORD && strcmp(x->text, "in") == 0)
		r->op = LABEL_IN;
	else if (x->token == TOKEN_WORD && strcmp(x->text, "notin") == 0)
		r->op = LABEL_NOT_IN;
	else
		return unexpected(x, "in, notin, =, ==, !=, gt, lt");
	next(x);
	return parse_set(x, r->key, v);
}

static bool
parse_rule(struct lexer *x, struct label_rule *r)
{
	struct values v = { 0 };
	bool absent = x->token == TOKEN_NOT;

	*r = (struct label_rule){ 0 };
	if (absent)
		next(x);
	if (x->token != TOKEN_WORD)
		return unexpected(x, "!, identifier, or 'end of string'");
	r->key = x->text;
	if (!check_key(x, r->key))
		return false;
	next(x);
	if (absent)
		r->op = LABEL_ABSENT;
	else if (!parse_operator(x, r, &v))
		return false;
	r->values = v.at;
	r->value_n = v.n;
	return true;
}

bool
selector_labels(struct selector *s, struct arena *a, const char *text,
		struct status *st)
{
	struct lexer x = { .at = str_or_empty(text), .arena = a, .st = st };
	struct label_rule r;

	next(&x);
	while (x.token != TOKEN_END) {
		if (s->labels.n == RULES_MAX)
			return unexpected(&x, "fewer requirements");
		if (!parse_rule(&x, &r))
			return false;
		vec_push(&s->labels, r);
		if (x.token == TOKEN_END)
			break;
		if (x.token != TOKEN_COMMA)
			return unexpected(&x, "',' or 'end of string'");
		next(&x);
		if (x.token == TOKEN_END)
			return unexpected(&x, "identifier after ','");
	}
	return true;
}

bool
selector_from_tree(struct selector *s, struct arena *a, const json_t *tree,
		   struct status *st)
{
	/* clang-format off */
	static const struct {
		const char *name;
		enum label_op op;
	} ops[] = {
		{ "In", LABEL_IN },	{ "NotIn", LABEL_NOT_IN },
		{ "Exists", LABEL_EXISTS },
		{ "DoesNotExist", LABEL_ABSENT },
	};
	/* clang-format on */
	struct lexer x = { .arena = a, .st = st };
	const char *key;
	json_t *v;
	size_t i, k;

	json_object_foreach(json_object_get(tree, "matchLabels"), key, v) {
		struct label_rule r = { .key = arena_strdup(a, key) };
		struct values one = { 0 };

		add_value(&x, &one,
			  arena_strdup(a, str_or_empty(json_string_value(v))));
		r.values = one.at;
		r.value_n = 1;
		vec_push(&s->labels, r);
	}
	json_array_foreach(json_object_get(tree, "matchExpressions"), i, v) {
		const char *op = json_string_value(json_object_get(v,
								   "operator"));
		struct label_rule r = {
			.key = arena_strdup(
				a, str_or_empty(json_string_value(
					   json_object_get(v, "key")))),
		};
		struct values many = { 0 };
		json_t *value;
		size_t o = 0;

		while (o < ARRAY_LEN(ops) && !str_eq(ops[o].name, op))
			o++;
		if (o == ARRAY_LEN(ops))
			return status_fail(st, 422, "Invalid",
					   "\"%.60s\" is not a valid label "
					   "selector operator",
					   str_or_empty(op));
		r.op = ops[o].op;
		json_array_foreach(json_object_get(v, "values"), k, value)
			add_value(&x, &many,
				  arena_strdup(a,
					       str_or_empty(json_string_value(
						       value))));
		r.values = many.at;
		r.value_n = many.n;
		vec_push(&s->labels, r);
	}
	return true;
}

/* ---- field selectors ---- */

static bool
unsupported(const struct object_type *t, const char *text, const char *labels,
	    const char *key, struct status *st)
{
	const char *group = *t->group ? t->group : "";

	if (t->fields)
		return status_fail(
			st, 400, "BadRequest",
			"Unable to find \"%s/%s, Resource=%s\" that match "
			"label selector \"%s\", field selector \"%.300s\": "
			"field label not supported: %.100s", group,
			t->version, t->plural, str_or_empty(labels), text,
			key);
	return status_fail(
		st, 400, "BadRequest",
		"Unable to find \"%s/%s, Resource=%s\" that match label "
		"selector \"%s\", field selector \"%.300s\": \"%.100s\" is "
		"not a known field selector: only \"metadata.name\", "
		"\"metadata.namespace\"", group, t->version, t->plural,
		str_or_empty(labels), text, key);
}

static bool
field_index(const struct object_type *t, const char *key, int *at)
{
	if (strcmp(key, "metadata.name") == 0) {
		*at = FIELD_NAME;
		return true;
	}
	if (strcmp(key, "metadata.namespace") == 0) {
		*at = FIELD_NAMESPACE;
		return true;
	}
	for (int i = 0; t->fields && t->fields[i]; i++) {
		if (strcmp(t->fields[i], key) == 0) {
			*at = i;
			return true;
		}
	}
	return false;
}

/* One term: up to the first comma that is not escaped; escapes resolved in the
 * value only, as keys never need any. */
static char *
field_term(struct arena *a, const char **text)
{
	const char *at = *text;
	size_t len = 0;
	char *term;

	while (at[len] && at[len] != ',')
		len += at[len] == '\\' && at[len + 1] ? 2 : 1;
	term = arena_strndup(a, at, len);
	*text = at + len + (at[len] == ',');
	return term;
}

static void
unescape(char *s)
{
	char *to = s;

	for (; *s; s++) {
		if (*s == '\\' && s[1])
			s++;
		*to++ = *s;
	}
	*to = '\0';
}

bool
selector_fields(struct selector *s, struct arena *a, const char *text,
		const struct object_type *t, const char *labels_text,
		struct status *st)
{
	const char *whole = str_or_empty(text), *at = whole;

	while (*at) {
		char *term = field_term(a, &at), *op, *value;
		struct field_rule r = { 0 };

		if (!*term)
			continue;
		op = term + strcspn(term, "!=");
		if (!*op || (*op == '!' && op[1] != '='))
			return status_fail(st, 400, "BadRequest",
					   "invalid selector: '%.200s'; can't "
					   "understand '%.200s'", whole, term);
		r.negate = *op == '!';
		value = op + (r.negate || op[1] == '=' ? 2 : 1);
		*op = '\0';
		unescape(value);
		r.value = value;
		if (!field_index(t, term, &r.at))
			return unsupported(t, whole, labels_text, term, st);
		if (s->fields.n == RULES_MAX)
			return status_fail(st, 400, "BadRequest",
					   "invalid selector: more than %d "
					   "terms", RULES_MAX);
		vec_push(&s->fields, r);
	}
	return true;
}

/* ---- matching ---- */

static bool
in_values(const struct label_rule *r, const char *value)
{
	for (uint32_t i = 0; i < r->value_n; i++)
		if (strcmp(r->values[i], value) == 0)
			return true;
	return false;
}

static bool
label_holds(const struct label_rule *r, const struct object *obj)
{
	const char *value = object_label(obj, r->key);
	char *end;
	long long n, limit;

	switch (r->op) {
	case LABEL_IN:
		return value && in_values(r, value);
	case LABEL_NOT_IN:
		return !value || !in_values(r, value);
	case LABEL_EXISTS:
		return value != NULL;
	case LABEL_ABSENT:
		return !value;
	default:
		break;
	}
	if (!value || !*value)
		return false;
	n = strtoll(value, &end, 10);
	if (*end)
		return false;
	limit = strtoll(r->values[0], NULL, 10);
	return r->op == LABEL_GREATER ? n > limit : n < limit;
}

static bool
field_holds(const struct field_rule *r, const struct object *obj)
{
	const char *value = r->at == FIELD_NAME	       ? obj->name
			    : r->at == FIELD_NAMESPACE ? obj->ns
			    : (uint32_t)r->at < obj->field_n
				    ? obj->fields[r->at]
				    : "";

	return (strcmp(value, r->value) == 0) != r->negate;
}

bool
kube_selector_matches(const struct selector *s, const struct object *obj)
{
	for (uint32_t i = 0; i < s->fields.n; i++)
		if (!field_holds(&s->fields.at[i], obj))
			return false;
	for (uint32_t i = 0; i < s->labels.n; i++)
		if (!label_holds(&s->labels.at[i], obj))
			return false;
	return true;
}

const char *
selector_name(const struct selector *s)
{
	for (uint32_t i = 0; i < s->fields.n; i++)
		if (s->fields.at[i].at == FIELD_NAME &&
		    !s->fields.at[i].negate)
			return s->fields.at[i].value;
	return NULL;
}
