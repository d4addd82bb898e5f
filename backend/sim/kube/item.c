/*
 * Objects as items of lists and events: text is copied, never written again,
 * except for kinds that are another shape of what is stored (shape.c).
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/sim/kube/internal.h"

json_t *
item_tree(const struct object_type *t, const struct object *obj)
{
	json_t *tree = object_tree(obj);

	shape_shown(t, tree);
	return tree;
}

static int
piece(const char *bytes, size_t len, void *ctx)
{
	buf_add(ctx, bytes, len);
	return 0;
}

static void
add_tree(struct buf *out, json_t *tree)
{
	json_dump_callback(tree, piece, out,
			   JSON_COMPACT | JSON_REAL_PRECISION(15));
	json_decref(tree);
}

void
item_whole(struct buf *out, const struct object_type *t,
	   const struct object *obj)
{
	if (t->storage)
		add_tree(out, item_tree(t, obj));
	else
		buf_add(out, obj->json, obj->len);
}

void
item_bare(struct buf *out, const struct object_type *t,
	  const struct object *obj)
{
	if (t->storage || t->custom) {
		item_whole(out, t, obj);
		return;
	}
	buf_putc(out, '{');
	buf_add(out, obj->json + obj->bare_at, obj->len - obj->bare_at);
}

void
item_whole_at(struct buf *out, const struct object_type *t,
	      const struct object *obj, uint64_t rv)
{
	if (t->storage) {
		json_t *tree = item_tree(t, obj);

		json_object_set_new(json_object_get(tree, "metadata"),
				    "resourceVersion",
				    json_sprintf("%llu",
						 (unsigned long long)rv));
		add_tree(out, tree);
		return;
	}
	buf_add(out, obj->json, obj->rv_at);
	buf_printf(out, "%llu", (unsigned long long)rv);
	buf_add(out, obj->json + obj->rv_at + obj->rv_len,
		obj->len - obj->rv_at - obj->rv_len);
}

void
item_metadata(struct buf *out, const struct object *obj)
{
	buf_puts(out, "{\"kind\":\"PartialObjectMetadata\","
		      "\"apiVersion\":\"meta.k8s.io/v1\",");
	buf_add(out, obj->json + obj->bare_at, obj->meta_end - obj->bare_at);
	buf_putc(out, '}');
}
