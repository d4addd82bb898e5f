/*
 * May anything be written now? (design 8, rule 1)
 *
 * Read-only is the default.  The simulated cloud and contexts configured with
 * `access: write` may be written; `:write 30m REASON` unlocks any other for a
 * time; `:readonly` locks again; --read-only wins over all of it.
 */
#ifndef CONTROL_GATE_H
#define CONTROL_GATE_H

#include "backend/model/snapshot.h"

#define GATE_LONGEST_MS ((int64_t)8 * 3600 * 1000)

struct gate {
	bool forbidden;	   /* --read-only */
	bool by_context;   /* simulated, or access: write */
	bool locked;	   /* :readonly */
	int64_t until_boot_ms; /* :write; 0: not unlocked */
};

/* False with ERR_REFUSED saying what would allow it. */
bool gate_check(const struct gate *a, int64_t boot_ms, struct err *err);
/* A reason is required.  Refused under --read-only. */
bool gate_unlock(struct gate *a, int64_t for_ms, const char *reason,
		   int64_t boot_ms, struct err *err);
void gate_lock(struct gate *a);
/* May_write and its countdown, for the header. */
void gate_show(const struct gate *a, int64_t boot_ms, struct place *p);

#endif
