/*
 * Writing manifests in C, for what is installed when a cluster is founded.
 */
#ifndef SIM_WORLD_BOOTSTRAP_H
#define SIM_WORLD_BOOTSTRAP_H

#include "backend/sim/world/parts.h"

/* JSON with single quotes for double ones; a mistake in it is a bug. */
PRINTF_LIKE(1, 2) json_t *manifest(const char *fmt, ...);
/* Creates it when the store knows the type; body is taken over. */
void k8s_install(struct kubernetes *k, const char *group, const char *plural,
	     const char *ns, json_t *body);
void k8s_install_account(struct kubernetes *k, const char *ns,
			 const char *name);
/* Node selector and tolerations of the scenario's system pods. */
void place_system(struct kubernetes *k, json_t *pod_spec);

/* extensions.c: Flux's kinds, and who answers for which API group. */
void extensions_found(struct kubernetes *k);
/* manager_deploy.c: the releases of gitlab-runner. */
void managers_found(struct kubernetes *k);

#endif
