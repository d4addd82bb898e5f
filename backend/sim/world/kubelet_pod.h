/*
 * What the files of the kubelet share about one pod.
 */
#ifndef SIM_WORLD_KUBELET_POD_H
#define SIM_WORLD_KUBELET_POD_H

#include "backend/sim/world/kubelet.h"

struct sim *kpod_sim(const struct kpod *p);
/* A duration of this node's around the median. */
int64_t kpod_draw(struct kpod *p, int64_t median_ms);
/* The API's object of this very pod, or NULL. */
const struct object *kpod_object(const struct kpod *p);
PRINTF_LIKE(5, 6)
void kpod_tell(struct kpod *p, const struct kcontainer *c, bool warning,
	       const char *reason, const char *fmt, ...);

void kpod_stop_program(struct kpod *p);
/* Forgets the pod: nothing of it is left on the node. */
void kpod_drop(struct kpod *p);
void kpod_free(struct kpod *p);
void kpod_end_containers(struct kpod *p, int32_t code);
/* All has ended: tells the API, and removes a pod that was to go. */
void kpod_finish(struct kpod *p);
/* SIGTERM to all containers; SIGKILL when the grace period is over. */
void kpod_stop(struct kpod *p, int64_t grace_s);
/* activeDeadlineSeconds are over; an event of the pod. */
void kpod_on_deadline(struct sim *w, void *kpod, uint64_t arg);
/* kubelet_start.c */
void kpod_admit(struct knode *n, const struct object *o);
int64_t kpod_grace(const struct kpod *p, const struct object *o);

#endif
