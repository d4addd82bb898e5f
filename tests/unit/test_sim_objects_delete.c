/*
 * Deletion: grace, finalizers, owners, namespaces, custom kinds.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/sim_store.h"

#define POD "{'metadata':{'name':'%s'},'spec':{'containers':[{'name':'c',"   \
	    "'image':'i'}]}}"

static const struct object *
running_pod(struct sim_store *s, const char *name)
{
	char text[300];

	snprintf(text, sizeof(text), POD, name);
	sim_make(s, "pods", "default", text);
	return objects_bind(s->o, "default", name, NULL, "n1", &s->st);
}

static bool
delete_with(struct sim_store *s, const char *name,
	    const struct delete_options *d, const struct object **last,
	    bool *gone)
{
	return objects_delete(s->o, sim_type(s, "pods"), "default", name, d,
			      last, gone, &s->st);
}

static void
test_pods_get_time_to_stop(void **state)
{
	struct sim_store s;
	struct delete_options d = { .grace_s = -1 };
	const struct object *last;
	bool gone;

	(void)state;
	sim_store_init(&s);
	running_pod(&s, "a");
	assert_true(delete_with(&s, "a", &d, &last, &gone));
	assert_false(gone);
	assert_true(last->deleted_ms == s.now_ms + 30000);
	assert_text_equal(sim_at(last, "metadata.deletionGracePeriodSeconds"),
			  "30");
	object_unref(last);
	/* Again changes nothing; a shorter grace does. */
	assert_true(delete_with(&s, "a", &d, &last, &gone));
	assert_true(last->rv == objects_rv(s.o));
	object_unref(last);
	d.grace_s = 5;
	assert_true(delete_with(&s, "a", &d, &last, &gone));
	assert_true(last->deleted_ms == s.now_ms + 5000);
	object_unref(last);
	d.grace_s = 0;
	assert_true(delete_with(&s, "a", &d, &last, &gone));
	assert_true(gone);
	object_unref(last);
	assert_null(sim_get(&s, "pods", "default", "a"));
	/* A pod that runs nowhere goes at once. */
	sim_make(&s, "pods", "default",
		 "{'metadata':{'name':'b'},'spec':{'containers':[{'name':'c',"
		 "'image':'i'}]}}");
	d.grace_s = -1;
	assert_true(delete_with(&s, "b", &d, NULL, &gone));
	assert_true(gone);
	assert_false(delete_with(&s, "b", &d, NULL, NULL));
	assert_text_equal(s.st.message, "pods \"b\" not found");
	sim_store_fini(&s);
}

static void
test_preconditions(void **state)
{
	struct sim_store s;
	struct delete_options d = { .grace_s = 0, .uid = "other" };
	const struct object *p;

	(void)state;
	sim_store_init(&s);
	p = running_pod(&s, "a");
	assert_false(delete_with(&s, "a", &d, NULL, NULL));
	assert_int_equal(s.st.code, 409);
	assert_text_contains(s.st.message, "the UID in the precondition "
			     "(other) does not match the UID in record");
	d.uid = p->uid;
	d.rv = "1";
	assert_false(delete_with(&s, "a", &d, NULL, NULL));
	assert_text_contains(s.st.message, "The object might have been "
			     "modified");
	d.rv = NULL;
	d.dry_run = true;
	assert_true(delete_with(&s, "a", &d, NULL, NULL));
	assert_non_null(sim_get(&s, "pods", "default", "a"));
	sim_store_fini(&s);
}

static void
test_finalizers_hold(void **state)
{
	struct sim_store s;
	const struct object *c;

	(void)state;
	sim_store_init(&s);
	sim_make(&s, "configmaps", "default",
		 "{'metadata':{'name':'c','finalizers':['x/y']}}");
	assert_true(sim_delete(&s, "configmaps", "default", "c", NULL));
	c = sim_get(&s, "configmaps", "default", "c");
	assert_non_null(c);
	assert_true(c->deleted_ms == s.now_ms);
	assert_null(sim_patch(&s, "configmaps", "default", "c", PATCH_MERGE,
			      "{'metadata':{'finalizers':['x/y','z']}}"));
	assert_text_contains(s.st.message, "no new finalizers can be added");
	c = sim_patch(&s, "configmaps", "default", "c", PATCH_MERGE,
		      "{'metadata':{'finalizers':null}}");
	assert_non_null(c);
	assert_null(sim_get(&s, "configmaps", "default", "c"));
	sim_store_fini(&s);
}

static const char *
owned_by(const struct object *owner, const char *kind, const char *name,
	 bool block)
{
	static char text[500];

	snprintf(text, sizeof(text),
		 "{'metadata':{'name':'%s','ownerReferences':[{'apiVersion':"
		 "'v1','kind':'%s','name':'%s','uid':'%s'%s}]}}", name, kind,
		 owner->name, owner->uid,
		 block ? ",'blockOwnerDeletion':true" : "");
	return text;
}

static void
test_dependants_follow(void **state)
{
	struct sim_store s;
	const struct object *a, *b;

	(void)state;
	sim_store_init(&s);
	a = sim_make(&s, "configmaps", "default", "{'metadata':{'name':'a'}}");
	b = sim_make(&s, "secrets", "default",
		     owned_by(a, "ConfigMap", "b", false));
	sim_make(&s, "serviceaccounts", "default",
		 owned_by(b, "Secret", "c", false));
	assert_true(sim_delete(&s, "configmaps", "default", "a", NULL));
	assert_null(sim_get(&s, "secrets", "default", "b"));
	assert_null(sim_get(&s, "serviceaccounts", "default", "c"));

	/* Orphan: they stay and forget. */
	a = sim_make(&s, "configmaps", "default", "{'metadata':{'name':'a'}}");
	sim_make(&s, "secrets", "default",
		 owned_by(a, "ConfigMap", "b", false));
	assert_true(sim_delete(&s, "configmaps", "default", "a", "Orphan"));
	b = sim_get(&s, "secrets", "default", "b");
	assert_text_equal(sim_at(b, "metadata.ownerReferences"), "");
	assert_int_equal(b->owner_n, 0);
	sim_store_fini(&s);
}

static void
test_foreground_waits(void **state)
{
	struct sim_store s;
	const struct object *a;
	struct delete_options d = { .grace_s = 0 };
	char text[700], patch[400];

	(void)state;
	sim_store_init(&s);
	a = sim_make(&s, "configmaps", "default", "{'metadata':{'name':'a'}}");
	running_pod(&s, "p");
	snprintf(patch, sizeof(patch),
		 "{'metadata':{'ownerReferences':[{'apiVersion':'v1','kind':"
		 "'ConfigMap','name':'a','uid':'%s',"
		 "'blockOwnerDeletion':true}]}}", a->uid);
	assert_non_null(sim_patch(&s, "pods", "default", "p", PATCH_MERGE,
				  patch));
	assert_true(sim_delete(&s, "configmaps", "default", "a",
			       "Foreground"));
	a = sim_get(&s, "configmaps", "default", "a");
	assert_non_null(a);
	assert_text_equal(sim_at(a, "metadata.finalizers"),
			  "['foregroundDeletion']");
	assert_true(sim_get(&s, "pods", "default", "p")->deleted_ms != 0);
	assert_true(delete_with(&s, "p", &d, NULL, NULL));
	assert_null(sim_get(&s, "configmaps", "default", "a"));
	(void)text;
	sim_store_fini(&s);
}

static void
test_a_long_chain_of_owners(void **state)
{
	enum { LINKS = 3000 };
	struct sim_store s;
	const struct object *last;
	char name[16];

	(void)state;
	sim_store_init(&s);
	last = sim_make(&s, "configmaps", "default",
			"{'metadata':{'name':'n0'}}");
	for (int i = 1; i < LINKS; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		last = sim_make(&s, "configmaps", "default",
				owned_by(last, "ConfigMap", name, false));
	}
	assert_int_equal(objects_count(s.o, sim_type(&s, "configmaps")),
			 LINKS);
	assert_true(sim_delete(&s, "configmaps", "default", "n0", NULL));
	assert_int_equal(objects_count(s.o, sim_type(&s, "configmaps")), 0);
	sim_store_fini(&s);
}

static void
test_namespaces_end_when_empty(void **state)
{
	struct sim_store s;
	const struct object *ns;
	json_t *body;

	(void)state;
	sim_store_init(&s);
	sim_make(&s, "namespaces", NULL, "{'metadata':{'name':'ci'}}");
	assert_non_null(sim_get(&s, "serviceaccounts", "ci", "default"));
	sim_make(&s, "configmaps", "ci", "{'metadata':{'name':'a'}}");
	body = sim_json("{'metadata':{'name':'p'},'spec':{'containers':"
			"[{'name':'c','image':'i'}]}}");
	assert_non_null(objects_create(s.o, sim_type(&s, "pods"), "ci", body,
				       0, &s.st));
	json_decref(body);
	assert_non_null(objects_bind(s.o, "ci", "p", NULL, "n", &s.st));
	assert_true(sim_delete(&s, "namespaces", NULL, "ci", NULL));
	ns = sim_get(&s, "namespaces", NULL, "ci");
	assert_text_equal(sim_at(ns, "status.phase"), "'Terminating'");
	assert_null(sim_get(&s, "configmaps", "ci", "a"));
	sim_refuse(&s, "configmaps", "ci", "{'metadata':{'name':'b'}}", 403);
	assert_text_contains(s.st.message, "because it is being terminated");
	/* Told while it ends; it holds nothing up, and is gone with it. */
	sim_make(&s, "events", "ci",
		 "{'metadata':{'name':'killing'},'involvedObject':{'kind':"
		 "'Pod','namespace':'ci','name':'p'}}");
	sim_make(&s, "events", "ci",
		 "{'metadata':{'name':'killed'},'involvedObject':{'kind':"
		 "'Pod','namespace':'ci','name':'p'}}");
	assert_true(objects_remove(s.o, sim_type(&s, "pods"), "ci", "p"));
	assert_null(sim_get(&s, "namespaces", NULL, "ci"));
	assert_int_equal(objects_count(s.o, sim_type(&s, "events")), 0);
	assert_false(sim_delete(&s, "namespaces", NULL, "default", NULL));
	assert_int_equal(s.st.code, 403);
	sim_store_fini(&s);
}

static const char crd[] =
	"{'metadata':{'name':'kustomizations.kustomize.toolkit.fluxcd.io'},"
	"'spec':{'group':'kustomize.toolkit.fluxcd.io','scope':'Namespaced',"
	"'names':{'kind':'Kustomization','plural':'kustomizations',"
	"'singular':'kustomization','shortNames':['ks']},'versions':[{'name':"
	"'v1','served':true,'storage':true,'subresources':{'status':{}},"
	"'additionalPrinterColumns':[{'name':'Age','type':'date','jsonPath':"
	"'.metadata.creationTimestamp'}]}]}}";

static void
test_custom_kinds_come_and_go(void **state)
{
	struct sim_store s;
	const struct object_type *t;
	const struct object *k;
	uint32_t types;

	(void)state;
	sim_store_init(&s);
	for (int round = 0; round < 2; round++) {
		k = sim_make(&s, "customresourcedefinitions", NULL, crd);
		assert_text_contains(sim_at(k, "status.conditions"),
				     "'Established'");
		t = sim_type(&s, "kustomizations");
		assert_text_equal(t->short_names, "ks");
		assert_true(t->namespaced && t->status && t->custom);
		k = sim_make(&s, "kustomizations", "default",
			     "{'metadata':{'name':'apps'},'spec':{'suspend':"
			     "false}}");
		assert_text_equal(sim_at(k, "apiVersion"),
				  "'kustomize.toolkit.fluxcd.io/v1'");
		assert_null(sim_patch(&s, "kustomizations", "default", "apps",
				      PATCH_STRATEGIC,
				      "{'spec':{'suspend':true}}"));
		assert_int_equal(s.st.code, 415);
		k = sim_patch(&s, "kustomizations", "default", "apps",
			      PATCH_MERGE, "{'spec':{'suspend':true}}");
		assert_text_equal(sim_at(k, "metadata.generation"), "2");
		types = objects_type_count(s.o);
		assert_true(sim_delete(&s, "customresourcedefinitions", NULL,
				       "kustomizations.kustomize.toolkit."
				       "fluxcd.io", NULL));
		assert_null(objects_type(s.o, "kustomize.toolkit.fluxcd.io",
					 "kustomizations"));
		assert_int_equal(objects_type_count(s.o), types);
	}
	sim_store_fini(&s);
}

SUITE(sim_objects_delete,
	TEST(test_pods_get_time_to_stop),
	TEST(test_preconditions),
	TEST(test_finalizers_hold),
	TEST(test_dependants_follow),
	TEST(test_foreground_waits),
	TEST(test_a_long_chain_of_owners),
	TEST(test_namespaces_end_when_empty),
	TEST(test_custom_kinds_come_and_go));
