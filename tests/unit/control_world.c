/*
 * The rig's world: what the scripted cluster holds, and telling its watches.
 */
#include "tests/unit/control_server.h"

#include "backend/base/json.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- the world ---- */

struct rig_object *
rig_place_for(struct rig_object *all, const char *name)
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

static void
note_told(struct control_rig *r, const char *path)
{
	struct rig_told *t = r->told;

	for (int i = 0; *t->path && strcmp(t->path, path) != 0; t++)
		assert_true(++i < RIG_PATHS);
	snprintf(t->path, sizeof(t->path), "%s", path);
	t->rv = r->rv;
}

bool
rig_watch_is_old(const struct control_rig *r, const char *target)
{
	const char *at = strstr(target, "resourceVersion=");
	long rv = at ? strtol(at + strlen("resourceVersion="), NULL, 10)
		     : 0;

	for (int i = 0; rv && i < RIG_PATHS && *r->told[i].path; i++)
		if (strncmp(target, r->told[i].path,
			    strlen(r->told[i].path)) == 0 &&
		    rv < r->told[i].rv)
			return true;
	return false;
}

/* Tells every open watch of that path. */
static void
tell(struct control_rig *r, const char *path, const char *type,
     const char *json)
{
	char *line = xasprintf("{\"type\":\"%s\",\"object\":%s}\n", type,
			       json);

	note_told(r, path);
	for (int i = 0; r->server && i < RIG_PEERS; i++) {
		char *watch = xasprintf("GET %s%s%swatch=1",
					str_or_empty(r->peers[i]), path,
					strchr(path, '?') ? "" : "?");
		struct fake_conn *c = NULL;

		if ((i == 0 || r->peers[i]) && !r->silent[i])
			c = fake_conn_of(r->server, watch);
		for (; c; c = r->strict_watches ? fake_conn_after(c, watch)
						: NULL)
			fake_send(c, line);
		free(watch);
	}
	free(line);
}

void
rig_put(struct control_rig *r, struct rig_object *all, const char *path,
	const char *name, const char *uid, char *json_taken)
{
	struct rig_object *o = rig_place_for(all, name);
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
	rig_put(r, r->nodes, "/api/v1/nodes", name, uid,
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
	char priority[40] = "", more[400] = "", labels[200] = "\"x\":\"y\"";
	char status[600];
	bool daemon = role && strcmp(role, "daemon") == 0;
	bool tiny = daemon || (role && strcmp(role, "tiny") == 0);

	r->rv++;
	if (r->pod_priority)
		snprintf(priority, sizeof(priority), "\"priority\":%d,",
			 r->pod_priority);
	if (tiny) {
		snprintf(more, sizeof(more),
			 ",\"ownerReferences\":[{\"apiVersion\":\"apps/v1\","
			 "\"kind\":\"%sSet\",\"name\":\"rs\",\"uid\":"
			 "\"rs-1\",\"controller\":true}]",
			 daemon ? "Daemon" : "Replica");
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
	rig_put(r, r->pods, "/api/v1/pods", name, uid,
	    xasprintf("{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{"
		      "\"name\":\"%s\",\"namespace\":\"%s\",\"uid\":\"%s\","
		      "\"resourceVersion\":\"%d\",\"creationTimestamp\":"
		      "\"2026-02-18T08:58:00Z\",\"labels\":{%s}%s},\"spec\":{"
		      "%s%s%s%s\"containers\":[{\"name\":\"build\",\"image\":"
		      "\"%s\",\"resources\":{\"requests\":{\"cpu\":\"%s\","
		      "\"memory\":\"1Gi\"}}}]},\"status\":{%s}}",
		      name, ns, uid, r->rv, labels, more,
		      node ? "\"nodeName\":\"" : "", node ? node : "",
		      node ? "\"," : "", priority,
		      role && strcmp(role, "ca") == 0
		          ? "registry.k8s.io/autoscaling/"
	    		"cluster-autoscaler:v1.36.0"
		          : "golang:1.24",
		      tiny ? "100m" : "3", status));
}

void
rig_pod_gone(struct control_rig *r, const char *name)
{
	struct rig_object *o = rig_place_for(r->pods, name);

	assert_non_null(o->json);
	r->rv += r->strict_watches;
	tell(r, "/api/v1/pods", "DELETED", o->json);
	free(o->json);
	o->json = NULL;
}

void
rig_node_gone(struct control_rig *r, const char *name)
{
	struct rig_object *o = rig_place_for(r->nodes, name);

	assert_non_null(o->json);
	r->rv += r->strict_watches;
	tell(r, "/api/v1/nodes", "DELETED", o->json);
	free(o->json);
	o->json = NULL;
}

void
rig_annotate_node(struct control_rig *r, const char *name,
		  const char *members)
{
	struct rig_object *o = rig_place_for(r->nodes, name);
	struct arena *a = arena_new();
	const struct tree *t = json_parse(a, o->json, strlen(o->json), NULL);
	char uid[sizeof(o->uid)];
	struct buf out;
	struct jsonw *w;
	char *json;

	assert_non_null(t);
	snprintf(uid, sizeof(uid), "%s", o->uid);
	buf_init(&out, 65536);
	w = jsonw_new_buf(&out, false);
	jsonw_object(w);
	tree_each (m, t) {
		if (strcmp(m->key, "metadata") == 0)
			continue;
		jsonw_key(w, m->key);
		jsonw_tree(w, m);
	}
	jsonw_end_object(w);
	assert_true(jsonw_done(w));
	r->rv++;
	json = xasprintf("{\"metadata\":{\"name\":\"%s\",\"uid\":\"%s\","
			 "\"resourceVersion\":\"%d\",\"creationTimestamp\":"
			 "\"2026-02-18T08:00:00Z\",\"annotations\":{%s}},%s",
			 name, uid, r->rv, members, buf_text(&out) + 1);
	rig_put(r, r->nodes, "/api/v1/nodes", name, uid, json);
	buf_fini(&out);
	arena_free(a);
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
	rig_put(r, r->deployments, "/apis/apps/v1/deployments", name, name,
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
