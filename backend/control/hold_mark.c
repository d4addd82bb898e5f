/*
 * The mark of a hold on one node: read, compared, patched with its version.
 */
#include "backend/control/hold.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/base/json.h"
#include "backend/base/text.h"
#include "backend/control/object_call.h"
#include "backend/model/node.h"

#define READ_MS ((int64_t)10 * 1000)
/* A node's status changes all the time: a lost race is run again. */
enum { RACES = 6, MARK_BYTES = 4096 };

struct node_mark {
	struct backend *backend;
	struct mark_spec spec;
	struct target target;
	struct hold hold;
	char *why;
	char op[ACT_ID_TEXT];
	struct buf body;
	int tries;
	bool starting, ended;
};

static void read_node(struct node_mark *m);

/* ---- the mark's text ---- */

static void
copy(char *out, size_t room, const struct tree *t)
{
	const char *text = str_or_empty(tree_text(t));

	text_clean_to(out, room, text, strlen(text));
}

bool
mark_read(const char *text, struct hold *out)
{
	struct arena *a;
	const struct tree *t;
	bool ok;

	if (!text || strlen(text) > MARK_BYTES)
		return false;
	a = arena_new();
	t = json_parse(a, text, strlen(text), NULL);
	memset(out, 0, sizeof(*out));
	copy(out->id, sizeof(out->id), tree_get(t, "id"));
	copy(out->reason, sizeof(out->reason), tree_get(t, "reason"));
	ok = tree_is(t, TREE_OBJECT) && *out->id &&
	     tree_time(tree_get(t, "since"), &out->since_ms) &&
	     tree_time(tree_get(t, "until"), &out->until_ms) &&
	     out->since_ms && out->until_ms;
	out->marked = true;
	arena_free(a);
	return ok;
}

/* was NULL: scale-down-disabled was not there before. */
static void
write_mark(struct buf *out, const struct hold *h, const char *was)
{
	struct jsonw *w = jsonw_new_buf(out, false);
	char at[TIME_TEXT];

	jsonw_object(w);
	jsonw_key(w, "id");
	jsonw_text(w, h->id);
	jsonw_key(w, "since");
	jsonw_text(w, time_format(h->since_ms, false, at));
	jsonw_key(w, "until");
	jsonw_text(w, time_format(h->until_ms, false, at));
	jsonw_key(w, "reason");
	jsonw_text(w, h->reason);
	jsonw_key(w, "was");
	jsonw_text(w, was);
	jsonw_end_object(w);
	if (!jsonw_done(w))
		out->failed = true;
}

/* ---- life ---- */

void
node_mark_drop(struct node_mark *m)
{
	if (!m)
		return;
	buf_fini(&m->body);
	free(m->why);
	free(m);
}

static void
end(struct node_mark *m, const struct err *err)
{
	struct err copy_of = *err;

	m->ended = true;
	m->spec.done(m->spec.ctx, &copy_of);
	if (!m->starting)
		node_mark_drop(m);
}

/* ---- the patch ---- */

static const struct tree *
annotation(const struct tree *node, const char *key)
{
	return tree_get(tree_at(node, "metadata.annotations"), key);
}

/* What stood there before any hold, by the mark that is there now. */
static const char *
before_holds(struct arena *a, const struct tree *node, bool *marked)
{
	const char *mark = tree_text(annotation(node, ANNOTATION_HOLD));
	const struct tree *t =
		mark ? json_parse(a, mark, strlen(mark), NULL) : NULL;

	*marked = tree_is(t, TREE_OBJECT);
	return *marked ? tree_text(tree_get(t, "was"))
		       : tree_text(annotation(node,
					      ANNOTATION_NO_SCALE_DOWN));
}

static bool
is_marked_by(const struct node_mark *m, const struct tree *node)
{
	struct hold there;

	return mark_read(tree_text(annotation(node, ANNOTATION_HOLD)),
			 &there) &&
	       strcmp(there.id, m->hold.id) == 0 &&
	       str_eq(tree_text(annotation(node, ANNOTATION_NO_SCALE_DOWN)),
		      "true");
}

/* False: nothing to change. */
static bool
write_patch(struct node_mark *m, const struct tree *node)
{
	struct arena *a = arena_new();
	bool marked;
	const char *was = before_holds(a, node, &marked);
	const char *is = tree_text(annotation(node, ANNOTATION_NO_SCALE_DOWN));
	bool change = m->spec.hold ? !is_marked_by(m, node)
				   : annotation(node, ANNOTATION_HOLD) != NULL;
	struct buf mark;
	struct jsonw *w;

	buf_init(&mark, MARK_BYTES);
	if (m->spec.hold)
		write_mark(&mark, &m->hold, was);
	buf_fini(&m->body);
	buf_init(&m->body, 4 * MARK_BYTES);
	w = jsonw_new_buf(&m->body, false);
	jsonw_object(w);
	jsonw_key(w, "metadata");
	jsonw_object(w);
	jsonw_key(w, "uid");
	jsonw_text(w, m->target.uid);
	jsonw_key(w, "resourceVersion");
	jsonw_text(w, m->target.rv);
	jsonw_key(w, "annotations");
	jsonw_object(w);
	jsonw_key(w, ANNOTATION_HOLD);
	jsonw_text(w, m->spec.hold ? buf_text(&mark) : NULL);
	/* Somebody set it anew since: that stays. */
	if (m->spec.hold || (marked && str_eq(is, "true"))) {
		jsonw_key(w, ANNOTATION_NO_SCALE_DOWN);
		jsonw_text(w, m->spec.hold ? "true" : was);
	}
	jsonw_end_object(w);
	jsonw_end_object(w);
	jsonw_end_object(w);
	if (!jsonw_done(w) || !buf_ok(&mark))
		m->body.failed = true;
	buf_fini(&mark);
	arena_free(a);
	return change;
}

static bool
send_patch(void *ctx, struct act_run *a, struct permit *permit,
	   struct err *err)
{
	struct node_mark *m = ctx;

	return object_write(m->backend, a, permit,
			    &(struct object_write){
				    .row = ROW_K8S_ANNOTATE_NODE,
				    .method = "PATCH",
				    .kind = KIND_NODE,
				    .target = &m->target,
				    .content_type =
					    "application/merge-patch+json",
				    .body = buf_text(&m->body),
				    .managed = true,
			    },
			    err);
}

static void
on_act_done(void *ctx, const struct act_end *o)
{
	struct node_mark *m = ctx;

	if (o->err.code == ERR_CONFLICT && ++m->tries < RACES)
		read_node(m);
	else
		end(m, &o->err);
}

static void
act(struct node_mark *m)
{
	struct err err;

	if (act_run_start(m->backend,
			  &(struct act_spec){
				  .row = ROW_K8S_ANNOTATE_NODE,
				  .verb = "annotate",
				  .op = m->op,
				  .by = m->spec.by,
				  .leaderless = true,
				  .kind = KIND_NODE,
				  .target = &m->target,
				  .why = m->why,
				  .before = m->spec.hold ? "" : "held",
				  .after = m->spec.hold ? "held" : "",
				  .send = send_patch,
				  .done = on_act_done,
				  .ctx = m,
			  },
			  &err))
		return;
	end(m, &err);
}

static void
on_read(void *ctx, const struct kube_answer *a)
{
	struct node_mark *m = ctx;
	struct err err = { .code = ERR_NONE };

	if (!object_is_same(&m->target, a, &err)) {
		end(m, &err);
		return;
	}
	if (!write_patch(m, a->body)) {
		end(m, &err);
	} else if (!buf_ok(&m->body)) {
		err_set(&err, ERR_LIMIT, "node %s: the mark is too long",
			m->target.name);
		end(m, &err);
	} else {
		act(m);
	}
}

static void
read_node(struct node_mark *m)
{
	struct err err;

	if (!object_read(m->backend, KIND_NODE, NULL, m->target.name, READ_MS,
			 on_read, m, &err))
		end(m, &err);
}

struct node_mark *
node_mark_start(struct backend *b, const struct mark_spec *spec)
{
	struct node_mark *m = xcalloc(1, sizeof(*m));

	m->backend = b;
	m->spec = *spec;
	m->target = *spec->target;
	if (spec->hold)
		m->hold = *spec->hold;
	m->spec.hold = spec->hold ? &m->hold : NULL;
	m->why = xstrdup(str_or_empty(spec->why));
	snprintf(m->op, sizeof(m->op), "%s", str_or_empty(spec->op));
	buf_init(&m->body, MARK_BYTES);
	m->starting = true;
	read_node(m);
	m->starting = false;
	if (!m->ended)
		return m;
	node_mark_drop(m);
	return NULL;
}
