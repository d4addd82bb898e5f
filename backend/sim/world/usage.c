/*
 * What containers and nodes use: shares of what was asked for, moving a little
 * every quarter of a minute, which is how often metrics-server looks.
 */
#include <stdio.h>

#include "backend/sim/world/container_log.h"
#include "backend/sim/world/identity.h"
#include "backend/sim/world/manager_build.h"

#define WINDOW_MS 15000
#define SYSTEM_MCPU 70 /* kubelet, containerd and the kernel's own */
#define SYSTEM_BYTES ((int64_t)420 << 20)

/* 0.8 to 1.2, the same for all who ask within one window. */
static double
wobble(const struct kubernetes *k, const char *uid, const char *name)
{
	uint64_t window = (uint64_t)(sim_now_ms(k->sim) / WINDOW_MS);
	uint64_t h = hash_bytes(uid, strlen(uid), window);

	h ^= hash_bytes(name, strlen(name), window);
	return 0.8 + 0.4 * (double)(h % 1000) / 1000.0;
}

void
usage_now(struct kubernetes *k, const struct kpod *p,
	  const struct kcontainer *c, int64_t *mcpu, int64_t *bytes)
{
	const struct program *g = p->program;
	double w = wobble(k, p->uid, c->name), cpu = g ? g->cpu : 0.1;
	int64_t age = sim_now_ms(k->sim) - c->started_ms;
	/* Memory fills over the first two minutes. */
	double filled = age > 120000 ? 1.0 : 0.3 + 0.7 * (double)age / 120000;

	*mcpu = *bytes = 0;
	if (c->state != K_RUNNING)
		return;
	if (g == &program_job)
		cpu = job_usage(k, p, c);
	*mcpu = (int64_t)((double)c->cpu_mcpu * cpu * w) +
		(g ? g->idle_mcpu : 5);
	*bytes = (int64_t)(((double)c->memory_bytes * (g ? g->memory : 0.4) +
			    (double)(g ? g->idle_bytes : 10 << 20)) *
			   filled * (0.95 + 0.05 * w));
	if (g == &program_job && job_memory(k, p, c) >= 0)
		*bytes = g->idle_bytes + job_memory(k, p, c);
}

static bool
node_usage(void *ctx, const char *node, int64_t *mcpu, int64_t *bytes)
{
	struct kubernetes *k = ctx;
	struct knode *n = kubelet_node(k, node);
	const char *uid;
	void *value;

	if (!n || n->dead || !n->ready ||
	    sim_now_ms(k->sim) - n->ready_ms < WINDOW_MS)
		return false;
	*mcpu = SYSTEM_MCPU;
	*bytes = SYSTEM_BYTES;
	for (uint32_t at = 0; map_next(n->pods, &at, &uid, &value);) {
		const struct kpod *p = value;

		for (uint32_t i = 0; i < p->containers.n; i++) {
			int64_t cpu, memory;

			usage_now(k, p, &p->containers.at[i], &cpu, &memory);
			*mcpu += cpu;
			*bytes += memory;
		}
	}
	return true;
}

static bool
container_usage(void *ctx, const struct object *pod, const char *container,
		int64_t *mcpu, int64_t *bytes)
{
	struct kubernetes *k = ctx;
	struct kpod *p = kubelet_pod(k, pod->ns, pod->name, pod->uid);
	struct kcontainer *c = p ? kpod_container(p, container) : NULL;

	if (!c || c->state != K_RUNNING ||
	    sim_now_ms(k->sim) - c->started_ms < WINDOW_MS)
		return false;
	usage_now(k, p, c, mcpu, bytes);
	return true;
}

/* ---- logs ---- */

static struct kpod *
pod_of(struct kubernetes *k, const struct kube_log_key *key,
       struct kcontainer **c)
{
	struct kpod *p = kubelet_pod(k, key->ns, key->pod, key->uid);

	*c = p ? kpod_container(p, key->container) : NULL;
	return *c && !p->node->dead ? p : NULL;
}

static bool
log_state(void *ctx, const struct kube_log_key *key,
	  struct kube_log_state *state)
{
	struct kubernetes *k = ctx;
	struct kcontainer *c;
	struct kpod *p = pod_of(k, key, &c);

	return p && container_log_state(k, p, c, key->previous, state);
}

static bool
log_line(void *ctx, const struct kube_log_key *key, uint64_t n, int64_t *at_ms,
	 struct buf *text)
{
	struct kubernetes *k = ctx;
	struct kcontainer *c;
	struct kpod *p = pod_of(k, key, &c);

	return p && container_log_line(k, p, c, key->previous, n, at_ms, text);
}

/* ---- ports ---- */

#define MANAGER_PORT 9252

static bool
proxy(void *ctx, const struct object *pod, int port, const char *path,
      struct kube_answer *answer)
{
	struct kubernetes *k = ctx;
	struct kpod *p = kubelet_pod(k, pod->ns, pod->name, pod->uid);

	if (!p || p->program != &program_manager || !p->process ||
	    port != MANAGER_PORT || p->node->dead)
		return false;
	process_serve(p->process, path, answer);
	return true;
}

/* ---- identities ---- */

static char *
token_make(void *ctx, const char *subject, const char *audience,
	   int64_t issued_ms, int64_t expires_ms)
{
	struct kubernetes *k = ctx;

	return identity_make(k->sim, subject, audience, issued_ms, expires_ms);
}

static bool
token_read(void *ctx, const char *token, const char *audience, int64_t now_ms,
	   char subject[static KUBE_SUBJECT_ROOM])
{
	struct kubernetes *k = ctx;
	struct identity who;

	if (identity_read(k->sim, token, now_ms, &who) != IDENTITY_GOOD ||
	    strcmp(who.audiences, audience) != 0 ||
	    !str_has_prefix(who.subject, "system:serviceaccount:"))
		return false;
	snprintf(subject, KUBE_SUBJECT_ROOM, "%s", who.subject);
	return true;
}

void
hooks_fill(struct kubernetes *k)
{
	k->hooks = (struct kube_hooks){
		.ctx = k,
		.log_state = log_state,
		.log_line = log_line,
		.proxy = proxy,
		.node_usage = node_usage,
		.token_make = token_make,
		.token_read = token_read,
		.container_usage = container_usage,
	};
}
