/*
 * One removal, shared by removal.c (its life), removal_settle.c (how long its
 * taint is left to itself), removal_look.c (the pods on its node) and
 * removal_call.c (what it asks of the servers).
 */
#ifndef CONTROL_REMOVAL_PRIVATE_H
#define CONTROL_REMOVAL_PRIVATE_H

#include "backend/control/node_edit.h"
#include "backend/control/removal.h"

enum removal_state {
	REMOVAL_TAINTING,
	REMOVAL_SETTLING,  /* schedulers see the taint */
	REMOVAL_LOOKING,   /* what is on it now? */
	REMOVAL_EVICTING,
	REMOVAL_WAITING,   /* for evicted pods to be gone */
	REMOVAL_DELAYED,   /* somebody's annotation asks for time */
	REMOVAL_BATCHED,   /* for others of its group, to go together */
	REMOVAL_READING,   /* the group, right before the end */
	REMOVAL_LAST_LOOK, /* the pods, right before the end */
	REMOVAL_ENDING,	   /* the instance is being terminated */
	REMOVAL_GOING,	   /* it is; the node still shows */
	REMOVAL_CLEANING,  /* taint and cordon come off */
	REMOVAL_OVER,
};

/* Pods of this priority and above, up to the next round's, are evicted
 * together, with so much grace at most. */
struct removal_round {
	int64_t priority, grace_s;
};

struct removal_pod {
	char *ns, *name, *uid;
	int64_t grace_s;
	uint32_t round;
	int64_t next_ms;	/* world; when to try (again) */
	bool asked;		/* a request is under way */
	bool evicted;
	bool extra;		/* a DaemonSet's: asked once, not waited for */
};

struct removal {
	struct removal *next;
	struct removals *all;
	uint8_t state;
	struct target node;
	char instance[64];
	char *group;
	bool drain;
	VEC(char *) planned;	/* pods that may be moved, "ns/name" */
	VEC(struct removal_pod) pods;
	VEC(struct removal_round) rounds; /* ascending; none: all at once */
	uint32_t round;		/* the one that is evicted now */
	char op[ACT_ID_TEXT];
	struct node_edit *edit;
	uint32_t busy;		/* callbacks still to come, edits aside */
	bool no_node;		/* an instance that never registered */
	bool lost;		/* the lease: nothing more is sent */
	bool told;		/* its end */
	bool stopped;		/* a person, or a hand-back */
	bool cordon;		/* policy: cordon as well */
	bool was_cordoned;
	int64_t started_ms, since_ms; /* world; of it all, of the state */
	int64_t shown_ms;	/* world; when the watch showed our taint */
	bool dynamic_delay;	/* policy: delay_ms by how long that took */
	int64_t listed_ms;	/* world; when the pods were last listed */
	int64_t delay_ms, eviction_ms, grace_ms; /* policy */
	int64_t deletion_delay_ms, batch_ms;	  /* policy */
	bool evict_daemons;			  /* policy, of such nodes */
	int64_t expendable_below;
	struct err err;		/* why it is given up */
	const char *code;	/* static; for world.acts */
};

/* How long the taints of one round took to show, and when that was. */
struct taint_lag {
	int64_t at_ms, lag_ms; /* world */
};

struct removals {
	struct backend *backend;
	struct removal *first;
	removal_on_end on_end;
	removal_on_news on_news;
	void *ctx;
	VEC(struct taint_lag) lags; /* removal_settle.c */
};

/* removal.c */
void removal_free(struct removal *r);
void removal_show(const struct removal *r, uint8_t outcome); /* world.acts */
void removal_mark(struct removal *r);  /* begins: taint and cordon */
void removal_clean(struct removal *r, const char *why);
void removal_enter(struct removal *r, enum removal_state state);
void removal_tell(const struct removal *r, enum removal_news news,
		  const char *pod, const char *text);
/* Gives up: cleans up when there is something to clean. */
void removal_give_up(struct removal *r, const char *code,
		     const struct err *err);
void removal_terminated(struct removal *r);
/* Nobody knows whether it was terminated: it stays marked, so that nothing is
 * scheduled on it, and counts as failed. */
void removal_unknown(struct removal *r, const struct err *err);
/* Some node is this instance. */
bool removal_registered(const struct removal *r);
/* A callback came; false when it is over and nothing must follow.  Only the
 * sweep of removals_turn frees. */
bool removal_back(struct removal *r);
struct backend *removal_backend(const struct removal *r);

/* The longest grace of a pod of that round, 0: any. */
int64_t removal_grace_s(const struct removal *r, uint32_t round);

/* removal_settle.c: the schedulers had their time to see the taint. */
bool removal_has_settled(struct removal *r);

/* removal_look.c */
void removal_look(struct removal *r); /* lists the pods, uncached */

/* removal_call.c */
void removal_read_group(struct removal *r);
void removal_terminate(struct removal *r);
void removal_evict(struct removal *r, uint32_t pod);

#endif
