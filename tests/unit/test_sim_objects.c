/*
 * The object store: writes and their refusals, order, events, deletion.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/sim/objects/index.h"
#include "tests/unit/sim_store.h"

#define POD "{'metadata':{'name':'%s'%s},'spec':{%s'containers':"           \
	    "[{'name':'c','image':'busybox:1'}]}}"

static const struct object *
make_pod(struct sim_store *s, const char *ns, const char *name,
	 const char *meta, const char *spec)
{
	char text[1000];

	snprintf(text, sizeof(text), POD, name, meta, spec);
	return sim_make(s, "pods", ns, text);
}

/* ---- index ---- */

static void
test_index_agrees_with_sorting(void **state)
{
	enum { KEYS = 2000, ROUNDS = 20000 };
	struct dice d = { 11 };
	struct object_index x = { 0 };
	static struct object objs[KEYS];
	static char keys[KEYS][16];
	static bool in[KEYS];
	uint32_t count = 0;

	(void)state;
	memset(in, 0, sizeof(in));
	for (int i = 0; i < KEYS; i++) {
		snprintf(keys[i], sizeof(keys[i]), "k%06d", i);
		objs[i].key = keys[i];
	}
	for (int round = 0; round < ROUNDS; round++) {
		uint32_t k = dice_below(&d, KEYS);

		if (dice_below(&d, 3)) {
			const struct object *old =
				object_index_put(&x, &objs[k]);

			assert_ptr_equal(old, in[k] ? &objs[k] : NULL);
			count += !in[k];
			in[k] = true;
		} else {
			const struct object *old =
				object_index_take(&x, keys[k]);

			assert_ptr_equal(old, in[k] ? &objs[k] : NULL);
			count -= in[k];
			in[k] = false;
		}
		assert_int_equal(x.count, count);
	}
	for (int from = 0; from < KEYS; from += 137) {
		struct index_place at = object_index_seek(&x, keys[from], true);
		const struct object *obj;
		int i = from + 1;

		for (;; i++) {
			while (i < KEYS && !in[i])
				i++;
			obj = object_index_next(&x, &at);
			if (i >= KEYS)
				break;
			assert_ptr_equal(obj, &objs[i]);
		}
		assert_null(obj);
	}
	object_index_fini(&x);
}

/* ---- create ---- */

static void
test_create_completes_a_pod(void **state)
{
	struct sim_store s;
	const struct object *p;

	(void)state;
	sim_store_init(&s);
	p = make_pod(&s, "default", "a", ",'labels':{'app':'x'}", "");
	assert_text_equal(p->key, "default/a");
	assert_text_equal(p->name, "a");
	assert_text_equal(p->ns, "default");
	assert_int_equal(strlen(p->uid), 36);
	assert_text_equal(object_label(p, "app"), "x");
	assert_null(object_label(p, "y"));
	assert_true(p->rv == objects_rv(s.o));
	assert_true(p->created_ms == SIM_TEST_START_MS);
	assert_text_equal(sim_at(p, "kind"), "'Pod'");
	assert_text_equal(sim_at(p, "apiVersion"), "'v1'");
	assert_text_equal(sim_at(p, "metadata.creationTimestamp"),
			  "'2026-02-18T09:00:00Z'");
	assert_text_equal(sim_at(p, "status"),
			  "{'phase':'Pending','qosClass':'BestEffort'}");
	assert_text_equal(sim_at(p, "spec.restartPolicy"), "'Always'");
	assert_text_equal(sim_at(p, "spec.serviceAccountName"), "'default'");
	assert_text_contains(sim_at(p, "spec.tolerations"),
			     "node.kubernetes.io/unreachable");
	assert_text_contains(sim_at(p, "spec.containers"),
			     "'imagePullPolicy':'IfNotPresent'");
	/* The text carries its own version at the noted place. */
	assert_int_equal(strtoull(p->json + p->rv_at, NULL, 10), p->rv);
	assert_true(str_has_prefix(p->json + p->bare_at, "\"metadata\":{"));
	sim_store_fini(&s);
}

static void
test_create_refusals_read_like_the_real_server(void **state)
{
	struct sim_store s;
	uint64_t rv;

	(void)state;
	sim_store_init(&s);
	make_pod(&s, "default", "a", "", "");
	rv = objects_rv(s.o);
	sim_refuse(&s, "pods", "default",
		   "{'metadata':{'name':'a'},'spec':{'containers':[]}}", 409);
	assert_text_equal(s.st.message, "pods \"a\" already exists");
	assert_text_equal(s.st.reason, "AlreadyExists");
	assert_text_equal(s.st.kind, "pods");
	sim_refuse(&s, "pods", "nowhere", "{'metadata':{'name':'b'}}", 404);
	assert_text_equal(s.st.message, "namespaces \"nowhere\" not found");
	sim_refuse(&s, "pods", "default", "{'metadata':{}}", 422);
	assert_text_equal(s.st.message,
			  "Pod \"\" is invalid: metadata.name: Required "
			  "value: name or generateName is required");
	sim_refuse(&s, "pods", "default",
		   "{'metadata':{'name':'B_'},'spec':{'containers':"
		   "[{'name':'c'}]}}", 422);
	assert_text_contains(s.st.message, "Pod \"B_\" is invalid: [metadata."
			     "name: Invalid value: \"B_\": a lowercase RFC "
			     "1123 subdomain");
	assert_text_contains(s.st.message,
			     "spec.containers[0].image: Required value]");
	assert_int_equal(s.st.cause_n, 2);
	assert_text_equal(s.st.causes[1].reason, "FieldValueRequired");
	assert_text_equal(s.st.causes[1].field, "spec.containers[0].image");
	sim_refuse(&s, "pods", "default",
		   "{'metadata':{'name':'b','labels':{'a':1}}}", 400);
	assert_text_contains(s.st.message, "cannot unmarshal number");
	sim_refuse(&s, "deployments", "default",
		   "{'metadata':{'name':'b','resourceVersion':'7'},'spec':{}}",
		   400);
	sim_refuse(&s, "pods", "default",
		   "{'metadata':{'name':'b'},'spec':{'priorityClassName':'no',"
		   "'containers':[{'name':'c','image':'i'}]}}", 403);
	assert_text_equal(s.st.message, "pods \"b\" is forbidden: no "
			  "PriorityClass with name no was found");
	/* Nothing of it left a trace. */
	assert_true(objects_rv(s.o) == rv);
	sim_store_fini(&s);
}

static void
test_generate_name_is_repeatable(void **state)
{
	struct sim_store s;
	char first[80], uid[40];

	(void)state;
	for (int round = 0; round < 2; round++) {
		const struct object *a, *b;

		sim_store_init(&s);
		a = sim_make(&s, "configmaps", "default",
			     "{'metadata':{'generateName':'job-'}}");
		assert_true(str_has_prefix(a->name, "job-"));
		assert_int_equal(strlen(a->name), 9);
		if (round)
			assert_text_equal(a->name, first);
		snprintf(first, sizeof(first), "%s", a->name);
		if (round)
			assert_text_equal(a->uid, uid);
		snprintf(uid, sizeof(uid), "%s", a->uid);
		b = sim_make(&s, "configmaps", "default",
			     "{'metadata':{'generateName':'job-'}}");
		assert_string_not_equal(a->name, b->name);
		sim_store_fini(&s);
	}
}

static void
test_dry_run_stores_nothing(void **state)
{
	struct sim_store s;
	json_t *body;
	const struct object *p;
	uint64_t rv;

	(void)state;
	sim_store_init(&s);
	rv = objects_rv(s.o);
	body = sim_json("{'metadata':{'name':'c'},'data':{'k':'v'}}");
	p = objects_create(s.o, sim_type(&s, "configmaps"), "default", body,
			   WRITE_DRY_RUN, &s.st);
	json_decref(body);
	assert_non_null(p);
	assert_text_equal(sim_at(p, "data"), "{'k':'v'}");
	assert_null(sim_get(&s, "configmaps", "default", "c"));
	assert_true(objects_rv(s.o) == rv);
	sim_store_fini(&s);
}

/* ---- update ---- */

static const struct object *
put(struct sim_store *s, const char *plural, const char *name,
    const char *quoted, unsigned flags)
{
	json_t *body = sim_json(quoted);
	const struct object *obj =
		objects_update(s->o, sim_type(s, plural), "default", name,
			       body, flags, &s->st);

	json_decref(body);
	return obj;
}

static void
test_update_checks_the_version(void **state)
{
	struct sim_store s;
	char text[200];
	uint64_t rv;

	(void)state;
	sim_store_init(&s);
	rv = sim_make(&s, "configmaps", "default",
		      "{'metadata':{'name':'c'},'data':{'k':'1'}}")->rv;
	snprintf(text, sizeof(text), "{'metadata':{'name':'c',"
		 "'resourceVersion':'%llu'},'data':{'k':'2'}}",
		 (unsigned long long)rv);
	assert_non_null(put(&s, "configmaps", "c", text, 0));
	assert_null(put(&s, "configmaps", "c", text, 0));
	assert_int_equal(s.st.code, 409);
	assert_text_equal(s.st.message,
			  "Operation cannot be fulfilled on configmaps \"c\": "
			  "the object has been modified; please apply your "
			  "changes to the latest version and try again");
	assert_null(put(&s, "configmaps", "c",
			"{'metadata':{'uid':'other'}}", 0));
	assert_int_equal(s.st.code, 409);
	assert_null(put(&s, "configmaps", "gone", "{}", 0));
	assert_text_equal(s.st.message, "configmaps \"gone\" not found");
	assert_null(put(&s, "configmaps", "c",
			"{'metadata':{'name':'d'}}", 0));
	assert_int_equal(s.st.code, 400);
	/* The same again changes nothing, not even the version. */
	rv = objects_rv(s.o);
	assert_non_null(put(&s, "configmaps", "c", "{'data':{'k':'2'}}", 0));
	assert_true(objects_rv(s.o) == rv);
	sim_store_fini(&s);
}

static void
test_status_and_spec_have_their_own_doors(void **state)
{
	struct sim_store s;
	const struct object *d;

	(void)state;
	sim_store_init(&s);
	d = sim_make(&s, "deployments", "default",
		     "{'metadata':{'name':'d'},'spec':{'selector':"
		     "{'matchLabels':{'a':'b'}},'template':{'metadata':"
		     "{'labels':{'a':'b'}},'spec':{'containers':[{'name':'c',"
		     "'image':'i'}]}}},'status':{'replicas':9}}");
	assert_text_equal(sim_at(d, "status"), "{}");
	assert_text_equal(sim_at(d, "metadata.generation"), "1");
	assert_text_equal(sim_at(d, "spec.strategy.rollingUpdate.maxSurge"),
			  "'25%'");
	d = sim_patch(&s, "deployments", "default", "d", PATCH_MERGE,
		      "{'spec':{'replicas':3},'status':{'replicas':9}}");
	assert_text_equal(sim_at(d, "metadata.generation"), "2");
	assert_text_equal(sim_at(d, "status"), "{}");
	d = put(&s, "deployments", "d",
		"{'spec':{'replicas':7},'status':{'replicas':3}}",
		WRITE_STATUS);
	assert_text_equal(sim_at(d, "status"), "{'replicas':3}");
	assert_text_equal(sim_at(d, "spec.replicas"), "3");
	assert_text_equal(sim_at(d, "metadata.generation"), "2");
	assert_null(sim_patch(&s, "deployments", "default", "d", PATCH_MERGE,
			      "{'spec':{'selector':{'matchLabels':{'a':'c'}}}"
			      "}"));
	assert_text_contains(s.st.message, "field is immutable");
	assert_null(sim_patch(&s, "deployments", "default", "d", PATCH_MERGE,
			      "{'spec':{'replicas':-1}}"));
	assert_text_equal(s.st.message,
			  "Deployment.apps \"d\" is invalid: spec.replicas: "
			  "Invalid value: -1: must be greater than or equal "
			  "to 0");
	sim_store_fini(&s);
}

static void
test_pod_specs_stay(void **state)
{
	struct sim_store s;

	(void)state;
	sim_store_init(&s);
	make_pod(&s, "default", "a", "", "");
	assert_null(sim_patch(&s, "pods", "default", "a", PATCH_MERGE,
			      "{'spec':{'nodeName':'n'}}"));
	assert_text_contains(s.st.message,
			     "pod updates may not change fields other than");
	assert_non_null(sim_patch(&s, "pods", "default", "a", PATCH_STRATEGIC,
				  "{'spec':{'containers':[{'name':'c',"
				  "'image':'other'}]}}"));
	assert_non_null(objects_bind(s.o, "default", "a", NULL, "n1", &s.st));
	assert_text_equal(sim_get(&s, "pods", "default", "a")->node, "n1");
	assert_text_contains(sim_at(sim_get(&s, "pods", "default", "a"),
				    "status.conditions"), "PodScheduled");
	assert_null(objects_bind(s.o, "default", "a", NULL, "n2", &s.st));
	assert_text_contains(s.st.message, "already assigned to node \"n1\"");
	assert_null(objects_bind(s.o, "default", "b", NULL, "n2", &s.st));
	assert_int_equal(s.st.code, 404);
	sim_store_fini(&s);
}

static bool
count_one(void *ctx, const struct object *obj)
{
	(void)obj;
	++*(int *)ctx;
	return true;
}

static int
on_node(struct sim_store *s, const char *node)
{
	int n = 0;

	objects_each_on_node(s->o, node, count_one, &n);
	return n;
}

static void
test_pods_by_node(void **state)
{
	struct sim_store s;
	char name[16];

	(void)state;
	sim_store_init(&s);
	for (int i = 0; i < 30; i++) {
		snprintf(name, sizeof(name), "p%d", i);
		make_pod(&s, "default", name, "", "");
		assert_non_null(objects_bind(s.o, "default", name, NULL,
					     i % 3 ? "n1" : "n2", &s.st));
	}
	assert_int_equal(on_node(&s, "n1"), 20);
	assert_int_equal(on_node(&s, "n2"), 10);
	for (int i = 0; i < 30; i += 3) {
		snprintf(name, sizeof(name), "p%d", i);
		assert_true(objects_remove(s.o, sim_type(&s, "pods"),
					   "default", name));
	}
	assert_int_equal(on_node(&s, "n1"), 20);
	assert_int_equal(on_node(&s, "n2"), 0);
	sim_store_fini(&s);
}

/* ---- lists ---- */

struct listing {
	char text[2000];
};

static bool
list_one(void *ctx, const struct object *obj)
{
	struct listing *l = ctx;
	size_t n = strlen(l->text);

	snprintf(l->text + n, sizeof(l->text) - n, "%s ", obj->key);
	return true;
}

static void
test_lists_in_key_order(void **state)
{
	struct sim_store s;
	struct listing l = { 0 };
	const struct object_type *t;

	(void)state;
	sim_store_init(&s);
	sim_make(&s, "namespaces", NULL, "{'metadata':{'name':'ci'}}");
	sim_make(&s, "namespaces", NULL, "{'metadata':{'name':'ci-2'}}");
	sim_make(&s, "configmaps", "ci", "{'metadata':{'name':'b'}}");
	sim_make(&s, "configmaps", "ci", "{'metadata':{'name':'a'}}");
	sim_make(&s, "configmaps", "ci-2", "{'metadata':{'name':'c'}}");
	t = sim_type(&s, "configmaps");
	objects_each(s.o, t, NULL, NULL, list_one, &l);
	assert_text_equal(l.text, "ci-2/c ci/a ci/b ");
	l.text[0] = '\0';
	objects_each(s.o, t, "ci", NULL, list_one, &l);
	assert_text_equal(l.text, "ci/a ci/b ");
	l.text[0] = '\0';
	objects_each(s.o, t, "ci", "ci/a", list_one, &l);
	assert_text_equal(l.text, "ci/b ");
	sim_store_fini(&s);
}

static void
test_lists_as_they_were(void **state)
{
	struct sim_store s;
	struct listing l = { 0 };
	const struct object_type *t;
	uint64_t rv;

	(void)state;
	sim_store_init(&s);
	t = sim_type(&s, "configmaps");
	sim_make(&s, "configmaps", "default", "{'metadata':{'name':'b'}}");
	sim_make(&s, "configmaps", "default", "{'metadata':{'name':'d'}}");
	rv = objects_rv(s.o);
	sim_make(&s, "configmaps", "default", "{'metadata':{'name':'a'}}");
	sim_make(&s, "configmaps", "default", "{'metadata':{'name':'c'}}");
	assert_true(sim_delete(&s, "configmaps", "default", "d", NULL));
	assert_true(sim_delete(&s, "configmaps", "default", "c", NULL));
	sim_patch(&s, "configmaps", "default", "b", PATCH_MERGE,
		  "{'data':{'k':'v'}}");
	assert_true(objects_each_at(s.o, t, rv, "default", NULL, list_one,
				    &l));
	assert_text_equal(l.text, "default/b default/d ");
	l.text[0] = '\0';
	assert_true(objects_each_at(s.o, t, rv, NULL, "default/b", list_one,
				    &l));
	assert_text_equal(l.text, "default/d ");
	l.text[0] = '\0';
	assert_true(objects_each_at(s.o, t, objects_rv(s.o), NULL, NULL,
				    list_one, &l));
	assert_text_equal(l.text, "default/a default/b ");
	sim_store_fini(&s);
}

/* ---- watching ---- */

static void
test_watch_sees_every_event_in_order(void **state)
{
	struct sim_store s;
	struct watch_cursor c, late;
	struct watch_event e;
	const struct object_type *t;

	(void)state;
	sim_store_init(&s);
	t = sim_type(&s, "configmaps");
	assert_true(objects_watch_from(s.o, t, objects_rv(s.o), &c, &s.st));
	assert_false(objects_watch_next(s.o, &c, &e));
	sim_make(&s, "configmaps", "default", "{'metadata':{'name':'a'}}");
	sim_patch(&s, "configmaps", "default", "a", PATCH_MERGE,
		  "{'data':{'k':'v'}}");
	assert_true(sim_delete(&s, "configmaps", "default", "a", NULL));
	assert_true(objects_watch_next(s.o, &c, &e));
	assert_int_equal(e.event, OBJECT_ADDED);
	assert_null(e.before);
	assert_true(objects_watch_next(s.o, &c, &e));
	assert_int_equal(e.event, OBJECT_MODIFIED);
	assert_true(e.before->rv < e.now->rv);
	assert_true(objects_watch_next(s.o, &c, &e));
	assert_int_equal(e.event, OBJECT_DELETED);
	assert_true(e.now->rv == objects_rv(s.o));
	assert_text_equal(sim_at(e.now, "data"), "{'k':'v'}");
	assert_false(objects_watch_next(s.o, &c, &e));

	assert_false(objects_watch_from(s.o, t, objects_rv(s.o) + 1, &late,
					&s.st));
	assert_int_equal(s.st.code, 504);
	assert_text_equal(s.st.causes[0].reason, "ResourceVersionTooLarge");
	sim_store_fini(&s);
}

static void
test_a_slow_watcher_falls_out(void **state)
{
	struct sim_store s;
	struct watch_cursor c;
	struct watch_event e;
	const struct object_type *t;
	char patch[2200];
	uint64_t old;

	(void)state;
	sim_store_init(&s);
	t = sim_type(&s, "configmaps");
	old = objects_rv(s.o);
	sim_make(&s, "configmaps", "default", "{'metadata':{'name':'a'}}");
	assert_true(objects_watch_from(s.o, t, old, &c, &s.st));
	for (int i = 0; i < 100; i++) {
		snprintf(patch, sizeof(patch), "{'data':{'k':'%d %01900d'}}",
			 i, 0);
		assert_non_null(sim_patch(&s, "configmaps", "default", "a",
					  PATCH_MERGE, patch));
	}
	assert_false(objects_watch_next(s.o, &c, &e));
	assert_true(c.fell_out);
	assert_false(objects_watch_from(s.o, t, old, &c, &s.st));
	assert_int_equal(s.st.code, 410);
	assert_text_equal(s.st.reason, "Expired");
	assert_text_contains(s.st.message, "too old resource version: ");
	assert_false(objects_each_at(s.o, t, old, NULL, NULL, list_one,
				     &(struct listing){ 0 }));
	/* Other kinds keep their own window. */
	assert_true(objects_watch_from(s.o, sim_type(&s, "pods"), old, &c,
				       &s.st));
	sim_store_fini(&s);
}

struct heard {
	char text[200];
};

static void
hear(void *ctx, enum object_event e, const struct object *now,
     const struct object *before)
{
	struct heard *h = ctx;
	size_t n = strlen(h->text);

	(void)before;
	snprintf(h->text + n, sizeof(h->text) - n, "%c%s ", "AMD"[e],
		 now->name);
}

static void
test_listeners_hear_their_type(void **state)
{
	struct sim_store s;
	struct heard one = { 0 }, all = { 0 };

	(void)state;
	sim_store_init(&s);
	objects_listen(s.o, sim_type(&s, "configmaps"), hear, &one);
	objects_listen(s.o, NULL, hear, &all);
	sim_make(&s, "configmaps", "default", "{'metadata':{'name':'a'}}");
	sim_make(&s, "secrets", "default", "{'metadata':{'name':'s'}}");
	sim_delete(&s, "configmaps", "default", "a", NULL);
	assert_text_equal(one.text, "Aa Da ");
	assert_text_equal(all.text, "Aa As Da ");
	sim_store_fini(&s);
}

static void
test_events_last_an_hour(void **state)
{
	struct sim_store s;

	(void)state;
	sim_store_init(&s);
	sim_make(&s, "events", "default",
		 "{'metadata':{'name':'e1'},'involvedObject':{'kind':'Node',"
		 "'name':'n'},'reason':'r'}");
	s.now_ms += 3000 * 1000;
	assert_non_null(sim_patch(&s, "events", "default", "e1", PATCH_MERGE,
				  "{'count':2}"));
	s.now_ms += 3000 * 1000;
	sim_make(&s, "configmaps", "default", "{'metadata':{'name':'a'}}");
	assert_non_null(sim_get(&s, "events", "default", "e1"));
	s.now_ms += 700 * 1000;
	sim_make(&s, "configmaps", "default", "{'metadata':{'name':'b'}}");
	assert_null(sim_get(&s, "events", "default", "e1"));
	sim_refuse(&s, "events", "default",
		   "{'metadata':{'name':'e2'},'involvedObject':{'kind':'Pod',"
		   "'namespace':'other','name':'n'}}", 422);
	assert_text_contains(s.st.message, "does not match event.namespace");
	sim_store_fini(&s);
}

SUITE(sim_objects,
	TEST(test_index_agrees_with_sorting),
	TEST(test_create_completes_a_pod),
	TEST(test_create_refusals_read_like_the_real_server),
	TEST(test_generate_name_is_repeatable),
	TEST(test_dry_run_stores_nothing),
	TEST(test_update_checks_the_version),
	TEST(test_status_and_spec_have_their_own_doors),
	TEST(test_pod_specs_stay),
	TEST(test_pods_by_node),
	TEST(test_lists_in_key_order),
	TEST(test_lists_as_they_were),
	TEST(test_watch_sees_every_event_in_order),
	TEST(test_a_slow_watcher_falls_out),
	TEST(test_listeners_hear_their_type),
	TEST(test_events_last_an_hour));
