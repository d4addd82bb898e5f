/*
 * Commands of containers whose program the simulation does not know: what can
 * be foreseen of them, which is when they end, how, and what they print.
 *
 * Thread: the simulation's.
 */
#ifndef SIM_WORLD_COMMAND_H
#define SIM_WORLD_COMMAND_H

#include "backend/sim/world/kubelet.h"

struct command_end {
	bool ends;	 /* else it runs until it is told to stop */
	bool known;	 /* every word of it was understood */
	int64_t after_ms;
	int32_t code;
	/* Told of each line it prints, and when. */
	void (*print)(void *ctx, int64_t after_ms, const char *line);
	void *ctx;
};

/* container: of a pod's spec; env is looked up there.  host is what it is
 * called, now_ms what `date` says. */
void command_foresee(const json_t *container, const char *host, int64_t now_ms,
		     struct command_end *end);

/* A program's start: sets the ends of the pod's containers. */
void command_start(struct kubernetes *k, struct kpod *p);
/* 143 (SIGTERM) when a command was cut off before its end, else 0. */
int32_t command_stop_code(struct kubernetes *k, struct kpod *p);

#endif
