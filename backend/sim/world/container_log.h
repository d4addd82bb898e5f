/*
 * What containers have written, as the kubelet keeps it: of the run that is
 * going on and of the one before.
 *
 * Thread: the simulation's.
 */
#ifndef SIM_WORLD_CONTAINER_LOG_H
#define SIM_WORLD_CONTAINER_LOG_H

#include "backend/sim/world/kubelet.h"

/* Lines a program keeps: the newest, numbered from its start. */
enum { LOGBOOK_LINES = 512 };
struct logbook {
	uint64_t end;
	struct {
		int64_t at_ms;
		char *text;
	} lines[LOGBOOK_LINES];
};

/* An empty logbook for a program that starts; the pod owns it and keeps the one
 * before. */
struct logbook *container_log_begin(struct kpod *p);
PRINTF_LIKE(3, 4)
void logbook_add(struct logbook *l, int64_t at_ms, const char *fmt, ...);
/* "I0216 09:00:01.123456       1 " */
void klog_header(struct buf *text, int64_t at_ms);

/* False: there is (or was) no such run. */
bool container_log_state(struct kubernetes *k, const struct kpod *p,
			 const struct kcontainer *c, bool previous,
			 struct kube_log_state *state);
bool container_log_line(struct kubernetes *k, const struct kpod *p,
			const struct kcontainer *c, bool previous, uint64_t n,
			int64_t *at_ms, struct buf *text);

#endif
