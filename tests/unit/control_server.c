/*
 * The rig's server: a scripted cluster and AWS.
 */
#include "tests/unit/control_rig.h"

#include "backend/base/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- the world ---- */

static struct rig_object *
place_for(struct rig_object *all, const char *name)
{
	for (int i = 0; i < RIG_OBJECTS; i++)
		if (all[i].json && strcmp(all[i].name, name) == 0)
			return &all[i];
	for (int i = 0; i < RIG_OBJECTS; i++)
		if (!all[i].json)
			return &all[i];
	fail_msg("the rig is full");
	return NULL;
}

/* Tells every open watch of that path. */
static void
tell(struct control_rig *r, const char *path, const char *type,
     const char *json)
{
	char *line = xasprintf("{\"type\":\"%s\",\"object\":%s}\n", type,
			       json);

	for (int i = 0; r->server && i < RIG_PEERS; i++) {
		char *watch = xasprintf("GET %s%s%swatch=1",
					str_or_empty(r->peers[i]), path,
					strchr(path, '?') ? "" : "?");
		struct fake_conn *c = NULL;

		if ((i == 0 || r->peers[i]) && !r->silent[i])
			c = fake_conn_of(r->server, watch);
		if (c)
			fake_send(c, line);
		free(watch);
	}
	free(line);
}

static void
put(struct control_rig *r, struct rig_object *all, const char *path,
    const char *name, const char *uid, char *json_taken)
{
	struct rig_object *o = place_for(all, name);
	bool there = o->json && strcmp(o->uid, uid) == 0;

	free(o->json);
	snprintf(o->name, sizeof(o->name), "%s", name);
	snprintf(o->uid, sizeof(o->uid), "%s", uid);
	o->json = json_taken;
	o->rv = r->rv;
	tell(r, path, there ? "MODIFIED" : "ADDED", json_taken);
}

static void
put_node(struct control_rig *r, const char *name, const char *uid,
	 const char *instance, const char *taint, bool unschedulable)
{
	char taints[160] = "";

	if (taint)
		snprintf(taints, sizeof(taints),
			 ",\"taints\":[{\"key\":\"%s\",\"value\":"
			 "\"1771405100\",\"effect\":\"NoSchedule\"}]",
			 taint);
	r->rv++;
	put(r, r->nodes, "/api/v1/nodes", name, uid,
	    xasprintf("{\"apiVersion\":\"v1\",\"kind\":\"Node\",\"metadata\":{"
		      "\"name\":\"%s\",\"uid\":\"%s\",\"resourceVersion\":"
		      "\"%d\",\"creationTimestamp\":\"2026-02-18T08:00:00Z\","
		      "\"labels\":{\"kubernetes.io/arch\":\"amd64\","
		      "\"kubernetes.io/os\":\"linux\"}},\"spec\":{"
		      "\"providerID\":\"aws:///eu-west-1a/%s\","
		      "\"unschedulable\":%s%s},\"status\":{\"allocatable\":{"
		      "\"cpu\":\"4\",\"memory\":\"16Gi\",\"pods\":\"58\"},"
		      "\"capacity\":{\"cpu\":\"4\",\"memory\":\"16Gi\","
		      "\"pods\":\"58\"},\"conditions\":[{\"type\":\"Ready\","
		      "\"status\":\"True\",\"lastTransitionTime\":"
		      "\"2026-02-18T08:00:00Z\"}]}}",
		      name, uid, r->rv, instance,
		      unschedulable ? "true" : "false", taints));
}

void
rig_node(struct control_rig *r, const char *name, const char *uid,
	 const char *instance, bool unschedulable)
{
	put_node(r, name, uid, instance, NULL, unschedulable);
}

void
rig_tainted_node(struct control_rig *r, const char *name, const char *uid,
		 const char *instance, const char *taint)
{
	put_node(r, name, uid, instance, taint, true);
}

void
rig_pod(struct control_rig *r, const char *ns, const char *name,
	const char *uid, const char *node, int job, const char *role)
{
	char more[400] = "", labels[200] = "\"x\":\"y\"", status[600];
	bool tiny = role && strcmp(role, "tiny") == 0;

	r->rv++;
	if (tiny) {
		snprintf(more, sizeof(more),
			 ",\"ownerReferences\":[{\"apiVersion\":\"apps/v1\","
			 "\"kind\":\"ReplicaSet\",\"name\":\"rs\",\"uid\":"
			 "\"rs-1\",\"controller\":true}]");
	} else if (job) {
		snprintf(more, sizeof(more),
			 ",\"annotations\":{\"job.runner.gitlab.com/id\":"
			 "\"%d\",\"job.runner.gitlab.com/name\":\"compile\"}",
			 job);
		snprintf(labels, sizeof(labels),
			 "\"manager.runner.gitlab.com/id-short\":\"abcdefgh9\","
			 "\"manager.runner.gitlab.com/name\":\"docker\","
			 "\"job.runner.gitlab.com/pod\":\"%s\"", name);
	} else if (role && strcmp(role, "manager") == 0) {
		snprintf(labels, sizeof(labels),
			 "\"app\":\"docker-gitlab-runner\",\"chart\":"
			 "\"gitlab-runner-0.70.0\",\"release\":\"docker\","
			 "\"heritage\":\"Helm\"");
	} else if (role && strcmp(role, "ca") == 0) {
		snprintf(labels, sizeof(labels),
			 "\"app\":\"cluster-autoscaler\"");
	}
	if (node)
		snprintf(status, sizeof(status),
			 "\"phase\":\"Running\",\"conditions\":[{\"type\":"
			 "\"Ready\",\"status\":\"True\"},{\"type\":"
			 "\"PodScheduled\",\"status\":\"True\"}],"
			 "\"containerStatuses\":[{\"name\":\"build\",\"ready\":"
			 "true,\"restartCount\":%d,\"state\":{\"running\":{"
			 "\"startedAt\":\"2026-02-18T08:59:00Z\"}}}]",
			 r->pod_restarts);
	else
		snprintf(status, sizeof(status),
			 "\"phase\":\"Pending\",\"conditions\":[{\"type\":"
			 "\"PodScheduled\",\"status\":\"False\",\"reason\":"
			 "\"Unschedulable\",\"message\":\"0/1 nodes are "
			 "available: 1 Insufficient cpu.\"}]");
	put(r, r->pods, "/api/v1/pods", name, uid,
	    xasprintf("{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{"
		      "\"name\":\"%s\",\"namespace\":\"%s\",\"uid\":\"%s\","
		      "\"resourceVersion\":\"%d\",\"creationTimestamp\":"
		      "\"2026-02-18T08:58:00Z\",\"labels\":{%s}%s},\"spec\":{"
		      "%s%s%s\"containers\":[{\"name\":\"build\",\"image\":"
		      "\"%s\",\"resources\":{\"requests\":{\"cpu\":\"%s\","
		      "\"memory\":\"1Gi\"}}}]},\"status\":{%s}}",
		      name, ns, uid, r->rv, labels, more,
		      node ? "\"nodeName\":\"" : "", node ? node : "",
		      node ? "\"," : "",
		      role && strcmp(role, "ca") == 0
			      ? "registry.k8s.io/autoscaling/"
				"cluster-autoscaler:v1.36.0"
			      : "golang:1.24",
		      tiny ? "100m" : "3", status));
}

void
rig_pod_gone(struct control_rig *r, const char *name)
{
	struct rig_object *o = place_for(r->pods, name);

	assert_non_null(o->json);
	tell(r, "/api/v1/pods", "DELETED", o->json);
	free(o->json);
	o->json = NULL;
}

void
rig_node_gone(struct control_rig *r, const char *name)
{
	struct rig_object *o = place_for(r->nodes, name);

	assert_non_null(o->json);
	tell(r, "/api/v1/nodes", "DELETED", o->json);
	free(o->json);
	o->json = NULL;
}

const char *
rig_node_json(struct control_rig *r, const char *name)
{
	for (int i = 0; i < RIG_OBJECTS; i++)
		if (r->nodes[i].json && strcmp(r->nodes[i].name, name) == 0)
			return r->nodes[i].json;
	return "";
}

void
rig_group(struct control_rig *r, const char *name, int min, int desired,
	  int max, const char *instances)
{
	int at = 0;
	struct rig_group *g;

	while (at < RIG_GROUPS && *r->groups[at].name &&
	       strcmp(r->groups[at].name, name) != 0)
		at++;
	assert_in_range(at, 0, RIG_GROUPS - 1);
	g = &r->groups[at];
	snprintf(g->name, sizeof(g->name), "%s", name);
	snprintf(g->instances, sizeof(g->instances), "%s", instances);
	g->min = min;
	g->desired = desired;
	g->max = max;
}

static void
set_lease(struct control_rig *r, char *json_taken)
{
	free(r->lease);
	r->lease = json_taken;
	if (json_taken)
		tell(r, "/apis/coordination.k8s.io/v1/namespaces/kube-system/"
			"leases?fieldSelector=metadata.name%3D"
			"cluster-autoscaler&", "MODIFIED", json_taken);
}

void
rig_lease(struct control_rig *r, const char *holder)
{
	r->lease_rv = ++r->rv;
	set_lease(r, xasprintf("{\"apiVersion\":\"coordination.k8s.io/v1\","
			       "\"kind\":\"Lease\",\"metadata\":{\"name\":"
			       "\"cluster-autoscaler\",\"namespace\":"
			       "\"kube-system\",\"uid\":\"lease-1\","
			       "\"resourceVersion\":\"%d\",\"labels\":{\"by\":"
			       "\"helm\"}},\"spec\":{\"holderIdentity\":\"%s\","
			       "\"leaseDurationSeconds\":15,\"renewTime\":"
			       "\"2026-02-18T09:00:00.000000Z\","
			       "\"leaseTransitions\":3}}",
			       r->rv, holder));
}

char *
rig_lease_holder(struct control_rig *r)
{
	struct arena *a = arena_new();
	const struct tree *t =
		r->lease ? json_parse(a, r->lease, strlen(r->lease), NULL)
			 : NULL;
	char *holder = xstrdup(str_or_empty(
		tree_text(tree_at(t, "spec.holderIdentity"))));

	arena_free(a);
	return holder;
}

void
rig_event(struct control_rig *r, const char *message)
{
	char *json;

	r->rv++;
	json = xasprintf("{\"apiVersion\":\"v1\",\"kind\":\"Event\","
			 "\"metadata\":{\"name\":\"e-%d\",\"namespace\":"
			 "\"kube-system\",\"uid\":\"e-%d\","
			 "\"resourceVersion\":\"%d\"},\"type\":\"Normal\","
			 "\"reason\":\"ScaledUpGroup\",\"message\":\"%s\","
			 "\"source\":{\"component\":\"cluster-autoscaler\"},"
			 "\"involvedObject\":{\"kind\":\"ConfigMap\","
			 "\"namespace\":\"kube-system\",\"name\":"
			 "\"cluster-autoscaler-status\"}}",
			 r->rv, r->rv, r->rv, message);
	tell(r, "/api/v1/events", "ADDED", json);
	free(json);
}

void
rig_deployment(struct control_rig *r, const char *name, const char *image,
	       const char *args_json)
{
	r->rv++;
	put(r, r->deployments, "/apis/apps/v1/deployments", name, name,
	    xasprintf("{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\","
		      "\"metadata\":{\"name\":\"%s\",\"namespace\":"
		      "\"kube-system\",\"uid\":\"%s\",\"resourceVersion\":"
		      "\"%d\"},\"spec\":{\"replicas\":1,\"selector\":{"
		      "\"matchLabels\":{\"app\":\"%s\"}},\"template\":{"
		      "\"metadata\":{\"labels\":{\"app\":\"%s\"}},\"spec\":{"
		      "\"containers\":[{\"name\":\"c\",\"image\":\"%s\","
		      "\"command\":%s}]}}}}",
		      name, name, r->rv, name, name, image, args_json));
}

/* ---- the server: Kubernetes ---- */

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

static void
answer_review(struct control_rig *r, struct fake_conn *c,
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
	struct rig_object *o = place_for(r->nodes, name);
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
	put(r, r->nodes, "/api/v1/nodes", name, uid,
	    xasprintf("%.*s\"resourceVersion\":\"%d\"%s",
		      (int)(at - q->body), q->body, r->rv,
		      at + strlen(old)));
	if (!r->lose_answers)
		fake_reply(c, 200, NULL, place_for(r->nodes, name)->json);
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

static void
answer_write(struct control_rig *r, struct fake_conn *c,
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

static void
answer_get(struct control_rig *r, struct fake_conn *c,
	   const struct fake_request *q)
{
	static const char lease[] = "/apis/coordination.k8s.io/v1/namespaces/"
				    "kube-system/leases";
	const struct rig_object *o;
	const char *t = q->target;

	if (strstr(t, "watch=1")) {
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
	} else if (strstr(t, "limit=") || strstr(t, "fieldSelector=")) {
		answer_list(r, c, NULL, NULL);
	} else {
		answer_status(c, 404, "NotFound");
	}
}

/* ---- the server: AWS ---- */

static void
write_group(struct buf *b, const struct rig_group *g)
{
	char *list = xstrdup(g->instances), *save = NULL;

	buf_printf(b, "<member><AutoScalingGroupName>%s</AutoScalingGroupName>"
		   "<MinSize>%d</MinSize><MaxSize>%d</MaxSize>"
		   "<DesiredCapacity>%d</DesiredCapacity>"
		   "<LaunchTemplate><LaunchTemplateId>lt-1</LaunchTemplateId>"
		   "<Version>1</Version></LaunchTemplate>"
		   "<AvailabilityZones><member>eu-west-1a</member>"
		   "</AvailabilityZones><Tags><member><Key>"
		   "k8s.io/cluster-autoscaler/enabled</Key><Value>true</Value>"
		   "<PropagateAtLaunch>true</PropagateAtLaunch></member></Tags>"
		   "<Instances>",
		   g->name, g->min, g->max, g->desired);
	for (char *id = strtok_r(list, ",", &save); id;
	     id = strtok_r(NULL, ",", &save))
		buf_printf(b, "<member><InstanceId>%s</InstanceId>"
			   "<InstanceType>m7i.xlarge</InstanceType>"
			   "<AvailabilityZone>eu-west-1a</AvailabilityZone>"
			   "<LifecycleState>InService</LifecycleState>"
			   "<HealthStatus>Healthy</HealthStatus></member>",
			   id);
	buf_puts(b, "</Instances></member>");
	free(list);
}

static bool
form_has(const char *body, const char *name, char *out, size_t room)
{
	char *key = xasprintf("%s=", name);
	const char *at = body;

	while ((at = strstr(at, key)) && at != body && at[-1] != '&')
		at++;
	if (at)
		snprintf(out, room, "%.*s", (int)strcspn(at + strlen(key), "&"),
			 at + strlen(key));
	free(key);
	return at != NULL;
}

static void
describe_groups(struct control_rig *r, struct fake_conn *c,
		const struct fake_request *q)
{
	struct buf b;
	char only[64] = "";

	form_has(q->body, "AutoScalingGroupNames.member.1", only,
		 sizeof(only));
	buf_init(&b, 1 << 20);
	buf_puts(&b, "<DescribeAutoScalingGroupsResponse>"
		     "<DescribeAutoScalingGroupsResult><AutoScalingGroups>");
	for (int i = 0; i < RIG_GROUPS; i++)
		if (*r->groups[i].name &&
		    (!*only || strcmp(only, r->groups[i].name) == 0))
			write_group(&b, &r->groups[i]);
	buf_puts(&b, "</AutoScalingGroups></DescribeAutoScalingGroupsResult>"
		     "</DescribeAutoScalingGroupsResponse>");
	fake_reply(c, 200, "Content-Type: text/xml\r\n", buf_text(&b));
	buf_fini(&b);
}

static void
change_group(struct control_rig *r, const struct fake_request *q)
{
	char name[64] = "", n[16];

	form_has(q->body, "AutoScalingGroupName", name, sizeof(name));
	for (int i = 0; i < RIG_GROUPS; i++) {
		struct rig_group *g = &r->groups[i];

		if (strcmp(g->name, name) != 0)
			continue;
		if (form_has(q->body, "DesiredCapacity", n, sizeof(n)))
			g->desired = (int)strtol(n, NULL, 10);
		if (form_has(q->body, "MinSize", n, sizeof(n)))
			g->min = (int)strtol(n, NULL, 10);
		if (form_has(q->body, "MaxSize", n, sizeof(n)))
			g->max = (int)strtol(n, NULL, 10);
	}
}

/* With decrement, as we always ask. */
static void
terminate(struct control_rig *r, const struct fake_request *q)
{
	char id[64] = "", with[16] = "";

	form_has(q->body, "InstanceId", id, sizeof(id));
	form_has(q->body, "ShouldDecrementDesiredCapacity", with,
		 sizeof(with));
	assert_text_equal(with, "true");
	for (int i = 0; i < RIG_GROUPS; i++) {
		struct rig_group *g = &r->groups[i];
		char *list = xstrdup(g->instances), *save = NULL;
		bool found = false;

		g->instances[0] = '\0';
		for (char *one = strtok_r(list, ",", &save); one;
		     one = strtok_r(NULL, ",", &save)) {
			size_t n = strlen(g->instances);

			if (strcmp(one, id) == 0)
				found = true;
			else
				snprintf(g->instances + n,
					 sizeof(g->instances) - n, "%s%s",
					 n ? "," : "", one);
		}
		g->desired -= found;
		free(list);
	}
}

static void
answer_aws(struct control_rig *r, struct fake_conn *c,
	   const struct fake_request *q)
{
	char action[64] = "", *text;

	form_has(q->body, "Action", action, sizeof(action));
	if (strcmp(action, "DescribeAutoScalingGroups") == 0) {
		describe_groups(r, c, q);
		return;
	}
	if (r->fail_aws && !str_has_prefix(action, "Get") &&
	    !str_has_prefix(action, "Describe")) {
		fake_reply(c, 400, "Content-Type: text/xml\r\n",
			   "<ErrorResponse><Error><Type>Sender</Type><Code>"
			   "ValidationError</Code><Message>scripted"
			   "</Message></Error></ErrorResponse>");
		return;
	}
	if (strcmp(action, "SetDesiredCapacity") == 0 ||
	    strcmp(action, "UpdateAutoScalingGroup") == 0)
		change_group(r, q);
	if (strcmp(action, "TerminateInstanceInAutoScalingGroup") == 0)
		terminate(r, q);
	if (r->lose_answers && !str_has_prefix(action, "Get"))
		return;
	text = xasprintf("<%sResponse><%sResult><Account>471112345690"
			 "</Account><Arn>arn:aws:iam::471112345690:user/x"
			 "</Arn></%sResult></%sResponse>", action, action,
			 action, action);
	fake_reply(c, 200, "Content-Type: text/xml\r\n", text);
	free(text);
}

/* ---- the server: both ---- */

static bool
is_write(const struct fake_request *q)
{
	if (strstr(q->target, "selfsubjectaccessreviews"))
		return false;
	if (strcmp(q->target, "/") == 0)
		return !strstr(q->body, "Action=Describe") &&
		       !strstr(q->body, "Action=GetCallerIdentity") &&
		       !strstr(q->body, "Action=Get");
	return strcmp(q->method, "GET") != 0;
}

/* Rule 2: the intent of this act is in the file before the request is here. */
static void
check_journal(struct control_rig *r, const struct fake_request *q)
{
	const char *agent = fake_header(q, "User-Agent");
	const char *act = agent ? strstr(agent, "a-") : NULL;
	char id[40], *found;

	if (!act) {
		r->unjournalled++;
		return;
	}
	snprintf(id, sizeof(id), "\"id\":\"%.*s\"",
		 (int)strspn(act, "abcdefghijklmnopqrstuvwxyz0123456789-"),
		 act);
	found = access(r->journal, R_OK) == 0 ? read_fixture(r->journal, NULL)
					      : xstrdup("");
	if (!strstr(found, id))
		r->unjournalled++;
	free(found);
}

void
rig_answer(void *ctx, struct fake_conn *c, const struct fake_request *q)
{
	struct control_rig *r = ctx;
	bool write = is_write(q);

	if (write) {
		r->write_n++;
		buf_printf(&r->writes, "%s %s\n%s\n", q->method, q->target,
			   q->body);
		check_journal(r, q);
		if (r->on_write)
			r->on_write(r, q);
		if (r->hang_writes)
			return;
	}
	if (strstr(q->target, "selfsubjectaccessreviews"))
		answer_review(r, c, q);
	else if (strcmp(q->target, "/") == 0)
		answer_aws(r, c, q);
	else if (write)
		answer_write(r, c, q);
	else
		answer_get(r, c, q);
}

