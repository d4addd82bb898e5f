/*
 * From a run to its plan: everything decided, in the plan's arena.
 */
#ifndef ENGINE_REPORT_H
#define ENGINE_REPORT_H

#include "backend/engine/run.h"

void report_plan(struct run *r);
/* memory', from the state the run ends in. */
struct memory *report_memory(struct run *r);

#endif
