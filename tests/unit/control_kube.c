/*
 * The rig's server, as a cluster.
 */
#include "tests/unit/control_server.h"

#include "backend/base/json.h"

#include <stdio.h>
#include <stdlib.h>

static void
answer_list(struct control_rig *r, struct fake_conn *c,
	    const struct rig_object *all, const char *holding)
{
	struct buf b;
	bool first = true;

	buf_init(&b, 1 << 20);
	buf_printf(&b, "{\"kind\":\"List\",\"apiVersion\":\"v1\",\"metadata\":"
		   "{\"resourceVersion\":\"%d\"},\"items\":[", r->rv);
	for (int i = 0; all && i < RIG_OBJECTS; i++) {
		if (!all[i].json ||
		    (holding && !strstr(all[i].json, holding)))
			continue;
		buf_printf(&b, "%s%s", first ? "" : ",", all[i].json);
		first = false;
	}
	buf_puts(&b, "]}");
	fake_reply(c, 200, NULL, buf_text(&b));
	buf_fini(&b);
}

static const struct rig_object *
find_object(const struct rig_object *all, const char *name)
{
	for (int i = 0; i < RIG_OBJECTS; i++)
		if (all[i].json && strcmp(all[i].name, name) == 0)
			return &all[i];
	return NULL;
}

static void
answer_status(struct fake_conn *c, int code, const char *reason)
{
	char *text = xasprintf("{\"kind\":\"Status\",\"apiVersion\":\"v1\","
			       "\"status\":\"Failure\",\"reason\":\"%s\","
			       "\"message\":\"scripted %s\",\"code\":%d}",
			       reason, reason, code);

	fake_reply(c, code, NULL, text);
	free(text);
}

void
rig_answer_review(struct control_rig *r, struct fake_conn *c,
	      const struct fake_request *q)
{
	bool denied = r->deny && strstr(q->body, r->deny);

	fake_reply(c, 201, NULL,
		   denied ? "{\"status\":{\"allowed\":false,\"reason\":\"no "
			    "rule\"}}"
			  : "{\"status\":{\"allowed\":true}}");
}

/* The body of a PUT or POST with the next version. */
static void
store_lease(struct control_rig *r, struct fake_conn *c,
	    const struct fake_request *q)
{
	struct arena *a = arena_new();
	const struct tree *new = json_parse(a, q->body, q->body_len, NULL);
	const struct tree *old =
		r->lease ? json_parse(a, r->lease, strlen(r->lease), NULL)
			 : NULL;
	const char *rv = tree_text(tree_at(new, "metadata.resourceVersion"));
	const char *holder = tree_text(tree_at(new, "spec.holderIdentity"));

	assert_non_null(new);
	if (old && !str_eq(rv, tree_text(tree_at(
				       old, "metadata.resourceVersion")))) {
		answer_status(c, 409, "Conflict");
	} else {
		if (strcmp(q->method, "PUT") == 0)
			assert_text_equal(
				tree_text(tree_at(new, "metadata.labels.by")),
				"helm");
		rig_lease(r, str_or_empty(holder));
		if (!r->lose_answers || r->keep_lease_answers)
			fake_reply(c, 200, NULL, r->lease);
	}
	arena_free(a);
}

/* A node written back whole: its version must be the one we have. */
static void
replace_node(struct control_rig *r, struct fake_conn *c,
	     const struct fake_request *q, const char *name)
{
	struct rig_object *o = rig_place_for(r->nodes, name);
	char old[48], uid[40];
	const char *at;

	assert_non_null(o->json);
	snprintf(old, sizeof(old), "\"resourceVersion\":\"%d\"", o->rv);
	snprintf(uid, sizeof(uid), "%s", o->uid);
	at = strstr(q->body, old);
	if (!at) {
		answer_status(c, 409, "Conflict");
		return;
	}
	r->rv++;
	rig_put(r, r->nodes, "/api/v1/nodes", name, uid,
	    xasprintf("%.*s\"resourceVersion\":\"%d\"%s",
		      (int)(at - q->body), q->body, r->rv,
		      at + strlen(old)));
	if (!r->lose_answers)
		fake_reply(c, 200, NULL, rig_place_for(r->nodes, name)->json);
}

static void
write_merged(struct jsonw *w, const struct tree *old, const struct tree *new)
{
	jsonw_key(w, "annotations");
	jsonw_object(w);
	tree_each (m, old) {
		if (tree_get(new, m->key))
			continue;
		jsonw_key(w, m->key);
		jsonw_tree(w, m);
	}
	tree_each (m, new) {
		if (tree_is(m, TREE_NULL))
			continue;
		jsonw_key(w, m->key);
		jsonw_tree(w, m);
	}
	jsonw_end_object(w);
}

static char *
patched(const struct tree *node, const struct tree *patch, int rv)
{
	struct jsonw *w;
	struct buf out;
	char version[16];

	snprintf(version, sizeof(version), "%d", rv);
	buf_init(&out, 1 << 16);
	w = jsonw_new_buf(&out, false);
	jsonw_object(w);
	tree_each (m, node) {
		jsonw_key(w, m->key);
		if (!str_eq(m->key, "metadata")) {
			jsonw_tree(w, m);
			continue;
		}
		jsonw_object(w);
		tree_each (n, m) {
			if (str_eq(n->key, "annotations") ||
			    str_eq(n->key, "resourceVersion"))
				continue;
			jsonw_key(w, n->key);
			jsonw_tree(w, n);
		}
		jsonw_key(w, "resourceVersion");
		jsonw_text(w, version);
		write_merged(w, tree_get(m, "annotations"),
			     tree_at(patch, "metadata.annotations"));
		jsonw_end_object(w);
	}
	jsonw_end_object(w);
	assert_true(jsonw_done(w));
	return buf_take(&out, NULL);
}

void
rig_annotate(struct control_rig *r, const char *node, const char *key,
	     const char *value)
{
	struct rig_object *o = rig_place_for(r->nodes, node);
	struct arena *a = arena_new();
	char *text = xasprintf("{\"metadata\":{\"annotations\":{\"%s\":"
			       "%s%s%s}}}", key, value ? "\"" : "",
			       value ? value : "null", value ? "\"" : "");
	char uid[40];

	snprintf(uid, sizeof(uid), "%s", o->uid);
	r->rv++;
	rig_put(r, r->nodes, "/api/v1/nodes", node, uid,
		patched(json_parse(a, o->json, strlen(o->json), NULL),
			json_parse(a, text, strlen(text), NULL), r->rv));
	free(text);
	arena_free(a);
}

/* A merge patch of annotations, with uid and version as preconditions. */
static void
annotate_node(struct control_rig *r, struct fake_conn *c,
	      const struct fake_request *q, const char *name)
{
	struct rig_object *o = rig_place_for(r->nodes, name);
	struct arena *a = arena_new();
	const struct tree *patch = json_parse(a, q->body, q->body_len, NULL);
	const struct tree *node = json_parse(a, o->json, strlen(o->json),
					     NULL);
	char uid[40];

	snprintf(uid, sizeof(uid), "%s", o->uid);
	assert_non_null(patch);
	if (!str_eq(tree_text(tree_at(patch, "metadata.resourceVersion")),
		    tree_text(tree_at(node, "metadata.resourceVersion"))) ||
	    !str_eq(tree_text(tree_at(patch, "metadata.uid")), uid)) {
		answer_status(c, 409, "Conflict");
	} else {
		r->rv++;
		rig_put(r, r->nodes, "/api/v1/nodes", name, uid,
			patched(node, patch, r->rv));
		if (!r->lose_answers)
			fake_reply(c, 200, NULL,
				   rig_place_for(r->nodes, name)->json);
	}
	arena_free(a);
}

/* ".../pods/NAME/eviction" */
static void
evict(struct control_rig *r, struct fake_conn *c,
      const struct fake_request *q)
{
	const char *end = strstr(q->target, "/eviction");
	const char *at = end;
	char name[64];
	const struct rig_object *o;

	while (at[-1] != '/')
		at--;
	snprintf(name, sizeof(name), "%.*s", (int)(end - at), at);
	o = find_object(r->pods, name);
	if (!o) {
		answer_status(c, 404, "NotFound");
	} else if (!strstr(q->body, o->uid)) {
		answer_status(c, 409, "Conflict");
	} else if (r->refuse_evictions) {
		answer_status(c, 429, "TooManyRequests");
	} else {
		fake_reply(c, 201, NULL,
			   "{\"kind\":\"Status\",\"apiVersion\":\"v1\","
			   "\"status\":\"Success\"}");
		if (!r->keep_evicted)
			rig_pod_gone(r, name);
	}
}

void
rig_answer_write(struct control_rig *r, struct fake_conn *c,
	     const struct fake_request *q)
{
	const char *slash = strrchr(q->target, '/');
	char name[128];
	const struct rig_object *o;

	snprintf(name, sizeof(name), "%.*s",
		 (int)strcspn(slash + 1, "?"), slash + 1);
	if (strstr(q->target, "/leases")) {
		if (r->break_renewals)
			answer_status(c, 500, "InternalError");
		else
			store_lease(r, c, q);
		return;
	}
	if (r->conflicts > 0) {
		r->conflicts--;
		answer_status(c, 409, "Conflict");
		return;
	}
	if (strstr(q->target, "/eviction")) {
		evict(r, c, q);
		return;
	}
	if (strcmp(q->method, "DELETE") == 0) {
		o = find_object(r->pods, name);
		if (!o)
			answer_status(c, 404, "NotFound");
		else if (!strstr(q->body, o->uid))
			answer_status(c, 409, "Conflict");
		else
			fake_reply(c, 200, NULL, o->json);
		return;
	}
	o = find_object(r->nodes, name);
	if (!o)
		answer_status(c, 404, "NotFound");
	else if (strcmp(q->method, "PUT") == 0)
		replace_node(r, c, q, name);
	else if (strstr(q->body, "\"annotations\""))
		annotate_node(r, c, q, name);
	else
		fake_reply(c, 200, NULL, o->json);
}

static bool
names(const char *target, const char *path)
{
	size_t n = strlen(path);

	return strncmp(target, path, n) == 0 &&
	       (target[n] == '?' || target[n] == '\0');
}

void
rig_answer_get(struct control_rig *r, struct fake_conn *c,
	   const struct fake_request *q)
{
	static const char lease[] = "/apis/coordination.k8s.io/v1/namespaces/"
				    "kube-system/leases";
	const struct rig_object *o;
	const char *t = q->target;

	if (r->strict_watches && strstr(t, "watch=1") &&
	    rig_watch_is_old(r, t)) {
		answer_status(c, 410, "Expired");
	} else if (strstr(t, "watch=1")) {
		fake_stream(c, 200, NULL);
	} else if (names(t, "/api/v1/nodes")) {
		answer_list(r, c, r->nodes, NULL);
	} else if (names(t, "/api/v1/pods")) {
		const char *on = strstr(t, "spec.nodeName%3D");
		char holding[160];

		snprintf(holding, sizeof(holding), "\"nodeName\":\"%s\"",
			 on ? on + strlen("spec.nodeName%3D") : "");
		answer_list(r, c, r->pods, on ? holding : NULL);
	} else if (names(t, "/apis/apps/v1/deployments")) {
		answer_list(r, c, r->deployments, NULL);
	} else if (names(t, lease)) { /* by field selector */
		struct rig_object one[RIG_OBJECTS] = { 0 };

		one[0].json = r->lease;
		answer_list(r, c, one, NULL);
	} else if (strncmp(t, lease, strlen(lease)) == 0) {
		if (r->lease)
			fake_reply(c, 200, NULL, r->lease);
		else
			answer_status(c, 404, "NotFound");
	} else if (str_has_prefix(t, "/api/v1/namespaces/") &&
		   strstr(t, "/pods/") && !strstr(t, "/log?")) {
		o = find_object(r->pods, strstr(t, "/pods/") + 6);
		if (o)
			fake_reply(c, 200, NULL, o->json);
		else
			answer_status(c, 404, "NotFound");
	} else if (str_has_prefix(t, "/api/v1/nodes/")) {
		o = find_object(r->nodes, t + strlen("/api/v1/nodes/"));
		if (o)
			fake_reply(c, 200, NULL, o->json);
		else
			answer_status(c, 404, "NotFound");
	} else if (names(t, "/version")) {
		fake_reply(c, 200, NULL, "{\"major\":\"1\",\"minor\":\"33\"}");
	} else if (strstr(t, "/log?")) {
		fake_stream(c, 200, "Content-Type: text/plain\r\n");
	} else if (r->secret && strstr(t, "/configmaps/")) {
		fake_reply(c, 200, NULL, r->secret);
	} else if (strstr(t, "/configmaps?") &&
		   strstr(t, "priority-expander")) {
		struct rig_object one[RIG_OBJECTS] = { 0 };

		one[0].json = r->priorities;
		answer_list(r, c, one, NULL);
	} else if (strstr(t, "limit=") || strstr(t, "fieldSelector=")) {
		answer_list(r, c, NULL, NULL);
	} else {
		answer_status(c, 404, "NotFound");
	}
}
