/*
 * The Kubernetes face: kube-apiserver's HTTP interface on the object store.
 *
 * It knows nothing of sockets and nothing of the simulation besides the store,
 * the hooks and a wall clock (for stream time-outs), so that tests drive it
 * directly.
 *
 * Thread: the simulation's.
 */
#ifndef SIM_KUBE_FACE_H
#define SIM_KUBE_FACE_H

#include "backend/base/clock.h"
#include "backend/sim/server/face.h"
#include "backend/sim/kube/hooks.h"

struct kube;

/* Everything is borrowed for the life of the face.  Creates the RBAC objects a
 * cluster is born with and the roles of the three users. */
struct kube *kube_face_new(struct objects *o, const struct kube_hooks *hooks,
		      const struct clockwork *clock);
void kube_face_free(struct kube *k);

void kube_face_serve(struct kube *k, const struct face_request *q,
		struct face_answer *a, struct arena *arena);

/* Who may log in: with a bearer token, or a client certificate whose CN is
 * name and whose O are groups.  name NULL ends. */
struct kube_login {
	const char *name;
	const char *groups; /* comma separated */
	const char *token;
};
extern const struct kube_login kube_logins[];

#endif
