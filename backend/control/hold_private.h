/*
 * Shared by hold.c, which knows what is held, and hold_nodes.c, which keeps the
 * nodes' marks so.
 */
#ifndef CONTROL_HOLD_PRIVATE_H
#define CONTROL_HOLD_PRIVATE_H

#include "backend/base/map.h"
#include "backend/control/backend_private.h"
#include "backend/control/hold.h"
#include "backend/model/node.h"

struct batch { /* what one confirmation asked for */
	void (*done)(void *ctx, uint32_t good, uint32_t bad,
		     const struct err *first);
	void *ctx;
	uint32_t waiting, good, bad;
	struct err first;
};

struct marking { /* of one node, waiting or under way */
	struct holds *all;
	struct target node;
	struct hold hold;
	bool set, started, over;
	enum act_by by;
	struct batch *batch; /* or NULL */
	struct node_mark *mark;
};

struct holds {
	struct backend *backend;
	VEC(struct hold) list;
	VEC(char *) ended; /* ids of holds that were ended early */
	VEC(struct marking *) queue;
	struct map *retry; /* node -> when it may be tried again, boxed */
	int64_t looked_boot_ms;
	bool folded;
};

/* Of the node's, or NULL. */
const char *hold_group_of(const struct snapshot *s, const struct slot *slot);
/* False when it carries none of ours. */
bool hold_mark_of(const struct node *n, struct hold *out);
/* This run, or the journal, knows that it was ended early. */
bool hold_was_ended(const struct holds *h, const char *id);
struct hold *hold_find(struct holds *h, const char *group);

#endif
