/*
 * Reading, changing and writing back a node.
 */
#include "backend/control/node_edit.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/base/json.h"
#include "backend/control/object_call.h"

#define RETRY_MS 750
#define FOR_MS 5000 /* upstream's patience with lost races */
enum { NODE_BYTES = 4 << 20, LOST = 2 };

struct node_edit {
	struct backend *backend;
	struct node_edit_spec spec;
	struct target target;
	char *op, *why, *value;
	struct reactor_timer *timer;
	struct buf body;	/* what will be written */
	int64_t end_boot_ms;
	int lost;		/* answers that never came */
	bool looked;		/* was_cordoned is known */
	bool was_cordoned;
	bool starting, ended;	/* within node_edit_start */
};

static void read_node(struct node_edit *e);

void
node_edit_drop(struct node_edit *e)
{
	if (!e)
		return;
	reactor_timer_free(e->timer);
	buf_fini(&e->body);
	free(e->op);
	free(e->why);
	free(e->value);
	free(e);
}

static void
edit_end(struct node_edit *e, const struct err *err)
{
	struct err copy = *err;

	e->ended = true;
	e->spec.done(e->spec.ctx, &copy, e->was_cordoned);
	if (!e->starting)
		node_edit_drop(e);
}

static void
on_timer(void *ctx)
{
	read_node(ctx);
}

/* ---- the change ---- */

static bool
is_removed(const struct node_edit *e, const char *key)
{
	for (int i = 0; i < EDIT_REMOVES; i++)
		if (e->spec.remove[i] && str_eq(key, e->spec.remove[i]))
			return true;
	return false;
}

static bool
has_taint(const struct tree *node, const char *key)
{
	tree_each (t, tree_at(node, "spec.taints"))
		if (str_eq(tree_text(tree_get(t, "key")), key))
			return true;
	return false;
}

static bool
is_so(const struct node_edit *e, const struct tree *node)
{
	bool cordoned = tree_bool(tree_at(node, "spec.unschedulable"), false);

	if (e->spec.add && !has_taint(node, e->spec.add))
		return false;
	for (int i = 0; i < EDIT_REMOVES; i++)
		if (e->spec.remove[i] && has_taint(node, e->spec.remove[i]))
			return false;
	return e->spec.cordon == 0 || cordoned == (e->spec.cordon > 0);
}

static void
write_taints(struct jsonw *w, const struct node_edit *e,
	     const struct tree *taints)
{
	bool there = false;

	jsonw_key(w, "taints");
	jsonw_array(w);
	tree_each (t, taints) {
		const char *key = tree_text(tree_get(t, "key"));

		if (is_removed(e, key))
			continue;
		there |= e->spec.add && str_eq(key, e->spec.add);
		jsonw_tree(w, t);
	}
	if (e->spec.add && !there) {
		jsonw_object(w);
		jsonw_key(w, "key");
		jsonw_text(w, e->spec.add);
		jsonw_opt_text(w, "value", e->value);
		jsonw_key(w, "effect");
		jsonw_text(w, e->spec.effect);
		jsonw_end_object(w);
	}
	jsonw_end_array(w);
}

static void
write_spec(struct jsonw *w, const struct node_edit *e, const struct tree *spec)
{
	jsonw_key(w, "spec");
	jsonw_object(w);
	tree_each (m, spec) {
		if (str_eq(m->key, "taints") ||
		    (str_eq(m->key, "unschedulable") && e->spec.cordon != 0))
			continue;
		jsonw_key(w, m->key);
		jsonw_tree(w, m);
	}
	write_taints(w, e, tree_get(spec, "taints"));
	if (e->spec.cordon > 0) {
		jsonw_key(w, "unschedulable");
		jsonw_bool(w, true);
	}
	jsonw_end_object(w);
}

/* The whole object, so that nothing we do not know is lost. */
static bool
write_node(struct node_edit *e, const struct tree *node)
{
	struct jsonw *w;

	buf_fini(&e->body);
	buf_init(&e->body, NODE_BYTES);
	w = jsonw_new_buf(&e->body, false);
	jsonw_object(w);
	tree_each (m, node) {
		if (str_eq(m->key, "spec"))
			continue;
		jsonw_key(w, m->key);
		jsonw_tree(w, m);
	}
	write_spec(w, e, tree_get(node, "spec"));
	jsonw_end_object(w);
	return jsonw_done(w) && buf_ok(&e->body);
}

/* ---- requests ---- */

static bool
send_write(void *ctx, struct act_run *a, struct permit *permit,
	   struct err *err)
{
	struct node_edit *e = ctx;

	return object_write(e->backend, a, permit,
			    &(struct object_write){
				    .row = ROW_K8S_TAINT,
				    .method = "PUT",
				    .kind = KIND_NODE,
				    .target = &e->target,
				    .body = buf_text(&e->body),
				    .managed = true,
			    },
			    err);
}

/* A lost race is run again; an answer that never came is looked up. */
static void
on_act_done(void *ctx, const struct act_end *o)
{
	struct node_edit *e = ctx;
	bool lost = o->sent && o->err.code == ERR_RETRY && e->lost++ < LOST;
	bool raced = o->err.code == ERR_CONFLICT &&
		     backend_boot_ms(e->backend) < e->end_boot_ms;

	if (lost || raced)
		reactor_timer_arm(e->timer, RETRY_MS);
	else
		edit_end(e, &o->err);
}

static void
describe(const struct node_edit *e, char *out, size_t room)
{
	snprintf(out, room, "%s%s%s%s%s", e->spec.add ? "+" : "",
		 str_or_empty(e->spec.add),
		 e->spec.remove[0] ? "-" : "",
		 str_or_empty(e->spec.remove[0]),
		 e->spec.cordon > 0   ? " cordoned"
		 : e->spec.cordon < 0 ? " schedulable"
				      : "");
}

static void
write_back(struct node_edit *e)
{
	struct err err;
	char after[160];

	describe(e, after, sizeof(after));
	if (act_run_start(e->backend,
			  &(struct act_spec){
				  .row = ROW_K8S_TAINT,
				  .verb = e->spec.add ? "taint" : "untaint",
				  .op = e->op,
				  .by = e->spec.by,
				  .kind = KIND_NODE,
				  .target = &e->target,
				  .why = e->why,
				  .before = e->was_cordoned ? "cordoned"
							    : "schedulable",
				  .after = after,
				  .request_ms = e->spec.by == ACT_BY_PADDOCK
							? PERMIT_LEASED_MS
							: 0,
				  .send = send_write,
				  .done = on_act_done,
				  .ctx = e,
			  },
			  &err))
		return;
	edit_end(e, &err);
}

static void
on_read(void *ctx, const struct kube_answer *a)
{
	struct node_edit *e = ctx;
	struct err err = { .code = ERR_NONE };

	if (!object_is_same(&e->target, a, &err)) {
		edit_end(e, &err);
		return;
	}
	if (!e->looked)
		e->was_cordoned = tree_bool(
			tree_at(a->body, "spec.unschedulable"), false);
	e->looked = true;
	if (is_so(e, a->body)) {
		edit_end(e, &err);
	} else if (!write_node(e, a->body)) {
		err_set(&err, ERR_LIMIT, "node %s is too large to be written",
			e->target.name);
		edit_end(e, &err);
	} else {
		write_back(e);
	}
}

static void
read_node(struct node_edit *e)
{
	struct err err;

	if (!object_read(e->backend, KIND_NODE, NULL, e->target.name, FOR_MS,
			 on_read, e, &err))
		edit_end(e, &err);
}

struct node_edit *
node_edit_start(struct backend *b, const struct node_edit_spec *spec)
{
	struct node_edit *e = xcalloc(1, sizeof(*e));

	e->backend = b;
	e->spec = *spec;
	e->target = *spec->target;
	e->op = xstrdup(str_or_empty(spec->op));
	e->why = xstrdup(str_or_empty(spec->why));
	e->value = spec->value ? xstrdup(spec->value) : NULL;
	e->timer = reactor_timer_new(b->reactor, on_timer, e);
	e->end_boot_ms = backend_boot_ms(b) + FOR_MS;
	buf_init(&e->body, NODE_BYTES);
	e->starting = true;
	read_node(e);
	e->starting = false;
	if (!e->ended)
		return e;
	node_edit_drop(e);
	return NULL;
}
