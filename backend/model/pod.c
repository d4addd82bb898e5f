/*
 * What a pod is: status as kubectl words it, readiness, owners.
 *
 * The wording follows printPod of kubectl (k8s.io/kubernetes
 * pkg/printers/internalversion, 1.36).
 */
#include "backend/model/pod.h"

#include <stdio.h>

static const char *const phase_names[] = {
	[POD_UNKNOWN] = "Unknown",     [POD_PENDING] = "Pending",
	[POD_RUNNING] = "Running",     [POD_SUCCEEDED] = "Succeeded",
	[POD_FAILED] = "Failed",
};

const char *
pod_phase_name(enum pod_phase phase)
{
	return (size_t)phase < ARRAY_LEN(phase_names) ? phase_names[phase]
						      : "Unknown";
}

int64_t
pod_container_started_ms(const struct pod *p, const struct container *c)
{
	size_t i = (size_t)(c - p->containers);

	return i < p->time_n ? p->times[i].started_ms : 0;
}

bool
pod_is_finished(const struct pod *p)
{
	return p->phase == POD_SUCCEEDED || p->phase == POD_FAILED;
}

bool
pod_is_daemon(const struct pod *p)
{
	return str_eq(p->meta.owner_kind, "DaemonSet") ||
	       str_eq(labels_get(&p->meta.annotations,
				 "cluster-autoscaler.kubernetes.io/"
				 "daemonset-pod"),
		      "true");
}

bool
pod_is_mirror(const struct pod *p)
{
	return labels_get(&p->meta.annotations, "kubernetes.io/config.mirror");
}

static bool
is_init(const struct container *c)
{
	return c->role != CONTAINER_APP;
}

/* An init container that no longer holds the pod back. */
static bool
init_is_over(const struct container *c)
{
	if (c->state == CONTAINER_TERMINATED && c->exit_code == 0)
		return true;
	return c->role == CONTAINER_SIDECAR && c->started;
}

/* The init container the pod waits for: the first in the status that is not
 * over.  NULL when all are, or none has a status yet. */
static const struct container *
init_current(const struct pod *p)
{
	const struct container *first = NULL;

	for (uint32_t i = 0; i < p->container_n; i++) {
		const struct container *c = &p->containers[i];

		if (is_init(c) && c->status_at && !init_is_over(c) &&
		    (!first || c->status_at < first->status_at))
			first = c;
	}
	return first;
}

static uint32_t
count_init(const struct pod *p)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < p->container_n; i++)
		n += is_init(&p->containers[i]);
	return n;
}

static void
ended_text(const struct container *c, const char *prefix, char *out,
	   size_t room)
{
	if (*str_or_empty(c->reason))
		snprintf(out, room, "%s%s", prefix, c->reason);
	else if (c->signal)
		snprintf(out, room, "%sSignal:%d", prefix, c->signal);
	else
		snprintf(out, room, "%sExitCode:%d", prefix, c->exit_code);
}

static void
init_text(const struct pod *p, const struct container *c, char *out,
	  size_t room)
{
	if (c->state == CONTAINER_TERMINATED)
		ended_text(c, "Init:", out, room);
	else if (c->state == CONTAINER_WAITING &&
		 *str_or_empty(c->reason) &&
		 strcmp(c->reason, "PodInitializing") != 0)
		snprintf(out, room, "Init:%s", c->reason);
	else
		snprintf(out, room, "Init:%u/%u", c->status_at - 1u,
			 count_init(p));
}

/* The first app container in the status that has something to say. */
static const struct container *
app_speaker(const struct pod *p, bool *running)
{
	const struct container *first = NULL;

	*running = false;
	for (uint32_t i = 0; i < p->container_n; i++) {
		const struct container *c = &p->containers[i];

		if (is_init(c) || !c->status_at)
			continue;
		if (c->state == CONTAINER_RUNNING)
			*running = *running || c->ready;
		if (c->state != CONTAINER_TERMINATED &&
		    (c->state != CONTAINER_WAITING ||
		     !*str_or_empty(c->reason)))
			continue;
		if (!first || c->status_at < first->status_at)
			first = c;
	}
	return first;
}

const char *
pod_status_text(const struct pod *p, char *out, size_t room)
{
	const struct container *init = init_current(p);
	const char *reason = str_or_empty(p->reason);
	bool running;

	snprintf(out, room, "%s",
		 *reason ? reason : pod_phase_name((enum pod_phase)p->phase));
	if (str_eq(p->scheduled_reason, "SchedulingGated"))
		snprintf(out, room, "SchedulingGated");
	if (init)
		init_text(p, init, out, room);
	if (!init || p->initialized) {
		const struct container *app = app_speaker(p, &running);

		if (app && app->state == CONTAINER_TERMINATED)
			ended_text(app, "", out, room);
		else if (app)
			snprintf(out, room, "%s", app->reason);
		if (strcmp(out, "Completed") == 0 && running)
			snprintf(out, room, "%s",
				 p->ready ? "Running" : "NotReady");
	}
	if (p->meta.deleted_ms && strcmp(reason, "NodeLost") == 0)
		snprintf(out, room, "Unknown");
	else if (p->meta.deleted_ms && !pod_is_finished(p))
		snprintf(out, room, "Terminating");
	return out;
}

uint32_t
pod_ready_count(const struct pod *p, uint32_t *total)
{
	const struct container *init = init_current(p);
	bool apps = !init || p->initialized;
	uint32_t ready = 0, all = 0;

	for (uint32_t i = 0; i < p->container_n; i++) {
		const struct container *c = &p->containers[i];

		if (c->role == CONTAINER_INIT)
			continue;
		all++;
		if (!c->status_at || !c->ready)
			continue;
		if (c->role == CONTAINER_SIDECAR)
			ready += c->started &&
				 (!init || c->status_at < init->status_at);
		else
			ready += apps && c->state == CONTAINER_RUNNING;
	}
	if (total)
		*total = all;
	return ready;
}

int32_t
pod_restarts(const struct pod *p)
{
	const struct container *init = init_current(p);
	bool apps = !init || p->initialized;
	int64_t sum = 0;

	for (uint32_t i = 0; i < p->container_n; i++) {
		const struct container *c = &p->containers[i];

		if (!c->status_at)
			continue;
		/* While apps run, only they and the sidecars count. */
		if (apps ? c->role == CONTAINER_INIT : !is_init(c))
			continue;
		if (is_init(c) && init && c->status_at > init->status_at)
			continue;
		sum += c->restarts;
	}
	return sum > INT32_MAX ? INT32_MAX : (int32_t)sum;
}
