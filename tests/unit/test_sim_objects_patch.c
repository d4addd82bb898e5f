/*
 * The four patch types, their refusals, and the schema they read.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/sim/objects/internal.h"
#include "tests/unit/sim_store.h"

static char *
quoted(json_t *tree)
{
	char *text = json_dumps(tree, JSON_COMPACT | JSON_ENCODE_ANY);

	for (char *c = text; *c; c++)
		if (*c == '"')
			*c = '\'';
	return text;
}

/* ---- RFC 7386 and 6902, from their own examples ---- */

/* clang-format off */
static const struct {
	const char *target, *patch, *result;
} merges[] = {
	{ "{'a':'b'}", "{'a':'c'}", "{'a':'c'}" },
	{ "{'a':'b'}", "{'b':'c'}", "{'a':'b','b':'c'}" },
	{ "{'a':'b'}", "{'a':null}", "{}" },
	{ "{'a':'b','b':'c'}", "{'a':null}", "{'b':'c'}" },
	{ "{'a':['b']}", "{'a':'c'}", "{'a':'c'}" },
	{ "{'a':'c'}", "{'a':['b']}", "{'a':['b']}" },
	{ "{'a':{'b':'c'}}", "{'a':{'b':'d','c':null}}", "{'a':{'b':'d'}}" },
	{ "{'a':[{'b':'c'}]}", "{'a':[1]}", "{'a':[1]}" },
	{ "{'e':null}", "{'a':1}", "{'e':null,'a':1}" },
	{ "{}", "{'a':{'bb':{'ccc':null}}}", "{'a':{'bb':{}}}" },
};

static const struct {
	const char *target, *ops, *result; /* NULL: refused */
} patches[] = {
	{ "{'foo':'bar'}", "[{'op':'add','path':'/baz','value':'qux'}]",
	  "{'foo':'bar','baz':'qux'}" },
	{ "{'foo':['bar','baz']}",
	  "[{'op':'add','path':'/foo/1','value':'qux'}]",
	  "{'foo':['bar','qux','baz']}" },
	{ "{'baz':'qux','foo':'bar'}", "[{'op':'remove','path':'/baz'}]",
	  "{'foo':'bar'}" },
	{ "{'foo':['bar','qux','baz']}", "[{'op':'remove','path':'/foo/1'}]",
	  "{'foo':['bar','baz']}" },
	{ "{'baz':'qux','foo':'bar'}",
	  "[{'op':'replace','path':'/baz','value':'boo'}]",
	  "{'baz':'boo','foo':'bar'}" },
	{ "{'foo':{'bar':'baz','waldo':'fred'},'qux':{'corge':'grault'}}",
	  "[{'op':'move','from':'/foo/waldo','path':'/qux/thud'}]",
	  "{'foo':{'bar':'baz'},'qux':{'corge':'grault','thud':'fred'}}" },
	{ "{'foo':['all','grass','cows','eat']}",
	  "[{'op':'move','from':'/foo/1','path':'/foo/3'}]",
	  "{'foo':['all','cows','eat','grass']}" },
	{ "{'baz':'qux','foo':['a',2,'c']}",
	  "[{'op':'test','path':'/baz','value':'qux'},"
	  "{'op':'test','path':'/foo/1','value':2}]",
	  "{'baz':'qux','foo':['a',2,'c']}" },
	{ "{'baz':'qux'}", "[{'op':'test','path':'/baz','value':'bar'}]",
	  NULL },
	{ "{'foo':'bar'}", "[{'op':'add','path':'/child','value':{'g':{}}}]",
	  "{'foo':'bar','child':{'g':{}}}" },
	{ "{'foo':'bar'}", "[{'op':'add','path':'/baz/bat','value':'qux'}]",
	  NULL },
	{ "{'/':9,'~1':10}", "[{'op':'test','path':'/~01','value':10}]",
	  "{'/':9,'~1':10}" },
	{ "{'foo':['bar']}",
	  "[{'op':'add','path':'/foo/-','value':['abc','def']}]",
	  "{'foo':['bar',['abc','def']]}" },
	{ "{'a/b':1}", "[{'op':'replace','path':'/a~1b','value':2}]",
	  "{'a/b':2}" },
	{ "{'foo':['x']}", "[{'op':'add','path':'/foo/01','value':1}]", NULL },
	{ "{'foo':['x']}", "[{'op':'add','path':'/foo/2','value':1}]", NULL },
	{ "{'foo':1}", "[{'op':'remove','path':'/bar'}]", NULL },
	{ "{'foo':1}", "[{'op':'replace','path':'/bar','value':1}]", NULL },
	{ "{'foo':1}", "[{'op':'remove','path':''}]", NULL },
	{ "{'foo':1}", "[{'op':'jump','path':'/foo'}]", NULL },
	{ "{'foo':1}", "[{'path':'/foo'}]", NULL },
	{ "{'foo':1}", "[7]", NULL },
	{ "{'foo':1}", "{}", NULL },
	{ "{'foo':{'a':1}}",
	  "[{'op':'copy','from':'/foo','path':'/bar'},"
	  "{'op':'add','path':'/bar/b','value':2}]",
	  "{'foo':{'a':1},'bar':{'a':1,'b':2}}" },
};
/* clang-format on */

static void
test_merge_patch_examples(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(merges); i++) {
		json_t *target = sim_json(merges[i].target);
		json_t *patch = sim_json(merges[i].patch);
		json_t *result = objects_merge_patch(target, patch);
		char *text = quoted(result), *before = quoted(target);

		assert_text_equal(text, merges[i].result);
		/* The target is as it was. */
		assert_text_equal(before, merges[i].target);
		free(text);
		free(before);
		json_decref(target);
		json_decref(patch);
		json_decref(result);
	}
}

static void
test_json_patch_examples(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(patches); i++) {
		json_t *target = sim_json(patches[i].target);
		json_t *ops = sim_json(patches[i].ops);
		struct status st = { 0 };
		json_t *result = objects_json_patch(target, ops, &st);
		char *before = quoted(target), *text;

		assert_text_equal(before, patches[i].target);
		free(before);
		if (patches[i].result) {
			assert_non_null(result);
			text = quoted(result);
			assert_text_equal(text, patches[i].result);
			free(text);
		} else {
			assert_null(result);
			assert_true(st.code == 422 || st.code == 400);
		}
		json_decref(target);
		json_decref(ops);
		json_decref(result);
	}
}

/* ---- strategic ---- */

/* clang-format off */
static const struct {
	const char *plural, *target, *patch, *result;
} strategics[] = {
	/* Containers merge by name; new ones come last. */
	{ "pods", "{'spec':{'containers':[{'name':'a','image':'1'},"
		  "{'name':'b','image':'1'}]}}",
	  "{'spec':{'containers':[{'name':'b','image':'2'},{'name':'c'}]}}",
	  "{'spec':{'containers':[{'name':'a','image':'1'},"
	  "{'name':'b','image':'2'},{'name':'c'}]}}" },
	{ "pods", "{'spec':{'containers':[{'name':'a'},{'name':'b'}]}}",
	  "{'spec':{'containers':[{'name':'a','$patch':'delete'}]}}",
	  "{'spec':{'containers':[{'name':'b'}]}}" },
	{ "pods", "{'spec':{'containers':[{'name':'a'},{'name':'b'}]}}",
	  "{'spec':{'containers':[{'$patch':'replace'},{'name':'z'}]}}",
	  "{'spec':{'containers':[{'name':'z'}]}}" },
	/* kubectl's way: the order it wants, and what it changes. */
	{ "pods", "{'spec':{'containers':[{'name':'a'},{'name':'b'},"
		  "{'name':'s'}]}}",
	  "{'spec':{'$setElementOrder/containers':[{'name':'n'},{'name':'b'},"
	  "{'name':'a'}],'containers':[{'name':'n','image':'i'}]}}",
	  "{'spec':{'containers':[{'name':'n','image':'i'},{'name':'b'},"
	  "{'name':'a'},{'name':'s'}]}}" },
	/* Tolerations and taints are replaced as a whole. */
	{ "nodes", "{'spec':{'taints':[{'key':'a','effect':'NoSchedule'}]}}",
	  "{'spec':{'taints':[{'key':'b','effect':'NoSchedule'}]}}",
	  "{'spec':{'taints':[{'key':'b','effect':'NoSchedule'}]}}" },
	{ "nodes", "{'spec':{'taints':[{'key':'a','effect':'NoSchedule'}],"
		   "'providerID':'x'}}",
	  "{'spec':{'taints':null}}", "{'spec':{'providerID':'x'}}" },
	{ "nodes", "{'status':{'conditions':[{'type':'Ready','status':'True'}"
		   "]}}",
	  "{'status':{'conditions':[{'type':'DiskPressure','status':'True'},"
	  "{'type':'Ready','status':'False'}]}}",
	  "{'status':{'conditions':[{'type':'Ready','status':'False'},"
	  "{'type':'DiskPressure','status':'True'}]}}" },
	/* Environment by name, ports by number, mounts by path. */
	{ "deployments",
	  "{'spec':{'template':{'spec':{'containers':[{'name':'a','env':"
	  "[{'name':'X','value':'1'}],'ports':[{'containerPort':80}]}]}}}}",
	  "{'spec':{'template':{'spec':{'containers':[{'name':'a','env':"
	  "[{'name':'Y','value':'2'}],'ports':[{'containerPort':80,"
	  "'name':'http'}]}]}}}}",
	  "{'spec':{'template':{'spec':{'containers':[{'name':'a','env':"
	  "[{'name':'X','value':'1'},{'name':'Y','value':'2'}],'ports':"
	  "[{'containerPort':80,'name':'http'}]}]}}}}" },
	/* Unions keep only the keys named. */
	{ "deployments",
	  "{'spec':{'strategy':{'type':'RollingUpdate','rollingUpdate':"
	  "{'maxSurge':1}}}}",
	  "{'spec':{'strategy':{'$retainKeys':['type'],'type':'Recreate'}}}",
	  "{'spec':{'strategy':{'type':'Recreate'}}}" },
	/* Sets of texts. */
	{ "pods", "{'metadata':{'finalizers':['a','b']}}",
	  "{'metadata':{'$deleteFromPrimitiveList/finalizers':['a'],"
	  "'finalizers':['c']}}",
	  "{'metadata':{'finalizers':['b','c']}}" },
	{ "pods", "{'metadata':{'ownerReferences':[{'uid':'1','name':'x'}]}}",
	  "{'metadata':{'ownerReferences':[{'uid':'2','name':'y'}]}}",
	  "{'metadata':{'ownerReferences':[{'uid':'1','name':'x'},"
	  "{'uid':'2','name':'y'}]}}" },
	/* Maps, directives on structs, commands as a whole. */
	{ "pods", "{'metadata':{'labels':{'a':'1','b':'2'}}}",
	  "{'metadata':{'labels':{'a':null,'c':'3'}}}",
	  "{'metadata':{'labels':{'b':'2','c':'3'}}}" },
	{ "pods", "{'metadata':{'labels':{'a':'1'}}}",
	  "{'metadata':{'labels':{'$patch':'replace','c':'3'}}}",
	  "{'metadata':{'labels':{'c':'3'}}}" },
	{ "poddisruptionbudgets",
	  "{'spec':{'selector':{'matchLabels':{'a':'1'}}}}",
	  "{'spec':{'selector':{'matchLabels':{'b':'1'}}}}",
	  "{'spec':{'selector':{'matchLabels':{'b':'1'}}}}" },
	{ "pods", "{'spec':{'containers':[{'name':'a','command':['x','y']}]}}",
	  "{'spec':{'containers':[{'name':'a','command':['z']}]}}",
	  "{'spec':{'containers':[{'name':'a','command':['z']}]}}" },
	{ "pods", "{'spec':{'containers':[{'name':'a'}]}}",
	  "{'spec':{'containers':[{'image':'i'}]}}", NULL },
};
/* clang-format on */

static void
test_strategic_merges(void **state)
{
	struct sim_store s;

	(void)state;
	sim_store_init(&s);
	for (size_t i = 0; i < ARRAY_LEN(strategics); i++) {
		json_t *target = sim_json(strategics[i].target);
		json_t *patch = sim_json(strategics[i].patch);
		struct status st = { 0 };
		json_t *result =
			patch_strategic(sim_type(&s, strategics[i].plural),
					target, patch, &st);
		char *before = quoted(target), *text;

		assert_text_equal(before, strategics[i].target);
		free(before);
		if (strategics[i].result) {
			assert_non_null(result);
			text = quoted(result);
			assert_text_equal(text, strategics[i].result);
			free(text);
		} else {
			assert_null(result);
			assert_int_equal(st.code, 400);
		}
		json_decref(target);
		json_decref(patch);
		json_decref(result);
	}
	sim_store_fini(&s);
}

/* ---- apply ---- */

static const struct object *
apply(struct sim_store *s, const char *manager, bool force, const char *config)
{
	struct patch_options options = {
		.kind = PATCH_APPLY,
		.manager = manager,
		.flags = force ? WRITE_FORCE : 0,
	};
	json_t *body = sim_json(config);
	const struct object *obj =
		objects_patch(s->o, sim_type(s, "configmaps"), "default", "c",
			      body, &options, &s->st);

	json_decref(body);
	return obj;
}

static void
test_apply_knows_who_set_what(void **state)
{
	struct sim_store s;
	const struct object *c;

	(void)state;
	sim_store_init(&s);
	c = apply(&s, "a", false,
		  "{'metadata':{'name':'c','labels':{'x':'1'}},"
		  "'data':{'k':'1','l':'1'}}");
	assert_text_equal(sim_at(c, "data"), "{'k':'1','l':'1'}");
	sim_patch(&s, "configmaps", "default", "c", PATCH_MERGE,
		  "{'data':{'m':'9'}}");
	/* What a no longer applies goes; what others set stays. */
	c = apply(&s, "a", false, "{'data':{'k':'2'}}");
	assert_text_equal(sim_at(c, "data"), "{'k':'2','m':'9'}");
	assert_text_equal(sim_at(c, "metadata.labels"), "");
	/* Another applier of the same field. */
	assert_null(apply(&s, "b", false, "{'data':{'k':'3'}}"));
	assert_int_equal(s.st.code, 409);
	assert_text_equal(s.st.message, "Apply failed with 1 conflict: "
			  "conflict with \"a\": .data.k");
	assert_text_equal(s.st.causes[0].reason, "FieldManagerConflict");
	c = apply(&s, "b", true, "{'data':{'k':'3'}}");
	assert_text_equal(sim_at(c, "data"), "{'k':'3','m':'9'}");
	/* a lost the field: it may drop it without taking it away. */
	c = apply(&s, "a", false, "{'data':{}}");
	assert_text_equal(sim_at(c, "data"), "{'k':'3','m':'9'}");
	sim_store_fini(&s);
}

#define CONTAINERS(image, more)                                             \
	"{'metadata':{'name':'d'},"                                         \
	"'spec':{'replicas':2,'selector':{'matchLabels':{'a':'b'}},"        \
	"'template':{'metadata':{'labels':{'a':'b'}},'spec':{'containers':" \
	"[{'name':'c','image':'" image "'" more "}]}}}}"

static const struct object *
apply_work(struct sim_store *s, const char *manager, bool force,
	   const char *quoted)
{
	struct patch_options o = { .kind = PATCH_APPLY,
				   .flags = force ? WRITE_FORCE : 0,
				   .manager = manager };
	json_t *config = sim_json(quoted);
	const struct object *obj =
		objects_patch(s->o, sim_type(s, "deployments"), "default",
			      "d", config, &o, &s->st);

	json_decref(config);
	return obj;
}

/* What others set without applying is theirs, too. */
static void
test_apply_meets_what_others_set(void **state)
{
	struct sim_store s;
	const struct object *d;

	(void)state;
	sim_store_init(&s);
	assert_non_null(apply_work(&s, "a", false, CONTAINERS("i:1", "")));
	/* As kubectl scale and kubectl set image do. */
	objects_set_writer(s.o, "kubectl", "scale");
	sim_patch(&s, "deployments", "default", "d", PATCH_MERGE,
		  "{'spec':{'replicas':5}}");
	objects_set_writer(s.o, "setter", NULL);
	sim_patch(&s, "deployments", "default", "d", PATCH_STRATEGIC,
		  "{'spec':{'template':{'spec':{'containers':[{'name':'c',"
		  "'image':'i:2'}]}}}}");
	objects_set_writer(s.o, NULL, NULL);
	assert_null(apply_work(&s, "a", false, CONTAINERS("i:1", "")));
	assert_int_equal(s.st.code, 409);
	assert_text_equal(
		s.st.message,
		"Apply failed with 2 conflicts: conflicts with \"kubectl\" "
		"with subresource \"scale\" using apps/v1:\n"
		"- .spec.replicas\nconflicts with \"setter\" using apps/v1:\n"
		"- .spec.template.spec.containers[name=\"c\"].image");
	/* What is as they have it is no conflict, and shared. */
	d = apply_work(&s, "a", false,
		       "{'metadata':{'name':'d'},'spec':{'replicas':5,"
		       "'selector':{'matchLabels':{'a':"
		       "'b'}},'template':{'metadata':{'labels':{'a':'b'}},"
		       "'spec':{'containers':[{'name':'c'}]}}}}");
	assert_non_null(d);
	assert_text_contains(sim_at(d, "spec.template"), "'image':'i:2'");
	/* Force takes it. */
	assert_non_null(apply_work(&s, "a", true, CONTAINERS("i:1", "")));
	assert_non_null(apply_work(&s, "a", false, CONTAINERS("i:3", "")));
	sim_store_fini(&s);
}

static void
test_managed_fields(void **state)
{
	struct sim_store s;
	const struct object *d;
	struct buf out;

	(void)state;
	sim_store_init(&s);
	buf_init(&out, 65536);
	d = sim_make(&s, "configmaps", "default", "{'metadata':{'name':'q'}}");
	assert_false(objects_managed_fields(s.o, d, &out));
	d = apply_work(&s, "a", false, CONTAINERS("i:1", ""));
	assert_true(objects_managed_fields(s.o, d, &out));
	assert_text_equal(
		buf_text(&out),
		"[{\"manager\":\"a\",\"operation\":\"Apply\",\"apiVersion\":"
		"\"apps/v1\",\"time\":\"2026-02-18T09:00:00Z\","
		"\"fieldsType\":\"FieldsV1\",\"fieldsV1\":{\"f:spec\":{"
		"\"f:replicas\":{},\"f:selector\":{\"f:matchLabels\":{"
		"\"f:a\":{},\".\":{}}},\"f:template\":{\"f:metadata\":{"
		"\"f:labels\":{\"f:a\":{},\".\":{}}},\"f:spec\":{"
		"\"f:containers\":{\"k:{\\\"name\\\":\\\"c\\\"}\":{"
		"\"f:name\":{},\"f:image\":{},\".\":{}}}}}}}}]");
	/* Who takes a field over has it alone. */
	objects_set_writer(s.o, "kubectl-patch", NULL);
	d = sim_patch(&s, "deployments", "default", "d", PATCH_MERGE,
		      "{'spec':{'replicas':3}}");
	objects_set_writer(s.o, NULL, NULL);
	buf_reset(&out);
	assert_true(objects_managed_fields(s.o, d, &out));
	assert_text_contains(buf_text(&out),
			     "\"fieldsV1\":{\"f:spec\":{\"f:selector\"");
	assert_text_contains(buf_text(&out),
			     "\"manager\":\"kubectl-patch\",\"operation\":"
			     "\"Update\"");
	assert_text_contains(buf_text(&out),
			     "\"fieldsV1\":{\"f:spec\":{\"f:replicas\":{}}}");
	buf_fini(&out);
	sim_store_fini(&s);
}

SUITE(sim_objects_patch,
	TEST(test_apply_meets_what_others_set),
	TEST(test_managed_fields),
	TEST(test_merge_patch_examples),
	TEST(test_json_patch_examples),
	TEST(test_strategic_merges),
	TEST(test_apply_knows_who_set_what));
