/*
 * The GraphQL parser: a lexer that yields one token ahead, and a recursive
 * descent that counts its depth and its nodes.
 */
#include "backend/sim/graphql.h"

#include <ctype.h>
#include <stdio.h>

#include "backend/base/text.h"

enum token { T_END, T_NAME, T_INT, T_FLOAT, T_STRING, T_MARK, T_SPREAD, T_BAD };

struct parser {
	struct arena *arena;
	const char *text, *at, *end;
	uint32_t line, line_begin; /* offset of the line's first byte */
	/* the token ahead */
	enum token token;
	char mark;	   /* T_MARK: which */
	const char *value; /* T_NAME, T_INT, T_FLOAT, T_STRING */
	uint32_t token_line, token_column;
	uint32_t depth, nodes;
	struct gql_error *err;
	bool failed;
};

static void
fail_at(struct parser *p, uint32_t line, uint32_t column, const char *what)
{
	if (p->failed)
		return;
	p->failed = true;
	p->err->line = line;
	p->err->column = column;
	snprintf(p->err->text, sizeof(p->err->text), "%s at [%u, %u]", what,
		 line, column);
}

/* ---- the lexer ---- */

static uint32_t
column_of(const struct parser *p, const char *at)
{
	return (uint32_t)(at - p->text) - p->line_begin + 1;
}

static void
skip_blank(struct parser *p)
{
	while (p->at < p->end) {
		if (*p->at == '\n') {
			p->line++;
			p->line_begin = (uint32_t)(p->at - p->text) + 1;
			p->at++;
		} else if (*p->at == ' ' || *p->at == '\t' || *p->at == '\r' ||
			   *p->at == ',') {
			p->at++;
		} else if (*p->at == '#') {
			while (p->at < p->end && *p->at != '\n')
				p->at++;
		} else {
			return;
		}
	}
}

static bool
is_name(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One escape after the backslash into out; false: no such escape. */
static bool
unescape(struct parser *p, char *out, size_t *n)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *known;
	uint32_t code = 0;

	if (p->at >= p->end)
		return false;
	known = *p->at ? strchr(from, *p->at) : NULL;
	if (known) {
		out[(*n)++] = to[known - from];
		p->at++;
		return true;
	}
	if (*p->at != 'u' || p->end - p->at < 5)
		return false;
	for (int i = 1; i <= 4; i++) {
		int d = hex_digit(p->at[i]);

		if (d < 0)
			return false;
		code = code * 16 + (uint32_t)d;
	}
	if (code == 0 || (code >= 0xd800 && code < 0xe000))
		code = 0xfffd;
	p->at += 5;
	*n += utf8_encode(code, out + *n);
	return true;
}

static void
lex_string(struct parser *p)
{
	bool block = p->end - p->at >= 3 && memcmp(p->at, "\"\"\"", 3) == 0;
	const char *stop = p->at + (block ? 3 : 1);
	size_t n = 0;
	char *out;

	/* To the quote that may end it, or the one an escape hides. */
	while (stop < p->end && (block || *stop != '"'))
		stop += *stop == '\\' && stop + 1 < p->end ? 2 : 1;
	out = arena_alloc(p->arena, (size_t)(stop - p->at) + 1);
	p->at += block ? 3 : 1;
	for (;;) {
		if (p->at >= p->end || (*p->at == '\n' && !block)) {
			p->token = T_BAD;
			return;
		}
		if (block && p->end - p->at >= 3 &&
		    memcmp(p->at, "\"\"\"", 3) == 0) {
			p->at += 3;
			break;
		}
		if (!block && *p->at == '"') {
			p->at++;
			break;
		}
		if (!block && *p->at == '\\') {
			p->at++;
			if (!unescape(p, out, &n)) {
				p->token = T_BAD;
				return;
			}
			continue;
		}
		out[n++] = *p->at++;
	}
	out[n] = '\0';
	p->token = T_STRING;
	p->value = out;
}

static void
lex_number(struct parser *p)
{
	const char *begin = p->at;

	p->token = T_INT;
	p->at += *p->at == '-';
	while (p->at < p->end && isdigit((unsigned char)*p->at))
		p->at++;
	if (p->at < p->end &&
	    (*p->at == '.' || *p->at == 'e' || *p->at == 'E')) {
		p->token = T_FLOAT;
		while (p->at < p->end && (isdigit((unsigned char)*p->at) ||
					  strchr(".eE+-", *p->at)))
			p->at++;
	}
	if (p->at - begin == 1 && *begin == '-')
		p->token = T_BAD;
	p->value = arena_strndup(p->arena, begin, (size_t)(p->at - begin));
}

static void
next_token(struct parser *p)
{
	const char *begin;

	skip_blank(p);
	p->token_line = p->line;
	p->token_column = column_of(p, p->at);
	begin = p->at;
	if (p->at >= p->end) {
		p->token = T_END;
	} else if (isdigit((unsigned char)*p->at) || *p->at == '-') {
		lex_number(p);
	} else if (is_name(*p->at)) {
		while (p->at < p->end && is_name(*p->at))
			p->at++;
		p->token = T_NAME;
		p->value =
			arena_strndup(p->arena, begin, (size_t)(p->at - begin));
	} else if (*p->at == '"') {
		lex_string(p);
	} else if (p->end - p->at >= 3 && memcmp(p->at, "...", 3) == 0) {
		p->at += 3;
		p->token = T_SPREAD;
	} else if (*p->at && strchr("{}()[]:=!$@|&", *p->at)) {
		p->token = T_MARK;
		p->mark = *p->at++;
	} else {
		p->token = T_BAD;
	}
}

/* ---- what is expected ---- */

/* Told as GitLab's server tells it: kind and text of the token met. */
static void
fail_expected(struct parser *p, const char *wanted)
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
	fail_at(p, p->token_line, p->token_column, what);
}

static bool
at_mark(const struct parser *p, char mark)
{
	return p->token == T_MARK && p->mark == mark;
}

static bool
take_mark(struct parser *p, char mark)
{
	if (!at_mark(p, mark))
		return false;
	next_token(p);
	return true;
}

static void
want_mark(struct parser *p, char mark, const char *name)
{
	if (!take_mark(p, mark))
		fail_expected(p, name);
}

static const char *
want_name(struct parser *p)
{
	const char *name = "";

	if (p->token == T_NAME) {
		name = p->value;
		next_token(p);
	} else {
		fail_expected(p, "NAME");
	}
	return name;
}

static void *
node(struct parser *p, size_t bytes)
{
	if (++p->nodes > GQL_NODES_MAX)
		fail_at(p, p->token_line, p->token_column,
			"Query has too many parts");
	return arena_alloc(p->arena, bytes);
}

static bool
enter(struct parser *p)
{
	if (++p->depth > GQL_DEPTH_MAX)
		fail_at(p, p->token_line, p->token_column,
			"Query is nested too deeply");
	return !p->failed;
}

/* ---- values ---- */

static struct gql_value *parse_value(struct parser *p);

static void
parse_items(struct parser *p, struct gql_value *list, char close)
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
parse_value(struct parser *p)
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
			next_token(p);
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
	next_token(p);
	return v;
}

static struct gql_argument *
parse_arguments(struct parser *p)
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

static struct gql_selection *parse_selections(struct parser *p);

/* Only @include and @skip mean anything; others are refused by name. */
static void
parse_directives(struct parser *p, struct gql_selection *s)
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
			fail_at(p, line, column, what);
		}
	}
}

static struct gql_selection *
parse_selection(struct parser *p)
{
	struct gql_selection *s = node(p, sizeof(*s));

	s->line = p->token_line;
	s->column = p->token_column;
	if (p->token == T_SPREAD) {
		next_token(p);
		if (p->token == T_NAME && !str_eq(p->value, "on")) {
			s->kind = GQL_SPREAD;
			s->name = want_name(p);
			parse_directives(p, s);
			return s;
		}
		s->kind = GQL_INLINE;
		if (p->token == T_NAME) {
			next_token(p);
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
parse_selections(struct parser *p)
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
parse_type(struct parser *p)
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
		next_token(p);
		if (p->token == T_NAME && n && out[n - 1] != '[')
			break;
	}
	if (n == 0)
		fail_expected(p, "a type");
	return arena_strndup(p->arena, out, n);
}

static struct gql_variable *
parse_variables(struct parser *p)
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
parse_operation(struct parser *p)
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
parse_fragment(struct parser *p)
{
	struct gql_fragment *f = node(p, sizeof(*f));

	next_token(p);
	f->name = want_name(p);
	if (p->token != T_NAME || !str_eq(p->value, "on"))
		fail_expected(p, "ON");
	else
		next_token(p);
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
	struct parser p = { .arena = a,
			    .text = text,
			    .at = text,
			    .end = text + len,
			    .line = 1,
			    .err = err };

	if (len > GQL_TEXT_MAX) {
		fail_at(&p, 1, 1, "Query too large");
		return NULL;
	}
	next_token(&p);
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
