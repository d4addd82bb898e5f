/*
 * What the simulated cloud hands to its users: a kubeconfig and a file of shell
 * exports.
 */
#ifndef SIM_SERVER_HANDOUT_H
#define SIM_SERVER_HANDOUT_H

#include "backend/sim/server/face.h"
#include "backend/sim/server/tls.h"

struct scenario;

/* Contexts of all users, the authority and certificates inlined; 0600. */
bool handout_kubeconfig(const char *path, const struct server *s,
			const struct tls_authority *authority,
			const struct scenario *scenario, struct err *err);
/* Exports for AWS, GitLab and Kubernetes clients; kubeconfig may be NULL.
 * keys_end_ms: when the AWS keys say they end, by the wall clock; 0: never. */
bool handout_env(const char *path, const struct server *s,
		 const struct scenario *scenario, const char *kubeconfig,
		 int64_t keys_end_ms, struct err *err);

#endif
