/*
 * Cluster-wide limits of cores and memory (reference 3.6).
 */
#ifndef ENGINE_QUOTA_H
#define ENGINE_QUOTA_H

#include "backend/engine/groups.h"

/* What is left of each limit; may be negative. */
struct quota {
	int64_t cores, bytes;
};

struct quota_check {
	int32_t allowed;      /* the largest delta permitted */
	const char *exceeded; /* "cpu, memory"; "" when delta is permitted */
};

/* What may still be added: maxima less all nodes present and upcoming. */
struct quota quota_of_maxima(const struct run *r);
/* What may still be removed before the minima. */
struct quota quota_of_minima(const struct run *r);
struct quota_check quota_check(const struct quota *q, const struct node *n,
			       int32_t delta);
/* Takes delta nodes away when they are fully permitted, else nothing. */
void quota_consume(struct quota *q, const struct node *n, int32_t delta);

#endif
