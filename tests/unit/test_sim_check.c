/*
 * What the API server refuses with 422: the commonest mistakes, each with the
 * field it names and what is said of it.
 */
#include "backend/sim/objects/internal.h"
#include "tests/unit/sim_store.h"

#define POD(spec) "{'metadata':{'name':'p'},'spec':{" spec "}}"
#define BOX(more) POD("'containers':[{'name':'c','image':'i'" more "}]")
#define WORK(more)                                                          \
	"{'metadata':{'name':'d'},'spec':{'selector':{'matchLabels':{'a':"  \
	"'b'}},'template':{'metadata':{'labels':{'a':'b'}},'spec':{"        \
	"'containers':[{'name':'c','image':'i'}]" more "}}}}"
#define CRON(schedule)                                                      \
	"{'metadata':{'name':'j'},'spec':{'schedule':'" schedule "',"       \
	"'jobTemplate':{'spec':{'template':{'spec':{'restartPolicy':"       \
	"'Never','containers':[{'name':'c','image':'i'}]}}}}}}"
#define PORTS(ports) "{'metadata':{'name':'s'},'spec':{'ports':[" ports "]}}"
#define SCALER(more)                                                        \
	"{'metadata':{'name':'h'},'spec':{'scaleTargetRef':{'kind':"        \
	"'Deployment','name':'d'}," more "}}"
#define DOOR(path)                                                          \
	"{'metadata':{'name':'i'},'spec':{'rules':[{'http':{'paths':[{"     \
	path "'backend':{'service':{'name':'s','port':{'number':80}}}}]}}]}}"

/* clang-format off */
static const struct {
	const char *plural, *body, *field, *says;
} mistakes[] = {
	{ "pods", BOX(",'imagePullPolicy':'Often'"),
	  "spec.containers[0].imagePullPolicy",
	  "Unsupported value: \"Often\": supported values: \"Always\", "
	  "\"IfNotPresent\", \"Never\"" },
	{ "pods", BOX(",'ports':[{'containerPort':99999}]"),
	  "spec.containers[0].ports[0].containerPort",
	  "Invalid value: 99999: must be between 1 and 65535, inclusive" },
	{ "pods", BOX(",'volumeMounts':[{'name':'v','mountPath':'/v'}]"),
	  "spec.containers[0].volumeMounts[0].name", "Not found: \"v\"" },
	{ "pods", BOX(",'env':[{'name':'A=B'}]"),
	  "spec.containers[0].env[0].name",
	  "Invalid value: \"A=B\": a valid environment variable name" },
	{ "pods", POD("'containers':[{'name':'C_1','image':'i'}]"),
	  "spec.containers[0].name",
	  "Invalid value: \"C_1\": a lowercase RFC 1123 label" },
	{ "pods", BOX("},{'name':'d','image':'i'") , "", "" },
	{ "pods", POD("'volumes':[{'name':'v'},{'name':'v'}],'containers':"
		      "[{'name':'c','image':'i'}]"),
	  "spec.volumes[1].name", "Duplicate value: \"v\"" },
	{ "deployments", WORK(""), "", "" },
	{ "deployments", WORK(",'restartPolicy':'Never'"),
	  "spec.template.spec.restartPolicy",
	  "Unsupported value: \"Never\": supported values: \"Always\"" },
	{ "cronjobs", CRON("*/5 0-6,12 1 jan-mar MON"), "", "" },
	{ "cronjobs", CRON("@hourly"), "", "" },
	{ "cronjobs", CRON("bad"), "spec.schedule",
	  "Invalid value: \"bad\": expected exactly 5 fields, found 1: [bad]" },
	{ "cronjobs", CRON("61 * * * *"), "spec.schedule",
	  "above maximum (59): 61" },
	{ "cronjobs", CRON("* * * x *"), "spec.schedule",
	  "failed to parse int from x" },
	{ "services", PORTS("{'port':80}"), "", "" },
	{ "services", PORTS("{'port':0}"), "spec.ports[0].port",
	  "Invalid value: 0: must be between 1 and 65535, inclusive" },
	{ "services", PORTS("{'name':'a','port':1},{'port':2}"),
	  "spec.ports[1].name", "Required value" },
	{ "services", PORTS(""), "spec.ports", "Required value" },
	{ "services",
	  "{'metadata':{'name':'1s'},'spec':{'ports':[{'port':1}]}}",
	  "metadata.name", "a DNS-1035 label must consist of" },
	{ "horizontalpodautoscalers", SCALER("'minReplicas':5,'maxReplicas':2"),
	  "spec.maxReplicas",
	  "Invalid value: 2: must be greater than or equal to `minReplicas`" },
	{ "horizontalpodautoscalers", SCALER("'maxReplicas':0"),
	  "spec.maxReplicas", "Invalid value: 0: must be greater than 0" },
	{ "ingresses", DOOR("'path':'/','pathType':'Prefix',"), "", "" },
	{ "ingresses", DOOR("'path':'/',"),
	  "spec.rules[0].http.paths[0].pathType",
	  "Required value: pathType must be specified" },
	{ "ingresses", DOOR("'path':'x','pathType':'Exact',"),
	  "spec.rules[0].http.paths[0].path", "must be an absolute path" },
	{ "priorityclasses", "{'metadata':{'name':'p'},'value':2000000000}",
	  "value", "Forbidden: maximum allowed value of a user defined" },
	{ "rolebindings", "{'metadata':{'name':'b'},'subjects':[]}",
	  "roleRef.name", "Required value" },
	{ "resourcequotas",
	  "{'metadata':{'name':'q'},'spec':{'hard':{'pods':'-1'}}}",
	  "spec.hard[pods]", "must be greater than or equal to 0" },
	{ "persistentvolumeclaims",
	  "{'metadata':{'name':'c'},'spec':{'accessModes':['All'],'resources':"
	  "{'requests':{'storage':'1Gi'}}}}",
	  "spec.accessModes", "Unsupported value: \"All\"" },
};
/* clang-format on */

static bool
has_cause(const struct status *st, const char *field, const char *says)
{
	for (uint32_t i = 0; i < st->cause_n; i++)
		if (strcmp(st->causes[i].field, field) == 0 &&
		    strstr(st->causes[i].message, says))
			return true;
	return false;
}

static void
test_mistakes_are_named(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(mistakes); i++) {
		struct sim_store s;
		const struct object *obj;
		json_t *body = sim_json(mistakes[i].body);

		sim_store_init(&s);
		obj = objects_create(s.o, sim_type(&s, mistakes[i].plural),
				     "default", body, 0, &s.st);
		json_decref(body);
		if (!*mistakes[i].field) {
			assert_non_null(obj);
		} else if (obj || s.st.code != 422 ||
			   !has_cause(&s.st, mistakes[i].field,
				      mistakes[i].says)) {
			fail_msg("%s: wanted %s: %s, found %d %s",
				 mistakes[i].plural, mistakes[i].field,
				 mistakes[i].says, s.st.code, s.st.message);
		}
		sim_store_fini(&s);
	}
}

static void
test_every_mistake_is_listed(void **state)
{
	struct sim_store s;

	(void)state;
	sim_store_init(&s);
	sim_refuse(&s, "pods", "default",
		   POD("'restartPolicy':'Sometimes','containers':[{'name':'c',"
		       "'image':'','ports':[{'containerPort':99999}],"
		       "'volumeMounts':[{'name':'v','mountPath':'/v'}]},"
		       "{'name':'c','image':'i'},{'image':'i'}]"), 422);
	assert_int_equal(s.st.cause_n, 6);
	assert_true(has_cause(&s.st, "spec.restartPolicy",
			      "Unsupported value: \"Sometimes\""));
	assert_text_contains(s.st.message, "spec.containers[2].name: Required");
	sim_store_fini(&s);
}

static void
test_an_address_stays(void **state)
{
	struct sim_store s;
	struct patch_options merge = { .kind = PATCH_MERGE };
	json_t *patch;

	(void)state;
	sim_store_init(&s);
	sim_make(&s, "services", "default", PORTS("{'port':80}"));
	patch = sim_json("{'spec':{'clusterIP':'172.20.9.9'}}");
	assert_null(objects_patch(s.o, sim_type(&s, "services"), "default",
				  "s", patch, &merge, &s.st));
	json_decref(patch);
	assert_int_equal(s.st.code, 422);
	assert_true(has_cause(&s.st, "spec.clusterIPs[0]",
			      "may not change once set"));
	sim_store_fini(&s);
}

static long
node_port(struct sim_store *s, size_t i)
{
	json_t *tree = object_tree(sim_get(s, "services", "default", "n"));
	json_t *ports = json_object_get(json_object_get(tree, "spec"), "ports");
	long n = (long)json_integer_value(
		json_object_get(json_array_get(ports, i), "nodePort"));

	json_decref(tree);
	return n;
}

static void
test_node_ports(void **state)
{
	struct sim_store s;
	long port, other;

	(void)state;
	sim_store_init(&s);
	sim_make(&s, "services", "default",
		 "{'metadata':{'name':'n'},'spec':{'type':'NodePort','ports':["
		 "{'port':80}]}}");
	port = node_port(&s, 0);
	assert_true(port >= 30000 && port <= 32767);
	assert_text_equal(sim_at(sim_get(&s, "services", "default", "n"),
				 "spec.externalTrafficPolicy"), "'Cluster'");
	/* A change that does not say it keeps it; a new port has another. */
	sim_patch(&s, "services", "default", "n", PATCH_MERGE,
		  "{'spec':{'type':'LoadBalancer','ports':[{'port':80,'name':"
		  "'a'},{'port':81,'name':'b'}]}}");
	assert_int_equal(node_port(&s, 0), port);
	other = node_port(&s, 1);
	assert_true(other >= 30000 && other <= 32767 && other != port);
	sim_patch(&s, "services", "default", "n", PATCH_MERGE,
		  "{'spec':{'type':'ClusterIP'}}");
	assert_int_equal(node_port(&s, 0), 0);
	assert_text_equal(sim_at(sim_get(&s, "services", "default", "n"),
				 "spec.externalTrafficPolicy"), "");
	sim_refuse(&s, "services", "default",
		   "{'metadata':{'name':'low'},'spec':{'type':'NodePort',"
		   "'ports':[{'port':80,'nodePort':80}]}}", 422);
	assert_true(has_cause(&s.st, "spec.ports[0].nodePort",
			      "provided port is not in the valid range"));
	sim_store_fini(&s);
}

#define SIZED(name, cpu)                                                       \
	"{'metadata':{'name':'" name "'},'spec':{'containers':[{'name':'c',"   \
	"'image':'i','resources':{'requests':{'cpu':'" cpu "'}}}]}}"

static void
test_quotas(void **state)
{
	struct sim_store s;
	json_t *used;
	char *text;

	(void)state;
	sim_store_init(&s);
	sim_make(&s, "resourcequotas", "default",
		 "{'metadata':{'name':'q'},'spec':{'hard':{'pods':'3',"
		 "'cpu':'1','count/configmaps':'1','services.nodeports':'1',"
		 "'limits.memory':'1Gi'}}}");
	sim_refuse(&s, "pods", "default",
		   "{'metadata':{'name':'p'},'spec':{'containers':[{'name':"
		   "'a','image':'i'},{'name':'b','image':'i'}]}}", 403);
	assert_text_equal(s.st.message,
			  "pods \"p\" is forbidden: failed quota: q: must "
			  "specify cpu for: a,b; limits.memory for: a,b");
	sim_patch(&s, "resourcequotas", "default", "q", PATCH_MERGE,
		  "{'spec':{'hard':{'limits.memory':null}}}");
	sim_make(&s, "pods", "default", SIZED("one", "300m"));
	sim_make(&s, "pods", "default", SIZED("two", "0.5"));
	sim_refuse(&s, "pods", "default", SIZED("three", "201m"), 403);
	assert_text_equal(s.st.message,
			  "pods \"three\" is forbidden: exceeded quota: q, "
			  "requested: cpu=201m, used: cpu=800m, limited: "
			  "cpu=1");
	sim_make(&s, "pods", "default", SIZED("three", "200m"));
	sim_make(&s, "configmaps", "default", "{'metadata':{'name':'a'}}");
	sim_refuse(&s, "configmaps", "default", "{'metadata':{'name':'b'}}",
		   403);
	sim_refuse(&s, "services", "default",
		   "{'metadata':{'name':'n'},'spec':{'type':'NodePort',"
		   "'ports':[{'port':80,'name':'a'},{'port':81,'name':'b'}]}}",
		   403);
	used = objects_quota_used(s.o, sim_get(&s, "resourcequotas", "default",
					       "q"));
	text = json_dumps(used, JSON_COMPACT | JSON_SORT_KEYS);
	assert_text_equal(text, "{\"count/configmaps\":\"1\",\"cpu\":\"1\","
			  "\"pods\":\"3\",\"services.nodeports\":\"0\"}");
	free(text);
	json_decref(used);
	sim_store_fini(&s);
}

static void
test_limit_ranges(void **state)
{
	struct sim_store s;
	const struct object *p;

	(void)state;
	sim_store_init(&s);
	sim_make(&s, "limitranges", "default",
		 "{'metadata':{'name':'l'},'spec':{'limits':[{'type':"
		 "'Container','default':{'cpu':'200m'},'min':{'memory':'16Mi'},"
		 "'max':{'cpu':'500m'}}]}}");
	assert_text_equal(sim_at(sim_get(&s, "limitranges", "default", "l"),
				 "spec.limits"),
			  "[{'type':'Container','default':{'cpu':'200m'},'min':"
			  "{'memory':'16Mi'},'max':{'cpu':'500m'},"
			  "'defaultRequest':{'cpu':'200m','memory':'16Mi'}}]");
	p = sim_make(&s, "pods", "default",
		     "{'metadata':{'name':'p'},'spec':{'containers':[{'name':"
		     "'c','image':'i'}]}}");
	assert_text_contains(p->json, "\"requests\":{\"cpu\":\"200m\","
			     "\"memory\":\"16Mi\"}");
	assert_text_contains(p->json, "\"limits\":{\"cpu\":\"200m\"}");
	assert_text_contains(p->json, "LimitRanger plugin set: cpu request for "
			     "container c; memory request for container c; cpu "
			     "limit for container c");
	sim_refuse(&s, "pods", "default",
		   "{'metadata':{'name':'q'},'spec':{'containers':[{'name':"
		   "'c','image':'i','resources':{'limits':{'cpu':'600m',"
		   "'memory':'1Mi'}}}]}}", 403);
	assert_text_equal(s.st.message,
			  "pods \"q\" is forbidden: [minimum memory usage per "
			  "Container is 16Mi, but request is 1Mi, maximum cpu "
			  "usage per Container is 500m, but limit is 600m]");
	sim_store_fini(&s);
}

SUITE(sim_check,
	TEST(test_mistakes_are_named),
	TEST(test_every_mistake_is_listed),
	TEST(test_an_address_stays),
	TEST(test_node_ports),
	TEST(test_quotas),
	TEST(test_limit_ranges));
