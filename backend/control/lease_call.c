/*
 * Reading and writing the Lease (reference integrations G3).
 */
#include "backend/control/lease_call.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/base/json.h"
#include "backend/control/object_call.h"

enum { BODY_LIMIT = 65536 };

void
lease_facts_fini(struct lease_facts *f)
{
	free(f->keep);
	f->keep = NULL;
}

static void
keep_member(struct buf *out, const struct tree *meta, const char *key)
{
	const struct tree *t = tree_get(meta, key);
	struct jsonw *w;

	if (!tree_is(t, TREE_OBJECT))
		return;
	buf_printf(out, ",\"%s\":", key);
	w = jsonw_new_buf(out, false);
	jsonw_tree(w, t);
	if (!jsonw_done(w))
		out->failed = true;
}

static void
copy(char *out, size_t room, const struct tree *t)
{
	snprintf(out, room, "%s", str_or_empty(tree_text(t)));
}

bool
lease_facts_read(struct lease_facts *f, const struct tree *object)
{
	const struct tree *meta = tree_get(object, "metadata");
	struct buf keep;
	int64_t n;

	if (!tree_text(tree_get(meta, "resourceVersion")))
		return false;
	f->exists = true;
	copy(f->uid, sizeof(f->uid), tree_get(meta, "uid"));
	copy(f->rv, sizeof(f->rv), tree_get(meta, "resourceVersion"));
	copy(f->holder, sizeof(f->holder),
	     tree_at(object, "spec.holderIdentity"));
	f->duration_s = tree_int(tree_at(object, "spec.leaseDurationSeconds"),
				 &n) &&
					n > 0 && n < 3600
				? (int32_t)n
				: 15;
	f->transitions =
		tree_int(tree_at(object, "spec.leaseTransitions"), &n) &&
				n >= 0 && n < INT32_MAX
			? (int32_t)n
			: 0;
	buf_init(&keep, BODY_LIMIT);
	keep_member(&keep, meta, "labels");
	keep_member(&keep, meta, "annotations");
	free(f->keep);
	f->keep = buf_ok(&keep) ? buf_take(&keep, NULL) : NULL;
	buf_fini(&keep);
	return true;
}

bool
lease_get(struct backend *b, const struct lease_facts *f,
	  lease_on_done on_done, void *ctx, struct err *err)
{
	return object_read(b, KIND_LEASE, f->ns, f->name, LEASE_READ_MS,
			   on_done, ctx, err);
}

/* MicroTime: six digits of fraction. */
static void
put_time(struct buf *out, const char *key, int64_t ms)
{
	char text[TIME_TEXT];
	size_t len;

	time_format(ms, true, text);
	len = strlen(text);
	buf_printf(out, ",\"%s\":\"%.*s000Z\"", key, (int)(len - 1), text);
}

static void
write_body(struct buf *out, const struct lease_facts *f, const char *holder,
	   int32_t duration_s, int64_t acquired_ms, int64_t now_ms)
{
	buf_puts(out, "{\"apiVersion\":\"coordination.k8s.io/v1\",\"kind\":"
		      "\"Lease\",\"metadata\":{\"name\":");
	buf_json_string(out, f->name, strlen(f->name));
	buf_puts(out, ",\"namespace\":");
	buf_json_string(out, f->ns, strlen(f->ns));
	if (f->exists) {
		buf_puts(out, ",\"uid\":");
		buf_json_string(out, f->uid, strlen(f->uid));
		buf_puts(out, ",\"resourceVersion\":");
		buf_json_string(out, f->rv, strlen(f->rv));
		buf_puts(out, str_or_empty(f->keep));
	}
	buf_puts(out, "},\"spec\":{\"holderIdentity\":");
	buf_json_string(out, holder, strlen(holder));
	buf_printf(out, ",\"leaseDurationSeconds\":%d", duration_s);
	put_time(out, "acquireTime", acquired_ms ? acquired_ms : now_ms);
	put_time(out, "renewTime", now_ms);
	buf_printf(out, ",\"leaseTransitions\":%d}}",
		   f->transitions + (*holder && strcmp(holder, f->holder) != 0
					     ? 1
					     : 0));
}

bool
lease_put(struct backend *b, const struct lease_facts *f, const char *holder,
	  int32_t duration_s, int64_t acquired_ms, struct permit *permit,
	  int64_t deadline_ms, lease_on_done on_done, void *ctx,
	  struct err *err)
{
	struct buf path, body;
	bool started;

	buf_init(&path, 4096);
	kube_path(&path, KIND_LEASE, f->ns, f->exists ? f->name : NULL, NULL);
	buf_printf(&path, "?fieldManager=paddock-%s", permit->act_id);
	buf_init(&body, BODY_LIMIT);
	write_body(&body, f, holder, duration_s, acquired_ms,
		   store_world_ms(b->store));
	started = kube_call(b->kube,
			    &(struct kube_call){
				    .row = permit->row,
				    .permit = permit,
				    .method = f->exists ? "PUT" : "POST",
				    .path = buf_text(&path),
				    .body = buf_text(&body),
				    .deadline_ms = deadline_ms,
				    .on_done = on_done,
				    .ctx = ctx,
			    },
			    err);
	buf_fini(&path);
	buf_fini(&body);
	return started;
}
