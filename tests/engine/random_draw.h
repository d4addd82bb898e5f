/*
 * Inside of the random worlds: how one is drawn, piece by piece.
 */
#ifndef ENGINE_RANDOM_DRAW_H
#define ENGINE_RANDOM_DRAW_H

#include "tests/engine/random_world.h"

enum { ITEMS = 160, ITEM_ROOM = 16384, CLAIMS = 5 };

struct list { /* objects of one array, shuffled when written */
	char *at[ITEMS];
	uint32_t n;
};

struct draw {
	struct dice dice, order;
	bool shuffle;
	enum world_taste taste;
	uint32_t node_n; /* so far */
	struct list nodes, pods, groups, replicas, budgets, daemons;
	struct list namespaces, classes, claims, pvs, csinodes, attachments;
};

bool chance(struct draw *d, uint32_t percent);
uint32_t below(struct draw *d, uint32_t n);
void keep(struct list *l, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* random_pod.c; node < 0: pending. */
void draw_pod(struct draw *d, uint32_t i, int node);
void draw_labels(struct draw *d, struct buf *b, bool node, uint32_t i);
/* random_storage.c: claims c0 to c3 of each namespace (c4 there is none), what
 * they are bound to, and how much nodes attach. */
void draw_storage(struct draw *d);

#endif
