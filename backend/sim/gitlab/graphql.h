/*
 * GraphQL documents: what a client asks for, as a tree.
 *
 * Queries and mutations with fields, arguments, variables, aliases, fragments,
 * @include and @skip.  Bounded: 10,000 characters as GitLab has it, depth and
 * number of selections besides.  Everything lives in the arena.
 *
 * Source: the GraphQL specification, October 2021, section 2.
 */
#ifndef SIM_GITLAB_GRAPHQL_H
#define SIM_GITLAB_GRAPHQL_H

#include "backend/base/err.h"

enum { GQL_TEXT_MAX = 10000, GQL_DEPTH_MAX = 24, GQL_NODES_MAX = 2000 };

enum gql_kind {
	GQL_VARIABLE, /* text: its name */
	GQL_INT, GQL_FLOAT, GQL_STRING, GQL_ENUM, /* text */
	GQL_BOOL,     /* text: "true" or "false" */
	GQL_NULL,
	GQL_LIST, GQL_OBJECT, /* first; members have names */
};

struct gql_value {
	enum gql_kind kind;
	const char *name; /* of an object's member */
	const char *text;
	struct gql_value *first, *next;
};

struct gql_argument {
	const char *name;
	struct gql_value *value;
	struct gql_argument *next;
	uint32_t line, column;
};

enum gql_selection_kind { GQL_FIELD, GQL_SPREAD, GQL_INLINE };

struct gql_selection {
	enum gql_selection_kind kind;
	const char *alias; /* what the answer calls it */
	const char *name;  /* of the field, or of the fragment */
	const char *on;	   /* INLINE: its type, or NULL */
	struct gql_argument *arguments;
	struct gql_value *include, *skip; /* of the directives, or NULL */
	struct gql_selection *first, *next;
	uint32_t line, column;
};

struct gql_variable {
	const char *name, *type; /* "[CiJobStatus!]" as written */
	struct gql_value *initial;
	struct gql_variable *next;
	uint32_t line, column;
};

struct gql_fragment {
	const char *name, *on;
	struct gql_selection *first;
	struct gql_fragment *next;
};

struct gql_operation {
	const char *kind; /* "query", "mutation", "subscription" */
	const char *name; /* or NULL */
	struct gql_variable *variables;
	struct gql_selection *first;
	struct gql_operation *next;
	uint32_t line, column;
};

struct gql_document {
	struct gql_operation *operations;
	struct gql_fragment *fragments;
};

struct gql_error {
	char text[300];
	uint32_t line, column;
};

/* NULL with the error as GitLab words it. */
struct gql_document *gql_parse(struct arena *a, const char *text, size_t len,
			       struct gql_error *err);

#endif
