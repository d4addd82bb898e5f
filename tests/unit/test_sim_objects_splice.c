/*
 * Writes that are made by cutting text against the same writes made of trees:
 * what is stored afterwards is the same, byte for byte.
 */
#include "backend/base/buf.h"
#include "tests/unit/sim_store.h"

static const char pod[] =
	"{'metadata':{'name':'p','labels':{'a':'b','deletionGracePeriodSeconds'"
	":'0'},'annotations':{'say':'\\\"status\\\":{\\\"x\\\":1}'}},"
	"'spec':{'containers':[{'name':'c','image':'i:1'}]}}";

static const char *const keys[] = { "phase",  "conditions", "podIP", "qosClass",
				    "nested", "other",	    "image", "x" };
static const char *const texts[] = { "", "Running", "a \"quoted\" {[,]}",
				     "back\\slash", "\xc3\xa9t\xc3\xa9" };

static json_t *
random_value(struct dice *d, int depth)
{
	json_t *v;

	switch (dice_below(d, depth > 2 ? 5 : 8)) {
	case 0:
		return json_null();
	case 1:
		return json_true();
	case 2:
		return json_integer((json_int_t)dice_below(d, 1000) - 500);
	case 3:
	case 4:
		return json_string(texts[dice_below(d, ARRAY_LEN(texts))]);
	case 5:
		v = json_array();
		for (uint32_t n = dice_below(d, 3); n; n--)
			json_array_append_new(v, random_value(d, depth + 1));
		return v;
	default:
		v = json_object();
		for (uint32_t n = dice_below(d, 4); n; n--)
			json_object_set_new(
				v, keys[dice_below(d, ARRAY_LEN(keys))],
				random_value(d, depth + 1));
		return v;
	}
}

/* The phase and the address stay texts, as the decoders want them. */
static json_t *
random_status(struct dice *d)
{
	json_t *v = json_object(), *o;

	for (uint32_t n = dice_below(d, 5); n; n--)
		json_object_set_new(v, keys[dice_below(d, ARRAY_LEN(keys))],
				    random_value(d, 0));
	o = json_object();
	json_object_set_new(o, "status", v);
	return o;
}

static void
same_store(struct sim_store *a, struct sim_store *b, const char *plural)
{
	const struct object *x = sim_get(a, plural, "default", "p");
	const struct object *y = sim_get(b, plural, "default", "p");

	assert_string_equal(x->json, y->json);
	assert_int_equal(x->len, y->len);
	assert_int_equal(x->rv, y->rv);
	assert_int_equal(x->meta_end, y->meta_end);
	assert_int_equal(x->rv_at, y->rv_at);
	assert_int_equal(x->rv_len, y->rv_len);
	assert_string_equal(x->key, y->key);
	assert_string_equal(x->name, y->name);
	assert_string_equal(x->uid, y->uid);
	assert_string_equal(x->node, y->node);
	assert_int_equal(x->label_n, y->label_n);
	for (uint32_t i = 0; i < x->label_n; i++)
		assert_string_equal(x->labels[i].value, y->labels[i].value);
	for (uint32_t i = 0; i < x->field_n; i++)
		assert_string_equal(x->fields[i], y->fields[i]);
}

static void
test_status_as_by_tree(void **state)
{
	struct dice d = dice_new(0x5e1);
	struct patch_options fast = { PATCH_MERGE, WRITE_STATUS, NULL };
	struct sim_store a, b;

	(void)state;
	sim_store_init(&a);
	sim_store_init(&b);
	sim_make(&a, "pods", "default", pod);
	sim_make(&b, "pods", "default", pod);
	for (int i = rounds(3000); i; i--) {
		const struct object *was = sim_get(&b, "pods", "default", "p");
		json_t *patch = random_status(&d), *tree = object_tree(was);
		json_t *whole = objects_merge_patch(tree, patch);

		assert_non_null(objects_patch(a.o, sim_type(&a, "pods"),
					      "default", "p", patch, &fast,
					      &a.st));
		assert_non_null(objects_update(b.o, sim_type(&b, "pods"),
					       "default", "p", whole,
					       WRITE_STATUS, &b.st));
		same_store(&a, &b, "pods");
		json_decref(whole);
		json_decref(tree);
		json_decref(patch);
	}
	sim_store_fini(&a);
	sim_store_fini(&b);
}

static void
test_binding_as_by_tree(void **state)
{
	struct sim_store a, b;
	json_t *tree, *patch, *whole;
	const struct object *was;

	(void)state;
	sim_store_init(&a);
	sim_store_init(&b);
	sim_make(&a, "pods", "default", pod);
	was = sim_make(&b, "pods", "default", pod);
	tree = object_tree(was);
	patch = sim_json("{'spec':{'nodeName':'n1'},'status':{'conditions':[{"
			 "'type':'PodScheduled','status':'True',"
			 "'lastProbeTime':null,'lastTransitionTime':"
			 "'2026-02-18T09:00:00Z'}]}}");
	whole = objects_merge_patch(tree, patch);
	assert_non_null(objects_update(b.o, sim_type(&b, "pods"), "default",
				       "p", whole,
				       WRITE_KEEP_STATUS | 256 /* bind */,
				       &b.st));
	assert_non_null(objects_bind(a.o, "default", "p", NULL, "n1", &a.st));
	same_store(&a, &b, "pods");
	assert_string_equal(sim_get(&a, "pods", "default", "p")->node, "n1");
	json_decref(whole);
	json_decref(patch);
	json_decref(tree);
	sim_store_fini(&a);
	sim_store_fini(&b);
}

/* A status changes rv alone; anything else moves spec_rv along. */
static void
test_status_keeps_spec_rv(void **state)
{
	struct patch_options status = { PATCH_MERGE, WRITE_STATUS, NULL };
	const struct object *o;
	struct sim_store s;
	uint64_t spec_rv;
	json_t *patch;

	(void)state;
	sim_store_init(&s);
	spec_rv = sim_make(&s, "pods", "default", pod)->rv;
	patch = sim_json("{'status':{'phase':'Running'}}");
	o = objects_patch(s.o, sim_type(&s, "pods"), "default", "p", patch,
			  &status, &s.st);
	assert_int_equal(o->spec_rv, spec_rv);
	assert_true(o->rv > spec_rv);
	assert_true(o == objects_patch(s.o, sim_type(&s, "pods"), "default",
				       "p", patch, &status, &s.st));
	json_decref(patch);
	o = sim_patch(&s, "pods", "default", "p", PATCH_MERGE,
		      "{'metadata':{'labels':{'new':'1'}}}");
	assert_int_equal(o->spec_rv, o->rv);
	sim_store_fini(&s);
}

/* A pod told to go with no grace left goes with the write of its status. */
static void
test_last_status_of_what_goes(void **state)
{
	struct patch_options status = { PATCH_MERGE, WRITE_STATUS, NULL };
	struct delete_options d = { .grace_s = -1 };
	const struct object *o;
	struct sim_store s;
	json_t *patch = sim_json("{'status':{'phase':'Failed'}}");

	(void)state;
	sim_store_init(&s);
	sim_make(&s, "pods", "default", pod);
	assert_non_null(objects_bind(s.o, "default", "p", NULL, "n1", &s.st));
	assert_true(objects_delete(s.o, sim_type(&s, "pods"), "default", "p",
				   &d, NULL, NULL, &s.st));
	o = objects_patch(s.o, sim_type(&s, "pods"), "default", "p", patch,
			  &status, &s.st);
	assert_non_null(o);
	assert_true(o->deleted_ms != 0);
	assert_string_equal(sim_at(o, "status.phase"), "'Failed'");
	assert_string_equal(sim_at(o, "metadata.deletionGracePeriodSeconds"),
			    "30");
	json_decref(patch);
	sim_store_fini(&s);
}

/* Text that is put together is what the tree would have been. */
static void
test_created_text(void **state)
{
	static const char *const fields[] = {
		"Pod", "default", "p", "u", "v1", "7", "", "Pulled", "kubelet",
		"kubelet", "Normal",
	};
	const struct object *a, *b;
	struct sim_store s, t;
	struct buf text;

	(void)state;
	sim_store_init(&s);
	sim_store_init(&t);
	buf_init(&text, 4096);
	buf_puts(&text, "\"involvedObject\":{\"kind\":\"Pod\",\"namespace\":"
			"\"default\",\"name\":\"p\",\"uid\":\"u\","
			"\"apiVersion\":\"v1\",\"resourceVersion\":\"7\"},"
			"\"reason\":\"Pulled\",\"source\":{\"component\":"
			"\"kubelet\"},\"type\":\"Normal\","
			"\"reportingComponent\":\"kubelet\"");
	a = objects_create_text(s.o, sim_type(&s, "events"), "default", "p",
				&text, fields);
	assert_non_null(a);
	b = sim_make(&t, "events", "default",
		     "{'metadata':{'name':'p'},'involvedObject':{'kind':'Pod',"
		     "'namespace':'default','name':'p','uid':'u','apiVersion':"
		     "'v1','resourceVersion':'7'},'reason':'Pulled','source':{"
		     "'component':'kubelet'},'type':'Normal',"
		     "'reportingComponent':'kubelet'}");
	assert_int_equal(a->field_n, ARRAY_LEN(fields));
	same_store(&s, &t, "events");
	assert_int_equal(a->created_ms, b->created_ms);
	assert_int_equal(a->bare_at, b->bare_at);
	assert_null(objects_create_text(s.o, sim_type(&s, "events"), "default",
					"p", &text, fields));
	assert_null(objects_create_text(s.o, sim_type(&s, "events"), "nowhere",
					"q", &text, fields));
	buf_fini(&text);
	sim_store_fini(&s);
	sim_store_fini(&t);
}

SUITE(sim_objects_splice, TEST(test_status_as_by_tree),
      TEST(test_binding_as_by_tree), TEST(test_status_keeps_spec_rv),
      TEST(test_last_status_of_what_goes), TEST(test_created_text));
