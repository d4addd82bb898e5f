/*
 * Setting a group's desired capacity for the engine: the group is read fresh,
 * refused when it is not as it was decided upon, never set below its minimum or
 * its live instances nor above its maximum (design 8, rules 4 and 7), and read
 * back when the answer was lost.
 */
#ifndef CONTROL_RESIZE_H
#define CONTROL_RESIZE_H

#include "backend/control/act_run.h"

struct resize_spec {
	const char *group, *why; /* copied */
	int32_t from, to;
	/* Give up what was never launched: to is what is live then, whatever
	 * the number above. */
	bool to_live;
	/* How it ended; to: what desired is now.  ERR_CONFLICT: somebody was
	 * faster, nothing was sent. */
	void (*done)(void *ctx, const struct err *err, int32_t to);
	void *ctx;
};

struct resize;

/* One done follows.  NULL: it came within this call. */
struct resize *resize_start(struct backend *b, const struct resize_spec *spec);
/* At the very end, without done. */
void resize_drop(struct resize *r); /* NULL is fine */

#endif
