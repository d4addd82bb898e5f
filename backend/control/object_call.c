/*
 * Requests about one object of the cluster.
 */
#include "backend/control/object_call.h"

#include <stdio.h>

#include "backend/control/backend_private.h"

enum { PATH_BYTES = 4096, OPTIONS_BYTES = 4096 };

bool
object_read(struct backend *b, enum kind kind, const char *ns,
	    const char *name, int64_t deadline_ms,
	    void (*on_done)(void *ctx, const struct kube_answer *a),
	    void *ctx, struct err *err)
{
	struct buf path;
	bool started;

	buf_init(&path, PATH_BYTES);
	kube_path(&path, kind, ns, name, NULL);
	started = kube_call(b->kube,
			    &(struct kube_call){ .row = ROW_K8S_GET,
						 .method = "GET",
						 .path = buf_text(&path),
						 .deadline_ms = deadline_ms,
						 .on_done = on_done,
						 .ctx = ctx },
			    err);
	buf_fini(&path);
	return started;
}

bool
object_is_same(struct target *t, const struct kube_answer *a, struct err *err)
{
	const char *rv;

	if (a->err.code) {
		*err = a->err;
		return false;
	}
	if (!str_eq(tree_text(tree_at(a->body, "metadata.uid")), t->uid))
		return err_set(err, ERR_GONE,
			       "%s was replaced by another object of that "
			       "name (rule 7)", t->name);
	rv = tree_text(tree_at(a->body, "metadata.resourceVersion"));
	if (!rv)
		return err_set(err, ERR_BAD,
			       "kubernetes answered about %s without a "
			       "resourceVersion", t->name);
	snprintf(t->rv, sizeof(t->rv), "%s", rv);
	return true;
}

static void
on_written(void *ctx, const struct kube_answer *a)
{
	act_run_answer(ctx, &a->err, NULL);
}

bool
object_write(struct backend *b, struct act_run *a, struct permit *permit,
	     const struct object_write *w, struct err *err)
{
	const char *ns = *w->target->ns ? w->target->ns : NULL;
	struct buf path;
	bool started;

	buf_init(&path, PATH_BYTES);
	kube_path(&path, w->kind, ns, w->target->name, NULL);
	if (w->managed)
		buf_printf(&path, "?fieldManager=paddock-%s", act_run_id(a));
	started = kube_call(b->kube,
			    &(struct kube_call){
				    .row = w->row,
				    .permit = permit,
				    .method = w->method,
				    .path = buf_text(&path),
				    .content_type = w->content_type,
				    .body = w->body,
				    .deadline_ms = act_run_request_ms(a),
				    .on_done = on_written,
				    .ctx = a,
			    },
			    err);
	buf_fini(&path);
	return started;
}

bool
object_delete_pod(struct backend *b, struct act_run *a, struct permit *permit,
		  const struct target *t, struct err *err)
{
	struct buf body;
	bool started;

	buf_init(&body, OPTIONS_BYTES);
	buf_puts(&body, "{\"apiVersion\":\"v1\",\"kind\":\"DeleteOptions\","
			"\"preconditions\":{\"uid\":");
	buf_json_string(&body, t->uid, strlen(t->uid));
	buf_puts(&body, "}}");
	started = object_write(b, a, permit,
			       &(struct object_write){
				       .row = ROW_K8S_DELETE_POD,
				       .method = "DELETE",
				       .kind = KIND_POD,
				       .target = t,
				       .body = buf_text(&body),
			       },
			       err);
	buf_fini(&body);
	return started;
}
