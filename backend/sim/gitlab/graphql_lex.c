/*
 * Characters into tokens.
 */
#include "backend/sim/gitlab/graphql_lex.h"

#include <ctype.h>
#include <stdio.h>

#include "backend/base/text.h"

void
gql_fail(struct gql_parser *p, uint32_t line, uint32_t column, const char *what)
{
	if (p->failed)
		return;
	p->failed = true;
	p->err->line = line;
	p->err->column = column;
	snprintf(p->err->text, sizeof(p->err->text), "%s at [%u, %u]", what,
		 line, column);
}

static uint32_t
column_of(const struct gql_parser *p, const char *at)
{
	return (uint32_t)(at - p->text) - p->line_begin + 1;
}

static void
skip_blank(struct gql_parser *p)
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
unescape(struct gql_parser *p, char *out, size_t *n)
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
lex_string(struct gql_parser *p)
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
lex_number(struct gql_parser *p)
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

void
gql_next(struct gql_parser *p)
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
