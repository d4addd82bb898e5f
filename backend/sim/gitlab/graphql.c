/*
 * The GraphQL parser: a recursive descent that counts its depth and its nodes.
 */
#include "backend/sim/gitlab/graphql_lex.h"

#include <stdio.h>

/* ---- what is expected ---- */

/* Told as GitLab's server tells it: kind and text of the token met. */
static void
fail_expected(struct gql_parser *p, const char *wanted)
{
	static const struct {
		char mark;
		const char *name;
	} names[] = {
		{ '{', "LCURLY" },   { '}', "RCURLY" },	  { '(', "LPAREN" },
		{ ')', "RPAREN" },   { '[', "LBRACKET" }, { ']', "RBRACKET" },
		{ ':', "COLON" },    { '=', "EQUALS" },	  { '!', "BANG" },
		{ '$', "VAR_SIGN" }, { '@', "DIR_SIGN" }, { '|', "PIPE" },
		{ '&', "AMP" },
	};
	char what[200], met[80] = "end of document";

	if (p->token == T_MARK) {
		for (size_t i = 0; i < ARRAY_LEN(names); i++) {
			if (names[i].mark == p->mark)
				snprintf(met, sizeof(met), "%s (\"%c\")",
					 names[i].name, p->mark);
		}
	} else if (p->token == T_SPREAD) {
		snprintf(met, sizeof(met), "ELLIPSIS (\"...\")");
	} else if (p->token == T_BAD) {
		snprintf(met, sizeof(met), "UNKNOWN_CHAR");
	} else if (p->token != T_END) {
		snprintf(met, sizeof(met), "%s (\"%.40s\")",
			 p->token == T_NAME    ? "IDENTIFIER"
			 : p->token == T_INT   ? "INT"
			 : p->token == T_FLOAT ? "FLOAT"
					       : "STRING",
			 p->value);
	}
	snprintf(what, sizeof(what), "Expected %s, actual: %s", wanted, met);
	gql_fail(p, p->token_line, p->token_column, what);
}

static bool
at_mark(const struct gql_parser *p, char mark)
{
	return p->token == T_MARK && p->mark == mark;
}

static bool
take_mark(struct gql_parser *p, char mark)
{
	if (!at_mark(p, mark))
		return false;
	gql_next(p);
	return true;
}

static void
want_mark(struct gql_parser *p, char mark, const char *name)
{
	if (!take_mark(p, mark))
		fail_expected(p, name);
}

static const char *
want_name(struct gql_parser *p)
{
	const char *name = "";

	if (p->token == T_NAME) {
		name = p->value;
		gql_next(p);
	} else {
		fail_expected(p, "NAME");
	}
	return name;
}

static void *
node(struct gql_parser *p, size_t bytes)
{
	if (++p->nodes > GQL_NODES_MAX)
		gql_fail(p, p->token_line, p->token_column,
			"Query has too many parts");
	return arena_alloc(p->arena, bytes);
}

static bool
enter(struct gql_parser *p)
{
	if (++p->depth > GQL_DEPTH_MAX)
		gql_fail(p, p->token_line, p->token_column,
			"Query is nested too deeply");
	return !p->failed;
}

/* ---- values ---- */

static struct gql_value *parse_value(struct gql_parser *p);

static void
parse_items(struct gql_parser *p, struct gql_value *list, char close)
{
	struct gql_value **last = &list->first;

	if (!enter(p))
		return;
	while (!p->failed && !take_mark(p, close)) {
		const char *name = NULL;

		if (close == '}') {
			name = want_name(p);
			want_mark(p, ':', "COLON");
		}
		*last = parse_value(p);
		if (!*last)
			break;
		(*last)->name = name;
		last = &(*last)->next;
	}
	p->depth--;
}

static struct gql_value *
parse_value(struct gql_parser *p)
{
	struct gql_value *v = node(p, sizeof(*v));

	if (p->failed)
		return NULL;
	v->text = p->value;
	switch (p->token) {
	case T_INT:
		v->kind = GQL_INT;
		break;
	case T_FLOAT:
		v->kind = GQL_FLOAT;
		break;
	case T_STRING:
		v->kind = GQL_STRING;
		break;
	case T_NAME:
		v->kind = str_eq(p->value, "true") || str_eq(p->value, "false")
				  ? GQL_BOOL
			  : str_eq(p->value, "null") ? GQL_NULL
						     : GQL_ENUM;
		break;
	case T_MARK:
		if (take_mark(p, '$')) {
			v->kind = GQL_VARIABLE;
			v->text = want_name(p);
			return v;
		}
		if (at_mark(p, '[') || at_mark(p, '{')) {
			bool list = p->mark == '[';

			v->kind = list ? GQL_LIST : GQL_OBJECT;
			gql_next(p);
			parse_items(p, v, list ? ']' : '}');
			return v;
		}
		fail_expected(p, "a value");
		return NULL;
	case T_END:
	case T_SPREAD:
	case T_BAD:
		fail_expected(p, "a value");
		return NULL;
	}
	gql_next(p);
	return v;
}

static struct gql_argument *
parse_arguments(struct gql_parser *p)
{
	struct gql_argument *first = NULL, **last = &first;

	if (!take_mark(p, '('))
		return NULL;
	while (!p->failed && !take_mark(p, ')')) {
		struct gql_argument *a = node(p, sizeof(*a));

		a->line = p->token_line;
		a->column = p->token_column;
		a->name = want_name(p);
		want_mark(p, ':', "COLON");
		a->value = parse_value(p);
		*last = a;
		last = &a->next;
	}
	return first;
}

/* ---- selections ---- */

static struct gql_selection *parse_selections(struct gql_parser *p);

/* Only @include and @skip mean anything; others are refused by name. */
static void
parse_directives(struct gql_parser *p, struct gql_selection *s)
{
	while (!p->failed && take_mark(p, '@')) {
		uint32_t line = p->token_line, column = p->token_column;
		const char *name = want_name(p);
		struct gql_argument *a = parse_arguments(p);
		bool fits = a && !a->next && str_eq(a->name, "if");
		char what[120];

		if (s && fits && str_eq(name, "include")) {
			s->include = a->value;
		} else if (s && fits && str_eq(name, "skip")) {
			s->skip = a->value;
		} else {
			snprintf(what, sizeof(what),
				 "Directive @%.40s is not defined", name);
			gql_fail(p, line, column, what);
		}
	}
}

static struct gql_selection *
parse_selection(struct gql_parser *p)
{
	struct gql_selection *s = node(p, sizeof(*s));

	s->line = p->token_line;
	s->column = p->token_column;
	if (p->token == T_SPREAD) {
		gql_next(p);
		if (p->token == T_NAME && !str_eq(p->value, "on")) {
			s->kind = GQL_SPREAD;
			s->name = want_name(p);
			parse_directives(p, s);
			return s;
		}
		s->kind = GQL_INLINE;
		if (p->token == T_NAME) {
			gql_next(p);
			s->on = want_name(p);
		}
		parse_directives(p, s);
		s->first = parse_selections(p);
		return s;
	}
	s->kind = GQL_FIELD;
	s->alias = s->name = want_name(p);
	if (take_mark(p, ':'))
		s->name = want_name(p);
	s->arguments = parse_arguments(p);
	parse_directives(p, s);
	if (at_mark(p, '{'))
		s->first = parse_selections(p);
	return s;
}

static struct gql_selection *
parse_selections(struct gql_parser *p)
{
	struct gql_selection *first = NULL, **last = &first;

	want_mark(p, '{', "LCURLY");
	if (p->failed || !enter(p))
		return NULL;
	if (at_mark(p, '}'))
		fail_expected(p, "NAME");
	while (!p->failed && !take_mark(p, '}')) {
		*last = parse_selection(p);
		last = &(*last)->next;
	}
	p->depth--;
	return first;
}

/* ---- operations ---- */

/* A type as it is written, without blanks. */
static const char *
parse_type(struct gql_parser *p)
{
	char out[128];
	size_t n = 0;

	for (;;) {
		size_t room = sizeof(out) - n;

		if (p->token == T_NAME)
			n += (size_t)snprintf(out + n, room, "%.60s", p->value);
		else if (at_mark(p, '[') || at_mark(p, ']') || at_mark(p, '!'))
			n += (size_t)snprintf(out + n, room, "%c", p->mark);
		else
			break;
		if (n + 64 > sizeof(out))
			break;
		gql_next(p);
		if (p->token == T_NAME && n && out[n - 1] != '[')
			break;
	}
	if (n == 0)
		fail_expected(p, "a type");
	return arena_strndup(p->arena, out, n);
}

static struct gql_variable *
parse_variables(struct gql_parser *p)
{
	struct gql_variable *first = NULL, **last = &first;

	if (!take_mark(p, '('))
		return NULL;
	while (!p->failed && !take_mark(p, ')')) {
		struct gql_variable *v = node(p, sizeof(*v));

		v->line = p->token_line;
		v->column = p->token_column;
		want_mark(p, '$', "VAR_SIGN");
		v->name = want_name(p);
		want_mark(p, ':', "COLON");
		v->type = parse_type(p);
		if (take_mark(p, '='))
			v->initial = parse_value(p);
		*last = v;
		last = &v->next;
	}
	return first;
}

static struct gql_operation *
parse_operation(struct gql_parser *p)
{
	struct gql_operation *o = node(p, sizeof(*o));

	o->line = p->token_line;
	o->column = p->token_column;
	o->kind = "query";
	if (p->token == T_NAME) {
		o->kind = want_name(p);
		if (p->token == T_NAME)
			o->name = want_name(p);
		o->variables = parse_variables(p);
		parse_directives(p, NULL);
	}
	o->first = parse_selections(p);
	return o;
}

static struct gql_fragment *
parse_fragment(struct gql_parser *p)
{
	struct gql_fragment *f = node(p, sizeof(*f));

	gql_next(p);
	f->name = want_name(p);
	if (p->token != T_NAME || !str_eq(p->value, "on"))
		fail_expected(p, "ON");
	else
		gql_next(p);
	f->on = want_name(p);
	f->first = parse_selections(p);
	return f;
}

struct gql_document *
gql_parse(struct arena *a, const char *text, size_t len, struct gql_error *err)
{
	struct gql_document *d = arena_alloc(a, sizeof(*d));
	struct gql_operation **operation = &d->operations;
	struct gql_fragment **fragment = &d->fragments;
	struct gql_parser p = { .arena = a,
			    .text = text,
			    .at = text,
			    .end = text + len,
			    .line = 1,
			    .err = err };

	if (len > GQL_TEXT_MAX) {
		gql_fail(&p, 1, 1, "Query too large");
		return NULL;
	}
	gql_next(&p);
	while (!p.failed && p.token != T_END) {
		if (p.token == T_NAME && str_eq(p.value, "fragment")) {
			*fragment = parse_fragment(&p);
			fragment = &(*fragment)->next;
		} else if (at_mark(&p, '{') ||
			   (p.token == T_NAME &&
			    (str_eq(p.value, "query") ||
			     str_eq(p.value, "mutation") ||
			     str_eq(p.value, "subscription")))) {
			*operation = parse_operation(&p);
			operation = &(*operation)->next;
		} else {
			fail_expected(&p, "one of QUERY, MUTATION, "
					  "SUBSCRIPTION, LCURLY, FRAGMENT");
		}
	}
	return p.failed ? NULL : d;
}
