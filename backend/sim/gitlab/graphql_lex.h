/*
 * The lexer of GraphQL documents: one token ahead, private to the parser.
 */
#ifndef SIM_GITLAB_GRAPHQL_LEX_H
#define SIM_GITLAB_GRAPHQL_LEX_H

#include "backend/sim/gitlab/graphql.h"

enum gql_token {
	T_END,
	T_NAME,
	T_INT,
	T_FLOAT,
	T_STRING,
	T_MARK,
	T_SPREAD,
	T_BAD
};

struct gql_parser {
	struct arena *arena;
	const char *text, *at, *end;
	uint32_t line, line_begin; /* offset of the line's first byte */
	/* the token ahead */
	enum gql_token token;
	char mark;	   /* T_MARK: which */
	const char *value; /* T_NAME, T_INT, T_FLOAT, T_STRING */
	uint32_t token_line, token_column;
	uint32_t depth, nodes;
	struct gql_error *err;
	bool failed;
};

/* The first failure stays. */
void gql_fail(struct gql_parser *p, uint32_t line, uint32_t column,
	      const char *what);
void gql_next(struct gql_parser *p);

#endif
