/*
 * GraphQL requests: the document is checked against the schema as a whole,
 * then answered.  Errors come with HTTP 200 and GitLab's words.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/text.h"
#include "backend/sim/gitlab/schema.h"

#define ERRORS_MAX 20
#define DEPTH_MAX 30 /* fragments inside fragments count too */

/* ---- errors ---- */

/* Borrowed until the request ends; NULL when there are enough already. */
static json_t *complain(struct query_run *r, uint32_t line, uint32_t column,
			const char *fmt, ...) PRINTF_LIKE(4, 5);

static json_t *
complain(struct query_run *r, uint32_t line, uint32_t column, const char *fmt,
	 ...)
{
	char *raw, text[500];
	json_t *e;
	va_list args;

	va_start(args, fmt);
	raw = xvasprintf(fmt, args);
	va_end(args);
	text_clean_to(text, sizeof(text), raw, strlen(raw));
	free(raw);
	e = pack("{s:s}", "message", text);
	if (line)
		json_object_set_new(e, "locations",
				    pack("[{s:i, s:i}]", "line", (int)line,
					 "column", (int)column));
	if (json_array_size(r->errors) >= ERRORS_MAX) {
		json_decref(e);
		return NULL;
	}
	json_array_append_new(r->errors, e);
	return e;
}

static const char *
operation_text(const struct query_run *r)
{
	return r->operation->name ? r->operation->name : "anonymous query";
}

/* ---- arguments ---- */

static const struct gql_argument *
find_argument(const struct gql_selection *s, const char *name)
{
	for (const struct gql_argument *a = s->arguments; a; a = a->next) {
		if (str_eq(a->name, name))
			return a;
	}
	return NULL;
}

static const struct gql_variable *
find_variable(const struct query_run *r, const char *name)
{
	for (const struct gql_variable *v = r->operation->variables; v;
	     v = v->next) {
		if (str_eq(v->name, name))
			return v;
	}
	return NULL;
}

static json_t *
value_json(const struct query_run *r, const struct gql_value *v)
{
	const struct gql_variable *var;
	json_t *o;

	switch (v->kind) {
	case GQL_VARIABLE:
		o = json_object_get(r->variables, v->text);
		if (o)
			return json_incref(o);
		var = find_variable(r, v->text);
		return var && var->initial ? value_json(r, var->initial)
					   : json_null();
	case GQL_INT:
		return json_integer(strtoll(v->text, NULL, 10));
	case GQL_FLOAT:
		return json_real(strtod(v->text, NULL));
	case GQL_STRING:
	case GQL_ENUM:
		return json_string(v->text);
	case GQL_BOOL:
		return json_boolean(str_eq(v->text, "true"));
	case GQL_NULL:
		return json_null();
	case GQL_LIST:
		o = json_array();
		for (v = v->first; v; v = v->next)
			json_array_append_new(o, value_json(r, v));
		return o;
	case GQL_OBJECT:
		o = json_object();
		for (v = v->first; v; v = v->next)
			json_object_set_new(o, v->name, value_json(r, v));
		return o;
	}
	return json_null();
}

json_t *
schema_arg(const struct schema_args *a, const char *name)
{
	const struct gql_argument *arg = find_argument(a->field, name);
	json_t *v = arg ? value_json(a->run, arg->value) : NULL;

	if (json_is_null(v)) {
		json_decref(v);
		return NULL;
	}
	/* A single value stands for a list of one. */
	if (v && !json_is_array(v) &&
	    (str_eq(name, "statuses") || str_eq(name, "tagList")))
		v = pack("[o]", v);
	return v;
}

int64_t
schema_arg_int(const struct schema_args *a, const char *name, int64_t absent)
{
	json_t *v = schema_arg(a, name);
	int64_t n = json_is_integer(v) ? json_integer_value(v) : absent;

	json_decref(v);
	return n;
}

bool
schema_only_once(const struct schema_args *a, const char *type)
{
	if (a->run->nested_jobs++ == 0)
		return true;
	(void)complain(a->run, a->field->line, a->field->column,
		       "\"%s\" field can be requested only for 1 %s(s) at a "
		       "time.",
		       a->field->name, type);
	return false;
}

const char *
schema_arg_text(const struct schema_args *a, const char *name)
{
	json_t *v = schema_arg(a, name);
	const char *text = NULL;

	if (json_is_string(v))
		text = arena_strdup(a->run->call->arena, json_string_value(v));
	json_decref(v);
	return text;
}

/* ---- checking ---- */

static const struct schema_field *
find_field(const struct schema_type *t, const char *name)
{
	for (const struct schema_field *f = t->fields; f->name; f++) {
		if (str_eq(f->name, name))
			return f;
	}
	return NULL;
}

static const struct gql_fragment *
find_fragment(const struct query_run *r, const char *name)
{
	for (const struct gql_fragment *f = r->document->fragments; f;
	     f = f->next) {
		if (str_eq(f->name, name))
			return f;
	}
	return NULL;
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
	if (v->kind == GQL_VARIABLE && !find_variable(r, v->text))
		json_object_set_new(
			complain(r, a->line, a->column,
				 "Variable $%s is used by %s but not declared",
				 v->text, operation_text(r)),
			"extensions",
			pack("{s:s}", "code", "variableNotDefined"));
	for (v = v->first; v; v = v->next)
		check_value(r, a, v);
}

/* Enum arguments must be of the enum, whichever way they were given. */
static void
check_enum(struct query_run *r, const struct gql_selection *s,
	   const struct gql_argument *a)
{
	const char *known = schema_enum_of(a->name);
	json_t *v, *list, *item;
	size_t i;

	if (!known)
		return;
	v = value_json(r, a->value);
	list = json_is_array(v) ? json_incref(v) : pack("[O]", v);
	json_array_foreach(list, i, item)
	{
		if (json_is_null(item) ||
		    (json_is_string(item) &&
		     list_has(known, json_string_value(item))))
			continue;
		(void)complain(r, a->line, a->column,
			       "Argument '%s' on Field '%s' has an invalid "
			       "value (%.60s).",
			       a->name, s->name,
			       json_is_string(item) ? json_string_value(item)
						    : "?");
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
	const struct schema_field *f = find_field(t, s->name);

	if (str_eq(s->name, "__typename"))
		return;
	if (!f) {
		json_object_set_new(
			complain(r, s->line, s->column,
				 "Field '%s' doesn't exist on type '%s'",
				 s->name, t->name),
			"extensions",
			pack("{s:s, s:s, s:s}", "code", "undefinedField",
			     "typeName", t->name, "fieldName", s->name));
		return;
	}
	for (const struct gql_argument *a = s->arguments; a; a = a->next) {
		if (!list_has(f->args, a->name)) {
			(void)complain(r, a->line, a->column,
				       "Field '%s' doesn't accept argument "
				       "'%s'",
				       s->name, a->name);
			continue;
		}
		check_value(r, a, a->value);
		check_enum(r, s, a);
	}
	if (f->type && !s->first)
		(void)complain(r, s->line, s->column,
			       "Field must have selections (field '%s' returns "
			       "%s but has no selections. Did you mean '%s { "
			       "... }'?)",
			       s->name, f->type->name, s->name);
	else if (!f->type && s->first)
		(void)complain(r, s->line, s->column,
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
		(void)complain(r, s ? s->line : 1, s ? s->column : 1,
			       "Query has depth of more than %d, which exceeds "
			       "max depth of %d",
			       DEPTH_MAX, DEPTH_MAX);
		return;
	}
	/* One complaint too many ends it: a fragment may be spread often. */
	for (; s && json_array_size(r->errors) < ERRORS_MAX; s = s->next) {
		const struct gql_fragment *f;

		r->steps++;
		if (r->steps > GQL_NODES_MAX * 4) {
			(void)complain(r, s->line, s->column,
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
				(void)complain(r, s->line, s->column,
					       "Fragment on %s can't be spread "
					       "inside %s",
					       s->on, t->name);
			break;
		case GQL_SPREAD:
			f = find_fragment(r, s->name);
			if (f && str_eq(f->on, t->name))
				check(r, t, f->first, depth + 1);
			else
				(void)complain(r, s->line, s->column,
					       f ? "Fragment %s can't be "
						   "spread here"
						 : "Fragment %s was used, but "
						   "not defined",
					       s->name);
			break;
		}
	}
}

/* ---- answering ---- */

static bool
is_wanted(const struct query_run *r, const struct gql_selection *s)
{
	json_t *v;
	bool wanted = true;

	if (s->include) {
		v = value_json(r, s->include);
		wanted = json_is_true(v);
		json_decref(v);
	}
	if (s->skip && wanted) {
		v = value_json(r, s->skip);
		wanted = !json_is_true(v);
		json_decref(v);
	}
	return wanted;
}

/* The fields of one level: those of fragments are its own, and fields of one
 * name in the answer are one field with all their selections. */
struct level {
	VEC(const struct gql_selection *) fields;
};

static void
gather(const struct query_run *r, const struct gql_selection *s,
       struct level *l)
{
	for (; s; s = s->next) {
		if (!is_wanted(r, s))
			continue;
		if (s->kind == GQL_FIELD)
			vec_push(&l->fields, s);
		else if (s->kind == GQL_INLINE)
			gather(r, s->first, l);
		else
			gather(r, find_fragment(r, s->name)->first, l);
	}
}

static json_t *answer(struct query_run *r, const struct schema_type *t,
		      const void *object, const struct level *l);

static json_t *
answer_object(struct query_run *r, const struct schema_field *f,
	      const void *object, const struct level *inner)
{
	return object ? answer(r, f->type, object, inner) : json_null();
}

static json_t *
answer_field(struct query_run *r, const struct schema_type *t,
	     const void *object, const struct gql_selection *s,
	     const struct level *inner)
{
	const struct schema_field *f = find_field(t, s->name);
	struct schema_args a = { r, s };
	struct schema_list list;
	json_t *out;

	if (!f)
		return json_string(t->name); /* __typename: it was checked */
	switch (f->shape) {
	case SHAPE_SCALAR:
		return f->value(r, object);
	case SHAPE_ONE:
		return answer_object(r, f, f->one(&a, object), inner);
	case SHAPE_LIST:
		break;
	}
	out = json_array();
	list = f->list(&a, object);
	for (uint32_t i = 0; i < list.n; i++)
		json_array_append_new(out,
				      answer_object(r, f, list.at[i], inner));
	return out;
}

static json_t *
answer(struct query_run *r, const struct schema_type *t, const void *object,
       const struct level *l)
{
	json_t *out = json_object();

	for (uint32_t i = 0; i < l->fields.n; i++) {
		const struct gql_selection *s = l->fields.at[i];
		struct level inner = { 0 };

		if (json_object_get(out, s->alias))
			continue; /* told with the first of its name */
		for (uint32_t k = i; k < l->fields.n; k++) {
			if (str_eq(l->fields.at[k]->alias, s->alias))
				gather(r, l->fields.at[k]->first, &inner);
		}
		json_object_set_new(out, s->alias,
				    answer_field(r, t, object, s, &inner));
		vec_free(&inner.fields);
	}
	return out;
}

/* ---- the request ---- */

static const struct gql_operation *
choose_operation(const struct gql_document *d, const char *name)
{
	const struct gql_operation *o = d->operations;

	if (!name || !*name)
		return o && o->next ? NULL : o;
	while (o && !str_eq(o->name, name))
		o = o->next;
	return o;
}

static void
check_variables(struct query_run *r)
{
	for (const struct gql_variable *v = r->operation->variables; v;
	     v = v->next) {
		size_t len = strlen(v->type);
		const json_t *given = json_object_get(r->variables, v->name);

		if (len && v->type[len - 1] == '!' && !v->initial &&
		    (!given || json_is_null(given)))
			(void)complain(r, v->line, v->column,
				       "Variable $%s of type %s was provided "
				       "invalid value",
				       v->name, v->type);
	}
}

static void
run(struct query_run *r, const json_t *body)
{
	const char *text = json_string_value(json_object_get(body, "query"));
	const char *name =
		json_string_value(json_object_get(body, "operationName"));
	struct level top = { 0 };
	struct gql_error e;
	json_t *data = NULL, *body_out;

	if (!text || !*text) {
		(void)complain(r, 0, 0, "No query string was present");
		goto out;
	}
	r->document = gql_parse(r->call->arena, text, strlen(text), &e);
	if (!r->document) {
		(void)complain(r, e.line, e.column, "%s", e.text);
		goto out;
	}
	r->operation = choose_operation(r->document, name);
	if (!r->operation) {
		(void)complain(r, 0, 0,
			       name ? "No operation named \"%.60s\""
				    : "An operation name is required%s",
			       name ? name : "");
		goto out;
	}
	if (!str_eq(r->operation->kind, "query")) {
		(void)complain(r, r->operation->line, r->operation->column,
			       "Schema is not configured for %ss",
			       r->operation->kind);
		goto out;
	}
	check_variables(r);
	check(r, &schema_query, r->operation->first, 1);
	if (json_array_size(r->errors))
		goto out;
	gather(r, r->operation->first, &top);
	data = answer(r, &schema_query, r->call->ci, &top);
	vec_free(&top.fields);
out:
	body_out = json_object();
	if (data)
		json_object_set_new(body_out, "data", data);
	if (json_array_size(r->errors))
		json_object_set(body_out, "errors", r->errors);
	gitlab_json(r->call, 200, body_out);
}

void
gitlab_graphql_serve(struct gitlab_call *c)
{
	json_t *body = NULL;
	struct query_run r = { .call = c, .errors = json_array() };

	if (!str_eq(c->q->method, "POST")) {
		gitlab_json(c, 404, pack("{s:s}", "error", "404 Not Found"));
		goto out;
	}
	body = json_loadb(c->q->body, c->q->body_len, 0, NULL);
	if (!json_is_object(body)) {
		gitlab_json(c, 400,
			    pack("{s:[{s:s}]}", "errors", "message",
				 "Unexpected end of document"));
		goto out;
	}
	r.variables = json_object_get(body, "variables");
	run(&r, body);
out:
	json_decref(r.errors);
	json_decref(body);
}
