/*
 * Pods on their nodes: how they end, exit and start again.
 */
#include "backend/sim/world/kubelet_pod.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/base/clock.h"

#define BACK_OFF_MS 10000 /* crash loop: doubling, to five minutes */
#define BACK_OFF_CAP_MS 300000

struct sim *
kpod_sim(const struct kpod *p)
{
	return p->node->k->sim;
}

int64_t
kpod_draw(struct kpod *p, int64_t median_ms)
{
	return sim_draw_ms(&p->node->rng, median_ms, 0.3);
}

const struct object *
kpod_object(const struct kpod *p)
{
	struct kubernetes *k = p->node->k;
	const struct object *o = k8s_find(k, k->pods, p->ns, p->name);

	return o && str_eq(o->uid, p->uid) ? o : NULL;
}

static void
tell_of(struct kpod *p, const char *field, bool warning, const char *reason,
	const char *message)
{
	const struct object *o = kpod_object(p);
	struct event_source from = { "kubelet", p->node->name, field };

	if (o)
		k8s_tell(p->node->k, o, &from, warning, reason, "%s", message);
}

void
kubelet_tell(struct kpod *p, bool warning, const char *reason, const char *fmt,
	     ...)
{
	va_list args;
	char *message;

	va_start(args, fmt);
	message = xvasprintf(fmt, args);
	va_end(args);
	tell_of(p, NULL, warning, reason, message);
	free(message);
}

void
kpod_tell(struct kpod *p, const struct kcontainer *c, bool warning,
	  const char *reason, const char *fmt, ...)
{
	va_list args;
	char *message, *field;

	va_start(args, fmt);
	message = xvasprintf(fmt, args);
	va_end(args);
	field = xasprintf("spec.%s{%s}",
			  c->init ? "initContainers" : "containers", c->name);
	tell_of(p, field, warning, reason, message);
	free(message);
	free(field);
}

struct kcontainer *
kpod_container(struct kpod *p, const char *name)
{
	for (uint32_t i = 0; i < p->containers.n; i++) {
		if (str_eq(p->containers.at[i].name, name))
			return &p->containers.at[i];
	}
	return NULL;
}

/* ---- ending ---- */

void
kpod_free(struct kpod *p)
{
	struct sim *w = kpod_sim(p);

	sim_cancel(w, p->timer);
	sim_cancel(w, p->deadline_timer);
	sim_cancel(w, p->ready_timer);
	kubelet_pull_forget(p);
	for (uint32_t i = 0; i < p->containers.n; i++) {
		sim_cancel(w, p->containers.at[i].timer);
		free(p->containers.at[i].name);
		free(p->containers.at[i].image);
	}
	vec_free(&p->containers);
	free(p->ns);
	free(p->name);
	free(p->uid);
	free(p->key);
	free(p->evicted);
	logbook_free(p->log);
	logbook_free(p->last_log);
	free(p);
}

void
kpod_stop_program(struct kpod *p)
{
	if (p->program && p->program->stop && !p->node->k->kubelets->closing &&
	    (p->phase == KPOD_RUNNING || p->phase == KPOD_STOPPING))
		p->program->stop(p->node->k, p);
	p->process = NULL;
}

void
kpod_drop(struct kpod *p)
{
	struct knode *n = p->node;

	kpod_stop_program(p);
	if (p->address)
		instance_pod_release(n->instance, p->address);
	map_take(n->pods, p->uid);
	kpod_free(p);
}

static bool
any_failed(const struct kpod *p)
{
	for (uint32_t i = 0; i < p->containers.n; i++) {
		if (p->containers.at[i].exit_code != 0)
			return true;
	}
	return false;
}

void
kpod_end_containers(struct kpod *p, int32_t code)
{
	int64_t now = sim_now_ms(kpod_sim(p));

	for (uint32_t i = 0; i < p->containers.n; i++) {
		struct kcontainer *c = &p->containers.at[i];

		if (c->state == K_TERMINATED)
			continue;
		if (c->state == K_WAITING)
			c->started_ms = 0;
		c->state = K_TERMINATED;
		c->finished_ms = now;
		c->exit_code = c->started_ms ? code : 137;
		c->reason = !c->started_ms ? "ContainerStatusUnknown"
			    : code == 0	   ? "Completed"
					   : "Error";
	}
}

void
kpod_finish(struct kpod *p)
{
	struct kubernetes *k = p->node->k;
	const struct object *o;

	p->phase = KPOD_ENDED;
	p->ready = false;
	if (p->address) {
		instance_pod_release(p->node->instance, p->address);
		p->address = 0;
	}
	kubelet_write_status(p);
	o = kpod_object(p);
	if (!o || o->deleted_ms) {
		char *ns = xstrdup(p->ns), *name = xstrdup(p->name);

		kpod_drop(p);
		if (o)
			objects_remove(k->objects, k->pods, ns, name);
		free(ns);
		free(name);
	}
}

void
kubelet_stopped(struct kubernetes *k, struct kpod *p, int32_t code)
{
	(void)k;
	if (p->phase != KPOD_STOPPING)
		return;
	sim_cancel(kpod_sim(p), p->timer);
	p->timer = 0;
	kpod_stop_program(p);
	kpod_end_containers(p, code);
	p->failed = any_failed(p);
	kpod_finish(p);
}

static void
on_stopped(struct sim *w, void *ctx, uint64_t code)
{
	struct kpod *p = ctx;

	(void)w;
	p->timer = 0;
	kubelet_stopped(p->node->k, p, (int32_t)code);
}

/* SIGTERM to all containers; SIGKILL when the grace period is over. */
void
kpod_stop(struct kpod *p, int64_t grace_s)
{
	struct sim *w = kpod_sim(p);
	bool ran = p->phase == KPOD_RUNNING;
	int64_t grace = grace_s * 1000, ends;
	int32_t code = 0;

	sim_cancel(w, p->timer);
	sim_cancel(w, p->ready_timer);
	p->timer = p->ready_timer = 0;
	kubelet_pull_forget(p);
	p->phase = KPOD_STOPPING;
	for (uint32_t i = 0; i < p->containers.n; i++) {
		if (p->containers.at[i].state == K_RUNNING)
			kpod_tell(p, &p->containers.at[i], false, "Killing",
				  "Stopping container %s",
				  p->containers.at[i].name);
	}
	if (ran && p->program && p->program->term && grace > 0) {
		p->timer = sim_after(w, grace, on_stopped, p, 137);
		p->program->term(p->node->k, p);
		return;
	}
	if (ran && p->program && p->program->stop_code)
		code = p->program->stop_code(p->node->k, p);
	ends = kpod_draw(p, ran && p->program ? p->program->stop_ms : 300);
	if (ends <= grace || !ran)
		p->timer = sim_after(w, ends, on_stopped, p, (uint64_t)code);
	else
		p->timer = sim_after(w, grace, on_stopped, p, 137);
}

/* ---- exits and restarts ---- */

static bool
none_waits(const struct kpod *p)
{
	for (uint32_t i = 0; i < p->containers.n; i++) {
		const struct kcontainer *c = &p->containers.at[i];

		if (!c->init && c->state != K_RUNNING)
			return false;
	}
	return true;
}

static void
on_restart(struct sim *w, void *ctx, uint64_t index)
{
	struct kpod *p = ctx;
	struct kcontainer *c = &p->containers.at[index];

	c->timer = 0;
	if (p->phase != KPOD_RUNNING || c->state == K_RUNNING)
		return;
	c->last_started_ms = c->started_ms;
	c->last_finished_ms = c->finished_ms;
	c->last_exit_code = c->exit_code;
	c->last_reason = c->exit_code ? "Error" : "Completed";
	c->restarts++;
	c->state = K_RUNNING;
	c->reason = NULL;
	c->started_ms = sim_now_ms(w);
	kpod_tell(p, c, false, "Created", "Created container: %s", c->name);
	kpod_tell(p, c, false, "Started", "Started container %s", c->name);
	p->ready = none_waits(p);
	p->ready_ms = sim_now_ms(w);
	kubelet_write_status(p);
	if (p->program && p->program->start)
		p->program->start(p->node->k, p);
}

static bool
all_ended(const struct kpod *p)
{
	for (uint32_t i = 0; i < p->containers.n; i++) {
		if (p->containers.at[i].state != K_TERMINATED &&
		    !p->containers.at[i].sidecar)
			return false;
	}
	return true;
}

void
kubelet_exited(struct kubernetes *k, struct kpod *p, uint32_t container,
	       int32_t code, const char *reason)
{
	struct kcontainer *c = &p->containers.at[container];
	bool again = !p->restart_never && (!p->restart_on_failure || code != 0);
	int64_t now = sim_now_ms(k->sim);

	if (p->phase != KPOD_RUNNING || c->state != K_RUNNING)
		return;
	c->state = K_TERMINATED;
	c->finished_ms = now;
	c->exit_code = code;
	c->reason = reason ? reason : code ? "Error" : "Completed";
	p->ready = false;
	p->ready_ms = now;
	if (again) {
		/* A run of ten minutes starts the count anew. */
		if (now - c->started_ms > 600000)
			c->back_off_ms = 0;
		kpod_stop_program(p);
		c->timer = sim_after(k->sim, c->back_off_ms, on_restart, p,
				     container);
		if (c->back_off_ms) {
			c->state = K_WAITING;
			c->reason = "CrashLoopBackOff";
			kpod_tell(p, c, true, "BackOff",
				  "Back-off restarting failed container "
				  "%s in pod %s_%s(%s)",
				  c->name, p->name, p->ns, p->uid);
		}
		c->back_off_ms =
			c->back_off_ms ? c->back_off_ms * 2 : BACK_OFF_MS;
		if (c->back_off_ms > BACK_OFF_CAP_MS)
			c->back_off_ms = BACK_OFF_CAP_MS;
		kubelet_write_status(p);
		return;
	}
	if (!all_ended(p)) {
		kubelet_write_status(p);
		return;
	}
	kpod_stop_program(p);
	p->failed = any_failed(p);
	kpod_finish(p);
}

void
kubelet_set_ready(struct kubernetes *k, struct kpod *p, bool ready)
{
	if (p->ready == ready || p->phase != KPOD_RUNNING)
		return;
	p->ready = ready;
	p->ready_ms = sim_now_ms(k->sim);
	kubelet_write_status(p);
}

/* Down at once, for good, and told as Failed. */
static void
take_down(struct kpod *p)
{
	sim_cancel(kpod_sim(p), p->timer);
	p->timer = 0;
	kubelet_pull_forget(p);
	kpod_stop_program(p);
	kpod_end_containers(p, 137);
	p->failed = true;
	kpod_finish(p);
}

void
kubelet_evict(struct kpod *p, char *message)
{
	if (p->phase >= KPOD_STOPPING) {
		free(message);
		return;
	}
	kubelet_tell(p, true, "Evicted", "%s", message);
	p->evicted = message;
	take_down(p);
}

void
kpod_on_deadline(struct sim *w, void *ctx, uint64_t arg)
{
	struct kpod *p = ctx;

	(void)w;
	(void)arg;
	p->deadline_timer = 0;
	if (p->phase >= KPOD_STOPPING)
		return;
	kubelet_tell(p, false, "DeadlineExceeded",
		     "Pod was active on the node longer than the specified "
		     "deadline");
	p->past_deadline = true;
	take_down(p);
}
