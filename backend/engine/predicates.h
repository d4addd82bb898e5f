/*
 * Can this pod run on that node?  The scheduler's filter plugins (reference
 * cluster-autoscaler 2) for the engine, and for the simulated cloud's
 * scheduler.
 *
 * As in the scheduler there are two steps: prefilter_new() looks at the whole
 * cluster once for one pod (how many matching pods each topology domain holds,
 * which volumes are bound), prefilter_pass() then judges one node.  A prefilter
 * does not see later changes of the cluster: make a new one per pod placed.
 *
 * Pure; deterministic; any thread.
 */
#ifndef ENGINE_PREDICATES_H
#define ENGINE_PREDICATES_H

#include "backend/model/node.h"
#include "backend/model/pod.h"
#include "backend/model/world.h"

/* Filter plugins in the scheduler's order: the first that fails is told. */
enum plugin {
	PLUGIN_NONE, /* fits */
	PLUGIN_NODE_UNSCHEDULABLE,
	PLUGIN_NODE_NAME,
	PLUGIN_TAINT_TOLERATION,
	PLUGIN_NODE_AFFINITY,
	PLUGIN_NODE_PORTS,
	PLUGIN_NODE_RESOURCES_FIT,
	PLUGIN_VOLUME_RESTRICTIONS,
	PLUGIN_NODE_VOLUME_LIMITS,
	PLUGIN_VOLUME_BINDING,
	PLUGIN_VOLUME_ZONE,
	PLUGIN_POD_TOPOLOGY_SPREAD,
	PLUGIN_INTER_POD_AFFINITY,
	PLUGIN_DYNAMIC_RESOURCES,
	PLUGIN_COUNT
};
const char *plugin_name(enum plugin plugin); /* "NodeResourcesFit" */

enum { VERDICT_REASONS = 8, VERDICT_TEXT = 160 };

/* Why not.  Only filled when the pod does not fit. */
struct verdict {
	uint8_t plugin; /* enum plugin */
	uint8_t n;
	struct {
		/* Upstream's words: "Insufficient cpu". */
		char text[VERDICT_TEXT];
		/* Ours: "wants 4, free 1.93"; "" when words say it all. */
		char detail[VERDICT_TEXT];
	} reasons[VERDICT_REASONS];
	/* TaintToleration: the first taint not tolerated (the node's). */
	const struct taint *taint;
};

/* One node and the pods that stand on it (finished ones left out). */
struct predicate_node {
	const struct node *node;
	const struct pod *const *pods;
	uint32_t pod_n;
	/* cpu, memory and ephemeral storage these pods ask for together, where
	 * the owner keeps count; NULL: they are added up for each question. */
	const struct resources *used;
};

/* The cluster for one question; everything is borrowed.  world may be NULL:
 * then no namespace labels and no volumes are known. */
struct predicate_view {
	const struct predicate_node *nodes;
	uint32_t node_n;
	const struct world *world;
	bool calm; /* the owner knows: no pod there has anti-affinity terms */
};

struct prefilter;

/* Borrows view and pod until freed. */
struct prefilter *prefilter_new(const struct predicate_view *view,
				const struct pod *pod);
void prefilter_free(struct prefilter *f); /* NULL is fine */
/* Does the pod fit on view->nodes[node]?  why may be NULL. */
bool prefilter_pass(const struct prefilter *f, uint32_t node,
		    struct verdict *why);

/* The same in two parts: what follows from the pod's and the node's own words
 * alone, so that a caller may remember it for pods with equal words, and then
 * everything else. */
bool prefilter_words(const struct prefilter *f, uint32_t node);
bool prefilter_room(const struct prefilter *f, uint32_t node,
		    struct verdict *why);

/* Single predicates that need nothing but the two. */
const struct taint *untolerated_taint(const struct pod *pod,
				      const struct node *node); /* or NULL */
bool toleration_matches(const struct toleration *t, const struct taint *taint);
bool node_affinity_matches(const struct pod *pod, const struct node *node);

/* The scheduler's one line of "Insufficient cpu, Too many pods". */
char *verdict_text(const struct verdict *v, char *out, size_t room);

#endif
