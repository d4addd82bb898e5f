/*
 * The status a kubelet writes for a pod: phase, conditions, containers.
 */
#include "backend/sim/world/kubelet.h"

#include <stdio.h>
#include <stdlib.h>

static json_t *
state_json(const struct kcontainer *c)
{
	const char *waiting = c->reason ? c->reason : "ContainerCreating";
	json_t *o;

	switch (c->state) {
	case K_RUNNING:
		return pack("{s:{s:o}}", "running", "startedAt",
			    pack_time(c->started_ms));
	case K_TERMINATED:
		o = pack("{s:i, s:s, s:o}", "exitCode", c->exit_code, "reason",
			 str_or_empty(c->reason), "finishedAt",
			 pack_time(c->finished_ms));
		if (c->started_ms)
			json_object_set_new(o, "startedAt",
					    pack_time(c->started_ms));
		if (*c->id)
			json_object_set_new(
				o, "containerID",
				json_sprintf("containerd://%s", c->id));
		return pack("{s:o}", "terminated", o);
	case K_WAITING:
		break;
	}
	o = pack("{s:s}", "reason", waiting);
	if (str_eq(waiting, "CrashLoopBackOff"))
		json_object_set_new(
			o, "message",
			json_sprintf("back-off restarting failed container %s",
				     c->name));
	return pack("{s:o}", "waiting", o);
}

static json_t *
image_id(const char *image)
{
	const char *slash = strrchr(image, '/');
	const char *end = strpbrk(slash ? slash : image, ":@");
	size_t len = end ? (size_t)(end - image) : strlen(image);
	char hex[65];

	for (unsigned i = 0; i < 4; i++)
		snprintf(hex + 16 * i, 17, "%016llx",
			 (unsigned long long)hash_bytes(image, strlen(image),
							i + 1));
	return json_sprintf("%.*s@sha256:%s", (int)len, image, hex);
}

static json_t *
container_json(const struct kpod *p, const struct kcontainer *c)
{
	bool running = c->state == K_RUNNING;
	bool ready = c->init && !c->sidecar
			     ? c->state == K_TERMINATED && c->exit_code == 0
			     : running && (p->ready || c->sidecar);
	json_t *last = json_object();
	json_t *o;

	if (c->last_finished_ms)
		json_object_set_new(
			last, "terminated",
			pack("{s:i, s:s, s:o, s:o}", "exitCode",
			     c->last_exit_code, "reason", c->last_reason,
			     "startedAt", pack_time(c->last_started_ms),
			     "finishedAt", pack_time(c->last_finished_ms)));
	o = pack("{s:s, s:s, s:s, s:b, s:i, s:b, s:o, s:o}", "name", c->name,
		 "image", c->image, "imageID", "", "ready", (int)ready,
		 "restartCount", c->restarts, "started",
		 (int)(running && !(c->init && !c->sidecar)), "state",
		 state_json(c), "lastState", last);
	if (*c->id) {
		json_object_set_new(o, "containerID",
				    json_sprintf("containerd://%s", c->id));
		json_object_set_new(o, "imageID", image_id(c->image));
	}
	return o;
}

/* "containers with unready status: [build helper]" */
static char *
unready_names(const struct kpod *p, bool init)
{
	struct buf b;
	char *text;

	buf_init(&b, 8192);
	buf_printf(&b, "containers with %s status: [",
		   init ? "incomplete" : "unready");
	for (uint32_t i = 0, n = 0; i < p->containers.n; i++) {
		const struct kcontainer *c = &p->containers.at[i];

		if (c->init != init || (init && c->state == K_TERMINATED) ||
		    (!init && c->state == K_RUNNING && p->ready))
			continue;
		buf_printf(&b, "%s%s", n++ ? " " : "", c->name);
	}
	buf_puts(&b, "]");
	text = xstrdup(buf_text(&b));
	buf_fini(&b);
	return text;
}

static int64_t
or_start(const struct kpod *p, int64_t ms)
{
	return ms ? ms : p->start_ms;
}

/* Conditions that others set (DisruptionTarget) stay. */
static void
keep_foreign(struct kpod *p, json_t *list)
{
	struct kubernetes *k = p->node->k;
	const struct object *o = k8s_find(k, k->pods, p->ns, p->name);
	const struct pod *rec = o ? mirror_of(k, KIND_POD, o) : NULL;
	json_t *tree, *c;
	size_t i;

	if (!rec || !rec->disruption_target)
		return;
	tree = object_tree(o);
	json_array_foreach(
		json_object_get(json_object_get(tree, "status"), "conditions"),
		i, c)
	{
		const char *type =
			json_string_value(json_object_get(c, "type"));

		if (str_eq(type, "DisruptionTarget"))
			json_array_insert(list, 0, c);
	}
	json_decref(tree);
}

static json_t *
conditions(struct kpod *p)
{
	json_t *list = json_array();
	bool sandbox = p->phase != KPOD_ADMITTED && p->phase != KPOD_ENDED;
	bool over = p->phase == KPOD_ENDED;
	const char *why = !over	      ? "ContainersNotReady"
			  : p->failed ? "PodFailed"
				      : "PodCompleted";
	char *unready = over ? NULL : unready_names(p, false);
	char *incomplete = p->initialized_ms ? NULL : unready_names(p, true);
	int64_t ready_ms = or_start(p, p->ready_ms);

	keep_foreign(p, list);
	if (p->evicted)
		json_array_append_new(
			list, k8s_condition("DisruptionTarget", true,
					    "TerminationByKubelet", p->evicted,
					    sim_now_ms(p->node->k->sim)));
	json_array_append_new(list,
			      k8s_condition("PodReadyToStartContainers",
					    sandbox, NULL, NULL, p->start_ms));
	json_array_append_new(
		list,
		k8s_condition("Initialized", p->initialized_ms != 0,
			      p->initialized_ms ? over && !p->failed
							  ? "PodCompleted"
							  : NULL
						: "ContainersNotInitialized",
			      incomplete, or_start(p, p->initialized_ms)));
	json_array_append_new(
		list, k8s_condition("Ready", p->ready, p->ready ? NULL : why,
				    p->ready ? NULL : unready, ready_ms));
	json_array_append_new(list, k8s_condition("ContainersReady", p->ready,
						  p->ready ? NULL : why,
						  p->ready ? NULL : unready,
						  ready_ms));
	json_array_append_new(list, k8s_condition("PodScheduled", true, NULL,
						  NULL, p->scheduled_ms));
	free(unready);
	free(incomplete);
	return list;
}

static const char *
phase_of(const struct kpod *p)
{
	switch (p->phase) {
	case KPOD_ENDED:
		return p->failed ? "Failed" : "Succeeded";
	case KPOD_RUNNING:
		return "Running";
	case KPOD_STOPPING:
	case KPOD_ADMITTED:
	case KPOD_STARTING:
		break;
	}
	return "Pending";
}

void
kubelet_write_status(struct kpod *p)
{
	struct kubernetes *k = p->node->k;
	const struct object *o = k8s_find(k, k->pods, p->ns, p->name);
	const char *host = p->node->instance->private_ip;
	json_t *init = json_array(), *apps = json_array(), *status;
	char ip[16] = "";

	/* Nobody sees how a pod of long ago came up. */
	if (p->phase < KPOD_RUNNING && sim_is_silent(k->sim)) {
		json_decref(init);
		json_decref(apps);
		return;
	}
	for (uint32_t i = 0; i < p->containers.n; i++) {
		struct kcontainer *c = &p->containers.at[i];

		/* Until the init containers are through, all others wait. */
		if (c->state == K_WAITING && !c->restarts && !c->finished_ms)
			c->reason =
				p->containers.at[0].init && !p->initialized_ms
					? "PodInitializing"
					: "ContainerCreating";
		json_array_append_new(c->init ? init : apps,
				      container_json(p, c));
	}
	status = pack("{s:s, s:o, s:o, s:s, s:[{s:s}], s:o}", "phase",
		      phase_of(p), "conditions", conditions(p),
		      "containerStatuses", apps, "hostIP", host, "hostIPs",
		      "ip", host, "startTime", pack_time(p->start_ms));
	if (json_array_size(init))
		json_object_set_new(status, "initContainerStatuses", init);
	else
		json_decref(init);
	if (p->host_network)
		snprintf(ip, sizeof(ip), "%s", host);
	else if (p->address)
		address_text(p->address, ip);
	if (*ip)
		json_object_update_new(status, pack("{s:s, s:[{s:s}]}", "podIP",
						    ip, "podIPs", "ip", ip));
	if (p->past_deadline)
		json_object_update_new(
			status, pack("{s:s, s:s}", "reason", "DeadlineExceeded",
				     "message",
				     "Pod was active on the node longer than "
				     "the specified deadline"));
	if (p->evicted)
		json_object_update_new(status,
				       pack("{s:s, s:s}", "reason", "Evicted",
					    "message", p->evicted));
	if (o && str_eq(o->uid, p->uid))
		k8s_put_status(k, o, status);
	else
		json_decref(status);
}
