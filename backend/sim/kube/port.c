/*
 * The Kubernetes face as the server sees it.
 */
#include "backend/sim/kube/face.h"

static void *
port_open(struct sim *w)
{
	return kube_face_new(sim_objects(w), sim_kube_hooks(w),
			     &clock_system);
}

static void
port_close(void *state)
{
	kube_face_free(state);
}

static void
port_serve(struct sim *w, const struct face_request *q, struct face_answer *a,
	   struct arena *arena)
{
	kube_face_serve(q->state, q, a, arena);
	/* What a write set off at this very moment happens now. */
	sim_advance(w, sim_now_ms(w));
}

const struct face face_kube = {
	.name = "kubernetes",
	.open = port_open,
	.close = port_close,
	.serve = port_serve,
};
