/*
 * GraphQL requests: the document is checked against the schema as a whole
 * (query_check.c), then answered.  Errors come with HTTP 200 and GitLab's
 * words.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/text.h"
#include "backend/sim/gitlab/schema.h"

/* ---- errors ---- */

json_t *
schema_complain(struct query_run *r, uint32_t line, uint32_t column,
		const char *fmt, ...)
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
	if (json_array_size(r->errors) >= SCHEMA_ERRORS_MAX) {
		json_decref(e);
		return NULL;
	}
	json_array_append_new(r->errors, e);
	return e;
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

const struct gql_variable *
schema_variable_of(const struct query_run *r, const char *name)
{
	for (const struct gql_variable *v = r->operation->variables; v;
	     v = v->next) {
		if (str_eq(v->name, name))
			return v;
	}
	return NULL;
}

json_t *
schema_value(const struct query_run *r, const struct gql_value *v)
{
	const struct gql_variable *var;
	json_t *o;

	switch (v->kind) {
	case GQL_VARIABLE:
		o = json_object_get(r->variables, v->text);
		if (o)
			return json_incref(o);
		var = schema_variable_of(r, v->text);
		return var && var->initial ? schema_value(r, var->initial)
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
			json_array_append_new(o, schema_value(r, v));
		return o;
	case GQL_OBJECT:
		o = json_object();
		for (v = v->first; v; v = v->next)
			json_object_set_new(o, v->name, schema_value(r, v));
		return o;
	}
	return json_null();
}

json_t *
schema_arg(const struct schema_args *a, const char *name)
{
	const struct gql_argument *arg = find_argument(a->field, name);
	json_t *v = arg ? schema_value(a->run, arg->value) : NULL;

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

void
schema_not_yours(const struct schema_args *a)
{
	json_t *e = schema_complain(
		a->run, a->field->line, a->field->column,
		"The resource that you are attempting to access does not exist "
		"or you don't have permission to perform this action");

	if (e)
		json_object_set_new(e, "path", pack("[s]", a->field->alias));
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
	(void)schema_complain(
		a->run, a->field->line, a->field->column,
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

/* ---- finding ---- */

const struct schema_field *
schema_field_of(const struct schema_type *t, const char *name)
{
	for (const struct schema_field *f = t->fields; f->name; f++) {
		if (str_eq(f->name, name))
			return f;
	}
	return NULL;
}

const struct gql_fragment *
schema_fragment_of(const struct query_run *r, const char *name)
{
	for (const struct gql_fragment *f = r->document->fragments; f;
	     f = f->next) {
		if (str_eq(f->name, name))
			return f;
	}
	return NULL;
}

/* ---- answering ---- */

static bool
is_wanted(const struct query_run *r, const struct gql_selection *s)
{
	json_t *v;
	bool wanted = true;

	if (s->include) {
		v = schema_value(r, s->include);
		wanted = json_is_true(v);
		json_decref(v);
	}
	if (s->skip && wanted) {
		v = schema_value(r, s->skip);
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
			gather(r, schema_fragment_of(r, s->name)->first, l);
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
	const struct schema_field *f = schema_field_of(t, s->name);
	struct schema_args a = { r, s };
	struct schema_list list;
	json_t *out;

	if (!f)
		return json_string(t->name); /* __typename: it was checked */
	switch (f->shape) {
	case SHAPE_SCALAR:
		r->field = s;
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
run(struct query_run *r, const json_t *body)
{
	const char *text = json_string_value(json_object_get(body, "query"));
	const char *name =
		json_string_value(json_object_get(body, "operationName"));
	const struct schema_type *root = &schema_query;
	struct level top = { 0 };
	struct gql_error e;
	json_t *data = NULL, *body_out;

	if (text && strlen(text) > GQL_TEXT_MAX) {
		(void)schema_complain(r, 0, 0, "Query too large");
		goto out;
	}
	if (!text || !*text) {
		(void)schema_complain(r, 0, 0, "No query string was present");
		goto out;
	}
	r->document = gql_parse(r->call->arena, text, strlen(text), &e);
	if (!r->document) {
		(void)schema_complain(r, e.line, e.column, "%s", e.text);
		goto out;
	}
	r->operation = choose_operation(r->document, name);
	if (!r->operation) {
		(void)schema_complain(r, 0, 0,
				      name ? "No operation named \"%.60s\""
					   : "An operation name is required%s",
				      name ? name : "");
		goto out;
	}
	if (str_eq(r->operation->kind, "mutation")) {
		root = &schema_mutation;
	} else if (!str_eq(r->operation->kind, "query")) {
		(void)schema_complain(
			r, r->operation->line, r->operation->column,
			"Schema is not configured for %ss", r->operation->kind);
		goto out;
	}
	if (!schema_check(r, root))
		goto out;
	if (root == &schema_mutation)
		gitlab_wrote(r->call);
	gather(r, r->operation->first, &top);
	data = answer(r, root, r->call->ci, &top);
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
