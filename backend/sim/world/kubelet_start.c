/*
 * How a pod starts: sandbox, init containers one after the other, then its
 * containers, each pulled, created and started in order, as the kubelet's pod
 * worker does.  The API object is told at the same points as by the real one.
 */
#include "backend/sim/world/kubelet_pod.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/base/clock.h"

#define SANDBOX_MS 700
#define NO_ADDRESS_MS 12000 /* between tries without an address */
#define START_MS 120	    /* create and start one container */
#define INIT_MS 260	    /* an init container's run */

static void start_next(struct kpod *p);

static void
on_ready(struct sim *w, void *ctx, uint64_t arg)
{
	struct kpod *p = ctx;

	(void)arg;
	p->ready_timer = 0;
	kubelet_set_ready(p->node->k, p, true);
	(void)w;
}

static void
all_started(struct kpod *p)
{
	struct sim *w = kpod_sim(p);
	int64_t wait = p->program ? p->program->ready_in_ms : 0;

	p->phase = KPOD_RUNNING;
	if (wait == 0) {
		p->ready = true;
		p->ready_ms = sim_now_ms(w);
	} else {
		p->ready_timer =
			sim_after(w, kpod_draw(p, wait), on_ready, p, 0);
	}
	kubelet_write_status(p);
	if (p->program && p->program->start)
		p->program->start(p->node->k, p);
	if (p->program == &program_job)
		kubelet_disk_look(p->node);
}

static bool
more_init(const struct kpod *p)
{
	return p->at < p->containers.n && p->containers.at[p->at].init;
}

static void
init_advanced(struct kpod *p)
{
	p->at++;
	if (!more_init(p)) {
		p->initialized_ms = sim_now_ms(kpod_sim(p));
		kubelet_write_status(p);
	}
	start_next(p);
}

static void
on_init_done(struct sim *w, void *ctx, uint64_t arg)
{
	struct kpod *p = ctx;
	struct kcontainer *c = &p->containers.at[p->at];

	(void)arg;
	p->timer = 0;
	c->state = K_TERMINATED;
	c->reason = "Completed";
	c->exit_code = 0;
	c->finished_ms = sim_now_ms(w);
	init_advanced(p);
}

static void
on_started(struct sim *w, void *ctx, uint64_t arg)
{
	struct kpod *p = ctx;
	struct kcontainer *c = &p->containers.at[p->at];
	char *id = c->id;

	(void)arg;
	p->timer = 0;
	for (int i = 0; i < 4; i++)
		id += snprintf(id, 17, "%016llx",
			       (unsigned long long)rng_next(&p->node->rng));
	kpod_tell(p, c, false, "Created", "Created container: %s", c->name);
	kpod_tell(p, c, false, "Started", "Started container %s", c->name);
	c->state = K_RUNNING;
	c->reason = NULL;
	c->started_ms = sim_now_ms(w);
	if (c->init && !c->sidecar) {
		p->timer =
			sim_after(w, kpod_draw(p, INIT_MS), on_init_done, p, 0);
	} else if (c->init) {
		init_advanced(p);
	} else {
		p->at++;
		start_next(p);
	}
}

static void
start_next(struct kpod *p)
{
	struct kcontainer *c;

	if (p->at == p->containers.n) {
		all_started(p);
		return;
	}
	c = &p->containers.at[p->at];
	if (!c->pulled) {
		if (!kubelet_pull(p, c->image)) {
			kpod_tell(p, c, false, "Pulling",
				  "Pulling image \"%s\"", c->image);
			return;
		}
		kpod_tell(p, c, false, "Pulled",
			  "Container image \"%s\" already present on "
			  "machine",
			  c->image);
		c->pulled = true;
	}
	p->timer = sim_after(kpod_sim(p), kpod_draw(p, START_MS), on_started, p,
			     0);
}

void
kubelet_pulled(struct kpod *p, int64_t took_ms, int64_t bytes)
{
	struct kcontainer *c = &p->containers.at[p->at];
	char took[TIME_TEXT];

	duration_format(took_ms, took);
	c->pulled = true;
	kpod_tell(p, c, false, "Pulled",
		  "Successfully pulled image \"%s\" in %s (%s including "
		  "waiting). Image size: %lld bytes.",
		  c->image, took, took, (long long)bytes);
	start_next(p);
}

static void
on_sandbox(struct sim *w, void *ctx, uint64_t arg)
{
	struct kpod *p = ctx;

	(void)arg;
	p->timer = 0;
	if (!p->host_network) {
		char hex[4][17];

		p->address = instance_pod_address(p->node->instance);
		if (!p->address) {
			for (int i = 0; i < 4; i++)
				snprintf(hex[i], sizeof(hex[i]), "%016llx",
					 (unsigned long long)rng_next(
						 &p->node->rng));
			kubelet_tell(
				p, true, "FailedCreatePodSandBox",
				"Failed to create pod sandbox: rpc error: code "
				"= Unknown desc = failed to setup network for "
				"sandbox \"%s%s%s%s\": plugin "
				"type=\"aws-cni\" name=\"aws-cni\" failed "
				"(add): add cmd: failed to assign an IP "
				"address to container",
				hex[0], hex[1], hex[2], hex[3]);
			p->timer = sim_after(w, kpod_draw(p, NO_ADDRESS_MS),
					     on_sandbox, p, 0);
			return;
		}
	}
	p->phase = KPOD_STARTING;
	start_next(p);
}

/* The grace a deletion gives, as the object says. */
int64_t
kpod_grace(const struct kpod *p, const struct object *o)
{
	json_t *tree = object_tree(o);
	json_t *g = json_object_get(json_object_get(tree, "metadata"),
				    "deletionGracePeriodSeconds");
	int64_t s = json_is_integer(g) ? json_integer_value(g) : p->grace_s;

	json_decref(tree);
	return s;
}

static void
add_container(struct kpod *p, const struct container *from)
{
	struct kcontainer *c = vec_add(&p->containers);

	c->name = xstrdup(from->name);
	c->image = xstrdup(from->image);
	c->init = from->role != CONTAINER_APP;
	c->sidecar = from->role == CONTAINER_SIDECAR;
	c->cpu_mcpu = from->requests.cpu_mcpu;
	c->memory_bytes = from->requests.memory_bytes;
}

void
kpod_admit(struct knode *n, const struct object *o)
{
	const struct pod *rec = mirror_of(n->k, KIND_POD, o);
	struct sim *w = n->k->sim;
	struct kpod *p;

	if (!rec || pod_is_finished(rec) || rec->container_n == 0)
		return;
	p = xcalloc(1, sizeof(*p));
	p->node = n;
	p->ns = xstrdup(o->ns);
	p->name = xstrdup(o->name);
	p->uid = xstrdup(o->uid);
	p->key = xstrdup(o->key);
	p->job_id = rec->job_id;
	p->host_network = rec->host_network;
	p->restart_never = rec->restart_never;
	p->restart_on_failure = rec->restart_on_failure;
	p->grace_s = rec->grace_s < 0 ? 30 : rec->grace_s;
	p->start_ms = sim_now_ms(w);
	p->scheduled_ms = rec->scheduled_ms ? rec->scheduled_ms : p->start_ms;
	/* They stay as many as they are. */
	vec_reserve(&p->containers, rec->container_n);
	for (uint32_t i = 0; i < rec->container_n; i++)
		add_container(p, &rec->containers[i]);
	for (uint32_t i = 0; i < p->containers.n && !p->program; i++) {
		if (!p->containers.at[i].init)
			p->program = program_of(rec, &rec->containers[i]);
	}
	if (!more_init(p))
		p->initialized_ms = p->start_ms;
	map_put(n->pods, p->uid, p);
	if (rec->deadline_s > 0)
		p->deadline_timer = sim_after(w, rec->deadline_s * 1000,
					      kpod_on_deadline, p, 0);
	kubelet_write_status(p);
	p->timer = sim_after(w, kpod_draw(p, SANDBOX_MS), on_sandbox, p, 0);
}
