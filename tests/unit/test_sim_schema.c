/*
 * The schema of the built-in kinds: the notation reads, and trees are checked
 * against it in the words of the real decoders.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/sim/objects/internal.h"
#include "backend/sim/objects/schema.h"
#include "tests/unit/sim_store.h"

static bool
join(void *ctx, const char *path)
{
	struct buf *out = ctx;

	buf_printf(out, "%s ", path);
	return true;
}

static uint32_t
read_rows(const struct schema *rows)
{
	uint32_t fields = 0;

	for (const struct schema *s = rows; s->name; s++) {
		struct schema_field f = { 0 };
		const char *at = s->fields;
		uint32_t number = 0;

		assert_ptr_equal(schema_named(s->name, strlen(s->name)), s);
		while (schema_next(&at, &f)) {
			fields++;
			assert_true(f.name_len > 0);
			assert_true(f.number > number);
			number = f.number;
			if (f.basic)
				assert_non_null(strchr("sinbqtuyxo", f.basic));
			if (f.inlined)
				assert_non_null(f.object);
			if (f.list == LIST_BY_KEY && f.object) {
				struct schema_field key;

				assert_true(schema_field(f.object, f.key,
							 &key));
			}
		}
	}
	return fields;
}

static void
test_every_schema_row_reads(void **state)
{
	struct schema_field f;

	(void)state;
	assert_true(read_rows(schema_kinds) > 100);
	assert_true(read_rows(schema_rows) > 1000);
	assert_true(schema_field(schema_named("Probe", 5), "httpGet", &f));
	assert_ptr_equal(f.object, schema_named("HTTPGetAction", 13));
	assert_false(schema_field(schema_named("Probe", 5), "httpPut", &f));
	assert_true(schema_field(schema_named("ObjectMeta", 10), "finalizers",
				 &f));
	assert_int_equal(f.list, LIST_SET);
}

static void
test_schema_names_unknown_fields_and_wrong_types(void **state)
{
	struct sim_store s;
	struct buf out;
	json_t *tree;

	(void)state;
	sim_store_init(&s);
	buf_init(&out, 4096);
	tree = sim_json("{'apiVersion':'v1','kind':'Pod','metadata':{'nam':1},"
			"'spec':{'containers':[{'name':'a','imag':'x'}],"
			"'nodeSelector':{'any':'thing'}},'extra':{}}");
	schema_unknown(sim_type(&s, "pods"), tree, WORDS_JSON, join, &out);
	assert_text_equal(buf_text(&out),
			  "metadata.nam spec.containers[0].imag extra ");
	buf_fini(&out);
	json_decref(tree);
	sim_store_fini(&s);
}

/* What a decoder of those words says of a body; "" when it is content. */
static const char *
said(struct sim_store *s, const char *plural, enum schema_words words,
     const char *body)
{
	static char why[400];
	json_t *tree = sim_json(body);
	bool good = schema_types(sim_type(s, plural), tree, words, why,
				 sizeof(why));

	json_decref(tree);
	return good ? "" : why;
}

static void
test_wrong_types(void **state)
{
	static const char words[] = "{'spec':{'replicas':'3'}}";
	static const char env[] =
		"{'spec':{'template':{'spec':{'containers':[{'name':'c',"
		"'env':[{'name':'A','value':1}]}]}}}}";
	struct sim_store s;

	(void)state;
	sim_store_init(&s);
	assert_text_equal(said(&s, "deployments", WORDS_JSON, words),
			  "json: cannot unmarshal string into Go struct field "
			  "DeploymentSpec.spec.replicas of type int32");
	assert_text_equal(said(&s, "deployments", WORDS_JSON, env),
			  "json: cannot unmarshal number into Go struct field "
			  "EnvVar.spec.template.spec.containers.env.value of "
			  "type string");
	assert_text_equal(said(&s, "pods", WORDS_JSON,
			       "{'spec':{'containers':{'name':'a'}}}"),
			  "json: cannot unmarshal object into Go struct field "
			  "PodSpec.spec.containers of type []v1.Container");
	assert_text_equal(said(&s, "configmaps", WORDS_JSON,
			       "{'data':{'a':1}}"),
			  "json: cannot unmarshal number into Go struct field "
			  "ConfigMap.data of type string");
	assert_text_equal(said(&s, "deployments", WORDS_PATCH, words),
			  "unrecognized type: int32");
	assert_text_equal(said(&s, "deployments", WORDS_PATCH, env),
			  "cannot convert int64 to string");
	assert_text_equal(said(&s, "deployments", WORDS_APPLY, words),
			  ".spec.replicas: expected numeric (int or float), "
			  "got string");
	assert_text_equal(said(&s, "deployments", WORDS_APPLY, env),
			  ".spec.template.spec.containers[name=\"c\"]"
			  ".env[name=\"A\"].value: expected string, got "
			  "&value.valueUnstructured{Value:1}");
	assert_text_equal(said(&s, "pods", WORDS_JSON,
			       "{'spec':{'containers':[{'name':'a','resources':"
			       "{'limits':{'cpu':2,'memory':'1Gi'}}}]}}"), "");
	assert_text_contains(said(&s, "pods", WORDS_JSON,
				  "{'spec':{'containers':[{'resources':"
				  "{'limits':{'cpu':'much'}}}]}}"),
			     "quantities must match");
	sim_store_fini(&s);
}

static void
test_base64(void **state)
{
	static const char *const good[] = { "", "aGVsbG8=", "aGVsbG8h",
					    "aGVs\\nbG8h", "aA==" };
	static const struct {
		const char *text, *at;
	} bad[] = { { "not base64", "3" }, { "aGVsbG8", "7" },
		    { "aA=", "3" },	   { "=", "0" },
		    { "aA==x", "4" } };
	struct sim_store s;
	char body[100];

	(void)state;
	sim_store_init(&s);
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		snprintf(body, sizeof(body), "{'data':{'a':'%s'}}", good[i]);
		assert_text_equal(said(&s, "secrets", WORDS_JSON, body), "");
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		snprintf(body, sizeof(body), "{'data':{'a':'%s'}}",
			 bad[i].text);
		assert_text_contains(said(&s, "secrets", WORDS_JSON, body),
				     "illegal base64 data at input byte ");
		assert_text_contains(said(&s, "secrets", WORDS_JSON, body),
				     bad[i].at);
	}
	sim_store_fini(&s);
}

SUITE(sim_schema,
	TEST(test_every_schema_row_reads),
	TEST(test_schema_names_unknown_fields_and_wrong_types),
	TEST(test_wrong_types),
	TEST(test_base64));
