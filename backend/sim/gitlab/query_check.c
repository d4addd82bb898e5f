/*
 * What must hold of a GraphQL document before anything of it is answered:
 * fields, arguments, values, depth and complexity.
 */
#include "backend/sim/gitlab/schema.h"

#include <stdio.h>
#include <stdlib.h>

#define DEPTH_MAX 30 /* fragments inside fragments count too */
#define COMPLEXITY_MAX 250
#define COMPLEXITY_MAX_NOBODY 200
#define PAGE_MAX 100

static const char *
operation_text(const struct query_run *r)
{
	return r->operation->name ? r->operation->name : "anonymous query";
}

static bool
list_has(const char *list, const char *name)
{
	size_t len = strlen(name);

	for (; list && *list; list += strcspn(list, ",")) {
		list += *list == ',';
		if (strncmp(list, name, len) == 0 &&
		    (list[len] == ',' || !list[len]))
			return true;
	}
	return false;
}

static void
check_value(struct query_run *r, const struct gql_argument *a,
	    const struct gql_value *v)
{
	if (v->kind == GQL_VARIABLE && !schema_variable_of(r, v->text))
		json_object_set_new(
			schema_complain(
				r, a->line, a->column,
				"Variable $%s is used by %s but not declared",
				v->text, operation_text(r)),
			"extensions",
			pack("{s:s}", "code", "variableNotDefined"));
	for (v = v->first; v; v = v->next)
		check_value(r, a, v);
}

/* "A,B" as "A, B". */
static char *
spaced(const char *list)
{
	size_t n = strlen(list);
	char *out = xmalloc(2 * n + 1), *to = out;

	for (; *list; list++) {
		*to++ = *list;
		if (*list == ',')
			*to++ = ' ';
	}
	*to = '\0';
	return out;
}

/* As graphql-ruby says it of a variable: which part of what was sent. */
static void
wrong_variable(struct query_run *r, const struct gql_value *v,
	       const struct schema_enum *e, const json_t *sent, size_t at,
	       const char *text)
{
	const struct gql_variable *var = schema_variable_of(r, v->text);
	char *known = spaced(e->values), *why;
	bool in_list = json_is_array(sent);
	json_t *path = in_list ? pack("[i]", (int)at) : json_array();

	why = xasprintf("Expected \"%.60s\" to be one of: %s", text, known);
	json_object_set_new(
		schema_complain(r, var->line, var->column,
				in_list ? "Variable $%s of type %s was "
					  "provided invalid value for %zu (%s)"
					: "Variable $%s of type %s was "
					  "provided invalid value",
				v->text, var->type ? var->type : e->type,
				at, why),
		"extensions",
		pack("{s:O, s:[{s:o, s:s}]}", "value", sent, "problems",
		     "path", path, "explanation", why));
	free(why);
	free(known);
}

static void
wrong_literal(struct query_run *r, const struct gql_selection *s,
	      const struct gql_argument *a, const struct schema_enum *e,
	      const json_t *sent, const char *text)
{
	bool in_list = json_is_array(sent);

	json_object_update_new(
		schema_complain(r, s->line, s->column,
				"Argument '%s' on Field '%s' has an invalid "
				"value (%s%.60s%s). Expected type '%s'.",
				a->name, s->name, in_list ? "[" : "", text,
				in_list ? "]" : "", e->type),
		pack("{s:[s,s,s], s:{s:s, s:s, s:s}}", "path", "query",
		     s->name, a->name, "extensions", "code",
		     "argumentLiteralsIncompatible", "typeName", "Field",
		     "argumentName", a->name));
}

/* Enum arguments must be of the enum, whichever way they were given. */
static void
check_enum(struct query_run *r, const struct gql_selection *s,
	   const struct gql_argument *a)
{
	const struct schema_enum *e = schema_enum_of(a->name);
	json_t *v, *list, *item;
	size_t i;

	if (!e || (a->value->kind == GQL_VARIABLE &&
		   !schema_variable_of(r, a->value->text)))
		return;
	v = schema_value(r, a->value);
	list = json_is_array(v) ? json_incref(v) : pack("[O]", v);
	json_array_foreach(list, i, item)
	{
		const char *text = json_string_value(item);

		if (json_is_null(item) || (text && list_has(e->values, text)))
			continue;
		text = text ? text : "?";
		if (a->value->kind == GQL_VARIABLE)
			wrong_variable(r, a->value, e, v, i, text);
		else
			wrong_literal(r, s, a, e, v, text);
	}
	json_decref(list);
	json_decref(v);
}

static void check(struct query_run *r, const struct schema_type *t,
		  const struct gql_selection *s, int depth);

static void
check_field(struct query_run *r, const struct schema_type *t,
	    const struct gql_selection *s, int depth)
{
	const struct schema_field *f = schema_field_of(t, s->name);

	if (str_eq(s->name, "__typename"))
		return;
	if (!f) {
		json_object_set_new(
			schema_complain(r, s->line, s->column,
					"Field '%s' doesn't exist on type '%s'",
					s->name, t->name),
			"extensions",
			pack("{s:s, s:s, s:s}", "code", "undefinedField",
			     "typeName", t->name, "fieldName", s->name));
		return;
	}
	for (const struct gql_argument *a = s->arguments; a; a = a->next) {
		if (!list_has(f->args, a->name)) {
			(void)schema_complain(
				r, a->line, a->column,
				"Field '%s' doesn't accept argument "
				"'%s'",
				s->name, a->name);
			continue;
		}
		check_value(r, a, a->value);
		check_enum(r, s, a);
	}
	if (f->type && !s->first)
		(void)schema_complain(
			r, s->line, s->column,
			"Field must have selections (field '%s' returns "
			"%s but has no selections. Did you mean '%s { "
			"... }'?)",
			s->name, f->type->name, s->name);
	else if (!f->type && s->first)
		(void)schema_complain(
			r, s->line, s->column,
			"Selections can't be made on scalars (field "
			"'%s' returns %s but has selections)",
			s->name, f->scalar);
	else if (f->type)
		check(r, f->type, s->first, depth + 1);
}

static void
check(struct query_run *r, const struct schema_type *t,
      const struct gql_selection *s, int depth)
{
	if (depth > DEPTH_MAX) {
		(void)schema_complain(
			r, s ? s->line : 1, s ? s->column : 1,
			"Query has depth of more than %d, which exceeds "
			"max depth of %d",
			DEPTH_MAX, DEPTH_MAX);
		return;
	}
	/* One complaint too many ends it: a fragment may be spread often. */
	for (; s && json_array_size(r->errors) < SCHEMA_ERRORS_MAX;
	     s = s->next) {
		const struct gql_fragment *f;

		r->steps++;
		if (r->steps > GQL_NODES_MAX * 4) {
			(void)schema_complain(r, s->line, s->column,
					      "Query has too many parts");
			return;
		}
		switch (s->kind) {
		case GQL_FIELD:
			check_field(r, t, s, depth);
			break;
		case GQL_INLINE:
			if (!s->on || str_eq(s->on, t->name))
				check(r, t, s->first, depth + 1);
			else
				(void)schema_complain(
					r, s->line, s->column,
					"Fragment on %s can't be spread "
					"inside %s",
					s->on, t->name);
			break;
		case GQL_SPREAD:
			f = schema_fragment_of(r, s->name);
			if (f && str_eq(f->on, t->name))
				check(r, t, f->first, depth + 1);
			else
				(void)schema_complain(
					r, s->line, s->column,
					f ? "Fragment %s can't be "
					    "spread here"
					  : "Fragment %s was used, but "
					    "not defined",
					s->name);
			break;
		}
	}
}

/* ---- complexity: a point a field, more for the pages it may bring ---- */

static double complexity_of(struct query_run *r, const struct schema_type *t,
			    const struct gql_selection *s);

static double
field_complexity(struct query_run *r, const struct schema_type *t,
		 const struct gql_selection *s)
{
	const struct schema_field *f = schema_field_of(t, s->name);
	struct schema_args a = { r, s };
	double own;
	int64_t page;

	if (!f || !f->type)
		return 1;
	own = 1 + complexity_of(r, f->type, s->first);
	if (!f->args || !strstr(f->args, "first"))
		return own;
	page = schema_arg_int(&a, "first",
			      schema_arg_int(&a, "last", PAGE_MAX));
	if (page < 0 || page > PAGE_MAX)
		page = PAGE_MAX;
	return own + own * (double)page / PAGE_MAX;
}

static double
complexity_of(struct query_run *r, const struct schema_type *t,
	      const struct gql_selection *s)
{
	double sum = 0;

	for (; s; s = s->next) {
		if (s->kind == GQL_FIELD)
			sum += field_complexity(r, t, s);
		else if (s->kind == GQL_INLINE)
			sum += complexity_of(r, t, s->first);
		else
			sum += complexity_of(
				r, t, schema_fragment_of(r, s->name)->first);
	}
	return sum;
}

/* ---- all of it ---- */

/* Of the type the variable is declared with; types of GitLab's own pass. */
static bool
is_of_type(const json_t *v, const char *type, size_t len)
{
	static const struct {
		const char *name;
		unsigned kinds; /* bits of json_type */
	} types[] = {
		{ "Int", 1u << JSON_INTEGER },
		{ "Float", 1u << JSON_INTEGER | 1u << JSON_REAL },
		{ "String", 1u << JSON_STRING },
		{ "ID", 1u << JSON_STRING | 1u << JSON_INTEGER },
		{ "Boolean", 1u << JSON_TRUE | 1u << JSON_FALSE },
	};

	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (strlen(types[i].name) == len &&
		    strncmp(types[i].name, type, len) == 0)
			return types[i].kinds >> json_typeof(v) & 1;
	return true;
}

static void
refuse_variable(struct query_run *r, const struct gql_variable *v,
		const json_t *given, char *why)
{
	json_t *e = schema_complain(r, v->line, v->column,
				    "Variable $%s of type %s was provided "
				    "invalid value", v->name, v->type);

	if (e)
		json_object_set_new(
			e, "extensions",
			pack("{s:o, s:[{s:[], s:s}]}", "value",
			     given ? json_deep_copy(given) : json_null(),
			     "problems", "path", "explanation", why));
	free(why);
}

static void
check_variables(struct query_run *r)
{
	for (const struct gql_variable *v = r->operation->variables; v;
	     v = v->next) {
		size_t len = strcspn(v->type, "!");
		const json_t *given = json_object_get(r->variables, v->name);
		char *text;

		if (!given || json_is_null(given)) {
			if (*v->type && !v->initial &&
			    v->type[strlen(v->type) - 1] == '!')
				refuse_variable(
					r, v, NULL,
					xstrdup("Expected value to not be "
						"null"));
			continue;
		}
		if (is_of_type(given, v->type, len))
			continue;
		text = json_dumps(given, JSON_COMPACT | JSON_ENCODE_ANY);
		refuse_variable(r, v, given,
				xasprintf("Could not coerce value %.100s to "
					  "%.*s", text, (int)len, v->type));
		free(text);
	}
}

bool
schema_check(struct query_run *r, const struct schema_type *root)
{
	int most = r->call->user ? COMPLEXITY_MAX : COMPLEXITY_MAX_NOBODY;
	int cost;

	check_variables(r);
	check(r, root, r->operation->first, 1);
	if (json_array_size(r->errors))
		return false;
	cost = (int)complexity_of(r, root, r->operation->first);
	if (cost > most)
		(void)schema_complain(r, 0, 0,
				      "Query has complexity of %d, which "
				      "exceeds max complexity of %d",
				      cost, most);
	return cost <= most;
}
