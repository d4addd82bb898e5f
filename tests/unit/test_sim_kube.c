/*
 * The Kubernetes face: lists and paging, watches, negotiation.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/sim_kube.h"

#define CM "/api/v1/namespaces/default/configmaps"
#define PODS "/api/v1/namespaces/default/pods"
#define TABLE "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"

static void
make_cm(struct sim_kube *x, const char *name)
{
	char text[200];

	snprintf(text, sizeof(text), "{'metadata':{'name':'%s','labels':"
		 "{'n':'%s'}}}", name, name);
	sim_make(&x->s, "configmaps", "default", text);
}

/* The text between from and the next `to`, in the arena. */
static const char *
between(struct sim_kube *x, const char *text, const char *from, const char *to)
{
	const char *at = strstr(text, from), *end;

	if (!at)
		return NULL;
	at += strlen(from);
	end = strstr(at, to);
	return end ? arena_strndup(x->arena, at, (size_t)(end - at)) : NULL;
}

/* ---- get and errors ---- */

static void
test_get_and_the_real_errors(void **state)
{
	struct sim_kube x;

	(void)state;
	sim_kube_init(&x);
	make_cm(&x, "a");
	assert_int_equal(sim_get_call(&x, CM "/a"), 200);
	assert_text_contains(sim_body(&x),
			     "{'kind':'ConfigMap','apiVersion':'v1',"
			     "'metadata':{'name':'a'");
	assert_non_null(sim_header(&x, "Audit-Id"));
	assert_int_equal(sim_get_call(&x, CM "/b"), 404);
	assert_text_equal(sim_body(&x),
			  "{'kind':'Status','apiVersion':'v1','metadata':{},"
			  "'status':'Failure','message':'configmaps \\'b\\' "
			  "not found','reason':'NotFound','details':{'name':"
			  "'b','kind':'configmaps'},'code':404}\n");
	assert_int_equal(sim_get_call(&x, "/api/v1/unicorns"), 404);
	/* No details: kubectl tells a path that is not served from an object
	 * that is not there by them. */
	assert_text_equal(sim_body(&x),
			  "{'kind':'Status','apiVersion':'v1','metadata':{},"
			  "'status':'Failure','message':'the server could not "
			  "find the requested resource','reason':'NotFound',"
			  "'details':{},'code':404}\n");
	assert_int_equal(sim_get_call(&x, "/apis/apps/v2/deployments"), 404);
	assert_text_contains(sim_body(&x), "'details':{}");
	assert_int_equal(sim_get_call(&x, "/apis/example.com/v1/things"), 404);
	assert_text_equal(sim_body(&x), "404 page not found\n");
	assert_int_equal(sim_call(&x, "POST", CM "/a", NULL, "{}"), 405);
	assert_int_equal(sim_call(&x, "BREW", CM, NULL, NULL), 405);
	assert_int_equal(sim_call(&x, "POST", "/api/v1/configmaps", NULL,
				  "{'metadata':{'name':'x'}}"), 405);
	sim_kube_fini(&x);
}

/* ---- lists ---- */

static void
test_paging_shows_one_moment(void **state)
{
	struct sim_kube x;
	const char *token, *rv;
	char target[400], name[24];

	(void)state;
	sim_kube_init(&x);
	for (int i = 0; i < 7; i++) {
		snprintf(name, sizeof(name), "c%d", i);
		make_cm(&x, name);
	}
	assert_int_equal(sim_get_call(&x, CM "?limit=3"), 200);
	sim_body(&x);
	assert_text_contains(sim_body(&x), "'remainingItemCount':4}");
	rv = between(&x, sim_body(&x), "'resourceVersion':'", "'");
	token = between(&x, sim_body(&x), "'continue':'", "'");
	assert_non_null(token);
	assert_null(strstr(sim_body(&x), "'c3'"));
	snprintf(target, sizeof(target), CM "?limit=3&continue=%s", token);
	/* What happens meanwhile does not show. */
	sim_delete(&x.s, "configmaps", "default", "c4", NULL);
	make_cm(&x, "c35");
	snprintf(name, sizeof(name), "%s", rv);
	assert_int_equal(sim_get_call(&x, target), 200);
	sim_body(&x);
	assert_text_contains(sim_body(&x), "'name':'c4'");
	assert_null(strstr(sim_body(&x), "'name':'c35'"));
	assert_text_contains(sim_body(&x), name);
	assert_text_contains(sim_body(&x), "'remainingItemCount':1}");
	token = between(&x, sim_body(&x), "'continue':'", "'");
	snprintf(target, sizeof(target), CM "?limit=3&continue=%s", token);
	assert_int_equal(sim_get_call(&x, target), 200);
	sim_body(&x);
	assert_text_contains(sim_body(&x), "'name':'c6'");
	assert_null(strstr(sim_body(&x), "'continue'"));
	assert_int_equal(sim_get_call(&x, CM "?continue=rubbish!"), 400);
	sim_kube_fini(&x);
}

static void
test_old_tokens_expire_with_a_way_on(void **state)
{
	struct sim_kube x;
	const char *token;
	char target[600], patch[3000];

	(void)state;
	sim_kube_init(&x);
	make_cm(&x, "a");
	make_cm(&x, "b");
	assert_int_equal(sim_get_call(&x, CM "?limit=1"), 200);
	token = between(&x, sim_body(&x), "'continue':'", "'");
	snprintf(target, sizeof(target), CM "?limit=1&continue=%s", token);
	for (int i = 0; i < 60; i++) {
		snprintf(patch, sizeof(patch), "{'data':{'k':'%02900d'}}", i);
		sim_patch(&x.s, "configmaps", "default", "a", PATCH_MERGE,
			  patch);
	}
	assert_int_equal(sim_get_call(&x, target), 410);
	assert_text_contains(sim_body(&x), "The provided continue parameter "
			     "is too old");
	assert_text_contains(sim_body(&x), "'reason':'Expired'");
	token = between(&x, sim_body(&x), "'continue':'", "'");
	assert_non_null(token);
	snprintf(target, sizeof(target), CM "?limit=1&continue=%s", token);
	assert_int_equal(sim_get_call(&x, target), 200);
	assert_text_contains(sim_body(&x), "'name':'b'");
	sim_kube_fini(&x);
}

static void
test_resource_version_rules(void **state)
{
	struct sim_kube x;
	char target[300];
	uint64_t rv;

	(void)state;
	sim_kube_init(&x);
	make_cm(&x, "a");
	rv = objects_rv(x.s.o);
	make_cm(&x, "b");
	assert_int_equal(sim_get_call(&x, CM "?resourceVersion=0&limit=1"),
			 200);
	assert_text_contains(sim_body(&x), "'name':'b'");
	snprintf(target, sizeof(target), CM "?resourceVersion=%llu"
		 "&resourceVersionMatch=Exact", (unsigned long long)rv);
	assert_int_equal(sim_get_call(&x, target), 200);
	assert_null(strstr(sim_body(&x), "'name':'b'"));
	snprintf(target, sizeof(target), CM "?resourceVersion=%llu"
		 "&resourceVersionMatch=NotOlderThan", (unsigned long long)rv);
	assert_int_equal(sim_get_call(&x, target), 200);
	assert_text_contains(sim_body(&x), "'name':'b'");
	assert_int_equal(sim_get_call(&x, CM "?resourceVersion=999999"), 504);
	assert_text_contains(sim_body(&x), "ResourceVersionTooLarge");
	assert_int_equal(sim_get_call(&x, CM "?resourceVersionMatch=Exact"),
			 422);
	assert_int_equal(sim_get_call(&x, CM "?resourceVersion=abc"), 400);
	assert_int_equal(sim_get_call(&x, CM "?sendInitialEvents=true"), 422);
	sim_kube_fini(&x);
}

static void
test_selectors_in_lists(void **state)
{
	/* clang-format off */
	static const struct {
		const char *query;
		const char *names; /* NULL: 400 */
	} cases[] = {
		{ "labelSelector=app%3Dx", "p1 p2 " },
		{ "labelSelector=app==x,tier!=db", "p1 " },
		{ "labelSelector=app+in+(x,y)", "p1 p2 p3 " },
		{ "labelSelector=app+notin+(x)", "p3 p4 " },
		{ "labelSelector=app", "p1 p2 p3 " },
		{ "labelSelector=!app", "p4 " },
		{ "labelSelector=n>1", "p2 p3 " },
		{ "labelSelector=n<2", "p1 " },
		{ "labelSelector=app=", "" },
		{ "labelSelector=app=x,", NULL },
		{ "labelSelector==x", NULL },
		{ "labelSelector=app+in+x", NULL },
		{ "labelSelector=app+in+(x", NULL },
		{ "labelSelector=-app", NULL },
		{ "fieldSelector=metadata.name=p3", "p3 " },
		{ "fieldSelector=spec.nodeName=n1", "p1 p2 " },
		{ "fieldSelector=spec.nodeName!=n1", "p3 p4 " },
		{ "fieldSelector=spec.nodeName=n1,metadata.name!=p1", "p2 " },
		{ "fieldSelector=status.phase=Pending", "p1 p2 p3 p4 " },
		{ "fieldSelector=spec.hostNetwork=false", "p1 p2 p3 p4 " },
		{ "fieldSelector=spec.nope=1", NULL },
		{ "fieldSelector=nonsense", NULL },
	};
	/* clang-format on */
	static const char *const labels[] = {
		"'app':'x','n':'1'", "'app':'x','tier':'db','n':'2'",
		"'app':'y','n':'3'", "'n':'word'",
	};
	struct sim_kube x;
	char text[400], names[100];

	(void)state;
	sim_kube_init(&x);
	for (int i = 0; i < 4; i++) {
		snprintf(text, sizeof(text), "{'metadata':{'name':'p%d',"
			 "'labels':{%s}},'spec':{'containers':[{'name':'c',"
			 "'image':'i'}]}}", i + 1, labels[i]);
		sim_make(&x.s, "pods", "default", text);
	}
	objects_bind(x.s.o, "default", "p1", NULL, "n1", &x.s.st);
	objects_bind(x.s.o, "default", "p2", NULL, "n1", &x.s.st);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *at;
		int n = 0;

		snprintf(text, sizeof(text), PODS "?%s", cases[i].query);
		assert_int_equal(sim_get_call(&x, text),
				 cases[i].names ? 200 : 400);
		if (!cases[i].names)
			continue;
		names[0] = '\0';
		for (at = sim_body(&x);
		     (at = strstr(at, "'metadata':{'name':'"));) {
			at += strlen("'metadata':{'name':'");
			n += snprintf(names + n, sizeof(names) - (size_t)n,
				      "%.2s ", at);
		}
		assert_text_equal(names, cases[i].names);
	}
	assert_int_equal(sim_get_call(&x, PODS "?fieldSelector=foo%3Dbar"),
			 400);
	assert_text_contains(sim_body(&x),
			     "Unable to find \\'/v1, Resource=pods\\' that "
			     "match label selector \\'\\', field selector "
			     "\\'foo=bar\\': field label not supported: foo");
	assert_int_equal(sim_get_call(&x, CM "?fieldSelector=data.x%3D1"),
			 400);
	assert_text_contains(sim_body(&x), "is not a known field selector: "
			     "only \\'metadata.name\\'");
	sim_kube_fini(&x);
}

static void
test_long_lists_come_in_pieces(void **state)
{
	struct sim_kube x;
	char text[3000], name[16];
	json_t *tree;
	bool open = true;
	struct buf all;
	int pieces = 0;

	(void)state;
	sim_kube_init(&x);
	for (int i = 0; i < 500; i++) {
		snprintf(name, sizeof(name), "c%04d", i);
		snprintf(text, sizeof(text), "{'metadata':{'name':'%s'},"
			 "'data':{'k':'%02600d'}}", name, i);
		sim_make(&x.s, "configmaps", "default", text);
	}
	assert_int_equal(sim_get_call(&x, "/api/v1/configmaps"), 200);
	assert_non_null(x.a.stream.pull);
	buf_init(&all, 16 << 20);
	while (open) {
		const char *piece;

		/* Writes in between do not disturb it. */
		sim_delete(&x.s, "configmaps", "default", "c0499", NULL);
		piece = sim_pull(&x, &open);
		assert_true(x.a.body.len < FACE_PIECE_BYTES + 8192);
		buf_puts(&all, piece);
		pieces++;
	}
	assert_true(pieces > 3);
	tree = sim_json(buf_text(&all));
	assert_int_equal(json_array_size(json_object_get(tree, "items")), 500);
	json_decref(tree);
	buf_fini(&all);
	sim_kube_fini(&x);
}

/* ---- watches ---- */

static void
test_watch_from_now_and_from_then(void **state)
{
	struct sim_kube x;
	char target[300];
	const char *text;
	uint64_t rv;
	bool open;

	(void)state;
	sim_kube_init(&x);
	make_cm(&x, "a");
	rv = objects_rv(x.s.o);
	make_cm(&x, "b");
	/* Unset: what is there as ADDED, then changes. */
	assert_int_equal(sim_get_call(&x, CM "?watch=true"), 200);
	text = sim_pull(&x, &open);
	assert_true(open);
	assert_true(str_has_prefix(text, "{'type':'ADDED','object':{'kind':"
				   "'ConfigMap','apiVersion':'v1',"));
	assert_text_contains(text, "'name':'b'");
	assert_text_equal(sim_pull(&x, &open), "");
	sim_patch(&x.s, "configmaps", "default", "a", PATCH_MERGE,
		  "{'data':{'k':'v'}}");
	text = sim_pull(&x, &open);
	assert_true(str_has_prefix(text, "{'type':'MODIFIED'"));
	sim_delete(&x.s, "configmaps", "default", "a", NULL);
	text = sim_pull(&x, &open);
	assert_true(str_has_prefix(text, "{'type':'DELETED'"));
	/* Exactly after a version. */
	snprintf(target, sizeof(target), CM "?watch=1&resourceVersion=%llu",
		 (unsigned long long)rv);
	assert_int_equal(sim_get_call(&x, target), 200);
	text = sim_pull(&x, &open);
	assert_true(str_has_prefix(text, "{'type':'ADDED'"));
	assert_text_contains(text, "'name':'b'");
	assert_text_contains(text, "\n{'type':'MODIFIED'");
	assert_text_contains(text, "\n{'type':'DELETED'");
	sim_kube_fini(&x);
}

static void
test_watch_selectors_turn_changes_into_comings_and_goings(void **state)
{
	struct sim_kube x;
	const char *text;
	bool open;

	(void)state;
	sim_kube_init(&x);
	make_cm(&x, "a");
	assert_int_equal(sim_get_call(&x, CM "?watch=true&labelSelector="
				      "color%3Dred"), 200);
	assert_text_equal(sim_pull(&x, &open), "");
	sim_patch(&x.s, "configmaps", "default", "a", PATCH_MERGE,
		  "{'metadata':{'labels':{'color':'red'}}}");
	text = sim_pull(&x, &open);
	assert_true(str_has_prefix(text, "{'type':'ADDED'"));
	sim_patch(&x.s, "configmaps", "default", "a", PATCH_MERGE,
		  "{'data':{'k':'v'}}");
	text = sim_pull(&x, &open);
	assert_true(str_has_prefix(text, "{'type':'MODIFIED'"));
	sim_patch(&x.s, "configmaps", "default", "a", PATCH_MERGE,
		  "{'metadata':{'labels':{'color':'blue'}}}");
	text = sim_pull(&x, &open);
	assert_true(str_has_prefix(text, "{'type':'DELETED'"));
	/* As it was, at the version it left. */
	assert_text_contains(text, "'color':'red'");
	snprintf(x.s.st.message, sizeof(x.s.st.message),
		 "'resourceVersion':'%llu'",
		 (unsigned long long)objects_rv(x.s.o));
	assert_text_contains(text, x.s.st.message);
	sim_delete(&x.s, "configmaps", "default", "a", NULL);
	assert_text_equal(sim_pull(&x, &open), "");
	sim_kube_fini(&x);
}

static void
test_initial_events_bookmarks_and_timeouts(void **state)
{
	struct sim_kube x;
	const char *text;
	bool open;

	(void)state;
	sim_kube_init(&x);
	make_cm(&x, "a");
	assert_int_equal(sim_get_call(&x, CM "?watch=true&sendInitialEvents="
				      "true&allowWatchBookmarks=true"), 422);
	assert_int_equal(sim_get_call(
		&x, CM "?watch=true&sendInitialEvents=true&"
		"resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true"
		"&timeoutSeconds=100"), 200);
	text = sim_pull(&x, &open);
	assert_true(str_has_prefix(text, "{'type':'ADDED'"));
	assert_text_contains(text, "\n{'type':'BOOKMARK','object':{'kind':"
			     "'ConfigMap','apiVersion':'v1','metadata':{"
			     "'resourceVersion':'");
	assert_text_contains(text, "'k8s.io/initial-events-end':'true'");
	assert_text_equal(sim_pull(&x, &open), "");
	x.boot_ms += 61 * 1000;
	text = sim_pull(&x, &open);
	assert_true(str_has_prefix(text, "{'type':'BOOKMARK'"));
	assert_true(open);
	x.boot_ms += 40 * 1000;
	text = sim_pull(&x, &open);
	assert_true(str_has_prefix(text, "{'type':'BOOKMARK'"));
	assert_false(open);
	sim_kube_fini(&x);
}

static void
test_watches_that_cannot_be(void **state)
{
	struct sim_kube x;
	char patch[3000];
	const char *text;
	bool open;

	(void)state;
	sim_kube_init(&x);
	make_cm(&x, "a");
	assert_int_equal(sim_get_call(&x, CM "?watch=true&resourceVersion="
				      "99999"), 504);
	assert_int_equal(sim_get_call(&x, CM "?watch=true"), 200);
	sim_pull(&x, &open);
	for (int i = 0; i < 60; i++) {
		snprintf(patch, sizeof(patch), "{'data':{'k':'%02900d'}}", i);
		sim_patch(&x.s, "configmaps", "default", "a", PATCH_MERGE,
			  patch);
	}
	text = sim_pull(&x, &open);
	assert_false(open);
	assert_text_contains(text, "{'type':'ERROR','object':{'kind':'Status'");
	assert_text_contains(text, "'code':410}");
	assert_int_equal(sim_get_call(&x, CM "?watch=true&resourceVersion=2"),
			 200);
	assert_text_contains(sim_body(&x), "{'type':'ERROR'");
	assert_text_contains(sim_body(&x), "too old resource version: 2 (");
	sim_kube_fini(&x);
}

/* ---- forms ---- */

static void
test_tables(void **state)
{
	struct sim_kube x;
	const char *text;
	bool open;

	(void)state;
	sim_kube_init(&x);
	x.accept = TABLE;
	sim_make(&x.s, "pods", "default",
		 "{'metadata':{'name':'p'},'spec':{'containers':[{'name':'c',"
		 "'image':'i'},{'name':'d','image':'i'}]}}");
	x.s.now_ms += 125 * 1000;
	assert_int_equal(sim_get_call(&x, PODS), 200);
	text = sim_body(&x);
	assert_text_contains(text, "{'kind':'Table','apiVersion':"
			     "'meta.k8s.io/v1','metadata':{'resourceVersion'");
	assert_text_contains(text, "{'name':'Ready','type':'string'");
	assert_text_contains(text, "'rows':[{'cells':['p','0/2','Pending','0',"
			     "'2m5s','<none>','<none>','<none>','<none>'],"
			     "'object':{'kind':'PartialObjectMetadata'");
	assert_int_equal(sim_get_call(&x, PODS "/p?includeObject=None"), 200);
	assert_text_contains(sim_body(&x), "'<none>']}]}");
	/* Watching: column headers come once. */
	assert_int_equal(sim_get_call(&x, PODS "?watch=true"), 200);
	text = sim_pull(&x, &open);
	assert_text_contains(text, "{'type':'ADDED','object':{'kind':'Table'");
	assert_text_contains(text, "'columnDefinitions':[{");
	sim_delete(&x.s, "pods", "default", "p", NULL);
	text = sim_pull(&x, &open);
	assert_text_contains(text, "'columnDefinitions':[],'rows':[{");
	sim_kube_fini(&x);
}

static void
test_every_builtin_kind_has_cells(void **state)
{
	struct sim_kube x;
	char text[200], target[300];

	(void)state;
	sim_kube_init(&x);
	x.accept = TABLE;
	for (uint32_t i = 0; i < objects_type_count(x.s.o); i++) {
		const struct object_type *t = objects_type_at(x.s.o, i);
		const struct object *obj;
		json_t *bare;

		/* An object with nothing in it must print too. */
		snprintf(text, sizeof(text), "{'metadata':{'name':'zz',"
			 "'creationTimestamp':'2026-02-18T09:00:00Z'}}");
		bare = sim_json(text);
		obj = objects_create(x.s.o, t, "default", bare, 0, &x.s.st);
		json_decref(bare);
		/* Two shapes of one event are one object. */
		if (!obj)
			assert_true(x.s.st.code == 422 ||
				    (t->storage && x.s.st.code == 409));
		snprintf(target, sizeof(target), "/%s%s/%s/%s",
			 *t->group ? "apis/" : "api", t->group, t->version,
			 t->plural);
		assert_int_equal(sim_get_call(&x, target), 200);
		assert_text_contains(sim_body(&x), "'columnDefinitions':[{");
	}
	sim_kube_fini(&x);
}

static void
test_negotiation(void **state)
{
	/* clang-format off */
	static const struct {
		const char *accept;
		int status;
		const char *kind;
	} cases[] = {
		{ NULL, 200, "ConfigMapList" },
		{ "*/*", 200, "ConfigMapList" },
		{ "application/json", 200, "ConfigMapList" },
		{ "application/vnd.kubernetes.protobuf,application/json", 200,
		  "ConfigMapList" },
		{ "application/vnd.kubernetes.protobuf", 406, "Status" },
		{ "text/html", 406, "Status" },
		{ "application/json;as=PartialObjectMetadataList;v=v1;"
		  "g=meta.k8s.io", 200, "PartialObjectMetadataList" },
		{ "application/json;as=Table;v=v2;g=meta.k8s.io", 406,
		  "Status" },
		{ "application/json;as=Table;v=v2;g=meta.k8s.io, "
		  "application/json", 200, "ConfigMapList" },
		{ "application/json;q=0.1, application/json;as=Table;v=v1;"
		  "g=meta.k8s.io;q=0.9", 200, "Table" },
		{ "application/json;q=0", 406, "Status" },
	};
	/* clang-format on */
	struct sim_kube x;
	char want[80];

	(void)state;
	sim_kube_init(&x);
	make_cm(&x, "a");
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		x.accept = cases[i].accept;
		assert_int_equal(sim_get_call(&x, CM), cases[i].status);
		snprintf(want, sizeof(want), "{'kind':'%s'", cases[i].kind);
		assert_true(str_has_prefix(sim_body(&x), want));
	}
	x.accept = NULL;
	assert_int_equal(sim_call(&x, "POST", CM,
				  "application/vnd.kubernetes.protobuf",
				  "k8s"), 415);
	assert_text_contains(sim_body(&x), "UnsupportedMediaType");
	assert_int_equal(sim_call(&x, "PATCH", CM "/a", "text/plain", "{}"),
			 415);
	assert_int_equal(sim_call(&x, "POST", CM, "application/yaml",
				  "metadata: {name: y}\ndata: {k: 'v'}\n"),
			 201);
	assert_text_contains(sim_body(&x), "'name':'y'");
	sim_kube_fini(&x);
}

SUITE(sim_kube,
	TEST(test_get_and_the_real_errors),
	TEST(test_paging_shows_one_moment),
	TEST(test_old_tokens_expire_with_a_way_on),
	TEST(test_resource_version_rules),
	TEST(test_selectors_in_lists),
	TEST(test_long_lists_come_in_pieces),
	TEST(test_watch_from_now_and_from_then),
	TEST(test_watch_selectors_turn_changes_into_comings_and_goings),
	TEST(test_initial_events_bookmarks_and_timeouts),
	TEST(test_watches_that_cannot_be),
	TEST(test_tables),
	TEST(test_every_builtin_kind_has_cells),
	TEST(test_negotiation));
