/*
 * Expanders: which option to take (reference 3.4).
 */
#ifndef ENGINE_EXPANDER_H
#define ENGINE_EXPANDER_H

#include "backend/engine/estimate.h"

/* The chosen one, NULL when all were filtered out.  *by names the expander
 * that decided.  options are ordered by group name: ties end there. */
const struct option *expander_choose(struct run *r,
				     const struct option *options,
				     uint32_t n, const char **by);

/* priority.c: keeps the options of the highest priority; compacts at. */
uint32_t expander_priority(struct run *r, const struct option **at,
			   uint32_t n);

#endif
