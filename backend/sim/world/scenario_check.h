/*
 * Checks that look at more than one key.  Private to scenario.c; each returns
 * false with the error set to "file:line: message".
 */
#ifndef SIM_WORLD_SCENARIO_CHECK_H
#define SIM_WORLD_SCENARIO_CHECK_H

#include "backend/sim/world/scenario.h"

struct reading {
	struct arena *arena;
	const char *file;
	struct err *err;
};

PRINTF_LIKE(3, 4)
bool scenario_fail(struct reading *r, uint32_t line, const char *fmt, ...);

/* Of the parts read before it, s holds the arrays; the one under check is the
 * last of its own. */
bool scenario_check_group(struct reading *r, const struct tree *t,
			  const struct scenario *s, struct scenario_group *g);
bool scenario_check_runner(struct reading *r, const struct tree *t,
			   const struct scenario *s, struct scenario_runner *x);
bool scenario_check_load(struct reading *r, const struct tree *t,
			 const struct scenario_load *l);
bool scenario_check_act(struct reading *r, const struct tree *t,
			const struct scenario *s, struct scenario_act *o);
bool scenario_check_whole(struct reading *r, const struct tree *t,
			  struct scenario *s);

#endif
