/*
 * What tests of the Kubernetes face share: a store with a face on it, driven by
 * calls, and streams that are pulled by hand.
 */
#ifndef UNIT_SIM_KUBE_H
#define UNIT_SIM_KUBE_H

#include "backend/sim/kube/face.h"
#include "tests/unit/sim_store.h"

struct sim_kube {
	struct sim_store s;
	struct kube *k;
	struct kube_hooks hooks;
	struct clockwork clock;
	int64_t boot_ms;
	struct arena *arena;
	/* Of the last call. */
	struct face_answer a;
	const char *token;  /* whose; NULL: nobody */
	const char *accept; /* NULL: none */
};

void sim_kube_init(struct sim_kube *x);
void sim_kube_fini(struct sim_kube *x);
/* target is path and query; body has single quotes or is NULL; type NULL is
 * JSON.  Returns the HTTP status; the body is in x->a.body. */
int sim_call(struct sim_kube *x, const char *method, const char *target,
	     const char *type, const char *body);
int sim_get_call(struct sim_kube *x, const char *target);
/* The body (NUL terminated), with single quotes for double ones; streams that
 * are finished count as bodies. */
const char *sim_body(struct sim_kube *x);
/* What the open stream says now; sets *open. */
const char *sim_pull(struct sim_kube *x, bool *open);
const char *sim_header(struct sim_kube *x, const char *name);

#endif
