/*
 * What a headless engine tells monitoring: Cluster Autoscaler's own metric
 * names (reference 8.4) with paddock's beside them, and /health-check
 * (reference 0.3), over plain HTTP on an address of its own.
 *
 * Reads only; nothing can be changed through it.
 */
#ifndef CONTROL_MONITOR_H
#define CONTROL_MONITOR_H

#include "backend/control/engine_private.h"

struct monitor;

/* address: "127.0.0.1:9090", ":8085" (every address), "[::1]:0".  NULL with
 * err (ERR_USAGE, ERR_IO) when it cannot listen there. */
struct monitor *monitor_new(struct engine_run *e, const char *address,
			    struct err *err);
void monitor_free(struct monitor *m); /* NULL is fine */
/* "127.0.0.1:40123": where it really listens; borrowed. */
const char *monitor_address(const struct monitor *m);
/* The loop ran; well: it ended in a decision (for /health-check). */
void monitor_looped(struct monitor *m, bool well);

/* monitor_done.c: counts a decision; the upper end of a bucket of theirs. */
void monitor_decided(struct engine_run *e, int64_t lasted_ms);
double monitor_bucket_s(uint32_t i);
/* monitor_text.c */
void monitor_write(const struct engine_run *e, int64_t active_ms,
		   int64_t success_ms, struct buf *out);

#endif
