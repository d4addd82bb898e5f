/*
 * Cluster-wide limits of cores, memory and GPUs (reference 3.6).
 */
#ifndef ENGINE_QUOTA_H
#define ENGINE_QUOTA_H

#include "backend/engine/groups.h"

enum { QUOTA_GPUS = 8 };

/* GPUs of one type, as the accelerator label names it. */
struct quota_gpu {
	const char *type; /* within the policy's text */
	uint32_t len;
	int64_t left;
};

/* What is left of each limit; may be negative. */
struct quota {
	struct arena *arena; /* of texts */
	int64_t cores, bytes;
	struct quota_gpu gpus[QUOTA_GPUS];
	uint32_t gpu_n;
};

struct quota_check {
	int32_t allowed;      /* the largest delta permitted */
	/* "cpu, memory, nvidia-l4"; "" when delta is permitted */
	const char *exceeded;
};

/* What may still be added: maxima less all nodes present and upcoming. */
struct quota quota_of_maxima(const struct run *r);
/* What may still be removed before the minima. */
struct quota quota_of_minima(const struct run *r);
/* Of nodes as the group's counted one. */
struct quota_check quota_check(const struct quota *q,
			       const struct node_group *g, int32_t delta);
/* Takes delta nodes away when they are fully permitted, else nothing. */
void quota_consume(struct quota *q, const struct node_group *g,
		   int32_t delta);

#endif
