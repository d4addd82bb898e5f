/*
 * The steps a plan consists of, in the order they are carried out, and those
 * that may be taken now (design 8, rules 4 and 7).  For engine_act.c.
 */
#ifndef CONTROL_ENGINE_CHOICE_H
#define CONTROL_ENGINE_CHOICE_H

#include "backend/control/engine_private.h"

enum choice_kind {
	CHOICE_CLEAN,	/* the former leader's taint of removal comes off */
	CHOICE_GROW,	/* scale up */
	CHOICE_SIZE,	/* a fix that sets desired */
	CHOICE_END,	/* an instance that never registered */
	CHOICE_REMOVE,	/* a node */
	CHOICE_KINDS,
};

struct choice {
	uint8_t kind;
	uint32_t at, part;	/* where it stands in the plan */
	char subject[RECORD_KEY]; /* group or node */
	char instance[64];
	int32_t from, to;
	uint32_t pods;
	bool to_live;
	char text[256];		/* what a person is asked */
};

/* The first from *cursor on, false when there is none; one resize at a time,
 * so those are left out while one is under way. */
struct choice_cursor {
	uint8_t kind;
	uint32_t at, part;
};
bool choice_next(const struct engine_run *e, struct choice_cursor *c,
		 struct choice *out);
/* A step that was shown is still a good one, though the newest plan may have
 * begun with another: what a person reads must not change under his eyes
 * without need. */
bool choice_holds(const struct engine_run *e, const struct choice *shown,
		  char *const *pods, uint32_t pod_n);

#endif
