/*
 * What the parts of whatif share: the trace of what was recorded, and the fleet
 * that a run keeps instead.
 */
#ifndef WORLD_WHATIF_PRIVATE_H
#define WORLD_WHATIF_PRIVATE_H

#include "backend/base/map.h"
#include "backend/model/cloud.h"
#include "backend/model/node.h"
#include "backend/model/pod.h"
#include "backend/world/whatif.h"

/* ---- whatif_trace.c ---- */

struct trace_pod {
	const struct pod *pod;	/* as last seen without a node, else first */
	char *node;		/* where it stood at the start, or NULL */
	int64_t came_ms, bound_ms, ended_ms; /* 0: not in the recording */
	uint64_t seen;		/* last decision that saw it */
};

struct trace_group {
	char *name;
	const struct node *sample; /* a good node of it, or NULL */
	VEC(const struct pod *) daemons; /* of the sample */
	VEC(int64_t) boots;	/* launch to ready */
	int64_t boot_ms;	/* their median, or the default */
};

struct trace_instance {
	int64_t first_ms;
	bool at_start, ready;
	uint64_t seen;
};

struct waits {
	VEC(int64_t) ms;
};

struct known_price {
	char *type;
	int64_t udollars;
	bool spot;
};

struct whatif {
	uint64_t decisions;
	int64_t first_ms, last_ms;
	struct map *pods;	/* identity -> trace_pod, owned */
	VEC(struct trace_pod *) order; /* as they came */
	struct map *groups;	/* name -> trace_group, owned */
	struct map *instances;	/* id -> trace_instance, owned */
	const struct world *last; /* of the decision before */
	VEC(struct known_price) prices; /* where the world has none */
	int64_t run_ms;		/* median of pods that ran */
	struct whatif_sums real;
	bool settled;
};

void whatif_settle(struct whatif *w); /* after the first pass */
bool whatif_is_work(const struct pod *p); /* needs a node of its own */
/* Micro dollars an hour, -1 unknown. */
int64_t whatif_price(const struct whatif *t, const struct world *w,
		     const char *type, const char *zone, bool spot);
void waits_add(struct waits *w, int64_t ms);
void waits_sum(struct waits *w, struct whatif_sums *out);
void waits_free(struct waits *w);

/* ---- whatif_fleet.c ---- */

struct fleet_node {
	const struct node *node; /* NULL until it is there */
	const char *group;	 /* owned by the fleet, "" when in none */
	char *id, *zone, *type;
	int64_t launched_ms, ready_ms;
	bool gone, leaving, spot;
	VEC(const struct pod *) pods; /* one reference each */
	int64_t used_mcpu;
	int64_t udollars;	/* an hour; -1 unknown */
};

enum fleet_state { FLEET_COMING, FLEET_WAITING, FLEET_PLACED, FLEET_OVER };

struct fleet_pod {
	const struct trace_pod *from;
	const struct pod *pod;	/* as it stands now, one reference */
	uint32_t node;
	uint8_t state;		/* enum fleet_state */
	bool moved;		/* waits again after a drain */
	bool tried;		/* was not placed when it came */
	int64_t ends_ms;
	int64_t waited_ms;	/* -1: not known yet */
};

struct fleet_act {
	char *id, *group, *node;
	const char *kind;
	int32_t from, to;
	int64_t started_ms, ended_ms, due_ms;
};

struct whatif_fleet {
	struct whatif *trace;
	struct seal *seal;
	VEC(struct fleet_node) nodes;
	VEC(struct fleet_pod) pods;
	VEC(struct fleet_act) acts;
	struct map *names;	/* group names, interned */
	uint32_t launched, next; /* next: first pod that has not come yet */
	int64_t now_ms, before_ms; /* this moment and the one before */
};

void fleet_begin(struct whatif_fleet *f, struct whatif *trace,
		 const struct world *world);
void fleet_free(struct whatif_fleet *f);
/* Pods that end, give up or come; nodes that become ready. */
void fleet_advance(struct whatif_fleet *f, const struct recorded *entry);
/* Places what waits. */
void fleet_schedule(struct whatif_fleet *f,
		    const struct world *world);
/* Takes the reference over. */
void fleet_stand(struct whatif_fleet *f, uint32_t node,
		 const struct pod *taken);

/* whatif_objects.c: new references. */
const struct pod *fleet_pod_waiting(struct whatif_fleet *f,
				    const struct pod *p);
const struct pod *fleet_pod_on(struct whatif_fleet *f, const struct pod *p,
			       const char *node);
const struct node *fleet_node_like(struct whatif_fleet *f,
				   const struct node *n,
				   const struct fleet_node *as);
const struct node *fleet_node_leaving(struct whatif_fleet *f,
				      const struct node *n);
/* The recorded world with this fleet in place of the recorded one. */
const struct world *fleet_world(struct whatif_fleet *f,
				const struct world *world);
void fleet_grow(struct whatif_fleet *f, const struct recorded *entry,
		const char *group, int32_t to);
/* True when it went, or will once its jobs have ended. */
bool fleet_remove(struct whatif_fleet *f, const char *node,
		  struct whatif_sums *s);
/* Nodes whose last job has ended go. */
void fleet_let_go(struct whatif_fleet *f, struct whatif_sums *s);

#endif
