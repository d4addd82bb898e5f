/*
 * Server-side Tables: column definitions and rows.
 */
#include <stdio.h>

#include "backend/sim/kube/cells.h"
#include "backend/sim/kube/internal.h"

#include "backend/base/json.h"

/* clang-format off */
static const struct object_column default_columns[] = {
	{ "Name", "string", "name",
	  "Name must be unique within a namespace. Is required when creating "
	  "resources, although some resources may allow a client to request "
	  "the generation of an appropriate name automatically. Name is "
	  "primarily intended for creation idempotence and configuration "
	  "definition. Cannot be updated. More info: "
	  "https://kubernetes.io/docs/concepts/overview/"
	  "working-with-objects/names#names", 0, "metadata.name" },
	{ "Age", "string", "", "CreationTimestamp is a timestamp representing "
	  "the server time when this object was created.", 0, "@age" },
	{ 0 },
};
/* clang-format on */

static const struct object_column *
columns_of(const struct object_type *t)
{
	const struct object_type *stored = t->storage ? t->storage : t;

	return stored->columns ? stored->columns : default_columns;
}

enum include_object
table_include(struct kube_call *c)
{
	const char *v = str_or_empty(kube_query(c, "includeObject"));

	return strcmp(v, "None") == 0	  ? INCLUDE_NONE
	       : strcmp(v, "Object") == 0 ? INCLUDE_OBJECT
					  : INCLUDE_METADATA;
}

static void
text_member(struct buf *out, const char *key, const char *value)
{
	buf_printf(out, "\"%s\":", key);
	buf_json_string(out, value, strlen(value));
}

void
table_begin(struct buf *out, const struct kube_call *c,
	    const struct object_type *t, bool headers, const char *list_meta)
{
	const struct object_column *col = columns_of(t);

	buf_printf(out,
		   "{\"kind\":\"Table\",\"apiVersion\":\"meta.k8s.io/%s\","
		   "\"metadata\":{%s},\"columnDefinitions\":[",
		   *c->accept.version ? c->accept.version : "v1", list_meta);
	for (bool first = true; headers && col->name; col++, first = false) {
		buf_puts(out, first ? "{" : ",{");
		text_member(out, "name", col->name);
		buf_putc(out, ',');
		text_member(out, "type", col->type);
		buf_putc(out, ',');
		text_member(out, "format", col->format);
		buf_putc(out, ',');
		text_member(out, "description", col->description);
		buf_printf(out, ",\"priority\":%d}", (int)col->priority);
	}
	buf_puts(out, "],\"rows\":[");
}

void
table_row(struct buf *out, struct kube_call *c, const struct object *obj,
	  enum include_object include)
{
	const struct object_column *col = columns_of(c->type);
	struct cell x = { .obj = obj, .out = out, .arena = c->k->scratch,
			  .now_ms = objects_now_ms(c->k->o) };
	struct err err;

	arena_reset(c->k->scratch);
	/* NULL when nested deeper than the parser goes: cells are empty. */
	x.t = json_parse(c->k->scratch, obj->json, obj->len, &err);
	buf_puts(out, out->at[out->len - 1] == '[' ? "{\"cells\":["
						   : ",{\"cells\":[");
	for (bool first = true; col->name; col++, first = false) {
		if (!first)
			buf_putc(out, ',');
		cell_write(&x, col);
	}
	buf_putc(out, ']');
	if (include == INCLUDE_METADATA) {
		buf_puts(out, ",\"object\":");
		item_metadata(out, obj);
	} else if (include == INCLUDE_OBJECT) {
		buf_puts(out, ",\"object\":");
		item_whole(out, c->type, obj);
	}
	buf_putc(out, '}');
}

void
table_end(struct buf *out)
{
	buf_puts(out, "]}");
}
