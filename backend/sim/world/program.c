/*
 * The programs the simulation knows by their images.
 */
#include "backend/sim/world/command.h"

#define MIB ((int64_t)1 << 20)

/* Without its network the daemon gives up, and is started again. */
#define NO_NETWORK_MS 38000

static void
on_no_network(struct sim *w, void *ctx, uint64_t arg)
{
	struct kpod *p = ctx;
	uint32_t last = p->containers.n - 1;

	(void)w;
	(void)arg;
	for (uint32_t i = 0; i < last; i++) {
		if (str_eq(p->containers.at[i].name, "aws-node"))
			last = i;
	}
	kubelet_exited(p->node->k, p, last, 1, "Error");
}

static void
aws_node_start(struct kubernetes *k, struct kpod *p)
{
	struct kcontainer *c = kpod_container(p, "aws-node");

	if (c && p->node->instance->boot == BOOT_NOT_READY) {
		kubelet_set_ready(k, p, false);
		sim_cancel(k->sim, p->ready_timer);
		p->ready_timer = 0;
		c->timer = sim_after(k->sim, NO_NETWORK_MS, on_no_network, p,
				     0);
		return;
	}
	node_network_up(p->node);
}

static const struct program aws_node = {
	.name = "aws-node",
	.image = "amazon-k8s-cni:",
	.stop_ms = 600,
	.ready_in_ms = 1500,
	.idle_mcpu = 4,
	.idle_bytes = 62 * MIB,
	.start = aws_node_start,
};
static const struct program kube_proxy = {
	.name = "kube-proxy",
	.image = "eks/kube-proxy:",
	.stop_ms = 400,
	.cpu = 0.02,
	.idle_bytes = 28 * MIB,
};
static const struct program coredns = {
	.name = "coredns",
	.image = "eks/coredns:",
	.stop_ms = 5200, /* lameduck */
	.ready_in_ms = 2000,
	.cpu = 0.05,
	.memory = 0.35,
};
static const struct program metrics_server = {
	.name = "metrics-server",
	.image = "metrics-server/metrics-server:",
	.stop_ms = 700,
	.ready_in_ms = 20000,
	.cpu = 0.06,
	.memory = 0.2,
};
static const struct program pause_program = {
	.name = "pause",
	.image = "pause:",
	.stop_ms = 100,
	.idle_bytes = MIB,
};
static const struct program anything = {
	.name = "",
	.image = "",
	.stop_ms = 500,
	.cpu = 0.3,
	.memory = 0.5,
	.idle_mcpu = 10,
	.idle_bytes = 40 * MIB,
	.start = command_start,
	.stop_code = command_stop_code,
};

static const struct program *const programs[] = {
	&program_manager, &program_autoscaler, &aws_node,
	&kube_proxy,	  &coredns,	       &metrics_server,
	&pause_program,	  &anything,
};

const struct program *
program_of(const struct pod *pod, const struct container *c)
{
	if (pod->is_job)
		return &program_job;
	for (size_t i = 0; i < ARRAY_LEN(programs); i++) {
		if (strstr(c->image, programs[i]->image))
			return programs[i];
	}
	return &anything;
}
