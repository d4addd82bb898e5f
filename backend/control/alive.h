/*
 * Who wrote a journal line, and whether that process still lives: boot id, pid
 * and start time, because pids are used again (design 8, rule 2).
 */
#ifndef CONTROL_ALIVE_H
#define CONTROL_ALIVE_H

#include "backend/base/mem.h"

struct writer {
	char boot[40];	   /* of the kernel's run; "" where unknown */
	int64_t pid;
	int64_t start;	   /* clock ticks since boot; 0 where unknown */
};

void writer_self(struct writer *w);
/* False only when it is certain that no such process runs any more. */
bool writer_is_alive(const struct writer *w);

#endif
