/*
 * paddock-sim as a child process of `paddock demo`: found beside this program,
 * started on loopback, ended with it.
 */
#ifndef TUI_CLI_SIM_H
#define TUI_CLI_SIM_H

#include "backend/base/err.h"

struct sim_child;

struct sim_child_options {
	const char *scenario, *speed, *seed; /* NULL: the simulator's default */
};

/* Starts it, waits until it serves, and replaces the AWS, Kubernetes, GitLab
 * and proxy environment of this process by the simulated cloud's. */
struct sim_child *sim_child_start(const struct sim_child_options *o,
				  struct err *err);
/* The kubeconfig it wrote; borrowed. */
const char *sim_child_kubeconfig(const struct sim_child *c);
/* Ends it and removes its files.  NULL is fine. */
void sim_child_stop(struct sim_child *c);

#endif
