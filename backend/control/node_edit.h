/*
 * Changing one node's taints and cordon, as Cluster Autoscaler does (reference
 * 5.9): the node is read, changed and written back whole with its
 * resourceVersion; after a lost race, or an answer that never came, it is read
 * again and what is already so is not written again.  For up to five seconds.
 */
#ifndef CONTROL_NODE_EDIT_H
#define CONTROL_NODE_EDIT_H

#include "backend/control/act_run.h"

enum { EDIT_REMOVES = 2 };

struct node_edit_spec {
	const struct target *target; /* name and uid: another node of that name
					is not touched */
	const char *op;		  /* operation it belongs to */
	enum act_by by;
	const char *why;
	const char *add;	  /* static; taint key, or NULL */
	const char *value;	  /* of the taint; copied */
	const char *effect;	  /* static: "NoSchedule" ... */
	const char *remove[EDIT_REMOVES]; /* static; taint keys */
	int cordon;		  /* 1: set, -1: take off, 0: leave it */
	/* err ERR_NONE: it is so now.  was_cordoned: before.  ERR_GONE: there
	 * is no such node any more. */
	void (*done)(void *ctx, const struct err *err, bool was_cordoned);
	void *ctx;
};

struct node_edit;

/* One done follows.  NULL: it came within this call, nothing could begin. */
struct node_edit *node_edit_start(struct backend *b,
				  const struct node_edit_spec *spec);
/* At the very end, when no request is under way any more: without done. */
void node_edit_drop(struct node_edit *e); /* NULL is fine */

#endif
