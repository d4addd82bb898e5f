/*
 * The part of GitLab's GraphQL schema that the simulation serves, as tables:
 * types, their fields and arguments, and how each is answered.
 */
#ifndef SIM_GITLAB_SCHEMA_H
#define SIM_GITLAB_SCHEMA_H

#include "backend/sim/gitlab/face.h"
#include "backend/sim/gitlab/graphql.h"

struct schema_type;

/* What a field leads to, besides plain values. */
enum schema_shape { SHAPE_SCALAR, SHAPE_ONE, SHAPE_LIST };

struct query_run {
	struct gitlab_call *call;
	const struct gql_document *document;
	const struct gql_operation *operation;
	const json_t *variables; /* or NULL */
	json_t *errors;
	const struct gql_selection *field; /* the scalar being answered */
	uint32_t nested_jobs;
	uint32_t steps; /* selections checked, fragments spread out */
};

struct schema_args { /* of one field, as given */
	struct query_run *run;
	const struct gql_selection *field;
};

struct schema_list {
	const void **at; /* in the request's arena */
	uint32_t n;
};

struct schema_field {
	const char *name;
	const struct schema_type *type; /* NULL: a scalar */
	const char *scalar;		/* its name then: "ID", "String" */
	enum schema_shape shape;
	const char *args; /* "statuses,first,after" */
	json_t *(*value)(struct query_run *r, const void *object);
	const void *(*one)(const struct schema_args *a, const void *object);
	struct schema_list (*list)(const struct schema_args *a,
				   const void *object);
};

struct schema_type {
	const char *name;
	const struct schema_field *fields; /* name NULL ends */
};

extern const struct schema_type schema_query, schema_mutation;

enum { SCHEMA_ERRORS_MAX = 20 };

/* An error of the answer.  Borrowed until the request ends; NULL when there
 * are enough already. */
json_t *schema_complain(struct query_run *r, uint32_t line, uint32_t column,
			const char *fmt, ...) PRINTF_LIKE(4, 5);
/* Fields, arguments, values, depth and cost; false: it was complained. */
bool schema_check(struct query_run *r, const struct schema_type *root);
const struct schema_field *schema_field_of(const struct schema_type *t,
					   const char *name);
const struct gql_fragment *schema_fragment_of(const struct query_run *r,
					      const char *name);
const struct gql_variable *schema_variable_of(const struct query_run *r,
					      const char *name);
/* New, with variables put in. */
json_t *schema_value(const struct query_run *r, const struct gql_value *v);
/* The answer is null where it stands, and says so. */
void schema_not_yours(const struct schema_args *a);

/* Arguments, with variables put in; new json (NULL when absent or null). */
json_t *schema_arg(const struct schema_args *a, const char *name);
int64_t schema_arg_int(const struct schema_args *a, const char *name,
		       int64_t absent);
/* Text in the request's arena, or NULL. */
const char *schema_arg_text(const struct schema_args *a, const char *name);
/* Lists of jobs inside projects and runners are answered once a request. */
bool schema_only_once(const struct schema_args *a, const char *type);
/* The enum an argument is of; NULL: not an enum. */
struct schema_enum {
	const char *type;   /* "[CiJobStatus!]" */
	const char *values; /* "A,B,C" */
};
const struct schema_enum *schema_enum_of(const char *argument);

#endif
