/*
 * OpenAPI v3 documents from the schema table: enough for kubectl to explain
 * fields and to leave validation to the server.  Version 2 describes nothing:
 * kubectl asks for it before it sends a List or a kind that nobody serves, and
 * gives up when there is no document.
 */
#include <stdio.h>

#include "backend/sim/kube/internal.h"
#include "backend/sim/objects/schema.h"

#define PREFIX "io.k8s.api."

/* Bumped when the documents change: clients cache by it. */
#define DOCUMENT_HASH "1"

static void
group_path(const struct object_type *t, char *out, size_t room)
{
	snprintf(out, room, "%s%s%s%s", *t->group ? "apis/" : "api", t->group,
		 "/", t->version);
}

static bool
first_of_group(struct kube *k, uint32_t at)
{
	const struct object_type *t = objects_type_at(k->o, at);

	for (uint32_t i = 0; i < at; i++) {
		const struct object_type *other = objects_type_at(k->o, i);

		if (!other->gone && strcmp(other->group, t->group) == 0 &&
		    strcmp(other->version, t->version) == 0)
			return false;
	}
	return !t->gone;
}

static void
answer_index(struct kube_call *c)
{
	struct buf *out = &c->a->body;
	bool first = true;
	char path[300];

	buf_puts(out, "{\"paths\":{");
	for (uint32_t i = 0; i < objects_type_count(c->k->o); i++) {
		if (!first_of_group(c->k, i))
			continue;
		group_path(objects_type_at(c->k->o, i), path, sizeof(path));
		buf_printf(out,
			   "%s\"%s\":{\"serverRelativeURL\":"
			   "\"/openapi/v3/%s?hash=" DOCUMENT_HASH "\"}",
			   first ? "" : ",", path, path);
		first = false;
	}
	buf_puts(out, "}}\n");
}

/* ---- schemas ---- */

static const char *
basic_type(char basic)
{
	switch (basic) {
	case 'i':
		return "\"type\":\"integer\"";
	case 'n':
		return "\"type\":\"number\"";
	case 'b':
		return "\"type\":\"boolean\"";
	case 't':
	case 'u':
		return "\"type\":\"string\",\"format\":\"date-time\"";
	case 'q':
		return "\"oneOf\":[{\"type\":\"string\"},"
		       "{\"type\":\"number\"}]";
	case 'x':
		return "\"format\":\"int-or-string\",\"oneOf\":"
		       "[{\"type\":\"integer\"},{\"type\":\"string\"}]";
	case 's':
		return "\"type\":\"string\"";
	case 'y':
		return "\"type\":\"string\",\"format\":\"byte\"";
	default:
		return "\"type\":\"object\"";
	}
}

static void
add_value(struct buf *out, const struct schema_field *f)
{
	if (f->object)
		buf_printf(out,
			   "{\"allOf\":[{\"$ref\":\"#/components/schemas/"
			   PREFIX "%s\"}],\"default\":{}}", f->object->name);
	else
		buf_printf(out, "{%s}", basic_type(f->basic));
}

static void
add_field(struct buf *out, const struct schema_field *f)
{
	buf_printf(out, "\"%.*s\":", (int)f->name_len, f->name);
	if (f->map) {
		buf_puts(out, "{\"type\":\"object\",\"additionalProperties\":");
		add_value(out, f);
		buf_putc(out, '}');
	} else if (f->list) {
		buf_puts(out, "{\"type\":\"array\",\"items\":");
		add_value(out, f);
		if (f->list == LIST_BY_KEY)
			buf_printf(out,
				   ",\"x-kubernetes-patch-merge-key\":\"%s\","
				   "\"x-kubernetes-patch-strategy\":"
				   "\"%s\"", f->key,
				   f->retain ? "merge,retainKeys" : "merge");
		else if (f->list == LIST_SET)
			buf_puts(out, ",\"x-kubernetes-patch-strategy\":"
				      "\"merge\"");
		else
			buf_puts(out, ",\"x-kubernetes-list-type\":"
				      "\"atomic\"");
		buf_putc(out, '}');
	} else if (f->object && (f->retain || f->replace)) {
		buf_printf(out,
			   "{\"allOf\":[{\"$ref\":\"#/components/schemas/"
			   PREFIX "%s\"}],\"x-kubernetes-patch-strategy\":"
			   "\"%s\"}", f->object->name,
			   f->retain ? "retainKeys" : "replace");
	} else {
		add_value(out, f);
	}
}

/* Fields in front of which a comma goes unless first. */
static bool
add_properties(struct buf *out, const char *fields, bool first)
{
	struct schema_field f = { 0 };

	for (const char *at = fields; schema_next(&at, &f);) {
		if (f.inlined) {
			first = add_properties(out, f.object->fields, first);
			continue;
		}
		if (!first)
			buf_putc(out, ',');
		add_field(out, &f);
		first = false;
	}
	return first;
}

static void
add_required(struct buf *out, const char *fields)
{
	struct schema_field f = { 0 };
	bool any = false;

	for (const char *at = fields; schema_next(&at, &f);) {
		if (!f.required)
			continue;
		buf_printf(out, "%s\"%.*s\"", any ? "," : ",\"required\":[",
			   (int)f.name_len, f.name);
		any = true;
	}
	if (any)
		buf_putc(out, ']');
}

static void
add_struct(struct buf *out, const struct schema *s)
{
	buf_printf(out, "\"" PREFIX "%s\":{\"type\":\"object\","
		   "\"properties\":{", s->name);
	add_properties(out, s->fields, true);
	buf_putc(out, '}');
	add_required(out, s->fields);
	buf_putc(out, '}');
}

static const char *
component_name(struct kube_call *c, const struct object_type *t)
{
	char *name = arena_printf(c->arena, PREFIX "%s.%s.%s",
				  *t->group ? t->group : "core", t->version,
				  t->kind);
	return name;
}

static void
add_kind(struct kube_call *c, struct buf *out, const struct object_type *t)
{
	const struct schema *s = schema_of(t);

	buf_printf(out,
		   "\"%s\":{\"type\":\"object\",\"properties\":{"
		   "\"apiVersion\":{\"type\":\"string\"},\"kind\":{\"type\":"
		   "\"string\"},", component_name(c, t));
	add_properties(out, s ? s->fields
			      : "metadata:ObjectMeta spec:o status:o", true);
	buf_printf(out,
		   "},\"x-kubernetes-group-version-kind\":[{\"group\":\"%s\","
		   "\"version\":\"%s\",\"kind\":\"%s\"}]%s}", t->group,
		   t->version, t->kind,
		   s ? "" : ",\"x-kubernetes-preserve-unknown-fields\":true");
}

/* ---- paths: what kubectl looks for is fieldValidation on the patch ---- */

static void
add_operation(struct buf *out, const struct object_type *t,
	      const char *method, const char *action, bool body)
{
	buf_printf(out,
		   "\"%s\":{\"x-kubernetes-action\":\"%s\","
		   "\"x-kubernetes-group-version-kind\":{\"group\":\"%s\","
		   "\"version\":\"%s\",\"kind\":\"%s\"},\"parameters\":["
		   "{\"name\":\"dryRun\",\"in\":\"query\",\"schema\":"
		   "{\"type\":\"string\"}},{\"name\":\"fieldManager\",\"in\":"
		   "\"query\",\"schema\":{\"type\":\"string\"}},{\"name\":"
		   "\"fieldValidation\",\"in\":\"query\",\"schema\":{\"type\":"
		   "\"string\"}}],", method, action, t->group, t->version,
		   t->kind);
	if (body && strcmp(method, "patch") == 0)
		buf_printf(out,
			   "\"requestBody\":{\"content\":{"
			   "\"application/apply-patch+yaml\":{},"
			   "\"application/json-patch+json\":{},"
			   "\"application/merge-patch+json\":{}%s}},",
			   schema_of(t)
				   ? ",\"application/strategic-merge-patch+"
				     "json\":{}"
				   : "");
	buf_puts(out, "\"responses\":{\"200\":{\"description\":\"OK\"}}}");
}

static void
add_paths(struct buf *out, const struct object_type *t, bool *first)
{
	char base[300];

	group_path(t, base, sizeof(base));
	buf_printf(out, "%s\"/%s/%s%s\":{", *first ? "" : ",", base,
		   t->namespaced ? "namespaces/{namespace}/" : "", t->plural);
	add_operation(out, t, "get", "list", false);
	buf_putc(out, ',');
	add_operation(out, t, "post", "post", true);
	buf_printf(out, "},\"/%s/%s%s/{name}\":{", base,
		   t->namespaced ? "namespaces/{namespace}/" : "", t->plural);
	add_operation(out, t, "get", "get", false);
	buf_putc(out, ',');
	add_operation(out, t, "put", "put", true);
	buf_putc(out, ',');
	add_operation(out, t, "patch", "patch", true);
	buf_putc(out, '}');
	*first = false;
}

static bool
answer_document(struct kube_call *c, const char *wanted)
{
	struct buf *out = &c->a->body;
	bool first = true, any = false;
	char path[300];

	buf_puts(out, "{\"openapi\":\"3.0.0\",\"info\":{\"title\":"
		      "\"Kubernetes\",\"version\":\"v1.33.5\"},\"paths\":{");
	for (uint32_t i = 0; i < objects_type_count(c->k->o); i++) {
		const struct object_type *t = objects_type_at(c->k->o, i);

		group_path(t, path, sizeof(path));
		if (t->gone || strcmp(path, wanted) != 0)
			continue;
		add_paths(out, t, &first);
		any = true;
	}
	if (!any) {
		buf_reset(out);
		return false;
	}
	buf_puts(out, "},\"components\":{\"schemas\":{");
	for (uint32_t i = 0; i < objects_type_count(c->k->o); i++) {
		const struct object_type *t = objects_type_at(c->k->o, i);

		group_path(t, path, sizeof(path));
		if (t->gone || strcmp(path, wanted) != 0)
			continue;
		add_kind(c, out, t);
		buf_putc(out, ',');
	}
	for (const struct schema *s = schema_rows; s->name; s++) {
		if (s != schema_rows)
			buf_putc(out, ',');
		add_struct(out, s);
	}
	buf_puts(out, "}}}\n");
	return true;
}

#define V2_PROTO "application/com.github.proto-openapi.spec.v2"

/* Swagger: its version, its info, no paths and no definitions.  As protobuf:
 * fields 1 and 2 of openapi.v2.Document, the second with title and version. */
static void
answer_v2(struct kube_call *c)
{
	static const char title[] = "Kubernetes", version[] = "v1.33.5";
	const char *accept = str_or_empty(face_header(c->q, "Accept"));
	struct buf *out = &c->a->body;

	if (!str_has_prefix(accept, V2_PROTO)) {
		buf_printf(out,
			   "{\"swagger\":\"2.0\",\"info\":{\"title\":\"%s\","
			   "\"version\":\"%s\"},\"paths\":{},"
			   "\"definitions\":{}}\n", title, version);
		return;
	}
	c->a->type = V2_PROTO ".v1.0+protobuf";
	buf_printf(out, "\n%c2.0\x12%c\n%c%s\x12%c%s", 3,
		   (int)(sizeof(title) + sizeof(version) + 2),
		   (int)sizeof(title) - 1, title, (int)sizeof(version) - 1,
		   version);
}

bool
kube_openapi(struct kube_call *c)
{
	static const char v3[] = "/openapi/v3";
	const char *path = c->path.whole;

	if (kube_path_is(path, "/openapi/v2")) {
		c->a->status = 200;
		c->a->type = "application/json";
		answer_v2(c);
		return true;
	}
	if (strncmp(path, v3, sizeof(v3) - 1) != 0)
		return false;
	path += sizeof(v3) - 1;
	c->a->status = 200;
	c->a->type = "application/json";
	if (!*path || strcmp(path, "/") == 0) {
		answer_index(c);
		return true;
	}
	return *path == '/' && answer_document(c, path + 1);
}
